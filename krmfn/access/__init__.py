"""Who may read, change, enter or delete what: each tier of a tenant's users, for each cluster and app.

This is what RBAC allows on the management cluster with the platform's roles. Each answer also has what krmfn withholds,
and what it cannot withhold, because roles can only add permissions.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from krmfn.access.roles import APPS, platform_roles
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from krmfn.access.roles import Roles
    from krmfn.catalog import Catalog
    from krmfn.declarations import Declarations
    from krmfn.declarations.options import Options
    from krmfn.topology import Tenant, Topology
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.releases import Release

KUBEVIRT = "subresources.kubevirt.io"
CONSOLES = "https://github.com/cozystack/cozystack/issues/4172"
POWER = "https://github.com/cozystack/cozystack/issues/4173"
CLUSTER = "Kubernetes"
NONE: Mapping[str, str] = MappingProxyType({})


class Access(NamedTuple):
    """Who may do one thing with one object.

    Attributes:
        owner: `<Kind>/<name>` of the declaration.
        action: `read`, `change`, `delete`, `credentials`, `kubeconfig`, `console`, `ports` or `power`.
        tiers: who may, by RBAC; `account` is the tenant's ServiceAccount. Groups of ancestors have the same tiers.
        withheld: what krmfn takes away, and how; empty if nothing.
        open: what stays open nevertheless; empty if nothing.
        issue: where the platform is asked to change that.
        unknown: krmfn cannot know who may.
    """

    owner: str
    action: str
    tiers: tuple[str, ...]
    withheld: str = ""
    open: str = ""
    issue: str = ""
    unknown: bool = False


def has_tiers(options: Options) -> bool:
    """False for plain Flux, where the roles are the user's own."""
    return options.target.get("cozystack") != "none"


def mutable_kinds(topologies: Iterable[Topology]) -> tuple[str, ...]:
    """Plurals of kinds that the platform output lets a tenant's administrators change."""
    return tuple(each for topology in topologies if topology.platform for each in topology.platform.mutable_kinds)


def plurals(declared: Declarations | None) -> dict[str, str]:
    """The plurals of kinds that the input defines, as a role names them; spec.kinds before ApplicationDefinitions."""
    definitions = sorted(declared.definitions if declared else (), key=lambda each: each.inline)
    return {each.kind: each.plural for each in definitions if each.plural}


def access(
    tenant: Tenant, catalog: Catalog, mutable: Iterable[str] = (), defined: Mapping[str, str] = NONE
) -> tuple[Access, ...]:
    """Who may do what with each cluster and app of a tenant, the clusters first.

    Args:
        tenant: its topology; the platform of its target has tiers.
        catalog: what krmfn ships.
        mutable: what mutable_kinds returns.
        defined: what plurals returns.
    """
    roles = platform_roles(catalog, mutable)
    clusters = {each.release: each for each in tenant.clusters}
    found = [each for cluster in tenant.clusters for each in _of_cluster(cluster, roles)]
    for release in tenant.releases:
        if release.owner not in {each.owner for each in tenant.clusters}:
            placed_on = clusters.get(release.placed_on)
            found += _placed(release, placed_on, roles) if placed_on else _of_app(release, roles, catalog, defined)
    return tuple(found)


def _of_cluster(cluster: Cluster, roles: Roles) -> Iterator[Access]:
    owner, posture = cluster.owner, cluster.posture
    if not cluster.managed:
        says = "krmfn does not know who may read the Secret of an existing cluster"
        yield Access(owner, "kubeconfig", (), open=says, unknown=True)
        return
    guard = (
        f'profile "{posture.name}": the guards of the platform output let only Flux and administrators change it'
        if posture.changes_release and cluster.created
        else ""
    )
    yield Access(owner, "read", roles.allowed("get", APPS, "kuberneteses"))
    yield Access(owner, "change", roles.allowed("update", APPS, "kuberneteses"), withheld=guard)
    yield Access(owner, "delete", roles.allowed("delete", APPS, "kuberneteses"))
    secret = cluster.kubeconfig.name
    as_tenant_secret = roles.allowed("get", "core.cozystack.io", "tenantsecrets", secret)
    if posture.withheld and cluster.created:
        yield Access(
            owner,
            "kubeconfig",
            as_tenant_secret,
            withheld="the rule of the chart's own Role that shows the Secret is removed",
            open="the platform still shows it as a TenantSecret, unless its ApplicationDefinition leaves it out",
        )
    else:
        raw = roles.with_shown(secret).allowed("get", "", "secrets", secret)
        yield Access(owner, "kubeconfig", tuple(dict.fromkeys((*as_tenant_secret, *raw))))
    nodes = "virtualmachineinstances"
    open_ = "no role can name the machines of one cluster" if posture.withheld else ""
    for action, verb, resource, issue in (
        ("console", "get", f"{nodes}/console", CONSOLES),
        ("ports", "update", f"{nodes}/portforward", CONSOLES),
        ("power", "update", "virtualmachines/stop", POWER),
    ):
        tiers = roles.allowed(verb, KUBEVIRT, resource)
        yield Access(owner, action, tiers, open=open_, issue=issue if open_ else "")


def _of_app(release: Release, roles: Roles, catalog: Catalog, defined: Mapping[str, str]) -> Iterator[Access]:
    name = release.owner.partition("/")[0]
    kind = catalog.kind(name)
    plural = defined.get(name) or (kind.plural if kind else "")
    for action, verb in (("read", "get"), ("change", "update"), ("delete", "delete")):
        says = "" if plural else "krmfn does not know the plural of this kind, which a role would name"
        yield Access(release.owner, action, roles.allowed(verb, APPS, plural), open=says)
    if kind and kind.credentials:
        yield Access(release.owner, "credentials", roles.allowed("get", "core.cozystack.io", "tenantsecrets"))


def _placed(release: Release, cluster: Cluster, roles: Roles) -> Iterator[Access]:
    """An app on a cluster: on the management cluster it is a HelmRelease, which no tier reads or writes."""
    group, resource = "helm.toolkit.fluxcd.io", "helmreleases"
    inside = f"inside {cluster.owner}, whoever has its kubeconfig may do anything with it"
    for action, verb in (("read", "get"), ("change", "update"), ("delete", "delete")):
        yield Access(release.owner, action, roles.allowed(verb, group, resource), open=inside)
