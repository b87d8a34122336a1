"""`krmfn init`: what it writes works as it stands, and it writes over nothing."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import __version__, yaml
from krmfn.cli.init.newfiles import write
from krmfn.cli.schema.declarations import text
from tests.command_line import PACKAGE, run_in
from tests.folders import contents, inside, plant, tree

if TYPE_CHECKING:
    from pathlib import Path


TENANT = [
    "CiliumNetworkPolicy kubernetes-playground-egress",
    "ConfigMap kubernetes-playground-admission",
    "HelmRelease jupyterhub-notebooks-on-playground",
    "HelmRelease kubernetes-playground",
    "HelmRelease kubernetes-playground-boundary",
    "HelmRelease postgres-main",
]


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    answer = run_in(tmp_path, "init", "fleet")
    assert (answer.returncode, answer.stderr) == (0, "")
    return tmp_path / "fleet"


@pytest.fixture(params=[(), ("--plain-flux",)], ids=["cozystack", "plain-flux"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Each starter."""
    answer = run_in(tmp_path, "init", "fleet", *request.param)
    assert (answer.returncode, answer.stderr) == (0, "")
    return tmp_path / "fleet"


def test_it_says_what_it_wrote_and_what_to_do_next(tmp_path: Path) -> None:
    """A line for each folder names its files, or counts those that nobody edits; scripts can be run."""
    answer = run_in(tmp_path, "init", "a/fleet")
    *listed, last = answer.stdout.splitlines()
    told: dict[str, int] = {}
    for line in listed:
        folder, _, names = line.partition("/: ")
        counted = re.fullmatch(r"(\d+) files", names)
        found = [path for path in tree(tmp_path) if path.startswith(f"{folder}/")]
        told |= {folder: int(counted[1])} if counted else {f"{folder}/{name}": 1 for name in names.split(", ")}
        assert not counted or int(counted[1]) == len(found)
    written = tree(tmp_path / "a/fleet")
    assert {path for path, number in told.items() if number == 1} == {
        f"a/fleet/{path}" for path in written if not path.startswith(("schemas/", "charts/"))
    }
    assert len(listed) < 15
    assert sum(told.values()) == len(written)
    assert last == f"krmfn init: {len(written)} files written; next, read a/fleet/README.md"
    scripts = {path for path in written if os.access(tmp_path / "a/fleet" / path, os.X_OK)}
    assert scripts == {"platform/krmfn"}


def test_the_current_folder_is_the_default(tmp_path: Path) -> None:
    """Without DIR it writes here, beside what is no target of its own."""
    plant(tmp_path, {"LICENSE": "theirs"})
    assert run_in(tmp_path, "init").returncode == 0
    assert (tmp_path / "tenants/acme/compute-plane.yaml").is_file()
    assert (tmp_path / "LICENSE").read_text() == "theirs"


def test_what_it_writes_passes_check(starter: Path) -> None:
    """A fresh starter prints one line; what it accepts for a first try is what its README says to look at."""
    answer = run_in(starter, "check")
    assert (answer.returncode, answer.stdout) == (0, "")
    assert answer.stderr == "krmfn check: 0 errors, 0 warnings, 1 info, 3 accepted in 2 runs\n"
    told = run_in(starter, "check", "--verbose").stdout
    assert set(re.findall(r"\[([a-z-]+)\]", told)) == {
        "kubeconfig-exposed",
        "node-consoles-open",
        "api-server-address-unknown",
        "values-unchecked",
    }
    for part in ("tenants/acme", "platform"):
        assert run_in(starter, "check", part).returncode == 0


def test_the_guards_are_advice_only_where_the_platform_is_elsewhere(starter: Path) -> None:
    """The repository has the platform's run; a run of the tenant alone does not see it."""
    assert "[needs-guards]" not in run_in(starter, "check", "--verbose").stdout
    assert "[needs-guards]" in run_in(starter, "check", "--verbose", "tenants/acme").stdout


def test_what_it_writes_renders(starter: Path) -> None:
    """A tenant comes to its releases and fences, the platform to guards and roles; tests/hosts has kustomize do it."""
    tenant, platform = (run_in(starter, "render", part).stdout for part in ("tenants/acme", "platform"))
    assert contents(tenant) == TENANT
    assert {each.split()[0] for each in contents(platform)} == {
        "ClusterRole",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    }


