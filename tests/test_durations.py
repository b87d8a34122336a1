"""Durations: written as Go writes them, and refused where Flux could not count them."""

from __future__ import annotations

import pytest

from krmfn.topology.checks.durations import canonical, is_duration


@pytest.mark.parametrize(
    ("written", "go"),
    [
        ("0s", "0s"),
        ("5m", "5m0s"),
        ("90s", "1m30s"),
        ("1h", "1h0m0s"),
        ("1.5h", "1h30m0s"),
        ("1h2m3.5s", "1h2m3.5s"),
        ("1.5s", "1.5s"),
        ("500ms", "500ms"),
        ("1.5ms", "1.5ms"),
        ("0.001s", "1ms"),
        ("1.0000001s", "1.0000001s"),
        ("2540400h", "2540400h0m0s"),
    ],
)
def test_a_duration_is_written_as_go_writes_it(written: str, go: str) -> None:
    """The text is what Go's time.ParseDuration and then Duration.String make of it."""
    assert is_duration(written)
    assert canonical(written) == go


@pytest.mark.parametrize("text", ["", "5", "1d", "5m ", "m5", "-5m", "0.5ms", "2562048h", "1" * 17 + "s"])
def test_what_flux_cannot_count_is_no_duration(text: str) -> None:
    """No days, no sign, nothing under a millisecond, which Go would write in µs, and no more than 292 years."""
    assert not is_duration(text)
