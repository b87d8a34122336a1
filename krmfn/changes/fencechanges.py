"""Sentences that say what a change of a cluster's fences, or of the platform output, means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.changes.change import FenceChange
from krmfn.changes.ways import of_openings
from krmfn.topology.known.tightening import amounts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.changes.picture import Expectation
    from krmfn.topology.model.fences import AppNamespace, Boundary, Destination, EgressPolicy, Opening
    from krmfn.topology.model.postures import Posture
    from krmfn.topology.model.tenants import Platform

PLATFORM = {
    "administrators": "user {} may break the glass",
    "administrator_groups": "group {} may break the glass",
    "flux": "{} is treated as Flux",
    "mutable_kinds": "administrators of tenants may change {}",
}
"""The sentence for a name in each field of the platform."""


def fence_changes(before: Expectation, after: Expectation) -> Iterator[FenceChange]:
    """The changed fences of one declaration, except what its nodes and apps may reach, which is reported elsewhere."""
    if before.platform and after.platform:
        yield from _platform(before.platform, after.platform)
    cluster = after.cluster or before.cluster
    if not (before.cluster and after.cluster and cluster):
        return
    name = cluster.name
    if before.cluster.posture.withheld != after.cluster.posture.withheld:
        withheld = after.cluster.posture.withheld
        told = f"HelmRelease/{cluster.release}"
        yield FenceChange(told, f"{'-' if withheld else '+'} its tenant gets the kubeconfig of {name}")
    if before.egress or after.egress:
        yield from _around_nodes(before.egress, after.egress, name)
    yield from _pod_security(before, after, name)
    if before.boundary or after.boundary:
        yield from _inside(before.boundary, after.boundary, name)


def _platform(before: Platform, after: Platform) -> Iterator[FenceChange]:
    told = f"ComputePlane/{after.owner.partition('/')[2]}"
    for field, meaning in PLATFORM.items():
        old, new = getattr(before, field), getattr(after, field)
        yield from (FenceChange(told, sentence) for sentence in _more_and_less(old, new, meaning))
    for field, meaning in (
        ("cozystack", "guards for Cozystack, for the nodes of isolated clusters and the platform's roles"),
        ("retries_prunes", "the guards rely on Flux to retry what it could not prune"),
    ):
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            yield FenceChange(told, f"{'+' if new else '-'} {meaning}")


def _around_nodes(before: EgressPolicy | None, after: EgressPolicy | None, cluster: str) -> Iterator[FenceChange]:
    said = after or before
    told = f"CiliumNetworkPolicy/{said.fence.name}" if said else ""
    if before and after:
        closed = _addresses(before.closed_addresses, after.closed_addresses, cluster)
        yield from (FenceChange(told, sentence) for sentence in closed)
        is_same = (_bare(before), before.why) == (_bare(after), after.why)
        if not is_same and of_openings(before) == of_openings(after):
            yield FenceChange(told, f"fences around the nodes of {cluster} updated")
        if before.cluster_wide != after.cluster_wide:
            kind = "ClusterNetworkPolicy" if after.cluster_wide else "CiliumNetworkPolicy"
            yield FenceChange(told, f"the fence around the nodes of {cluster} becomes a {kind}")
    else:
        goes = bool(said and said.fence.prune)
        yield FenceChange(told, _whole(f"fences around the nodes of {cluster}", after is not None, goes))


def _addresses(before: Iterable[str], after: Iterable[str], cluster: str) -> Iterator[str]:
    """One sentence for all addresses that are closed, and one for all that no longer are."""
    old, new = set(before), set(after)
    for sign, found in (("+", sorted(new - old)), ("-", sorted(old - new))):
        if found:
            yield f"{sign} {', '.join(found)} {'is' if len(found) == 1 else 'are'} closed to the nodes of {cluster}"


def _bare(policy: EgressPolicy) -> list[Opening]:
    """The openings of a policy that are in its manifest."""
    return [each._replace(why="", pods=0) for each in policy.openings]


def _pod_security(before: Expectation, after: Expectation, cluster: str) -> Iterator[FenceChange]:
    """Changes of Pod Security: of the whole cluster, by its API server's configuration, else of its app namespaces."""
    old, new = before.admission, after.admission
    said = new or old
    if said:
        told = f"ConfigMap/{said.fence.name}"
        if (old and old.level) != (new and new.level):
            levels = (each.level if each else "(none)" for each in (old, new))
            yield FenceChange(told, f"Pod Security of {cluster}: {' -> '.join(levels)}")
        if old and new:
            exempt = "namespace {0} of {1} is exempt from Pod Security"
            yield from (FenceChange(told, each) for each in _more_and_less(old.exempt, new.exempt, exempt, cluster))


