"""The platform output on a real API server: what its guards refuse and let pass, and who may change which kinds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from krmfn import yaml
from tests.engine.api import CONFIG_MAP, HELM_RELEASE, NAMESPACE, Kind, RefusedError, kind_of
from tests.engine.guards import FLUX, OPERATOR, PLATFORM_API, platform_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine

POLICY = Kind("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy")
BINDING = Kind("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding")
CILIUM_POLICY = Kind("cilium.io/v2", "CiliumNetworkPolicy")
CLUSTER_POLICY = Kind("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy")


PRUNE = "kustomize.toolkit.fluxcd.io/prune"


def release(namespace: str, name: str, chart: str, labels: Object, **spec: Any) -> Object:
    """A release that nobody reconciles: what counts is who may write it."""
    kind, source_namespace, source = (
        ("ExternalArtifact", "cozy-system", "cozystack-kubernetes-application-kubevirt-kubernetes")
        if chart == "cluster"
        else ("OCIRepository", "cozy-public", "jupyterhub")
    )
    return {
        "apiVersion": HELM_RELEASE.api_version,
        "kind": HELM_RELEASE.kind,
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "chartRef": {"kind": kind, "name": source, "namespace": source_namespace},
            "interval": "5m",
            "suspend": True,
            **spec,
        },
    }


def pool(namespace: str, name: str, cluster: Any, **values: Any) -> Object:
    """A pool of nodes that joins a cluster, as the platform's API writes it."""
    labels = {
        "apps.cozystack.io/application.group": "apps.cozystack.io",
        "apps.cozystack.io/application.kind": "KubernetesNodes",
        "apps.cozystack.io/application.name": name,
    }
    written = {"cluster": cluster, **values}
    return release(namespace, f"kubernetes-nodes-{name}", "app", labels, values=written)


def sandbox(namespace: str) -> list[Object]:
    """A sandbox with an app on it, and all that fences it: fences, cluster, boundary, app."""
    cluster = "kubernetes-lab"
    fences = {"krmfn.dev/fences": cluster}
    placed = {"cozystack.io/target-cluster-name": cluster, "krmfn.dev/placed-on": cluster}
    remote = {"kubeConfig": {"secretRef": {"name": f"{cluster}-admin-kubeconfig", "key": "super-admin.svc"}}}

    def target(name: str) -> Object:
        place = f"{namespace}-{name}"
        install = {"createNamespace": True}
        return {"releaseName": name, "targetNamespace": place, "storageNamespace": place, "install": install, **remote}

    application = {
        "apps.cozystack.io/application.group": "apps.cozystack.io",
        "apps.cozystack.io/application.kind": "Kubernetes",
        "apps.cozystack.io/application.name": "lab",
    }
    protected = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"{cluster}-admission", "namespace": namespace, "labels": fences},
            "data": {"config.yaml": "enforce: restricted"},
        },
        {
            "apiVersion": CILIUM_POLICY.api_version,
            "kind": CILIUM_POLICY.kind,
            "metadata": {"name": f"{cluster}-egress", "namespace": namespace, "labels": fences},
            "spec": {"endpointSelector": {}, "egressDeny": [{"toEntities": ["world"]}]},
        },
        release(
            namespace,
            cluster,
            "cluster",
            {"krmfn.dev/isolation": "sandbox", **application},
            valuesFrom=[{"kind": "Secret", "name": "cozystack-values"}],
            values={"oidc": {"mode": "None"}},
        ),
        release(
            namespace,
            f"{cluster}-boundary",
            "app",
            {"krmfn.dev/boundary": "true", **placed},
            values={"objects": []},
            **target("boundary"),
        ),
    ]
    for item in protected:
        item["metadata"]["annotations"] = {PRUNE: "disabled"}
    depends = [{"name": f"{cluster}-boundary"}]
    app = release(namespace, "hub-on-lab", "app", placed, dependsOn=depends, values={"a": 1}, **target("hub"))
    return [*protected, app]


