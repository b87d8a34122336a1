"""The plug-in as krew and Flux install it from what a release says of it, run by the real kubectl and the real Flux."""

from __future__ import annotations

import functools
import platform
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

import pytest

from krmfn import __version__
from release import HOME, ROOT, TAG, plugins
from tests.command_line import environment
from tests.tools.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUILDER = ROOT / ".venv/supply/bin/python"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
(HERE,) = (
    each for each in plugins.PLATFORMS if (each.os, each.arch) == ("linux", ARCHITECTURES.get(platform.machine()))
)


class Built(NamedTuple):
    """What a release has for this platform, in a folder that is served as the release's would be."""

    archive: Path
    content: bytes
    address: str


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build: list[str | Path] = [BUILDER, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def built(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    folder = tmp_path_factory.mktemp("release")
    content = plugins.archive(HERE, wheel, BUILDER)
    archive = folder / plugins.file_of(HERE)
    archive.write_bytes(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Built(archive, content, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *_: object) -> None:  # noqa: A002  (named by its base)
        """Nothing of the output of a test is about requests."""


def run(home: Path, *command: str | Path, **more: str) -> str:
    there = environment({"HOME": str(home), **more})
    done = subprocess.run(command, env=there, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_krew_installs_it_and_kubectl_runs_it(built: Built, tmp_path: Path) -> None:
    """From its manifest and its archive; help and completions are those of `kubectl krmfn`."""
    manifest = tmp_path / "krmfn.yaml"
    manifest.write_text(plugins.of_krew({HERE: built.content}), encoding="utf-8")
    krew = {"KREW_ROOT": str(tmp_path / "krew"), "KREW_NO_UPGRADE_CHECK": "1"}
    run(tmp_path, program("krew"), "install", "--manifest", manifest, "--archive", built.archive, **krew)
    path = f"{tmp_path / 'krew/bin'}:/usr/local/bin:/usr/bin:/bin:{ROOT / '.venv/bin'}"
    kubectl = functools.partial(run, tmp_path, program("kubectl"), PATH=path)
    assert kubectl("krmfn", "version").splitlines()[0] == f"krmfn {__version__}"
    told = kubectl("krmfn", "plan", "--help")
    assert told.startswith("Usage: kubectl krmfn plan ")
    assert "\n  kubectl krmfn plan --from origin/main\n" in told
    # This one comes with what pip installs: krew makes one name for a plug-in.
    assert "--output\t" in kubectl("__complete", "krmfn", "plan", "--out")


def test_flux_installs_it_and_runs_it(built: Built, tmp_path: Path) -> None:
    """From its manifest in a catalogue, by the archive's address and checksum; help and completions are Flux's."""
    manifest = plugins.of_flux({HERE: built.content}).replace(f"{HOME}/releases/download/{TAG}", built.address)
    (built.archive.parent / "krmfn.yaml").write_text(manifest, encoding="utf-8")
    there = {"FLUXCD_PLUGINS": str(tmp_path / "plugins"), "FLUXCD_PLUGIN_CATALOG": f"{built.address}/"}
    (tmp_path / "plugins").mkdir()
    flux = functools.partial(run, tmp_path, program("flux-plugins"), **there)
    flux("plugin", "install", "krmfn")
    assert __version__ in flux("plugin", "list")
    assert flux("krmfn", "version").splitlines()[0] == f"krmfn {__version__}"
    assert flux("krmfn", "plan", "--help").startswith("Usage: flux krmfn plan ")
    assert "--output\t" in flux("__complete", "krmfn", "plan", "--out")


def test_the_same_wheels_give_the_same_archive(built: Built, wheel: Path) -> None:
    """Built again, it is the same bytes: its checksum can be checked by anybody."""
    assert plugins.archive(HERE, wheel, BUILDER) == built.content
