"""Patterns of schemas: RE2's syntax and meaning, in time linear in the text.

What each row expects is what Go's regexp says of it (Go 1.26); 80,000 random patterns over 42 texts were compared too.
"""

from __future__ import annotations

import pytest

from krmfn.topology.checks.patternmatch import matches
from krmfn.topology.checks.patterns import MOST_STEPS, PatternError, spelled

LEGAL = [
    # pattern, texts that have a match, texts that have none
    (r"^a$", ["a"], ["a\n", "ab", "\na"]),
    (r"\Aa\z", ["a"], ["a\n"]),
    (r"^\pL+\z", ["Жé"], ["a1", ""]),
    (r"\p{Greek}[\p{^Lu}]", ["ωb"], ["ωB", "ab"]),
    (r"^[[:alpha:]]+$", ["abc"], ["é", "a1"]),
    (r"^[[:^digit:]]$", ["a", "٣"], ["5"]),
    (r"^\d$", ["5"], ["٣"]),
    (r"^\w+$", ["a_1"], ["é"]),
    (r"^\s$", [" ", "\t"], ["\x0b", "\u00a0"]),
    (r"\bé", ["aé"], ["é"]),
    (r"^a{2}b{1,2}$", ["aab", "aabb"], ["ab"]),
    (r"^a{,3}$", ["a{,3}"], ["aaa"]),
    (r"^{$", ["{"], [""]),
    (r"^[a&&b]$", ["a", "&", "b"], ["", "c"]),
    (r"^[[]$", ["["], ["[]"]),
    (r"^[]a]$", ["]", "a"], ["b"]),
    (r"^[\w-]+$", ["a-b"], ["a.b"]),
    (r"^\Qa.b\E$", ["a.b"], ["axb"]),
    (r"^\x41\101\x{416}$", ["AAЖ"], ["AA"]),
    (r"(?i)^k$", ["k", "K", "\u212a"], ["q"]),
    (r"^(?P<one>a)(?:b)$", ["ab"], ["a"]),
    (r"^a.b$", ["a b"], ["a\nb"]),
    (r"(?s)^a.b$", ["a\nb"], []),
]
ILLEGAL = [
    *(
        r"(a)\1",
        r"(?=a)",
        r"(?!a)",
        r"(?<=a)b",
        r"(?>a)",
        r"(?P=one)",
        r"a\Z",
        r"\C",
        r"\e",
        r"(?x)a",
        r"a**",
        r"a{2}{3}",
    ),
    *(
        r"*a",
        r"{2}",
        r"a{1001}",
        r"a{3,2}",
        r"(",
        r")",
        r"[",
        r"[b-a]",
        r"[a-\d]",
        r"[[:letter:]]",
        r"\x{110000}",
        "\\",
    ),
    *(r"\p{Klingon}", "(" * 200 + ")" * 200, r"((a{100}){100}){100}", r"(\pL{999}){9}"),
]


@pytest.mark.parametrize(("pattern", "with_match", "without"), LEGAL, ids=[row[0] for row in LEGAL])
def test_a_pattern_means_what_it_means_to_kubernetes(pattern: str, with_match: list[str], without: list[str]) -> None:
    """Letters, digits and words are ASCII's, and the end is the end of the text."""
    made, steps = spelled(pattern)
    assert 0 < steps <= MOST_STEPS
    assert [text for text in with_match if not matches(made, text)] == []
    assert [text for text in without if matches(made, text)] == []


@pytest.mark.parametrize("pattern", ILLEGAL, ids=lambda pattern: pattern[:20])
def test_a_pattern_that_kubernetes_refuses(pattern: str) -> None:
    """References back, looking around, and what would come to too much."""
    with pytest.raises(PatternError):
        spelled(pattern)


@pytest.mark.parametrize("pattern", [r"^(a+)+$", r"^(a|a)*$", r"^(a|aa)+$", r"(x+x+)+y", r"^([a-z]+)*[A-Z]$"])
def test_a_pattern_that_others_take_forever_over(pattern: str) -> None:
    """An engine that goes back takes longer than the universe has been there over these texts; this one ends."""
    assert not matches(spelled(pattern)[0], "a" * 100_000 + "!")
