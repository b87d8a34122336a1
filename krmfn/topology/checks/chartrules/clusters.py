"""What the chart of clusters, and that of pools of nodes, refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.topology.checks.chartrules.broken import Broken, Steps, above, listed, mapping
from krmfn.topology.checks.chartrules.kubelet import reservations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RESERVED_VOLUMES = ("talos-ca", "talos-tls-cert")
"""Volumes of the API server that the chart makes."""
OIDC_VOLUME = "authentication-config"
VOLUME_SOURCES = ("configMap", "secret")
TRUE = ("true", "1", "yes", "on", "y")
"""What the chart takes for true where it reads values of another chart."""


def kubernetes(values: Mapping[str, Any]) -> Iterator[Broken]:
    for name, group in mapping(values, "nodeGroups").items():
        yield from node_group(mapping(group), ("nodeGroups", name))
        if "ephemeralStorage" in mapping(group):
            yield Broken(("nodeGroups", name, "ephemeralStorage"), "is called diskSize since Cozystack 1.4")
    yield from _unhealthy(mapping(values, "nodeHealthCheck"), ("nodeHealthCheck",))
    yield from _addons(mapping(values, "addons"))
    oidc = mapping(values, "oidc")
    custom = mapping(oidc, "customConfig")
    if oidc.get("mode") == "CustomConfig" and bool(custom.get("config")) == bool(
        mapping(custom, "secretRef").get("name")
    ):
        yield Broken(("oidc", "customConfig"), "needs exactly one of config and secretRef.name with mode CustomConfig")
    yield from _api_server(mapping(values, "controlPlane", "apiServer"), with_oidc=oidc.get("mode", "None") != "None")


def node_group(group: Mapping[str, Any], steps: Steps) -> Iterator[Broken]:
    yield from above(group, "minReplicas", "maxReplicas", steps)
    yield from _unhealthy(group, steps)
    resources = mapping(group, "resources")
    if bool(resources.get("cpu")) != bool(resources.get("memory")):
        missing = "memory" if resources.get("cpu") else "cpu"
        message = "is missing: set both cpu and memory, or neither"
        yield Broken((*steps, "resources", missing), message)
    yield from reservations(group, steps)


def _unhealthy(values: Mapping[str, Any], steps: Steps) -> Iterator[Broken]:
    most = values.get("maxUnhealthy")
    if type(most) is str and not (most.isascii() and most.removesuffix("%").isdigit()):
        yield Broken((*steps, "maxUnhealthy"), 'must be a whole number or a percentage in quotes, like "1" or "50%"')


def _addons(addons: Mapping[str, Any]) -> Iterator[Broken]:
    for name, needed in (("hami", "gpuOperator"), ("ouroboros", "ingressNginx")):
        if mapping(addons, name).get("enabled") is True and mapping(addons, needed).get("enabled") is not True:
            message = f"needs the addon {needed}; set addons.{needed}.enabled: true, or leave {name} out"
            yield Broken(("addons", name, "enabled"), message)
    steps = ("ouroboros", "valuesOverride", "ouroboros", "controller", "gatewayApi")
    asked = str(mapping(addons, *steps).get("enabled")).lower() in TRUE
    if asked and mapping(addons, "gatewayAPI").get("enabled") is not True:
        message = "needs the addon gatewayAPI; set addons.gatewayAPI.enabled: true, or leave this out"
        yield Broken(("addons", *steps, "enabled"), message)


def _api_server(server: Mapping[str, Any], *, with_oidc: bool) -> Iterator[Broken]:
    names: list[str] = []
    for index, volume in enumerate(listed(server, "extraVolumes")):
        place: Steps = ("controlPlane", "apiServer", "extraVolumes", index)
        name = str(mapping(volume).get("name") or "")
        if not name:
            yield Broken((*place, "name"), "is required: a name that no other volume has")
        elif name in RESERVED_VOLUMES or (with_oidc and name == OIDC_VOLUME):
            yield Broken((*place, "name"), "is the name of a volume that the chart makes; use another one")
        elif name in names:
            yield Broken((*place, "name"), "is the name of another volume as well; use another one")
        names.append(name)
        sources = sorted(mapping(volume).keys() - {"name"})
        if len(sources) != 1 or sources[0] not in VOLUME_SOURCES:
            yield Broken(place, "must have a name, and exactly one of configMap and secret")
    for index, mount in enumerate(listed(server, "extraVolumeMounts")):
        name = str(mapping(mount).get("name") or "")
        if not name or name not in names:
            at = ("controlPlane", "apiServer", "extraVolumeMounts", index, "name")
            yield Broken(at, "must be the name of a volume in extraVolumes")
    for index, argument in enumerate(listed(server, "extraArgs") if with_oidc else ()):
        if isinstance(argument, str) and argument.startswith(("--oidc-", "--authentication-config")):
            message = (
                "cannot be set together with oidc.mode, because the chart then sets --authentication-config; remove it"
            )
            yield Broken(("controlPlane", "apiServer", "extraArgs", index), message)
