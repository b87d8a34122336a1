"""`python -m release STEP DIST`: a step of `make release` that writes into a folder."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn import __version__
from release import ROOT, TAG, completions, manpages, metadata, notes, plugins
from release.archives import of_folder, packed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SUMS = "SHA256SUMS"


def texts(dist: Path) -> None:
    """What is made of the program alone."""
    stem = f"krmfn-{__version__}"
    _write(
        dist,
        {
            f"{stem}-completions.tar.gz": packed(_encoded(completions.scripts())),
            f"{stem}-man.tar.gz": packed(_encoded(manpages.pages())),
            f"{stem}-function.yaml": metadata.definition().encode(),
            f"{stem}-metadata.yaml": metadata.of_kpt().encode(),
            f"{stem}-notes.md": notes.of_this_release().encode(),
        },
    )


def archives(dist: Path) -> None:
    """The plug-ins, and what their catalogues want to know of them: krew/krmfn.yaml and flux/krmfn.yaml."""
    (wheel,) = dist.glob("krmfn-*.whl")
    # The Python that has pex, which krmfn's own has not.
    builder = Path(sys.argv[3]).absolute()
    made = {platform: plugins.archive(platform, wheel, builder) for platform in plugins.PLATFORMS}
    _write(dist, {plugins.file_of(platform): content for platform, content in made.items()})
    _write(dist / "krew", {"krmfn.yaml": plugins.of_krew(made).encode()})
    _write(dist / "flux", {"krmfn.yaml": plugins.of_flux(made).encode()})


def image(dist: Path) -> None:
    """The image's archive, from the folder in which the engine has laid it out."""
    layout = dist / "image"
    _write(dist, {f"krmfn-{__version__}-image.tar": of_folder(layout)})


def sums(dist: Path) -> None:
    """The SHA-256 of each file, as sha256sum reads it."""
    files = sorted(path for path in dist.iterdir() if path.is_file() and path.name != SUMS)
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    _write(dist, {SUMS: "".join(lines).encode()})


def tagged(tag: Path) -> None:
    """Ends with what is wrong, where a tag is not a released version of CHANGELOG.md."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if str(tag) != TAG:
        sys.exit(f"the tag is {tag}, and krmfn/__init__.py says {__version__}")
    if (__version__, True) not in notes.versions(changelog):
        sys.exit(f"CHANGELOG.md does not call {__version__} released: RELEASING.md, step 1")


def _encoded(written: Mapping[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in written.items()}


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
        sys.stdout.write(f"{folder / name}\n")


STEPS: dict[str, Callable[[Path], None]] = {
    "texts": texts,
    "plugins": archives,
    "image": image,
    "sums": sums,
    "tagged": tagged,
}

if __name__ == "__main__":
    STEPS[sys.argv[1]](Path(sys.argv[2]))
