"""A large ResourceList may be expanded by two processes: the answer is that of one, or there is none."""

from __future__ import annotations

import resource
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from bench import inputs
from krmfn import yaml
from krmfn.cli import LARGE, halves, secondprocess
from krmfn.function import run
from krmfn.resourcelist import PACKAGE_PATH, PATH_ANNOTATIONS, dump, load
from krmfn.yaml.loading import MAX_SIZE
from tests import command_line
from tests.laws import ANSWERED

if TYPE_CHECKING:
    from pathlib import Path

MANY = inputs.resource_list(40)
CONFIG = "functionConfig:\n"
APP = "- apiVersion: apps.cozystack.io/v1alpha1\n  kind: Redis\n  metadata:\n    name: {}\n    namespace: {}\n"
SPACE = "- apiVersion: v1\n  kind: Namespace\n  metadata:\n    name: tenant-000\n"
SHARED = f"""\
- apiVersion: krmfn.dev/v1alpha1
  kind: ComponentProfile
  metadata:
    name: ours
  spec: {{extends: minimal}}
{SPACE}- apiVersion: apps.cozystack.io/v1alpha1
  kind: Kubernetes
  metadata:
    name: lab
    namespace: tenant-003
  spec: {{componentProfile: ours}}
"""


KINDS = b"    kinds:\n"
NOTES = b"    - {kind: Notes, prefix: notes-, chartRef: {kind: OCIRepository, name: notes, namespace: cozy-public}}\n"
CLOSED = """\
- apiVersion: krmfn.dev/v1alpha1
  kind: IsolationProfile
  metadata:
    name: closed
  spec: {extends: sandbox}
- apiVersion: apps.cozystack.io/v1alpha1
  kind: Kubernetes
  metadata:
    name: lab
    namespace: tenant-002
  spec: {isolationProfile: closed, addons: {monitoringAgents: {enabled: false}}}
"""
"""One cluster of whose tenant something is told about the ComputePlane."""
FENCE = """\
- apiVersion: policy.networking.k8s.io/v1alpha2
  kind: ClusterNetworkPolicy
  metadata:
    name: tenant-002.kubernetes-lab-egress
    annotations:
      krmfn.dev/owner: Kubernetes/lab
      internal.config.kubernetes.io/path: fence.yaml
"""
"""What an earlier run wrote for a cluster that is gone; the half without the tenant would keep it."""
IN_THE_WAY = "generated/{}/helmrelease-redis-lone.yaml"
"""Where kpt has the release of an app, if the app has a file at the top of the package."""


def item(namespace: str, more: str = "", *marks: tuple[str, str]) -> str:
    annotations = "".join(f"      {key}: {value}\n" for key, value in marks)
    metadata = f"    name: a\n    namespace: {namespace}\n" + (annotations and f"    annotations:\n{annotations}")
    return f"- apiVersion: v1\n  kind: A\n  metadata:\n{metadata}{more}"


def in_packages(first: str, second: str) -> bytes:
    """Objects of two tenants, each in a package of its own."""
    head = b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"
    return head + (item("a", "", (PACKAGE_PATH, first)) + item("b", "", (PACKAGE_PATH, second))).encode()


def by_two(source: bytes, most: int = halves.LARGEST) -> str | None:
    text = halves.decoded(source)
    answer = None if text is None else halves.answered(text, most)
    return None if answer is None else "".join(answer.pieces)


def by_one(source: bytes) -> str:
    return dump(run(load(source)))


def with_items(more: str) -> bytes:
    return MANY.replace(b"\nitems:\n", f"\nitems:\n{more}".encode(), 1)


@pytest.mark.parametrize("most", [halves.LARGEST, 1])
@pytest.mark.parametrize(
    "source",
    [
        MANY,
        with_items(SHARED),
        with_items(APP.format("unknown", "tenant-000") + "  spec: {colour: red}\n"),
        MANY.replace(b"  spec:\n    kinds:", b"  spec:\n    requirePlacement: code\n    kinds:"),
        with_items(APP.replace("Redis", "Notes").format("a", "tenant-000") + "  spec: {a: b}\n").replace(
            KINDS, KINDS + NOTES
        ),
    ],
)
def test_two_processes_say_what_one_says(source: bytes, most: int) -> None:
    """Objects of many tenants, what all share, what is no tenant's, a warning about one, and what one kind lacks.

    Also where each process does one tenant after the other.
    """
    once = by_two(source, most)
    assert once == by_one(source)
    assert once.count("kind: HelmRelease") > 10
    again = once.encode()
    assert by_two(again) == by_one(again)


