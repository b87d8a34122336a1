"""What can be compared: branches, merges, the index, the work tree; bare, shallow, partial and sparse clones."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.command_line import run_in
from tests.declarations import app, cluster
from tests.history import LAST, History

if TYPE_CHECKING:
    from pathlib import Path


def test_a_revert_undoes(history: History) -> None:
    """A revert is planned as what it does, not as what it is called: here, a creation turned into a removal."""
    history.commit({"cache.yaml": app("Redis", "cache")})
    history.commit({"main.yaml": app("Postgres", "main")})
    assert history.actions(*LAST) == {"Postgres/main": "create"}
    history.git("revert", "--no-edit", "HEAD")
    assert history.actions(*LAST) == {"Postgres/main": "retire"}
    assert history.actions("--from", "HEAD~2", "--to", "HEAD") == {}


def test_a_merge_commit_brings_what_its_branch_did(history: History) -> None:
    """Against its first parent a merge does what the branch did, and nothing of what main did meanwhile."""
    history.commit({"cache.yaml": app("Redis", "cache")})
    history.git("switch", "--quiet", "--create", "branch")
    history.commit({"main.yaml": app("Postgres", "main")})
    history.git("switch", "--quiet", "main")
    history.commit({"queue.yaml": app("RabbitMQ", "queue")})
    history.git("merge", "--quiet", "--no-edit", "branch")
    assert history.actions("--from", "HEAD^1", "--to", "HEAD") == {"Postgres/main": "create"}
    assert history.actions("--from", "HEAD^2", "--to", "HEAD") == {"RabbitMQ/queue": "create"}


def test_a_branch_behind_is_told(history: History) -> None:
    """What main did meanwhile shows as undone: that is said, with what to compare instead, which shows the branch."""
    history.commit({"cache.yaml": app("Redis", "cache")})
    history.git("switch", "--quiet", "--create", "branch")
    history.commit({"main.yaml": app("Postgres", "main")})
    history.git("switch", "--quiet", "main")
    history.commit({"lab.yaml": cluster("lab")})
    history.git("switch", "--quiet", "branch")
    behind = history.check("--against", "main")
    assert behind.returncode == 1
    assert "krmfn: main has a commit that WORKTREE lacks" in behind.stderr
    assert "main..." in behind.stderr
    parted = history.check("--against", "main...")
    assert (parted.returncode, "lacks" in parted.stderr) == (0, False)


def test_the_work_tree_is_what_would_be_committed(history: History) -> None:
    """Uncommitted and untracked files count, ignored ones do not, and removed ones are gone."""
    history.commit({"a.yaml": app("Redis", "a"), "b.yaml": app("Redis", "b"), ".gitignore": "ignored.yaml\n"})
    history.write(
        {
            "a.yaml": app("Redis", "a", "{replicas: 3}"),
            "b.yaml": None,
            "new/c.yaml": app("Postgres", "c"),
            "ignored.yaml": app("Postgres", "d"),
        }
    )
    assert history.actions() == {"Redis/a": "change", "Redis/b": "retire", "Postgres/c": "create"}


def test_the_index_is_what_is_staged(history: History) -> None:
    """INDEX has what was added to it and nothing that was not."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.write({"b.yaml": app("Postgres", "b"), "c.yaml": app("Kafka", "c")})
    history.git("add", "b.yaml")
    assert history.actions("--to", "INDEX") == {"Postgres/b": "create"}
    assert history.actions("--from", "INDEX") == {"Kafka/c": "create"}


