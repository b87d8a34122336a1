"""krmfn's image, built by its own Dockerfile on a base that is made from Debian's packages where none can be pulled."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.tools.programs import TESTS, cache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hosts.running import Hosts

CHECKOUT = TESTS.parent
SUITE = "bookworm"
PACKAGES = "python3,python3-venv,ca-certificates"

GIT = """\
RUN apt-get update -qq && apt-get install -qq --yes --no-install-recommends git >/dev/null
"""

# A runtime and limits that also work inside another container or virtual machine, where crun and raised limits fail.
CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
"""


def base(hosts: Hosts) -> str:
    """Return a base image: KRMFN_TEST_BASE (say python:3.13-slim), else one from Debian's packages, made once."""
    if given := os.environ.get("KRMFN_TEST_BASE"):
        return given
    digest = hashlib.sha256(f"{SUITE} {PACKAGES}".encode()).hexdigest()[:12]
    name = f"localhost/krmfn-tests-base:{digest}"
    if hosts.podman("image", "exists", name).returncode:
        imported = hosts.podman("import", _tar(cache() / f"base-{digest}.tar"), name)
        assert imported.returncode == 0, imported.stderr
    return name


@contextmanager
def built(hosts: Hosts, name: str) -> Iterator[str]:
    """Build the image from nothing by `make image`; yield its tag."""
    # A host name in front, or kpt looks for the image in its own catalog; a process of one's own, or two runs collide.
    tag = f"localhost/krmfn-tests-{name}:{os.getpid()}"
    # The machine's own package index and certificates, where it has them: pip inside cannot see its configuration.
    site = [f"--build-arg={name}" for name in ("PIP_INDEX_URL", "PIP_CERT") if name in os.environ]
    if Path("/etc/ssl/certs").is_dir():
        site.append("--volume=/etc/ssl/certs:/etc/ssl/certs:ro")
    flags = ["--isolation=chroot", "--network=host", "--layers=false", *site]
    told = ("ENGINE=podman", f"IMAGE={tag}", f"BASE={base(hosts)}", f"IMAGE_FLAGS={' '.join(flags)}")
    done = hosts.run("make", "image", *told, cwd=CHECKOUT)
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        yield tag
    finally:
        hosts.podman("image", "rm", "--force", tag)


@contextmanager
def newcomer(hosts: Hosts, folder: Path) -> Iterator[str]:
    """A container with Python, Git and a folder of this machine, and nothing else; yield its name."""
    (folder / "Containerfile").write_text(f"FROM {base(hosts)}\n{GIT}", encoding="utf-8")
    tag, name = "localhost/krmfn-tests-newcomer", f"krmfn-tests-newcomer-{os.getpid()}"
    certificates = "--volume=/etc/ssl/certs:/etc/ssl/certs:ro"
    options = ("--isolation=chroot", "--network=host", certificates)
    done = hosts.podman("build", *options, f"--tag={tag}", f"--file={folder / 'Containerfile'}", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    shared = f"--volume={folder}:{folder}"
    done = hosts.podman("run", "--detach", "--rm", "--network=host", shared, f"--name={name}", tag, "sleep", "600")
    assert done.returncode == 0, done.stderr
    try:
        yield name
    finally:
        hosts.podman("rm", "--force", "--time=0", name)


def _tar(tar: Path) -> Path:
    if tar.exists():
        return tar
    tar.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=tar.parent, prefix=".building-") as folder:
        root = Path(folder, "root")
        command = [_debootstrap(), "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root), *_mirror()]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stdout[-2000:] + made.stderr
        for package in (root / "var/cache/apt/archives").glob("*.deb"):
            package.unlink()
        fresh = Path(folder, tar.name)
        subprocess.run(["tar", "-C", root, "-cf", fresh, "."], check=True)
        fresh.rename(tar)
    return tar


def _debootstrap() -> str:
    found = shutil.which("debootstrap", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert found, "debootstrap is not on PATH: run `make packages`"
    assert os.geteuid() == 0, "debootstrap needs root; without it, set KRMFN_TEST_BASE to an image that can be pulled"
    return found


def _mirror() -> list[str]:
    """Return the archive that this machine itself installs from, or nothing for debootstrap's own default."""
    if not shutil.which("apt-get"):
        return []
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", f"Codename: {SUITE}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[:1]
