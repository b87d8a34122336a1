"""Inside a cluster an app reaches what its placement declares, and nothing else: every port of everybody."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from krmfn import function, resourcelist
from tests.judges.guest import (
    ADDONS,
    ADDRESSED_MEMBERS,
    DNS,
    ENVOY,
    INTERNET,
    MANAGEMENT_API,
    NAMED_MEMBERS,
    SERVICES,
    STRANGER,
    app_pods,
    guest,
    managed,
)
from tests.judges.verdicts import EVERYTHING, NOTHING, CiliumJudge, Reach, World, ports

CASES = Path(__file__).parents[1] / "cases"
POLICIES = {"NetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"}
NEED_API_SERVER = {"JupyterHub"}

Resource = dict[str, Any]


class Placed(NamedTuple):
    """What an input says of one app on a cluster."""

    namespace: str
    api_server: bool
    connections: tuple[Resource, ...]


class Declared(NamedTuple):
    """What an input says of one cluster, read without krmfn."""

    name: str
    cluster: Resource
    profile: Resource
    apps: tuple[Placed, ...]
    network: Resource
    asked: dict[tuple[str, str], frozenset[str]]
    """The values that are true of each service here; of another repository's nobody here knows."""

    @property
    def cilium(self) -> bool:
        return "kubeConfig" not in self.cluster or self.cluster.get("cni") == "cilium"

    @property
    def domain(self) -> str:
        return str(self.network.get("clusterDomain", "cozy.local"))

    @property
    def addons(self) -> Resource:
        if self.cluster.get("module"):
            return {"ingressNginx": {"enabled": True}}
        return dict((self.cluster.get("values") or {}).get("addons", {}))

    @property
    def world(self) -> World:
        [address] = self.cluster.get("apiServerAddresses", ["10.96.200.1"])
        return guest(tuple(each.namespace for each in self.apps), self.domain, address)


def declarations(case: Path) -> Iterator[Declared]:
    """The clusters of a case whose profile scopes egress."""
    given = resourcelist.load((case / "input.yaml").read_bytes())
    assert given.function_config
    spec = given.function_config["spec"]
    profiles: dict[str, Resource] = {"sandbox": {"egress": {"scope": "declared"}}}
    clusters = {each["name"]: each for each in spec.get("clusters", [])}
    placements = [{**each, "apps": [each["app"]]} for each in spec.get("placements", [])]
    for item in given.items:
        match item["kind"]:
            case "IsolationProfile":
                profiles[item["metadata"]["name"]] = item["spec"]
            case "Kubernetes":
                values = item["spec"]
                clusters[item["metadata"]["name"]] = {
                    "isolationProfile": values["isolationProfile"],
                    "values": values,
                }
            case "Placement":
                placements.append(item["spec"])
    for name, cluster in clusters.items():
        profile = profiles.get(cluster.get("isolationProfile"), {})
        if profile.get("egress", {}).get("scope") == "declared":
            apps = tuple(
                Placed(
                    each.get("targetNamespace", f"{_prefix(app['kind'])}-{app['name']}"),
                    each.get("apiServer", app["kind"] in NEED_API_SERVER),
                    tuple(each.get("connections", ())),
                )
                for each in placements
                if each["cluster"] == name
                for app in each["apps"]
            )
            yield Declared(name, cluster, profile, apps, spec.get("network", {}), _asked(given.items, spec))


def _asked(items: Iterable[Resource], spec: Resource) -> dict[tuple[str, str], frozenset[str]]:
    written = [(item["kind"], item["metadata"]["name"], item.get("spec") or {}) for item in items]
    written += [(each["kind"], each["name"], each.get("values") or {}) for each in spec.get("apps", ())]
    return {
        (kind, name): frozenset(key for key, value in values.items() if value is True) for kind, name, values in written
    }


def _prefix(kind: str) -> str:
    return {"VllmInference": "vllm-inference", "OpenWebUI": "open-webui"}.get(kind, kind.lower())


def boundary(case: Path, cluster: str) -> list[Resource]:
    """The objects of a cluster's boundary, as krmfn writes them."""
    items = function.run(resourcelist.load((case / "input.yaml").read_bytes())).items
    names = {f"{prefix}{cluster}-boundary" for prefix in ("", "kubernetes-")} | {f"{cluster}-cluster-boundary"}
    [release] = [item for item in items if item["kind"] == "HelmRelease" and item["metadata"]["name"] in names]
    objects: list[Resource] = release["spec"]["values"]["objects"]
    return objects


