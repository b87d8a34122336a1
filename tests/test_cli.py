"""The command line as a user meets it: real processes, real folders, streams and exit codes."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import krmfn
from krmfn import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = Path(krmfn.__file__).parent
ENVELOPE = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
REDIS = """\
apiVersion: apps.cozystack.io/v1alpha1
kind: Redis
metadata:
  name: {name}
  namespace: {namespace}
"""
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


def run(
    *arguments: str | Path, stdin: str | bytes = b"", cwd: Path | None = None, package: Path = PACKAGE
) -> subprocess.CompletedProcess[bytes]:
    """Krmfn as a process of its own, of the package given."""
    return subprocess.run(
        [sys.executable, "-m", "krmfn", *arguments],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        check=False,
        cwd=cwd or package.parent,
        env={**os.environ, "PYTHONPATH": str(package.parent)},
    )


def plant(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes files under a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def redis(namespace: str, name: str = "cache") -> str:
    return REDIS.format(name=name, namespace=namespace)


def names(stream: bytes) -> list[str]:
    """`namespace/name` of each object in a stream, in its order."""
    return [f"{each['metadata']['namespace']}/{each['metadata']['name']}" for each in yaml.load_all(stream)]


def tree(root: Path) -> dict[str, tuple[bytes, int, int]]:
    """Every file under a folder with its content, and what would change if it were written again."""
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in root.rglob("*")
        if path.is_file()
    }


# The function: unreadable input, refusals, results.


@pytest.mark.parametrize(
    ("stdin", "says"),
    [
        (b"", "is not a ResourceList"),
        (b"[", "line 1, column 2"),
        (b"a:\n\t- b\n", "indent with spaces"),
        (b"just text", "is not a ResourceList"),
        (b"apiVersion: v1\nkind: List\nitems: []\n", "is not a ResourceList"),
        (b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: {a: b}\n", "items of the ResourceList"),
        (b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: {}\n", "items of the ResourceList"),
        (b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: [text]\n", "items[0] of the ResourceList"),
        (b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: [null]\n", "items[0] of the ResourceList"),
        (b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: []\n", "functionConfig of the"),
        (b"apiVersion: example.org/v1\nkind: ResourceList\n", "apiVersion of the ResourceList"),
        (b"kind: ResourceList\n", "apiVersion of the ResourceList"),
        (ENVELOPE.encode() + b"---\n" + ENVELOPE.encode(), "a second document"),
        (ENVELOPE.encode() + b"kind: ResourceList\n", "duplicate key"),
        (ENVELOPE.encode() + b"items:\n- a: \xff\n", "is not UTF-8"),
        (ENVELOPE.encode("utf-16"), "save it as UTF-8"),
        (ENVELOPE.encode() + b"items:\n- a: !!python/object:os.system x\n", "tag"),
        (ENVELOPE.encode() + b"items:\n- a: *nobody\n", "an alias without an anchor"),
        (ENVELOPE.encode() + b"items:\n- a: " + b"[" * 500 + b"]" * 500, "nested deeper"),
        (ENVELOPE.encode() + b"items:\n- a: .inf\n", ".inf"),
        (ENVELOPE.encode() + b'items:\n- {"a\\nb": 1, "a\\nb": 2}\n', "duplicate key"),
    ],
)
def test_input_that_cannot_be_read_gives_nothing_back(stdin: bytes, says: str) -> None:
    """What is no ResourceList cannot be given back: nothing on stdout, one line that says why, exit 1."""
    answer = run(stdin=stdin)
    assert (answer.returncode, answer.stdout) == (1, b"")
    (line,) = answer.stderr.decode().splitlines()
    assert line.startswith("error: ")
    assert says in line


def test_a_refusal_gives_the_items_back_and_the_reasons_twice() -> None:
    """On an error the items go back word for word, and each result stands in the list and on a line of stderr."""
    items = "items:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: theirs}}\n"
    items += (
        "- apiVersion: apps.cozystack.io/v1alpha1  # a comment\n  kind: Rediss\n  metadata: {name: a, namespace: b}\n"
    )
    answer = run(stdin=ENVELOPE + items)
    assert answer.returncode == 1
    assert "- apiVersion: apps.cozystack.io/v1alpha1  # a comment\n  kind: Rediss\n" in answer.stdout.decode()
    listed = yaml.load(answer.stdout)
    assert [item["kind"] for item in listed["items"]] == ["ConfigMap", "Rediss"]
    (result,) = listed["results"]
    (line,) = answer.stderr.decode().splitlines()
    assert line == f"error: Rediss b/a kind: {result['message']} [unknown-kind]"


def test_a_warning_is_no_failure() -> None:
    """Warnings are told and the run goes on: exit 0, and the objects are there."""
    items = "items:\n- apiVersion: apps.cozystack.io/v1alpha1\n  kind: Redis\n"
    items += "  metadata: {name: cache, namespace: b}\n  specs: {}\n"
    answer = run(stdin=ENVELOPE + items)
    assert answer.returncode == 0
    assert answer.stderr.decode().startswith("warning: Redis b/cache specs: ")
    assert [item["kind"] for item in yaml.load(answer.stdout)["items"]] == ["Redis", "HelmRelease"]


def test_a_result_is_one_line_whatever_a_name_holds() -> None:
    """A line break in what a user wrote does not break the line that tells of it."""
    items = 'items:\n- {apiVersion: apps.cozystack.io/v1alpha1, kind: "Re\\ndis", metadata: {name: "a\\r\\nb", '
    items += 'namespace: b, annotations: {config.kubernetes.io/path: "a\\nb.yaml"}}}\n'
    answer = run(stdin=ENVELOPE + items)
    assert answer.returncode == 1
    lines = answer.stderr.decode().splitlines()
    assert lines
    assert all(line.startswith("error: ") and line.endswith("]") for line in lines)
    assert len(lines) == len(yaml.load(answer.stdout)["results"])


def test_a_result_cannot_rewrite_the_terminal() -> None:
    """Control codes in what a user wrote do not reach the terminal that a CI log is read on."""
    items = f'items:\n- {{apiVersion: apps.cozystack.io/v1alpha1, kind: "R\\u001b[2Jx", {GOOD}}}\n'
    answer = run(stdin=ENVELOPE + items)
    assert answer.returncode == 1
    assert b"\x1b" not in answer.stderr


def test_a_validator_gives_no_items_back() -> None:
    """With validateOnly nothing goes out but the verdict."""
    config = "functionConfig: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {validateOnly: 'true'}}\n"
    item = "items:\n- {apiVersion: apps.cozystack.io/v1alpha1, kind: Redis, metadata: {name: cache, namespace: b}}\n"
    fine = run(stdin=ENVELOPE + item + config)
    assert (fine.returncode, yaml.load(fine.stdout)["items"], fine.stderr) == (0, [], b"")
    wrong = run(stdin=ENVELOPE + item.replace("cache", "Cache") + config)
    assert wrong.returncode == 1
    assert wrong.stderr.startswith(b"error: Redis b/Cache metadata.name: ")


APP = "apiVersion: apps.cozystack.io/v1alpha1, kind: Redis"
TENANT_CLUSTER = "apiVersion: apps.cozystack.io/v1alpha1, kind: Kubernetes"
PLACEMENT = "apiVersion: krmfn.dev/v1alpha1, kind: Placement"
ISOLATION = "apiVersion: krmfn.dev/v1alpha1, kind: IsolationProfile"
COMPONENTS = "apiVersion: krmfn.dev/v1alpha1, kind: ComponentProfile"
DEFINITION = "apiVersion: cozystack.io/v1alpha1, kind: ApplicationDefinition"
CONFIG = "apiVersion: krmfn.dev/v1alpha1, kind: ComputePlane"
GOOD = "metadata: {name: good, namespace: tenant-a}"
MALFORMED = (
    f"{APP}",
    f"{APP}, metadata: null",
    f"{APP}, metadata: text",
    f"{APP}, metadata: []",
    f"{APP}, metadata: {{}}",
    f"{APP}, metadata: {{name: null, namespace: null}}",
    f"{APP}, metadata: {{name: [a], namespace: {{b: c}}}}",
    f"{APP}, metadata: {{name: 1, namespace: 2}}",
    f'{APP}, metadata: {{name: "", namespace: ""}}',
    f'{APP}, metadata: {{name: "a b", namespace: "\\u0000"}}',
    f"{APP}, metadata: {{name: a, namespace: b, labels: []}}",
    f"{APP}, metadata: {{name: a, namespace: b, labels: {{c: null}}}}",
    f"{APP}, metadata: {{name: a, namespace: b, labels: {{c: [d]}}}}",
    f"{APP}, metadata: {{name: a, namespace: b, annotations: text}}",
    f"{APP}, metadata: {{name: a, namespace: b, annotations: [c]}}",
    f"{APP}, metadata: {{name: a, namespace: b, annotations: {{config.kubernetes.io/path: 1}}}}",
    f"{APP}, metadata: {{name: a, namespace: b, annotations: {{config.kubernetes.io/index: [x]}}}}",
    f"{APP}, metadata: {{name: a, namespace: b, annotations: {{internal.config.kubernetes.io/previousNames: 7}}}}",
    f"{APP}, {GOOD}, spec: []",
    f"{APP}, {GOOD}, spec: text",
    f"{APP}, {GOOD}, spec: true",
    "apiVersion: apps.cozystack.io/v1alpha1, metadata: {name: a, namespace: b}",
    "apiVersion: apps.cozystack.io/v1alpha1, kind: null, metadata: {name: a, namespace: b}",
    "apiVersion: apps.cozystack.io/v1alpha1, kind: [Redis], metadata: {name: a, namespace: b}",
    'apiVersion: apps.cozystack.io/v1alpha1, kind: "../../Redis", metadata: {name: a, namespace: b}',
    'apiVersion: apps.cozystack.io/v1alpha1, kind: "", metadata: {name: a, namespace: b}',
    f"{TENANT_CLUSTER}, metadata: {{name: a}}",
    f"{TENANT_CLUSTER}, {GOOD}, spec: [a]",
    f"{TENANT_CLUSTER}, {GOOD}, spec: {{isolationProfile: {{name: sandbox}}}}",
    f"{TENANT_CLUSTER}, {GOOD}, spec: {{isolationProfile: '../kinds/redis'}}",
    f"{TENANT_CLUSTER}, {GOOD}, spec: {{componentProfile: 3}}",
    f"{TENANT_CLUSTER}, {GOOD}, spec: {{componentProfile: ''}}",
    f"{PLACEMENT}",
    f"{PLACEMENT}, {GOOD}",
    f"{PLACEMENT}, {GOOD}, spec: null",
    f"{PLACEMENT}, {GOOD}, spec: {{}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: a, apps: [null]}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: a, apps: [[{{kind: Redis}}]]}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: [a], apps: {{kind: Redis, name: b}}}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: a, apps: [{{kind: Redis, name: b}}], connections: {{to: c}}}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: a, apps: [{{kind: Redis, name: b}}], connections: [{{}}]}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: a, apps: [{{kind: Redis, name: b}}], connections: [{{to: null}}]}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: a, apps: [{{kind: Redis, name: b}}], targetNamespace: [c]}}",
    f"{ISOLATION}, metadata: {{name: a}}",
    f"{ISOLATION}, metadata: {{name: a}}, spec: {{egress: open}}",
    f"{ISOLATION}, metadata: {{name: a}}, spec: {{pins: [a]}}",
    f"{ISOLATION}, metadata: {{name: [a]}}, spec: {{extends: {{b: c}}}}",
    f"{COMPONENTS}, metadata: {{name: a}}, spec: {{bundles: ingress}}",
    f"{COMPONENTS}, metadata: {{name: a}}, spec: {{bundles: [null]}}",
    f"{COMPONENTS}, metadata: {{name: a}}, spec: {{values: [a]}}",
    f"{DEFINITION}, metadata: {{name: a}}",
    f"{DEFINITION}, metadata: {{name: a}}, spec: {{application: null, release: []}}",
    f"{DEFINITION}, metadata: {{name: a}}, spec: {{application: {{kind: 1}}, release: {{chartRef: a, prefix: null}}}}",
    f"{DEFINITION}, metadata: {{name: a, annotations: {{release.cozystack.io/helm-install-timeout: 5}}}}, spec: {{}}",
    "apiVersion: krmfn.dev/v1alpha1, kind: Nothing, metadata: [a]",
    "apiVersion: krmfn.dev/v1alpha1",
)
MALFORMED_CONFIGS = (
    "{}",
    "{apiVersion: 1, kind: []}",
    "{kind: ConfigMap}",
    "{apiVersion: v1, kind: ConfigMap, data: []}",
    "{apiVersion: v1, kind: ConfigMap, data: {scope: null}}",
    "{apiVersion: v1, kind: ConfigMap, data: {target.flux: 2.8}}",
    "{apiVersion: v1, kind: ConfigMap, data: {'': x, '.': y, target.: z}}",
    f"{{{CONFIG}}}",
    f"{{{CONFIG}, metadata: text}}",
    f"{{{CONFIG}, {GOOD}, spec: []}}",
    f"{{{CONFIG}, {GOOD}, spec: {{target: text}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{target: {{flux: [2, 8]}}}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{clusters: {{name: a}}}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{clusters: [null, text, []]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{clusters: [{{name: a, kubeConfig: text, module: 'yes'}}]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{apps: [{{}}]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{apps: [{{kind: Redis, name: a, values: []}}]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{placements: [{{cluster: a}}]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{placements: [{{cluster: a, app: Redis, connections: text}}]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{kinds: [{{kind: A, chartRef: text}}]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{network: [], defaults: 5m, postBuild: {{variables: A}}}}}}",
)


@pytest.mark.parametrize("item", MALFORMED)
def test_a_malformed_declaration_is_a_result_and_not_a_traceback(item: str) -> None:
    """Whatever a user leaves out or puts in its place is told with a field, and the item goes back."""
    answer = run(stdin=f"{ENVELOPE}items:\n- {{{item}}}\n")
    _refused(answer)
    assert yaml.load(answer.stdout)["items"] == [yaml.load("{" + item + "}")]


@pytest.mark.parametrize("config", MALFORMED_CONFIGS)
def test_a_malformed_function_config_is_a_result_and_not_a_traceback(config: str) -> None:
    """So is whatever stands where a functionConfig should, and nothing is expanded with half of it."""
    item = f"{{{APP}, {GOOD}}}"
    answer = run(stdin=f"{ENVELOPE}items:\n- {item}\nfunctionConfig: {config}\n")
    _refused(answer)
    assert yaml.load(answer.stdout)["items"] == [yaml.load(item)]


@pytest.mark.parametrize("digits", [11, 5000])
def test_an_absurdly_long_number_is_no_bug_of_ours(digits: int) -> None:
    """Python refuses to read numbers beyond some length; a user who writes one gets an answer all the same."""
    number = "9" * digits
    marks = f'{{config.kubernetes.io/path: a.yaml, config.kubernetes.io/index: "{number}"}}'
    item = f"{APP}, metadata: {{name: a, namespace: b, annotations: {marks}}}"
    assert run(stdin=f"{ENVELOPE}items:\n- {{{item}}}\n").returncode == 0
    spec = f'{{target: {{flux: "2.{number}"}}, defaults: {{interval: {number}h}}}}'
    _refused(run(stdin=f"{ENVELOPE}functionConfig: {{{CONFIG}, {GOOD}, spec: {spec}}}\n"))
    data = f'{{defaults.maxHistory: "{number}"}}'
    config = f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: {data}}}"
    _refused(run(stdin=f"{ENVELOPE}functionConfig: {config}\n"))


def _refused(answer: subprocess.CompletedProcess[bytes]) -> None:
    assert answer.returncode == 1, answer.stderr.decode()
    results: list[Any] = yaml.load(answer.stdout)["results"]
    assert any(result["severity"] == "error" for result in results)
    assert all(result["message"] and result["field"]["path"] and result["tags"]["code"] for result in results)
    lines = answer.stderr.decode().splitlines()
    assert len(lines) == len(results)
    assert all(line.startswith(("error: ", "warning: ")) for line in lines)


def test_a_bug_of_ours_says_so(tmp_path: Path) -> None:
    """A broken installation is no user's mistake: exit 3, a traceback, a line that asks for a report, no output."""
    broken = shutil.copytree(PACKAGE, tmp_path / "krmfn", ignore=shutil.ignore_patterns("__pycache__"))
    (broken / "catalog/kinds/redis.yaml").write_text("kind: Redis\n", encoding="utf-8")
    answer = run(stdin=f"{ENVELOPE}items:\n- {{{APP}, {GOOD}}}\n", package=broken)
    assert (answer.returncode, answer.stdout) == (3, b"")
    error = answer.stderr.decode()
    assert error.startswith("Traceback ")
    assert "redis.yaml" in error
    assert "Please report it" in error.splitlines()[-1]
    plant(tmp_path / "in", {"cache.yaml": redis("tenant-a")})
    assert run("render", tmp_path / "in", package=broken).returncode == 3


