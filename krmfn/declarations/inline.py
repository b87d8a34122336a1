"""Short declarations inside the functionConfig."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.declarations.connections import connections
from krmfn.declarations.declared import (
    AppRef,
    DeclaredApp,
    DeclaredCluster,
    DeclaredMesh,
    DeclaredPlacement,
    DeclaredSide,
    KubeconfigRef,
)
from krmfn.declarations.profilefields import misplaced_profiles
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.results import Origin, Result, Rule


class InlinePlacementAndApp(NamedTuple):
    """An inline placement, and its app if the same entry declares it."""

    placement: DeclaredPlacement
    app: DeclaredApp | None


class Inline(NamedTuple):
    """Reads inline declarations; each belongs to the ComputePlane's namespace, or names its own."""

    origin: Origin
    default_namespace: str

    def cluster(self, index: int, entry: dict[str, Any]) -> Rule[DeclaredCluster]:
        origin = self.origin.at(f"spec.clusters[{index}]")
        kubeconfig = _kubeconfig(entry)
        if entry["module"] and kubeconfig:
            message = "a cluster cannot be both the module cluster and an existing one; remove module or kubeConfig"
            yield origin.error("ambiguous-cluster", message, "kubeConfig")
        yield from misplaced_profiles(entry["values"] or {}, origin, "values", None)
        namespace = yield from self._namespace(entry, origin)
        return DeclaredCluster(
            origin=origin,
            name=entry["name"],
            namespace=namespace,
            isolation_profile=entry["isolationProfile"] or "",
            component_profile=entry["componentProfile"] or "",
            values=entry["values"],
            labels=entry["labels"] or {},
            annotations=entry["annotations"] or {},
            values_field="values",
            kubeconfig=kubeconfig,
            module=entry["module"],
            cni=entry["cni"] or "",
            api_server_addresses=tuple(entry["apiServerAddresses"] or ()),
        )

    def app(self, index: int, entry: dict[str, Any]) -> Rule[DeclaredApp]:
        origin = self.origin.at(f"spec.apps[{index}]")
        namespace = yield from self._namespace(entry, origin)
        return (yield from _app(entry, namespace, origin))

    def placement(self, index: int, entry: dict[str, Any]) -> Rule[InlinePlacementAndApp]:
        origin = self.origin.at(f"spec.placements[{index}]")
        app, app_origin = entry["app"], origin.at("app")
        namespace = yield from self._namespace(entry, origin)
        placement = DeclaredPlacement(
            origin=origin,
            namespace=namespace,
            cluster=entry["cluster"],
            apps=(AppRef(app_origin, app["kind"], app["name"]),),
            connections=connections(entry["connections"], origin),
            target_namespace=entry["targetNamespace"] or "",
            api_server=entry["apiServer"],
        )
        if app["values"] is None:
            yield from _refuse_metadata_of_reference(app, app_origin)
            return InlinePlacementAndApp(placement, None)
        declared = yield from _app(app, namespace, app_origin)
        return InlinePlacementAndApp(placement, declared)

    def mesh(self, index: int, entry: dict[str, Any]) -> Rule[DeclaredMesh]:
        origin = self.origin.at(f"spec.meshes[{index}]")
        namespace = yield from self._namespace(entry, origin)
        return DeclaredMesh(
            origin=origin,
            name=entry["name"],
            namespace=namespace,
            sides=tuple(_side(side, origin.at(f"clusters[{i}]")) for i, side in enumerate(entry["clusters"])),
        )

    def _namespace(self, entry: dict[str, Any], origin: Origin) -> Rule[str]:
        namespace: str = entry["namespace"] or self.default_namespace
        if not namespace:
            message = (
                "has no namespace; set it here, or set metadata.namespace of the ComputePlane for all declarations"
            )
            yield origin.error("missing-namespace", message, "namespace")
        return namespace


def _app(entry: dict[str, Any], namespace: str, origin: Origin) -> Rule[DeclaredApp]:
    if entry["kind"] == "Kubernetes":
        message = "a cluster is not an app; declare it in spec.clusters"
        yield origin.error("cluster-among-apps", message, "kind")
    return DeclaredApp(
        origin=origin,
        kind=entry["kind"],
        name=entry["name"],
        namespace=namespace,
        values=entry["values"],
        labels=entry["labels"] or {},
        annotations=entry["annotations"] or {},
        values_field="values",
    )


def _refuse_metadata_of_reference(app: dict[str, Any], origin: Origin) -> Iterator[Result]:
    for field in ("labels", "annotations"):
        if app[field]:
            message = (
                f"without values, this entry only refers to an app that is declared elsewhere; move {field} to that "
                "declaration"
            )
            yield origin.error("metadata-of-reference", message, field)


def _kubeconfig(entry: dict[str, Any]) -> KubeconfigRef | None:
    reference = (entry["kubeConfig"] or {}).get("secretRef")
    return KubeconfigRef(reference["name"], reference["key"] or "value") if reference else None


def _side(entry: dict[str, Any], origin: Origin) -> DeclaredSide:
    return DeclaredSide(
        origin=origin,
        name=entry["name"],
        local=entry["local"],
        kubeconfig=_kubeconfig(entry),
        allowed_networks=tuple(entry["allowedNetworks"]),
        wireguard_port=entry["wireguardPort"],
        persistent_keepalive=entry["persistentKeepalive"],
    )
