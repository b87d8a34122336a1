"""The pages that are followed show what comes out; `make generate` writes it, and `make judges` adds hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pages import COMMIT, DOCS, PAGES, commands, followed, read

if TYPE_CHECKING:
    from pathlib import Path

INDEX = DOCS / "README.md"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_its_commands_print(page: str, tmp_path: Path) -> None:
    """Each command, run in order in an empty folder with an empty HOME, prints what stands below it."""
    text = read(page)
    assert commands(text)
    assert COMMIT.sub("<commit>", followed(text, tmp_path)) == COMMIT.sub("<commit>", text)


def test_another_output_or_exit_code_is_another_page(tmp_path: Path) -> None:
    """What is wrong on a page is found: it is followed, and not only read."""
    page = "```yaml\n# a/b.yaml\nkind: A\n```\n```console\n$ cat a/b.yaml\nkind: B\n$ krmfn no\n$ echo $?\n0\n```\n"
    mended = followed(page, tmp_path)
    assert "$ cat a/b.yaml\n# a/b.yaml\nkind: A\n$ krmfn no\nUsage: " in mended
    assert mended.endswith("$ echo $?\n2\n```\n")


def test_the_index_has_every_page() -> None:
    """Whoever opens docs/ finds each page, once, in the order in which a person needs them."""
    text = INDEX.read_text(encoding="utf-8")
    found = [*DOCS.glob("*.md"), *DOCS.glob("reference/*.md")]
    pages = sorted(path.relative_to(DOCS).as_posix() for path in found if path != INDEX)
    assert pages
    assert [name for name in pages if text.count(f"]({name})") != 1] == []
