"""The functionConfig, and the short declarations that it may contain."""

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
    such_as,
)


class SourceRef(Model):
    kind: Literal["HelmRepository", "GitRepository", "Bucket"]
    """A source in the management cluster."""
    name: Annotated[ObjectName, such_as("fleet")]
    """Its name."""
    namespace: Annotated[Namespace, such_as("flux-system")] | None = None
    """Its namespace; default: that of the release."""
    apiVersion: Annotated[Name, such_as("source.toolkit.fluxcd.io/v1")] | None = None
    """Its apiVersion, where there is more than one."""


class ChartSpec(Model):
    chart: Annotated[Name, such_as("./charts/krmfn-objects")]
    """The chart's name in a HelmRepository, or its path in another source."""
    sourceRef: SourceRef
    """Where Flux finds it."""
    version: Annotated[Name, such_as(">=0.1.0")] | None = None
    """The version, or a range of versions."""
    interval: Duration | None = None
    """How often Flux looks for another one."""
    reconcileStrategy: Literal["ChartVersion", "Revision"] | None = None
    """What makes a new chart: another version in it, or another revision of the source."""


class Chart(Model):
    spec: ChartSpec
    """As spec.chart.spec of a HelmRelease."""


class ObjectsChart(Model):
    """Where Flux finds the objects chart: a chartRef, or a chart, as in a HelmRelease."""

    chartRef: ChartRefSpec | None = None
    """A source that is the chart."""
    chart: Chart | None = None
    """A chart in a source."""


class TargetSpec(Model):
    """Versions of the programs that will run the output."""

    flux: Annotated[Version, such_as("2.8")] | None = None
    """The version of Flux; krmfn writes only fields that this version has."""
    cozystack: Annotated[VersionOrNone, such_as("1.6", "none")] | None = None
    """The version of Cozystack; none: plain Flux without the platform; next: the unreleased version after 1.6."""
    cilium: Annotated[Version, such_as("1.19")] | None = None
    """The version of Cilium on the management cluster."""
    kubernetes: Annotated[Version, such_as("1.34")] | None = None
    """The version of the management cluster."""


class KindDefinition(Model):
    kind: Annotated[Name, such_as("Guestbook")]
    """The kind, as apps name it."""
    plural: Annotated[str, Field(pattern=patterns.NAMESPACE, max_length=63, examples=["guestbooks"])] | None = None
    """The kind's resource in apps.cozystack.io, as roles name it."""
    prefix: Prefix | None = None
    """The prefix of a release's name, before the app's name."""
    chartRef: ChartRefSpec | None = None
    """Where Flux finds the chart."""
    placement: Annotated[Name, such_as("ManagementPlane")] | None = None
    """Where apps of this kind run by default: ManagementPlane, or the name of a cluster."""
    mutation: Literal["tenant-admin", "super-admin"] | None = None
    """Who may change apps of this kind."""


class PostBuild(Model):
    variables: list[Annotated[str, Field(pattern=patterns.VARIABLE, examples=["CLUSTER_DOMAIN"])]]
    """Names of the variables that Flux's post-build substitution fills in; every other $ is kept as written."""


class NetworkSpec(Model):
    """Addresses of the management cluster."""

    apiServerAddresses: list[Annotated[Name, such_as("192.0.2.10")]] | None = None
    """Addresses of its API server that are not node addresses, such as a virtual IP; [] if there are none."""
    serviceCIDRs: list[Annotated[Name, such_as("10.96.0.0/16")]] | None = None
    """The networks of its Services."""
    podCIDRs: list[Annotated[Name, such_as("10.244.0.0/16")]] | None = None
    """The networks of its pods."""
    nodeCIDRs: list[Annotated[Name, such_as("192.0.2.0/24")]] | None = None
    """The networks of its nodes; no side of a mesh may list them."""
    nodeLocalDNS: list[Annotated[Name, such_as("169.254.20.10")]] | None = None
    """Addresses of its node-local DNS cache, such as 169.254.20.10, which nodes of a sandbox may then ask."""
    clusterDomain: Annotated[str, Field(pattern=patterns.OBJECT, max_length=253, examples=["cluster.local"])] = (
        "cozy.local"
    )
    """The domain at the end of its Services' names."""
    clusterNetworkPolicy: bool = False
    """True if its Cilium enforces ClusterNetworkPolicies (Helm value k8sClusterNetworkPolicy, from 1.20 on)."""


class Administrators(Model):
    """Who may change guarded objects, and bypass the guards in an emergency."""

    users: list[Annotated[Name, such_as("alice@example.org")]] | None = None
    """Names of users, as the API server knows them."""
    groups: list[Annotated[Name, such_as("platform-admins")]] | None = None
    """Names of groups; without users and groups: system:masters and the platform's own administrators."""


