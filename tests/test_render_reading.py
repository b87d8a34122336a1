"""`krmfn render`: which files it reads, which it leaves out, and what configures it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from tests.command_line import run
from tests.declarations import redis
from tests.folders import objects, plant

if TYPE_CHECKING:
    from pathlib import Path


PLANE = """\
apiVersion: krmfn.dev/v1alpha1
kind: ComputePlane
metadata:
  name: {name}
  namespace: {namespace}
spec:
  defaults:
    interval: {interval}
"""


def test_render_prints_what_the_declarations_come_to(tmp_path: Path) -> None:
    """Objects on stdout as one stream, by namespace and name whatever the files are called; the summary on stderr."""
    plant(
        tmp_path,
        {
            "z.yaml": redis("tenant-a", "beta"),
            "a.yaml": redis("tenant-b"),
            "sub/b.yaml": redis("tenant-a", "alpha"),
        },
    )
    answer = run("render", cwd=tmp_path)
    assert answer.returncode == 0
    assert objects(answer.stdout) == ["tenant-a/redis-alpha", "tenant-a/redis-beta", "tenant-b/redis-cache"]
    assert answer.stderr.decode() == "krmfn render: 0 errors, 0 warnings in 1 run; read 3 files with 3 declarations\n"
    assert b"config.kubernetes.io" not in answer.stdout


def test_render_skips_and_counts_what_is_no_manifest(tmp_path: Path) -> None:
    """Charts, values files and other programs' YAML are left out and counted; a hidden file of ours is told."""
    plant(
        tmp_path,
        {
            "cache.yaml": redis("tenant-a"),
            "chart/Chart.yaml": "apiVersion: v2\nname: chart\n",
            "chart/templates/app.yaml": "{{ if .Values.on }}\n" + redis("tenant-c"),
            "charts/inner/Chart.yaml": "apiVersion: v2\nname: inner\n",
            "values.yaml": "replicas: 1\n",
            ".github/workflows/ci.yaml": "on: push\n",
            ".hidden.yaml": redis("tenant-d"),
            "README.md": "# not YAML: [\n",
            "empty.yaml": "---\n# nothing\n---\n",
            "package.json": '{"name": "x"}\n',
        },
    )
    answer = run("render", cwd=tmp_path)
    assert (answer.returncode, objects(answer.stdout)) == (0, ["tenant-a/redis-cache"])
    hidden, last = answer.stderr.decode().splitlines(keepends=True)
    assert hidden.startswith("warning: .hidden.yaml: names one of krmfn's groups, but is not read: ")
    assert last == (
        "krmfn render: 0 errors, 1 warning in 1 run; read 4 files with 1 declaration; "
        "skipped 2 charts, 3 files that are not manifests\n"
    )


@pytest.mark.parametrize(
    ("name", "is_told"),
    [("cache.yaml", True), ("cache.json", True), ("values.yaml", False), ("values-own.yaml", False), ("a.md", False)],
)
def test_a_declaration_beside_a_chart_is_told(tmp_path: Path, name: str, *, is_told: bool) -> None:
    """Chart.yaml hides all that is in its folder: a declaration there has been mislaid, and values are of the chart."""
    plant(
        tmp_path,
        {
            "cache.yaml": redis("tenant-a"),
            "own/Chart.yaml": "apiVersion: v2\nname: own\nversion: 1.0.0\nannotations: {a: krmfn.dev/x}\n",
            "own/templates/app.yaml": redis("tenant-c"),
            f"own/{name}": redis("tenant-b"),
        },
    )
    answer = run("render", cwd=tmp_path)
    assert (answer.returncode, objects(answer.stdout)) == (0, ["tenant-a/redis-cache"])
    said = f"warning: own/{name}: names one of krmfn's groups, but is not read: Chart.yaml beside it makes the folder"
    assert answer.stderr.decode().count("warning: ") == is_told
    assert (said in answer.stderr.decode()) == is_told


def test_render_honours_krmignore(tmp_path: Path) -> None:
    """`.krmignore` leaves out files and folders below it, with git's own rules, exceptions included."""
    plant(
        tmp_path,
        {
            ".krmignore": "# drafts\ndrafts/\n*.tmp.yaml\n!keep.tmp.yaml\n",
            "cache.yaml": redis("tenant-a"),
            "x.tmp.yaml": redis("tenant-b"),
            "keep.tmp.yaml": redis("tenant-c"),
            "drafts/d.yaml": redis("tenant-d"),
            "sub/.krmignore": "only-here.yaml\n",
            "sub/only-here.yaml": redis("tenant-e"),
            "only-here.yaml": redis("tenant-f"),
        },
    )
    answer = run("render", cwd=tmp_path)
    assert objects(answer.stdout) == ["tenant-a/redis-cache", "tenant-c/redis-cache", "tenant-f/redis-cache"]
    assert "2 ignored files" in answer.stderr.decode()


