"""Durations as Flux and Go write them."""

from __future__ import annotations

import re

_PATTERN = re.compile(r"([0-9]+)(?:\.([0-9]+))?(ms|s|m|h)")
MAX_LENGTH = 16
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}


def is_duration(text: str) -> bool:
    """Whether Flux's CRDs take it: `90s`, `1h30m`, `1.5h`; no days."""
    return 0 < len(text) <= MAX_LENGTH and _PATTERN.sub("", text) == ""


def canonical(text: str) -> str:
    """The duration as Go writes it, and so as the platform's API does: `10m` is `10m0s`.

    Source: https://pkg.go.dev/time#Duration.String
    """
    total = 0.0
    for whole, fraction, unit in _PATTERN.findall(text):
        total += float(f"{whole}.{fraction or 0}") * _MILLISECONDS[unit]
    milliseconds = round(total)
    if milliseconds < _MILLISECONDS["s"]:
        return f"{milliseconds}ms" if milliseconds else "0s"
    hours, rest = divmod(milliseconds, _MILLISECONDS["h"])
    minutes, rest = divmod(rest, _MILLISECONDS["m"])
    seconds = f"{rest / 1_000:g}s"
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds
