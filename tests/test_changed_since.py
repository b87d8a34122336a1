"""`--changed-since REV`: only runs that are not as they were, and of them byte for byte what a whole run writes."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from tests.command_line import run_in
from tests.declarations import app, plane, redis
from tests.test_month import MONTH, edited
from tests.test_month import fleet as starter_fleet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.command_line import Text
    from tests.history import History

SINCE = ("--changed-since", "HEAD")
NAMES = ("acme", "birch", "cedar")
PLATFORM = plane("{scope: platform}", name="platform").replace(", namespace: tenant-acme", "")
FLUX = (
    "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
    "metadata: {{name: {0}, namespace: flux-system}}\nspec: {{path: ./rendered/tenants/{0}}}\n"
)
JOB = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: krmfn@sha256:0}]}\n"
MANY_SPACES = plane(
    f"{{namespaces: [{', '.join(f'tenant-{number}' for number in range(101))}]}}", "tenant-acme", "acme"
)
LEFT_OUT = "left out the runs that are as they were at HEAD"


def tenant(name: str) -> dict[str, str]:
    space = f"tenant-{name}"
    return {
        f"tenants/{name}/compute-plane.yaml": plane("{}", space, name),
        f"tenants/{name}/declared/cache.yaml": redis(space),
        f"flux/{name}.yaml": FLUX.format(name),
    }


@pytest.fixture
def fleet(history: History) -> History:
    """A platform and three tenants, rendered and committed."""
    files = {path: text for name in NAMES for path, text in tenant(name).items()}
    pins = {"pins.txt": "krmfn==1\n", ".github/workflows/ci.yaml": "run: pip install krmfn\n"}
    history.commit({**files, **pins, "platform/plane.yaml": PLATFORM, ".krmignore": "rendered/\n"})
    assert render(history).returncode == 0
    history.commit_all()
    return history


def render(history: History, *arguments: str, output: str = "rendered") -> Text:
    return run_in(history.root, "render", "--output-dir", output, "--generated-only", *arguments)


def contents(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def assert_same(history: History, *arguments: str) -> Text:
    """What changed is written over what was: it is what a whole run makes of it, which says the same and more."""
    other = history.root.with_name("whole")
    shutil.copytree(history.root / "rendered", other, dirs_exist_ok=True)
    whole = render(history, output=os.fspath(other))
    answer = render(history, *SINCE, *arguments)
    assert (answer.returncode, whole.returncode) == (whole.returncode, whole.returncode), answer.stderr
    assert contents(history.root / "rendered") == contents(other)
    found = {line.replace(f"{other}/", "rendered/") for line in whole.stderr.splitlines()[:-1]}
    assert {*answer.stderr.splitlines()[:-1]} <= found
    shutil.rmtree(other)
    return answer


def assert_checked(history: History) -> None:
    """What check says of what changed, it says of the whole as well, and both pass or neither."""
    part, whole = history.check(*SINCE, "--format", "github"), history.check("--format", "github")
    assert {*part.stdout.splitlines()} <= {*whole.stdout.splitlines()}
    assert part.returncode == whole.returncode
    against = (history.check("--against", "HEAD", *more, "--format", "github") for more in (SINCE, ()))
    part, whole = against
    assert {*part.stdout.splitlines()} <= {*whole.stdout.splitlines()}
    assert part.returncode == whole.returncode
    part, whole = history.plan(*SINCE), history.plan()
    assert part.returncode == whole.returncode
    # Of an invalid namespace plan tells what the other side declares there, also if that run is left out.
    assert whole.returncode or part.stdout == whole.stdout
    assert "krmfn plan: " in part.stderr


def runs_of(answer: Text) -> int:
    return int(answer.stderr.splitlines()[-1].split(" in ")[1].split()[0])


def test_a_month_of_pull_requests_is_rendered_by_halves(history: History) -> None:
    """Over the whole month: what is written for what changed is what a whole run writes, and mostly of one tenant."""
    files = starter_fleet()
    history.commit(files)
    assert render(history).returncode == 0
    history.commit_all()
    counts: list[int] = []
    for pull in MONTH:
        change = dict(edited(files, pull))
        history.write(change)
        if not pull.refused:
            counts.append(runs_of(assert_same(history)))
            files = {path: text for path, text in {**files, **change}.items() if text is not None}
            history.commit_all()
        else:
            history.write({path: files.get(path) for path in change})
    assert counts
    assert max(counts) == 1


def test_nothing_that_changed_is_nothing_to_do(fleet: History) -> None:
    """It is said, and nothing is read but what Git says."""
    assert_checked(fleet)
    answer = assert_same(fleet)
    assert answer.stderr.splitlines()[-1].endswith("in 0 runs; read no file; nothing has changed since HEAD")
    checked = fleet.check(*SINCE)
    assert (checked.returncode, checked.stdout) == (0, "")
    assert run_in(fleet.root, "render", *SINCE).stdout == ""


@pytest.mark.parametrize(
    ("edits", "runs"),
    [
        ({"tenants/acme/declared/more.yaml": redis("tenant-acme", "more")}, 1),
        ({"tenants/acme/declared/cache.yaml": None}, 1),
        (tenant("dogwood"), 1),
        (dict.fromkeys(tenant("birch")), 0),
        ({"tenants/acme/compute-plane.yaml": plane("{defaults: {interval: 9m}}", "tenant-acme", "acme")}, 1),
        ({"tenants/birch/declared/.krmignore": "cache.yaml\n"}, 1),
        ({"rendered/tenants/cedar/tenant-cedar/helmrelease-redis-cache.yaml": "kind: Changed\n"}, None),
        ({"rendered/tenants/cedar/tenant-cedar/helmrelease-redis-cache.yaml": None}, 1),
        ({"README.md": "krmfn renders this\n", "flux/fleet.yaml": FLUX.format("platform")}, 0),
        ({**tenant("dogwood"), **dict.fromkeys(tenant("birch"))}, 1),
    ],
)
def test_what_changed_is_rendered(fleet: History, edits: dict[str, str | None], runs: int | None) -> None:
    """A declaration, a tenant more or less, a ComputePlane, the output itself: committed, staged or neither."""
    fleet.write(edits)
    assert_checked(fleet)
    answer = assert_same(fleet)
    if runs is not None:
        assert LEFT_OUT in answer.stderr or "nothing has changed" in answer.stderr
        assert runs_of(answer) == runs


@pytest.mark.parametrize(
    ("edits", "because"),
    [
        ({"platform/gadget.yaml": "kind: ConfigMap\n"}, "platform"),
        ({"platform/plane.yaml": PLATFORM + "# more\n"}, "platform/plane.yaml, the platform's, has changed"),
        ({".krmignore": "rendered/\nother/\n"}, ".krmignore, which may be about all runs, has changed"),
        ({"tenants/kustomization.yaml": "resources: []\n"}, "tenants/kustomization.yaml, which may be about all runs"),
        ({"pins.txt": "krmfn==2\n"}, "pins.txt, which may say which krmfn renders, has changed"),
        ({".github/workflows/ci.yaml": "run: pip install krmfn==2\n"}, "ci.yaml, which may say which krmfn renders"),
        ({"job.yaml": JOB}, "job.yaml, which may say which krmfn renders, has changed"),
        (
            {"tenants/acme/kustomization.yaml": "resources: [../birch/declared]\n"},
            "tenants/acme/kustomization.yaml, which may be about all runs",
        ),
        ({"tenants/acme/compute-plane.yaml": MANY_SPACES}, "runs of more than 100 namespaces are new"),
    ],
)
def test_what_all_runs_share_counts_for_all(fleet: History, edits: dict[str, str], because: str) -> None:
    """The platform's run, ignore files, kustomizations around runs, and what says which krmfn it is."""
    fleet.write(edits)
    assert_checked(fleet)
    answer = assert_same(fleet)
    assert runs_of(answer) == len(NAMES) + 1
    assert "left out nothing that is as it was at HEAD, because " in answer.stderr
    assert because in answer.stderr


