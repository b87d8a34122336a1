"""Clusters: what their profiles make of their values, and where their kubeconfig is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.topology.checks.addresses import check_own_addresses
from krmfn.topology.checks.chartvalues import merge
from krmfn.topology.checks.names import check_cluster_name, name_field, spec_field
from krmfn.topology.clusters.clustervalues import contradicted, enabled_addons, missing_gpus, misspelt_profiles
from krmfn.topology.known.isolation import another_chart, is_fenced_inside, is_withheld
from krmfn.topology.model.records import Cluster, SecretKey
from krmfn.topology.releases import on_management_plane, release
from krmfn.topology.releases.metadata import CONFIRM_DELETION, confirmed

if TYPE_CHECKING:
    from krmfn.catalog import IsolationProfile
    from krmfn.declarations import Cluster as Declared
    from krmfn.topology.known.components import ComponentProfiles
    from krmfn.topology.known.isolation import IsolationProfiles
    from krmfn.topology.known.kinds import Kinds
    from krmfn.topology.model.records import Release
    from krmfn.topology.releases import Rules

MODULE_RELEASE = "computeplane-cluster"
"""What the platform calls its module cluster, a stable contract (facts/cozystack.md §3)."""
MODULE_VALUES = {"addons": {"certManager": {"enabled": True}, "ingressNginx": {"enabled": True}}}
"""What the platform pins on it."""
ADMIN_KEY = "super-admin.svc"
"""The key of Kamaji's Secret whose kubeconfig works from inside the management cluster (facts/cozystack.md §2.3)."""


class Profiles(NamedTuple):
    """The two axes of a cluster: what it is trusted with, and what is in it."""

    isolation: IsolationProfiles
    components: ComponentProfiles


def resolve_cluster(
    declared: Declared, kinds: Kinds, profiles: Profiles, rules: Rules
) -> tuple[Cluster | None, Release | None]:
    """The cluster, and the release that creates it where it is one to create."""
    findings = rules.findings
    posture = spec_field(declared.origin, "isolationProfile")
    isolation = profiles.isolation.find(declared.isolation_profile, declared.origin, posture)
    if declared.kubeconfig is None and not rules.target.platform:
        message = (
            "only Cozystack creates this cluster, and spec.target.cozystack is none; name an existing one with "
            "kubeConfig"
        )
        findings.append(declared.origin.error("needs-platform", message, name_field(declared.origin)))
        return None, None
    if not declared.to_create:
        return _given(declared, isolation, rules), None
    kind = kinds.find("Kubernetes", declared.origin)
    field = spec_field(declared.origin, "componentProfile")
    preset = profiles.components.values(declared.component_profile, declared.origin, field)
    if isolation is None or kind is None:
        return None, None
    findings.extend(misspelt_profiles(declared))
    findings.extend(another_chart(isolation, kind, rules, declared.origin, posture))
    findings.extend(contradicted(declared, isolation, preset, rules))
    name = kind.prefix + declared.name
    values = merge(merge(preset, declared.values or {}), isolation.pins)
    findings.extend(missing_gpus(declared, values))
    if is_withheld(isolation) or is_fenced_inside(isolation):
        from krmfn.topology.fencing import hardened, refused  # noqa: PLC0415  (loaded only where a profile asks for it)

        findings.extend(refused(declared, isolation, preset))
        values = hardened(declared, name, isolation, values, rules)
    created = on_management_plane(release(declared, kind, values or declared.values, rules), declared, kind, rules)
    if is_withheld(isolation) or is_fenced_inside(isolation):
        from krmfn.topology.fencing import guarded  # noqa: PLC0415  (as above)

        created = guarded(created, isolation)
    addons = enabled_addons(values, rules.catalog)
    return _cluster(declared, name, isolation, addons, prune=created.prune), created


def _given(declared: Declared, isolation: IsolationProfile | None, rules: Rules) -> Cluster | None:
    """An existing cluster, or the platform's module cluster: nothing is created, so nothing about it can be said."""
    findings = rules.findings
    findings.extend(check_cluster_name(declared.name, declared.origin, "name"))
    what = "the module cluster" if declared.module else "an existing cluster"
    for field in ("values", "componentProfile", "labels", "annotations"):
        said = getattr(declared, "component_profile" if field == "componentProfile" else field)
        if said and (field != "annotations" or set(said) != {CONFIRM_DELETION}):
            message = f"krmfn writes no release for {what}, so there is nothing to set this on; remove {field}"
            findings.append(declared.origin.error("values-of-given-cluster", message, field))
    network = rules.options.network
    findings.extend(check_own_addresses(declared.api_server_addresses, network, declared.origin, "apiServerAddresses"))
    if isolation is None:
        return None
    if isolation.pins:
        message = (
            f'profile "{isolation.name}" pins chart values, and krmfn does not create {what}; they are not enforced'
        )
        findings.append(declared.origin.warning("pins-not-enforced", message, "isolationProfile"))
    if is_withheld(isolation):
        from krmfn.topology.clusters.withheld import exposed  # noqa: PLC0415  (loaded only where a profile asks for it)

        findings.extend(exposed(declared.origin, "isolationProfile", isolation, created=False, managed=declared.module))
    prune = confirmed(declared, findings)
    if declared.kubeconfig:
        return _cluster(declared, declared.name, isolation, frozenset(), prune=prune)
    addons = enabled_addons(MODULE_VALUES, rules.catalog)
    return _cluster(declared, MODULE_RELEASE, isolation, addons, prune=prune)


def _cluster(
    declared: Declared,
    release_name: str,
    isolation: IsolationProfile,
    addons: frozenset[str],
    *,
    prune: bool,
) -> Cluster:
    return Cluster(
        origin=declared.origin,
        name=declared.name,
        namespace=declared.namespace,
        # What krmfn writes for the module cluster is named after its release, whatever it is called here.
        owner=f"Kubernetes/{MODULE_RELEASE}" if declared.module else declared.owner,
        release=release_name,
        kubeconfig=(
            SecretKey(*declared.kubeconfig)
            if declared.kubeconfig
            else SecretKey(f"{release_name}-admin-kubeconfig", ADMIN_KEY)
        ),
        isolation=isolation,
        addons=addons,
        managed=declared.kubeconfig is None,
        created=declared.to_create,
        cilium=declared.kubeconfig is None or declared.cni == "cilium",
        api_server_addresses=declared.api_server_addresses,
        prune=prune,
        boundary=f"{release_name}-boundary" if is_fenced_inside(isolation) else "",
    )
