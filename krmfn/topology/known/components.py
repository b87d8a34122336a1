"""ComponentProfiles: the chart values for what is preinstalled in a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple
from krmfn.topology.checks.chartvalues import merge
from krmfn.topology.known.profilenames import misnamed, redefined, too_deep, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.catalog import Catalog
    from krmfn.declarations import Declarations, Profile
    from krmfn.results import Origin, Rule

KIND = "ComponentProfile"


class ComponentProfiles(NamedTuple):
    """The shipped profiles, and the chart values of the user's profiles, by name."""

    catalog: Catalog
    own: Mapping[str, dict[str, Any]]
    broken: frozenset[str]

    def find(self, name: str, origin: Origin, field: str) -> Rule[dict[str, Any]]:
        """The chart values of a profile: those of the extended profile, then of its bundles in order, then its own."""
        if not name:
            return {}
        shipped = _shipped(name, self.catalog)
        if shipped is None and name not in self.own and name not in self.broken:
            yield unknown(KIND, name, (*self.catalog.component_names(), *self.own), origin, field)
        return self.own.get(name, {}) if shipped is None else shipped


def known_components(declared: Declarations, catalog: Catalog) -> Rule[ComponentProfiles]:
    """The shipped and the user's profiles; a user's profile is checked even if no cluster uses it."""
    own = {profile.name: profile for profile in declared.component_profiles}
    values: dict[str, dict[str, Any]] = {}
    for profile in declared.component_profiles:
        values[profile.name] = yield from _assembled(profile, own, catalog)
    yield from misnamed(declared.component_profiles)
    yield from redefined(declared.component_profiles, catalog.component_names())
    return ComponentProfiles(catalog, values, declared.broken_names(KIND))


def _shipped(name: str, catalog: Catalog) -> dict[str, Any] | None:
    spec = catalog.component(name)
    if spec is None:
        return None
    return merge(_shipped(spec.get("extends") or "", catalog) or {}, spec.get("values") or {})


def _assembled(profile: Profile, own: Mapping[str, Profile], catalog: Catalog) -> Rule[dict[str, Any]]:
    spec, origin = profile.spec, profile.origin
    values = yield from _base(spec.get("extends") or "", origin, own, catalog)
    for index, name in enumerate(spec.get("bundles") or ()):
        bundle = catalog.bundle(name)
        if bundle is None:
            yield unknown("bundle", name, catalog.bundle_names(), origin, f"spec.bundles[{index}]")
        else:
            values = merge(values, bundle.values)
    return merge(values, spec.get("values") or {})


def _base(extends: str, origin: Origin, own: Mapping[str, Profile], catalog: Catalog) -> Rule[dict[str, Any]]:
    if not extends:
        return {}
    shipped = _shipped(extends, catalog)
    if shipped is not None:
        return shipped
    if extends not in own:
        yield unknown(KIND, extends, (*catalog.component_names(), *own), origin, "spec.extends")
        return {}
    if own[extends].spec.get("extends"):
        yield too_deep(extends, origin)
        return {}
    return (yield from _assembled(own[extends], own, catalog))
