"""docs/flux.md: what operators read is what the tests have seen, word for word.

`python -m pytest tests/engine --snapshot-update` writes it anew.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.tools.programs import TESTS

if TYPE_CHECKING:
    from pathlib import Path

PAGE = TESTS.parent / "docs/flux.md"
BLOCK = re.compile(r"(<!-- seen: (?P<name>[a-z0-9-]+) -->\n```[a-z]*\n)(?P<text>.*?)(```\n)", re.DOTALL)
CHANGING = {
    r"127\.0\.0\.1:\d+": "127.0.0.1:6443",
    r"\b[0-9a-f]{40}\b": "50b8772d",
    r"sha256:[0-9a-f]{64}": "sha256:9f86d081",
    r"(?<=\+)[0-9a-f]{12}\b": "9f86d0818b4a",
}
"""What differs from run to run, and how the page has it."""


@dataclass(frozen=True)
class Page:
    """The page, as it is or to be written anew."""

    rewrite: bool
    path: Path = PAGE

    def shows(self, name: str, text: str) -> None:
        """A block of the page is this text.

        Raises:
            AssertionError: it is another, or there is no such block.
        """
        for pattern, instead in CHANGING.items():
            text = re.sub(pattern, instead, text)
        page = self.path.read_text(encoding="utf-8")
        found = [block for block in BLOCK.finditer(page) if block["name"] == name]
        assert len(found) == 1, f"{self.path} has {len(found)} blocks <!-- seen: {name} -->, not one"
        [block] = found
        if self.rewrite:
            self.path.write_text(page[: block.start("text")] + text + page[block.end("text") :], encoding="utf-8")
            return
        differs = "\n".join(difflib.unified_diff(block["text"].splitlines(), text.splitlines(), "page", "seen"))
        assert block["text"] == text, f"{self.path} does not show what was seen as {name}:\n{differs}"
