"""Clusters: their values as their profiles change them, and the Secret of their kubeconfig."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.marks import BOUNDARY_SUFFIX, CONFIRM_DELETION, CONFIRM_LOOSENING
from krmfn.namedtuple import NamedTuple
from krmfn.topology.checks.addresses import check_own_addresses
from krmfn.topology.checks.chartvalues import merge
from krmfn.topology.checks.names import check_cluster_name, name_field, spec_field
from krmfn.topology.clusters.addons import enabled_addons, missing_gpus
from krmfn.topology.clusters.pins import check_platform_chart, contradicted
from krmfn.topology.model.clusters import Cluster, SecretKey
from krmfn.topology.model.targets import COMPUTE_PLANE
from krmfn.topology.releases import CLUSTER, on_management_plane, release
from krmfn.topology.releases.metadata import confirmed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.declarations import DeclaredCluster
    from krmfn.results import Result, Rule
    from krmfn.topology.known.lookups import Known
    from krmfn.topology.model.postures import Posture
    from krmfn.topology.model.releases import Release

MODULE_RELEASE = "computeplane-cluster"
"""The release name of the platform's module cluster, which is stable."""
MODULE_VALUES = {"addons": {"certManager": {"enabled": True}, "ingressNginx": {"enabled": True}}}
"""The values that the platform sets on it."""
ADMIN_KEY = "super-admin.svc"
"""The key of Kamaji's Secret with the kubeconfig that works inside the management cluster."""


class Resolved(NamedTuple):
    """A cluster, and the release that creates it, if krmfn creates it; None if it is refused."""

    cluster: Cluster | None
    created: Release | None


def resolve_cluster(declared: DeclaredCluster, known: Known) -> Rule[Resolved]:
    """The cluster of a declaration, and the release that creates it."""
    resolved = yield from _resolved(declared, known)
    cluster, created = resolved
    if cluster is None or CONFIRM_LOOSENING not in declared.annotations:
        return resolved
    from krmfn.topology.known.staleconfirmations import confirmed_posture  # noqa: PLC0415  (loaded only for one)

    after = yield from confirmed_posture(declared, cluster.posture, known.isolation)
    if after is None:
        return resolved
    confirmation = declared.annotations[CONFIRM_LOOSENING]
    marks = {CONFIRM_LOOSENING: confirmation}
    return Resolved(
        cluster._replace(confirmation=confirmation, next=after),
        # The guards let a release lose its isolation only if it is marked already.
        created and created._replace(annotations={**created.annotations, **marks}),
    )


def _resolved(declared: DeclaredCluster, known: Known) -> Rule[Resolved]:
    field = spec_field(declared.origin, "isolationProfile")
    posture = yield from known.isolation.find(declared.isolation_profile, declared.origin, field)
    if declared.kubeconfig is None and not known.target.platform:
        message = (
            "only Cozystack can create this cluster, but spec.target.cozystack is none; use an existing cluster with "
            "kubeConfig"
        )
        yield declared.origin.error("needs-platform", message, name_field(declared.origin))
        return Resolved(None, None)
    if declared.to_create:
        return (yield from _to_create(declared, posture, field, known))
    yield from _check_given(declared, posture, known)
    prune = yield from confirmed(declared)
    if posture is None:
        return Resolved(None, None)
    if declared.kubeconfig:
        return Resolved(_cluster(declared, declared.name, posture, frozenset(), prune=prune), None)
    addons = enabled_addons(MODULE_VALUES, known.catalog)
    return Resolved(_cluster(declared, MODULE_RELEASE, posture, addons, prune=prune), None)


def _to_create(declared: DeclaredCluster, posture: Posture | None, field: str, known: Known) -> Rule[Resolved]:
    origin = declared.origin
    kind = yield from known.kinds.find(CLUSTER, origin)
    preset = yield from known.components.find(
        declared.component_profile, origin, spec_field(origin, "componentProfile")
    )
    if posture is None or kind is None:
        return Resolved(None, None)
    yield from check_platform_chart(posture, kind, known, origin, field)
    yield from contradicted(declared, posture, preset, known)
    values = merge(merge(preset, declared.values or {}), posture.pins)
    yield from missing_gpus(declared, values)
    addons = enabled_addons(values, known.catalog)
    if posture.changes_release:
        from krmfn.topology.clusters import hardening  # noqa: PLC0415  (loaded only where a profile asks for it)

        yield from hardening.refused(declared, posture, preset)
        values = hardening.hardened(values, kind.prefix + declared.name, posture, addons, known.catalog)
    common = yield from release(declared, kind, values or declared.values, known)
    created = on_management_plane(common, declared, kind, known.target)
    if posture.changes_release:
        created = hardening.guarded(created, posture)
    return Resolved(_cluster(declared, created.name, posture, addons, prune=created.prune), created)


def _check_given(declared: DeclaredCluster, posture: Posture | None, known: Known) -> Iterator[Result]:
    """Refuses fields that need a release: krmfn writes none for an existing cluster or the module cluster."""
    yield from check_cluster_name(declared.name, declared.origin, "name")
    what = "the module cluster" if declared.module else "an existing cluster"
    for field in ("values", "componentProfile", "labels", "annotations"):
        said = getattr(declared, "component_profile" if field == "componentProfile" else field)
        if said and (field != "annotations" or not set(said) <= {CONFIRM_DELETION, CONFIRM_LOOSENING}):
            message = f"krmfn writes no release for {what}, so this has no effect; remove {field}"
            yield declared.origin.error("values-of-given-cluster", message, field)
    if declared.module and not known.target.has(COMPUTE_PLANE):
        message = f"the module cluster {known.target.too_old(COMPUTE_PLANE)}, or declare a cluster of your own"
        yield declared.origin.error("needs-newer-cozystack", message, "module")
    network = known.options.network
    yield from check_own_addresses(declared.api_server_addresses, network, declared.origin, "apiServerAddresses")
    if posture and posture.pins:
        message = (
            f'profile "{posture.name}" pins chart values, but krmfn does not create {what}, so they are not enforced'
        )
        yield declared.origin.warning("pins-not-enforced", message, "isolationProfile")
    if posture and posture.withheld:
        from krmfn.topology.clusters.withheld import exposed  # noqa: PLC0415  (loaded only where a profile asks for it)

        yield from exposed(declared.origin, "isolationProfile", posture, created=False, managed=declared.module)


def _cluster(
    declared: DeclaredCluster,
    release_name: str,
    posture: Posture,
    addons: frozenset[str],
    *,
    prune: bool,
) -> Cluster:
    return Cluster(
        origin=declared.origin,
        name=declared.name,
        namespace=declared.namespace,
        # Objects for the module cluster are named after its release, not after its name here.
        owner=f"{CLUSTER}/{MODULE_RELEASE}" if declared.module else declared.owner,
        release=release_name,
        kubeconfig=(
            SecretKey(declared.kubeconfig.name, declared.kubeconfig.key)
            if declared.kubeconfig
            else SecretKey(f"{release_name}-admin-kubeconfig", ADMIN_KEY)
        ),
        posture=posture,
        addons=addons,
        managed=declared.kubeconfig is None,
        created=declared.to_create,
        cilium=declared.kubeconfig is None or declared.cni == "cilium",
        api_server_addresses=declared.api_server_addresses,
        prune=prune,
        boundary=f"{release_name}{BOUNDARY_SUFFIX}" if posture.fenced_inside else "",
    )
