"""Input that looks like a declaration but would be ignored: a similar group, an unknown field or mark.

Rules R13 and R16.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from krmfn.declarations.profilefields import PROFILE_FIELDS, empty_profiles, misplaced_profiles, profile_field
from krmfn.declarations.roles import Role
from krmfn.fieldpaths import path_of
from krmfn.lookalikes import did_you_mean, difference, meant
from krmfn.marks import BREAK_GLASS, CONFIRM_DELETION, CONFIRM_LOOSENING, PREFIX, WRITTEN
from krmfn.resourcelist import annotations_of, group_of, metadata_of, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin, Result

VERSIONS = {
    "krmfn.dev": "krmfn.dev/v1alpha1",
    "apps.cozystack.io": "apps.cozystack.io/v1alpha1",
    "cozystack.io": "cozystack.io/v1alpha1",
}
"""The apiVersions that are read, by group."""
OF_THE_PLATFORM = frozenset({"backups.cozystack.io", "core.cozystack.io", "dashboard.cozystack.io", "sdn.cozystack.io"})
"""Groups with similar names that belong to the platform."""
TOP_LEVEL = ("apiVersion", "appVersion", "kind", "metadata", "spec", "status")
PROFILES = ("IsolationProfile", "ComponentProfile")
DEFINITION, FORMER_DEFINITION = "ApplicationDefinition", "CozystackResourceDefinition"
"""The kind that defines kinds, and its name before Cozystack 1.0."""
IN_METADATA = (
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
)
"""The fields of an object's metadata (Kubernetes 1.36, ObjectMeta)."""
CLUSTER = "Kubernetes"
READ = (CONFIRM_DELETION, CONFIRM_LOOSENING, BREAK_GLASS)
"""The marks that users may write; all others are written by krmfn."""

CONFIRMS = {
    CONFIRM_DELETION: "a cluster, an app, or the ComputePlane of the platform output",
    CONFIRM_LOOSENING: "a cluster, an app, an IsolationProfile or a ComputePlane",
}
"""Confirmations, with the objects on which they are read."""


def misplaced(item: Resource, role: Role) -> Iterator[Result]:
    """An error for each part of an item that krmfn would ignore although its author expects an effect."""
    if role is Role.ELSEWHERE:
        return
    origin = origin_of(item)
    if role is Role.BYSTANDER:
        yield from _near_group(item, origin)
    if role is not Role.GENERATED:
        yield from _unknown_marks(item, origin)
        yield from _unread_confirmations(item, origin)
    if role is Role.DECLARATION:
        yield from _unknown_in_metadata(item, origin)
    if role is Role.DECLARATION and group_of(item) == "apps.cozystack.io":
        kind = str(item.get("kind"))
        # Of a misspelt kind only that is reported: its fields are where they belong.
        yield from misplaced_profiles(item, origin, "", ("spec",) if _is_near_cluster(kind) else None)
        yield from empty_profiles(item, origin)


@cache
def _is_near_cluster(kind: str) -> bool:
    return kind == CLUSTER or bool(meant(kind, (CLUSTER,)))


def _near_group(item: Resource, origin: Origin) -> Iterator[Result]:
    """An error for one of our kinds under a group that looks like ours; for a Placement's spec, under any group."""
    group, kind = group_of(item), str(item.get("kind") or "")
    near = _near(group, kind, item.get("spec"))
    if group == "cozystack.io" and (kind == FORMER_DEFINITION or meant(kind, (DEFINITION,))):
        message = f"krmfn does not read {kind}{difference(kind)}, so it would have no effect; write kind: {DEFINITION}"
        yield origin.error("unknown-kind", message, "kind")
    elif near:
        wanted = VERSIONS[near]
        message = (
            f"krmfn does not read {kind} of {item.get('apiVersion')}{difference(group)}, so it would have no effect; "
            f"write apiVersion: {wanted}"
        )
        yield origin.error("unknown-group", message, "apiVersion")


