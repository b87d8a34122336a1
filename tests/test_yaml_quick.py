"""The quick reader reads what it knows as the exact reader reads it, and leaves the rest to it."""

from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from krmfn.yaml import YamlError, dump, exact, quick, quickenvelope
from krmfn.yaml.loading import source_of

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
TEXTS = [
    path
    for folder in (ROOT / "tests", ROOT / "krmfn", ROOT / "kustomize", ROOT / "function-config", SHARED)
    for path in sorted(folder.rglob("*.y*ml"))
]


def typed(value: Any) -> Any:
    """A value with the type and the order of everything in it: `on` is another string than "on", and 1 is not true."""
    if isinstance(value, dict):
        return [(type(key), key, typed(inner)) for key, inner in value.items()]
    return [typed(inner) for inner in value] if isinstance(value, list) else (type(value), repr(value))


def compare(source: str) -> bool:
    """Hold that both readers read a text alike, where the quick one knows it; return whether it does."""
    found = quick.documents(source)
    if found is None:
        return False
    assert typed(found) == typed([value for value, _ in exact.documents(source)])
    return True


def compare_envelope(source: str) -> bool:
    """The same for a ResourceList and the texts of its items."""
    found = quickenvelope.envelope(source)
    if found is None:
        return False
    expected = exact.envelope(source)
    assert typed(found.value) == typed(expected.value)
    assert (found.texts, found.doubtful) == (expected.texts, expected.doubtful)
    return True


def test_texts_of_this_repository_are_read_alike() -> None:
    """Every case, example, catalog file and, where they are, real manifests; the quick reader knows most of them."""
    known: list[bool] = []
    for path in TEXTS:
        try:
            source = source_of(path.read_bytes())
        except YamlError:
            continue
        known.append(compare(source))
        if "kind: ResourceList" in source:
            known.append(compare_envelope(source))
    assert len(known) > 1000
    assert sum(known) > 0.9 * len(known)


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n  c\n",
        "a: b\n\n  c\n",
        "a: 'b\n  c'\n",
        'a: "b\n- c"\n',
        "a: b: c\n",
        "a: b:\n",
        "a: &x b\n",
        "a: *x\n",
        "a: !!str 1\n",
        "a: >\n  b\n",
        "a: |+\n  b\n",
        "a: |2\n   b\n",
        "a: |\n\n   \n  b\n",
        "a: |\n  \tb\n",
        "a: |\n  b\n c\n",
        "a: |\n  b\n   \n",
        "a: |\nb: 1\n",
        "a: 1\na: 2\n",
        "a: 1\n'a': 2\n",
        "a:\n  b: 1\n c: 2\n",
        "a: 1\n b: 2\n",
        "a:\n- b\n c: 1\n",
        "- a\nb: 1\n",
        "a: 1\n- b\n",
        "a:\t1\n",
        "a: 1\r\nb: 2\n",
        "a: x\x85b: y\n",
        "a: .inf\n",
        "null: 1\n",
        "? a\n: b\n",
        "<<: {a: 1}\n",
        "a: [1, 2\n",
        "a: {b: 1, b: 2}\n",
        "a: [b: 1]\n",
        "a: [*x]\n",
        "a: -\n",
        "a: - b\n",
        "a: @b\n",
        "a: %b\n",
        "%YAML 1.1\n---\na: 1\n",
        "--- a\n",
        "a: 1\n...\n",
        "a: 1",
        "text\n",
        '{"a": 1}\n',
        "- " * 20 + "a\n",
        "".join(f"{' ' * n}a:\n" for n in range(150)),
    ],
)
def test_what_is_not_known_is_left_to_the_exact_reader(text: str) -> None:
    """Texts over several lines, anchors, tags, what is wrong, and whatever else is rare."""
    assert quick.documents(text) is None


