"""`krmfn report`: one page that loads nothing, shows what is there, and escapes all that a user wrote."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, tostring

import pytest

from krmfn.cli.exits import Exit
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.expansions import side
from krmfn.cli.inputs.question import Question
from krmfn.cli.inputs.remembered import Remembered
from krmfn.cli.reach.world import world_of
from krmfn.reach.pairs import open_pairs, reached_by, senders
from krmfn.reach.verdicts import ReachVerdict
from krmfn.report.picture import picture
from tests.command_line import run_in
from tests.declarations import app, cluster, placed, plane

if TYPE_CHECKING:
    from tests.history import History

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs/sandbox.svg"
EVIL = "<script>alert(1)</script>"
VOID = {"meta", "input", "wbr"}


class Page(HTMLParser):
    """A page as a browser would read it: its tags, attributes, and the text inside each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self._breaks = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, key, value or "") for key, value in attrs]
        self._breaks = tag == "wbr"
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, "every element is closed in its turn"

    def handle_data(self, data: str) -> None:
        texts = self.texts.setdefault(self._open[-1], []) if self._open else []
        # Where a line may break, a text goes on.
        goes_on, self._breaks = texts and self._breaks, False
        texts[-1:] = [texts[-1] + data] if goes_on else [*texts[-1:], data]

    def said(self) -> str:
        """All that a reader sees."""
        return " ".join(text for tag, texts in self.texts.items() if tag not in {"script", "style"} for text in texts)


def reported(folder: Path, *arguments: str) -> Page:
    answer = run_in(folder, "report", *arguments)
    assert answer.returncode in {0, 1}, answer.stderr
    return Page(answer.stdout)


@pytest.fixture
def sandbox() -> Page:
    return reported(ROOT, "kustomize/sandbox")


def test_it_shows_clusters_apps_and_who_talks_to_whom(sandbox: Page) -> None:
    """The example's cluster with its posture, apps with their cluster and their line, the picture, pairs, and tiers."""
    said = sandbox.said()
    assert "1 tenant, 1 cluster, 9 apps, 0 errors" in said
    for text in ("Kubernetes/playground", "withheld", "what is declared, the internet", "Postgres/main (5432)"):
        assert text in said
    assert sandbox.tags.count("svg") == 1
    drawn = " ".join(sandbox.texts["text"])
    assert "Kubernetes/playground (sandbox)" in drawn
    assert "5432" in drawn
    for text in (
        "KamajiControlPlane/kubernetes-playground on 6443/TCP",
        "view, use, admin, super-admin, account",
        "kustomize/sandbox/tenants/acme/services.yaml:2:1",
    ):
        assert text in " ".join(said.split()), text


def test_it_loads_nothing_and_runs_only_its_own_script(sandbox: Page) -> None:
    """No address is loaded or linked but places of the page, and its policy allows only what is in it, by hash."""
    for tag, key, value in sandbox.attributes:
        assert key not in {"src", "style", "action", "srcset"}, (tag, key)
        assert not key.startswith("on"), (tag, key)
        assert key != "href" or value.startswith("#"), value
    policy = next(value for _, key, value in sandbox.attributes if key == "content" and "default-src" in value)
    hashes = {
        tag: b64encode(sha256("".join(sandbox.texts[tag]).encode()).digest()).decode() for tag in ("style", "script")
    }
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert sandbox.tags.count("script") == sandbox.tags.count("style") == 1


def test_every_link_leads_to_a_place_of_the_page(sandbox: Page) -> None:
    """The list of sections, for whoever has no mouse."""
    places = {value for _, key, value in sandbox.attributes if key == "id"}
    links = [value.removeprefix("#") for _, key, value in sandbox.attributes if key == "href"]
    assert links
    assert set(links) <= places


