"""The image is what its README says: nobody, no network, nothing written, and the same bytes from the same sources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from krmfn import __version__
from release import HOME, PROJECT, TAG
from tests.hosts.images import base, built

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hosts.running import Finished, Hosts

LOCKED_DOWN = ("--rm", "--interactive", "--network=none", "--read-only", "--security-opt=no-new-privileges")
ITEM = """\
- apiVersion: apps.cozystack.io/v1alpha1
  kind: Redis
  metadata: {{name: cache-{}, namespace: tenant-acme}}
  spec: {{replicas: 3}}
"""
OUT_OF_MEMORY = 137
"""The exit code of a process that the system ends for lack of memory."""
EMPTY = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n"


def run(hosts: Hosts, image: str, *arguments: str, stdin: str = "") -> Finished:
    return hosts.podman("run", *LOCKED_DOWN, image, *arguments, stdin=stdin)


def inspect(hosts: Hosts, image: str) -> dict[str, object]:
    return json.loads(hosts.podman("image", "inspect", image).stdout)[0]  # type: ignore[no-any-return]


def test_it_says_its_version_without_network_or_a_writable_root(hosts: Hosts, image: str) -> None:
    done = run(hosts, image, "version")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_it_is_a_function_without_arguments(hosts: Hosts, image: str) -> None:
    done = run(hosts, image, stdin=EMPTY)
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["kind"] == "ResourceList"


def test_a_refusal_reaches_the_host_as_its_exit_code(hosts: Hosts, image: str) -> None:
    done = run(hosts, image, stdin="kind: [")
    assert done.returncode == 1
    assert not done.stdout
    assert done.stderr


def test_it_runs_as_nobody_by_default(hosts: Hosts, image: str) -> None:
    done = hosts.podman("run", *LOCKED_DOWN, "--entrypoint=id", image, "-un")
    assert done.stdout.strip() == "nobody", done.stderr


def test_kpt_shows_its_documentation(hosts: Hosts, image: str) -> None:
    """What the function is for, and what its functionConfig is."""
    done = hosts.run(hosts.kpt, "fn", "doc", "--image", image)
    assert done.returncode == 0, done.stderr
    assert "functionConfig is a ComputePlane" in done.stdout


def test_its_labels_say_what_it_is(hosts: Hosts, image: str) -> None:
    """What Artifact Hub needs of an image (docs/topics/repositories/container-images), and the version that it has."""
    labels: Any = inspect(hosts, image)["Labels"]
    assert labels["org.opencontainers.image.version"] == __version__
    assert labels["org.opencontainers.image.description"] == PROJECT["description"]
    assert labels["org.opencontainers.image.licenses"] == PROJECT["license"]
    assert labels["org.opencontainers.image.source"] == HOME
    assert labels["io.artifacthub.package.readme-url"].endswith(f"/{TAG}/README.md")
    assert labels["io.artifacthub.package.keywords"].split(",") == PROJECT["keywords"]


def test_it_adds_little_to_its_base(hosts: Hosts, image: str) -> None:
    added = inspect(hosts, image)["Size"] - inspect(hosts, base(hosts))["Size"]  # type: ignore[operator]
    assert added < 40 * 1024 * 1024


def test_the_same_sources_give_the_same_image(hosts: Hosts, image: str) -> None:
    """Built twice, all layers and the image's own digest are the same, so that anybody can check what is published."""
    with built(hosts, "second") as again:
        assert inspect(hosts, again)["RootFS"] == inspect(hosts, image)["RootFS"]
        assert inspect(hosts, again)["Id"] == inspect(hosts, image)["Id"]


def test_64_mib_are_enough_for_a_thousand_objects(hosts: Hosts, image: str, tmp_path: Path) -> None:
    """As nobody, with a read-only root and 64 MiB of memory; a program that takes more is ended there."""
    items = "".join(ITEM.format(number) for number in range(1000))
    limits = (*LOCKED_DOWN, "--user=nobody", "--memory=64m", "--memory-swap=64m")
    done = hosts.podman("run", *limits, image, stdin=EMPTY.replace("[]\n", f"\n{items}"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("kind: HelmRelease\n") == 1000
    greedy = ("--entrypoint=/opt/krmfn/bin/python3", image, "-c", "b'x' * (128 << 20)")
    # Podman leaves a file named oom in the folder that it is started in.
    more = hosts.run("podman", "run", *limits, *greedy, cwd=tmp_path)
    assert more.returncode == OUT_OF_MEMORY
