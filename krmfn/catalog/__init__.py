"""The data that krmfn ships, read once into typed values."""

from __future__ import annotations

import os
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from krmfn import yaml
from krmfn.catalog import files, shapes
from krmfn.catalog.clustercharts import ClusterChart, CredentialValue, PodValues, SharedName
from krmfn.catalog.credentialkeys import CredentialKeys, TokenPrefix
from krmfn.catalog.entries import (
    Addon,
    Bundle,
    ChartRef,
    ClosedAddress,
    Condition,
    Credentials,
    HealthCheck,
    Kind,
    Members,
    Port,
    Program,
    Renamed,
    Service,
    Shape,
)
from krmfn.catalog.keychecks import CatalogError
from krmfn.catalog.parts import Parts, is_by_user, join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from krmfn.catalog.plainkeys import PlainKeys
    from krmfn.catalog.platformpolicies import PlatformPolicies
    from krmfn.catalog.platformroles import PlatformRoles
    from krmfn.catalog.rules import FieldRules

__all__ = [
    "Addon",
    "Bundle",
    "Catalog",
    "CatalogError",
    "ChartRef",
    "ClosedAddress",
    "ClusterChart",
    "Condition",
    "CredentialKeys",
    "CredentialValue",
    "Credentials",
    "HealthCheck",
    "Kind",
    "Members",
    "Parts",
    "PodValues",
    "Port",
    "Program",
    "Renamed",
    "Service",
    "Shape",
    "SharedName",
    "TokenPrefix",
    "is_by_user",
    "join",
]

Record = TypeVar("Record")
SHAPES_OF = "1.6"
"""The release of the platform whose schemas are shipped."""


