"""What the charts of databases refuse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from krmfn.topology.checks.chartrules.broken import Broken, above, emptied, mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BLOCKED_PARAMETERS = frozenset(
    {
        *("archive_command", "restore_command", "ssl_passphrase_command", "archive_cleanup_command"),
        *("recovery_end_command", "dynamic_library_path", "local_preload_libraries", "session_preload_libraries"),
        "shared_preload_libraries",
    }
)
"""Parameters of PostgreSQL that run a command or load a library."""
RETENTION = re.compile(r"[1-9][0-9]*[dwm]")
BUCKET_LENGTH = (3, 63)
NODE_ROLES = {"master": True, "data": True, "ingest": True, "ml": False}
"""The roles of OpenSearch nodes, as its chart has them."""


def postgres(values: Mapping[str, Any]) -> Iterator[Broken]:
    if "postgres" in mapping(values, "users"):
        yield Broken(("users", "postgres"), "is the name of the superuser, which the chart keeps; use another one")
    yield from above(mapping(values, "quorum"), "minSyncReplicas", "maxSyncReplicas", ("quorum",))
    for parameter in mapping(values, "postgresql", "parameters"):
        if parameter.lower() in BLOCKED_PARAMETERS:
            message = "is refused by the platform, because it runs a command or loads a library; remove it"
            yield Broken(("postgresql", "parameters", parameter), message)
    backup = mapping(values, "backup")
    yield from _retention(backup)
    if mapping(values, "bootstrap").get("enabled") is True:
        if backup.get("useSystemBucket") is True:
            message = "cannot be true with backup.useSystemBucket; restore from that bucket with a RestoreJob instead"
            yield Broken(("bootstrap", "enabled"), message)
        elif not mapping(backup, "s3CredentialsSecret").get("name"):
            yield from _required(backup, ("s3AccessKey", "s3SecretKey"), "when bootstrap is enabled")


def _retention(backup: Mapping[str, Any]) -> Iterator[Broken]:
    """The chart hands it to a store of backups that it makes only with a path and credentials of the user's own."""
    inline = backup.get("s3AccessKey") and backup.get("s3SecretKey")
    own = inline or mapping(backup, "s3CredentialsSecret").get("name")
    policy = backup.get("retentionPolicy")
    stored = backup.get("enabled") is True and own and not backup.get("useSystemBucket")
    if not stored or not policy or emptied(backup, "destinationPath"):
        return
    if isinstance(policy, str) and not RETENTION.fullmatch(policy):
        message = "must be a whole number and, without a space, d, w or m for days, weeks or months, like 30d"
        yield Broken(("backup", "retentionPolicy"), message)


def foundationdb(values: Mapping[str, Any]) -> Iterator[Broken]:
    backup = mapping(values, "backup")
    bucket, (least, most) = mapping(backup, "s3").get("bucket"), BUCKET_LENGTH
    if backup.get("enabled") is True and isinstance(bucket, str) and not least <= len(bucket) <= most:
        message = f"must be the name of a bucket, which has {least} to {most} characters, when backup is enabled"
        yield Broken(("backup", "s3", "bucket"), message)


def mongodb(values: Mapping[str, Any]) -> Iterator[Broken]:
    """The chart refuses users without a role; roles are listed in the databases."""
    roles = [mapping(database, "roles") for database in mapping(values, "databases").values()]
    lists = [each.get(role) for each in roles for role in ("admin", "readonly")]
    with_role = {name for each in lists if isinstance(each, list) for name in each if isinstance(name, str)}
    for user in mapping(values, "users"):
        if user not in with_role:
            message = "has no role; list it in databases.<database>.roles.admin or databases.<database>.roles.readonly"
            yield Broken(("users", user), message)
    backup, bootstrap = mapping(values, "backup"), mapping(values, "bootstrap")
    if bootstrap.get("enabled") is True:
        if not bootstrap.get("backupName"):
            yield Broken(("bootstrap", "backupName"), "is required when bootstrap is enabled: the backup to restore")
        yield from _emptied(backup, ("destinationPath", "endpointURL"), "when bootstrap is enabled")
    if backup.get("enabled") is True or bootstrap.get("enabled") is True:
        yield from _required(backup, ("s3AccessKey", "s3SecretKey"), "when backup or bootstrap is enabled")


def clickhouse(values: Mapping[str, Any]) -> Iterator[Broken]:
    backup = mapping(values, "backup")
    if backup.get("useSystemBucket") is True:
        if backup.get("s3PathOverride"):
            message = "cannot be set with backup.useSystemBucket, where the platform chooses the path; remove it"
            yield Broken(("backup", "s3PathOverride"), message)
    elif backup.get("enabled") is True:
        of_its_own = not mapping(backup, "s3CredentialsSecret").get("name")
        fields = {*(("s3Bucket", "s3Region", "s3AccessKey", "s3SecretKey") if of_its_own else ())}
        if backup.get("schedule"):
            fields |= {"s3Bucket", "s3AccessKey", "s3SecretKey", "resticPassword", "cleanupStrategy"}
        yield from _emptied(backup, tuple(sorted(fields)), "when backup is enabled")


def mariadb(values: Mapping[str, Any]) -> Iterator[Broken]:
    backup = mapping(values, "backup")
    if backup.get("enabled") is True:
        fields = ("s3AccessKey", "s3SecretKey", "resticPassword", "s3Bucket", "cleanupStrategy")
        yield from _emptied(backup, fields, "when backup is enabled")


def opensearch(values: Mapping[str, Any]) -> Iterator[Broken]:
    roles = mapping(values, "nodeRoles")
    if not any(roles.get(role, own) for role, own in NODE_ROLES.items()):
        yield Broken(("nodeRoles",), "must have at least one of master, data, ingest and ml that is true")


def _required(backup: Mapping[str, Any], fields: tuple[str, ...], when: str) -> Iterator[Broken]:
    """Fields for which the chart has no value of its own."""
    for field in fields:
        if not backup.get(field):
            yield Broken(("backup", field), f"is required {when}")


def _emptied(backup: Mapping[str, Any], fields: tuple[str, ...], when: str) -> Iterator[Broken]:
    """Fields that have a default in the chart; an empty value replaces the default."""
    for field in fields:
        if emptied(backup, field):
            yield Broken(("backup", field), f"must not be empty {when}")
