"""Which known name an unknown one is taken for, and which not (R16)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krmfn.lookalikes import did_you_mean, difference, meant

GROUPS = ("krmfn.dev", "apps.cozystack.io", "cozystack.io")
FIELDS = ("replicas", "resources", "storageClass", "size", "tls", "v8")


@pytest.mark.parametrize(
    ("written", "known", "mistakes", "name"),
    [
        ("krmfn.dev", GROUPS, 1, ""),
        ("Krmfn.Dev", GROUPS, 1, "krmfn.dev"),
        ("krmfm.dev", GROUPS, 1, "krmfn.dev"),
        ("krnfm.dev", GROUPS, 1, ""),
        ("krmfn.d\u0435v", GROUPS, 1, "krmfn.dev"),
        ("k\u0440mfn.dev", GROUPS, 1, "krmfn.dev"),
        ("krmfn.\u03b4\u03b5\u03c5", GROUPS, 1, "krmfn.dev"),
        ("\uff4b\uff52\uff4d\uff46\uff4e.dev", GROUPS, 1, "krmfn.dev"),
        ("krmfn.dev" + "\u200b" * 100, GROUPS, 1, "krmfn.dev"),
        (" krmfn.dev", GROUPS, 1, "krmfn.dev"),
        ("cozy-stack.io", GROUPS, 1, "cozystack.io"),
        ("app.cozystack.io", GROUPS, 1, "apps.cozystack.io"),
        ("backups.cozystack.io", GROUPS, 1, ""),
        ("\u516c\u53f8\u516c\u53f8\u516c.\u516c\u53f8\u516c", GROUPS, 1, ""),
        ("replcias", FIELDS, 2, "replicas"),
        ("repilcsa", FIELDS, 2, "replicas"),
        ("erpilcsa", FIELDS, 2, ""),
        ("storage_class", FIELDS, 2, "storageClass"),
        ("sise", FIELDS, 2, "size"),
        ("seis", FIELDS, 2, ""),
        ("tsl", FIELDS, 2, "tls"),
        ("v9", FIELDS, 2, ""),
        ("\u0446\u0432\u0435\u0442", FIELDS, 2, ""),
        ("", FIELDS, 2, ""),
    ],
)
def test_what_a_name_is_taken_for(written: str, known: tuple[str, ...], mistakes: int, name: str) -> None:
    """A look-alike and a typing mistake are, another word is not."""
    assert meant(written, known, mistakes) == name
    assert meant(written, reversed(known), mistakes) == name


@given(st.sampled_from(FIELDS[:3]), st.integers(0, 7), st.characters(codec="utf-8"))
def test_one_character_too_many_hides_no_name(name: str, place: int, character: str) -> None:
    """Whatever it is and wherever it stands: the name is suggested, and a character outside ASCII is pointed out."""
    written = name[:place] + character + name[place:]
    assert meant(written, FIELDS, mistakes=1) == name
    assert f'did you mean "{name}"?' in did_you_mean(written, FIELDS)
    assert difference(written) or character.isascii()


@pytest.mark.parametrize(
    ("written", "note"),
    [
        ("lab", ""),
        ("my lab", " (it contains a space)"),
        ("l\u0430b", ' ("\u0430" is U+0430, CYRILLIC SMALL LETTER A)'),
        ("la\u200bb", " (it contains U+200B, which is invisible)"),
        ("lab\ue000", ' ("\ue000" is U+E000, an unnamed character)'),
    ],
)
def test_what_is_said_of_a_character(written: str, note: str) -> None:
    """A reader who cannot see the difference is told which character it is."""
    assert difference(written) == note
