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
from krmfn.yaml.envelope import ItemTexts
from krmfn.yaml.errors import error_at, refuse_tag
from krmfn.yaml.keys import MERGE, key_of, merge, refuse_duplicate
from krmfn.yaml.plain import HINTS, is_finite, resolve

_MISSING: Any = object()
MERGE_TAG = "tag:yaml.org,2002:merge"
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
                        value = plain[text] = self.finite(resolve(text), event)
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
                    key = keys[text] = key_of(resolve(text), event, self.text)
                if key in target:
                    refuse_duplicate(key, target, marks, event, self.text)
                marks.append(event.start_mark)
            event = next_event()
        self.key = key
        self.count += count
        if self.items is not None:
            self.items.last = last
        return event

    def marked_scalar(self, event: Any, position: int) -> None:
        """Place a scalar that has an anchor; refuse a tag, except the one that kpt writes before a <<."""
        if event.tag == MERGE_TAG and event.value == "<<" and self.marks is not None and self.key is None:
            if MERGE in self.target:
                refuse_duplicate(MERGE, self.target, self.marks, event, self.text)
            self.key = MERGE
            self.marks.append(event.start_mark)
            return
        if event.tag is not None:
            refuse_tag(event, self.text)
        if event.value == "<<" and not event.style:
            self.fail(event, "<< cannot have an anchor; remove it")
        value = event.value if event.style else self.finite(resolve(event.value), event)
        self.anchors.known[event.anchor] = Anchored(
            value, 1, 0, position, event.end_mark.index - event.start_mark.index
        )
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
            key = key_of(value, event, self.text)
            if key in self.target:
                refuse_duplicate(key, self.target, self.marks, event, self.text)
            self.key = key
            self.marks.append(event.start_mark)
        else:
            self.target[self.key] = value
            self.key = None

    def start(self, event: Any, target: Any, marks: list[Any] | None) -> None:
        """Open a collection."""
        if event.tag is not None:
            refuse_tag(event, self.text)
        depth = len(self.stack)
        if self.marks is not None and self.key is None:
            self.fail(event, "a mapping or a sequence cannot be a key; use a string")
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

    def finite(self, value: Any, event: Any) -> Any:
        """Return the value; refuse a number that JSON does not have."""
        if not is_finite(value):
            self.fail(event, f'JSON, and so Kubernetes, has no "{event.value}"; quote it if a string is meant')
        return value

    def fail(self, event: Any, message: str) -> NoReturn:
        """Raise the error for the place of an event."""
        raise error_at(self.text, event.start_mark.index, message)
