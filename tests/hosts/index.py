"""A package index on this machine, which stands for the public one."""

from __future__ import annotations

import functools
import re
import subprocess
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from release import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUILDER = ROOT / ".venv/supply/bin/python"


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *_: object) -> None:  # noqa: A002  (named by its base)
        """Nothing of the output of a test is about requests."""


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """The address of an index with krmfn as it is built here and what requirements.lock pins, and nothing else."""
    wheels = root / "wheels"
    build: list[str | Path] = [BUILDER, "-m", "build", "--wheel", "--no-isolation", "--outdir", wheels, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    lock = ["--require-hashes", "--requirement", str(ROOT / "requirements.lock")]
    pip: list[str | Path] = [
        BUILDER,
        "-m",
        "pip",
        "--quiet",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        *lock,
        "--dest",
        wheels,
    ]
    subprocess.run(pip, check=True)
    for wheel in wheels.iterdir():
        name = re.sub(r"[-_.]+", "-", wheel.name.partition("-")[0]).lower()
        (root / "simple" / name).mkdir(parents=True, exist_ok=True)
        wheel.rename(root / "simple" / name / wheel.name)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple/"
    finally:
        server.shutdown()
        server.server_close()
