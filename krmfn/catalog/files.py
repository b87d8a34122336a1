"""Reads files of the catalog into records; a missing or unknown key is our own mistake and raises CatalogError."""

from __future__ import annotations

from typing import Any

from krmfn.catalog.clustercharts import read_cluster_chart, read_shared_name
from krmfn.catalog.credentialkeys import CredentialKeys, TokenPrefix
from krmfn.catalog.entries import (
    Addon,
    Bundle,
    ChartRef,
    ClosedAddress,
    Condition,
    Credentials,
    Kind,
    Members,
    Port,
    Program,
    Renamed,
    Service,
)
from krmfn.catalog.keychecks import CatalogError, check, one_of

_KIND_REQUIRED = ("kind", "plural", "prefix", "chartRef", "placeable")
_KIND_OPTIONAL = (
    *("labels", "installTimeout", "disableWait", "module", "name", "namespace", "feature", "because", "stateful"),
    *("placeableWhen", "addons", "services", "pods", "credentials", "note", "behindIngress"),
    *("members", "apiServer", "podSecurity", "onCluster", "runsCode", "sharedName"),
)


def read_kind(data: Any) -> Kind:
    """One file of kinds/."""
    check(data, required=_KIND_REQUIRED, optional=_KIND_OPTIONAL)
    if data.get("module", False) != ("name" in data):
        message = f"{data['kind']}: a module needs a name, and no other kind may have one"
        raise CatalogError(message)
    if (data["placeable"] == "by-another-chart") != ("because" in data):
        message = f"{data['kind']}: `because` belongs to placeable: by-another-chart, and only to it"
        raise CatalogError(message)
    if "placeableWhen" in data and "because" not in data:
        message = f"{data['kind']}: `placeableWhen` needs placeable: by-another-chart"
        raise CatalogError(message)
    return Kind(
        kind=data["kind"],
        plural=data["plural"],
        prefix=data["prefix"],
        chart_ref=ChartRef(**check(data["chartRef"], required=("kind", "name", "namespace"))),
        labels=data.get("labels", {}),
        install_timeout=data.get("installTimeout", ""),
        disable_wait=data.get("disableWait", False),
        name=data.get("name", ""),
        namespace=data.get("namespace", ""),
        feature=data.get("feature", ""),
        placeable=one_of(data["placeable"], "always", "by-another-chart", "never"),
        because=data.get("because", ""),
        placeable_when=_conditions(data, "placeableWhen"),
        stateful=data.get("stateful", False),
        runs_code=data.get("runsCode", False),
        addons=tuple(data.get("addons", ())),
        services=_services(data.get("services", ())),
        pods={label: tuple(parts) for label, parts in data.get("pods", {}).items()},
        credentials=tuple(map(_credentials, data.get("credentials", ()))),
        note=data.get("note", ""),
        behind_ingress=data.get("behindIngress", False),
        members=_members(data["members"]) if "members" in data else None,
        api_server=data.get("apiServer", False),
        pod_security=one_of(data.get("podSecurity", "restricted"), "privileged", "baseline", "restricted"),
        shared_name=read_shared_name(data["sharedName"]) if "sharedName" in data else None,
        on_cluster=read_cluster_chart(data["onCluster"]) if "onCluster" in data else None,
    )


def _services(data: Any) -> tuple[Service, ...]:
    if len({"pods" in each for each in data}) > 1:
        message = f"{[each['name'] for each in data]}: either all Services have `pods`, or none"
        raise CatalogError(message)
    return tuple(map(_service, data))


def _service(data: Any) -> Service:
    check(data, required=("name", "ports"), optional=("pods", "when"))
    [pods] = data.get("pods", {"": ""}).items()
    ports = tuple(_port(each)._replace(pods=pods) for each in data["ports"])
    return Service(tuple(data["name"]), ports, _conditions(data))


def _conditions(data: Any, field: str = "when") -> tuple[Condition, ...]:
    return tuple(map(_condition, data.get(field, ())))


def _condition(data: Any) -> Condition:
    check(data, required=("value", "default"), optional=("is", "not"))
    if ("is" in data) == ("not" in data):
        message = f"{data['value']}: needs exactly one of `is` and `not`"
        raise CatalogError(message)
    literal = data["is"] if "is" in data else data["not"]
    return Condition(tuple(data["value"].split(".")), data["default"], literal, "is" in data)


def _members(data: Any) -> Members:
    check(data, optional=("service", "through", "ports"))
    ports = tuple(map(_port, data.get("ports", ())))
    return Members(tuple(data.get("service", ())), tuple(data.get("through", ())), ports)


def _port(data: Any) -> Port:
    check(data, required=("name", "port", "targetPort"), optional=("protocol",))
    return Port(data["name"], data["port"], data["targetPort"], one_of(data.get("protocol", "TCP"), "TCP", "UDP"))


def _credentials(data: Any) -> Credentials:
    check(data, required=("secret", "keys"), optional=("when", "late", "feature", "generated"))
    return Credentials(
        secret=tuple(data["secret"]),
        keys=tuple(data["keys"]),
        when=_conditions(data),
        late=tuple(data.get("late", ())),
        generated=tuple(data.get("generated", ())),
        feature=data.get("feature", ""),
    )


def read_spec(data: Any) -> dict[str, Any]:
    """One file of isolation/ or components/: a declaration as users write it; its model describes the fields."""
    spec: dict[str, Any] = data["spec"]
    return spec


def read_bundle(data: Any) -> Bundle:
    """One file of bundles/."""
    return Bundle(**check(data, required=("name", "description", "values")))


def read_program(data: Any) -> Program:
    """One file of targets/."""
    check(data, required=("program", "default", "supported", "features"), optional=("behaviours",))
    return Program(
        data["program"], data["default"], tuple(data["supported"]), data["features"], data.get("behaviours", {})
    )


def read_addons(data: Any) -> tuple[Addon, ...]:
    """addons.yaml."""
    return tuple(map(_addon, data))


def read_renamed_kinds(data: Any) -> dict[str, Renamed]:
    """renamed-kinds.yaml."""
    entries = [check(entry, required=("kind", "since", "now")) for entry in data]
    return {entry["kind"]: Renamed(entry["since"], tuple(entry["now"])) for entry in entries}


def read_closed_addresses(data: Any) -> tuple[ClosedAddress, ...]:
    """closed-addresses.yaml."""
    return tuple(
        ClosedAddress(**check(each, required=("cidr", "what", "source"), optional=("within",))) for each in data
    )


def read_tenant_admin(data: Any) -> tuple[str, ...]:
    """tenant-admin.yaml."""
    return tuple(data)


def _addon(data: Any) -> Addon:
    check(data, required=("name", "release", "namespace"), optional=("always", "enabledBy"))
    if data.get("always", False) == ("enabledBy" in data):
        message = f"{data['name']}: either always there, or enabled by a value"
        raise CatalogError(message)
    enabled_by = tuple(data["enabledBy"].split(".")) if "enabledBy" in data else ()
    return Addon(data["name"], data["release"], data["namespace"], enabled_by)


def read_credential_keys(data: Any) -> CredentialKeys:
    """credential-keys.yaml."""
    check(data, required=("words", "exceptions", "tokenPrefixes"))
    return CredentialKeys(
        words=frozenset(map(tuple, data["words"])),
        exceptions=frozenset(map(tuple, data["exceptions"])),
        token_prefixes=tuple(
            TokenPrefix(**check(known, required=("prefix", "length", "description"))) for known in data["tokenPrefixes"]
        ),
    )
