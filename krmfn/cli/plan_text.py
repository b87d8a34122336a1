"""A plan in lines, for people: what a change does to running things, to data and to who may reach whom."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from krmfn.changes import Absent, Action, Data, Hidden
from krmfn.cli.paint import Paint, one_line
from krmfn.cli.plan_json import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.changes import Change, Field
    from krmfn.cli.comparing import Comparison, Revision

COLOURS = {
    Action.ORPHAN: "magenta",
    Action.RETIRE: "red",
    Action.REPLACE: "red",
    Action.MOVE: "yellow",
    Action.CHANGE: "cyan",
    Action.CREATE: "green",
}
PLATFORM = "the platform"
MOST_FIELDS = 4
MOST_CHARACTERS = 60
TELLING = ("spec.values", "spec.chart", "spec.releaseName", "spec.targetNamespace")
"""What is told of the release of an app that moves or is renamed: the rest follows from where and what it is."""


def as_text(found: Comparison, paint: Paint) -> Iterator[str]:
    """The plan in lines: a declaration a line, its fields and connections below it."""
    yield paint.bold(f"krmfn plan: {_named(found.before)} -> {_named(found.after)}")
    for note in found.notes:
        yield str(note)
    width = max((len(_owner(change)) for change in found.changes), default=0)
    space = None
    for change in found.changes:
        if change.namespace != space:
            space = change.namespace
            yield paint.bold(space or PLATFORM)
        action = paint(COLOURS[change.action], f"{change.action.value:7}")
        refused = found.refused_by(change)
        said = "; ".join([*_sentence(change, paint), *([paint("red", "refused")] if refused else [])])
        yield f"  {action}  {_owner(change):{width}}  {said}"
        for line in _details(change):
            yield " " * 11 + line
    for each in found.skipped:
        which = {"from": found.before.name, "to": found.after.name}.get(each.at_fault, "both sides")
        others = f"; the other declares {', '.join(each.owners)}" if each.owners else ""
        yield f"{each.namespace or PLATFORM}: not compared, for {which} is invalid there{others}"
    yield _summary(found)
    if found.refusals:
        yield paint.bold(f"krmfn check --against {found.before.name} refuses this:")
        for _, result in found.refusals:
            yield str(result)


def _named(revision: Revision) -> str:
    short = revision.commit[:7]
    return f"{revision.name} ({short})" if short and not revision.commit.startswith(revision.name) else revision.name


def _owner(change: Change) -> str:
    return f"{change.was} -> {change.name}" if change.was else change.owner


def _sentence(change: Change, paint: Paint) -> Iterator[str]:
    """What happens to what Flux installed, and to its data."""
    if change.action is Action.MOVE:
        here, there = (where or "the management plane" for where in change.clusters)
        yield f"from {here} to {there}"
    by_outcome: dict[str, list[str]] = {}
    for each in change.touched:
        named = each.name if each.kind == "HelmRelease" else f"{each.kind} {each.name}"
        by_outcome.setdefault(each.outcome.value, []).append(named)
    for outcome, names in by_outcome.items():
        yield f"{outcome}: {', '.join(names)}"
    if not change.touched:
        yield "nothing of it is installed" if change.action is Action.RETIRE else "what it may reach"
    if change.data is Data.LOST:
        yield paint("red", "data lost")
    elif change.action not in {Action.CREATE, Action.CHANGE} or change.data is Data.UNKNOWN:
        yield f"data {change.data.value}"


def _details(change: Change) -> Iterator[str]:
    shown = [each for each in change.fields if _tells(each, change)]
    own = (
        {each.name for each in change.touched[:1]}
        if len(change.touched) == 1 or change.action is Action.MOVE
        else set()
    )
    for field in shown[:MOST_FIELDS]:
        _, _, name = field.object.partition("/")
        where = field.path if name in own or change.action is not Action.CHANGE else f"{field.object}: {field.path}"
        yield one_line(f"{where}: {_value(field.before)} -> {_value(field.after)}")
    if len(shown) > MOST_FIELDS:
        yield f"and {len(shown) - MOST_FIELDS} more fields (--output json has all)"
    for sign, may, reaches in (("+", "may", change.opened), ("-", "may no longer", change.closed)):
        for reach in reaches:
            ports = f" on {', '.join(reach.ports)}" if reach.ports else ""
            to = {"*": "everything", "internet": "the internet"}.get(reach.to, reach.to)
            open_anyway = "" if reach.enforced else " (not fenced: its cluster may reach everything)"
            yield f"{sign} {reach.source} {may} reach {to}{ports}{open_anyway}"


def _tells(field: Field, change: Change) -> bool:
    in_place = change.action is Action.CHANGE or (change.action is Action.REPLACE and not change.was)
    return in_place or field.path.startswith(TELLING)


def _value(value: Any) -> str:
    if isinstance(value, Absent):
        return "(none)"
    text = repr(value) if isinstance(value, Hidden) else dumps(plain(value), ensure_ascii=False)
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 3] + "..."


def _summary(found: Comparison) -> str:
    if found.before.side.refused or found.after.side.refused:
        return "nothing was compared, for what cannot be read may declare anything"
    counts = {action: sum(each.action is action for each in found.changes) for action in Action}
    parts = [f"{count} to {action.value}" for action, count in counts.items() if count]
    lost = sum(each.data is Data.LOST for each in found.changes)
    return ", ".join(parts or ["no changes"]) + (f"; data lost with {lost}" if lost else "")