# Help, usage, versions, schemas.


def test_a_terminal_gets_the_help() -> None:
    """Without arguments and without a pipe there is nothing to read, so krmfn says what it is."""
    master, terminal = pty.openpty()
    try:
        answer = subprocess.run(
            [sys.executable, "-m", "krmfn"],
            stdin=terminal,
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        )
    finally:
        os.close(master)
        os.close(terminal)
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert answer.stdout.startswith(b"Usage: krmfn ")


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("-h",), ("render", "--help"), ("schema", "-h"), ("init", "--help"), ("version", "--help")],
)
def test_help_has_an_example(arguments: tuple[str, ...]) -> None:
    """Every command's help says how it is called, and shows an example."""
    answer = run(*arguments)
    assert (answer.returncode, answer.stderr) == (0, b"")
    command = arguments[0] if not arguments[0].startswith("-") else "render"
    assert answer.stdout.startswith(b"Usage: krmfn ")
    assert f"\n  krmfn {command} " in answer.stdout.decode()
    assert b"\\b" not in answer.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("--frobnicate",),
        ("render", "/not/there"),
        ("render", "--output-dir"),
        ("render", "--config", "/not/there"),
        ("render", "--catalog", "/not/there"),
        ("schema", "Nothing"),
        ("init", "pyproject.toml"),
        ("init", "--adopt", "/not/there"),
        ("version", "--output", "xml"),
        ("version", "surplus"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    """What cannot be done as asked is usage: exit 2, the reason on stderr, nothing on stdout."""
    answer = run(*arguments)
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert "Error: " in answer.stderr.decode()


def test_versions() -> None:
    """`version` says which programs' versions krmfn writes for, to people and to programs."""
    text = run("version").stdout.decode().splitlines()
    assert text[0] == f"krmfn {krmfn.__version__}"
    assert [line.partition(":")[0] for line in text[1:]] == ["flux", "cozystack", "cilium", "kubernetes"]
    told = json.loads(run("version", "--output", "json").stdout)
    assert told["version"] == krmfn.__version__
    assert told["targets"]["flux"]["default"] in told["targets"]["flux"]["supported"]
    assert run("--version").stdout.decode().strip() == krmfn.__version__


def test_schemas(tmp_path: Path) -> None:
    """`schema` lists the kinds, prints one's schema, and writes them all."""
    kinds = run("schema").stdout.decode().split()
    assert {"Kubernetes", "Placement", "ComputePlane"} <= set(kinds)
    printed = run("schema", "Placement").stdout
    assert json.loads(printed)["properties"]["kind"]["const"] == "Placement"
    assert run("schema", "--output-dir", tmp_path / "schemas").returncode == 0
    assert (tmp_path / "schemas/placement.schema.json").read_bytes() == printed
    assert len(list((tmp_path / "schemas").iterdir())) == len(kinds)


# render: what it reads.


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
    assert names(answer.stdout) == ["tenant-a/redis-alpha", "tenant-a/redis-beta", "tenant-b/redis-cache"]
    assert answer.stderr.decode() == "krmfn: read 3 files with 3 declarations\n"
    assert b"config.kubernetes.io" not in answer.stdout


def test_render_skips_and_counts_what_is_no_manifest(tmp_path: Path) -> None:
    """Charts, values files, other programs' YAML and ignored files are left out, and the summary counts them."""
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
    assert (answer.returncode, names(answer.stdout)) == (0, ["tenant-a/redis-cache"])
    assert answer.stderr.decode() == (
        "krmfn: read 4 files with 1 declarations; skipped 2 charts, 3 files that are no manifests\n"
    )


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
    assert names(answer.stdout) == ["tenant-a/redis-cache", "tenant-c/redis-cache", "tenant-f/redis-cache"]
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
    assert names(wrong.stdout) == [f"tenant-{each}/redis-cache" for each in "acde"]
    assert "error: many.yaml: Redis tenant-b/Wrong metadata.name: " in wrong.stderr.decode()


def test_render_takes_files_and_folders_once(tmp_path: Path) -> None:
    """A file that is named twice, or by its folder as well, is read once."""
    plant(tmp_path, {"a/cache.yaml": redis("tenant-a"), "b/cache.yaml": redis("tenant-b")})
    answer = run("render", "a/cache.yaml", "a", "./a/../a", cwd=tmp_path)
    assert (answer.returncode, names(answer.stdout)) == (0, ["tenant-a/redis-cache"])


def test_render_of_nothing_is_fine(tmp_path: Path) -> None:
    """A folder without declarations renders to nothing."""
    answer = run("render", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (0, b"")
    assert answer.stderr.decode() == "krmfn: read 0 files with 0 declarations\n"


def test_render_leaves_bystanders_out(tmp_path: Path) -> None:
    """What is no declaration is not printed, and neither is what an earlier run generated."""
    first = run("render", plant(tmp_path, {"cache.yaml": redis("tenant-a")}))
    plant(
        tmp_path,
        {
            "generated.yaml": first.stdout.replace(b"redis-cache", b"redis-gone"),
            "theirs.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: theirs\n  namespace: tenant-a\n",
        },
    )
    again = run("render", tmp_path)
    assert (again.returncode, again.stdout) == (0, first.stdout)


def test_a_syntax_error_counts_where_it_may_be_ours(tmp_path: Path) -> None:
    """A file that cannot be read refuses the run if it names one of our groups, and is a warning if it does not."""
    plant(tmp_path, {"cache.yaml": redis("tenant-a"), "theirs.yaml": "apiVersion: v1\nkind: [\n"})
    theirs = run("render", cwd=tmp_path)
    assert (theirs.returncode, names(theirs.stdout)) == (0, ["tenant-a/redis-cache"])
    assert "warning: theirs.yaml: " in theirs.stderr.decode()
    assert "line 3, column 1" in theirs.stderr.decode()
    for group in ("apps.cozystack.io", "krmfn.dev", "cozystack.io"):
        plant(tmp_path, {"ours.yaml": f"apiVersion: {group}/v1alpha1\nkind: [\n"})
        ours = run("render", "--keep-going", cwd=tmp_path)
        assert (ours.returncode, ours.stdout) == (1, b"")
        assert "error: ours.yaml: " in ours.stderr.decode()


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
    assert f"error: dev/kustomization.yml: {field}: " in error
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
    answer = run("render", cwd=tmp_path)
    assert (answer.returncode, names(answer.stdout)) == (0, ["tenant-a/redis-cache"])


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
    assert (answer.returncode, names(answer.stdout)) == (0, ["tenant-a/redis-cache"])
    (tmp_path / "broken.yaml").symlink_to("nowhere.yaml")
    answer = run("render", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, b"")
    assert "error: broken.yaml: " in answer.stderr.decode()


# render: configuration and catalog.


def test_the_one_compute_plane_is_the_configuration(tmp_path: Path) -> None:
    """A ComputePlane among the inputs counts; with --config another file does; two of them must be chosen from."""
    plant(
        tmp_path,
        {
            "in/cache.yaml": redis("tenant-a"),
            "in/plane.yaml": PLANE.format(name="one", namespace="tenant-a", interval="7m"),
            "other.yaml": PLANE.format(name="other", namespace="tenant-a", interval="9m"),
            "options.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: o}\ndata: {defaults.interval: 11m}\n",
        },
    )
    assert b"interval: 7m0s" in run("render", "in", cwd=tmp_path).stdout
    assert b"interval: 9m0s" in run("render", "in", "--config", "other.yaml", cwd=tmp_path).stdout
    assert b"interval: 11m0s" in run("render", "in", "--config", "options.yaml", cwd=tmp_path).stdout
    two = run("render", "in", "other.yaml", cwd=tmp_path)
    assert (two.returncode, two.stdout) == (1, b"")
    error = two.stderr.decode()
    assert "error: in/plane.yaml: ComputePlane tenant-a/one metadata.name: 2 ComputePlanes" in error
    assert "error: other.yaml: ComputePlane tenant-a/other metadata.name: 2 ComputePlanes" in error
    chosen = run("render", "in", "other.yaml", "--config", "other.yaml", cwd=tmp_path)
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
    assert (answer.returncode, names(answer.stdout)) == (0, ["tenant-a/book-cache"])


# render: what it writes.


def test_one_mistake_refuses_the_whole_run(tmp_path: Path) -> None:
    """Without --keep-going no tenant is rendered when one is at fault, and nothing is written."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b", "Wrong")})
    answer = run("render", "in", "--output-dir", "out", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, b"")
    assert not (tmp_path / "out").exists()


def test_keep_going_leaves_out_the_namespaces_at_fault(tmp_path: Path) -> None:
    """With --keep-going the others are rendered, the fault is told, and the exit code is still 1."""
    plant(
        tmp_path,
        {
            "a.yaml": redis("tenant-a"),
            "b.yaml": redis("tenant-b") + "---\n" + redis("tenant-b", "Wrong"),
            "c.yaml": redis("tenant-c"),
        },
    )
    answer = run("render", "--keep-going", cwd=tmp_path)
    assert (answer.returncode, names(answer.stdout)) == (1, ["tenant-a/redis-cache", "tenant-c/redis-cache"])
    assert "error: b.yaml: Redis tenant-b/Wrong metadata.name: " in answer.stderr.decode()


def test_keep_going_leaves_out_every_namespace_at_fault(tmp_path: Path) -> None:
    """A fault of one kind hides none of another: both are told, and who is without fault is rendered."""
    plant(
        tmp_path,
        {
            "a.yaml": redis("tenant-a").replace("name: cache", "labels: {}"),
            "b.yaml": redis("tenant-b").replace("Redis", "Rediss"),
            "c.yaml": redis("tenant-c"),
        },
    )
    answer = run("render", "--keep-going", cwd=tmp_path)
    assert (answer.returncode, names(answer.stdout)) == (1, ["tenant-c/redis-cache"])
    assert "error: a.yaml: " in answer.stderr.decode()
    assert "error: b.yaml: " in answer.stderr.decode()


def test_keep_going_keeps_the_earlier_files_of_a_namespace_at_fault(tmp_path: Path) -> None:
    """A tenant that made a mistake keeps what is rendered of it, for Flux would uninstall what goes."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b")})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    before = tree(tmp_path / "out")
    plant(tmp_path, {"in/a.yaml": redis("tenant-a", "other"), "in/b.yaml": redis("tenant-b", "Wrong")})
    answer = run("render", "in", "--output-dir", "out", "--keep-going", cwd=tmp_path)
    after = tree(tmp_path / "out")
    assert answer.returncode == 1
    assert sorted(after) == [
        "kustomization.yaml",
        "tenant-a/helmrelease-redis-other.yaml",
        "tenant-b/helmrelease-redis-cache.yaml",
    ]
    assert after["tenant-b/helmrelease-redis-cache.yaml"] == before["tenant-b/helmrelease-redis-cache.yaml"]
    listed = yaml.load(after["kustomization.yaml"][0])["resources"]
    assert listed == ["tenant-a/helmrelease-redis-other.yaml", "tenant-b/helmrelease-redis-cache.yaml"]


