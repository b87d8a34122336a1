"""`krmfn init tenant`: one more tenant in a repository, as the platform's run and Flux's objects there have it.

Run: docs/decisions/056-a-tenants-account.md.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from krmfn import yaml
from krmfn.cli.init.fluxobjects import flux_objects, sync_of
from krmfn.cli.init.newfiles import write
from krmfn.cli.inputs.folderwalk import origin_of_file
from krmfn.files import content, replace
from krmfn.resourcelist import file_of
from krmfn.results import gathered, has_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.cli.init.fluxobjects import Sync
    from krmfn.fleet import Fleet
    from krmfn.resourcelist import Resource
    from krmfn.results import Result

NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
CODEOWNERS = ".github/CODEOWNERS"
OF_THE_CLUSTER = ("target", "network", "objectsChart", "postBuild", "kinds", "defaults")
"""Fields that a tenant's run copies from the platform's run: there is one management cluster."""
SCHEMA = "# yaml-language-server: $schema=../../schemas/krmfn.dev/computeplane_v1alpha1.json\n"
PLANE = "# What the platform sets for this tenant; what the tenant declares is in declared/.\n"
DECLARED = """\
What tenant {name} declares: clusters, apps and where they run, one file each, in namespace {namespace}.
krmfn reads every manifest here; what only the platform may say is in the folder above.
"""


def added(root: Path, name: str, namespace: str) -> tuple[list[str], list[Result]]:
    """Writes what is missing of a tenant's files; what is there stays.

    Returns:
        Lines that say what was written and what to do next; or results that say why it failed.
    """
    from krmfn.cli.inputs.manifests import read  # noqa: PLC0415
    from krmfn.fleet import fleet_of  # noqa: PLC0415

    tree = read((root,))
    fleet, found = gathered(fleet_of(tree.items))
    problems = [*tree.results, *found, *_refusals(root, name, namespace, fleet)]
    if has_errors(problems):
        return [], problems
    sync = sync_of(tree.items, fleet)
    files = {
        f"tenants/{name}/compute-plane.yaml": SCHEMA + PLANE + yaml.dump(_plane(name, namespace, fleet)),
        f"tenants/{name}/declared/README.md": DECLARED.format(name=name, namespace=namespace),
        f"flux/{name}.yaml": flux_objects(name, namespace, sync),
    }
    missing = {path: text.encode() for path, text in files.items() if not os.path.lexists(root / path)}
    problems = write(root, missing)
    if problems:
        return [], problems
    lines = [(root / path).as_posix() for path in missing]
    lines += [f"{(root / path).as_posix()} stays as it is" for path in files if path not in missing]
    lines += _owned(root, name)
    return [*lines, *_next(root, name, namespace, fleet, sync)], []


def _refusals(root: Path, name: str, namespace: str, fleet: Fleet) -> Iterator[Result]:
    from krmfn.fleet.declared import claimed  # noqa: PLC0415
    from krmfn.fleet.owners import is_reserved, reserved_in  # noqa: PLC0415

    place = origin_of_file(root / "tenants" / name)
    for what, text in (("name", name), ("namespace", namespace)):
        if not NAME.fullmatch(text):
            message = (
                f"{text} is not a valid {what} in Kubernetes; use lowercase letters, digits and dashes, at most 63"
            )
            yield place.error("invalid-name", message)
    if is_reserved(namespace, reserved_in(fleet)):
        yield place.error("reserved-namespace", f"namespace {namespace} is not a tenant's; name the tenant's own")
    for run in fleet.runs:
        folder = PurePosixPath(run.folder).name
        if any(claim.namespace == namespace for claim in claimed(run)) and folder != name:
            message = f"namespace {namespace} belongs to the run in {run.folder or 'another folder'}; name another one"
            yield place.error("namespace-claimed-twice", message)


def _plane(name: str, namespace: str, fleet: Fleet) -> Resource:
    from krmfn.fleet import spec_of  # noqa: PLC0415

    said = spec_of(fleet.platform.config) if fleet.platform else {}
    like = {field: said[field] for field in OF_THE_CLUSTER if field in said}
    if "kinds" in like:
        entries = [each for each in like["kinds"] if isinstance(each, dict)] if isinstance(like["kinds"], list) else []
        like["kinds"] = [{key: value for key, value in each.items() if key != "mutation"} for each in entries]
    return {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "ComputePlane",
        "metadata": {"name": name, "namespace": namespace},
        # Code of strangers runs on a cluster, and what keeps data is not pruned.
        "spec": {"requirePlacement": "code", "protect": "data", **like},
    }


def _owned(root: Path, name: str) -> list[str]:
    """Adds the tenant's folder to CODEOWNERS, which says who approves it; the last line that matches counts."""
    path = root / CODEOWNERS
    text = (content(path, named=False) or b"").decode() if path.is_file() and not path.is_symlink() else None
    folder = f"/tenants/{name}/declared/"
    if text is None or folder in text.split():
        return [] if text else [f"{path.as_posix()} is not there: nobody has to approve what the tenant declares"]
    everyone = next((line.split()[1:] for line in text.splitlines() if line.startswith("* ")), [])
    platform = " ".join(everyone) or "@example/platform"
    team = f"{platform.split('/')[0]}/{name}" if "/" in platform.split()[0] else f"@example/{name}"
    line = f"{folder}  {team} {platform}\n"
    replace(root, {CODEOWNERS: (text if text.endswith("\n") or not text else f"{text}\n").encode() + line.encode()})
    return [f"{path.as_posix()}: {line.strip()}; name the tenant's team there"]


def _next(root: Path, name: str, namespace: str, fleet: Fleet, sync: Sync) -> Iterator[str]:
    from krmfn.fleet import spec_of  # noqa: PLC0415

    spec: Any = spec_of(fleet.platform.config if fleet.platform else None)
    said, target = (spec.get(field) if isinstance(spec.get(field), dict) else {} for field in ("platform", "target"))
    known = said.get("tenantServiceAccounts")
    yield f"krmfn init tenant {name}: next,"
    step = 1
    if fleet.platform and known != sync.namespace:
        file = file_of(fleet.platform.config) if fleet.platform.config else None
        where = file.path if file else "the platform's ComputePlane"
        yield (
            f"{step}. set tenantServiceAccounts: {sync.namespace} under spec.platform in {where}, so that the guards "
            "let Flux act as the tenant's account in its namespace;"
        )
        step += 1
    if target.get("cozystack") == "none":
        plane = (root / f"tenants/{name}/compute-plane.yaml").as_posix()
        yield f"{step}. say its clusters, under spec.clusters in {plane};"
        step += 1
    rendered = (root / sync.rendered).as_posix()
    yield f"{step}. declare what the tenant has in {(root / f'tenants/{name}/declared').as_posix()};"
    yield f"{step + 1}. krmfn render {root.as_posix()} --output-dir {rendered} --generated-only, and commit all of it;"
    yield f"{step + 2}. once namespace {namespace} exists: kubectl apply -f {(root / f'flux/{name}.yaml').as_posix()}"
