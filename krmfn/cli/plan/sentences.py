"""The words of a plan, for people: what happens to a declaration, what it may reach, and which fields differ."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from krmfn.changes.change import EVERYTHING, INTERNET, Absent, Action, Data, Hidden
from krmfn.changes.summary import summary
from krmfn.cli.paint import one_line
from krmfn.cli.plan.as_json import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.changes.change import Change, FieldChange, Reach
    from krmfn.cli.paint import Paint
    from krmfn.cli.plan.comparison import Comparison, Revision, Skipped

PLATFORM = "the platform"
MOST_FIELDS = 4
MOST_CHARACTERS = 60
MOST_NAMES = 6
TELLING = ("spec.values", "spec.chart", "spec.releaseName", "spec.targetNamespace")
"""The fields that are shown for an app that moves or is renamed; other changes follow from the move or the name."""


def named(revision: Revision) -> str:
    """A revision, with its commit."""
    short = revision.commit[:7]
    return f"{revision.name} ({short})" if short and not revision.commit.startswith(revision.name) else revision.name


def owner(change: Change) -> str:
    """The declaration, and its old name if it was renamed."""
    return f"{change.was} -> {change.name}" if change.was else change.owner


def sentence(change: Change, paint: Paint, *, full: bool = False) -> Iterator[str]:
    """What happens to the installed release, and to its data."""
    if change.action is Action.MOVE:
        here, there = (where or "the management plane" for where in change.clusters)
        yield f"from {here} to {there}"
    by_effect: dict[str, list[str]] = {}
    for each in change.touched:
        name = each.name if each.kind == "HelmRelease" else f"{each.kind} {each.name}"
        by_effect.setdefault(each.effect.value, []).append(name)
    for effect, names in by_effect.items():
        more = 0 if full else len(names) - MOST_NAMES
        yield f"{effect}: {', '.join(names[:-more] if more > 0 else names)}" + (f" and {more} more" if more > 0 else "")
    if not change.touched:
        yield _untouched(change)
    if change.data is Data.LOST:
        yield paint("red", "data lost")
    elif change.action not in {Action.CREATE, Action.CHANGE} or change.data is Data.UNKNOWN:
        yield f"data {change.data.value}"
    if change.isolation:
        yield paint("red", "isolation lost")


def _untouched(change: Change) -> str:
    if change.action is Action.RETIRE:
        return "nothing of it is installed"
    return "only what it may reach" if change.opened or change.closed else "what is installed stays as it is"


def details(change: Change, *, full: bool) -> Iterator[str]:
    """The lines below a change: its fields, only the first few unless `full` is set; what it may reach; its fences."""
    told = [each for each in change.fields if full or _tells(each, change)]
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
    yield from (f"+ {reach_words(each, 'may')}" for each in change.opened)
    yield from (f"- {reach_words(each, 'may no longer')}" for each in change.closed)
    yield from (one_line(each.meaning) for each in change.fences)


def reach_words(reach: Reach, may: str) -> str:
    """Who may reach whom, in a sentence."""
    source = f"nodes of {reach.cluster}" if reach.nodes else reach.source
    to = {EVERYTHING: "everything", INTERNET: "the internet"}.get(reach.to, reach.to)
    ports = f" on {', '.join(reach.ports)}" if reach.ports else ""
    open_anyway = "" if reach.enforced else " (not fenced: its cluster may reach everything)"
    return f"{source} {may} reach {to}{ports}{open_anyway}"


def _tells(field: FieldChange, change: Change) -> bool:
    if field.path.startswith("spec.postRenderers"):
        return False  # It follows from the profile and the node groups, which are shown.
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


def not_compared(each: Skipped, found: Comparison) -> str:
    """Why a namespace is not compared, and what the valid side declares in it."""
    which = {"from": f"{found.before.name} is", "to": f"{found.after.name} is"}.get(each.at_fault, "both sides are")
    others = f"; the other side declares {', '.join(each.owners)}" if each.owners else ""
    return f"{each.namespace or PLATFORM}: not compared, because {which} invalid there{others}"
