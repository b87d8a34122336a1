"""IsolationProfiles: what each field of one may be in another that extends it (R11), and what a quantity is."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krmfn import function
from krmfn.catalog import Catalog
from krmfn.declarations.models.objects import EgressSpec, IsolationProfileSpec, LimitRangeItem
from krmfn.resourcelist import ResourceList
from krmfn.results import Severity
from krmfn.topology.checks.quantities import quantity
from krmfn.topology.known.tightening import TIGHTENING, Toward, tightened

SHIPPED = Catalog.shipped()
AMOUNTS = {
    Toward.LESS: {"looser": "4001m", "equal": "4000m", "tighter": "3999m"},
    Toward.MORE: {"looser": "3999m", "equal": "4000m", "tighter": "4001m"},
    Toward.SAME: {"looser": "5", "equal": "4"},
}
"""Over a base that says 4: as other quantities are written, so that none is compared as text."""


def spec(field: str, value: Any) -> dict[str, Any]:
    """A profile's spec that says one thing."""
    match field.partition("."):
        case "egress", _, inner:
            # A carve-out is refused without a scope.
            return {"egress": {"scope": "declared", inner: value}}
        case "limits", _, inner:
            return {"limits": [{"type": "Container", inner: {"cpu": value}}]}
        case "quota" | "pins", _, _:
            return {field: {"cpu": value}}
        case _:
            return {field: value}


def told(base: dict[str, Any], extending: dict[str, Any]) -> list[tuple[str, str]]:
    """Code and field of each error about a profile that extends another."""

    def profile(name: str, said: dict[str, Any]) -> dict[str, Any]:
        return {
            "apiVersion": "krmfn.dev/v1alpha1",
            "kind": "IsolationProfile",
            "metadata": {"name": name},
            "spec": said,
        }

    answer = function.run(ResourceList((profile("base", base), profile("own", {"extends": "base", **extending})), None))
    errors = [result for result in answer.results if result.severity is Severity.ERROR]
    assert all(result.resource and result.resource.name == "own" for result in errors), errors
    return [(result.code, result.field) for result in errors]


def steps(field: str) -> list[tuple[str, Any, Any, str]]:
    """Each step from a base's value of a field to another, with the way that it goes."""
    way = TIGHTENING[field]
    if isinstance(way, Toward):
        return [(field, "4", value, name) for name, value in AMOUNTS[way].items()]
    ways = {-1: "looser", 0: "equal", 1: "tighter"}
    return [
        (field, way[here], way[there], ways[(there > here) - (there < here)])
        for here in range(len(way))
        for there in range(len(way))
    ]


STEPS = [step for field in TIGHTENING for step in steps(field)]


@pytest.mark.parametrize(("field", "before", "after", "way"), STEPS, ids=[f"{f}-{b}-{a}" for f, b, a, _ in STEPS])
def test_a_profile_that_extends_only_tightens(field: str, before: Any, after: Any, way: str) -> None:
    """Of every field a looser value is refused, at its place, and an equal or a tighter one is taken."""
    errors = told(spec(field, before), spec(field, after))
    if way == "looser":
        assert [code for code, _ in errors] == ["profile-loosened"]
        assert errors[0][1].startswith("spec." + field.partition(".")[0])
    else:
        assert errors == []


@pytest.mark.parametrize("field", TIGHTENING)
def test_every_field_may_be_added(field: str) -> None:
    """What a base does not say, a profile that extends it may say."""
    way = TIGHTENING[field]
    base = {"egress": {"scope": "declared"}} if field.startswith("egress.") else {}
    value = "1" if isinstance(way, Toward) else way[-1]
    assert told(base, spec(field, value)) == []


@pytest.mark.parametrize("field", ["volumes", "monitoring", "ownIngress"])
def test_what_scoped_egress_does_not_open_is_closed(field: str) -> None:
    """Where a base scopes egress, opening more is loosening; where it does not, whoever scopes it may open that."""
    opened = {"egress": {"scope": "declared", field: True}}
    assert told({"egress": {"scope": "declared"}}, opened) == [("profile-loosened", f"spec.egress.{field}")]
    assert told({"egress": {"scope": "open"}}, opened) == []


@pytest.mark.parametrize("field", [field for field, way in TIGHTENING.items() if isinstance(way, Toward)])
def test_what_a_profile_does_not_say_stays(field: str) -> None:
    """An amount or a pin of the base cannot be removed by leaving it out."""
    base = spec(field, "4")
    own = tightened(base, {"extends": "base", "kubeconfig": "withheld"})
    assert own == {**base, "extends": "base", "kubeconfig": "withheld"}


