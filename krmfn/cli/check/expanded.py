"""`krmfn check --expanded`: what Flux is about to apply has no declaration left in it.

A build that skips functions prints the declarations as they are, without a word
(docs/decisions/004-what-hosts-hide.md). Flux then hands them to the API server, which takes an app of the platform.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.check.verdict import Judgement
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.manifests import read
from krmfn.cli.inputs.piped import piped
from krmfn.cli.inputs.positions import with_positions
from krmfn.declarations.roles import Role, role_of
from krmfn.marks import LOCAL_CONFIG
from krmfn.resourcelist import annotations_of, origin_of
from krmfn.results import gathered, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.resourcelist import Resource
    from krmfn.results import Result, Rule

STDIN = Path("-")
MESSAGE = (
    "is a declaration that was not expanded: Flux would apply it as it is; krmfn has to run before (kustomize runs it "
    "only with --enable-alpha-plugins and --enable-exec), or it is in the wrong folder"
)


def expanded(paths: tuple[Path, ...], stdin: bytes | None) -> Judgement:
    """The verdict on files, or on a stream, that Flux applies."""
    items: list[Resource] = []
    found: list[Result] = []
    if stdin is not None:
        given, unreadable = gathered(piped(stdin))
        items += given.items
        found += unreadable
    on_disk = [path for path in paths if path != STDIN]
    if on_disk:
        tree = read(on_disk)
        items += tree.items
        found += tree.results
    _, left = gathered(_left(items))
    results = in_order(with_positions([*found, *left], Disk()))
    return Judgement(results, (), 1, f"read {len(items)} objects")


def _left(items: Iterable[Resource]) -> Rule[None]:
    """An error for each declaration; Flux leaves out what is marked local-config."""
    for item in items:
        if role_of(item) is Role.DECLARATION and annotations_of(item).get(LOCAL_CONFIG) in {None, "false"}:
            yield origin_of(item).error("not-expanded", MESSAGE)
