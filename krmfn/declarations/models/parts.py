"""Parts that more than one declaration uses."""

# ruff: noqa: N815  (fields are named as in the manifest)
# Pydantic evaluates annotations when it builds a class, so their imports cannot be under TYPE_CHECKING.
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from krmfn.declarations import patterns

Name = Annotated[str, Field(min_length=1, max_length=253)]
ObjectName = Annotated[str, Field(pattern=patterns.OBJECT, max_length=253)]
Namespace = Annotated[str, Field(pattern=patterns.NAMESPACE, max_length=63, examples=["tenant-acme"])]
Version = Annotated[str, Field(pattern=patterns.VERSION)]
VersionOrNone = Annotated[str, Field(pattern=patterns.VERSION_OR_NONE)]
Duration = Annotated[str, Field(pattern=patterns.DURATION, max_length=16, examples=["10m"])]
SecretKey = Annotated[str, Field(pattern=patterns.KEY_IN_SECRET, max_length=253)]
TargetPath = Annotated[str, Field(pattern=patterns.TARGET_PATH, max_length=250, examples=["hub.db.password"])]
Port = Annotated[int, Field(ge=1, le=65535, examples=[5432])]
Prefix = Annotated[str, Field(pattern=patterns.PREFIX, examples=["guestbook-"])]
Cidr = Annotated[str, Field(pattern=patterns.CIDR, max_length=43, examples=["10.243.0.0/16"])]
Quantity = Annotated[Any, WithJsonSchema({"type": ["string", "integer"], "minLength": 1, "minimum": 0})]
"""A Kubernetes quantity; topology/ parses it, because an invalid quantity has its own result code."""
Quantities = Annotated[
    dict[Annotated[str, Field(pattern=patterns.RESOURCE, max_length=316)], Quantity],
    Field(examples=[{"cpu": "4", "memory": "8Gi"}]),
]
Values = Annotated[dict[str, Any], Field(examples=[{"size": "10Gi"}])]
Strings = Annotated[dict[str, str], Field(examples=[{"team": "data"}])]


def such_as(*values: Any) -> Any:
    """Examples of a field, for editors and the reference; a test holds that its schema takes them."""
    return Field(examples=list(values))


Kind = Annotated[Name, such_as("Postgres")]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class Metadata(Model):
    """The part of an object's metadata that krmfn reads; the rest is ignored."""

    model_config = ConfigDict(extra="allow", strict=True)
    name: Annotated[Name, such_as("main")]
    """The object's name, unique for its kind in its namespace."""
    namespace: Namespace | None = None
    """The tenant's namespace."""
    labels: Strings | None = None
    """Labels, which the objects that come of a declaration have as well."""
    annotations: Strings | None = None
    """Annotations; those of krmfn.dev confirm a deletion or a loosening."""


class ChartRefSpec(Model):
    kind: Literal["OCIRepository", "HelmChart", "ExternalArtifact"]
    """A source in the management cluster."""
    name: Annotated[ObjectName, such_as("guestbook")]
    """Its name."""
    namespace: Namespace | None = None
    """Its namespace; default: that of the release."""


class ConnectionTarget(Model):
    """A managed service in the same namespace."""

    kind: Kind
    """The kind of the service, as in its declaration."""
    name: Annotated[ObjectName, such_as("main")]
    """Its name, as in its declaration."""
    external: bool = False
    """True if it is declared in another repository."""
    users: list[Annotated[Name, such_as("lab")]] | None = None
    """The users of an external service."""


class CredentialSpec(Model):
    """One key of one of the service's Secrets, and the chart value that it is used for."""

    key: Annotated[SecretKey, such_as("lab")]
    """The key in the Secret; a database's keys are its users."""
    targetPath: TargetPath
    """The chart value that is set from it, in the notation of `helm --set`."""
    user: Annotated[Name, such_as("lab")] | None = None
    """The user whose Secret it is, if the service has one Secret for each user."""
    secret: Annotated[ObjectName, such_as("postgres-main-credentials")] | None = None
    """The name of the Secret, if more than one has the key."""


class ConnectionSpec(Model):
    to: ConnectionTarget
    """The managed service."""
    ports: Annotated[list[Port], Field(min_length=1)] | None = None
    """The ports that are opened; default: all client ports of the kind."""
    credentials: list[CredentialSpec] | None = None
    """The keys of its Secrets that the placed apps get, by reference."""
