"""The examples of every command's help run as they are printed."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from krmfn.cli.commands import krmfn
from tests.command_line import run_in
from tests.history import History

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = sorted(name for name, command in krmfn.commands.items() if not command.hidden)
OWN = """\
apiVersion: apps.cozystack.io/v1alpha1
kind: Redis
metadata: {name: sessions, namespace: tenant-acme}
"""
RELEASE = "rendered/tenants/acme/tenant-acme/helmrelease-redis-sessions.yaml"
CHANGES = {"krmfn plan --from origin/main --detailed-exitcode": 2}
"""An example that ends otherwise than with 0, by its own word."""


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, store: Path) -> History:
    """What `krmfn init` wrote, as origin/main, and one commit more, rendered."""
    history = History(tmp_path_factory.mktemp("started"), store)
    assert run_in(history.root, "init").returncode == 0
    history.commit_all()
    history.branch("remotes/origin/main")
    history.commit({"tenants/acme/declared/sessions.yaml": OWN})
    assert run_in(history.root, "render", "--output-dir", "rendered").returncode == 0
    return history


@pytest.mark.parametrize("command", COMMANDS)
def test_each_example_of_the_help_runs(history: History, started: History, command: str) -> None:
    """In a repository that `krmfn init` wrote, one commit after its branch origin/main; in the order printed."""
    history.become(started)
    if command in {"import", "init"}:
        # A release as the platform makes it: what krmfn renders, without its marks.
        release = yaml.load((history.root / RELEASE).read_bytes())
        del release["metadata"]["annotations"]
        release["metadata"]["namespace"] = "tenant-legacy"
        history.commit({"clusters/production/sessions.yaml": yaml.dump(release)})
    printed = run_in(history.root, command, "--help").stdout
    examples = re.findall(rf"^  (krmfn {command}\b.*)$", printed, re.MULTILINE)
    assert examples
    for example in examples:
        answer = run_in(history.root, *shlex.split(example)[1:])
        assert answer.returncode == CHANGES.get(example, 0), f"{example}: {answer.stderr}"
