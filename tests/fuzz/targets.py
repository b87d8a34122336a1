"""What is fuzzed: each target takes any bytes and ends well, or with an error that it is known to raise.

Anything else, an assertion among them, is a finding. `make fuzz` searches; tests/test_fuzz.py replays what was found.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn import function, resourcelist, yaml
from krmfn.cli.manifests import read
from krmfn.resourcelist import ResourceList, UnreadableError
from krmfn.results import has_errors
from krmfn.yaml import YamlError

if TYPE_CHECKING:
    from collections.abc import Callable

CORPUS = Path(__file__).with_name("corpus")


def yaml_target(data: bytes) -> None:
    """What is read comes back from what is written, types and order included (R6)."""
    try:
        values = yaml.load_all(data)
    except YamlError:
        return
    for value in values:
        try:
            written = yaml.dump(value)
        except YamlError:
            continue
        again = yaml.load(written)
        assert repr(again) == repr(value)


def resourcelist_target(data: bytes) -> None:
    """What is no ResourceList is said to be none; one that is comes back as it came."""
    try:
        given = resourcelist.load(data)
    except UnreadableError:
        return
    again = resourcelist.load(resourcelist.dump(given))
    assert again.items == given.items
    assert again.function_config == given.function_config


def declarations_target(data: bytes) -> None:
    """Any items at all are answered: expanded, and then a fixed point, or refused as they came (R2, R3)."""
    try:
        given = resourcelist.load(b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" + data)
    except UnreadableError:
        return
    answer = function.run(given)
    if has_errors(answer.results):
        assert answer.items == given.items
        return
    told = tuple(each for each in answer.results if each.code not in {"moved", "removed"})
    once = resourcelist.dump(answer._replace(results=told))
    assert resourcelist.dump(function.run(resourcelist.load(once))) == once


def repository_target(data: bytes) -> None:
    """A folder with any ignore file and any manifest is read, and what was found is answered (R17)."""
    ignored, _, manifest = data.partition(b"\0")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, ".krmignore").write_bytes(ignored)
        Path(folder, "kustomization.yaml" if b"\0" in manifest else "a.yaml").write_bytes(manifest)
        tree = read([Path(folder)])
    assert tree.counts
    function.run(ResourceList(tuple(tree.items)))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "yaml": yaml_target,
    "resourcelist": resourcelist_target,
    "declarations": declarations_target,
    "repository": repository_target,
}
