"""Marks: every label, annotation and name suffix that krmfn writes or reads, and how to read them back."""

from __future__ import annotations

OWNER = "krmfn.dev/owner"
"""Annotation of every generated object: `<Kind>/<name>` of the declaration that it comes from."""
PLACED_ON = "krmfn.dev/placed-on"
"""Label of what runs on a cluster: that cluster's release."""
BOUNDARY = "krmfn.dev/boundary"
"""Label of the release that must be on a cluster before any app is."""
FENCES = "krmfn.dev/fences"
"""Label of what fences a release from outside: that release. The guards know a fence by it."""
ISOLATION = "krmfn.dev/isolation"
"""Label of a release whose spec only Flux and administrators may change: its isolation profile."""
CONFIRM_DELETION = "krmfn.dev/confirm-deletion"
"""Annotation of a declaration that may be deleted with its data: its own name."""
BREAK_GLASS = "krmfn.dev/break-glass"
"""Annotation of a namespace: the object in it that an administrator is about to delete against a guard."""
PREFIX = "krmfn.dev/"
WRITTEN = (OWNER, PLACED_ON, BOUNDARY, FENCES, ISOLATION)
"""The marks of krmfn.dev that krmfn itself writes."""

PRUNE = "kustomize.toolkit.fluxcd.io/prune"
"""Annotation: `disabled` where Flux is to leave the object when it leaves Git."""
SUBSTITUTE = "kustomize.toolkit.fluxcd.io/substitute"
"""Annotation: `disabled` where Flux's post-build substitution has nothing to do."""
SHARDING = "sharding.fluxcd.io/key"
"""Label that the platform's own webhook sets; in Git it would fight with that."""
TARGET_CLUSTER = "cozystack.io/target-cluster-name"
"""Label by which the platform's clean-up finds what is on a cluster."""
TENANT_ADMIN = "rbac.cozystack.io/aggregate-to-tenant-admin"
"""Label of a ClusterRole whose rules the platform gives to the administrators of tenants."""
APPLICATION = "apps.cozystack.io/application."
"""What the labels of a managed app begin with: its group, kind and name."""
CARRIED = "apps.cozystack.io-"
"""What the platform's API puts before a user's own labels and annotations."""
LOCAL_CONFIG = "config.kubernetes.io/local-config"

ON = "-on-"
"""Between the release of a placed app and its cluster, in the name of its HelmRelease."""
BOUNDARY_SUFFIX = "-boundary"
EGRESS_SUFFIX = "-egress"
ADMISSION_SUFFIX = "-admission"

PLATFORM_PREFIX = "krmfn-"
"""What the names of objects of the platform output begin with."""
PLATFORM_OWNERS = frozenset({"ComputePlane", "ConfigMap"})
"""Kinds of a functionConfig, which owns what is cluster-scoped and the same for all tenants."""
PLATFORM = ""
"""In the place of a namespace: what the platform output holds."""


def home_of(namespace: str, name: str, owner: str) -> str:
    """The namespace whose output holds a generated object.

    Args:
        namespace: the object's own; empty where it is cluster-scoped.
        name: the object's; a cluster-scoped object of a tenant is `<namespace>.<name>`.
        owner: what its OWNER annotation says.
    """
    if namespace:
        return namespace
    return PLATFORM if owner.partition("/")[0] in PLATFORM_OWNERS else name.partition(".")[0]
