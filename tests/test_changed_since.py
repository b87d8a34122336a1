"""`--changed-since REV`: only runs that are not as they were, and of them byte for byte what a whole run writes."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from tests.command_line import run_in
from tests.declarations import app, plane, redis
from tests.history import USAGE, History
from tests.test_month import MONTH, edited
from tests.test_month import fleet as starter_fleet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.command_line import Text

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
ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: special}\nrules: []\n"
LEFT_OUT = "left out the runs that are as they were at HEAD"


def tenant(name: str) -> dict[str, str]:
    space = f"tenant-{name}"
    return {
        f"tenants/{name}/compute-plane.yaml": plane("{}", space, name),
        f"tenants/{name}/declared/cache.yaml": redis(space),
        f"flux/{name}.yaml": FLUX.format(name),
    }


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory, store: Path) -> History:
    """A platform and three tenants, rendered and committed."""
    history = History(tmp_path_factory.mktemp("fleet"), store)
    files = {path: text for name in NAMES for path, text in tenant(name).items()}
    pins = {"pins.txt": "krmfn==1\n", ".github/workflows/ci.yaml": "run: pip install krmfn\n"}
    history.commit({**files, **pins, "platform/plane.yaml": PLATFORM, ".krmignore": "rendered/\n"})
    assert render(history).returncode == 0
    history.commit_all()
    return history


@pytest.fixture
def fleet(history: History, rendered: History) -> History:
    """A fleet of each test's own."""
    history.become(rendered)
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
        ({"values.yaml": "image:\n  repository: ghcr.io/acme/krmfn\n  tag: '2'\n"}, "values.yaml, which may say"),
        ({"task.yaml": "params: [{name: KRMFN_VERSION, value: '2'}]\n"}, "task.yaml, which may say"),
        (
            {"tenants/acme/kustomization.yaml": "resources: [../birch/declared]\n"},
            "tenants/acme/kustomization.yaml, which may be about all runs",
        ),
        ({"tenants/acme/compute-plane.yaml": MANY_SPACES}, "runs of more than 100 namespaces are new"),
        ({".gitattributes": "*.yaml ident\n"}, ".gitattributes, which may be about all runs, has changed"),
        ({"overlays/kustomization.yaml": "resources: [../tenants/acme]\n"}, "overlays/, which may be about all runs"),
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


@pytest.mark.parametrize(("name", "content"), [(".krmignore", "*\n"), ("Chart.yaml", "")])
def test_a_run_that_is_no_longer_read_is_gone(fleet: History, name: str, content: str) -> None:
    """An ignore file, which may ignore itself, or a file that makes a chart of the folder; and it comes back."""
    fleet.write({f"tenants/birch/{name}": content})
    assert_checked(fleet)
    assert LEFT_OUT in assert_same(fleet).stderr
    assert not (fleet.root / "rendered/tenants/birch").exists()
    fleet.commit_all()
    fleet.write({f"tenants/birch/{name}": None})
    assert LEFT_OUT in assert_same(fleet).stderr
    assert (fleet.root / "rendered/tenants/birch").exists()


def test_a_run_that_is_read_again_may_claim_what_another_has(fleet: History) -> None:
    """What hid it has changed, and not its ComputePlane."""
    fleet.commit({"tenants/dogwood/Chart.yaml": "name: x\n", "tenants/dogwood/p.yaml": plane("{}", "tenant-acme", "d")})
    fleet.write({"tenants/dogwood/Chart.yaml": None})
    assert_checked(fleet)
    assert "namespace-claimed-twice" in fleet.check(*SINCE).stdout


def test_what_is_behind_links_and_in_other_repositories_may_have_changed(fleet: History) -> None:
    """Git says nothing of what is there, so all of it counts as changed, also if a path to check leads there."""
    fleet.commit({f".vendor/{path}": text for path, text in tenant("elm").items()})
    fleet.git("update-index", "--add", "--cacheinfo", f"160000,{fleet.commits[-1]},modules")
    fleet.git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "A repository in the repository")
    fleet.write({f"modules/{path}": text for path, text in tenant("fir").items() if "flux" not in path})
    assert runs_of(assert_same(fleet)) == 1
    (fleet.root / "linked").symlink_to(".vendor/tenants/elm")
    assert_checked(fleet)
    answer = fleet.check(*SINCE)
    assert answer.returncode == 1
    assert "linked: is a link to .vendor/tenants/elm" in answer.stdout
    (fleet.root / "linked").unlink()
    (fleet.root / "linked").symlink_to("tenants")
    fleet.write(
        {".krmignore": "rendered/\nlinked\n", "tenants/acme/declared/cache.yaml": redis("tenant-acme", "Wrong")}
    )
    for path in ("linked", "linked/acme"):
        assert fleet.check(path, *SINCE).returncode == fleet.check(path).returncode == 1


