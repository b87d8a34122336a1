"""`krmfn render` over a folder of several runs: each has a folder of its own, and one that is gone is emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from krmfn.files import STAGING
from tests.command_line import run_in
from tests.declarations import redis
from tests.folders import contents, objects, plant, tree

if TYPE_CHECKING:
    from pathlib import Path

RENDER = ("render", "--output-dir", "rendered")
PLANE = (
    "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {{name: {0}, namespace: tenant-{0}}}\nspec: {{}}\n"
)
FLUX = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: fleet, namespace: flux-system}\n"
NAMES = ("acme", "birch", "cedar")
FILE = "tenant-{0}/helmrelease-redis-cache.yaml"


def tenant(name: str) -> dict[str, str]:
    return {
        f"tenants/{name}/compute-plane.yaml": PLANE.format(name),
        f"tenants/{name}/declared/cache.yaml": redis(f"tenant-{name}"),
    }


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Three tenants, rendered once."""
    files = {path: text for name in NAMES for path, text in tenant(name).items()}
    plant(tmp_path, {**files, "flux.yaml": FLUX, ".krmignore": "rendered/\n"})
    answer = run_in(tmp_path, *RENDER)
    assert answer.returncode == 0, answer.stderr
    return tmp_path


def test_each_run_has_a_folder_of_its_own(fleet: Path) -> None:
    """Named like the run's, with a kustomization of its own; what is in no run's folder is left out, and counted."""
    folders = [f"tenants/{name}" for name in NAMES]
    expected = [f"{folder}/{file}" for folder in folders for file in ("kustomization.yaml", FILE.format(folder[8:]))]
    assert sorted(tree(fleet / "rendered")) == sorted(expected)
    listed = yaml.load((fleet / "rendered/tenants/acme/kustomization.yaml").read_bytes())["resources"]
    assert listed == [FILE.format("acme")]
    before = tree(fleet / "rendered")
    # What an interrupted run of one tenant alone has left goes as well.
    plant(fleet, {f"rendered/tenants/acme/{STAGING}/0": "half"})
    again = run_in(fleet, *RENDER)
    assert "left out 1 objects that are in the folder of no run" in again.stderr
    assert tree(fleet / "rendered") == before
    assert run_in(fleet / "tenants", "render", "--output-dir", "../other").returncode == 0
    assert sorted({path.split("/")[0] for path in tree(fleet / "other")}) == list(NAMES)


def test_on_stdout_it_is_one_stream(fleet: Path) -> None:
    """Run after run; and the same objects as each run alone."""
    whole = run_in(fleet, "render")
    assert objects(whole.stdout) == [f"tenant-{name}/redis-cache" for name in NAMES]
    parts = [run_in(fleet, "render", f"tenants/{name}").stdout for name in NAMES]
    assert yaml.load_all(whole.stdout) == [each for part in parts for each in yaml.load_all(part)]


def test_the_folder_of_a_run_that_is_gone_is_emptied(fleet: Path) -> None:
    """And said, with what to do in Flux; a file of the user's stays, and so do the folders of others."""
    theirs = ["NOTES.md", "tenant-birch/configmap-theirs.yaml"]
    plant(fleet, {f"rendered/tenants/birch/{path}": "theirs: x\n" for path in theirs})
    plant(fleet, {"rendered/mine/kustomization.yaml": "resources: []\n"})
    for path in (*(fleet / "tenants/cedar").rglob("*.yaml"), *(fleet / "tenants/birch").rglob("*.yaml")):
        path.unlink()
    before = tree(fleet / "rendered/tenants/acme")
    plant(fleet, tenant("dogwood"))
    verified = run_in(fleet, *RENDER, "--verify")
    assert verified.returncode == 1
    assert "error: rendered/tenants/birch: is stale: its run is gone" in verified.stderr
    answer = run_in(fleet, *RENDER)
    assert answer.returncode == 0, answer.stderr
    for name in ("birch", "cedar"):
        assert f"info: rendered/tenants/{name}: its run is gone, and its 2 files are removed" in answer.stderr
    assert sorted(tree(fleet / "rendered/tenants/birch")) == theirs
    assert not (fleet / "rendered/tenants/cedar").exists()
    assert (fleet / "rendered/mine/kustomization.yaml").exists()
    assert tree(fleet / "rendered/tenants/acme") == before
    assert run_in(fleet, *RENDER, "--verify").returncode == 0


