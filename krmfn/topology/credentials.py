"""Credentials written into a declaration, which go into Git with it (R7, contract §6): found, and never shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from krmfn.results import join_path, path_of
from krmfn.topology.values import scalars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import CredentialKeys
    from krmfn.declarations import App, Cluster
    from krmfn.results import Result
    from krmfn.topology.values import Steps

_URL_WITH_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@:]*:([^\s/?#@]+)@", re.IGNORECASE)
_PEM_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def inline_credentials(
    declared: App | Cluster, table: CredentialKeys, variables: tuple[str, ...], *, placed: bool
) -> Iterator[Result]:
    """Each place that holds a credential: on a placed app an error, elsewhere a warning, for the platform takes it.

    Args:
        declared: whose values are looked at.
        table: what a credential's key is called, and how tokens begin.
        variables: what post-build substitution fills in; a value that is nothing else is no credential.
        placed: whether the app runs on a cluster.
    """
    for steps, value in scalars(declared.values):
        what = _credential(steps, value, declared.values, table, variables)
        if what:
            advice = "take it from a Secret with a credential of a connection" if placed else "Git is no place for it"
            finding = declared.origin.error if placed else declared.origin.warning
            yield finding("inline-credential", f"{what}; {advice}", join_path(declared.values_field, path_of(*steps)))


def _credential(steps: Steps, value: Any, values: Any, table: CredentialKeys, variables: tuple[str, ...]) -> str:
    """What kind of credential stands there; nothing when it is none."""
    if isinstance(value, bool) or value in {None, ""}:
        return ""
    text = str(value)
    reference = _VARIABLE.fullmatch(text)
    if reference and reference[1] in variables:
        return ""
    if _PEM_KEY.search(text):
        return "a private key"
    if any(not _VARIABLE.fullmatch(match[1]) for match in _URL_WITH_PASSWORD.finditer(text)):
        return "a URL with a password"
    key = _key(steps, values)
    return table.token(text) or (f"the key {key} means a credential" if table.names_credential(key) else "")


def _key(steps: Steps, values: Any) -> str:
    """The key that a value stands under: its own, that of its list, or the `name` beside a `value`, as in `env`."""
    named = [step for step in steps if isinstance(step, str)]
    if not named:
        return ""
    if named[-1] == "value" and len(steps) > 1:
        entry = values
        for step in steps[:-1]:
            entry = entry[step]
        name = entry.get("name")
        return name if isinstance(name, str) else ""
    return named[-1]
