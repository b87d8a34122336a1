"""What is fuzzed: each target takes any bytes and ends well, or with an error that it is known to raise.

Anything else, an assertion among them, is a finding. `make fuzz` searches; tests/test_fuzz.py replays what was found.
"""

from __future__ import annotations

import os
import tempfile
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn import function, resourcelist, yaml
from krmfn.cli.check.formats import FORMATS
from krmfn.cli.check.verdict import alone
from krmfn.cli.inputs.manifests import read
from krmfn.cli.paint import paint_for
from krmfn.cli.plan.revisions import Revisions
from krmfn.repository import WORKTREE, Entry, Snapshot
from krmfn.repository.snapshot import LINK, SUBMODULE
from krmfn.resourcelist import ResourceList, UnreadableError
from krmfn.results import Origin, ResourceRef, has_errors
from krmfn.topology.checks import misfitresults, openapi
from krmfn.topology.checks.fits import fits
from krmfn.topology.checks.misfits import misfits
from krmfn.yaml import YamlError, exact, quick, quickenvelope
from krmfn.yaml.loading import source_of

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


def readers_target(data: bytes) -> None:
    """What the quick reader knows, and what it knows of a ResourceList, is what the exact reader makes of it."""
    try:
        source = source_of(data)
    except YamlError:
        return
    known = quick.documents(source)
    assert known is None or repr(known) == repr([value for value, _ in exact.documents(source)])
    parts = quickenvelope.envelope(source)
    if parts is not None:
        whole = exact.envelope(source)
        assert repr(parts.value) == repr(whole.value)
        assert parts.doubtful == whole.doubtful
        for index, text in parts.texts.items():
            # Of an item that begins with a comment only the quick reader has the text.
            assert text == whole.texts.get(index, text)
            # Of an item on which readers differ, it is an error to read the text alone.
            if index not in parts.doubtful:
                assert repr(exact.only(text)) == repr([whole.value["items"][index]])


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
    if not answer.items:
        return  # a validator gives nothing back
    once = _told_again(answer)
    assert _told_again(function.run(resourcelist.load(once))) == once


def _told_again(answer: ResourceList) -> str:
    """The answer without what is told once: what was removed, and a word of the functionConfig that is quoted now."""
    told = (each for each in answer.results if each.code not in {"moved", "removed", "plain-boolean"})
    return resourcelist.dump(answer._replace(results=tuple(told)))


def repository_target(data: bytes) -> None:
    """A folder with any ignore file, manifests and kustomization is checked, and each finding can be told (R17)."""
    texts = data.split(b"\0", len(FILES) - 1)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "inner").mkdir()
        for name, text in zip(FILES, texts, strict=False):
            Path(folder, name).write_bytes(text)
        verdict = alone(Revisions((Path(folder),), "", WORKTREE))
    for form in FORMATS.values():
        form(verdict, paint_for(StringIO()), True)  # noqa: FBT003  (as the command calls it)


FILES = (".krmignore", "a.yaml", "kustomization.yaml", "inner/a.yaml", "inner/kustomization.yaml")


def revision_target(data: bytes) -> None:
    """A Git tree of any paths, links and texts is read and answered, or is an error that names a path (R17)."""
    texts: dict[str, bytes] = {}
    entries: dict[str, Entry] = {}
    for each in data.split(b"\0"):
        mode, path, text = each[:1], *(each[1:].partition(b"\n")[::2])
        # What git lists has no empty names, and no name twice.
        if path and all(path.split(b"/")):
            name = os.fsdecode(path)
            texts[name] = text
            entries[name] = Entry(MODES.get(mode, "100644"), name)
    try:
        tree = read([Path()], files=Snapshot("HEAD", "", entries, lambda path, _: texts[path]))
    except OSError as error:
        assert error.filename  # noqa: PT017  (no test: what is held is that it names a path)
        return
    function.run(ResourceList(tuple(tree.items)))


def schema_target(data: bytes) -> None:
    """Any schema of a definition is refused, or any values are held against it; what fits has no misfit."""
    text, _, written = data.partition(b"\0")
    try:
        schema, values = openapi.read(text.decode(errors="replace")), yaml.load(written)
    except (openapi.SchemaError, YamlError):
        return
    if not isinstance(values, dict):
        return
    found = list(misfits(values, schema, None))
    assert not (found and fits(values, schema, None))
    for each in found:
        assert str(misfitresults.result(each, Origin(ResourceRef("v1", "Gadget", "a", "b")), "spec"))


MODES = {b"L": LINK, b"S": SUBMODULE}


TARGETS: dict[str, Callable[[bytes], None]] = {
    "yaml": yaml_target,
    "readers": readers_target,
    "resourcelist": resourcelist_target,
    "declarations": declarations_target,
    "repository": repository_target,
    "revision": revision_target,
    "schema": schema_target,
}
