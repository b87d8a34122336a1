"""Network policies in few words, and the platform's own around its tenants (docs/platform.md#network-policies)."""

from collections.abc import Mapping
from typing import Any

from tests.judges.acme import NS

Resource = dict[str, Any]


def not_in(key: str, *values: str) -> Resource:
    return {"key": key, "operator": "NotIn", "values": list(values)}


def to_ports(*wanted: Resource) -> list[Resource]:
    return [{"ports": list(wanted)}]


def port(number: int, protocol: str = "TCP", *, until: int | None = None) -> Resource:
    return {"port": str(number), "protocol": protocol, **({"endPort": until} if until is not None else {})}


def cnp(name: str, namespace: str = "tenant-acme", /, *, to: Mapping[str, str] | None = None, **spec: Any) -> Resource:
    """A CiliumNetworkPolicy for the endpoints with these labels, or all of its namespace."""
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"endpointSelector": {"matchLabels": dict(to)} if to else {}, **spec},
    }


def ccnp(name: str, /, *, to: Mapping[str, str], **spec: Any) -> Resource:
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumClusterwideNetworkPolicy",
        "metadata": {"name": name},
        "spec": {"endpointSelector": {"matchLabels": dict(to)}, **spec},
    }


OPEN_TO_ALL = cnp("open-to-all", egress=[{"toEntities": ["all"]}])
OPEN_TO_ALL_BY_KUBERNETES = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "open-to-all", "namespace": "tenant-acme"},
    "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]},
}


def _selectors(labels: Mapping[str, str], namespaces: tuple[str, ...]) -> Resource:
    return {"toEndpoints": [{"matchLabels": {**labels, NS: namespace}} for namespace in namespaces]}


def opened_ancestors(namespace: str) -> tuple[str, ...]:
    """The ancestors whose services the tenant chart opens: those in the name of the parent's namespace.

    tenant-root is in the name of no other namespace, so only its own children reach it (v1.6.2,
    packages/apps/tenant/templates/networkpolicy.yaml, which splits the name of the release's namespace).
    """
    if namespace == "tenant-root":
        return ()
    parts = namespace.split("-")[:-1]
    return tuple("-".join(parts[:count]) for count in range(2, len(parts) + 1)) or ("tenant-root",)


def platform(name: str, *, etcd: bool = False, ingress: bool = False, monitoring: bool = False) -> list[Resource]:
    """What the tenant chart puts around a tenant, which has these modules or not.

    As packages/apps/tenant/templates/networkpolicy.yaml of v1.6.2 has it; tests/judges/test_surroundings.py compares.
    """
    mine = {NS: name}
    ancestors = opened_ancestors(name)
    policies = [
        cnp(
            "allow-internal-communication",
            name,
            ingress=[{"fromEndpoints": [{}]}],
            egress=[{"toEndpoints": [{}]}],
        ),
        cnp(
            "allow-external-communication",
            name,
            ingress=[{"fromEntities": ["world", "cluster"]}],
            egress=[{"toEntities": ["world"]}],
        ),
        ccnp(
            f"{name}-egress",
            to=mine,
            egress=[
                {
                    "toEndpoints": [
                        {"matchLabels": {f"k8s:io.cilium.k8s.namespace.labels.tenant.cozystack.io/{name}": ""}}
                    ]
                },
                *(
                    _selectors(service, ancestors)
                    for service in (
                        {"k8s:app.kubernetes.io/name": "vminsert"},
                        {"k8s:app.kubernetes.io/instance": "etcd"},
                        {"cozystack.io/service": "ingress"},
                    )
                    if ancestors
                ),
            ],
        ),
        ccnp(
            f"{name}-ingress",
            to=mine,
            ingress=[
                {"fromEntities": ["kube-apiserver"]},
                {
                    "fromEndpoints": [
                        {"matchLabels": {"k8s:io.cilium.k8s.namespace.labels.cozystack.io/system": "true"}}
                    ]
                },
                {"fromEndpoints": [{"matchLabels": {NS: "kube-system"}}]},
                *([{"fromEndpoints": [{"matchLabels": {NS: each}} for each in ancestors]}] if ancestors else []),
            ],
        ),
        cnp(
            "allow-to-apiserver",
            name,
            to={"policy.cozystack.io/allow-to-apiserver": "true"},
            egress=[{"toEntities": ["kube-apiserver"]}, {"toPorts": to_ports(port(6443))}],
        ),
        cnp("allow-to-dns", name, egress=[_selectors({"k8s-app": "kube-dns"}, ("kube-system",))]),
        *(
            cnp(f"allow-to-{service}", name, egress=[_selectors({}, (namespace,))])
            for service, namespace in (
                ("dashboard", "cozy-dashboard"),
                ("linstor-gui", "cozy-linstor"),
                ("keycloak", "cozy-keycloak"),
                ("cdi-upload-proxy", "cozy-kubevirt-cdi"),
            )
        ),
        cnp("allow-to-ingress", name, egress=[{"toEndpoints": [{"matchLabels": {"cozystack.io/service": "ingress"}}]}]),
    ]
    if ingress:
        policies.append(
            ccnp(
                f"{name}-ingress-ingress",
                to=mine | {"cozystack.io/service": "ingress"},
                ingress=[{"fromEndpoints": [{}]}],
            )
        )
    if monitoring:
        policies.append(
            ccnp(
                f"{name}-egress-virt-handler",
                to=mine | {"k8s:app.kubernetes.io/name": "vmagent"},
                egress=[
                    {
                        "toEndpoints": [{"matchLabels": {"k8s:kubevirt.io": "virt-handler", NS: "cozy-kubevirt"}}],
                        "toPorts": to_ports(port(8443)),
                    }
                ],
            )
        )
    if etcd:
        holders = {
            "k8s:io.cilium.k8s.namespace.labels.namespace.cozystack.io/etcd": name,
            "policy.cozystack.io/allow-to-etcd": "true",
        }
        policies.append(
            ccnp(
                f"{name}-ingress-etcd",
                to=mine | {"cozystack.io/service": "etcd"},
                ingress=[{"fromEndpoints": [{"matchLabels": holders}]}],
            )
        )
    return policies


PLATFORM: list[Resource] = [
    *platform("tenant-root", etcd=True, ingress=True, monitoring=True),
    *platform("tenant-acme", ingress=True),
    *platform("tenant-acme-dev"),
    *platform("tenant-other"),
]
