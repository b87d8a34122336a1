"""CiliumNetworkPolicies around an app inside a cluster: peers that are selected by DNS name or by entity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.resources.inside.networkpolicy import API_SERVER, CONNECTED, LOOKS_UP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.topology.model.fences import AppNamespace, Boundary, Destination
    from krmfn.topology.model.peers import Ports

VERSION = "cilium.io/v2"
WHY_ELSEWHERE = "Every pod but the platform's own reaches DNS and no more, unless policies of its namespace open it."
NAMESPACE = "k8s:io.kubernetes.pod.namespace"


def elsewhere(boundary: Boundary) -> Resource:
    """For every pod that is not the platform's own: allows DNS; policies of its namespace may allow more.

    A chart may create other namespaces and run pods there, or in `default`. When an app is removed, its namespace
    stays, and pods that do not belong to its chart may still run there. Nodes have no namespace, so they are not
    selected.
    """
    exists = {"key": NAMESPACE, "operator": "Exists"}
    others = {"key": NAMESPACE, "operator": "NotIn", "values": list(boundary.exempt)}
    return {
        "apiVersion": VERSION,
        "kind": "CiliumClusterwideNetworkPolicy",
        "metadata": {"name": "krmfn-elsewhere"},
        "spec": {
            "description": WHY_ELSEWHERE,
            "endpointSelector": {"matchExpressions": [exists, others]},
            # An empty rule selects no peer, so it allows nothing; everything that no rule allows is denied.
            "ingress": [{}],
            "egress": [_dns()],
        },
    }


def cilium_network_policies(app: AppNamespace) -> Iterator[Resource]:
    yield _policy("krmfn-dns", app, LOOKS_UP, {"egress": [_dns()]})
    if app.destinations:
        rules = {"egress": [_connection(each) for each in app.destinations]}
        yield _policy("krmfn-connections", app, CONNECTED, rules)
    if app.api_server:
        server = {"toEntities": ["kube-apiserver"], "toPorts": _ports((("TCP", 6443),))}
        yield _policy("krmfn-api-server", app, API_SERVER, {"egress": [server]})
    if app.from_gateway:
        rules = {"ingress": [{"fromEntities": ["ingress"]}]}
        yield _policy("krmfn-from-gateway", app, "is reached through the Gateways of its cluster.", rules)


def _dns() -> dict[str, Any]:
    """Allows DNS. With `rules.dns`, answers pass through Cilium's proxy, which learns the addresses of each name."""
    return {
        "toEndpoints": [{"matchLabels": {NAMESPACE: "kube-system", "k8s:k8s-app": "kube-dns"}}],
        "toPorts": [{**_ports((("UDP", 53), ("TCP", 53)))[0], "rules": {"dns": [{"matchPattern": "*"}]}}],
    }


def _connection(destination: Destination) -> dict[str, Any]:
    peers: dict[str, Any]
    if destination.host.startswith("*."):
        peers = {"toFQDNs": [{"matchPattern": destination.host}]}
    elif destination.host:
        peers = {"toFQDNs": [{"matchName": destination.host}]}
    else:
        peers = {"toCIDR": list(destination.cidrs)}
    return {**peers, "toPorts": _ports(destination.ports)}


def _ports(ports: Ports) -> list[dict[str, Any]]:
    return [{"ports": [{"port": str(number), "protocol": protocol} for protocol, number in ports]}]


def _policy(name: str, app: AppNamespace, why: str, rules: dict[str, Any]) -> Resource:
    """A policy for every pod of an app; `why` goes on after the app's name."""
    return {
        "apiVersion": VERSION,
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": name, "namespace": app.name},
        "spec": {"description": f"{app.owner} {why}", "endpointSelector": {}, **rules},
    }
