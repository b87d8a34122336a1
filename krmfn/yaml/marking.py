"""Adds an annotation to an item's source text, and leaves the rest of the text unchanged."""

from __future__ import annotations

METADATA = ("  metadata:", "- metadata:")
ANNOTATIONS = "    annotations:"


def with_annotation(source: str, key: str, value: str) -> str:
    """The text of an item of a list at column 0, with one more annotation; empty if that is not possible.

    Args:
        source: as `load_envelope` returns it.
        key: an annotation that the item does not have; must not need quotes.
        value: written in double quotes; must not need escapes.

    Returns:
        Empty if the layout is not that of kustomize and kpt. The caller then writes the whole item again.
    """
    lines = source.split("\n")
    start = next((i for i, line in enumerate(lines) if line in METADATA), None)
    if (
        start is None
        or _indent(lines[start + 1]) != _indent(ANNOTATIONS)
        or not all(_is_plain_entry(line[2:]) or line.lstrip("- ")[:1] == "#" for line in lines[:start])
    ):
        return ""
    for i in range(start + 1, len(lines)):
        if not lines[i].startswith("    "):
            # The metadata ends here without annotations.
            return _with_lines(lines, i, [ANNOTATIONS, f'      {key}: "{value}"'])
        if not _is_plain_entry(lines[i]):
            return ""
        if lines[i].startswith(ANNOTATIONS.rstrip(":")) and lines[i] != ANNOTATIONS:
            return ""
        if lines[i] == ANNOTATIONS:
            below = lines[i + 1]
            is_block = _indent(below) > _indent(ANNOTATIONS) and _is_plain_entry(below)
            return _with_lines(lines, i + 1, [f'{" " * _indent(below)}{key}: "{value}"']) if is_block else ""
    return ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _with_lines(lines: list[str], at: int, more: list[str]) -> str:
    return "\n".join([*lines[:at], *more, *lines[at:]])


def _is_plain_entry(line: str) -> bool:
    """True if the line is a complete `key:` or `key: value`, so that the next line cannot be part of its scalar."""
    key, colon, value = line.strip().partition(":")
    if not colon or not key.replace("/", "").replace(".", "").replace("-", "").replace("_", "").isalnum():
        return False
    value = value.strip()
    if value[:1] in {'"', "'"}:
        return len(value) > 1 and value[-1] == value[0] and value[0] not in value[1:-1]
    return value[:1] not in set("|>&*!{[?-#") and "\t" not in line
