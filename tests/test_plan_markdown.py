"""`krmfn plan --output markdown`: what a reviewer sees first, and that no word of a user becomes anything but text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import cmarkgfm  # type: ignore[import-untyped]  # it ships no types
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

from krmfn.cli.plan.as_markdown import LONGEST, MARK
from krmfn.cli.plan.escaping import code, escaped, fenced
from tests.declarations import app, cluster, placed, plane
from tests.history import LAST, History, pull_request
from tests.test_plan_isolation import MOVES

if TYPE_CHECKING:
    from collections.abc import Iterable

OURS = {"p", "strong", "ul", "li", "code", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "pre"}
"""The elements of a comment. Of their attributes there is one: the language of a block of code."""


class Elements(HTMLParser):
    """The elements, attributes and text of what GitHub makes of a comment."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.text = ""
        self.outside_code = ""
        self._code = 0
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE))

    def handle_starttag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(attrs)
        self._code += tag in {"code", "pre"}

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in {"code", "pre"}

    def handle_data(self, data: str) -> None:
        self.text += data
        self.outside_code += "" if self._code else data


def comment(history: History, *arguments: str) -> str:
    answer = history.plan("--output", "markdown", *arguments)
    assert answer.stdout.startswith(f"{MARK}\n")
    read = Elements(answer.stdout)
    assert read.elements <= OURS
    assert {name for name, _ in read.attributes} <= {"lang"}
    assert not re.search(r"[@#]\w|://\w*$", read.outside_code)
    return answer.stdout


def short(text: str) -> str:
    """What is not folded."""
    return text.partition("<details>")[0]


def test_the_verdict_and_what_is_lost_come_first(history: History) -> None:
    """The README's pull request: refused, with the commits to make; what is lost; and the rest folded."""
    pull_request(history)
    text = comment(history, "--from", "origin/main")
    first = short(text)
    assert first.splitlines()[1] == "**❌ krmfn plan: refused; 1 to orphan, 1 to move, 1 to change, 1 loses data**"
    assert "1. annotate Kubernetes old with krmfn.dev/confirm-deletion" in first
    assert "- <code>JupyterHub/notebooks</code> in <code>tenant-acme</code>: its data" in first
    assert "spec.values.size" not in first
    assert 'spec.values.size: "10Gi" -> "20Gi"' in text
    assert len(first.splitlines()) < 20


def test_what_is_opened_and_what_isolation_goes_is_not_folded(history: History) -> None:
    """A move to a looser cluster, with a connection that is new: both are told before the details."""
    history.commit({**MOVES, "main.yaml": app("Postgres", "main")})
    to = "  connections: [{to: {kind: Postgres, name: main}}]\n"
    history.commit({"placement.yaml": placed("ComfyUI", "studio", "open", to)})
    first = short(comment(history, *LAST))
    assert "- <code>ComfyUI/studio</code> in <code>tenant-acme</code>: its isolation; on open, its nodes may" in first
    assert "**Opened**\n\n- ComfyUI/studio may reach Postgres/main on 5432/TCP" in first


def test_a_picture_shows_what_moves_and_what_connects(history: History) -> None:
    """A box for each change in its place, and arrows; none where nothing moves, nor one that nobody could read."""
    history.commit({**MOVES, "main.yaml": app("Postgres", "main")})
    to = "  connections: [{to: {kind: Postgres, name: main}}]\n"
    history.commit({"placement.yaml": placed("ComfyUI", "studio", "open", to)})
    text = comment(history, *LAST)
    assert 'subgraph p1["tenant-acme: kubernetes-open"]\n    n1["ComfyUI/studio<br/>move#59; data lost' in text
    assert 'n0 ==>|"moves"| n1' in text
    assert 'n1 -->|"may reach on 5432/TCP"| n3' in text
    history.commit({"main.yaml": app("Postgres", "main", "{size: 20Gi}")})
    assert "mermaid" not in comment(history, *LAST)
    many = {f"{i}.yaml": app("Redis", f"cache-{i}") for i in range(13)}
    history.commit({**many, "placement.yaml": placed("ComfyUI", "studio", "other")})
    assert "mermaid" not in comment(history, *LAST)


