"""Somebody new follows the pages in a container of their own: with Python and Git, an empty home and no configuration.

Nothing is there that this machine has: no name for commits, no language, no program of the tests.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from krmfn import __version__
from tests import test_start
from tests.hosts.images import newcomer
from tests.pages import COMMIT, followed, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.hosts.running import Hosts

PAGES = ("sandbox", "existing-repository", "plain-flux")
CLONED = "~/krmfn-venv/bin/pip install ."


class Newcomer(NamedTuple):
    """Their container, the folder that it shares with this machine, and whose words they are."""

    container: str
    folder: Path
    engine: dict[str, str]

    def shell(self, home: Path, place: Path) -> list[str]:
        """What starts a program there, with krmfn where docs/start.md puts it."""
        path = f"--env=PATH={self.folder}/home/krmfn-venv/bin:/usr/local/bin:/usr/bin:/bin"
        said = (f"--env=HOME={home}", path, f"--workdir={place}")
        return ["podman", "exec", "--interactive", *said, self.container]


@pytest.fixture(scope="module")
def person(hosts: Hosts, index: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    """They have installed krmfn by the commands of docs/start.md, from an index and not from a clone."""
    folder = tmp_path_factory.mktemp("newcomer")
    with newcomer(hosts, folder) as container:
        person = Newcomer(container, folder, dict(hosts.environment))
        (folder / "home").mkdir()
        install = test_start.PAGE.read_text(encoding="utf-8").partition("```sh\n")[2].partition("```")[0]
        assert CLONED in install
        wanted = f"~/krmfn-venv/bin/pip install --quiet --index-url {index} krmfn=={__version__}"
        lines = install.replace(CLONED, wanted)
        shell = person.shell(folder / "home", folder)
        done = hosts.run(*shell, "sh", "-ec", f"{lines}krmfn version")
        assert done.returncode == 0, done.stderr
        assert __version__ in done.stdout
        yield person


def test_start_prints_what_it_shows(person: Newcomer, tmp_path: Path) -> None:
    """From the first command to the refusal, in one shell."""
    place = person.folder / "start"
    place.mkdir()
    shell = person.shell(person.folder / "home", place)
    test_start.assert_as_shown(test_start.typed([*shell, "/bin/sh"], tmp_path, person.engine))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_prints_what_it_shows(page: str, person: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with an empty home, in an empty folder."""
    monkeypatch.setattr(os, "environ", person.engine)
    folder = person.folder / page
    folder.mkdir()
    shell = person.shell(folder / "home", folder / "there")
    printed = followed(read(page), folder, within=tuple(shell))
    assert COMMIT.sub("<commit>", printed) == COMMIT.sub("<commit>", read(page))


def test_there_is_nothing_of_this_machine(person: Newcomer) -> None:
    """Else the tests above would show nothing: no name for commits is known there, and no kustomize."""
    shell = person.shell(person.folder / "home", person.folder)
    for command in (["git", "config", "user.name"], ["sh", "-c", "command -v kustomize kubectl make"]):
        done = subprocess.run([*shell, *command], env=person.engine, capture_output=True, text=True, check=False)
        assert (done.returncode != 0, done.stdout) == (True, ""), done
