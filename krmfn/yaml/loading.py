"""Reads YAML as Kubernetes does: load, load_all and load_envelope; every error in a text is a YamlError.

The quick reader is asked first; what it does not know, the exact reader reads, which takes its time to import.
"""

from typing import Any, NoReturn

from krmfn.yaml import quick, quickenvelope
from krmfn.yaml.envelope import Envelope
from krmfn.yaml.errors import YamlError, error_at

MAX_SIZE = 256 * 1024 * 1024


def load(text: str | bytes) -> Any:
    """Return the value of the only document in the text; None if there is no document."""
    source = source_of(text)
    documents = quick.documents(source)
    if documents is not None and len(documents) < 2:  # noqa: PLR2004  (the exact reader says where a second one begins)
        return documents[0] if documents else None
    from krmfn.yaml import exact  # noqa: PLC0415  (as said above)

    return exact.only(source)


def load_all(text: str | bytes) -> list[Any]:
    """Return the values of the documents in the text, without the empty and null ones."""
    source = source_of(text)
    documents = quick.documents(source)
    if documents is not None:
        return documents
    from krmfn.yaml import exact  # noqa: PLC0415  (as said above)

    return [value for value, _ in exact.documents(source)]


def load_envelope(text: str | bytes) -> Envelope:
    """Return what load returns, and what there is to say of its `items`."""
    source = source_of(text)
    envelope = quickenvelope.envelope(source)
    if envelope is not None:
        return envelope
    from krmfn.yaml import exact  # noqa: PLC0415  (as said above)

    return exact.envelope(source)


def refuse_item(text: str | bytes, index: int) -> NoReturn:
    """Raise the YamlError for an item that load_envelope calls doubtful."""
    from krmfn.yaml import exact  # noqa: PLC0415  (as said above)

    raise exact.doubt(source_of(text), index)


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
