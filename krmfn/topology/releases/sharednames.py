"""Names that two apps must share: a gateway asks a model server for a model by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog import join
from krmfn.fieldpaths import join_path, path_of
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import SharedName
    from krmfn.declarations import DeclaredApp
    from krmfn.results import Result, Rule
    from krmfn.topology.known.kinds import Kinds
    from krmfn.topology.known.namespaces import Namespace


class AskedApp(NamedTuple):
    """An app, and the name by which it wants to be asked."""

    app: DeclaredApp
    name: str


def names_not_shared(space: Namespace, kinds: Kinds) -> Iterator[Result]:
    """An error for each entry that refers to an app of this namespace by another name than the app's own."""
    for app in space.apps.values():
        kind = yield from kinds.find(app.kind, app.origin)
        shared = kind.shared_name if kind and not kind.replaced else None
        entries = (app.values or {}).get(shared.each) if shared else None
        if shared and isinstance(entries, list):
            by_service = yield from _named_by_service(shared, space, kinds)
            for index, entry in enumerate(entries):
                yield from _wrong_name(app, shared, index, entry, by_service)


def _wrong_name(
    app: DeclaredApp, shared: SharedName, index: int, entry: Any, by_service: dict[str, AskedApp]
) -> Iterator[Result]:
    """An error if an entry of an app has the address of another app, but not its name."""
    if not isinstance(entry, dict):
        return
    service, _, namespace = _host(entry.get(shared.url)).partition(".")
    name = entry.get(shared.name)
    if service in by_service and namespace.partition(".")[0] in {"", app.namespace}:
        wanted, other = by_service[service].name, by_service[service].app
        if isinstance(name, str) and name != wanted:
            message = (
                f"{app.kind} {app.name} would ask {other.kind} {other.name} for {name}, but that {other.kind} knows "
                f"only {wanted}; set it to {wanted}"
            )
            place = path_of(shared.each, index, shared.name)
            yield app.origin.error("name-not-shared", message, join_path(app.values_field, place))


def _named_by_service(shared: SharedName, space: Namespace, kinds: Kinds) -> Rule[dict[str, AskedApp]]:
    """The apps of the kind that is asked, by their Service."""
    found: dict[str, AskedApp] = {}
    for app in space.apps.values():
        kind = (yield from kinds.find(app.kind, app.origin)) if app.kind == shared.kind else None
        if kind and kind.services and not kind.replaced:
            service = join(kind.services[0].name, release=kind.prefix + app.name, name=app.name)
            said = ((app.values or {}).get(key) for key in shared.called)
            found[service] = AskedApp(
                app, next((each for each in said if isinstance(each, str) and each), shared.default)
            )
    return found


def _host(url: Any) -> str:
    """The host of a URL, without a port."""
    if not isinstance(url, str) or "://" not in url:
        return ""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
