"""A stranger's repository: nothing in it runs or leads out, what cannot be looked at never passes, and reading ends."""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from krmfn.cli.check.formats import FORMATS
from krmfn.cli.check.verdict import alone
from krmfn.cli.init.adopt import prepared
from krmfn.cli.init.repository import started
from krmfn.cli.inputs.krmignore import parse
from krmfn.cli.inputs.manifests import read
from krmfn.cli.paint import paint_for
from krmfn.cli.plan.revisions import Revisions
from krmfn.repository import WORKTREE, Repository, RepositoryError, gitoutput
from tests.command_line import PACKAGE, environment, run_in, start
from tests.declarations import app
from tests.own_repository import OwnRepository
from tests.trees import names, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from krmfn.cli.inputs.manifests import Tree

EVIL = "#!/bin/sh\ntouch {marker}\n"

ARGUMENT = "a\n::set-output name=b::\x1b[2J"


@pytest.fixture
def history(tmp_path: Path) -> OwnRepository:
    return OwnRepository(tmp_path / "repository")


@pytest.fixture
def inside(history: OwnRepository, monkeypatch: pytest.MonkeyPatch) -> OwnRepository:
    monkeypatch.chdir(history.root)
    return history


def loose(history: OwnRepository, name: str) -> Path:
    """Where Git keeps an object."""
    found = history.git("rev-parse", name)
    return history.root / ".git/objects" / found[:2] / found[2:]


# What cannot be looked at never passes.


def test_a_clone_without_trees_is_not_an_empty_one(history: OwnRepository, tmp_path: Path) -> None:
    """What the earlier revision declared is not in the clone, so a deletion could not be seen: an error, not a pass."""
    history.git("config", "uploadpack.allowFilter", "true")
    history.commit({"a.yaml": app("Postgres", "a"), "b.yaml": app("Redis", "b")})
    history.commit({"a.yaml": None})
    partial = tmp_path / "partial"
    history.git("clone", "--quiet", "--filter=tree:0", f"file://{history.root}", str(partial))
    for command in (("check", "--against", "HEAD~1"), ("plan", "--from", "HEAD~1")):
        answer = start(*command, cwd=partial)
        assert (answer.returncode, answer.stdout) == (2, b"")
        assert b"git" in answer.stderr


