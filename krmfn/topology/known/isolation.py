"""IsolationProfiles: trust postures; a profile that extends one can only tighten it (R11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.marks import CONFIRM_LOOSENING
from krmfn.namedtuple import NamedTuple
from krmfn.topology.known.profilenames import misnamed, redefined, too_deep, unknown
from krmfn.topology.known.tightening import loosened, stated, tightened
from krmfn.topology.model.postures import CARVE_OUTS, posture_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.catalog import Catalog
    from krmfn.declarations import Declarations, Profile
    from krmfn.results import Origin, Result, Rule
    from krmfn.topology.model.postures import Posture

KIND = "IsolationProfile"
STANDARD = "standard"


class IsolationProfiles(NamedTuple):
    """The shipped profiles, and the postures of the user's, by name; None if one is invalid, which is reported."""

    catalog: Catalog
    own: Mapping[str, Posture | None]
    broken: frozenset[str]

    def find(self, name: str, origin: Origin, field: str) -> Rule[Posture | None]:
        """The posture of a profile; of `standard` without a name. None, and a result, if there is no such profile."""
        name = name or STANDARD
        if self.catalog.isolation(name) is None and name not in self.own and name not in self.broken:
            yield unknown(KIND, name, self.names(), origin, field)
        return self.posture(name)

    def posture(self, name: str) -> Posture | None:
        """The posture of a profile; None if there is no such profile, or if it is invalid."""
        shipped = self.catalog.isolation(name)
        return posture_of(name, shipped) if shipped else self.own.get(name)

    def names(self) -> tuple[str, ...]:
        return (*self.catalog.isolation_names(), *self.own)


def known_isolation(declared: Declarations, catalog: Catalog) -> Rule[IsolationProfiles]:
    """The shipped and the user's profiles; a user's profile is checked even if no cluster uses it."""
    profiles = [profile._replace(spec=stated(profile.spec)) for profile in declared.isolation_profiles]
    own = {profile.name: profile for profile in profiles}
    postures: dict[str, Posture | None] = {}
    for profile in profiles:
        spec = yield from _extended(profile, own, catalog)
        posture = None if spec is None else posture_of(profile.name, spec)
        if CONFIRM_LOOSENING in profile.annotations:
            from krmfn.topology.known.confirmations import stale_on_profile  # noqa: PLC0415  (loaded only for one)

            yield from stale_on_profile(profile, posture)
        postures[profile.name] = posture and posture._replace(origin=profile.origin, confirms=_confirms(profile, own))
    yield from misnamed(profiles)
    yield from redefined(profiles, catalog.isolation_names())
    return IsolationProfiles(catalog, postures, declared.broken_names(KIND))


def _confirms(profile: Profile, own: Mapping[str, Profile]) -> frozenset[str]:
    """The fields whose loosening is confirmed, on the profile or on the one that it extends."""
    base = own.get(profile.spec.get("extends") or "")
    confirming = [each for each in (profile, base) if each and CONFIRM_LOOSENING in each.annotations]
    if not confirming:
        return frozenset()
    from krmfn.topology.known.confirmations import fields_of  # noqa: PLC0415  (loaded only for one)

    return frozenset(field for each in confirming for field in fields_of(each.name, each.annotations))


def _extended(profile: Profile, own: Mapping[str, Profile], catalog: Catalog) -> Rule[Mapping[str, Any] | None]:
    spec, origin = profile.spec, profile.origin
    if spec.get("quota") or spec.get("limits"):
        from krmfn.topology.checks.quantities import wrong_amounts  # noqa: PLC0415  (loaded only where there are any)

        yield from wrong_amounts(spec, origin)
    extends = spec.get("extends") or ""
    if not extends:
        yield from _contradictory(spec, spec, profile.name, origin)
        return spec
    shipped = catalog.isolation(extends)
    if shipped is None and extends not in own:
        yield unknown(KIND, extends, (*catalog.isolation_names(), *own), origin, "spec.extends")
        return None
    if shipped is None and own[extends].spec.get("extends"):
        yield too_deep(extends, origin)
        return None
    base = shipped or own[extends].spec
    yield from loosened(extends, base, spec, origin)
    merged = tightened(base, spec)
    yield from _contradictory(spec, merged, profile.name, origin)
    return merged


def _contradictory(own: Mapping[str, Any], merged: Mapping[str, Any], name: str, origin: Origin) -> Iterator[Result]:
    """Errors for fields of a profile that contradict each other, or the profile that it extends."""
    posture, egress = posture_of(name, merged), own.get("egress") or {}
    for each in CARVE_OUTS:
        if each.needs_scope(egress) and not posture.scoped:
            message = (
                f"has no effect while the scope of egress is open; set egress.scope to declared, or remove {each.field}"
            )
            yield origin.error("needs-declared-scope", message, f"spec.{each.path}")
    if posture.meshed and posture.scoped:
        message = (
            "a mesh joins whole networks, and policies on the nodes cannot see the traffic in its tunnels, so scope: "
            "declared would not hold; leave the scope open, or extend sandbox and declare connections"
        )
        yield origin.error("meshed-and-scoped", message, "spec.egress.scope")
    if own.get("limits"):
        from krmfn.topology.checks.quantities import contradictory_limits  # noqa: PLC0415  (as above)

        yield from contradictory_limits(own, merged, origin)