# What is refused and what passes, one request at a time, judged and not stored.


@pytest.fixture(scope="module")
def asked(engine: Engine, installed_guards: list[Object]) -> str:
    """A namespace with a sandbox that nobody reconciles, once all the guards are in force there."""
    del installed_guards
    namespace = "tenant-asked"
    engine.a.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    lonely = release(namespace, "kubernetes-lonely", "cluster", {"krmfn.dev/isolation": "sandbox"})
    plain = release(namespace, "redis-cache", "app", {})
    for item in [*sandbox(namespace), lonely, plain, pool(namespace, "open-md1", "open")]:
        engine.a.apply(item)
    engine.a.apply(
        {
            "apiVersion": CLUSTER_POLICY.api_version,
            "kind": CLUSTER_POLICY.kind,
            "metadata": {
                "name": f"{namespace}.kubernetes-lab",
                "labels": {"krmfn.dev/fences": "kubernetes-lab"},
                "annotations": {PRUNE: "disabled"},
            },
            "spec": {
                "tier": "Admin",
                "priority": 1,
                "subject": {"namespaces": {}},
                "egress": [{"action": "Deny", "to": [{"namespaces": {}}]}],
            },
        }
    )
    for guard in MATTERS:
        wait_until_in_force(engine, namespace, guard)
    return namespace


def wait_until_in_force(engine: Engine, namespace: str, guard: str) -> None:
    engine.wait_for(f"{guard} to be in force", lambda: refusal(engine.a, namespace, MATTERS[guard]), 30)


class Request(NamedTuple):
    """One request: who, to which object, with which change, or all of a new one; without either a deletion."""

    who: str
    kind: Kind
    name: str
    change: Object | Callable[[Object], Object] | None = None
    new: Object | None = None


def made_through_the_api(name: str) -> Request:
    """A tenant makes an app through the platform's API, which writes its release."""
    labels = {
        "apps.cozystack.io/application.group": "apps.cozystack.io",
        "apps.cozystack.io/application.kind": "JupyterHub",
        "apps.cozystack.io/application.name": name,
    }
    return Request(PLATFORM_API, HELM_RELEASE, name, new=release("tenant-asked", name, "app", labels))


def labelled(name: str, value: str | None) -> Object:
    return {"metadata": {"labels": {name: value}}}


def annotated(name: str, value: str | None) -> Object:
    return {"metadata": {"annotations": {name: value}}}


def rebuilt(item: Object) -> Object:
    """A release as the platform's API writes it after a tenant's edit: whole (docs/platform.md#release-of-an-app)."""
    metadata = {key: item["metadata"][key] for key in ("name", "namespace", "resourceVersion")}
    labels = {key: value for key, value in item["metadata"]["labels"].items() if key.startswith("apps.cozystack.io/")}
    spec = {key: item["spec"][key] for key in ("chartRef", "interval", "valuesFrom")}
    return {
        "apiVersion": HELM_RELEASE.api_version,
        "kind": HELM_RELEASE.kind,
        "metadata": {**metadata, "labels": labels},
        "spec": {**spec, "values": {"oidc": {"mode": "System"}}},
    }


CLUSTER, BOUNDARY, APP = "kubernetes-lab", "kubernetes-lab-boundary", "hub-on-lab"
CHANGED = {"spec": {"values": {"oidc": {"mode": "System"}}}}

OPEN_POOL = "kubernetes-nodes-open-md1"

