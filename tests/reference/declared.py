"""The fields of each declared kind: path, type, default, example and meaning, from its JSON Schema."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn import yaml
from krmfn.cli.schema.declarations import schema
from krmfn.declarations.models import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    Node = dict[str, Any]

ROOT = Path(__file__).parents[2]
EXAMPLES = [
    *sorted((ROOT / "function-config/examples").glob("*.yaml")),
    *sorted((ROOT / "kustomize").rglob("*.yaml")),
    *sorted((ROOT / "krmfn/cli/init/starter").rglob("*.yaml")),
]
OURS = ("ComputePlane", "Placement", "IsolationProfile", "ComponentProfile")
BESIDE = {
    "Kubernetes": ("spec.isolationProfile", "spec.componentProfile"),
    "ApplicationDefinition": ("spec.placement",),
}
"""Fields of ours in kinds of the platform, whose other fields are the platform's."""
NULL = {"type": "null"}
INTRODUCTION = """\
# Fields of declarations

Every field of the kinds of `krmfn.dev`, and the fields that krmfn adds to kinds of Cozystack. A `[]` after a name is an
entry of a list. The values of apps and clusters are those of their charts ([Values](../values.md)); `metadata` is
Kubernetes' own. An example is one out of [function-config/examples](../../function-config/examples),
[kustomize](../../kustomize) or the repository that `krmfn init` writes, all of which the tests run.

Written by `make generate` from the models that krmfn reads declarations with; `krmfn schema KIND` prints the same for
editors.
"""


class DeclaredField(NamedTuple):
    """One field of a kind, as the table has it."""

    path: str
    type: str
    default: str
    example: str
    meaning: str


def page() -> str:
    """docs/reference/declarations.md."""
    return INTRODUCTION + "".join(_section(kind) for kind in (*OURS, *BESIDE))


def fields(kind: str) -> list[DeclaredField]:
    """All fields of a kind that are ours."""
    made = schema(kind)
    found = _walk("spec", made["properties"]["spec"], made, kind)
    return [each for each in found if each.path in BESIDE.get(kind, (each.path,))]


def _section(kind: str) -> str:
    said = next(model.__doc__ or "" for model in MODELS if model.__name__ == kind)
    version = schema(kind)["properties"]["apiVersion"]["const"]
    rows = "".join(f"| `{f.path}` | {f.type} | {f.default} | {f.example} | {f.meaning} |\n" for f in fields(kind))
    head = f"\n## {kind}\n\n`{version}`. {' '.join(said.split())}\n\n"
    return f"{head}| field | type | default | example | meaning |\n|---|---|---|---|---|\n{rows}"


def _walk(path: str, node: Node, whole: Node, kind: str, *, required: bool = False) -> Iterator[DeclaredField]:
    """A field, and those below it."""
    inner = _plain(node, whole)
    meaning = node.get("description") or inner.get("description") or ""
    default = "required" if required else _default(node)
    if path != "spec":
        yield DeclaredField(path, _type(inner, whole), default, _example(kind, path, inner), _cell(meaning))
    below = f"{path}[]" if inner.get("type") == "array" else path
    entry = _plain(inner["items"], whole) if inner.get("type") == "array" else inner
    for name, each in entry.get("properties", {}).items():
        yield from _walk(f"{below}.{name}", each, whole, kind, required=name in entry.get("required", ()))


def _plain(node: Node, whole: Node) -> Node:
    """A node without null among its types, and what it refers to in its place."""
    if "anyOf" in node:
        [other] = [each for each in node["anyOf"] if each != NULL]
        return _plain(other, whole)
    if "$ref" in node:
        return _plain(whole["$defs"][node["$ref"].rpartition("/")[2]], whole)
    return node


def _type(node: Node, whole: Node) -> str:
    match node:
        case {"enum": choices}:
            said = " or ".join(f"`{each}`" for each in choices)
        case {"const": value}:
            said = f"`{value}`"
        case {"type": "array", "items": items}:
            said = f"list: {_type(_plain(items, whole), whole)}"
        case {"type": "object"}:
            said = "object" if "properties" in node else "map"
        case {"type": list(types)}:
            said = " or ".join(types)
        case _:
            said = node.get("type", "any")
    return said


def _default(node: Node) -> str:
    return f"`{json.dumps(node['default'])}`" if "default" in node else ""


def _example(kind: str, path: str, node: Node) -> str:
    """The first example of the schema, or else the first in a file of examples."""
    given = node.get("examples") or _given(kind).get(path) or ()
    return f"`{_cell(_flow(given[0]))}`" if given else ""


@cache
def _given(kind: str) -> dict[str, list[Any]]:
    """Each path that examples of a kind have, with what they say there: plain values and lists of them only."""
    found: dict[str, list[Any]] = {}
    for path in EXAMPLES:
        for document in yaml.load_all(path.read_bytes()):
            if document.get("kind") == kind:
                for field, value in _leaves("spec", document.get("spec")):
                    found.setdefault(field, []).append(value)
    return found


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            for key, each in value.items():
                yield from _leaves(f"{path}.{key}", each)
        case list() if any(isinstance(each, (dict, list)) for each in value):
            for each in value:
                yield from _leaves(f"{path}[]", each)
        case _:
            yield path, value


def _flow(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
