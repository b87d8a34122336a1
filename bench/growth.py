"""How the time of a run grows with its input, for the shapes in which a short text could cost much.

Each row gives the exponent e of time ~ size^e between its smallest and its largest size, in CPU seconds of this
process. Nothing is asserted: the numbers are for people to compare. Rows over 1.2 are marked.
"""

from __future__ import annotations

import gc
import json
import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn import function, resourcelist

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST = 1.2
NAMESPACE = "tenant-acme"
STEPS = (1, 2, 4)
"""Sizes, as multiples of a row's first one."""
ROUNDS = 3

Items = list[dict[str, Any]]


class Shape(NamedTuple):
    """What grows, how large it is at first, and the items of a size, after the functionConfig."""

    name: str
    first: int
    items: Callable[[int], Items]


def main() -> None:
    """Measure every shape and print its exponent."""
    print(f"{'what grows':56}{'first':>8}{'time':>11}{'last':>8}{'time':>11}{'exponent':>10}")
    for shape in SHAPES:
        sizes = [shape.first * step for step in STEPS]
        times = [_measure(shape.items(size)) for size in sizes]
        exponent = math.log(times[-1] / times[0]) / math.log(STEPS[-1] / STEPS[0])
        remark = f"  over {MOST}" if exponent > MOST else ""
        print(
            f"{shape.name:56}{sizes[0]:8}{times[0] * 1e3:8.1f} ms{sizes[-1]:8}{times[-1] * 1e3:8.1f} ms"
            f"{exponent:10.2f}{remark}"
        )


def resource_list(items: Items) -> bytes:
    """Return the items as a ResourceList; JSON is YAML, and quick to write."""
    config = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "ComputePlane",
        "metadata": {"name": "bench", "namespace": NAMESPACE},
        "spec": {"objectsChart": {"chartRef": {"kind": "OCIRepository", "name": "krmfn-objects", "namespace": "acme"}}},
    }
    envelope = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "functionConfig": config}
    return json.dumps({**envelope, "items": items}).encode()


def _measure(items: Items) -> float:
    source = resource_list(items)
    best = math.inf
    for _ in range(ROUNDS):
        # As the function does: what it makes lives to the end, and the collector would walk it again and again.
        gc.collect()
        gc.disable()
        begin = time.process_time()
        resourcelist.dump(function.run(resourcelist.load(source)))
        best = min(best, time.process_time() - begin)
        gc.enable()
    return best


def app(kind: str, name: str, spec: dict[str, Any] | None = None) -> dict[str, Any]:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "apps.cozystack.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec or {}}


def ours(kind: str, name: str, spec: dict[str, Any], namespace: str = NAMESPACE) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": "krmfn.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}


def _placement(name: str, apps: list[str], services: list[str], cluster: str = "lab") -> dict[str, Any]:
    return ours(
        "Placement",
        name,
        {
            "cluster": cluster,
            "apps": [{"kind": "ComfyUI", "name": each} for each in apps],
            "connections": [{"to": {"kind": "Redis", "name": each}} for each in services],
        },
    )


def _fenced(size: int) -> Iterator[dict[str, Any]]:
    """A sandbox, with as many apps and as many services."""
    yield app("Kubernetes", "lab", {"isolationProfile": "sandbox"})
    for number in range(size):
        yield app("ComfyUI", f"studio{number}")
        yield app("Redis", f"cache{number}")


def _placements(size: int) -> Items:
    each = [_placement(f"p{number}", [f"studio{number}"], [f"cache{number}"]) for number in range(size)]
    return [*_fenced(size), *each]


def _one_placement(size: int) -> Items:
    names = range(size)
    return [*_fenced(size), _placement("all", [f"studio{number}" for number in names], ["cache0"])]


def _connections(size: int) -> Items:
    return [*_fenced(size), _placement("all", ["studio0"], [f"cache{number}" for number in range(size)])]


def _clusters(size: int) -> Items:
    names = [f"lab{number}" for number in range(size)]
    return [
        *(app("Kubernetes", name, {"isolationProfile": "sandbox"}) for name in names),
        *(app("ComfyUI", f"studio-{name}") for name in names),
        *(_placement(name, [f"studio-{name}"], [], name) for name in names),
    ]


