"""What an item is to krmfn: a declaration, a definition, what an earlier run generated, or a bystander."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from krmfn.resourcelist import OWNER, annotations_of, group_of

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource


OUTPUT_KINDS = frozenset({("helm.toolkit.fluxcd.io", "HelmRelease")})


class Role(Enum):
    """What an item is to krmfn."""

    BYSTANDER = auto()
    DECLARATION = auto()
    DEFINITION = auto()
    GENERATED = auto()


def role_of(item: Resource) -> Role:
    """A definition goes back as it came, unless it has the one field that a cluster does not know."""
    group = group_of(item)
    if group in {"apps.cozystack.io", "krmfn.dev"}:
        return Role.DECLARATION
    # Only what krmfn writes can be what it wrote: another object with our mark is a user's, and never removed (R3).
    if (group, item.get("kind")) in OUTPUT_KINDS and annotations_of(item).get(OWNER):
        return Role.GENERATED
    if group == "cozystack.io" and item.get("kind") == "ApplicationDefinition":
        spec = item.get("spec")
        return Role.DECLARATION if isinstance(spec, dict) and "placement" in spec else Role.DEFINITION
    return Role.BYSTANDER
