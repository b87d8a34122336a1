"""Which versions will run the output, and what they have (R10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

RETRIES_PRUNES = "retries prunes"
"""Flux keeps in mind what it could not prune, and tries again."""
READY_EXPRESSIONS = "dependsOn[].readyExpr"
LITERAL = "valuesFrom[].literal"
CLUSTER_NETWORK_POLICY = "ClusterNetworkPolicy"
Version = tuple[int, ...]


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
        """Whether the program has the feature, or the behaviour, by its name in catalog/targets/<program>.yaml."""
        program, since = self.features[feature]
        version: Version = getattr(self, program)
        return version >= since

    def since(self, feature: str) -> str:
        _, version = self.features[feature]
        return spelt(version)


def parse(version: str) -> Version:
    """`2.8` and `2.8.3` are the same here: fields come with minor versions."""
    return () if version == "none" else tuple(int(part) for part in version.split(".")[:2])


def spelt(version: Version) -> str:
    return ".".join(map(str, version))
