"""The functionConfig: options, and the declarations that stand in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.declarations.records import App, AppRef, Cluster, Definition, Options, Placement
from krmfn.declarations.services import connections
from krmfn.resourcelist import origin_of
from krmfn.results import Origin, ResourceRef, Result, did_you_mean

if TYPE_CHECKING:
    from krmfn.declarations.validation import Validator
    from krmfn.resourcelist import Resource

API_VERSION = "krmfn.dev/v1alpha1"
CONFIG_MAP_KEYS = (
    "scope",
    "validateOnly",
    "protect",
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
    """What a functionConfig holds."""

    options: Options
    definitions: tuple[Definition, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    apps: tuple[App, ...] = ()
    placements: tuple[Placement, ...] = ()


def read(config: Resource | None, validator: Validator, findings: list[Result]) -> Configuration:
    """Reads a ComputePlane, or a ConfigMap with the same scalar options; defaults where there is none."""
    if config is None:
        return Configuration(Options(Origin(ResourceRef(API_VERSION, "ComputePlane", "", ""))))
    origin = origin_of(config)
    match config.get("apiVersion"), config.get("kind"):
        case "v1", "ConfigMap":
            return _from_config_map(config, origin, validator, findings)
        case "krmfn.dev/v1alpha1", "ComputePlane":
            declared, errors = validator.validate("ComputePlane", config, origin)
        case api_version, kind:
            message = f"the functionConfig is a ComputePlane of {API_VERSION} or a ConfigMap, not {api_version} {kind}"
            declared, errors = {}, [origin.error("unknown-function-config", message, "kind")]
    findings.extend(errors)
    if errors:
        return Configuration(Options(origin))
    spec = declared["spec"] or {}
    reader = _Inline(origin, declared["metadata"]["namespace"] or "", findings)
    places = [reader.placement(i, entry) for i, entry in enumerate(spec.get("placements") or [])]
    return Configuration(
        options=_options(spec, origin),
        definitions=tuple(_definition(i, entry, origin) for i, entry in enumerate(spec.get("kinds") or [])),
        clusters=tuple(reader.cluster(i, entry) for i, entry in enumerate(spec.get("clusters") or [])),
        apps=(
            *(reader.app(i, entry) for i, entry in enumerate(spec.get("apps") or [])),
            *(app for _, app in places if app),
        ),
        placements=tuple(placement for placement, _ in places),
    )


def _options(spec: dict[str, Any], origin: Origin) -> Options:
    defaults = _said(spec.get("defaults"))
    return Options(
        origin=origin,
        target=_said(spec.get("target")),
        scope=spec.get("scope", "tenant"),
        validate_only=spec.get("validateOnly", False),
        protect=spec.get("protect", "clusters"),
        objects_chart=spec.get("objectsChart"),
        variables=tuple(dict.fromkeys((spec.get("postBuild") or {}).get("variables", ()))),
        network={key: tuple(value) for key, value in _said(spec.get("network")).items()},
        **{_SNAKE.get(key, key): value for key, value in defaults.items()},
    )


_SNAKE = {"retryInterval": "retry_interval", "maxHistory": "max_history", "chartNamespace": "chart_namespace"}


def _said(mapping: dict[str, Any] | None) -> dict[str, Any]:
    """What was said, without the fields that were left out."""
    return {key: value for key, value in (mapping or {}).items() if value is not None}


def _definition(index: int, entry: dict[str, Any], origin: Origin) -> Definition:
    return Definition(
        origin=origin.at(f"spec.kinds[{index}]"),
        kind=entry["kind"],
        prefix=entry["prefix"],
        chart_ref=entry["chartRef"] and _said(entry["chartRef"]),
        placement=entry["placement"] or "",
        mutation=entry["mutation"] or "",
        inline=True,
    )


class _Inline(NamedTuple):
    """Reads inline declarations: they live in the ComputePlane's namespace or name their own."""

    origin: Origin
    default_namespace: str
    findings: list[Result]

    def cluster(self, index: int, entry: dict[str, Any]) -> Cluster:
        origin = self.origin.at(f"spec.clusters[{index}]")
        reference = (entry["kubeConfig"] or {}).get("secretRef")
        if entry["module"] and reference:
            message = "a cluster is the module cluster or an existing one; leave out module or kubeConfig"
            self.findings.append(origin.error("ambiguous-cluster", message, "kubeConfig"))
        return Cluster(
            origin=origin,
            name=entry["name"],
            namespace=self._namespace(entry, origin),
            isolation_profile=entry["isolationProfile"] or "",
            component_profile=entry["componentProfile"] or "",
            values=entry["values"],
            labels=entry["labels"] or {},
            annotations=entry["annotations"] or {},
            values_field="values",
            kubeconfig=(reference["name"], reference["key"] or "value") if reference else None,
            module=entry["module"],
        )

    def app(self, index: int, entry: dict[str, Any]) -> App:
        origin = self.origin.at(f"spec.apps[{index}]")
        return self._app(entry, self._namespace(entry, origin), origin)

    def placement(self, index: int, entry: dict[str, Any]) -> tuple[Placement, App | None]:
        """The placement, and the app where it is declared in the same breath."""
        origin = self.origin.at(f"spec.placements[{index}]")
        app, app_origin = entry["app"], origin.at("app")
        namespace = self._namespace(entry, origin)
        placement = Placement(
            origin=origin,
            namespace=namespace,
            cluster=entry["cluster"],
            apps=(AppRef(app_origin, app["kind"], app["name"]),),
            connections=connections(entry["connections"], origin),
            target_namespace=entry["targetNamespace"] or "",
        )
        if app["values"] is None:
            self._refuse_metadata_of_reference(app, app_origin)
            return placement, None
        return placement, self._app(app, namespace, app_origin)

    def _refuse_metadata_of_reference(self, app: dict[str, Any], origin: Origin) -> None:
        for field in ("labels", "annotations"):
            if app[field]:
                message = f"without values this only refers to an app that is declared elsewhere; move {field} there"
                self.findings.append(origin.error("metadata-of-reference", message, field))

    def _app(self, entry: dict[str, Any], namespace: str, origin: Origin) -> App:
        if entry["kind"] == "Kubernetes":
            message = "a cluster is no app; declare it in spec.clusters"
            self.findings.append(origin.error("cluster-among-apps", message, "kind"))
        return App(
            origin=origin,
            kind=entry["kind"],
            name=entry["name"],
            namespace=namespace,
            values=entry["values"],
            labels=entry["labels"] or {},
            annotations=entry["annotations"] or {},
            values_field="values",
        )

    def _namespace(self, entry: dict[str, Any], origin: Origin) -> str:
        namespace: str = entry["namespace"] or self.default_namespace
        if not namespace:
            message = "has no namespace: set it here, or metadata.namespace of the ComputePlane for all"
            self.findings.append(origin.error("missing-namespace", message, "namespace"))
        return namespace


