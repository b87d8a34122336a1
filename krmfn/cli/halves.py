"""A large ResourceList expanded by two processes, each with half of the namespaces (R12), to the same answer as by one.

What a namespace's declarations expand to depends on that namespace and on what all share. Where that may not be so, and
wherever something is wrong, one process has to do it all: then the functions here return None.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from krmfn.cli import secondprocess
from krmfn.cli.division import SHARED, first_half, holds_for_each, home, only_one_warns_of_all
from krmfn.cli.share import Share, from_bytes, to_bytes
from krmfn.function import expand
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import UnreadableError, file_of, from_kpt, load, package_of, pieces_of
from krmfn.results import in_order
from krmfn.yaml.loading import MAX_SIZE
from krmfn.yaml.quickenvelope import divided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource, ResourceList
    from krmfn.results import File, Result
    from krmfn.yaml.envelope import Divided


LARGEST = 1_000_000
"""About how many characters a share has. Smaller ones save little memory, and one without a cluster may lack a warning
that the others have."""


class Merged(NamedTuple):
    """The answer of both processes together.

    Attributes:
        pieces: its text.
        results: the results in it.
        of_kpt: whether kpt sent the items (`from_kpt`).
    """

    pieces: Iterator[str]
    results: tuple[Result, ...]
    of_kpt: bool


def decoded(source: bytes) -> str | None:
    """The text of an input that may be divided; None for what load() refuses."""
    # A text that is too large was cut off when it was read.
    if len(source) > MAX_SIZE:
        return None
    try:
        return source.decode()
    except UnicodeDecodeError:
        return None


def answered(source: str, most: int = LARGEST) -> Merged | None:
    """The answer of both processes together; None if one process has to do it all.

    Args:
        source: a ResourceList.
        most: about how many characters a share has.
    """
    found = divided(source)
    homes = [_namespace(found.item(index)) for index in found.indexes] if found else []
    if found is None or not first_half(homes) or None in homes:
        return None
    of_first, of_second = _shares(found, homes, most)
    second = secondprocess.started(lambda: to_bytes(_all_expanded(found, of_second, homes)))
    if second is None:
        return None
    mine = _all_expanded(found, of_first, homes)
    sent = secondprocess.made(second)
    return _joined(found, [*mine, *from_bytes(sent)]) if mine and sent else None


def _shares(found: Divided, homes: list[str | None], most: int) -> tuple[list[list[int]], list[list[int]]]:
    """For each process its shares, in the order of the output; a share is the indexes of its items.

    A process has several shares if the input is large, because it releases one share before it reads the next.
    """
    first = first_half(homes)
    shared = [index for index, each in enumerate(homes) if each == SHARED]
    # What all namespaces use is read with each share.
    enough = max(most, 4 * sum(map(found.size, shared)))
    inside: dict[str, list[int]] = {}
    for index, each in enumerate(homes):
        if each:
            inside.setdefault(each, []).append(index)
    halves: tuple[list[list[int]], list[list[int]]] = ([], [])
    for name in sorted(inside):
        half = halves[name not in first]
        if not half or sum(map(found.size, half[-1])) > enough:
            half.append([*shared])
        half[-1] += inside[name]
    return halves


def _joined(found: Divided, shares: list[Share]) -> Merged | None:
    """One answer of all shares; None if the whole might be another."""
    # The findings depend on which packages there are; and a file of one share may be in the way of another share.
    if len({each.packages for each in shares}) > 1 or _are_in_the_way(shares):
        return None
    told = [set(each.results) for each in shares]
    if any(only_one_warns_of_all(told[0], each) for each in told):
        return None
    results = in_order(set().union(*told))
    kept = {index: text for each in shares for index, text in each.kept.items()}
    items = (kept[index] or found.item(index) for index in found.indexes if index in kept)
    generated = (text for each in shares for text in each.generated)
    of_kpt = any(each.of_kpt for each in shares)
    return Merged(pieces_of(chain(items, generated), shares[0].config, results), results, of_kpt)


def _are_in_the_way(shares: list[Share]) -> bool:
    """True if a share has generated an object into a file that has an item of another share."""
    # It generates none into a file that has an item of its own.
    files: set[File] = set().union(*(each.files for each in shares))
    return not all(files.isdisjoint(each.made) for each in shares)


def _namespace(text: str) -> str | None:
    """The namespace that an item seems to be in, or SHARED; None if its metadata is not where hosts write it.

    Only a guess, which `_expanded` checks when it has read the item.
    """
    metadata = text.find("\n  metadata:\n")
    end = text.find("\n  ", metadata + 1) if metadata >= 0 else -1
    while end >= 0 and text.startswith("    ", end + 1):
        end = text.find("\n  ", end + 1)
    if metadata < 0:
        return None
    _, found, rest = text[metadata : end if end >= 0 else len(text)].partition("\n    namespace: ")
    return rest.partition("\n")[0].strip("\"'") if found else SHARED


def _all_expanded(found: Divided, shares: list[list[int]], homes: list[str | None]) -> list[Share] | None:
    """Each share expanded; None if one of them cannot be."""
    done: list[Share] = []
    for indexes in shares:
        share = _expanded(found, sorted(indexes), homes)
        if share is None:
            return None
        done.append(share)
    return done


def _expanded(found: Divided, indexes: list[int], homes: list[str | None]) -> Share | None:
    """Reads and expands a share; None if something in it is wrong, or not as it was guessed."""
    try:
        given = load(found.only(indexes))
    except UnreadableError:
        return None
    as_guessed = [homes[index] for index in indexes] == [*map(home, given.items)]
    packages = frozenset(map(package_of, given.items))
    # With several packages, the findings depend on which there are.
    if not as_guessed or len(packages) > 1 or not holds_for_each(given.function_config):
        return None
    if not _are_whole(given, [*map(found.item, indexes)]):
        return None
    done = expand(given)
    if done.declared is None:
        return None
    gone, kept = set(map(id, done.declared.earlier)), done.declared.kept
    stays = [index for index, item in zip(indexes, given.items, strict=True) if id(item) not in gone]
    texts = {index: kept.text_of(item) for index, item in zip(stays, kept.items, strict=True)}
    return Share(
        kept={index: "" if text == found.item(index) else text for index, text in texts.items()},
        generated=[kept.text_of(item) for item in done.generated],
        results=list(done.answer.results),
        files=_files(kept.items),
        made=_files(done.generated),
        packages=packages,
        of_kpt=from_kpt(given.items),
        config=given.function_config,
    )


def _are_whole(given: ResourceList, texts: list[str]) -> bool:
    """True if each text has one item, and only comments after it: then the item is the same in the whole input."""
    after = (text.removeprefix(given.text_of(item)) for item, text in zip(given.items, texts, strict=True))
    return all(line[:1] in {"", "#"} for each in after for line in each.split("\n"))


def _files(items: Iterable[Resource]) -> frozenset[File]:
    return frozenset(file for file in map(file_of, items) if file)
