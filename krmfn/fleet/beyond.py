"""Objects by which a tenant would get more than the platform gives it in its own namespace (R14).

Found: docs/decisions/069-plain-objects-that-reach-further.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.fleet.fleets import mapping, spec_of
from krmfn.fleet.workloads import runs_an_image
from krmfn.resourcelist import identity, kind_of, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.fleet.fleets import Run
    from krmfn.resourcelist import Resource
    from krmfn.results import Result

RIGHTS = "rbac.authorization.k8s.io"
TOKEN = "kubernetes.io/service-account-token"  # noqa: S105  (the type of a Secret, not a token)
DEPLOYERS = {
    "fluxcd.io": "Flux",
    "fluxcd.controlplane.io": "Flux",
    "argoproj.io": "Argo CD",
    "helm.cattle.io": "the Helm controller of k3s",
    "fleet.cattle.io": "Rancher Fleet",
    "operators.coreos.com": "the Operator Lifecycle Manager",
}
"""Groups, and ends of groups, whose controller acts on the objects with its own rights, and which that is."""
CLUSTERS = ("cluster.x-k8s.io", "kamaji.clastix.io")
"""Groups, and ends of groups, of what makes the control planes and nodes of clusters."""
OF_A_TENANT = {
    ("Secret", "cozystack-values"),
    ("ResourceQuota", "tenant-quota"),
    ("LimitRange", "tenant-range-limits"),
}
"""What Cozystack 1.6.2 puts into the namespace of each tenant, by kind and name."""
NETWORKS = {
    ("", "Endpoints"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("k8s.cni.cncf.io", "NetworkAttachmentDefinition"),
}
"""Kinds that send the traffic for a Service to any address, or put a pod into any network of its node."""
POLICIES = {("cilium.io", "CiliumNetworkPolicy"), ("networking.k8s.io", "NetworkPolicy")}
"""Kinds of policies that are a tenant's if they open no way out."""


def beyond_a_tenant(item: Resource, run: Run) -> Iterator[Result]:
    """An error for an object by which a tenant would get more than the platform gives it in its namespace."""
    here, platform = f"tenants write below {run.folder}", f"let the platform put this into {run.folder} itself"
    found = (*_of_platform(item, here, platform), *_reaching(item, run, here, platform))
    yield from found[:1]


def _of_platform(item: Resource, here: str, platform: str) -> Iterator[Result]:
    """An error for what controllers act on with more rights than a tenant has, and for what the platform made."""
    origin, found = origin_of(item), identity(item)
    deployer = _first(found.group, DEPLOYERS)
    if deployer:
        message = (
            f"{DEPLOYERS[deployer]} acts on this with its own rights, so a tenant may not add it, and {here}; declare "
            f"an app instead, or {platform}"
        )
        yield origin.error("flux-object-of-a-tenant", message, "kind")
    if _first(found.group, CLUSTERS):
        message = (
            "makes or changes control planes and nodes of clusters, past what is declared of them, so a tenant may not "
            f"add it, and {here}; declare a cluster instead, or {platform}"
        )
        yield origin.error("platform-object-of-a-tenant", message, "kind")
    if found.group == "" and (found.kind, found.name) in OF_A_TENANT:
        message = (
            "is an object of the platform, which says by it what this tenant gets, so a tenant may not replace it, and "
            f"{here}; choose another name, or {platform}"
        )
        yield origin.error("platform-object-of-a-tenant", message, "metadata.name")


def _reaching(item: Resource, run: Run, here: str, platform: str) -> Iterator[Result]:
    """An error for what reaches Secrets of the namespace, other tenants, or the management cluster's own nodes."""
    origin, found = origin_of(item), identity(item)
    wanted = spec_of(run.config).get("requirePlacement")
    if found.group == RIGHTS or item.get("type") == TOKEN:
        message = (
            "gives rights in the namespace, also to the Secrets of its clusters and databases, so a tenant may not add "
            f"it, and {here}; remove it, or {platform}"
        )
        yield origin.error("rights-of-a-tenant", message, "kind" if found.group == RIGHTS else "type")
    if field := _way_out(item, run):
        message = (
            "opens or redirects connections past the platform's policies, which keep tenants apart, so a tenant may "
            f"not add it, and {here}; remove it, or {platform}"
        )
        yield origin.error("network-of-a-tenant", message, field)
    if wanted in {"code", "all"} and runs_an_image(found.group, found.kind):
        message = (
            f"runs its image on the management cluster, but spec.requirePlacement is {wanted}, and {here}; declare an "
            f"app and place it on a cluster, or {platform}"
        )
        yield origin.error("placement-required", message, "kind")


def _first(group: str, ends: Iterable[str]) -> str:
    return next((end for end in ends if group == end or group.endswith(f".{end}")), "")


def _way_out(item: Resource, run: Run) -> str:
    """The field by which an object lets pods of the namespace reach others, or others' traffic reach it; else empty.

    On Cozystack every policy adds to what the platform opens, and what it keeps closed is the way out of a namespace.
    Elsewhere, a policy only closes.
    """
    group, kind = kind_of(item)
    spec = mapping(item.get("spec"))
    if (group, kind) in NETWORKS or (group == "cilium.io" and (group, kind) not in POLICIES):
        return "kind"
    if (group, kind) == ("", "Service") and spec.get("externalIPs"):
        return "spec.externalIPs"
    is_opening = (group, kind) in POLICIES and mapping(spec_of(run.config).get("target")).get("cozystack") != "none"
    listed = item.get("specs")
    rules = {
        "spec": spec,
        **{f"specs[{at}]": each for at, each in enumerate(listed if isinstance(listed, list) else ())},
    }
    opened = (f"{path}.egress" for path, rule in rules.items() if mapping(rule).get("egress"))
    return next(opened, "") if is_opening else ""
