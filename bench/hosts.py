"""What kustomize, kpt and a container take with krmfn, and with a function that does nothing, over the same objects."""

from __future__ import annotations

import shutil
import subprocess
import sys
from itertools import islice
from typing import TYPE_CHECKING

from bench import inputs
from krmfn import yaml
from tests.tools.programs import ProgramMissingError, program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMAGE = "krmfn:latest"
# As kustomize runs a function.
CONTAINER = (
    "run",
    "--rm",
    "--interactive",
    "--network=none",
    "--user=nobody",
    "--security-opt=no-new-privileges",
)


def commands(folder: Path, krmfn: str, number: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A name and a command for each host that is there."""
    for function, path in (("cat", "/bin/cat"), ("krmfn", krmfn)):
        package = folder / f"{function}-{number}"
        _package(package, path, number)
        for name, arguments in (
            ("kustomize", ("build", "--enable-alpha-plugins", "--enable-exec", str(package))),
            (
                "kpt",
                (
                    "fn",
                    "eval",
                    str(package / "objects"),
                    "--exec",
                    path,
                    f"--fn-config={package}/config.yaml",
                    "-o=unwrap",
                ),
            ),
        ):
            try:
                yield f"{name} with `{function}`, {number:,}", (str(program(name)), *arguments)
            except ProgramMissingError as error:
                print(f"NO {name}: {error}", file=sys.stderr)


def containers() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The image, and an empty Python in it."""
    engine = shutil.which("podman") or shutil.which("docker")
    if engine and not subprocess.run([engine, "image", "inspect", IMAGE], capture_output=True, check=False).returncode:
        empty = ("--entrypoint=python3", IMAGE, "-I", "-S", "-c", "pass")
        yield "container, `python3 -I -S -c pass`", (engine, *CONTAINER, *empty)
        yield "container, 10 resources", (engine, *CONTAINER, IMAGE)
    else:
        print(f"NO image {IMAGE}: `make image` builds it for two more rows", file=sys.stderr)


def _package(package: Path, function: str, number: int) -> None:
    """Objects that kustomize and kpt read, and a functionConfig for kustomize that runs a program."""
    objects = package / "objects"
    objects.mkdir(parents=True)
    for index, item in enumerate(islice(inputs.mixed(), number)):
        (objects / f"{index}.yaml").write_text(yaml.dump(item))
    names = [f"objects/{index}.yaml" for index in range(number)]
    kustomization = {"resources": names, "transformers": ["function.yaml"]}
    (package / "kustomization.yaml").write_text(yaml.dump(kustomization))
    config = inputs.configuration()
    (package / "config.yaml").write_text(yaml.dump(config))
    runs = yaml.dump({"exec": {"path": function}})
    marks = {"config.kubernetes.io/function": runs}
    (package / "function.yaml").write_text(
        yaml.dump({**config, "metadata": {**config["metadata"], "annotations": marks}})
    )
