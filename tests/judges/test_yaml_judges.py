"""Kubernetes' own YAML readers, sigs.k8s.io/yaml and yaml.v3, judge what krmfn reads and writes."""

import contextlib
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from krmfn import resourcelist
from krmfn.yaml import PlainBool, YamlError, dump, load

MANY = 1000
"""So many different documents of others there are, and more."""
Judge = Callable[[list[str]], list[dict[str, Any]]]

HERE = Path(__file__).parent
SHARED = HERE.parents[1].parent / "shared" / "data"
STRINGS: list[str] = json.loads((HERE / "yaml" / "strings.json").read_text())
PLAIN: list[str] = json.loads((HERE / "yaml" / "plain.json").read_text())
TYPED: list[Any] = [
    None, True, False, 0, 1, -1, 7, 2**63 - 1, -(2**63), 2**64 - 1, 0.5, -0.5, 1.0, 100.0, 1e3, 1e16, 1e21, 1e22,
    -1e22, 1e-7, 1.5e-7, 1e300,
    5e-324, 1.7976931348623157e308, 0.1, 123456789.123, {}, [], [[]], [{}], {"a": {}}, {"a": []}, [None], {"a": None},
    [[1, [2, [3]]], {"a": [[{"b": 1}]]}],
]  # fmt: skip


