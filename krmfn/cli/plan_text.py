"""A plan as text: what a change does to running releases, to data and to connections."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from krmfn.changes.change import EVERYTHING, INTERNET, Absent, Action, Data, Hidden
from krmfn.changes.summary import summary
from krmfn.cli.comparing import codes_about
from krmfn.cli.paint import Paint, one_line
from krmfn.cli.plan_json import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.changes.change import Change, FieldChange, Reach
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
"""The fields that are shown for an app that moves or is renamed; other changes follow from the move or the name."""


def as_text(found: Comparison, paint: Paint, *, full: bool = False) -> Iterator[str]:
    """The plan as lines: one for each declaration, with its fields, connections and fences below it.

    Only the first fields are listed, unless `full` is set.
    """
    yield paint.bold(f"krmfn plan: {_named(found.before)} -> {_named(found.after)}")
    for note in found.notes:
        yield str(note)
    width = max((len(_owner(change)) for change in found.verdict.changes), default=0)
    space = None
    for change in found.verdict.changes:
        if change.namespace != space:
            space = change.namespace
            yield paint.bold(space or PLATFORM)
        action = paint(COLOURS[change.action], f"{change.action.value:7}")
        refused = codes_about(change, found.verdict.refusals)
        said = "; ".join([*_sentence(change, paint), *([paint("red", "refused")] if refused else [])])
        yield f"  {action}  {_owner(change):{width}}  {said}"
        for line in _details(change, full=full):
            yield " " * 11 + line
    for each in found.skipped:
        which = {"from": f"{found.before.name} is", "to": f"{found.after.name} is"}.get(each.at_fault, "both sides are")
        others = f"; the other side declares {', '.join(each.owners)}" if each.owners else ""
        yield f"{each.namespace or PLATFORM}: not compared, because {which} invalid there{others}"
    yield in_numbers(found)
    if found.verdict.refusals:
        yield paint.bold(f"krmfn check --against {found.before.name} refuses this:")
        yield from dict.fromkeys(str(each.result) for each in found.verdict.refusals)


def _named(revision: Revision) -> str:
    short = revision.commit[:7]
    return f"{revision.name} ({short})" if short and not revision.commit.startswith(revision.name) else revision.name


def _owner(change: Change) -> str:
    return f"{change.was} -> {change.name}" if change.was else change.owner


def _sentence(change: Change, paint: Paint) -> Iterator[str]:
    """What happens to the installed release, and to its data."""
    if change.action is Action.MOVE:
        here, there = (where or "the management plane" for where in change.clusters)
        yield f"from {here} to {there}"
    by_effect: dict[str, list[str]] = {}
    for each in change.touched:
        named = each.name if each.kind == "HelmRelease" else f"{each.kind} {each.name}"
        by_effect.setdefault(each.effect.value, []).append(named)
    for effect, names in by_effect.items():
        yield f"{effect}: {', '.join(names)}"
    if not change.touched:
        yield "nothing of it is installed" if change.action is Action.RETIRE else "only what it may reach"
    if change.data is Data.LOST:
        yield paint("red", "data lost")
    elif change.action not in {Action.CREATE, Action.CHANGE} or change.data is Data.UNKNOWN:
        yield f"data {change.data.value}"
    if change.isolation:
        yield paint("red", "isolation lost")


def _details(change: Change, *, full: bool) -> Iterator[str]:
    told = [each for each in change.fields if _tells(each, change)]
    alone = len(change.touched) == 1 or change.action is Action.MOVE
    own = {each.name for each in change.touched[:1]} if alone else set()
    most = len(told) if full else MOST_FIELDS
    if change.isolation:
        yield one_line(f"isolation lost: {'; '.join(change.isolation)}")
    for field in told[:most]:
        _, _, name = field.object.partition("/")
        where = field.path if name in own or change.action is not Action.CHANGE else f"{field.object}: {field.path}"
        yield one_line(f"{where}: {_value(field.before)} -> {_value(field.after)}")
    if len(told) > most:
        yield f"and {len(told) - most} more fields (--full shows all)"
    yield from (f"+ {_reach(each, 'may')}" for each in change.opened)
    yield from (f"- {_reach(each, 'may no longer')}" for each in change.closed)
    yield from (one_line(each.meaning) for each in change.fences)


def _reach(reach: Reach, may: str) -> str:
    source = f"nodes of {reach.cluster}" if reach.nodes else reach.source
    to = {EVERYTHING: "everything", INTERNET: "the internet"}.get(reach.to, reach.to)
    ports = f" on {', '.join(reach.ports)}" if reach.ports else ""
    open_anyway = "" if reach.enforced else " (not fenced: its cluster may reach everything)"
    return f"{source} {may} reach {to}{ports}{open_anyway}"


def _tells(field: FieldChange, change: Change) -> bool:
    in_place = change.action is Action.CHANGE or (change.action is Action.REPLACE and not change.was)
    return in_place or field.path.startswith(TELLING)


def _value(value: Any) -> str:
    if isinstance(value, Absent):
        return "(none)"
    text = str(value) if isinstance(value, Hidden) else dumps(plain(value), ensure_ascii=False)
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 3] + "..."


def in_numbers(found: Comparison) -> str:
    """The last line; if a side is invalid, it never says that there are no changes."""
    if not found.is_readable:
        return "nothing was compared, because a file that cannot be read may declare anything"
    nothing = "no changes" if found.is_valid else "nothing changes in the namespaces that are valid on both sides"
    return ", ".join(summary(found.verdict.changes).words()) or nothing
