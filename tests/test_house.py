"""What holds for the source as a whole: each is a mistake that no linter of ours looks for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "krmfn"
MODULES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in ROOT.rglob("*.py")
}
FINDS = ("Rule", "Iterator[Result]", "Iterator[Refusal]")


def functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def rules(tree: ast.AST) -> set[str]:
    """The functions that yield findings."""
    return {each.name for each in functions(tree) if each.returns and ast.unparse(each.returns).startswith(FINDS)}


RULES = {module: rules(tree) for module, tree in MODULES.items()}
METHODS = {
    name
    for tree in MODULES.values()
    for node in ast.walk(tree)
    if isinstance(node, ast.ClassDef)
    for name in rules(node)
}


def known_rules(module: str) -> set[str]:
    """The rules that a module can call by a name: its own, those that it imports, and methods."""
    imported = {
        each.name
        for node in ast.walk(MODULES[module])
        if isinstance(node, ast.ImportFrom)
        for each in node.names
        for path in (f"{(node.module or '').removeprefix('krmfn').strip('.').replace('.', '/')}",)
        if each.name in RULES.get(f"{path}.py", RULES.get(f"{path}/__init__.py", set()))
    }
    return RULES[module] | imported


def dropped(module: str) -> list[str]:
    """Calls of rules that stand as statements."""
    by_name = known_rules(module)
    calls = [
        node for node in ast.walk(MODULES[module]) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ]
    functions_called = [(call.lineno, call.value.func) for call in calls if isinstance(call.value, ast.Call)]
    return [
        f"{module}:{line} {ast.unparse(function)}"
        for line, function in functions_called
        if (isinstance(function, ast.Name) and function.id in by_name)
        or (isinstance(function, ast.Attribute) and function.attr in METHODS)
    ]


def test_rules_are_known() -> None:
    """What is looked for is there: rules of a module, those that it imports, and methods."""
    assert "_clusters" in known_rules("topology/__init__.py")
    assert "placed_release" in known_rules("topology/__init__.py")
    assert "find" in METHODS


@pytest.mark.parametrize("module", MODULES)
def test_no_finding_is_dropped(module: str) -> None:
    """A rule that is called as a statement gives its findings to nobody: `yield from` is missing."""
    assert dropped(module) == []


@pytest.mark.parametrize("module", MODULES)
def test_findings_are_not_appended_to_what_was_passed_in(module: str) -> None:
    """A function returns what it finds: none takes a list of Results to add to."""
    taking = [
        f"{module}:{function.lineno} {function.name}"
        for function in functions(MODULES[module])
        for argument in (*function.args.args, *function.args.kwonlyargs)
        if argument.annotation and ast.unparse(argument.annotation) == "list[Result]"
    ]
    assert taking == []


def test_one_name_is_one_thing() -> None:
    """No class name stands twice in the tree, and no import renames a class to tell two apart."""
    found: dict[str, list[str]] = {}
    renamed = []
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
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
    for node in ast.walk(MODULES[module]):
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
