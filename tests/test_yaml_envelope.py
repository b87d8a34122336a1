"""A ResourceList is read with the text of its items, where that text can be put back as it is."""

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from krmfn.yaml import YamlError, load, load_envelope, refuse_item

ENVELOPE = """\
# head
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- kind: A # comment stays
  text: |
    # no comment
    b

# of the next

-   kind: B
    on: yes
    # inside

    deep: {x: [1,
      2], y: "q
  r"}
  # indented, of B
- kind: C
  anchored: &c {a: 1}
  again: *c
- kind: D
  outside: *c
- {kind: E}
-
  kind: F
- # note
  kind: G
- - kind: H
- I
- kind: J
  kept: |+
    text

- kind: K
  kept: |+
    text
- kind: L
  empty:
- &m
  kind: M
- kind: "N
# not a comment"
- kind: 'O'
# after the items

functionConfig:
  items:
  - kind: P
"""


def test_items_come_with_the_text_that_puts_them_back() -> None:
    """Each text is the item's own lines and reads as the item; comments after it at column 0 are not its own."""
    value, texts, _ = load_envelope(ENVELOPE)
    assert value == load(ENVELOPE)
    assert sorted(texts) == [0, 1, 2, 5, 6, 10, 11, 12, 13, 14]
    assert texts[5] == "-\n  kind: F\n"
    assert texts[6] == "- # note\n  kind: G\n"
    assert texts[0] == "- kind: A # comment stays\n  text: |\n    # no comment\n    b\n"
    assert texts[1].endswith('2], y: "q\n  r"}\n  # indented, of B\n')
    assert texts[11] == "- kind: L\n  empty:\n"
    assert texts[13] == '- kind: "N\n# not a comment"\n'
    assert texts[14] == "- kind: 'O'\n"
    for index, text in texts.items():
        assert text in ENVELOPE
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        assert load(text) == [value["items"][index]]
    assert load("items:\n" + "".join(texts.values())) == {"items": [value["items"][index] for index in texts]}


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("", {}),
        ("- a: 1\n", {}),
        ("items:\n- a: 1", {0: "- a: 1\n"}),
        ("items:\n- a: 1\n\n\n", {0: "- a: 1\n"}),
        ("items:\n- a: 1\n...\n", {0: "- a: 1\n"}),
        ("items:\n- a: 1\n---\n", {0: "- a: 1\n"}),
        ("---\n---\nitems:\n- a: 1\n", {0: "- a: 1\n"}),
        ("\ufeffitems:\n- é: 1\n- ü: 2\n", {0: "- é: 1\n", 1: "- ü: 2\n"}),
        ('"items": &x\n- a: 1\nb: 2\n', {0: "- a: 1\n"}),
        ("items:\n- a: |\n    x", {}),
        ("items:\n- a: >-\n    x\n", {0: "- a: >-\n    x\n"}),
        ("items:\n- a: |+\n    x\n\n", {}),
        ("items:\r\n- a: 1\r\n", {}),
        ("items:\n- a: '\ufeff'\n- b: 1\n", {1: "- b: 1\n"}),
        ("items:\n- a: 1  # \ufeff\n- b: 1\n", {1: "- b: 1\n"}),
        ("items:\n  - a: 1\n", {}),
        (" items:\n - a: 1\n", {}),
        ("items: [a: 1]\n", {}),
        ('{"items": [{"a": 1}]}', {}),
        ("other:\n- a: 1\n", {}),
        ("items:\n  items:\n  - a: 1\n", {}),
        ("x: &x [1]\nitems:\n- a: *x\n- b: &x 2\n  c: *x\n- d: *x\n", {1: "- b: &x 2\n  c: *x\n"}),
        ("x: &x {k: 1}\nitems:\n- a: 1\n  <<: *x\n- b: 1\n", {1: "- b: 1\n"}),
        ('items:\n- ? "a\n# b"\n', {}),
        ("items:\n- a: x\x85- b: 1\n", {}),
        ("items:\n- a: 'x'\x85- b: 1\n", {}),
    ],
)  # fmt: skip
def test_only_what_can_be_put_back_verbatim_is_kept(text: str, texts: dict[int, str]) -> None:
    """Where the text alone would not mean the same under a column-0 list, the item is absent."""
    value, found, _ = load_envelope(text)
    assert value == load(text)
    assert found == texts
    for index, item in found.items():
        assert load(item) == [value["items"][index]]