MATTERS = {
    "krmfn-cluster-deletion": Request(OPERATOR, HELM_RELEASE, CLUSTER),
    "krmfn-isolation-deletion": Request(PLATFORM_API, HELM_RELEASE, "kubernetes-lonely"),
    "krmfn-isolation-change": Request(PLATFORM_API, HELM_RELEASE, CLUSTER, CHANGED),
    "krmfn-isolation-loosening": Request(FLUX, HELM_RELEASE, CLUSTER, labelled("krmfn.dev/isolation", None)),
    "krmfn-fence-deletion": Request(FLUX, CILIUM_POLICY, "kubernetes-lab-egress"),
    "krmfn-fence-change": Request(PLATFORM_API, CILIUM_POLICY, "kubernetes-lab-egress", {"spec": {"egressDeny": []}}),
    "krmfn-cluster-scoped-fence-deletion": Request(FLUX, CLUSTER_POLICY, "tenant-asked.kubernetes-lab"),
    "krmfn-isolation-nodes": Request(PLATFORM_API, HELM_RELEASE, OPEN_POOL, {"spec": {"values": {"cluster": "lab"}}}),
    "krmfn-placement": made_through_the_api("hub"),
    "krmfn-break-glass": Request(FLUX, NAMESPACE, "tenant-asked", annotated("krmfn.dev/break-glass", CLUSTER)),
}
"""Each guard with a request that it alone refuses."""

REFUSED = {
    "a boundary while an app is there": Request(OPERATOR, HELM_RELEASE, BOUNDARY),
    "a cluster, by Flux": Request(FLUX, HELM_RELEASE, CLUSTER),
    "a cluster, by another tenant's clean-up": Request(
        "system:serviceaccount:cozy-system:tenant-other-cleanup", HELM_RELEASE, CLUSTER
    ),
    "a boundary, by another cluster's clean-up": Request(
        "system:serviceaccount:tenant-asked:kubernetes-other-cleanup", HELM_RELEASE, BOUNDARY
    ),
    "an admission configuration": Request(OPERATOR, CONFIG_MAP, "kubernetes-lab-admission"),
    "a sandbox rebuilt by the platform's API": Request(PLATFORM_API, HELM_RELEASE, CLUSTER, rebuilt),
    "an edit of a sandbox's values": Request(PLATFORM_API, HELM_RELEASE, CLUSTER, CHANGED),
    "a further value": Request(PLATFORM_API, HELM_RELEASE, CLUSTER, {"spec": {"values": {"host": "example.org"}}}),
    "no values any longer": Request(PLATFORM_API, HELM_RELEASE, CLUSTER, {"spec": {"values": None}}),
    "a further field": Request(PLATFORM_API, HELM_RELEASE, CLUSTER, {"spec": {"timeout": "1h"}}),
    "values from elsewhere": Request(
        PLATFORM_API, HELM_RELEASE, CLUSTER, {"spec": {"valuesFrom": [{"kind": "Secret", "name": "mine"}]}}
    ),
    "no isolation label": Request(PLATFORM_API, HELM_RELEASE, CLUSTER, labelled("krmfn.dev/isolation", None)),
    "another isolation label": Request(
        PLATFORM_API, HELM_RELEASE, CLUSTER, labelled("krmfn.dev/isolation", "standard")
    ),
    "a loosening that nobody confirmed, by Flux": Request(
        FLUX, HELM_RELEASE, CLUSTER, labelled("krmfn.dev/isolation", None)
    ),
    "a loosening that confirms itself, by Flux": Request(
        FLUX,
        HELM_RELEASE,
        CLUSTER,
        {
            "metadata": {
                "labels": {"krmfn.dev/isolation": None},
                "annotations": {"krmfn.dev/confirm-loosening": "sandbox->standard"},
            }
        },
    ),
    "a word for a loosening": Request(
        PLATFORM_API, HELM_RELEASE, CLUSTER, annotated("krmfn.dev/confirm-loosening", "sandbox->standard")
    ),
    "a word for a fence": Request(
        PLATFORM_API,
        CILIUM_POLICY,
        "kubernetes-lab-egress",
        annotated("krmfn.dev/confirm-loosening", "sandbox->standard"),
    ),
    "no protection from pruning": Request(PLATFORM_API, HELM_RELEASE, CLUSTER, annotated(PRUNE, None)),
    **{
        f"{what} out of Flux's hands by {field} {key}": Request(
            PLATFORM_API, kind, name, {"metadata": {field: {f"kustomize.toolkit.fluxcd.io/{key}": value}}}
        )
        for what, kind, name in (
            ("a sandbox", HELM_RELEASE, CLUSTER),
            ("a boundary", HELM_RELEASE, BOUNDARY),
            ("an app", HELM_RELEASE, APP),
            ("a fence", CILIUM_POLICY, "kubernetes-lab-egress"),
            ("a cluster-scoped fence", CLUSTER_POLICY, "tenant-asked.kubernetes-lab"),
        )
        for field in ("annotations", "labels")
        for key, value in (("reconcile", "disabled"), ("ssa", "Ignore"), ("force", "enabled"))
    },
    "another boundary": Request(PLATFORM_API, HELM_RELEASE, BOUNDARY, {"spec": {"values": {"objects": [1]}}}),
    "another chart for the boundary": Request(
        PLATFORM_API, HELM_RELEASE, BOUNDARY, {"spec": {"chartRef": {"name": "empty"}}}
    ),
    "an app without its cluster": Request(PLATFORM_API, HELM_RELEASE, APP, {"spec": {"kubeConfig": None}}),
    "an app without its boundary": Request(PLATFORM_API, HELM_RELEASE, APP, {"spec": {"dependsOn": None}}),
    "an app that says it is elsewhere": Request(PLATFORM_API, HELM_RELEASE, APP, labelled("krmfn.dev/placed-on", "x")),
    "an app out of its cluster's clean-up": Request(
        PLATFORM_API, HELM_RELEASE, APP, labelled("cozystack.io/target-cluster-name", None)
    ),
    "another admission configuration": Request(
        PLATFORM_API, CONFIG_MAP, "kubernetes-lab-admission", {"data": {"config.yaml": "enforce: privileged"}}
    ),
    "no admission configuration": Request(PLATFORM_API, CONFIG_MAP, "kubernetes-lab-admission", {"data": None}),
    "a fence of nothing": Request(
        PLATFORM_API, CILIUM_POLICY, "kubernetes-lab-egress", labelled("krmfn.dev/fences", None)
    ),
    "another cluster-scoped fence": Request(
        PLATFORM_API, CLUSTER_POLICY, "tenant-asked.kubernetes-lab", {"spec": {"tier": "Baseline"}}
    ),
    "nodes that join a sandbox": Request(
        PLATFORM_API, HELM_RELEASE, OPEN_POOL, {"spec": {"values": {"cluster": "lab"}}}
    ),
    "the glass, by the platform's API": Request(
        PLATFORM_API, NAMESPACE, "tenant-asked", annotated("krmfn.dev/break-glass", CLUSTER)
    ),
}

