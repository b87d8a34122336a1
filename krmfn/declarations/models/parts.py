"""Parts that more than one declaration uses."""

# ruff: noqa: N815  (fields are named as in the manifest)
# Pydantic evaluates annotations when it builds a class, so their imports cannot be under TYPE_CHECKING.
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
"""A Kubernetes quantity; topology/ parses it, because an invalid quantity has its own result code."""
Quantities = dict[Annotated[str, Field(pattern=patterns.RESOURCE, max_length=316)], Quantity]
Values = dict[str, Any]
Strings = dict[str, str]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class Metadata(Model):
    """The part of an object's metadata that krmfn reads; the rest is ignored."""

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
    """Its namespace; default: that of the release."""


class ConnectionTarget(Model):
    """A managed service in the same namespace."""

    kind: Name
    """The kind of the service, as in its declaration."""
    name: ObjectName
    """Its name, as in its declaration."""
    external: bool = False
    """True if it is declared in another repository."""
    users: list[Name] | None = None
    """The users of an external service."""


class CredentialSpec(Model):
    """One key of one of the service's Secrets, and the chart value that it is used for."""

    key: SecretKey
    """The key in the Secret; a database's keys are its users."""
    targetPath: TargetPath
    """The chart value that is set from it, in the notation of `helm --set`."""
    user: Name | None = None
    """The user whose Secret it is, if the service has one Secret for each user."""
    secret: ObjectName | None = None
    """The name of the Secret, if more than one has the key."""


class ConnectionSpec(Model):
    to: ConnectionTarget
    """The managed service."""
    ports: Annotated[list[Port], Field(min_length=1)] | None = None
    """The ports that are opened; default: all client ports of the kind."""
    credentials: list[CredentialSpec] | None = None
    """The keys of its Secrets that the placed apps get, by reference."""
