"""What a comparison of topologies sees of each object is what is written, field by field: it reads no manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from krmfn import resources
from krmfn.changes import manifestpaths
from krmfn.changes.fencechanges import fence_changes
from krmfn.changes.manifestpaths import HELM_RELEASE
from krmfn.changes.picture import pictured
from krmfn.changes.ways import opened
from krmfn.resourcelist import identity
from krmfn.resources.helmrelease import helm_release
from tests.laws import ANSWERED
from tests.test_changes import RELEASE, of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.topology import Tenant, Topology
    from krmfn.topology.model.fences import Boundary, EgressPolicy
    from krmfn.topology.model.releases import Release
    from krmfn.topology.model.tenants import Platform

FOLLOWS = {"apiVersion", "kind", "spec.driftDetection", "spec.install.strategy.name", "spec.upgrade.strategy.name"}
"""What is the same for all releases, or follows from where one runs."""


def tenants() -> list[Tenant]:
    return [tenant for folder in ANSWERED for tenant in of(folder).tenants.values()]


def releases() -> list[Release]:
    found = [each for tenant in tenants() for each in tenant.releases]
    return [*found, *(each.release for each in boundaries())]


def egress() -> list[EgressPolicy]:
    return [each for tenant in tenants() for each in tenant.egress]


def boundaries() -> list[Boundary]:
    return [each for tenant in tenants() for each in tenant.boundaries]


def platforms() -> list[Platform]:
    return [each for folder in ANSWERED if (each := of(folder).platform)]


def taken_out(manifest: Any, path: str) -> Any:
    """What stands at a path, which is no longer in the manifest afterwards."""
    *above, last = path.split(".")
    for step in above:
        manifest = manifest.get(step, {})
    return manifest.pop(last, None)


def left_over(manifest: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(manifest, dict):
        for key, value in manifest.items():
            yield from left_over(value, (*path, key))
    else:
        yield ".".join(path)


def test_every_field_of_a_manifest_is_in_the_table() -> None:
    """What stands at each path of the table is what is written there, and nothing is written beside."""
    assert len(releases()) > 100
    for release in releases():
        manifest, table = helm_release(release), manifestpaths.helm_release(release)
        patched, monitors = taken_out(manifest, "spec.postRenderers"), table.pop("spec.postRenderers", ())
        assert bool(patched) == bool(monitors)
        assert all(each in str(patched) for each in monitors)
        for path, value in table.items():
            assert taken_out(manifest, path) == value, (release.name, path)
        taken_out(manifest, "spec.driftDetection")
        assert set(left_over(manifest)) <= FOLLOWS


def test_every_path_of_the_table_is_in_some_manifest() -> None:
    """A path of the table that no case has would be one that nobody has looked at."""
    used = {path for release in releases() for path in manifestpaths.helm_release(release)}
    assert {row.path for row in HELM_RELEASE} - used == set()


def variants(records: list[Any], base: Any) -> Iterator[Any]:
    """The record with each value that one field has in any other."""
    for field in type(base)._fields:
        seen: list[Any] = []
        for each in records:
            value = getattr(each, field)
            if (
                field not in {"origin", "namespace", "fence", "release"}
                and value != getattr(base, field)
                and value not in seen
            ):
                seen.append(value)
                yield base._replace(**{field: value})


def with_first(tenant: Tenant, field: str, record: Any) -> Tenant:
    """The tenant with another first record of a field."""
    changed: dict[str, Any] = {field: (record, *getattr(tenant, field)[1:])}
    return tenant._replace(**changed)


def key_of(resource: Resource) -> tuple[str, str]:
    there = identity(resource)
    return there.kind, there.name


def objects(topology: Topology) -> dict[tuple[str, str], Any]:
    return {key_of(each.resource): each.resource for each in resources.emit(topology)}


def differ(before: Topology, after: Topology) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """The objects that a comparison takes for other ones, and those whose manifests are."""
    old, new = objects(before), objects(after)
    ours = [
        {key: each for said in pictured((topology,)).declared.values() for key, each in said.objects.items()}
        for topology in (before, after)
    ]
    was, will = ours
    seen = {
        (key.kind, key.name)
        for key in {**was, **will}
        if key not in was or key not in will or was[key].differing(will[key])
    }
    return seen, {key for key in {**old, **new} if old.get(key) != new.get(key)}


def test_a_release_differs_where_its_manifest_does() -> None:
    """Whatever one field becomes, a comparison sees a change exactly where another manifest is written."""
    count = 0
    for base in (RELEASE, next(each for each in releases() if each.remote is None)):
        for each in variants(releases(), base):
            count += 1
            said = manifestpaths.helm_release(base) != manifestpaths.helm_release(each)
            assert said == (helm_release(base) != helm_release(each)), each
    assert count > 100


@pytest.mark.parametrize("field", ["egress", "boundaries", "admission", "meshes"])
def test_a_fence_differs_where_its_manifest_does(field: str) -> None:
    """And likewise what fences a cluster: no change of a policy is missed, and none is told that is none."""
    records = [each for tenant in tenants() for each in getattr(tenant, field)]
    count = 0
    for folder in ANSWERED:
        for name, tenant in of(folder).tenants.items():
            for base in getattr(tenant, field)[:1]:
                for each in variants(records, base):
                    count += 1
                    after = with_first(tenant, field, each)
                    topologies = [of(folder)._replace(tenants={name: side}) for side in (tenant, after)]
                    seen, are = differ(*topologies)
                    assert seen == are, each
                    if count > 400:
                        return
    assert count > 5


def test_the_platform_differs_where_its_manifests_do() -> None:
    """And what is installed once: each guard is made of the fields that the table names, and of no other."""
    count = 0
    for folder in (each for each in ANSWERED if of(each).platform):
        base = of(folder).platform
        assert base
        for each in variants(platforms(), base):
            count += 1
            seen, are = differ(of(folder), of(folder)._replace(platform=each))
            assert seen == are, each
    assert count > 5


def test_no_change_of_a_fence_is_told_by_nothing() -> None:
    """Whatever is written anew around nodes or inside a cluster, a reviewer reads a field, a way or a sentence."""
    count = 0
    for folder in ANSWERED:
        for name, tenant in of(folder).tenants.items():
            for field, records in (("egress", egress()), ("boundaries", boundaries())):
                for base in getattr(tenant, field)[:1]:
                    for each in variants(records, base):
                        after = with_first(tenant, field, each)
                        sides = [pictured((of(folder)._replace(tenants={name: side}),)) for side in (tenant, after)]
                        seen, _ = differ(*(of(folder)._replace(tenants={name: side}) for side in (tenant, after)))
                        told = [
                            (*fence_changes(old, new), *opened(old.ways, new.ways), *opened(new.ways, old.ways))
                            for old, new in (
                                (sides[0].declared[key], sides[1].declared[key]) for key in sides[0].declared
                            )
                        ]
                        count += bool(seen)
                        assert not seen or any(told), each
                        if count > 300:
                            return
    assert count > 20
