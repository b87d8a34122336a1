"""Reads the declarations among the items."""

from __future__ import annotations

from re import match
from typing import TYPE_CHECKING, Any

from krmfn.declarations.ambiguous import ambiguous
from krmfn.declarations.connections import connections
from krmfn.declarations.declared import (
    AppRef,
    BrokenKey,
    DeclaredApp,
    DeclaredCluster,
    DeclaredPlacement,
    Definition,
    Profile,
)
from krmfn.declarations.definitions import read_definition
from krmfn.declarations.hidden import hidden
from krmfn.declarations.misplaced import misplaced, unknown_at_top_level
from krmfn.declarations.patterns import NAMESPACE
from krmfn.declarations.roles import Role
from krmfn.lookalikes import did_you_mean
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import annotations_of, group_of, metadata_of, origin_of
from krmfn.results import has_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.declarations.validation import Validator
    from krmfn.resourcelist import Resource
    from krmfn.results import Origin, Result, Rule

    Declared = DeclaredCluster | DeclaredApp | DeclaredPlacement | Definition | Profile | BrokenKey

KRMFN_KINDS = ("Placement", "IsolationProfile", "ComponentProfile", "ComputePlane")
RENAMES = ("internal.config.kubernetes.io/prefixes", "internal.config.kubernetes.io/suffixes")
PREVIOUS_NAMES = "internal.config.kubernetes.io/previousNames"


class Reader(NamedTuple):
    """The validator of declarations, and their default namespace."""

    validator: Validator
    namespace: str


class DeclaredObjects(NamedTuple):
    """The declarations of the items, in input order; `broken` has the invalid ones."""

    clusters: tuple[DeclaredCluster, ...]
    apps: tuple[DeclaredApp, ...]
    placements: tuple[DeclaredPlacement, ...]
    definitions: tuple[Definition, ...]
    profiles: tuple[Profile, ...]
    broken: frozenset[BrokenKey]

    def of_kind(self, kind: str) -> tuple[Profile, ...]:
        return tuple(profile for profile in self.profiles if profile.origin.resource.kind == kind)


def read_objects(roles: Iterable[tuple[Resource, Role]], validator: Validator, namespace: str) -> Rule[DeclaredObjects]:
    """Reads every item; an item that is not a declaration is ignored."""
    found: list[Declared] = []
    for item, role in roles:
        results = tuple(misplaced(item, role))
        yield from results
        if role is Role.BYSTANDER:
            yield from hidden(item)
            # What it declares is not reported as missing as well.
            found += [_broken(origin_of(item))] if has_errors(results) else []
        elif role in {Role.DECLARATION, Role.DEFINITION}:
            declared = yield from _read(item, role, Reader(validator, namespace))
            found += [declared] if declared else []
    return DeclaredObjects(
        clusters=tuple(each for each in found if isinstance(each, DeclaredCluster)),
        apps=tuple(each for each in found if isinstance(each, DeclaredApp)),
        placements=tuple(each for each in found if isinstance(each, DeclaredPlacement)),
        definitions=tuple(each for each in found if isinstance(each, Definition)),
        profiles=tuple(each for each in found if isinstance(each, Profile)),
        broken=frozenset(each for each in found if isinstance(each, BrokenKey)),
    )


def _read(item: Resource, role: Role, reader: Reader) -> Rule[Declared | None]:  # noqa: PLR0911  (one a kind)
    origin = origin_of(item)
    group, kind = group_of(item), item.get("kind")
    if group == "krmfn.dev" and kind == "ComputePlane":
        return None  # Only the functionConfig is read; a ComputePlane among the items is returned unread.
    yield from ambiguous(item, origin)
    if role is Role.DECLARATION:
        yield from _refuse_renamed(item, origin)
    match group, kind:
        case "apps.cozystack.io", "Kubernetes":
            return (yield from _cluster(item, origin, reader))
        case "apps.cozystack.io", _:
            return (yield from _app(item, origin, reader))
        case "cozystack.io", _:
            return (yield from read_definition(item, origin, reader.validator))
        case _, "Placement":
            return (yield from _placement(item, origin, reader))
        case _, "IsolationProfile" | "ComponentProfile":
            return (yield from _profile(item, str(kind), origin, reader.validator))
        case _, None:
            yield origin.error("missing-field", "is required", "kind")
        case _:
            message = f"krmfn.dev has no kind {kind}{did_you_mean(str(kind), KRMFN_KINDS)}"
            yield origin.error("unknown-kind", message, "kind")
    return None


