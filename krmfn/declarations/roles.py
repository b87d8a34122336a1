"""What an item is to krmfn: a declaration, a definition, what an earlier run generated, or a bystander."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from krmfn.marks import ADMISSION_SUFFIX, BOUNDARY_SUFFIX, EGRESS_SUFFIX, ON, OWNER, PLATFORM_OWNERS, PLATFORM_PREFIX
from krmfn.resourcelist import annotations_of, identity, kind_of, package_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.resourcelist import Resource


OUTPUT_KINDS = frozenset(
    {
        ("", "ConfigMap"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("cilium.io", "CiliumNetworkPolicy"),
        ("helm.toolkit.fluxcd.io", "HelmRelease"),
        ("kilo.squat.ai", "ClusterMesh"),
        ("policy.networking.k8s.io", "ClusterNetworkPolicy"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
    }
)


FENCES = {
    "ConfigMap": ADMISSION_SUFFIX,
    "CiliumNetworkPolicy": EGRESS_SUFFIX,
    "ClusterNetworkPolicy": EGRESS_SUFFIX,
}
"""Name suffixes of the objects that fence a cluster from outside, by kind."""


class Role(Enum):
    """What an item is to krmfn."""

    BYSTANDER = auto()
    DECLARATION = auto()
    DEFINITION = auto()
    GENERATED = auto()
    ELSEWHERE = auto()


def role_of(item: Resource) -> Role:
    """The role of an item. A definition with `spec.placement`, which clusters do not know, counts as a declaration."""
    found = kind_of(item)
    if found[0] in {"apps.cozystack.io", "krmfn.dev"}:
        return Role.DECLARATION
    if found in OUTPUT_KINDS and _is_named_after_owner(item):
        return Role.GENERATED
    if found == ("cozystack.io", "ApplicationDefinition"):
        spec = item.get("spec")
        return Role.DECLARATION if isinstance(spec, dict) and "placement" in spec else Role.DEFINITION
    return Role.BYSTANDER


def roles_of(items: Iterable[Resource]) -> list[tuple[Resource, Role]]:
    """The role of each item; ELSEWHERE if it belongs to a kpt subpackage that runs krmfn itself.

    A run over a package also gets the items of its subpackages, and must not change their output (R3;
    docs/decisions/005-files-of-a-package.md).
    """
    given = list(items)
    elsewhere = _packages_with_krmfn(given)
    return [(item, Role.ELSEWHERE if _within(package_of(item), elsewhere) else role_of(item)) for item in given]


def _packages_with_krmfn(items: list[Resource]) -> set[str]:
    packages = {package_of(item) for item in items} - {""}
    outermost = min(packages, key=len, default="")
    return {
        package_of(item)
        for item in items
        if item.get("kind") == "Kptfile" and package_of(item) not in {"", outermost} and _runs_krmfn(item)
    }


def _runs_krmfn(kptfile: Resource) -> bool:
    pipeline = kptfile.get("pipeline")
    steps = pipeline.get("mutators") if isinstance(pipeline, dict) else None
    return any(
        "krmfn" in str(step.get("exec") or step.get("image") or "").rpartition("/")[2]
        for step in (steps if isinstance(steps, list) else [])
        if isinstance(step, dict)
    )


def _within(package: str, packages: set[str]) -> bool:
    return any(package == each or package.startswith(f"{each}/") for each in packages)


def _is_named_after_owner(item: Resource) -> bool:
    """True if the name is one that krmfn writes. Another object with our mark is a user's, and never removed (R3)."""
    kind, slash, name = str(annotations_of(item).get(OWNER) or "").partition("/")
    found = identity(item)
    if not found.namespace and kind in PLATFORM_OWNERS and found.name.startswith(PLATFORM_PREFIX):
        return bool(name)
    if not (slash and name and kind.isalnum()):
        return False
    # A fence is named <cluster's release><suffix>; the release of a placed app is named <app's release>-on-<cluster>.
    suffix = FENCES.get(str(item.get("kind")))
    if suffix is not None:
        return found.name.endswith(f"{name}{suffix}")
    return found.name.endswith((name, f"{name}{BOUNDARY_SUFFIX}")) or f"{name}{ON}" in found.name
