"""The quick reader: reads block YAML line by line, as kustomize, kpt and most people write it.

Whatever it does not know, and whatever is wrong, it leaves to the exact reader: the answer is then None. What it does
know it reads as the exact reader does (tests/test_yaml_quick.py).
"""

from typing import Any

from krmfn.yaml.lines import KEPT, NOTHING, OPEN, STRIPPED, line_of

DEEPEST = 100


def value_of(lines: list[str]) -> Any:  # noqa: C901, PLR0911, PLR0912  (one loop: most of the time is spent here)
    """The mapping or the list that the lines are; None if there is no line, or one is not known."""
    first = next((text for text in lines if text.lstrip(" ")[:1] not in {"", "#"}), "")
    here = len(first) - len(first.lstrip(" "))  # the column of the keys or dashes that are read
    root: Any = [] if first.startswith(("- ", "-"), here) else {}
    target: Any = root  # the innermost mapping or list that is open
    pending: Any = None  # the key or the index of its last value, where that is OPEN
    outer: list[tuple[Any, int]] = []
    block_end = 0
    for number, text in enumerate(lines):
        if number < block_end:
            continue
        line = line_of(text)
        if line is None:
            return None
        if line is NOTHING:
            continue
        while True:
            at, key, value = line
            if at > here or (key is None and at == here and target.__class__ is dict):
                if pending is None or len(outer) > DEEPEST:
                    return None
                outer.append((target, here))
                inner: Any = [] if key is None else {}
                target[pending] = inner
                target, here = inner, at
            else:
                while at < here or (key is not None and target.__class__ is list):
                    if not outer:
                        return None
                    target, here = outer.pop()
                if at != here:
                    return None
            if key is not None:
                if key in target:
                    return None
                target[key] = value
                pending = key
                break
            if target.__class__ is not list:
                return None
            target.append(value)
            pending = -1
            if value.__class__ is not tuple:
                break
            line = value
        if value is OPEN:
            target[pending] = None
        elif value is KEPT or value is STRIPPED:
            block_end, block = _block(lines, number + 1, at)
            if not block:
                return None
            target[pending] = block if value is KEPT else block[:-1]
            pending = None
        else:
            pending = None
    return root or None


def _block(lines: list[str], begin: int, column: int) -> tuple[int, str]:
    """The line after a literal text that is indented by more than a column, and the text; empty if it is not known."""
    end = begin
    while end < len(lines) and not lines[end]:
        end += 1
    first = lines[end] if end < len(lines) else ""
    indent = len(first) - len(first.lstrip(" "))
    if indent <= column or indent == len(first) or first[indent] == "\t":
        return end, ""
    while end < len(lines):
        text = lines[end]
        blanks = len(text) - len(text.lstrip(" "))
        if blanks < min(indent, len(text)):
            # The text has ended; what is deeper than its key is not known (value_of).
            break
        if blanks == len(text) > indent:
            return end, ""
        end += 1
    found = [text[indent:] for text in lines[begin:end]]
    while not found[-1]:
        found.pop()
    return end, "\n".join((*found, "")) if "".join(found).replace("\t", "").isprintable() else ""


def documents(source: str) -> list[Any] | None:
    """The documents of a text, without the empty ones; None if one of them is not known."""
    if source and not source.endswith("\n"):
        return None
    lines = source.split("\n")
    found: list[Any] = []
    begin = 0
    for end in (*(number for number, line in enumerate(lines) if line == "---"), len(lines)):
        document = value_of(lines[begin:end])
        if document is None and not all(line_of(line) is NOTHING for line in lines[begin:end]):
            return None
        found += [] if document is None else [document]
        begin = end + 1
    return found
