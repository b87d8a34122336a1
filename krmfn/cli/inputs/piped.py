"""Manifests from stdin: a YAML stream, or a ResourceList with its functionConfig."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn import yaml
from krmfn.cli.inputs.documents import objects_in
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import INDEX_ANNOTATIONS, PATH_ANNOTATIONS, annotated, file_of
from krmfn.results import File, Origin, ResourceRef
from krmfn.yaml.loading import MAX_SIZE

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource
    from krmfn.results import Rule

STDIN = "<stdin>"
ORIGIN = Origin(ResourceRef("v1", "File", "", STDIN), File(STDIN))


class Piped(NamedTuple):
    """What stdin had."""

    items: tuple[Resource, ...] = ()
    config: Resource | None = None


def piped(content: bytes) -> Rule[Piped]:
    """The objects of a stream, each with the place stdin; those of a ResourceList keep the places that they name."""
    if len(content) > MAX_SIZE:
        yield ORIGIN.error("unreadable-file", f"is larger than {MAX_SIZE >> 20} MiB; render it in parts")
        return Piped()
    try:
        documents = yaml.load_all(content)
    except yaml.YamlError as error:
        yield ORIGIN.error("unreadable-file", f"is not YAML that Kubernetes reads: {error}")
        return Piped()
    found: list[Resource] = []
    config: Resource | None = None
    for document in documents:
        if isinstance(document, dict) and document.get("kind") == "ResourceList":
            items, named = document.get("items"), document.get("functionConfig")
            found += [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
            config = named if isinstance(named, dict) else config
        else:
            found += objects_in(document)
    return Piped(tuple(_placed(item, index) for index, item in enumerate(found)), config)


def _placed(item: Resource, index: int) -> Any:
    if file_of(item):
        return item
    return annotated(item, {**dict.fromkeys(PATH_ANNOTATIONS, STDIN), **dict.fromkeys(INDEX_ANNOTATIONS, str(index))})