def _cut(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize("what", ["HEAD~1", "HEAD~1^{tree}", "HEAD~1:a.yaml"])
@pytest.mark.parametrize("harm", [Path.unlink, _cut])
def test_a_damaged_history_is_not_an_empty_one(inside: OwnRepository, what: str, harm: Callable[[Path], None]) -> None:
    """A commit, a tree or a blob that is missing or cut off is an error that names Git's word or the file."""
    inside.commit({"a.yaml": app("Postgres", "a", f"{{host: {'x' * 200}.example.org}}")})
    inside.commit({"a.yaml": app("Postgres", "b")})
    before = inside.git("rev-parse", "HEAD~1")
    harm(loose(inside, what))
    with Repository(inside.root) as repository, pytest.raises(RepositoryError):
        read([Path()], files=repository.at(before))


def test_a_branch_that_is_damaged_is_not_one_without_commits(inside: OwnRepository) -> None:
    """A branch that a crash left empty has a history, though nobody can tell which; a new repository has none."""
    with Repository(inside.root) as repository:
        assert repository.commit("HEAD") == ""
    inside.commit({"a.yaml": app("Postgres", "a")})
    (inside.root / ".git/refs/heads/main").write_bytes(b"")
    with Repository(inside.root) as repository, pytest.raises(RepositoryError, match="HEAD cannot be read"):
        repository.at("HEAD")


def test_a_lag_that_cannot_be_counted_is_an_error(inside: OwnRepository) -> None:
    """Where history is missing, how far behind a revision is cannot be told, and 0 would be a guess."""
    for name in "abc":
        inside.commit({f"{name}.yaml": app("Redis", name)})
    inside.git("checkout", "--quiet", "-b", "behind", "HEAD~2")
    with Repository(inside.root) as repository:
        assert repository.lacks("main", "WORKTREE") == 2
    loose(inside, "main~1").unlink()
    with Repository(inside.root) as repository, pytest.raises(RepositoryError):
        repository.lacks("main", "WORKTREE")


@pytest.mark.parametrize("place", ["<(cat {file})", "/dev/stdin < {file}", "pipe"])
@pytest.mark.parametrize(("spec", "code"), [("{}", 0), ("{oops", 1)])
def test_what_is_named_is_read(tmp_path: Path, place: str, spec: str, code: int) -> None:
    """A process substitution, stdin and a named pipe are read like files, and judged like them."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.yaml").write_text(app("Redis", "a", spec))
    # Where nobody reads the pipe, its writer must not be waited for.
    fed = "(timeout 60 cat a.yaml > pipe) > /dev/null 2>&1 &" if place == "pipe" else ""
    script = f'{fed} "{sys.executable}" -m krmfn check --verbose {place.format(file="a.yaml")}'
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment({"PYTHONPATH": str(PACKAGE.parent)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "read 1 file with" in done.stderr


def test_a_pipe_that_nobody_named_is_said(tmp_path: Path) -> None:
    """In a folder a pipe could be waited for without end: it and a socket are not read, and a warning names them."""
    os.mkfifo(tmp_path / "a.yaml")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "b.yaml"))
        tree = read([tmp_path])
    assert [(each.code, each.severity) for each in tree.results] == [("not-read", "warning")] * 2


def test_a_folder_that_vanishes_is_not_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Removed between its opening and its listing, a folder lists as empty: an error, or its objects would go."""
    (tmp_path / "in/gone").mkdir(parents=True)
    (tmp_path / "in/gone/a.yaml").write_text(app("Redis", "a"))
    really = os.scandir

    def scandir(folder: Path) -> Iterator[os.DirEntry[str]]:
        entries = really(folder)
        if Path(folder).name == "gone":
            (Path(folder) / "a.yaml").unlink()
            Path(folder).rmdir()
        return entries

    monkeypatch.setattr(os, "scandir", scandir)
    tree = read([tmp_path / "in"])
    assert [(each.code, each.severity) for each in tree.results] == [("unreadable-file", "error")]


def test_a_file_that_is_cut_while_it_is_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read must be as long as the file was: half a file may be a whole manifest of less."""
    path = tmp_path / "a.yaml"
    path.write_text(app("Redis", "a"))
    really = os.read

    def cut(descriptor: int, size: int) -> bytes:
        os.truncate(path, 10)
        return really(descriptor, size)

    monkeypatch.setattr(os, "read", cut)
    (line,) = told(read([path]))
    assert "it changed while it was read; run this again" in line


def test_a_replaced_commit_is_not_taken_for_another(inside: OwnRepository) -> None:
    """Neither a replacement nor a graft of the clone makes a deletion look as if nothing had been there."""
    inside.commit({"a.yaml": app("Postgres", "a"), "b.yaml": app("Redis", "b")})
    inside.commit({"a.yaml": None})
    inside.commit({"c.yaml": app("Redis", "c")})
    inside.git("replace", "HEAD~1", "HEAD")
    before = inside.git("--no-replace-objects", "rev-parse", "HEAD~2")
    (inside.root / ".git/info").mkdir(exist_ok=True)
    (inside.root / ".git/info/grafts").write_text(f"{inside.git('rev-parse', 'HEAD')} {before}\n")
    with Repository(inside.root) as repository:
        assert names(read([Path()], files=repository.at("HEAD~1"))) == ["b"]


def test_git_that_complains_much_is_read_to_its_end(inside: OwnRepository) -> None:
    """Messages that fill their pipe do not make git and krmfn wait for each other."""
    inside.commit({"a.yaml": app("Redis", "a")})
    here = os.getcwd()  # noqa: PTH109
    os.chdir(inside.root)
    # Deeper than a path may be long, so git complains about each folder with its whole path.
    for _ in range(20):
        Path("d" * 200).mkdir()
        os.chdir("d" * 200)
    for number in range(40):
        Path(f"{number}-{'e' * 200}").mkdir()
    os.chdir(here)
    with Repository(inside.root) as repository:
        assert names(read([Path()], files=repository.at("WORKTREE"))) == ["a"]


# Nothing of the repository runs.


def bare_looking(folder: Path, marker: Path) -> None:
    """A folder as anybody can commit it, which Git takes for a bare repository with a command in its configuration."""
    script = folder.parent / "evil.sh"
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], env=environment(), check=True)
    script.write_text(EVIL.format(marker=marker))
    script.chmod(0o755)
    with (folder / "config").open("a") as config:
        config.write(f"[core]\n\tbare = false\n\tworktree = {folder}\n\tfsmonitor = {script}\n")


@pytest.mark.parametrize("command", [("check", "--against", "HEAD"), ("plan",), ("plan", "--from", "HEAD")])
def test_a_folder_that_looks_like_a_repository_runs_nothing(
    history: OwnRepository, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Run inside such a folder, krmfn refuses it, or takes the repository around it; its command never runs."""
    marker = tmp_path / "ran"
    history.commit({"a.yaml": app("Redis", "a")})
    bare_looking(history.root / "docs/example", marker)
    answer = start(*command, cwd=history.root / "docs/example")
    assert not marker.exists()
    assert answer.returncode == 2
    assert b"a folder in a stranger's repository can look like one" in answer.stderr


def test_no_setting_of_a_repository_runs_anything(history: OwnRepository, tmp_path: Path) -> None:
    """Whatever its configuration names for Git to run is not run: monitors, hooks, diffs, filters, signatures."""
    marker = tmp_path / "ran"
    script = tmp_path / "evil.sh"
    script.write_text(EVIL.format(marker=marker))
    script.chmod(0o755)
    history.commit({"a.yaml": app("Redis", "a"), ".gitattributes": "* filter=evil diff=evil\n"})
    history.commit({"b.yaml": app("Redis", "b")})
    names_of_commands = (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.askPass",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.smudge",
        "filter.evil.clean",
        "filter.evil.process",
        "gpg.program",
        "credential.helper",
    )
    for name in names_of_commands:
        history.git("config", name, str(script))
    history.git("config", "log.showSignature", "true")
    history.write({"c.yaml": app("Redis", "c")})
    foreign = {
        "GIT_EXTERNAL_DIFF": str(script),
        "GIT_SSH_COMMAND": str(script),
        "GIT_PAGER": str(script),
        "GIT_TRACE2_EVENT": str(marker),
        "GIT_TRACE": str(marker),
    }
    for command in (("check", "--against", "HEAD~1"), ("plan", "--from", "HEAD~1")):
        answer = start(*command, cwd=history.root, more=foreign)
        assert answer.returncode == 0, answer.stderr
    assert not marker.exists()


def test_nothing_is_fetched(history: OwnRepository, tmp_path: Path) -> None:
    """A clone that lacks objects does not ask its remote for them, whatever program that remote names."""
    marker = tmp_path / "ran"
    history.git("config", "uploadpack.allowFilter", "true")
    history.commit({"a.yaml": app("Redis", "a")})
    history.commit({"a.yaml": app("Redis", "b")})
    partial = tmp_path / "partial"
    history.git("clone", "--quiet", "--filter=blob:none", f"file://{history.root}", str(partial))
    subprocess.run(["git", "config", "remote.origin.url", f"ext::touch {marker}"], cwd=partial, check=True)
    subprocess.run(["git", "config", "protocol.ext.allow", "always"], cwd=partial, check=True)
    assert start("plan", "--from", "HEAD~1", cwd=partial).returncode == 2
    assert not marker.exists()


@pytest.mark.parametrize("name", ["click.py", "yaml/__init__.py", "git"])
def test_no_program_is_looked_for_in_the_current_folder(history: OwnRepository, tmp_path: Path, name: str) -> None:
    """Neither `python -m krmfn` nor a PATH with a dot in it makes krmfn run a stranger's module or git."""
    marker = tmp_path / "ran"
    history.commit({"a.yaml": app("Redis", "a")})
    evil = EVIL.format(marker=marker) if name == "git" else f"open({str(marker)!r}, 'w')\nraise SystemExit\n"
    history.write({name: evil})
    (history.root / name).chmod(0o755)
    answer = start("plan", cwd=history.root, more={"PATH": f".:{os.environ['PATH']}"})
    assert answer.returncode == 0, answer.stderr
    assert not marker.exists()


def test_the_starter_has_no_program_where_tenants_write(tmp_path: Path) -> None:
    """A tenant who may change files of a folder must not thereby change what an administrator runs."""
    started(tmp_path / "fleet")
    programs = [path for path in (tmp_path / "fleet").rglob("*") if path.is_file() and os.access(path, os.X_OK)]
    assert programs
    assert [path for path in programs if "tenants" in path.relative_to(tmp_path / "fleet").parts] == []


# Nothing leads out.


@pytest.fixture
def leading_out(inside: OwnRepository, tmp_path: Path) -> OwnRepository:
    """Links of every kind to what is not in the repository."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.yaml").write_text(app("Redis", "secret"))
    inside.commit({"a.yaml": app("Redis", "a"), "real/b.yaml": app("Redis", "b")})
    (inside.root / "file.yaml").symlink_to("../outside/secret.yaml")
    (inside.root / "absolute.yaml").symlink_to(outside / "secret.yaml")
    (inside.root / "folder").symlink_to(outside)
    (inside.root / "root").symlink_to("/")
    (inside.root / "through").symlink_to("real/../../outside")
    (inside.root / "within").symlink_to(inside.root / "real")
    inside.commit({})
    return inside


@pytest.mark.parametrize("source", ["disk", "HEAD", "INDEX", "WORKTREE"])
def test_links_are_not_followed_out(leading_out: OwnRepository, source: str) -> None:
    """From disk and from Git alike: each such link is a warning, even one to /, and links inside are followed."""
    if source == "disk":
        tree = read([Path()])
    else:
        with Repository(leading_out.root) as repository:
            tree = read([Path()], files=repository.at(source))
    assert sorted(names(tree)) == ["a", "b"]
    reason = "is a link to a place outside the repository, which is not in Git and is not read [not-read]"
    out = ("absolute.yaml", "file.yaml", "folder", "root", "through")
    assert sorted(told(tree)) == [f"warning: {name}: {reason}" for name in out]


def test_an_ignore_file_that_is_a_link_out_is_not_read(inside: OwnRepository, tmp_path: Path) -> None:
    """It is a file of the repository that decides what is left out, and no other."""
    (tmp_path / "patterns").write_text("*.yaml\n")
    inside.write({"a.yaml": app("Redis", "a")})
    (inside.root / ".krmignore").symlink_to("../patterns")
    assert names(read([Path()])) == ["a"]


@pytest.mark.parametrize("source", ["disk", "HEAD"])
@pytest.mark.parametrize(
    ("link", "code", "severity"), [("round.yaml", "unreadable-file", "error"), ("tenants", "not-read", "warning")]
)
def test_a_loop_is_no_bug_of_ours(inside: OwnRepository, source: str, link: str, code: str, severity: str) -> None:
    """A link round in a circle that is called like a manifest is an error; called otherwise it is at least said."""
    inside.commit({"a.yaml": app("Redis", "a")})
    (inside.root / link).symlink_to(link)
    inside.commit({})
    tree: Tree
    if source == "disk":
        tree = read([Path()])
    else:
        with Repository(inside.root) as repository:
            tree = read([Path()], files=repository.at(source))
    assert names(tree) == ["a"]
    assert [(each.code, each.severity) for each in tree.results] == [(code, severity)]


def test_adopting_writes_through_no_link(leading_out: OwnRepository, tmp_path: Path) -> None:
    """`init --adopt` edits files of the repository, and none that a link in it leads to."""
    _, results = prepared(Path())
    assert {each.code for each in results} == {"not-read"}
    assert (tmp_path / "outside/secret.yaml").read_text() == app("Redis", "secret")
    assert "prune" in (leading_out.root / "a.yaml").read_text()


# Reading ends.


def test_a_tree_of_billions_of_files_ends(inside: OwnRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve objects make a tree of 10^11 paths; counting stops at the limit."""
    blob = inside.git("hash-object", "-w", "--stdin")
    made, kind = blob, "100644 blob"
    for _ in range(11):
        listing = "".join(f"{kind} {made}\tf{number}\n" for number in range(10))
        made, kind = inside.git("mktree", given=listing), "040000 tree"
    commit = inside.git("commit-tree", made, "-m", "x")
    monkeypatch.setattr(gitoutput, "MAX_FILES", 10_000)
    with Repository(inside.root) as repository, pytest.raises(RepositoryError, match="more than 10000 files"):
        repository.at(commit)


def test_a_tree_as_deep_as_paths_are_long(inside: OwnRepository) -> None:
    """A thousand folders in one another are read, and are no bug."""
    deep = "d/" * 1500 + "a.yaml"
    stream = f"commit refs/heads/deep\ncommitter A <a@example.org> 0 +0000\ndata 0\nM 100644 inline {deep}\ndata 0\n\n"
    inside.git("fast-import", "--quiet", given=stream)
    with Repository(inside.root) as repository:
        tree = read([Path()], files=repository.at("deep"))
    assert tree.counts["files"] == 1


@pytest.mark.parametrize(
    "pattern", ["*a" * 25 + "b", "**/a" * 25 + "/b", "*?" * 25 + "b", "[a-z]*" * 25 + "1", "**/" * 40 + "*a*a*a*a*b"]
)
def test_a_pattern_cannot_make_matching_slow(pattern: str) -> None:
    """Patterns that take other readers longer than the universe are held against long names at once."""
    ignored = parse(pattern)
    begin = time.process_time()
    assert not ignored.has("a" * 200 + "/" + "a/" * 100 + "a" * 250, is_folder=False)
    # Not a measure: a matcher that tries all ways would not come back to be measured.
    assert time.process_time() - begin < 60


def test_patterns_mean_what_they_mean_to_git(inside: OwnRepository) -> None:
    """Some thousand patterns, held against many names, ignore exactly what `git check-ignore` says."""
    chance = random.Random(12)  # noqa: S311  (no secret)
    pieces = [
        "a",
        "b",
        "ab",
        "*",
        "**",
        "?",
        "/",
        "/**/",
        "**/",
        "[ab]",
        "[!a]",
        "[^b-c]",
        "[a-",
        "]",
        "\\*",
        "!",
        "#",
        " ",
        "\\ ",
        ".",
        "[[:alpha:]]",
        "[]a]",
        "-",
    ]
    paths = ["a", "b", "ab", "a/b", "b/a", "a/b/ab", "ab/a", "a b", "*", "b/b/a", "a.b", "]", "!a", "#a", "a/ ", "-"]
    made_up = ("".join(chance.choices(pieces, k=chance.randint(1, 6))) for _ in range(1000))
    # Git before 2.41 compares two pointers that have nothing to do with each other where ** is only part of a name.
    patterns = [each for each in made_up if not re.search(r"[^/*]\*\*|\*\*[^/*]|\*\*\*|\[[^]]*/", each)]
    asked = []
    for number, pattern in enumerate(patterns):
        folder = inside.root / f"p{number}"
        folder.mkdir()
        (folder / ".gitignore").write_text(pattern + "\n")
        asked += [f"p{number}/{path}" for path in paths]
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        input="\0".join(asked),
        cwd=inside.root,
        capture_output=True,
        text=True,
        check=False,
    )
    expected = set(done.stdout.split("\0")) - {""}
    assert expected

    def is_ignored(number: int, path: str) -> bool:
        ignored = parse(patterns[number] + "\n")
        steps = path.split("/")
        above = any(ignored.has("/".join(steps[:depth]), is_folder=True) for depth in range(1, len(steps)))
        return above or ignored.has(path, is_folder=False)

    made = {f"p{number}/{path}" for number in range(len(patterns)) for path in paths if is_ignored(number, path)}
    wrong = {each: patterns[int(each.partition("/")[0][1:])] for each in sorted(made ^ expected)}
    assert wrong == {}