def test_a_bare_repository_has_revisions(history: History, tmp_path: Path) -> None:
    """Two revisions of a bare repository that GIT_DIR names compare like others; it has no work tree, and says so."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.commit({"b.yaml": app("Postgres", "b")})
    history.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    answer = run_in(tmp_path / "bare.git", "plan", *LAST, more={"GIT_DIR": "."})
    assert answer.returncode == 0
    assert "  create   Postgres/b  installed: postgres-b" in answer.stdout
    refused = run_in(tmp_path / "bare.git", "plan", more={"GIT_DIR": "."})
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "a bare repository has no WORKTREE; use --to REV" in refused.stderr


def test_a_shallow_clone_says_what_it_lacks(history: History, tmp_path: Path) -> None:
    """What a shallow clone has compares; a revision beyond its end is an error that says how to get it."""
    for number in range(3):
        history.commit({"a.yaml": app("Redis", "a", f"{{replicas: {number}}}")})
    history.git("clone", "--quiet", "--depth=2", f"file://{history.root}", str(tmp_path / "shallow"))
    answer = run_in(tmp_path / "shallow", "plan", *LAST)
    assert "spec.values.replicas: 1 -> 2" in answer.stdout
    beyond = run_in(tmp_path / "shallow", "plan", "--from", "HEAD~2")
    assert beyond.returncode == 2
    assert "this clone is shallow, and its history ends before HEAD~2; run git fetch --unshallow" in beyond.stderr


def test_a_clone_without_objects_fetches_none(history: History, tmp_path: Path) -> None:
    """A partial clone lacks contents: that is an error with the way out, and nothing is fetched behind one's back."""
    history.git("config", "uploadpack.allowFilter", "true")
    history.commit({"a.yaml": app("Redis", "a")})
    history.commit({"a.yaml": app("Redis", "b")})
    partial = tmp_path / "partial"
    history.git("clone", "--quiet", "--filter=blob:none", f"file://{history.root}", str(partial))
    answer = run_in(partial, "plan", *LAST)
    assert answer.returncode == 2, answer.stderr
    assert "Error: a.yaml (" in answer.stderr
    assert ") is missing or incomplete in this clone" in answer.stderr


def test_a_linked_worktree_has_its_own_files(history: History, tmp_path: Path) -> None:
    """`git worktree add` makes a checkout of its own, which is the one that counts."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    (tmp_path / "linked/b.yaml").write_text(app("Postgres", "b"))
    assert "Postgres/b" in run_in(tmp_path / "linked", "plan").stdout
    assert "no changes" in history.plan().stdout


def test_a_sparse_checkout_removes_nothing(history: History) -> None:
    """What a sparse checkout leaves out is not on disk, and yet not removed."""
    history.commit({"a/a.yaml": app("Redis", "a"), "b/b.yaml": app("Redis", "b")})
    history.git("update-index", "--refresh")
    history.git("sparse-checkout", "set", "a")
    assert not (history.root / "b/b.yaml").exists()
    assert "no changes" in history.plan().stdout


def test_a_conflict_is_not_planned(history: History) -> None:
    """An index with a conflict is no revision; the work tree's file with the marks is no YAML, and is named."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.git("switch", "--quiet", "--create", "branch")
    history.commit({"a.yaml": app("Redis", "a", "{replicas: 2}")})
    history.git("switch", "--quiet", "main")
    history.commit({"a.yaml": app("Redis", "a", "{replicas: 3}")})
    with pytest.raises(subprocess.CalledProcessError):
        history.git("merge", "--no-edit", "branch")
    index, worktree = history.plan("--to", "INDEX"), history.plan()
    assert (index.returncode, worktree.returncode) == (2, 1)
    assert "merge conflict in a.yaml; resolve it" in index.stderr
    assert worktree.stderr.startswith("krmfn: WORKTREE is invalid:\nerror: a.yaml:7:1: is not YAML")