def _broken(origin: Origin) -> BrokenKey:
    """The identity of an invalid declaration; with an invalid namespace, it counts in every namespace."""
    about = origin.resource
    return BrokenKey(about.kind, about.namespace if match(NAMESPACE, about.namespace) else "", about.name)


def _in_namespace(model: str, item: Resource, origin: Origin, reader: Reader) -> Rule[dict[str, Any]]:
    """The validated declaration with a namespace; empty if it is invalid or has no namespace."""
    declared = yield from reader.validator.validate(model, item, origin)
    if not declared or declared["metadata"]["namespace"]:
        return declared
    if not reader.namespace:
        message = "has no namespace; set it to the tenant's namespace"
        yield origin.error("missing-namespace", message, "metadata.namespace")
        return {}
    return {**declared, "metadata": {**declared["metadata"], "namespace": reader.namespace}}


def _cluster(item: Resource, origin: Origin, reader: Reader) -> Rule[Declared]:
    declared = yield from _in_namespace("Kubernetes", item, origin, reader)
    if not declared:
        return _broken(origin)
    yield from unknown_at_top_level(item, origin)
    meta, spec = declared["metadata"], declared["spec"] or {}
    values = item.get("spec")
    return DeclaredCluster(
        origin=origin,
        name=meta["name"],
        namespace=meta["namespace"],
        isolation_profile=spec.get("isolationProfile") or "",
        component_profile=spec.get("componentProfile") or "",
        values=values and {k: v for k, v in values.items() if k not in {"isolationProfile", "componentProfile"}},
        labels=meta["labels"] or {},
        annotations=meta["annotations"] or {},
    )


def _app(item: Resource, origin: Origin, reader: Reader) -> Rule[Declared]:
    declared = yield from _in_namespace("Application", item, origin, reader)
    if not declared:
        return _broken(origin)
    yield from unknown_at_top_level(item, origin)
    meta = declared["metadata"]
    return DeclaredApp(
        origin=origin,
        kind=declared["kind"],
        name=meta["name"],
        namespace=meta["namespace"],
        values=item.get("spec"),
        labels=meta["labels"] or {},
        annotations=meta["annotations"] or {},
    )


def _placement(item: Resource, origin: Origin, reader: Reader) -> Rule[Declared]:
    declared = yield from _in_namespace("Placement", item, origin, reader)
    if not declared:
        return _broken(origin)
    spec, inside = declared["spec"], origin.at("spec")
    return DeclaredPlacement(
        origin=inside,
        namespace=declared["metadata"]["namespace"],
        cluster=spec["cluster"],
        apps=tuple(AppRef(inside.at(f"apps[{i}]"), app["kind"], app["name"]) for i, app in enumerate(spec["apps"])),
        connections=connections(spec["connections"], inside),
        target_namespace=spec["targetNamespace"] or "",
        api_server=spec["apiServer"],
    )


def _profile(item: Resource, kind: str, origin: Origin, validator: Validator) -> Rule[Declared]:
    declared = yield from validator.validate(kind, item, origin)
    if not declared:
        return _broken(origin)
    return Profile(origin, declared["metadata"]["name"], item["spec"], declared["metadata"]["annotations"] or {})


def _refuse_renamed(item: Resource, origin: Origin) -> Iterator[Result]:
    """Refuses an item that kustomize renamed without its references (docs/decisions/002-what-kustomize-passes.md)."""
    marks = annotations_of(item)
    previous = str(marks.get(PREVIOUS_NAMES) or "").split(",")
    name = str(metadata_of(item).get("name"))
    if any(marks.get(key) for key in RENAMES) or any(old not in {"", name} for old in previous):
        message = (
            "kustomize renamed this declaration, but not the references to it; remove namePrefix and nameSuffix, and "
            "write the full name in the declaration"
        )
        yield origin.error("renamed", message, "metadata.name")
