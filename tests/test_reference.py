"""docs/reference/: made from the models, the commands, the marks and the schemas of answers, by `make generate`."""

from __future__ import annotations

from pathlib import Path

import pytest

from krmfn.cli.commands import krmfn
from krmfn.cli.exits import Exit
from krmfn.marks import WRITTEN
from tests.reference import answers, commands, declared, marks

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {
    "declarations": declared.page,
    "commands": commands.page,
    "marks": marks.page,
    "answers": answers.page,
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_reference_is_current(page: str) -> None:
    """It is what the source says; else `make generate`."""
    assert (DOCS / f"reference/{page}.md").read_text(encoding="utf-8") == PAGES[page]()


@pytest.mark.parametrize("kind", declared.OURS)
def test_every_field_has_a_row(kind: str) -> None:
    """Each once, with its type, and most with a meaning."""
    rows = declared.fields(kind)
    assert len({row.path for row in rows}) == len(rows) > 0
    assert all(row.type for row in rows)


def test_every_exit_code_is_told() -> None:
    """What the source says of them is found."""
    assert {code for code, _ in commands.exit_codes()} == {int(each) for each in Exit}


def test_every_command_is_told() -> None:
    """Each has its help, and in it an example."""
    page = commands.page()
    assert krmfn.commands
    assert [name for name in krmfn.commands if page.count(f"\n## krmfn {name}\n") != 1] == []


def test_every_mark_that_is_written_is_told() -> None:
    """Whoever finds one on an object finds it here."""
    assert {key for key, _ in marks.known()} >= set(WRITTEN)


def main() -> None:
    """Writes the pages."""
    (DOCS / "reference").mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (DOCS / f"reference/{name}.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
