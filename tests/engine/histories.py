"""Histories of commits, by tenant: what each commit declares, and what it is about."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.engine.manifests import app, confirmed, placement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.engine.api import Object


MIRROR = ("OCIRepository", "cozy-public", "mirror")
"""Another source of the chart of boundaries, with a later version of it."""


class State(NamedTuple):
    """What a commit declares, and what it is about; `sandboxed` has the chart of boundaries beside it."""

    what: str
    declared: tuple[Object, ...]
    configuration: Mapping[str, Any] = MappingProxyType({})
    sandboxed: bool = False


def labelled(declared: Object, **labels: str) -> Object:
    return {**declared, "metadata": {**declared["metadata"], "labels": labels}}


def annotated(declared: Object, annotations: Object) -> Object:
    return {**declared, "metadata": {**declared["metadata"], "annotations": annotations}}


def on_the_plane(space: str) -> tuple[State, ...]:
    """An app and a database on the management plane."""
    main = app(space, "Postgres", "main", users={"lab": {}})

    def cache(name: str = "cache", **values: Any) -> Object:
        return app(space, "Redis", name, **values)

    slow = {"defaults": {"interval": "7m"}}
    addon = {"kind": "ExternalArtifact", "name": "stand-in-addon", "namespace": "cozy-system"}
    other = {**slow, "kinds": [{"kind": "Redis", "chartRef": addon}]}
    return (
        State("", (main, cache())),
        State("a value changes", (main, cache(replicas=3))),
        State("another interval", (main, cache(replicas=3)), slow),
        State("a label", (main, labelled(cache(replicas=3), team="a")), slow),
        State("another chart", (main, labelled(cache(replicas=3), team="a")), other),
        State("another name", (main, labelled(cache("store", replicas=3), team="a")), other),
        State("an app goes and another comes", (main, app(space, "NATS", "bus")), slow),
    )


def protected(space: str) -> tuple[State, ...]:
    """Databases that become protected, and go."""
    main, second, third = (app(space, "Postgres", name, users={"lab": {}}) for name in ("main", "second", "third"))
    data, cache = {"protect": "data"}, app(space, "Redis", "cache")
    return (
        State("", (main, second, third)),
        State("a database goes", (main, second)),
        State("data is protected", (main, second), data),
        State("a deletion is confirmed", (main, confirmed(second)), data),
        State("one goes confirmed and one does not", (cache,), data),
    )


def places(space: str) -> tuple[State, ...]:
    """An app that is placed, moves, and comes back."""
    clusters = tuple(app(space, "Kubernetes", name) for name in ("lab", "gpu"))
    main = app(space, "Postgres", "main", users={"lab": {}})

    def post(where: str, values: Object | None = None, **spec: Any) -> tuple[Object, ...]:
        declared = app(space, "NATS", "foretold", **(values or {}))
        return (
            *clusters,
            main,
            declared,
            *([placement(space, "p", where, ("NATS", "foretold"), **spec)] if where else []),
        )

    to: dict[str, Any] = {"to": {"kind": "Postgres", "name": "main"}}
    secret = {**to, "credentials": [{"key": "lab", "targetPath": "db.password"}]}
    return (
        State("", post("")),
        State("an app is placed", post("lab")),
        State("a placed app gets a value", post("lab", {"replicas": 2})),
        State("a connection without a credential", post("lab", {"replicas": 2}, connections=[to])),
        State("a connection with a credential", post("lab", {"replicas": 2}, connections=[secret])),
        State("an app moves", post("gpu", {"replicas": 2}, connections=[secret])),
        State("another namespace on the cluster", post("gpu", targetNamespace="foretold-elsewhere")),
        State("an app comes back", post("")),
    )


def clusters(space: str) -> tuple[State, ...]:
    """A cluster that changes, is renamed, and goes."""

    def lab(name: str = "lab", **values: Any) -> Object:
        return app(space, "Kubernetes", name, **values)

    return (
        State("", (app(space, "Redis", "cache"), lab())),
        State("a cluster gets a value", (app(space, "Redis", "cache"), lab(host="a.example.org"))),
        State("a cluster comes beside it", (app(space, "Redis", "cache"), lab(host="a.example.org"), lab("dev"))),
        State("a cluster's deletion is confirmed", (lab(host="a.example.org"), confirmed(lab("dev")))),
        State("one cluster goes confirmed and one does not", (app(space, "Redis", "cache"),)),
    )


def opened(space: str) -> tuple[State, ...]:
    """A sandbox that gets an app, and is opened: in one commit, and in two."""
    word = {"krmfn.dev/confirm-loosening": "tight->standard"}
    profile: Object = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "IsolationProfile", "metadata": {"name": "tight"}}
    profile["spec"] = {"extends": "sandbox", "egress": {"internet": "deny"}}
    bus = (app(space, "NATS", "told"), placement(space, "told", "lab", ("NATS", "told")))

    def lab(isolation: str, annotations: Object | None = None) -> Object:
        return annotated(app(space, "Kubernetes", "lab", isolationProfile=isolation), annotations or {})

    mirrored = {"objectsChart": {"chartRef": dict(zip(("kind", "namespace", "name"), MIRROR, strict=True))}}
    return (
        State("", (lab("sandbox"),), sandboxed=True),
        State("an app comes onto a sandbox", (lab("sandbox"), *bus), sandboxed=True),
        State("the objects chart has another source", (lab("sandbox"), *bus), mirrored, sandboxed=True),
        State("a sandbox is tightened", (profile, lab("tight"), *bus), sandboxed=True),
        State("a loosening is confirmed", (profile, lab("tight", word), *bus), sandboxed=True),
        State("a sandbox is opened as confirmed", (profile, lab("standard"), *bus), sandboxed=True),
        State("a cluster is closed", (lab("sandbox"), *bus), sandboxed=True),
        State("a sandbox is opened unconfirmed", (lab("standard"), *bus), sandboxed=True),
    )


def elsewhere(space: str) -> tuple[State, ...]:
    """An app on an existing cluster, whose kubeconfig becomes another's."""

    def legacy(secret: str) -> Object:
        return {"clusters": [{"name": "legacy", "namespace": space, "kubeConfig": {"secretRef": {"name": secret}}}]}

    placed = (app(space, "NATS", "afar"), placement(space, "afar", "legacy", ("NATS", "afar")))
    return (
        State("", placed, legacy("one")),
        State("another kubeconfig", placed, legacy("two")),
        State("an app on an existing cluster goes", (app(space, "Redis", "cache"),), legacy("two")),
    )


LIVES: Mapping[str, Callable[[str], tuple[State, ...]]] = {
    "tenant-ash": on_the_plane,
    "tenant-elm": protected,
    "tenant-fir": places,
    "tenant-oak": clusters,
    "tenant-yew": opened,
    "tenant-bay": elsewhere,
}
STEPS = {state.what: space for space, life in LIVES.items() for state in life(space) if state.what}
