"""What the rules of a run look up, in one value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.topology.model.targets import CLUSTER_NETWORK_POLICY

if TYPE_CHECKING:
    from krmfn.catalog import Catalog
    from krmfn.declarations import Options
    from krmfn.topology.checks.credentials import InlineCredentials
    from krmfn.topology.known.components import ComponentProfiles
    from krmfn.topology.known.isolation import IsolationProfiles
    from krmfn.topology.known.kinds import Kinds
    from krmfn.topology.model.targets import Target


class Known(NamedTuple):
    """What the rules of a run look up; it is the same for every tenant."""

    options: Options
    target: Target
    catalog: Catalog
    credentials: InlineCredentials
    kinds: Kinds
    isolation: IsolationProfiles
    components: ComponentProfiles

    @property
    def cluster_wide(self) -> bool:
        """True if a policy around nodes may be a ClusterNetworkPolicy."""
        return self.options.network.cluster_network_policy and self.target.has(CLUSTER_NETWORK_POLICY)