RENDER = ("render", "--output-dir", "rendered", "--generated-only")


def test_flux_applies_what_is_rendered(starter: Path) -> None:
    """A folder for each run, and Flux's paths are these folders; what is rendered is not read again."""
    done = run_in(starter, *RENDER)
    assert done.returncode == 0, done.stderr
    paths = {each["spec"]["path"] for each in in_flux(starter) if each["kind"] == "Kustomization"}
    lists = (path.parent for path in (starter / "rendered").rglob("kustomization.yaml"))
    assert paths == {f"./{folder.relative_to(starter).as_posix()}" for folder in lists}
    acme = starter / "rendered/tenants/acme"
    listed = yaml.load((acme / "kustomization.yaml").read_bytes())["resources"]
    assert sorted(name for path in listed for name in contents((acme / path).read_bytes())) == TENANT
    assert run_in(starter, "check").returncode == 0
    before = tree(starter)
    assert run_in(starter, *RENDER).returncode == 0
    assert tree(starter) == before


def in_flux(starter: Path) -> list[dict[str, Any]]:
    """What Flux is told once."""
    return [each for path in sorted((starter / "flux").iterdir()) for each in yaml.load_all(path.read_bytes())]


def test_the_objects_chart_is_where_the_releases_look_for_it(either: Path) -> None:
    """The boundary's chart is a folder of the repository, byte for byte krmfn's own, of a source in flux/."""
    releases = yaml.load_all(run_in(either, "render", "tenants/acme").stdout)
    specs = [each["spec"] for each in releases if each["kind"] == "HelmRelease"]
    (chart,) = (spec["chart"]["spec"] for spec in specs if "chart" in spec)
    copied, own = (
        {path: content for path, (content, *_) in tree(root).items()}
        for root in (either / chart["chart"], PACKAGE / "catalog/chart")
    )
    assert copied == own
    sources = {(each["kind"], each["metadata"]["name"], each["metadata"]["namespace"]) for each in in_flux(either)}
    refs = [chart["sourceRef"], *(spec["chartRef"] for spec in specs if "chartRef" in spec)]
    ours = [ref for ref in refs if ref["namespace"] == "flux-system"]
    assert {ref["kind"] for ref in ours} == {"GitRepository", "HelmChart"}
    assert {(ref["kind"], ref["name"], ref["namespace"]) for ref in ours} <= sources


def test_what_else_a_tenant_has_in_its_folder_is_not_applied(starter: Path) -> None:
    """The tenant's account could not write a Service, and Flux would then apply nothing of the tenant."""
    theirs = "apiVersion: v1\nkind: Service\nmetadata: {name: theirs, namespace: tenant-acme}\nspec: {}\n"
    plant(starter, {"tenants/acme/declared/theirs.yaml": theirs})
    assert run_in(starter, *RENDER).returncode == 0
    assert not [path for path in tree(starter / "rendered") if "theirs" in path]


def test_the_chart_disturbs_no_run(either: Path) -> None:
    """It is no manifest: ignored by name, and without the ignore file skipped as a chart, and counted."""
    ignored = run_in(either, "check", "--verbose", ".")
    assert "chart" not in ignored.stderr
    (either / ".krmignore").unlink()
    walked = run_in(either, "check", "--verbose", ".")
    assert walked.returncode == 0
    assert "1 chart" in walked.stderr
    assert ignored.stdout == walked.stdout


def test_schema_lines_lead_to_the_schema_of_the_kind(starter: Path) -> None:
    """Every declaration names its schema by a path in the repository, and the schema is the one krmfn prints."""
    named = set()
    for path in (*(starter / "tenants").rglob("*.yaml"), *(starter / "platform").rglob("*.yaml")):
        first, _, rest = path.read_text().partition("\n")
        kind = yaml.load(rest)["kind"]
        if kind == "Kustomization":
            continue
        found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
        assert found, path
        expected = kind
        assert (path.parent / found[1]).read_text() == text(expected), path
        named.add(expected)
    assert named == {"ComputePlane", "Kubernetes", "Placement", "Postgres", "JupyterHub"}


