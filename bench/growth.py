"""How the time of a run grows with its input, for the shapes in which a short text could cost much.

Each row gives the exponent e of time ~ size^e between its smallest and its largest size, in CPU seconds of this
process. Nothing is asserted: the numbers are for people to compare. Rows over 1.2 are marked.
"""

from __future__ import annotations

import gc
import json
import math
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.fleets import FLEETS, checked, write
from krmfn import function, resourcelist, yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.fleets import Fleet

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
    items: Callable[[int], Items | bytes]


def main() -> None:
    """Measure every shape and print its exponent."""
    print(f"{'what grows':56}{'first':>8}{'time':>11}{'last':>8}{'time':>11}{'exponent':>10}")
    for shape in SHAPES:
        _show(shape.name, shape.first, [_answered(shape.items(shape.first * step)) for step in STEPS])
    for fleet in FLEETS:
        _show(fleet.name, fleet.first, [_checked(fleet, fleet.first * step) for step in STEPS])


def _show(name: str, first: int, times: list[float]) -> None:
    exponent = math.log(times[-1] / times[0]) / math.log(STEPS[-1] / STEPS[0])
    remark = f"  over {MOST}" if exponent > MOST else ""
    print(
        f"{name:56}{first:8}{times[0] * 1e3:8.1f} ms{first * STEPS[-1]:8}{times[-1] * 1e3:8.1f} ms"
        f"{exponent:10.2f}{remark}"
    )


def resource_list(items: Items | bytes) -> bytes:
    """Return the items as a ResourceList; what is one already stays as it is."""
    if isinstance(items, bytes):
        return items
    config = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "ComputePlane",
        "metadata": {"name": "bench", "namespace": NAMESPACE},
        "spec": {"objectsChart": {"chartRef": {"kind": "OCIRepository", "name": "krmfn-objects", "namespace": "acme"}}},
    }
    envelope = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "functionConfig": config}
    # Not JSON: YAML reads no key of more than 1024 characters unless it is written with a question mark.
    return yaml.dump({**envelope, "items": items}).encode()


def _answered(items: Items | bytes) -> float:
    source = resource_list(items)
    return _measure(lambda: resourcelist.dump(function.run(resourcelist.load(source))))


def _checked(fleet: Fleet, size: int) -> float:
    with TemporaryDirectory() as folder:
        write(fleet.files(size), Path(folder))
        return _measure(lambda: checked(Path(folder)))


def _measure(run: Callable[[], object]) -> float:
    best = math.inf
    for _ in range(ROUNDS):
        # As the function does: what it makes lives to the end, and the collector would walk it again and again.
        gc.collect()
        gc.disable()
        begin = time.process_time()
        run()
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


def _held_against(schema: dict[str, Any], spec: dict[str, Any]) -> Items:
    """A definition with a schema, and an app of its kind."""
    given = definition("Gadget", "gadget")
    application = {**given["spec"]["application"], "openAPISchema": json.dumps(schema)}
    return [{**given, "spec": {**given["spec"], "application": application}}, app("Gadget", "a", spec)]


def _list_of(entry: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": {"type": "array", "items": entry, **more}}}


def _nested_choices(size: int) -> Items:
    """Each oneOf is in another one, and no value fits any."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(size):
        schema = {"oneOf": [schema, {"type": "integer"}]}
    return _held_against({"type": "object", "properties": {f"x{number}": schema for number in range(10)}}, _fractions())


def _fractions() -> dict[str, Any]:
    return {f"x{number}": 0.5 for number in range(10)}


def _equal_entries(size: int) -> Items:
    entry = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return _held_against(_list_of(entry, uniqueItems=True), {"x": [{"a": number, "b": [{}]} for number in range(size)]})


def _enumerated(size: int) -> Items:
    names = [f"e{number}" for number in range(size)]
    return _held_against(_list_of({"type": "string", "enum": names}), {"x": names})


def _credentials(size: int, path: str) -> Items:
    """As many users of a database, and as many credentials of one connection to it."""
    connection = {
        "to": {"kind": "Postgres", "name": "main"},
        "credentials": [{"key": f"u{number}", "targetPath": path.format(number)} for number in range(size)],
    }
    placed = {"cluster": "lab", "apps": [{"kind": "ComfyUI", "name": "studio"}], "connections": [connection]}
    return [
        app("Kubernetes", "lab"),
        app("ComfyUI", "studio"),
        app("Postgres", "main", {"users": {f"u{number}": {} for number in range(size)}}),
        ours("Placement", "all", placed),
    ]


def _aliases(size: int) -> bytes:
    """As many aliases of one list; no dictionary has them, so this is text."""
    spec = f"{{x: [&a [1, 2, 3, 4, 5, 6, 7, 8], {', '.join(['*a'] * size)}]}}"
    return resource_list([app("Redis", "a")]).replace(b"  spec: {}\n", f"  spec: {spec}\n".encode())


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
    Shape("entries of a list that must differ", 500, _equal_entries),
    Shape("oneOf in one another", 20, _nested_choices),
    Shape("values of an enum, and as many entries", 500, _enumerated),
    Shape("credentials of a connection", 100, lambda size: _credentials(size, "db.p{}")),
    Shape("credentials at one path", 100, lambda size: _credentials(size, "db.password")),
    Shape("aliases of one list", 1000, _aliases),
    Shape("declarations of one tenant", 500, lambda size: [app("Redis", f"cache{n}") for n in range(size)]),
    Shape("sandboxes with an app each", 50, _clusters),
    Shape("placements with a connection each, on one sandbox", 100, _placements),
    Shape("connections of one placement", 200, _connections),
    Shape("apps of one placement", 200, _one_placement),
    Shape("definitions of one kind", 500, _definitions_of_one),
    Shape("definitions of a kind each", 500, _definitions),
    Shape("profiles that extend each other", 100, _profiles),
    Shape("placements of apps that are not there", 100, _unknown_targets),
    Shape("connections to services that are not there", 100, _unknown_services),
    Shape("clusters with a profile that is not there", 200, _unknown_clusters),
    Shape("one object, declared again and again", 500, lambda size: [app("Redis", "cache") for _ in range(size)]),
    Shape(
        "words of a key that means a credential",
        5000,
        lambda size: [app("Redis", "a", {"aB" * size + "Password": "x"})],
    ),
    Shape("letters of a key", 200_000, lambda size: [app("Redis", "a", {"a" * size: "x"})]),
    Shape("letters of a URL", 200_000, lambda size: [app("Redis", "a", {"url": "x://" * size})]),
    Shape("references of one value", 50_000, lambda size: [app("Redis", "a", {"url": "${a}{{ $(x" * size})]),
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
