"""The functionConfig: options, and the declarations inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.declarations.declared import Definition
from krmfn.declarations.inline import Inline
from krmfn.declarations.options import Guarded, Network, Options
from krmfn.lookalikes import did_you_mean
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import MAX_DIGITS, origin_of
from krmfn.results import Origin, ResourceRef, gathered

if TYPE_CHECKING:
    from krmfn.declarations.declared import DeclaredApp, DeclaredCluster, DeclaredMesh, DeclaredPlacement
    from krmfn.declarations.validation import Validator
    from krmfn.resourcelist import Resource
    from krmfn.results import Rule

API_VERSION = "krmfn.dev/v1alpha1"
CONFIG_MAP_KEYS = (
    "scope",
    "validateOnly",
    "protect",
    "requirePlacement",
    "target.flux",
    "target.cozystack",
    "target.cilium",
    "target.kubernetes",
    "defaults.interval",
    "defaults.timeout",
    "defaults.retryInterval",
    "defaults.maxHistory",
    "defaults.chartNamespace",
)


class Configuration(NamedTuple):
    """The contents of a functionConfig."""

    options: Options
    definitions: tuple[Definition, ...] = ()
    clusters: tuple[DeclaredCluster, ...] = ()
    apps: tuple[DeclaredApp, ...] = ()
    placements: tuple[DeclaredPlacement, ...] = ()
    meshes: tuple[DeclaredMesh, ...] = ()


def read(config: Resource | None, validator: Validator) -> Rule[Configuration]:
    """Reads a ComputePlane, or a ConfigMap with the same scalar options; returns defaults without a functionConfig."""
    if config is None:
        return Configuration(Options(Origin(ResourceRef(API_VERSION, "ComputePlane", "", ""))))
    origin = origin_of(config)
    match config.get("apiVersion"), config.get("kind"):
        case "v1", "ConfigMap":
            return (yield from _from_config_map(config, origin, validator))
        case "krmfn.dev/v1alpha1", "ComputePlane":
            declared = yield from validator.validate("ComputePlane", config, origin)
        case api_version, kind:
            message = (
                f"the functionConfig must be a ComputePlane of {API_VERSION} or a ConfigMap, not {api_version} {kind}"
            )
            field = "apiVersion" if kind in ("ComputePlane", "ConfigMap") else "kind"
            yield origin.error("unknown-function-config", message, field)
            declared = {}
    if not declared:
        return Configuration(Options(origin))
    return (yield from _from_compute_plane(declared, origin))


def _from_compute_plane(declared: dict[str, Any], origin: Origin) -> Rule[Configuration]:
    spec = declared["spec"] or {}
    reader = Inline(origin, declared["metadata"]["namespace"] or "")
    clusters: list[DeclaredCluster] = []
    apps: list[DeclaredApp] = []
    placements: list[DeclaredPlacement] = []
    meshes: list[DeclaredMesh] = []
    for i, entry in enumerate(spec.get("clusters") or []):
        clusters.append((yield from reader.cluster(i, entry)))
    for i, entry in enumerate(spec.get("apps") or []):
        apps.append((yield from reader.app(i, entry)))
    for i, entry in enumerate(spec.get("placements") or []):
        both = yield from reader.placement(i, entry)
        placements.append(both.placement)
        apps += [both.app] if both.app else []
    for i, entry in enumerate(spec.get("meshes") or []):
        meshes.append((yield from reader.mesh(i, entry)))
    return Configuration(
        options=_options(spec, origin, declared["metadata"]["namespace"] or "")._replace(
            annotations=declared["metadata"]["annotations"] or {}
        ),
        definitions=tuple(_definition(i, entry, origin) for i, entry in enumerate(spec.get("kinds") or [])),
        clusters=tuple(clusters),
        apps=tuple(apps),
        placements=tuple(placements),
        meshes=tuple(meshes),
    )


def _options(spec: dict[str, Any], origin: Origin, namespace: str = "") -> Options:
    defaults, further = _without_nulls(spec.get("defaults")), spec.get("namespaces") or ()
    return Options(
        origin=origin,
        namespace=namespace,
        bound_to=frozenset(filter(None, (namespace, *further))),
        target=_without_nulls(spec.get("target")),
        scope=spec.get("scope", "tenant"),
        validate_only=spec.get("validateOnly", False),
        protect=spec.get("protect", "clusters"),
        require_placement=spec.get("requirePlacement", "none"),
        objects_chart=spec.get("objectsChart"),
        variables=tuple(dict.fromkeys((spec.get("postBuild") or {}).get("variables", ()))),
        network=_network(_without_nulls(spec.get("network"))),
        guarded=_guarded(_without_nulls(spec.get("platform"))),
        **{_SNAKE.get(key, key): value for key, value in defaults.items()},
    )


def _network(said: dict[str, Any]) -> Network:
    addresses = said.get("apiServerAddresses")
    return Network(
        api_server_addresses=None if addresses is None else tuple(addresses),
        service_cidrs=tuple(said.get("serviceCIDRs", ())),
        pod_cidrs=tuple(said.get("podCIDRs", ())),
        node_cidrs=tuple(said.get("nodeCIDRs", ())),
        node_local_dns=tuple(said.get("nodeLocalDNS", ())),
        cluster_domain=said.get("clusterDomain", "cozy.local"),
        cluster_network_policy=said.get("clusterNetworkPolicy", False),
    )


def _guarded(said: dict[str, Any]) -> Guarded:
    administrators = _without_nulls(said.get("administrators"))
    names = (said.get("fluxServiceAccounts"), administrators.get("users"), administrators.get("groups"))
    flux, users, groups = (each if each is None else tuple(dict.fromkeys(each)) for each in names)
    return Guarded(flux, users, groups, said.get("tenantServiceAccounts") or "")


_SNAKE = {"retryInterval": "retry_interval", "maxHistory": "max_history", "chartNamespace": "chart_namespace"}


def _without_nulls(mapping: dict[str, Any] | None) -> dict[str, Any]:
    """The mapping without its null fields."""
    return {key: value for key, value in (mapping or {}).items() if value is not None}


def _definition(index: int, entry: dict[str, Any], origin: Origin) -> Definition:
    return Definition(
        origin=origin.at(f"spec.kinds[{index}]"),
        kind=entry["kind"],
        plural=entry["plural"],
        prefix=entry["prefix"],
        chart_ref=entry["chartRef"] and _without_nulls(entry["chartRef"]),
        placement=entry["placement"] or "",
        mutation=entry["mutation"] or "",
        inline=True,
    )


def _from_config_map(config: Resource, origin: Origin, validator: Validator) -> Rule[Configuration]:
    declared = yield from validator.validate("ConfigMap", config, origin)
    spec: dict[str, Any] = {}
    known = True
    for key, text in (declared.get("data") or {}).items():
        if key not in CONFIG_MAP_KEYS:
            message = (
                f"unknown option{did_you_mean(key, CONFIG_MAP_KEYS)}; the options are {', '.join(CONFIG_MAP_KEYS)}"
            )
            yield origin.error("unknown-field", message, f'data["{key}"]')
            known = False
            continue
        outer, _, inner = key.rpartition(".")
        (spec.setdefault(outer, {}) if outer else spec)[inner or outer] = _scalar(key, text)
    if not declared or not known:
        return Configuration(Options(origin))
    plane = {"apiVersion": API_VERSION, "kind": "ComputePlane", "metadata": {"name": "options"}, "spec": spec}
    expanded, errors = gathered(validator.validate("ComputePlane", plane, origin))
    yield from (error._replace(field=f'data["{error.field.removeprefix("spec.")}"]') for error in errors)
    return Configuration(_options(expanded["spec"], origin) if expanded else Options(origin))


def _scalar(key: str, text: str) -> str | int | bool:
    """The typed value of a ConfigMap's string; text of the wrong type stays a string, and validation refuses it."""
    if key == "validateOnly" and text in {"true", "false"}:
        return text == "true"
    if key == "defaults.maxHistory" and text.isascii() and text.isdecimal() and len(text) < MAX_DIGITS:
        return int(text)
    return text