def sent(declared: Declared, app: Placed) -> dict[str, Reach]:
    """Whom the pods of an app may reach, by the declarations alone."""
    own = dict.fromkeys((pod.name for pod in app_pods(app.namespace)), EVERYTHING)
    internet = declared.profile.get("egress", {}).get("internet") != "deny"
    unnamed = [MANAGEMENT_API] if MANAGEMENT_API.ip not in declared.network.get("apiServerAddresses", []) else []
    return {
        **dict.fromkeys((each.name for each in declared.world.endpoints), NOTHING),
        **own,
        DNS: Reach(tcp=ports(53), udp=ports(53)),
        **(dict.fromkeys((each.name for each in (*INTERNET, *unnamed)), EVERYTHING) if internet else {}),
        **({"own API server": Reach(tcp=ports(6443))} if app.api_server else {}),
        **_connected(declared, app),
    }


def _connected(declared: Declared, app: Placed) -> dict[str, Reach]:
    """Services by name and port where the network is Cilium's, and by port alone in their ranges elsewhere."""
    connections = {(each["to"]["kind"], each["to"]["name"]): each.get("ports") for each in app.connections}
    asked = {
        (kind, name): {
            port
            for port in {ADDRESSED_MEMBERS.get(kind, 0), *(p for told in SERVICES[kind].values() for p in told)} - {0}
            if wanted is None or port in wanted
        }
        for (kind, name), wanted in connections.items()
    }
    everywhere = {port for (kind, _), some in asked.items() for port in some if SERVICES[kind]}
    behind = {
        port
        for (kind, _), some in asked.items()
        for port in some
        if declared.network.get("podCIDRs")
        and (ADDRESSED_MEMBERS.get(kind) in some or (kind in NAMED_MEMBERS and not declared.cilium))
    }
    reached = {"kubernetes.default of management": set[int]() if declared.cilium else everywhere}
    for each in managed(declared.domain):
        mine = asked.get((each.kind, each.name), set()) if each.namespace == "tenant-acme" else set()
        if not each.made_with <= declared.asked.get((each.kind, each.name), each.made_with):
            mine = set()
        if each.told:
            reached[each.endpoint.name] = mine & set(each.told) if declared.cilium else everywhere
        else:
            reached[each.endpoint.name] = behind | (mine if declared.cilium and each.kind in NAMED_MEMBERS else set())
    return {name: Reach(tcp=ports(*some)) for name, some in reached.items()}


def received(declared: Declared) -> dict[tuple[str, str], Reach]:
    """What each app's pods take from every pod of the cluster, by the declarations alone."""
    senders = _addons(declared) | ({ENVOY} if "gatewayAPI" in _enabled(declared) else set())
    world = declared.world
    return {
        (sender, pod.name): EVERYTHING
        if sender in senders | {each.name for each in app_pods(app.namespace)}
        else NOTHING
        for app in declared.apps
        for pod in app_pods(app.namespace)
        for sender in world.subjects
    }


def _addons(declared: Declared) -> set[str]:
    """The pods of the addons that the cluster has."""
    told = {"cozy-ingress-nginx": "ingressNginx", "cozy-monitoring": "monitoringAgents"}
    return {ADDONS[namespace] for namespace, addon in told.items() if addon in _enabled(declared)}


def _enabled(declared: Declared) -> set[str]:
    return {key for key, value in declared.addons.items() if value["enabled"]}


JUDGED = [
    (case, declared) for case in sorted(CASES.glob("boundary-*")) for declared in declarations(case) if declared.apps
]
SCOPED = [pytest.param(*each, id=f"{each[0].name}-{each[1].name}") for each in JUDGED]


@pytest.mark.parametrize(("case", "declared"), SCOPED)
def test_an_app_reaches_what_is_declared_and_nothing_else(
    judge_cilium: CiliumJudge, case: Path, declared: Declared
) -> None:
    """Every port, protocol and ICMP type of every peer, from both pods of each app, is what the declarations say."""
    policies = [each for each in boundary(case, declared.name) if each["kind"] in POLICIES]
    verdicts = judge_cilium(policies, declared.world)
    for app in declared.apps:
        for pod in app_pods(app.namespace):
            assert verdicts.of(pod.name) == sent(declared, app), pod.name