def test_no_repository_is_usage(tmp_path: Path) -> None:
    """Outside of a repository there is nothing to compare, and check without --against needs none."""
    (tmp_path / "a.yaml").write_text(app("Redis", "a"))
    environment = {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    answer = run_in(tmp_path, "plan", more=environment)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "is not in a Git repository" in answer.stderr
    assert run_in(tmp_path, "check").returncode == 0
    (tmp_path / "fleet/.git").mkdir(parents=True)
    answer = run_in(tmp_path, "plan", "fleet", more=environment)
    assert f"fleet is in the Git repository {tmp_path}/fleet, but you are not; run this there" in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--from", "mian"), 'there is no revision "mian" in this repository; did you mean "main"?'),
        (("--to", "worktree"), 'did you mean "WORKTREE"?'),
        (("--from", "--output=x"), 'there is no revision "--output=x"'),
        (("--from", "main...nowhere"), 'there is no revision "nowhere"'),
        (("--from", ""), "Invalid value for '--from': is empty; name a revision, or leave the option out"),
        (("--from", "...HEAD~9"), 'there is no revision "HEAD~9"'),
        (("--to", "--"), 'there is no revision "--"'),
        (("--from", "^main"), 'there is no revision "^main"'),
        (("--from", "main..HEAD"), "main..HEAD is a range, not one revision; name one, or A...B for the one that both"),
        (("--from", "HEAD:a.yaml"), "HEAD:a.yaml is a part of a revision; name HEAD, and a.yaml as a path of the"),
        (("--from", "HEAD:folder"), "HEAD:folder is a part of a revision; name HEAD, and folder as a path"),
        (("--from", "HEAD:nowhere"), "HEAD:nowhere is a part of a revision; name HEAD, and nowhere as a path"),
        (("--from", ":a.yaml"), ":a.yaml is a file, not a revision; name a branch, a tag or a commit"),
        (("--from", "file"), "file is a file, not a revision; name a branch, a tag or a commit"),
        (("--from", "0" * 40), f"{'0' * 40} stands for no commit, as of a branch that is new; name one that there is"),
        (("--from", "1" * 40), f"{'1' * 40} is {'1' * 40}, which is missing or damaged in this clone; run git fetch"),
        (("--from", "two"), '"two" names more than one thing in this repository; write one of refs/heads/two and refs'),
        (("--from", "two~0"), "write one of refs/heads/two and refs/tags/two"),
        (("nowhere",), "nowhere is neither in HEAD nor in WORKTREE"),
        (("..",), ".. is outside the repository"),
    ],
)
def test_what_is_not_there_is_usage(arguments: tuple[str, ...], says: str, history: History) -> None:
    """A revision or a path that is not there, or none, is told on one line, with the nearest, exit 2."""
    history.commit({"a.yaml": app("Redis", "a"), "folder/b.yaml": app("Redis", "b")})
    history.git("branch", "two", "main")
    history.git("tag", "two", "main")
    history.git("tag", "--annotate", "file", "--message=x", "main:a.yaml")
    answer = history.plan(*arguments)
    assert (answer.returncode, answer.stdout) == (2, "")
    (error,) = [line for line in answer.stderr.splitlines() if line.startswith("Error: ")]
    assert says in error


def test_a_name_in_full_and_a_message_are_revisions(history: History) -> None:
    """Of a branch and a tag of one name either may be named in full; a colon may be of a message, or of the whole."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.git("commit", "--quiet", "--amend", "--message=fix: a thing")
    history.git("branch", "two", "main")
    history.git("tag", "two", "main")
    history.git("tag", "refs/heads/two", "main")
    history.git("update-ref", "refs/heads/HEAD", "main")
    for name in ("refs/heads/two", "heads/two", "HEAD", "HEAD^{/fix: a}", ":/fix: a", "HEAD:", "HEAD:./"):
        answer = history.plan("--from", name)
        assert (answer.returncode, answer.stdout.splitlines()[1:]) == (0, ["no changes"]), name


@pytest.mark.parametrize(
    "command",
    [
        ("check", "--against"),
        ("check", "--changed-since"),
        ("plan", "--changed-since"),
        ("plan", "--to"),
        ("reach", "--from"),
        ("reach", "--from", "HEAD", "--to"),
        ("render", "--changed-since"),
        ("report", "--from"),
    ],
)
def test_an_empty_revision_is_not_left_out(command: tuple[str, ...], history: History) -> None:
    """It is a variable that is not set: to compare nothing would pass in silence."""
    history.commit({"a.yaml": app("Redis", "a")})
    answer = run_in(history.root, *command, "")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert f"Invalid value for '{command[-1]}': is empty; name a revision, or leave the option out" in answer.stderr


def test_a_folder_is_enough(history: History) -> None:
    """With a path, only what is under it counts, in both revisions; a subfolder is a place to stand."""
    history.commit({"a/a.yaml": app("Redis", "a"), "b/b.yaml": app("Redis", "b")})
    history.commit({"a/a.yaml": None, "b/b.yaml": app("Redis", "b", "{replicas: 3}")})
    assert history.actions(*LAST, "a") == {"Redis/a": "retire"}
    assert "Redis/a" not in run_in(history.root / "b", "plan", *LAST).stdout
    assert "spec.values.replicas" in run_in(history.root / "b", "plan", *LAST).stdout