def _inside(before: Boundary | None, after: Boundary | None, cluster: str) -> Iterator[FenceChange]:
    said = after or before
    told = f"HelmRelease/{said.release.name}" if said else ""
    old, new = ({each.name: each for each in side.namespaces} if side else {} for side in (before, after))
    goes = bool(after or (before and before.release.prune))
    for name in sorted({*old, *new}):
        was, will = old.get(name), new.get(name)
        if was and will:
            yield from (FenceChange(told, each) for each in _of_app(was, will, cluster))
        elif app := will or was:
            yield FenceChange(told, _whole(f"fences of {app.owner}", will is not None, goes))
    if before and after:
        yield from (FenceChange(told, each) for each in _of_posture(before.posture, after.posture, cluster))
        yield from (FenceChange(told, each) for each in _of_cluster(before, after, cluster))
    elif not old and not new:
        yield FenceChange(told, _whole(f"fences inside {cluster}", after is not None, goes))


def _of_app(before: AppNamespace, after: AppNamespace, cluster: str) -> Iterator[str]:
    owner = after.owner
    if before.owner != owner:
        yield f"fences of {before.owner} become those of {owner}"
    if before.api_server != after.api_server:
        yield f"{'+' if after.api_server else '-'} {owner} may reach the API server of {cluster}"
    if before.from_gateway != after.from_gateway:
        yield f"{'+' if after.from_gateway else '-'} the Gateways of {cluster} may reach {owner}"
    reach = "pods of namespace {0} may reach {1}"
    yield from _more_and_less(before.from_namespaces, after.from_namespaces, reach, owner)
    if before.destinations != after.destinations:
        yield f"fences of {owner} updated"
        if {each.service for each in before.destinations} == {each.service for each in after.destinations}:
            old, new = ([_place(each) for each in side.destinations] for side in (before, after))
            yield from _more_and_less(old, new, "{1} may reach {0}", owner)


def _place(destination: Destination) -> str:
    where = f"by the name {destination.host}" if destination.host else f"at {', '.join(destination.cidrs)}"
    return f"{destination.service} {where}"


def _of_posture(before: Posture, after: Posture, cluster: str) -> Iterator[str]:
    if before.pod_security != after.pod_security:
        levels = f"{before.pod_security or '(none)'} -> {after.pod_security or '(none)'}"
        yield f"Pod Security of the app namespaces of {cluster}: {levels}"
    old, new = (_amounts(side) for side in (before, after))
    for place in [*old, *(each for each in new if each not in old)]:
        was, will = (side.get(place, "(none)") for side in (old, new))
        if was != will:
            yield f"{place} of each app on {cluster}: {was} -> {will}"
    for field, meaning in (
        ("scoped", f"apps on {cluster} may only reach what they declare"),
        ("hardened", f"admission policies in {cluster}"),
        ("internet", f"apps on {cluster} may reach the internet"),
    ):
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            yield f"{'+' if new else '-'} {meaning}"


def _amounts(posture: Posture) -> dict[str, str]:
    """The amounts of the quota, and of the limits, by their place."""
    found = amounts_of({"quota": posture.quota, "limits": posture.limits})
    return {
        " ".join(each.place) if each.field == "quota" else " ".join(("limit", *each.place[1:], each.place[0][7:])): str(
            each.written
        )
        for each in found
    }


def _of_cluster(before: Boundary, after: Boundary, cluster: str) -> Iterator[str]:
    if before.cilium != after.cilium:
        yield f"{'+' if after.cilium else '-'} {cluster} has Cilium as its network, which can allow host names"
    for field, meaning in (
        ("not_internet", "{0} does not count as the internet for apps on {1}"),
        ("api_server_addresses", "the API server of {1} is at {0}"),
        ("exempt", "namespace {0} of {1} belongs to the platform, and is not fenced"),
    ):
        yield from _more_and_less(getattr(before, field), getattr(after, field), meaning, cluster)


def _more_and_less(before: Iterable[str], after: Iterable[str], meaning: str, *about: Any) -> Iterator[str]:
    """One sentence for each name that is added or removed."""
    old, new = set(before), set(after)
    yield from (f"+ {meaning.format(name, *about)}" for name in sorted(new - old))
    yield from (f"- {meaning.format(name, *about)}" for name in sorted(old - new))


def _whole(what: str, comes: bool, goes: bool) -> str:  # noqa: FBT001  (one of three words)
    return f"{what} {'added' if comes else 'removed' if goes else 'left as they are'}"