LET_PASS = {
    "another app through the platform's API": made_through_the_api("hub-of-another-name"),
    "Flux brings a placed app back": made_through_the_api("hub")._replace(who=FLUX),
    "Flux confirms a loosening": Request(
        FLUX, HELM_RELEASE, CLUSTER, annotated("krmfn.dev/confirm-loosening", "sandbox->standard")
    ),
    "Flux gives a sandbox another profile": Request(
        FLUX, HELM_RELEASE, CLUSTER, labelled("krmfn.dev/isolation", "mine")
    ),
    "an administrator takes isolation away": Request(
        OPERATOR, HELM_RELEASE, CLUSTER, labelled("krmfn.dev/isolation", None)
    ),
    "Flux changes a sandbox": Request(FLUX, HELM_RELEASE, CLUSTER, CHANGED),
    "an administrator changes a sandbox": Request(OPERATOR, HELM_RELEASE, CLUSTER, CHANGED),
    "Flux changes an app's cluster": Request(FLUX, HELM_RELEASE, APP, {"spec": {"kubeConfig": None}}),
    "Flux changes a fence": Request(FLUX, CILIUM_POLICY, "kubernetes-lab-egress", {"spec": {"egressDeny": []}}),
    "the platform sets the chart again": Request(
        PLATFORM_API, HELM_RELEASE, CLUSTER, {"spec": {"chartRef": {"name": "cozystack-kubernetes-next"}}}
    ),
    "the platform sets valuesFrom again": Request(
        PLATFORM_API, HELM_RELEASE, CLUSTER, {"spec": {"valuesFrom": [{"kind": "Secret", "name": "cozystack-values"}]}}
    ),
    "the platform chooses a shard": Request(
        PLATFORM_API, HELM_RELEASE, CLUSTER, labelled("sharding.fluxcd.io/key", "shard1")
    ),
    "the platform suspends": Request(PLATFORM_API, HELM_RELEASE, CLUSTER, {"spec": {"suspend": None}}),
    "a cluster's clean-up suspends what is on it": Request(
        "system:serviceaccount:tenant-asked:kubernetes-lab-cleanup", HELM_RELEASE, APP, {"spec": {"suspend": False}}
    ),
    "a controller's finalizer": Request(
        PLATFORM_API, HELM_RELEASE, CLUSTER, {"metadata": {"finalizers": ["finalizers.fluxcd.io", "example.org/x"]}}
    ),
    "a request to reconcile": Request(
        PLATFORM_API, HELM_RELEASE, CLUSTER, annotated("reconcile.fluxcd.io/requestedAt", "now")
    ),
    "an edit of an app's values": Request(PLATFORM_API, HELM_RELEASE, APP, {"spec": {"values": {"a": 2}}}),
    "a change of another release": Request(PLATFORM_API, HELM_RELEASE, "redis-cache", {"spec": {"values": {"a": 2}}}),
    "Flux has nodes join a sandbox": Request(FLUX, HELM_RELEASE, OPEN_POOL, {"spec": {"values": {"cluster": "lab"}}}),
    "nodes of another cluster": Request(
        PLATFORM_API, HELM_RELEASE, OPEN_POOL, {"spec": {"values": {"maxReplicas": 3}}}
    ),
    "an app goes": Request(PLATFORM_API, HELM_RELEASE, APP),
    "another release goes": Request(PLATFORM_API, HELM_RELEASE, "redis-cache"),
    "Flux removes a sandbox with nothing on it": Request(FLUX, HELM_RELEASE, "kubernetes-lonely"),
    "the tenant's clean-up": Request("system:serviceaccount:cozy-system:tenant-asked-cleanup", HELM_RELEASE, CLUSTER),
    "the cluster's clean-up": Request(
        "system:serviceaccount:tenant-asked:kubernetes-lab-cleanup", HELM_RELEASE, BOUNDARY
    ),
    "an administrator removes a cluster-scoped fence": Request(OPERATOR, CLUSTER_POLICY, "tenant-asked.kubernetes-lab"),
    "an administrator breaks the glass": Request(
        OPERATOR, NAMESPACE, "tenant-asked", annotated("krmfn.dev/break-glass", CLUSTER)
    ),
    "a namespace's other annotations": Request(
        PLATFORM_API, NAMESPACE, "tenant-asked", annotated("example.org/x", "y")
    ),
}


