"""`krmfn render --output-dir` on a bad day: killed, interrupted, on a full disk, run twice at once, after a merge."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import resource
import subprocess
import sys
from fcntl import LOCK_EX, flock
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from krmfn import files
from krmfn.cli.render.writing import write
from tests.command_line import run_in, start
from tests.declarations import redis
from tests.folders import plant, tree
from tests.history import ROOT
from tests.killed import OUTPUTS, made

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

RENDER = ("render", "in", "--output-dir", "out")
KUSTOMIZATION = "out/kustomization.yaml"
CACHE = "out/tenant-b/helmrelease-redis-cache.yaml"
TIMES = int(os.environ.get("KRMFN_KILLS", "20"))
"""`KRMFN_KILLS=300` for a thorough run."""


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    """Two tenants, rendered once."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b")})
    assert run_in(tmp_path, *RENDER).returncode == 0
    return tmp_path


def contents(root: Path) -> dict[str, bytes]:
    return {path: content for path, (content, *_) in tree(root).items()}


def test_a_run_after_a_kill_ends_in_the_right_tree() -> None:
    """Killed at random moments: whatever was left, the next run makes of it exactly what it would have written."""
    # In memory, where there is no disk to wait for and so more of the moments are ours.
    with TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:  # noqa: PTH112, S108
        done = subprocess.run(
            [sys.executable, "-m", "tests.killed", str(TIMES), folder],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["wrong"] == []
    assert told["caught"] > TIMES / 4
    assert told["half way"] > 0


def test_a_removal_survives_an_interruption(rendered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after its list was written and before anything was removed, a run leaves what the next one removes."""
    (rendered / "in/b.yaml").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(type(rendered), "unlink", _fails)
        with pytest.raises(OSError, match="no more"):
            write(rendered / "out", [made("tenant-a", "x", 1)])
    assert (rendered / CACHE).exists()
    assert run_in(rendered, *RENDER).returncode == 0
    assert sorted(tree(rendered / "out")) == ["kustomization.yaml", "tenant-a/helmrelease-redis-cache.yaml"]


def _fails(path: Path) -> None:
    if path.parent.name != files.STAGING:
        raise OSError(5, "no more", str(path))
    os.unlink(path)  # noqa: PTH108  (Path's own is what stands in for it here)


@pytest.mark.parametrize("number", [1, 7, 12])
def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Where not every file can be made none is replaced, and no unfinished one stays."""
    write(tmp_path, OUTPUTS[0])
    before = contents(tmp_path)
    really = os.write
    count = 0

    def full(descriptor: int, text: bytes) -> int:
        nonlocal count
        count += 1
        if count >= number:
            raise OSError(28, "No space left on device")
        return really(descriptor, text[: max(1, len(text) // 2)])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, OUTPUTS[1])
    assert contents(tmp_path) == before
    assert not (tmp_path / files.STAGING).exists()


def test_a_disk_that_is_full_is_one_line(rendered: Path) -> None:
    """The process says so, exits 1, and the folder is as it was."""
    plant(rendered, {"in/a.yaml": redis("tenant-a") + f"spec: {{replicas: 3, host: {'x' * 3000}}}\n"})
    before = contents(rendered / "out")
    script = 'ulimit -f 1; exec "$0" -m krmfn render in --output-dir out'
    done = subprocess.run(
        ["bash", "-c", script, sys.executable], cwd=rendered, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("[cannot-write]") == 1
    assert "File too large" in done.stderr
    assert contents(rendered / "out") == before
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1024


def test_one_run_at_a_time(rendered: Path) -> None:
    """A second run over the folder is an error that says what to do, and changes nothing; the lock leaves no file."""
    before = tree(rendered / "out")
    plant(rendered, {"in/a.yaml": redis("tenant-a", "other")})
    descriptor = os.open(rendered / "out", os.O_RDONLY)
    try:
        flock(descriptor, LOCK_EX)
        second = start(*RENDER, cwd=rendered)
    finally:
        os.close(descriptor)
    assert second.returncode == 1
    assert b"another krmfn is writing to this folder; wait until it has ended, and run this again" in second.stderr
    assert tree(rendered / "out") == before
    assert run_in(rendered, *RENDER).returncode == 0


def test_a_disk_without_locks_is_told(rendered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs could write at once on such a disk: nothing is written, and the message says where to write instead."""
    before = tree(rendered / "out")
    plant(rendered, {"in/a.yaml": redis("tenant-a", "other")})

    def no_locks(*_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    answer = run_in(rendered, *RENDER)
    assert answer.returncode == 1
    assert "error: out: cannot be written: it cannot be locked (No locks available); choose a folder" in answer.stderr
    assert tree(rendered / "out") == before


@pytest.mark.parametrize("umask", [0o002, 0o022, 0o077])
def test_new_files_have_the_users_mode(tmp_path: Path, umask: int) -> None:
    """What the umask leaves, no more and no less: a group that shares a folder says so by it."""
    was = os.umask(umask)
    try:
        write(tmp_path / "out", OUTPUTS[0])
    finally:
        os.umask(was)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert modes == {0o666 & ~umask}


def test_a_file_keeps_its_mode(rendered: Path) -> None:
    """What a user made of a file's mode holds when its content changes."""
    (rendered / CACHE).chmod(0o640)
    plant(rendered, {"in/b.yaml": redis("tenant-b") + "spec: {replicas: 3}\n"})
    assert run_in(rendered, *RENDER).returncode == 0
    assert b"replicas: 3" in (rendered / CACHE).read_bytes()
    assert (rendered / CACHE).stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("link", [KUSTOMIZATION, CACHE])
@pytest.mark.parametrize("target", ["mine.yaml", "nowhere.yaml"])
def test_a_users_link_stays(rendered: Path, link: str, target: str) -> None:
    """A link in the place of a file is in the way: it is neither replaced nor written through, even a dangling one."""
    (rendered / link).rename(rendered / "mine.yaml")
    (rendered / link).symlink_to(rendered / target)
    before = (rendered / "mine.yaml").read_bytes()
    plant(rendered, {"in/a.yaml": redis("tenant-a", "other"), "in/b.yaml": redis("tenant-b") + "spec: {replicas: 3}\n"})
    answer = run_in(rendered, *RENDER)
    assert answer.returncode == 1
    assert f"error: {link}: " in answer.stderr
    assert (rendered / link).is_symlink()
    assert (rendered / "mine.yaml").read_bytes() == before
    assert not (rendered / "nowhere.yaml").exists()


def test_unfinished_files_are_made_nowhere_else(rendered: Path) -> None:
    """A link in the place of the folder for unfinished files would lead them away, and a user's file would go along."""
    plant(rendered, {"elsewhere/1": "mine", "in/a.yaml": redis("tenant-a", "other")})
    (rendered / "out" / files.STAGING).symlink_to(rendered / "elsewhere")
    answer = run_in(rendered, *RENDER)
    assert answer.returncode == 1
    assert "[cannot-write]" in answer.stderr
    assert contents(rendered / "elsewhere") == {"1": b"mine"}
    (rendered / "out" / files.STAGING).unlink()
    plant(rendered, {f"out/{files.STAGING}/theirs.yaml": "mine"})
    answer = run_in(rendered, *RENDER)
    assert (answer.returncode, "[cannot-write]" in answer.stderr) == (1, True)
    assert contents(rendered / "out" / files.STAGING) == {"theirs.yaml": b"mine"}


def test_a_link_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    """Whoever made it wants the file that it leads to; nothing is written, neither there nor here."""
    plant(tmp_path, {"theirs.yaml": "theirs"})
    (tmp_path / "a.yaml").symlink_to("theirs.yaml")
    with pytest.raises(OSError, match="it is a link"):
        files.replace(tmp_path, {"b.yaml": b"b", "a.yaml": b"a"})
    assert contents(tmp_path)["theirs.yaml"] == b"theirs"
    assert (tmp_path / "a.yaml").is_symlink()
    assert not (tmp_path / "b.yaml").exists()


CONFLICT = "<<<<<<< ours\n{0}=======\n{0}x: y\n>>>>>>> theirs\n"


@pytest.mark.parametrize("path", [KUSTOMIZATION, CACHE])
@pytest.mark.parametrize(("damage", "says"), [("", "was empty"), (CONFLICT, "had merge conflicts in it")])
def test_what_was_damaged_is_renewed_and_said(rendered: Path, path: str, damage: str, says: str) -> None:
    """An empty file of ours, as a crash leaves it, and one with conflicts of a merge, are written anew, by name."""
    before = contents(rendered / "out")
    (rendered / path).write_text(damage.format((rendered / path).read_text()))
    answer = run_in(rendered, *RENDER)
    assert answer.returncode == 0, answer.stderr
    assert f"info: {path}: {says}" in answer.stderr
    assert contents(rendered / "out") == before


STALE: Mapping[str, tuple[str, bool]] = {
    "at its own path, in no list": ("out/tenant-c/configmap-x.yaml", True),
    "a copy by another name": ("out/tenant-c/configmap-copy.yaml", False),
    "outside of any namespace": ("out/configmap-x.yaml", False),
}


@pytest.mark.parametrize("case", STALE)
def test_ours_are_known_by_their_mark(rendered: Path, case: str) -> None:
    """A file with the owner mark at the path of its object is ours, whatever the list says; a user's copy is not."""
    path, goes = STALE[case]
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\n  namespace: {}\n"
    mark = "  annotations: {krmfn.dev/owner: Redis/x}\n"
    theirs = {
        "configmap-x.yaml": text.format("x", "tenant-d"),
        "configmap-empty.yaml": "",
        "configmap-said.yaml": text.format("said", "tenant-d") + "# It has no krmfn.dev/owner.\n",
        "configmap-broken.yaml": text.format("broken", "tenant-d") + mark + "\t- {",
    }
    plant(rendered, {path: text.format("x", "tenant-c") + mark})
    plant(rendered, {f"out/tenant-d/{name}": each for name, each in theirs.items()})
    assert run_in(rendered, *RENDER).returncode == 0
    assert (rendered / path).exists() is not goes
    assert sorted(tree(rendered / "out/tenant-d")) == sorted(theirs)


def test_every_file_is_on_disk_before_it_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stops between the two must find the old file or the new one, and no empty one."""
    steps: list[str] = []

    def watched(name: str) -> Callable[..., None]:
        really = getattr(os, name)

        def step(*given: object) -> None:
            steps.append(name)
            really(*given)

        return step

    for name in ("fsync", "sync", "replace"):
        monkeypatch.setattr(os, name, watched(name))
    write(tmp_path / "few", OUTPUTS[0][:3])
    assert steps == ["fsync"] * 4 + ["replace"] * 4
    steps.clear()
    write(tmp_path / "many", [made("tenant-a", f"a{number}", 1) for number in range(files.MANY)])
    assert steps == ["sync"] + ["replace"] * (files.MANY + 1)
