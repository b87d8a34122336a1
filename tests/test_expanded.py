"""`krmfn check --expanded`, to be put in front of Flux: no declaration is left in what it applies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import run, run_in
from tests.declarations import redis
from tests.folders import plant

EXAMPLE = Path(__file__).parents[1] / "kustomize/demo"
LOCAL = "  annotations: {config.kubernetes.io/local-config: 'true'}\n"


def test_what_is_rendered_passes(tmp_path: Path) -> None:
    """A folder that krmfn wrote, and the stream that it prints: bystanders are none of its business."""
    assert run("render", ".", "--output-dir", tmp_path / "rendered", cwd=EXAMPLE).returncode == 0
    answer = run_in(tmp_path, "check", "--expanded", "rendered")
    assert (answer.returncode, answer.stdout) == (0, "")
    stream = run("render", ".", cwd=EXAMPLE).stdout
    assert run("check", "--expanded", "-", stdin=stream).returncode == 0


def test_what_a_build_has_skipped_is_refused(tmp_path: Path) -> None:
    """Each declaration, of krmfn's kinds and of the platform's; on stdin as in a folder."""
    sources = [path.read_bytes() for path in sorted((EXAMPLE / "tenants").rglob("*.yaml"))]
    answer = run("check", "--expanded", "-", stdin=b"---\n".join(sources))
    assert answer.returncode == 1
    told = answer.stdout.decode()
    assert told.startswith("error: <stdin>: Postgres tenant-acme/main: is a declaration that was not expanded")
    assert "[not-expanded] (5 times)" in told
    assert "  also <stdin>: Placement tenant-acme/notebooks\n" in told
    plant(tmp_path, {"applied/cache.yaml": redis("tenant-a")})
    refused = run_in(tmp_path, "check", "--expanded", "applied")
    assert (refused.returncode, "applied/cache.yaml:1:1: Redis" in refused.stdout) == (1, True)


def test_what_flux_ignores_may_stay(tmp_path: Path) -> None:
    """Declarations marked local-config, as kpt keeps them beside what they come to."""
    plant(tmp_path, {"applied/cache.yaml": redis("tenant-a") + LOCAL})
    assert run_in(tmp_path, "check", "--expanded", "applied").returncode == 0


@pytest.mark.parametrize("more", [("--against", "HEAD"), ("there-is-none",)])
def test_wrong_usage(more: tuple[str, ...], tmp_path: Path) -> None:
    """It compares no revisions, and a path that is not there is no folder without declarations."""
    assert run_in(tmp_path, "check", "--expanded", *more).returncode == 2
