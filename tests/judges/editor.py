"""An editor before yaml-language-server: it opens files and asks what is wrong, what a field is, what fits."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# No schema but those that a file names: what others publish for the same names is not asked.
SETTINGS = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}


class Editor:
    """One session of the language server, over its streams (Language Server Protocol 3.17)."""

    def __init__(self, server: Path, folder: Path) -> None:
        node = shutil.which("node") or "node"
        command: list[str | Path] = [node, server / "bin/yaml-language-server", "--stdio"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._asked = 0
        capabilities = {
            "workspace": {"configuration": True},
            "textDocument": {"hover": {"contentFormat": ["markdown"]}},
        }
        self._ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": capabilities})
        self._tell("initialized", {})

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def wrong(self, path: Path, text: str) -> list[str]:
        """What it marks in a file with this text."""
        uri = path.as_uri()
        self._tell(
            "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}
        )
        marks = self._until(
            lambda said: said.get("method") == "textDocument/publishDiagnostics" and said["params"]["uri"] == uri
        )
        return [mark["message"] for mark in marks["params"]["diagnostics"]]

    def hover(self, path: Path, line: int, character: int) -> str:
        """What it says of the word at a place of an opened file."""
        told = self._ask("textDocument/hover", _at(path, line, character))
        return str(told["contents"]["value"])

    def fitting(self, path: Path, line: int, character: int) -> set[str]:
        """What it offers at a place of an opened file."""
        return {each["label"] for each in self._ask("textDocument/completion", _at(path, line, character))["items"]}

    def _ask(self, method: str, parameters: Any) -> Any:
        self._asked += 1
        number = self._asked
        self._send({"id": number, "method": method, "params": parameters})
        return self._until(lambda said: said.get("id") == number and "method" not in said)["result"]

    def _tell(self, method: str, parameters: Any) -> None:
        self._send({"method": method, "params": parameters})

    def _send(self, message: Any) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self._process.stdin.flush()

    def _until(self, wanted: Callable[[Any], bool]) -> Any:
        """Answers what the server asks meanwhile."""
        while not wanted(said := self._next()):
            if "method" in said and "id" in said:
                asked = said["params"].get("items", []) if said["method"] == "workspace/configuration" else []
                self._send({"id": said["id"], "result": [SETTINGS.get(each["section"], {}) for each in asked] or None})
        return said

    def _next(self) -> Any:
        assert self._process.stdout
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server has ended"
        return json.loads(self._process.stdout.read(length))


def _at(path: Path, line: int, character: int) -> Any:
    return {"textDocument": {"uri": path.as_uri()}, "position": {"line": line, "character": character}}
