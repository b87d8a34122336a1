"""Two processes render many runs, or many namespaces, to what one renders; or one has to do it all."""

from __future__ import annotations

import json
import resource
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.portions import Portion
from krmfn.cli.inputs.surroundings import Surroundings
from krmfn.cli.progress import silent
from krmfn.cli.render.given import read_for
from krmfn.cli.render.outcome import Request
from krmfn.cli.render.renderedruns import MANY, by_one, by_two
from krmfn.cli.render.writing import write_stream
from krmfn.cli.secondprocess import cores
from krmfn.fleet import Shard, is_plane
from krmfn.resourcelist import PACKAGE_PATH, package_of
from krmfn.results import in_order
from tests.command_line import run_in
from tests.declarations import redis
from tests.folders import plant
from tests.laws import case
from tests.test_union import TOGETHER, moved

if TYPE_CHECKING:
    from pathlib import Path

    from krmfn.cli.render.given import Given
    from krmfn.cli.render.outcome import Rendered
    from krmfn.cli.render.renderedruns import Done
    from krmfn.results import Result

PLANE: dict[str, Any] = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ComputePlane", "metadata": {"name": "all"}}
SHARED = """\
apiVersion: v1
kind: Namespace
metadata: {name: tenant-a}
---
apiVersion: krmfn.dev/v1alpha1
kind: ComponentProfile
metadata: {name: ours}
spec: {extends: minimal}
"""


def read(folder: Path, **asked: Any) -> tuple[Request, Given]:
    request, around = Request((folder,), **asked), Surroundings((folder,), (folder,))
    return request, read_for(request, around, Portion(Disk(), request.shard, around), silent)


def told(found: list[Done]) -> tuple[list[Rendered], tuple[Result, ...]]:
    return [each.rendered for each in found], in_order(result for each in found for result in each.results)


def assert_same(folder: Path, **asked: Any) -> list[Done]:
    """Both say the same, whatever is written of it."""
    for generated_only in (False, True):
        request, given = read(folder, generated_only=generated_only, **asked)
        once, by_both = by_one(request, given), by_two(request, given)
        assert by_both is not None
        assert told(by_both) == told(once)
    return once


def tenants(*names: str) -> dict[str, str]:
    return {f"{name}.yaml": redis(f"tenant-{name}") for name in names}


@pytest.mark.parametrize("config", TOGETHER, ids=lambda config: f"{len(TOGETHER[config])} tenants")
def test_cases_of_one_run(tmp_path: Path, config: str) -> None:
    """All cases of one configuration, each in a namespace of its own, with what is nobody's beside them."""
    cases = [case(folder).given.items for folder in TOGETHER[config]]
    # kpt's packages are no files of a repository, and a run has one ComputePlane.
    whole = [items for items in cases if not any(package_of(item) or is_plane(item) for item in items)]
    each = [tuple(moved(item, f"tenant-u{i}") for item in items) for i, items in enumerate(whole)]
    files = {f"{i}.yaml": "---\n".join(map(yaml.dump, items)) for i, items in enumerate(each)}
    plane = {**(json.loads(config) or PLANE), "metadata": {"name": "all"}}
    plant(tmp_path, {**files, "plane.yaml": yaml.dump(plane), "shared.yaml": SHARED})
    [done] = assert_same(tmp_path)
    assert len(done.rendered.objects or ()) >= len(each) > 1


def test_runs_of_a_fleet(tmp_path: Path) -> None:
    """Also where one is wrong, or says which warnings it accepts: the others do not change by that."""
    accepted = [{"code": "unknown-field", "kind": "Redis", "name": "cache", "reason": "later"}]
    specs: list[dict[str, Any]] = [{}, {"accepted": accepted}, {"target": {"flux": "1.0"}}, {}]
    for number, spec in enumerate(specs):
        metadata = {"name": f"r{number}", "namespace": f"tenant-r{number}"}
        plane = yaml.dump({**PLANE, "metadata": metadata, "spec": spec})
        declared = redis(metadata["namespace"]) + "spec: {colour: red}\n"
        plant(tmp_path, {f"{number}/plane.yaml": plane, f"{number}/declared/a.yaml": declared})
    found = assert_same(tmp_path)
    assert [each.rendered.objects is None for each in found] == [False, False, True, False]
    assert [len(each.rendered.accepted) for each in found] == [0, 1, 0, 0]


@pytest.mark.parametrize(
    "more",
    [
        {"b.yaml": redis("tenant-b").replace("Redis", "Rediss")},
        {
            "plane.yaml": yaml.dump(
                {**PLANE, "metadata": {"name": "all", "namespace": "tenant-a"}, "spec": {"namespaces": ["tenant-b"]}}
            ),
            "c.yaml": redis("tenant-a").replace("  namespace: tenant-a\n", ""),
        },
        {"b.yaml": redis("tenant-b").replace("metadata:", f"metadata:\n  annotations: {{{PACKAGE_PATH}: b}}")},
        {"plane.yaml": yaml.dump({**PLANE, "spec": {"accepted": []}})},
        {"b.yaml": redis("tenant-a").replace("cache", "other")},
    ],
    ids=["an error", "no namespace", "a package", "what is accepted", "one tenant"],
)
def test_one_process_does_it_all(tmp_path: Path, more: dict[str, str]) -> None:
    """Whatever is wrong, or only the whole decides."""
    plant(tmp_path, {**tenants("a", "b"), **more})
    request, given = read(tmp_path)
    assert by_two(request, given) is None
    assert by_two(*read(tmp_path, shard=Shard(1, 2))) is None


def test_the_command_uses_a_second_process(tmp_path: Path) -> None:
    """From so many items on that it is quicker, where there is a second core; its output is the same."""
    many = "---\n".join(redis(f"tenant-{number % 7}", f"cache-{number}") for number in range(MANY))
    plant(tmp_path, {"many.yaml": many})
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    answer = run_in(tmp_path, "render")
    assert (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > before) is (cores() > 1)
    [whole] = by_one(*read(tmp_path))
    stream = BytesIO()
    write_stream(whole.rendered.objects or (), stream)
    assert answer.stdout.encode() == stream.getvalue()
