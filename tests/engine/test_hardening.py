"""A sandbox's hardening on a real API server that reads its admission configuration, with its policies applied."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from krmfn import function
from krmfn.resourcelist import ResourceList
from tests.engine import clusters, flux
from tests.engine.api import ANYTHING, HELM_RELEASE, NAMESPACE, Kind, RefusedError, kind_of, namespace_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine

ROLE = Kind("rbac.authorization.k8s.io/v1", "Role")
ANY: Object = {}
PLURALS = {
    "Namespace": "namespaces",
    "PersistentVolume": "persistentvolumes",
    "Pod": "pods",
    "Service": "services",
    "ServiceAccount": "serviceaccounts",
}
ADMINISTRATOR = ""
"""The kubeconfig with which placed charts are applied: system:masters."""
TENANT = "alice@example.org"
"""May do anything, as a tenant's administrator whom somebody let in."""
NODE = "system:node:worker-1"
NODES = "system:nodes"

TENANT_NAMESPACE = "tenant-hardened"
APP, OTHER, ADDON = "jupyterhub-lab", "unlabelled", "cozy-cilium"
BEFORE, OLD = "labelled-before", "labelled-with-a-version"
"""Namespaces that were there, and how they were labelled, before the cluster was held to a level."""
ENFORCE = "pod-security.kubernetes.io/enforce"


def sandbox(level: str, existing: Object | None = None) -> list[Object]:
    """What krmfn writes for a cluster with an app whose profile is like sandbox, at a level; existing, or to create."""
    profile = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "IsolationProfile",
        "metadata": {"name": "like-sandbox"},
        "spec": {"kubeconfig": "withheld", "podSecurity": level},
    }
    isolation = {"isolationProfile": "like-sandbox"}
    chart = {"kind": "OCIRepository", "name": "krmfn-objects", "namespace": "cozy-public"}
    plane = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "ComputePlane",
        "metadata": {"name": "plane", "namespace": TENANT_NAMESPACE},
        "spec": {
            "objectsChart": {"chartRef": chart},
            # By the chart of its makers, for the platform's own cannot run on a cluster.
            "kinds": [{"kind": "JupyterHub", "chartRef": {**chart, "name": "jupyterhub"}}],
            **({"clusters": [{"name": "lab", **isolation, **existing}]} if existing else {}),
            "placements": [{"cluster": "lab", "app": {"kind": "JupyterHub", "name": "lab", "values": {}}}],
        },
    }
    cluster = {
        "apiVersion": "apps.cozystack.io/v1alpha1",
        "kind": "Kubernetes",
        "metadata": {"name": "lab", "namespace": TENANT_NAMESPACE},
        "spec": isolation,
    }
    answer = function.run(ResourceList((profile,) if existing else (profile, cluster), plane))
    assert not [str(each) for each in answer.results if each.severity == "error"]
    return list(answer.items)


def named(items: list[Object], kind: str, name: str) -> Object:
    [found] = [item for item in items if (item["kind"], item["metadata"]["name"]) == (kind, name)]
    return found


def started(engine: Engine, level: str) -> Api:
    """A cluster's API server with its hardening, and all that is inside before any app is."""
    items = sandbox(level)
    file = engine.processes.folder / f"admission-{level}.yaml"
    file.write_text(named(items, "ConfigMap", "kubernetes-lab-admission")["data"]["admission.yaml"], encoding="utf-8")
    flag = f"--admission-control-config-file={file}"
    api = clusters.start_api_server(engine.processes, engine.etcd, f"hardened-{level}", flag)
    engine.wait_for(f"API server {api.name} to be ready", api.ready, 60)
    api.apply(namespace(BEFORE, {ENFORCE: "privileged"}))
    api.apply(namespace(OLD, {ENFORCE: "restricted", f"{ENFORCE}-version": "v1.0"}))
    for inside in named(items, "HelmRelease", "kubernetes-lab-boundary")["spec"]["values"]["objects"]:
        if inside["kind"] != "CiliumClusterwideNetworkPolicy":
            api.apply(inside)
    for item in (
        namespace(OTHER, {}),
        namespace(ADDON, {}),
        {**account(ADDON), "automountServiceAccountToken": False},
        # As JupyterHub's chart makes one.
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": "jupyterhub-default-priority"},
            "value": 10,
        },
        pod(APP),
        *(anything(group) for group in (ANYTHING, NODES)),
    ):
        api.apply(item)
    for what, attempt in IN_FORCE.items():
        engine.wait_for(f"{what} to be in force", partial(refusal, api, attempt), 30)
    return api


