"""Golden cases: each folder of cases/ is one claim, with a whole ResourceList in and a whole one out."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from syrupy.data import SnapshotCollections
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from krmfn import resourcelist
from krmfn.declarations import Role, role_of
from krmfn.marks import OWNER
from krmfn.results import Result, Severity
from tests.laws import CASES, FOLDERS, LAWS, Case, case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from syrupy.assertion import SnapshotAssertion
    from syrupy.location import PyTestLocation
    from syrupy.types import SnapshotIndex

    from krmfn.resourcelist import Resource

CLAIM_LENGTH = 20
MANY = 400
SUBSTITUTE = "kustomize.toolkit.fluxcd.io/substitute"


class Expected(SingleFileSnapshotExtension):
    """`expected.yaml` beside `input.yaml`; it discovers nothing, so that an update never deletes an input."""

    _write_mode = WriteMode.TEXT
    file_extension = "yaml"

    @classmethod
    def get_location(cls, *, test_location: PyTestLocation, index: SnapshotIndex) -> str:
        del test_location
        return str(CASES / str(index) / "expected.yaml")

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        del index
        return test_location.snapshot_name

    @classmethod
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:
        del test_location
        return Path(snapshot_location).is_relative_to(CASES)

    def discover_snapshots(
        self, *, test_location: PyTestLocation, ignore_extensions: list[str] | None = None
    ) -> SnapshotCollections:
        del test_location, ignore_extensions
        return SnapshotCollections()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_case(folder: Path, snapshot: SnapshotAssertion) -> None:
    """Its first line says what it shows, its answer is what was reviewed, and every law holds for it."""
    found = case(folder)

    def claim(of: Case) -> None:
        """The first line of a case says what it shows."""
        first = of.source.decode().partition("\n")[0]
        assert first.startswith("# ")
        assert len(first) > CLAIM_LENGTH
        assert first.endswith(".")

    def golden(of: Case) -> None:
        """The function's answer is what was reviewed."""
        assert resourcelist.dump(of.answer) == snapshot(name=folder.name, extension_class=Expected)

    broken = dict(_broken(found, (claim, golden, *LAWS)))
    if broken:
        raise ExceptionGroup(f"{folder.name} breaks {', '.join(broken)}", list(broken.values()))


def _broken(found: Case, laws: Iterable[Callable[[Case], None]]) -> Iterator[tuple[str, AssertionError]]:
    """Each law that a case breaks, with the reason: one that is broken hides no other."""
    for law in laws:
        try:
            law(found)
        except AssertionError as error:
            error.add_note(f"the law {law.__name__}: {law.__doc__}")
            yield law.__name__, error


def _released(found: Case, change: Callable[[Resource], None]) -> Case:
    """The case with its last generated HelmRelease changed."""
    items = list(found.answer.items)
    index = max(i for i, item in enumerate(items) if item["kind"] == "HelmRelease")
    items[index] = copy.deepcopy(items[index])
    change(items[index])
    return found._replace(answer=found.answer._replace(items=tuple(items)))


def _called(name: str) -> Callable[[Resource], None]:
    return lambda item: item["metadata"].update(name=name)


def _without_last(found: Case) -> Case:
    return found._replace(answer=found.answer._replace(items=found.answer.items[:-1]))


def _twice(found: Case) -> Case:
    return found._replace(answer=found.answer._replace(items=(*found.answer.items, *found.answer.items)))


def _told(found: Case, message: str) -> Case:
    result = Result(message, Severity.INFO, "values-unchecked")
    return found._replace(answer=found.answer._replace(results=(*found.answer.results, result)))


def _without_bystanders(found: Case) -> Case:
    kept = tuple(item for item in found.answer.items if role_of(item) is not Role.BYSTANDER)
    return found._replace(answer=found.answer._replace(items=kept))


def _without_marks(found: Case) -> Case:
    items = tuple(
        {**item, "metadata": {**item["metadata"], "annotations": {}}} if role_of(item) is Role.DECLARATION else item
        for item in found.answer.items
    )
    return found._replace(answer=found.answer._replace(items=items))


