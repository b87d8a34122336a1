"""How each host runs krmfn: one method a host and form, each the command that a user would type."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Finished = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Hosts:
    """The real programs, and the environment in which they find krmfn and a container engine."""

    kustomize: Path
    kpt: Path
    krmfn: Path
    environment: Mapping[str, str]

    def run(self, *command: str | Path, cwd: Path | None = None, stdin: str = "") -> Finished:
        """Run to the end, whatever the exit code; a host that hangs fails its test."""
        return subprocess.run(
            command,
            cwd=cwd,
            input=stdin,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def kustomize_build(self, folder: Path) -> Finished:
        """Build a kustomization; its functions run as its own configuration says."""
        return self.run(self.kustomize, "build", "--enable-alpha-plugins", "--enable-exec", folder)

    def kpt_render(self, package: Path, *, write: bool = False) -> Finished:
        """Run a package's pipeline; print the result, or write it into the package."""
        output = () if write else ("--output=unwrap",)
        return self.run(
            self.kpt,
            "fn",
            "render",
            package,
            "--allow-exec",
            "--image-pull-policy=Never",
            "--truncate-output=false",
            *output,
        )

    def kpt_eval(self, package: Path, function_config: Path, *, image: str | None = None) -> Finished:
        """Run krmfn over a folder that has no pipeline: the program, or an image."""
        form = ("--image", image, "--image-pull-policy=Never") if image else ("--exec", str(self.krmfn))
        return self.run(self.kpt, "fn", "eval", package, *form, "--fn-config", function_config, "--output=unwrap")

    def render(self, folder: Path) -> Finished:
        """Run krmfn alone."""
        return self.run(self.krmfn, "render", folder)

    def podman(self, *arguments: str | Path, stdin: str = "") -> Finished:
        """Run the container engine."""
        return self.run("podman", *arguments, stdin=stdin)
