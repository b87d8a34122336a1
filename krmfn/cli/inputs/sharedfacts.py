"""What changed runs share with others: the platform's run, and namespaces that others may claim."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from krmfn.cli.inputs.folderwalk import KUSTOMIZATIONS, Walk, walk
from krmfn.cli.inputs.listings import Listings
from krmfn.cli.inputs.surroundings import namespaces_set, objects_of, planes_among
from krmfn.fleet import Run, is_plane
from krmfn.fleet.bystanders import is_applied
from krmfn.fleet.declared import claimed, declarations, spaces
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from krmfn.cli.inputs.files import Files


class SharedNames(NamedTuple):
    """What runs may share with others, so that other files are searched for it.

    Attributes:
        anew: unlike before: namespaces, and the names of objects that are in none.
        own: the namespaces that are the runs' own.
    """

    anew: frozenset[str]
    own: frozenset[str]


def platform_of(roots: Iterable[Path], files: Files, output: Path | None) -> tuple[Path | None, list[Path]]:
    """The folder of the platform's run, and the files of the ComputePlanes found before it; of all if there is none.

    Folders are read level by level, so in the usual layout the folders of tenants are not.
    """
    others: list[Path] = []
    for root in roots:
        for depth in count():
            listings = Listings(files, root, depth)
            for file in walk(root, output, Walk({}, [], {}, []), listings):
                if len(file.relative_to(root).parts) == depth + 1:
                    for _, plane in planes_among(file.parent, [file.name], files):
                        if Run("", (), plane).is_platform:
                            return file.parent, others
                        others.append(file)
            if not listings.has_deeper:
                break
    return None, sorted(others)


def shared_names(
    folders: Iterable[Path], besides: Iterable[Path], files: Files, output: Path | None, *, said_anew: bool
) -> SharedNames:
    """What these runs, and these files in no run, may share with others.

    Args:
        folders: those of the runs.
        besides: the files. Nothing can be declared in them that is any run's.
        files: where all of that is.
        output: the folder that is written to.
        said_anew: whether ComputePlanes differ, so that all namespaces count as shared unlike before.
    """
    claims: set[str] = set()
    said: set[str] = set()
    for folder in folders:
        for file in walk(folder, output, Walk({}, [], {}, []), files):
            said.update(namespaces_set(file, files) if file.name in KUSTOMIZATIONS else ())
            for item in objects_of(file, files):
                run = Run("", (), item) if is_plane(item) else Run("", (item,))
                said |= {identity(item).namespace, *spaces(run)}
                said.update({identity(item).name} if is_applied(item) and not identity(item).namespace else ())
                claims.update(claim.namespace for claim in claimed(run))
    anew = said - (set() if said_anew else claims) | {space for file in besides for space in _declared_in(file, files)}
    return SharedNames(frozenset(anew - {""}), frozenset(claims - {""}))


def _declared_in(file: Path, files: Files) -> Iterator[str]:
    """The namespaces of the declarations in a file that is in no run, also if a kustomization sets them."""
    found = {each.object.namespace for item in objects_of(file, files) for each in declarations(Run("", (item,)))}
    yield from found
    if "" in found:
        for folder in file.parents:
            for name in KUSTOMIZATIONS:
                yield from namespaces_set(folder / name, files)
