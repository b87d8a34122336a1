"""What the guards match, and who may pass them."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from krmfn.topology import Platform


class Guard(NamedTuple):
    """A guard.

    Attributes:
        name: of its policy and its binding.
        why: why it exists, in one sentence.
        policy: its own part of the policy.
        binding: the binding's fields other than the policy's name.
    """

    name: str
    why: str
    policy: dict[str, Any]
    binding: dict[str, Any]


HELM_RELEASE = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease"}
HELM_RELEASES = {"apiGroups": ["helm.toolkit.fluxcd.io"], "apiVersions": ["v2"], "resources": ["helmreleases"]}
# Metadata can be changed through the subresources as well.
NAMESPACES = {
    "apiGroups": [""],
    "apiVersions": ["v1"],
    "resources": ["namespaces", "namespaces/finalize", "namespaces/status"],
}
NAMESPACED_FENCES = (
    {"apiGroups": ["cilium.io"], "apiVersions": ["v2"], "resources": ["ciliumnetworkpolicies"]},
    {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]},
)
CLUSTER_SCOPED_FENCES = (
    {
        "apiGroups": ["policy.networking.k8s.io"],
        "apiVersions": ["v1alpha2"],
        "resources": ["clusternetworkpolicies"],
    },
)

FENCES = {"matchExpressions": [{"key": "krmfn.dev/fences", "operator": "Exists"}]}
ISOLATED = {"matchExpressions": [{"key": "krmfn.dev/isolation", "operator": "Exists"}]}
POOLS = {"matchLabels": {"apps.cozystack.io/application.kind": "KubernetesNodes"}}
PLACED = {"matchExpressions": [{"key": "krmfn.dev/placed-on", "operator": "Exists"}]}
ANY: dict[str, Any] = {}


def with_params(selector: dict[str, Any]) -> dict[str, Any]:
    """A binding's parameters: they are in the object's own namespace; without any, the object is allowed."""
    return {"paramRef": {"selector": selector, "parameterNotFoundAction": "Allow"}}


def not_clean_up(platform: Platform) -> list[dict[str, str]]:
    """Excludes the platform's own clean-up jobs: a tenant's deletes its clusters; a cluster's deletes everything on it.

    Source: cozystack/cozystack packages/apps/{tenant/templates/cleanup-job,kubernetes/templates/delete}.yaml
    """
    if not platform.cozystack:
        return []
    return [
        {
            "name": "not-the-tenants-clean-up",
            "expression": (
                "request.userInfo.username != 'system:serviceaccount:cozy-system:' + request.namespace + '-cleanup'"
            ),
        },
        {
            "name": "not-the-clusters-clean-up",
            "expression": (
                "request.userInfo.username != 'system:serviceaccount:' + request.namespace + ':' + "
                "oldObject.metadata.?labels[?'cozystack.io/target-cluster-name'].orValue('') + '-cleanup'"
            ),
        },
    ]


def not_privileged(platform: Platform) -> list[dict[str, str]]:
    """Excludes Flux and administrators; an account of Flux for one tenant only in that tenant's namespace."""
    flux = {"name": "not-flux", "expression": f"!(request.userInfo.username in {_strings(platform.flux)})"}
    own = f"request.userInfo.username != {dumps(platform.tenants)} + request.?namespace.orValue('')"
    tenants = {"name": "not-flux-for-the-tenant", "expression": own}
    return [flux, *([tenants] if platform.tenants else []), *not_administrator(platform)]


def not_administrator(platform: Platform) -> list[dict[str, str]]:
    return [
        {
            "name": "not-an-administrator",
            "expression": (
                f"!(request.userInfo.username in {_strings(platform.administrators)}) && "
                "!request.userInfo.?groups.orValue([]).exists(group, group in "
                f"{_strings(platform.administrator_groups)})"
            ),
        }
    ]


def _strings(names: tuple[str, ...]) -> str:
    """A list of strings in CEL; CEL reads JSON lists."""
    return dumps(names, ensure_ascii=False)