WORDS = [
    "a", "b-c", "on", "1", "0x1", "1e3", "12:30", "2026-01-01", "~", "null", "true", ".5", "-1", "--x", "-", "---",
    "x y", "a:b", "a: b", "a #b", "a#b", "#", "# c", '"q"', "'s'", "'it''s'", '"a\\nb"', '"a\\x"', '"', "'", "[]", "{}",
    "[a, b]", "{a: 1, b: [c]}", "[a, ]", "[a", "|", "|-", "|+", ">", "&x", "*x", "!t", "!!str 1", "<<", "?", "? a", "@",
    "%", "é", "\u00a0", "\u2028", "\t", "a\tb", "=", "https://a.b/c?d=e#f", "k8s:io.x", "x[].y", "$(A)", "${A}", "a,b",
    "[a: 1]", "{a}", "{a: b c, 'd': \"e\"}", "0.1.2", "1_000", "\\", "(a)", "a'b", 'a"b', "- a", "- - a",  "-  a", "-a",
    "?a", ":a", "", " ", "...", "... a",
]  # fmt: skip
LINE = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", " ", "  ", "    ", "      "]),
    st.sampled_from(["", "", "", "- ", "-   ", "- - "]),
    st.sampled_from(["", "", "a: ", "b: ", "c:", "a:  ", "'d': ", '"e": ', "1: ", "x y: "]),
    st.sampled_from(WORDS),
    st.sampled_from(["", "", "", " ", " # c"]),
)


@pytest.mark.parametrize("line", ["{}", "a: {}", "- {}", "- a: {}", "{}: a", "a: [{}]", "a: {{b: {}}}", "a: {} # c"])
def test_each_word_is_read_alike(line: str) -> None:
    """In each place, with something after it; most are known in some place."""
    known = [compare(f"{line.format(word)}\n{after}") for word in WORDS for after in ("", "b: 1\n", "- b\n", "  b\n")]
    assert sum(known) > len(WORDS) // 4


@settings(max_examples=8 * settings().max_examples, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=8))
@example(["a: |", "", "  x", "", "# c", "b: 1"])
def test_any_lines_are_read_alike(lines: list[str]) -> None:
    """Lines that mean something to either, in any order: never a value where the exact reader sees an error."""
    compare("\n".join(lines) + "\n")


@settings(max_examples=4 * settings().max_examples, deadline=None)
@given(
    st.lists(LINE, max_size=6),
    st.lists(LINE, max_size=6),
    st.sampled_from(["", "functionConfig:\n  a: 1\n", "# end\n"]),
)
def test_any_items_are_read_alike(first: list[str], second: list[str], tail: str) -> None:
    """Two items of a ResourceList whose lines are anything, with what is around them."""
    body = "".join(f"  {line}\n" for line in first) + "- kind: B\n" + "".join(f"  {line}\n" for line in second)
    compare_envelope(f"kind: ResourceList\nitems:\n- kind: A\n{body}{tail}")


SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS | st.sampled_from([*WORDS, "two\nlines\n", "two\nlines", "\nx\n\n"]) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=4 * settings().max_examples, deadline=None)
@given(st.dictionaries(st.sampled_from(WORDS), VALUES, min_size=1, max_size=4))
def test_what_programs_write_is_read_alike(value: dict[str, Any]) -> None:
    """What krmfn writes, and what PyYAML writes in each of its layouts."""
    try:
        written = dump(value)
    except ValueError:
        return  # half of a surrogate pair
    compare(written)
    for style in (None, False, True):
        text = pyyaml.safe_dump(value, default_flow_style=style, allow_unicode=True, sort_keys=False, width=10**6)
        try:
            compare(source_of(text))
        except YamlError:
            assert quick.documents(text) is None


def test_an_item_that_is_not_known_leaves_the_others_quick() -> None:
    """One item with an anchor and a folded text goes to the exact reader alone; all have their texts."""
    item = "- kind: B\n  a: &x >\n    folded\n    text\n"
    source = f"kind: ResourceList\nitems:\n- kind: A\n{item}# of nobody\n\n- kind: C\nfunctionConfig:\n  kind: D\n"
    assert compare_envelope(source)
    assert not compare(source)


@pytest.mark.parametrize(
    "middle",
    [
        '- a: "one\n- b: two"\n',  # a line in quotes that begins like an item
        "- a: &x 1\n- b: *x\n",  # an alias whose anchor is in another item
        "- a: &x 1\n  b: *x\n",  # what aliases stand for is limited by the whole text
        "- a: [1,\n- 2]\n",
        "- a: 1\n  a: 2\n",
        "- a: 1\n---\n- b: 1\n",
        "-\n  a: 1\n",
        "other: 1\n",
    ],
)
def test_items_that_cannot_be_told_apart_are_left_to_the_exact_reader(middle: str) -> None:
    """A line at column 0 with a dash begins an item only where all before it is complete."""
    assert quickenvelope.envelope(f"kind: ResourceList\nitems:\n- kind: A\n{middle}- kind: C\n") is None
