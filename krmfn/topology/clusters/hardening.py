"""Hardening by the cluster's own release: Pod Security as the default of its API server, and a withheld kubeconfig."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.marks import ADMISSION_SUFFIX, ISOLATION
from krmfn.topology.checks.chartvalues import merge
from krmfn.topology.checks.labels import is_label_value
from krmfn.topology.checks.names import spec_field
from krmfn.topology.clusters.addons import exempt_namespaces
from krmfn.topology.clusters.refusals import refused_values
from krmfn.topology.clusters.withheld import exposed
from krmfn.topology.model.fences import AdmissionConfiguration, around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.catalog import Catalog
    from krmfn.declarations import DeclaredCluster
    from krmfn.results import Result
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.postures import Posture
    from krmfn.topology.model.releases import Release

VOLUME = "krmfn-admission"
"""The name of a volume; the chart does not reserve it."""
DEFAULT_NODE_GROUP = "md0"
"""The chart's default node group, if none is declared."""


def refused(declared: DeclaredCluster, posture: Posture, preset: dict[str, Any]) -> Iterator[Result]:
    """Errors for values that contradict the profile, and results for parts of the profile that krmfn cannot enforce."""
    yield from refused_values(declared, posture, preset)
    field = spec_field(declared.origin, "isolationProfile")
    if not is_label_value(posture.name):
        message = (
            "the profile's name becomes the value of a label; rename it to at most 63 letters, digits, dashes, dots "
            "and underscores, with a letter or digit first and last"
        )
        yield declared.origin.error("invalid-name", message, field)
    if posture.withheld:
        yield from exposed(declared.origin, field, posture, created=True, managed=True)


def hardened(
    values: dict[str, Any], release: str, posture: Posture, addons: frozenset[str], catalog: Catalog
) -> dict[str, Any]:
    """The values of a cluster, with those that its profile adds."""
    if not posture.hardened:
        return values
    return merge(values, _admission_values(release, posture.pod_security, exempt_namespaces(addons, catalog)))


def _admission_values(release: str, level: str, exempt: tuple[str, ...]) -> dict[str, Any]:
    """The values with which the API server reads its admission configuration.

    The API server reads the file only at its start. So the path depends on the content: a change restarts the server.
    """
    from hashlib import sha256  # noqa: PLC0415  (only where a profile hardens)

    folder = f"/etc/krmfn/admission/{level}-{sha256(' '.join(exempt).encode()).hexdigest()[:8]}"
    return {
        "controlPlane": {
            "apiServer": {
                "extraArgs": [f"--admission-control-config-file={folder}/admission.yaml"],
                "extraVolumes": [{"name": VOLUME, "configMap": {"name": f"{release}{ADMISSION_SUFFIX}"}}],
                "extraVolumeMounts": [{"name": VOLUME, "mountPath": folder, "readOnly": True}],
            }
        }
    }


def guarded(release: Release, posture: Posture) -> Release:
    """The cluster's release, with what its profile adds outside the values."""
    marked = release._replace(labels={**release.labels, ISOLATION: posture.name})
    return marked._replace(monitors=_monitors(release)) if posture.withheld else marked


def _monitors(release: Release) -> tuple[str, ...]:
    """The names of the chart's WorkloadMonitors: for the control plane, and for each node group."""
    groups = (release.values or {}).get("nodeGroups")
    names = list(groups) if isinstance(groups, dict) and groups else [DEFAULT_NODE_GROUP]
    return (release.name, *(f"{release.name}-{name}" for name in names))


def admission_configurations(clusters: Iterable[Cluster], catalog: Catalog) -> tuple[AdmissionConfiguration, ...]:
    """One for each cluster that krmfn creates and that has a Pod Security level."""
    return tuple(
        AdmissionConfiguration(
            fence=around(cluster, ADMISSION_SUFFIX, goes=bool(cluster.next and not cluster.next.hardened)),
            level=cluster.posture.pod_security,
            exempt=exempt_namespaces(cluster.addons, catalog),
        )
        for cluster in clusters
        if cluster.posture.hardened and cluster.created
    )


def defaults_not_set(clusters: Iterable[Cluster]) -> Iterator[Result]:
    """A result for each cluster whose API server krmfn does not start: there only labels enforce the level."""
    for cluster in clusters:
        if cluster.posture.hardened and not cluster.created:
            message = (
                "krmfn does not start this cluster's API server, so only the namespaces that krmfn creates are held "
                f"to {cluster.posture.pod_security}, by their labels; set the default on the API server, or label the "
                "other namespaces"
            )
            yield cluster.origin.warning("pod-security-default-not-set", message, "isolationProfile")
