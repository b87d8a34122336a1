"""What lies between two revisions, as values: each declaration that something happens to, and what."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource
    from krmfn.results import Origin
    from krmfn.topology import Topology


class Picture(NamedTuple):
    """What one revision comes to.

    Attributes:
        topologies: one a run.
        objects: what they are written as.
        ordering: namespaces whose Flux tries again what it could not prune (from 2.9 on: docs/decisions/018-guards.md).
    """

    topologies: tuple[Topology, ...] = ()
    objects: tuple[Resource, ...] = ()
    ordering: frozenset[str] = frozenset()


class Action(StrEnum):
    """What happens to a declaration; the order is that in which changes are told."""

    ORPHAN = "orphan"
    RETIRE = "retire"
    REPLACE = "replace"
    MOVE = "move"
    CHANGE = "change"
    CREATE = "create"


class Data(StrEnum):
    """What becomes of the data that a declaration's releases keep."""

    KEPT = "kept"
    LOST = "lost"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What becomes of one object: the first six of a HelmRelease's release, the others of the object itself."""

    UNINSTALLED = "uninstalled"
    LEFT_RUNNING = "left running"
    RECREATED = "recreated"
    INSTALLED = "installed"
    UPGRADED = "upgraded"
    RECONFIGURED = "reconfigured"
    REMOVED = "removed"
    LEFT = "left"
    CREATED = "created"
    UPDATED = "updated"


class Touched(NamedTuple):
    """One object that something happens to; `on` is the release of the cluster that a placed release runs on."""

    kind: str
    name: str
    outcome: Outcome
    on: str = ""


class Hidden:
    """A credential, in the place of its value; two are equal when their values are, and neither can be shown."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hidden) and self._value == other._value

    def __hash__(self) -> int:
        return hash(Hidden)

    def __repr__(self) -> str:
        return "(a credential)"


class Absent(NamedTuple):
    """In the place of a value where there is none."""


class Field(NamedTuple):
    """A field that differs: of which object, where, and what it was and will be."""

    object: str
    path: str
    before: Any
    after: Any


class Reach(NamedTuple):
    """Who may talk to whom; without `enforced`, nothing keeps others from it either.

    `to` is `<Kind>/<name>`, or `internet`, or `*` for everything.
    """

    source: str
    cluster: str
    to: str
    ports: tuple[str, ...]
    enforced: bool


class Change(NamedTuple):
    """What happens to one declaration.

    Attributes:
        origin: the declaration, where it was or will be.
        owner: `<Kind>/<name>`.
        was: what the declaration was called before, where it was renamed.
        clusters: the releases of the clusters that its app runs on, before and after; empty on the management plane.
        protected: whether a release that goes is protected, so that Flux leaves it behind.
    """

    action: Action
    origin: Origin
    namespace: str
    owner: str
    touched: tuple[Touched, ...]
    data: Data
    fields: tuple[Field, ...] = ()
    opened: tuple[Reach, ...] = ()
    closed: tuple[Reach, ...] = ()
    was: str = ""
    clusters: tuple[str, str] = ("", "")
    protected: bool = False

    @property
    def kind(self) -> str:
        return self.owner.partition("/")[0]

    @property
    def name(self) -> str:
        return self.owner.partition("/")[2]
