"""Labels and annotations that a release copies from its declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.fieldpaths import path_of
from krmfn.marks import CARRIED, CONFIRM_DELETION
from krmfn.namedtuple import NamedTuple
from krmfn.topology.checks.labels import check_key, check_label, is_label_value, is_reserved, is_tools_own, wrong_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.declarations import DeclaredApp, DeclaredCluster
    from krmfn.results import Origin, Result, Rule
    from krmfn.topology.model.targets import Target


class Carried(NamedTuple):
    """The user's labels and annotations of a declaration, as written on the release."""

    labels: dict[str, str]
    annotations: dict[str, str]


def carried(declared: DeclaredApp | DeclaredCluster, target: Target) -> Rule[Carried]:
    """The user's labels and annotations as the platform's API would copy them, without those that tools set."""
    prefix = CARRIED if target.platform else ""
    labels = {prefix + key: value for key, value in declared.labels.items()}
    annotations = {prefix + key: value for key, value in declared.annotations.items() if not is_tools_own(key)}
    for key, value in labels.items():
        if wrong_key(key) or not is_label_value(value):
            yield from check_label(declared.origin, key, value, _field(declared, "labels", key.removeprefix(prefix)))
    for key in annotations:
        if wrong_key(key):
            yield from check_key(declared.origin, key, _field(declared, "annotations", key.removeprefix(prefix)))
    if not target.platform:
        yield from _reserved(declared, labels, "labels")
        yield from _reserved(declared, annotations, "annotations")
    return Carried(labels, annotations)


def confirmed(declared: DeclaredApp | DeclaredCluster) -> Rule[bool]:
    """True if the declaration confirms its deletion: the annotation must contain its own name (R8)."""
    said = declared.annotations.get(CONFIRM_DELETION)
    if said is not None and said != declared.name:
        message = f"confirms the deletion of {said}, but is set on {declared.name}; write {declared.name}, or remove it"
        yield declared.origin.error("wrong-confirmation", message, _field(declared, "annotations", CONFIRM_DELETION))
    return said == declared.name


def _reserved(declared: DeclaredApp | DeclaredCluster, carried_over: Mapping[str, str], what: str) -> Iterator[Result]:
    """Refuses reserved keys on plain Flux: they are copied unchanged there, and would change the release."""
    for key in carried_over:
        domain = key.rpartition("/")[0]
        if is_reserved(domain):
            message = (
                f"{domain} is reserved: this key would change how Flux or the platform treats the release; remove it"
            )
            yield declared.origin.error("reserved-key", message, _field(declared, what, key))


def annotation_field(origin: Origin, key: str) -> str:
    """The field in the declaration of an annotation that the release copies."""
    steps = ("annotations", key.removeprefix(CARRIED))
    return path_of(*steps) if origin.field else path_of("metadata", *steps)


def _field(declared: DeclaredApp | DeclaredCluster, what: str, key: str) -> str:
    return path_of(what, key) if declared.origin.field else path_of("metadata", what, key)
