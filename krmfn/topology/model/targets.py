"""The versions of the programs that will run the output, and their features (R10)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

RETRIES_PRUNES = "retries prunes"
"""Flux remembers objects that it could not prune, and tries again."""
READY_EXPRESSIONS = "dependsOn[].readyExpr"
LITERAL = "valuesFrom[].literal"
CLUSTER_NETWORK_POLICY = "ClusterNetworkPolicy"
COMPUTE_PLANE = "ComputePlane"
Version = tuple[int, ...]
NEXT = (sys.maxsize,)
"""The unreleased version: newer than every number."""


class Target(NamedTuple):
    """The programs that the output is written for, with their versions; `cozystack` is empty for plain Flux."""

    flux: Version
    cozystack: Version
    cilium: Version
    kubernetes: Version
    features: Mapping[str, tuple[str, Version]]

    @property
    def platform(self) -> bool:
        return bool(self.cozystack)

    def has(self, feature: str) -> bool:
        """True if the program has the feature or behaviour of this name in catalog/targets/<program>.yaml."""
        program, since = self.features[feature]
        version: Version = getattr(self, program)
        return version >= since

    def since(self, feature: str) -> str:
        _, version = self.features[feature]
        return spelt(version)

    def too_old(self, feature: str) -> str:
        """The message for a feature of the platform that the target does not have."""
        since = self.since(feature)
        which = "the next release of Cozystack, its main branch today" if since == "next" else f"Cozystack {since}"
        return f"needs {which}, but spec.target.cozystack is {spelt(self.cozystack)}; set it to {since} if you run that"


def parse(version: str) -> Version:
    """The version as numbers; `2.8` and `2.8.3` are equal, because new fields come with minor versions."""
    if version == "next":
        return NEXT
    return () if version == "none" else tuple(int(part) for part in version.split(".")[:2])


def spelt(version: Version) -> str:
    return "next" if version == NEXT else ".".join(map(str, version)) or "none"
