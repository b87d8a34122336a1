"""An object of the output, as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn import yaml
from krmfn.marks import OWNER
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import INDEX_ANNOTATIONS, PATH_ANNOTATIONS, annotations_of, identity, metadata_of, origin_of

if TYPE_CHECKING:
    from krmfn.resourcelist import Identity, Resource
    from krmfn.results import Origin


class Manifest(NamedTuple):
    """The text of an object without its place; `is_ours` if it has krmfn's mark."""

    identity: Identity
    origin: Origin
    is_ours: bool
    text: str


def manifest_of(resource: Resource) -> Manifest:
    is_ours = bool(annotations_of(resource).get(OWNER))
    return Manifest(identity(resource), origin_of(resource), is_ours, yaml.dump(_without_place(resource)))


def _without_place(resource: Resource) -> Resource:
    """The object without its file annotations."""
    marks = {k: v for k, v in annotations_of(resource).items() if k not in {*PATH_ANNOTATIONS, *INDEX_ANNOTATIONS}}
    metadata = {k: v for k, v in metadata_of(resource).items() if k != "annotations" or marks}
    return {**resource, "metadata": {**metadata, "annotations": marks} if marks else metadata}
