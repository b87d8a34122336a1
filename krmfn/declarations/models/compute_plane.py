"""The functionConfig, and the short declarations that may stand in it."""

# ruff: noqa: N815  (fields are named as in the manifest)
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from krmfn.declarations import patterns
from krmfn.declarations.models.inline import InlineApp, InlineCluster, InlineMesh, InlinePlacement
from krmfn.declarations.models.parts import (
    ChartRefSpec,
    Duration,
    Metadata,
    Model,
    Name,
    Namespace,
    ObjectName,
    Prefix,
    Strings,
    Version,
    VersionOrNone,
)


class SourceRef(Model):
    kind: Literal["HelmRepository", "GitRepository", "Bucket"]
    name: ObjectName
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

    chartRef: ChartRefSpec | None = None
    chart: Chart | None = None


class TargetSpec(Model):
    """Versions of the programs that will run the output."""

    flux: Version | None = None
    """The version of Flux; only what it has is written."""
    cozystack: VersionOrNone | None = None
    """none: plain Flux, without the platform; next: what follows 1.6 and is not released yet."""
    cilium: Version | None = None
    """The version of Cilium on the management cluster."""
    kubernetes: Version | None = None
    """The version of the management cluster."""


class KindDefinition(Model):
    kind: Name
    """The kind, as apps name it."""
    plural: Annotated[str, Field(pattern=patterns.NAMESPACE, max_length=63)] | None = None
    """The kind's resource in apps.cozystack.io, as roles name it."""
    prefix: Prefix | None = None
    """What stands before an app's name in its release's."""
    chartRef: ChartRefSpec | None = None
    """Where Flux finds the chart."""
    placement: Name | None = None
    """ManagementPlane, or the cluster that it runs on by default."""
    mutation: Literal["tenant-admin", "super-admin"] | None = None
    """Who may change apps of this kind."""


class PostBuild(Model):
    variables: list[Annotated[str, Field(pattern=patterns.VARIABLE)]]
    """Names that Flux's post-build substitution fills in; every other $ arrives as written."""


class NetworkSpec(Model):
    """Addresses of the management cluster."""

    apiServerAddresses: list[Name] | None = None
    """Addresses of its API server that none of its nodes has, such as a virtual IP; [] where there is none."""
    serviceCIDRs: list[Name] | None = None
    """Where its Services are."""
    podCIDRs: list[Name] | None = None
    """Where its pods are."""
    clusterDomain: Annotated[str, Field(pattern=patterns.OBJECT, max_length=253)] = "cozy.local"
    """The domain that the names of its Services end in."""
    clusterNetworkPolicy: bool = False
    """Its Cilium enforces ClusterNetworkPolicies (Helm value k8sClusterNetworkPolicy, from 1.20 on)."""


class Administrators(Model):
    """Who may change what is guarded, and break the glass."""

    users: list[Name] | None = None
    """Names of users, as the API server knows them."""
    groups: list[Name] | None = None
    """Names of groups; system:masters, and the platform's own administrators, when neither is said."""


class PlatformSpec(Model):
    """What the platform output is written for; it counts with scope: platform."""

    fluxServiceAccounts: Annotated[
        list[Annotated[str, Field(pattern=patterns.SERVICE_ACCOUNT, max_length=127)]] | None, Field(min_length=1)
    ] = None
    """Namespace and name of the service accounts that Flux applies with; the platform's, or Flux's own, if left out."""
    administrators: Administrators | None = None


class Defaults(Model):
    interval: Duration | None = None
    """How often Flux reconciles a release."""
    timeout: Duration | None = None
    """How long an install or upgrade may take."""
    retryInterval: Duration | None = None
    """How long Flux waits before it tries again."""
    maxHistory: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    """How many revisions Helm keeps; 0 is all of them."""
    chartNamespace: Namespace | None = None
    """Where the charts of shipped kinds are, if not where the platform has them."""


class ComputePlaneSpec(Model):
    target: TargetSpec | None = None
    """Versions that will run the output; what Cozystack 1.6 ships when left out."""
    scope: Literal["tenant", "platform"] = "tenant"
    """tenant: what declarations come to; platform: the operator's own objects, the same for all tenants."""
    validateOnly: bool = False
    """Give no items back: the verdict is the exit code."""
    protect: Literal["clusters", "data"] = "clusters"
    """What Flux may not delete when its declaration goes: clusters, or also all that keeps data."""
    namespaces: Annotated[list[Namespace], Field(min_length=1)] | None = None
    """Further namespaces in which this run may declare; without it only metadata.namespace, where that is set."""
    kinds: list[KindDefinition] | None = None
    """Kinds that krmfn does not ship, and changes to those that it does."""
    objectsChart: ObjectsChart | None = None
    """Where Flux finds the chart that applies objects inside a cluster."""
    postBuild: PostBuild | None = None
    """Flux's post-build substitution."""
    network: NetworkSpec | None = None
    """Addresses of the management cluster."""
    platform: PlatformSpec | None = None
    """Who Flux is and who the administrators are, for the guards of scope: platform."""
    defaults: Defaults | None = None
    """What holds for every release."""
    clusters: list[InlineCluster] | None = None
    """Clusters to create, existing ones, and the module cluster."""
    apps: list[InlineApp] | None = None
    """Apps, as their declarations would say them."""
    placements: list[InlinePlacement] | None = None
    """Apps on clusters, one each."""
    meshes: list[InlineMesh] | None = None
    """Clusters whose networks are joined (isolationProfile cluster-meshed); one mesh a namespace."""


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
