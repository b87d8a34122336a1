"""What holds for the source as a whole: each is a mistake that no linter of ours looks for."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[1] / "krmfn"
MODULES = {path.relative_to(ROOT).as_posix(): path for path in sorted(ROOT.rglob("*.py"))}
FINDS = ("Rule", "Iterator[Result]", "Iterator[Refusal]")


@cache
def nodes(module: str) -> tuple[ast.AST, ...]:
    """All that a module says, parsed when a test first asks: each process collects the tests, and one runs them."""
    return tuple(ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))))


def functions(among: Iterable[ast.AST]) -> list[ast.FunctionDef]:
    return [node for node in among if isinstance(node, ast.FunctionDef)]


def rules(among: Iterable[ast.AST]) -> set[str]:
    """The functions that yield findings."""
    return {each.name for each in functions(among) if each.returns and ast.unparse(each.returns).startswith(FINDS)}


@cache
def rules_of(module: str) -> set[str]:
    return rules(nodes(module)) if module in MODULES else set()


@cache
def methods() -> set[str]:
    """The rules that are methods of a class, wherever it stands."""
    return {
        name
        for module in MODULES
        for node in nodes(module)
        if isinstance(node, ast.ClassDef)
        for name in rules(ast.walk(node))
    }


def known_rules(module: str) -> set[str]:
    """The rules that a module can call by a name: its own, those that it imports, and methods."""
    imported = {
        each.name
        for node in nodes(module)
        if isinstance(node, ast.ImportFrom)
        for each in node.names
        for path in (f"{(node.module or '').removeprefix('krmfn').strip('.').replace('.', '/')}",)
        if each.name in (rules_of(f"{path}.py") if f"{path}.py" in MODULES else rules_of(f"{path}/__init__.py"))
    }
    return rules_of(module) | imported


def dropped(module: str) -> list[str]:
    """Calls of rules that stand as statements."""
    by_name = known_rules(module)
    calls = [node for node in nodes(module) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    functions_called = [(call.lineno, call.value.func) for call in calls if isinstance(call.value, ast.Call)]
    return [
        f"{module}:{line} {ast.unparse(function)}"
        for line, function in functions_called
        if (isinstance(function, ast.Name) and function.id in by_name)
        or (isinstance(function, ast.Attribute) and function.attr in methods())
    ]


def test_rules_are_known() -> None:
    """What is looked for is there: rules of a module, those that it imports, and methods."""
    assert "_clusters" in known_rules("topology/__init__.py")
    assert "placed_release" in known_rules("topology/__init__.py")
    assert "find" in methods()


@pytest.mark.parametrize("module", MODULES)
def test_no_finding_is_dropped(module: str) -> None:
    """A rule that is called as a statement gives its findings to nobody: `yield from` is missing."""
    assert dropped(module) == []


@pytest.mark.parametrize("module", MODULES)
def test_findings_are_not_appended_to_what_was_passed_in(module: str) -> None:
    """A function returns what it finds: none takes a list of Results to add to."""
    taking = [
        f"{module}:{function.lineno} {function.name}"
        for function in functions(nodes(module))
        for argument in (*function.args.args, *function.args.kwonlyargs)
        if argument.annotation and ast.unparse(argument.annotation) == "list[Result]"
    ]
    assert taking == []


def test_one_name_is_one_thing() -> None:
    """No class name stands twice in the tree, and no import renames a class to tell two apart."""
    found: dict[str, list[str]] = {}
    renamed = []
    for module in MODULES:
        for node in nodes(module):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(module)
            if isinstance(node, (ast.ImportFrom, ast.Import)):
                renamed += [
                    f"{module}: {each.name} as {each.asname}"
                    for each in node.names
                    if each.asname and each.asname[:1].isupper()
                ]
    assert {name: modules for name, modules in found.items() if len(modules) > 1} == {}
    assert renamed == []


def imports(module: str) -> set[str]:
    """The modules that a module imports, for type checking as well; a package is its `__init__`."""
    found = set()
    for node in nodes(module):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("krmfn"):
            folder = (node.module or "").removeprefix("krmfn").strip(".").replace(".", "/")
            for name in (each.name for each in node.names):
                places = (
                    f"{folder}/{name}.py",
                    f"{folder}/{name}/__init__.py",
                    f"{folder}.py",
                    f"{folder}/__init__.py",
                )
                found |= set([each.lstrip("/") for each in places if each.lstrip("/") in MODULES][:1])
    return found


def test_no_circle() -> None:
    """No module imports one that imports it, however far around: whoever reads one goes down only."""
    needed = {module: imports(module) - {module} for module in MODULES}
    while free := [module for module, rest in needed.items() if not rest]:
        needed = {module: rest.difference(free) for module, rest in needed.items() if module not in free}
    assert needed == {}
