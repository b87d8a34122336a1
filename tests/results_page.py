"""docs/results.md: each code with what it means, an example out of a golden case, and by that the way out."""

from __future__ import annotations

import ast
import textwrap
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from krmfn import yaml
from krmfn.results import ResourceRef, Result, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Codes = Callable[[ast.AST], Iterator[str]]

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests/cases"
WIDTH = 116
LEFT_OUT = "…"
HEADER = """\
# Results

Every result has a code in `tags.code`; codes are part of the public API and do not change. A result of severity
`error` means that nothing was expanded and that krmfn exits 1. A message says what is wrong, and then what to do: that
is the way out. It is printed on one line, and broken into several here. The claim above it leads to the golden case
that shows the code: `input.yaml` there leads to the result. What only commands over files or revisions can tell is
shown without its object, and with `…` for what is named.

How results read on a terminal, their formats, and how a warning is accepted: [findings.md](findings.md).

Written by `make generate`; change the cases and the messages, not this page.
"""


class Shown(NamedTuple):
    """A case that shows a code: how many codes it shows in all, and the first result with this one."""

    codes: int
    by_the_way: bool
    case: str
    severity: str
    told: str


class Said(NamedTuple):
    """A code that no case shows: how severe it is, and what it means."""

    severity: str
    meaning: str


@cache
def codes_in_cases() -> dict[str, list[Shown]]:
    """The codes that golden cases show, the case that says most about a code first."""
    found: dict[str, list[Shown]] = {}
    for path in sorted(CASES.glob("*/expected.yaml")):
        results = yaml.load(path.read_bytes()).get("results") or []
        told = {(each["tags"]["code"], each["severity"]): _line(each) for each in reversed(results)}
        number = len({code for code, _ in told})
        case = path.parent.name
        for (code, severity), line in told.items():
            by_the_way = not case.startswith(("refused-", "warned-"))
            found.setdefault(code, []).append(Shown(number, by_the_way, case, severity, line))
    return {code: sorted(shown) for code, shown in found.items()}


@cache
def sources() -> list[ast.Module]:
    """The modules of the package."""
    return [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "krmfn").rglob("*.py"))]


def page(elsewhere: Mapping[str, Said], codes: Codes) -> str:
    """docs/results.md.

    Args:
        elsewhere: the codes that no case shows.
        codes: finds the codes that a node of the source gives.
    """
    shown = codes_in_cases()
    messages = _messages(codes)
    sections = {code: _of_cases(code, cases) for code, cases in shown.items()}
    sections |= {
        code: _of_source(code, said, messages[code]) for code, said in elsewhere.items() if code not in sections
    }
    return HEADER + "".join(sections[code] for code in sorted(sections))


def _of_cases(code: str, cases: list[Shown]) -> str:
    severities = {each.severity for each in cases}
    severity = ", ".join(str(each) for each in Severity if each in severities)
    first = cases[0]
    claim = (CASES / first.case / "input.yaml").read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
    return _section(code, severity, f"[{claim}](../tests/cases/{first.case}/input.yaml)", [first.told])


def _of_source(code: str, said: Said, messages: list[str]) -> str:
    return _section(code, said.severity, said.meaning, list(dict.fromkeys(messages)))


def _section(code: str, severity: str, meaning: str, told: list[str]) -> str:
    examples = "\n\n".join("\n".join(textwrap.wrap(each, WIDTH, break_on_hyphens=False)) for each in told)
    example = f"\n```text\n{examples}\n```\n" if told else ""
    return f"\n## `{code}`\n\n{severity}: {meaning}\n{example}"


def _line(entry: Mapping[str, dict[str, str]]) -> str:
    """A result of a case as it is printed."""
    about = entry.get("resourceRef", {})
    names = (about.get(key, "") for key in ("apiVersion", "kind", "namespace", "name"))
    return str(
        Result(
            str(entry["message"]),
            Severity(str(entry["severity"])),
            entry["tags"]["code"],
            ResourceRef(*names) if about else None,
            entry.get("field", {}).get("path", ""),
        )
    )


def _messages(codes: Codes) -> dict[str, list[str]]:
    """What the source says beside each code, where a literal says it."""
    found: dict[str, list[str]] = {}
    for tree in sources():
        scopes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for node in ast.walk(tree):
            for code in codes(node):
                if isinstance(node, ast.Call) and (text := _text(node.args[1], [tree, *scopes], node.lineno)):
                    found.setdefault(code, []).append(f"{text} [{code}]")
    return found


def _text(said: ast.expr, scopes: list[ast.Module | ast.FunctionDef], line: int) -> str:
    """A message, with what is filled in left out; empty if it is no literal."""
    match said:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else LEFT_OUT for part in parts)
        case ast.Name(id=name):
            return _text(assigned, [], 0) if (assigned := _assigned(name, scopes, line)) else ""
    return ""


def _assigned(name: str, scopes: list[ast.Module | ast.FunctionDef], line: int) -> ast.expr | None:
    """What a name stands for on a line: the last thing before it that it was given, in the nearest function around."""
    for scope in reversed([each for each in scopes if isinstance(each, ast.Module) or _around(each, line)]):
        given = [
            node
            for node in ast.walk(scope)
            if isinstance(node, ast.Assign)
            and node.lineno < line
            and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        ]
        if given:
            return max(given, key=lambda node: node.lineno).value
    return None


def _around(function: ast.FunctionDef, line: int) -> bool:
    return function.lineno <= line <= (function.end_lineno or 0)
