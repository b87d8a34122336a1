"""Cilium's own engine judges what krmfn writes: nodes reach what is declared, port by port, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from krmfn import yaml
from krmfn.catalog import Catalog
from krmfn.resources.ciliumnetworkpolicy import PORTS_OF_A_RULE, emit
from krmfn.results import Origin, ResourceRef
from krmfn.topology import Tenant
from krmfn.topology.fencing.egress import closed_addresses
from krmfn.topology.model.fences import Fence
from tests.judges.declared import Fenced, fenced
from tests.judges.handmade import ReachableService, egress_policy
from tests.judges.policies import OPEN_TO_ALL, OPEN_TO_ALL_BY_KUBERNETES
from tests.judges.surroundings import WORKERS, Surroundings
from tests.judges.verdicts import EVERYTHING, CiliumJudge, Reach
from tests.judges.written import INPUTS, given, output
from tests.test_schemas import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from krmfn.resourcelist import Resource

POLICIES = {"CiliumNetworkPolicy", "ClusterNetworkPolicy"}
NAMESPACE = "tenant-acme"
RELEASE = "kubernetes-lab"


def policies(path: Path) -> list[Resource]:
    return [resource for resource in output(path) if resource["kind"] in POLICIES]


@cache
def declared(path: Path) -> list[Fenced]:
    """The clusters that are to have a policy; none where the input is only validated."""
    config = given(path).function_config or {}
    options = {**(config.get("data") or {}), **(config.get("spec") or {})}
    return [] if options.get("validateOnly") in {True, "true"} else fenced(given(path))


def apps(path: Path) -> set[tuple[str, str]]:
    """All that the input declares, wherever it runs: what is not connected to is out of reach as well."""
    return {
        (item["kind"], item["metadata"]["name"])
        for item in given(path).items
        if item.get("apiVersion") == "apps.cozystack.io/v1alpha1" and item["kind"] != "Kubernetes"
    }


def at(namespace: str, policy: Resource) -> Resource:
    return {**policy, "metadata": {**policy["metadata"], "namespace": namespace}}


def check(judge: CiliumJudge, written: list[Resource], around: Surroundings) -> None:
    """From every worker, with and without the platform's policies and others that allow everything."""
    cluster_wide = any(policy["kind"] == "ClusterNetworkPolicy" for policy in written)
    opened = [at(around.cluster.namespace, each) for each in (OPEN_TO_ALL, OPEN_TO_ALL_BY_KUBERNETES)]
    opened[1]["metadata"]["name"] = "open-to-all-by-kubernetes"
    for others, allowed, open_to_all in (
        ([around.attached()], False, False),
        ([*around.platform(), around.attached()], True, False),
        ([*around.platform(), *opened], True, True),
    ):
        verdicts = judge([*written, *others], around.world)
        expected = around.expected(allowed_elsewhere=allowed, cluster_wide=cluster_wide, open_to_all=open_to_all)
        for worker in WORKERS:
            found = verdicts.of(worker)
            assert {peer: reach for peer, reach in found.items() if reach != expected[peer]} == {}
            assert found.keys() == expected.keys()


@pytest.mark.parametrize("path", INPUTS, ids=shown)
def test_each_cluster_with_scoped_egress_has_its_policy_and_no_other_has(path: Path) -> None:
    """One CiliumNetworkPolicy for each cluster whose profile scopes egress and whose nodes are here, by the input."""
    found = {
        (each["metadata"]["namespace"], each["metadata"]["name"])
        for each in policies(path)
        if each["kind"] == "CiliumNetworkPolicy"
    }
    assert found == {(each.namespace, f"{each.release}-egress") for each in declared(path)}


class Sweep(NamedTuple):
    """A cluster, all that its input declares, and the policies that are written for the input."""

    cluster: Fenced
    apps: set[tuple[str, str]]
    policies: list[Resource]

    @property
    def cluster_wide(self) -> bool:
        """True where Cilium 1.20 alone reads all of them."""
        return any(each["kind"] == "ClusterNetworkPolicy" for each in self.policies)


def sweeps() -> Iterator[Any]:
    """Each cluster of each input, and of two inputs that come to the same the first."""
    seen: list[Sweep] = []
    for path in INPUTS:
        for cluster in declared(path):
            sweep = Sweep(cluster, apps(path), policies(path))
            if sweep not in seen:
                seen.append(sweep)
                yield pytest.param(sweep, id=f"{shown(path)}-{cluster.namespace}-{cluster.release}")


SWEEPS = list(sweeps())


@pytest.mark.parametrize("sweep", [each for each in SWEEPS if not each.values[0].cluster_wide])
def test_nodes_reach_what_is_declared_and_nothing_else(sweep: Sweep, judge_cilium: CiliumJudge) -> None:
    """The full sweep from every worker is what the declarations say, for every cluster of every input."""
    check(judge_cilium, sweep.policies, Surroundings(sweep.cluster, sweep.apps))


@pytest.mark.parametrize("sweep", [each for each in SWEEPS if each.values[0].cluster_wide])
def test_through_a_cluster_network_policy_they_reach_the_same(sweep: Sweep, judge_cilium_1_20: CiliumJudge) -> None:
    """The same, where the input asks for what only Cilium 1.20 reads."""
    check(judge_cilium_1_20, sweep.policies, Surroundings(sweep.cluster, sweep.apps))


