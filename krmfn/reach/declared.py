"""Declarations behind policies: the connection, the placement or the profile that a rule was written for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.topology.checks.names import spec_field

if TYPE_CHECKING:
    from krmfn.reach.parties import Party
    from krmfn.reach.rules import Rule
    from krmfn.reach.world import Space
    from krmfn.results import Origin
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.connections import Connection
    from krmfn.topology.model.fences import Opening


def profile_field(cluster: Cluster) -> Origin:
    """The field of a cluster's declaration that names its isolation profile."""
    return cluster.origin.at(spec_field(cluster.origin, "isolationProfile"))


def opening_of(space: Space, cluster: Cluster, rule: Rule) -> Opening | None:
    """The opening that an allow was written for."""
    for policy in space.tenant.egress:
        if policy.fence.release != cluster.release:
            continue
        index = int(rule.field.partition("[")[2].rstrip("]") or 0)
        if rule.policy.name == policy.fence.name:
            written = [each for each in policy.openings if not each.by_platform]
            # A ClusterNetworkPolicy has the openings; the wall beside it opens only the internet.
            written = [each for each in written if each.peer.entity] if policy.cluster_wide else written
            return written[index] if index < len(written) else None
        for part in policy.parts() if policy.cluster_wide else ():
            if part.name == rule.policy.name:
                return part.openings[index]
    return None


def connection_of(space: Space, cluster: Cluster, sender: Party, receiver: Party) -> Connection | None:
    """The declared connection to a service: the sender's own, or that of any app on the same nodes."""
    found = [
        (release.owner != sender.name, each)
        for release in space.tenant.releases
        if release.placed_on == cluster.release
        for each in release.connections
        if each.owner == receiver.name and cluster.namespace == receiver.namespace
    ]
    return min(found, key=lambda each: each[0])[1] if found else None


def connections_field(space: Space, cluster: Cluster, sender: Party) -> Origin | None:
    """Where a connection would be added: the placement of the sender, or the first on its cluster."""
    placements = [each for each in space.run.declared.placements if each.namespace == space.tenant.namespace]
    here = [each for each in placements if each.cluster == cluster.name]
    own = [each for each in here if any(f"{app.kind}/{app.name}" == sender.name for app in each.apps)]
    for each in (*own, *here):
        return each.origin.at(spec_field(each.origin, "connections"))
    return None
