"""What Flux does to each object that changes between two revisions (docs/platform.md#helmrelease)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.change import Effect, Touched
from krmfn.changes.manifestpaths import HELM_UPGRADES
from krmfn.changes.written import CONTENT
from krmfn.marks import BOUNDARY
from krmfn.topology.known.kinds import OBJECTS_CHART

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.changes.written import ObjectKey, Written
    from krmfn.topology.model.releases import Release

UPGRADES = frozenset({*HELM_UPGRADES, CONTENT})


def effects(before: Mapping[ObjectKey, Written], after: Mapping[ObjectKey, Written]) -> tuple[Touched, ...]:
    """The outcome for each object that differs; releases first, and removed objects before new ones."""
    found = [each for key in {**before, **after} for each in _effects(before.get(key), after.get(key))]
    order = list(Effect)
    return tuple(sorted(found, key=lambda each: (order.index(each.effect), each.kind, each.name)))


def reinstalls(before: Release, after: Release) -> bool:
    """True if Flux uninstalls a HelmRelease's release and installs it again: with another name, or another chart."""
    return _named(before) != _named(after) or _chart(before) != _chart(after)


def strays(before: Release, after: Release) -> bool:
    """True if Flux leaves behind what it installed: the release has another cluster, or another namespace on it.

    Flux uninstalls in the new namespace, and finds nothing there (fluxcd/flux2#1005; run: tests/engine/test_claims.py).
    """
    return lives_on(before) != lives_on(after) or _namespace(before) != _namespace(after)


def lives_on(release: Release) -> object:
    """The kubeconfig of the cluster on which a release runs; another kubeconfig may be for another cluster."""
    return release.remote and release.remote.kubeconfig


def _effects(before: Written | None, after: Written | None) -> Iterator[Touched]:
    if before is None and after is not None:
        yield _touched(after, Effect.INSTALLED if after.release else Effect.CREATED)
    elif after is None and before is not None:
        if before.release:
            yield _touched(before, Effect.UNINSTALLED if before.prune else Effect.LEFT_RUNNING)
        else:
            yield _touched(before, Effect.REMOVED if before.prune else Effect.LEFT)
    elif before is not None and after is not None and (differing := before.differing(after)):
        if before.release is None or after.release is None:
            yield _touched(after, Effect.UPDATED)
        elif strays(before.release, after.release):
            yield _touched(before, Effect.LEFT_RUNNING)
            yield _touched(after, Effect.INSTALLED)
        elif reinstalls(before.release, after.release):
            yield _touched(after, Effect.RECREATED)
        else:
            yield _touched(after, Effect.UPGRADED if differing & UPGRADES else Effect.RECONFIGURED)


def _touched(written: Written, effect: Effect) -> Touched:
    return Touched(written.key.kind, written.key.name, effect, written.release.placed_on if written.release else "")


def _named(release: Release) -> tuple[str, str] | None:
    remote = release.remote
    return (remote.release_name, remote.target_namespace) if remote else None


def _namespace(release: Release) -> str | None:
    return release.remote.target_namespace if release.remote else None


def _chart(release: Release) -> object:
    """The name of a release's chart, or of its source if Git does not say the chart's name.

    Flux compares the name in Chart.yaml alone, and a boundary's is krmfn's own chart, wherever it comes from
    (docs/decisions/064-another-source-is-no-other-chart.md). Only a Helm repository calls a chart by that name.
    """
    spec = (release.chart or {}).get("spec") or {}
    if BOUNDARY in release.labels and (spec.get("sourceRef") or {}).get("kind") != "HelmRepository":
        return OBJECTS_CHART
    if release.chart_ref:
        return release.chart_ref.kind, release.chart_ref.name
    name = str(spec.get("chart"))
    return name.rstrip("/").rpartition("/")[2]
