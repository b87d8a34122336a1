"""The programs of the tests on a machine that is not as it should be: each failure says what to do, none hangs."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.tools import toolchain
from tests.tools.programs import PROGRAMS, TESTS, Program, ProgramMissingError, cache, program
from tests.tools.store import KEPT

LONG_AGO = time.time() - 2 * KEPT
PRINTS = 'package main\n\nfunc main() {\n\tprintln("hello")\n}\n'
GO = """#!/bin/sh
echo "$*" >> {log}
case $1 in
env) echo {version}; echo linux; echo amd64; exit ;;
esac
{does}
"""
"""What stands for Go where the real one would not misbehave; of `build -trimpath … -o FILE PACKAGE` $6 is the file."""


@pytest.fixture(autouse=True)
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The module of a program that does not take long to build, and an empty cache; Go's own cache stays."""
    names = ("GOCACHE", "GOMODCACHE")
    for name, folder in zip(
        names, toolchain.run([toolchain.go("test"), "env", *names], TESTS, 60).split(), strict=True
    ):
        monkeypatch.setenv(name, folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    module = tmp_path / "tiny"
    module.mkdir()
    (module / "go.mod").write_text("module krmfn.dev/tiny\n\ngo 1.24.0\n", encoding="utf-8")
    (module / "main.go").write_text(PRINTS, encoding="utf-8")
    monkeypatch.setitem(PROGRAMS, "tiny", Program(module, "."))
    return module


class StandIn:
    """A script that is the only `go` there is, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "asked"
        folder.mkdir()

    def set(self, does: str, version: str = "go1.26.0") -> None:
        script = self.folder / "go"
        script.write_text(GO.format(log=self.log, version=version, does=does), encoding="utf-8")
        script.chmod(0o755)

    def builds(self) -> int:
        asked = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        return asked.count("build ")


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{stand_in.folder}:/usr/bin:/bin")
    monkeypatch.setattr(toolchain, "ELSEWHERE", "")
    return stand_in


WRITES = "echo '#!/bin/sh' > $6; echo 'echo hello' >> $6; chmod +x $6"


def runs(path: Path) -> bool:
    done = subprocess.run([path], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr == "hello\n"


def kept() -> set[str]:
    return {path.name for path in (cache() / "bin").iterdir()}


def refusal(name: str = "tiny") -> str:
    with pytest.raises(ProgramMissingError) as failure:
        program(name)
    return str(failure.value)


def test_a_program_is_built_once(go: StandIn) -> None:
    """The second time nothing is built; another version of Go, or another word in a source, builds it anew."""
    go.set(WRITES)
    built = program("tiny")
    assert runs(built)
    assert program("tiny") == built
    assert go.builds() == 1
    (PROGRAMS["tiny"].module / "main.go").write_text(PRINTS + "\n// changed\n", encoding="utf-8")
    assert program("tiny") != built
    assert go.builds() == 2


@pytest.mark.parametrize(
    "setting",
    [("GOFLAGS", "-mod=vendor"), ("GOFLAGS", "-tags=other"), ("GO111MODULE", "off"), ("GOWORK", "/nowhere/go.work")],
    ids=" ".join,
)
def test_what_a_user_has_set_for_go_changes_no_program(
    setting: tuple[str, str], tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is built from its pins, out of the sources that its name stands for."""
    (tiny / "x").mkdir()
    (tiny / "x/go.mod").write_text("module example.org/x\n\ngo 1.24.0\n", encoding="utf-8")
    (tiny / "x/x.go").write_text("package x\n", encoding="utf-8")
    with (tiny / "go.mod").open("a", encoding="utf-8") as pins:
        pins.write("\nrequire example.org/x v0.0.0\n\nreplace example.org/x => ./x\n")
    (tiny / "main.go").write_text(PRINTS.replace("main\n", 'main\n\nimport _ "example.org/x"\n', 1), encoding="utf-8")
    (tiny / "other.go").write_text('//go:build other\n\npackage main\n\nfunc init() { panic("other") }\n')
    monkeypatch.setenv(*setting)
    assert runs(program("tiny"))


@pytest.mark.parametrize("damage", ["half", "another", "not executable"])
def test_a_damaged_program_is_built_again(damage: str, go: StandIn) -> None:
    """A cache that was copied in part, or has lost its modes, is mended and not executed."""
    go.set(WRITES)
    built = program("tiny")
    whole = built.read_bytes()
    if damage == "not executable":
        built.chmod(0o644)
    else:
        built.write_bytes(whole[:7] if damage == "half" else whole.replace(b"hello", b"other"))
    assert program("tiny") == built
    assert built.read_bytes() == whole
    assert runs(built)
    assert go.builds() == 2


def test_what_a_killed_build_has_left_is_removed(go: StandIn) -> None:
    """The next build of the program clears it away; another program may be being built."""
    go.set(WRITES)
    for name in (".building-tiny+x", ".building-tiny-1.20+x"):
        (cache() / "bin" / name).mkdir(parents=True)
        (cache() / "bin" / name / "tiny").write_text("half")
    built = program("tiny")
    assert kept() == {built.name, ".building-tiny-1.20+x", ".tiny.lock"}


def test_what_is_not_used_any_longer_is_removed(go: StandIn) -> None:
    """A month after its last use, at the next build, a program goes; one that is used stays, however old it is."""
    go.set(WRITES)
    old = program("tiny")
    PROGRAMS["small"] = PROGRAMS["tiny"]._replace(package="./.")
    try:
        used = program("small")
        for path in (old, used):
            os.utime(path, (LONG_AGO, LONG_AGO))
        assert program("small") == used
        (PROGRAMS["tiny"].module / "main.go").write_text(PRINTS + "\n// changed\n", encoding="utf-8")
        new = program("tiny")
    finally:
        del PROGRAMS["small"]
    assert kept() == {new.name, used.name, ".tiny.lock", ".small.lock"}


def test_two_runs_at_once_build_once(go: StandIn) -> None:
    """The second waits for the first, and takes what that has built."""
    go.set(WRITES)
    together = Barrier(4)

    def one() -> Path:
        together.wait(30)
        return program("tiny")

    with ThreadPoolExecutor(4) as threads:
        built = [each.result() for each in [threads.submit(one) for _ in range(4)]]
    assert len(set(built)) == 1
    assert go.builds() == 1


def test_a_build_by_another_run_is_waited_for_with_an_end(go: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits in vain is told for whom; nothing is built meanwhile."""
    go.set(WRITES)
    monkeypatch.setattr(toolchain, "LONGEST", 0.3)
    (cache() / "bin").mkdir(parents=True)
    with (cache() / "bin/.tiny.lock").open("w", encoding="utf-8") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "process 4711 has been building tiny" in refusal()
    assert go.builds() == 0
    assert runs(program("tiny"))


def test_a_build_has_an_end(go: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the deadline it is ended with all that it started, and what it said last is told."""
    go.set(f"echo downloading the world >&2; sleep 600 & echo $! > {tmp_path}/child; wait")
    monkeypatch.setattr(toolchain, "LONGEST", 1)
    told = refusal()
    assert "has not ended after 1 s. Its last words: downloading the world" in told
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 10
    while is_alive(child):
        assert time.monotonic() < deadline, f"process {child} outlives the build"
    assert kept() == {".tiny.lock"}


def is_alive(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(") ")[2][0] not in "ZX"


def test_without_go_it_says_where_to_get_it(go: StandIn) -> None:
    """A machine without Go is told which, what for, and where from."""
    assert not (go.folder / "go").exists()
    assert refusal() == (
        "go is not on PATH. It is needed to build tiny: install Go 1.26 or newer, see https://go.dev/dl/."
    )


@pytest.mark.parametrize("version", ["go1.23.12", "go1.4", "devel"])
def test_a_go_that_is_too_old_is_said_to_be(version: str, go: StandIn, tiny: Path) -> None:
    """It is asked for its version before it fails over a file that it cannot read."""
    go.set(WRITES, version)
    told = refusal()
    assert f"Go 1.24 or newer is needed for {tiny}, found {version} at {go.folder}/go. Install Go 1.26 or newer" in told
    assert "GOTOOLCHAIN=auto" in told
    assert go.builds() == 0


@pytest.mark.parametrize("version", ["go1.24.0", "go1.24rc1", "go2.0", "devel go1.27-abcdef Tue Nov 24"])
def test_a_go_that_is_new_enough_builds(version: str, go: StandIn) -> None:
    """Also one that its makers have not released."""
    go.set(WRITES, f"'{version}'")
    assert runs(program("tiny"))


def test_without_a_network_it_says_how_to_get_modules(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Go's own words about a proxy that does not answer, and what to do."""
    (tiny / "go.mod").write_text(
        "module krmfn.dev/tiny\n\ngo 1.24.0\n\nrequire example.org/x v1.0.0\n", encoding="utf-8"
    )
    nothing = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    sums = f"example.org/x v1.0.0 {nothing}\nexample.org/x v1.0.0/go.mod {nothing}\n"
    (tiny / "go.sum").write_text(sums, encoding="utf-8")
    (tiny / "main.go").write_text('package main\n\nimport _ "example.org/x"\n\nfunc main() {}\n', encoding="utf-8")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    for proxy, said in (("http://127.0.0.1:1", "connection refused"), ("off", "disabled by GOPROXY=off")):
        monkeypatch.setenv("GOPROXY", proxy)
        told = refusal()
        assert said in told
        assert told.endswith(toolchain.FETCH)


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("link: write $WORK/a.out: no space left on device", toolchain.ROOM),
        ("go: go.mod requires go >= 1.26.0 (running go 1.24.3; GOTOOLCHAIN=local)", toolchain.INSTALL),
        ("go: download go1.26.0 for linux/amd64: toolchain not available", toolchain.INSTALL),
        ("failed to initialize build cache at /nonexistent/.cache: mkdir: permission denied", toolchain.WRITABLE),
        ("build cache is required, but could not be located: GOCACHE is not defined", toolchain.WRITABLE),
        ("go: module cache not found: neither GOMODCACHE nor GOPATH is set", toolchain.WRITABLE),
    ],
    ids=["full disk", "old Go", "no newer Go", "another's folder", "no cache", "no home"],
)
def test_what_go_says_comes_with_what_to_do(said: str, remedy: str, go: StandIn) -> None:
    """A disk that is full, a folder that belongs to another: in Go's words, then in ours."""
    go.set(f"echo '{said}' >&2; exit 1")
    told = refusal()
    assert told.startswith(f"{go.folder}/go build ")
    assert told.endswith(f"failed:\n{said}\n{remedy}")


def test_a_program_that_does_not_compile_says_where(tiny: Path) -> None:
    """The compiler's words stand for themselves."""
    (tiny / "main.go").write_text("package main\n\nfunc main() { nonsense() }\n", encoding="utf-8")
    assert refusal().endswith("./main.go:3:15: undefined: nonsense")
    assert kept() == {".tiny.lock"}


def test_a_cache_that_cannot_be_written_to_is_named(
    go: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file where the folder should be, as a stand-in for a folder that is another user's: root may write there."""
    go.set(WRITES)
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    told = refusal()
    assert told.startswith(f"{tmp_path}/file/krmfn/bin cannot be written to: ")
    assert told.endswith(toolchain.WRITABLE)


def test_a_user_without_a_home_is_told_to_have_one(go: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under a number of its own."""
    go.set(WRITES)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 2**31)
    assert refusal() == f"Could not determine home directory. {toolchain.WRITABLE}"


def test_an_unknown_program_is_told_from_those_there_are() -> None:
    """On the command line as well, and without a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.tools.programs", "kustomise"],
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("krmfn tests: there is no program kustomise: kustomize, yaml-judge, ")
