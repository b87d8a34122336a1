"""Durations as Flux and Go write them."""

from __future__ import annotations

import re

_PATTERN = re.compile(r"([0-9]+)(?:\.([0-9]+))?(ms|s|m|h)")
_NANOSECONDS = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3_600 * 10**9}
_SECOND = _NANOSECONDS["s"]
MAX_LENGTH = 16
SHORTEST = _NANOSECONDS["ms"]
"""In nanoseconds: below, Go writes `500µs`, which Flux's schema refuses."""
LONGEST = 2**63 - 1
"""What a Go duration holds, 292 years. Flux's schema takes more, and then no controller reads any of its objects."""


def is_duration(text: str) -> bool:
    """Whether Flux takes it: `90s`, `1h30m`, `1.5h`; no days, and no more than Go can hold."""
    return 0 < len(text) <= MAX_LENGTH and _PATTERN.sub("", text) == "" and not out_of_range(text)


def out_of_range(text: str) -> str:
    """What is wrong with how long it is; empty where nothing is."""
    total = _nanoseconds(text)
    if 0 < total < SHORTEST:
        return "is shorter than Flux can count; the least is 1ms"
    return "is longer than Flux can count; a day is 24h" if total > LONGEST else ""


def canonical(text: str) -> str:
    """The duration as Go writes it, and so as the platform's API does: `10m` is `10m0s`.

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
    """The number in units, without needless zeros."""
    whole, rest = divmod(number, unit)
    digits = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)