def same(left: Any, right: Any) -> bool:
    """Whether two values are one JSON value: 1.0 is 1, but True is not, and 0 is 0.0 whatever its sign."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, bool) or isinstance(right, bool) or left is None or right is None:
        return left is right
    if isinstance(left, str) or isinstance(right, str):
        return isinstance(left, str) and isinstance(right, str) and left == right
    if isinstance(left, float) or isinstance(
        right, float
    ):  # Go's JSON writes 2**63 as 9223372036854776000, for a float
        return float(left) == float(right)
    return bool(left == right)


def all_readers_agree(judge: Judge, values: list[Any]) -> None:
    texts = [dump(value) for value in values]
    wrong: list[tuple[Any, ...]] = []
    for value, text, verdict in zip(values, texts, judge(texts), strict=True):
        readings = {"sigs": verdict["sigs"], "v3": verdict["v3"], "PyYAML": pyyaml.safe_load(text), "krmfn": load(text)}
        errors = [verdict[key] for key in ("sigsError", "sigsStrictError", "v3Error") if verdict.get(key)]
        wrong += [(value, text, reader, reading) for reader, reading in readings.items() if not same(reading, value)]
        wrong += [(value, text, error) for error in errors]
    assert not wrong, min(wrong, key=lambda found: len(found[1]))


def test_every_reader_takes_every_awkward_string_for_itself_as_a_value(judge_yaml: Judge) -> None:
    """Quoting is right for sigs, yaml.v3, PyYAML and krmfn, wherever the string stands."""
    assert len(STRINGS) >= 220
    all_readers_agree(
        judge_yaml,
        [
            *STRINGS,
            *([text] for text in STRINGS),
            *({"a": {"b": [{"c": text, "d": [[text], text]}, text]}} for text in STRINGS),
        ],
    )


def test_every_reader_takes_every_awkward_string_for_itself_as_a_key(judge_yaml: Judge) -> None:
    """A key is quoted, and announced with ? when it is long, so that all find the same one."""
    shapes = [{text: value} for text in STRINGS for value in ("x", {"a": 1}, ["a", {"b": "c"}])]
    all_readers_agree(judge_yaml, [*shapes, *([{text: "x", "z": {text: text}}] for text in STRINGS)])


def test_every_reader_takes_typed_values_for_what_they_are(judge_yaml: Judge) -> None:
    """Numbers, booleans, null and empty collections keep type and value."""
    all_readers_agree(
        judge_yaml, [*TYPED, *([value] for value in TYPED), *({"a": value, "b": [value]} for value in TYPED)]
    )


def test_every_reader_takes_any_structure_for_itself(judge_yaml: Judge) -> None:
    """What hypothesis thinks up, strings of every character included, comes back from all readers."""
    text = st.one_of(
        st.sampled_from(STRINGS),
        st.text(st.characters(exclude_categories=["Cs"])),
        st.text(" \n\t#:-a1é\u2028|>'\""),
        st.text("0123456789+-._eExob:T Z"),
    )
    scalars = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        text,
    )
    values = st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(text, inner, max_size=4)),
        max_leaves=25,
    )
    made: list[Any] = []

    @settings(max_examples=8 * settings().max_examples, suppress_health_check=list(HealthCheck))
    @given(values)
    def collect(value: Any) -> None:
        made.append(value)

    collect()
    all_readers_agree(judge_yaml, made)


def test_a_plain_scalar_is_read_as_kubernetes_reads_it(judge_yaml: Judge) -> None:
    """As sigs.k8s.io/yaml; only on, off, yes, no, y and n are read as yaml.v3 does, and marked."""
    texts = [f"v: {plain}\n" for plain in PLAIN]
    wrong = []
    for plain, text, verdict in zip(PLAIN, texts, judge_yaml(texts), strict=True):
        try:
            ours = load(text)["v"]
        except YamlError:
            if not verdict.get("sigsError"):
                wrong.append((plain, "refused", verdict))
            continue
        judged = verdict["v3"] if isinstance(ours, PlainBool) else verdict["sigs"]
        if judged is None or not same(ours, judged["v"]):
            wrong.append((plain, ours, verdict))
        if isinstance(ours, PlainBool) and not isinstance(verdict["sigs"]["v"], bool):
            wrong.append((plain, "is no boolean to sigs", verdict))
    assert not wrong


def test_a_plain_key_becomes_the_string_that_kubernetes_makes_of_it(judge_yaml: Judge) -> None:
    """Numbers are spelled as sigs.k8s.io/yaml spells them; null and integers beyond int64 are refused, as there."""
    keys = [
        *PLAIN,
        "1e5",
        "1e6",
        "1234567.0",
        "16777217.0",
        "0.30000001",
        "1e-4",
        "1e-5",
        "3.4028236e38",
        "-3.5e38",
        "1e39",
        "1e-46",
        "-2.5e-7",
        "123456.75",
        "3.403e38",
        "0.001",
        "1e20",
        "1.5e21",
    ]
    texts = [f"{key}: v\n" for key in keys]
    wrong = []
    for key, text, verdict in zip(keys, texts, judge_yaml(texts), strict=True):
        try:
            ours = load(text)
        except YamlError:
            if not verdict.get("sigsError"):
                wrong.append((key, "refused", verdict))
            continue
        judged = verdict["v3"] if any(isinstance(found, PlainBool) for found in ours) else verdict["sigs"]
        if judged is None or not same(ours, judged):
            wrong.append((key, ours, verdict))
    assert not wrong


MERGES = [
    "a: &a {x: 1, q: 2}\nb: {<<: *a, q: 3}\n",
    "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc: {<<: [*a, *b], w: 4}\nd: {<<: [*b, *a]}\n",
    "a: &a {x: 1}\nb: &b {<<: *a, q: 2}\nc:\n  <<: *b\n  z: 3\n",
    "a: {<<: {x: 1}, q: 2}\n",
    "a: {<<: [{x: 1}, {x: 2, q: 3}]}\n",
    'a: {"<<": 1}\n',
    "a: &a [1, {b: 2}]\nb: *a\nc: [*a, *a]\n",
    "a: &x 1\nb: &x 2\nc: *x\n",
    "a: &x 1e3\n*x : b\n",
    "a: &x on\nb: *x\nc: &y 'on'\nd: *y\n",
    "a: &x {b: &y {c: 1}}\nd: *y\ne: *x\n",
]


@pytest.mark.parametrize("text", MERGES)
def test_anchors_and_merges_mean_what_they_mean_to_kubernetes(text: str, judge_yaml: Judge) -> None:
    """Aliases are copies, own keys win over merged ones, and the earlier of a list over the later."""
    [verdict] = judge_yaml([text])
    assert same(load(text), verdict["v3"]) or "1e3" in text  # yaml.v3 keeps such a key a number
    assert same(_as_kubectl(load(text)), verdict["sigs"])


def test_a_key_before_a_merge_still_wins(judge_yaml: Judge) -> None:
    """As for kustomize and the YAML specification; kubectl lets a << override what stands before it."""
    text = "a: &a {x: 1}\nb: {x: 2, <<: *a}\n"
    [verdict] = judge_yaml([text])
    assert load(text) == verdict["v3"] == {"a": {"x": 1}, "b": {"x": 2}}
    assert verdict["sigs"]["b"] == {"x": 1}


def test_an_item_is_never_passed_on_with_a_byte_order_mark_inside(judge_yaml: Judge) -> None:
    """After one at some places of a stream, both readers of Kubernetes take the next items for parts of its item.

    It is written as an escape, so that each item is its own wherever it is in the stream.
    """
    head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"
    item = "- kind: A\n  data: |\n    \ufeffx\n    y\n"
    sources = [f"{head}- kind: {'A' * length}\n{item}- kind: B\n- kind: C\n" for length in range(1, 513)]

    def misread(texts: list[str]) -> list[str]:
        right = [{"kind": "A", "data": "\ufeffx\ny\n"}, {"kind": "B"}, {"kind": "C"}]
        verdicts = judge_yaml(texts)
        return [
            text
            for text, verdict in zip(texts, verdicts, strict=True)
            for reader in ("sigs", "v3")
            if verdict[reader] is None or verdict[reader]["items"][1:] != right
        ]

    assert misread(sources)
    assert misread([resourcelist.dump(resourcelist.load(source)) for source in sources]) == []


TAGGED = [
    "!!str 1", "!!str on", "!!str ~", "!!str", '!!str ""', "!!str |\n  x\n", "!!str 2026-01-01", "&x !!str 1",
    "!<tag:yaml.org,2002:str> 1", "!!int 1", '!!int "1"', "!!int 0x10", "!!int 0o17", "!!int 1_000", "!!int '017'",
    "!!int a", "!!int 1.5", '!!int ""', "!!float 1", '!!float "1.5"', "!!float 1e3", "!!float 010", "!!float a",
    "!!float .inf", "!!bool true", '!!bool "true"', "!!bool 1", "!!null null", '!!null ""', "!!null ~", "!!null",
    "!!null a", '!!null "null"', "!!binary aGVsbG8=", '!!binary "aGVsbG8="', "!!binary |\n  aGVs\n  bG8=\n",
    '!!binary ""', "!!binary ???", "!!binary aGVsbG8", "!!timestamp 2026-01-01", '!!timestamp "2026-01-01"',
    "!!timestamp a", "!!map {a: 1}", "!!map\n  a: 1\n", "!!seq [a]", "!!seq\n- a\n", "!!set {a, b}", "!!omap [a: 1]",
    "!!pairs [a: 1]",
]  # fmt: skip


def test_core_tags_are_read_as_kubernetes_reads_them(judge_yaml: Judge) -> None:
    """Each is the value that it is to sigs.k8s.io/yaml, or an error to both; as a value and, where it can, as a key."""
    texts = [f"v: {tagged}\n" for tagged in TAGGED]
    texts += [f"{tagged}: v\n" for tagged in TAGGED if " " in tagged and not {*"\n[{."} & {*tagged}]
    assert wrong_readings(judge_yaml, texts) == []


REFUSED_BY_ALL = [
    "<<: 1\n", "<<: [1]\n", "a: &a [{b: 1}]\nc: {<<: *a}\n", "a: *b\n", "a: &a [*a]\n", "a: .inf\n", "a: -.INF\n",
    "a: [.nan]\n", "null: 1\n", "~: 1\n", "? [a]\n: b\n",
    "? {a: b}\n: c\n", "{a: b, ? [c]: d}\n", "18446744073709551615: a\n", "a: 1\na: 2\n", "a: 'x\n", "a: b: c\n",
    "a:\n\tb: 1\n", "a: @b\n", "a: `b`\n", "[a\n", "{a: 1\n", "a: \x01\n",
    "a: \x7f\n", "a: \x00\n", 'a: "\\q"\n', "- a\nb: c\n", "a: 1\n  b: 2\n", "%YAML 3.0\n---\na\n", "a: |3\n x\n",
    "a: ]\n", 'a: "\\ud800"\n', "1: a\n0x1: b\n",
]  # fmt: skip


def test_what_no_kubernetes_reader_accepts_is_refused(judge_yaml: Judge) -> None:
    """Each of these is an error to sigs.k8s.io/yaml in strict mode, and to krmfn."""
    for text, verdict in zip(REFUSED_BY_ALL, judge_yaml(REFUSED_BY_ALL), strict=True):
        assert verdict.get("sigsStrictError"), text
        with pytest.raises(YamlError):
            load(text)


STRICTER = [
    "a: !foo b\n",
    "! a\n",
    "a: !!map [b]\n",
    "a: !!bool yes\n",
    "%TAG !x! tag:x,2026:\n---\na: b\n",
    "a: " + "[" * 201 + "]" * 201,
    "a: 1\n'a': 2\n",
    "<<: {a: 1}\n<<: {b: 2}\n",
    "a: 1\n---\nb: 2\n",
]


def test_what_is_deliberately_refused_although_kubectl_takes_it(judge_yaml: Judge) -> None:
    """Other tags, duplicate keys, a second document, for readers differ on them; deep nesting, for a guard."""
    for text, verdict in zip(STRICTER, judge_yaml(STRICTER), strict=True):
        assert not verdict.get("sigsError"), (text, verdict)
        with pytest.raises(YamlError):
            load(text)


def shared_documents() -> Iterator[tuple[str, str]]:
    """Every document under shared/data, split as kubectl splits a stream."""
    for path in sorted(SHARED.rglob("*.y*ml")):
        documents: list[list[str]] = [[]]
        for line in path.read_bytes().decode().splitlines(keepends=True):
            if line.startswith("---"):
                documents.append([])
            documents[-1].append(line)
        for number, lines in enumerate(documents):
            yield f"{path.relative_to(SHARED)}#{number}", "".join(lines)


def wrong_readings(judge: Judge, texts: list[str]) -> list[str]:
    """The documents that krmfn reads otherwise than sigs.k8s.io/yaml, or that one takes and the other refuses."""
    return [text for text, verdict in zip(texts, judge(texts), strict=True) if not _read_alike(text, verdict)]


def _read_alike(text: str, verdict: dict[str, Any]) -> bool:
    refused = bool(verdict.get("sigsError") or verdict.get("sigsStrictError"))
    try:
        value = load(text)
    except YamlError:
        return refused
    return not refused and same(_as_kubectl(value), verdict["sigs"])


def readable(texts: list[str]) -> list[Any]:
    values = []
    for text in texts:
        with contextlib.suppress(YamlError):
            values.append(load(text))
    return values


def test_a_wrong_reading_is_seen(judge_yaml: Judge) -> None:
    """Of documents that are read alike and one that is not, which kubectl takes for its tag, that one is found."""
    assert wrong_readings(judge_yaml, ["a: 1\n", "a: 1\na: 2\n", "a: !t 1\n"]) == ["a: !t 1\n"]


if SHARED.is_dir():
    DOCUMENTS = {text: name for name, text in reversed([*shared_documents()])}
    """Each text once, with the first place of it."""

    def test_real_manifests_are_read_as_kubernetes_reads_them(judge_yaml: Judge) -> None:
        """Same value as sigs.k8s.io/yaml, or an error to both; a duplicate key, an error to strict mode, is one."""
        assert len(DOCUMENTS) >= MANY
        assert [DOCUMENTS[text] for text in wrong_readings(judge_yaml, list(DOCUMENTS))] == []

    def test_real_manifests_are_written_as_every_reader_takes_them(judge_yaml: Judge) -> None:
        """What dump writes of each is the same value to sigs.k8s.io/yaml, to yaml.v3, to PyYAML and to krmfn."""
        values = readable(list(DOCUMENTS))
        assert len(values) >= MANY
        all_readers_agree(judge_yaml, values)


def _as_kubectl(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            ("true" if key.lower() in {"on", "yes", "y"} else "false")
            if isinstance(key, PlainBool)
            else key: _as_kubectl(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_as_kubectl(inner) for inner in value]
    return value.lower() in {"on", "yes", "y"} if isinstance(value, PlainBool) else value


def test_the_comparison_tells_types_apart() -> None:
    """The judge of the judges: what JSON tells apart, same() does."""
    assert same({"a": [1, 2.0]}, {"a": [1.0, 2]})
    for left, right in [
        (1, True),
        (0, False),
        (0, None),
        ("1", 1),
        ("", None),
        ([], {}),
        (math.pi, "3.14"),
        ({"a": 1}, {"a": 1, "b": None}),
    ]:
        assert not same(left, right)
