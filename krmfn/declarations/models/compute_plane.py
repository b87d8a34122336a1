"""The functionConfig, and the short declarations that may stand in it."""

# ruff: noqa: N815  (fields are named as in the manifest)
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from krmfn.declarations.models.fields import (
    ChartRef,
    Connection,
    Duration,
    Metadata,
    Model,
    Name,
    Namespace,
    Prefix,
    Strings,
    Values,
    Version,
    VersionOrNone,
)


class SourceRef(Model):
    kind: Literal["HelmRepository", "GitRepository", "Bucket"]
    name: Name
    namespace: Namespace | None = None
    apiVersion: Name | None = None


class ChartSpec(Model):
    chart: Name
    sourceRef: SourceRef
    version: Name | None = None
    interval: Duration | None = None
    reconcileStrategy: Literal["ChartVersion", "Revision"] | None = None


class Chart(Model):
    spec: ChartSpec


class ObjectsChart(Model):
    """Where Flux finds the objects chart: a chartRef, or a chart, as in a HelmRelease."""

    chartRef: ChartRef | None = None
    chart: Chart | None = None


class Target(Model):
    """Versions of the programs that will run the output."""

    flux: Version | None = None
    cozystack: Annotated[VersionOrNone | None, Field(description="none: plain Flux, without the platform.")] = None
    cilium: Version | None = None
    kubernetes: Version | None = None


class KindDefinition(Model):
    kind: Name
    prefix: Prefix | None = None
    chartRef: ChartRef | None = None
    placement: Annotated[
        Name | None, Field(description="ManagementPlane, or the cluster that it runs on by default.")
    ] = None
    mutation: Literal["tenant-admin", "super-admin"] | None = None


class PostBuild(Model):
    variables: list[Annotated[str, Field(pattern="^[_a-zA-Z][_a-zA-Z0-9]*$")]]


class Network(Model):
    """Addresses of the management cluster."""

    apiServerAddresses: list[Name] | None = None
    serviceCIDRs: list[Name] | None = None
    podCIDRs: list[Name] | None = None


class Defaults(Model):
    interval: Duration | None = None
    timeout: Duration | None = None
    retryInterval: Duration | None = None
    maxHistory: Annotated[int, Field(ge=0)] | None = None
    chartNamespace: Namespace | None = None


class SecretRef(Model):
    name: Name
    key: Name | None = None


class KubeConfig(Model):
    secretRef: SecretRef


class InlineCluster(Model):
    """A cluster to create, an existing one (kubeConfig), or the platform's module cluster (module)."""

    name: Name
    namespace: Namespace | None = None
    isolationProfile: Name | None = None
    componentProfile: Name | None = None
    values: Values | None = None
    kubeConfig: KubeConfig | None = None
    module: bool = False
    labels: Strings | None = None
    annotations: Strings | None = None


class InlineApp(Model):
    kind: Name
    name: Name
    namespace: Namespace | None = None
    values: Values | None = None
    labels: Strings | None = None
    annotations: Strings | None = None


class PlacedApp(Model):
    """The app that an inline placement places; with values it is declared here as well."""

    kind: Name
    name: Name
    values: Values | None = None
    labels: Strings | None = None
    annotations: Strings | None = None


class InlinePlacement(Model):
    cluster: Name
    namespace: Namespace | None = None
    app: PlacedApp
    connections: list[Connection] | None = None
    targetNamespace: Namespace | None = None


class ComputePlaneSpec(Model):
    target: Target | None = None
    scope: Literal["tenant", "platform"] = "tenant"
    validateOnly: bool = False
    protect: Literal["clusters", "data"] = "clusters"
    kinds: list[KindDefinition] | None = None
    objectsChart: ObjectsChart | None = None
    postBuild: PostBuild | None = None
    network: Network | None = None
    defaults: Defaults | None = None
    clusters: list[InlineCluster] | None = None
    apps: list[InlineApp] | None = None
    placements: list[InlinePlacement] | None = None


class ComputePlane(Model):
    """The functionConfig: targets, sources, defaults, output; short declarations may stand in it."""

    apiVersion: Literal["krmfn.dev/v1alpha1"]
    kind: Literal["ComputePlane"]
    metadata: Metadata
    spec: ComputePlaneSpec | None = None


class ConfigMap(Model):
    """A functionConfig with flat keys, as kpt's configMap sends it: `target.flux: "2.8"`."""

    model_config = ConfigDict(extra="allow", strict=True)
    apiVersion: Literal["v1"]
    kind: Literal["ConfigMap"]
    metadata: Metadata | None = None
    data: Strings | None = None
