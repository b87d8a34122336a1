"""Findings that only `krmfn check` makes, because they need a whole repository: lines that change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.declarations import Role, role_of
from krmfn.declarations.accepted import SplitFindings, split_accepted
from krmfn.reach.idle import idle_connections
from krmfn.resourcelist import group_of, origin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from krmfn.cli.inputs.expansions import Side
    from krmfn.results import Result
    from krmfn.topology import Tenant

    Policies = Callable[[str], Iterable[Result]]

GROUPS = {"cilium.io", "networking.k8s.io", "policy.networking.k8s.io"}


def without_effect(found: Side) -> SplitFindings:
    """Warnings for lines that change nothing, of sound namespaces, and those that their configuration accepts."""
    if found.refused:
        return SplitFindings(())
    of_policies = _policies(found)
    configs = {origin_of(each).resource: each for each in found.configs.values()}
    told: list[SplitFindings] = []
    for each in found.expansions:
        if each.declared and each.topology:
            results = _results(each.topology.tenants, found, of_policies)
            told.append(split_accepted(results, configs.get(each.declared.options.origin.resource), by_check=True))
    return SplitFindings(
        tuple(result for each in told for result in each.reported),
        tuple(accepted for each in told for accepted in each.accepted),
    )


def _results(tenants: Mapping[str, Tenant], found: Side, of_policies: Policies) -> Iterator[Result]:
    for namespace, tenant in tenants.items():
        if namespace not in found.at_fault:
            yield from idle_connections(tenant)
            yield from of_policies(namespace)


def _policies(found: Side) -> Policies:
    """What judges the policies beside the declarations of a namespace; loads nothing where there are none."""
    if not any(group_of(each) in GROUPS and role_of(each) is not Role.GENERATED for each in found.items):
        return lambda _: ()
    from krmfn.cli.reach.world import world_of  # noqa: PLC0415
    from krmfn.reach.ineffective import ineffective  # noqa: PLC0415

    world = world_of(found, without=found.at_fault)
    return lambda namespace: ineffective(world, namespace)