def test_the_last_run_of_a_fleet_stays_in_its_folder(fleet: Path) -> None:
    """A fleet that shrinks to one run is written as a fleet all the same: Flux's paths stay."""
    for name in ("birch", "cedar"):
        for path in (fleet / "tenants" / name).rglob("*.yaml"):
            path.unlink()
    assert run_in(fleet, *RENDER).returncode == 0
    assert sorted(tree(fleet / "rendered")) == ACME


ACME = ["tenants/acme/kustomization.yaml", f"tenants/acme/{FILE.format('acme')}"]


@pytest.mark.parametrize("path", ["tenants", "tenants/acme"])
def test_a_wrong_path_empties_nothing(fleet: Path, path: str) -> None:
    """Where none of the runs is one that was written there, it is the path that is wrong."""
    before = tree(fleet / "rendered")
    answer = run_in(fleet, "render", path, "--output-dir", "rendered")
    assert answer.returncode == 1
    assert "[nothing-rendered]" in answer.stderr
    assert tree(fleet / "rendered") == before


def test_a_second_tenant_beside_one_that_was_written_flat(tmp_path: Path) -> None:
    """The one run's files would stay where Flux looks for all: it is refused until they are elsewhere."""
    plant(tmp_path, tenant("acme"))
    assert run_in(tmp_path, *RENDER).returncode == 0
    assert "kustomization.yaml" in tree(tmp_path / "rendered")
    plant(tmp_path, tenant("birch"))
    answer = run_in(tmp_path, *RENDER)
    assert (answer.returncode, "[nothing-rendered]" in answer.stderr) == (1, True)


def test_one_mistake_writes_nothing_anywhere(fleet: Path) -> None:
    """An error in one run stops all (R2); with --keep-going the others are written, and the exit code is still 1."""
    plant(
        fleet,
        {
            "tenants/acme/declared/cache.yaml": redis("tenant-acme", "Wrong"),
            "tenants/birch/declared/more.yaml": redis("tenant-birch", "more"),
        },
    )
    before = tree(fleet / "rendered")
    for arguments in (RENDER, (*RENDER, "--verify"), ("render",)):
        answer = run_in(fleet, *arguments)
        assert (answer.returncode, answer.stdout) == (1, "")
        assert tree(fleet / "rendered") == before
    going = run_in(fleet, *RENDER, "--keep-going")
    assert going.returncode == 1
    after = tree(fleet / "rendered")
    assert after.keys() - before.keys() == {"tenants/birch/tenant-birch/helmrelease-redis-more.yaml"}
    assert before.keys() <= after.keys()


def test_verify_names_files_over_all_runs(fleet: Path) -> None:
    """Every run's differences, with their paths below the output folder."""
    plant(fleet, {"tenants/birch/declared/more.yaml": redis("tenant-birch", "more")})
    plant(fleet, {f"rendered/tenants/cedar/{FILE.format('cedar')}": "kind: Changed\n"})
    (fleet / "rendered/tenants/cedar" / FILE.format("cedar")).unlink()
    answer = run_in(fleet, *RENDER, "--verify")
    assert answer.returncode == 1
    named = [line.split(": ")[1] for line in answer.stderr.splitlines() if "[output-differs]" in line]
    assert named == [
        "rendered/tenants/birch/kustomization.yaml",
        "rendered/tenants/birch/tenant-birch/helmrelease-redis-more.yaml",
        f"rendered/tenants/cedar/{FILE.format('cedar')}",
    ]


def test_a_run_has_its_own_other_objects(fleet: Path) -> None:
    """They go into its folder, and into that of no other run."""
    settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: tenant-birch}\n"
    plant(fleet, {"tenants/birch/declared/settings.yaml": settings})
    assert run_in(fleet, *RENDER).returncode == 0
    written = [path for path in tree(fleet / "rendered") if "configmap" in path]
    assert written == ["tenants/birch/tenant-birch/configmap-settings.yaml"]
    assert contents((fleet / "rendered" / written[0]).read_bytes()) == ["ConfigMap settings"]


def test_a_run_may_come_to_nothing(fleet: Path) -> None:
    """Its last app may go, for the others show that the paths are right; where all come to nothing, it is refused."""
    (fleet / "tenants/birch/declared/cache.yaml").unlink()
    answer = run_in(fleet, *RENDER)
    assert answer.returncode == 0, answer.stderr
    assert f"info: rendered/tenants/birch/{FILE.format('birch')}: removed" in answer.stderr
    assert yaml.load((fleet / "rendered/tenants/birch/kustomization.yaml").read_bytes())["resources"] == []
    plant(fleet, {".krmignore": "rendered/\ndeclared/\n"})
    refused = run_in(fleet, *RENDER)
    assert (refused.returncode, refused.stderr.count("[nothing-rendered]")) == (1, 2)


