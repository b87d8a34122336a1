"""The function as a host meets it: what goes back on stdout, what is told on stderr, and the exit code."""

from __future__ import annotations

import pytest

from krmfn import yaml
from tests.command_line import run

ENVELOPE = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
APP = "apiVersion: apps.cozystack.io/v1alpha1, kind: Redis"
GOOD = "metadata: {name: good, namespace: tenant-a}"


@pytest.mark.parametrize(
    ("stdin", "says"),
    [
        (b"", "is not a ResourceList"),
        (b"[", "line 1, column 2"),
        (b"a:\n\t- b\n", "indent with spaces"),
        (b"just text", "is not a ResourceList"),
        (b"apiVersion: v1\nkind: List\nitems: []\n", "is not a ResourceList"),
        (b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: {a: b}\n", "items of the ResourceList"),
        (b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: {}\n", "items of the ResourceList"),
        (b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: [text]\n", "items[0] of the ResourceList"),
        (b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: [null]\n", "items[0] of the ResourceList"),
        (b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: []\n", "functionConfig of the"),
        (b"apiVersion: example.org/v1\nkind: ResourceList\n", "apiVersion of the ResourceList"),
        (b"kind: ResourceList\n", "apiVersion of the ResourceList"),
        (ENVELOPE.encode() + b"---\n" + ENVELOPE.encode(), "a second document"),
        (ENVELOPE.encode() + b"kind: ResourceList\n", "duplicate key"),
        (ENVELOPE.encode() + b"items:\n- a: \xff\n", "is not UTF-8"),
        (ENVELOPE.encode("utf-16"), "save it as UTF-8"),
        (ENVELOPE.encode() + b"items:\n- kind: !!python/object:os.system x\n", "tag"),
        (ENVELOPE.encode() + b"items:\n- a: *nobody\n", "this alias has no anchor before it"),
        (ENVELOPE.encode() + b"items:\n- a: " + b"[" * 500 + b"]" * 500, "nested deeper"),
        (ENVELOPE.encode() + b"items:\n- kind: .inf\n", ".inf"),
        (ENVELOPE.encode() + b'items:\n- {"a\\nb": 1, "a\\nb": 2}\n', "duplicate key"),
    ],
)
def test_input_that_cannot_be_read_gives_nothing_back(stdin: bytes, says: str) -> None:
    """What is no ResourceList cannot be given back: nothing on stdout, one line that says why, exit 1."""
    answer = run(stdin=stdin)
    assert (answer.returncode, answer.stdout) == (1, b"")
    (line,) = answer.stderr.decode().splitlines()
    assert line.startswith("error: ")
    assert says in line


def test_a_refusal_gives_the_items_back_and_the_reasons_twice() -> None:
    """On an error the items go back word for word, and each result stands in the list and on a line of stderr."""
    items = "items:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: theirs}}\n"
    items += (
        "- apiVersion: apps.cozystack.io/v1alpha1  # a comment\n  kind: Rediss\n  metadata: {name: a, namespace: b}\n"
    )
    answer = run(stdin=ENVELOPE + items)
    assert answer.returncode == 1
    assert "- apiVersion: apps.cozystack.io/v1alpha1  # a comment\n  kind: Rediss\n" in answer.stdout.decode()
    listed = yaml.load(answer.stdout)
    assert [item["kind"] for item in listed["items"]] == ["ConfigMap", "Rediss"]
    (result,) = listed["results"]
    (line,) = answer.stderr.decode().splitlines()
    assert line == f"error: Rediss b/a kind: {result['message']} [unknown-kind]"


def test_kpt_prints_the_messages_and_krmfn_the_places() -> None:
    """Of what kpt sent, stderr has what kpt leaves out: file, object, field and code, errors last, and no info."""
    warning, error = (
        "warning: a.yaml: Redis b/a spec.a [unknown-field]",
        "error: a.yaml: Rediss b/a kind [unknown-kind]",
    )
    assert _told_of("seqindent: compact", "Rediss", "Redis") == [warning, error]
    assert _told_of("seqindent: compact", "Ours", "Redis") == [warning]
    # kustomize prints no results, so that each line has its message.
    told = _told_of("id: '1'", "Ours", "Redis")
    assert [line.partition(": ")[0] for line in told] == ["info", "warning"]
    assert warning not in told


def _told_of(mark: str, *kinds: str) -> list[str]:
    """What stderr has of an object of each of these kinds, with this annotation of its host's."""
    marks = f"{{config.kubernetes.io/path: a.yaml, internal.config.kubernetes.io/{mark}}}"
    meta = f"metadata: {{name: a, namespace: b, annotations: {marks}}}"
    items = [f"- {{apiVersion: apps.cozystack.io/v1alpha1, kind: {kind}, {meta}, spec: {{a: 1}}}}\n" for kind in kinds]
    chart = "{kind: Ours, prefix: ours-, chartRef: {kind: HelmChart, name: ours, namespace: cozy-public}}"
    config = f"apiVersion: krmfn.dev/v1alpha1, kind: ComputePlane, metadata: {{name: a}}, spec: {{kinds: [{chart}]}}"
    answer = run(stdin=f"{ENVELOPE}functionConfig: {{{config}}}\nitems:\n{''.join(items)}")
    return answer.stderr.decode().splitlines()


def test_a_warning_is_no_failure() -> None:
    """Warnings are told and the run goes on: exit 0, and the objects are there."""
    items = "items:\n- apiVersion: apps.cozystack.io/v1alpha1\n  kind: Redis\n"
    items += "  metadata: {name: cache, namespace: b}\n  extra: {}\n"
    answer = run(stdin=ENVELOPE + items)
    assert answer.returncode == 0
    assert answer.stderr.decode().startswith("warning: Redis b/cache extra: ")
    assert [item["kind"] for item in yaml.load(answer.stdout)["items"]] == ["Redis", "HelmRelease"]


def test_a_result_is_one_line_whatever_a_name_holds() -> None:
    """A line break in what a user wrote does not break the line that tells of it."""
    items = 'items:\n- {apiVersion: apps.cozystack.io/v1alpha1, kind: "Re\\ndis", metadata: {name: "a\\r\\nb", '
    items += 'namespace: b, annotations: {config.kubernetes.io/path: "a\\nb.yaml"}}}\n'
    answer = run(stdin=ENVELOPE + items)
    assert answer.returncode == 1
    lines = answer.stderr.decode().splitlines()
    assert lines
    assert all(line.startswith("error: ") and line.endswith("]") for line in lines)
    assert len(lines) == len(yaml.load(answer.stdout)["results"])


def test_a_result_cannot_rewrite_the_terminal() -> None:
    """Control codes in what a user wrote do not reach the terminal that a CI log is read on."""
    items = f'items:\n- {{apiVersion: apps.cozystack.io/v1alpha1, kind: "R\\u001b[2Jx", {GOOD}}}\n'
    answer = run(stdin=ENVELOPE + items)
    assert answer.returncode == 1
    assert b"\x1b" not in answer.stderr


def test_a_validator_gives_no_items_back() -> None:
    """With validateOnly nothing goes out but the verdict."""
    config = "functionConfig: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {validateOnly: 'true'}}\n"
    item = "items:\n- {apiVersion: apps.cozystack.io/v1alpha1, kind: Redis, metadata: {name: cache, namespace: b}}\n"
    fine = run(stdin=ENVELOPE + item + config)
    assert (fine.returncode, yaml.load(fine.stdout)["items"], fine.stderr) == (0, [], b"")
    wrong = run(stdin=ENVELOPE + item.replace("cache", "Cache") + config)
    assert wrong.returncode == 1
    assert wrong.stderr.startswith(b"error: Redis b/Cache metadata.name: ")