def test_paths_of_which_git_has_nothing_are_looked_at(fleet: History) -> None:
    """A fleet, a file and a catalog in a folder that Git ignores, and a file that is named itself."""
    wrong = {"tenants/acme/declared/cache.yaml": redis("tenant-acme", "Wrong")}
    files = {**tenant("acme"), **wrong, "platform/plane.yaml": PLATFORM}
    ignored = {f"work/fleet/{path}": text for path, text in files.items()}
    fleet.commit({".gitignore": "work/\n", ".krmignore": "rendered/\nwork/\n"})
    fleet.write({**ignored, "work/catalog/more.yaml": "kind: ConfigMap\n", **wrong})
    for path in ("work/fleet", "tenants/acme/declared/cache.yaml"):
        answer = fleet.check(path, *SINCE)
        assert (answer.returncode, "invalid-name" in answer.stdout) == (1, True)
    assert fleet.check("work/fleet", "--against", "HEAD", *SINCE).returncode == USAGE
    render_all = run_in(fleet.root, "render", "platform", "--catalog", "work/catalog", *SINCE)
    assert "left out nothing that is as it was at HEAD, because work/ has changed" in render_all.stderr
    config = ("tenants/acme", "--config", "tenants/acme/compute-plane.yaml")
    assert fleet.check(*config, *SINCE).returncode == fleet.check(*config).returncode == 1


ELM = plane("{}", "tenant-elm", "elm")


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: List\nitems:\n- {}\n".format(ELM.replace("\n", "\n  ").rstrip()),
        ELM.replace("kind: ComputePlane", r'kind: "Compute\x50lane"'),
    ],
)
def test_a_compute_plane_may_be_written_in_other_ways(fleet: History, text: str) -> None:
    """In a List, or with an escape: its folder is that of a run all the same."""
    fleet.commit({**tenant("elm"), "tenants/elm/compute-plane.yaml": text})
    assert render(fleet).returncode == 0
    fleet.commit_all()
    fleet.write({"tenants/elm/declared/cache.yaml": redis("tenant-elm", "other")})
    assert runs_of(assert_same(fleet)) == 1


@pytest.mark.parametrize("folder", ["tenants", "others", "tenants/acme", "tenants/acme/declared"])
def test_output_for_some_paths_has_names_of_its_own(fleet: History, folder: str) -> None:
    """The names of runs are relative to the paths, and a run that is alone has no folder of its own."""
    fleet.commit({path.replace("tenants/", "others/"): text for path, text in tenant("elm").items()})
    output = fleet.root / "rendered/some"
    assert run_in(fleet.root, "render", folder, "--output-dir", output).returncode == 0
    fleet.commit_all()
    before = contents(output)
    next(output.rglob("*redis*")).unlink()
    assert contents(written(fleet, folder, output)) == before
    # Output that Git does not have, of a run that is gone.
    shutil.copytree(output, output.with_name("copy"))
    output.with_name("copy").rename(output / "gone")
    written(fleet, folder, output)
    # A second run in the same paths.
    fleet.git("clean", "-qfdx")
    fleet.write({path.replace("tenants/", f"{folder}/in/"): text for path, text in tenant("fir").items()})
    written(fleet, folder, output)


def written(history: History, folder: str, output: Path) -> Path:
    """Some output after a render of what changed for it, which is that after a whole render."""
    earlier = shutil.copytree(output, history.root.with_name("earlier"))
    whole = run_in(history.root, "render", folder, "--output-dir", output)
    expected = contents(output)
    shutil.rmtree(output)
    earlier.rename(output)
    answer = run_in(history.root, "render", folder, "--output-dir", output, *SINCE)
    assert answer.returncode == whole.returncode
    assert contents(output) == expected
    return output


def test_a_run_that_is_gone_is_none_of_other_paths(fleet: History) -> None:
    """Beside the output of these paths may be that of others, under the name that the run would have."""
    fleet.commit({path.replace("tenants/", "others/"): text for path, text in tenant("elm").items()})
    assert run_in(fleet.root, "render", "others", "--output-dir", "rendered/others").returncode == 0
    fleet.commit_all()
    shutil.rmtree(fleet.root / "tenants/birch")
    before = contents(fleet.root / "rendered")
    answer = run_in(fleet.root, "render", "others", "--output-dir", "rendered/others", *SINCE)
    assert "is gone" not in answer.stderr
    assert contents(fleet.root / "rendered") == before


