"""`krmfn import`: HelmReleases of the platform's charts become declarations that render to the same."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from krmfn.cli.exits import code_of, tell
from krmfn.cli.options import CATALOG_ON_DISK
from krmfn.namedtuple import NamedTuple
from krmfn.results import gathered, has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from krmfn.imported import Taken
    from krmfn.resourcelist import Resource
    from krmfn.results import Result, Rule

KEPT = """\
Next: Flux keeps the releases already. Put these declarations into the folder of a run, remove the HelmReleases from
their files, and have Flux apply what `krmfn render` writes. Before that, `krmfn check --against HEAD` says what would
be lost.
"""
NEXT = """\
Next, in two commits:
1. `krmfn init --adopt` annotates the releases, so that Flux keeps them; commit that alone, and let Flux apply it.
2. Put these declarations into the folder of a run, remove the HelmReleases from their files, and have Flux apply what
   `krmfn render` writes. Before that, `krmfn check --against HEAD` says what would be lost.
"""
STANDARD = {"interval": "5m0s", "timeout": "10m0s", "retryInterval": "30s", "maxHistory": 5}
"""What the platform's API sets, and krmfn without `spec.defaults`."""


class Found(NamedTuple):
    """The declarations, those ComputePlanes that had to be made for them, and how many releases there were."""

    taken: tuple[Taken, ...]
    planes: tuple[Resource, ...]
    releases: int


@click.command("import", short_help="Turn HelmReleases of platform charts into declarations.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The ComputePlane that the declarations will be rendered with; without it, those in PATHS, or new ones.",
)
@CATALOG_ON_DISK
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write <namespace>/declared/<kind>-<name>.yaml instead of a stream; nothing is overwritten.",
)
def import_(paths: tuple[Path, ...], config: Path | None, catalog: tuple[Path, ...], output_dir: Path | None) -> int:
    """Turn the HelmReleases of platform charts under PATHS into declarations.

    Only releases that would render the same are taken; for the others, the reason is printed. The files under PATHS
    do not change, and their comments are not copied.

    \b
    krmfn import clusters/production
    krmfn import clusters/production --output-dir tenants
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.changes.adoption import is_protected  # noqa: PLC0415
    from krmfn.cli.init.newfiles import write  # noqa: PLC0415
    from krmfn.cli.inputs.disk import Disk  # noqa: PLC0415
    from krmfn.cli.inputs.positions import with_positions  # noqa: PLC0415
    from krmfn.cli.render.manifest import manifest_of  # noqa: PLC0415
    from krmfn.cli.render.writing import write_stream  # noqa: PLC0415

    found, results = gathered(_found(paths, config, catalog))
    findings = [*results]
    if not has_errors(findings) and output_dir:
        findings += write(output_dir, dict(_files(found)))
    elif not has_errors(findings):
        objects = (*found.planes, *(each.application for each in found.taken))
        write_stream(map(manifest_of, objects), sys.stdout.buffer)
    count = f"{len(found.taken)} of {found.releases} HelmReleases"
    sys.stderr.write(f"krmfn import: {count} become declarations that render to the same\n")
    tell(with_positions(in_order(findings), Disk()), sys.stderr)
    if found.taken and not has_errors(findings):
        sys.stderr.write(KEPT if all(is_protected(each.release) for each in found.taken) else NEXT)
    return code_of(findings)


def _found(paths: Sequence[Path], config: Path | None, catalog: Sequence[Path]) -> Rule[Found]:
    from krmfn.cli.import_.ownership import bound, of_others  # noqa: PLC0415
    from krmfn.cli.inputs.configured import chosen  # noqa: PLC0415
    from krmfn.cli.inputs.folderwalk import origin_of_file  # noqa: PLC0415
    from krmfn.cli.inputs.manifests import read  # noqa: PLC0415
    from krmfn.fleet import is_definition  # noqa: PLC0415
    from krmfn.imported import imported, is_helm_release, known_charts  # noqa: PLC0415

    tree = read(paths)
    more = read(catalog, seen=tree.seen)
    yield from (*tree.results, *more.results)
    releases = [*filter(is_helm_release, tree.items)]
    if not releases:
        message = "has no HelmRelease; name the files of those that Flux applies from Git"
        yield origin_of_file(paths[0]).error("nothing-imported", message)
        return Found((), (), 0)
    definitions = [*filter(is_definition, (*tree.items, *more.items))]
    one = None
    if config:
        configs = read([config])
        yield from configs.results
        one = yield from chosen(config, configs)
    known = {} if one else (yield from bound(tree.items))
    spaces = sorted({_namespace(each) for each in releases} - {""})
    if (yield from of_others(releases, dict.fromkeys(spaces, one) if one else known, paths)):
        return Found((), (), len(releases))
    made = (
        {}
        if one
        else {space: _plane(space, releases, known_charts(definitions)) for space in spaces if space not in known}
    )
    planes = {space: one or known.get(space) or made[space] for space in spaces}
    taken = yield from imported(releases, definitions, planes)
    used = {each.release["metadata"]["namespace"] for each in taken}
    yield from _notes(taken)
    if not taken:
        message = f"none of the {len(releases)} HelmReleases here can be a declaration; see the findings"
        yield origin_of_file(paths[0]).error("nothing-imported", message)
    return Found(tuple(taken), tuple(made[space] for space in spaces if space in made and space in used), len(releases))


def _notes(taken: Iterable[Taken]) -> Iterator[Result]:
    from krmfn.resourcelist import origin_of  # noqa: PLC0415

    for each in taken:
        kind, name = each.application["kind"], each.application["metadata"]["name"]
        but = f", except for metadata: {'; '.join(each.settled)}" if each.settled else ""
        message = f"becomes the {kind} {name}, whose render equals it{but}"
        yield origin_of(each.release).info("imported", message)


def _namespace(item: Resource) -> str:
    from krmfn.resourcelist import identity  # noqa: PLC0415

    return identity(item).namespace


def _plane(namespace: str, releases: Iterable[Resource], charts: Mapping[Any, Any]) -> Resource:
    """A ComputePlane for a namespace, with the intervals and the like that most of its releases have."""
    from krmfn.imported.charts import chart_of  # noqa: PLC0415
    from krmfn.imported.differences import spelled  # noqa: PLC0415

    counts: dict[str, Counter[Any]] = {field: Counter() for field in STANDARD}
    for each in releases:
        chart = chart_of(each, charts) if _namespace(each) == namespace else None
        for field, value in spelled(each) if chart else ():
            if not (field == "timeout" and chart and chart.has_timeout):
                counts[field][value] += 1
    most = {field: counted.most_common(1)[0][0] for field, counted in counts.items() if counted}
    defaults = {field: value for field, value in most.items() if value != STANDARD[field]}
    return {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "ComputePlane",
        "metadata": {"name": namespace.removeprefix("tenant-"), "namespace": namespace},
        "spec": {"protect": "data", **({"defaults": defaults} if defaults else {})},
    }


def _files(found: Found) -> Iterator[tuple[str, bytes]]:
    from krmfn import yaml  # noqa: PLC0415

    for plane in found.planes:
        yield f"{_namespace(plane)}/compute-plane.yaml", yaml.dump(plane).encode()
    for each in found.taken:
        name = f"{each.application['kind'].lower()}-{each.application['metadata']['name']}.yaml"
        yield f"{_namespace(each.application)}/declared/{name}", yaml.dump(each.application).encode()
