"""A page in real Chromium: what it says, asks for and shows."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from playwright.sync_api import sync_playwright

from tests.tools.nodepackages import package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDE, NARROW = 1280, 380
HEIGHT = 900


class Shown(NamedTuple):
    """A page that is open, and what came of opening it.

    Attributes:
        page: the page, for clicks and keys.
        said: what the console said, and errors of scripts.
        asked: every address that was asked for.
    """

    page: Page
    said: list[str]
    asked: list[str]

    def violations(self) -> list[str]:
        """What axe-core finds against the guidelines and its best practices."""
        self.page.evaluate((package("axe") / "axe.min.js").read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert found["passes"], "axe has judged nothing"
        return [_spelt(each) for each in found["violations"]]

    def is_sideways(self) -> bool:
        """True if the page itself is wider than its window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def count(self, selector: str) -> int:
        """Elements that a reader sees."""
        return int(self.page.locator(selector).locator("visible=true").count())


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of the machine; Playwright's own are not downloaded."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, f"none of {', '.join(NAMES)} is on PATH: run `make packages`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def shown(browser: Browser, file: Path, *, width: int = WIDE, is_dark: bool = False) -> Iterator[Shown]:
    """A page from a file, as in a window of this width."""
    page = browser.new_page(
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if is_dark else "light",
        reduced_motion="reduce",
    )
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(file.as_uri())
        yield Shown(page, said, asked)
    finally:
        page.close()


def _spelt(violation: dict[str, Any]) -> str:
    nodes = [node["html"][:200] for node in violation["nodes"]]
    return f"{violation['id']}: {violation['help']} ({len(nodes)}): {nodes[:3]}"
