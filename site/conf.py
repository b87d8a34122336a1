"""The site: docs/ as it stands, by Sphinx, MyST and Furo (`make site`). A link that leads nowhere is an error.

Why these: docs/decisions/057-a-site-from-the-same-pages.md. Nothing in docs/ is written for Sphinx. What the site needs
beside the pages is made here: the order of the pages is that of docs/README.md, and links to other parts of the
repository lead to its home, at this version.
"""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT))

from krmfn import __version__  # noqa: E402  (the checkout is not installed where Sphinx is)

LOG = logging.getLogger(__name__)
HOME = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Homepage"]
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s#:]+)(#[^)\s]*)?\)")
PAGE = re.compile(r"^\|.*?\]\(([\w/.-]+)\.md\)", re.MULTILINE)
FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)

# Sphinx reads its settings from these names.
project = "krmfn"
author = "The krmfn authors"
copyright = author  # noqa: A001  (Sphinx's name for it)
version = release = __version__
extensions = ["myst_parser"]
root_doc = "README"
exclude_patterns: list[str] = []
myst_heading_anchors = 4
nitpicky = True
html_theme = "furo"
html_title = f"krmfn {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"source_edit_link": f"{HOME}/blob/main/docs/{{filename}}"}
# Excerpts of output are no whole documents of any language.
suppress_warnings = ["misc.highlighting_failure"]


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _prepared)
    app.connect("build-finished", _with_index)


def _prepared(_app: Sphinx, page: str, source: list[str]) -> None:
    """Leads links out of docs/ to the repository, and gives the two indexes their order."""
    parts = FENCED.split(source[0])
    source[0] = "".join(each if each.startswith("```") else _led_out(page, each) for each in parts)
    if page == root_doc:
        source[0] += "".join(_toctree(*section) for section in _sections(source[0]))
    if page == "decisions/README":
        names = sorted(path.stem for path in (DOCS / "decisions").glob("[0-9]*.md"))
        source[0] += _toctree("", names)


def _led_out(page: str, text: str) -> str:
    return LINK.sub(lambda found: _link(page, *found.group(0, 1, 2, 3)), text)


def _link(page: str, whole: str, said: str, target: str, anchor: str | None) -> str:
    """A link to a page stays as it is; one to anything else of the repository leads to its home."""
    path = (DOCS / page).parent / target
    real = path.resolve()
    if not real.exists():
        LOG.warning("%s leads nowhere", target, location=page)
    if real.is_relative_to(DOCS) and real.suffix == ".md":
        return whole
    sort = "tree" if real.is_dir() else "blob"
    return f"[{said}]({HOME}/{sort}/v{version}/{real.relative_to(ROOT).as_posix()}{anchor or ''})"


def _sections(text: str) -> list[tuple[str, list[str]]]:
    """Each heading of the index with the pages below it."""
    found = [section.partition("\n") for section in text.split("\n## ")[1:]]
    return [(title, PAGE.findall(body)) for title, _, body in found]


def _toctree(title: str, pages: list[str]) -> str:
    caption = f":caption: {title}\n" if title else ""
    return "\n\n```{toctree}\n:hidden:\n:maxdepth: 1\n" + caption + "\n" + "\n".join(pages) + "\n```\n"


def _with_index(app: Sphinx, exception: Exception | None) -> None:
    """The page that a browser opens first is the index of docs/, which GitHub wants to be called README."""
    if exception is None:
        shutil.copyfile(Path(app.outdir) / f"{root_doc}.html", Path(app.outdir) / "index.html")
