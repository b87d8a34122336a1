"""The examples under kustomize/ as the tests run them: found, copied, turned to another form, and their output read."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from krmfn.yaml import load_all
from tests.tools.programs import TESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

EXAMPLES = TESTS.parent / "kustomize"
ROLES = ("transformers", "generators", "validators")
FUNCTION = "config.kubernetes.io/function"
LOCAL = "config.kubernetes.io/local-config"
# Annotations under these are a host's own bookkeeping, and each host has its own.
HOST_PREFIXES = ("config.kubernetes.io/", "internal.config.kubernetes.io/", "config.k8s.io/")
DECLARATION_GROUPS = ("apps.cozystack.io/", "krmfn.dev/")

Manifest = dict[str, Any]
Objects = dict[tuple[str, str, str, str], Manifest]


@dataclass(frozen=True)
class Example:
    """A folder whose kustomization.yaml names krmfn: its path under kustomize/, the list and the file that name it."""

    name: str
    role: str
    function: str

    @property
    def is_package(self) -> bool:
        """Whether kpt has a pipeline to run here."""
        return (EXAMPLES / self.name / "Kptfile").exists()

    def copy(self, target: Path, image: str | None = None) -> Path:
        """Copy the example in the exec form, or the container form if given an image; return the copy's folder."""
        top = self.name.split("/", maxsplit=1)[0]
        shutil.copytree(EXAMPLES / top, target / top)
        folder = target / self.name
        self._use(image, folder)
        return folder

    def remove_function(self, folder: Path) -> None:
        """Make a copy a plain kustomization: what a build is compared with."""
        _rewrite(folder / "kustomization.yaml", lambda kustomization: kustomization.pop(self.role))

    def add_mistake(self, folder: Path, profile: str) -> None:
        """Add a declaration to a copy that names a profile which does not exist."""
        metadata = {"name": "mistaken", "namespace": "tenant-mistaken"}
        mistake = {
            "apiVersion": "apps.cozystack.io/v1alpha1",
            "kind": "Kubernetes",
            "metadata": metadata,
            "spec": {"isolationProfile": profile},
        }
        (folder / "mistake.yaml").write_text(yaml.safe_dump(mistake))
        _rewrite(
            folder / "kustomization.yaml",
            lambda kustomization: kustomization.setdefault("resources", []).append("mistake.yaml"),
        )

    def _use(self, image: str | None, folder: Path) -> None:
        form = yaml.safe_dump({"container": {"image": image}} if image else {"exec": {"path": "./krmfn"}})
        _rewrite(folder / self.function, lambda config: config["metadata"]["annotations"].update({FUNCTION: form}))
        if self.is_package:
            _rewrite(folder / "Kptfile", lambda kptfile: _use(image, kptfile["pipeline"]))


def find() -> list[Example]:
    """Return every example. That there are some is a claim of its own: no example would pass every test."""
    found = list(_find())
    assert found, f"no kustomization under {EXAMPLES} names a function"
    return found


def _find() -> Iterator[Example]:
    for file in sorted(EXAMPLES.rglob("kustomization.yaml")):
        kustomization = yaml.safe_load(file.read_text())
        for role in ROLES:
            for function in kustomization.get(role, ()):
                yield Example(file.parent.relative_to(EXAMPLES).as_posix(), role, function)


def _rewrite(file: Path, change: Callable[[Manifest], object]) -> None:
    """Change a file; one that is right already stays as its author wrote it, comments and all."""
    written, content = yaml.safe_load(file.read_text()), yaml.safe_load(file.read_text())
    change(content)
    if content != written:
        file.write_text(yaml.safe_dump(content))


def _use(image: str | None, pipeline: Manifest) -> None:
    for step in (step for steps in pipeline.values() for step in steps):
        step.pop("exec", None)
        step.pop("image", None)
        step.update({"image": image} if image else {"exec": "krmfn"})


def manifests(stream: str) -> Objects:
    """Read a host's output by identity, without the annotations that are the host's own."""
    found: Objects = {}
    for manifest in load_all(stream):
        # kpt passes on the kustomization.yaml of the folder, an object without a name.
        if manifest["kind"] == "Kustomization":
            continue
        metadata = manifest["metadata"]
        annotations = metadata.pop("annotations", None) or {}
        if kept := {name: value for name, value in annotations.items() if not name.startswith(HOST_PREFIXES)}:
            metadata["annotations"] = kept
        if annotations.get(LOCAL) == "true":
            metadata["annotations"] = {**metadata.get("annotations", {}), LOCAL: "true"}
        identity = (manifest["apiVersion"], manifest["kind"], metadata.get("namespace", ""), metadata["name"])
        assert identity not in found, f"{identity} twice"
        found[identity] = manifest
    return found


def objects(stream: str) -> Objects:
    """Keep what would reach a cluster."""
    return {
        identity: manifest
        for identity, manifest in manifests(stream).items()
        if LOCAL not in manifest["metadata"].get("annotations", {})
    }


def generated(everything: Objects) -> Objects:
    """Keep what krmfn wrote, by its owner mark: the part on which every host must agree."""
    return {
        identity: manifest
        for identity, manifest in everything.items()
        if "krmfn.dev/owner" in manifest["metadata"].get("annotations", {})
    }


def bystanders(everything: Objects) -> Objects:
    """Keep what is no declaration."""
    return {
        identity: manifest
        for identity, manifest in everything.items()
        if not identity[0].startswith(DECLARATION_GROUPS)
    }


def texts(folder: Path) -> dict[str, str]:
    """Return every YAML file under a folder, by its path in it."""
    files = [file for file in folder.rglob("*") if file.suffix == ".yaml" or file.name == "Kptfile"]
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


def comments(text: str) -> list[str]:
    """Return the comment lines of a file."""
    return re.findall(r"^ *(#.*)$", text, re.MULTILINE)
