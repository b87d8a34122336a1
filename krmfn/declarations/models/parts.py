"""What more than one declaration is made of."""

# ruff: noqa: N815  (fields are named as in the manifest)
# Pydantic reads annotations when classes are made, so what they name cannot hide behind TYPE_CHECKING.
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from krmfn.declarations import patterns

Name = Annotated[str, Field(min_length=1, max_length=253)]
ObjectName = Annotated[str, Field(pattern=patterns.OBJECT, max_length=253)]
Namespace = Annotated[str, Field(pattern=patterns.NAMESPACE, max_length=63)]
Version = Annotated[str, Field(pattern=patterns.VERSION)]
VersionOrNone = Annotated[str, Field(pattern=patterns.VERSION_OR_NONE)]
Duration = Annotated[str, Field(pattern=patterns.DURATION, max_length=16)]
SecretKey = Annotated[str, Field(pattern=patterns.KEY_IN_SECRET, max_length=253)]
TargetPath = Annotated[str, Field(pattern=patterns.TARGET_PATH, max_length=250)]
Port = Annotated[int, Field(ge=1, le=65535)]
Prefix = Annotated[str, Field(pattern=patterns.PREFIX)]
Cidr = Annotated[str, Field(pattern=patterns.CIDR, max_length=43)]
Quantity = Annotated[Any, WithJsonSchema({"type": ["string", "integer"], "minLength": 1, "minimum": 0})]
"""What Kubernetes counts in: the topology reads it, for what is none has a result code of its own."""
Quantities = dict[Annotated[str, Field(pattern=patterns.RESOURCE, max_length=316)], Quantity]
Values = dict[str, Any]
Strings = dict[str, str]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class Metadata(Model):
    """The part of an object's metadata that krmfn reads; the rest is left alone."""

    model_config = ConfigDict(extra="allow", strict=True)
    name: Name
    namespace: Namespace | None = None
    labels: Strings | None = None
    annotations: Strings | None = None


class ChartRefSpec(Model):
    kind: Literal["OCIRepository", "HelmChart", "ExternalArtifact"]
    """A source in the management cluster."""
    name: ObjectName
    """Its name."""
    namespace: Namespace | None = None
    """Its namespace; that of the release when left out."""


class ConnectionTarget(Model):
    """A managed service in the same namespace."""

    kind: Name
    """The kind of the service, as in its declaration."""
    name: ObjectName
    """Its name, as in its declaration."""
    external: bool = False
    """It is declared in another repository."""
    users: list[Name] | None = None
    """The users that an external service declares."""


class CredentialSpec(Model):
    """One key of one of the service's Secrets, and the chart value that it becomes."""

    key: SecretKey
    """The key in the Secret; a database's keys are its users."""
    targetPath: TargetPath
    """The chart value that it becomes, in the notation of `helm --set`."""
    user: Name | None = None
    """Whose Secret, where the service has one a user."""
    secret: ObjectName | None = None
    """Which Secret, where more than one has the key."""


class ConnectionSpec(Model):
    to: ConnectionTarget
    """The managed service."""
    ports: Annotated[list[Port], Field(min_length=1)] | None = None
    """Narrows the ports; all client ports of the kind when left out."""
    credentials: list[CredentialSpec] | None = None
    """What of its Secrets the placed apps get, by reference."""
