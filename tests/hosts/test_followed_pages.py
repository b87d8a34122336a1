"""The pages that are followed, with kustomize as well; `make generate` writes the output of all their commands."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from tests.pages import COMMIT, DOCS, HOSTS, PAGES, commands, followed, read
from tests.tools.programs import program

WITH_HOSTS = [page for page in PAGES if any(command.startswith(HOSTS) for command in commands(read(page)))]


@pytest.mark.parametrize("page", WITH_HOSTS)
def test_a_page_shows_what_hosts_print(page: str, tmp_path: Path) -> None:
    """Each command, those of the hosts among them, prints what stands below it."""
    assert COMMIT.sub("<commit>", with_hosts(page, tmp_path)) == COMMIT.sub("<commit>", read(page))


def with_hosts(page: str, folder: Path) -> str:
    programs = folder / "bin"
    programs.mkdir()
    (programs / "kustomize").symlink_to(program("kustomize"))
    return followed(read(page), folder, {"PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"})


def main() -> None:
    """Writes what the commands of each page print into it."""
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            (DOCS / f"{page}.md").write_text(with_hosts(page, Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
