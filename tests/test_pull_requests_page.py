"""The page on pull requests: its commands run as they stand, and what it shows is what they print."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from tests.command_line import run_in
from tests.history import ROOT, pull_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.history import History

COMMAND = re.compile(r"^\s*(?:\$ |- run: |- )(krmfn (?:plan|check)\b.*)$", re.MULTILINE)


def page() -> str:
    return (ROOT / "docs/pull-requests.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page(), re.DOTALL | re.MULTILINE)


def commands() -> list[str]:
    """Each command of the examples once, in order."""
    typed = [line for block in blocks("console") for line in block.splitlines()]
    return list(dict.fromkeys([*typed, *COMMAND.findall("".join([*blocks("text"), *blocks("yaml")]))]))


def _words(value: object) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(value, dict):
        for each in value.values():
            yield from _words(each)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
    elif isinstance(value, str):
        yield value


def without_hash(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{7}\b", "<commit>", text)


@pytest.fixture
def asked(history: History) -> History:
    return pull_request(history)


def test_no_command_of_the_examples_is_missed() -> None:
    """What CI would run, as a YAML reader finds it, is what these tests run, plan and check among it."""
    listed = {text for block in blocks("yaml") for text in _words(yaml.load(block)) if text.startswith("krmfn ")}
    assert listed
    assert listed <= set(commands())
    assert {command.split()[1] for command in commands()} == {"plan", "check"}


def test_what_it_shows_is_what_comes_out(asked: History) -> None:
    """Each command that is shown with its output prints this, but for the name of the commit."""
    shown = [block for block in blocks("text") if block.startswith("$ krmfn ")]
    assert shown
    for block in shown:
        first, _, output = block.partition("\n")
        answer = run_in(asked.root, *shlex.split(first)[2:])
        assert without_hash(answer.stdout + answer.stderr) == without_hash(output)


@pytest.mark.parametrize("command", commands())
def test_commands_run_as_they_stand(asked: History, command: str) -> None:
    """Plan tells and passes; check refuses the cluster that would be orphaned, in whatever format."""
    answer = run_in(asked.root, *shlex.split(command)[1:])
    assert answer.returncode == (0 if command.startswith("krmfn plan") else 1), answer.stderr
    assert "Kubernetes" in answer.stdout
    assert "old" in answer.stdout
    if command.endswith("--format github"):
        assert answer.stdout.startswith("::error file=tenants/acme/clusters.yaml,")


def test_the_hook_is_one_that_this_repository_has(asked: History) -> None:
    """The hook's id is ours, and with its arguments it judges what is to be committed."""
    ours = {hook["id"]: hook for hook in yaml.load((ROOT / ".pre-commit-hooks.yaml").read_bytes())}
    shown = [repo for block in blocks("yaml") for repo in (yaml.load(block).get("repos") or [])]
    assert shown
    for hook in (hook for repo in shown for hook in repo["hooks"]):
        entry = shlex.split(ours[hook["id"]]["entry"])
        assert run_in(asked.root, *entry[1:], *hook.get("args", [])).returncode == 0
        asked.write({"tenants/acme/clusters.yaml": None})
        assert run_in(asked.root, *entry[1:], *hook.get("args", [])).returncode == 1