def test_the_folder_of_output_may_be_a_link(fleet: History) -> None:
    """Git has the changed output under another name."""
    (fleet.root / "rendered").rename(fleet.root / ".elsewhere")
    (fleet.root / "rendered").symlink_to(".elsewhere")
    fleet.commit_all()
    next((fleet.root / ".elsewhere/tenants/acme").rglob("*redis*")).unlink()
    assert runs_of(assert_same(fleet)) == 1


def test_what_is_not_checked_out_is_compared_as_it_is_staged(fleet: History) -> None:
    """Of a sparse checkout, check and plan read what is staged, and so does what asks for what changed."""
    fleet.commit({"tenants/birch/declared/cache.yaml": redis("tenant-birch", "Wrong")})
    for path in ("tenants/birch/compute-plane.yaml", "tenants/birch/declared/cache.yaml"):
        fleet.git("update-index", "--skip-worktree", path)
    shutil.rmtree(fleet.root / "tenants/birch")
    for more in ((), ("--changed-since", "HEAD~1")):
        answer = fleet.check("--against", "HEAD~1", *more)
        assert (answer.returncode, "invalid-name" in answer.stdout) == (1, True)


def test_a_removed_run_is_gone_whatever_git_was_told(fleet: History) -> None:
    """Files that Git takes for unchanged are removed like others."""
    for path in ("tenants/birch/compute-plane.yaml", "tenants/birch/declared/cache.yaml"):
        fleet.git("update-index", "--assume-unchanged", path)
    shutil.rmtree(fleet.root / "tenants/birch")
    assert_checked(fleet)
    assert "its run is gone" in assert_same(fleet).stderr


def test_what_is_staged_may_be_a_side(fleet: History) -> None:
    """Then all is compared, and it is said: there is no commit of it."""
    fleet.write({"tenants/acme/declared/more.yaml": redis("tenant-acme", "more")})
    for sides in (("--from", "INDEX"), ("--from", "WORKTREE", "--to", "HEAD")):
        part, whole = fleet.plan(*sides, *SINCE), fleet.plan(*sides)
        assert (part.returncode, part.stdout) == (0, whole.stdout)
        assert f"because {sides[1]} is no commit" in part.stderr


RELEASE = (
    "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: redis-old, namespace: tenant-acme}\n"
    "spec:\n  interval: 5m\n  chartRef:\n"
    "    {kind: ExternalArtifact, name: cozystack-redis-application-default-redis, namespace: cozy-system}\n"
)


@pytest.mark.parametrize(
    "there",
    [
        {"legacy/old.yaml": RELEASE},
        {
            "legacy/old.yaml": RELEASE.replace(", namespace: tenant-acme", ""),
            "legacy/kustomization.yaml": "namespace: tenant-acme\nresources: [old.yaml]\n",
        },
    ],
)
def test_what_is_taken_over_from_flux_is_found(fleet: History, there: dict[str, str]) -> None:
    """A release that did not change, and is in no run: a declaration of the changed run would have Flux prune it."""
    fleet.commit(there)
    fleet.write({"tenants/acme/declared/old.yaml": redis("tenant-acme", "old")})
    assert_checked(fleet)
    answer = fleet.check("--against", "HEAD", *SINCE)
    assert (answer.returncode, answer.stdout.count("adoption-unprepared")) == (1, 1)


@pytest.mark.parametrize("written", ['"tenant\\x2ddogwood"', '"tenant-\\\n    dogwood"'])
def test_a_namespace_that_is_written_with_an_escape_is_found(fleet: History, written: str) -> None:
    """No search for its name finds it, so files with escapes are read."""
    fleet.commit({"tenants/birch/compute-plane.yaml": plane(f"{{namespaces: [{written}]}}", "tenant-birch", "birch")})
    fleet.write(tenant("dogwood"))
    assert_checked(fleet)
    assert "namespace-claimed-twice" in fleet.check(*SINCE).stdout


def test_what_flux_does_with_a_run_has_changed(fleet: History) -> None:
    """Only its Kustomization did: what is said of the run is what a whole check says."""
    accounts = PLATFORM.replace("scope: platform", "scope: platform, platform: {tenantServiceAccounts: tenant}")
    flux = {
        f"flux/{name}.yaml": FLUX.format(name).replace("spec: {", "spec: {serviceAccountName: t, ") for name in NAMES
    }
    paths = {"flux/platform.yaml": FLUX.format("platform").replace("tenants/", "")}
    fleet.commit({"platform/plane.yaml": accounts, **flux, **paths})
    for text in (FLUX.format("acme"), FLUX.format("acme").replace("spec: {", "spec: {suspend: true, "), None):
        fleet.write({"flux/acme.yaml": text})
        part, whole = (fleet.check(*more, "--format", "github").stdout for more in (SINCE, ()))
        assert {*part.splitlines()} == {line for line in whole.splitlines() if "applies-no-run" not in line}
        assert part


