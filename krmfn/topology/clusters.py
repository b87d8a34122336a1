"""Clusters: what their profiles make of their values, and where their kubeconfig is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.results import join_path, nearest, path_of
from krmfn.topology.apps import on_management_plane, release
from krmfn.topology.isolation import another_chart, is_fenced_inside, is_withheld
from krmfn.topology.metadata import CONFIRM_DELETION, confirmed
from krmfn.topology.names import check_cluster_name, name_field
from krmfn.topology.network import check_own_addresses
from krmfn.topology.records import Cluster, SecretKey
from krmfn.topology.values import at, contradictions, merge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Catalog, IsolationProfile
    from krmfn.declarations import Cluster as Declared
    from krmfn.results import Result
    from krmfn.topology.apps import Rules
    from krmfn.topology.components import ComponentProfiles
    from krmfn.topology.isolation import IsolationProfiles
    from krmfn.topology.kinds import Kinds
    from krmfn.topology.records import Release
    from krmfn.topology.values import Steps

MODULE_RELEASE = "computeplane-cluster"
"""What the platform calls its module cluster, a stable contract (facts/cozystack.md §3)."""
MODULE_VALUES = {"addons": {"certManager": {"enabled": True}, "ingressNginx": {"enabled": True}}}
"""What the platform pins on it."""
PROFILE_FIELDS = ("isolationProfile", "componentProfile")
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
    inside = "" if declared.origin.field else "spec"
    isolation = profiles.isolation.find(
        declared.isolation_profile, declared.origin, join_path(inside, "isolationProfile")
    )
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
    field = join_path(inside, "componentProfile")
    preset = profiles.components.values(declared.component_profile, declared.origin, field)
    if isolation is None or kind is None:
        return None, None
    findings.extend(_misspelt_profiles(declared))
    findings.extend(another_chart(isolation, kind, rules, declared.origin, join_path(inside, "isolationProfile")))
    findings.extend(_contradicted(declared, isolation, preset, rules))
    name = kind.prefix + declared.name
    values = merge(merge(preset, declared.values or {}), isolation.pins)
    _warn_of_missing_gpus(declared, values, findings)
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
        from krmfn.topology.fencing.withheld import exposed  # noqa: PLC0415  (loaded only where a profile asks for it)

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


def _misspelt_profiles(declared: Declared) -> Iterator[Result]:
    """A misspelt profile would be one more chart value, which nothing reads, and the cluster would stand unfenced."""
    for key in declared.values or {}:
        meant = nearest(key, PROFILE_FIELDS) if key.lower().startswith(("isolation", "component")) else ""
        if meant:
            where = "beside values" if declared.origin.field else "in spec"
            message = f'is no value of the chart; did you mean "{meant}", which stands {where}?'
            yield declared.origin.error("unknown-field", message, join_path(declared.values_field, path_of(key)))


def _contradicted(
    declared: Declared, isolation: IsolationProfile, preset: dict[str, Any], rules: Rules
) -> list[Result]:
    """A pin is never overridden in silence, and neither is what contradicts it (contract §2.1)."""
    from json import dumps  # noqa: PLC0415  (only where there is something to report)

    origin, name = declared.origin, isolation.name
    secret = [steps for steps, _ in rules.credentials.places(isolation.pins)]

    def shown(place: Steps, pin: Any) -> str:
        return "a credential" if any(steps[: len(place)] == place for steps in secret) else dumps(pin)

    found = []
    for steps, pin in contradictions(declared.values or {}, isolation.pins):
        message = (
            f'isolationProfile "{name}" pins {path_of(*steps)} to {shown(steps, pin)}, and this says otherwise; remove '
            "it, or choose another profile"
        )
        found.append(origin.error("pin-contradicted", message, join_path(declared.values_field, path_of(*steps))))
    for steps, pin in contradictions(preset, isolation.pins):
        message = (
            f'isolationProfile "{name}" pins {path_of(*steps)} to {shown(steps, pin)}, and componentProfile '
            f'"{declared.component_profile}" says otherwise; choose another'
        )
        field = "componentProfile" if origin.field else "spec.componentProfile"
        found.append(origin.error("pin-contradicted", message, field))
    return found


def enabled_addons(values: dict[str, Any], catalog: Catalog) -> frozenset[str]:
    """The names of the addons that the platform puts into a cluster with these values."""
    return frozenset(
        addon.name for addon in catalog.addons() if not addon.enabled_by or at(values, addon.enabled_by) == (True, True)
    )


def _warn_of_missing_gpus(declared: Declared, values: dict[str, Any], findings: list[Result]) -> None:
    """The GPU operator without a GPU does nothing, and krmfn cannot know which card a node group should have."""
    groups = values.get("nodeGroups")
    with_gpus = isinstance(groups, dict) and any(
        isinstance(group, dict) and group.get("gpus") for group in groups.values()
    )
    if at(values, ("addons", "gpuOperator", "enabled")) == (True, True) and not with_gpus:
        message = "the GPU operator is on, but no node group has gpus; name the cards in nodeGroups.<group>.gpus"
        findings.append(
            declared.origin.warning("gpu-without-nodes", message, join_path(declared.values_field, "nodeGroups"))
        )