def test_what_git_does_not_look_at_counts_as_changed(fleet: History) -> None:
    """An ignored file in a run's folder, and one that Git was told to take for unchanged."""
    fleet.commit({".gitignore": "secret.yaml\n"})
    fleet.write({"tenants/acme/declared/secret.yaml": redis("tenant-acme", "more")})
    fleet.git("update-index", "--assume-unchanged", "tenants/birch/declared/cache.yaml")
    fleet.write({"tenants/birch/declared/cache.yaml": redis("tenant-birch", "other")})
    assert runs_of(assert_same(fleet)) == 2


@pytest.mark.parametrize(
    ("edits", "code", "places"),
    [
        (
            {"tenants/acme/compute-plane.yaml": plane("{namespaces: [tenant-cedar]}", "tenant-acme", "acme")},
            "namespace-claimed-twice",
            ("tenants/acme/", "tenants/cedar/"),
        ),
        (
            {"tenants/acme/declared/theirs.yaml": app("Redis", "cache", namespace="tenant-cedar")},
            "declared-twice",
            ("tenants/acme/", "tenants/cedar/declared/"),
        ),
        (
            {"tenants/acme/declared/theirs.yaml": app("Redis", "more", namespace="tenant-cedar")},
            "foreign-namespace",
            ("tenants/acme/",),
        ),
        (
            {"tenants/dogwood/compute-plane.yaml": plane("{}", "tenant-cedar", "d")},
            "claimed-twice",
            ("dogwood", "cedar"),
        ),
        ({"tenants/compute-plane.yaml": plane("{}", "tenant-all", "all")}, "nested-run", NAMES),
        ({"tenants/dogwood/compute-plane.yaml": plane("{}", "tenant-d", "d")}, "not-applied", ("dogwood",)),
        ({"tenants/dogwood/compute-plane.yaml": PLATFORM}, "second-platform-run", ("dogwood", "platform")),
    ],
)
def test_the_rules_of_a_fleet_hold(fleet: History, edits: dict[str, str], code: str, places: tuple[str, ...]) -> None:
    """R14 over the whole repository: what changed may not claim what a run that did not change has."""
    fleet.write(edits)
    checked = fleet.check(*SINCE, "--format", "github")
    lines = [line for line in checked.stdout.splitlines() if code in line]
    assert all(any(place in line for line in lines) for place in places), checked.stdout
    assert_checked(fleet)
    rendered = run_in(fleet.root, "render", *SINCE)
    assert rendered.returncode == run_in(fleet.root, "render").returncode