@pytest.mark.parametrize(("case", "declared"), SCOPED)
def test_an_app_takes_what_its_cluster_sends_it_and_nothing_else(
    judge_cilium: CiliumJudge, case: Path, declared: Declared
) -> None:
    """The ingress controller, the monitoring agents and Gateways get in where the cluster has them; no one else."""
    policies = [each for each in boundary(case, declared.name) if each["kind"] in POLICIES]
    verdicts = judge_cilium(policies, declared.world)
    expected = received(declared)
    assert {pair: verdicts.received[pair] for pair in expected} == expected


@pytest.mark.parametrize(("case", "declared"), SCOPED)
def test_a_pod_of_no_app_reaches_dns_and_nothing_else(
    judge_cilium: CiliumJudge, case: Path, declared: Declared
) -> None:
    """A chart's own namespace, and one that an app has left: closed both ways where the platform runs the cluster.

    The platform's own pods reach all that they did.
    """
    policies = [each for each in boundary(case, declared.name) if each["kind"] in POLICIES]
    verdicts = judge_cilium(policies, declared.world)
    peers = {each.name for each in declared.world.endpoints}
    open_to_all = dict.fromkeys(peers, EVERYTHING)
    closed = dict.fromkeys(peers, NOTHING) | {DNS: Reach(tcp=ports(53), udp=ports(53))}
    managed_here = "kubeConfig" not in declared.cluster
    assert verdicts.of(STRANGER) == (closed if managed_here else open_to_all)
    for sender in declared.world.subjects:
        assert verdicts.received[sender, STRANGER] == (NOTHING if managed_here else EVERYTHING), sender
    for own in (DNS, *_addons(declared), ENVOY):
        assert verdicts.of(own) == open_to_all, own


@pytest.mark.parametrize(
    "wrong",
    [lambda policies: policies[:-1], lambda policies: [each for each in policies if each["kind"] != "NetworkPolicy"]],
    ids=["one policy less", "no NetworkPolicy"],
)
def test_a_boundary_that_is_wrong_is_seen(judge_cilium_1_19: CiliumJudge, wrong: Any) -> None:
    """With what is missing an app reaches, or takes, something else than the declarations say."""
    case, declared = next(each for each in JUDGED if each[0].name == "boundary-of-a-sandbox-with-connections")
    policies = [each for each in boundary(case, declared.name) if each["kind"] in POLICIES]
    assert wrong(policies) != policies

    def told(some: list[Resource]) -> Any:
        verdicts = judge_cilium_1_19(some, declared.world)
        pods = [pod.name for app in declared.apps for pod in app_pods(app.namespace)]
        return [verdicts.of(pod) for pod in (*pods, STRANGER)], verdicts.received

    assert told(wrong(policies)) != told(policies)


def test_every_shape_is_judged() -> None:
    """Among the cases are networks of Cilium and others, with and without the internet."""
    assert len(JUDGED) >= 9
    assert sum(len(app.connections) for _, declared in JUDGED for app in declared.apps) >= 18
    shapes = {(each.cilium, each.profile["egress"].get("internet")) for _, each in JUDGED}
    assert {cilium for cilium, _ in shapes} == {True, False}
    assert {internet for _, internet in shapes} == {None, "deny"}


@pytest.mark.parametrize("case", sorted(CASES.glob("boundary-*")), ids=lambda case: case.name)
def test_a_boundary_stays_out_of_other_namespaces(case: Path) -> None:
    """Whatever is in a namespace is in one that the same boundary makes, or is the cluster's as a whole."""
    for item in function.run(resourcelist.load((case / "input.yaml").read_bytes())).items:
        if "krmfn.dev/boundary" in (item["metadata"].get("labels") or {}):
            objects = item["spec"]["values"]["objects"]
            made = {each["metadata"]["name"] for each in objects if each["kind"] == "Namespace"}
            assert {each["metadata"].get("namespace") for each in objects} <= {*made, None}
            places = [(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in objects]
            assert len(places) == len(set(places))