def test_its_ci_and_its_hook_are_of_this_version(starter: Path) -> None:
    """This repository's action and hook, at the version that wrote the starter; tests/test_action.py runs it."""
    workflow = yaml.load((starter / ".github/workflows/krmfn.yaml").read_bytes())
    checkout, action = workflow["jobs"]["krmfn"]["steps"]
    assert checkout["with"] == {"fetch-depth": 0}
    assert action["uses"] == f"krmfn/krmfn@v{__version__}"
    (hook,) = yaml.load((starter / ".pre-commit-config.yaml").read_bytes())["repos"]
    assert hook["rev"] == f"v{__version__}"
    assert {each["id"] for each in hook["hooks"]} == {"krmfn-check"}


def test_what_is_there_stays_and_is_said(tmp_path: Path) -> None:
    """In a repository that has files it adds what is missing; links are files of the user's as well."""
    plant(tmp_path, {"README.md": "theirs", "tenants/acme/declared/database.yaml": "", "apps/web.yaml": "a: b\n"})
    (tmp_path / ".krmignore").symlink_to("nowhere")
    before = tree(tmp_path)
    answer = run_in(tmp_path, "init")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert [line for line in answer.stdout.splitlines()[:-1] if " stay" in line] == [
        ".krmignore, README.md stay as they are",
        "tenants/acme/declared/: database.yaml stays as it is",
    ]
    # The README that has the next steps was not written, so the page that has them is named.
    last = answer.stdout.splitlines()[-1]
    assert re.fullmatch(r"krmfn init: \d+ files written, 3 stay; next, read \S+/docs/existing-repository.md", last)
    assert {path: tree(tmp_path)[path] for path in before} == before
    assert (tmp_path / ".krmignore").is_symlink()
    assert (tmp_path / "platform/compute-plane.yaml").exists()


def test_a_file_in_place_of_a_folder_stops_it_before_anything_is_written(tmp_path: Path) -> None:
    """Where a folder must be there is a file: it is named, and nothing is written."""
    plant(tmp_path, {"platform": "a file", "tenants/acme": "another"})
    answer = run_in(tmp_path, "init")
    assert (answer.returncode, answer.stdout) == (1, "")
    lines = answer.stderr.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["platform", "tenants/acme"]
    assert all(line.endswith("[file-in-the-way]") for line in lines)
    assert inside(tmp_path) == ["platform", "tenants"]


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    """Where tenants/ leads elsewhere, nothing is written there."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "fleet").mkdir()
    (tmp_path / "fleet/tenants").symlink_to(tmp_path / "elsewhere")
    answer = run_in(tmp_path, "init", "fleet")
    assert answer.returncode == 1
    assert "fleet/tenants" in answer.stderr
    assert inside(tmp_path / "elsewhere") == []


def test_a_second_run_changes_nothing(starter: Path) -> None:
    """All of its own files stay, and it says so."""
    before = tree(starter)
    answer = run_in(starter, "init")
    assert answer.returncode == 0
    *_, last = answer.stdout.splitlines()
    assert last == f"krmfn init: nothing is missing, and all {len(before)} files stay as they are; next, krmfn check"
    assert tree(starter) == before


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """A folder that cannot be had, or a file, is one line, exit 1, and what was written before is taken back."""
    plant(tmp_path, {"taken": "a file"})
    answer = run_in(tmp_path, "init", "taken/fleet")
    assert answer.returncode == 1
    assert "[cannot-write]" in answer.stderr
    assert inside(tmp_path) == ["taken"]
    too_long = "x" * 300
    (result,) = write(tmp_path / "new", {"a/one": b"1", "b/c/two": b"2", too_long: b"3"})
    assert result.code == "cannot-write"
    assert too_long in str(result)
    assert inside(tmp_path) == ["taken"]


def test_the_readme_of_the_starter_names_what_is_there(either: Path) -> None:
    """Its paths exist, but for what is rendered."""
    named = re.findall(r"`([a-z./-]+[/.][a-z.-]*)`", (either / "README.md").read_text())
    assert named
    assert all((either / path).exists() for path in named if not path.startswith("rendered"))
