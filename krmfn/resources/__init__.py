"""Manifests: each emitter writes one output kind; the order of EMITTERS is the output order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.resources import ciliumnetworkpolicy, clustermesh, clusternetworkpolicy, configmap, helmrelease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin
    from krmfn.topology import Platform, Tenant, Topology

    Emitter = Callable[[Tenant], Iterator[tuple[Resource, Origin]]]

EMITTERS: tuple[Emitter, ...] = (
    configmap.emit,
    ciliumnetworkpolicy.emit,
    clusternetworkpolicy.emit,
    helmrelease.emit,
    clustermesh.emit,
)


class Emitted(NamedTuple):
    """A manifest, and the declaration that it was generated for."""

    resource: Resource
    origin: Origin


def emit(topology: Topology) -> tuple[Emitted, ...]:
    """Every object of the platform output, or of the tenants, one tenant after the other."""
    return tuple(Emitted(*each) for each in (_platform(topology.platform) if topology.platform else _tenants(topology)))


def _tenants(topology: Topology) -> Iterator[tuple[Resource, Origin]]:
    for tenant in topology.tenants.values():
        for emitter in EMITTERS:
            yield from emitter(tenant)


def _platform(platform: Platform) -> Iterator[tuple[Resource, Origin]]:
    from krmfn.resources import clusterroles, guards  # noqa: PLC0415  (loaded only by the one run that needs them)

    yield from guards.emit(platform)
    yield from clusterroles.emit(platform)
