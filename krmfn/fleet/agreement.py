"""Checks that tenants' runs agree with the platform's on the management cluster (R14); on kinds, see kinds.py."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from krmfn.catalog import Catalog
from krmfn.fleet.fleets import mapping, spec_of
from krmfn.fleet.kinds import of_kinds
from krmfn.fleet.owners import named
from krmfn.resourcelist import origin_of
from krmfn.topology.model.targets import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.fleet.fleets import Fleet, Run
    from krmfn.results import Result

PROGRAMS = ("flux", "cozystack", "cilium", "kubernetes")
NETWORKS = ("serviceCIDRs", "podCIDRs", "nodeCIDRs", "nodeLocalDNS")
DEFAULTS: Mapping[str, Any] = {"clusterDomain": "cozy.local", "clusterNetworkPolicy": False}
ONLY_WHERE_USED = "spec.objectsChart"
"""A tenant without a fenced cluster needs no chart, and may leave it out."""


def disagreements(fleet: Fleet) -> Iterator[Result]:
    """Errors for runs that contradict the platform's run or the catalog; a warning if there is no platform's run."""
    platform = fleet.platform
    tenants = [run for run in fleet.runs if run.config and not run.is_platform]
    yield from of_kinds(platform, tenants)
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
