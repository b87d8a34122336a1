"""Who may do what on a real API server: what krmfn says of the platform's tiers is what a SubjectAccessReview says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from krmfn import yaml
from krmfn.access import access
from krmfn.access.roles import ACCOUNT, platform_roles
from krmfn.catalog import Catalog
from krmfn.function import expand
from krmfn.resourcelist import ResourceList
from tests.declarations import app, cluster, plane
from tests.platform.records import RECORDS
from tests.test_reach import CHART

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.api import Object
    from tests.engine.engine import Engine

NAMESPACE = "tenant-access"
LABELS, MINE = "rbac.cozystack.io/", "krmfn-tests.rbac.cozystack.io/"
"""Other tests have roles of the same names and labels on the same API server."""
AUTHORIZATION = "rbac.authorization.k8s.io"
CATALOG = Catalog.shipped()
TIERS = (*CATALOG.platform_roles().tiers, ACCOUNT)
ACTIONS = {
    "read": ("get", "apps.cozystack.io", "{plural}"),
    "change": ("update", "apps.cozystack.io", "{plural}"),
    "delete": ("delete", "apps.cozystack.io", "{plural}"),
    "credentials": ("get", "core.cozystack.io", "tenantsecrets"),
    "console": ("get", "subresources.kubevirt.io", "virtualmachineinstances/console"),
    "ports": ("update", "subresources.kubevirt.io", "virtualmachineinstances/portforward"),
    "power": ("update", "subresources.kubevirt.io", "virtualmachines/stop"),
}


def roles() -> Iterator[Object]:
    """The platform's own, as its chart makes them; where no record is at hand, as the catalog has them."""
    if RECORDS.is_dir():
        text = (RECORDS / "roles.yaml").read_text(encoding="utf-8")
        yield from yaml.load_all(text.replace(LABELS, MINE).replace("cozy:", "krmfn-tests:"))
        return
    said = platform_roles(CATALOG)
    for tier, rules in said.rules.items():
        name = "krmfn-tests:tenant" if tier == ACCOUNT else f"krmfn-tests:tenant:{tier}"
        yield {
            "apiVersion": f"{AUTHORIZATION}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": [
                {"apiGroups": [each.group], "resources": list(each.resources), "verbs": list(each.verbs)}
                for each in rules
            ],
        }


def binding(name: str, kind: str, role: str, tiers: tuple[str, ...]) -> Object:
    return {
        "apiVersion": f"{AUTHORIZATION}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "roleRef": {"apiGroup": AUTHORIZATION, "kind": kind, "name": role},
        "subjects": [{"apiGroup": AUTHORIZATION, "kind": "User", "name": f"access-{each}"} for each in tiers],
    }


def charts_role(release: str, rules: Any) -> Iterator[Object]:
    """The Role of a cluster's chart, with what it shows to the tiers from use on."""
    name = f"{release}-dashboard-resources"
    yield {
        "apiVersion": f"{AUTHORIZATION}/v1",
        "kind": "Role",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "rules": rules,
    }
    yield binding(name, "Role", name, CATALOG.platform_roles().shown)


def install(engine: Engine, generated: tuple[Object, ...]) -> None:
    """The platform's roles for a tenant, and the Role of each cluster's chart, patched as Flux would patch it."""
    engine.a.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    for role in roles():
        engine.a.apply(role)
    for tier in TIERS:
        role_name = "krmfn-tests:tenant" if tier == ACCOUNT else f"krmfn-tests:tenant:{tier}"
        engine.a.apply(binding(f"access-{tier}", "ClusterRole", role_name, (tier,)))
    for each in generated:
        name = each["metadata"]["name"]
        if each["kind"] != "HelmRelease" or name not in {"kubernetes-box", "kubernetes-open"}:
            continue
        secret = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [f"{name}-admin-kubeconfig"]}
        rules = [{**secret, "verbs": ["get", "list", "watch"]}]
        for renderer in each["spec"].get("postRenderers", ()):
            [patch] = renderer["kustomize"]["patches"]
            # A strategic merge replaces the list of rules.
            rules = yaml.load(patch["patch"])["rules"]
        for role in charts_role(name, rules):
            engine.a.apply(role)


def test_a_subject_access_review_says_the_same(engine: Engine) -> None:
    """For every tier, each action on a sandbox, an open cluster and apps; and for many other requests."""
    texts = (
        cluster("box", spec="{isolationProfile: sandbox}", namespace=NAMESPACE),
        cluster("open", namespace=NAMESPACE),
        app("Postgres", "main", namespace=NAMESPACE),
        app("Litellm", "models", namespace=NAMESPACE),
    )
    config = yaml.load(plane(f"{{{CHART}}}", NAMESPACE))
    expansion = expand(ResourceList(tuple(map(yaml.load, texts)), config))
    assert expansion.topology, [str(each) for each in expansion.answer.results]
    install(engine, expansion.generated)

    def who(verb: str, group: str, resource: str, name: str = "") -> tuple[str, ...]:
        resource, _, below = resource.partition("/")
        attributes = {"group": group, "namespace": NAMESPACE, "subresource": below, "name": name}
        return tuple(tier for tier in TIERS if engine.a.can(f"access-{tier}", verb, resource, **attributes))

    def aggregated() -> bool:
        everybody = len(who("get", "apps.cozystack.io", "postgreses")) == len(TIERS)
        return everybody and "super-admin" in who("delete", "apps.cozystack.io", "tenants")

    engine.wait_for("the platform's roles to be aggregated", aggregated)
    said = access(expansion.topology.tenants[NAMESPACE], CATALOG)
    compared = 0
    for each in said:
        kind = CATALOG.kind(each.owner.partition("/")[0])
        assert kind
        if each.action == "kubeconfig":
            secret = f"kubernetes-{each.owner.partition('/')[2]}-admin-kubeconfig"
            raw = who("get", "", "secrets", secret)
            assert raw == (() if each.withheld else each.tiers)
            found: tuple[str, ...] = tuple(dict.fromkeys((*who("get", "core.cozystack.io", "tenantsecrets"), *raw)))
        else:
            verb, group, resource = ACTIONS[each.action]
            found = who(verb, group, resource.format(plural=kind.plural))
        assert found == each.tiers, (each.owner, each.action)
        compared += 1
    assert compared == len(said) > 15

    rules = platform_roles(CATALOG)
    counts = {True: 0, False: 0}
    requests = [
        (verb, group, resource)
        for group, resource in (
            ("", "secrets"),
            ("", "pods"),
            ("", "pods/exec"),
            ("apps.cozystack.io", "jupyterhubs"),
            ("apps.cozystack.io", "natses"),
            ("apps.cozystack.io", "natses/status"),
            ("cilium.io", "ciliumnetworkpolicies"),
            ("core.cozystack.io", "tenantmodules"),
            ("helm.toolkit.fluxcd.io", "helmreleases"),
            ("kubevirt.io", "virtualmachines"),
            ("sdn.cozystack.io", "securitygroups"),
            ("subresources.kubevirt.io", "virtualmachineinstances/vnc"),
        )
        for verb in ("get", "create", "delete")
    ]
    for verb, group, resource in requests:
        mine = rules.allowed(verb, group, resource)
        assert who(verb, group, resource) == mine, json.dumps([verb, group, resource])
        for tier in TIERS:
            counts[tier in mine] += 1
    assert min(counts.values()) > 20
