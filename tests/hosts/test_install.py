"""Every way to install krmfn that docs/install.md names, from an index and a registry of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from krmfn import __version__
from release import IMAGE, ROOT
from tests.command_line import environment, run
from tests.tools.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hosts.running import Hosts

TOOLS = Path(sys.executable).parent
EXAMPLE = ROOT / "kustomize/demo"
PAGE = (ROOT / "docs/install.md").read_text(encoding="utf-8")
REGISTRY = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


@pytest.fixture(scope="module")
def rendered() -> bytes:
    """What this checkout makes of the example."""
    answer = run("render", ".", cwd=EXAMPLE)
    assert answer.returncode == 0
    return answer.stdout


def clean(home: Path) -> dict[str, str]:
    """An empty home, and no configuration of this machine's own index."""
    said = {name: value for name, value in environment().items() if not name.startswith(("PIP_", "UV_", "PIPX_"))}
    path = f"{TOOLS}:/usr/local/bin:/usr/bin:/bin"
    return {**said, "HOME": str(home), "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1", "PATH": path}


def done(*command: str | Path, home: Path, cwd: Path = EXAMPLE) -> bytes:
    answer = subprocess.run(command, cwd=cwd, env=clean(home), capture_output=True, check=False)
    assert answer.returncode == 0, answer.stderr.decode()
    return answer.stdout


def test_pip_installs_it(index: str, rendered: bytes, tmp_path: Path) -> None:
    """Into a virtual environment, under all its names; a report says what it needs, and all else works without."""
    done(sys.executable, "-m", "venv", tmp_path / "venv", home=tmp_path)
    programs = tmp_path / "venv/bin"
    wanted = f"krmfn=={__version__}"
    assert f"`pip install {wanted}`" in PAGE
    done(programs / "pip", "install", "--index-url", index, wanted, home=tmp_path)
    for name in ("krmfn", "kubectl-krmfn", "flux-krmfn"):
        assert done(programs / name, "render", ".", home=tmp_path) == rendered
    report = subprocess.run(
        [programs / "krmfn", "report", "."],
        cwd=EXAMPLE,
        env=clean(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.returncode == 2
    assert "pip install 'krmfn[report]'" in report.stderr


def test_pipx_installs_it(index: str, rendered: bytes, tmp_path: Path) -> None:
    """Its programs stand in the folder that pipx puts on the PATH."""
    assert f"`pipx install krmfn=={__version__}`" in PAGE
    done(TOOLS / "pipx", "install", "--index-url", index, f"krmfn=={__version__}", home=tmp_path)
    assert done(tmp_path / ".local/bin/krmfn", "render", ".", home=tmp_path) == rendered


def test_uvx_runs_it(index: str, rendered: bytes, tmp_path: Path) -> None:
    """Without installing it."""
    assert f"`uvx krmfn=={__version__} check`" in PAGE
    uvx = (TOOLS / "uvx", "--quiet", "--default-index", index, "--python", sys.executable)
    assert done(*uvx, f"krmfn=={__version__}", "render", ".", home=tmp_path) == rendered


@contextmanager
def registry(folder: Path) -> Iterator[str]:
    """A real registry, and its host and port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "registry.yaml").write_text(REGISTRY.format(folder=folder / "registry", port=port), encoding="utf-8")
    command: list[str | Path] = [program("registry"), "serve", folder / "registry.yaml"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env={**os.environ, "OTEL_TRACES_EXPORTER": "none"})
    try:
        _answering(process, f"http://127.0.0.1:{port}/v2/")
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _answering(process: subprocess.Popen[bytes], url: str) -> None:
    while process.poll() is None:
        with suppress(URLError, ConnectionError), urlopen(url, timeout=10):  # noqa: S310  (this machine's own)
            return
        time.sleep(0.1)
    pytest.fail("the registry has ended")


def test_a_container_runs_it_from_a_registry(hosts: Hosts, image: str, rendered: bytes, tmp_path: Path) -> None:
    """Pushed, removed here, pulled again and run as the page says: the same bytes."""
    line = f'docker run --rm --volume "$PWD:/work:ro" --workdir /work {IMAGE} render'
    assert f"`{line}`" in PAGE
    with registry(tmp_path) as address:
        name = f"{address}/{IMAGE.partition('/')[2]}"
        for command in (("tag", image, name), ("push", "--tls-verify=false", name), ("rmi", name)):
            told = hosts.podman(*command)
            assert told.returncode == 0, told.stderr
        pulled = hosts.podman("pull", "--tls-verify=false", name)
        assert pulled.returncode == 0, pulled.stderr
        try:
            answer = hosts.run("sh", "-c", line.replace("docker", "podman").replace(IMAGE, name), cwd=EXAMPLE)
            assert answer.returncode == 0, answer.stderr
            assert answer.stdout.encode() == rendered
        finally:
            hosts.podman("rmi", "--force", name)
