"""The exact reader: reads all of YAML, with libyaml, and says what is wrong in a text and where."""

from collections.abc import Iterator
from typing import Any

from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from krmfn.yaml.composing import Composer
from krmfn.yaml.envelope import Envelope, Item
from krmfn.yaml.errors import YamlError, error_at, place
from krmfn.yaml.itemtexts import ItemTexts

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


def envelope(source: str) -> Envelope:
    """Return the only document, which is a ResourceList, and what there is to say of its items."""
    items = ItemTexts()
    return Envelope(only(source, items), items.texts, frozenset(items.doubts))


def doubt(source: str, index: int) -> YamlError:
    """Return what is wrong in a doubtful item of a ResourceList."""
    items = ItemTexts()
    only(source, items)
    return items.doubts[index]


def item(text: str) -> Item | None:
    """Return a list's only item.

    None if there is anything else, or an alias: what aliases stand for is limited by the size of the whole text.
    """
    source, items = f"items:\n{text}", ItemTexts()
    composer = Composer(source, items)
    found = [value for value, _ in _composed(composer, source)]
    if composer.anchors.aliased or len(found) != 1 or found[0].keys() != {"items"} or len(found[0]["items"]) != 1:
        return None
    return Item(found[0]["items"][0], items.texts.get(0, ""), bool(items.doubts))


def only(source: str, items: ItemTexts | None = None) -> Any:
    """Return the value of the only document; None if there is none."""
    found = documents(source, items)
    value, _ = next(found, (None, 0))
    for _, begin in found:
        raise error_at(source, begin, "a second document begins here, and only one is expected; remove it or its ---")
    return value


def documents(source: str, items: ItemTexts | None = None) -> Iterator[tuple[Any, int]]:
    """Yield the value of each document that is not null, and where it begins."""
    yield from _composed(Composer(source, items), source)


def _composed(composer: Composer, source: str) -> Iterator[tuple[Any, int]]:
    try:
        while (document := composer.document()) is not None:
            if document[0] is not None:
                yield document
    except YAMLError as error:
        raise _explained(error, source) from None


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
