"""What is shipped is made of these sources and of what the lock says, and its bill of materials names just that."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from krmfn import __version__
from tests.hosts.images import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hosts.running import Hosts

BUILDER = CHECKOUT / ".venv/supply/bin/python"
"""Has what builds, at the version of the lock; `make judges` makes it."""
SHIPPED = """\
import importlib.metadata as found
print(*sorted(f"{each.name}=={each.version}".lower() for each in found.distributions()), sep="\\n")
"""


def checkout(folder: Path) -> None:
    """The files that Git has, as they are here, in a folder of their own."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (CHECKOUT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(CHECKOUT / name, folder / name)


def test_the_same_sources_give_the_same_distributions(tmp_path: Path) -> None:
    """Wheel and source distribution, built in another folder, later, in another zone and with another umask."""
    made = []
    for name, umask, zone in (("one", 0o022, "UTC"), ("another", 0o077, "Asia/Tokyo")):
        was = os.umask(umask)
        try:
            checkout(tmp_path / name)
            if name == "another":
                for path in (tmp_path / name).rglob("*"):
                    os.utime(path, (0, 1_000_000_000))
            build: list[str | Path] = [BUILDER, "-m", "build", "--no-isolation", "--outdir", tmp_path / f"{name}.out"]
            environment = {**os.environ, "TZ": zone, "SOURCE_DATE_EPOCH": "1580601600"}
            subprocess.run([*build, tmp_path / name], check=True, env=environment, capture_output=True)
        finally:
            os.umask(was)
        made.append({path.name: path.read_bytes() for path in (tmp_path / f"{name}.out").iterdir()})
    assert set(made[0]) == {f"krmfn-{__version__}-py3-none-any.whl", f"krmfn-{__version__}.tar.gz"}
    assert made[0] == made[1]


def test_a_bill_of_materials_names_what_is_shipped(hosts: Hosts, image: str) -> None:
    """The wheel's and the image's have the same components: those that are in the image, at their versions."""
    for target in ("sbom", "sbom-image"):
        made = hosts.run("make", target, "ENGINE=podman", f"IMAGE={image}", f"PYTHON={sys.executable}", cwd=CHECKOUT)
        assert made.returncode == 0, made.stderr
    inside = hosts.podman("run", "--rm", "--entrypoint=/opt/krmfn/bin/python3", image, "-c", SHIPPED)
    shipped = {each for each in inside.stdout.split() if not each.startswith("krmfn==")}
    assert len(shipped) >= 5, inside.stderr
    for name in ("krmfn", "krmfn-image"):
        bill = json.loads((CHECKOUT / f"dist/{name}.cdx.json").read_text())
        assert bill["bomFormat"] == "CycloneDX"
        components = {f"{each['name']}=={each['version']}".lower() for each in bill["components"]}
        assert components - {each for each in components if each.startswith("krmfn==")} == shipped
