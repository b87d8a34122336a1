"""Amounts that a node group reserves: thresholds that contradict each other, and nodes that have no more than that."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from krmfn.topology.checks.chartrules.broken import Broken, Steps
from krmfn.topology.checks.quantities import quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PERCENTAGE = re.compile(r"[0-9]+(\.[0-9]+)?%")
HARD, SOFT = "7%", "10%"
"""The thresholds for eviction that the chart has."""


def thresholds(kubelet: Mapping[str, Any], place: Steps, memory: re.Pattern[str]) -> Iterator[Broken]:
    """What the chart refuses of the thresholds for eviction: other amounts, and a hard one above the soft one.

    `memory` is how the chart spells an amount of memory.
    """
    hard, soft = (kubelet.get(field) or own for field, own in _OWN.items())
    amounts = []
    for field, written in zip(_OWN, (hard, soft), strict=True):
        if not isinstance(written, str):
            return
        percentage, amount = PERCENTAGE.fullmatch(written), memory.fullmatch(written)
        if not percentage and not amount:
            yield Broken((*place, field), "must be a percentage like 7% or a quantity of memory like 500Mi")
            return
        found = Fraction(written.removesuffix("%")) if percentage else quantity(written)
        if percentage and not 0 < (found or 0) <= 100:  # noqa: PLR2004  (a percentage)
            yield Broken((*place, field), "must be more than 0% and at most 100%")
            return
        amounts.append((bool(percentage), found or 0))
    (hard_in_percent, at_least), (soft_in_percent, at_most) = amounts
    field = next((each for each in reversed(_OWN) if kubelet.get(each)), "evictionHardMemory")
    if hard_in_percent != soft_in_percent:
        message = f"must be in the same unit as the other threshold: both a percentage, or both memory ({hard}, {soft})"
        yield Broken((*place, field), message)
    elif at_least >= at_most:
        yield Broken((*place, field), f"evictionHardMemory ({hard}) must be less than evictionSoftMemory ({soft})")


_OWN = {"evictionHardMemory": HARD, "evictionSoftMemory": SOFT}


def too_much(kubelet: Mapping[str, Any], resources: Mapping[str, Any], place: Steps) -> Iterator[Broken]:
    """Reservations must leave something for pods. Where the group sets none, the chart reserves 5 %, within bounds."""
    if not (resources.get("cpu") and resources.get("memory")):
        return
    memory, cpu = quantity(resources["memory"]), quantity(resources["cpu"])
    if memory is not None:
        fields: tuple[str, ...] = ("systemReservedMemory", "kubeReservedMemory", "evictionHardMemory")
        kept = [kubelet.get(field) or own for field, own in zip(fields, (*_share(memory, 2**20), HARD), strict=True)]
        if sum(_amount(each, memory) for each in kept) >= memory:
            yield Broken((*place[:-1], "resources", "memory"), _left_over("memory", "1Gi", fields))
    if cpu is not None:
        fields = ("systemReservedCpu", "kubeReservedCpu")
        kept = [kubelet.get(field) or own for field, own in zip(fields, _share(cpu, Fraction(1, 1000)), strict=True)]
        if sum(_amount(each, cpu) for each in kept) >= cpu:
            yield Broken((*place[:-1], "resources", "cpu"), _left_over("cpu", "1", fields))


def _left_over(resource: str, like: str, fields: tuple[str, ...]) -> str:
    return (
        f"leaves nothing for pods after what {', '.join(fields)} reserve; raise it, for example to {like}, or lower "
        f"these fields of kubelet: together they must be less than resources.{resource}"
    )


_BOUNDS = {2**20: (256, 1024), Fraction(1, 1000): (50, 500)}
"""The least and the most that the chart reserves, in MiB and in thousandths of a CPU."""


def _share(whole: Fraction, unit: Fraction | int) -> tuple[Fraction, Fraction]:
    """What the chart reserves by default, for the system and for the kubelet."""
    least, most = _BOUNDS[unit]
    kept = min(max(int(int(whole / unit) * Fraction(1, 20)), least), most) * Fraction(unit)
    return kept, kept


def _amount(written: Any, whole: Fraction) -> Fraction:
    if isinstance(written, Fraction):
        return written
    if isinstance(written, str) and PERCENTAGE.fullmatch(written):
        return Fraction(written.removesuffix("%")) / 100 * whole
    return quantity(written) or Fraction()
