"""A large ResourceList expanded by two processes, each with half of the namespaces (R12), to the same answer as by one.

What a namespace's declarations expand to depends on that namespace and on what all share. Where that may not be so, and
wherever something is wrong, one process has to do it all: there is no answer then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.cli import secondprocess
from krmfn.cli.division import SHARED, first_half, holds_for_each, home, only_one_warns_of_all
from krmfn.cli.half import Half, from_bytes, to_bytes
from krmfn.function import expand
from krmfn.resourcelist import UnreadableError, file_of, from_kpt, load, package_of, pieces_of
from krmfn.results import in_order
from krmfn.yaml.loading import MAX_SIZE
from krmfn.yaml.quickenvelope import divided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource, ResourceList
    from krmfn.results import File, Result
    from krmfn.yaml.envelope import Divided


class Merged(NamedTuple):
    """What to write, in pieces, the results in it, and whether kpt sent the items (`from_kpt`)."""

    pieces: Iterator[str]
    results: tuple[Result, ...]
    of_kpt: bool


def answered(source: bytes) -> Merged | None:
    """The answer of both processes together; None if one process has to do it all."""
    divided = _divided(source)
    homes = [*map(_namespace, divided.items)] if divided else []
    first = first_half(homes)
    if divided is None or not first or None in homes:
        return None
    of_first = [index for index, each in enumerate(homes) if each == SHARED or each in first]
    of_second = [index for index, each in enumerate(homes) if each not in first]
    second = secondprocess.started(lambda: to_bytes(_half(divided, of_second, homes)))
    if second is None:
        return None
    half = _half(divided, of_first, homes)
    sent = secondprocess.made(second)
    return _joined(homes, half, from_bytes(sent)) if half and sent else None


def _joined(homes: list[str | None], half: Half, other: Half) -> Merged | None:
    """One answer of two; None if the whole might be another."""
    # Which packages there are decides what is told; and a file of one half may be in the way of one of the other.
    if half.packages != other.packages or half.made & other.files or other.made & half.files:
        return None
    told, theirs = set(half.results), set(other.results)
    if only_one_warns_of_all(told, theirs):
        return None
    results = in_order(told | theirs)
    kept = {**other.kept, **half.kept}
    texts = [*(kept[index] for index in range(len(homes)) if index in kept), *half.generated, *other.generated]
    return Merged(pieces_of(texts, half.config, results), results, half.of_kpt or other.of_kpt)


def _divided(source: bytes) -> Divided | None:
    # What is too large has to be refused as a whole, and is cut off here.
    if len(source) > MAX_SIZE:
        return None
    try:
        return divided(source.decode())
    except UnicodeDecodeError:
        return None


def _namespace(text: str) -> str | None:
    """The namespace that an item seems to be in, or SHARED; None if its metadata is not where hosts write it.

    Only a guess: whoever reads the item knows.
    """
    metadata = text.find("\n  metadata:\n")
    end = text.find("\n  ", metadata + 1) if metadata >= 0 else -1
    while end >= 0 and text.startswith("    ", end + 1):
        end = text.find("\n  ", end + 1)
    if metadata < 0:
        return None
    _, found, rest = text[metadata : end if end >= 0 else len(text)].partition("\n    namespace: ")
    return rest.partition("\n")[0].strip("\"'") if found else SHARED


def _half(divided: Divided, indexes: list[int], homes: list[str | None]) -> Half | None:
    """Reads and expands a half; None if something in it is wrong, or not as it was guessed."""
    text = "".join((divided.before, *(divided.items[index] for index in indexes), divided.after))
    try:
        given = load(text)
    except UnreadableError:
        return None
    as_guessed = [homes[index] for index in indexes] == [*map(home, given.items)]
    packages = frozenset(map(package_of, given.items))
    # Of several packages, what is told depends on which there are.
    if not as_guessed or len(packages) > 1 or not holds_for_each(given.function_config):
        return None
    if not _are_whole(given, [divided.items[index] for index in indexes]):
        return None
    done = expand(given)
    if done.declared is None:
        return None
    gone, kept = set(map(id, done.declared.earlier)), done.declared.kept
    stays = [index for index, item in zip(indexes, given.items, strict=True) if id(item) not in gone]
    return Half(
        kept=dict(zip(stays, map(kept.text_of, kept.items), strict=True)),
        generated=[kept.text_of(item) for item in done.generated],
        results=list(done.answer.results),
        files=_files(kept.items),
        made=_files(done.generated),
        packages=packages,
        of_kpt=from_kpt(given.items),
        config=given.function_config,
    )


def _are_whole(given: ResourceList, texts: list[str]) -> bool:
    """True if each item is one of these texts, but for comments after it: then it is the same item in the whole."""
    after = (text.removeprefix(given.text_of(item)) for item, text in zip(given.items, texts, strict=True))
    return all(line[:1] in {"", "#"} for each in after for line in each.split("\n"))


def _files(items: Iterable[Resource]) -> frozenset[File]:
    return frozenset(file for file in map(file_of, items) if file)