def refusal(api: Api, namespace: str, request: Request) -> str:
    """The server's words when it refuses, or nothing."""
    client = api.acting_as(request.who, dry=True)
    try:
        if callable(request.change):
            found = api.get(request.kind, namespace, request.name)
            assert found
            client.replace(request.change(found))
        elif request.new is not None:
            client.apply(request.new)
        elif request.change is not None:
            client.patch(request.kind, namespace, request.name, request.change)
        else:
            assert api.get(request.kind, namespace, request.name)
            client.delete(request.kind, namespace, request.name)
    except RefusedError as refused:
        if "denied request" not in refused.message:
            raise
        return refused.message
    return ""


@pytest.mark.parametrize("what", REFUSED)
def test_what_protects_a_sandbox_is_not_changed_or_deleted(engine: Engine, asked: str, what: str) -> None:
    """Refused, with what to do instead."""
    told = refusal(engine.a, asked, REFUSED[what])
    assert "denied request: " in told
    assert "failed expression" not in told
    assert "krmfn.dev/break-glass" in told or "administrator" in told


@pytest.mark.parametrize("what", LET_PASS)
def test_what_others_have_to_do_passes(engine: Engine, asked: str, what: str) -> None:
    """The guards are in the way of neither Flux nor administrators nor the platform's controllers and clean-ups."""
    assert refusal(engine.a, asked, LET_PASS[what]) == ""


