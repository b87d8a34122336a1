"""What YAML's core tags mean, where sigs.k8s.io/yaml (kubectl) and yaml.v3 (kustomize, Flux) read the same."""

from __future__ import annotations

from binascii import Error, a2b_base64
from typing import TYPE_CHECKING, Any

from krmfn.yaml.errors import YamlError, error_at
from krmfn.yaml.plain import PlainDate, is_finite, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from krmfn.yaml.plain import Scalar

CORE = "tag:yaml.org,2002:"
MERGE_TAG = CORE + "merge"
REFUSED: Any = object()
"""Stands for the value of a tag that readers differ on, or that does not fit its text."""
_OF_MAPPINGS = frozenset({CORE + "map", CORE + "set"})
_OF_LISTS = frozenset({CORE + "seq", CORE + "omap", CORE + "pairs"})


def tagged(tag: str, text: str) -> Any:
    """The value of a scalar with a tag, in quotes or not; REFUSED if it has none."""
    read = _READERS.get(tag)
    return REFUSED if read is None else read(text)


def fits_collection(tag: str, *, is_mapping: bool) -> bool:
    """True if the tag only says what the mapping or the list is anyway."""
    return tag in (_OF_MAPPINGS if is_mapping else _OF_LISTS)


def tag_error(event: Any, text: str) -> YamlError:
    """The error for an event with a tag that is refused."""
    # An unknown tag may be a string that was not meant as a tag: a password may begin with an exclamation mark.
    if event.tag in _READERS:
        name = event.tag.replace(CORE, "!!", 1)
        message = f"what follows {name} is no {name.removeprefix('!!')} to Kubernetes; correct it, or remove the tag"
    else:
        shown = "the tag " + event.tag.replace(CORE, "!!", 1) if event.tag.startswith(CORE) else "a tag"
        message = f"{shown} is not allowed in a Kubernetes manifest; remove it, or quote the text that it is part of"
    return error_at(text, event.start_mark.index, message)


def _plain(text: str) -> Scalar:
    return resolve(text) if text else None


def _int(text: str) -> Any:
    value = _plain(text)
    return value if isinstance(value, int) and not isinstance(value, bool) else REFUSED


def _float(text: str) -> Any:
    value = _plain(text)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_finite(value):
        return REFUSED
    return float(value)


def _bool(text: str) -> Any:
    value = _plain(text)
    return value if isinstance(value, bool) else REFUSED


def _null(text: str) -> Any:
    return None if _plain(text) is None else REFUSED


def _timestamp(text: str) -> Any:
    value = _plain(text)
    return value if isinstance(value, PlainDate) else REFUSED


def _binary(text: str) -> Any:
    try:
        return a2b_base64(text.replace("\n", ""), strict_mode=True).decode()
    except (Error, ValueError):
        return REFUSED


_READERS: dict[str, Callable[[str], Any]] = {
    CORE + "str": str,
    CORE + "int": _int,
    CORE + "float": _float,
    CORE + "bool": _bool,
    CORE + "null": _null,
    CORE + "timestamp": _timestamp,
    CORE + "binary": _binary,
}
