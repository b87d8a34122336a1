"""Shards of a fleet: N machines divide the namespaces among them, and each knows its own without asking the others.

Rendezvous hashing: a namespace belongs to the shard that gets the highest number for it. So an added machine takes over
a part of every other's namespaces, and none moves between the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.fleet.declared import claimed
from krmfn.marks import OWNER, PLATFORM, home_of
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import annotations_of, identity

if TYPE_CHECKING:
    from krmfn.fleet.fleets import Run
    from krmfn.resourcelist import Resource


class Shard(NamedTuple):
    """One of `total` shards; the first is number 1. By default the whole."""

    number: int = 1
    total: int = 1

    @property
    def is_whole(self) -> bool:
        return self.total == 1

    def has(self, namespace: str) -> bool:
        """True for a namespace of this shard; the empty one, for the platform, is in exactly one shard as well."""
        if self.is_whole:
            return True
        mine = _number(namespace, self.number)
        return all(mine > _number(namespace, other) for other in range(1, self.total + 1) if other != self.number)

    def may_need(self, run: Run) -> bool:
        """True for a run with something in this shard, and for the platform's: all runs share its definitions."""
        return run.is_platform or self.of(run) is not None

    def of(self, run: Run) -> Run | None:
        """The part of a run in this shard: all or nothing; of a run without a namespace, the shard's own items."""
        home = home_of_run(run)
        if home is not None:
            return run if self.has(home) else None
        spaces = ((item, identity(item).namespace) for item in run.items)
        return run._replace(items=tuple(item for item, space in spaces if not space or self.has(space)))

    def within(self, run: Run) -> Shard:
        """The shard that divides the output of a run; a run that is bound to a namespace is not divided."""
        return self if home_of_run(run) is None else Shard()


def home_of_run(run: Run) -> str | None:
    """The namespace that decides a run's shard: the first that it is bound to; None if it is bound to none."""
    if run.is_platform:
        return PLATFORM
    return next((claim.namespace for claim in claimed(run)), None)


def home_of_object(item: Resource) -> str:
    """The namespace whose output an object is; PLATFORM for the cluster's own."""
    _, _, namespace, name = identity(item)
    owner = annotations_of(item).get(OWNER)
    return home_of(namespace, name, str(owner)) if owner else namespace or PLATFORM


def _number(namespace: str, shard: int) -> bytes:
    from hashlib import blake2b  # noqa: PLC0415  (only a run with --shard needs it, and it loads OpenSSL)

    return blake2b(f"{shard}/{namespace}".encode(errors="surrogatepass"), digest_size=16).digest()
