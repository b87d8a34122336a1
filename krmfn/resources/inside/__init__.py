"""The objects of a boundary, in order: they are inside a cluster before any app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.resources.inside.admission import admission_policies
from krmfn.resources.inside.ciliumnetworkpolicy import cilium_network_policies, elsewhere
from krmfn.resources.inside.namespace import in_namespace, namespace
from krmfn.resources.inside.networkpolicy import network_policies

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource
    from krmfn.topology.model.fences import AppNamespace, Boundary


def objects(boundary: Boundary) -> list[Resource]:
    """Every object, namespaces first; an empty list if there are no apps and no rules for the whole cluster.

    The release exists even with an empty list, so that it cleans up after the last app. No value is null: Helm would
    remove it.
    """
    apps = boundary.namespaces
    return [
        *(namespace(app, boundary) for app in apps),
        # Without any namespace these policies must select nothing, and no selector can express that.
        *(admission_policies(boundary) if boundary.exempt or apps else []),
        # In an existing cluster, its own system pods cannot be told from other pods.
        *([elsewhere(boundary)] if boundary.posture.scoped and boundary.cilium and boundary.exempt else []),
        *(each for app in apps for each in _inside(app, boundary)),
    ]


def _inside(app: AppNamespace, boundary: Boundary) -> list[Resource]:
    scoped = [*network_policies(app, boundary), *(cilium_network_policies(app) if boundary.cilium else [])]
    return [*in_namespace(app, boundary), *(scoped if boundary.posture.scoped else [])]
