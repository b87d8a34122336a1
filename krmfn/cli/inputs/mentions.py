"""Files that are in no changed run and may be about one all the same: those that name what is its."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.cli.inputs.folderwalk import KUSTOMIZATIONS, SUFFIXES, Walk, is_reached, walk
from krmfn.cli.inputs.surroundings import namespaces_set, objects_in_text
from krmfn.fleet.applied import FLUX, path_applied
from krmfn.resourcelist import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from krmfn.cli.inputs.changed import Now
    from krmfn.cli.inputs.sharedfacts import SharedNames
    from krmfn.repository import Repository

MOST_NAMES = 100
"""The most names for which the repository is searched; with more, all of it is read."""
OF_FLUX = "kustomize.toolkit.fluxcd.io"
VERSIONS_OF_FLUX = (f"{OF_FLUX}/v1", f"{OF_FLUX}/v1beta2")
HELM_RELEASE = "HelmRelease"
ESCAPES = (r"\\[xuU]", r"\\[[:space:]]*$")
"""How a text in double quotes may have a name in it that no search finds: with an escape, or over two lines."""


class Mentions:
    """Searches the files that Git has; those that it does not have differ, and are read anyway."""

    def __init__(
        self,
        repository: Repository,
        now: Now,
        output: Path | None,
        planes: Callable[[Path], Iterable[str]],
    ) -> None:
        """Searches the files of `now`, without those below `output`; `planes` has the ComputePlanes in a folder."""
        self._repository = repository
        self._now = now
        self._files = now.files
        self._output = output
        self._planes = planes

    def of(self, names: SharedNames) -> Iterator[Path]:
        """The files with these names, and the ComputePlanes of the runs that they are in."""
        look, now = self._repository.mentioning, self._now.name
        yield from self._with_planes(look(now, names.anew, words=True))
        yield from self._with_planes(look(now, [".."], KUSTOMIZATIONS))
        if names.anew:
            yield from self._with_planes(look(now, ESCAPES, [f"*{each}" for each in SUFFIXES], patterns=True))
        if self._now.is_compared:
            own = names.own if len(names.own) <= MOST_NAMES else [HELM_RELEASE]
            yield from self._with_planes(filter(self._may_have_release, look(now, own, words=True)))

    def of_flux(self) -> Iterator[Path]:
        """The files with Kustomizations of Flux: what one says of a run depends on all."""
        return self._with_planes(self._repository.mentioning(self._now.name, VERSIONS_OF_FLUX, words=True))

    def have_flux(self, places: Iterable[Path]) -> bool:
        """True if a Kustomization of Flux is in one of the files."""
        return any(OF_FLUX.encode() in self._text(each) for each in places)

    def _with_planes(self, paths: Iterable[str]) -> Iterator[Path]:
        for root, place in (found for path in paths for found in self._now.placed(path)):
            if is_reached(root, place, self._files) and not self._is_written(place):
                yield place
                if place.name in KUSTOMIZATIONS and namespaces_set(place, self._files):
                    # What it is about does not name the namespace.
                    yield from walk(place.parent, self._output, Walk({}, [], {}, []), self._files)
                above = (folder for folder in place.parents if folder.is_relative_to(root))
                yield from (folder / name for folder in above for name in self._planes(folder))

    def _may_have_release(self, path: str) -> bool:
        place = self._now.top / path
        return place.name in KUSTOMIZATIONS or HELM_RELEASE.encode() in self._text(place)

    def _is_written(self, place: Path) -> bool:
        return self._output is not None and place.is_relative_to(self._output)

    def _text(self, place: Path) -> bytes:
        try:
            return self._files.read(place, named=False) or b""
        except OSError:
            return b""


def paths_applied(content: bytes) -> Iterator[str]:
    """The paths that Kustomizations of Flux in a file apply."""
    for item in objects_in_text(content) if OF_FLUX.encode() in content else ():
        if kind_of(item) == FLUX:
            yield path_applied(item).as_posix()
