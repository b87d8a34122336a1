"""A Git tree as files: what is read of it, what is not, and what is said of that."""

from __future__ import annotations

import os
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from krmfn.cli.inputs.manifests import read
from krmfn.repository import Repository
from tests.declarations import app
from tests.history import History
from tests.trees import names, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.cli.inputs.manifests import Tree

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32\nsize 12345\n"


@pytest.fixture
def repository(history: History) -> Iterator[Repository]:
    with Repository(history.root) as found:
        yield found


def read_at(repository: Repository, revision: str) -> Tree:
    return read([Path()], files=repository.at(revision))


@pytest.mark.parametrize("revision", ["HEAD", "INDEX", "WORKTREE"])
def test_a_tree_is_read_as_a_folder_is(revision: str, history: History, repository: Repository) -> None:
    """The files that count, their order, what is skipped and how it is counted are those of `krmfn render`."""
    history.commit(
        {
            "b.yaml": app("Redis", "b"),
            "a/a.yml": app("Redis", "a"),
            "a/list.json": '{"apiVersion": "v1", "kind": "List", "items": []}',
            ".hidden/h.yaml": app("Redis", "hidden"),
            "chart/Chart.yaml": "name: c\n",
            "chart/templates/t.yaml": "{{ nonsense",
            "ignored/i.yaml": app("Redis", "ignored"),
            "a/ignored.yaml": app("Redis", "ignored"),
            ".krmignore": "ignored/\n",
            "a/.krmignore": "ignored.yaml\n",
            "notes.txt": "nothing",
            "kustomization.yaml": "resources: [b.yaml]\n",
        }
    )
    tree = read_at(repository, revision)
    with chdir(history.root):
        disk = read([Path()])
    assert names(tree) == names(disk) == ["b", "a"]
    assert (
        tree.counts == disk.counts == {"files": 4, "charts": 1, "ignored files": 1, "files that are not manifests": 1}
    )
    assert tree.items == disk.items
    assert [overlay.path for overlay in tree.overlays] == [overlay.path for overlay in disk.overlays]


def test_what_is_ignored_is_the_revisions_own(history: History, repository: Repository) -> None:
    """A .krmignore that came later ignores nothing earlier."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.commit({".krmignore": "a.yaml\n"})
    assert names(read_at(repository, "HEAD~1")) == ["a"]
    assert names(read_at(repository, "HEAD")) == []


def test_nothing_is_checked_out(history: History, repository: Repository) -> None:
    """Reading another revision changes no file, no index and no reference."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.commit({"a.yaml": app("Redis", "b")})
    history.write({"a.yaml": app("Redis", "c")})

    def state() -> dict[Path, bytes]:
        places = (history.root, history.store)
        return {path: path.read_bytes() for place in places for path in place.rglob("*") if path.is_file()}

    before = state()
    assert names(read_at(repository, "HEAD~1")) == ["a"]
    assert names(read_at(repository, "INDEX")) == ["b"]
    assert names(read_at(repository, "WORKTREE")) == ["c"]
    assert state() == before


@pytest.mark.parametrize("revision", ["HEAD", "INDEX", "WORKTREE"])
def test_links_inside_are_followed(revision: str, history: History, repository: Repository) -> None:
    """A link to a file or a folder of the tree leads to what is there, which is read once."""
    history.write({"real/a.yaml": app("Redis", "a"), "elsewhere.txt": app("Redis", "linked")})
    (history.root / "folder").symlink_to("real")
    (history.root / "real/round").symlink_to("..")
    (history.root / "link.yaml").symlink_to("real/../elsewhere.txt")
    history.commit_all()
    tree = read_at(repository, revision)
    assert sorted(names(tree)) == ["a", "linked"]
    assert told(tree) == []


@pytest.mark.parametrize("revision", ["HEAD", "INDEX", "WORKTREE"])
def test_a_link_out_of_the_tree_is_not_followed(revision: str, history: History, repository: Repository) -> None:
    """What a link leads to outside is not in Git, so it is not read, and is said by name; one in .krmignore is not."""
    (history.root.parent / "outside.yaml").write_text(app("Redis", "outside"))
    (history.root / "relative.yaml").symlink_to("../outside.yaml")
    (history.root / "absolute.yaml").symlink_to(history.root.parent / "outside.yaml")
    (history.root / "quiet.yaml").symlink_to("../outside.yaml")
    history.write({".krmignore": "quiet.yaml\n"})
    history.commit_all()
    tree = read_at(repository, revision)
    assert names(tree) == []
    reason = "is a link to a place outside the repository, which is not in Git and is not read [not-read]"
    assert told(tree) == [f"warning: {name}: {reason}" for name in ("absolute.yaml", "relative.yaml")]


@pytest.mark.parametrize("revision", ["HEAD", "INDEX", "WORKTREE"])
def test_a_dangling_link_is_an_error(revision: str, history: History, repository: Repository) -> None:
    """What a link that leads nowhere declared would be taken for gone, and so would what leads round in a circle."""
    (history.root / "dangling.yaml").symlink_to("nowhere.yaml")
    (history.root / "round.yaml").symlink_to("round.yaml")
    history.commit_all()
    assert told(read_at(repository, revision)) == [
        f"error: {name}: cannot be read: there is no such file in {revision} [unreadable-file]"
        for name in ("dangling.yaml", "round.yaml")
    ]