def test_render_reads_lists_documents_and_json(tmp_path: Path) -> None:
    """Several documents in a file, a List and a JSON file are read like files of their own, and results say which."""
    item = json.dumps(yaml.load(redis("tenant-c")))
    plant(
        tmp_path,
        {
            "many.yaml": f"{redis('tenant-a')}---\n---\n{redis('tenant-b', 'Wrong')}",
            "list.yaml": f"apiVersion: v1\nkind: List\nitems:\n- {item}\n- {item.replace('tenant-c', 'tenant-d')}\n",
            "one.json": item.replace("tenant-c", "tenant-e"),
        },
    )
    wrong = run("render", "--keep-going", cwd=tmp_path)
    assert wrong.returncode == 1
    assert objects(wrong.stdout) == [f"tenant-{each}/redis-cache" for each in "acde"]
    assert "error: many.yaml:11:3: Redis tenant-b/Wrong metadata.name: " in wrong.stderr.decode()


def test_render_takes_files_and_folders_once(tmp_path: Path) -> None:
    """A file that is named twice, or by its folder as well, is read once."""
    plant(tmp_path, {"a/cache.yaml": redis("tenant-a"), "b/cache.yaml": redis("tenant-b")})
    answer = run("render", "a/cache.yaml", "a", "./a/../a", cwd=tmp_path)
    assert (answer.returncode, objects(answer.stdout)) == (0, ["tenant-a/redis-cache"])


def test_render_of_nothing_is_fine(tmp_path: Path) -> None:
    """A folder without declarations renders to nothing."""
    answer = run("render", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (0, b"")
    assert answer.stderr.decode() == "krmfn render: 0 errors, 0 warnings in 1 run; read 0 files with 0 declarations\n"


def test_render_can_leave_bystanders_out(tmp_path: Path) -> None:
    """With --generated-only, what is no declaration is not printed, and neither is what an earlier run generated."""
    first = run("render", plant(tmp_path, {"cache.yaml": redis("tenant-a")}))
    plant(
        tmp_path,
        {
            "generated.yaml": first.stdout.replace(b"redis-cache", b"redis-gone"),
            "theirs.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: theirs\n  namespace: tenant-a\n",
        },
    )
    again = run("render", tmp_path, "--generated-only")
    assert (again.returncode, again.stdout) == (0, first.stdout)


def test_a_syntax_error_counts_where_it_may_be_ours(tmp_path: Path) -> None:
    """A file that cannot be read refuses the run if it names one of our groups, and is a warning if it does not."""
    plant(tmp_path, {"cache.yaml": redis("tenant-a"), "theirs.yaml": "apiVersion: v1\nkind: [\n"})
    theirs = run("render", cwd=tmp_path)
    assert (theirs.returncode, objects(theirs.stdout)) == (0, ["tenant-a/redis-cache"])
    assert "warning: theirs.yaml:3:1: " in theirs.stderr.decode()
    for group in ("apps.cozystack.io", "krmfn.dev", "cozystack.io"):
        plant(tmp_path, {"ours.yaml": f"apiVersion: {group}/v1alpha1\nkind: [\n"})
        ours = run("render", "--keep-going", cwd=tmp_path)
        assert (ours.returncode, ours.stdout) == (1, b"")
        assert "error: ours.yaml:3:1: " in ours.stderr.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("namespace", "tenant-b"),
        ("namePrefix", "dev-"),
        ("nameSuffix", "-dev"),
        ("patches", "[{path: patch.yaml}]"),
        ("patchesStrategicMerge", "[patch.yaml]"),
        ("patchesJson6902", "[{path: patch.yaml}]"),
        ("replacements", "[{path: replacement.yaml}]"),
    ],
)
def test_an_overlay_over_declarations_is_refused(tmp_path: Path, field: str, value: str) -> None:
    """`render` reads files, so a kustomization that would change a declaration is refused, and names the way out."""
    plant(
        tmp_path,
        {
            "base/cache.yaml": redis("tenant-a"),
            "base/kustomization.yaml": "resources: [cache.yaml]\n",
            "dev/kustomization.yml": f"resources: [../base]\n{field}: {value}\n",
        },
    )
    answer = run("render", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, b"")
    error = answer.stderr.decode()
    assert f"error: dev/kustomization.yml:2:1: {field}: " in error
    assert "kustomize build --enable-alpha-plugins --enable-exec dev" in error


