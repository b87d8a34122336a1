"""A plan in numbers: how many declarations each action concerns, and how many lose isolation or data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.change import Action, Data
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from krmfn.changes.change import Change


class Summary(NamedTuple):
    """The numbers of a plan; `actions` has all actions, in order."""

    actions: Mapping[Action, int]
    loses_isolation: int
    loses_data: int

    def words(self) -> tuple[str, ...]:
        """Each number that is not zero, as the last line of a plan says it; empty if nothing changes."""
        lost = (("isolation", self.loses_isolation), ("data", self.loses_data))
        return (
            *(f"{count} to {action.value}" for action, count in self.actions.items() if count),
            *(f"{count} {'loses' if count == 1 else 'lose'} {what}" for what, count in lost if count),
        )


def summary(changes: Iterable[Change]) -> Summary:
    """Counts the changes of a plan."""
    found = tuple(changes)
    return Summary(
        actions={action: sum(each.action is action for each in found) for action in Action},
        loses_isolation=sum(bool(each.isolation) for each in found),
        loses_data=sum(each.data is Data.LOST for each in found),
    )
