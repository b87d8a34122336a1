"""Files of the catalog into records; a key that is missing or unknown is a mistake of ours and raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog.records import (
    Addon,
    Bundle,
    ChartRef,
    ComponentProfile,
    CredentialKeys,
    Credentials,
    Egress,
    IsolationProfile,
    Kind,
    Members,
    Port,
    Service,
    Target,
    TokenPrefix,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_API_VERSION = "krmfn.dev/v1alpha1"
_KIND_REQUIRED = ("kind", "plural", "prefix", "chartRef", "placeable")
_KIND_OPTIONAL = (
    *("labels", "installTimeout", "disableWait", "module", "name", "operator", "stateful", "addons"),
    *("services", "pods", "credentials", "note", "behindIngress"),
    *("members", "apiServer"),
)


class CatalogError(ValueError):
    """A file of the catalog does not say what such a file has to say."""


def read_kind(data: Any) -> Kind:
    """One file of kinds/."""
    _check(data, required=_KIND_REQUIRED, optional=_KIND_OPTIONAL)
    if data.get("module", False) != ("name" in data):
        message = f"{data['kind']}: a module has a name, and nothing else has one"
        raise CatalogError(message)
    if (data["placeable"] == "operator") != ("operator" in data):
        message = f"{data['kind']}: names an operator if it is placeable with one, and only then"
        raise CatalogError(message)
    return Kind(
        kind=data["kind"],
        plural=data["plural"],
        prefix=data["prefix"],
        chart_ref=ChartRef(**_check(data["chartRef"], required=("kind", "name", "namespace"))),
        labels=data.get("labels", {}),
        install_timeout=data.get("installTimeout", ""),
        disable_wait=data.get("disableWait", False),
        name=data.get("name", ""),
        placeable=_one_of(data["placeable"], "always", "operator", "never"),
        operator=data.get("operator", ""),
        stateful=data.get("stateful", False),
        addons=tuple(data.get("addons", ())),
        services=tuple(map(_service, data.get("services", ()))),
        pods={label: tuple(parts) for label, parts in data.get("pods", {}).items()},
        credentials=tuple(map(_credentials, data.get("credentials", ()))),
        note=data.get("note", ""),
        behind_ingress=data.get("behindIngress", False),
        members=_members(data["members"]) if "members" in data else None,
        api_server=data.get("apiServer", False),
    )


def _service(data: Any) -> Service:
    _check(data, required=("name", "ports"))
    return Service(tuple(data["name"]), tuple(map(_port, data["ports"])))


def _members(data: Any) -> Members:
    _check(data, optional=("service", "through", "ports"))
    ports = tuple(map(_port, data.get("ports", ())))
    return Members(tuple(data.get("service", ())), tuple(data.get("through", ())), ports)


def _port(data: Any) -> Port:
    _check(data, required=("name", "port", "targetPort"), optional=("protocol",))
    return Port(data["name"], data["port"], data["targetPort"], _one_of(data.get("protocol", "TCP"), "TCP", "UDP"))


def _credentials(data: Any) -> Credentials:
    _check(data, required=("secret", "keys"))
    return Credentials(tuple(data["secret"]), tuple(data["keys"]))


def read_isolation_profile(data: Any) -> IsolationProfile:
    """One file of isolation/."""
    return isolation_profile(*_declared(data, "IsolationProfile"))


def isolation_profile(name: str, spec: Mapping[str, Any]) -> IsolationProfile:
    """Return a profile from the spec of its declaration; null says as little as a field that is left out."""
    _check(spec, optional=("extends", "egress", "podSecurity", "kubeconfig", "quota", "limits", "pins"))
    egress = _check(spec.get("egress") or {}, optional=("scope", "internet", "volumes", "monitoring", "ownIngress"))
    return IsolationProfile(
        name=name,
        extends=spec.get("extends") or "",
        egress=Egress(
            scope=_one_of(egress.get("scope") or "", "", "open", "declared"),
            internet=_one_of(egress.get("internet") or "", "", "allow", "deny"),
            volumes=egress.get("volumes"),
            monitoring=egress.get("monitoring"),
            own_ingress=egress.get("ownIngress"),
        ),
        pod_security=_one_of(spec.get("podSecurity") or "", "", "privileged", "baseline", "restricted"),
        kubeconfig=_one_of(spec.get("kubeconfig") or "", "", "available", "withheld"),
        quota=spec.get("quota"),
        limits=None if spec.get("limits") is None else tuple(map(_limits, spec["limits"])),
        pins=spec.get("pins") or {},
    )


def _limits(data: Any) -> dict[str, Any]:
    optional = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
    return {
        key: value for key, value in _check(data, required=("type",), optional=optional).items() if value is not None
    }


def read_component_profile(data: Any) -> ComponentProfile:
    """One file of components/."""
    return component_profile(*_declared(data, "ComponentProfile"))


def component_profile(name: str, spec: Mapping[str, Any]) -> ComponentProfile:
    """Return a profile from the spec of its declaration; null says as little as a field that is left out."""
    _check(spec, optional=("extends", "values", "bundles"))
    return ComponentProfile(
        name=name,
        extends=spec.get("extends") or "",
        values=spec.get("values") or {},
        bundles=tuple(spec.get("bundles") or ()),
    )


def read_bundle(data: Any) -> Bundle:
    """One file of bundles/."""
    return Bundle(**_check(data, required=("name", "description", "values")))


def read_target(data: Any) -> Target:
    """One file of targets/."""
    _check(data, required=("program", "default", "supported", "features"))
    return Target(data["program"], data["default"], tuple(data["supported"]), data["features"])


def read_addons(data: Any) -> tuple[Addon, ...]:
    """addons.yaml."""
    return tuple(map(_addon, data))


def read_tenant_admin(data: Any) -> tuple[str, ...]:
    """tenant-admin.yaml."""
    return tuple(data)


def _addon(data: Any) -> Addon:
    _check(data, required=("name", "release", "namespace"), optional=("always", "enabledBy"))
    if data.get("always", False) == ("enabledBy" in data):
        message = f"{data['name']}: either always there, or enabled by a value"
        raise CatalogError(message)
    enabled_by = tuple(data["enabledBy"].split(".")) if "enabledBy" in data else ()
    return Addon(data["name"], data["release"], data["namespace"], enabled_by)


def read_credential_keys(data: Any) -> CredentialKeys:
    """credential-keys.yaml."""
    _check(data, required=("words", "exceptions", "tokenPrefixes"))
    return CredentialKeys(
        words=frozenset(map(tuple, data["words"])),
        exceptions=frozenset(map(tuple, data["exceptions"])),
        token_prefixes=tuple(
            TokenPrefix(**_check(known, required=("prefix", "length", "description")))
            for known in data["tokenPrefixes"]
        ),
    )


def _declared(data: Any, kind: str) -> tuple[str, dict[str, Any]]:
    _check(data, required=("apiVersion", "kind", "metadata", "spec"))
    _one_of(data["apiVersion"], _API_VERSION)
    _one_of(data["kind"], kind)
    return _check(data["metadata"], required=("name",))["name"], data["spec"]


def _check(data: Any, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> Any:
    """Return the mapping as it is, once it is known to have these keys and no others."""
    missing = set(required).difference(data)
    unknown = set(data).difference(required, optional)
    if missing or unknown:
        message = f"missing {sorted(missing)}, unknown {sorted(unknown)} in {sorted(data)}"
        raise CatalogError(message)
    return data


def _one_of(value: str, *allowed: str) -> str:
    if value not in allowed:
        message = f"{value!r} is none of {allowed}"
        raise CatalogError(message)
    return value
