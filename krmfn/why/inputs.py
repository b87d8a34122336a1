"""The fields that a run reads: of declarations, profiles, the functionConfig and the catalog."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import path_of
from krmfn.namedtuple import NamedTuple
from krmfn.why.generated import Steps, is_of_tools, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.results import Origin

MARK = "x7q"
"""What an experiment appends to a text: letters that no name has, and that every name may have."""
TYPES = {"apiVersion", "kind"}
"""Fields that say what an object is: with another value, it would be another object."""


class InputDocument(NamedTuple):
    """A document that the run reads.

    Attributes:
        kind: declaration, profile, functionConfig or catalog.
        key: the index of an item, -1 for the functionConfig, or the path of a file of the catalog.
        origin: the object, with its file.
    """

    kind: str
    key: int | str
    origin: Origin


class InputField(NamedTuple):
    """A field that the run reads."""

    source: InputDocument
    steps: Steps
    value: Any

    @property
    def path(self) -> str:
        """Its path in the notation of the KRM specification."""
        return path_of(*self.steps)

    @property
    def name(self) -> str:
        """What other fields may refer to: its text, or the key of a mapping; empty if it is neither."""
        if isinstance(self.value, str):
            return self.value
        key = self.steps[-1]
        return key if isinstance(key, str) and isinstance(self.value, dict) else ""

    def named(self, name: str) -> Variation:
        """The change that gives it another name."""
        return Variation(self, name) if isinstance(self.value, str) else Variation(self, self.value, name)


class Variation(NamedTuple):
    """Another value for a field, or another last key; the value REMOVED leaves the field out."""

    field: InputField
    value: Any
    key: str = ""


REMOVED = object()


def inputs_of(source: InputDocument, document: Any) -> Iterator[InputField]:
    """The fields of a document that an experiment may change."""
    for steps, value in leaves(document):
        if steps and not is_of_tools(steps) and steps[-1] not in TYPES:
            yield InputField(source, steps, value)


def keys_of(source: InputDocument, document: Any, above: Steps = ()) -> Iterator[InputField]:
    """The keys of a document with something below them; each may be a name that other fields refer to."""
    pairs = document.items() if isinstance(document, dict) else enumerate(document)
    for step, value in pairs:
        if value and isinstance(value, dict | list):
            if isinstance(step, str) and len(above) > 0:
                yield InputField(source, (*above, step), value)
            yield from keys_of(source, value, (*above, step))


def other_values(field: InputField) -> Iterator[Variation]:
    """Other values for a field, the mildest first; the first one that krmfn accepts counts."""
    value = field.value
    if isinstance(value, bool):
        yield Variation(field, not value)
    elif isinstance(value, int | float):
        yield Variation(field, value + 1)
        yield Variation(field, value - 1)
    elif isinstance(value, str):
        yield Variation(field, value + MARK)
        yield from (Variation(field, each) for each in _counted(value))
    yield Variation(field, REMOVED)


def _counted(text: str) -> Iterator[str]:
    """The text with its first number one higher: a size, a version or a duration."""
    if found := re.search(r"\d+", text):
        yield f"{text[: found.start()]}{int(found.group()) + 1}{text[found.end() :]}"


def plain(value: Any) -> Any:
    """The value without the mark, everywhere in it."""
    if isinstance(value, str):
        return value.replace(MARK, "")
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {plain(key): plain(each) for key, each in value.items()}
    return value
