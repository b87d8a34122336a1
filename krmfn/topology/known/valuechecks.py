"""Checks values of releases and profiles against their schema: of a definition in the input, else of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import join_path, path_of
from krmfn.topology.checks.chartrules import broken_rules, nested_resources
from krmfn.topology.checks.chartvalues import at
from krmfn.topology.checks.fits import fits
from krmfn.topology.checks.misfits import misfits
from krmfn.topology.checks.targetpaths import split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.catalog import Catalog, Kind
    from krmfn.declarations import DeclaredApp, DeclaredCluster, Options, Profile
    from krmfn.results import Origin, Result
    from krmfn.topology.checks.chartrules import Broken
    from krmfn.topology.checks.misfits import Misfit
    from krmfn.topology.known.lookups import Known

ABSENT = ("required", "null")
"""Keywords of misfits for missing fields."""
CLUSTER = "Kubernetes"


def check_values(
    declared: DeclaredApp | DeclaredCluster,
    kind: Kind,
    values: dict[str, Any],
    known: Known,
    referenced: tuple[str, ...] = (),
) -> Iterator[Result]:
    """Results for a release's values that Helm, the chart or the platform would refuse, or that would have no effect.

    Args:
        declared: the declaration of the release.
        kind: its kind, with the schema of a definition where there is one.
        values: all values of the release. Only the declaration's own are reported: profiles are checked separately.
        known: the lookups of the run, with the catalog, which has the schemas of the platform's own charts.
        referenced: paths at which a Secret gives a value, so that the declaration may omit it.
    """
    options = known.options
    shape = known.catalog.shape(kind.kind)
    is_the_platforms = shape is not None and shape.chart == kind.chart_ref.name
    if kind.schema is None and not is_the_platforms:
        if not values:
            return
        message = (
            f"values of {kind.kind} are not checked, because krmfn has no schema for them; to have them checked, add "
            "an ApplicationDefinition with spec.application.openAPISchema to the input"
        )
        yield options.origin.info("values-unchecked", message, "spec.kinds")
        return
    schema = kind.schema if kind.schema is not None else shape.schema if shape else {}
    given = shape.given if shape and is_the_platforms else None
    broken: list[Broken] = []
    if not fits(values, schema, given):
        from_secrets = [split(path) for path in referenced]
        told = [
            misfit
            for misfit in misfits(values, schema, given)
            if _is_declared(misfit, declared, values)
            and not any(path[: len(misfit.steps)] == misfit.steps for path in from_secrets)
            and not _is_variable(misfit.value, options.variables)
        ]
        yield from _reported(told, declared.origin, declared.values_field, kind.kind)
        broken = [*nested_resources(kind.kind, values)] if is_the_platforms else []
    if is_the_platforms:
        for steps, message in (*broken, *broken_rules(kind.kind, values)):
            yield declared.origin.error("invalid-value", message, join_path(declared.values_field, path_of(*steps)))


def check_profile(
    profile: Profile, fields: str, kind: Kind | None, catalog: Catalog, options: Options
) -> Iterator[Result]:
    """Results for a profile's own values, even if it is unused; missing values may come from a cluster."""
    shape = catalog.shape(CLUSTER)
    is_the_platforms = kind is not None and shape is not None and shape.chart == kind.chart_ref.name
    schema = kind.schema if kind and kind.schema is not None else shape.schema if shape and is_the_platforms else {}
    found = misfits(profile.spec.get(fields) or {}, schema, shape.given if shape and is_the_platforms else None)
    told = [each for each in found if each.keyword not in ABSENT and not _is_variable(each.value, options.variables)]
    yield from _reported(told, profile.origin, f"spec.{fields}", CLUSTER)


def _reported(found: list[Misfit], origin: Origin, field: str, kind: str) -> Iterator[Result]:
    if not found:
        return
    from krmfn.topology.checks.misfitresults import result  # noqa: PLC0415  (only where there is something to tell)

    for misfit in found:
        if not (len(misfit.steps) == 1 and _is_reported_elsewhere(str(misfit.steps[0]), kind)):
            yield result(misfit, origin, field)


def _is_reported_elsewhere(name: str, kind: str) -> bool:
    """True for keys of the platform and misspelt profile fields of a cluster."""
    return name.startswith("_") or (kind == CLUSTER and name.lower().startswith(("isolation", "component")))


def _is_declared(misfit: Misfit, declared: DeclaredApp | DeclaredCluster, values: Mapping[str, Any]) -> bool:
    """True if the misfit is in the declaration's own values, or is missing there."""
    return values is declared.values or misfit.keyword in ABSENT or at(declared.values or {}, misfit.steps)[0]


def _is_variable(value: Any, variables: tuple[str, ...]) -> bool:
    return isinstance(value, str) and any(f"${{{name}" in value for name in variables)