def _near(group: str, kind: str, spec: Any) -> str:
    """The group that was probably meant; empty if the object is not for krmfn."""
    fields = spec.keys() if isinstance(spec, dict) else frozenset()
    if kind in PROFILES or (kind == "Placement" and {"cluster", "apps"} <= fields):
        return "krmfn.dev"
    if kind == CLUSTER and not fields.isdisjoint(PROFILE_FIELDS):
        return "apps.cozystack.io"
    if group in OF_THE_PLATFORM or group in VERSIONS:
        return "krmfn.dev" if group == "cozystack.io" and kind == "ComputePlane" else ""
    labels = group.lower().split(".")
    if "krmfn" in labels:
        return "krmfn.dev"
    if "cozystack" in labels and labels[0] in {"app", "apps"}:
        return "apps.cozystack.io"
    return _near_name(group)


@cache
def _near_name(group: str) -> str:
    return meant(group, VERSIONS, mistakes=1)


def _unknown_in_metadata(item: Resource, origin: Origin) -> Iterator[Result]:
    """An error for each field that Kubernetes' metadata does not have: a misspelt `namespace` would be ignored."""
    for key in map(str, metadata_of(item)):
        if key not in IN_METADATA and not profile_field(key):
            message = f"metadata has no such field, so it would have no effect{did_you_mean(key, IN_METADATA)}"
            yield origin.error("unknown-field", message, path_of("metadata", key))


def _unknown_marks(item: Resource, origin: Origin) -> Iterator[Result]:
    """An error for each annotation or label of krmfn.dev without a meaning: its author expects an effect."""
    for field, marks in (("annotations", annotations_of(item)), ("labels", metadata_of(item).get("labels"))):
        for key in marks if isinstance(marks, dict) else ():
            written = str(key)
            domain, _, name = written.rpartition("/")
            if written in WRITTEN or (written in READ and field == "annotations"):
                continue
            if written in READ:
                message = "has no effect as a label; write it among the annotations"
                yield origin.error("unknown-mark", message, path_of("metadata", field, written))
            elif _is_ours(domain, name):
                hint = did_you_mean(name, [each.removeprefix(PREFIX) for each in READ])
                hint = f"; did you mean {PREFIX}{name}?" if PREFIX + name in READ else hint
                message = (
                    f"krmfn does not know the {field.removesuffix('s')} {written}{difference(written)}, so it would "
                    f"have no effect{hint}; you can write {', '.join(READ[:-1])} and {READ[-1]}"
                )
                yield origin.error("unknown-mark", message, path_of("metadata", field, written))


def _is_ours(domain: str, name: str) -> bool:
    """True for a key with our prefix, or one that looks like it, and for one of our marks with any prefix."""
    return _is_our_domain(domain) or PREFIX + name in READ


@cache
def _is_our_domain(domain: str) -> bool:
    ours = PREFIX.rstrip("/")
    return domain == ours or "krmfn" in domain.lower().split(".") or bool(meant(domain, (ours,), mistakes=1))


def _unread_confirmations(item: Resource, origin: Origin) -> Iterator[Result]:
    """A warning for a confirmation on an object on which it confirms nothing."""
    group, kind = group_of(item), item.get("kind")
    if group == "apps.cozystack.io" or kind == "ComputePlane":
        return
    for key in annotations_of(item):
        where = CONFIRMS.get(str(key), "")
        if where and not (key == CONFIRM_LOOSENING and (group, kind) == ("krmfn.dev", "IsolationProfile")):
            message = f"confirms nothing on {kind}; write it on {where}, or remove it"
            yield origin.warning("stale-confirmation", message, path_of("metadata", "annotations", str(key)))


def unknown_at_top_level(item: Resource, origin: Origin) -> Iterator[Result]:
    """A warning for each ignored field beside spec; an error for a misspelt spec, because its values would be lost."""
    for key in item:
        if key not in (*TOP_LEVEL, *PROFILE_FIELDS):
            message = f"the platform ignores this field; values belong in spec{did_you_mean(key, TOP_LEVEL)}"
            finding = origin.error if meant(str(key), ("spec", "metadata"), mistakes=1) else origin.warning
            yield finding("unknown-field", message, key)
