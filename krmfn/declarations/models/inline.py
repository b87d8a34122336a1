"""Short declarations inside the functionConfig."""

# ruff: noqa: N815  (fields are named as in the manifest)
from typing import Annotated, Literal

from pydantic import Field

from krmfn.declarations.models.parts import (
    Cidr,
    ConnectionSpec,
    Kind,
    Model,
    Name,
    Namespace,
    ObjectName,
    Port,
    SecretKey,
    Strings,
    Values,
    such_as,
)


class SecretRef(Model):
    name: Annotated[ObjectName, such_as("legacy-kubeconfig")]
    """A Secret in the same namespace."""
    key: Annotated[SecretKey, such_as("value")] | None = None
    """The key of the Secret that has the kubeconfig; default: value."""


class KubeConfig(Model):
    secretRef: SecretRef
    """The Secret that has it."""


class InlineCluster(Model):
    """A cluster to create, an existing one (kubeConfig), or the platform's module cluster (module)."""

    name: Annotated[Name, such_as("playground")]
    """Its name, unique in its namespace."""
    namespace: Namespace | None = None
    """The tenant's namespace; default: metadata.namespace of the ComputePlane."""
    isolationProfile: Annotated[Name, such_as("sandbox")] | None = None
    """Trust posture: standard (the default), sandbox, cluster-meshed, or the name of an IsolationProfile."""
    componentProfile: Annotated[Name, such_as("standard-addons")] | None = None
    """What is preinstalled: minimal, standard-addons, gpu, or the name of a ComponentProfile."""
    values: Values | None = None
    """The chart's own values."""
    kubeConfig: KubeConfig | None = None
    """An existing cluster: where its kubeconfig is."""
    module: bool = False
    """The platform's own module cluster of the tenant."""
    cni: Literal["cilium", "other"] | None = None
    """The network of an existing cluster; default: other. The platform's own clusters have Cilium."""
    apiServerAddresses: list[Annotated[Name, such_as("192.0.2.10")]] | None = None
    """Addresses of an existing cluster's API server; needed by apps that use it if the network is not Cilium."""
    labels: Strings | None = None
    """As metadata.labels of its own declaration."""
    annotations: Strings | None = None
    """As metadata.annotations of its own declaration."""


class InlineApp(Model):
    kind: Kind
    """A kind of the catalog, or of spec.kinds."""
    name: Annotated[Name, such_as("main")]
    """Its name, unique for its kind in its namespace."""
    namespace: Namespace | None = None
    """The tenant's namespace; default: metadata.namespace of the ComputePlane."""
    values: Values | None = None
    """The chart's own values."""
    labels: Strings | None = None
    """As metadata.labels of its own declaration."""
    annotations: Strings | None = None
    """As metadata.annotations of its own declaration."""


class PlacedApp(Model):
    """The app that an inline placement places; if it has values, this entry also declares the app."""

    kind: Annotated[Name, such_as("JupyterHub")]
    """Its kind."""
    name: Annotated[Name, such_as("notebooks")]
    """Its name."""
    values: Values | None = None
    """The chart's own values; leave them out if the app is declared elsewhere in the input."""
    labels: Strings | None = None
    """As metadata.labels of its own declaration."""
    annotations: Strings | None = None
    """As metadata.annotations of its own declaration."""


class InlinePlacement(Model):
    cluster: Annotated[Name, such_as("playground")]
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

    name: Annotated[Namespace, such_as("playground")]
    """A cluster of the same namespace; for the local side, any name for the management cluster."""
    local: bool = False
    """True for the management cluster; each mesh has exactly one local side."""
    kubeConfig: KubeConfig | None = None
    """A Secret in the same namespace with which the mesh's operator reaches this side; not an admin kubeconfig."""
    allowedNetworks: Annotated[list[Cidr], Field(min_length=1, max_length=32)]
    """All networks of this side: those of its pods, its Services and its WireGuard addresses."""
    wireguardPort: Annotated[Port, such_as(51820)] | None = None
    """The UDP port of WireGuard on its nodes; default: 51820."""
    persistentKeepalive: Annotated[int, Field(ge=0, le=65535, examples=[25])] | None = None
    """Seconds between keepalives to its nodes, for nodes behind NAT; default: no keepalives."""


class InlineMesh(Model):
    """A ClusterMesh: clusters of the tenant whose networks are joined."""

    name: Annotated[Namespace, such_as("edge")]
    """Its name, unique in its namespace."""
    namespace: Namespace | None = None
    """The tenant's namespace; default: metadata.namespace of the ComputePlane."""
    clusters: Annotated[list[MeshedClusterSpec], Field(min_length=2, max_length=16)]
    """The sides of the mesh, each with its networks."""
