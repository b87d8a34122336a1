"""Every carve-out of an isolation profile opens something, and is told wherever what it opens matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from krmfn.changes.ways import of_openings
from krmfn.cli.matrix.output import _posture
from krmfn.declarations.models.objects import EgressSpec
from krmfn.function import expand
from krmfn.matrix import reached
from krmfn.resourcelist import ResourceList
from krmfn.topology.known.looser import looser
from krmfn.topology.model.postures import CARVE_OUTS, posture_of

if TYPE_CHECKING:
    from krmfn.topology.model.fences import EgressPolicy
    from krmfn.topology.model.postures import CarveOut, Posture

ONE_BY_ONE = pytest.mark.parametrize("carve_out", CARVE_OUTS, ids=[each.field for each in CARVE_OUTS])
CLOSED = {"scope": "declared", **{each.field: each.closed for each in CARVE_OUTS}}


def opened(carve_out: CarveOut) -> dict[str, str | bool]:
    return {**CLOSED, carve_out.field: carve_out.opened}


def posture(egress: dict[str, str | bool]) -> Posture:
    return posture_of("mine", {"egress": egress})


def policy(egress: dict[str, str | bool]) -> EgressPolicy:
    """What is around the nodes of a cluster with a profile that has this egress."""
    plane = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "ComputePlane",
        "metadata": {"name": "acme", "namespace": "tenant-acme"},
        "spec": {
            "objectsChart": {"chartRef": {"kind": "OCIRepository", "name": "objects"}},
            "network": {"apiServerAddresses": []},
            "clusters": [{"name": "lab", "isolationProfile": "mine"}],
        },
    }
    profile = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "IsolationProfile",
        "metadata": {"name": "mine"},
        "spec": {"egress": egress},
    }
    expansion = expand(ResourceList((profile,), plane))
    assert expansion.topology, expansion.answer.results
    [found] = expansion.topology.tenants["tenant-acme"].egress
    return found


def test_each_field_of_egress_is_a_carve_out() -> None:
    """Beside the scope: no field can be left out of the list, from which everything else follows."""
    assert [each.field for each in CARVE_OUTS] == [field for field in EgressSpec.model_fields if field != "scope"]


@ONE_BY_ONE
def test_a_carve_out_opens_what_is_closed(carve_out: CarveOut) -> None:
    """Around the nodes there is an opening more, and it says which field of the profile it comes of."""
    more = set(policy(opened(carve_out)).openings) - set(policy(CLOSED).openings)
    assert {each.why for each in more} == {f"{carve_out.path} of its profile"}


@ONE_BY_ONE
def test_a_carve_out_is_told_by_plan(carve_out: CarveOut) -> None:
    """A peer without a name would be left out of what reviewers see."""
    assert of_openings(policy(opened(carve_out))) - of_openings(policy(CLOSED))


@ONE_BY_ONE
def test_opening_a_carve_out_is_looser(carve_out: CarveOut) -> None:
    """So it is refused until an earlier revision confirms it; closing it is not."""
    before, after = posture(CLOSED), posture(opened(carve_out))
    assert [each.field for each in looser(before, after)] == [carve_out.path]
    assert looser(after, before) == ()


@ONE_BY_ONE
def test_a_carve_out_is_in_the_matrix(carve_out: CarveOut) -> None:
    """In words for people, and by its field as JSON."""
    assert reached(posture(opened(carve_out))) == f"what is declared, {carve_out.reached}"
    egress = _posture(posture(opened(carve_out)))["egress"]
    assert egress == {"scope": "declared", **{each.field: each == carve_out for each in CARVE_OUTS}}
