"""Parts: names of objects as the catalog spells them, and what they come to for one app and user."""

from __future__ import annotations

Parts = tuple[str, ...]


def join(parts: Parts, *, release: str, name: str = "", user: str = "") -> str:
    """Return what the parts spell: release, name and user stand for the app's own, others for themselves.

    `kebab-user` is the user as charts spell it that call kebabcase.
    """
    meanings = {"release": release, "name": name, "user": user}
    if "kebab-user" in parts:
        from krmfn.catalog.kebabcase import kebabcase  # noqa: PLC0415  (one kind needs it)

        meanings["kebab-user"] = kebabcase(user)
    return "".join(meanings.get(part, part) for part in parts)


def is_by_user(parts: Parts) -> bool:
    """Whether each user of the app has one of its own."""
    return "user" in parts or "kebab-user" in parts
