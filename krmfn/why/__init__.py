"""The causes of a generated field: found by experiment, and explained by the rules of the catalog.

One field of the input is changed, and the function runs again: whatever changes in the output has that field as a
cause. So an answer is true by construction, and the straight line through `function.py` carries no book-keeping.
Every generated field also has a rule, one plain sentence from `krmfn/catalog/rules.yaml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.why.experiments import causes
from krmfn.why.generated import Field, fields_of
from krmfn.why.laboratory import Laboratory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.catalog.rules import FieldRule
    from krmfn.resourcelist import Resource, ResourceList
    from krmfn.why.inputs import InputField

__all__ = ["Answer", "Field", "explained", "fields_of"]


class Answer(NamedTuple):
    """Why one field has its value: fields of the input, the nearest first, and the rule that made it of them.

    `together` has fields of the input that say the same: one alone would do, and only all of them together change it.
    `openers` has the connections with which it would go.
    """

    field: Field
    because: tuple[InputField, ...]
    rule: FieldRule
    together: tuple[InputField, ...] = ()
    openers: tuple[InputField, ...] = ()


def explained(given: ResourceList, resource: Resource, fields: Iterable[Field]) -> tuple[Answer, ...]:
    """An answer for each of these fields of a generated object.

    Args:
        given: the input of the run that generated the object; it has no errors.
        resource: the object.
        fields: some of its fields, as `fields_of` returns them.
    """
    laboratory = Laboratory(given)
    wanted = tuple(fields)
    found = causes(laboratory, resource, wanted)
    rules = laboratory.catalog.rules()
    return tuple(
        Answer(
            each,
            found[each.steps].because,
            rules.of(each.kind, each.inner, inside=each.inside),
            found[each.steps].together,
            found[each.steps].openers,
        )
        for each in wanted
    )
