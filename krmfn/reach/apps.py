"""Apps on the management cluster: the pods that policies tell apart, and the ports of their Services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.catalog import join
from krmfn.namedtuple import NamedTuple
from krmfn.reach.baseline import namespace_labels
from krmfn.reach.endpoints import Endpoint
from krmfn.reach.parties import Offer, Party, Pods, lineage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.catalog import Kind
    from krmfn.catalog.platformpolicies import PlatformPolicies
    from krmfn.declarations import Network


class Management(NamedTuple):
    """What is known of the management cluster: the platform's policies, and its addresses."""

    platform: PlatformPolicies
    network: Network


def app(owner: str, namespace: str, release: str, kind: Kind | None, there: Management) -> Party:
    """The pods of an app on the management cluster; few labels are known if its chart is not the shipped one."""
    kind_name, _, name = owner.partition("/")
    known, platform = kind is not None and not kind.replaced, there.platform
    base = Endpoint(
        labels={**lineage(kind_name, name), **namespace_labels(namespace)},
        unsure=platform.unsure,
        is_open=True,
        settled=platform.controllers - ({"kubevirt.io"} if kind_name == "VMInstance" else set()),
        foreign=platform.own if known else frozenset(),
    )
    return Party(
        owner,
        namespace,
        tuple(_pods(owner, base, kind, platform)),
        tuple(_offers(namespace, release, name, kind, there.network)) if kind else (),
        members=_member(namespace, release, name, kind, there.network) if kind else "",
        release=release,
    )


def _pods(owner: str, base: Endpoint, kind: Kind | None, platform: PlatformPolicies) -> Iterator[Pods]:
    """The pods of an app, those that serve a port alone first; the last are all others, if there are others."""
    own: list[Mapping[str, str]] = []
    modules = platform.modules.get(owner, ())
    for module in modules:
        own.append(module.labels)
        yield Pods(_labelled(base, module.labels), frozenset(("TCP", port) for port in module.ports))
    if any(not module.ports for module in modules):
        return
    served: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for service in kind.services if kind else ():
        for port in service.ports:
            if any(port.pods):
                served.setdefault(port.pods, set()).add((port.protocol, port.target_port))
    for label, ports in served.items():
        own.append(dict([label]))
        yield Pods(_labelled(base, dict([label])), frozenset(ports))
    foreign = base.foreign | {pair for labels in own for pair in labels.items()}
    yield Pods(base._replace(foreign=foreign))


def _labelled(base: Endpoint, labels: Mapping[str, str]) -> Endpoint:
    return base._replace(labels={**base.labels, **labels})


def _offers(namespace: str, release: str, name: str, kind: Kind, network: Network) -> Iterator[Offer]:
    """The ports of the kind's Services, each with the names of those that have it."""
    domain = f"{namespace}.svc.{network.cluster_domain}"
    hosts: dict[tuple[str, int, int], list[str]] = {}
    called: dict[tuple[str, int, int], str] = {}
    for service in kind.services:
        host = f"{join(service.name, release=release, name=name)}.{domain}"
        for port in service.ports:
            key = port.protocol, port.port, port.target_port
            hosts.setdefault(key, []).append(host)
            called.setdefault(key, port.name)
    for (protocol, port_number, target), names in hosts.items():
        yield Offer(protocol, port_number, target, tuple(names), called[protocol, port_number, target])


def _member(namespace: str, release: str, name: str, kind: Kind, network: Network) -> str:
    """A name that a pod of the kind has for clients; empty if clients get none."""
    service = kind.members.service if kind.members else ()
    host = join(service, release=release, name=name)
    return f"{release}-0.{host}.{namespace}.svc.{network.cluster_domain}" if host else ""
