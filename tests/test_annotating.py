"""An annotation put into a file: every other character stays, or nothing is edited."""

from __future__ import annotations

import pytest

from krmfn import yaml
from krmfn.resourcelist import annotations_of
from krmfn.yaml.annotating import annotate

HEAD = "apiVersion: apps.cozystack.io/v1alpha1\nkind: Redis\n"


LAYOUTS = {
    "block": (
        HEAD + "metadata:\n  name: a  # mine\n  labels: {x: y}\nspec: {}\n",
        HEAD + 'metadata:\n  name: a  # mine\n  annotations:\n    P: "disabled"\n  labels: {x: y}\nspec: {}\n',
    ),
    "after the namespace": (
        HEAD + "metadata:\n    name: a\n    namespace: b\n\n# end\nspec: {}\n",
        HEAD + 'metadata:\n    name: a\n    namespace: b\n    annotations:\n      P: "disabled"\n\n# end\nspec: {}\n',
    ),
    "annotations in a block": (
        HEAD + "metadata:\n  annotations:\n    # why\n    team: x\n  name: a\n",
        HEAD + 'metadata:\n  annotations:\n    # why\n    P: "disabled"\n    team: x\n  name: a\n',
    ),
    "annotations in a flow": (
        HEAD + "metadata: {name: a, annotations: { team: x }}\n",
        HEAD + 'metadata: {name: a, annotations: {P: "disabled",  team: x }}\n',
    ),
    "empty annotations": (
        HEAD + "metadata: {name: a, annotations: {}}\n",
        HEAD + 'metadata: {name: a, annotations: {P: "disabled"}}\n',
    ),
    "annotations of nothing": (
        HEAD + "metadata:\n  annotations:\n  name: a\n",
        HEAD + 'metadata:\n  annotations: {P: "disabled"}\n  name: a\n',
    ),
    "annotations of null": (
        HEAD + "metadata:\n  annotations: null  # none\n  name: a\n",
        HEAD + 'metadata:\n  annotations: {P: "disabled"}  # none\n  name: a\n',
    ),
    "another value": (
        HEAD + "metadata:\n  name: a\n  annotations:\n    P: enabled  # for now\n",
        HEAD + 'metadata:\n  name: a\n  annotations:\n    P: "disabled"  # for now\n',
    ),
    "flow": (
        HEAD + "metadata: {name: a, namespace: b, }\n",
        HEAD + 'metadata: {name: a, namespace: b, annotations: {P: "disabled"}, }\n',
    ),
    "a name over two lines": (
        HEAD + 'metadata:\n  name: "a\\\n    b" # mine\n',
        HEAD + 'metadata:\n  name: "a\\\n    b" # mine\n  annotations:\n    P: "disabled"\n',
    ),
    "no line end": (
        HEAD + "metadata:\n  name: a",
        HEAD + 'metadata:\n  annotations:\n    P: "disabled"\n  name: a',
    ),
    "line ends of Windows": (
        (HEAD + "metadata:\n  name: a\nspec: {}\n").replace("\n", "\r\n"),
        (HEAD + 'metadata:\n  name: a\n  annotations:\n    P: "disabled"\nspec: {}\n').replace("\n", "\r\n"),
    ),
    "JSON": (
        '{"apiVersion": "x/v1", "kind": "Redis",\n  "metadata": {"name": "a"}}',
        '{"apiVersion": "x/v1", "kind": "Redis",\n  "metadata": {"name": "a", "annotations": {"P": "disabled"}}}',
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_are_kept(layout: str) -> None:
    """The annotation is put where it belongs, and every other character stays."""
    given, expected = LAYOUTS[layout]
    made = annotate(given, [0], "P", "disabled")
    assert made == expected
    assert annotations_of(yaml.load(made))["P"] == "disabled"


def test_only_the_objects_meant_are_annotated() -> None:
    """Objects are counted through documents and Lists, and those beside them stay."""
    one = HEAD + "metadata: {name: a}\n"
    inner = one.replace("\n", "\n  ").rstrip()
    many = f"apiVersion: v1\nkind: List\nitems:\n- {inner}\n- {{apiVersion: v1, kind: Secret}}\n"
    made = annotate(f"{one}---\n{many}---\n---\n# last\n{one}", [1, 3], "P", "disabled")
    first, listed, last = yaml.load_all(made)
    assert annotations_of(first) == {}
    assert annotations_of(listed["items"][0]) == {"P": "disabled"} == annotations_of(last)
    assert listed["items"][1] == {"apiVersion": "v1", "kind": "Secret"}
    assert "# last" in made


@pytest.mark.parametrize(
    "given",
    [
        "x: &b {annotations: {team: x}, name: a}\n" + HEAD + "metadata:\n  <<: *b\n  namespace: c\n",
        "x: &b {team: x}\n" + HEAD + "metadata: {name: a, annotations: *b}\n",
        "base: &b\n  metadata: {name: a}\n" + HEAD + "<<: *b\n",
        HEAD + "metadata: {name: a, annotations: [x]}\n",
    ],
)
def test_an_edit_that_would_change_more_is_not_made(given: str) -> None:
    """Merged or shared mappings, and annotations that are none, are for the user to edit."""
    assert annotate(given, [0], "P", "disabled") == ""
