"""Short declarations that stand in the functionConfig."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.declarations.records import App, AppRef, Cluster, Mesh, MeshedCluster, Placement
from krmfn.declarations.services import connections

if TYPE_CHECKING:
    from krmfn.results import Origin, Result


class Inline(NamedTuple):
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
            cni=entry["cni"] or "",
            api_server_addresses=tuple(entry["apiServerAddresses"] or ()),
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
            api_server=entry["apiServer"],
        )
        if app["values"] is None:
            self._refuse_metadata_of_reference(app, app_origin)
            return placement, None
        return placement, self._app(app, namespace, app_origin)

    def mesh(self, index: int, entry: dict[str, Any]) -> Mesh:
        origin = self.origin.at(f"spec.meshes[{index}]")
        sides = enumerate(entry["clusters"])
        return Mesh(
            origin=origin,
            name=entry["name"],
            namespace=self._namespace(entry, origin),
            clusters=tuple(_side(side, origin.at(f"clusters[{i}]")) for i, side in sides),
        )

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


def _side(entry: dict[str, Any], origin: Origin) -> MeshedCluster:
    reference = (entry["kubeConfig"] or {}).get("secretRef")
    return MeshedCluster(
        origin=origin,
        name=entry["name"],
        local=entry["local"],
        kubeconfig=(reference["name"], reference["key"] or "value") if reference else None,
        allowed_networks=tuple(entry["allowedNetworks"]),
        wireguard_port=entry["wireguardPort"],
        persistent_keepalive=entry["persistentKeepalive"],
    )
