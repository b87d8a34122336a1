"""What a plain scalar means: the rules of sigs.k8s.io/yaml (go.yaml.in/yaml/v2 resolve.go); on/off/y/n are strings."""

import struct


class PlainBool(str):
    """A plain on, off, yes, no, y or n: kubectl reads a boolean; kustomize and Flux read a string."""

    __slots__ = ()


class PlainDate(str):
    """A plain date: kubectl reads a string; kustomize reads a point in time, and writes it with date and time."""

    __slots__ = ()


Scalar = bool | int | float | str | None

# A plain scalar that begins with another character is a string; an empty one is null.
HINTS = frozenset("0123456789+-.yYnNtTfFoO~")
PLAIN_BOOLS = ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF")
_INFINITY = float("inf")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), _INFINITY),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -_INFINITY),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **{word: PlainBool(word) for word in PLAIN_BOOLS},
}
_FLOAT = frozenset("0123456789+-.eE_")
_DIGITS = {
    2: frozenset("01"),
    8: frozenset("01234567"),
    10: frozenset("0123456789"),
    16: frozenset("0123456789abcdefABCDEF"),
}
_PREFIXES = {"0b": 2, "0o": 8, "0x": 16}
_INT64_MAX = 2**63 - 1


def resolve(text: str) -> Scalar:
    """Return the value of a plain scalar; the caller must refuse .inf and .nan."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] == ".":
        return _float(text, text)
    if text[0] not in "0123456789+-":
        return text
    digits = text.replace("_", "")
    integer = _integer(digits)
    if integer is not None:
        return integer
    if digits.startswith(("0b+", "0b-")):  # goyaml also accepts a sign after the binary prefix
        integer = _integer(f"{digits[2]}0b{digits[3:]}")
        return text if integer is None else integer
    return _float(digits, text)


def _integer(text: str) -> int | None:
    """Return the result of Go's ParseInt and then ParseUint with base 0; None if both fail."""
    sign, body = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    base = _PREFIXES.get(body[:2].lower(), 10)
    if base != 10:  # noqa: PLR2004 - ten is the base of a number without a prefix
        body = body[2:]
    elif len(body) > 1 and body[0] == "0":
        base, body = 8, body[1:]
    if not body or not _DIGITS[base].issuperset(body):
        return None
    body = body.lstrip("0") or "0"
    if len(body) > 64:  # noqa: PLR2004 - more digits than 64 bits have in any base
        return None
    number = int(body, base)
    if sign == "-":
        return -number if number <= _INT64_MAX + 1 else None
    return number if number <= (_INT64_MAX if sign else 2 * _INT64_MAX + 1) else None


def _float(digits: str, text: str) -> float | str:
    """Return the float; the text itself if it is not a float or too large (Go reads 1e400 as a string)."""
    if not _FLOAT.issuperset(digits):
        return PlainDate(text) if _is_date(text) else text
    try:
        number = float(digits)
    except ValueError:
        return PlainDate(text) if _is_date(text) else text
    return text if number in (_INFINITY, -_INFINITY) else number


def _is_date(text: str) -> bool:
    """True if yaml.v3 reads the text as a point in time: 2026-1-2, with or without a time of day."""
    date, *_ = text.replace("t", "T").replace(" ", "T").split("T", 1)
    year, _, rest = date.partition("-")
    month, _, day = rest.partition("-")
    return len(year) == 4 and all(part.isdecimal() and len(part) <= 4 for part in (year, month, day))  # noqa: PLR2004


def is_finite(value: object) -> bool:
    """True if JSON can hold the value: every number except .inf and .nan."""
    return not isinstance(value, float) or value - value == 0


def key_text(value: object) -> str | None:
    """Return the string key that sigs.k8s.io/yaml makes of a scalar; None if it refuses it (null, beyond int64)."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value <= _INT64_MAX else None
    return _short_float(value) if isinstance(value, float) else None


def _short_float(value: float) -> str:
    """Return Go's FormatFloat(value, 'g', -1, 32), as sigs.k8s.io/yaml writes a key."""
    single = _single(value)
    if single != single:  # noqa: PLR0124 - NaN, without importing math
        return ".nan"
    if single in (_INFINITY, -_INFINITY):
        return ".inf" if single > 0 else "-.inf"
    shortest = next(text for text in (f"{single:.{digits}e}" for digits in range(9)) if _single(float(text)) == single)
    mantissa, _, exponent = shortest.partition("e")
    power = int(exponent)
    if not -5 < power < 6:  # noqa: PLR2004 - where Go's %g turns to an exponent
        return shortest
    digits = len(mantissa.lstrip("-").replace(".", ""))
    return f"{float(shortest):.{max(digits - 1 - power, 0)}f}"


def _single(value: float) -> float:
    """Return the nearest 32-bit float."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return _INFINITY if value > 0 else -_INFINITY
