"""Whether a kind is the same in tenants' runs as in the platform's run, or as in the catalog (R14)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from krmfn.catalog import Catalog
from krmfn.fleet.declared import declarations
from krmfn.fleet.fleets import mapping, spec_of
from krmfn.fleet.kindsettings import kind_settings, shown
from krmfn.fleet.owners import named
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.fleet.fleets import Run
    from krmfn.fleet.kindsettings import KindSetting, Subject
    from krmfn.results import Origin, Result

MANAGEMENT = "ManagementPlane"


class PlatformSetting(NamedTuple):
    """The platform's value of a setting, and its place; None if it is the catalog's value."""

    value: Any
    origin: Origin | None


def of_kinds(platform: Run | None, tenants: list[Run]) -> Iterator[Result]:
    """Errors for definitions in tenants' runs that change a kind of the platform's run or of the catalog."""
    by_platform = (
        {each.subject: PlatformSetting(each.value, each.origin) for each in kind_settings(platform)} if platform else {}
    )
    contradicted: defaultdict[Subject, list[Run]] = defaultdict(list)
    for run in tenants:
        settings = list(kind_settings(run))
        for setting in settings:
            there = by_platform.get(setting.subject) or _shipped(setting.subject, platform)
            if _is_objects_chart(setting, run, platform):
                message = (
                    "this is krmfn's own chart for boundaries, which applies any object in its values; name the chart "
                    "of the app"
                )
                yield setting.origin.error("objects-chart-of-a-kind", message)
            elif there and there.value != setting.value:
                yield _redefined(setting, there, platform)
                contradicted[setting.subject] += [run]
        missing = by_platform.keys() - {setting.subject for setting in settings}
        for subject in _unheard(platform, run, {each: by_platform[each] for each in missing}) if platform else ():
            yield from _not_set(run, subject, by_platform[subject], platform)
            contradicted[subject] += [run]
    for subject, runs in contradicted.items():
        there = by_platform.get(subject)
        if there and there.origin:
            message = (
                f"differs from the {subject.what} of {subject.kind} in {named(runs)}, but a kind is the same for all "
                "tenants; set the same here and there"
            )
            yield there.origin.error("kind-redefined", message)


def _unheard(platform: Run, run: Run, missing: Mapping[Subject, PlatformSetting]) -> Iterator[Subject]:
    """What spec.kinds of the platform's run sets for kinds that a run uses without it, and so gets otherwise.

    Definitions in the platform's folder are among the inputs of every run: those need no entry in the tenant's.
    """
    if not missing:
        return
    used = {each.object.kind for each in declarations(run)}
    shared = {each.subject: each.value for each in kind_settings(platform._replace(config=None))}
    for subject, there in sorted(missing.items()):
        shipped = _shipped(subject, platform)
        without = MANAGEMENT if subject.what == "placement" else shipped and shipped.value
        found = shared.get(subject, without)
        # A kind that neither knows is an error of the run itself.
        if subject.kind in used and found is not None and found != there.value:
            yield subject


def _not_set(run: Run, subject: Subject, there: PlatformSetting, platform: Run | None) -> Iterator[Result]:
    if run.config and platform:
        message = (
            f"does not set the {subject.what} of {subject.kind} to {shown(there.value)}, as the platform's run in "
            f"{platform.folder} does, so here it would be another; set the same here, or put an ApplicationDefinition "
            f"into {platform.folder}, for all tenants"
        )
        yield origin_of(run.config).error("kind-redefined", message, "spec.kinds")


def _is_objects_chart(setting: KindSetting, run: Run, platform: Run | None) -> bool:
    """True for the platform's chart for boundaries; a run with its own spec.objectsChart reports this by itself."""
    if platform is None or setting.subject.what != "chart" or spec_of(run.config).get("objectsChart"):
        return False
    reference = mapping(mapping(spec_of(platform.config).get("objectsChart")).get("chartRef"))
    return bool(reference) and setting.value == tuple(reference.get(key) or "" for key in ("kind", "name", "namespace"))


def _shipped(subject: Subject, platform: Run | None) -> PlatformSetting | None:
    """The catalog's value, with the chart namespace of the platform's run."""
    kind = Catalog.shipped().kind(subject.kind)
    if kind is None or subject.what not in {"prefix", "chart"}:
        return None
    if subject.what == "prefix":
        return PlatformSetting(kind.prefix, None)
    defaults = mapping(spec_of(platform.config if platform else None).get("defaults"))
    return PlatformSetting((*kind.chart_ref[:2], defaults.get("chartNamespace") or kind.chart_ref.namespace), None)


def _redefined(setting: KindSetting, there: PlatformSetting, platform: Run | None) -> Result:
    who = f"the platform's run in {platform.folder}" if there.origin and platform else "krmfn's catalog"
    if there.origin:
        then = "set the same here, or change it there for all tenants"
    elif platform:
        then = f"set it in the platform's run in {platform.folder} as well, for all tenants, or remove it here"
    else:
        then = "set it in a run with scope: platform as well, for all tenants, or remove it here"
    message = (
        f"sets the {setting.subject.what} of {setting.subject.kind} to {shown(setting.value)}, but {who} has "
        f"{shown(there.value)}; {then}"
    )
    return setting.origin.error("kind-redefined", message)
