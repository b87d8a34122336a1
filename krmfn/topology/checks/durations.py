"""Durations as Flux and Go write them."""

from __future__ import annotations

import re
from functools import cache

_PATTERN = re.compile(r"([0-9]+)(?:\.([0-9]+))?(ms|s|m|h)")
_NANOSECONDS = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3_600 * 10**9}
_SECOND = _NANOSECONDS["s"]
MAX_LENGTH = 16
SHORTEST = _NANOSECONDS["ms"]
"""In nanoseconds. Go writes a shorter duration as `500µs`, which Flux's schema refuses."""
LONGEST = 2**63 - 1
"""The longest Go duration, 292 years. Flux's schema accepts more, but then its controllers can read none of their
objects."""


def is_duration(text: str) -> bool:
    """True if Flux accepts the duration: `90s`, `1h30m`, `1.5h`; no days, and not longer than Go allows."""
    return 0 < len(text) <= MAX_LENGTH and _PATTERN.sub("", text) == "" and not out_of_range(text)


def out_of_range(text: str) -> str:
    """The message if the duration is too short or too long; empty if it is not."""
    total = _nanoseconds(text)
    if 0 < total < SHORTEST:
        return "is too short for Flux; the minimum is 1ms"
    return "is too long for Flux, which allows at most 292 years; a day is 24h" if total > LONGEST else ""


@cache
def canonical(text: str) -> str:
    """The duration as Go and the platform's API write it: `10m` becomes `10m0s`.

    Source: https://pkg.go.dev/time#Duration.String
    """
    total = _nanoseconds(text)
    if 0 < total < _SECOND:
        return f"{_decimal(total, SHORTEST)}ms"
    hours, rest = divmod(total, _NANOSECONDS["h"])
    minutes, rest = divmod(rest, _NANOSECONDS["m"])
    seconds = f"{_decimal(rest, _SECOND)}s"
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds


def _nanoseconds(text: str) -> int:
    return sum(
        (int(whole + fraction) * _NANOSECONDS[unit]) // 10 ** len(fraction)
        for whole, fraction, unit in _PATTERN.findall(text)
    )


def _decimal(number: int, unit: int) -> str:
    """The number in units, without trailing zeros."""
    whole, rest = divmod(number, unit)
    digits = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)
