"""Short declarations that stand in the functionConfig."""

# ruff: noqa: N815  (fields are named as in the manifest)
from krmfn.declarations.models.fields import Connection, Model, Name, Namespace, ObjectName, SecretKey, Strings, Values


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
    connections: list[Connection] | None = None
    """The managed services that it talks to."""
    targetNamespace: Namespace | None = None
    """The namespace inside the cluster; the release's name when left out."""
