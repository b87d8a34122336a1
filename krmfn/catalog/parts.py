"""Names of objects in the catalog, written as parts, and the name that they give for one app and user."""

from __future__ import annotations

Parts = tuple[str, ...]


def join(parts: Parts, *, release: str, name: str = "", user: str = "") -> str:
    """Return the parts joined to a name: `release`, `name` and `user` are replaced, other parts are kept.

    `kebab-user` is replaced by the user in kebab case, for charts that call kebabcase.
    """
    meanings = {"release": release, "name": name, "user": user}
    if "kebab-user" in parts:
        from krmfn.catalog.kebabcase import kebabcase  # noqa: PLC0415  (one kind needs it)

        meanings["kebab-user"] = kebabcase(user)
    return "".join(meanings.get(part, part) for part in parts)


def is_by_user(parts: Parts) -> bool:
    """True if the name differs for each user of the app."""
    return "user" in parts or "kebab-user" in parts
