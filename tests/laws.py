"""Laws: what holds for every case, whatever it is about (R2 to R7)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from krmfn import function, resourcelist
from krmfn.declarations import Role, role_of
from krmfn.marks import LOCAL_CONFIG, OWNER, WHY
from krmfn.resourcelist import ResourceList, annotations_of, identity
from krmfn.results import has_errors

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
SECRET = "hunter2-"  # noqa: S105  (what every credential in a case contains, so that it can be looked for)
NAME_LENGTH = 63
RELEASE_LENGTH = 53
CASES = Path(__file__).with_name("cases")
FOLDERS = sorted(path.parent for path in CASES.glob("*/input.yaml"))


def _reviewed(folder: Path) -> str:
    expected = folder / "expected.yaml"
    return expected.read_text(encoding="utf-8") if expected.exists() else ""


REVIEWED = {folder: _reviewed(folder) for folder in FOLDERS}
"""What was reviewed of each case: by it a module finds its own cases, and none is run before a test asks."""
ANSWERED = [folder for folder, text in REVIEWED.items() if text and "\n  severity: error\n" not in text]
"""The cases without an error."""


class Case(NamedTuple):
    """A golden case, and what the function made of it: one run for every law and for whoever looks at it besides."""

    source: bytes
    given: ResourceList
    answer: ResourceList


@cache
def given(folder: Path) -> ResourceList:
    return resourcelist.load((folder / "input.yaml").read_bytes())


@cache
def case(folder: Path) -> Case:
    source = (folder / "input.yaml").read_bytes()
    return Case(source, given(folder), function.run(given(folder)))


def fixed_point(case: Case) -> None:
    """Running on one's own output changes nothing (R3)."""
    if ((case.given.function_config or {}).get("spec") or {}).get("validateOnly"):
        return  # a validator's output has no items to run on again
    # That something was removed is told once.
    told = tuple(each for each in case.answer.results if each.code not in {"moved", "removed"})
    once = resourcelist.dump(case.answer._replace(results=told))
    twice = resourcelist.dump(function.run(resourcelist.load(once)))
    assert once == twice


def order_of_items(case: Case) -> None:
    """The order of the items changes neither what is generated nor what is said (R4)."""
    given, expected = case.given, case.answer
    for seed in range(3):
        items = list(given.items)
        Random(seed).shuffle(items)  # noqa: S311  (a shuffle, not a secret)
        if all(ours is theirs for ours, theirs in zip(items, given.items, strict=True)):
            continue  # what was given is what was expanded
        answer = function.run(given._replace(items=tuple(items)))
        assert _generated(answer, given) == _generated(expected, given)
        assert answer.results == expected.results


def unique_identities(case: Case) -> None:
    """No two generated objects are one object to Kubernetes, and none is one that the user wrote (R3)."""
    given, answer = case.given, case.answer
    generated = [identity(item) for item in _generated(answer, given)]
    written = {identity(item) for item in given.items if role_of(item) is Role.BYSTANDER}
    assert len(generated) == len(set(generated))
    assert not written & set(generated)


def bystanders_untouched(case: Case) -> None:
    """What is not ours goes back as it came, in its order and in its own words (R5)."""
    given, answer = case.given, case.answer
    if not answer.items:  # a validator gives nothing back
        return
    theirs = [item for item in given.items if role_of(item) is Role.BYSTANDER]
    assert [item for item in answer.items if role_of(item) is Role.BYSTANDER] == theirs
    written = resourcelist.dump(answer)
    for item in theirs:
        _, source = given.texts.get(id(item), (item, ""))
        assert source in written


def declarations_stay_local(case: Case) -> None:
    """Every declaration goes back marked local-config, or everything goes back as it came (R2)."""
    answer = case.answer
    if has_errors(answer.results):
        assert answer.items == case.given.items
        return
    for item in answer.items:
        if role_of(item) is Role.DECLARATION:
            assert annotations_of(item).get(LOCAL_CONFIG) == "true"


def input_not_mutated(case: Case) -> None:
    """The function changes nothing of what it was given."""
    before = resourcelist.load(case.source)
    assert (case.given.items, case.given.function_config) == (before.items, before.function_config)


def no_secret_told(case: Case) -> None:
    """No result has a credential in it; neither has an object, but what the platform's own chart takes (R7)."""
    answer = case.answer
    assert not any(SECRET in str(result) for result in answer.results)
    for item in _generated(answer, case.given):
        taken = item["kind"] == "HelmRelease" and "kubeConfig" not in item["spec"]
        assert SECRET not in str({**item, "spec": {}} if taken else item)
        if SECRET in str(item):
            assert any(result.code == "inline-credential" for result in answer.results)


def valid_names(case: Case) -> None:
    """Names are what Kubernetes and Helm take."""
    for item in _generated(case.answer, case.given):
        spec = item.get("spec", {})
        # Cluster-scoped ones that join a namespace and a name join them with a dot.
        names = item["metadata"]["name"].split(".") if "namespace" not in item["metadata"] else [identity(item).name]
        names += [identity(item).namespace] if identity(item).namespace else []
        names += [spec[field] for field in ("targetNamespace", "storageNamespace") if field in spec]
        for name in names:
            assert NAME.fullmatch(name), name
            assert len(name) <= NAME_LENGTH
        assert len(spec.get("releaseName", "")) <= RELEASE_LENGTH


def owners_declared(case: Case) -> None:
    """Every generated object names its declaration, and is protected from substitution or uses it (R3, R6)."""
    spec = (case.given.function_config or {}).get("spec") or {}
    variables: list[str] = (spec.get("postBuild") or {}).get("variables", [])
    for item in _generated(case.answer, case.given):
        marks = annotations_of(item)
        assert re.fullmatch(r"[A-Za-z0-9]+/[a-z0-9-]+", marks.get(OWNER, ""))
        disabled = marks.get("kustomize.toolkit.fluxcd.io/substitute") == "disabled"
        assert disabled or any(f"${{{name}" in str(item) for name in variables)


def policies_say_why(case: Case) -> None:
    """Every policy, on the management cluster and inside others, says in one sentence why it exists."""
    generated = _generated(case.answer, case.given)
    values = [item["spec"].get("values") or {} for item in generated if item["kind"] == "HelmRelease"]
    inside = [each for each_values in values for each in each_values.get("objects", ()) if isinstance(each, dict)]
    for item in (*generated, *inside):
        if str(item.get("kind")).endswith("Policy"):
            says = item["spec"].get("description") or annotations_of(item).get(WHY, "")
            assert re.fullmatch(r"[A-Z][^\n]{20,150}\.", says), (item["kind"], identity(item).name, says)


LAWS = (
    fixed_point,
    order_of_items,
    unique_identities,
    bystanders_untouched,
    declarations_stay_local,
    input_not_mutated,
    no_secret_told,
    valid_names,
    owners_declared,
    policies_say_why,
)


def _generated(answer: ResourceList, given: ResourceList) -> list[Resource]:
    came = {id(item) for item in given.items}
    return [item for item in answer.items if role_of(item) is Role.GENERATED and id(item) not in came]