def test_output_dir_has_one_file_an_object(tmp_path: Path) -> None:
    """`<namespace>/<kind>-<name>.yaml` and a kustomization that lists them, with the same objects as the stream."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b")})
    stream = run("render", "in", cwd=tmp_path).stdout
    answer = run("render", "in", "--output-dir", "deep/out", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (0, b"")
    out = tmp_path / "deep/out"
    paths = ["tenant-a/helmrelease-redis-cache.yaml", "tenant-b/helmrelease-redis-cache.yaml"]
    assert sorted(tree(out)) == ["kustomization.yaml", *paths]
    assert yaml.load((out / "kustomization.yaml").read_bytes())["resources"] == paths
    assert [yaml.load((out / path).read_bytes()) for path in paths] == yaml.load_all(stream)


def test_output_dir_is_written_once(tmp_path: Path) -> None:
    """A second run changes no byte, and does not even write the files again."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b")})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    before = tree(tmp_path / "out")
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    assert tree(tmp_path / "out") == before


def test_output_dir_loses_stale_files_and_no_others(tmp_path: Path) -> None:
    """What an earlier run wrote and this one does not is removed; a file of the user's stays, whatever it is called."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b"), "in/c.yaml": redis("tenant-c")})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    plant(
        tmp_path, {"out/tenant-c/mine.yaml": "a: 1\n", "out/helmrelease-mine.yaml": redis("x"), "out/README.md": "x\n"}
    )
    (tmp_path / "in/b.yaml").unlink()
    (tmp_path / "in/c.yaml").unlink()
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    assert sorted(tree(tmp_path / "out")) == [
        "README.md",
        "helmrelease-mine.yaml",
        "kustomization.yaml",
        "tenant-a/helmrelease-redis-cache.yaml",
        "tenant-c/mine.yaml",
    ]
    assert not (tmp_path / "out/tenant-b").exists()


def test_a_stale_file_that_a_user_took_over_stays(tmp_path: Path) -> None:
    """A file that was ours once and has the user's content now is not removed."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b")})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    (tmp_path / "in/b.yaml").unlink()
    plant(tmp_path, {"out/tenant-b/helmrelease-redis-cache.yaml": "apiVersion: v1\nkind: ConfigMap\n"})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    assert (tmp_path / "out/tenant-b/helmrelease-redis-cache.yaml").read_text() == "apiVersion: v1\nkind: ConfigMap\n"


