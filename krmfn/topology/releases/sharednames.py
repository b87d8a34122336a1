"""Names that two apps must share: a gateway asks a model server for a model by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog import join
from krmfn.fieldpaths import join_path, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import SharedName
    from krmfn.declarations import DeclaredApp
    from krmfn.results import Result, Rule
    from krmfn.topology.known.kinds import Kinds
    from krmfn.topology.known.namespaces import Namespace


def disagreements(space: Namespace, kinds: Kinds) -> Iterator[Result]:
    """An error for each entry that refers to an app of this namespace by another name than the app's own."""
    for app in space.apps.values():
        kind = yield from kinds.find(app.kind, app.origin)
        shared = kind.shared_name if kind and not kind.replaced else None
        entries = (app.values or {}).get(shared.each) if shared else None
        if shared and isinstance(entries, list):
            called = yield from _names(shared, space, kinds)
            for index, entry in enumerate(entries):
                yield from _disagrees(app, shared, index, entry, called)


def _disagrees(
    app: DeclaredApp, shared: SharedName, index: int, entry: Any, called: dict[str, tuple[DeclaredApp, str]]
) -> Iterator[Result]:
    if not isinstance(entry, dict):
        return
    service, _, namespace = _host(entry.get(shared.url)).partition(".")
    name = entry.get(shared.name)
    if service in called and namespace.partition(".")[0] in {"", app.namespace}:
        other, wanted = called[service]
        if isinstance(name, str) and name != wanted:
            message = (
                f"{app.kind} {app.name} would ask {other.kind} {other.name} for {name}, which knows only {wanted}; "
                f"set it to {wanted}"
            )
            place = path_of(shared.each, index, shared.name)
            yield app.origin.error("name-not-shared", message, join_path(app.values_field, place))


def _names(shared: SharedName, space: Namespace, kinds: Kinds) -> Rule[dict[str, tuple[DeclaredApp, str]]]:
    """The apps of the other kind by their Service, each with its own name."""
    found = {}
    for app in space.apps.values():
        kind = (yield from kinds.find(app.kind, app.origin)) if app.kind == shared.kind else None
        if kind and kind.services and not kind.replaced:
            service = join(kind.services[0].name, release=kind.prefix + app.name, name=app.name)
            said = ((app.values or {}).get(key) for key in shared.called)
            found[service] = (app, next((each for each in said if isinstance(each, str) and each), shared.default))
    return found


def _host(url: Any) -> str:
    """The host of a URL, without a port."""
    if not isinstance(url, str) or "://" not in url:
        return ""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
