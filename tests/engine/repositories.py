"""Git repositories that Flux fetches over HTTP, and charts beside them: one small server on loopback."""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from tests.tools.programs import ProgramMissingError
from tests.tools.toolchain import installed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PATIENCE = 60
"""Seconds that Git, or who asks for something, may take."""
IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "tests",
    "GIT_AUTHOR_EMAIL": "tests@example.org",
    "GIT_COMMITTER_NAME": "tests",
    "GIT_COMMITTER_EMAIL": "tests@example.org",
}


@dataclass(frozen=True)
class Repository:
    """A work tree that is pushed to a bare repository, which Flux reads at `url`."""

    work: Path
    url: str

    def push(self, message: str) -> str:
        """Commit the work tree as it is and push it; the commit's name."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", f"--message={message}")
        self._git("push", "--quiet", "origin", "main")
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *arguments: str) -> str:
        return _git(self.work, *arguments)


@dataclass(frozen=True)
class Server:
    """Where Git repositories and files are served from, and at which address."""

    root: Path
    url: str

    def repository(self, name: str) -> Repository:
        """Make an empty repository."""
        bare, work = self.root / f"{name}.git", self.root / "work" / name
        work.mkdir(parents=True)
        _git(self.root, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
        _git(work, "init", "--quiet", "--initial-branch=main")
        _git(work, "remote", "add", "origin", str(bare))
        return Repository(work, f"{self.url}/{bare.name}")


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """Serve a folder until the block ends.

    Raises:
        ProgramMissingError: there is no Git here that serves repositories.
    """
    installed("git", "The engine serves repositories with it: install git, with git http-backend.")
    backends = Path(_git(Path("/"), "--exec-path").strip())
    if not (backends / "git-http-backend").exists():
        raise ProgramMissingError(
            f"{backends} has no git-http-backend. Install all of git; Alpine has it in git-daemon."
        )
    root.mkdir()
    (root / "files").mkdir()

    class Handler(_Handler):
        folder = root

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving_thread = threading.Thread(target=server.serve_forever, daemon=True)
        serving_thread.start()
        try:
            yield Server(root, f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            serving_thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Files under /files/ as they are; all else is Git's own CGI program."""

    folder: ClassVar[Path]
    timeout = PATIENCE

    def do_GET(self) -> None:
        file = self.folder / self.path.lstrip("/")
        if self.path.startswith("/files/") and not file.exists():
            self._answer(404, f"no file {self.path}\n".encode(), {})
        elif self.path.startswith("/files/"):
            self._answer(200, file.read_bytes(), {})
        else:
            self._git(b"")

    def do_POST(self) -> None:
        self._git(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name that is overridden)
        del format, args

    def _git(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            env={
                **os.environ,
                **IDENTITY,
                "GIT_PROJECT_ROOT": str(self.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            },
        )
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        status = int(headers.pop("Status", "500" if done.returncode else "200").split()[0])
        self._answer(status, answer or done.stderr, headers)

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **IDENTITY},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout
