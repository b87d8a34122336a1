"""Adds an annotation to objects in a user's file; comments and layout are kept, and nothing else changes."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from yaml import CSafeLoader, MappingNode, ScalarNode, compose_all

from krmfn.namedtuple import NamedTuple
from krmfn.yaml import nodes
from krmfn.yaml.errors import YamlError
from krmfn.yaml.loading import load_all

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


class Edit(NamedTuple):
    """Replaces the text between two positions."""

    begin: int
    end: int
    text: str


class Mark(NamedTuple):
    """An annotation; key and value need no escapes in double quotes."""

    key: str
    value: str

    def entry(self, *, quoted: bool = False) -> str:
        return f'"{self.key}": "{self.value}"' if quoted else f'{self.key}: "{self.value}"'


def annotate(text: str, at: Collection[int], key: str, value: str) -> str:
    """The text with one more annotation on some of its objects; empty if that is not possible.

    Args:
        text: YAML, or JSON, that `load_all` reads.
        at: which objects, counted from 0 through all documents and the items of Lists.
        key: must not need quotes.
        value: written in double quotes; must not need escapes.

    Returns:
            Empty if adding the annotation would change anything else. This is checked by reading the new text.
    """
    mark = Mark(key, value)
    objects = [each for document in compose_all(text, CSafeLoader) for each in nodes.objects(document)]
    if max(at) >= len(objects):
        return ""
    made = text
    # Two objects may share their metadata by an alias; then one edit is enough for both.
    edits = {edit for index in at for edit in [_edit(objects[index], text, mark)] if edit}
    for edit in sorted(edits, reverse=True):
        made = made[: edit.begin] + edit.text + made[edit.end :]
    try:
        found = load_all(made)
    except YamlError:
        return ""
    index = count()
    return made if found == [_expected(each, at, mark, index) for each in load_all(text)] else ""


def _expected(document: Any, at: Collection[int], mark: Mark, index: Iterator[int]) -> Any:
    """The value that the new text must have."""
    if not isinstance(document, dict) or not document.get("apiVersion") or not document.get("kind"):
        return document
    if document["kind"] == "List" and isinstance(document.get("items"), list):
        return {**document, "items": [_expected(each, at, mark, index) for each in document["items"]]}
    if next(index) not in at:
        return document
    metadata = document.get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), mark.key: mark.value}
    return {**document, "metadata": {**metadata, "annotations": annotations}}


def _edit(node: MappingNode, text: str, mark: Mark) -> Edit | None:
    """The edit that adds the annotation; None if the layout of the text is not known."""
    metadata = nodes.value(node, "metadata")
    if not isinstance(metadata, MappingNode) or not metadata.value:
        return None
    quoted = metadata.value[0][0].style == '"'
    present = nodes.entry(metadata, "annotations")
    if present is None:
        return _with_annotations(metadata, text, mark, quoted=quoted)
    name, annotations = present
    if isinstance(annotations, MappingNode):
        return _with_one_more(annotations, text, mark, quoted=quoted)
    begin, end = annotations.start_mark.index, annotations.end_mark.index
    if text[begin:end] in {"null", "~"}:
        return Edit(begin, end, f"{{{mark.entry(quoted=quoted)}}}")
    colon = text.find(":", name.end_mark.index) + 1
    return Edit(colon, colon, f" {{{mark.entry(quoted=quoted)}}}")


def _with_annotations(metadata: MappingNode, text: str, mark: Mark, *, quoted: bool) -> Edit:
    if metadata.flow_style:
        end = metadata.value[-1][1].end_mark.index
        name = '"annotations"' if quoted else "annotations"
        return Edit(end, end, f", {name}: {{{mark.entry(quoted=quoted)}}}")
    line_end = _line_end(text)
    named = nodes.entry(metadata, "namespace") or nodes.entry(metadata, "name")
    if named and isinstance(named[1], ScalarNode):
        indent, end = " " * named[0].start_mark.column, named[1].end_mark.index
        after = text.find("\n", end) + 1
        if after and text[end:after].strip()[:1] in {"", "#"}:
            return Edit(after, after, f"{indent}annotations:{line_end}{indent}  {mark.entry()}{line_end}")
    first = metadata.value[0][0].start_mark
    indent = " " * first.column
    return Edit(first.index, first.index, f"annotations:{line_end}{indent}  {mark.entry()}{line_end}{indent}")


def _with_one_more(annotations: MappingNode, text: str, mark: Mark, *, quoted: bool) -> Edit:
    _, present = nodes.entry(annotations, mark.key) or (None, None)
    if present:
        return Edit(present.start_mark.index, present.end_mark.index, f'"{mark.value}"')
    if annotations.flow_style:
        brace = text.find("{", annotations.start_mark.index) + 1
        return Edit(brace, brace, mark.entry(quoted=quoted) + (", " if annotations.value else ""))
    first = annotations.value[0][0].start_mark
    return Edit(first.index, first.index, f"{mark.entry()}{_line_end(text)}{' ' * first.column}")


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
