"""NetworkPolicies around an app inside a cluster; everything that they do not allow is denied.

What an app there sees of the management cluster: docs/decisions/034-names-inside-a-cluster.md.

If the network is Cilium, rules that a NetworkPolicy cannot express are in CiliumNetworkPolicies of the same names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.marks import WHY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.topology.model.fences import AppNamespace, Boundary, Destination

INGRESS, EGRESS = "Ingress", "Egress"
NAMESPACE = "kubernetes.io/metadata.name"
"""The only label of a namespace that the API server itself sets."""

CLOSED = "reaches nothing, and nothing reaches it, but for what the other policies here open."
LOOKS_UP = "looks up names in the DNS of its cluster."
CONNECTED = "reaches the services that its placement connects it to."
API_SERVER = "asks the API server of its cluster: its chart needs that, or its placement says so."


def network_policies(app: AppNamespace, boundary: Boundary) -> Iterator[Resource]:
    yield _policy("krmfn-default-deny", app, CLOSED, {"policyTypes": [INGRESS, EGRESS]})
    same: dict[str, Any] = {"podSelector": {}}
    yield _policy(
        "krmfn-same-namespace",
        app,
        "may be several pods, which talk to each other.",
        {"policyTypes": [INGRESS, EGRESS], "ingress": [{"from": [same]}], "egress": [{"to": [same]}]},
    )
    if app.from_namespaces:
        names = {"key": NAMESPACE, "operator": "In", "values": list(app.from_namespaces)}
        senders = {"namespaceSelector": {"matchExpressions": [names]}}
        rules = {"policyTypes": [INGRESS], "ingress": [{"from": [senders]}]}
        yield _policy(
            "krmfn-from-addons",
            app,
            "is reached by addons of its cluster, as the ingress controller and the monitoring.",
            rules,
        )
    if boundary.posture.internet:
        public = {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(boundary.not_internet)}}
        yield _policy(
            "krmfn-internet", app, "reaches the internet, as its isolation profile says.", _egress({"to": [public]})
        )
    if not boundary.cilium:
        yield from _without_cilium(app, boundary)


def _without_cilium(app: AppNamespace, boundary: Boundary) -> Iterator[Resource]:
    dns = {
        "namespaceSelector": {"matchLabels": {NAMESPACE: "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    ports = [_port("UDP", 53), _port("TCP", 53)]
    yield _policy("krmfn-dns", app, LOOKS_UP, _egress({"to": [dns], "ports": ports}))
    if app.destinations:
        yield _policy("krmfn-connections", app, CONNECTED, _egress(*map(_connection, app.destinations)))
    if app.api_server:
        server = {"to": _blocks(boundary.api_server_addresses), "ports": [_port("TCP", 6443)]}
        yield _policy("krmfn-api-server", app, API_SERVER, _egress(server))


def _connection(destination: Destination) -> dict[str, Any]:
    return {"to": _blocks(destination.cidrs), "ports": [_port(*each) for each in destination.ports]}


def _blocks(cidrs: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]


def _port(protocol: str, number: int) -> dict[str, Any]:
    return {"protocol": protocol, "port": number}


def _egress(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"policyTypes": [EGRESS], "egress": list(rules)}


def _policy(name: str, app: AppNamespace, why: str, spec: dict[str, Any]) -> Resource:
    """A policy for every pod of an app; `why` goes on after the app's name."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": app.name, "annotations": {WHY: f"{app.owner} {why}"}},
        "spec": {"podSelector": {}, **spec},
    }
