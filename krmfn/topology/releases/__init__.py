"""Releases of apps and clusters: their common fields, and their fields on the management plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.marks import APPLICATION, CONFIRM_LOOSENING
from krmfn.topology.checks.chartvalues import check_reserved, ordered
from krmfn.topology.checks.durations import canonical
from krmfn.topology.checks.names import check_home, check_name, name_field
from krmfn.topology.checks.usersecrets import shared_user_secrets
from krmfn.topology.known.valuechecks import check_values
from krmfn.topology.model.peers import GROUP
from krmfn.topology.model.releases import HelmAction, Release, ValuesReference
from krmfn.topology.releases.metadata import carried, confirmed
from krmfn.topology.releases.substitution import settle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Kind
    from krmfn.declarations import DeclaredApp, DeclaredCluster
    from krmfn.results import Result, Rule
    from krmfn.topology.known.lookups import Known
    from krmfn.topology.model.targets import Target

CLUSTER = "Kubernetes"
PLATFORM_VALUES = "cozystack-values"
"""The Secret in every tenant's namespace with values that the platform adds to its charts."""
OF_PLATFORM = "ExternalArtifact"
"""The kind of source of the platform's own charts; nobody else creates such sources."""


def release(
    declared: DeclaredApp | DeclaredCluster,
    kind: Kind,
    values: dict[str, Any] | None,
    known: Known,
    referenced: tuple[str, ...] | None = None,
) -> Rule[Release]:
    """The fields that a release has on any cluster; `on_management_plane` or `placements` adds the others.

    `referenced` has the paths at which a placed app gets a value from a Secret, so that its declaration may omit it.
    """
    origin, options = declared.origin, known.options
    yield from check_name(kind, declared.name, declared.namespace, origin, name_field(origin))
    yield from check_home(kind, declared.namespace, origin)
    yield from check_reserved(declared.values, origin, declared.values_field)
    yield from shared_user_secrets(declared, kind)
    yield from known.credentials.find(declared, placed=referenced is not None)
    yield from known.credentials.in_annotations(declared, "" if origin.field else "metadata")
    yield from check_values(declared, kind, {} if values is None else values, known, referenced or ())
    yield from _newer_than_target(kind, known.target, declared)
    marks = yield from carried(declared, known.target)
    settled = yield from settle(ordered(values), marks.annotations, options.variables, origin, declared.values_field)
    confirms = yield from confirmed(declared)
    install = canonical(kind.install_timeout or options.timeout)
    keeps_data = kind.stateful or kind.kind == CLUSTER
    protected = kind.kind == CLUSTER or (keeps_data and options.protect == "data")
    return Release(
        origin=origin,
        name=kind.prefix + declared.name,
        namespace=declared.namespace,
        owner=declared.owner,
        chart_ref=kind.chart_ref,
        interval=canonical(options.interval),
        max_history=options.max_history,
        retry_interval=canonical(options.retry_interval),
        install=HelmAction(install, kind.disable_wait),
        upgrade=HelmAction(canonical(kind.upgrade_timeout) if kind.upgrade_timeout else install, kind.disable_wait),
        values=settled.values,
        labels=marks.labels,
        annotations=settled.annotations,
        wait_strategy=_wait_strategy(kind, known.target),
        health_checks=kind.health_checks,
        prune=confirms or not protected,
        substitute=settled.substitute,
        keeps_data=keeps_data,
        confirmation=declared.annotations.get(CONFIRM_LOOSENING, ""),
    )


def on_management_plane(
    common: Release, declared: DeclaredApp | DeclaredCluster, kind: Kind, target: Target
) -> Release:
    """The release that the platform's API would make of the declaration."""
    if not target.platform:
        return common
    lineage = {
        f"{APPLICATION}group": GROUP,
        f"{APPLICATION}kind": kind.kind,
        f"{APPLICATION}name": declared.name,
    }
    return common._replace(
        labels={**kind.labels, **common.labels, **lineage}, values_from=(ValuesReference(PLATFORM_VALUES),)
    )


def _wait_strategy(kind: Kind, target: Target) -> str:
    """The strategy that the platform's API would set; empty for legacy if Flux has no such field and always uses it."""
    wanted = kind.wait_strategy or ("poller" if kind.health_checks else "")
    return "" if wanted == "legacy" and not target.has("waitStrategy") else wanted


def _newer_than_target(kind: Kind, target: Target, declared: DeclaredApp | DeclaredCluster) -> Iterator[Result]:
    if not target.platform and kind.chart_ref.kind == OF_PLATFORM and not kind.replaced:
        message = (
            f"the chart of {kind.kind} is Cozystack's, but spec.target.cozystack is none; name another chart in "
            "spec.kinds, or remove this declaration"
        )
        yield declared.origin.error("needs-platform", message, name_field(declared.origin))
    if kind.feature and not target.has(kind.feature):
        message = f"{kind.kind} {target.too_old(kind.feature)}, or add the definition that you have installed"
        yield declared.origin.error("needs-newer-cozystack", message, "kind")
    for feature, wanted in (("healthCheckExprs", kind.health_checks), ("waitStrategy", kind.wait_strategy == "poller")):
        if wanted and not target.has(feature):
            message = (
                f"the definition of {kind.kind} sets {feature}, which needs Flux {target.since(feature)}; raise "
                "spec.target.flux, or remove it from the definition"
            )
            yield declared.origin.error("needs-newer-flux", message, "kind")
