"""What Flux does to each object of a declaration between two revisions (docs/platform.md#helmrelease)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.changes.fields import bare
from krmfn.changes.records import Outcome, Touched
from krmfn.marks import PRUNE
from krmfn.resourcelist import annotations_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.resourcelist import Identity, Resource
    from krmfn.topology.model.releases import Release

RENAMES = ("releaseName", "targetNamespace", "storageNamespace")
"""Fields of a HelmRelease whose change makes Flux uninstall and install; the name of its chart is another."""
HELM = ("chart", "chartRef", "values", "valuesFrom", "postRenderers")
"""Fields whose change makes Helm upgrade; the others say how and when."""


def outcomes(before: Mapping[Identity, Resource], after: Mapping[Identity, Resource]) -> tuple[Touched, ...]:
    """What becomes of each object that is not the same in both; releases first, and what goes before what comes."""
    found = [each for key in {**before, **after} for each in _outcomes(before.get(key), after.get(key))]
    order = list(Outcome)
    return tuple(sorted(found, key=lambda each: (order.index(each.outcome), each.kind, each.name)))


def is_protected(resource: Resource) -> bool:
    """Whether Flux leaves the object when it leaves Git."""
    return bool(annotations_of(resource).get(PRUNE) == "disabled")


def reinstalls(before: Resource, after: Resource) -> bool:
    """Whether Flux uninstalls and installs the release of one HelmRelease."""
    old, new = before["spec"], after["spec"]
    return any(old.get(field) != new.get(field) for field in RENAMES) or _chart(old) != _chart(new)


def strays(before: Resource, after: Resource) -> bool:
    """Whether Flux goes on without what it installed: with another cluster, or in another namespace of it.

    It uninstalls with the new namespace in mind, and finds nothing there (fluxcd/flux2#1005; run:
    tests/engine/test_claims.py).
    """
    old, new = before["spec"], after["spec"]
    return any(old.get(field) != new.get(field) for field in ("kubeConfig", "targetNamespace"))


def lives_on(release: Release) -> object:
    """The kubeconfig that leads to where a release is; another one leads, for all krmfn knows, to another cluster."""
    return release.remote and release.remote.kubeconfig


def _outcomes(before: Resource | None, after: Resource | None) -> Iterator[Touched]:
    if before is None and after is not None:
        yield _touched(after, Outcome.INSTALLED if _is_release(after) else Outcome.CREATED)
    elif after is None and before is not None:
        stays = is_protected(before)
        if _is_release(before):
            yield _touched(before, Outcome.LEFT_RUNNING if stays else Outcome.UNINSTALLED)
        else:
            yield _touched(before, Outcome.LEFT if stays else Outcome.REMOVED)
    elif before is not None and after is not None and bare(before) != bare(after):
        if not _is_release(after):
            yield _touched(after, Outcome.UPDATED)
        elif strays(before, after):
            yield _touched(before, Outcome.LEFT_RUNNING)
            yield _touched(after, Outcome.INSTALLED)
        else:
            yield _touched(after, _of_release(before, after))


def _of_release(before: Resource, after: Resource) -> Outcome:
    if reinstalls(before, after):
        return Outcome.RECREATED
    old, new = before["spec"], after["spec"]
    return Outcome.UPGRADED if any(old.get(each) != new.get(each) for each in HELM) else Outcome.RECONFIGURED


def _touched(resource: Resource, outcome: Outcome) -> Touched:
    meta = resource["metadata"]
    on = str(meta.get("labels", {}).get("krmfn.dev/placed-on", ""))
    return Touched(str(resource["kind"]), str(meta["name"]), outcome, on)


def _is_release(resource: Resource) -> bool:
    return bool(resource["kind"] == "HelmRelease")


def _chart(spec: Mapping[str, Any]) -> Any:
    """What a release's chart is called, as far as Git tells: a chart's name, or that of the source that has it."""
    chart = (spec.get("chart") or {}).get("spec")
    if chart:
        return str(chart.get("chart")).rstrip("/").rpartition("/")[2]
    reference = spec.get("chartRef") or {}
    return reference.get("kind"), reference.get("name")
