"""A fleet of `krmfn init` on the engine, and how it goes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn import yaml
from krmfn.marks import BOUNDARY
from tests.engine.api import HELM_RELEASE, kind_of, namespace_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.engine.api import Object
    from tests.engine.engine import Engine
    from tests.engine.repositories import Repository


def remove(engine: Engine, repository: Repository, flux_objects: list[Object], namespaces: Iterable[str]) -> None:
    """Delete what Flux applies, and the apps that came of it on clusters.

    What runs on the management cluster and is never pruned stays, and so does the boundary of a cluster: it is to stay
    as long as its cluster.
    """
    for file in (repository.work / "rendered/platform/cluster").iterdir():
        for item in yaml.load_all(file.read_bytes()):
            engine.a.delete(kind_of(item), "", item["metadata"]["name"])
    for item in reversed(flux_objects):
        place = (kind_of(item), namespace_of(item), item["metadata"]["name"])
        engine.a.delete(*place)
        engine.wait_until_gone(engine.a, *place)
    for namespace in namespaces:
        for item in engine.a.all(HELM_RELEASE, namespace):
            if "kubeConfig" in item["spec"] and BOUNDARY not in item["metadata"]["labels"]:
                engine.a.delete(HELM_RELEASE, namespace, item["metadata"]["name"])
                engine.wait_until_gone(engine.a, HELM_RELEASE, namespace, item["metadata"]["name"])
