"""ComponentProfiles: the chart values of what is preinstalled in a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog import component_profile
from krmfn.topology.checks.chartvalues import merge
from krmfn.topology.known.profilenames import misnamed, redefined, too_deep, unknown

if TYPE_CHECKING:
    from krmfn.catalog import Catalog, ComponentProfile
    from krmfn.declarations import Declarations, Profile
    from krmfn.results import Origin, Result


class ComponentProfiles:
    """Looks them up by name; what a user defined is checked even if no cluster uses it."""

    def __init__(self, declared: Declarations, catalog: Catalog, findings: list[Result]) -> None:
        own = declared.component_profiles
        self._declared = declared
        self._catalog = catalog
        self._findings = findings
        self._own = {profile.name: profile for profile in own}
        self._values = {profile.name: self._assembled(profile) for profile in own}
        findings.extend(misnamed(own))
        findings.extend(redefined(own, catalog.component_names()))

    def values(self, name: str, origin: Origin, field: str) -> dict[str, Any]:
        """The chart values of a profile: what it extends, then its bundles in order, then its own."""
        if not name:
            return {}
        shipped = self._catalog.component(name)
        if shipped:
            return self._shipped(shipped)
        if name not in self._own and not self._declared.is_broken("ComponentProfile", "", name):
            self._findings.append(unknown("ComponentProfile", name, self._names(), origin, field))
        return self._values.get(name, {})

    def _shipped(self, profile: ComponentProfile) -> dict[str, Any]:
        base = self._catalog.component(profile.extends) if profile.extends else None
        return merge(self._shipped(base) if base else {}, profile.values)

    def _assembled(self, own: Profile) -> dict[str, Any]:
        profile = component_profile(own.name, own.spec)
        values = self._base(profile, own.origin)
        for index, name in enumerate(profile.bundles):
            bundle = self._catalog.bundle(name)
            if bundle is None:
                names = self._catalog.bundle_names()
                self._findings.append(unknown("bundle", name, names, own.origin, f"spec.bundles[{index}]"))
            else:
                values = merge(values, bundle.values)
        return merge(values, profile.values)

    def _base(self, profile: ComponentProfile, origin: Origin) -> dict[str, Any]:
        if not profile.extends:
            return {}
        shipped = self._catalog.component(profile.extends)
        if shipped:
            return self._shipped(shipped)
        if profile.extends not in self._own:
            self._findings.append(unknown("ComponentProfile", profile.extends, self._names(), origin, "spec.extends"))
            return {}
        base = self._own[profile.extends]
        if base.spec.get("extends"):
            self._findings.append(too_deep(base.name, origin))
            return {}
        return self._assembled(base)

    def _names(self) -> tuple[str, ...]:
        return (*self._catalog.component_names(), *self._own)
