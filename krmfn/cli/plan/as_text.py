"""A plan as text: what a change does to running releases, to data and to connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.change import Action
from krmfn.cli.plan.comparison import codes_about
from krmfn.cli.plan.sentences import PLATFORM, details, in_numbers, named, not_compared, owner, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.cli.paint import Paint
    from krmfn.cli.plan.comparison import Comparison

COLOURS = {
    Action.ORPHAN: "magenta",
    Action.RETIRE: "red",
    Action.REPLACE: "red",
    Action.MOVE: "yellow",
    Action.CHANGE: "cyan",
    Action.CREATE: "green",
}


def as_text(found: Comparison, paint: Paint, *, full: bool = False) -> Iterator[str]:
    """The plan as lines: one for each declaration, with its fields, connections and fences below it.

    Only the first fields are listed, unless `full` is set.
    """
    yield paint.bold(f"krmfn plan: {named(found.before)} -> {named(found.after)}")
    for note in found.notes:
        yield str(note)
    width = max((len(owner(change)) for change in found.verdict.changes), default=0)
    space = None
    for change in found.verdict.changes:
        if change.namespace != space:
            space = change.namespace
            yield paint.bold(space or PLATFORM)
        action = paint(COLOURS[change.action], f"{change.action.value:7}")
        refused = codes_about(change, found.verdict.refusals)
        said = "; ".join([*sentence(change, paint, full=full), *([paint("red", "refused")] if refused else [])])
        yield f"  {action}  {owner(change):{width}}  {said}"
        for line in details(change, full=full):
            yield " " * 11 + line
    yield from (not_compared(each, found) for each in found.skipped)
    yield in_numbers(found)
    if found.verdict.refusals:
        yield paint.bold(f"krmfn check --against {found.before.name} refuses this:")
        yield from dict.fromkeys(str(each.result) for each in found.verdict.refusals)