@pytest.mark.parametrize("path", ["kustomization.yaml", "tenant-a/helmrelease-redis-cache.yaml"])
def test_a_users_file_in_the_way_is_not_replaced(tmp_path: Path, path: str) -> None:
    """Where a file that krmfn did not write would have to be replaced, nothing is written at all."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b"), f"out/{path}": "mine: true\n"})
    before = tree(tmp_path / "out")
    answer = run("render", "in", "--output-dir", "out", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, b"")
    assert f"error: out/{path}: " in answer.stderr.decode()
    assert tree(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("kustomization.yaml", b"\xff\xfe"),
        ("kustomization.yaml/mine", b"x"),
        ("tenant-a", b"a file where a folder goes"),
        ("tenant-a/helmrelease-redis-cache.yaml/mine", b"a folder where a file goes"),
    ],
)
def test_odd_things_in_the_way_are_told(tmp_path: Path, path: str, content: bytes) -> None:
    """Whatever stands in the way is told as such, and left alone."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), f"out/{path}": content})
    before = tree(tmp_path / "out")
    answer = run("render", "in", "--output-dir", "out", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, b"")
    assert "[file-in-the-way]" in answer.stderr.decode()
    assert tree(tmp_path / "out") == before


@pytest.mark.parametrize("content", [": : [", "resources: 5", "resources: [5, {a: b}]", "- a", ""])
def test_a_kustomization_of_ours_that_a_user_broke(tmp_path: Path, content: str) -> None:
    """Our own kustomization is written anew, whatever became of it."""
    header = "# Written by krmfn render, like every file that is listed here.\n"
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "out/kustomization.yaml": header + content})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    assert yaml.load((tmp_path / "out/kustomization.yaml").read_bytes())["resources"]