def test_amounts_of_both_profiles_hold() -> None:
    """What is added stands beside what was there, one entry of limits a type."""
    base = {"quota": {"pods": 9}, "limits": [{"type": "Pod", "max": {"cpu": "9"}}]}
    more = {"type": "Pod", "max": {"memory": "1Gi"}}, {"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "1"}}
    own = {"extends": "base", "quota": {"secrets": 5}, "limits": list(more)}
    assert told(base, own) == []
    merged = tightened(base, own)
    assert merged["quota"] == {"pods": 9, "secrets": 5}
    assert merged["limits"] == [{"type": "Pod", "max": {"cpu": "9", "memory": "1Gi"}}, more[1]]


def test_null_removes_nothing() -> None:
    """As a value it is no quantity, and no pin that agrees."""
    for field in ("quota", "limits.max", "limits.min"):
        assert [code for code, _ in told(spec(field, "4"), spec(field, None))] == ["invalid-quantity"]
    assert [code for code, _ in told(spec("pins", "4"), spec("pins", None))] == ["profile-loosened"]


def test_the_table_has_every_field() -> None:
    """A field that a profile gains later must say which way it tightens."""
    said = set(IsolationProfileSpec.model_fields) - {"extends", "egress", "limits"}
    said |= {f"egress.{field}" for field in EgressSpec.model_fields}
    said |= {f"limits.{field}" for field in LimitRangeItem.model_fields if field != "type"}
    assert said == set(TIGHTENING)


def test_limits_are_told_apart_by_type() -> None:
    """A pod may have more than a container: limits of one type say nothing of another's."""
    base = {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}
    assert told(base, {"limits": [{"type": "Pod", "max": {"cpu": "8"}}]}) == []


def test_the_sandbox_can_be_tightened() -> None:
    """What the shipped sandbox counts can be lowered and not raised."""
    sandbox = SHIPPED.isolation("sandbox")
    assert sandbox
    assert sandbox["limits"]
    assert sandbox["quota"]
    for key, written in sandbox["quota"].items():
        amount = quantity(written)
        assert amount is not None
        own = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "IsolationProfile", "metadata": {"name": "own"}}
        lower, higher = (
            function.run(ResourceList(({**own, "spec": {"extends": "sandbox", "quota": {key: said}}},), None))
            for said in (int(amount - 1), int(amount + 1))
        )
        assert lower.results == ()
        assert [result.code for result in higher.results] == ["profile-loosened"]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        (10, Fraction(10)),
        ("10", Fraction(10)),
        ("+1", Fraction(1)),
        ("-1", Fraction(-1)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("1.5", Fraction(3, 2)),
        ("1n", Fraction(1, 10**9)),
        ("1u", Fraction(1, 10**6)),
        ("100m", Fraction(1, 10)),
        ("1k", Fraction(1000)),
        ("1M", Fraction(10**6)),
        ("1G", Fraction(10**9)),
        ("1T", Fraction(10**12)),
        ("1P", Fraction(10**15)),
        ("1E", Fraction(10**18)),
        ("1Ki", Fraction(2**10)),
        ("1Mi", Fraction(2**20)),
        ("1.5Gi", Fraction(3 * 2**29)),
        ("1Ti", Fraction(2**40)),
        ("1Pi", Fraction(2**50)),
        ("1Ei", Fraction(2**60)),
        ("1e3", Fraction(1000)),
        ("1E3", Fraction(1000)),
        ("1E-2", Fraction(1, 100)),
        ("12e+1", Fraction(120)),
    ],
)
def test_a_quantity_is_read_as_kubernetes_reads_it(written: Any, amount: Fraction) -> None:
    """Suffixes of ten and of two, and exponents; 1E is exa, and 1E3 is a thousand."""
    assert quantity(written) == amount


@pytest.mark.parametrize(
    "written",
    ["", " 1", "1 ", ".", "1e", "1ki", "1K", "1B", "1GiB", "1.2.3", "--1", "1e3k", "one", "1,5", "٣", "1e999999999"],
)
def test_what_is_no_quantity(written: str) -> None:
    """What Kubernetes does not read, and exponents that nobody could count."""
    assert quantity(written) is None


@pytest.mark.parametrize("written", [None, True, 1.5, ["1"], {"cpu": "1"}])
def test_what_is_neither_text_nor_a_whole_number_is_no_quantity(written: Any) -> None:
    """A number with a point is not exact in YAML, so it has to be quoted."""
    assert quantity(written) is None


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.sampled_from(("n", "u", "m", "", "k", "Ki", "Gi", "E", "e7")))
def test_quantities_of_one_unit_are_in_the_order_of_their_numbers(number: int, more: int, unit: str) -> None:
    """Whatever the unit, and with a point as well."""
    smaller, larger = quantity(f"{number}{unit}"), quantity(f"{number + more}{unit}")
    assert smaller is not None
    assert larger is not None
    assert smaller < larger
    assert quantity(f"{number}.0{unit}") == smaller


@given(st.integers(0, 10**12))
def test_a_thousand_of_one_unit_is_one_of_the_next(number: int) -> None:
    """So that nothing is looser for being written in other units."""
    decimal = ("n", "u", "m", "", *"kMGTPE")
    for small, large in pairwise(decimal):
        assert quantity(f"{number * 1000}{small}") == quantity(f"{number}{large}")
    for small, large in zip(("", "Ki", "Mi", "Gi", "Ti", "Pi"), ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), strict=True):
        assert quantity(f"{number * 1024}{small}") == quantity(f"{number}{large}")
