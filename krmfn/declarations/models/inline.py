"""Short declarations that stand in the functionConfig."""

# ruff: noqa: N815  (fields are named as in the manifest)
from typing import Annotated, Literal

from pydantic import Field

from krmfn.declarations.models.parts import (
    Cidr,
    ConnectionSpec,
    Model,
    Name,
    Namespace,
    ObjectName,
    Port,
    SecretKey,
    Strings,
    Values,
)


class SecretRef(Model):
    name: ObjectName
    """A Secret in the same namespace."""
    key: SecretKey | None = None
    """Its key with the kubeconfig; value when left out."""


class KubeConfig(Model):
    secretRef: SecretRef


class InlineCluster(Model):
    """A cluster to create, an existing one (kubeConfig), or the platform's module cluster (module)."""

    name: Name
    namespace: Namespace | None = None
    """The tenant's; metadata.namespace of the ComputePlane when left out."""
    isolationProfile: Name | None = None
    """Trust posture: standard (the default), sandbox, cluster-meshed, or an IsolationProfile's name."""
    componentProfile: Name | None = None
    """What is preinstalled: minimal, standard-addons, gpu, or a ComponentProfile's name."""
    values: Values | None = None
    """The chart's own values."""
    kubeConfig: KubeConfig | None = None
    """An existing cluster: where its kubeconfig is."""
    module: bool = False
    """The platform's own module cluster of the tenant."""
    cni: Literal["cilium", "other"] | None = None
    """What an existing cluster's network is; other when left out. The platform's own clusters have Cilium."""
    apiServerAddresses: list[Name] | None = None
    """Addresses of an existing cluster's API server, for apps that need it where the network is not Cilium."""
    labels: Strings | None = None
    annotations: Strings | None = None


class InlineApp(Model):
    kind: Name
    """A kind of the catalog, or of spec.kinds."""
    name: Name
    namespace: Namespace | None = None
    """The tenant's; metadata.namespace of the ComputePlane when left out."""
    values: Values | None = None
    """The chart's own values."""
    labels: Strings | None = None
    annotations: Strings | None = None


class PlacedApp(Model):
    """The app that an inline placement places; with values it is declared here as well."""

    kind: Name
    name: Name
    values: Values | None = None
    """The chart's own values; without them the app is declared elsewhere in the input."""
    labels: Strings | None = None
    annotations: Strings | None = None


class InlinePlacement(Model):
    cluster: Name
    """A cluster of the same namespace."""
    namespace: Namespace | None = None
    """The tenant's; metadata.namespace of the ComputePlane when left out."""
    app: PlacedApp
    """The app that runs there."""
    connections: list[ConnectionSpec] | None = None
    """The managed services that it talks to."""
    targetNamespace: Namespace | None = None
    """The namespace inside the cluster; the release's name when left out."""
    apiServer: bool = False
    """The app needs the API server of the cluster that it runs on."""


class MeshedClusterSpec(Model):
    """One side of a mesh."""

    name: Namespace
    """A cluster of the same namespace, or a name for the management cluster (local)."""
    local: bool = False
    """The management cluster; each mesh has exactly one such side."""
    kubeConfig: KubeConfig | None = None
    """What the mesh's operator reaches this side with: a Secret of its own in the same namespace, not an admin's."""
    allowedNetworks: Annotated[list[Cidr], Field(min_length=1, max_length=32)]
    """All networks that this side brings: its pods', its Services', those of its WireGuard addresses."""
    wireguardPort: Port | None = None
    """The UDP port of WireGuard on its nodes; 51820 when left out."""
    persistentKeepalive: Annotated[int, Field(ge=0, le=65535)] | None = None
    """Seconds between keepalives towards its nodes, for those behind NAT; none when left out."""


class InlineMesh(Model):
    """A ClusterMesh: clusters of the tenant whose networks are joined."""

    name: Namespace
    namespace: Namespace | None = None
    """The tenant's; metadata.namespace of the ComputePlane when left out."""
    clusters: Annotated[list[MeshedClusterSpec], Field(min_length=2, max_length=16)]
    """The sides, each with its networks."""
