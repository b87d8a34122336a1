"""Kubeconfigs of existing clusters: one that leads to another cluster of the namespace would lead past its fences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from krmfn.resourcelist import identity, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Result
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.targets import Target

FIELD = "kubeConfig.secretRef.name"
_OF_THE_PLATFORM = re.compile(r"(kubernetes-.+|computeplane-cluster)-admin-kubeconfig")
"""As Kamaji names the Secret of a cluster that the platform runs (docs/platform.md#secrets-and-pods)."""


def check_kubeconfigs(clusters: Iterable[Cluster], target: Target) -> Iterator[Result]:
    """What is wrong with the Secrets by which the existing clusters of one namespace are reached.

    An app that goes to a cluster by a second name has neither the boundary nor the egress that were declared for it,
    and the guards do not count it. All keys of the Secret of a cluster that the platform runs lead to that one.
    """
    given = list(clusters)
    for cluster in given:
        if cluster.managed:
            continue
        name = cluster.kubeconfig.name
        others = [
            each.name
            for each in given
            if each is not cluster
            and (each.kubeconfig.name == name if each.managed else each.kubeconfig == cluster.kubeconfig)
        ]
        if others:
            message = (
                f"Secret {name} leads to cluster {' and '.join(others)}, and under another name an app would be there "
                f"without its fences; place the app on {others[0]}, and remove this entry"
            )
            yield cluster.origin.error("kubeconfig-of-another-cluster", message, FIELD)
        elif target.platform and _OF_THE_PLATFORM.fullmatch(name):
            message = (
                f"the platform gives Secret {name} to a cluster that it runs, and this input does not declare it: "
                "what another repository fences there does not hold for apps that are placed by this name; declare "
                "that cluster here, or see that it has no profile"
            )
            yield cluster.origin.warning("kubeconfig-of-undeclared-cluster", message, FIELD)


def used_beside(clusters: Iterable[Cluster], items: Iterable[Resource], namespace: str) -> Iterator[Result]:
    """Flux's objects that the user wrote and that go to a cluster whose kubeconfig is withheld: nothing fences them."""
    withheld = {each.kubeconfig.name: each for each in clusters if each.posture.withheld}
    for item in items if withheld else ():
        spec = item.get("spec")
        kubeconfig = spec.get("kubeConfig") if isinstance(spec, dict) else None
        reference = kubeconfig.get("secretRef") if isinstance(kubeconfig, dict) else None
        name = reference.get("name") if isinstance(reference, dict) else None
        cluster = withheld.get(name) if isinstance(name, str) and identity(item).namespace == namespace else None
        if cluster:
            message = (
                f'profile "{cluster.posture.name}" of cluster {cluster.name} withholds Secret {name}, and this uses '
                "it beside krmfn: what it applies waits for no boundary; place the app with a Placement instead"
            )
            yield origin_of(item).warning("kubeconfig-used-beside", message, "spec.kubeConfig.secretRef.name")
