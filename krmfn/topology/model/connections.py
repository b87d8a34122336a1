"""Connections: a placed app's way to a managed service of its tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from krmfn.catalog import Kind, Port
    from krmfn.declarations import Credential
    from krmfn.results import Origin


class Connection(NamedTuple):
    """A way to a managed service, looked up once: policies, Secret references and plans are all made from it.

    Attributes:
        origin: where it is declared.
        kind: what the catalog knows of the service's kind.
        name: the service's.
        release: what the service's release is called.
        ports: the client ports that it opens, in the order of the kind's Services; none where no policy could open any.
        external: whether the service is declared in another repository.
        users: those that the service has.
        values: those of the service's declaration; None where another repository has it.
        credentials: what of its Secrets the app gets, as declared.
    """

    origin: Origin
    kind: Kind
    name: str
    release: str
    ports: tuple[Port, ...]
    external: bool
    users: tuple[str, ...]
    values: dict[str, Any] | None
    credentials: tuple[Credential, ...]

    @property
    def owner(self) -> str:
        """`<Kind>/<name>` of the service's declaration."""
        return f"{self.kind.kind}/{self.name}"
