"""`krmfn init --adopt`: applications that Flux applies as they stand are kept, and nothing else is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.files import STAGING
from tests.command_line import run_in
from tests.declarations import app, placed, plane
from tests.folders import inside, plant, tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.history import History

PRUNE = "kustomize.toolkit.fluxcd.io/prune"
LAST = ("--against", "HEAD~1")
OTHER = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: apps}
spec: {interval: 5m, chartRef: {kind: OCIRepository, name: web}}
"""


def test_an_adoption_that_it_prepared_passes(history: History) -> None:
    """Unprepared it is refused; after init --adopt and its two commits it passes, and a second run changes nothing."""
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
    assert refused.stderr == "krmfn check: 3 errors, 0 warnings, 1 info in 1 run\n"
    assert "[adoption-unprepared] (3 times)" in refused.stdout
    early = run_in(history.root, "init", "--adopt")
    assert "move the ComputePlane out of this folder, and run this again" in early.stdout
    assert history.git("diff", "--stat") == ""
    history.write({"plane.yaml": None})
    answer = run_in(history.root, "init", "--adopt")
    assert (answer.returncode, answer.stderr) == (0, "")
    *first, said = answer.stdout.partition("Next")[0].splitlines()
    assert sorted(first) == [
        "apps/lab.yaml: Kubernetes tenant-acme/lab",
        "apps/main.yaml: Postgres tenant-acme/main",
        "apps/main.yaml: Redis tenant-acme/cache",
    ]
    assert "Flux applies 4 applications directly: 3 annotated now, 1 annotated before; 0 are" in said
    assert "1. Commit this and nothing else" in answer.stdout
    assert history.git("diff", "--stat").count("|") == 2
    before = tree(history.root / "apps")
    again = run_in(history.root, "init", "--adopt", ".")
    assert again.returncode == 0
    assert "0 annotated now, 4 annotated before" in again.stdout
    assert tree(history.root / "apps") == before
    history.commit_all()
    assert history.check(*LAST).returncode == 0
    history.commit({"plane.yaml": plane("{}")})
    passed = history.check(*LAST)
    assert passed.returncode == 0, passed.stdout
    # Declarations are nobody's to adopt.
    after = run_in(history.root, "init", "--adopt")
    assert "Flux applies 0 applications directly" in after.stdout
    assert "4 are krmfn's declarations" in after.stdout
    assert "krmfn init` adds" not in after.stdout


def test_where_there_is_nothing_to_keep_the_next_step_is_named(tmp_path: Path) -> None:
    """A repository with HelmReleases of other charts alone is left as it is, and its reader is told where to go on."""
    before = tree(plant(tmp_path, {"web.yaml": OTHER}))
    answer = run_in(tmp_path, "init", "--adopt")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "0 annotated now" in answer.stdout
    assert "Next: `krmfn init` adds what is missing of a fleet. HelmReleases of other charts stay" in answer.stdout
    assert tree(tmp_path) == before


def test_declarations_are_not_annotated(tmp_path: Path) -> None:
    """Where krmfn is at work already, Flux applies no application as it stands."""
    files = {
        "a.yaml": app("ComfyUI", "a"),
        "b.yaml": placed("ComfyUI", "a", "lab"),
        "c.yaml": app("Kubernetes", "lab"),
    }
    before = tree(plant(tmp_path, files))
    answer = run_in(tmp_path, "init", "--adopt")
    assert answer.returncode == 0
    assert tree(tmp_path) == before


def test_what_cannot_be_edited_is_said_and_left_alone(tmp_path: Path) -> None:
    """Annotations that others share stay as they are; the rest is prepared, and the exit code says it is not done."""
    shared = "shared: &a {team: x}\n" + app("Redis", "a", marks="*a")
    plant(tmp_path, {"a.yaml": shared, "b.yaml": app("Redis", "b")})
    answer = run_in(tmp_path, "init", "--adopt")
    assert answer.returncode == 1
    assert f'add {PRUNE}: "disabled" to its metadata.annotations by hand' in answer.stderr
    assert answer.stderr.count("[adopt-by-hand]") == 1
    assert "Next" not in answer.stdout
    assert (tmp_path / "a.yaml").read_text() == shared
    assert PRUNE in (tmp_path / "b.yaml").read_text()


def test_a_file_that_cannot_be_read_stops_it(tmp_path: Path) -> None:
    """It may say that krmfn is at work here, so nothing is annotated."""
    before = tree(plant(tmp_path, {"a.yaml": app("Redis", "a"), "b.yaml": "apiVersion: krmfn.dev/v1alpha1\n\tkind: x"}))
    answer = run_in(tmp_path, "init", "--adopt")
    assert answer.returncode == 1
    assert "[unreadable-file]" in answer.stderr
    assert tree(tmp_path) == before


def test_a_file_that_cannot_be_written_is_said_and_left_alone(tmp_path: Path) -> None:
    """Something is where new files are written first: an error that names the file, and no traceback."""
    before = tree(plant(tmp_path, {"a.yaml": app("Redis", "a"), STAGING: "theirs"}))
    answer = run_in(tmp_path, "init", "--adopt")
    assert answer.returncode == 1
    assert "error: a.yaml: cannot be written: " in answer.stderr
    assert "Next" not in answer.stdout
    assert tree(tmp_path) == before