def test_what_a_user_wrote_stays_text(tmp_path: Path) -> None:
    """Markup in the name of a folder, in a reason and in values is shown, and never becomes an element."""
    folder = tmp_path / EVIL.replace("/", "|")
    folder.mkdir()
    accepted = (
        f'{{accepted: [{{code: prune-unprotected, kind: Postgres, name: main, reason: "{EVIL}\\u001b[31m\\u202e"}}]}}'
    )
    files = {
        "plane.yaml": plane(accepted),
        "main.yaml": app("Postgres", "main", f'{{size: "{EVIL}"}}'),
        f"{EVIL.replace('/', '|')}.yaml": cluster("lab", spec='{isolationProfile: "<b>x</b>"}'),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    page = reported(tmp_path, str(folder))
    assert "alert(1)" in page.said()
    assert page.tags.count("script") == 1
    assert "b" not in page.tags
    assert not re.search("[\x1b\u202e]", page.said())


def test_a_change_is_part_of_it(history: History) -> None:
    """With --from it also says what changed since, line by line, and what check refuses."""
    history.commit({"main.yaml": app("Postgres", "main", "{size: 10Gi}")})
    history.write({"main.yaml": app("Postgres", "main", "{size: 20Gi}")})
    page = reported(history.root, "--from", "HEAD")
    assert any('spec.values.size: "10Gi" -> "20Gi"' in each for each in page.texts["span"])
    history.commit({"lab.yaml": cluster("lab")})
    history.write({"lab.yaml": None})
    page = reported(history.root, "--from", "HEAD")
    assert any(each.startswith("error: ") and "Kubernetes" in each for each in page.texts["span"])


def test_without_graphviz_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that draws is an extra; without it there is no page, and the way out is named."""
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    answer = run_in(ROOT, "report", "kustomize/demo")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "pip install 'krmfn[report]'" in answer.stderr


def test_without_a_library_of_the_system_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its wheel needs some that a machine without a desktop has not; what krmfn itself fails to import is a bug."""
    monkeypatch.delitem(sys.modules, "pygraphviz", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    lacking = "raise ImportError('libgobject-2.0.so.0: cannot open shared object file', name='{name}')"
    (tmp_path / "pygraphviz.py").write_text(lacking.format(name="_graphviz"), encoding="utf-8")
    answer = run_in(ROOT, "report", "kustomize/demo")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "cannot be loaded: libgobject-2.0.so.0: cannot open shared object file; on Debian" in answer.stderr
    monkeypatch.delitem(sys.modules, "pygraphviz", raising=False)
    (tmp_path / "pygraphviz.py").write_text(lacking.format(name="krmfn.report"), encoding="utf-8")
    assert run_in(ROOT, "report", "kustomize/demo").returncode == Exit.BUG


def test_the_picture_of_the_readme_is_of_the_example() -> None:
    """It is what `make generate` makes of kustomize/sandbox, byte for byte: a layout that asks no machine for fonts."""
    assert PICTURE.read_text(encoding="utf-8") == _alone()


@pytest.mark.parametrize("example", ["sandbox", "demo"])
def test_the_pairs_are_those_of_reach(example: str) -> None:
    """The table has what the answers of `reach` have, though it is found in a shorter way: every pair and port."""
    world = world_of(side(Question((ROOT / "kustomize" / example,), None, (), Remembered()), Disk()))
    for sender in senders(world):
        whole = [
            (each.receiver, each.ports, each.verdict)
            for each in reached_by(world, sender)
            if each.verdict is not ReachVerdict.DENIED
        ]
        short = [(pair.receiver, *each) for pair in open_pairs(world, sender) for each in pair.opened]
        assert whole
        assert short == whole


def test_it_asks_no_font_of_the_machine(tmp_path: Path) -> None:
    """With a configuration of fonts that nobody can read, the page is the same, and nothing is told of it."""
    fonts = tmp_path / "fonts.conf"
    fonts.write_text("<fontconfig><nobody-knows-this/></fontconfig>", encoding="utf-8")
    command = [sys.executable, "-m", "krmfn", "report", "kustomize/sandbox"]
    with_fonts, without = (
        subprocess.run(command, cwd=ROOT, env={**os.environ, **more}, capture_output=True, check=True)
        for more in ({}, {"FONTCONFIG_FILE": str(fonts)})
    )
    assert without.stdout == with_fonts.stdout
    assert (with_fonts.stderr, without.stderr) == (b"", b"")


def _picture() -> Element:
    question = Question((ROOT / "kustomize/sandbox",), None, (), Remembered())
    [tenant] = side(question, Disk()).topologies[0].tenants.values()
    drawn = picture(tenant)
    assert drawn is not None
    return drawn


def test_what_is_invalid_is_named_and_the_rest_is_shown(tmp_path: Path) -> None:
    """A namespace with an error is left out and named, on the page and on stderr; exit 1."""
    (tmp_path / "sound.yaml").write_text(app("Postgres", "main", "{}"), encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text(
        placed("ComfyUI", "studio", "nowhere").replace("tenant-acme", "tenant-b"), "utf-8"
    )
    answer = run_in(tmp_path, "report", "--output", "report.html")
    assert (answer.returncode, "wrong.yaml" in answer.stderr) == (1, True)
    said = Page((tmp_path / "report.html").read_text(encoding="utf-8")).said()
    assert "Left out for their errors: tenant-b." in said
    assert "Postgres/main" in said


def _alone() -> str:
    """The picture as a file of its own, with the colours of the page."""
    drawn = _picture()
    drawn.set("xmlns", "http://www.w3.org/2000/svg")
    style = Element("style")
    styles, of_pictures = (
        (ROOT / "krmfn/report" / name).read_text(encoding="utf-8") for name in ("page.css", "picture.css")
    )
    colours, _, _ = styles.partition("* {")
    style.text = f"\n{colours}:root {{ background: var(--paper); }}\n{of_pictures}"
    drawn.insert(0, style)
    return f"{tostring(drawn, encoding='unicode')}\n"


def main() -> None:
    """Writes the README's picture.

    There is none of the whole page: a browser draws it with the fonts of its machine, so no test could hold its bytes.
    """
    PICTURE.write_text(_alone(), encoding="utf-8")


if __name__ == "__main__":
    main()