def test_what_is_gone_goes() -> None:
    """An object of an earlier run whose declaration is gone is removed by the half that has its namespace (R3).

    The others keep their places, wherever it was.
    """
    once = load(by_one(MANY))
    left = [item for item in once.items if (item["kind"], item["metadata"]["namespace"]) != ("Redis", "tenant-001")]
    source = dump(once._replace(items=(*left[::-2], *left[-2::-2]), results=())).encode()
    answer = by_two(source)
    assert answer == by_one(source)
    assert "removed" in answer


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (with_items(APP.format("lab", "tenant-002") + "  spec: {replicas: many}\n"), "an error in one half"),
        (with_items("- apiVersion: v1\n  kind: A\n  metadata: {name: a}\n"), "a layout that hosts do not write"),
        (with_items("- apiVersion: v1\n  kind: A\n  metadata:\n    name: a\n  x: &x 1\n"), "an anchor"),
        (
            with_items('- apiVersion: v1\n  kind: A\n  metadata:\n    name: "a\n- b"\n'),
            "a line that begins like an item",
        ),
        (with_items(APP.format("a", '"tenant-\\x30"')), "a namespace that is another than it seems"),
        (MANY.replace(b"  spec:\n    kinds:", b"  spec:\n    accepted: []\n    kinds:"), "a field about the whole run"),
        (inputs.resource_list(10).replace(b"\nitems:\n", f"\nitems:\n{SPACE}".encode(), 1), "one namespace"),
        (
            with_items(CLOSED).replace(
                b"  spec:\n    kinds:",
                b"  spec:\n    objectsChart: {chartRef: {kind: OCIRepository, name: a, namespace: b}}\n    kinds:",
            ),
            "a warning about what all share",
        ),
        (
            with_items(CLOSED).replace(
                b"    name: bench\n  spec:\n",
                b"    name: bench\n    namespace: tenant-000\n  spec:\n"
                b"    namespaces: [tenant-001, tenant-002, tenant-003]\n"
                b"    objectsChart: {chartRef: {kind: OCIRepository, name: a, namespace: b}}\n",
            ),
            "a warning about a ComputePlane with a namespace",
        ),
        (
            with_items("- apiVersion: apps.cozystack.io/v1alpha1\n  kind: Redis\n  metadata: {name: a}\n").replace(
                b"    name: bench\n  spec:\n",
                b"    name: bench\n    namespace: tenant-000\n  spec:\n"
                b"    namespaces: [tenant-001, tenant-002, tenant-003]\n",
            ),
            "a namespace that is that of the run",
        ),
        (with_items(FENCE), "an object of a tenant in no namespace"),
        (MANY.replace(b"ResourceList", b"\xff"), "no UTF-8"),
        (MANY[:-1], "no line end"),
        (in_packages("a", "a/b"), "a package for each half"),
        (in_packages("a", "a/b") + in_packages("a/b", "a").partition(b"items:\n")[2], "two packages in each half"),
        (
            with_items(
                item("a", '  q: "\n')
                + item("z", '  q: "\n')
                + item("a", '  q: "\n' + item("a").replace("- ", "-\n  "))
                + item("z", '  q: "\n' + item("z").replace("- ", "-\n  "))
            ),
            "quotes that an item of the other half closes, and as many items all the same",
        ),
        (with_items(item("a", "  q:\t&x 1\n") + item("z", "  q:\t&x 2\n") + item("a", "  q:\t*x\n")), "aliases"),
        (MANY + b"other: 1\n", "a field after the items"),
        (b"", "nothing"),
    ],
)
def test_what_is_unusual_is_left_to_one_process(source: bytes, why: str) -> None:
    """Whatever a half may get wrong, or only the whole decides, is not answered by halves."""
    assert by_two(source) is None, why


