"""Every case, example and package once more, written for each version of Flux that krmfn supports."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn import function
from krmfn.catalog import Catalog
from tests.judges.fields import uses
from tests.judges.written import generated, given, read_back
from tests.test_schemas import CASES, EXAMPLES, PACKAGES, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from krmfn.resourcelist import Resource, ResourceList
    from krmfn.results import Result

FLUX = Catalog.shipped().target("flux")
VERSIONS = FLUX.supported
NEWEST = VERSIONS[-1]
STARTER = ROOT / "krmfn" / "cli" / "init" / "starter"
WRITTEN = [*CASES, *EXAMPLES, *PACKAGES, STARTER / "platform", STARTER / "tenants" / "acme"]
"""With the refused cases: what is refused for one Flux may be written for another."""
PLANE = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ComputePlane", "metadata": {"name": "aimed"}}
SAME_BY_ITSELF = "waitStrategy"
"""What may be left out without a word: Flux 2.7 waits as `legacy` says, and has no other way."""
NOT_FOR_GENERATED = "valuesFrom[].literal"
"""A password that a chart makes of letters and digits is the same without it, so that nothing is told."""


class Answer(NamedTuple):
    """What the function says for one version, the HelmReleases that it writes, and what of the catalog's these use."""

    results: tuple[Result, ...]
    releases: tuple[Resource, ...]
    used: frozenset[str]


@cache
def answer(path: Path, flux: str) -> Answer:
    came = aimed(given(path), flux)
    went = function.run(came)
    releases = tuple(read_back(item) for item in generated(came, went) if item["kind"] == "HelmRelease")
    used = frozenset(each for each in FLUX.features if any(uses(item["spec"], each) for item in releases))
    return Answer(went.results, releases, used)


def aimed(came: ResourceList, flux: str) -> ResourceList:
    """The same input, written for another Flux; what its functionConfig says beside that stays, as far as it can."""
    config: dict[str, Any] = copy.deepcopy(came.function_config or PLANE)
    if config["kind"] == "ConfigMap":
        config["data"] = {**_mapping(config.get("data")), "target.flux": flux}
    else:
        spec = _mapping(config.get("spec"))
        config["spec"] = {**spec, "target": {**_mapping(spec.get("target")), "flux": flux}}
    return came._replace(function_config=config)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def told(path: Path, flux: str) -> list[Result]:
    """What is said for this version, and not for the newest."""
    newest = answer(path, NEWEST).results
    return [result for result in answer(path, flux).results if result not in newest]


def lacking(path: Path, flux: str) -> frozenset[str]:
    """What is written for the newest version, and not for this one."""
    return answer(path, NEWEST).used - answer(path, flux).used


def names(result: Result, feature: str) -> bool:
    """Whether a result says which Flux brings it."""
    return f"Flux {FLUX.features[feature]}" in result.message