def anything(group: str) -> Object:
    """Lets a group do anything, so that what is refused is refused by admission."""
    api_group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{api_group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": group.replace(":", "-")},
        "roleRef": {"kind": "ClusterRole", "name": "cluster-admin", "apiGroup": api_group},
        "subjects": [{"kind": "Group", "name": group, "apiGroup": api_group}],
    }


def account(inside: str, name: str = "default") -> Object:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": inside}}


@pytest.fixture(scope="module")
def restricted(engine: Engine) -> Api:
    return started(engine, "restricted")


@pytest.fixture(scope="module")
def baseline(engine: Engine) -> Api:
    return started(engine, "baseline")


class Attempt(NamedTuple):
    """A request that is judged and not stored: by whom, and what in the answer says who refused it."""

    method: str
    path: str
    body: Object
    by: str
    refused_by: str


def create(item: Object, refused_by: str = "", *, by: str = ADMINISTRATOR) -> Attempt:
    inside = item["metadata"].get("namespace")
    path = f"/api/v1/namespaces/{inside}" if inside else "/api/v1"
    return Attempt("POST", f"{path}/{PLURALS[item['kind']]}", item, by, refused_by)


def change(path: str, patch: Object, refused_by: str = "", *, by: str = ADMINISTRATOR) -> Attempt:
    return Attempt("PATCH", f"/api/v1/{path}", patch, by, refused_by)


def relabel(name: str, label: str, value: str | None, refused_by: str = "", *, by: str = ADMINISTRATOR) -> Attempt:
    return change(f"namespaces/{name}", {"metadata": {"labels": {label: value}}}, refused_by, by=by)


def refusal(api: Api, attempt: Attempt) -> str:
    """The server's words when it refuses, or nothing."""
    group = NODES if attempt.by == NODE else ANYTHING
    client = api.acting_as(attempt.by, group=group, dry=True)
    content_type = "application/strategic-merge-patch+json" if attempt.method == "PATCH" else "application/json"
    try:
        client.call(attempt.method, attempt.path, attempt.body, content_type)
    except RefusedError as refused:
        return refused.message
    return ""


def namespace(name: str, labels: dict[str, str]) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def pod(inside: str, *, security: Any = ANY, pod_security: Any = ANY, **spec: Any) -> Object:
    """A pod as restricted asks for it, but for what is said; `container` and `metadata` add to theirs."""
    container = {
        "name": "main",
        "image": "registry.invalid/notebook",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            **security,
        },
        **spec.pop("container", {}),
    }
    context = {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "notebook", "namespace": inside, **spec.pop("metadata", {})},
        "spec": {"containers": [container], "securityContext": {**context, **pod_security}, **spec},
    }


def another(item: Object) -> Object:
    """The same under a name that is free."""
    return {**item, "metadata": {**item["metadata"], "name": "another"}}


def service(inside: str, **spec: Any) -> Object:
    ports = {} if spec.get("type") == "ExternalName" else {"ports": [{"port": 80}]}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "hub", "namespace": inside},
        "spec": {**ports, **spec},
    }


DNS_NAME = "external-dns.alpha.kubernetes.io/hostname"


