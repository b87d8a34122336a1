"""Kubeconfigs of existing clusters: one for another cluster of the namespace would bypass that cluster's fences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from krmfn.resourcelist import identity, origin_of
from krmfn.topology.checks.names import shared_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Result
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.targets import Target

FIELD = "kubeConfig.secretRef.name"
SUFFIXES = ("-kubeconfig", "-admin-kubeconfig", "-oidc-kubeconfig")
"""Suffixes of a platform cluster's kubeconfig Secrets, after its release (docs/platform.md#secrets-and-pods)."""
_OF_THE_PLATFORM = re.compile(r"(kubernetes-.+|computeplane-cluster)-kubeconfig")
"""The name of any such Secret."""


def check_kubeconfigs(clusters: Iterable[Cluster], target: Target) -> Iterator[Result]:
    """Errors in the Secrets with the kubeconfigs of the existing clusters of one namespace.

    If one cluster has a second name, an app that is placed by that name has neither the cluster's boundary nor its
    egress policy, and the guards do not count it. krmfn reads no Secret: all keys of one count as the same cluster.
    """
    given = list(clusters)
    for cluster in given:
        if cluster.managed:
            continue
        name = cluster.kubeconfig.name
        others = [each.name for each in given if each is not cluster and name in secrets(each)]
        if others:
            message = (
                f"Secret {name} is a kubeconfig of cluster {' and '.join(others)}; under a second name, apps would "
                f"run there without its fences; place the apps on {others[0]}, and remove this entry, or, if it is "
                "another cluster, give it a Secret of its own"
            )
            yield cluster.origin.error("kubeconfig-of-another-cluster", message, FIELD)
        elif target.platform and _OF_THE_PLATFORM.fullmatch(name):
            message = (
                f"Secret {name} belongs to a cluster that the platform runs, but this input does not declare that "
                "cluster: its fences would not apply to apps that are placed by this name; declare the cluster itself "
                "here, and place the apps on it"
            )
            yield cluster.origin.error("kubeconfig-of-undeclared-cluster", message, FIELD)


def secrets(cluster: Cluster) -> frozenset[str]:
    """The names of all Secrets with a kubeconfig of a cluster: the platform's for it, or the declared one."""
    if not cluster.managed:
        return frozenset({cluster.kubeconfig.name})
    return frozenset(f"{cluster.release}{suffix}" for suffix in SUFFIXES)


def shared_secrets(clusters: Iterable[Cluster]) -> Iterator[Result]:
    """Errors for clusters whose kubeconfigs would be in Secrets of the same name, such as `a` and `a-admin`."""
    # Two with the same release are reported elsewhere.
    managed = {each.release: each for each in clusters if each.managed}.values()
    named = [(name, each.name, each.origin) for each in managed for name in sorted(secrets(each))]
    message = "clusters {owners} would both have kubeconfigs in the Secret {name}; rename one"
    yield from shared_names(named, message)


def used_beside(clusters: Iterable[Cluster], items: Iterable[Resource], namespace: str) -> Iterator[Result]:
    """A result for each of the user's own Flux objects that uses a withheld kubeconfig: no fence applies to it."""
    withheld = {name: each for each in clusters if each.posture.withheld for name in secrets(each)}
    for item in items if withheld else ():
        spec = item.get("spec")
        kubeconfig = spec.get("kubeConfig") if isinstance(spec, dict) else None
        reference = kubeconfig.get("secretRef") if isinstance(kubeconfig, dict) else None
        name = reference.get("name") if isinstance(reference, dict) else None
        cluster = withheld.get(name) if isinstance(name, str) and identity(item).namespace == namespace else None
        if cluster:
            message = (
                f'profile "{cluster.posture.name}" of cluster {cluster.name} withholds Secret {name}, but this object '
                "uses it without krmfn, so what it applies does not wait for the boundary; place the app with a "
                "Placement instead"
            )
            yield origin_of(item).warning("kubeconfig-used-beside", message, "spec.kubeConfig.secretRef.name")
