"""What fuzzing starts from, and what it found once: each text of tests/fuzz/corpus ends well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fuzz.targets import CORPUS, TARGETS

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = sorted(CORPUS.glob("*/*"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_text_of_the_corpus_ends_well(path: Path) -> None:
    """A target fails on nothing but what it is known to raise."""
    TARGETS[path.parent.name](path.read_bytes())


def test_every_target_has_a_corpus() -> None:
    """And every corpus a target."""
    assert {path.parent.name for path in TEXTS} == set(TARGETS)
