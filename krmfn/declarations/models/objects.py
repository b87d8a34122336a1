"""Declarations among the items."""

# ruff: noqa: N815  (fields are named as in the manifest)
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from krmfn.declarations.models.parts import (
    ChartRefSpec,
    ConnectionSpec,
    Kind,
    Metadata,
    Model,
    Name,
    Namespace,
    Prefix,
    Quantities,
    Strings,
    Values,
    such_as,
)


class ClusterSpec(Model):
    """The chart's own values, plus the two profiles."""

    model_config = ConfigDict(extra="allow", strict=True)
    isolationProfile: Annotated[Name, such_as("sandbox")] | None = None
    """Trust posture: standard (the default), sandbox, cluster-meshed, or the name of an IsolationProfile."""
    componentProfile: Annotated[Name, such_as("standard-addons")] | None = None
    """What is preinstalled: minimal, standard-addons, gpu, or the name of a ComponentProfile."""


class Kubernetes(Model):
    """A tenant cluster."""

    model_config = ConfigDict(extra="allow", strict=True)
    apiVersion: Literal["apps.cozystack.io/v1alpha1"]
    """The group and version of the kind."""
    kind: Literal["Kubernetes"]
    """The kind."""
    metadata: Metadata
    """The object's name and namespace."""
    spec: ClusterSpec | None = None
    """The chart's own values, and the two profiles."""


class Application(Model):
    """One instance of a catalog app; spec has the chart's own values."""

    model_config = ConfigDict(extra="allow", strict=True)
    apiVersion: Literal["apps.cozystack.io/v1alpha1"]
    """The group and version of the kind."""
    kind: Kind
    """The kind."""
    metadata: Metadata
    """The object's name and namespace."""
    spec: Values | None = None
    """The chart's own values."""


class HealthCheckExpr(Model):
    apiVersion: Annotated[Name, such_as("example.org/v1")]
    """The apiVersion of the objects that it looks at."""
    kind: Annotated[Name, such_as("Ledger")]
    """Their kind."""
    current: Annotated[Name, such_as("status.phase == 'Ready'")]
    """A CEL expression: true when the object is ready."""
    failed: Annotated[Name, such_as("status.phase == 'Failed'")] | None = None
    """A CEL expression: true when it has failed."""
    inProgress: Annotated[Name, such_as("status.phase == 'Starting'")] | None = None
    """A CEL expression: true while it is being made."""


class DefinedApplication(Model):
    model_config = ConfigDict(extra="allow", strict=True)
    kind: Annotated[Name, such_as("Guestbook")]
    """The kind, as apps name it."""
    plural: Annotated[Name, such_as("guestbooks")]
    """Its plural in lower case, as roles name it."""
    singular: Annotated[Name, such_as("guestbook")]
    """Its singular in lower case."""
    openAPISchema: (
        Annotated[str, such_as('{"type": "object", "properties": {"replicas": {"type": "integer"}}}')] | None
    ) = None
    """The schema of its values, as JSON in a string."""


class DefinedRelease(Model):
    model_config = ConfigDict(extra="allow", strict=True)
    chartRef: ChartRefSpec
    """Where Flux finds the chart."""
    prefix: Prefix
    """The prefix of a release's name, before the app's name."""
    labels: Strings | None = None
    """Labels of every release of the kind."""
    waitStrategy: Literal["poller", "legacy"] | None = None
    """How Helm waits for what it has applied."""
    healthCheckExprs: list[HealthCheckExpr] | None = None
    """How Flux tells whether custom resources of the chart are ready."""


class ApplicationDefinitionSpec(Model):
    model_config = ConfigDict(extra="allow", strict=True)
    application: DefinedApplication
    """What the kind is called, and what its values may be."""
    release: DefinedRelease
    """How an app of the kind becomes a release."""
    placement: Annotated[Name, such_as("ManagementPlane")] | None = None
    """krmfn's own field: where apps of the kind run by default: ManagementPlane, or the name of a cluster."""


class ApplicationDefinition(Model):
    """How a kind becomes a release, as the platform defines it; spec.placement is krmfn's own addition."""

    model_config = ConfigDict(extra="allow", strict=True)
    apiVersion: Literal["cozystack.io/v1alpha1"]
    """The group and version of the kind."""
    kind: Literal["ApplicationDefinition"]
    """The kind."""
    metadata: Metadata
    """The object's name and namespace."""
    spec: ApplicationDefinitionSpec
    """How the kind becomes a release."""


