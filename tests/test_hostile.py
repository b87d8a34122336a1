"""Hostile declarations: each case called refused-hostile-… is something that a tenant who may commit would try."""

from __future__ import annotations

from pathlib import Path

import pytest

from krmfn import function, resourcelist
from krmfn.results import Severity

FOLDERS = sorted(path.parent for path in (Path(__file__).with_name("cases")).glob("refused-hostile-*/input.yaml"))
AS_MANY_AS_WERE_ASKED_FOR = 40


def test_there_are_enough() -> None:
    """A folder that is not found would pass the rest."""
    assert len(FOLDERS) >= AS_MANY_AS_WERE_ASKED_FOR


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_refused_with_code_resource_and_field(folder: Path) -> None:
    """Every error says which object and which field, and what comes back is what was given: nothing is emitted."""
    given = resourcelist.load((folder / "input.yaml").read_bytes())
    answer = function.run(given)
    errors = [result for result in answer.results if result.severity is Severity.ERROR]
    assert errors
    assert all(error.code and error.resource and error.field for error in errors)
    assert answer.items == given.items