def balancer(annotation: str, inside: str = APP, **spec: Any) -> Object:
    """A Service that the platform copies to the management cluster, with one annotation."""
    found = service(inside, **{"type": "LoadBalancer", **spec})
    return {**found, "metadata": {**found["metadata"], "annotations": {annotation: "dashboard.example.org"}}}


def volume(**source: Any) -> Object:
    affinity = {}
    if "local" in source:
        term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["worker-1"]}]}
        affinity = {"nodeAffinity": {"required": {"nodeSelectorTerms": [term]}}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": source.pop("name", "pvc-1")},
        "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], **affinity, **source},
    }


def default_account(inside: str) -> str:
    return f"namespaces/{inside}/serviceaccounts/default"


POD_SECURITY, LABELS = "violates PodSecurity", "krmfn-pod-security-labels"
PODS, IPS, BALANCERS = "krmfn-pods", "krmfn-external-ips", "krmfn-load-balancers"
VOLUMES, ACCOUNT = "krmfn-persistent-volumes", "krmfn-default-service-account"
PRIVILEGED = {"privileged": True, "allowPrivilegeEscalation": True}
HOST_PATH: Any = {"volumes": [{"name": "host", "hostPath": {"path": "/"}}]}
NFS = {"server": "192.0.2.1", "path": "/"}
CSI = {"driver": "csi.kubevirt.io", "volumeHandle": "pvc-1"}
STORED = {"driver": "csi.example.org", "volumeHandle": "anything"}
EXTERNAL = {"externalIPs": ["192.0.2.53"]}
HUB_USER: Any = {
    "schedulerName": "jupyterhub-user-scheduler",
    "priorityClassName": "jupyterhub-default-priority",
    "tolerations": [{"key": "hub.jupyter.org_dedicated", "operator": "Equal", "value": "user", "effect": "NoSchedule"}],
    "nodeSelector": {"gpu": "on"},
    "automountServiceAccountToken": False,
    "volumes": [{"name": "home", "persistentVolumeClaim": {"claimName": "claim-jovyan"}}],
}
DAEMON: Any = {
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["worker-1"]}]}
                ]
            }
        }
    },
    "tolerations": [{"operator": "Exists"}],
}
TOKEN: Any = {
    "serviceAccountName": "n8n",
    "volumes": [{"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}],
}
MIRROR = {"annotations": {"kubernetes.io/config.mirror": "1"}}
DEBUGGER = {"name": "debugger", "image": "registry.invalid/shell", "securityContext": {"privileged": True}}
TIDY_DEBUGGER = {
    "name": "debugger",
    "image": "registry.invalid/shell",
    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
}

IN_FORCE = {
    LABELS: relabel(OTHER, f"{ENFORCE}-version", "v1.0", LABELS),
    PODS: create(another(pod(APP, nodeName="worker-1")), PODS),
    IPS: create(service(APP, **EXTERNAL), IPS),
    BALANCERS: create(balancer(DNS_NAME), BALANCERS),
    VOLUMES: create(volume(hostPath={"path": "/"}), VOLUMES),
    ACCOUNT: change(default_account(APP), {"automountServiceAccountToken": True}, ACCOUNT),
}
"""Each policy with a request that it alone refuses."""

CLAIMS = {
    # Pods, in an app's namespace, which has the labels, and in another, where the API server's default holds.
    "an ordinary pod": create(another(pod(APP))),
    "an ordinary pod without labels on its namespace": create(pod(OTHER)),
    "a privileged container": create(another(pod(APP, security=PRIVILEGED)), POD_SECURITY),
    "a privileged container without labels on its namespace": create(pod(OTHER, security=PRIVILEGED), POD_SECURITY),
    "a privileged container of a tenant's administrator": create(
        another(pod(APP, security=PRIVILEGED)), POD_SECURITY, by=TENANT
    ),
    "a privileged container of an addon": create(pod(ADDON, security=PRIVILEGED)),
    "a privileged container in kube-system": create(pod("kube-system", security=PRIVILEGED)),
    "the node's network": create(another(pod(APP, hostNetwork=True)), POD_SECURITY),
    "the node's network of an addon": create(pod(ADDON, hostNetwork=True, hostPID=True, **HOST_PATH)),
    "the node's processes": create(another(pod(APP, hostPID=True)), POD_SECURITY),
    "the node's files": create(another(pod(APP, **HOST_PATH)), POD_SECURITY),
    "the node's port": create(
        another(pod(APP, container={"ports": [{"containerPort": 80, "hostPort": 80}]})), POD_SECURITY
    ),
    "root": create(another(pod(APP, pod_security={"runAsNonRoot": None, "runAsUser": 0})), POD_SECURITY),
    "no word about root": create(another(pod(APP, pod_security={"runAsNonRoot": None})), POD_SECURITY),
    "escalation": create(another(pod(APP, security={"allowPrivilegeEscalation": None})), POD_SECURITY),
    "a capability": create(
        another(pod(APP, security={"capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]}})), POD_SECURITY
    ),
    "no seccomp profile": create(another(pod(APP, pod_security={"seccompProfile": None})), POD_SECURITY),
    "a volume by the node's NFS": create(another(pod(APP, volumes=[{"name": "a", "nfs": NFS}])), POD_SECURITY),
    "a privileged container beside a running one": change(
        f"namespaces/{APP}/pods/notebook/ephemeralcontainers",
        {"spec": {"ephemeralContainers": [DEBUGGER]}},
        POD_SECURITY,
    ),
    "an ordinary container beside a running one": change(
        f"namespaces/{APP}/pods/notebook/ephemeralcontainers", {"spec": {"ephemeralContainers": [TIDY_DEBUGGER]}}
    ),
    "a node of its choice": create(another(pod(APP, nodeName="worker-1")), PODS),
    "a node of its choice for an addon": create(pod(ADDON, nodeName="worker-1")),
    "what a node reports that it runs": create(another(pod(APP, nodeName="worker-1", metadata=MIRROR)), by=NODE),
    "the priority of a node's own pods": create(another(pod(APP, priorityClassName="system-node-critical")), PODS),
    "the priority of the cluster's own pods": create(pod(OTHER, priorityClassName="system-cluster-critical"), PODS),
    "the priority of the cluster's own pods for an addon": create(
        pod(ADDON, priorityClassName="system-cluster-critical")
    ),
    "a JupyterHub user's pod": create(another(pod(APP, **HUB_USER))),
    "a pod with a token that it asks for": create(another(pod(APP, **TOKEN))),
    "a daemon's pod": create(another(pod(APP, **DAEMON))),
    "a pod where a looser label was before": create(pod(BEFORE), PODS),
    "a privileged container where a looser label was before": create(pod(BEFORE, security=PRIVILEGED), PODS),
    "a pod where an older version was before": create(pod(OLD), PODS),
    "a pod in a user namespace": create(another(pod(APP, hostUsers=False))),
    # Namespaces.
    "a namespace": create(namespace("made-by-a-chart", {})),
    "a namespace at the level": create(namespace("made-by-a-chart", {ENFORCE: "restricted"})),
    "a namespace at a looser level": create(namespace("made-by-a-chart", {ENFORCE: "privileged"}), LABELS),
    "a namespace at a slightly looser level": create(namespace("made-by-a-chart", {ENFORCE: "baseline"}), LABELS),
    "a namespace at a level that does not exist": create(
        namespace("made-by-a-chart", {ENFORCE: "none"}), "must be one of privileged, baseline, restricted"
    ),
    "a namespace at an older version": create(
        namespace("made-by-a-chart", {ENFORCE: "restricted", f"{ENFORCE}-version": "v1.0"}), LABELS
    ),
    "a namespace that is called nearly like an addon's": create(
        namespace(f"{ADDON}-2", {ENFORCE: "privileged"}), LABELS
    ),
    "an addon's namespace at another level": create(namespace("cozy-csi", {ENFORCE: "privileged"})),
    "a looser label": relabel(APP, ENFORCE, "privileged", LABELS),
    "a looser label of a tenant's administrator": relabel(APP, ENFORCE, "privileged", LABELS, by=TENANT),
    "a looser label where there was none": relabel(OTHER, ENFORCE, "privileged", LABELS),
    "an older version": relabel(APP, f"{ENFORCE}-version", "v1.0", LABELS),
    "an older version of a tenant's administrator": relabel(APP, f"{ENFORCE}-version", "v1.0", LABELS, by=TENANT),
    "an older version where there is no level": relabel(OTHER, f"{ENFORCE}-version", "v1.20", LABELS),
    "no label any longer": relabel(APP, ENFORCE, None, LABELS),
    "no version any longer": relabel(APP, f"{ENFORCE}-version", None),
    "a label where there was none": relabel(OTHER, ENFORCE, "restricted"),
    "a looser label with the status": change(
        f"namespaces/{APP}/status", {"metadata": {"labels": {ENFORCE: "privileged"}}}, LABELS
    ),
    "a looser warning": relabel(APP, "pod-security.kubernetes.io/warn", "privileged"),
    "an addon's label": relabel(ADDON, ENFORCE, "privileged"),
    # Services.
    "a service": create(service(APP)),
    "a load balancer": create(service(APP, type="LoadBalancer")),
    "a node port": create(service(APP, type="NodePort")),
    "an external name": create(service(APP, type="ExternalName", externalName="example.org")),
    "addresses of others": create(service(APP, **EXTERNAL), IPS),
    "addresses of others where no label is": create(service(OTHER, **EXTERNAL), IPS),
    "addresses of others for an addon": create(service(ADDON, **EXTERNAL)),
    # Volumes.
    "a volume of the platform's driver": create(volume(csi=CSI)),
    "a volume of the platform's driver under another name": create(volume(name="data", csi=CSI), VOLUMES),
    "a volume of the platform's driver by a name that no claim gives": create(
        volume(name="vm-disk-desktop", csi={**CSI, "volumeHandle": "vm-disk-desktop"}), VOLUMES
    ),
    "another's volume by the platform's driver": create(
        volume(csi={**CSI, "volumeHandle": "postgres-main-1"}), VOLUMES
    ),
    "a volume of another driver": create(volume(name="data", csi=STORED)),
    "a volume of the node's files": create(volume(hostPath={"path": "/"}), VOLUMES),
    "a volume of the node's disk": create(volume(local={"path": "/var"}), VOLUMES),
    "a LoadBalancer": create(service(APP, type="LoadBalancer")),
    "a LoadBalancer of Helm's": create(balancer("meta.helm.sh/release-name")),
    "a LoadBalancer of a name of the platform's": create(balancer(DNS_NAME), BALANCERS),
    "a LoadBalancer of an address of another's": create(balancer("metallb.universe.tf/loadBalancerIPs"), BALANCERS),
    "a LoadBalancer of an address of its choice": create(
        service(APP, type="LoadBalancer", loadBalancerIP="192.0.2.10"), BALANCERS
    ),
    "a LoadBalancer of an addon's with a name": create(balancer(DNS_NAME, ADDON)),
    "a name on another Service": create(balancer(DNS_NAME, type="ClusterIP")),
    "a volume of an NFS server": create(volume(nfs=NFS), VOLUMES),
    "a volume of an NFS server of a tenant's administrator": create(volume(nfs=NFS), VOLUMES, by=TENANT),
    "a volume of an iSCSI portal": create(
        volume(iscsi={"targetPortal": "192.0.2.1:3260", "iqn": "iqn.2001-04.org.example:a", "lun": 0}), VOLUMES
    ),
    # Service accounts.
    "a token for every pod": change(default_account(APP), {"automountServiceAccountToken": True}, ACCOUNT),
    "no word about tokens": change(default_account(APP), {"automountServiceAccountToken": None}, ACCOUNT),
    "a label on the default account": change(default_account(APP), {"metadata": {"labels": {"a": "b"}}}),
    "a token for every pod of an addon": change(default_account(ADDON), {"automountServiceAccountToken": True}),
    "an account of its own": create(account(APP, "n8n")),
}

AT_BASELINE = {
    "an ordinary pod": create(another(pod(APP))),
    "root": create(another(pod(APP, pod_security={"runAsNonRoot": None, "runAsUser": 0}))),
    "a volume by the node's NFS": create(another(pod(APP, volumes=[{"name": "a", "nfs": NFS}]))),
    "a privileged container": create(another(pod(APP, security=PRIVILEGED)), POD_SECURITY),
    "a privileged container without labels on its namespace": create(pod(OTHER, security=PRIVILEGED), POD_SECURITY),
    "a privileged container of an addon": create(pod(ADDON, security=PRIVILEGED)),
    "a node of its choice": create(another(pod(APP, nodeName="worker-1")), PODS),
    "a stricter label": relabel(APP, ENFORCE, "restricted"),
    "a pod where a looser label was before": create(pod(BEFORE), PODS),
    "another's volume by the platform's driver": create(
        volume(csi={**CSI, "volumeHandle": "postgres-main-1"}), VOLUMES
    ),
    "the level": relabel(OTHER, ENFORCE, "baseline"),
    "a looser label": relabel(APP, ENFORCE, "privileged", LABELS),
    "an older version": relabel(APP, f"{ENFORCE}-version", "v1.0", LABELS),
    "a volume of the node's files": create(volume(hostPath={"path": "/"}), VOLUMES),
    "a volume of the node's disk": create(volume(local={"path": "/var"}), VOLUMES),
    "a volume of an NFS server": create(volume(nfs=NFS)),
    "addresses of others": create(service(APP, **EXTERNAL), IPS),
}


def check(api: Api, attempt: Attempt) -> None:
    told = refusal(api, attempt)
    if not attempt.refused_by:
        assert told == ""
        return
    assert attempt.refused_by in told
    assert "failed expression" not in told
    if attempt.refused_by.startswith("krmfn-"):
        assert "; " in told, "a refusal says what would be right"


@pytest.mark.parametrize("what", CLAIMS)
def test_at_restricted(restricted: Api, what: str) -> None:
    """Refused by whom the table says, with the next step, or admitted."""
    check(restricted, CLAIMS[what])


@pytest.mark.parametrize("what", AT_BASELINE)
def test_at_baseline(baseline: Api, what: str) -> None:
    """What baseline forbids is refused, what it does not is admitted."""
    check(baseline, AT_BASELINE[what])


@pytest.mark.parametrize("policy", IN_FORCE)
def test_each_policy_matters(engine: Engine, restricted: Api, policy: str) -> None:
    """What a policy refuses, it alone refuses: without its binding it passes."""
    binding = Kind("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding")
    found = restricted.get(binding, "", policy)
    assert found
    restricted.delete(binding, "", policy)
    engine.wait_for(f"{policy} to be off", lambda: not refusal(restricted, IN_FORCE[policy]), 30)
    head = {"apiVersion": binding.api_version, "kind": binding.kind}
    restricted.apply({**head, "metadata": {"name": policy}, "spec": found["spec"]})
    engine.wait_for(f"{policy} to be in force", lambda: refusal(restricted, IN_FORCE[policy]), 30)


def test_no_policy_protects_a_policy(engine: Engine, restricted: Api) -> None:
    """Who is an administrator inside takes the policy on volumes away, and then attaches any volume by its name.

    A policy that would refuse that is taken, and is asked about a ConfigMap, never about a binding.
    """
    registration = "admissionregistration.k8s.io"
    binding = Kind(f"{registration}/v1", "ValidatingAdmissionPolicyBinding")
    found = restricted.get(binding, "", VOLUMES)
    assert found
    name = "krmfn-tests-of-policies"
    rules = [
        {"apiGroups": [group], "apiVersions": ["v1"], "operations": ["DELETE"], "resources": resources}
        for group, resources in ((registration, ["validatingadmissionpolicybindings"]), ("", ["configmaps"]))
    ]
    spec = {"matchConstraints": {"resourceRules": rules}, "validations": [{"expression": "false"}]}
    head = {"apiVersion": binding.api_version, "metadata": {"name": name}}
    restricted.apply({**head, "kind": "ValidatingAdmissionPolicy", "spec": spec})
    restricted.apply({**head, "kind": binding.kind, "spec": {"policyName": name, "validationActions": ["Deny"]}})
    probe = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe", "namespace": OTHER}}
    restricted.apply(probe)
    options = {"apiVersion": "v1", "kind": "DeleteOptions", "dryRun": ["All"]}
    kept = Attempt("DELETE", f"/api/v1/namespaces/{OTHER}/configmaps/probe", options, TENANT, name)
    engine.wait_for("the policy to be in force", lambda: name in refusal(restricted, kept), 30)
    restricted.delete(binding, "", VOLUMES)
    others = create(volume(csi={**CSI, "volumeHandle": "postgres-main-1"}))
    engine.wait_for("another's volume to be taken", lambda: not refusal(restricted, others), 30)
    restricted.delete(binding, "", name)
    restricted.apply(
        {"apiVersion": found["apiVersion"], "kind": binding.kind, "metadata": {"name": VOLUMES}, "spec": found["spec"]}
    )
    engine.wait_for("the policy on volumes to be back", lambda: refusal(restricted, IN_FORCE[VOLUMES]), 30)


def test_a_namespace_can_end(restricted: Api) -> None:
    """Nothing holds a namespace whose time has come, whatever its labels were."""
    restricted.apply(namespace("short-lived", {ENFORCE: "restricted"}))
    restricted.delete(NAMESPACE, "", "short-lived")
    ending = restricted.get(NAMESPACE, "", "short-lived")
    assert ending
    assert ending["metadata"]["deletionTimestamp"]
    ending["metadata"]["labels"].pop(ENFORCE)
    restricted.call("PUT", "/api/v1/namespaces/short-lived/finalize", {**ending, "spec": {"finalizers": []}})
    assert restricted.get(NAMESPACE, "", "short-lived") is None


def test_a_label_is_not_loosened_by_finalizing(restricted: Api) -> None:
    """The subresource by which a namespace ends writes labels as well."""
    found = restricted.get(NAMESPACE, "", APP)
    assert found
    found["metadata"]["labels"][ENFORCE] = "privileged"
    attempt = Attempt("PUT", f"/api/v1/namespaces/{APP}/finalize", found, ADMINISTRATOR, LABELS)
    check(restricted, attempt)


# An existing cluster, whose own namespaces krmfn does not know.


@pytest.fixture(scope="module")
def existing(engine: Engine, third: Api) -> Iterator[Api]:
    """An API server that krmfn did not start, with what it puts inside; gone again when this module is done."""
    items = sandbox("restricted", {"kubeConfig": {"secretRef": {"name": "legacy-kubeconfig"}}})
    inside = named(items, "HelmRelease", "lab-boundary")["spec"]["values"]["objects"]
    for item in (*inside, namespace(OTHER, {}), {**account(OTHER), "automountServiceAccountToken": False}):
        third.apply(item)
    third.apply(anything(ANYTHING))
    for what, attempt in IN_FORCE_INSIDE.items():
        engine.wait_for(f"{what} to be in force", partial(refusal, third, attempt), 30)
    yield third
    for item in reversed(inside):
        third.delete(kind_of(item), namespace_of(item), item["metadata"]["name"])


IN_FORCE_INSIDE = {
    LABELS: relabel(APP, f"{ENFORCE}-version", "v1.0", LABELS),
    PODS: IN_FORCE[PODS],
    IPS: IN_FORCE[IPS],
    ACCOUNT: IN_FORCE[ACCOUNT],
}

ON_AN_EXISTING_CLUSTER = {
    **IN_FORCE_INSIDE,
    "a privileged container": create(pod(APP, security=PRIVILEGED), POD_SECURITY),
    "a looser label": relabel(APP, ENFORCE, "privileged", LABELS),
    "no label any longer": relabel(APP, ENFORCE, None, LABELS),
    "an ordinary pod": create(pod(APP)),
    "a privileged container elsewhere": create(pod(OTHER, security=PRIVILEGED)),
    "a node of its choice elsewhere": create(pod(OTHER, nodeName="worker-1")),
    "a looser label elsewhere": relabel(OTHER, ENFORCE, "privileged"),
    "another namespace": create(namespace("made-by-somebody", {ENFORCE: "privileged"})),
    "addresses of others elsewhere": create(service(OTHER, **EXTERNAL)),
    "a token for every pod elsewhere": change(default_account(OTHER), {"automountServiceAccountToken": True}),
    "a volume of the node's disk": create(volume(local={"path": "/var"})),
}


@pytest.mark.parametrize("what", ON_AN_EXISTING_CLUSTER)
def test_on_an_existing_cluster(existing: Api, what: str) -> None:
    """In the namespace that krmfn makes the same holds, and nothing elsewhere."""
    check(existing, ON_AN_EXISTING_CLUSTER[what])


# The kubeconfig that the chart's own Role would give away.


def cluster_release(engine: Engine, namespace: str) -> Object:
    """A sandbox's HelmRelease as krmfn writes it, in a tenant of its own."""
    engine.tenant(namespace)
    found = named(sandbox("restricted"), HELM_RELEASE.kind, "kubernetes-lab")
    found["metadata"] = {**found["metadata"], "namespace": namespace}
    return found


def test_flux_takes_the_kubeconfig_out_of_the_charts_role(engine: Engine) -> None:
    """What a tenant's users may read by the Role of the chart is all but the Secret."""
    release = cluster_release(engine, "tenant-withheld")
    engine.a.apply(release)
    engine.wait_until_ready(engine.a, HELM_RELEASE, "tenant-withheld", "kubernetes-lab")
    role = engine.a.get(ROLE, "tenant-withheld", "kubernetes-lab-dashboard-resources")
    assert role
    resources = [resource for rule in role["rules"] for resource in rule["resources"]]
    assert resources == ["ingresses", "services", "workloadmonitors"]
    assert role["rules"][2]["resourceNames"] == ["kubernetes-lab", "kubernetes-lab-md0"]


def test_flux_installs_no_chart_that_has_no_such_role(engine: Engine) -> None:
    """A chart that gives the Secret away by another Role is not installed in silence."""
    release = cluster_release(engine, "tenant-renamed")
    [renderer] = release["spec"]["postRenderers"]
    [patch] = renderer["kustomize"]["patches"]
    # To the post-renderer a Role of another name and a chart without it are one thing.
    patch["patch"] = patch["patch"].replace("name: kubernetes-lab-dashboard-resources", "name: of-another-chart")
    engine.a.apply(release)

    def told() -> str:
        return flux.conditions(engine.a.get(HELM_RELEASE, "tenant-renamed", "kubernetes-lab"))

    engine.wait_for("Helm to refuse", lambda: "no matches for Id" in told(), 60, seen=told)
    assert engine.a.get(ROLE, "tenant-renamed", "kubernetes-lab-dashboard-resources") is None