@pytest.mark.parametrize("against", [(), ("--against", "HEAD")])
def test_a_kustomization_that_applied_a_removed_run_is_told(fleet: History, against: tuple[str, ...]) -> None:
    """Who removes a run need not wait for a whole check to learn it; not before its output is removed, too."""
    shutil.rmtree(fleet.root / "tenants/birch")
    assert "applies-no-run" not in fleet.check(*SINCE, *against).stdout
    shutil.rmtree(fleet.root / "rendered/tenants/birch")
    assert_checked(fleet)
    told = [line for line in fleet.check(*SINCE, *against).stdout.splitlines() if "applies-no-run" in line]
    assert [line.partition(":4:8:")[0] for line in told] == ["warning: flux/birch.yaml"]
    fleet.write({"flux/birch.yaml": None})
    assert "applies-no-run" not in fleet.check(*SINCE, *against).stdout


@pytest.mark.parametrize(
    ("there", "edits"),
    [
        ({"tenants/cedar/role.yaml": ROLE}, {"tenants/acme/role.yaml": ROLE}),
        (
            {"tenants/acme/declared/in/app.yaml": redis("").replace("  namespace: \n", "")},
            {"tenants/acme/declared/in/kustomization.yaml": "resources: [app.yaml]\nnamespace: tenant-cedar\n"},
        ),
    ],
)
def test_an_object_of_two_runs_is_found(fleet: History, there: dict[str, str], edits: dict[str, str]) -> None:
    """Also if it is in no namespace, or in the one that a kustomization sets."""
    fleet.commit(there)
    fleet.write(edits)
    assert_checked(fleet)
    lines = [line for line in fleet.check(*SINCE, "--format", "github").stdout.splitlines() if "declared-twice" in line]
    assert all(any(f"file=tenants/{name}/" in line for line in lines) for name in ("acme", "cedar"))


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


@pytest.mark.parametrize("text", [redis("tenant-acme", "more"), redis("").replace("  namespace: \n", "")])
def test_what_is_declared_in_no_run_is_held_to_who_owns_the_namespace(fleet: History, text: str) -> None:
    """Only a file outside of all runs differs, and its namespace is a run's, or is set to that by a kustomization."""
    fleet.commit({"flux/kustomization.yaml": "namespace: tenant-acme\nresources: [acme.yaml, stray.yaml]\n"})
    fleet.write({"flux/stray.yaml": text})
    assert_checked(fleet)
    assert "error: tenants/acme/" in fleet.check(*SINCE).stdout


def test_the_fleet_around_a_path_is_that_of_all_files(fleet: History) -> None:
    """Also if what differs below the path is in no run: it is planned no more than in a whole plan."""
    fleet.write({"tenants/stray/redis.yaml": redis("tenant-stray", "more")})
    part, whole = (fleet.plan("tenants", *more) for more in (SINCE, ()))
    assert (part.returncode, part.stdout) == (whole.returncode, whole.stdout) == (0, part.stdout)
    assert "no changes" in part.stdout


def test_a_run_without_a_fleet_around_it_may_be_as_it_was(fleet: History) -> None:
    """Then nothing in it is read, and that is no error."""
    (fleet.root / "platform").rename(fleet.root / "tenants/acme/platform")
    fleet.commit_all()
    for arguments in (("tenants/birch",), ("tenants/birch", *SINCE)):
        answer = fleet.plan(*arguments)
        assert (answer.returncode, "no changes" in answer.stdout) == (0, True), answer.stderr


@pytest.mark.parametrize("text", [plane("{}", "tenant-acme", "dogwood"), PLATFORM])
def test_a_misspelt_compute_plane_makes_a_run(fleet: History, text: str) -> None:
    """In a commit, where the folder is not new to Git: what it claims counts, and its own error is told."""
    fleet.commit({"tenants/dogwood/compute-plane.yaml": text.replace("kind: ComputePlane", "kind: Computeplane")})
    part, whole = (fleet.check("--format", "github", *more) for more in (("--changed-since", "HEAD~1"), ()))
    assert part.returncode == whole.returncode == 1
    errors = [{line for line in each.stdout.splitlines() if line.startswith("::error")} for each in (part, whole)]
    assert errors[0] == errors[1]


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
    for since in ((), SINCE):
        answer = fleet.plan("--to", "HEAD", "tenants/acmee", *since)
        assert (answer.returncode, "tenants/acmee is neither in HEAD nor in HEAD" in answer.stderr) == (USAGE, True)
