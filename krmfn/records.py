"""`NamedTuple`, made in a tenth of the time that `typing` takes; type checkers see that one.

Why that matters: docs/decisions/010-cold-start.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NamedTuple
else:
    from _collections import _tuplegetter

    class Named(type):
        """Makes of a class's annotated names the places of a tuple; it never looks at the annotations."""

        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
            fields = tuple(namespace.get("__annotations__", ()))
            if fields:
                defaults = {field: namespace[field] for field in fields if field in namespace}
                namespace |= {field: _tuplegetter(place, None) for place, field in enumerate(fields)}
                namespace |= {"_fields": fields, "_field_defaults": defaults, "__match_args__": fields}
                namespace["__new__"] = _constructor(fields, defaults)
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


_CONSTRUCTORS: dict[int, Any] = {}
"""By the number of fields, whatever their names."""


def _constructor(fields: tuple[str, ...], defaults: dict[str, Any]) -> Callable[..., Any]:
    """Takes the fields by place or by name, as that of `collections.namedtuple`, which compiles one for each class."""
    if len(fields) not in _CONSTRUCTORS:
        places = "".join(f"_{place}, " for place in range(len(fields)))
        _CONSTRUCTORS[len(fields)] = eval(f"lambda cls, {places}: new(cls, ({places}))", {"new": tuple.__new__})  # noqa: S307  (of numbers alone)
    made = _CONSTRUCTORS[len(fields)]
    code = made.__code__.replace(co_name="__new__", co_qualname="__new__", co_varnames=("cls", *fields))
    return type(made)(code, made.__globals__, "__new__", tuple(defaults.values()))  # type: ignore[no-any-return]