def test_a_folder_to_adopt_must_be_there(tmp_path: Path) -> None:
    """A wrong path is a usage error, not a folder without applications; of an empty one there is nothing to add."""
    answer = run_in(tmp_path, "init", "--adopt", "nowhere")
    assert answer.returncode == 2
    assert inside(tmp_path) == []
    answer = run_in(tmp_path, "init", "--adopt", ".")
    assert answer.returncode == 0
    assert [line[:4] for line in answer.stdout.splitlines()] == ["krmf", "Next"]


def test_a_file_keeps_its_mode_and_its_byte_order_mark(tmp_path: Path) -> None:
    """An edited file is the same file to everyone but its reader."""
    plant(tmp_path, {"real/a.yaml": "\ufeff" + app("Redis", "a")})
    (tmp_path / "real/a.yaml").chmod(0o640)
    (tmp_path / "a.yaml").symlink_to("real/a.yaml")
    assert run_in(tmp_path, "init", "--adopt").returncode == 0
    content = (tmp_path / "real/a.yaml").read_text()
    assert content.startswith("\ufeffapiVersion")
    assert PRUNE in content
    assert (tmp_path / "real/a.yaml").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "a.yaml").is_symlink()


def test_an_adoption_is_not_placed_at_once(history: History) -> None:
    """Taken over and placed in one commit it would run twice (tests/engine/test_adoption.py); in two it moves."""
    marks = f'{{{PRUNE}: "disabled"}}'
    history.commit({"bus.yaml": app("ComfyUI", "bus", marks=marks), "lab.yaml": app("Kubernetes", "lab", marks=marks)})
    history.write({"plane.yaml": plane("{}"), "placement.yaml": placed("ComfyUI", "bus", "lab")})
    refused = history.check("--against", "HEAD")
    assert refused.returncode == 1
    assert refused.stdout.count("[adoption-placed]") == 1
    assert "bus metadata.name: Flux applies this directly, on the management plane" in refused.stdout
    history.write({"placement.yaml": None})
    history.commit({})
    assert history.check("--against", "HEAD~1").returncode == 0
    history.write({"placement.yaml": placed("ComfyUI", "bus", "lab")})
    moved = history.check("--against", "HEAD")
    assert (moved.returncode, "[will-move]" in moved.stdout) == (0, True)


RELEASE = """\
# ours, by hand
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: redis-cache
  namespace: tenant-acme
spec:
  interval: 5m
  maxHistory: 5
  chartRef: {kind: ExternalArtifact, name: cozystack-redis-application-default-redis, namespace: cozy-system}
  install: {timeout: 10m, strategy: {name: RetryOnFailure, retryInterval: 30s}}
  upgrade: {timeout: 10m, strategy: {name: RetryOnFailure, retryInterval: 30s}}
  valuesFrom: [{kind: Secret, name: cozystack-values}]
  values: {replicas: 2}
"""


def test_releases_that_were_imported(history: History) -> None:
    """A HelmRelease that becomes a declaration is prepared like an application, and refused where it is not."""
    other = RELEASE.replace("redis-cache", "theirs").replace("cozystack-redis-application-default-redis", "theirs")
    history.commit({"apps/cache.yaml": RELEASE, "apps/theirs.yaml": other})
    imported = run_in(history.root, "import", "apps", "--output-dir", "tenants")
    assert imported.returncode == 0, imported.stderr
    history.write({"apps/cache.yaml": None})
    refused = history.check("--against", "HEAD")
    assert refused.returncode == 1
    assert "makes the HelmRelease redis-cache, which Flux applies directly from apps/cache.yaml" in refused.stdout
    assert refused.stdout.count("[adoption-unprepared]") == 1
    made = {path: (history.root / "tenants" / path).read_text() for path in tree(history.root / "tenants")}
    history.write({f"tenants/{path}": None for path in made} | {"apps/cache.yaml": RELEASE})
    answer = run_in(history.root, "init", "--adopt")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "apps/cache.yaml: HelmRelease tenant-acme/redis-cache" in answer.stdout
    assert "0 applications and 1 HelmRelease of platform charts directly: 1 annotated now" in answer.stdout
    assert history.git("diff", "--stat").count("|") == 1
    assert (history.root / "apps/cache.yaml").read_text().startswith("# ours, by hand\n")
    assert "Next: Flux keeps the releases already." in run_in(history.root, "import", "apps").stderr
    history.commit_all()
    history.commit({f"tenants/{path}": text for path, text in made.items()} | {"apps/cache.yaml": None})
    passed = history.check(*LAST)
    assert passed.returncode == 0, passed.stdout
    # tests/engine/test_imported.py has Flux do it: nothing is installed anew.
    assert "change   Redis/cache  reconfigured: redis-cache" in history.plan("--from", "HEAD~1").stdout


def test_what_was_rendered_is_nobodys_to_adopt(history: History) -> None:
    """Krmfn's own releases, in a folder that no .krmignore names, are neither imported nor to be prepared."""
    history.commit({"apps/cache.yaml": app("Redis", "cache"), "apps/plane.yaml": plane("{}")})
    assert run_in(history.root, "render", "apps", "--output-dir", "rendered").returncode == 0
    history.commit_all()
    history.commit({"apps/cache.yaml": app("Redis", "cache", "{replicas: 3}")})
    passed = history.check(*LAST)
    assert (passed.returncode, passed.stdout) == (0, "")
    answer = run_in(history.root, "import", "rendered")
    assert "has no HelmRelease" in answer.stderr
