"""NetworkPolicies around an app inside a cluster; everything that they do not allow is denied.

What an app there sees of the management cluster: docs/decisions/034-names-inside-a-cluster.md.

If the network is Cilium, rules that a NetworkPolicy cannot express are in CiliumNetworkPolicies of the same names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.topology.model.fences import AppNamespace, Boundary, Destination

INGRESS, EGRESS = "Ingress", "Egress"
NAMESPACE = "kubernetes.io/metadata.name"
"""The only label of a namespace that the API server itself sets."""


def network_policies(app: AppNamespace, boundary: Boundary) -> Iterator[Resource]:
    yield _policy("krmfn-default-deny", app, {"policyTypes": [INGRESS, EGRESS]})
    same: dict[str, Any] = {"podSelector": {}}
    yield _policy(
        "krmfn-same-namespace",
        app,
        {"policyTypes": [INGRESS, EGRESS], "ingress": [{"from": [same]}], "egress": [{"to": [same]}]},
    )
    if app.from_namespaces:
        names = {"key": NAMESPACE, "operator": "In", "values": list(app.from_namespaces)}
        senders = {"namespaceSelector": {"matchExpressions": [names]}}
        yield _policy("krmfn-from-addons", app, {"policyTypes": [INGRESS], "ingress": [{"from": [senders]}]})
    if boundary.posture.internet:
        public = {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(boundary.not_internet)}}
        yield _policy("krmfn-internet", app, _egress({"to": [public]}))
    if not boundary.cilium:
        yield from _without_cilium(app, boundary)


def _without_cilium(app: AppNamespace, boundary: Boundary) -> Iterator[Resource]:
    dns = {
        "namespaceSelector": {"matchLabels": {NAMESPACE: "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    yield _policy("krmfn-dns", app, _egress({"to": [dns], "ports": [_port("UDP", 53), _port("TCP", 53)]}))
    if app.destinations:
        yield _policy("krmfn-connections", app, _egress(*map(_connection, app.destinations)))
    if app.api_server:
        server = {"to": _blocks(boundary.api_server_addresses), "ports": [_port("TCP", 6443)]}
        yield _policy("krmfn-api-server", app, _egress(server))


def _connection(destination: Destination) -> dict[str, Any]:
    return {"to": _blocks(destination.cidrs), "ports": [_port(*each) for each in destination.ports]}


def _blocks(cidrs: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]


def _port(protocol: str, number: int) -> dict[str, Any]:
    return {"protocol": protocol, "port": number}


def _egress(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"policyTypes": [EGRESS], "egress": list(rules)}


def _policy(name: str, app: AppNamespace, spec: dict[str, Any]) -> Resource:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": app.name},
        "spec": {"podSelector": {}, **spec},
    }
