"""One owner: each namespace belongs to one run, each object is declared by one, and one run is the platform's (R14).

A second claim is an error at both places: whoever reviews one of the two files may not know the other.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from krmfn.fleet.declared import Claim, Declaration, claimed, declarations
from krmfn.fleet.fleets import spec_of
from krmfn.marks import PLATFORM
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from krmfn.fleet.declared import Object
    from krmfn.fleet.fleets import Fleet, Run
    from krmfn.results import Result, Rule

RESERVED_PREFIXES = ("kube-", "cozy-")
RESERVED = frozenset({"default", "flux-system"})
MOST_NAMED = 3
"""How many other places an error names."""


class Stake(NamedTuple):
    """What one run has in a namespace: its claims, and its declarations."""

    run: Run
    claims: list[Claim]
    declared: list[Declaration]


def claims(fleet: Fleet) -> Rule[frozenset[str]]:
    """Errors for namespaces and objects that more than one run claims; returns these namespaces."""
    contested = yield from _platforms(fleet)
    reserved = reserved_in(fleet)
    stakes: dict[str, dict[int, Stake]] = {}
    for number, run in enumerate(fleet.runs):
        bound = list(claimed(run))
        yield from _unbound(run, bound)
        yield from _reserved(bound, reserved)
        for claim in bound:
            _stake(stakes, claim.namespace, number, run).claims.append(claim)
        for each in () if run.is_platform else declarations(run):
            if each.object.namespace:
                _stake(stakes, each.object.namespace, number, run).declared.append(each)
    for namespace, by_run in stakes.items():
        if len(by_run) > 1:
            contested |= {namespace}
            yield from _claimed_twice(namespace, list(by_run.values()))
    return contested


def _stake(stakes: dict[str, dict[int, Stake]], namespace: str, number: int, run: Run) -> Stake:
    return stakes.setdefault(namespace, {}).setdefault(number, Stake(run, [], []))


def _platforms(fleet: Fleet) -> Rule[frozenset[str]]:
    """Errors for several platform runs: each would overwrite the others' guards with its own administrators."""
    found = [run for run in fleet.runs if run.is_platform]
    for run in found if len(found) > 1 else ():
        others = _others(found, run)
        message = (
            f"{others} has scope: platform as well, but only one run may write the guards of all tenants; keep one of "
            "them, and check fleets of different management clusters one by one"
        )
        if run.config:
            yield origin_of(run.config).error("second-platform-run", message, "spec.scope")
    return frozenset({PLATFORM}) if len(found) > 1 else frozenset()


def _unbound(run: Run, bound: Sequence[Claim]) -> Iterator[Result]:
    if run.config and not run.is_platform and not bound:
        message = (
            "binds this run to no namespace, so in a repository of several runs it could declare in every tenant's; "
            "set it to the tenant's namespace"
        )
        yield origin_of(run.config).error("unbound-run", message, "metadata.namespace")


def is_reserved(namespace: str, reserved: frozenset[str] = RESERVED) -> bool:
    """True for a namespace that belongs to the platform or to Flux."""
    return namespace in reserved or namespace.startswith(RESERVED_PREFIXES)


def _reserved(bound: Sequence[Claim], reserved: frozenset[str]) -> Iterator[Result]:
    for claim in bound:
        if is_reserved(claim.namespace, reserved):
            message = (
                f"namespace {claim.namespace} belongs to the platform or to Flux, not to a tenant; name the tenant's "
                "namespace"
            )
            yield claim.origin.error("reserved-namespace", message)


def reserved_in(fleet: Fleet) -> frozenset[str]:
    """The reserved namespaces, with those of Flux's service accounts, as the platform's run names them."""
    said = spec_of(fleet.platform.config if fleet.platform else None).get("platform")
    guarded = said if isinstance(said, dict) else {}
    accounts, tenants = guarded.get("fluxServiceAccounts"), guarded.get("tenantServiceAccounts")
    named = [*(accounts if isinstance(accounts, list) else ()), *([tenants] if tenants else ())]
    return RESERVED.union(str(each).partition("/")[0] for each in named)