ITEM_LINES = [
    "- a: 1", "  b: 2", "  c:", "  - d", "    - e", "  e: |", "  f: |+", "  g: >-", "    text", "      more", "",
    "   ", "# comment", "  # comment", "    # comment", '  h: "x', '# y"',
    "  i: [1,", "  2]", "-", "- - k: 1", "- {l: 1}", "- &x m: 1", "  n: *x", "  o: &x 1", "  ? p", "  : q", "- r",
    "- s: |", "- t:", "other: 1", "items:", "...", "---", "\t", "  u: 'v'\x85",
]  # fmt: skip


@settings(max_examples=10 * settings().max_examples)
@given(st.lists(st.sampled_from(ITEM_LINES), max_size=9), st.sampled_from(["", "\n"]))
def test_whatever_an_item_looks_like_its_text_is_the_item(lines: list[str], end: str) -> None:
    """Alone, and under another column-0 list, each text that is kept reads as the item it came from."""
    text = "items:\n- a: 0\n" + "\n".join(lines) + end
    try:
        value, texts, doubtful = load_envelope(text)
    except YamlError:
        reject()  # of too many, Hypothesis says so
    if doubtful:
        return  # alone they would be refused
    for index, item in texts.items():
        assert item.endswith("\n")
        assert load(item) == [value["items"][index]]
    assert load("items:\n" + "".join(texts.values()) + "last: 1\n") == {
        "items": [value["items"][index] for index in texts] or None,
        "last": 1,
    }


@settings(max_examples=15 * settings().max_examples)
@given(st.data())
def test_nothing_but_a_yaml_error_comes_of_a_broken_text(data: st.DataObject) -> None:
    """Whatever is cut out of an envelope or put into it, bytes that are no UTF-8 included."""
    whole = ENVELOPE.encode()
    begin = data.draw(st.integers(0, len(whole)))
    middle = data.draw(
        st.binary(max_size=4)
        | st.sampled_from(
            [
                b"&x ",
                b"*x",
                b"<<: ",
                b"!t ",
                b"? ",
                b"- ",
                b": ",
                b"|",
                b"\n",
                b"[",
                b"{",
                b'"',
                b"%",
                b"---\n",
                b"\xef\xbb\xbf",
            ]
        )
    )
    text = whole[:begin] + middle + whole[begin + data.draw(st.integers(0, 8)) :]
    try:
        value, texts, doubtful = load_envelope(text)
    except YamlError as refused:
        error = refused
    else:
        for index in texts.keys() - doubtful:
            assert load(texts[index]) == [value["items"][index]]
        return
    assert 1 <= error.line <= text.count(b"\n") + 1
    assert error.column >= 1


DOUBTFUL = [
    "  data:\n    a: 1\n    a: 2\n",
    "  data: !template\n    a: !Ref b\n",
    "  data: !unknown text\n",
    "  data: {a: .inf, b: [-.NaN]}\n",
    "  data:\n    null: 1\n    ? [a, b]\n    : c\n",
    "  spec:\n    a: !!int b\n    c: !!map [d]\n",
]


@pytest.mark.parametrize("body", DOUBTFUL)
def test_what_readers_differ_on_in_an_item_is_told_and_not_refused(body: str) -> None:
    """Outside of what identifies the item; anywhere else it is an error, and so it is in an item without a text."""
    item = f"- kind: A\n  metadata:\n    name: a\n{body}"
    found = load_envelope(f"items:\n- kind: B\n{item}")
    assert found.doubtful == {1}
    assert found.texts[1] == item
    for refused in (
        item.replace("data:", "metadata:").replace("spec:", "metadata:").replace("  metadata:\n    name: a\n", ""),
        item.replace("- kind: A\n", "- kind: A\n  kind: B\n"),
        item.replace("- ", "  - ", 1).replace("\n  ", "\n    "),
        f"{item}  kept: |+\n    text\n\n",
    ):
        with pytest.raises(YamlError):
            load_envelope(f"items:\n{refused}")
    with pytest.raises(YamlError):
        load_envelope(f"functionConfig:\n  kind: A\n{body}")


def test_the_place_of_what_readers_differ_on_is_that_in_the_whole_text() -> None:
    """An item is read alone, but whoever has to read it is told its line in the whole."""
    text = "kind: ResourceList\nitems:\n- kind: A\n- kind: B\n  spec:\n    a: 1\n    b: 2\n    a: 3\n"
    assert load_envelope(text).doubtful == {1}
    with pytest.raises(YamlError, match=r"line 8, column 5: duplicate key .a. \(first at line 6\)"):
        refuse_item(text, 1)