class Catalog:
    """The files under one directory; a file is read only when it is first needed."""

    __slots__ = ("_directory", "_folders", "_records", "_varied")

    def __init__(self, directory: str, varied: Mapping[str, Any] = MappingProxyType({})) -> None:
        self._directory = directory
        self._varied = varied
        self._records: dict[str, Any] = {}
        self._folders: dict[str, tuple[str, ...]] = {}

    @classmethod
    @cache
    def shipped(cls) -> Catalog:
        """Return the catalog that comes with krmfn: one, whose files are read once for all runs of a fleet."""
        # Importing importlib.resources would take longer than reading the files.
        return cls(os.path.dirname(__file__))  # noqa: PTH120

    def varied(self, data: Mapping[str, Any]) -> Catalog:
        """Return the same catalog with other data in some of its files, to find out what they change."""
        return Catalog(self._directory, data)

    def read_so_far(self) -> dict[str, Any]:
        """Return the data of the files that were read until now, by their paths without `.yaml`."""
        return {path: self._data(path) for path in sorted(self._records) if "/" in path}

    def file(self, path: str) -> str:
        """Return the file of a path as `read_so_far` has it."""
        return f"{self._directory}/{path}.yaml"

    def kind(self, name: str) -> Kind | None:
        """Return a kind by its exact name; the file has that name in lower case, so only this file is read."""
        found = self._find("kinds", name.lower(), files.read_kind)
        return found if found is not None and found.kind == name else None

    def kind_names(self) -> tuple[str, ...]:
        """Return the names of all kinds, sorted; it reads every file, so use it only for messages."""
        return tuple(sorted(self._read(f"kinds/{file}", files.read_kind).kind for file in self._names("kinds")))

    def shape(self, kind: str) -> Shape | None:
        """Return the schema of the values of one of the platform's kinds; None if it is not known."""
        key = f"shape of {kind}"
        if key not in self._records:
            self._records[key] = shapes.read_shape(f"{self._directory}/shapes/{SHAPES_OF}", kind)
        record: Shape | None = self._records[key]
        return record

    def renamed(self, kind: str) -> Renamed | None:
        """Return the replacement for a kind that the platform no longer has."""
        return self._read("renamed-kinds", files.read_renamed_kinds).get(kind)

    def isolation(self, name: str) -> dict[str, Any] | None:
        """Return the spec of a shipped isolation profile, in the shape of its model."""
        return self._find("isolation", name, files.read_spec)

    def isolation_names(self) -> tuple[str, ...]:
        """Return the names that users may not redefine, sorted."""
        return self._names("isolation")

    def component(self, name: str) -> dict[str, Any] | None:
        """Return the spec of a shipped component profile, in the shape of its model."""
        return self._find("components", name, files.read_spec)

    def component_names(self) -> tuple[str, ...]:
        """Return the names that users may not redefine, sorted."""
        return self._names("components")

    def bundle(self, name: str) -> Bundle | None:
        """Return a bundle of addons."""
        return self._find("bundles", name, files.read_bundle)

    def bundle_names(self) -> tuple[str, ...]:
        """Return the names of all bundles, sorted."""
        return self._names("bundles")

    def target(self, program: str) -> Program:
        """Return the versions and features of a program: flux, cozystack, cilium or kubernetes."""
        return self._read(f"targets/{program}", files.read_program)

    def addons(self) -> tuple[Addon, ...]:
        """Return the addons of a tenant cluster; those that are always installed come first."""
        return self._read("addons", files.read_addons)

    def closed_addresses(self) -> tuple[ClosedAddress, ...]:
        """Return the outside addresses that no sandbox may reach, even one that may reach the internet."""
        return self._read("closed-addresses", files.read_closed_addresses)

    def tenant_admin(self) -> tuple[str, ...]:
        """Return the plurals of the kinds that the platform's own role allows a tenant's administrators to change."""
        return self._read("tenant-admin", files.read_tenant_admin)

    def credential_keys(self) -> CredentialKeys:
        """Return the table of what looks like an inline credential."""
        return self._read("credential-keys", files.read_credential_keys)

    def plain_keys(self) -> PlainKeys:
        """Return the table of keys that cannot hold a credential, so that their values may be shown."""
        from krmfn.catalog.plainkeys import read_plain_keys  # noqa: PLC0415  (only where revisions are compared)

        return self._read("plain-keys", read_plain_keys)

    def platform_policies(self) -> PlatformPolicies:
        """Return the platform's own network policies around its tenants."""
        from krmfn.catalog.platformpolicies import read_platform_policies  # noqa: PLC0415  (only where somebody asks)

        return self._read("platform-policies", read_platform_policies)

    def rules(self) -> FieldRules:
        """Return the table that says why generated fields have their values."""
        from krmfn.catalog.rules import read_rules  # noqa: PLC0415  (only where someone asks)

        return self._read("rules", read_rules)

    def platform_roles(self) -> PlatformRoles:
        """Return what each tier of a tenant's users may do, as far as the platform's own roles say."""
        from krmfn.catalog.platformroles import read_platform_roles  # noqa: PLC0415  (only where somebody asks)

        return self._read("platform-roles", read_platform_roles)

    def _names(self, folder: str) -> tuple[str, ...]:
        if folder not in self._folders:
            files = os.listdir(f"{self._directory}/{folder}")  # noqa: PTH208
            self._folders[folder] = tuple(
                sorted(file.removesuffix(".yaml") for file in files if file.endswith(".yaml"))
            )
        return self._folders[folder]

    def _find(self, folder: str, name: str, read: Callable[[Any], Record]) -> Record | None:
        # The name comes from a user and may be any text: it is looked up in the folder listing, never used as a path.
        return self._read(f"{folder}/{name}", read) if name in self._names(folder) else None

    def _read(self, path: str, read: Callable[[Any], Record]) -> Record:
        if path not in self._records:
            try:
                self._records[path] = read(self._data(path))
            except CatalogError as error:
                message = f"{self.file(path)}: {error}"
                raise CatalogError(message) from error
        record: Record = self._records[path]
        return record

    def _data(self, path: str) -> Any:
        if path in self._varied:
            return self._varied[path]
        with open(self.file(path), encoding="utf-8") as stream:  # noqa: PTH123
            return yaml.load(stream.read())
