"""Short declarations inside the functionConfig."""

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
    """The key of the Secret that has the kubeconfig; default: value."""


class KubeConfig(Model):
    secretRef: SecretRef


class InlineCluster(Model):
    """A cluster to create, an existing one (kubeConfig), or the platform's module cluster (module)."""

    name: Name
    namespace: Namespace | None = None
    """The tenant's namespace; default: metadata.namespace of the ComputePlane."""
    isolationProfile: Name | None = None
    """Trust posture: standard (the default), sandbox, cluster-meshed, or the name of an IsolationProfile."""
    componentProfile: Name | None = None
    """What is preinstalled: minimal, standard-addons, gpu, or the name of a ComponentProfile."""
    values: Values | None = None
    """The chart's own values."""
    kubeConfig: KubeConfig | None = None
    """An existing cluster: where its kubeconfig is."""
    module: bool = False
    """The platform's own module cluster of the tenant."""
    cni: Literal["cilium", "other"] | None = None
    """The network of an existing cluster; default: other. The platform's own clusters have Cilium."""
    apiServerAddresses: list[Name] | None = None
    """Addresses of an existing cluster's API server; needed by apps that use it if the network is not Cilium."""
    labels: Strings | None = None
    annotations: Strings | None = None


class InlineApp(Model):
    kind: Name
    """A kind of the catalog, or of spec.kinds."""
    name: Name
    namespace: Namespace | None = None
    """The tenant's namespace; default: metadata.namespace of the ComputePlane."""
    values: Values | None = None
    """The chart's own values."""
    labels: Strings | None = None
    annotations: Strings | None = None


class PlacedApp(Model):
    """The app that an inline placement places; if it has values, this entry also declares the app."""

    kind: Name
    name: Name
    values: Values | None = None
    """The chart's own values; leave them out if the app is declared elsewhere in the input."""
    labels: Strings | None = None
    annotations: Strings | None = None


class InlinePlacement(Model):
    cluster: Name
    """A cluster of the same namespace."""
    namespace: Namespace | None = None
    """The tenant's namespace; default: metadata.namespace of the ComputePlane."""
    app: PlacedApp
    """The app that runs on the cluster."""
    connections: list[ConnectionSpec] | None = None
    """The managed services that it connects to."""
    targetNamespace: Namespace | None = None
    """The namespace inside the cluster; default: the release's name."""
    apiServer: bool = False
    """True if the app needs the API server of the cluster that it runs on."""


class MeshedClusterSpec(Model):
    """One side of a mesh."""

    name: Namespace
    """A cluster of the same namespace; for the local side, any name for the management cluster."""
    local: bool = False
    """True for the management cluster; each mesh has exactly one local side."""
    kubeConfig: KubeConfig | None = None
    """A Secret in the same namespace with which the mesh's operator reaches this side; not an admin kubeconfig."""
    allowedNetworks: Annotated[list[Cidr], Field(min_length=1, max_length=32)]
    """All networks of this side: those of its pods, its Services and its WireGuard addresses."""
    wireguardPort: Port | None = None
    """The UDP port of WireGuard on its nodes; default: 51820."""
    persistentKeepalive: Annotated[int, Field(ge=0, le=65535)] | None = None
    """Seconds between keepalives to its nodes, for nodes behind NAT; default: no keepalives."""


class InlineMesh(Model):
    """A ClusterMesh: clusters of the tenant whose networks are joined."""

    name: Namespace
    namespace: Namespace | None = None
    """The tenant's namespace; default: metadata.namespace of the ComputePlane."""
    clusters: Annotated[list[MeshedClusterSpec], Field(min_length=2, max_length=16)]
    """The sides of the mesh, each with its networks."""
