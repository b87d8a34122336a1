"""The management cluster around the tenant acme, with everybody whom a node may try to reach.

tenant-acme has the cluster my-sandbox and is a child of tenant-root; tenant-acme-dev is its child, tenant-other a
sibling.
"""

from collections.abc import Mapping

from tests.judges.verdicts import Endpoint, World

NS = "k8s:io.kubernetes.pod.namespace"
APP = "apps.cozystack.io/application."
REL = "kubernetes-my-sandbox"
WORKER = "worker"
API_VIP = "203.0.113.10"


def app(kind: str, name: str, group: str = "apps.cozystack.io") -> dict[str, str]:
    """What the lineage webhook puts on each pod of a managed application."""
    return {f"{APP}group": group, f"{APP}kind": kind, f"{APP}name": name}


def vm(release: str, group: str = "md0") -> dict[str, str]:
    """A virt-launcher pod: a worker of a tenant cluster."""
    return {
        "kubevirt.io": "virt-launcher",
        "cluster.x-k8s.io/cluster-name": release,
        "cluster.x-k8s.io/role": "worker",
        "cluster.x-k8s.io/deployment-name": f"{release}-{group}",
        **app("Kubernetes", release.removeprefix("kubernetes-")),
    }


def control_plane(release: str) -> dict[str, str]:
    return {
        "kamaji.clastix.io/name": release,
        "kamaji.clastix.io/component": "deployment",
        "policy.cozystack.io/allow-to-etcd": "true",
        **app("Kubernetes", release.removeprefix("kubernetes-")),
    }


def postgres(name: str, **others: str) -> dict[str, str]:
    return {"cnpg.io/cluster": f"postgres-{name}", "cnpg.io/instanceRole": "primary", **app("Postgres", name), **others}


def pods(namespace: str, named: Mapping[str, Mapping[str, str]]) -> tuple[Endpoint, ...]:
    return tuple(Endpoint(name, "pod", namespace, labels) for name, labels in named.items())


def _tenant(name: str, *ancestors: str) -> dict[str, str]:
    labels = {f"tenant.cozystack.io/{one}": "" for one in (name, *ancestors)}
    return {**labels, "namespace.cozystack.io/etcd": "tenant-root", "kubernetes.io/metadata.name": name}


def _system(name: str, **labels: str) -> dict[str, str]:
    return {"kubernetes.io/metadata.name": name, **labels}


NAMESPACES: dict[str, dict[str, str]] = {
    "tenant-root": _tenant("tenant-root"),
    "tenant-acme": _tenant("tenant-acme", "tenant-root"),
    "tenant-acme-dev": _tenant("tenant-acme-dev", "tenant-acme", "tenant-root"),
    "tenant-other": _tenant("tenant-other", "tenant-root"),
    "kube-system": _system("kube-system"),
    **{
        name: _system(name, **{"cozystack.io/system": "true"})
        for name in (
            "cozy-dashboard",
            "cozy-linstor",
            "cozy-keycloak",
            "cozy-kubevirt-cdi",
            "cozy-grafana-operator",
            "cozy-system",
            "cozy-kubevirt",
        )
    },
}