@pytest.mark.parametrize(
    ("files", "verdict"),
    [
        ({}, "✅ krmfn plan: no changes"),
        ({"b.yaml": app("Redis", "b")}, "✅ krmfn plan: 1 to create"),
        ({"a.yaml": None}, "\N{WARNING SIGN}\N{VARIATION SELECTOR-16} krmfn plan: 1 to retire, 1 loses data"),
        ({"lab.yaml": None}, "❌ krmfn plan: refused; 1 to orphan"),
        ({"a.yaml": app("Reddis", "a")}, "❌ krmfn plan: invalid; nothing changes in the namespaces that are valid on"),
        ({"a.yaml": app("Redis", "a") + "\tx"}, "❌ krmfn plan: invalid; nothing was compared"),
    ],
)
def test_the_verdict_is_the_first_line(history: History, files: dict[str, str | None], verdict: str) -> None:
    """May it be merged, and what comes of it: in one line, and never `no changes` of what is invalid."""
    history.commit({"a.yaml": app("Redis", "a"), "lab.yaml": cluster("lab"), "plane.yaml": plane("{}")})
    history.commit({**files, "README.md": "words"})
    line = comment(history, *LAST).splitlines()[1]
    assert line.startswith(f"**{verdict}")
    assert ("no changes" in line) == (not files)


HOSTILE = "<b>|`K*_@x#12 [a](http://e.x)![i](x) www.e.x $x$"


def test_words_of_a_user_stay_text(history: History) -> None:
    """A kind, a name, a file, a key and a value of Markdown and HTML: text for GitHub's own reader, and no mention."""
    kinds = f"{{kinds: [{{kind: '{HOSTILE}', plural: ks, prefix: k-, chartRef: {{kind: HelmChart, name: k}}}}]}}"
    kind = f"'{HOSTILE}'"
    history.commit({"plane.yaml": plane(kinds), "a.yaml": app(kind, "a", "{x: 1}"), "lab.yaml": cluster("lab")})
    values = "{x: '</details><script>```', '|k`': 'http://evil @all #12', motd: '````', '<img src=x>': {y: 1}}"
    history.commit({"a.yaml": app(kind, "a", values), "<img src=x>|b.yaml": placed(kind, "a", "lab")})
    text = comment(history, *LAST, "--full")
    read = Elements(text)
    assert f"{HOSTILE}/a" in read.text.replace("\u200b", "")
    assert "spec.values.|k`" in read.text
    history.commit({"<img src=x>|b.yaml": app("Redis", "<script>alert(1)</script>@all")})
    assert "<script>alert(1)</script>" in Elements(comment(history, *LAST)).text


@pytest.mark.parametrize(
    "text",
    ["a\nb", "- a", "+ a", "1. a", "# a", "> a", "=", "a  \n\n    b", "\x1b[31m", "\u202ea", "```", "|", "a\\", "&lt;"],
)
def test_no_text_begins_a_block(text: str) -> None:
    """Whatever an entry of a list begins with, it is one entry of one list."""
    read = Elements(f"- {escaped(text)}\n- {code(text)}\n")
    assert read.elements <= {"ul", "li", "code", "ol"}
    assert "\n\n" not in escaped(text)
    assert Elements("\n".join(fenced([text, "x"]))).elements == {"pre", "code"}


def test_a_comment_is_not_too_long_for_its_host(history: History) -> None:
    """Of many changes the details are left out, from the end on, and said to be; what comes first stays."""
    before = {f"{i}.yaml": app("Redis", f"r-{i}", namespace=f"tenant-{i}") for i in range(40)}
    history.commit(before)
    values = "{" + ", ".join(f"k{i}: {i}" for i in range(100)) + "}"
    history.commit({f"{i}.yaml": app("Redis", f"r-{i}", values, namespace=f"tenant-{i}") for i in range(40)})
    text = comment(history, *LAST, "--full")
    assert 40_000 < len(text) < LONGEST + 1000
    assert "more sections are too long for a comment: run krmfn plan." in text
    assert text.splitlines()[1] == "**✅ krmfn plan: 40 to change**"


def test_a_confirmation_is_seen_by_whoever_reviews_it(history: History) -> None:
    """Its commit loses nothing, but allows the next one to: the comment says so first, on files and inline."""
    inline = "{clusters: [{name: box, annotations: {krmfn.dev/confirm-deletion: box}}]}"
    history.commit({"lab.yaml": cluster("lab"), "plane.yaml": plane("{}")})
    history.commit({"lab.yaml": cluster("lab", confirm="lab"), "plane.yaml": plane(inline)})
    shown = comment(history, *LAST)
    assert shown.splitlines()[1].startswith("**\N{WARNING SIGN}")
    listed = shown.partition("**Confirmed for a later commit**\n\n")[2].partition("\n\n")[0].splitlines()
    of_lab, of_box = (f"a later commit may remove {name}, with what it keeps" for name in ("lab", "box"))
    assert sorted(line.partition("applied, ")[2] for line in listed) == sorted([of_lab, of_box])
    assert listed == [line for line in listed if "confirms a loss" in line]
    assert "[confirms-loss]" in history.plan(*LAST).stdout
    assert "confirms-loss" in str(history.planned(*LAST)["results"])
    # Said once: what the earlier revision has as well was reviewed with it.
    history.commit({"b.yaml": app("Redis", "b")})
    assert "confirms" not in comment(history, *LAST)
