"""What lies between two revisions, as values: each declaration that something happens to, and what."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from krmfn.results import Origin, Result

EVERYTHING = "*"
INTERNET = "internet"


class Key(NamedTuple):
    """A declaration: `<Kind>/<name>` in a namespace; the platform's is empty."""

    namespace: str
    owner: str


class Finding(NamedTuple):
    """A result of comparing, and the declaration that it is about."""

    about: Key
    result: Result


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


class Effect(StrEnum):
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
    effect: Effect
    on: str = ""


class Hidden(NamedTuple):
    """In the place of a value that is not shown (R7): it is not in here."""

    why: str

    def __str__(self) -> str:
        return f"({self.why})"


class Absent(NamedTuple):
    """In the place of a value where there is none."""


class FieldChange(NamedTuple):
    """A field that differs: of which object, at which path of its manifest, and what it was and will be."""

    object: str
    path: str
    before: Any
    after: Any


class Reach(NamedTuple):
    """Who may talk to whom; without `enforced`, nothing keeps others from it either.

    Attributes:
        source: `<Kind>/<name>` of an app, or of a cluster where it is about its nodes.
        cluster: the cluster's name.
        to: `<Kind>/<name>`, `internet`, `*` for everything, a CIDR, or what the platform calls it.
        ports: `<number>/<protocol>`, in order; none where it is about all of them.
        nodes: whether it is about the nodes of the cluster, and so about all that runs on it.
    """

    source: str
    cluster: str
    to: str
    ports: tuple[str, ...]
    enforced: bool
    nodes: bool = False


class FenceChange(NamedTuple):
    """What a change of a fence means, in a sentence; `object` is `<Kind>/<name>` of what is written."""

    object: str
    meaning: str


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
    fields: tuple[FieldChange, ...] = ()
    opened: tuple[Reach, ...] = ()
    closed: tuple[Reach, ...] = ()
    fences: tuple[FenceChange, ...] = ()
    was: str = ""
    clusters: tuple[str, str] = ("", "")
    protected: bool = False

    @property
    def kind(self) -> str:
        return self.owner.partition("/")[0]

    @property
    def name(self) -> str:
        return self.owner.partition("/")[2]

    @property
    def before(self) -> Key:
        """The declaration as it was before."""
        return Key(self.namespace, self.was or self.owner)