def test_there_is_something_to_judge() -> None:
    """Inputs with and without each thing that a profile opens, with many services, and with none."""
    found = [each.values[0].cluster for each in SWEEPS]
    assert len(found) >= 37
    for field in ("internet", "volumes", "monitoring", "ingress"):
        assert {getattr(each, field) for each in found} == {True, False}, field
    assert any(each.addresses for each in found)
    sizes = {len(each.services) for each in found}
    assert 0 in sizes
    assert 1 in sizes
    assert max(sizes) > PORTS_OF_A_RULE
    assert any(protocol == "UDP" for each in found for numbers in each.services.values() for protocol, _ in numbers)


def written(services: Iterable[ReachableService]) -> list[Resource]:
    """The policy for services that no shipped kind has, as it is read back from its text."""
    fence = Fence(
        Origin(ResourceRef("apps.cozystack.io/v1alpha1", "Kubernetes", NAMESPACE, "lab")),
        f"{RELEASE}-egress",
        NAMESPACE,
        "Kubernetes/lab",
        RELEASE,
        prune=False,
    )
    policy = egress_policy(fence, services, closed_addresses=closed_addresses(Catalog.shipped()))
    return [yaml.load(yaml.dump(resource)) for resource, _ in emit(Tenant(NAMESPACE, egress=(policy,)))]


def reaching(services: Iterable[ReachableService]) -> Fenced:
    told = {(kind, name): frozenset(numbers) for kind, names, numbers in services for name in names}
    return Fenced(NAMESPACE, RELEASE, told, internet=True, volumes=False, monitoring=False, ingress=False, addresses=())


ODD: dict[str, list[ReachableService]] = {
    "the first and the last port": [ReachableService("Gadget", ("edge",), (("TCP", 1), ("TCP", 65535), ("UDP", 1)))],
    "neighbouring ports": [ReachableService("Gadget", ("row",), (("TCP", 8080), ("TCP", 8081), ("TCP", 8083)))],
    "UDP alone": [ReachableService("Gadget", ("udp",), (("UDP", 53), ("UDP", 65535)))],
    "more ports than a rule may have": [
        ReachableService("Gadget", ("many",), tuple(("TCP", 1000 + 7 * i) for i in range(61)))
    ],
    "one kind with many sets of ports": [
        ReachableService("Gadget", (f"a{i}", f"b{i}"), (("TCP", 2000 + i),)) for i in range(45)
    ],
    "sets of ports that overlap": [
        ReachableService("Gadget", ("a",), (("TCP", 80),)),
        ReachableService("Gadget", ("b",), (("TCP", 80), ("TCP", 443))),
        ReachableService("Gadget", ("c",), (("TCP", 443),)),
        ReachableService("Gizmo", ("a",), (("TCP", 443),)),
    ],
    "more kinds than a rule has ports": [ReachableService(f"Kind{i:02}", ("same",), (("TCP", 80),)) for i in range(45)],
}


@pytest.mark.parametrize("services", ODD.values(), ids=ODD.keys())
def test_odd_sets_of_ports_are_exact(services: list[ReachableService], judge_cilium: CiliumJudge) -> None:
    """What no shipped kind has, but a definition could: the complement of any set of ports is all but these."""
    check(judge_cilium, written(services), Surroundings(reaching(services), set()))


def test_the_judge_sees_what_is_too_much_and_too_little(judge_cilium: CiliumJudge) -> None:
    """The expectation of one service does not hold for the policy of another, nor for none: the sweep can fail."""
    main = [ReachableService("Gadget", ("main",), (("TCP", 80),))]
    for wrong in (
        [],
        [ReachableService("Gadget", ("main", "undeclared"), (("TCP", 80),))],
        [ReachableService("Gadget", ("main",), (("TCP", 80), ("TCP", 81)))],
        [ReachableService("Gadget", ("main",), (("UDP", 80),))],
    ):
        with pytest.raises(AssertionError):
            check(judge_cilium, written(wrong), Surroundings(reaching(main), set()))


def test_it_holds_where_selectors_are_not_bound_to_the_own_cluster(judge_cilium: CiliumJudge) -> None:
    """Without policyDefaultLocalCluster a NotIn alone would deny the internet as well."""
    services = [ReachableService("Gadget", ("main",), (("TCP", 80),))]
    around = Surroundings(reaching(services), set())
    verdicts = judge_cilium(written(services), replace(around.world, any_cluster=True))
    expected = around.expected(allowed_elsewhere=False, cluster_wide=False) | {"NFS server (cozy-linstor)": Reach()}
    assert verdicts.of("worker") == expected


def test_a_worker_is_what_the_policy_selects(judge_cilium: CiliumJudge) -> None:
    """No pod but the cluster's own nodes is held: neither its control plane nor a machine of another cluster."""
    around = Surroundings(reaching([]), set())
    held = [
        f"{name} ({NAMESPACE})"
        for name in ("own control plane", "own autoscaler", "own launcher of another cluster", "own kccm", "VM")
    ]
    peers = ("internet", f"plain ({NAMESPACE})")
    world = replace(around.world, subjects=(*held, *WORKERS), peers=peers)
    verdicts = judge_cilium(written([]), world)
    for name in held:
        assert set(verdicts.of(name).values()) == {EVERYTHING}, name
    assert verdicts["worker", f"plain ({NAMESPACE})"] == Reach()
