"""Finds objects and fields again in the text that they were read from: as line and column, both from 1."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from yaml import CSafeLoader, MappingNode, SequenceNode, YAMLError, compose_all

from krmfn.namedtuple import NamedTuple
from krmfn.yaml import nodes
from krmfn.yaml.errors import YamlError
from krmfn.yaml.loading import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml import Node

    Steps = tuple[str | int, ...]


class Source(NamedTuple):
    """A text that was read before; composed only when something in it is to be shown."""

    roots: tuple[MappingNode, ...]
    objects: tuple[MappingNode, ...]

    def place(self, document: int, kind: str, name: str, steps: Steps) -> tuple[int, int]:
        """The place of a field, or of the nearest field around it that is there; (0, 0) if the object is not found.

        Args:
            document: which object, counted from 0 through all documents and the items of Lists.
            kind: of the object; if another object is there, the text is searched for the first that fits.
            name: its metadata.name.
            steps: the keys and indexes that lead to the field.
        """
        there = self.objects[document : document + 1]
        found = next((each for each in (*there, *self.objects) if _is(each, kind, name)), None)
        if found is None and not self.objects:
            # A kustomization need not say its apiVersion and kind.
            found = next(iter(self.roots), None)
        if found is None:
            return 0, 0
        mark = _deepest(found, steps).start_mark
        return mark.line + 1, mark.column + 1

    def at(self, line: int) -> tuple[int, Steps]:
        """The object that has a line, counted from 1, and the steps to its field there; (-1, ()) if none has it."""
        for index, node in enumerate(self.objects):
            if node.start_mark.line < line <= node.end_mark.line:
                return index, tuple(_steps_at(node, line - 1))
        return -1, ()


def _steps_at(node: Node, line: int) -> Iterator[str | int]:
    """The steps to the innermost field that has a line, counted from 0."""
    if isinstance(node, SequenceNode):
        entries: list[tuple[str | int, Node, Node]] = [(i, each, each) for i, each in enumerate(node.value)]
    else:
        entries = [(name.value, name, value) for name, value in _entries(node)]
    for step, begin, value in reversed(entries):
        if begin.start_mark.line <= line <= max(begin.start_mark.line, value.end_mark.line):
            yield step
            yield from _steps_at(value, line)
            return


def source(content: bytes) -> Source:
    """The text of a file; without any object if it is not YAML."""
    roots: list[MappingNode] = []
    # What is before a mistake is found nevertheless.
    with suppress(YAMLError, YamlError):
        roots.extend(each for each in compose_all(source_of(content), CSafeLoader) if isinstance(each, MappingNode))
    return Source(tuple(roots), tuple(each for root in roots for each in nodes.objects(root)))


def _is(node: MappingNode, kind: str, name: str) -> bool:
    said = nodes.value(nodes.value(node, "metadata"), "name"), nodes.value(node, "kind")
    return [str(each.value) if each else "" for each in said] == [name, kind]


def _deepest(node: Node, steps: Steps) -> Node:
    """The node where the innermost step begins that exists in the text."""
    begin = node
    for step in steps:
        found = _step(node, step)
        if found is None:
            break
        begin, node = found
    return begin


def _step(node: Node, step: str | int) -> tuple[Node, Node] | None:
    """Where an entry begins, and its value."""
    if isinstance(node, SequenceNode):
        inside = isinstance(step, int) and step < len(node.value)
        return (node.value[step], node.value[step]) if inside else None
    return next((each for each in _entries(node) if each[0].value == str(step)), None)


def _entries(node: Node) -> Iterator[tuple[Node, Node]]:
    """The entries of a mapping, and behind them those that << adds."""
    merged: list[Node] = []
    for name, value in node.value if isinstance(node, MappingNode) else ():
        if name.value == "<<" and not name.style:
            merged += value.value if isinstance(value, SequenceNode) else [value]
        else:
            yield name, value
    for each in merged:
        yield from _entries(each)
