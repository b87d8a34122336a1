"""The platform's own charts, of a checkout at the targeted release, rendered by real Helm."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml as pyyaml

from tests.platform.api import serving
from tests.platform.records import load
from tests.tools.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource

CHECKOUT = Path(os.environ.get("KRMFN_COZYSTACK", ""))
"""Nothing of it is ever written into this repository."""
PACKAGES = CHECKOUT / "packages"
TENANT_VALUES = Path(__file__).with_name("tenant-values.yaml")
DISK = "apps/vm-disk"
LONGEST = 120


class RefusedByHelmError(Exception):
    """What Helm said instead of rendering."""


class Release(NamedTuple):
    """What Helm is given."""

    chart: str
    name: str
    namespace: str
    values: str
    """As JSON, so that equal ones are rendered once."""


def release(resource: Resource) -> Release | None:
    """A HelmRelease that the platform's own chart makes on the management cluster; None of any other."""
    spec = resource["spec"]
    chart = chart_of(spec.get("chartRef", {}).get("name", "")) if "kubeConfig" not in spec else ""
    values = json.dumps(spec.get("values") or {}, sort_keys=True, ensure_ascii=False)
    return Release(chart, resource["metadata"]["name"], resource["metadata"]["namespace"], values) if chart else None


@cache
def artifacts() -> dict[str, str]:
    """The path of each chart, by the name of the ExternalArtifact that the platform makes of it."""
    found = {}
    for file in sorted((PACKAGES / "core/platform/sources").glob("*.yaml")):
        for source in load(file):
            package = source["metadata"]["name"].replace(".", "-")
            for variant in source["spec"].get("variants") or ():
                for component in variant.get("components") or ():
                    found[f"{package}-{variant['name']}-{component['name']}"] = component["path"]
    return found


def chart_of(artifact: str) -> str:
    return artifacts().get(artifact, "")


@cache
def looked_up() -> tuple[Resource, ...]:
    """What a lookup finds: the platform's instance types, and two storage classes. Nothing is installed yet."""
    types = program_output(Release("system/kubevirt-instancetypes", "types", "cozy-kubevirt", "{}"), "")
    classes = (
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": name},
            "provisioner": "linstor",
        }
        for name in ("local", "replicated")
    )
    return (*(each for each in types if each["kind"].startswith("VirtualMachineCluster")), *classes)


def render_all(asked: Iterable[Release]) -> dict[Release, tuple[Resource, ...] | str]:
    """What the chart of each makes, or what Helm said instead; as many at once as there are processors."""
    each_once = sorted(set(asked))
    with (
        serving(looked_up()) as first,
        serving((*looked_up(), *_disks(each_once))) as later,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        # The chart of a disk that is there already hands on what there is.
        urls = [first if each.chart == DISK else later for each in each_once]
        return dict(zip(each_once, pool.map(_rendered, each_once, urls), strict=True))


def _disks(asked: Iterable[Release]) -> Iterator[Resource]:
    """The disks that are declared, which a virtual machine's chart looks up."""
    for each in asked:
        if each.chart == DISK:
            annotations = {"vm-disk.cozystack.io/optical": "false"}
            named = {"name": each.name, "namespace": each.namespace, "annotations": annotations}
            yield {"apiVersion": "cdi.kubevirt.io/v1beta1", "kind": "DataVolume", "metadata": named}


def _rendered(asked: Release, url: str) -> tuple[Resource, ...] | str:
    """With what the HelmReleases among the objects make, as far as they stay on the management cluster."""
    try:
        made = program_output(asked, url)
        for each in [each for each in made if each["kind"] == "HelmRelease"]:
            inner = {**each, "metadata": {"namespace": asked.namespace, **each["metadata"]}}
            beside = release(inner)
            made += program_output(beside, url) if beside else ()
    except RefusedByHelmError as refusal:
        return str(refusal)
    return made


def program_output(asked: Release, url: str) -> tuple[Resource, ...]:
    """All objects that the chart makes.

    Raises:
        RefusedByHelmError: it makes none.
    """
    live = ["--dry-run=server", "--kube-apiserver", url] if url else []
    command: list[str | Path] = [
        program("helm"),
        "template",
        asked.name,
        PACKAGES / asked.chart,
        "--namespace",
        asked.namespace,
        *live,
    ]
    done = subprocess.run(
        [*command, "--values", TENANT_VALUES, "--values", "-"],
        input=asked.values,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
        env={**os.environ, "KUBECONFIG": os.devnull},
    )
    if done.returncode:
        raise RefusedByHelmError(done.stderr.strip())
    objects: Iterator[Any] = pyyaml.load_all(done.stdout, Loader=pyyaml.CSafeLoader)
    return tuple(each for each in objects if each)