def test_an_output_dir_that_cannot_be_made(tmp_path: Path) -> None:
    """Where nothing can be written, it is told, and is no bug of ours."""
    plant(tmp_path, {"a.yaml": redis("tenant-a")})
    answer = run("render", "--output-dir", "/proc/krmfn", cwd=tmp_path)
    assert answer.returncode == 1
    assert "error: /proc/krmfn" in answer.stderr.decode()
    assert run("schema", "--output-dir", "/proc/krmfn", cwd=tmp_path).returncode == 2


def test_the_folder_that_is_read_is_not_written_to(tmp_path: Path) -> None:
    """--output-dir cannot be what is read, for then nothing would be read."""
    plant(tmp_path, {"a.yaml": redis("tenant-a")})
    answer = run("render", "--output-dir", ".", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert sorted(tree(tmp_path)) == ["a.yaml"]


def test_the_same_bytes_in_another_locale(tmp_path: Path) -> None:
    """What is written does not depend on the encoding of the terminal."""
    plant(tmp_path, {"a.yaml": redis("tenant-a") + "spec: {title: Käse}\n"})
    here = run("render", cwd=tmp_path)
    there = subprocess.run(
        [sys.executable, "-m", "krmfn", "render"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PYTHONIOENCODING": "ascii"},
    )
    assert (there.returncode, there.stdout) == (0, here.stdout)
    assert "Käse" in here.stdout.decode()


def test_an_output_dir_among_the_inputs_is_not_read(tmp_path: Path) -> None:
    """Rendering a folder into one of its own gives the same as rendering it elsewhere, the second time as well."""
    plant(tmp_path, {"cache.yaml": redis("tenant-a")})
    for _ in range(2):
        answer = run("render", "--output-dir", "rendered", cwd=tmp_path)
        assert (answer.returncode, answer.stderr) == (0, b"krmfn: read 1 files with 1 declarations\n")
        assert sorted(tree(tmp_path / "rendered")) == ["kustomization.yaml", "tenant-a/helmrelease-redis-cache.yaml"]


def test_a_reader_that_leaves_early_is_no_bug(tmp_path: Path) -> None:
    """`krmfn render | head -1` ends quietly: nothing on stderr but the summary, and no request to report a bug."""
    plant(tmp_path, {"many.yaml": "---\n".join(redis("tenant-a", f"cache-{number}") for number in range(500))})
    pipeline = f'"{sys.executable}" -m krmfn render . | head -1'
    answer = subprocess.run(
        ["sh", "-c", pipeline],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    )
    assert answer.stdout == b"apiVersion: helm.toolkit.fluxcd.io/v2\n"
    assert answer.stderr in {b"", b"krmfn: read 1 files with 500 declarations\n"}


def test_the_same_objects_from_the_function_and_from_render(tmp_path: Path) -> None:
    """What `render` prints is what the function adds to its items."""
    texts = [redis("tenant-a"), redis("tenant-b").replace("Redis", "Kubernetes")]
    items = [yaml.load(text) for text in texts]
    piped = run(stdin=ENVELOPE + yaml.dump({"items": items}))
    rendered = run("render", plant(tmp_path, {"a.yaml": texts[0], "b.yaml": texts[1]}))
    generated = [item for item in yaml.load(piped.stdout)["items"] if item["kind"] == "HelmRelease"]
    assert yaml.load_all(rendered.stdout) == generated
