"""Every label, annotation and name suffix that krmfn writes or reads."""

from __future__ import annotations

OWNER = "krmfn.dev/owner"
"""Annotation of every generated object: `<Kind>/<name>` of its declaration."""
PLACED_ON = "krmfn.dev/placed-on"
"""Label of a release that runs on a cluster: the name of the cluster's release."""
BOUNDARY = "krmfn.dev/boundary"
"""Label of the boundary: the release that is installed on a cluster before any app."""
FENCES = "krmfn.dev/fences"
"""Label of an object that fences a cluster from outside: the cluster's release. The guards select fences by it."""
ISOLATION = "krmfn.dev/isolation"
"""Label of a release whose spec only Flux and administrators may change: the name of its isolation profile."""
WHY = "krmfn.dev/why"
"""Annotation of a policy whose kind has no description: why it exists, in one sentence."""
CONFIRM_DELETION = "krmfn.dev/confirm-deletion"
"""Annotation of a declaration that may be deleted with its data; its value is the declaration's own name."""
CONFIRM_LOOSENING = "krmfn.dev/confirm-loosening"
"""Annotation of a declaration that may lose isolation or protection in a later commit: `<from>-><to>` (R15)."""
BREAK_GLASS = "krmfn.dev/break-glass"
"""Annotation of a namespace: the object in it that an administrator may delete although a guard forbids it."""
PREFIX = "krmfn.dev/"
WRITTEN = (OWNER, PLACED_ON, BOUNDARY, FENCES, ISOLATION, WHY)
"""The krmfn.dev marks that krmfn writes."""

PRUNE = "kustomize.toolkit.fluxcd.io/prune"
"""Annotation: with `disabled`, Flux keeps the object when it is removed from Git."""
SUBSTITUTE = "kustomize.toolkit.fluxcd.io/substitute"
"""Annotation: with `disabled`, Flux's post-build substitution skips the object."""
SHARDING = "sharding.fluxcd.io/key"
"""Label that the platform's webhook sets. It is not written to Git: Flux and the webhook would overwrite each other."""
TARGET_CLUSTER = "cozystack.io/target-cluster-name"
"""Label by which the platform's clean-up job finds the releases on a cluster."""
TENANT_ADMIN = "rbac.cozystack.io/aggregate-to-tenant-admin"
"""Label of a ClusterRole whose rules the platform grants to the administrators of tenants."""
APPLICATION = "apps.cozystack.io/application."
"""Prefix of the labels of a managed app that hold its group, kind and name."""
CARRIED = "apps.cozystack.io-"
"""Prefix that the platform's API adds to a user's own labels and annotations."""
LOCAL_CONFIG = "config.kubernetes.io/local-config"
"""Annotation of declarations that krmfn hands back: kustomize drops them, kpt keeps them, and Flux ignores them."""

ON = "-on-"
"""In the name of a placed app's HelmRelease: stands between the app's release and the cluster."""
BOUNDARY_SUFFIX = "-boundary"
EGRESS_SUFFIX = "-egress"
ADMISSION_SUFFIX = "-admission"

PLATFORM_PREFIX = "krmfn-"
"""Prefix of the names of objects in the platform output."""
PLATFORM_OWNERS = frozenset({"ComputePlane", "ConfigMap"})
"""Kinds of a functionConfig. It owns the cluster-scoped objects that are the same for all tenants."""
PLATFORM = ""
"""Used in place of a namespace for objects of the platform output."""


def home_of(namespace: str, name: str, owner: str) -> str:
    """The namespace whose output contains a generated object.

    Args:
        namespace: the object's namespace; empty if it is cluster-scoped.
        name: the object's name; a cluster-scoped object of a tenant is named `<namespace>.<name>`.
        owner: the value of its OWNER annotation.
    """
    if namespace:
        return namespace
    return PLATFORM if owner.partition("/")[0] in PLATFORM_OWNERS else name.partition(".")[0]
