"""`NamedTuple`, made in a tenth of the time that `typing` takes; type checkers see that one.

Why that matters: docs/decisions/010-cold-start.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import namedtuple
    from functools import cache

    VALUE = 1
    """annotationlib.Format.VALUE: the annotations evaluated, as every Python before does at once."""

    def _annotated(namespace: dict[str, Any]) -> tuple[str, ...]:
        """The names; since Python 3.14 a function gives them, except where a module asks for annotations as texts."""
        if "__annotations__" in namespace:
            return tuple(namespace["__annotations__"])
        annotate = namespace.get("__annotate_func__")
        return tuple(annotate(VALUE)) if annotate else ()

    class Named(type):
        """Makes of a class's annotated names the places of a tuple; it never looks at what they are annotated with."""

        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
            fields = _annotated(namespace)
            if fields:
                defaults = {field: namespace[field] for field in fields if field in namespace}
                model = _model(len(fields))
                namespace |= {field: getattr(model, place) for field, place in zip(fields, model._fields, strict=True)}
                namespace |= {"_fields": fields, "_field_defaults": defaults, "__match_args__": fields}
                namespace["__new__"] = _named(model.__new__, fields, tuple(defaults.values()))
            return super().__new__(cls, name, bases, {"__slots__": ()} | namespace)

    class NamedTuple(tuple, metaclass=Named):
        """A record: a tuple whose places have names and, for type checkers, types."""

        __slots__ = ()

        def _replace(self, /, **changes: Any) -> NamedTuple:
            changed = tuple.__new__(type(self), map(changes.pop, self._fields, self))
            if changes:
                raise TypeError(f"{type(self).__name__} has no {', '.join(changes)}")
            return changed

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"

    @cache
    def _model(length: int) -> type[tuple[Any, ...]]:
        """A named tuple of the library, compiled once; all others of its length have its places and its constructor."""
        return namedtuple("Model", [f"place{number}" for number in range(length)])  # noqa: PYI024  (what is wanted here)

    def _named(constructor: Any, fields: tuple[str, ...], defaults: tuple[Any, ...]) -> Any:
        """The constructor with other names for what it takes."""
        code = constructor.__code__.replace(
            co_name="__new__", co_qualname="__new__", co_varnames=(constructor.__code__.co_varnames[0], *fields)
        )
        return type(constructor)(code, constructor.__globals__, "__new__", defaults)
