"""What is inside a cluster before any app is: the objects of its boundary, in order."""

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
    """Every object, namespaces first; none where no app is yet and nothing holds for the cluster as a whole.

    Helm takes an empty list as well: the release is there, so that nothing is left behind when the last app goes. No
    value is null, for Helm would take that for a value to be removed.
    """
    apps = boundary.namespaces
    return [
        *(namespace(app, boundary) for app in apps),
        # Without a namespace to hold for they would select nothing, which no selector can say.
        *(admission_policies(boundary) if boundary.exempt or apps else []),
        # The pods of an existing cluster's own parts are not told from others.
        *([elsewhere(boundary)] if boundary.posture.scoped and boundary.cilium and boundary.exempt else []),
        *(each for app in apps for each in _inside(app, boundary)),
    ]


def _inside(app: AppNamespace, boundary: Boundary) -> list[Resource]:
    scoped = [*network_policies(app, boundary), *(cilium_network_policies(app) if boundary.cilium else [])]
    return [*in_namespace(app, boundary), *(scoped if boundary.posture.scoped else [])]