@pytest.mark.parametrize("revision", ["HEAD", "INDEX", "WORKTREE"])
def test_a_submodule_is_said(
    revision: str, history: History, repository: Repository, tmp_path: Path, store: Path
) -> None:
    """A submodule's files are another repository's, whether they are checked out or not."""
    inner = History(tmp_path / "inner", store)
    inner.commit({"inner.yaml": app("Redis", "inner")})
    history.git("submodule", "add", "--quiet", str(inner.root), "modules/inner")
    history.write({"a.yaml": app("Redis", "a")})
    history.commit_all()
    tree = read_at(repository, revision)
    assert names(tree) == ["a"]
    assert told(tree) == [
        (
            "warning: modules/inner: is a repository of its own, so its declarations are not read; run krmfn there "
            "[not-read]"
        )
    ]


def test_a_pointer_of_lfs_is_an_error(history: History, repository: Repository) -> None:
    """Git LFS keeps the content elsewhere: it may declare something, so it is an error with the way out."""
    history.commit({"big.yaml": LFS})
    (line,) = told(read_at(repository, "HEAD"))
    assert line.startswith("error: big.yaml: is a Git LFS pointer, and its content is not here; fetch it")


def test_a_binary_file_is_named(history: History, repository: Repository) -> None:
    """What is no text is told, and is an error only where it may be a declaration."""
    history.commit({"image.yaml": b"\x89PNG\r\n\x00\x1a", "ours.yaml": app("Redis", "a").encode("utf-16")})
    error, warning = sorted(told(read_at(repository, "HEAD")))
    assert error.startswith("error: ours.yaml:1:1: is not YAML that Kubernetes reads: ")
    assert warning.startswith("warning: image.yaml:1:1: is not YAML that Kubernetes reads: ")
    assert warning.endswith("; if it is not a manifest, name it in .krmignore [unreadable-file]")
    assert ".krmignore" not in error


def test_a_template_is_told_how_it_is_left_out(history: History, repository: Repository) -> None:
    """It may be a declaration to krmfn, and is none to whoever wrote it."""
    history.commit({"ours.yaml": "{{- if .Values.x }}\napiVersion: apps.cozystack.io/v1alpha1\n"})
    (template,) = told(read_at(repository, "HEAD"))
    assert "; if it is a template, name it in .krmignore [" in template


def test_a_revision_is_one_commit_as_long_as_the_repository_is_open(history: History, repository: Repository) -> None:
    """Somebody commits meanwhile: what is read later is still of the commit that was read first."""
    first = repository.commit("HEAD")
    history.commit({"later.yaml": app("Redis", "later")})
    assert (repository.at("HEAD").commit, repository.commit("HEAD")) == (first, first)
    assert first != history.git("rev-parse", "HEAD")


@pytest.mark.parametrize("revision", ["HEAD", "WORKTREE"])
def test_a_huge_file_is_not_read(revision: str, history: History, repository: Repository) -> None:
    """A file larger than any manifest is named and not taken into memory; what comes after it is read as ever."""
    size = (256 << 20) + 1
    history.write({"huge.yaml": "", "last.yaml": app("Redis", "last")})
    if revision == "WORKTREE":
        os.truncate(history.root / "huge.yaml", size)
    else:
        history.stage("huge.yaml", bytes(size))
    history.commit({})
    tree = read_at(repository, revision)
    assert told(tree) == [
        (
            "error: huge.yaml: cannot be read: it is larger than 256 MiB; split it, or name it in .krmignore "
            "[unreadable-file]"
        )
    ]
    assert names(tree) == ["last"]


def test_names_are_any_bytes(history: History, repository: Repository) -> None:
    """Spaces, quotes, line breaks, other scripts and bytes that are no text: Git has them, and so has the tree."""
    odd = ["a b.yaml", 'quote".yaml', "line\nbreak.yaml", "tab\t.yaml", "ключ.yaml", os.fsdecode(b"\xff.yaml")]
    history.write({name: app("Redis", f"r{index}") for index, name in enumerate(odd)})
    history.commit_all()
    for revision in ("HEAD", "INDEX", "WORKTREE"):
        assert sorted(names(read_at(repository, revision))) == [f"r{index}" for index in range(len(odd))]


def test_a_nested_repository_is_said(history: History, repository: Repository) -> None:
    """A clone inside that is not tracked is not what would be committed."""
    history.commit({"a.yaml": app("Redis", "a")})
    History(history.root / "clone", history.store).commit({"b.yaml": app("Redis", "b")})
    tree = read_at(repository, "WORKTREE")
    assert names(tree) == ["a"]
    assert [result.code for result in tree.results] == ["not-read"]


def test_a_revision_is_what_git_knows(history: History, repository: Repository) -> None:
    """Branches, tags, short hashes, dates of the log, trees and three dots all name one."""
    first = history.commit({"a.yaml": app("Redis", "a")})
    history.git("tag", "--annotate", "v1", "--message=x")
    history.write({"a.yaml": app("Redis", "b")})
    history.commit_all()
    for revision in ("v1", "HEAD~1", "main~1", first[:9], "HEAD@{1}", f"{first}^{{tree}}", "v1...main", "v1..."):
        assert names(read_at(repository, revision)) == ["a"], revision


def test_a_hooks_index_is_the_one(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a hook of `git commit FILE`, Git names another index, and that is what is to be committed."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.write({"b.yaml": app("Redis", "b")})
    other = history.root.parent / "other-index"
    monkeypatch.setenv("GIT_INDEX_FILE", str(other))
    os.system(f"cd {history.root} && git read-tree HEAD && git add b.yaml")  # noqa: S605  (a fixed command)
    with Repository(history.root) as repository:
        assert names(read_at(repository, "INDEX")) == ["a", "b"]
    monkeypatch.delenv("GIT_INDEX_FILE")
    with Repository(history.root) as repository:
        assert names(read_at(repository, "INDEX")) == ["a"]
