"""Citations: what a comment, a message or a page refers to is in the repository, or is public and has a version."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
FOLDERS = ("krmfn", "tests", "bench", "docs", "function-config", "kustomize", ".ci", ".github")
SUFFIXES = {".go", ".md", ".py", ".sh", ".toml", ".yaml", ".yml", ""}
MADE = {"expected.yaml", Path(__file__).name}
"""An answer says what the code says, which is walked; this file cites what is not there."""
FEWEST = 100
"""Citations that the walk finds at least; a walk over nothing finds none."""

# Pages that only their authors could read, and numbered sections, which no page here has.
INTERNAL = re.compile(r"\bfacts/\w|\bcontract(?:\.md| ?§| \d)|\bhouse\.md|\bshared design|§")
FLOATING = re.compile(r"https://github\.com/[^/\s]+/[^/\s]+/(?:blob|tree)/(?:main|master)\b\S*")
PUBLIC = re.compile(r"\[[^\]]*\]\(https?://[^)]*\)|https?://[^\s)>\"'`]+")
PAGE = re.compile(r"(?<![\w/.-])(docs/[\w./-]*\w\.(?:md|json))(?:#([\w-]+))?")
LINK = re.compile(r"\]\(([^)\s#]*)(?:#([\w-]+))?\)")
NUMBERED = re.compile(r"\[(?:decision )?(\d{3})\]\((?:[\w./-]*/)?(\d{3})-")
RULE = re.compile(r"\bR(\d{1,2})\b")
ISSUE = re.compile(r"(?<![\w&/#`\"'])#(\d+)\b")
ELSEWHERE = re.compile(r"[\w.-]+/[\w.-]+#\d+(?:(?:,|\s+and)\s+#\d+)*")
PLACE = re.compile(r"`((?:tests|krmfn|kustomize|bench|function-config)/[\w./-]*\w)/?`")
TEST = re.compile(r"`(test_\w+)`")
LISTED = re.compile(r"\b(case|law)s?\s+((?:`[^`]+`(?:,\s+and\s+|,\s+|\s+and\s+)?)+)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def test_everything_that_is_cited_is_there() -> None:
    """Pages and their anchors, rules, issues, tests, cases and public pages, in every text of the repository."""
    wrong = [f"{path.relative_to(ROOT)}: {mistake}" for path in texts() for mistake in mistakes(path, read(path))]
    assert not wrong, "\n".join(wrong)


def test_the_walk_reaches_every_folder() -> None:
    """It would find nothing wrong where it reads nothing."""
    walked = {path.relative_to(ROOT).parts[0] for path in texts()}
    assert walked >= {folder for folder in FOLDERS if (ROOT / folder).is_dir()}
    assert sum(len(PAGE.findall(read(path)) + RULE.findall(read(path))) for path in texts()) > FEWEST


@pytest.mark.parametrize(
    "wrong",
    [
        "see docs/nowhere.md",
        "see docs/rules.md#r99-nothing",
        "see docs/decisions/018-something-else.md",
        "held by R18",
        "not yet: #99",
        "as was run (facts/engine.md)",
        "as contract §6 has it",
        "https://github.com/fluxcd/flux2/blob/main/README.md",
        "[here](rules.md#no-such-heading)",
        "[018](decisions/017-deletion-has-no-order.md)",
        "`tests/engine/test_nothing.py`",
        "`test_that_nobody_wrote`",
        "the cases `types-survive` and `a-case-that-is-not-there`",
        "the law `nobody_wrote`",
    ],
)
def test_a_wrong_citation_is_found(wrong: str) -> None:
    """Each way to cite what is not there is a mistake."""
    assert list(mistakes(DOCS / "page.md", f"First.\n{wrong}\nLast.\n"))


@pytest.mark.parametrize(
    "right",
    [
        "see docs/rules.md#r8-deletion-is-never-an-accident, R8 and R17",
        "docs/decisions/018-guards.md, docs/platform.md#release-of-an-app",
        "cozystack/cozystack#2515, #2516 and #4161; [#4172](https://github.com/cozystack/cozystack/issues/4172)",
        "https://github.com/fluxcd/helm-controller/blob/v1.6.0/docs/spec/README.md",
        "the laws `fixed_point` and `owners_declared`",
        "[018](decisions/018-guards.md) and the case `types-survive`, in `tests/test_cases.py`: `test_case`; #12",
    ],
)
def test_a_right_citation_is_no_mistake(right: str) -> None:
    """What is there may be cited."""
    assert list(mistakes(DOCS / "page.md", right)) == []


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_parts(path: Path) -> None:
    """Its number in its title, what was found, how, and what follows; and the index has it by its title."""
    title, *parts = HEADING.findall(read(path))
    number, _, name = title.partition(" ")
    assert path.stem.startswith(f"{number}-")
    assert parts == ["Found", "How it was run", "What follows"]
    assert f"| [{number}]({path.name}) | {name} |" in read(DOCS / "decisions/README.md")


def test_decisions_are_numbered_one_by_one() -> None:
    """A number is given once, and none is left out."""
    assert [int(path.stem[:3]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def mistakes(path: Path, text: str) -> Iterator[str]:
    """Yield what the text cites that is not there."""
    yield from (f"{found[0]!r} is a page that is not here" for found in INTERNAL.finditer(text))
    yield from (f"{found[0]} changes; cite a version" for found in FLOATING.finditer(text))
    ours = PUBLIC.sub("", text)
    yield from (
        f"{page}#{anchor} is not there" for page, anchor in PAGE.findall(ours) if not exists(ROOT / page, anchor)
    )
    yield from (f"R{rule} is no rule" for rule in RULE.findall(ours) if rule not in rules())
    if path.suffix in {".md", ".py"}:
        numbers = ISSUE.findall(ELSEWHERE.sub("", ours))
        yield from (f"#{issue} is not among the issues of docs/rules.md" for issue in numbers if issue not in issues())
    if path.suffix == ".md":
        yield from in_page(path, ours)


def in_page(path: Path, text: str) -> Iterator[str]:
    """Yield what only a page can cite: its links, and tests and cases by their names."""
    for target, anchor in LINK.findall(text):
        if not exists(path.parent / target if target else path, anchor):
            yield f"({target}#{anchor}) leads nowhere"
    yield from (f"[{said}] leads to {number}" for said, number in NUMBERED.findall(text) if said != number)
    yield from (f"{place} is not there" for place in PLACE.findall(text) if not (ROOT / place).exists())
    yield from (f"{name} is no test" for name in TEST.findall(text) if name not in known_tests())
    for sort, names in LISTED.findall(text):
        known = cases() if sort == "case" else laws()
        name = r"`([a-z0-9]+(?:-[a-z0-9]+)+)`" if sort == "case" else r"`((?!test_)[a-z_]+)`"
        yield from (f"{each} is no {sort}" for each in re.findall(name, names) if each not in known)


def exists(path: Path, anchor: str) -> bool:
    return path.exists() and (not anchor or anchor in anchors(path))


@cache
def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(read(page))}


@cache
def rules() -> set[str]:
    return set(re.findall(r"^## R(\d+) ", read(DOCS / "rules.md"), re.MULTILINE))


@cache
def issues() -> set[str]:
    return set(re.findall(r"^\| #(\d+) \|", read(DOCS / "rules.md"), re.MULTILINE))


@cache
def known_tests() -> set[str]:
    # Some exist only where records or a checkout are at hand, and stand under that condition.
    found = (re.findall(r"^ *def (test_\w+)", read(path), re.MULTILINE) for path in (ROOT / "tests").rglob("*.py"))
    return {name for names in found for name in names}


@cache
def cases() -> set[str]:
    return {path.name for path in (ROOT / "tests/cases").iterdir()}


@cache
def laws() -> set[str]:
    return set(re.findall(r"^def ([a-z]\w+)", read(ROOT / "tests/laws.py"), re.MULTILINE))


@cache
def texts() -> list[Path]:
    # At the top there are also files of tools, such as coverage's.
    top = [path for path in ROOT.iterdir() if path.suffix or path.name in {"Makefile", "Dockerfile"}]
    inside = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    files = (path for path in (*top, *inside) if path.is_file() and path.suffix in SUFFIXES)
    return sorted(path for path in files if path.name not in MADE)


@cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
