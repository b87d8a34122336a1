"""Checks that tenants' runs agree with the platform's on the management cluster and on shipped kinds (R14)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.catalog import Catalog
from krmfn.fleet.fleets import mapping, spec_of
from krmfn.fleet.kindsettings import kind_settings, shown
from krmfn.fleet.owners import named
from krmfn.resourcelist import origin_of
from krmfn.topology.model.targets import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.fleet.fleets import Fleet, Run
    from krmfn.fleet.kindsettings import KindSetting, Subject
    from krmfn.results import Origin, Result

PROGRAMS = ("flux", "cozystack", "cilium", "kubernetes")
NETWORKS = ("serviceCIDRs", "podCIDRs", "nodeCIDRs", "nodeLocalDNS")
DEFAULTS: Mapping[str, Any] = {"clusterDomain": "cozy.local", "clusterNetworkPolicy": False}
ONLY_WHERE_USED = "spec.objectsChart"
"""A tenant without a fenced cluster needs no chart, and may leave it out."""


def disagreements(fleet: Fleet) -> Iterator[Result]:
    """Errors for runs that contradict the platform's run or the catalog; a warning if there is no platform's run."""
    platform = fleet.platform
    tenants = [run for run in fleet.runs if run.config and not run.is_platform]
    yield from _of_kinds(platform, tenants)
    if platform is None or platform.config is None:
        for run in tenants[:1]:
            yield from _no_platform(run)
        return
    there, origin = _settings(platform), origin_of(platform.config)
    differing: defaultdict[str, list[Run]] = defaultdict(list)
    for run in tenants:
        for field, value in _settings(run).items():
            if value != there[field] and not (field == ONLY_WHERE_USED and value is None):
                differing[field].append(run)
                yield from _differs(run, field, platform)
    for field, runs in differing.items():
        message = f"differs from {named(runs)}, but there is only one management cluster; set the same in all runs"
        yield origin.error("differs-from-platform", message, field)


def _no_platform(run: Run) -> Iterator[Result]:
    if run.config:
        message = (
            "no run here has scope: platform, so nothing guards clusters and fences against deletion on the cluster, "
            "and tenants may have different targets; add a folder with such a ComputePlane (krmfn init writes one)"
        )
        yield origin_of(run.config).warning("no-platform-run", message, "spec.scope")


def _differs(run: Run, field: str, platform: Run) -> Iterator[Result]:
    if run.config:
        message = (
            f"differs from the platform's run in {platform.folder}; set the same here, or change it there for all "
            "tenants"
        )
        yield origin_of(run.config).error("differs-from-platform", message, field)


def _settings(run: Run) -> dict[str, Any]:
    """A run's settings for the management cluster, with defaults, so that settings that mean the same are equal."""
    spec = spec_of(run.config)
    target, network = mapping(spec.get("target")), mapping(spec.get("network"))
    catalog = Catalog.shipped()
    versions = {f"spec.target.{each}": _version(target.get(each) or catalog.target(each).default) for each in PROGRAMS}
    addresses = network.get("apiServerAddresses")
    return {
        **versions,
        "spec.network.apiServerAddresses": None if addresses is None else _unordered(addresses),
        **{f"spec.network.{each}": _unordered(network.get(each) or []) for each in NETWORKS},
        **{f"spec.network.{key}": network.get(key, default) for key, default in DEFAULTS.items()},
        ONLY_WHERE_USED: _without_nulls(spec.get("objectsChart")),
        "spec.defaults.chartNamespace": mapping(spec.get("defaults")).get("chartNamespace"),
    }


def _version(written: Any) -> Any:
    """The version without its patch number; as written if it is not a version, which is reported elsewhere."""
    try:
        return parse(written)
    except (AttributeError, ValueError):
        return written


def _unordered(written: Any) -> Any:
    return sorted(map(str, written)) if isinstance(written, list) else written


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}


class PlatformSetting(NamedTuple):
    """The platform's value of a setting, and its place; None if it is the catalog's value."""

    value: Any
    origin: Origin | None


def _of_kinds(platform: Run | None, tenants: list[Run]) -> Iterator[Result]:
    """Errors for definitions in tenants' runs that change a kind of the platform's run or of the catalog."""
    by_platform = (
        {each.subject: PlatformSetting(each.value, each.origin) for each in kind_settings(platform)} if platform else {}
    )
    contradicted: defaultdict[Subject, list[Run]] = defaultdict(list)
    for run in tenants:
        for setting in kind_settings(run):
            there = by_platform.get(setting.subject) or _shipped(setting, platform)
            if _is_objects_chart(setting, run, platform):
                message = (
                    "this is krmfn's own chart for boundaries, which applies any object in its values; name the chart "
                    "of the app"
                )
                yield setting.origin.error("objects-chart-of-a-kind", message)
            elif there and there.value != setting.value:
                yield _redefined(setting, there, platform)
                contradicted[setting.subject] += [run]
    for subject, runs in contradicted.items():
        there = by_platform.get(subject)
        if there and there.origin:
            message = (
                f"differs from the {subject.what} of {subject.kind} in {named(runs)}, but a kind is the same for all "
                "tenants; set the same here and there"
            )
            yield there.origin.error("kind-redefined", message)


def _is_objects_chart(setting: KindSetting, run: Run, platform: Run | None) -> bool:
    """True for the platform's chart for boundaries; a run with its own spec.objectsChart reports this by itself."""
    if platform is None or setting.subject.what != "chart" or spec_of(run.config).get("objectsChart"):
        return False
    reference = mapping(mapping(spec_of(platform.config).get("objectsChart")).get("chartRef"))
    return bool(reference) and setting.value == tuple(reference.get(key) or "" for key in ("kind", "name", "namespace"))


def _shipped(setting: KindSetting, platform: Run | None) -> PlatformSetting | None:
    """The catalog's value, with the chart namespace of the platform's run."""
    kind = Catalog.shipped().kind(setting.subject.kind)
    if kind is None or setting.subject.what not in {"prefix", "chart"}:
        return None
    if setting.subject.what == "prefix":
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
