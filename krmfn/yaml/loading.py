"""Reads YAML as Kubernetes does: load, load_all and load_envelope; every error in a text is a YamlError."""

from collections.abc import Iterator
from typing import Any

from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from krmfn.yaml.composing import Composer
from krmfn.yaml.envelope import ItemTexts
from krmfn.yaml.errors import YamlError, error_at, place

MAX_SIZE = 256 * 1024 * 1024

# libyaml's messages, and what to do about each.
_ADVICE = {
    "mapping values are not allowed in this context": 'quote a text that contains ": ", or check the indentation',
    "found character that cannot start any token": "indent with spaces, not tabs; quote a text that starts with @ or `",
    "found a tab character that violates indentation": "indent with spaces",
    "could not find expected ':'": 'a key needs ": " after it, on its own line',
    "did not find expected key": "check the indentation and the quotes",
    "did not find expected '-' indicator": "check the indentation",
    "found unexpected end of stream": "close the quote",
    "control characters are not allowed": 'write it as an escape in double quotes, such as "\\x07"',
    "found unknown directive name": "remove it",
    "exceeded maximum nesting depth": "flatten it",
    "found incompatible YAML document": "only %YAML 1.1 and 1.2 are known",
}


def load(text: str | bytes) -> Any:
    """Return the value of the only document in the text; None if there is no document."""
    return _only(source_of(text))


def load_all(text: str | bytes) -> list[Any]:
    """Return the values of the documents in the text, without the empty and null ones."""
    return [value for value, _ in _documents(source_of(text), None)]


def load_envelope(text: str | bytes) -> tuple[Any, dict[int, str]]:
    """Return what load returns, and the texts of the `items` that can be written again unchanged."""
    items = ItemTexts()
    return _only(source_of(text), items), items.texts


def _only(source: str, items: ItemTexts | None = None) -> Any:
    documents = _documents(source, items)
    value, _ = next(documents, (None, 0))
    for _, begin in documents:
        raise error_at(source, begin, "a second document begins here, and only one is expected; remove it or its ---")
    return value


def _documents(source: str, items: ItemTexts | None) -> Iterator[tuple[Any, int]]:
    try:
        composer = Composer(source, items)
        while (document := composer.document()) is not None:
            if document[0] is not None:
                yield document
    except YAMLError as error:
        raise _explained(error, source) from None


def source_of(text: str | bytes) -> str:
    """Return the decoded text without its byte order mark; refuse bytes that are not UTF-8."""
    if len(text) > MAX_SIZE:
        message = f"larger than {MAX_SIZE >> 20} MiB; split it"
        raise YamlError(message, 1, 1)
    source = _decoded(text) if isinstance(text, bytes) else text
    if not source.isascii():
        try:
            source.encode()
        except UnicodeEncodeError as error:
            raise error_at(
                source, error.start, f"U+{ord(source[error.start]):04X} is half of a surrogate pair; remove it"
            ) from None
    return source.removeprefix("\ufeff")


def _decoded(text: bytes) -> str:
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = "encoded as UTF-16; save it as UTF-8"
        raise YamlError(message, 1, 1)
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        before = text[: error.start].decode()
        raise error_at(before, len(before), f"byte 0x{text[error.start]:02x} is not UTF-8; save it as UTF-8") from None


def _explained(error: YAMLError, source: str) -> YamlError:
    """Return the YamlError for an error of libyaml."""
    if isinstance(error, ReaderError):
        index = len(source.encode()[: error.position].decode(errors="ignore"))
        problem, context = f"{error.reason}", f"U+{ord(source[index]):04X}" if index < len(source) else ""
    elif isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        index = error.problem_mark.index
        problem, context = str(error.problem), error.context or ""
        if error.context_mark is not None and error.context_mark.line != error.problem_mark.line:
            context += f" that begins at line {place(source, error.context_mark.index)[0]}"
    else:
        index, problem, context = 0, str(error), ""
    message = f"{problem} ({context})" if context else problem
    return error_at(source, index, f"{message}; {_ADVICE.get(problem, 'correct the YAML here')}")
