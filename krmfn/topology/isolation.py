"""IsolationProfiles: trust postures, which can only be tightened by what extends them (R11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog import isolation_profile
from krmfn.results import path_of
from krmfn.topology.profiles import redefined, too_deep, unknown
from krmfn.topology.values import contradictions, merge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Catalog, IsolationProfile
    from krmfn.declarations import Declarations, Profile
    from krmfn.results import Origin, Result

STANDARD = "standard"
MESHED = "cluster-meshed"
TIGHTENING: dict[str, tuple[Any, ...]] = {
    "egress.scope": ("open", "declared"),
    "egress.internet": ("allow", "deny"),
    "egress.volumes": (True, False),
    "egress.monitoring": (True, False),
    "egress.ownIngress": (True, False),
    "podSecurity": ("privileged", "baseline", "restricted"),
    "kubeconfig": ("available", "withheld"),
}
"""Each field's values, from the loosest to the tightest; one that is not said is the loosest."""


class IsolationProfiles:
    """Looks them up by name; what a user defined is checked even if no cluster uses it."""

    def __init__(self, declared: Declarations, catalog: Catalog, findings: list[Result]) -> None:
        own = declared.isolation_profiles
        self._declared = declared
        self._catalog = catalog
        self._findings = findings
        self._own = {profile.name: profile for profile in own}
        self._resolved = {profile.name: self._extended(profile) for profile in own}
        findings.extend(redefined(own, catalog.isolation_names()))

    def find(self, name: str, origin: Origin, field: str) -> IsolationProfile | None:
        """The posture, `standard` where none is named; None, and a result, where krmfn cannot write it."""
        profile = self._catalog.isolation(name or STANDARD) or self._resolved.get(name)
        if profile is None and name not in self._own and not self._declared.is_broken("IsolationProfile", "", name):
            self._findings.append(unknown("IsolationProfile", name, self._names(), origin, field))
        missing = list(_not_yet(profile)) if profile else []
        if profile and missing:
            message = (
                f'profile "{profile.name}" asks for {", ".join(missing)}, which this version of krmfn cannot write '
                f'yet, so nothing is written; use "{STANDARD}" until it can'
            )
            self._findings.append(origin.error("profile-not-available", message, field))
        return profile

    def _extended(self, own: Profile) -> IsolationProfile | None:
        profile = isolation_profile(own.name, own.spec)
        if not profile.extends:
            return profile
        shipped = self._catalog.isolation(profile.extends)
        other = self._own.get(profile.extends)
        if shipped is None and other is None:
            names = self._names()
            self._findings.append(unknown("IsolationProfile", profile.extends, names, own.origin, "spec.extends"))
            return None
        if shipped is None and other and other.spec.get("extends"):
            self._findings.append(too_deep(other.name, own.origin))
            return None
        base = shipped or isolation_profile(profile.extends, other.spec if other else {})
        self._findings.extend(_loosened(base, profile, own.origin))
        return _over(base, profile)

    def _names(self) -> tuple[str, ...]:
        return (*self._catalog.isolation_names(), *self._own)


def _loosened(base: IsolationProfile, profile: IsolationProfile, origin: Origin) -> Iterator[Result]:
    """What a profile would loosen of the one that it extends."""
    fixed, said = _postures(base), _postures(profile)
    for field, values in TIGHTENING.items():
        if field in said and values.index(said[field]) < values.index(fixed.get(field, values[0])):
            message = (
                f'"{base.name}" has {field} {_shown(fixed[field])}, and a profile that extends it can only tighten it'
            )
            yield origin.error("profile-loosened", message, f"spec.{field}")
    for field in ("quota", "limits"):
        if getattr(profile, field) and getattr(base, field) and getattr(profile, field) != getattr(base, field):
            message = f'"{base.name}" sets {field}, and a profile that extends it leaves them as they are'
            yield origin.error("profile-loosened", message, f"spec.{field}")
    for steps, _ in contradictions(profile.pins, base.pins):
        message = f'"{base.name}" pins this to another value, and a profile that extends it can only add pins'
        yield origin.error("profile-loosened", message, path_of("spec", "pins", *steps))


def _postures(profile: IsolationProfile) -> dict[str, Any]:
    """What a profile says of each field that can be tightened."""
    egress = profile.egress
    fields = (egress.scope, egress.internet, egress.volumes, egress.monitoring, egress.own_ingress)
    return _said(dict(zip(TIGHTENING, (*fields, profile.pod_security, profile.kubeconfig), strict=True)))


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _over(base: IsolationProfile, profile: IsolationProfile) -> IsolationProfile:
    """The base with what the profile says."""
    said = {field: getattr(profile, field) for field in ("pod_security", "kubeconfig", "quota", "limits")}
    return base._replace(
        name=profile.name,
        extends=profile.extends,
        egress=base.egress._replace(**_said(profile.egress._asdict())),
        pins=merge(base.pins, profile.pins),
        **_said(said),
    )


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in fields.items() if value is not None and value != ""}


def _not_yet(profile: IsolationProfile) -> Iterator[str]:
    """What a profile asks for whose objects are not written yet."""
    egress = profile.egress
    if MESHED in {profile.name, profile.extends}:
        yield "a ClusterMesh"
    if egress.scope == "declared" or egress.internet == "deny":
        yield "scoped egress"
    if False in {egress.volumes, egress.monitoring, egress.own_ingress} and egress.scope != "declared":
        yield "closed carve-outs of egress"
    if profile.pod_security in {"baseline", "restricted"}:
        yield f"Pod Security {profile.pod_security}"
    if profile.kubeconfig == "withheld":
        yield "a withheld kubeconfig"
    if profile.quota or profile.limits:
        yield "quotas and limits"