def test_what_a_run_that_did_not_change_says_of_another_counts(fleet: History) -> None:
    """A kustomization that reaches into the run that changed, and objects in a namespace that is claimed now."""
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: tenant-birch}\n"
    prefixed = "resources: [../birch/more]\nnamePrefix: x-\n"
    fleet.commit({"tenants/cedar/kustomization.yaml": prefixed, "tenants/birch/more/other.yaml": other})
    fleet.write({"tenants/birch/more/more.yaml": redis("tenant-birch", "more")})
    assert "overlay-over-declarations" in fleet.check(*SINCE).stdout
    assert_checked(fleet)
    fleet.write({"tenants/birch/more/more.yaml": None})
    other = other.replace("birch", "new")
    fleet.commit({"tenants/cedar/declared/new.yaml": redis("tenant-new", "theirs"), "tenants/cedar/other.yaml": other})
    fleet.write({**tenant("new"), "tenants/new/other.yaml": other})
    told = [line for line in fleet.check(*SINCE).stdout.splitlines() if line.startswith("error")]
    found = {(line.split(":")[1].strip(), line.rpartition("[")[2].rstrip("]")) for line in told}
    assert found == {
        ("tenants/cedar/declared/new.yaml", "foreign-namespace"),
        ("tenants/cedar/other.yaml", "declared-twice"),
        ("tenants/cedar/other.yaml", "foreign-namespace"),
        ("tenants/new/compute-plane.yaml", "namespace-claimed-twice"),
        ("tenants/new/other.yaml", "declared-twice"),
    }
    assert_checked(fleet)


def test_the_stream_has_the_objects_of_what_changed(fleet: History) -> None:
    """As they are in the stream of the whole; from a folder inside the repository, too. Nothing else is read."""
    fleet.commit({"tenants/cedar/kustomization.yaml": "resources: [\n"})
    fleet.write({"tenants/acme/declared/more.yaml": redis("tenant-acme", "more")})
    whole = run_in(fleet.root, "render").stdout.split("---\n")
    part = run_in(fleet.root, "render", *SINCE).stdout.split("---\n")
    assert len(part) == 2
    assert {*part} <= {*whole}
    own = ("platform/plane.yaml", "plane", "cache", "more")
    for command in ("render", "check"):
        assert f"read {len(own)} files" in run_in(fleet.root, command, *SINCE, "--verbose").stderr
    inside = run_in(fleet.root / "tenants", "render", *SINCE)
    assert [yaml.load(each) for each in inside.stdout.split("---\n")] == [yaml.load(each) for each in part]


def test_two_revisions_are_compared_by_what_lies_between_them(fleet: History) -> None:
    """Without a look at the work tree, from wherever in the repository, and for a part of it."""
    fleet.commit({"tenants/acme/declared/more.yaml": redis("tenant-acme", "more")})
    fleet.write({"tenants/acme/declared/more.yaml": None})
    fleet.write({"tenants/birch/declared/more.yaml": redis("tenant-birch", "more")})
    between = ("--from", "HEAD~1", "--to", "HEAD")
    for folder, paths in ((fleet.root, ()), (fleet.root, ("tenants",)), (fleet.root / "tenants/acme", ())):
        whole = run_in(folder, "plan", *between, *paths)
        part = run_in(folder, "plan", *between, *paths, "--changed-since", "HEAD~1")
        assert "create   Redis/more" in part.stdout
        assert (part.stdout, part.returncode) == (whole.stdout, 0)
        assert LEFT_OUT.replace("HEAD", "HEAD~1") in part.stderr


def test_other_folders_of_output(fleet: History) -> None:
    """One outside of the repository gets what changed and keeps the rest; one for other paths is refused."""
    fleet.write({"tenants/acme/declared/more.yaml": redis("tenant-acme", "more")})
    outside = fleet.root.with_name("outside")
    answer = render(fleet, *SINCE, output=os.fspath(outside))
    assert answer.returncode == 0, answer.stderr
    assert {path.split("/")[1] for path in contents(outside)} == {"acme"}
    answer = run_in(fleet.root, "render", "tenants", "--output-dir", "rendered", *SINCE)
    assert answer.returncode == 1
    assert "[nothing-rendered]" in answer.stderr


def test_usage(fleet: History) -> None:
    """A revision that is not there, and what Git cannot know, are usage errors."""
    for arguments in (("--changed-since", "mian"), ("--changed-since", "HEAD", "-")):
        answer = run_in(fleet.root, "render", *arguments)
        assert (answer.returncode, answer.stdout) == (2, "")
    assert 'there is no revision "mian"' in run_in(fleet.root, "check", "--changed-since", "mian").stderr
