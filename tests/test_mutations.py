"""The golden cases with a few mistakes in them: whatever a user mistypes is answered, and never by a traceback."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import given, note, settings
from hypothesis import strategies as st

from krmfn import function, resourcelist
from krmfn.resourcelist import ResourceList
from krmfn.results import Severity
from tests.laws import (
    FOLDERS,
    Case,
    bystanders_untouched,
    case,
    fixed_point,
    input_not_mutated,
    owners_declared,
    unique_identities,
    valid_names,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Steps = tuple[str | int, ...]

MORE = 8
"""How many times more examples than the profile says: there are hundreds of cases."""
WRONG: tuple[Any, ...] = (
    [],
    ["a", 1, None],
    [[]],
    [{}],
    {},
    {"a": "b"},
    {"a": {"b": []}},
    None,
    0,
    -1,
    2**63 - 1,
    1.5,
    True,
    False,
    "",
    "a",
)
"""A value of each type, in place of another."""
TEXTS = (
    "~",
    "a/b",
    "../x",
    "*",
    "0",
    "1e3",
    " a",
    "\u0430",
    "\u200b",
    "a" * 300,
    "${A}",
    "2.8",
    "10.0.0.0/8",
    "krmfn.dev/v1alpha1",
)
"""Text that some field or other reads as more than text."""

HELD = (fixed_point, unique_identities, bystanders_untouched, input_not_mutated, valid_names, owners_declared)
"""The laws that need to know nothing of the case: whose a declaration is, where its secrets are."""


class Mistake(NamedTuple):
    """One mistake: what is done, at which of all places, with a value or with what stands somewhere in a case."""

    done: str
    place: int
    value: Any
    case: Path
    there: int


MISTAKES = st.builds(
    Mistake,
    st.sampled_from(("replaced", "removed", "renamed", "misspelt", "doubled", "copied", "added")),
    st.integers(0, 2**32),
    st.sampled_from((*WRONG, *TEXTS)),
    st.sampled_from(FOLDERS),
    st.integers(0, 2**32),
)


def places(value: Any, above: Steps = ()) -> Iterator[Steps]:
    """The path of every value inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in inside:
        yield (*above, step)
        yield from places(inner, (*above, step))


def at(document: Any, steps: Steps) -> Any:
    for step in steps:
        document = document[step]
    return document


def document_of(folder: Path) -> dict[str, Any]:
    """A case's items and its functionConfig."""
    came = case(folder).given
    return deepcopy({"items": list(came.items), "functionConfig": came.function_config})


def make(mistake: Mistake, document: dict[str, Any]) -> None:
    """Makes a mistake in a document; each item and the functionConfig stay mappings, or nothing would read them."""
    found = [steps for steps in places(document) if len(steps) > (2 if steps[0] == "items" else 1)]
    if not found:
        return
    *above, step = found[mistake.place % len(found)]
    outer = at(document, tuple(above))
    match mistake.done:
        case "removed":
            del outer[step]
        case "renamed" if isinstance(step, str):
            outer[_misspelt(step, mistake.there)] = outer.pop(step)
        case "misspelt" if isinstance(outer[step], str):
            outer[step] = _misspelt(outer[step], mistake.there)
        case "doubled" if above[0] == "items":
            document["items"].append(deepcopy(document["items"][above[1]]))
        case "copied" | "added":
            other = document_of(mistake.case)
            wanted = list(places(other))
            taken = wanted[mistake.there % len(wanted)]
            adds = mistake.done == "added" and isinstance(outer, dict) and isinstance(taken[-1], str)
            outer[taken[-1] if adds else step] = at(other, taken)
        case _:
            outer[step] = deepcopy(mistake.value)


def _misspelt(word: str, there: int) -> str:
    """The word with a letter more, or another one."""
    letter = there % (len(word) + 1)
    return word[:letter] + "x" + word[letter + there % 2 :]


def mistaken(folder: Path, mistakes: list[Mistake]) -> bytes:
    """The text of a case's input with mistakes in it."""
    document = document_of(folder)
    for mistake in mistakes:
        make(mistake, document)
    return resourcelist.dump(ResourceList(tuple(document["items"]), document["functionConfig"])).encode()


@settings(max_examples=MORE * settings().max_examples)
@given(folder=st.sampled_from(FOLDERS), mistakes=st.lists(MISTAKES, min_size=1, max_size=4))
def test_a_mistake_anywhere_is_answered(folder: Path, mistakes: list[Mistake]) -> None:
    """A case with mistakes in it is refused as it came, with an object and a field in each error (R2, R9), or expanded.

    What is expanded keeps the laws of every case.
    """
    source = mistaken(folder, mistakes)
    note(f"{folder.name} became:\n{source.decode()}")
    given = resourcelist.load(source)
    answer = function.run(given)
    errors = [result for result in answer.results if result.severity is Severity.ERROR]
    if errors:
        assert all(error.resource and error.field and error.message for error in errors), errors
        assert answer.items == given.items
    elif answer.items:  # a validator gives nothing back
        for law in HELD:
            law(Case(source, given, answer))
