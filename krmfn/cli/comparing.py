"""Two revisions side by side: what `plan` tells and `check --against` judges."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from krmfn.changes import Differ, between, indexed
from krmfn.changes.adoption import unprepared
from krmfn.changes.dangers import dangers
from krmfn.changes.interlock import refusals
from krmfn.cli.sides import Question, Side, side, without
from krmfn.repository import Repository, RepositoryError
from krmfn.resourcelist import origin_of
from krmfn.results import has_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.changes import Change
    from krmfn.repository import Snapshot
    from krmfn.resourcelist import Resource
    from krmfn.results import Result

INLINE = ("clusters", "apps", "placements", "meshes")
"""Fields of a ComputePlane that hold declarations, which have changes of their own."""


class Request(NamedTuple):
    """What the command line asked for."""

    paths: tuple[Path, ...]
    before: str
    after: str
    config: Path | None = None
    catalog: tuple[Path, ...] = ()


class Revision(NamedTuple):
    """A side with its name; `commit` is empty for what is not committed."""

    name: str
    commit: str
    side: Side

    @property
    def is_valid(self) -> bool:
        return not has_errors(self.side.results)


class Skipped(NamedTuple):
    """A namespace that one side has at fault, with what the other declares in it."""

    namespace: str
    at_fault: str
    owners: tuple[str, ...]


class Comparison(NamedTuple):
    """What lies between two revisions.

    Attributes:
        refusals: each with the namespace and owner of the declaration that it is about.
        dangers: what destroys or replaces.
        notes: what else is to be known.
        lag: how many commits the earlier one has that the later lacks: what they did would show as undone.
    """

    before: Revision
    after: Revision
    changes: tuple[Change, ...]
    refusals: tuple[tuple[tuple[str, str], Result], ...]
    dangers: tuple[Result, ...]
    notes: tuple[Result, ...]
    skipped: tuple[Skipped, ...]
    lag: int

    def refused_by(self, change: Change) -> list[str]:
        """The codes of the refusals that are about a change."""
        mine = {(change.namespace, owner) for owner in (change.owner, change.was)}
        return sorted({result.code for place, result in self.refusals if place in mine})


def compared(request: Request) -> Comparison:
    """Reads both revisions, each content once, and compares what both have in order.

    Raises:
        RepositoryError: there is no repository, or a revision or path is not in it.
    """
    with Repository(Path.cwd()) as repository:
        paths = tuple(repository.inside(path) for path in request.paths or (Path(),))
        config = repository.inside(request.config) if request.config else None
        catalog = tuple(map(repository.inside, request.catalog))
        snapshots = [repository.at(name) for name in (request.before, request.after)]
        for path in (*paths, *catalog, *([config] if config else [])):
            if not any(snapshot.has(path) for snapshot in snapshots):
                message = f"{path} is neither in {request.before} nor in {request.after}"
                raise RepositoryError(message)
        question = Question(paths, config, catalog, {})
        before, after = (_revision(question, snapshot) for snapshot in snapshots)
        lag = repository.lacks(request.before, request.after)
    return _compared(before, after, lag)


def _revision(question: Question, snapshot: Snapshot) -> Revision:
    there = question._replace(
        paths=tuple(filter(snapshot.has, question.paths)),
        catalog=tuple(filter(snapshot.has, question.catalog)),
        config=question.config if question.config and snapshot.has(question.config) else None,
    )
    return Revision(snapshot.name, snapshot.commit, side(there, snapshot))


def _compared(before: Revision, after: Revision, lag: int) -> Comparison:
    skipped = tuple(_skipped(before, after))
    notes = tuple(_different_configs(before, after))
    if before.side.refused or after.side.refused:
        return Comparison(before, after, (), (), (), notes, skipped, lag)
    at_fault = before.side.at_fault | after.side.at_fault
    old, new = (indexed(without(each.side.picture, at_fault)) for each in (before, after))
    changes = between(old, new)
    spaces = {*old.spaces(), *new.spaces()}
    theirs, ours = before.side.picture.ordering, after.side.picture.ordering
    ordering = frozenset(each for each in spaces if each in (ours if each in new.spaces() else theirs))
    refused = [*refusals(old, new, changes, ordering)]
    refused += [
        ((result.resource.namespace, f"{result.resource.kind}/{result.resource.name}"), result)
        for result in unprepared(before.side.applied, after.side.declared, new)
        if result.resource and result.resource.namespace not in at_fault
    ]
    return Comparison(
        before, after, changes, tuple(refused), tuple(dangers(changes, old, ordering)), notes, skipped, lag
    )


def _skipped(before: Revision, after: Revision) -> Iterator[Skipped]:
    """The namespaces that cannot be compared."""
    sides = (before.side, after.side)
    pictures = [indexed(each.picture) for each in sides]
    spaces = {name for each in sides for name in each.at_fault}
    if any(each.refused for each in sides):
        spaces |= {name for picture in pictures for name in picture.spaces()}
    for space in sorted(spaces):
        wrong = [
            name for name, each in (("from", before.side), ("to", after.side)) if each.refused or space in each.at_fault
        ]
        owners = {key.owner for picture in pictures for key in picture.declared if key.namespace == space}
        yield Skipped(space, "both" if len(wrong) > 1 else wrong[0], tuple(sorted(owners)))


def _different_configs(before: Revision, after: Revision) -> Iterator[Result]:
    """Each side is expanded with its own configuration, so it is said where they are not the same."""
    old, new = before.side.configs, after.side.configs
    for folder in sorted({*old, *new}):
        was, will = old.get(folder), new.get(folder)
        there = will or was
        if there is None or (was and will and _options(was) == _options(will)):
            continue
        if was and will:
            fields = ", ".join(Differ().options(_options(was), _options(will)))
            what = f"differs from that of {before.name} in {fields}"
        else:
            what = f"is not in {before.name if will else after.name}, which has defaults or another in its place"
        message = f"{what}; each side was expanded with its own"
        yield origin_of(there).info("config-differs", message, "spec")


def _options(config: Resource) -> Resource:
    spec = config.get("spec") if config.get("kind") == "ComputePlane" else config.get("data")
    said = spec if isinstance(spec, dict) else {}
    return {"spec": {key: value for key, value in said.items() if key not in INLINE}}
