"""krmfn.yaml reads as Kubernetes reads, says where a text is wrong, and survives hostile ones."""

import math
from typing import Any

import pytest

from krmfn.yaml import PlainBool, YamlError, load, load_all


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# only a comment\n", None),
        ("---\n", None),
        ("---\n# nothing\n---\n", None),
        ("null\n", None),
        ("---\n---\na: 1\n---\n", {"a": 1}),
        ("a: 1\n...\n", {"a": 1}),
        ("%YAML 1.1\n---\na: 1\n", {"a": 1}),
        ("%YAML 1.2\n---\na: 1\n", {"a": 1}),
        ("\ufeffa: 1\n", {"a": 1}),
        (b"\xef\xbb\xbfa: \xc3\xa9\n", {"a": "é"}),
        (b"a: 1\r\nb:\r\n- |\r\n  x\r\n  y\r\n", {"a": 1, "b": ["x\ny\n"]}),
        ('{"a": [1, "2", null, {"b": true}]}', {"a": [1, "2", None, {"b": True}]}),
        ("{a: 1, b}", {"a": 1, "b": None}),
        ("a:\nb: ''\n", {"a": None, "b": ""}),
        ("a: 1e3\nb: 0o17\nc: 08\nd: 12:30\ne: 2026-01-01\nf: 1e400\n", {"a": 1000.0, "b": 15, "c": 8.0, "d": "12:30",
        "e": "2026-01-01", "f": "1e400"}),
        ("1: a\n0o17: b\n1e6: c\ntrue: d\n.inf: e\n'2': f\n", {"1": "a", "15": "b", "1e+06": "c", "true": "d",
        ".inf": "e", "2": "f"}),
        ("? a\n: b\n? c\n", {"a": "b", "c": None}),
        ("a: &x 1\nb: &x 2\nc: *x\n", {"a": 1, "b": 2, "c": 2}),
        ("a: &x {b: &x 1, c: *x}\nd: *x\n", {"a": {"b": 1, "c": 1}, "d": 1}),
        ("a: &x key\n*x : 1\n", {"a": "key", "key": 1}),
        ("a: &x {b: 1, c: 2}\nd: {c: 3, <<: *x}\n", {"a": {"b": 1, "c": 2}, "d": {"c": 3, "b": 1}}),
        ("'<<': 1\n", {"<<": 1}),
        ("a: !!str 1\nb: !!str\nc: !!int '017'\nd: !!float 1\ne: !!bool 'true'\nf: !!null ''\n", {"a": "1", "b": "",
        "c": 15, "d": 1.0, "e": True, "f": None}),
        ("a: !!binary |\n  aGVs\n  bG8=\nb: !!timestamp 2026-01-01\n!!str 1: c\n!!str <<: d\n", {"a": "hello",
        "b": "2026-01-01", "1": "c", "<<": "d"}),
        ("a: !!map {b: !!seq [!!str c]}\nd: !!set {e}\nf: !!omap [g: 1]\nh: &x !!str 1\ni: *x\n", {"a": {"b": ["c"]},
        "d": {"e": None}, "f": [{"g": 1}], "h": "1", "i": "1"}),
    ],
)  # fmt: skip
def test_a_text_is_read(text: str | bytes, value: Any) -> None:
    """Documents, encodings, keys, anchors and merges mean what they mean to Kubernetes."""
    assert load(text) == value


@pytest.mark.parametrize(
    "word", ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"]
)
def test_a_plain_on_or_off_is_a_string_and_marked_as_one(word: str) -> None:
    """Plain it is a PlainBool, as value, item, key and alias; in quotes an ordinary string."""
    [plain] = load(f"[{word}]")
    assert type(plain) is PlainBool
    assert plain == word
    [key] = load(f"{word}: 1")
    assert type(key) is PlainBool
    assert type(load(f"a: &x {word}\nb: *x")["b"]) is PlainBool
    assert type(load(f"a: '{word}'")["a"]) is str
    assert [type(key) for key in load(f'"{word}": 1')] == [str]


