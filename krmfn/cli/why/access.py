"""`krmfn why --access`: who may read, change, enter or delete a declared cluster or app."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING

from krmfn.access import Access, access, has_tiers, mutable_kinds, plurals
from krmfn.catalog import Catalog
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.expansions import side
from krmfn.cli.inputs.positions import with_positions
from krmfn.cli.inputs.question import Question
from krmfn.cli.inputs.remembered import Remembered
from krmfn.cli.paint import one_line
from krmfn.cli.why.answers import UnknownError
from krmfn.lookalikes import did_you_mean
from krmfn.namedtuple import NamedTuple
from krmfn.results import has_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from krmfn.results import Result


class AccessAnswer(NamedTuple):
    """Who may do what with one object; `has_tiers` is False for plain Flux, whose roles are the user's own."""

    namespace: str
    owner: str
    access: tuple[Access, ...]
    has_tiers: bool
    results: tuple[Result, ...]


def accessed(subject: str, namespace: str, paths: tuple[Path, ...], catalog: tuple[Path, ...]) -> AccessAnswer:
    """The answer for the declaration `Kind/name`, or `namespace/Kind/name`, or for the Secret of a kubeconfig.

    Raises:
        UnknownError: nothing of that name is declared, or it is in several namespaces.
    """
    files, shipped = Disk(), Catalog.shipped()
    found = side(Question(paths, None, catalog, Remembered(), widen=True), files)
    mutable = mutable_kinds(found.topologies)
    known: dict[tuple[str, str], AccessAnswer] = {}
    errors = with_positions((each for each in found.results if has_errors([each])), files)
    kubeconfigs: dict[str, set[str]] = {}
    releases: dict[str, str] = {}
    for expansion in found.expansions:
        with_tiers = bool(expansion.declared and has_tiers(expansion.declared.options))
        for tenant in expansion.topology.tenants.values() if expansion.topology else ():
            releases.update((each.name, f"{tenant.namespace}/{each.owner}") for each in tenant.releases)
            for cluster in tenant.clusters:
                kubeconfigs.setdefault(cluster.kubeconfig.name, set()).add(
                    f"{tenant.namespace}/{cluster.owner}".lower()
                )
            for each in access(tenant, shipped, mutable, plurals(expansion.declared)):
                key = tenant.namespace, each.owner
                told = known.get(key) or AccessAnswer(*key, (), with_tiers, errors)
                known[key] = told._replace(access=(*told.access, each))
    spelled = {f"{space}/{owner}": each for (space, owner), each in known.items() if namespace in {"", space}}
    matching = [each for name, each in spelled.items() if subject in {name, each.owner}]
    if not matching:
        wanted = subject.lower()
        clusters = kubeconfigs.get(wanted.removeprefix("secrets/").removeprefix("secret/"), {wanted})
        matching = [
            each
            for name, each in spelled.items()
            if not clusters.isdisjoint({name.lower(), each.owner.lower(), each.owner.lower().partition("/")[2]})
        ]
    if not matching:
        secret = subject.rpartition("/")[2]
        owners = [owner for release, owner in releases.items() if secret.startswith(f"{release}-")]
        hint = (
            f"; ask about {' or '.join(owners)}, and look at credentials"
            if owners
            else did_you_mean(subject, {*spelled, *(each.owner for each in spelled.values())})
        )
        raise UnknownError(f'no cluster or app that is declared here is called "{subject}"{hint}')
    if len(matching) > 1:
        names = ", ".join(f"{each.namespace}/{each.owner}" for each in matching)
        raise UnknownError(f'"{subject}" may be several; write one of {names}')
    return matching[0]


def as_text(told: AccessAnswer) -> str:
    return "".join(f"{one_line(line)}\n" for line in _lines(told))


def _lines(told: AccessAnswer) -> Iterator[str]:
    yield f"{told.namespace}/{told.owner}"
    if not told.has_tiers:
        yield "  plain Flux has no tiers of tenants' users: who may do what is up to your own roles"
        return
    for each in told.access:
        yield f"  {each.action:11}  {', '.join(each.tiers) or ('unknown' if each.unknown else 'nobody')}"
        if each.withheld:
            yield f"  {'':11}  withheld: {each.withheld}"
        if each.open:
            yield f"  {'':11}  open: {each.open}" + (f" ({each.issue})" if each.issue else "")


def as_json(told: AccessAnswer) -> str:
    kind, _, name = told.owner.partition("/")
    document = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "Access",
        "object": {"kind": kind, "namespace": told.namespace, "name": name},
        "source": Catalog.shipped().platform_roles().source,
        "access": [
            {
                "action": each.action,
                "tiers": list(each.tiers),
                **({"withheld": each.withheld} if each.withheld else {}),
                **({"open": each.open} if each.open else {}),
                **({"issue": each.issue} if each.issue else {}),
            }
            for each in (told.access if told.has_tiers else ())
        ],
    }
    return dumps(document, indent=2) + "\n"