@pytest.mark.parametrize("words", ["render", "reach", "why Redis/cache", "report", "matrix"])
def test_a_part_of_a_run_is_not_read_as_one(fleet: Path, words: str) -> None:
    """In a folder below its ComputePlane a run would be read without it; `check` and `plan` look for it instead."""
    declared = fleet / "tenants/acme/declared"
    assert run_in(declared, *words.split()).returncode == 0
    (fleet / ".git").mkdir()
    answer = run_in(declared, *words.split())
    assert (answer.returncode, answer.stdout) == (2, "")
    assert f"the run in {fleet}/tenants/acme, and its ComputePlane is there; run this in that folder" in answer.stderr
    assert run_in(declared.parent, *words.split()).returncode == 0


def test_the_run_that_is_written_to_another_folder_is_not_gone(fleet: Path) -> None:
    """Flux would uninstall everything if its Kustomization were deleted, so it is told to change the path."""
    (fleet / "tenants/birch").rename(fleet / "tenants/beech")
    answer = run_in(fleet, *RENDER)
    assert answer.returncode == 0
    (line,) = (each for each in answer.stderr.splitlines() if "rendered/tenants/birch" in each)
    assert line.startswith("warning: rendered/tenants/birch: its run is now written to rendered/tenants/beech")
    assert "delete" not in line
    assert line.endswith("[run-moved]")
    assert sorted(tree(fleet / "rendered/tenants/beech")) == ["kustomization.yaml", FILE.format("birch")]
    assert not (fleet / "rendered/tenants/birch").exists()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".sourceignore", "tenants/birch/kustomization.yaml\n"),
        ("tenants/birch/.sourceignore", "kustomization.yaml\n"),
        (".gitattributes", "* working-tree-encoding=ASCII//TRANSLIT\n"),
        ("tenants/birch/kustomization.yml", "resources: []\n"),
        ("tenants/birch/Kustomization", "resources: []\n"),
    ],
)
@pytest.mark.parametrize("verify", [(), ("--verify",)])
def test_what_would_have_flux_apply_something_else_is_refused(
    fleet: Path, path: str, text: str, verify: tuple[str, ...]
) -> None:
    """Nobody need own what is rendered, so a tenant could add it for another: krmfn's own files stay as they are."""
    plant(fleet, {f"rendered/{path}": text})
    answer = run_in(fleet, *RENDER, *verify)
    assert answer.returncode == 1
    lines = [line for line in answer.stderr.splitlines() if line.startswith("error:")]
    assert [line.split(": ")[1] for line in lines] == [f"rendered/{path}"]
    assert lines[0].endswith("; remove it [file-in-the-way]")


@pytest.mark.parametrize("folder", ["rendered/tenants/birch", "rendered/tenants"])
def test_a_link_in_the_place_of_what_is_rendered_is_refused(fleet: Path, folder: str) -> None:
    """Flux takes no link from Git, so it would apply nothing of the run; the same files behind it are no excuse."""
    (fleet / folder).rename(fleet / "elsewhere")
    (fleet / folder).symlink_to(fleet / "elsewhere")
    answer = run_in(fleet, *RENDER, "--verify")
    assert (answer.returncode, f"error: {folder}: " in answer.stderr) == (1, True)


def test_what_says_nothing_to_flux_may_be_beside_what_is_rendered(fleet: Path) -> None:
    """Notes, attributes of a forge, a kustomization where nothing is applied, and links outside of runs' folders."""
    plant(fleet, {"rendered/.gitattributes": "* linguist-generated\n", "rendered/tenants/Kustomization": "{}"})
    (fleet / "rendered/latest").symlink_to("tenants/birch")
    answer = run_in(fleet, *RENDER, "--verify")
    assert (answer.returncode, "[file-in-the-way]" in answer.stderr) == (0, False)
    (fleet / "elsewhere").mkdir()
    (fleet / "rendered").rename(fleet / "elsewhere/rendered")
    (fleet / "elsewhere/output").symlink_to("rendered")
    (fleet / "rendered").symlink_to("elsewhere")
    for output in ("rendered/rendered", "rendered/output"):
        assert run_in(fleet, "render", "--output-dir", output, "--verify").returncode == 0