MY_CLUSTER = app("Kubernetes", "my-sandbox")
SIBLINGS = pods(
    "tenant-acme",
    {
        WORKER: vm(REL),
        "sibling worker": vm(REL, "md1") | {"node-role.kubernetes.io/ingress-nginx": ""},
        "KubernetesNodes worker": vm(REL, "gpu") | {"node-role.kubernetes.io/gpu": ""},
    },
)
CONTROL_PLANE = pods(
    "tenant-acme",
    {
        "own control plane": control_plane(REL),
        "own control plane without lineage": {"kamaji.clastix.io/name": REL},
    },
)
DNS = pods("kube-system", {"kube-dns": {"k8s-app": "kube-dns"}})
MAIN = pods("tenant-acme", {"Postgres main": postgres("main")})
# What the first formula of cozystack.md left open, on every port.
MANAGEMENT = pods(
    "tenant-acme",
    {
        "own kccm": {"app": f"{REL}-kccm", **MY_CLUSTER},
        "own CSI": {"app": f"{REL}-kcsi-driver", **MY_CLUSTER},
        "own autoscaler": {"app": f"{REL}-cluster-autoscaler", "cluster.x-k8s.io/cluster-name": REL, **MY_CLUSTER},
        "other group's Postgres main": app("Postgres", "main", "apps.example.org"),
    },
)
OWN_NAMESPACE = pods(
    "tenant-acme",
    {
        "Postgres other": postgres("other"),
        "Redis": app("Redis", "cache"),
        "VMInstance": {"kubevirt.io": "virt-launcher", **app("VMInstance", "desktop")},
        "own ingress": {"cozystack.io/service": "ingress", **app("Ingress", "ingress")},
        "other cluster's worker": vm("kubernetes-other"),
        "other cluster's control plane": control_plane("kubernetes-other"),
        "pod without known labels": {"app": "web"},
        "pod without labels": {},
    },
)
DESCENDANT = pods(
    "tenant-acme-dev",
    {
        "descendant's Postgres main": postgres("main"),
        "descendant's same-named cluster's worker": vm(REL),
        "descendant's same-named cluster's control plane": control_plane(REL),
    },
)
ANCESTOR = pods(
    "tenant-root",
    {
        "ancestor's etcd": {
            "app.kubernetes.io/instance": "etcd",
            "cozystack.io/service": "etcd",
            **app("Etcd", "etcd"),
        },
        "ancestor's ingress": {"cozystack.io/service": "ingress", **app("Ingress", "ingress")},
        "ancestor's vminsert": {"app.kubernetes.io/name": "vminsert", **app("Monitoring", "monitoring")},
    },
)
PLATFORM_PODS = (
    *pods("cozy-dashboard", {"cozy-dashboard": {"app": "dashboard"}}),
    *pods(
        "cozy-linstor",
        {
            "cozy-linstor's GUI": {"app": "linstor-gui"},
            "cozy-linstor's controller": {"app.kubernetes.io/component": "linstor-controller"},
        },
    ),
    *pods("cozy-keycloak", {"cozy-keycloak": {"app": "keycloak"}}),
    *pods("cozy-kubevirt-cdi", {"cozy-kubevirt-cdi": {"app": "cdi-uploadproxy"}}),
)
FOREIGN = (
    *pods(
        "tenant-other",
        {
            "sibling tenant's Postgres main": postgres("main"),
            "sibling tenant's same-named cluster's worker": vm(REL),
            "sibling tenant's same-named cluster's control plane": control_plane(REL),
        },
    ),
    *pods("tenant-root", {"ancestor's Postgres main": postgres("main"), "ancestor's pod": {}}),
    *pods("cozy-grafana-operator", {"cozy-grafana-operator": {"app": "grafana-dashboards"}}),
    *pods("kube-system", {"other pod of kube-system": {"k8s-app": "metrics-server"}}),
    *pods("cozy-system", {"system pod": {"app": "cozystack-api"}}),
    *pods("cozy-kubevirt", {"virt-handler": {"kubevirt.io": "virt-handler"}}),
)
NODES = (
    Endpoint("own node", "host", ip="192.0.2.1"),
    Endpoint("other node", "remote-node", ip="192.0.2.2"),
    Endpoint("node with an API server", "kube-apiserver-node", ip="192.0.2.3"),
)
# Without the platform's policies nobody allows these either; a policy that allows the entity cluster does.
RESERVED = (
    Endpoint("health", "health"),
    Endpoint("Cilium's ingress", "ingress"),
    Endpoint("pod that is starting", "init"),
    Endpoint("unmanaged pod", "unmanaged"),
)
API_OFF_NODE = Endpoint("API server on no node", "kube-apiserver", ip="198.51.100.7")
API_ADDRESS = Endpoint("API VIP", "cidr", ip=API_VIP)
INTERNET = (Endpoint("internet", "world"), Endpoint("an address beside the API VIP", "cidr", ip="203.0.113.11"))

GROUPS: dict[str, tuple[Endpoint, ...]] = {
    "own control plane": CONTROL_PLANE,
    "sibling and KubernetesNodes workers": SIBLINGS,
    "kube-dns": DNS,
    "Postgres main": MAIN,
    "management of the own cluster, other-group pod": MANAGEMENT,
    "others in the own namespace": OWN_NAMESPACE,
    "descendant": DESCENDANT,
    "ancestor's services": ANCESTOR,
    "services of the platform": PLATFORM_PODS,
    "sibling tenant and system pods": FOREIGN,
    "nodes": NODES,
    "reserved": RESERVED,
    "API server on no node": (API_OFF_NODE,),
    "API VIP": (API_ADDRESS,),
    "internet": INTERNET,
}
WORLD = World(NAMESPACES, tuple(one for group in GROUPS.values() for one in group), (WORKER,))
