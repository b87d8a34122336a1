"""Errors in the names of IsolationProfiles and ComponentProfiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.lookalikes import MOST_KNOWN, did_you_mean, difference, some
from krmfn.topology.checks.names import LABEL_LENGTH, is_object_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.declarations import Profile
    from krmfn.results import Origin, Result


def unknown(what: str, name: str, names: Iterable[str], origin: Origin, field: str) -> Result:
    known = list(names)
    there = f"there are {some(sorted(known))}" if len(known) <= MOST_KNOWN else f"there are {len(known)}"
    message = f'there is no {what} "{name}"{did_you_mean(name, known)}; {there}'
    return origin.error("unknown-profile", message, field)


def misnamed(profiles: Iterable[Profile]) -> Iterator[Result]:
    """Refuses a name that is not valid for an object; it may look like a shipped profile's name."""
    for profile in profiles:
        if not is_object_name(profile.name) or len(profile.name) > LABEL_LENGTH:
            message = (
                f"must be at most {LABEL_LENGTH} lowercase letters, digits, dashes and dots, and begin and end with a "
                f"letter or digit{difference(profile.name)}"
            )
            yield profile.origin.error("invalid-name", message, "metadata.name")


def redefined(profiles: Iterable[Profile], shipped: tuple[str, ...]) -> Iterator[Result]:
    """Refuses a profile with a shipped profile's name, which must mean the same everywhere."""
    for profile in profiles:
        if profile.name in shipped:
            message = (
                f'"{profile.name}" is shipped with krmfn and may not be redefined; give yours another name '
                "and let it extend this one"
            )
            yield profile.origin.error("profile-redefined", message, "metadata.name")


def too_deep(name: str, origin: Origin) -> Result:
    message = f'"{name}" extends another profile itself; extend a shipped profile, or one without extends'
    return origin.error("extends-too-deep", message, "spec.extends")