def test_too_much_is_left_to_one_process_which_refuses_it() -> None:
    """What was read ends one byte after the limit; the halves of that are smaller, and may look complete."""
    comment = b"#" * (MAX_SIZE - len(MANY)) + b"\n"
    assert halves.decoded(MANY + comment) is None


@pytest.mark.parametrize(("path", "answered"), [(IN_THE_WAY, False), ("elsewhere.yaml", True)])
@pytest.mark.parametrize(
    ("mine", "theirs", "most"),
    [
        ("tenant-000", "tenant-003", halves.LARGEST),
        ("tenant-003", "tenant-000", halves.LARGEST),
        ("tenant-000", "tenant-001", 1),
        ("tenant-001", "tenant-000", 1),
    ],
)
def test_a_file_in_the_way_of_the_other_half_is_left_to_one_process(
    mine: str,
    theirs: str,
    most: int,
    path: str,
    answered: bool,  # noqa: FBT001
) -> None:
    """An object of one tenant may be in the file that an object of another one would be written to."""
    app = APP.format("lone", mine) + f"    annotations:\n      {PATH_ANNOTATIONS[0]}: redis.yaml\n"
    source = with_items(app + item(theirs, "", (PATH_ANNOTATIONS[0], path.format(mine))))
    assert IN_THE_WAY.format(mine) in by_one(source)
    assert (by_two(source, most) is not None) is answered


def doubled(folder: Path) -> bytes:
    """A case as a host sends it, and once more for another tenant."""
    given = load((folder / "input.yaml").read_bytes())
    items = "".join(yaml.dump([item]) for item in given.items)
    head = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "functionConfig": given.function_config}
    return f"{yaml.dump(head)}items:\n{items}{items.replace('tenant-acme', 'tenant-zeta')}".encode()


def test_cases_of_two_tenants_are_answered_as_by_one_process() -> None:
    """Every other case, for two tenants: the same bytes, unless something in it is left to one process."""
    answers = 0
    for folder in ANSWERED[::2]:
        source = doubled(folder)
        if (answer := by_two(source, 1)) is not None:
            answers += 1
            assert answer == by_one(source), folder.name
    assert answers > 20


def test_a_large_input_is_answered_by_the_command_as_by_the_function() -> None:
    """Above the size at which a second process pays it is started, if there is a second core; not below."""
    source = inputs.enveloped(islice(inputs.mixed(), 300))
    assert len(source) > LARGE
    before = _work_of_others()
    assert command_line.run(stdin=source.decode()).stdout.decode() == by_one(source)
    assert (_work_of_others() > before) is (secondprocess.cores() > 1)
    before = _work_of_others()
    assert command_line.run(stdin=MANY.decode()).stdout.decode() == by_one(MANY)
    assert _work_of_others() == before


def _work_of_others() -> int:
    """How many pages the processes have had that this one started and waited for: more, once there is another."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt


def test_a_large_input_of_kpt_is_told_as_a_small_one() -> None:
    """Messages are kpt's to print: whichever half has what kpt marked, stderr has the places alone."""
    source = inputs.enveloped(islice(inputs.mixed(), 300)).decode()
    source = source.replace(
        "\nitems:\n", "\nitems:\n" + APP.format("unknown", "tenant-000") + "  spec: {colour: red}\n", 1
    )
    mark = (
        "      internal.config.kubernetes.io/seqindent: compact\n      internal.config.kubernetes.io/path: tenant-{}/"
    )
    unmarked = "      internal.config.kubernetes.io/path: tenant-{}/"
    for tenant in ("000", "029"):
        assert unmarked.format(tenant) in source
        of_kpt = source.replace(unmarked.format(tenant), mark.format(tenant), 1)
        answer = halves.answered(of_kpt)
        assert answer
        assert answer.of_kpt
        told = command_line.run(stdin=of_kpt).stderr.decode().splitlines()
        assert told == ["warning: Redis tenant-000/unknown spec.colour [unknown-field]"]
    plain = halves.answered(source)
    assert plain
    assert not plain.of_kpt
