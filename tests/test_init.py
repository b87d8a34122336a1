"""`krmfn init`: what it writes works as it stands, and it writes over nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from typing import TYPE_CHECKING

import pytest

from krmfn import __version__, yaml
from krmfn.cli.init import write
from krmfn.cli.schema import kinds, text
from krmfn.resourcelist import annotations_of
from krmfn.yaml.annotating import annotate
from tests.history import PACKAGE, History, app, krmfn_in, placed, plane
from tests.test_cli import plant, tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRUNE = "kustomize.toolkit.fluxcd.io/prune"
SCRIPTS = sysconfig.get_path("scripts")
ON_PATH = {**os.environ, "PATH": f"{SCRIPTS}:{os.environ['PATH']}"}
LAST = ("--against", "HEAD~1")
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
    answer = krmfn_in(tmp_path, "init", "fleet")
    assert (answer.returncode, answer.stderr) == (0, "")
    return tmp_path / "fleet"


def names(stream: str | bytes) -> list[str]:
    return sorted(f"{each['kind']} {each['metadata']['name']}" for each in yaml.load_all(stream))


def inside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# The starter repository.


def test_it_says_what_it_wrote_and_what_to_do_next(tmp_path: Path) -> None:
    """Every file is listed; folders are made; scripts can be run; nothing else is there."""
    answer = krmfn_in(tmp_path, "init", "a/fleet")
    *listed, last = answer.stdout.splitlines()
    assert sorted(listed) == sorted(f"a/fleet/{path}" for path in tree(tmp_path / "a/fleet"))
    assert last == f"krmfn init: {len(listed)} files; next, read a/fleet/README.md"
    scripts = {path for path in listed if os.access(tmp_path / path, os.X_OK)}
    assert scripts == {f"a/fleet/{path}" for path in ("render", "platform/krmfn", "tenants/acme/krmfn")}


def test_the_current_folder_is_the_default(tmp_path: Path) -> None:
    """Without DIR it writes here, beside what is no target of its own."""
    plant(tmp_path, {"LICENSE": "theirs"})
    assert krmfn_in(tmp_path, "init").returncode == 0
    assert (tmp_path / "tenants/acme/compute-plane.yaml").is_file()
    assert (tmp_path / "LICENSE").read_text() == "theirs"


def test_what_it_writes_passes_check(starter: Path) -> None:
    """No error, and the warnings are those which its comments say how to answer; each part is a run of its own."""
    answer = krmfn_in(starter, "check")
    assert answer.returncode == 0, answer.stdout
    codes = set(re.findall(r"\[([a-z-]+)\]$", answer.stdout, re.MULTILINE))
    assert codes == {"kubeconfig-exposed", "api-server-address-unknown", "credential-not-literal", "needs-guards"}
    for part in ("tenants/acme", "platform"):
        assert krmfn_in(starter, "check", part).returncode == 0


def test_what_it_writes_renders(starter: Path) -> None:
    """A tenant comes to its releases and fences, the platform to guards and roles."""
    tenant, platform = (krmfn_in(starter, "render", part).stdout for part in ("tenants/acme", "platform"))
    assert names(tenant) == TENANT
    assert {each.split()[0] for each in names(platform)} == {
        "ClusterRole",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    }


def test_the_objects_chart_is_where_the_releases_look_for_it(starter: Path) -> None:
    """The boundary's chart is a folder of the repository, byte for byte krmfn's own, of a source in flux.yaml."""
    releases = yaml.load_all(krmfn_in(starter, "render", "tenants/acme").stdout)
    specs = [each["spec"] for each in releases if each["kind"] == "HelmRelease"]
    (chart,) = (spec["chart"]["spec"] for spec in specs if "chart" in spec)
    copied, own = (
        {path: content for path, (content, *_) in tree(root).items()}
        for root in (starter / chart["chart"], PACKAGE / "catalog/chart")
    )
    assert copied == own
    flux = yaml.load_all((starter / "flux.yaml").read_bytes())
    sources = {(each["kind"], each["metadata"]["name"], each["metadata"]["namespace"]) for each in flux}
    refs = [chart["sourceRef"], *(spec["chartRef"] for spec in specs if "chartRef" in spec)]
    ours = [ref for ref in refs if ref["namespace"] == "flux-system"]
    assert {ref["kind"] for ref in ours} == {"GitRepository", "HelmChart"}
    assert {(ref["kind"], ref["name"], ref["namespace"]) for ref in ours} <= sources


def test_flux_applies_what_the_script_renders(starter: Path) -> None:
    """One run a tenant and one for the platform; Flux's paths are the folders that came of it."""
    done = subprocess.run([starter / "render"], env=ON_PATH, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    flux = yaml.load_all((starter / "flux.yaml").read_bytes())
    paths = {each["spec"]["path"] for each in flux if each["kind"] == "Kustomization"}
    assert paths == {f"./rendered/{folder.name}" for folder in (starter / "rendered").iterdir()}
    assert krmfn_in(starter, "check").returncode == 0
    before = tree(starter)
    subprocess.run([starter / "render"], env=ON_PATH, capture_output=True, check=True)
    assert tree(starter) == before


def test_the_script_fails_where_a_tenant_does(starter: Path) -> None:
    """One tenant's mistake fails the script, and the others are rendered all the same."""
    plant(starter, {"tenants/broken/redis.yaml": app("Rediss", "a")})
    done = subprocess.run([starter / "render"], env=ON_PATH, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "[unknown-kind]" in done.stderr
    assert {folder.name for folder in (starter / "rendered").iterdir()} == {"acme", "platform"}


def test_the_chart_disturbs_no_run(starter: Path) -> None:
    """It is no manifest: ignored by name, and without the ignore file skipped as a chart, and counted."""
    ignored = krmfn_in(starter, "check", ".")
    assert "chart" not in ignored.stderr
    (starter / ".krmignore").unlink()
    walked = krmfn_in(starter, "check", ".")
    assert walked.returncode == 0
    assert "1 charts" in walked.stderr
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
        expected = kind if kind in kinds() else "Application"
        assert (path.parent / found[1]).read_text() == text(expected), path
        named.add(expected)
    assert named == {"ComputePlane", "Kubernetes", "Placement", "Application"}


def test_its_ci_runs_commands_that_pass(starter: Path) -> None:
    """What CI runs passes on the repository as it is first committed, and says when rendered/ was left behind."""
    workflow = yaml.load((starter / ".github/workflows/krmfn.yaml").read_bytes())
    steps = [step["run"] for step in workflow["jobs"]["krmfn"]["steps"] if "run" in step]
    install, *commands = steps
    assert install.endswith(f"@v{__version__}")
    (hook,) = yaml.load((starter / ".pre-commit-config.yaml").read_bytes())["repos"]
    assert hook["rev"] == f"v{__version__}"
    assert {each["id"] for each in hook["hooks"]} == {"krmfn-check"}
    assert [command.split("  #")[0] for command in commands] == commands
    subprocess.run([starter / "render"], env=ON_PATH, capture_output=True, check=True)
    history = History(starter)
    history.commit({})
    history.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert set(_codes(starter, commands)) == {0}
    database = (starter / "tenants/acme/database.yaml").read_text()
    history.commit({"tenants/acme/database.yaml": database.replace("10Gi", "20Gi")})
    assert [*_codes(starter, commands)] == [0, 0, 0, 1]


def _codes(folder: Path, commands: list[str]) -> Iterator[int]:
    for command in commands:
        done = subprocess.run(["sh", "-c", command], cwd=folder, env=ON_PATH, capture_output=True, check=False)
        yield done.returncode


# Nothing is overwritten.


def test_a_file_in_the_way_stops_it_before_anything_is_written(tmp_path: Path) -> None:
    """Every such file is named, broken links and files in place of folders included; what is there stays as it is."""
    plant(tmp_path, {"README.md": "theirs", "platform": "a file", "tenants/acme/database.yaml": ""})
    (tmp_path / "flux.yaml").symlink_to("nowhere")
    before = tree(tmp_path)
    answer = krmfn_in(tmp_path, "init")
    assert (answer.returncode, answer.stdout) == (1, "")
    lines = answer.stderr.splitlines()
    named = [line.split(": ")[1] for line in lines]
    assert named == ["README.md", "flux.yaml", "platform", "tenants/acme/database.yaml"]
    assert all(line.endswith("[file-in-the-way]") for line in lines)
    assert tree(tmp_path) == before
    assert inside(tmp_path) == ["README.md", "flux.yaml", "platform", "tenants"]


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    """Where tenants/ leads elsewhere, nothing is written there."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "fleet").mkdir()
    (tmp_path / "fleet/tenants").symlink_to(tmp_path / "elsewhere")
    answer = krmfn_in(tmp_path, "init", "fleet")
    assert answer.returncode == 1
    assert "fleet/tenants" in answer.stderr
    assert inside(tmp_path / "elsewhere") == []


def test_a_second_run_changes_nothing(starter: Path) -> None:
    """It refuses, and names every file of its own."""
    before = tree(starter)
    answer = krmfn_in(starter, "init")
    assert answer.returncode == 1
    assert len(answer.stderr.splitlines()) == len(before)
    assert tree(starter) == before


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """A folder that cannot be had, or a file, is one line, exit 1, and what was written before is taken back."""
    plant(tmp_path, {"taken": "a file"})
    answer = krmfn_in(tmp_path, "init", "taken/fleet")
    assert answer.returncode == 1
    assert "[cannot-write]" in answer.stderr
    assert inside(tmp_path) == ["taken"]
    too_long = "x" * 300
    (result,) = write(tmp_path / "new", {"a/one": b"1", "b/c/two": b"2", too_long: b"3"})
    assert result.code == "cannot-write"
    assert too_long in str(result)
    assert inside(tmp_path) == ["taken"]


# Adoption.


def test_an_adoption_that_it_prepared_passes(tmp_path: Path) -> None:
    """Unprepared it is refused; after init --adopt and its two commits it passes, and a second run changes nothing."""
    history = History(tmp_path)
    history.commit(
        {
            "apps/main.yaml": "# ours\n" + app("Postgres", "main") + "---\n" + app("Redis", "cache", marks="{team: a}"),
            "apps/lab.yaml": app("Kubernetes", "lab"),
            "apps/done.yaml": app("Redis", "done", marks=f'{{{PRUNE}: "disabled"}}'),
            "apps/other.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: theirs}\n",
        }
    )
    history.write({"plane.yaml": plane("{}")})
    refused = history.check("--against", "HEAD")
    assert refused.returncode == 1
    assert refused.stdout.count("[adoption-unprepared]") == 3
    early = krmfn_in(tmp_path, "init", "--adopt")
    assert "move the ComputePlane away, and run this again" in early.stdout
    assert history.git("diff", "--stat") == ""
    history.write({"plane.yaml": None})
    answer = krmfn_in(tmp_path, "init", "--adopt")
    assert (answer.returncode, answer.stderr) == (0, "")
    *first, said = answer.stdout.partition("Next")[0].splitlines()
    assert sorted(first) == [
        "apps/lab.yaml: Kubernetes tenant-acme/lab",
        "apps/main.yaml: Postgres tenant-acme/main",
        "apps/main.yaml: Redis tenant-acme/cache",
    ]
    assert "of 4 applications that Flux applies as they stand, 3 annotated now, 1 before; 0 are" in said
    assert "1. Commit this and nothing else" in answer.stdout
    assert history.git("diff", "--stat").count("|") == 2
    before = tree(tmp_path / "apps")
    again = krmfn_in(tmp_path, "init", "--adopt", ".")
    assert again.returncode == 0
    assert "0 annotated now, 4 before" in again.stdout
    assert tree(tmp_path / "apps") == before
    history.commit({})
    assert history.check(*LAST).returncode == 0
    history.commit({"plane.yaml": plane("{}")})
    passed = history.check(*LAST)
    assert passed.returncode == 0, passed.stdout
    # Declarations are nobody's to adopt.
    after = krmfn_in(tmp_path, "init", "--adopt")
    assert "of 0 applications" in after.stdout
    assert "4 are krmfn's declarations" in after.stdout


def test_declarations_are_not_annotated(tmp_path: Path) -> None:
    """Where krmfn is at work already, Flux applies no application as it stands."""
    files = {
        "a.yaml": app("JupyterHub", "a"),
        "b.yaml": placed("JupyterHub", "a", "lab"),
        "c.yaml": app("Kubernetes", "lab"),
    }
    before = tree(plant(tmp_path, files))
    answer = krmfn_in(tmp_path, "init", "--adopt")
    assert answer.returncode == 0
    assert tree(tmp_path) == before


def test_what_cannot_be_edited_is_said_and_left_alone(tmp_path: Path) -> None:
    """Annotations that others share stay as they are; the rest is prepared, and the exit code says it is not done."""
    shared = "shared: &a {team: x}\n" + app("Redis", "a", marks="*a")
    plant(tmp_path, {"a.yaml": shared, "b.yaml": app("Redis", "b")})
    answer = krmfn_in(tmp_path, "init", "--adopt")
    assert answer.returncode == 1
    assert f'add {PRUNE}: "disabled" to its metadata.annotations by hand' in answer.stderr
    assert answer.stderr.count("[adopt-by-hand]") == 1
    assert "Next" not in answer.stdout
    assert (tmp_path / "a.yaml").read_text() == shared
    assert PRUNE in (tmp_path / "b.yaml").read_text()


def test_a_file_that_cannot_be_read_stops_it(tmp_path: Path) -> None:
    """It may say that krmfn is at work here, so nothing is annotated."""
    before = tree(plant(tmp_path, {"a.yaml": app("Redis", "a"), "b.yaml": "apiVersion: krmfn.dev/v1alpha1\n\tkind: x"}))
    answer = krmfn_in(tmp_path, "init", "--adopt")
    assert answer.returncode == 1
    assert "[unreadable-file]" in answer.stderr
    assert tree(tmp_path) == before


def test_a_folder_to_adopt_must_be_there(tmp_path: Path) -> None:
    """A wrong path is a usage error, not a folder without applications."""
    answer = krmfn_in(tmp_path, "init", "--adopt", "nowhere")
    assert answer.returncode == 2
    assert inside(tmp_path) == []


HEAD = "apiVersion: apps.cozystack.io/v1alpha1\nkind: Redis\n"
LAYOUTS = {
    "block": (
        HEAD + "metadata:\n  name: a  # mine\n  labels: {x: y}\nspec: {}\n",
        HEAD + 'metadata:\n  name: a  # mine\n  annotations:\n    P: "disabled"\n  labels: {x: y}\nspec: {}\n',
    ),
    "after the namespace": (
        HEAD + "metadata:\n    name: a\n    namespace: b\n\n# end\nspec: {}\n",
        HEAD + 'metadata:\n    name: a\n    namespace: b\n    annotations:\n      P: "disabled"\n\n# end\nspec: {}\n',
    ),
    "annotations in a block": (
        HEAD + "metadata:\n  annotations:\n    # why\n    team: x\n  name: a\n",
        HEAD + 'metadata:\n  annotations:\n    # why\n    P: "disabled"\n    team: x\n  name: a\n',
    ),
    "annotations in a flow": (
        HEAD + "metadata: {name: a, annotations: { team: x }}\n",
        HEAD + 'metadata: {name: a, annotations: {P: "disabled",  team: x }}\n',
    ),
    "empty annotations": (
        HEAD + "metadata: {name: a, annotations: {}}\n",
        HEAD + 'metadata: {name: a, annotations: {P: "disabled"}}\n',
    ),
    "annotations of nothing": (
        HEAD + "metadata:\n  annotations:\n  name: a\n",
        HEAD + 'metadata:\n  annotations: {P: "disabled"}\n  name: a\n',
    ),
    "annotations of null": (
        HEAD + "metadata:\n  annotations: null  # none\n  name: a\n",
        HEAD + 'metadata:\n  annotations: {P: "disabled"}  # none\n  name: a\n',
    ),
    "another value": (
        HEAD + "metadata:\n  name: a\n  annotations:\n    P: enabled  # for now\n",
        HEAD + 'metadata:\n  name: a\n  annotations:\n    P: "disabled"  # for now\n',
    ),
    "flow": (
        HEAD + "metadata: {name: a, namespace: b, }\n",
        HEAD + 'metadata: {name: a, namespace: b, annotations: {P: "disabled"}, }\n',
    ),
    "a name over two lines": (
        HEAD + 'metadata:\n  name: "a\\\n    b" # mine\n',
        HEAD + 'metadata:\n  name: "a\\\n    b" # mine\n  annotations:\n    P: "disabled"\n',
    ),
    "no line end": (
        HEAD + "metadata:\n  name: a",
        HEAD + 'metadata:\n  annotations:\n    P: "disabled"\n  name: a',
    ),
    "line ends of Windows": (
        (HEAD + "metadata:\n  name: a\nspec: {}\n").replace("\n", "\r\n"),
        (HEAD + 'metadata:\n  name: a\n  annotations:\n    P: "disabled"\nspec: {}\n').replace("\n", "\r\n"),
    ),
    "JSON": (
        '{"apiVersion": "x/v1", "kind": "Redis",\n  "metadata": {"name": "a"}}',
        '{"apiVersion": "x/v1", "kind": "Redis",\n  "metadata": {"name": "a", "annotations": {"P": "disabled"}}}',
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_are_kept(layout: str) -> None:
    """The annotation is put where it belongs, and every other character stays."""
    given, expected = LAYOUTS[layout]
    made = annotate(given, [0], "P", "disabled")
    assert made == expected
    assert annotations_of(yaml.load(made))["P"] == "disabled"


def test_only_the_objects_meant_are_annotated() -> None:
    """Objects are counted through documents and Lists, and those beside them stay."""
    one = HEAD + "metadata: {name: a}\n"
    inner = one.replace("\n", "\n  ").rstrip()
    many = f"apiVersion: v1\nkind: List\nitems:\n- {inner}\n- {{apiVersion: v1, kind: Secret}}\n"
    made = annotate(f"{one}---\n{many}---\n---\n# last\n{one}", [1, 3], "P", "disabled")
    first, listed, last = yaml.load_all(made)
    assert annotations_of(first) == {}
    assert annotations_of(listed["items"][0]) == {"P": "disabled"} == annotations_of(last)
    assert listed["items"][1] == {"apiVersion": "v1", "kind": "Secret"}
    assert "# last" in made


@pytest.mark.parametrize(
    "given",
    [
        "x: &b {annotations: {team: x}, name: a}\n" + HEAD + "metadata:\n  <<: *b\n  namespace: c\n",
        "x: &b {team: x}\n" + HEAD + "metadata: {name: a, annotations: *b}\n",
        "base: &b\n  metadata: {name: a}\n" + HEAD + "<<: *b\n",
        HEAD + "metadata: {name: a, annotations: [x]}\n",
    ],
)
def test_an_edit_that_would_change_more_is_not_made(given: str) -> None:
    """Merged or shared mappings, and annotations that are none, are for the user to edit."""
    assert annotate(given, [0], "P", "disabled") == ""


def test_a_file_keeps_its_mode_and_its_byte_order_mark(tmp_path: Path) -> None:
    """An edited file is the same file to everyone but its reader."""
    plant(tmp_path, {"real/a.yaml": "\ufeff" + app("Redis", "a")})
    (tmp_path / "real/a.yaml").chmod(0o640)
    (tmp_path / "a.yaml").symlink_to("real/a.yaml")
    assert krmfn_in(tmp_path, "init", "--adopt").returncode == 0
    content = (tmp_path / "real/a.yaml").read_text()
    assert content.startswith("\ufeffapiVersion")
    assert PRUNE in content
    assert (tmp_path / "real/a.yaml").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "a.yaml").is_symlink()


def test_the_readme_of_the_starter_names_what_is_there(starter: Path) -> None:
    """Its paths exist, but for what is rendered."""
    named = re.findall(r"`([a-z./-]+[/.][a-z.-]*)`", (starter / "README.md").read_text())
    assert named
    assert all((starter / path).exists() for path in named if not path.startswith("rendered"))


def test_an_adoption_is_not_placed_at_once(tmp_path: Path) -> None:
    """Taken over and placed in one commit it would run twice (tests/engine/test_adoption.py); in two it moves."""
    history = History(tmp_path)
    marks = f'{{{PRUNE}: "disabled"}}'
    history.commit({"bus.yaml": app("Redis", "bus", marks=marks), "lab.yaml": app("Kubernetes", "lab", marks=marks)})
    history.write({"plane.yaml": plane("{}"), "placement.yaml": placed("Redis", "bus", "lab")})
    refused = history.check("--against", "HEAD")
    assert refused.returncode == 1
    assert refused.stdout.count("[adoption-placed]") == 1
    assert "Redis tenant-acme/bus metadata.name: Flux applies this as it stands" in refused.stdout
    history.write({"placement.yaml": None})
    history.commit({})
    assert history.check("--against", "HEAD~1").returncode == 0
    history.write({"placement.yaml": placed("Redis", "bus", "lab")})
    moved = history.check("--against", "HEAD")
    assert (moved.returncode, "[will-move]" in moved.stdout) == (0, True)