def _claimed_twice(namespace: str, stakes: Sequence[Stake]) -> Iterator[Result]:
    """Errors in every run that has a stake in a namespace."""
    owners = [each.run for each in stakes if each.claims]
    twice = _places(stakes)
    # What two runs declare is reported at both declarations.
    alone = [each for stake in stakes if not stake.claims for each in stake.declared if len(twice[each.object]) == 1]
    for stake in stakes:
        for claim in stake.claims:
            yield from _of_owner(namespace, claim, _others(owners, stake.run), alone)
        for each in stake.declared:
            if len(twice[each.object]) > 1:
                yield _declared_twice(each, twice[each.object], owners)
            elif not stake.claims:
                whose = named(owners) or _others([it.run for it in stakes], stake.run)
                yield _foreign(each, whose, owned=bool(owners))


def _places(stakes: Sequence[Stake]) -> Mapping[Object, list[Declaration]]:
    """The declarations of each object, one from each run; two in one run are reported by the run itself."""
    found: defaultdict[Object, list[Declaration]] = defaultdict(list)
    for stake in stakes:
        of_run = {each.object: each for each in stake.declared}
        for key, each in of_run.items():
            found[key].append(each)
    return found


def _of_owner(namespace: str, claim: Claim, claiming: str, alone: Sequence[Declaration]) -> Iterator[Result]:
    """An error at a claim for what other runs have there, unless it is reported at both declarations."""
    if claiming:
        message = (
            f"namespace {namespace} is also claimed by {claiming}, but each namespace belongs to one run; remove it "
            "from all but one"
        )
        yield claim.origin.error("namespace-claimed-twice", message)
    elif alone:
        told = listed(len(alone), (f"{each.object} in {_place(each)}" for each in alone))
        message = (
            f"namespace {namespace} belongs to this run, but something in it is declared elsewhere: {told}; move it "
            "into this run, or remove it there"
        )
        yield claim.origin.error("namespace-claimed-twice", message)


def _declared_twice(each: Declaration, places: Sequence[Declaration], owners: Sequence[Run]) -> Result:
    others = listed(len(places) - 1, (_place(other) for other in places if other.origin != each.origin))
    whose = f"; namespace {each.object.namespace} belongs to {named(owners)}" if owners else ""
    message = (
        f"{each.object} is declared by another run as well, in {others}, and both would be the same object on the "
        f"cluster{whose}; keep one"
    )
    return each.origin.error("declared-twice", message, "name" if each.origin.field else "metadata.name")


def _foreign(each: Declaration, whose: str, *, owned: bool) -> Result:
    message = (
        f"namespace {each.object.namespace} {'belongs to' if owned else 'is also used by'} {whose}, but each namespace "
        "belongs to one run; declare this there, or use this run's own namespace"
    )
    return each.origin.error("foreign-namespace", message, "namespace" if each.origin.field else "metadata.namespace")


def _place(each: Declaration) -> str:
    file = each.origin.file.path if each.origin.file else str(each.origin.resource)
    return f"{each.origin.field} of {file}" if each.origin.field else file


def _others(runs: Sequence[Run], but: Run) -> str:
    """All runs but one of them, for a sentence."""
    return listed(len(runs) - 1, (_name(run) for run in runs if run is not but))


def named(runs: Sequence[Run]) -> str:
    """The runs, for a sentence."""
    return listed(len(runs), map(_name, runs))


def _name(run: Run) -> str:
    return f"the run in {run.folder}" if run.config else "files outside of all runs"


def listed(count: int, names: Iterable[str]) -> str:
    """The first of so many names, for a sentence, and how many more there are."""
    first = [*islice(names, MOST_NAMED)]
    more = [f"{count - len(first)} more"] if count > len(first) else []
    *most, last = [*first, *more] or [""]
    return f"{', '.join(most)} and {last}" if most else last
