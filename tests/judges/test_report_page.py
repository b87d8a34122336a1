"""`krmfn report` in real Chromium: it works by mouse and keyboard, loads nothing, and axe-core finds no violation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.command_line import run_in
from tests.declarations import app, cluster, plane
from tests.judges.browser import NARROW, WIDE, chromium, shown
from tests.judges.fleets import GeneratedFleet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator

    from tests.history import History

SIZES = {3: GeneratedFleet(1, 3), 50: GeneratedFleet(2, 25), 1000: GeneratedFleet(20, 50)}
"""By the number of apps."""
HOSTILE = "hostile"
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
FOLDED = "document.querySelectorAll('details:not([open])').length"
FIRST = "document.querySelectorAll('main > section:nth-child(-n+3) details')"
PAPER = 700
"""Pixels between the margins of A4, upright."""
TEXTS = Path(__file__).with_name("texts.js")
LEAST = 8
"""Pixels that a text of a picture must be high, to be read."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Path]:
    """A report of each fleet, and one of declarations that would be more than text."""
    made: dict[Any, Path] = {}
    for size, fleet in SIZES.items():
        folder = tmp_path_factory.mktemp(f"apps-{size}")
        fleet.write(folder)
        made[size] = _reported(folder)
    folder = tmp_path_factory.mktemp("hostile") / EVIL.replace("/", "|")
    folder.mkdir()
    accepted = {"code": "prune-unprotected", "kind": "Postgres", "name": "main", "reason": f"{EVIL}\x1b[31m\u202e"}
    files = {
        "plane.yaml": plane(f"{{accepted: [{accepted!r}]}}".replace("'\">", "'\\\">").replace("'", '"')),
        "main.yaml": app("Postgres", "main", "{size: 10Gi}"),
        f"{EVIL.replace('/', '|')}.yaml": cluster("lab", spec='{isolationProfile: "<b>x</b>"}'),
        "named.yaml": app("Redis", "'<script>alert(3)</script>'", namespace="tenant-b"),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    made[HOSTILE] = _reported(folder)
    return made


def _reported(folder: Path, *arguments: str) -> Path:
    answer = run_in(folder, "report", *arguments, "--output", "report.html")
    assert answer.returncode in {0, 1}, answer.stderr
    return folder / "report.html"


def _shadows(scrolled: Locator) -> tuple[bool, bool]:
    """Whether there is a shadow at the left, and at the right."""
    told = str(scrolled.evaluate("each => getComputedStyle(each).boxShadow"))
    lengths = re.findall(r"(-?\d+)px 0px \d+px", told)
    assert len(lengths) == 2
    return int(lengths[0]) > 0, int(lengths[1]) < 0


@pytest.mark.parametrize("which", [*SIZES, HOSTILE])
def test_it_is_accessible_quiet_and_alone(browser: Browser, pages: dict[Any, Path], which: int | str) -> None:
    """Light and wide, dark and narrow: axe finds nothing, the console is empty, and nothing else is asked for."""
    for width, is_dark in ((WIDE, False), (NARROW, True)):
        with shown(browser, pages[which], width=width, is_dark=is_dark) as told:
            # Of twenty tenants one is like another, and axe looks at all that is there.
            told.page.evaluate(f"{FIRST}.forEach(each => each.open = true)")
            told.page.evaluate("document.querySelectorAll('.tenant:not([open])').forEach(each => each.remove())")
            assert told.violations() == []
            assert not told.is_sideways()
            assert told.said == []
            assert told.asked == [pages[which].as_uri()]


def test_what_a_user_wrote_runs_nothing(browser: Browser, pages: dict[Any, Path]) -> None:
    """Markup in names of files and folders, in reasons and in values is read as text, in every part of the page."""
    with shown(browser, pages[HOSTILE]) as told:
        text = told.page.locator("main").inner_text()
        assert "<script>alert(1)<" in text
        assert "<script>alert(3)</script>" in text
        assert told.page.locator("script, img, b").count() == 1
        assert told.said == []


def test_the_filter_shows_what_has_every_word(browser: Browser, pages: dict[Any, Path]) -> None:
    """Tenants, tables and findings without a match go, what is folded opens for a match, and both come back."""
    with shown(browser, pages[1000]) as told:
        everything = told.page.locator("main").inner_text()
        assert told.count("tbody tr") == len(SIZES) + 20
        told.page.get_by_label("Filter").fill("T4/ app-35 n8n")
        rows = told.page.locator("tbody tr").locator("visible=true")
        assert rows.count() == 1
        assert "N8n/app-35" in rows.inner_text()
        assert re.fullmatch(r"2 of \d{4} rows", told.page.locator("#matches").inner_text())
        assert told.page.locator("h2").locator("visible=true").all_inner_texts() == ["Findings", "tenant-t4"]
        told.page.get_by_label("Filter").fill("nothing-has-this")
        assert told.count("tbody tr") == 0
        assert told.page.locator("#matches").inner_text().startswith("0 of ")
        told.page.get_by_label("Filter").fill("")
        assert told.page.locator("main").inner_text() == everything


def test_a_link_opens_its_tenant(browser: Browser, pages: dict[Any, Path]) -> None:
    """Of twenty tenants each is folded until the overview, or an address with its name, leads to it."""
    with shown(browser, pages[1000]) as told:
        assert told.count(".picture") == 0
        told.page.get_by_role("link", name="tenant-t13").click()
        assert told.count(".picture") == 1
        top = told.page.locator("#tenant-tenant-t13").bounding_box()
        tools = told.page.locator(".tools").bounding_box()
        assert top
        assert tools
        assert tools["y"] + tools["height"] <= top["y"] < 200, "it stands below the filter, which stays at the top"
        told.page.goto(f"{pages[1000].as_uri()}#tenant-tenant-t7")
        told.page.reload()
        assert told.count(".picture") == 1


def test_dark_and_light_are_a_click_away(browser: Browser, pages: dict[Any, Path]) -> None:
    """It begins as the system says; the button turns it round and says so to a screen reader."""
    for is_dark in (False, True):
        with shown(browser, pages[3], is_dark=is_dark) as told:
            button = told.page.get_by_role("button", name="Dark")
            paper = "getComputedStyle(document.body).backgroundColor"
            assert told.page.evaluate(paper) == ("rgb(13, 17, 23)" if is_dark else "rgb(255, 255, 255)")
            assert button.get_attribute("aria-pressed") == str(is_dark).lower()
            button.click()
            assert told.page.evaluate(paper) == ("rgb(255, 255, 255)" if is_dark else "rgb(13, 17, 23)")
            assert button.get_attribute("aria-pressed") == str(not is_dark).lower()
            assert told.violations() == []


def test_a_keyboard_reaches_everything_in_order(browser: Browser, pages: dict[Any, Path]) -> None:
    """Tab goes from the way past the head to links, filter, button and tenants; Enter follows, opens and closes."""
    with shown(browser, pages[50]) as told:
        keys = told.page.keyboard
        focused = "document.activeElement.textContent.trim() || document.activeElement.id"
        order = []
        for _ in range(9):
            keys.press("Tab")
            order.append(told.page.evaluate(focused))
        assert order[:6] == ["Skip to the findings", "Findings", "Tenants", "Platform", "filter", "Dark"]
        keys.press("Shift+Tab")
        told.page.get_by_role("button").focus()
        keys.press("Enter")
        assert told.page.get_by_role("button").get_attribute("aria-pressed") == "true"
        fold = told.page.locator(".tenant > summary").first
        fold.focus()
        assert told.count(".picture") == 2
        keys.press("Enter")
        assert told.count(".picture") == 1
        keys.press("Enter")
        assert told.count(".picture") == 2
        told.page.locator(".skip").focus()
        box = told.page.locator(".skip").bounding_box()
        assert box
        assert box["x"] >= 0
        keys.press("Enter")
        assert told.page.evaluate("location.hash") == "#findings"


def test_what_scrolls_sideways_is_reached_by_keyboard(browser: Browser, pages: dict[Any, Path]) -> None:
    """On a telephone wide tables scroll by themselves and can be focused; on a desk no stop is in the way."""
    for width, some in ((NARROW, True), (WIDE, False)):
        with shown(browser, pages[3], width=width) as told:
            assert bool(told.count("[tabindex='0']")) is some


def test_a_shadow_says_on_which_side_a_table_goes_on(browser: Browser, pages: dict[Any, Path]) -> None:
    """What is cut off at an edge has a shadow there, before and after scrolling; what is whole has none."""
    with shown(browser, pages[3], width=NARROW) as told:
        table = told.page.locator(".wide:has(table)").first
        assert _shadows(table) == (False, True)
        table.evaluate("each => each.scrollLeft = 50")
        told.page.wait_for_function("document.querySelectorAll('.wide.before').length === 1")
        assert _shadows(table) == (True, True)
        table.evaluate("each => each.scrollLeft = 9999")
        told.page.wait_for_function("document.querySelectorAll('.wide.before:not(.after)').length === 1")
        assert _shadows(table) == (True, False)
    with shown(browser, pages[3]) as told:
        assert _shadows(told.page.locator(".wide:has(table)").first) == (False, False)


@pytest.mark.parametrize("which", [*SIZES, HOSTILE])
@pytest.mark.parametrize(("width", "media"), [(NARROW, "screen"), (WIDE, "screen"), (PAPER, "print")])
def test_no_text_is_cut(
    browser: Browser, pages: dict[Any, Path], which: int | str, width: int, media: Literal["screen", "print"]
) -> None:
    """A text ends before the edge of the page, or in something that scrolls; on paper nothing does.

    Nor does it leave its cell of a table or its box of a picture, and names in a first column break between words only.
    """
    with shown(browser, pages[which], width=width) as told:
        told.page.evaluate(f"{FIRST}.forEach(each => each.open = true)")
        told.page.emulate_media(media=media)
        seen = told.page.evaluate(TEXTS.read_text(encoding="utf-8"))
        assert seen["texts"] > 30
        assert seen["cut"] == []
        assert seen["split"] == []


@pytest.mark.parametrize(("width", "media"), [(NARROW, "screen"), (WIDE, "screen"), (PAPER, "print")])
def test_no_line_of_a_change_is_cut(
    browser: Browser, history: History, width: int, media: Literal["screen", "print"]
) -> None:
    """Long lines of a change go on below themselves, and nothing of it is to be scrolled for."""
    SIZES[3].write(history.root)
    history.commit_all()
    moved = history.root / "tenants/t0/declared/all.yaml"
    moved.write_text(moved.read_text(encoding="utf-8").replace("isolationProfile: sandbox, ", ""), encoding="utf-8")
    with shown(browser, _reported(history.root, "--from", "HEAD"), width=width) as told:
        told.page.emulate_media(media=media)
        assert told.count("pre .error") == 1
        assert "isolation lost" in told.page.locator("pre").inner_text()
        assert told.page.evaluate(
            "document.querySelector('pre').scrollWidth <= document.querySelector('pre').clientWidth"
        )
        assert told.page.evaluate(TEXTS.read_text(encoding="utf-8"))["cut"] == []
        assert told.violations() == []


def test_a_picture_can_be_read(browser: Browser, pages: dict[Any, Path]) -> None:
    """Every app of a tenant stands in its picture, high enough to be read on a telephone as well."""
    with shown(browser, pages[50], width=NARROW) as told:
        texts = told.page.locator(".picture").first.locator("text")
        names = set(texts.all_text_contents())
        assert {f"N8n/app-{number}" for number in range(1, 19, 2)} <= names
        assert {"Kubernetes/lab (sandbox)", "Kubernetes/prod (standard)", "Redis/cache-5", "Postgres/main-0"} <= names
        boxes = [each.bounding_box() for each in texts.all()]
        assert all(box and box["height"] >= LEAST for box in boxes)


def test_on_paper_it_is_whole_and_light(browser: Browser, pages: dict[Any, Path]) -> None:
    """Printing opens everything, leaves the tools out, writes dark on light, and closes it again."""
    with shown(browser, pages[50], is_dark=True) as told:
        folded = told.page.evaluate(FOLDED)
        assert folded
        told.page.evaluate(f"addEventListener('beforeprint', () => {{ window.folded = {FOLDED} }})")
        paper = told.page.pdf(format="A4")
        assert told.page.evaluate("window.folded") == 0
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) > 5
        assert told.page.evaluate(FOLDED) == folded
        told.page.emulate_media(media="print", color_scheme="dark")
        assert told.page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"
        assert told.count(".tools") == 0
