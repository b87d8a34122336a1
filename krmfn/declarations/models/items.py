"""Declarations that stand among the items."""

# ruff: noqa: N815  (fields are named as in the manifest)
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from krmfn.declarations.models.fields import (
    ChartRef,
    Connection,
    Metadata,
    Model,
    Name,
    Namespace,
    Prefix,
    Strings,
    Values,
)


class ClusterSpec(Model):
    """The chart's own values, plus the two profiles."""

    model_config = ConfigDict(extra="allow", strict=True)
    isolationProfile: Annotated[
        Name | None,
        Field(
            description="Trust posture: standard (the default), sandbox, cluster-meshed, or an IsolationProfile's name."
        ),
    ] = None
    componentProfile: Annotated[
        Name | None,
        Field(description="What is preinstalled: minimal, standard-addons, gpu, or a ComponentProfile's name."),
    ] = None


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
    chartRef: ChartRef
    prefix: Prefix
    labels: Strings | None = None
    waitStrategy: Literal["poller", "legacy"] | None = None
    healthCheckExprs: list[HealthCheckExpr] | None = None


class ApplicationDefinitionSpec(Model):
    model_config = ConfigDict(extra="allow", strict=True)
    application: DefinedApplication
    release: DefinedRelease
    placement: Name | None = None


class ApplicationDefinition(Model):
    """How a kind becomes a release, as the platform defines it; spec.placement is krmfn's own addition."""

    model_config = ConfigDict(extra="allow", strict=True)
    apiVersion: Literal["cozystack.io/v1alpha1"]
    kind: Literal["ApplicationDefinition"]
    metadata: Metadata
    spec: ApplicationDefinitionSpec


class AppRef(Model):
    kind: Name
    name: Name


class PlacementSpec(Model):
    cluster: Name
    apps: Annotated[list[AppRef], Field(min_length=1)]
    connections: list[Connection] | None = None
    targetNamespace: Namespace | None = None


class Placement(Model):
    """Routes app instances of its namespace onto one cluster of its namespace, with their connections."""

    apiVersion: Literal["krmfn.dev/v1alpha1"]
    kind: Literal["Placement"]
    metadata: Metadata
    spec: PlacementSpec


class Egress(Model):
    scope: Literal["open", "declared"] | None = None
    internet: Literal["allow", "deny"] | None = None
    volumes: bool | None = None
    monitoring: bool | None = None
    ownIngress: bool | None = None


class IsolationProfileSpec(Model):
    extends: Name | None = None
    egress: Egress | None = None
    podSecurity: Literal["privileged", "baseline", "restricted"] | None = None
    kubeconfig: Literal["available", "withheld"] | None = None
    quota: Values | None = None
    limits: Values | None = None
    pins: Annotated[Values | None, Field(description="Chart values that a user may not contradict.")] = None


class IsolationProfile(Model):
    """A trust posture, referenced by name; it can only tighten what it extends."""

    apiVersion: Literal["krmfn.dev/v1alpha1"]
    kind: Literal["IsolationProfile"]
    metadata: Metadata
    spec: IsolationProfileSpec


class ComponentProfileSpec(Model):
    extends: Name | None = None
    values: Values | None = None
    bundles: list[Name] | None = None


class ComponentProfile(Model):
    """What is preinstalled in a cluster, referenced by name."""

    apiVersion: Literal["krmfn.dev/v1alpha1"]
    kind: Literal["ComponentProfile"]
    metadata: Metadata
    spec: ComponentProfileSpec
