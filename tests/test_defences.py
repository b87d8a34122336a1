"""The threat model of docs/security.md: every row has a defence that can be taken out, or a test elsewhere."""

from __future__ import annotations

import pytest

from tests.defences import DEFENCES, ELSEWHERE, ROOT, rows


def test_every_row_can_be_tried() -> None:
    """`make defences` takes out what a row names and sees its test fail; rows of other storeys are listed as such."""
    assert rows().keys() == DEFENCES.keys() | ELSEWHERE.keys()
    assert not DEFENCES.keys() & ELSEWHERE.keys()
    assert all(rows().values())


@pytest.mark.parametrize("attack", DEFENCES | ELSEWHERE)
def test_a_defence_is_where_it_is_taken_out(attack: str) -> None:
    """The text that is changed is in its file: a change that changes nothing would show nothing."""
    defences = (DEFENCES | ELSEWHERE)[attack]
    assert defences
    for defence in defences:
        text = (ROOT / defence.file).read_text(encoding="utf-8")
        assert defence.changes
        assert [old for old, new in defence.changes if old not in text or old == new] == []
