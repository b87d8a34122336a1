"""Turns libyaml's events into values, without recursion. Nesting is limited; keys are strings, and each is unique."""

from typing import Any, NoReturn

from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from krmfn.yaml.anchors import MAX_DEPTH, Anchored, Anchors
from krmfn.yaml.errors import YamlError, error_at
from krmfn.yaml.itemtexts import ItemTexts
from krmfn.yaml.keys import MERGE, duplicate, key_error, merge
from krmfn.yaml.plain import HINTS, is_finite, key_text, resolve
from krmfn.yaml.tags import MERGE_TAG, REFUSED, fits_collection, tag_error, tagged

_MISSING: Any = object()
_ITEM = 2  # collections around an item of a ResourceList: `items` and its mapping


class Composer:
    """Composes one document after another; `target`, `marks` and `key` belong to the collection that is open now."""

    __slots__ = (
        "anchors",
        "count",
        "height",
        "items",
        "key",
        "keys",
        "marks",
        "next",
        "plain",
        "stack",
        "target",
        "text",
    )

    def __init__(self, text: str, items: ItemTexts | None = None) -> None:
        self.text = text
        self.next: Any = CParser(text).get_event
        self.items = items
        self.plain: dict[str, Any] = {}
        self.keys: dict[str, Any] = {"<<": MERGE}

    def document(self) -> tuple[Any, int] | None:  # noqa: C901 - one branch an event
        """Return the next document's value and where it begins; None at the end of the stream."""
        event = self.next()
        while event.__class__ is not DocumentStartEvent:
            if event is None:
                return None
            event = self.next()
        if event.tags:
            self.fail(event, "a %TAG directive is not allowed in a Kubernetes manifest; remove it")
        mark: Any = event.start_mark
        self.target: Any = []
        self.marks: list[Any] | None = None  # the position of each key of a mapping; None in a sequence
        self.key: Any = None  # the key whose value comes next
        self.height = self.count = 0
        self.stack: list[tuple[Any, ...]] = []
        self.anchors = Anchors(self.text)
        while True:
            event = self.next()
            if event.__class__ is ScalarEvent:
                event = self.scalars(event)
            kind = event.__class__
            if kind is MappingEndEvent or kind is SequenceEndEvent:
                self.end(event)
            elif kind is MappingStartEvent:
                self.start(event, {}, [])
            elif kind is SequenceStartEvent:
                self.start(event, [], None)
            elif kind is AliasEvent:
                self.alias(event)
            elif kind is DocumentEndEvent:
                return self.target[0], mark.index

    def scalars(self, event: Any) -> Any:
        """Place scalars up to the next other event, and return that event. One loop: most of the time is spent here."""
        next_event, plain, keys = self.next, self.plain, self.keys
        target, marks, key = self.target, self.marks, self.key
        count = 0
        while event.__class__ is ScalarEvent:
            count += 1
            last = event
            text: Any = event.value
            if event.tag is not None or event.anchor is not None:
                self.key = key
                self.marked_scalar(event, self.count + count)
                key = self.key
            elif marks is None or key is not None:
                if not event.style and (not text or text[0] in HINTS):
                    value = plain.get(text, _MISSING)
                    if value is _MISSING:
                        value = self.resolved(event, key)
                else:
                    value = text
                if marks is None:
                    target.append(value)
                else:
                    target[key] = value
                    key = None
            else:
                key = text if event.style else keys.get(text)
                if key is None:
                    key = self.key_of(resolve(text), event)
                if key in target:
                    self.doubt(duplicate(key, target, marks, event, self.text))
                marks.append(event.start_mark)
            event = next_event()
        self.key = key
        self.count += count
        if self.items is not None:
            self.items.last = last
        return event

    def marked_scalar(self, event: Any, position: int) -> None:
        """Place a scalar that has an anchor or a tag, such as the one that kpt writes before a <<."""
        if event.tag == MERGE_TAG and event.value == "<<" and self.marks is not None and self.key is None:
            self.name(MERGE, event)
            return
        if event.tag is not None:
            value = tagged(event.tag, event.value)
            if value is REFUSED:
                self.doubt(tag_error(event, self.text), self.key)
                value = event.value
        elif event.value == "<<" and not event.style:
            self.fail(event, "<< cannot have an anchor; remove it")
        else:
            value = event.value if event.style else self.resolved(event, self.key)
        if event.anchor is not None:
            length = event.end_mark.index - event.start_mark.index
            self.anchors.known[event.anchor] = Anchored(value, 1, 0, position, length)
        self.put(value, event)

    def alias(self, event: Any) -> None:
        """Place the value of an alias; it is the same object as its anchor's value."""
        anchored = self.anchors.resolve(event, len(self.stack), self.count)
        if self.key is MERGE and not isinstance(anchored.value, dict):
            self.fail(event, "<< needs a mapping, but this alias is not one; list the mappings as [*one, *two]")
        self.count += anchored.size
        self.height = max(self.height, anchored.height)
        if self.items is not None:
            self.items.alias(event, anchored.position)
        self.put(anchored.value, event)

    def put(self, value: Any, event: Any) -> None:
        """Put a finished node into the open collection."""
        if self.marks is None:
            self.target.append(value)
        elif self.key is None:
            self.name(self.key_of(value, event), event)
        else:
            self.target[self.key] = value
            self.key = None

    def name(self, key: Any, event: Any) -> None:
        """Let the value that comes next be that of a key."""
        marks: Any = self.marks
        if key in self.target:
            self.doubt(duplicate(key, self.target, marks, event, self.text))
        marks.append(event.start_mark)
        self.key = key

    def key_of(self, value: Any, event: Any) -> str:
        """Return the string that Kubernetes reads a key as."""
        key = key_text(value)
        if key is None:
            self.doubt(key_error(event, self.text))
            return str(value)
        if event.__class__ is ScalarEvent and not event.style and event.tag is None:
            self.keys.setdefault(event.value, key)
        return key

    def start(self, event: Any, target: Any, marks: list[Any] | None) -> None:
        """Open a collection."""
        if event.tag is not None and not fits_collection(event.tag, is_mapping=marks is not None):
            self.doubt(tag_error(event, self.text), self.key)
        depth = len(self.stack)
        if self.marks is not None and self.key is None:
            message = "a mapping or a sequence cannot be a key; use a string"
            self.doubt(error_at(self.text, event.start_mark.index, message))
        if depth >= MAX_DEPTH:
            self.fail(event, f"nested deeper than {MAX_DEPTH} levels; flatten it")
        if self.items is not None and depth == _ITEM and marks is not None and self.stack[1][2] == "items":
            self.items.open(len(self.target), event, self.count, self.text)
        self.count += 1
        opened = None if event.anchor is None else self.anchors.open(event.anchor, self.count, event.start_mark.index)
        self.stack.append((self.target, self.marks, self.key, self.height, event.anchor, opened, self.count))
        self.target, self.marks, self.key, self.height = target, marks, None, 0

    def end(self, event: Any) -> None:
        """Close a collection and put it in its place."""
        value = self.target
        if self.marks is not None and MERGE in value:
            merge(value, self.marks, self.text)
        height = self.height + 1
        self.target, self.marks, self.key, outer, anchor, opened, begin = self.stack.pop()
        self.height = max(outer, height)
        if opened is not None:
            self.anchors.close(
                anchor, opened, Anchored(value, self.count - begin + 1, height, begin, event.end_mark.index)
            )
        self.put(value, event)
        if self.items is not None:
            self.items.close(event, self.text, at_item=len(self.stack) == _ITEM)

    def resolved(self, event: Any, key: Any) -> Any:
        """Return what a plain scalar means; refuse a number that JSON does not have."""
        text = event.value
        value = resolve(text)
        if not is_finite(value):
            message = f'JSON, and so Kubernetes, has no "{text}"; quote it if a string is meant'
            self.doubt(error_at(self.text, event.start_mark.index, message), key)
            return text
        self.plain[text] = value
        return value

    def doubt(self, error: YamlError, key: Any = None) -> None:
        """Refuse what Kubernetes' readers refuse or differ on, unless it is in an item that perhaps nobody has to read.

        `key` is that of the value in question, if it is a value.
        """
        top = self.stack[_ITEM + 1][2] if len(self.stack) > _ITEM + 1 else key
        if self.items is None or not self.items.doubt(error, top):
            raise error

    def fail(self, event: Any, message: str) -> NoReturn:
        """Raise the error for the place of an event."""
        raise error_at(self.text, event.start_mark.index, message)
