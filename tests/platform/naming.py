"""What the catalog says of a kind, held against what a chart rendered and what operators make of that."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml as pyyaml

from krmfn.catalog import Catalog, is_by_user, join
from krmfn.topology.checks.conditions import holds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.catalog import Kind
    from krmfn.catalog.entries import Port
    from tests.platform.records import Render

OPERATORS = Path(__file__).with_name("operators.yaml")


class Operator(NamedTuple):
    """What an operator makes of the custom resource of one release, and where that is written."""

    source: str
    services: Mapping[str, frozenset[int]]
    selects: Mapping[str, Mapping[str, str]]
    secrets: Mapping[str, frozenset[str]]
    pods: Mapping[str, str]


class _Loader(pyyaml.SafeLoader):
    """A key may be a list of parts."""


def _mapping(loader: _Loader, node: pyyaml.MappingNode) -> dict[Any, Any]:
    made = {}
    for key, value in node.value:
        spelt: Any = loader.construct_object(key, deep=True)
        made[tuple(spelt) if isinstance(spelt, list) else spelt] = loader.construct_object(value, deep=True)
    return made


_Loader.add_constructor(pyyaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@cache
def operators() -> dict[str, dict[str, Any]]:
    entries = pyyaml.load(OPERATORS.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  (a safe loader)
    return {each["kind"]: each for each in entries}


def operator_of(render: Render) -> Operator:
    said = operators().get(render.kind, {})

    def spelt(parts: tuple[str, ...], user: str = "") -> str:
        return join(tuple(parts), release=render.release, name=render.name, user=user)

    users = [*(render.values.get("users") or {}), ""]
    return Operator(
        said.get("source", ""),
        {spelt(name): frozenset(ports) for name, ports in said.get("services", {}).items()},
        {spelt(name): selector for name, selector in said.get("selects", {}).items()},
        {spelt(name, user): frozenset(keys) for name, keys in said.get("secrets", {}).items() for user in users},
        {label: spelt(value) for label, value in said.get("pods", {}).items()},
    )


def disagreements(kind: Kind, render: Render) -> Iterator[str]:
    """What the catalog says of a kind and the render of one of its releases has not, or has otherwise."""
    operator = operator_of(render)
    yield from _services(kind, render, operator)
    yield from _secrets(kind, render, operator)
    yield from _pods(kind, render, operator)


def _services(kind: Kind, render: Render, operator: Operator) -> Iterator[str]:
    rendered = render.of_kind("Service")
    for service in kind.services:
        name = join(service.name, release=render.release, name=render.name)
        there = holds(service.when, render.values)
        same = [each for each in kind.services if each.name == service.name and each is not service]
        if there is False and name in rendered and not same:
            yield f"Service {name} is there, and the catalog says that it is not"
        if there is False:
            continue
        if name in rendered:
            offered = {each["port"]: each for each in rendered[name]["spec"]["ports"]}
            for port in service.ports:
                if port.port not in offered:
                    yield f"Service {name} has ports {sorted(offered)}, not {port.port}"
                else:
                    yield from _target(port, offered[port.port], rendered[name]["spec"]["selector"], render)
        elif name not in operator.services:
            yield f"no Service {name}, of the chart or of an operator"
        elif wrong := {port.pods for port in service.ports} - _selected(operator, name):
            yield f"Service {name} of {operator.source} does not select {sorted(wrong)}"
        elif missing := {port.port for port in service.ports} - operator.services[name]:
            yield f"Service {name} of {operator.source} has no port {sorted(missing)}"


def _selected(operator: Operator, service: str) -> set[tuple[str, str]]:
    """The labels that an operator's Service selects; ("", "") are all pods of the app."""
    return {("", ""), *operator.selects.get(service, {}).items()}


def _target(port: Port, offered: Mapping[str, Any], selector: Mapping[str, str], render: Render) -> Iterator[str]:
    """The pod's port, and that no other pod of the app listens on it unless the catalog names those that serve it."""
    target = offered.get("targetPort", offered["port"])
    for labels, ports in render.pods():
        serves = selector.items() <= labels.items()
        number = ports.get(str(target), target)
        if serves and port.target_port != number:
            yield f"port {port.port} leads to {number} of the pod, not to {port.target_port}"
        key, value = port.pods
        if serves and key and labels.get(key) != value:
            yield f"port {port.port} is served by pods {labels}, which have no {key}={value}"
        if not serves and port.target_port in ports.values() and (not key or labels.get(key) == value):
            yield f"port {port.target_port} is open on pods {labels} as well, which the Service does not select"


def _secrets(kind: Kind, render: Render, operator: Operator) -> Iterator[str]:
    rendered, users = render.secrets(), list(render.values.get("users") or {})
    for entry in kind.credentials:
        if entry.feature:
            continue  # of another release of the platform
        for user in users if is_by_user(entry.secret) else [""]:
            name = join(entry.secret, release=render.release, name=render.name, user=user)
            keys = {key for word in entry.keys for key in (users if word == "user" else (word,))}
            has = rendered.get(name, set()) | operator.secrets.get(name, frozenset())
            there = holds(entry.when, render.values)
            if entry.late:
                continue  # perhaps there, perhaps not yet
            if there is False:
                if found := keys & has:
                    yield f"Secret {name} has {sorted(found)}, and the catalog says that it has not"
            elif keys - has and (keys or name in rendered):
                yield f"Secret {name} has {sorted(has)}, not {sorted(keys - has)}"


def _pods(kind: Kind, render: Render, operator: Operator) -> Iterator[str]:
    wanted = {label: join(parts, release=render.release, name=render.name) for label, parts in kind.pods.items()}
    found = [labels for labels, _ in render.pods()]
    if wanted and wanted != operator.pods and not any(wanted.items() <= labels.items() for labels in found):
        yield f"no pods with {wanted}: the chart's have {found}, an operator's {operator.pods}"


def shipped(render: Render) -> Kind:
    kind = Catalog.shipped().kind(render.kind)
    assert kind is not None, f"the catalog has no {render.kind}"
    return kind