class PlatformSpec(Model):
    """Settings of the platform output; used only with scope: platform."""

    fluxServiceAccounts: Annotated[
        list[
            Annotated[
                str,
                Field(pattern=patterns.SERVICE_ACCOUNT, max_length=127, examples=["flux-system/kustomize-controller"]),
            ]
        ]
        | None,
        Field(min_length=1),
    ] = None
    """Flux's service accounts, as namespace/name; default: those of the platform, or of plain Flux."""
    tenantServiceAccounts: Annotated[Namespace, such_as("flux-system")] | None = None
    """The namespace of tenants' service accounts, each named like its tenant's namespace; Flux uses it only there."""
    administrators: Administrators | None = None
    """Who may change guarded objects; default: system:masters and the platform's own administrators."""


class Defaults(Model):
    interval: Duration | None = None
    """How often Flux reconciles a release."""
    timeout: Duration | None = None
    """How long an install or upgrade may take."""
    retryInterval: Duration | None = None
    """How long Flux waits before it tries again."""
    maxHistory: Annotated[int, Field(ge=0, le=2**31 - 1, examples=[5])] | None = None
    """How many revisions Helm keeps; 0 means all."""
    chartNamespace: Annotated[Namespace, such_as("cozy-system")] | None = None
    """The namespace of the charts of shipped kinds, if it is not the platform's."""


class Acceptance(Model):
    """A warning that someone has read and lives with."""

    code: Annotated[Name, such_as("kubeconfig-exposed")]
    """Its code, as printed in brackets."""
    kind: Annotated[Name, such_as("Kubernetes")]
    """The kind of its object."""
    name: Annotated[Name, such_as("playground")]
    """The name of its object."""
    reason: Annotated[
        str, Field(pattern=patterns.NOT_BLANK, max_length=1000, examples=["Only administrators have this namespace."])
    ]
    """Why it is accepted, for whoever reads this next."""


class ComputePlaneSpec(Model):
    target: TargetSpec | None = None
    """Versions of the programs that will run the output; default: those that Cozystack 1.6 ships."""
    scope: Literal["tenant", "platform"] = "tenant"
    """tenant: objects for the tenants' declarations; platform: the operator's objects, the same for all tenants."""
    validateOnly: bool = False
    """Only validate: return no items; the exit code is the answer."""
    protect: Literal["clusters", "data"] = "clusters"
    """What Flux may not delete when its declaration is removed: clusters, or also everything that keeps data."""
    namespaces: Annotated[list[Namespace], Field(min_length=1)] | None = None
    """Further namespaces for declarations of this run; by default only metadata.namespace, if it is set."""
    requirePlacement: Literal["none", "code", "all"] = "none"
    """Which apps must run on a cluster: none, those that run code written by their users, or all."""
    kinds: list[KindDefinition] | None = None
    """Kinds that krmfn does not ship, and changes to shipped kinds."""
    objectsChart: ObjectsChart | None = None
    """Where Flux finds the chart that applies objects inside a cluster."""
    postBuild: PostBuild | None = None
    """Flux's post-build substitution."""
    network: NetworkSpec | None = None
    """Addresses of the management cluster."""
    platform: PlatformSpec | None = None
    """Flux's service accounts and the administrators, for the guards of scope: platform."""
    defaults: Defaults | None = None
    """Defaults for every release."""
    accepted: list[Acceptance] | None = None
    """Warnings that are accepted: they are counted, and printed only with --verbose."""
    clusters: list[InlineCluster] | None = None
    """Clusters to create, existing ones, and the module cluster."""
    apps: list[InlineApp] | None = None
    """Apps, with the same fields as in their own declarations."""
    placements: list[InlinePlacement] | None = None
    """Apps that run on clusters; one app in each entry."""
    meshes: list[InlineMesh] | None = None
    """Clusters whose networks are joined (isolationProfile cluster-meshed); one mesh in each namespace."""


class ComputePlane(Model):
    """The functionConfig: targets, sources, defaults and output; it may contain short declarations."""

    apiVersion: Literal["krmfn.dev/v1alpha1"]
    """The group and version of the kind."""
    kind: Literal["ComputePlane"]
    """The kind."""
    metadata: Metadata
    """The object's name and namespace."""
    spec: ComputePlaneSpec | None = None
    """What the run is for, and short declarations."""


class ConfigMap(Model):
    """A functionConfig with flat keys, as kpt's configMap passes it: `target.flux: "2.8"`."""

    model_config = ConfigDict(extra="allow", strict=True)
    apiVersion: Literal["v1"]
    kind: Literal["ConfigMap"]
    metadata: Metadata | None = None
    data: Strings | None = None
