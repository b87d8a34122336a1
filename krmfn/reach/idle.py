"""Connections that change nothing: they open what is open, and bring nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.results import Result
    from krmfn.topology import Tenant


def idle_connections(tenant: Tenant) -> Iterator[Result]:
    """Connections that neither open anything nor bring a credential."""
    clusters = {each.release: each for each in tenant.clusters}
    told = set()
    for release in tenant.releases:
        cluster = clusters.get(release.placed_on)
        for each in release.connections if cluster else ():
            if cluster and not cluster.posture.scoped and not each.credentials and each.origin not in told:
                told.add(each.origin)
                message = (
                    f'opens nothing, for isolation profile "{cluster.posture.name}" closes nothing around cluster '
                    f"{cluster.name}, and it brings no credentials; give the cluster a profile with egress.scope: "
                    "declared, add credentials, or remove it"
                )
                yield each.origin.warning("connection-without-effect", message, "to")
