"""docs/recording.svg: a terminal in which the first commands are typed; what it shows is what came out."""

from __future__ import annotations

import tempfile
import textwrap
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from tests.pages import PROMPT, followed

PICTURE = Path(__file__).parents[1] / "docs/recording.svg"
SVG = "http://www.w3.org/2000/svg"
PAGE = """\
```console
krmfn init fleet
git -C fleet init --quiet --initial-branch=main
git -C fleet config user.name You
git -C fleet config user.email you@example.org
krmfn render fleet --output-dir fleet/rendered --generated-only
git -C fleet add --all
git -C fleet commit --quiet --message=Start
```
"""
"""What is done before: the repository of docs/start.md."""
TYPED = (
    "cd fleet && krmfn check",
    "cd fleet && sed -i 's/size: 10Gi/size: 20Gi/' tenants/acme/declared/database.yaml",
    "cd fleet && krmfn plan",
    "cd fleet && sed -i 's/isolationProfile: sandbox/isolationProfile: standard/' tenants/acme/declared/cluster.yaml",
    "cd fleet && krmfn check --against HEAD",
)
INTO = "cd fleet && "
WIDTH = 104
LETTER, LINE, MARGIN = 7.8, 19, 16
PAUSE = 1.2
"""Seconds between a command and the next."""
STYLE = """
rect { fill: #0d1117; } text { font: 13px ui-monospace, Menlo, Consolas, monospace; fill: #c9d1d9; white-space: pre; }
.typed { fill: #79c0ff; font-weight: bold; } .error { fill: #ff7b72; }
text { animation: appear 0.2s both; } @keyframes appear { from { opacity: 0; } to { opacity: 1; } }
@media (prefers-reduced-motion: reduce) { text { animation: none; } }
"""


def test_it_shows_what_comes_out(tmp_path: Path) -> None:
    """The picture is what `make generate` makes of the commands, byte for byte; it has more lines than were typed."""
    told = lines(tmp_path)
    assert len(told) > len(TYPED)
    assert PICTURE.read_text(encoding="utf-8") == drawing(told)


def test_a_sandbox_that_is_opened_is_refused(tmp_path: Path) -> None:
    """The last thing that it shows is the verdict, and above it the two commits that do it on purpose."""
    told = lines(tmp_path)
    assert told[-1].startswith("krmfn check: 1 error")
    assert "[loosened-unconfirmed]" in " ".join(told)


def lines(folder: Path) -> list[str]:
    """What stands in the terminal, line by line."""
    page = PAGE + "```console\n" + "".join(f"{PROMPT}{line}\n" for line in TYPED) + "```\n"
    _, _, printed = followed(page, folder).partition(f"```console\n{PROMPT}")
    told = f"{PROMPT}{printed}".removesuffix("```\n").replace(INTO, "").splitlines()
    return [part for line in told for part in _wrapped(line)]


def _wrapped(line: str) -> list[str]:
    parts = textwrap.wrap(line, WIDTH, break_on_hyphens=False, drop_whitespace=False, subsequent_indent="  ")
    return [part.rstrip() for part in parts]


def drawing(told: list[str]) -> str:
    """The terminal."""
    width, height = int(WIDTH * LETTER + 2 * MARGIN), len(told) * LINE + 2 * MARGIN
    drawn = Element("svg", xmlns=SVG, width=str(width), height=str(height), viewBox=f"0 0 {width} {height}", role="img")
    drawn.set("aria-label", "A terminal: krmfn check passes, krmfn plan shows a change, krmfn check refuses another")
    SubElement(drawn, "style").text = STYLE
    SubElement(drawn, "rect", width="100%", height="100%", rx="8")
    commands = 0
    for number, line in enumerate(told):
        commands += line.startswith(PROMPT)
        each = SubElement(drawn, "text", x=str(MARGIN), y=str(MARGIN + LINE * number + LINE - 5))
        each.set("style", f"animation-delay: {commands * PAUSE - (0.6 if line.startswith(PROMPT) else 0):.1f}s")
        if line.startswith(PROMPT):
            each.set("class", "typed")
        elif line.startswith("error"):
            each.set("class", "error")
        each.text = line
    return f"{tostring(drawn, encoding='unicode')}\n"


def main() -> None:
    """Writes the picture."""
    with tempfile.TemporaryDirectory() as folder:
        PICTURE.write_text(drawing(lines(Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main()
