"""Profiles: the shipped presets and the user's own, resolved through one level of `extends`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog import component_profile, isolation_profile
from krmfn.results import did_you_mean
from krmfn.topology.values import merge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Catalog, ComponentProfile, IsolationProfile
    from krmfn.declarations import Declarations, Profile
    from krmfn.results import Origin, Result

STANDARD = "standard"


class Profiles:
    """Looks profiles up by name; a shipped name may not be redefined (contract §6)."""

    def __init__(self, declared: Declarations, catalog: Catalog, findings: list[Result]) -> None:
        self._catalog = catalog
        self._findings = findings
        self._isolation = {profile.name: profile for profile in declared.isolation_profiles}
        self._components = {profile.name: profile for profile in declared.component_profiles}
        findings.extend(_redefined(declared.isolation_profiles, catalog.isolation_names()))
        findings.extend(_redefined(declared.component_profiles, catalog.component_names()))

    def isolation(self, name: str, origin: Origin, field: str) -> IsolationProfile | None:
        """The trust posture, `standard` where none is named."""
        profile = self._catalog.isolation(name or STANDARD)
        if profile is None and name in self._isolation:
            profile = self._own_isolation(self._isolation[name])
        elif profile is None:
            names = (*self._catalog.isolation_names(), *self._isolation)
            self._findings.append(_unknown("IsolationProfile", name, names, origin, field))
        if profile is None:
            return None
        missing = list(_not_yet(profile))
        if missing:
            message = (
                f'profile "{profile.name}" asks for {", ".join(missing)}, which this version of krmfn cannot write '
                f'yet, so nothing is written; use "{STANDARD}" until it can'
            )
            self._findings.append(origin.error("profile-not-available", message, field))
        return profile

    def component_values(self, name: str, origin: Origin, field: str) -> dict[str, Any]:
        """The chart values of a component profile: what it extends, then its bundles in order, then its own."""
        if not name:
            return {}
        profile = self._catalog.component(name)
        if profile is None and name not in self._components:
            names = (*self._catalog.component_names(), *self._components)
            self._findings.append(_unknown("ComponentProfile", name, names, origin, field))
            return {}
        if profile is not None:
            return self._assembled(profile, origin, field)
        own = self._components[name]
        return self._assembled(component_profile(name, own.spec), own.origin, "spec.extends")

    def _assembled(self, profile: ComponentProfile, origin: Origin, field: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if profile.extends:
            shipped = self._catalog.component(profile.extends)
            own = self._components.get(profile.extends)
            base = shipped or (component_profile(own.name, own.spec) if own else None)
            if base is None:
                names = (*self._catalog.component_names(), *self._components)
                self._findings.append(_unknown("ComponentProfile", profile.extends, names, origin, field))
            elif base.extends and not shipped:
                self._findings.append(_too_deep(base.name, origin, field))
            else:
                values = self._assembled(base, origin, field)
        return merge(merge(values, self._bundled(profile, origin)), profile.values)

    def _bundled(self, profile: ComponentProfile, origin: Origin) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for index, name in enumerate(profile.bundles):
            bundle = self._catalog.bundle(name)
            if bundle is None:
                names = self._catalog.bundle_names()
                self._findings.append(_unknown("bundle", name, names, origin, f"spec.bundles[{index}]"))
            else:
                values = merge(values, bundle.values)
        return values

    def _own_isolation(self, own: Profile) -> IsolationProfile | None:
        profile = isolation_profile(own.name, own.spec)
        if not profile.extends:
            return profile
        other = self._isolation.get(profile.extends)
        base = self._catalog.isolation(profile.extends) or (
            isolation_profile(other.name, other.spec) if other else None
        )
        if base is None:
            names = (*self._catalog.isolation_names(), *self._isolation)
            self._findings.append(_unknown("IsolationProfile", profile.extends, names, own.origin, "spec.extends"))
        elif base.extends:
            self._findings.append(_too_deep(base.name, own.origin, "spec.extends"))
        else:
            return _over(base, profile)
        return None


def _too_deep(name: str, origin: Origin, field: str) -> Result:
    message = f'"{name}" itself extends a profile; extend a shipped one, or one that stands on its own'
    return origin.error("extends-too-deep", message, field)


def _over(base: IsolationProfile, profile: IsolationProfile) -> IsolationProfile:
    """The base with what the profile says; that it may only tighten is checked where loosening becomes possible."""
    said = {field: getattr(profile, field) for field in ("pod_security", "kubeconfig", "quota", "limits")}
    return base._replace(
        name=profile.name,
        egress=base.egress._replace(**_said(profile.egress._asdict())),
        pins=merge(base.pins, profile.pins),
        **_said(said),
    )


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in fields.items() if value is not None and value != ""}


def _not_yet(profile: IsolationProfile) -> Iterator[str]:
    """What a profile asks for whose objects are not written yet."""
    if profile.name == "cluster-meshed":
        yield "a ClusterMesh"
    if profile.egress.scope == "declared" or profile.egress.internet == "deny":
        yield "scoped egress"
    if profile.pod_security in {"baseline", "restricted"}:
        yield f"Pod Security {profile.pod_security}"
    if profile.kubeconfig == "withheld":
        yield "a withheld kubeconfig"
    if profile.quota or profile.limits:
        yield "quotas and limits"


def _unknown(what: str, name: str, names: tuple[str, ...], origin: Origin, field: str) -> Result:
    message = f'there is no {what} "{name}"{did_you_mean(name, names)}; there are {", ".join(sorted(names))}'
    return origin.error("unknown-profile", message, field)


def _redefined(profiles: tuple[Profile, ...], shipped: tuple[str, ...]) -> Iterator[Result]:
    for profile in profiles:
        if profile.name in shipped:
            message = (
                f'"{profile.name}" is shipped with krmfn and may not be redefined; give yours another name and let '
                "it extend this one"
            )
            yield profile.origin.error("profile-redefined", message, "metadata.name")
