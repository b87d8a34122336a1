"""The management cluster around a fenced cluster: everybody of tests/judges/acme.py, wherever the cluster is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judges.acme import (
    API_OFF_NODE,
    NODES,
    PLATFORM_PODS,
    RESERVED,
    app,
    control_plane,
    pods,
    postgres,
    vm,
)
from tests.judges.declared import SERVING
from tests.judges.policies import cnp, opened_ancestors, platform, port, to_ports
from tests.judges.verdicts import ALL_TYPES, EVERYTHING, NOTHING, Endpoint, Reach, World, ports

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Network, IPv6Network

    from tests.judges.declared import Fenced
    from tests.judges.policies import Resource

WORKERS = ("worker", "sibling worker", "KubernetesNodes worker")
CONTROL_PLANE_PORTS = (6443, 8132, 50001)
NFS = {"app.kubernetes.io/component": "linstor-csi-nfs-server"}
VMINSERT = {"app.kubernetes.io/name": "vminsert", **app("Monitoring", "monitoring")}
VLINSERT = {"app.kubernetes.io/name": "vlinsert", **app("Monitoring", "monitoring")}
METADATA = {
    "the metadata service of a cloud": "169.254.169.254",
    "credentials of AWS ECS": "169.254.170.2",
    "credentials of AWS EKS": "169.254.170.23",
    "the metadata service of Tencent Cloud": "169.254.0.23",
    "the first link-local address": "169.254.0.0",
    "the last link-local address": "169.254.255.255",
    "the metadata service of Alibaba Cloud": "100.100.100.200",
    "the wire server of Azure": "168.63.129.16",
    "the metadata service of Oracle's older cloud": "192.0.0.192",
    "the metadata service of AWS by IPv6": "fd00:ec2::254",
    "the metadata service of Google Cloud by IPv6": "fd20:ce::254",
    "the metadata service of OpenStack by IPv6": "fe80::a9fe:a9fe",
    "the last link-local address of IPv6": "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
}
"""Where clouds tell a machine about itself, written down once more; krmfn/catalog/closed-addresses.yaml has sources."""
BESIDE_METADATA = (
    *("169.253.255.255", "169.255.0.0", "100.100.100.201", "168.63.129.17", "192.0.0.191"),
    *("fd00:ec2::253", "fd20:ce::255", "fec0::"),
)
INGRESS = {"cozystack.io/service": "ingress", **app("Ingress", "ingress")}


class Surroundings:
    """A world around one cluster, and what its nodes are to reach in it by the declarations."""

    def __init__(self, cluster: Fenced, apps: set[tuple[str, str]]) -> None:
        self.cluster = cluster
        self.ancestors = _ancestors(cluster.namespace)
        self._endpoints: list[Endpoint] = []
        self._reach: dict[str, Reach] = {}
        self._volumes: list[str] = []
        self._caches: list[str] = []
        self._ours: set[str] = set()
        self._add_own_namespace(apps)
        self._add_other_namespaces()
        self._add_what_is_no_pod()

    @property
    def world(self) -> World:
        own = self.cluster.namespace
        tenants = {name: (name, *_ancestors(name)) for name in (own, f"{own}-dev", *self.ancestors, "tenant-stranger")}
        labels = {name: {f"tenant.cozystack.io/{one}": "" for one in line} for name, line in tenants.items()}
        others = {one.namespace for one in self._endpoints if one.namespace} - labels.keys()
        labels |= {name: {} if name == "kube-system" else {"cozystack.io/system": "true"} for name in sorted(others)}
        named = {name: {"kubernetes.io/metadata.name": name, **own_labels} for name, own_labels in labels.items()}
        return World(named, tuple(self._endpoints), WORKERS, dual_stack=True)

    def platform(self) -> list[Resource]:
        """What the tenant chart puts around the tenant, and its policies for ancestors and others."""
        own = self.cluster.namespace
        policies = platform(own, ingress=True, monitoring=True)
        for each in self.ancestors:
            policies += platform(each, etcd=True, ingress=True, monitoring=True)
        return [*policies, *platform(f"{own}-dev"), *platform("tenant-stranger")]

    def attached(self) -> Resource:
        """What the platform allows while a volume is attached."""
        peers = [{"matchLabels": {"k8s:io.kubernetes.pod.namespace": "cozy-linstor", **NFS}}]
        return cnp(
            "csi-nfs-pvc-1", self.cluster.namespace, egress=[{"toEndpoints": peers, "toPorts": to_ports(port(2049))}]
        )

    def expected(self, *, allowed_elsewhere: bool, cluster_wide: bool, open_to_all: bool = False) -> dict[str, Reach]:
        """What a worker is to reach, exactly; `open_to_all` where not the platform alone allows more, but everything.

        Where somebody else allows all of a pod that is opened, an echo is the only ICMP that a deny can take.
        """
        icmp = Reach(icmp=ports((0, 7), (9, 255)), icmpv6=ALL_TYPES)
        left = icmp if allowed_elsewhere and not cluster_wide else NOTHING
        told = {
            name: reach
            if reach in (NOTHING, EVERYTHING) or (name in self._ours and not open_to_all)
            else reach._replace(icmp=left.icmp, icmpv6=left.icmpv6)
            for name, reach in self._reach.items()
        }
        # The ports of an address can be closed, its ICMP only with all of it.
        open_ = (self.cluster.internet or allowed_elsewhere) and not cluster_wide
        cache = Reach(ports(53), ports(53), icmp=ALL_TYPES if open_ else (), icmpv6=ALL_TYPES if open_ else ())
        told |= dict.fromkeys(self._caches, cache)
        attached = EVERYTHING if allowed_elsewhere else Reach(tcp=ports(2049))
        return told | dict.fromkeys(self._volumes, attached if self.cluster.volumes else NOTHING)

    def _pods(self, namespace: str, named: Mapping[str, Mapping[str, str]], reach: Reach = NOTHING) -> None:
        for each in pods(namespace, {f"{name} ({namespace})": labels for name, labels in named.items()}):
            self._endpoint(each, reach)

    def _endpoint(self, endpoint: Endpoint, reach: Reach = NOTHING) -> None:
        self._endpoints.append(endpoint)
        self._reach[endpoint.name] = reach

    def _add_own_namespace(self, apps: set[tuple[str, str]]) -> None:
        cluster, own, release = self.cluster, self.cluster.namespace, self.cluster.release
        mine = app("Kubernetes", release.removeprefix("kubernetes-"))
        for name, labels in zip(
            WORKERS,
            (vm(release), vm(release, "md1") | {"node-role.kubernetes.io/ingress-nginx": ""}, vm(release, "gpu")),
            strict=True,
        ):
            self._endpoint(Endpoint(name, "pod", own, labels), EVERYTHING)
        self._pods(
            own,
            {
                "own control plane": control_plane(release),
                "own control plane without lineage": {"kamaji.clastix.io/name": release},
                "own control plane with the cluster's name": control_plane(release)
                | {"cluster.x-k8s.io/cluster-name": release},
            },
            Reach(tcp=ports(*CONTROL_PLANE_PORTS)),
        )
        for (kind, name), numbers in cluster.services.items():
            by_pods: dict[tuple[tuple[str, str], ...], set[tuple[str, int]]] = {}
            for protocol, number in numbers:
                label = tuple(SERVING.get((kind, number), {}).items())
                by_pods.setdefault(label, set()).add((protocol, number))
            for label, served in by_pods.items():
                tcp, udp = (ports(*(n for each, n in served if each == protocol)) for protocol in ("TCP", "UDP"))
                called = " ".join((kind, name, *(value for _, value in label)))
                instances = {f"{called} {i}": {"instance": str(i), **app(kind, name), **dict(label)} for i in range(2)}
                self._pods(own, instances, Reach(tcp=tcp, udp=udp))
            if () not in by_pods:
                others: dict[str, dict[str, str]] = {
                    "of no part": {},
                    "of another": {"component": "core", "app": "core"},
                }
                self._pods(own, {f"{kind} {name} {is_}": {**app(kind, name), **more} for is_, more in others.items()})
        kinds = {kind for kind, _ in cluster.services} | {"Postgres", "Gizmo"}
        names = sorted({name for _, name in cluster.services} | {"undeclared"})[:60]
        undeclared = {(kind, name) for kind in kinds for name in names} | apps
        undeclared -= cluster.services.keys()
        self._pods(own, {f"{kind} {name}": app(kind, name) for kind, name in sorted(undeclared)})
        for kind, name in sorted(cluster.services)[:5]:
            labels = app(kind, name)
            of_group, of_kind, of_name = ({key: value} for key, value in labels.items())
            self._pods(
                own,
                {
                    f"other group's {kind} {name}": app(kind, name, "apps.example.org"),
                    f"{kind} {name} of no group": of_kind | of_name,
                    f"{kind} without the name {name}": of_group | of_kind,
                    f"{name} without the kind {kind}": of_group | of_name,
                },
            )
        self._pods(
            own,
            {
                "own kccm": {"app": f"{release}-kccm", **mine},
                "own CSI": {"app": f"{release}-kcsi-driver", **mine},
                "own autoscaler": {"cluster.x-k8s.io/cluster-name": release, "app": "autoscaler", **mine},
                "own launcher of another cluster": vm("kubernetes-elsewhere"),
                "other control plane": control_plane("kubernetes-elsewhere"),
                "VM": {"kubevirt.io": "virt-launcher", **app("VMInstance", "desktop")},
                "NFS server": NFS,
                "kube-dns": {"k8s-app": "kube-dns"},
                "plain": {"app": "web"},
                "bare": {},
            },
        )

    def _add_other_namespaces(self) -> None:
        cluster, own = self.cluster, self.cluster.namespace
        self._pods("kube-system", {"kube-dns": {"k8s-app": "kube-dns"}}, Reach(ports(53), ports(53)))
        self._pods(
            "kube-system",
            {"metrics": {"k8s-app": "metrics-server"}, "vminsert": VMINSERT, "ingress": INGRESS, "bare": {}},
        )
        for namespace in (own, *self.ancestors):
            self._pods(namespace, {"vminsert": VMINSERT}, Reach(tcp=ports(8480)) if cluster.monitoring else NOTHING)
            self._pods(namespace, {"vlinsert": VLINSERT}, Reach(tcp=ports(9481)) if cluster.monitoring else NOTHING)
            # The tenant chart opens no ancestor's vlinsert (networkpolicy.yaml of v1.6.2 names vminsert, etcd and
            # ingress), and none of those of an ancestor that it does not name: there krmfn alone opens a port, and no
            # ICMP. What it does open, it opens with ICMP, of which krmfn's denies take only what a deny can.
            self._ours |= {f"vlinsert ({each})" for each in self.ancestors}
            self._ours |= {
                f"{service} ({each})"
                for service in ("vminsert", "ingress")
                for each in self.ancestors
                if each not in opened_ancestors(own)
            }
            self._pods(namespace, {"ingress": INGRESS}, Reach(tcp=ports(80, 443)) if cluster.ingress else NOTHING)
        twins = {f"twin of {kind} {name}": app(kind, name) for kind, name in sorted(cluster.services)[:5]}
        foreign = {
            **twins,
            "Postgres main": postgres("main"),
            "twin worker": vm(cluster.release),
            "twin control plane": control_plane(cluster.release),
            "etcd": {"cozystack.io/service": "etcd", "app.kubernetes.io/instance": "etcd", **app("Etcd", "etcd")},
            "NFS server": NFS,
            "kube-dns": {"k8s-app": "kube-dns"},
            "bare": {},
        }
        for namespace in (*self.ancestors, f"{own}-dev", "tenant-stranger"):
            self._pods(namespace, foreign)
        for namespace in (f"{own}-dev", "tenant-stranger"):
            self._pods(namespace, {"vminsert": VMINSERT, "ingress": INGRESS})
        for each in PLATFORM_PODS:
            self._endpoint(each)
        self._pods("cozy-linstor", {"vminsert": VMINSERT, "bare": {}})
        self._pods(
            "cozy-system", {"API": {"app": "cozystack-api"}, "NFS server": NFS, "kube-dns": {"k8s-app": "kube-dns"}}
        )
        self._pods("cozy-kubevirt", {"virt-handler": {"kubevirt.io": "virt-handler"}})
        self._volumes += ["NFS server (cozy-linstor)"]
        self._pods("cozy-linstor", {"NFS server": NFS})

    def _add_what_is_no_pod(self) -> None:
        outside = EVERYTHING if self.cluster.internet else NOTHING
        for each in (*NODES, *RESERVED, API_OFF_NODE):
            self._endpoint(each)
        for name, ip in METADATA.items():
            self._endpoint(Endpoint(name, "cidr", ip=ip))
        for ip in BESIDE_METADATA:
            self._endpoint(Endpoint(f"{ip}, beside what is closed", "cidr", ip=ip), outside)
        for ip in self.cluster.caches:
            self._endpoint(Endpoint(f"DNS cache {ip}", "cidr", ip=ip))
            self._caches.append(f"DNS cache {ip}")
        for network in _networks(self.cluster.addresses):
            for i, address in enumerate({network[0], network[-1]}):
                self._endpoint(Endpoint(f"API at {network} {i}", "cidr", ip=str(address)))
            self._endpoint(Endpoint(f"beside {network}", "cidr", ip=str(network[-1] + 1)), outside)
        if not self.cluster.addresses:
            self._endpoint(Endpoint("an API VIP that nobody named", "cidr", ip="203.0.113.10"), outside)
        self._endpoint(Endpoint("internet", "cidr", ip="93.184.215.14"), outside)
        self._endpoint(Endpoint("internet by IPv6", "cidr", ip="2606:2800:21f:cb07::1"), outside)


def _ancestors(namespace: str) -> tuple[str, ...]:
    """As the platform makes the name of a tenant's namespace: of its parent's and its own."""
    if namespace == "tenant-root":
        return ()
    parent = namespace.rpartition("-")[0]
    return ("tenant-root",) if parent == "tenant" else (parent, *_ancestors(parent))


def _networks(addresses: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    from ipaddress import ip_network  # noqa: PLC0415  (few inputs have any)

    return sorted({ip_network(each) for each in addresses}, key=str)