@pytest.mark.parametrize(
    "values", [{"cluster": "lab"}, {"cluster": "lab", "clusterReleaseName": "elsewhere"}], ids=["plain", "in disguise"]
)
def test_nodes_are_not_made_for_a_sandbox(engine: Engine, asked: str, values: Object) -> None:
    """Whoever creates a pool through the platform's API has it join another cluster, or none.

    The chart joins nodes to `cluster`, whatever release the values name besides.
    """
    client = engine.a.acting_as(PLATFORM_API, dry=True)
    with pytest.raises(RefusedError, match="kubernetes-lab is isolated"):
        client.apply(pool(asked, "open-md2", **values))
    client.apply(pool(asked, "open-md2", "open"))
    client.apply(pool(asked, "open-md2", "open", clusterReleaseName=CLUSTER))


@pytest.mark.parametrize("guard", MATTERS)
def test_each_guard_matters(engine: Engine, installed_guards: list[Object], asked: str, guard: str) -> None:
    """What a guard refuses, it alone refuses: without its binding it passes."""
    assert f"'{guard}'" in refusal(engine.a, asked, MATTERS[guard])
    engine.a.delete(BINDING, "", guard)
    engine.wait_for(f"{guard} to be off", lambda: not refusal(engine.a, asked, MATTERS[guard]), 30)
    engine.a.apply(
        next(item for item in installed_guards if kind_of(item) == BINDING and item["metadata"]["name"] == guard)
    )
    wait_until_in_force(engine, asked, guard)


def test_a_guard_is_understood_by_the_server(engine: Engine, installed_guards: list[Object], asked: str) -> None:
    """No expression of a guard has a type that the server finds wrong."""
    del asked
    for item in installed_guards:
        if kind_of(item) == POLICY:
            stored = engine.a.get(POLICY, "", item["metadata"]["name"])
            assert stored
            assert "expressionWarnings" not in stored.get("status", {}).get("typeChecking", {}), stored["status"]


def test_broken_glass_lets_one_object_go(engine: Engine, asked: str) -> None:
    """The annotation on the namespace names what may be deleted, and nothing else may."""
    operator = engine.a.acting_as(OPERATOR)
    operator.patch(NAMESPACE, "", asked, annotated("krmfn.dev/break-glass", CLUSTER))
    engine.wait_for("the glass to be broken", lambda: not refusal(engine.a, asked, REFUSED["a cluster, by Flux"]), 10)
    assert refusal(engine.a, asked, REFUSED["a boundary while an app is there"])
    assert refusal(engine.a, asked, REFUSED["an edit of a sandbox's values"])
    # Who mends it need not be an administrator.
    engine.a.acting_as(PLATFORM_API).patch(NAMESPACE, "", asked, annotated("krmfn.dev/break-glass", None))
    engine.wait_for("the glass to be whole", lambda: refusal(engine.a, asked, REFUSED["a cluster, by Flux"]), 10)