def definition(kind: str, name: str) -> dict[str, Any]:
    return {
        "apiVersion": "cozystack.io/v1alpha1",
        "kind": "ApplicationDefinition",
        "metadata": {"name": name},
        "spec": {
            "application": {"kind": kind, "plural": f"{kind.lower()}s", "singular": kind.lower(), "openAPISchema": ""},
            "release": {
                "prefix": f"{kind.lower()}-",
                "chartRef": {"kind": "ExternalArtifact", "name": "gadget", "namespace": "cozy-system"},
            },
        },
    }


def _definitions_of_one(size: int) -> Items:
    return [definition("Gadget", f"gadget{number}") for number in range(size)]


def _definitions(size: int) -> Items:
    return [definition(f"Gadget{number}", f"gadget{number}") for number in range(size)]


def _unknown_targets(size: int) -> Items:
    """Each placement names an app that is not declared, and whose name is near those that are."""
    apps = [app("ComfyUI", f"studio{number}") for number in range(size)]
    return [app("Kubernetes", "lab"), *apps, *(_placement(f"p{n}", [f"studoi{n}"], []) for n in range(size))]


def _unknown_services(size: int) -> Items:
    apps = [item for number in range(size) for item in (app("ComfyUI", f"s{number}"), app("Redis", f"cache{number}"))]
    places = [_placement(f"p{n}", [f"s{n}"], [f"cahce{n}"]) for n in range(size)]
    return [app("Kubernetes", "lab"), *apps, *places]


def _unknown_clusters(size: int) -> Items:
    return [app("Kubernetes", f"lab{number}", {"isolationProfile": f"sandbx{number}"}) for number in range(size)]


def _profiles(size: int) -> Items:
    """Each extends the one before."""
    return [
        ours("IsolationProfile", f"p{number}", {"extends": f"p{number - 1}" if number else "sandbox"}, "")
        for number in range(size)
    ] + [app("Kubernetes", "lab", {"isolationProfile": f"p{size - 1}"})]


SHAPES = (
    Shape("declarations of one tenant", 500, lambda size: [app("Redis", f"cache{n}") for n in range(size)]),
    Shape("sandboxes with an app each", 50, _clusters),
    Shape("placements with a connection each, on one sandbox", 100, _placements),
    Shape("connections of one placement", 200, _connections),
    Shape("apps of one placement", 200, _one_placement),
    Shape("definitions of one kind", 500, _definitions_of_one),
    Shape("definitions of a kind each", 500, _definitions),
    Shape("profiles that extend each other", 100, _profiles),
    Shape("placements of apps that are not there", 200, _unknown_targets),
    Shape("connections to services that are not there", 200, _unknown_services),
    Shape("clusters with a profile that is not there", 200, _unknown_clusters),
    Shape("one object, declared again and again", 500, lambda size: [app("Redis", "cache") for _ in range(size)]),
    Shape(
        "words of a key that means a credential", 500, lambda size: [app("Redis", "a", {"aB" * size + "Password": "x"})]
    ),
    Shape("letters of a key", 20000, lambda size: [app("Redis", "a", {"a" * size: "x"})]),
    Shape("letters of a URL", 20000, lambda size: [app("Redis", "a", {"url": "x://" * size})]),
    Shape("references of one value", 5000, lambda size: [app("Redis", "a", {"url": "${a}{{ $(x" * size})]),
    Shape("unknown fields of an app", 500, lambda size: [app("Redis", "a", {f"replica{n}": 1 for n in range(size)})]),
    Shape("entries of a list", 2000, lambda size: [app("Kubernetes", "a", {"x": [{"value": n} for n in range(size)]})]),
    Shape(
        "users of a database", 500, lambda size: [app("Postgres", "a", {"users": {f"u{n}": {} for n in range(size)}})]
    ),
    Shape(
        "node groups of a cluster",
        200,
        lambda size: [
            app("Kubernetes", "a", {"isolationProfile": "sandbox", "nodeGroups": {f"g{n}": {} for n in range(size)}})
        ],
    ),
)


if __name__ == "__main__":
    main()
