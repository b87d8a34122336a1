"""The world of a revision, and the lines of the declarations that its answers name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.catalog import Catalog
from krmfn.cli.inputs.positions import with_positions
from krmfn.declarations import Role, role_of
from krmfn.reach.reading import is_policy
from krmfn.reach.world import RunOutput, World
from krmfn.results import Result, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.cli.inputs.expansions import Side
    from krmfn.cli.inputs.files import Files
    from krmfn.reach.answers import ReachAnswer
    from krmfn.results import Origin


def world_of(found: Side, without: frozenset[str] = frozenset()) -> World:
    """The world of a revision; policies that somebody wrote beside the declarations count as well."""
    written = tuple(each for each in found.items if is_policy(each) and role_of(each) is not Role.GENERATED)
    runs: list[RunOutput] = []
    for each in found.expansions:
        if each.topology and each.declared:
            tenants = {name: tenant for name, tenant in each.topology.tenants.items() if name not in without}
            runs.append(RunOutput(each.declared, each.topology._replace(tenants=tenants), each.generated))
    return World(runs, Catalog.shipped(), written)


def with_lines(reaches: tuple[ReachAnswer, ...], *files: Files) -> tuple[ReachAnswer, ...]:
    """The answers, whose declarations have the lines of their fields."""
    origins: dict[Origin, Origin] = {}
    for each in reaches:
        for cause in each.because:
            if cause.declaration is not None:
                origins.setdefault(cause.declaration, cause.declaration)
    found = _placed(origins, *files)
    return tuple(
        each._replace(
            because=tuple(
                cause._replace(declaration=found[cause.declaration]) if cause.declaration else cause
                for cause in each.because
            )
        )
        for each in reaches
    )


def _placed(origins: Iterable[Origin], *files: Files) -> dict[Origin, Origin]:
    wanted = list(origins)
    # They are no findings: only their places are looked up.
    unsaid = (Result("", Severity.INFO, "", each.resource, each.field, each.file) for each in wanted)
    results = with_positions(unsaid, *files)
    return {each: each._replace(file=result.file) for each, result in zip(wanted, results, strict=True)}