def _from_config_map(config: Resource, origin: Origin, validator: Validator, findings: list[Result]) -> Configuration:
    declared, errors = validator.validate("ConfigMap", config, origin)
    spec: dict[str, Any] = {}
    for key, text in (declared.get("data") or {}).items():
        if key not in CONFIG_MAP_KEYS:
            message = (
                f"unknown option{did_you_mean(key, CONFIG_MAP_KEYS)}; the options are {', '.join(CONFIG_MAP_KEYS)}"
            )
            errors.append(origin.error("unknown-field", message, f'data["{key}"]'))
            continue
        outer, _, inner = key.rpartition(".")
        (spec.setdefault(outer, {}) if outer else spec)[inner or outer] = _scalar(key, text)
    if not errors:
        plane = {"apiVersion": API_VERSION, "kind": "ComputePlane", "metadata": {"name": "options"}, "spec": spec}
        declared, found = validator.validate("ComputePlane", plane, origin)
        errors = [error._replace(field=f'data["{error.field.removeprefix("spec.")}"]') for error in found]
    findings.extend(errors)
    return Configuration(Options(origin) if errors else _options(declared["spec"], origin))


def _scalar(key: str, text: str) -> str | int | bool:
    """A ConfigMap's values are strings; what cannot be read stays one, and fails as the wrong type."""
    if key == "validateOnly" and text in {"true", "false"}:
        return text == "true"
    if key == "defaults.maxHistory" and text.isascii() and text.isdecimal():
        return int(text)
    return text
