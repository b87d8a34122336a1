"""Declarations among the items."""

# ruff: noqa: N815  (fields are named as in the manifest)
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from krmfn.declarations.models.parts import (
    ChartRefSpec,
    ConnectionSpec,
    Metadata,
    Model,
    Name,
    Namespace,
    Prefix,
    Quantities,
    Strings,
    Values,
)


class ClusterSpec(Model):
    """The chart's own values, plus the two profiles."""

    model_config = ConfigDict(extra="allow", strict=True)
    isolationProfile: Name | None = None
    """Trust posture: standard (the default), sandbox, cluster-meshed, or the name of an IsolationProfile."""
    componentProfile: Name | None = None
    """What is preinstalled: minimal, standard-addons, gpu, or the name of a ComponentProfile."""


class Kubernetes(Model):
    """A tenant cluster."""

    model_config = ConfigDict(extra="allow", strict=True)
    apiVersion: Literal["apps.cozystack.io/v1alpha1"]
    kind: Literal["Kubernetes"]
    metadata: Metadata
    spec: ClusterSpec | None = None


class Application(Model):
    """One instance of a catalog app; spec has the chart's own values."""

    model_config = ConfigDict(extra="allow", strict=True)
    apiVersion: Literal["apps.cozystack.io/v1alpha1"]
    kind: Name
    metadata: Metadata
    spec: Values | None = None


class HealthCheckExpr(Model):
    apiVersion: Name
    kind: Name
    current: Name
    failed: Name | None = None
    inProgress: Name | None = None


class DefinedApplication(Model):
    model_config = ConfigDict(extra="allow", strict=True)
    kind: Name
    plural: Name
    singular: Name
    openAPISchema: str | None = None


class DefinedRelease(Model):
    model_config = ConfigDict(extra="allow", strict=True)
    chartRef: ChartRefSpec
    prefix: Prefix
    labels: Strings | None = None
    waitStrategy: Literal["poller", "legacy"] | None = None
    healthCheckExprs: list[HealthCheckExpr] | None = None


class ApplicationDefinitionSpec(Model):
    model_config = ConfigDict(extra="allow", strict=True)
    application: DefinedApplication
    release: DefinedRelease
    placement: Name | None = None
    """krmfn's own field: where apps of the kind run by default: ManagementPlane, or the name of a cluster."""


class ApplicationDefinition(Model):
    """How a kind becomes a release, as the platform defines it; spec.placement is krmfn's own addition."""

    model_config = ConfigDict(extra="allow", strict=True)
    apiVersion: Literal["cozystack.io/v1alpha1"]
    kind: Literal["ApplicationDefinition"]
    metadata: Metadata
    spec: ApplicationDefinitionSpec


class AppRefSpec(Model):
    kind: Name
    name: Name


class PlacementSpec(Model):
    cluster: Name
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
    kind: Literal["Placement"]
    metadata: Metadata
    spec: PlacementSpec


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
    extends: Name | None = None
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
    kind: Literal["IsolationProfile"]
    metadata: Metadata
    spec: IsolationProfileSpec


class ComponentProfileSpec(Model):
    extends: Name | None = None
    """The profile that this one adds to."""
    values: Values | None = None
    """Values of the cluster's chart; they override those of the bundles and of the extended profile."""
    bundles: list[Name] | None = None
    """Names of sets of addons that krmfn ships."""


class ComponentProfile(Model):
    """What is preinstalled in a cluster, referenced by name."""

    apiVersion: Literal["krmfn.dev/v1alpha1"]
    kind: Literal["ComponentProfile"]
    metadata: Metadata
    spec: ComponentProfileSpec
