"""What krmfn writes for all cases with an answer, all examples and packages: for judges, each distinct object once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from krmfn import function, resourcelist, yaml
from krmfn.cli.inputs.manifests import read
from krmfn.declarations import Role, role_of
from krmfn.resourcelist import ResourceList
from tests.laws import ANSWERED
from tests.test_schemas import CASES, EXAMPLES, PACKAGES, example, shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from krmfn.resourcelist import Resource

INPUTS = [*(folder / "input.yaml" for folder in ANSWERED), *EXAMPLES, *PACKAGES]
"""All that is answered without an error; of what is refused nothing is written."""


class Written(NamedTuple):
    """An object, and the first input that it comes of."""

    resource: Resource
    source: str

    def __str__(self) -> str:
        return f"{self.resource['kind']} {self.resource['metadata']['name']} of {self.source}"


def given(path: Path) -> ResourceList:
    """A case, an example, or all of a package as `krmfn render` reads it."""
    if path.is_dir():
        items = read([path]).items
        config = next((item for item in items if item["kind"] == "ComputePlane"), None)
        return ResourceList(tuple(items), config)
    return resourcelist.load(path.read_bytes()) if path in CASES else example(path)


@cache
def output(path: Path) -> list[Resource]:
    """What the function generates, as it is read back from its text."""
    came = given(path)
    return [read_back(item) for item in generated(came, function.run(came))]


def generated(came: ResourceList, went: ResourceList) -> list[Resource]:
    """What an answer has that the input has not."""
    theirs = {id(item) for item in came.items}
    return [item for item in went.items if role_of(item) is Role.GENERATED and id(item) not in theirs]


@cache
def distinct(kind: str) -> list[Written]:
    """The objects of a kind, each text once: what a judge says of one it says of every copy."""
    return unique((shown(path), resource) for path in INPUTS for resource in output(path) if resource["kind"] == kind)


def unique(objects: Iterable[tuple[str, Resource]]) -> list[Written]:
    """Each object once, by its text, with the first input that it comes of."""
    found: dict[str, Written] = {}
    for source, resource in objects:
        found.setdefault(yaml.dump(resource), Written(resource, source))
    return list(found.values())


def read_back(resource: Resource) -> Resource:
    """An object as whoever reads its text has it; one for all that have the same, so nobody changes it."""
    return _read(yaml.dump(resource))


@cache
def _read(text: str) -> Resource:
    resource: Resource = yaml.load(text)
    return resource
