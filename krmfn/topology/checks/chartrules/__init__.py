"""Values that match their schema but that the platform's charts refuse: fields that contradict each other.

Missing values are not checked here, because a patch release may change what a chart needs. The rules are from the
templates of https://github.com/cozystack/cozystack at v1.6.2, packages/apps and packages/extra: each one fails the
render, or creates an object that its operator refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Steps = tuple[str | int, ...]


class Broken(NamedTuple):
    """A path in the values, and what the chart requires there."""

    steps: Steps
    message: str


def broken_rules(kind: str, values: Mapping[str, Any]) -> Iterator[Broken]:
    """What the kind's chart would refuse, for values with the types of its schema."""
    if kind in _RULES:
        yield from _RULES[kind](values)


def _map(values: Any, *steps: str) -> Mapping[str, Any]:
    """The map at a path; empty if there is none."""
    for step in steps:
        values = values.get(step) if isinstance(values, dict) else None
    return values if isinstance(values, dict) else {}


def _above(values: Mapping[str, Any], low: str, high: str, steps: Steps = ()) -> Iterator[Broken]:
    least, most = values.get(low), values.get(high)
    if type(least) is int and type(most) is int and least > most:
        yield Broken((*steps, low), f"must be at most {high}, and is more; lower it, or raise {high}")


def _kubernetes(values: Mapping[str, Any]) -> Iterator[Broken]:
    for name, group in _map(values, "nodeGroups").items():
        yield from _node_group(_map(group), ("nodeGroups", name))
        if "ephemeralStorage" in _map(group):
            yield Broken(("nodeGroups", name, "ephemeralStorage"), "is called diskSize since Cozystack 1.4")
    yield from _unhealthy(_map(values, "nodeHealthCheck"), ("nodeHealthCheck",))
    addons = _map(values, "addons")
    for name, needed in (("hami", "gpuOperator"), ("ouroboros", "ingressNginx")):
        if _map(addons, name).get("enabled") is True and _map(addons, needed).get("enabled") is not True:
            message = f"needs the addon {needed}; set addons.{needed}.enabled: true, or leave {name} out"
            yield Broken(("addons", name, "enabled"), message)
    oidc = _map(values, "oidc")
    said = bool(_map(oidc, "customConfig").get("config")) + bool(_map(oidc, "customConfig", "secretRef").get("name"))
    if oidc.get("mode") == "CustomConfig" and said != 1:
        yield Broken(("oidc", "customConfig"), "needs exactly one of config and secretRef.name with mode CustomConfig")


def _node_group(group: Mapping[str, Any], steps: Steps) -> Iterator[Broken]:
    yield from _above(group, "minReplicas", "maxReplicas", steps)
    yield from _unhealthy(group, steps)
    resources = _map(group, "resources")
    if bool(resources.get("cpu")) != bool(resources.get("memory")):
        missing = "memory" if resources.get("cpu") else "cpu"
        yield Broken(
            (*steps, "resources", missing), "is required beside the other: set both cpu and memory, or neither"
        )


def _unhealthy(values: Mapping[str, Any], steps: Steps) -> Iterator[Broken]:
    most = values.get("maxUnhealthy")
    if type(most) is str and not (most.isascii() and most.removesuffix("%").isdigit()):
        yield Broken((*steps, "maxUnhealthy"), 'must be a whole number or a percentage in quotes, like "1" or "50%"')


def _postgres(values: Mapping[str, Any]) -> Iterator[Broken]:
    if "postgres" in _map(values, "users"):
        yield Broken(("users", "postgres"), "is the name of the superuser, which the chart keeps; use another one")
    yield from _above(_map(values, "quorum"), "minSyncReplicas", "maxSyncReplicas", ("quorum",))


def _mongodb(values: Mapping[str, Any]) -> Iterator[Broken]:
    """The chart refuses users without a role; roles are set at the databases."""
    roles = [_map(database, "roles") for database in _map(values, "databases").values()]
    lists = [each.get(role) for each in roles for role in ("admin", "readonly")]
    with_role = {name for each in lists if isinstance(each, list) for name in each if isinstance(name, str)}
    for user in _map(values, "users"):
        if user not in with_role:
            message = "has no role; list it in databases.<database>.roles.admin or databases.<database>.roles.readonly"
            yield Broken(("users", user), message)
    backup, bootstrap = _map(values, "backup"), _map(values, "bootstrap")
    if bootstrap.get("enabled") is True:
        if not bootstrap.get("backupName"):
            yield Broken(("bootstrap", "backupName"), "is required when bootstrap is enabled: the backup to restore")
        for field in ("s3AccessKey", "s3SecretKey"):
            if not backup.get(field):
                yield Broken(("backup", field), "is required when bootstrap is enabled")


def _vm_disk(values: Mapping[str, Any]) -> Iterator[Broken]:
    source = _map(values, "source")
    if len(source) > 1:
        yield Broken(("source",), f"must have one of {', '.join(sorted(source))}, not several")


def _opensearch(values: Mapping[str, Any]) -> Iterator[Broken]:
    roles = _map(values, "nodeRoles")
    if all(roles.get(each) is False for each in ("master", "data", "ingest", "ml")):
        yield Broken(("nodeRoles",), "must have at least one of master, data, ingest and ml that is true")


def _ingress(values: Mapping[str, Any]) -> Iterator[Broken]:
    if values.get("cloudflareProxy") is True and values.get("proxyProtocol") is True:
        yield Broken(("proxyProtocol",), "must be false with cloudflareProxy: Cloudflare does not speak that protocol")


_RULES: dict[str, Callable[[Mapping[str, Any]], Iterator[Broken]]] = {
    "Ingress": _ingress,
    "Kubernetes": _kubernetes,
    "KubernetesNodes": lambda values: _node_group(values, ()),
    "MongoDB": _mongodb,
    "OpenSearch": _opensearch,
    "Postgres": _postgres,
    "VMDisk": _vm_disk,
}
