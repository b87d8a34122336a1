"""Connections: from a placed app to a managed service of its tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from krmfn.catalog import Kind, Port
    from krmfn.declarations import Credential
    from krmfn.results import Origin


class Connection(NamedTuple):
    """A connection to a managed service, looked up once; policies, Secret references and plans all use it.

    Attributes:
        origin: where it is declared.
        kind: what the catalog knows of the service's kind.
        name: the service's name.
        release: the name of the service's release.
        ports: the client ports that it opens, in the order of the kind's Services; empty if no policy can open any.
        external: the service is declared in another repository.
        users: the users of the service.
        values: the values of the service's declaration; None if it is in another repository.
        credentials: the keys of its Secrets that the app gets, as declared.
    """

    origin: Origin
    kind: Kind
    name: str
    release: str
    ports: tuple[Port, ...]
    external: bool
    users: Collection[str]
    values: dict[str, Any] | None
    credentials: tuple[Credential, ...]

    @property
    def owner(self) -> str:
        """`<Kind>/<name>` of the service's declaration."""
        return f"{self.kind.kind}/{self.name}"