class AppRefSpec(Model):
    """An app that is declared in the same namespace."""

    kind: Annotated[Name, such_as("JupyterHub")]
    """Its kind."""
    name: Annotated[Name, such_as("notebooks")]
    """Its name."""


class PlacementSpec(Model):
    cluster: Annotated[Name, such_as("playground")]
    """A cluster of the same namespace: a Kubernetes, or an entry of spec.clusters of the ComputePlane."""
    apps: Annotated[list[AppRefSpec], Field(min_length=1)]
    """Apps declared in the same namespace."""
    connections: list[ConnectionSpec] | None = None
    """The managed services that these apps connect to."""
    targetNamespace: Namespace | None = None
    """The namespace inside the cluster; default: the release's name."""
    apiServer: bool = False
    """True if these apps need the API server of the cluster that they run on."""


class Placement(Model):
    """Places apps of its namespace on one cluster of the same namespace, and declares their connections."""

    apiVersion: Literal["krmfn.dev/v1alpha1"]
    """The group and version of the kind."""
    kind: Literal["Placement"]
    """The kind."""
    metadata: Metadata
    """The object's name and namespace."""
    spec: PlacementSpec
    """Where which apps run, and what they connect to."""


class EgressSpec(Model):
    scope: Literal["open", "declared"] | None = None
    """open: as the platform configures it; declared: nodes reach only declared connections."""
    internet: Literal["allow", "deny"] | None = None
    """Whether addresses outside the management cluster may be reached."""
    volumes: bool | None = None
    """Whether volumes of the management cluster may be used."""
    monitoring: bool | None = None
    """Whether metrics and logs may go to the tenant's monitoring."""
    ownIngress: bool | None = None
    """Whether the tenant's own ingress may be reached."""


class LimitRangeItem(Model):
    """Limits for containers, pods or claims, as in a LimitRange."""

    type: Literal["Container", "Pod", "PersistentVolumeClaim"]
    """What is limited; at most one entry for each type."""
    max: Quantities | None = None
    """The maximum of each resource."""
    min: Quantities | None = None
    """The minimum of each resource."""
    default: Quantities | None = None
    """The limit of a container that sets no limit."""
    defaultRequest: Quantities | None = None
    """The request of a container that sets no request."""
    maxLimitRequestRatio: Quantities | None = None
    """The highest allowed ratio of limit to request."""


class IsolationProfileSpec(Model):
    extends: Annotated[Name, such_as("sandbox")] | None = None
    """The profile that this one tightens."""
    egress: EgressSpec | None = None
    """What the nodes of the cluster may reach."""
    podSecurity: Literal["privileged", "baseline", "restricted"] | None = None
    """The Pod Security level of namespaces in the cluster."""
    kubeconfig: Literal["available", "withheld"] | None = None
    """withheld: the tenant gets no kubeconfig."""
    quota: Quantities | None = None
    """The ResourceQuota of every app namespace: the amount of each resource, as in its spec.hard."""
    limits: list[LimitRangeItem] | None = None
    """The LimitRange of every app namespace, as its spec.limits."""
    pins: Values | None = None
    """Chart values that a user may not contradict."""


class IsolationProfile(Model):
    """A trust posture, referenced by name; it can only tighten the profile that it extends."""

    apiVersion: Literal["krmfn.dev/v1alpha1"]
    """The group and version of the kind."""
    kind: Literal["IsolationProfile"]
    """The kind."""
    metadata: Metadata
    """The object's name and namespace."""
    spec: IsolationProfileSpec
    """What a cluster of this profile may and may not."""


class ComponentProfileSpec(Model):
    extends: Annotated[Name, such_as("standard-addons")] | None = None
    """The profile that this one adds to."""
    values: Values | None = None
    """Values of the cluster's chart; they override those of the bundles and of the extended profile."""
    bundles: list[Annotated[Name, such_as("ingress")]] | None = None
    """Names of sets of addons that krmfn ships."""


class ComponentProfile(Model):
    """What is preinstalled in a cluster, referenced by name."""

    apiVersion: Literal["krmfn.dev/v1alpha1"]
    """The group and version of the kind."""
    kind: Literal["ComponentProfile"]
    """The kind."""
    metadata: Metadata
    """The object's name and namespace."""
    spec: ComponentProfileSpec
    """What a cluster of this profile comes with."""