# Names that mislead.


@pytest.mark.parametrize("source", ["disk", "HEAD", "WORKTREE"])
def test_a_manifest_in_capitals_is_said(inside: OwnRepository, source: str) -> None:
    """`A.YAML` is a manifest to a reader, and to no program: what it declares is not there, and a warning says so."""
    inside.commit({"a.yaml": app("Redis", "a"), "B.YAML": app("Redis", "b"), "c.Yml": app("Redis", "c"), "d.TXT": "x"})
    if source == "disk":
        tree = read([Path()])
    else:
        with Repository(inside.root) as repository:
            tree = read([Path()], files=repository.at(source))
    assert names(tree) == ["a"]
    assert [line.partition(" is not read")[0] for line in told(tree)] == ["warning: B.YAML:", "warning: c.Yml:"]


@pytest.mark.parametrize("form", ["text", "github"])
def test_no_name_changes_the_terminal(tmp_path: Path, form: str) -> None:
    """Names of files and of objects reach the terminal, and a CI log, without control characters."""
    (tmp_path / "c\x1b[31m\u202etl\n.yaml").write_text('apiVersion: apps.cozystack.io/v1alpha1\nkind: "R\\e[2Jeds"\n')
    verdict = alone(Revisions((tmp_path,), "", WORKTREE))
    said = FORMATS[form](verdict, paint_for(StringIO()), True)  # noqa: FBT003  (as the command calls it)
    assert verdict.results
    assert [each for each in said if not each.isprintable() and each != "\n"] == []
    assert len(said.splitlines()) <= len(verdict.results) + 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--against", ARGUMENT),
        ("plan", "--from", ARGUMENT),
        ("render", "--changed-since", ARGUMENT),
        ("check", "--shard", ARGUMENT),
        ("check", ARGUMENT),
        ("schema", ARGUMENT),
        ("why", ARGUMENT),
        ("reach", "--from", ARGUMENT),
        (ARGUMENT,),
        ("check", f"--{ARGUMENT}"),
    ],
    ids=" ".join,
)
def test_no_argument_begins_a_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A branch or a path may come from a stranger; a line of their own would be a command to a CI's log."""
    OwnRepository(tmp_path / "here").commit({"a.yaml": app("Redis", "a")})
    answer = run_in(tmp_path / "here", *arguments)
    assert answer.returncode == 2
    assert "set-output" in answer.stderr
    assert [line for line in answer.stderr.splitlines() if line.startswith("::")] == []
    assert [each for each in answer.stderr if not each.isprintable() and each != "\n"] == []
