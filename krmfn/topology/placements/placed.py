"""An app that runs on a cluster, as a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from krmfn.catalog import Kind
    from krmfn.declarations import DeclaredApp
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.connections import Connection
    from krmfn.topology.placements.routes import Route


class Placed(NamedTuple):
    """An app that runs on a cluster, with everything that its release needs."""

    app: DeclaredApp
    kind: Kind
    route: Route
    cluster: Cluster
    connections: tuple[Connection, ...]

    @property
    def namespace(self) -> str:
        """Its namespace on the cluster: that of the placement, or else the release's name."""
        return self.route.target_namespace or self.kind.prefix + self.app.name
