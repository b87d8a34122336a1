"""The changes between two revisions, as values: each changed declaration, and what happens to it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from krmfn.results import Origin, Result

EVERYTHING = "*"
INTERNET = "internet"


class Key(NamedTuple):
    """A declaration: `<Kind>/<name>` in a namespace; the platform's is empty."""

    namespace: str
    owner: str


class Finding(NamedTuple):
    """A result of a comparison, and its declaration."""

    about: Key
    result: Result


class Action(StrEnum):
    """What happens to a declaration; changes are reported in this order."""

    ORPHAN = "orphan"
    RETIRE = "retire"
    REPLACE = "replace"
    MOVE = "move"
    CHANGE = "change"
    CREATE = "create"


class Data(StrEnum):
    """What happens to the data of a declaration's releases."""

    KEPT = "kept"
    LOST = "lost"
    UNKNOWN = "unknown"


class Effect(StrEnum):
    """What happens to one object: the first six are for a HelmRelease's release, the others for the object itself."""

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
    """One changed object; `on` is the release of the cluster that a placed release runs on."""

    kind: str
    name: str
    effect: Effect
    on: str = ""


class Hidden(NamedTuple):
    """Stands for a value that is not shown (R7); it does not contain the value."""

    why: str

    def __str__(self) -> str:
        return f"({self.why})"


class Absent(NamedTuple):
    """Stands for a value that does not exist."""


class FieldChange(NamedTuple):
    """A field that differs: its object, its path in the manifest, and its old and new value."""

    object: str
    path: str
    before: Any
    after: Any


class Reach(NamedTuple):
    """What may connect to what; without `enforced`, no policy closes other connections.

    Attributes:
        source: `<Kind>/<name>` of an app, or of a cluster for its nodes.
        cluster: the cluster's name.
        to: `<Kind>/<name>`, `internet`, `*` for everything, a CIDR, or the platform's name for it.
        ports: `<number>/<protocol>`, in order; empty for all ports.
        nodes: the source is the nodes of the cluster, and so everything that runs on it.
    """

    source: str
    cluster: str
    to: str
    ports: tuple[str, ...]
    enforced: bool
    nodes: bool = False


CLOSING = ("closed to the nodes", "may only reach", "admission policies in", "does not count as", "guards for")
"""Words in sentences about fences that mean that something is closed."""
NEITHER = ("rely on Flux", "has Cilium as its network", " is at ")
"""Words in sentences about fences that mean neither."""


class FenceChange(NamedTuple):
    """The meaning of a changed fence, in a sentence; `object` is `<Kind>/<name>` of the generated object."""

    object: str
    meaning: str

    @property
    def opens(self) -> bool:
        """True if it opens something: a plus, or a minus where the removed thing has closed it."""
        sign, _, meaning = self.meaning.partition(" ")
        if sign not in {"+", "-"} or any(words in meaning for words in NEITHER):
            return False
        return (sign == "-") == any(words in meaning for words in CLOSING)


class Change(NamedTuple):
    """What happens to one declaration.

    Attributes:
        origin: the declaration, in the later revision or else the earlier one.
        owner: `<Kind>/<name>`.
        was: the declaration's old name, if it was renamed.
        clusters: the releases of the clusters that its app runs on, before and after; empty on the management plane.
        protected: a removed release is protected, so that Flux leaves it behind.
        isolation: what isolation is lost, in sentences.
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
    isolation: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.owner.partition("/")[0]

    @property
    def name(self) -> str:
        return self.owner.partition("/")[2]

    @property
    def before(self) -> Key:
        """The key of the declaration in the earlier revision."""
        return Key(self.namespace, self.was or self.owner)
