"""Hardening of a cluster by its own release: Pod Security as its API server's default, and a kubeconfig withheld."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from krmfn.topology.checks.chartvalues import merge
from krmfn.topology.checks.names import spec_field
from krmfn.topology.clusters.clustervalues import enabled_addons
from krmfn.topology.clusters.withheld import exposed
from krmfn.topology.known.isolation import is_hardened, is_withheld
from krmfn.topology.model.fences import AdmissionConfiguration, Fence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Catalog, IsolationProfile
    from krmfn.declarations import Cluster as Declared
    from krmfn.topology.model.records import Cluster, Release
    from krmfn.topology.releases import Rules

ISOLATION = "krmfn.dev/isolation"
"""The label by which the guards know a release whose spec only Flux and administrators may change."""
VOLUME = "krmfn-admission"
"""None of the names that the chart reserves (facts/cozystack.md §2.5)."""
DEFAULT_NODE_GROUP = "md0"
"""The chart's own, where none is declared (facts/cozystack.md §2.1)."""
_LABEL_VALUE = re.compile(r"(?=.{1,63}$)[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")


def hardened(
    declared: Declared,
    release: str,
    isolation: IsolationProfile,
    values: dict[str, Any],
    rules: Rules,
) -> dict[str, Any]:
    """The values of a cluster with all that its profile adds to them."""
    origin, findings = declared.origin, rules.findings
    field = spec_field(origin, "isolationProfile")
    if not _LABEL_VALUE.fullmatch(isolation.name):
        message = (
            "the profile's name becomes a label's value, so it has at most 63 letters, digits, dashes, dots and "
            "underscores, the first and last a letter or digit; rename the profile"
        )
        findings.append(origin.error("invalid-name", message, field))
    if is_withheld(isolation):
        findings.extend(exposed(origin, field, isolation, created=True, managed=True))
    if not is_hardened(isolation):
        return values
    exempt = exempt_namespaces(enabled_addons(values, rules.catalog), rules.catalog)
    return merge(values, _admission_values(release, isolation.pod_security, exempt))


def _admission_values(release: str, level: str, exempt: tuple[str, ...]) -> dict[str, Any]:
    """What makes the API server read its admission configuration.

    It reads it when it starts: so the path says what is in it, and a change of either starts it anew.
    """
    from hashlib import sha256  # noqa: PLC0415  (only where a profile hardens)

    folder = f"/etc/krmfn/admission/{level}-{sha256(' '.join(exempt).encode()).hexdigest()[:8]}"
    return {
        "controlPlane": {
            "apiServer": {
                "extraArgs": [f"--admission-control-config-file={folder}/admission.yaml"],
                "extraVolumes": [{"name": VOLUME, "configMap": {"name": f"{release}-admission"}}],
                "extraVolumeMounts": [{"name": VOLUME, "mountPath": folder, "readOnly": True}],
            }
        }
    }


def exempt_namespaces(addons: frozenset[str], catalog: Catalog) -> tuple[str, ...]:
    """Namespaces inside a cluster whose pods are the platform's own: those of the addons that it has."""
    return tuple(sorted({"kube-system", *(each.namespace for each in catalog.addons() if each.name in addons)}))


def guarded(release: Release, isolation: IsolationProfile) -> Release:
    """The cluster's release with what its profile adds beside the values."""
    marked = release._replace(labels={**release.labels, ISOLATION: isolation.name})
    return marked._replace(monitors=_monitors(release)) if is_withheld(isolation) else marked


def _monitors(release: Release) -> tuple[str, ...]:
    """The chart's WorkloadMonitors: of the control plane, and of each group of nodes."""
    groups = (release.values or {}).get("nodeGroups")
    names = list(groups) if isinstance(groups, dict) and groups else [DEFAULT_NODE_GROUP]
    return (release.name, *(f"{release.name}-{name}" for name in names))


def admission_configurations(clusters: tuple[Cluster, ...], rules: Rules) -> Iterator[AdmissionConfiguration]:
    """One for each cluster that is created here and whose pods are held to a level; about the others a warning."""
    for cluster in clusters:
        if not is_hardened(cluster.isolation):
            continue
        level = cluster.isolation.pod_security
        if not cluster.created:
            message = (
                f"krmfn does not start this cluster's API server, so only the namespaces that it makes are held to "
                f"{level}, by their labels; set the default on the API server, or label the other namespaces"
            )
            rules.findings.append(cluster.origin.warning("pod-security-default-not-set", message, "isolationProfile"))
            continue
        yield AdmissionConfiguration(
            fence=Fence.around(cluster, "admission"),
            level=level,
            exempt=exempt_namespaces(cluster.addons, rules.catalog),
        )