UNEXPLAINED = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "x"}, "spec": {}}
ALONE = "a-cluster-alone-is-the-platforms-own-release"
BROKEN: dict[str, tuple[str, str, Callable[[Case], Case], set[str]]] = {
    "another object the second time": (
        "fixed_point",
        ALONE,
        lambda found: _released(found, lambda item: item["spec"].update(interval="7m0s")),
        set(),
    ),
    "an order that is told": (
        "order_of_items",
        "refused-wrong-types",
        lambda found: found._replace(answer=found.answer._replace(results=found.answer.results[::-1])),
        {"fixed_point"},
    ),
    "an object that is gone": ("order_of_items", "two-tenants-in-one-run", _without_last, {"fixed_point"}),
    "objects twice": ("unique_identities", ALONE, _twice, {"fixed_point"}),
    "a bystander that is gone": (
        "bystanders_untouched",
        "bystanders-go-back-in-their-own-words",
        _without_bystanders,
        set(),
    ),
    "a declaration that would be applied": ("declarations_stay_local", ALONE, _without_marks, {"fixed_point"}),
    "a refusal with an output": (
        "declarations_stay_local",
        "refused-wrong-types",
        lambda found: found._replace(answer=found.answer._replace(items=found.answer.items[:-1])),
        {"fixed_point"},
    ),
    "an input that was changed": (
        "input_not_mutated",
        ALONE,
        lambda found: found._replace(source=found.source.replace(b"tenant-acme", b"tenant-other")),
        set(),
    ),
    "a credential in a result": (
        "no_secret_told",
        ALONE,
        lambda found: _told(found, "the password is hunter2-a"),
        {"fixed_point"},
    ),
    "a credential inside a cluster": (
        "no_secret_told",
        "a-placed-app-goes-onto-its-cluster",
        lambda found: _released(found, lambda item: item["spec"].update(values={"password": "hunter2-a"})),
        {"fixed_point", "order_of_items"},
    ),
    "a credential that nobody was told of": (
        "no_secret_told",
        ALONE,
        lambda found: _released(found, lambda item: item["spec"].update(values={"password": "hunter2-a"})),
        {"fixed_point"},
    ),
    "a name in capitals": (
        "valid_names",
        ALONE,
        lambda found: _released(found, _called("Kubernetes-dev")),
        {"fixed_point"},
    ),
    "a name too long": (
        "valid_names",
        ALONE,
        lambda found: _released(found, _called(f"{'x' * 64}-dev")),
        {"fixed_point"},
    ),
    "a release name too long": (
        "valid_names",
        ALONE,
        lambda found: _released(found, lambda item: item["spec"].update(releaseName="x" * 54)),
        {"fixed_point"},
    ),
    "an object of nobody": (
        "owners_declared",
        ALONE,
        lambda found: _released(found, lambda item: item["metadata"]["annotations"].update({OWNER: "Kubernétes/dev"})),
        {"fixed_point"},
    ),
    "a policy that does not say why": (
        "policies_say_why",
        ALONE,
        lambda found: _released(found, lambda item: item["spec"].update(values={"objects": [UNEXPLAINED]})),
        {"fixed_point"},
    ),
    "an object that Flux would substitute in": (
        "owners_declared",
        ALONE,
        lambda found: _released(found, lambda item: item["metadata"]["annotations"].update({SUBSTITUTE: "enabled"})),
        {"fixed_point"},
    ),
}
"""Each: the law that it breaks, a case, how it is spoiled, and the other laws that this breaks too."""


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_law_is_named(what: str) -> None:
    """Of a case that breaks some, exactly these are named, and none hides another."""
    law, name, spoil, others = BROKEN[what]
    found = case(CASES / name)
    assert dict(_broken(found, LAWS)) == {}
    assert set(dict(_broken(spoil(found), LAWS))) == {law, *others}


def test_each_law_is_seen_to_be_broken() -> None:
    """A law that nothing can break would hold nothing."""
    assert {law for law, *_ in BROKEN.values()} == {law.__name__ for law in LAWS}
    assert len(FOLDERS) > MANY


def test_no_expectation_without_an_input() -> None:
    """A case that lost its input would be a case that is never run."""
    assert {path.parent for path in CASES.glob("*/expected.yaml")} == set(FOLDERS)


# One process for all cases: what is shown is another seed, not another start.
ANSWERS = """
import json, pathlib, sys
from krmfn import function, resourcelist
paths = map(pathlib.Path, sys.argv[1:])
print(json.dumps([resourcelist.dump(function.run(resourcelist.load(path.read_bytes()))) for path in paths]))
"""


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_another_hash_seed_gives_the_same_bytes(seed: str) -> None:
    """Whatever seed Python hashes with, every case has the same answer (R4)."""
    inputs = [folder / "input.yaml" for folder in FOLDERS]
    # Without coverage, which measures the same above and would take as long again.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    run = subprocess.run(
        [sys.executable, "-c", ANSWERS, *map(str, inputs)],
        capture_output=True,
        check=True,
        env={**environment, "PYTHONHASHSEED": seed},
    )
    here = [resourcelist.dump(case(folder).answer) for folder in FOLDERS]
    assert json.loads(run.stdout) == here