@pytest.mark.parametrize("text", ["oN", "yEs", "nO", "oFF", "'on'", '"yes"', "on1", "|\n on\n"])
def test_other_words_are_ordinary_strings(text: str) -> None:
    """Only the spellings that kubectl's reader knows are marked."""
    assert type(load(text)) is str


def test_a_tag_says_what_a_word_is() -> None:
    """A plain on that is tagged as a string is an ordinary one; the same word without the tag is still marked."""
    value = load("!!str on: !!str on\nmap: {on: 1}\n")
    assert [type(each) for each in (*value, value["on"], *value["map"])] == [str, str, str, PlainBool]


def test_the_documents_of_a_stream_are_read_without_the_empty_ones() -> None:
    """Empty, comment-only and null documents are left out, as kubectl leaves them out."""
    assert load_all("---\na: &x 1\n---\n# c\n---\nnull\n---\n- b\n...\n---\nfalse\n") == [{"a": 1}, ["b"], False]
    assert load_all(b"") == []


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, 'duplicate key "a" (first at line 1)'),
        ("x:\n  - {b: 1, 'b': 2}\n", 2, 12, 'duplicate key "b" (first at line 2)'),
        ("1: a\n0x1: b\n", 2, 1, 'duplicate key "1" (first at line 1)'),
        ("true: a\nb: c\n'true': b\n", 3, 1, 'duplicate key "true" (first at line 1)'),
        ("a: &x b\nb: 1\n*x : 2\n", 3, 1, 'duplicate key "b" (first at line 2)'),
        ("<<: {a: 1}\n<<: {b: 1}\n", 2, 1, 'duplicate key "<<" (first at line 1)'),
        ("a: !!python/object x\n", 1, 4, "the tag !!python/object is not allowed"),
        ("a: !!int 1.5\n", 1, 4, "what follows !!int is no int to Kubernetes"),
        ("a: !!bool yes\n", 1, 4, "what follows !!bool is no bool to Kubernetes"),
        ("a: !!null a\n", 1, 4, "what follows !!null is no null"),
        ("a: !!float .inf\n", 1, 4, "what follows !!float is no float"),
        ("a: !!binary aGVsbG8\n", 1, 4, "what follows !!binary is no binary"),
        ("a: !!timestamp b\n", 1, 4, "what follows !!timestamp is no timestamp"),
        ("a: !!map [b]\n", 1, 4, "the tag !!map is not allowed"),
        ("!!str a: 1\n!!str a: 2\n", 2, 1, 'duplicate key "a" (first at line 1)'),
        ("- !foo {a: 1}\n", 1, 3, "a tag is not allowed"),
        ("! a\n", 1, 1, "a tag is not"),
        ("%TAG !x! tag:x,2026:\n---\na: b\n", 1, 1, "%TAG"),
        ("null: 1\n", 1, 1, '"null" cannot be a key; quote it'),
        ("a: 1\n?\n: 2\n", 2, 2, '"null" cannot be a key'),
        ("a:\n  18446744073709551615: 1\n", 2, 3, "cannot be a key"),
        ("a: &x [1]\n*x : 1\n", 2, 1, "cannot be a key"),
        ("? [a]\n: b\n", 1, 3, "a mapping or a sequence cannot be a key"),
        ("a: .inf\n", 1, 4, 'has no ".inf"; quote it'),
        ("- -.INF\n", 1, 3, 'has no "-.INF"'),
        ("a: &x .nan\n", 1, 4, 'has no ".nan"'),
        ("a: *b\n", 1, 4, "this alias has no anchor before it"),
        ("a: &x 1\n---\nb: *x\n", 3, 4, "this alias has no anchor before it"),
        ("a: &x [1, *x]\n", 1, 11, "an alias inside its own anchor"),
        ("a: &x {b: [{c: *x}]}\n", 1, 16, "an alias inside its own anchor"),
        ("a: 1\n<<: 2\n", 2, 1, "<< needs a mapping"),
        ("a: &x {}\nb:\n  <<: [*x, 1]\n", 3, 3, "<< needs a mapping"),
        ("a: &x [{b: 1}]\nc:\n  <<: *x\n", 3, 7, "<< needs a mapping, but this alias is not one"),
        ("&x <<: {a: 1}\n", 1, 1, "<< cannot have an anchor"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document begins here"),
        ("a: 'x\n", 2, 1, "that begins at line 1"),
        ("a: b: c\n", 1, 5, "quote a text that contains"),
        ("a:\n\tb: 1\n", 2, 1, "indent with spaces"),
        ("a: @b\n", 1, 4, "quote a text that starts with @"),
        ("é: é\n x: y: z\n", 2, 3, "mapping values are not allowed"),
        ("é: é\nb: \x07\n", 2, 4, "control characters are not allowed (U+0007)"),
        ("a: \x00\n", 1, 4, "control characters are not allowed (U+0000)"),
        ("a: 'é\x7f'\n", 1, 6, "control characters are not allowed (U+007F)"),
        ("a: \ud800\n", 1, 4, "U+D800 is half of a surrogate pair"),
        (b"a: 1\n\xc3\xa9: \xff\n", 2, 4, "byte 0xff is not UTF-8"),
        (b"a: \xed\xa0\x80\n", 1, 4, "is not UTF-8"),
        ("a: 1\n".encode("utf-16"), 1, 1, "UTF-16"),
        ("a: 1\n".encode("utf-16-be"), 1, 1, "control characters"),
        ("%YAML 2.0\n---\na\n", 1, 1, "only %YAML 1.1 and 1.2"),
        ("%FOO x\n---\na\n", 1, 5, "found unknown directive name"),
        ("[" * 201 + "]" * 201, 1, 201, "nested deeper than 200 levels"),
        ("[" * 100_000, 1, 1001, "nest"),
        ("- " * 5000 + "a\n", 1, 401, "nested deeper than 200 levels"),
        ("{a: " * 5000, 1, 801, "nested deeper than 200 levels"),
        ("".join(f"{' ' * n}a:\n" for n in range(300)), 201, 201, "nested deeper than 200 levels"),
        ("a0: &a0 []\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 300)), 200, 14,
        "nested deeper than 200 levels by alias"),
        (BOMB, 6, 20, "aliases stand for"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(text: str | bytes, line: int, column: int, says: str) -> None:
    """Whatever is wrong with a text is a YamlError that names line, column and the way out."""
    with pytest.raises(YamlError) as caught:
        load_all(text) if "has no anchor" in says else load(text)
    error = caught.value
    assert says in error.message
    assert (error.line, error.column) == (line, column)
    assert str(error) == f"line {line}, column {column}: {error.message}"


def test_two_hundred_levels_are_read() -> None:
    """The limit is a guard, not a nuisance: no manifest nests that deep."""
    value = load("[" * 200 + "]" * 200)
    assert str(value) == "[" * 200 + "]" * 200


def test_heavy_but_honest_aliasing_is_read() -> None:
    """A block of fifty values used two thousand times passes, as kubectl passes it, and is shared."""
    block = ", ".join(f"k{n}: {n}" for n in range(50))
    value = load(f"common: &c {{{block}}}\nuses:\n" + "- *c\n" * 2000)
    assert len(value["uses"]) == 2000
    assert value["uses"][1999] == value["common"]


def test_a_text_over_the_limit_is_refused_unread() -> None:
    """More than 256 MiB is refused before anything is parsed."""
    with pytest.raises(YamlError, match="256 MiB"):
        load(b"#" * (256 * 1024 * 1024 + 1))


def test_numbers_keep_their_types() -> None:
    """An integer is an int, a float a float, whatever its value."""
    values = load("[1, 1.0, 0x10, 1_000, -0b11, 1e2, 18446744073709551615, 18446744073709551616]")
    assert [type(value) for value in values] == [int, float, int, int, int, float, int, float]
    assert math.isclose(values[-1], 2.0**64)
