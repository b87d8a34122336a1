"""Keys of a mapping: each is a string and unique; << adds the keys of another mapping."""

from typing import Any

from krmfn.yaml.errors import YamlError, error_at, place

MERGE: Any = object()  # stands for a plain << until its mapping ends


def key_error(event: Any, text: str) -> YamlError:
    """The error for a key that Kubernetes cannot read as a string."""
    written = getattr(event, "value", None) or "null"
    return error_at(text, event.start_mark.index, f'"{written}" cannot be a key; quote it')


def duplicate(key: Any, target: dict[Any, Any], marks: list[Any], event: Any, text: str) -> YamlError:
    """The error for a key that the mapping has already; `marks` has the positions of its keys."""
    line, _ = place(text, marks[list(target).index(key)].index)
    name = "<<" if key is MERGE else key
    message = f'duplicate key "{name}" (first at line {line}); remove or rename one'
    return error_at(text, event.start_mark.index, message)


def merge(target: dict[Any, Any], marks: list[Any], text: str) -> None:
    """Apply the mapping's <<: its own keys win; in a list of mappings, the earlier one wins."""
    index = marks[list(target).index(MERGE)].index
    sources = target.pop(MERGE)
    for source in sources if isinstance(sources, list) else [sources]:
        if not isinstance(source, dict):
            raise error_at(text, index, "<< needs a mapping or a list of mappings; quote it to use it as a key")
        for key, value in source.items():
            target.setdefault(key, value)
