"""`krmfn.namedtuple.NamedTuple` is typing's own in all that krmfn asks of one; only its making is quicker."""

from __future__ import annotations

import copy
import pickle
import sys
import typing
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any

import pytest

import krmfn
from krmfn import namedtuple

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = '''
class Port(NamedTuple):
    """A port."""

    number: int
    protocol: str = "TCP"
    names: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.number}/{self.protocol}"


class Nothing(NamedTuple):
    pass


class Wider(Port):
    def doubled(self) -> int:
        return self.number * 2
'''
ASKED: dict[str, Callable[[Any], Any]] = {
    "by place": lambda made: made.Port(53, "UDP"),
    "by name": lambda made: made.Port(protocol="UDP", number=53),
    "a field left out": lambda made: made.Port(),
    "a field too many": lambda made: made.Port(1, "TCP", (), 4),
    "an unknown field": lambda made: made.Port(1, port=2),
    "a field twice": lambda made: made.Port(1, number=2),
    "repr": lambda made: repr(made.Port(53)),
    "equal": lambda made: made.Port(53) == (53, "TCP", ()),
    "unequal": lambda made: made.Port(53) == made.Port(54),
    "hash": lambda made: hash(made.Port(53)),
    "order": lambda made: made.Port(53) < made.Port(53, "UDP"),
    "unpacked": lambda made: [*made.Port(53)],
    "a property": lambda made: made.Port(53).text,
    "one replaced": lambda made: made.Port(53)._replace(protocol="SCTP"),
    "replaced in a subclass": lambda made: type(made.Wider(53)._replace(number=4)).__name__,
    "an unknown one replaced": lambda made: made.Port(53)._replace(port=2),
    "as a dict": lambda made: made.Port(53)._asdict(),
    "fields": lambda made: made.Port._fields,
    "defaults": lambda made: made.Port._field_defaults,
    "places in a match": lambda made: made.Port.__match_args__,
    "docstring": lambda made: made.Port.__doc__,
    "without fields": lambda made: (made.Nothing(), len(made.Nothing())),
    "a subclass": lambda made: (made.Wider(4).doubled(), made.Wider(4)),
    "set": lambda made: setattr(made.Port(53), "number", 54),
    "another set": lambda made: setattr(made.Port(53), "port", 54),
    "copied": lambda made: copy.deepcopy(made.Port(53, names=("dns",))),
    "pickled": lambda made: pickle.loads(pickle.dumps(made.Port(53))),  # noqa: S301  (made in this line)
    "a tuple": lambda made: isinstance(made.Port(53), tuple),
}


@pytest.fixture(params=["from __future__ import annotations\n", ""], ids=["as texts", "evaluated"])
def made(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    """The same classes by one maker or the other, in a module of their own; it may ask for annotations as texts."""

    def by(maker: Any) -> Any:
        module = type(sys)("made")
        monkeypatch.setitem(sys.modules, "made", module)
        vars(module)["NamedTuple"] = maker
        exec(request.param + SOURCE, vars(module))  # noqa: S102  (the source above)
        return module

    return by


def answer(ask: Callable[[Any], Any], module: Any) -> tuple[str, Any]:
    try:
        given = ask(module)
    except (AttributeError, TypeError, ValueError) as error:
        # The words differ between Pythons, the name of the argument in question does not.
        return "refused", isinstance(error, AttributeError)
    return type(given).__name__, given


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_record_answers_as_that_of_typing(ask: Callable[[Any], Any], made: Callable[[Any], Any]) -> None:
    assert answer(ask, made(namedtuple.NamedTuple)) == answer(ask, made(typing.NamedTuple))


def test_a_wrong_call_is_told_with_the_name_of_the_field(made: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"__new__\(\) missing 1 required positional argument: 'number'"):
        made(namedtuple.NamedTuple).Port()


def test_a_record_has_no_room_for_more_than_its_fields(made: Callable[[Any], Any]) -> None:
    port = made(namedtuple.NamedTuple).Port(53)
    assert not hasattr(port, "__dict__")
    assert sys.getsizeof(port) == sys.getsizeof(made(typing.NamedTuple).Port(53))


def test_a_function_may_give_the_names() -> None:
    """As Python 3.14 has it, in a module that does not ask for annotations as texts."""
    port = namedtuple.Named("Port", (namedtuple.NamedTuple,), {"__annotate_func__": lambda _: {"number": int}})  # type: ignore[attr-defined]
    assert port(53).number == port(number=53)[0] == 53


def test_no_module_makes_its_records_the_slow_way() -> None:
    found = [
        import_module(each.name) for each in walk_packages(krmfn.__path__, "krmfn.") if each.name != "krmfn.__main__"
    ]
    assert len(found) > 200
    assert [module.__name__ for module in found if vars(module).get("NamedTuple") is typing.NamedTuple] == []