def test_where_nothing_is_placed_nothing_is_in_the_way(engine: Engine, asked: str) -> None:
    """In a namespace without a release a fence of none may go, and a release where none is placed."""
    del asked
    namespace = "tenant-bare"
    engine.a.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    fence = sandbox(namespace)[1]
    engine.a.apply(fence)
    assert refusal(engine.a, namespace, Request(FLUX, CILIUM_POLICY, fence["metadata"]["name"])) == ""
    engine.a.apply(release(namespace, "redis-cache", "app", {}))
    assert refusal(engine.a, namespace, Request(FLUX, HELM_RELEASE, "redis-cache")) == ""


# Who may change which kinds.

TIERS = ("view", "use", "admin", "super-admin")
AGGREGATED = "rbac.cozystack.io/aggregate-to-tenant"
READ, WRITE = ["get", "list", "watch"], ["create", "update", "patch", "delete"]
PLATFORM_RULES = {
    "view": {"resources": ["*"], "verbs": READ},
    "admin": {"resources": ["postgreses", "kuberneteses"], "verbs": WRITE},
    "super-admin": {"resources": ["*"], "verbs": ["*"]},
}
"""The rules for apps.cozystack.io of the platform's own tiers, in its roles' order (docs/platform.md#roles)."""


def platform_roles() -> Iterator[Object]:
    for position, tier in enumerate(TIERS):
        above = {f"{AGGREGATED}-{higher}": "true" for higher in TIERS[position + 1 :]}
        own = {f"{AGGREGATED}-{tier}": "true"}
        yield cluster_role(f"cozy:tenant:{tier}", above) | {
            "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": own}]}
        }
        if tier in PLATFORM_RULES:
            rules = [{"apiGroups": ["apps.cozystack.io"], **PLATFORM_RULES[tier]}]
            yield cluster_role(f"cozy:tenant:{tier}:base", own) | {"rules": rules}


def cluster_role(name: str, labels: dict[str, str]) -> Object:
    metadata = {"name": name, "labels": labels}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": metadata}


def test_a_kind_is_changed_by_the_tiers_that_are_told(engine: Engine) -> None:
    """tenant-admin: from admin up; super-admin: it alone; everyone reads everything; taken out of Git, taken away."""
    namespace = "tenant-tiers"
    engine.a.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    for role in platform_roles():
        engine.a.apply(role)
    for tier in TIERS:
        engine.a.apply(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "RoleBinding",
                "metadata": {"name": tier, "namespace": namespace},
                "roleRef": {
                    "apiGroup": "rbac.authorization.k8s.io",
                    "kind": "ClusterRole",
                    "name": f"cozy:tenant:{tier}",
                },
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": f"{tier}-user"}],
            }
        )

    def who(verb: str, plural: str) -> list[str]:
        attributes = {"group": "apps.cozystack.io", "namespace": namespace}
        return [tier for tier in TIERS if engine.a.can(f"{tier}-user", verb, plural, **attributes)]

    engine.wait_for(
        "the platform's roles to be aggregated", lambda: who("create", "postgreses") == ["admin", "super-admin"]
    )
    assert who("create", "jupyterhubs") == ["super-admin"]
    told = [{"kind": "JupyterHub", "mutation": "tenant-admin"}, {"kind": "N8n", "mutation": "super-admin"}]
    [role] = [item for item in platform_output(kinds=told) if item["kind"] == "ClusterRole"]
    engine.a.apply(role)
    engine.wait_for("the role to be aggregated", lambda: "admin" in who("create", "jupyterhubs"))
    for verb in WRITE:
        assert who(verb, "jupyterhubs") == ["admin", "super-admin"]
        assert who(verb, "n8ns") == ["super-admin"]
    for plural in ("jupyterhubs", "n8ns", "postgreses"):
        assert who("list", plural) == list(TIERS)
    [role] = [item for item in platform_output() if item["kind"] == "ClusterRole"]
    engine.a.apply(role)
    engine.wait_for("the role to be taken away", lambda: who("create", "jupyterhubs") == ["super-admin"])
    assert who("create", "postgreses") == ["admin", "super-admin"]
    assert yaml.load(json.dumps(role["rules"])) == []
