"""A registry as a process, what pipelines push to it, and what it says of that by its own HTTP API."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
import tempfile
import urllib.request
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engine.api import Kind
from tests.engine.ports import free_ports
from tests.engine.processes import answers
from tests.tools.programs import TESTS, program

if TYPE_CHECKING:
    from tests.engine.api import Object
    from tests.engine.processes import Processes

OCI_REPOSITORY = Kind("source.toolkit.fluxcd.io/v1", "OCIRepository")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
PUBLIC = "registry.example.org"
"""How docs/flux.md names the registry, which here is an address on loopback and speaks plain HTTP."""


@dataclass(frozen=True)
class Registry:
    """A registry that anybody may write to, and the home of who pushes there."""

    address: str
    home: Path

    def push(self, folder: Path, name: str, *flags: str) -> str:
        """Push a folder as a pipeline does."""
        command = ("flux", "push", "artifact", f"oci://{self.address}/{name}", f"--path=./{folder.name}", *flags)
        return self.told(*command, folder=folder.parent, unsaid="--insecure-registry")

    def push_chart(self, chart: str, name: str) -> str:
        """Package a chart of this repository and push it."""
        packaged = self.told("helm", "package", chart, folder=TESTS.parent, unsaid=f"--destination={self.home}")
        [archive] = self.home.glob("*.tgz")
        command = ("helm", "push", archive.name, f"oci://{self.address}/{name}")
        return packaged + self.told(*command, folder=self.home, unsaid="--plain-http")

    def told(self, name: str, *arguments: str, folder: Path, unsaid: str) -> str:
        """A command as it is typed where a registry is public, and what it says; here it needs one flag more."""
        done = subprocess.run(
            [program(name), *arguments, unsaid],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return self.public(f"$ {' '.join((name, *arguments))}\n{done.stdout}").replace(f"{self.home}/", "")

    def public(self, text: str) -> str:
        """A text as the page has it."""
        return text.replace(self.address, PUBLIC)

    def manifest(self, name: str, tag: str) -> tuple[str, Object]:
        """A manifest and its digest."""
        request = urllib.request.Request(
            f"http://{self.address}/v2/{name}/manifests/{tag}", headers={"Accept": MANIFEST}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.headers["Docker-Content-Digest"], json.load(answer)

    def files(self, name: str, layer: str) -> dict[str, bytes]:
        """The files of a layer."""
        address = f"http://{self.address}/v2/{name}/blobs/{layer}"
        with (
            urllib.request.urlopen(address, timeout=30) as answer,
            tarfile.open(fileobj=BytesIO(answer.read()), mode="r:gz") as archive,
        ):
            opened = {each.name: archive.extractfile(each) for each in archive if each.isfile()}
            return {name: file.read() for name, file in opened.items() if file}


def start(processes: Processes) -> Registry:
    """Start a registry that keeps what it is given in a folder of its own: several modules start one."""
    [port] = free_ports(1)
    address = f"127.0.0.1:{port}"
    folder = Path(tempfile.mkdtemp(prefix="registry-", dir=processes.folder))
    configuration = {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "stored")}},
        "http": {"addr": address},
    }
    # JSON, which is YAML too.
    (folder / "config.json").write_text(json.dumps(configuration), encoding="utf-8")
    # It would look for somebody to trace for.
    environment = {"OTEL_TRACES_EXPORTER": "none"}
    processes.start("registry", "registry", "serve", str(folder / "config.json"), environment=environment)
    processes.wait_for("the registry to answer", lambda: answers(f"http://{address}/v2/"), 30)
    return Registry(address, folder)
