"""The object that a question is about, in the spellings that people use: `hr/flows`, `N8n/flows`, a line of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.marks import OWNER
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import annotations_of, identity
from krmfn.why.generated import OBJECTS, is_boundary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from krmfn.resourcelist import Resource
    from krmfn.why.generated import Steps

SHORT = {
    "ccnp": "CiliumClusterwideNetworkPolicy",
    "cm": "ConfigMap",
    "cnp": "CiliumNetworkPolicy",
    "hr": "HelmRelease",
    "limits": "LimitRange",
    "netpol": "NetworkPolicy",
    "ns": "Namespace",
    "quota": "ResourceQuota",
    "sa": "ServiceAccount",
    "vap": "ValidatingAdmissionPolicy",
    "vapb": "ValidatingAdmissionPolicyBinding",
}
"""Short names as kubectl and the kinds' definitions have them; the last two are ours, for kubectl has none."""


class AskedObject(NamedTuple):
    """An object that was generated.

    Attributes:
        resource: the object on the management cluster.
        api_version, kind, namespace, name: of the object in question, which may be inside a cluster.
        below: the steps to it in the resource; empty if it is the resource.
    """

    resource: Resource
    api_version: str
    kind: str
    namespace: str
    name: str
    below: Steps = ()

    def __str__(self) -> str:
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        inside = f", which {identity(self.resource).name} applies inside its cluster" if self.below else ""
        return f"{self.kind} {name}{inside}"

    @property
    def owner(self) -> str:
        """`<Kind>/<name>` of the declaration that it was generated for."""
        return str(annotations_of(self.resource).get(OWNER, ""))


def subjects(resources: Iterable[Resource]) -> Iterator[AskedObject]:
    """Every generated object, those inside clusters too."""
    for resource in resources:
        own = identity(resource)
        yield AskedObject(resource, str(resource["apiVersion"]), own.kind, own.namespace, own.name)
        for index, inside in enumerate(resource["spec"]["values"]["objects"] if is_boundary(resource) else ()):
            there = identity(inside)
            version = str(inside["apiVersion"])
            yield AskedObject(resource, version, there.kind, there.namespace, there.name, (*OBJECTS, index))


def named(text: str, namespace: str, everything: Iterable[AskedObject]) -> tuple[AskedObject, ...]:
    """The objects that `KIND/NAME` may mean: generated ones, or else all that were generated for a declaration.

    Args:
        text: a kind as kubectl takes it, or the kind of a declaration, a slash, and the name; perhaps after a namespace
            and a slash. A name alone is of any kind.
        namespace: only this one counts; empty for all.
        everything: what was generated.
    """
    above, _, name = full(text).lower().rpartition("/")
    home, _, kind = above.rpartition("/")
    namespace = namespace or home
    kinds = _singular(kind)
    here = [each for each in everything if not namespace or namespace in {each.namespace, _home(each)}]
    exact = tuple(each for each in here if each.name == name and (not kind or each.kind.lower() in kinds))
    found = exact or tuple(each for each in here if not each.below and _is_of(each.owner.lower(), kinds, name))
    if "helmrelease" in kinds or not kind:
        # As helm lists it inside the cluster.
        found = found or tuple(each for each in here if _release_name(each) == name)
    # A name alone may stand after its namespace.
    return found or (named(name, kind, here) if kind and not home and _is_namespace(kind, here) else ())


def _release_name(subject: AskedObject) -> str:
    is_release = subject.kind == "HelmRelease" and not subject.below
    return str(subject.resource["spec"].get("releaseName", "")) if is_release else ""


def of_kind(text: str, namespace: str, everything: Iterable[AskedObject]) -> tuple[AskedObject, ...]:
    """The objects of a kind, as kubectl takes it; none if the text is no kind."""
    kinds = _singular(SHORT.get(text.lower(), text).lower())
    here = (each for each in everything if not namespace or namespace in {each.namespace, _home(each)})
    return tuple(each for each in here if each.kind.lower() in kinds)


def _singular(kind: str) -> set[str]:
    """A kind in lower case, perhaps in the plural and with its group, without both."""
    plain = kind.partition(".")[0]
    kinds = {plain, *(plain.removesuffix(ending) for ending in ("s", "es"))}
    return kinds | {f"{each.removesuffix('ies')}y" for each in kinds if each.endswith("ies")}


def _is_namespace(text: str, everything: Iterable[AskedObject]) -> bool:
    return any(text in {each.namespace, _home(each)} for each in everything)


def _is_of(owner: str, kinds: Collection[str], name: str) -> bool:
    """True for the owner of this name; the empty kind stands for all."""
    kind, _, own = owner.partition("/")
    return own == name and ("" in kinds or kind in kinds)


def full(text: str) -> str:
    """`KIND/NAME`, perhaps after a namespace, with the kind's long name."""
    above, slash, name = text.rpartition("/")
    home, before, kind = above.rpartition("/")
    return f"{home}{before}{SHORT.get(kind.lower(), kind)}{slash}{name}"


def spellings(everything: Iterable[AskedObject]) -> Iterator[str]:
    """`Kind/name` of every object, and of every declaration that has one."""
    for each in everything:
        yield f"{each.kind}/{each.name}"
        yield each.owner


def _home(subject: AskedObject) -> str:
    return identity(subject.resource).namespace
