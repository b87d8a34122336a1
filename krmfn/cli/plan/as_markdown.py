"""A plan as Markdown: a comment on a pull request, with the verdict and what is lost first, and details folded."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from krmfn.changes.change import Action, Data
from krmfn.cli.paint import Paint
from krmfn.cli.plan.comparison import codes_about
from krmfn.cli.plan.confirming import CONFIRMS
from krmfn.cli.plan.escaping import code, escaped, fenced, folded
from krmfn.cli.plan.picture import picture
from krmfn.cli.plan.sentences import PLATFORM, details, in_numbers, named, not_compared, owner, reach_words, sentence
from krmfn.results import has_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.changes.change import Change
    from krmfn.cli.plan.comparison import Comparison
    from krmfn.results import Result

MARK = "<!-- krmfn plan -->"
"""The first line, by which a pipeline finds its own comment again."""
MOST = 10
"""Entries of a list that are not folded."""
LONGEST = 60_000
"""Characters of a comment; GitHub takes 65,536."""
PLAIN = Paint(is_on=False)


def as_markdown(found: Comparison, *, full: bool = False) -> str:
    """The plan for a reviewer; details that would not fit into a comment are left out, and named."""
    short = "\n".join(_short(found))
    blocks = [*_blocks(found, full=full)]
    kept = blocks
    while kept and len(short) + sum(map(len, kept)) > LONGEST:
        kept = kept[:-1]
    left_out = len(blocks) - len(kept)
    note = f"{left_out} more sections are too long for a comment: run krmfn plan.\n" if left_out else ""
    return "\n".join([short, *kept, note]).rstrip("\n") + "\n"


def _short(found: Comparison) -> Iterator[str]:
    """What a reviewer reads in ten seconds."""
    yield MARK
    yield f"**{_verdict(found)}**"
    yield ""
    yield f"From {code(named(found.before))} to {code(named(found.after))}."
    yield ""
    sides = (found.before, found.after)
    errors = [f"{each.name}: {result}" for each in sides for result in each.side.results if has_errors([result])]
    yield from _list("Invalid", map(escaped, dict.fromkeys(errors)))
    refused = dict.fromkeys(str(each.result).removeprefix("error: ") for each in found.verdict.refusals)
    yield from _list(f"Refused by krmfn check --against {escaped(found.before.name)}", map(escaped, refused))
    changes = found.verdict.changes
    yield from _list("Lost", (line for change in changes for line in _lost(change)))
    yield from _list("Opened", (line for change in changes for line in _opened(change)))
    confirmed = (each for each in found.notes if each.code == CONFIRMS)
    yield from _list("Confirmed for a later commit", (f"{_named(each)}: {escaped(each.message)}" for each in confirmed))
    behind = [each.result.message for each in found.verdict.dangers if each.result.code == "left-behind"]
    yield from _list("To do by hand", map(escaped, dict.fromkeys(behind)))
    yield from _list("Not compared", (escaped(not_compared(each, found)) for each in found.skipped))


def _verdict(found: Comparison) -> str:
    """The first line: may it be merged, and what comes of it."""
    numbers = in_numbers(found)
    if not found.is_valid:
        return f"\N{CROSS MARK} krmfn plan: invalid; {numbers}"
    if found.verdict.refusals:
        return f"\N{CROSS MARK} krmfn plan: refused; {numbers}"
    lossy = any(change.isolation or change.data is not Data.KEPT for change in found.verdict.changes)
    lossy = lossy or any(each.code == CONFIRMS for each in found.notes)
    sign = "\N{WARNING SIGN}\N{VARIATION SELECTOR-16}" if lossy else "\N{WHITE HEAVY CHECK MARK}"
    return f"{sign} krmfn plan: {numbers}"


def _list(title: str, entries: Iterable[str]) -> Iterator[str]:
    """A list under its title, cut where it is long; nothing if it is empty."""
    lines = [f"- {entry}" for entry in entries]
    if not lines:
        return
    yield f"**{title}**"
    yield ""
    yield from lines[:MOST]
    if len(lines) > MOST:
        yield f"- and {len(lines) - MOST} more"
    yield ""


def _lost(change: Change) -> Iterator[str]:
    about = _about(change)
    if change.data is Data.LOST:
        yield f"{about}: its data"
    elif change.data is Data.UNKNOWN and change.action is not Action.CREATE:
        yield f"{about}: perhaps its data"
    if change.isolation:
        yield f"{about}: its isolation; {escaped('; '.join(change.isolation))}"
    if change.action is Action.ORPHAN:
        yield f"{about}: its owner; what is installed is left running"


def _opened(change: Change) -> Iterator[str]:
    yield from (escaped(reach_words(each, "may")) for each in change.opened)
    for each in (each for each in change.fences if each.opens):
        sign, _, meaning = each.meaning.partition(" ")
        yield escaped(meaning if sign == "+" else f"no longer: {meaning}")


def _about(change: Change) -> str:
    return f"{code(owner(change))} in {code(change.namespace)}" if change.namespace else code(owner(change))


def _named(result: Result) -> str:
    about = result.resource
    return (
        f"{code(f'{about.kind}/{about.name}')} in {code(about.namespace)}"
        if about and about.namespace
        else (code(f"{about.kind}/{about.name}") if about else "")
    )


def _blocks(found: Comparison, *, full: bool) -> Iterator[str]:
    """The folded parts: a picture where it helps, each namespace, and the notes."""
    drawn = list(picture(found.verdict.changes))
    if drawn:
        yield "\n".join(folded("What changes where", fenced(drawn, "mermaid")))
    for space, same in groupby(found.verdict.changes, key=lambda change: change.namespace):
        changes = list(same)
        where = code(space) if space else PLATFORM
        what = "declaration changes" if len(changes) == 1 else "declarations change"
        yield "\n".join(folded(f"{len(changes)} {what} in {where}", _table(changes, found, full=full)))
    if notes := [each for each in found.notes if each.code != CONFIRMS]:
        yield "\n".join(folded("Notes", (f"- {escaped(str(each))}" for each in notes)))


def _table(changes: list[Change], found: Comparison, *, full: bool) -> Iterator[str]:
    yield "| | declaration | what happens |"
    yield "|---|---|---|"
    for change in changes:
        refused = ["**refused**"] if codes_about(change, found.verdict.refusals) else []
        said = "; ".join([*map(escaped, sentence(change, PLAIN, full=full)), *refused])
        yield f"| {change.action.value} | {code(owner(change))} | {said} |"
    for change in changes:
        if lines := list(details(change, full=full)):
            yield ""
            yield f"{code(owner(change))}:"
            yield ""
            yield from fenced(lines)
