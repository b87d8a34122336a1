"""Credentials written into a declaration, and so into Git: they are reported, but never shown (R7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import join_path, path_of
from krmfn.topology.checks.chartvalues import scalars
from krmfn.yaml.leaves import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import CredentialKeys
    from krmfn.declarations import DeclaredApp, DeclaredCluster, Profile
    from krmfn.results import Result
    from krmfn.topology.checks.chartvalues import Steps

_URL_WITH_PASSWORD = re.compile(r"(?<=://)[^\s/?#@:]{0,256}:([^\s/?#@]{1,1024})@")
_PEM_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
# A placeholder for the real value: Kubernetes' $(NAME), a template, or a reference that another tool resolves.
_REFERENCE = re.compile(r"\$\{\w+\}|\$\(\w+\)|\{\{.*\}\}|(?:vault|file|env|ref\+\w+):\S+", re.DOTALL)
# A word may come first, as the message of retyped-variable suggests: sk-${KEY} stays a string.
_VARIABLE = re.compile(r"(?:[a-z]{1,8}[-_.])?\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


ADVICE = "do not store it in Git, and leave it out if the chart generates its own"


class InlineCredentials:
    """Finds credentials among values; the answer for each key is cached."""

    def __init__(self, table: CredentialKeys, variables: tuple[str, ...]) -> None:
        """`variables` are filled in by post-build substitution: a value that is only a variable is not a credential."""
        self._table = table
        self._variables = variables
        self._prefixes = tuple(token.prefix for token in table.token_prefixes)
        self._keys: dict[str, bool] = {}
        self._harmless_keys: set[str] = set()
        self._harmless_texts: set[str] = set()

    def find(self, declared: DeclaredApp | DeclaredCluster, *, placed: bool) -> Iterator[Result]:
        """A result for each credential: an error in a placed app, else a warning, because the platform accepts it."""
        for steps, what in self.places(declared.values):
            advice = "use a credential of a connection, which takes it from a Secret" if placed else ADVICE
            finding = declared.origin.error if placed else declared.origin.warning
            yield finding("inline-credential", f"{what}; {advice}", join_path(declared.values_field, path_of(*steps)))

    def in_annotations(self, declared: DeclaredApp | DeclaredCluster, field: str) -> Iterator[Result]:
        """A warning for each annotation whose text looks like a credential: it is copied to the release."""
        for key, value in declared.annotations.items():
            what = self._credential((), value, None)
            if what:
                yield declared.origin.warning(
                    "inline-credential",
                    f"{what}; {ADVICE}",
                    path_of(*filter(None, (field, "annotations", key))),
                )

    def in_profile(self, profile: Profile, field: str) -> Iterator[Result]:
        """A warning for each credential in a profile's values."""
        for steps, what in self.places(profile.spec.get(field)):
            place = path_of("spec", field, *steps)
            yield profile.origin.warning(
                "inline-credential",
                f"{what}; {ADVICE}",
                place,
            )

    def places(self, values: Any) -> Iterator[tuple[Steps, str]]:
        """The path of each credential in the values, with a description of it."""
        for steps, value in () if self._has_none(values) else scalars(values):
            what = self._credential(steps, value, values)
            if what:
                yield steps, what

    def _has_none(self, values: Any) -> bool:
        """True if no key and no text in the values can be that of a credential, wherever they stand."""
        keys, found = leaves(values)
        texts = {each for each in found if isinstance(each, str)}
        # The key of a `value` is the `name` beside it.
        names = {*keys, *texts} if "value" in keys else set(keys)
        names -= self._harmless_keys
        texts -= self._harmless_texts
        if any(self._means_credential(name) or self._means_credential(name.removesuffix("s")) for name in names):
            return False
        self._harmless_keys |= names
        if any(map(self._by_itself, texts)):
            return False
        self._harmless_texts |= texts
        return True

    def _credential(self, steps: Steps, value: Any, values: Any) -> str:
        """The description of the credential; empty if the value is not one."""
        if value is None or value == "" or isinstance(value, bool):
            return ""
        text = str(value)
        if "${" in text and (whole := _VARIABLE.fullmatch(text)) and whole[1] in self._variables:
            return ""
        return self._by_itself(text) or self._by_key(_key(steps, values), value, text)

    def _by_itself(self, text: str) -> str:
        """The description of a text that is a credential under any key; empty if it is not."""
        if "-----BEGIN" in text and _PEM_KEY.search(text):
            return "a private key"
        if "://" in text and any(not _REFERENCE.fullmatch(match[1]) for match in _URL_WITH_PASSWORD.finditer(text)):
            return "a URL with a password"
        return self._table.token(text) if text.startswith(self._prefixes) else ""

    def _by_key(self, key: str, value: Any, text: str) -> str:
        if not key or _REFERENCE.fullmatch(text):
            return ""
        # A plural key can hold credentials too, but only as strings: a number under `tokens` is a count.
        names = {key, key.removesuffix("s")} if isinstance(value, str) else {key}
        return f"the key {key} is for a credential" if any(map(self._means_credential, names)) else ""

    def _means_credential(self, key: str) -> bool:
        if key not in self._keys:
            self._keys[key] = self._table.names_credential(key)
        return self._keys[key]


def _key(steps: Steps, values: Any) -> str:
    """The key of a value: its own, that of its list, or the `name` beside a `value`, as in `env`."""
    named = [step for step in steps if isinstance(step, str)]
    if not named:
        return ""
    if named[-1] == "value" and len(steps) > 1:
        entry = values
        for step in steps[:-1]:
            entry = entry[step]
        name = entry.get("name")
        if isinstance(name, str):
            return name
        return named[-2] if len(named) > 1 else ""
    return named[-1]
