"""Findings that the ComputePlane accepts, with the reason: they are not in the results; commands count them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import steps_of
from krmfn.lookalikes import did_you_mean
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import group_of, origin_of
from krmfn.results import Severity, has_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from krmfn.resourcelist import Resource
    from krmfn.results import Result

    Object = tuple[str, str]
    """Kind and name."""

INLINE = {"clusters": "Kubernetes", "apps": "", "placements": ""}
"""Lists of the ComputePlane that contain declarations, and their kind; empty if each entry says its own."""


ONLY_CHECKED = frozenset({"connection-without-effect", "policy-without-effect"})
"""Codes of findings that take a look at a whole repository: only `krmfn check` knows whether an entry fits one."""


class Accepted(NamedTuple):
    """A finding that the ComputePlane accepts, and why."""

    result: Result
    reason: str


class SplitFindings(NamedTuple):
    """The findings to report, and those that are accepted."""

    reported: tuple[Result, ...]
    accepted: tuple[Accepted, ...] = ()


class AcceptedEntry(NamedTuple):
    """An entry of `spec.accepted`."""

    position: int
    code: str
    about: Object
    reason: str


def split_accepted(results: Iterable[Result], config: Resource | None, *, by_check: bool = False) -> SplitFindings:
    """Separates the findings that `spec.accepted` of the ComputePlane names; an error is always reported.

    With `by_check` only entries with a code of ONLY_CHECKED count, and without it only others.
    """
    found = tuple(results)
    entries = tuple(each for each in _entries(config) if (each.code in ONLY_CHECKED) is by_check) if config else ()
    if config is None or not entries:
        return SplitFindings(found)
    wanted = {(entry.code, entry.about): entry for entry in entries}
    objects = {result: _objects(result, config) for result in found}
    accepted: list[Accepted] = []
    for result, named in objects.items():
        entry = next((wanted[result.code, each] for each in named if (result.code, each) in wanted), None)
        if entry and result.severity is not Severity.ERROR:
            accepted.append(Accepted(result, entry.reason))
    taken = {each.result for each in accepted}
    reported = (each for each in found if each not in taken)
    return SplitFindings((*reported, *_without_effect(entries, objects, config)), tuple(accepted))


def _entries(config: Resource) -> Iterator[AcceptedEntry]:
    """The complete entries; what is wrong with others is reported where the ComputePlane is read."""
    if (group_of(config), config.get("kind")) != ("krmfn.dev", "ComputePlane"):
        return
    for index, each in enumerate(_listed(config, "accepted")):
        code, kind, name, reason = (each.get(key) for key in ("code", "kind", "name", "reason"))
        if all(isinstance(value, str) and value.strip() for value in (code, kind, name, reason)):
            yield AcceptedEntry(index, str(code), (str(kind), str(name)), str(reason))


def _listed(config: Resource, field: str) -> list[dict[str, Any]]:
    spec = config.get("spec")
    entries = spec.get(field) if isinstance(spec, dict) else None
    return [each if isinstance(each, dict) else {} for each in entries] if isinstance(entries, list) else []


def _without_effect(
    entries: Iterable[AcceptedEntry], found: Mapping[Result, frozenset[Object]], config: Resource
) -> Iterator[Result]:
    """A warning for each entry that names an error, or that fits no finding."""
    origin = origin_of(config)
    for entry in entries:
        field, called = f"spec.accepted[{entry.position}]", f"{entry.code} of {' '.join(entry.about)}"
        fitting = [each for each, objects in found.items() if each.code == entry.code and entry.about in objects]
        if has_errors(fitting):
            message = f"{called} is an error, and only warnings can be accepted; correct it, and remove this entry"
            yield origin.warning("accepted-error", message, field)
        elif not fitting and not has_errors(found):
            # An error may hide the warning that the entry is for.
            message = f"there is no {called}, so this entry has no effect{_near(entry, found)}; correct or remove it"
            yield origin.warning("accepted-unused", message, field)


def _near(entry: AcceptedEntry, found: Mapping[Result, frozenset[Object]]) -> str:
    """The code, or the object, that was probably meant."""
    codes = {each.code for each, objects in found.items() if entry.about in objects}
    kind, name = entry.about
    about = {each for result, objects in found.items() if result.code == entry.code for each in objects}
    return did_you_mean(entry.code, codes) or did_you_mean(name, [each for of, each in about if of == kind])


def _objects(result: Result, config: Resource) -> frozenset[Object]:
    """Kind and name of the object of a finding; of a declaration inside the ComputePlane, also its own."""
    if result.resource is None:
        return frozenset()
    about = (result.resource.kind, result.resource.name)
    match steps_of(result.field):
        case ["spec", str(field), int(index), *_] if field in INLINE and result.resource == origin_of(config).resource:
            entry = dict(enumerate(_listed(config, field))).get(index, {})
            inner = entry.get("app") if field == "placements" else entry
            said = inner if isinstance(inner, dict) else {}
            return frozenset({about, (INLINE[field] or str(said.get("kind")), str(said.get("name")))})
    return frozenset({about})
