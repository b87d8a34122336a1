"""Pages that are followed: their files are written and their commands run, in order, in one empty folder.

A block of YAML whose first line is `# a/path.yaml` is that file. In a block `console` each line after `$ ` is typed,
and what stands below is what it prints; `$ echo $?` prints the exit code of the command before it. A block without
`$ ` is typed as it stands: each command ends well, and the page leaves out what it prints.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.command_line import environment, run_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ("plain-flux", "argo-cd", "when-something-is-wrong", "faq", "agents", "sandbox", "existing-repository")
BLOCK = re.compile(r"^```(yaml|console)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"# (\S+\.yaml)\n")
SHELL = re.compile(r"[|<>&;*]")
HOSTS = ("kustomize ", "kpt ", "kubectl ")
"""Programs that only `make judges` has: without them, what a page shows of them stays as it is."""
EXIT_CODE = "echo $?"
PROMPT = "$ "
COMMIT = re.compile(r"\b[0-9a-f]{7}\b")
WHEN = {f"GIT_{role}_DATE": "2026-01-01T00:00:00Z" for role in ("AUTHOR", "COMMITTER")}
"""The same commit has the same name whenever a page is made. Who commits, a page says: a new machine does not know."""


class Typed(NamedTuple):
    """What one command printed, and how it ended."""

    printed: str
    code: int


class Reader(NamedTuple):
    """Whoever follows a page: in which folder, in which environment, and whether it has the hosts."""

    folder: Path
    environment: Mapping[str, str]
    has_hosts: bool
    within: tuple[str, ...] = ()
    """What a shell is started by, where that is not on this machine."""

    def block(self, whole: str, language: str, body: str) -> str:
        """Does what a block says; the block with what it then shows."""
        if language == "yaml":
            self._write(body)
            return whole
        lines = _typed(body)
        if any(line.startswith(HOSTS) for line in lines) and not self.has_hosts:
            return whole
        if lines:
            return f"```console\n{''.join(self._shown(lines))}```"
        for line in body.splitlines():
            done = self.run(line)
            assert done.code == 0, f"{line}\n{done.printed}"
        return whole

    def run(self, line: str) -> Typed:
        """Types a line: krmfn alone runs in this process, anything else in a shell."""
        if line.startswith("krmfn ") and not SHELL.search(line) and not self.within:
            answer = run_in(self.folder, *shlex.split(line)[1:], more=self.environment)
            return Typed(answer.stdout + answer.stderr, answer.returncode)
        done = subprocess.run(
            [*self.within, "/bin/sh", "-c", f"exec 2>&1\n{line}"],
            cwd=self.folder,
            env=environment(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Typed(done.stdout, done.returncode)

    def _write(self, body: str) -> None:
        if named := FILE.match(body):
            path = self.folder / named[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            # With its first line, as whoever copies the block has it: the lines in answers are counted with it.
            path.write_text(body, encoding="utf-8")

    def _shown(self, lines: list[str]) -> Iterator[str]:
        last = Typed("", 0)
        for line in lines:
            last = Typed(f"{last.code}\n", last.code) if line == EXIT_CODE else self.run(line)
            yield f"{PROMPT}{line}\n"
            yield "".join(f"{each.rstrip()}\n" for each in last.printed.splitlines())


def followed(text: str, folder: Path, hosts: Mapping[str, str] | None = None, within: tuple[str, ...] = ()) -> str:
    """The page with the output of its commands made anew, after all of it was done.

    Args:
        text: the page.
        folder: an empty one, in which a home and a place to work are made.
        hosts: variables by which HOSTS and krmfn are found; without them, blocks with HOSTS are left as they are.
        within: what starts a shell in that place to work, in a container say; without it, it is of this machine.
    """
    there, home = folder / "there", folder / "home"
    there.mkdir()
    home.mkdir()
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    reader = Reader(there, {**WHEN, "PATH": path, **(hosts or {}), "HOME": str(home)}, bool(hosts), within)
    return BLOCK.sub(lambda found: reader.block(*found.group(0, 1, 2)), text)


def commands(text: str) -> list[str]:
    """All that a page has typed with a prompt."""
    return [line for language, body in BLOCK.findall(text) if language == "console" for line in _typed(body)]


def read(page: str) -> str:
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


def _typed(body: str) -> list[str]:
    return [line.removeprefix(PROMPT) for line in body.splitlines() if line.startswith(PROMPT)]
