"""Hints: what somebody may have meant by an object or a field that is not generated, and where to ask about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from krmfn.catalog import Catalog
from krmfn.fieldpaths import path_of
from krmfn.lookalikes import did_you_mean
from krmfn.resourcelist import identity, origin_of
from krmfn.why import fields_of
from krmfn.why.subjects import AskedObject, full, named, of_kind, spellings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from krmfn.resourcelist import Resource
    from krmfn.why import Field

MOST = 3
"""References, releases and namespaces that a hint names."""
OURS = "krmfn.dev/"
REFERRED = {"", "secret", "secrets", "cm", "configmap", "configmaps"}
"""Kinds of objects whose names stand in generated ones."""
PROFILES = {"", "profile", "profiles", *(f"{each}profile{s}" for each in ("isolation", "component") for s in ("", "s"))}
MATRIX = (
    "; it is a profile: krmfn matrix shows what it changes, "
    "and krmfn why about a cluster or an app, which of their fields"
)


def objects_hint(text: str, namespace: str, everything: Sequence[AskedObject], items: Iterable[Resource]) -> str:
    """What to ask about instead of an object that is not generated.

    Args:
        text: as it was asked for.
        namespace: the one that was asked for.
        everything: what is generated.
        items: what was read.
    """
    kind, _, name = text.lower().rpartition("/")
    referred = _listed(_references(name, everything))
    access = f"; krmfn why {text} --access says who may read it" if "spec.kubeConfig" in referred else ""
    releases = _listed(f"hr/{each.name}" for each in everything if _is_made_by(name, each))
    return (
        _elsewhere(text, namespace, everything)
        or _only_read(text, namespace, [*_read(items)])
        or (f", but it is referred to by {referred}{access}" if kind in REFERRED and referred else "")
        or did_you_mean(full(text), set(spellings(everything)))
        or (f", but an object of this name is referred to by {referred}" if referred else "")
        or (f"; charts make what is not generated: ask about {releases}" if releases else "")
        or f"; {len(everything)} objects are generated here, and krmfn render prints them"
    )


def _elsewhere(text: str, namespace: str, everything: Sequence[AskedObject]) -> str:
    found = _listed(map(str, named(text, "", everything))) if namespace else ""
    return f'; in namespace "{namespace}" there is none, but there is {found}' if found else ""


def _only_read(text: str, namespace: str, read: Sequence[AskedObject]) -> str:
    """About a profile, and about what is read and not generated."""
    kind, _, name = text.lower().rpartition("/")
    shipped = Catalog.shipped()
    if kind in PROFILES and name in {*shipped.isolation_names(), *shipped.component_names()}:
        return MATRIX
    for each in (*named(text, namespace, read), *of_kind(text, namespace, read)):
        if each.kind.lower() in PROFILES:
            return MATRIX
        is_ours = each.api_version.startswith(OURS)
        way = "nothing is generated for it alone: ask about an app" if is_ours else "krmfn passes it on as it is"
        return f"; {each} is read from {origin_of(each.resource).file}, and {way}"
    return ""


def _read(items: Iterable[Resource]) -> Iterator[AskedObject]:
    for each in items:
        own = identity(each)
        yield AskedObject(each, str(each.get("apiVersion")), own.kind, own.namespace, own.name)


def _references(name: str, everything: Iterable[AskedObject]) -> Iterator[str]:
    """The fields that have the name for a value."""
    for each in everything:
        for field in fields_of(each.resource) if not each.below else ():
            if field.value == name:
                yield f"{each} {path_of(*field.steps)}"


def _is_made_by(name: str, subject: AskedObject) -> bool:
    """True for the HelmRelease whose chart may have made an object of this name, such as a pod."""
    if subject.kind != "HelmRelease" or subject.below:
        return False
    release = str(subject.resource["spec"].get("releaseName", subject.name))
    return name in release or name.startswith(f"{release}-")


def _listed(texts: Iterable[str]) -> str:
    told = list(texts)
    more = f" and {len(told) - MOST} more" if len(told) > MOST else ""
    return ", ".join(told[:MOST]) + more


def fields_hint(asked: str, subject: AskedObject, fields: Iterable[Field]) -> str:
    """The field that may have been meant, or what there is beside the one that is not there."""
    inner = [each.steps[len(subject.below) :] for each in fields]
    above = {plain_path(path_of(*steps[:end])): steps[:end] for steps in inner for end in range(1, len(steps) + 1)}
    known, _, wrong = plain_path(asked).rpartition(".")
    while known and known not in above:
        known, _, wrong = known.rpartition(".")
    if not known:
        return (
            did_you_mean(asked, (path_of(*steps) for steps in above.values()))
            or "; leave FIELD out to see all of its fields"
        )
    there = above[known]
    names = dict.fromkeys(path_of(*each[len(there) :][:1]) for each in inner if each[: len(there)] == there != each)
    near = did_you_mean(wrong, names)
    return (
        near.replace('"', f'"{path_of(*there)}.', 1)
        if near
        else f"; {path_of(*there)} has {', '.join(names) or 'no fields'}"
    )


def plain_path(path: str) -> str:
    """A path as KRM, kubectl, jq or Helm write it, without brackets, quotes and escapes."""
    return re.sub(r"\[\s*[\"']?(.*?)[\"']?\s*\]", r".\1", path).replace("\\", "").replace("..", ".").strip("{}$. ")
