"""Tenants do not know each other: many rendered together come to what each comes to alone (R12)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import function, resourcelist
from krmfn.declarations import Role, role_of
from krmfn.resourcelist import ResourceList, identity
from tests import laws
from tests.laws import ANSWERED, REVIEWED

if TYPE_CHECKING:
    from pathlib import Path

    from krmfn.resourcelist import Resource

TENANT = "tenant-acme"
CLUSTER_SCOPED = ("ApplicationDefinition", "ComponentProfile", "IsolationProfile")
INLINE = ("clusters", "apps", "placements", "meshes")


def config_of(folder: Path) -> str:
    """The configuration as text, without whose it is: tenants with the same one can be put together."""
    config = laws.given(folder).function_config
    return json.dumps({**config, "metadata": {"name": "all"}} if config else None, sort_keys=True)


def fits(folder: Path) -> bool:
    """A case of one tenant whose declarations stand among the items; what has no namespace is all tenants'.

    A validator, which gives nothing back, has nothing to compare.
    """
    given = laws.given(folder)
    spec: dict[str, Any] = (given.function_config or {}).get("spec") or {}
    return (
        {identity(item).namespace for item in given.items} in ({TENANT}, {TENANT, ""})
        and all(role_of(item) in {Role.DECLARATION, Role.DEFINITION} for item in given.items)
        and not any(spec.get(field) for field in INLINE)
        and spec.get("scope") != "platform"
        # A declaration that names no namespace takes that of its run, of which there is one.
        and all(identity(item).namespace or identity(item).kind in CLUSTER_SCOPED for item in given.items)
        and "\nitems: []\n" not in REVIEWED[folder]
    )


def moved(value: Any, namespace: str) -> Any:
    """The same in another tenant's namespace."""
    if isinstance(value, dict):
        return {key: moved(inner, namespace) for key, inner in value.items()}
    if isinstance(value, list):
        return [moved(inner, namespace) for inner in value]
    return value.replace(TENANT, namespace) if isinstance(value, str) else value


def generated(given: ResourceList) -> list[str]:
    """What a run writes, each object as text, in order of the texts."""
    answer = function.run(given)
    made: list[Resource] = [item for item in answer.items if role_of(item) is Role.GENERATED]
    return sorted(resourcelist.dump(ResourceList((item,))) for item in made)


FITTING = [folder for folder in ANSWERED if fits(folder)]
ALONE = [folder for folder in FITTING if all(identity(item).namespace for item in laws.given(folder).items)]
GROUPS = {config: [each for each in ALONE if config_of(each) == config] for config in map(config_of, ALONE)}
TOGETHER = {config: folders for config, folders in GROUPS.items() if len(folders) > 1}


def assert_union(items: list[tuple[Resource, ...]], config: Any) -> None:
    """Tenants with one configuration, each in a namespace of its own: together they write what each writes alone."""
    tenants = [
        tuple(moved(item, f"tenant-u{i}") if identity(item).namespace else item for item in each)
        for i, each in enumerate(items)
    ]
    # What has no namespace is there once.
    union = {identity(item): item for each in tenants for item in each}
    alone = sorted(text for each in tenants for text in generated(ResourceList(each, config)))
    assert alone
    assert generated(ResourceList(tuple(union.values()), config)) == alone


@pytest.mark.parametrize("folder", FITTING, ids=lambda folder: folder.name)
def test_two_tenants_with_the_same_declarations(folder: Path) -> None:
    """The render of a union is the union of renders: a case, in two namespaces."""
    assert_union([laws.given(folder).items] * 2, json.loads(config_of(folder)))


@pytest.mark.parametrize("config", TOGETHER, ids=lambda config: f"{len(TOGETHER[config])} tenants")
def test_many_tenants_with_other_declarations(config: str) -> None:
    """The render of a union is the union of renders: all cases of one configuration, each in its own namespace."""
    assert_union([laws.given(folder).items for folder in TOGETHER[config]], json.loads(config))


def test_there_are_many_tenants_to_put_together() -> None:
    """The law is about many cases, and some of its tenants have fenced clusters."""
    assert len(FITTING) > 60
    assert any('"objectsChart"' in config for config in TOGETHER)
