"""How a scalar is written so that every YAML 1.1 and 1.2 reader reads the same value."""

from krmfn.yaml.plain import PLAIN_BOOLS, is_finite

MAX_KEY = 1000  # readers look for the colon of a key only within 1,024 characters

_WORDS = frozenset({"null", "true", "false", *(word.lower() for word in PLAIN_BOOLS)})
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_FIRST = frozenset(_LETTERS + _LETTERS.upper() + "/_$(")
_NUMERIC_FIRST = frozenset("0123456789+-.")
# In every reader, numbers, dates, times and sexagesimals consist of these characters only.
_NUMERIC = frozenset("0123456789_+-.,:eobtz ")
_ESCAPES = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA1), 0xAD)},
    **dict(zip(map(ord, '\\"\n\t\r'), ("\\\\", '\\"', "\\n", "\\t", "\\r"), strict=True)),
}
_QUOTABLE = frozenset('"\\')  # must be escaped inside quotes, but do not require quotes
# Outside ASCII: invisible, line-breaking, text-reordering and unassigned characters. A fixed list, because Python's own
# tables change with its version.
_SPECIAL = (
    (0x7F, 0xA0), (0xAD, 0xAD), (0x061C, 0x061C), (0x180E, 0x180E), (0x2000, 0x200F), (0x2028, 0x202F),
    (0x205F, 0x206F), (0xD800, 0xF8FF), (0xFEFF, 0xFEFF), (0xFFF0, 0xFFFF), (0xE0000, 0x10FFFF),
)  # fmt: skip


def quoted_or_plain(text: str) -> str:
    """Return the text as a scalar on one line."""
    if _is_plain(text):
        return text
    if text.isascii():
        return f'"{text.translate(_ESCAPES)}"'
    return '"' + "".join(map(_escaped, text)) + '"'


def _is_plain(text: str) -> bool:
    first = text[:1]
    if first in _FIRST:
        if text[0] in "nNtTfFyYoO" and text.lower() in _WORDS:
            return False
    elif first in _NUMERIC_FIRST:
        if _may_be_number(text.lower()):
            return False
    elif first.isascii():
        return False
    return _is_printable(text) and text[-1] not in ": " and ": " not in text and " #" not in text


def _may_be_number(text: str) -> bool:
    """True if a reader may take the text for a number or a time, or its first character for syntax."""
    digits = text.lstrip("+-")
    return (
        _NUMERIC.issuperset(text) or digits.startswith(("0x", ".inf", ".nan")) or text.startswith(("- ", "---", "..."))
    )


def _is_printable(text: str) -> bool:
    if text.isascii():
        return text.isprintable()
    return not any(ord(character) in _ESCAPES or _is_special(ord(character)) for character in set(text) - _QUOTABLE)


def _escaped(character: str) -> str:
    code = ord(character)
    if code in _ESCAPES or not _is_special(code):
        return _ESCAPES.get(code, character)
    if 0xD800 <= code < 0xE000:  # noqa: PLR2004 - surrogates
        message = f"U+{code:04X} is half of a surrogate pair, not text"
        raise ValueError(message)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - four hexadecimal digits


def _is_special(code: int) -> bool:
    return any(low <= code <= high for low, high in _SPECIAL)


def block_lines(text: str, pad: str) -> str | None:
    """Return a text of several lines as a literal block indented by `pad`; None if only quotes can hold it exactly."""
    bare = text.replace("\n", "").replace("\t", "")
    ended = text + "\n"
    # When yaml.v3 rewrites a text that begins with a tab, no reader can read the result, not even yaml.v3.
    if not bare or text[0] == "\t" or not _is_printable(bare) or " \n" in ended or "\t\n" in ended:
        return None
    # Readers take the indentation from the first line with text. If that line begins with a blank, we must state it.
    indicator = "2" if text[0] in " \n" else ""
    chomping = "-" if text[-1] != "\n" else "+" if text[-2] == "\n" else ""
    lines = [pad + line if line else "" for line in text.removesuffix("\n").split("\n")]
    return "\n".join((f"|{indicator}{chomping}", *lines))


def float_text(number: float) -> str:
    """Return a float that YAML 1.1 also reads: with a point, and with a sign in the exponent."""
    if not is_finite(number):
        message = f"JSON, and so Kubernetes, has no {number}"
        raise ValueError(message)
    text = float.__repr__(number)
    return text if "." in text else text.replace("e", ".0e")