def test_a_kustomization_that_changes_no_declaration_is_fine(tmp_path: Path) -> None:
    """A kustomization that only lists files, or changes other people's, is nothing to refuse."""
    plant(
        tmp_path,
        {
            "tenant/cache.yaml": redis("tenant-a"),
            "tenant/kustomization.yaml": "resources: [cache.yaml]\n",
            "theirs/settings.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n",
            "theirs/kustomization.yaml": "resources: [settings.yaml]\nnamePrefix: dev-\n",
        },
    )
    answer = run("render", "--generated-only", cwd=tmp_path)
    assert (answer.returncode, objects(answer.stdout)) == (0, ["tenant-a/redis-cache"])


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A broken link may have declared something, so it is an error; an odd ignore file or kustomization is none."""
    plant(
        tmp_path,
        {
            "cache.yaml": redis("tenant-a"),
            ".krmignore": b"\xff\xfe\n",
            "kustomization.yaml": "namePrefix: [x]\nresources: 5\ncomponents: {a: b}\n",
        },
    )
    answer = run("render", cwd=tmp_path)
    assert (answer.returncode, objects(answer.stdout)) == (0, ["tenant-a/redis-cache"])
    (tmp_path / "broken.yaml").symlink_to("nowhere.yaml")
    answer = run("render", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, b"")
    assert "error: broken.yaml: " in answer.stderr.decode()


def test_the_one_compute_plane_is_the_configuration(tmp_path: Path) -> None:
    """A ComputePlane among the inputs counts; with --config another file does; of two in a folder one is chosen."""
    plant(
        tmp_path,
        {
            "in/cache.yaml": redis("tenant-a"),
            "in/plane.yaml": PLANE.format(name="one", namespace="tenant-a", interval="7m"),
            "other.yaml": PLANE.format(name="other", namespace="tenant-a", interval="9m"),
            "two/cache.yaml": redis("tenant-a"),
            "two/one.yaml": PLANE.format(name="one", namespace="tenant-a", interval="7m"),
            "two/other.yaml": PLANE.format(name="other", namespace="tenant-a", interval="9m"),
            "options.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: o}\ndata: {defaults.interval: 11m}\n",
        },
    )
    assert b"interval: 7m0s" in run("render", "in", cwd=tmp_path).stdout
    assert b"interval: 9m0s" in run("render", "in", "--config", "other.yaml", cwd=tmp_path).stdout
    assert b"interval: 11m0s" in run("render", "in", "--config", "options.yaml", cwd=tmp_path).stdout
    two = run("render", "two", cwd=tmp_path)
    assert (two.returncode, two.stdout) == (1, b"")
    error = two.stderr.decode()
    assert "error: two/one.yaml:4:3: ComputePlane tenant-a/one metadata.name: folder two has 2 ComputePlanes" in error
    assert "error: two/other.yaml:4:3: ComputePlane tenant-a/other metadata.name: folder two has 2" in error
    chosen = run("render", "two", "--config", "two/other.yaml", cwd=tmp_path)
    assert b"interval: 9m0s" in chosen.stdout


def test_a_config_file_must_hold_a_configuration(tmp_path: Path) -> None:
    """A file that --config names for nothing is an error; a ConfigMap among the inputs is never taken for one."""
    plant(
        tmp_path,
        {
            "in/settings.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {colour: blue}\n",
            "service.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n",
            "empty.yaml": "",
        },
    )
    assert run("render", "in", cwd=tmp_path).returncode == 0
    for name in ("service.yaml", "empty.yaml"):
        answer = run("render", "in", "--config", name, cwd=tmp_path)
        assert answer.returncode == 1
        assert f"error: {name}: " in answer.stderr.decode()


def test_a_catalog_brings_definitions_and_nothing_else(tmp_path: Path) -> None:
    """`--catalog` adds kinds and profiles from elsewhere; declarations that stand there are not rendered."""
    plant(
        tmp_path,
        {
            "in/app.yaml": redis("tenant-a").replace("Redis", "Guestbook"),
            "catalog/guestbook.yaml": (
                "apiVersion: cozystack.io/v1alpha1\nkind: ApplicationDefinition\nmetadata: {name: guestbook}\n"
                "spec:\n  application: {kind: Guestbook, plural: guestbooks, singular: guestbook}\n"
                "  release: {prefix: book-, chartRef: {kind: HelmChart, name: guestbook, namespace: cozy-public}}\n"
            ),
            "catalog/cache.yaml": redis("tenant-b"),
        },
    )
    assert run("render", "in", cwd=tmp_path).returncode == 1
    answer = run("render", "in", "--catalog", "catalog", cwd=tmp_path)
    assert (answer.returncode, objects(answer.stdout)) == (0, ["tenant-a/book-cache"])
