"""IsolationProfiles: trust postures, which can only be tightened by what extends them (R11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.catalog import isolation_profile
from krmfn.topology.known.profilenames import misnamed, redefined, too_deep, unknown
from krmfn.topology.known.tightening import loosened, tightened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Catalog, IsolationProfile, Kind
    from krmfn.declarations import Declarations, Profile
    from krmfn.results import Origin, Result
    from krmfn.topology.releases import Rules

STANDARD = "standard"
MESHED = "cluster-meshed"
CARVE_OUTS = ("internet", "volumes", "monitoring", "ownIngress")
"""What a scope of egress leaves open or closes; without one there is nothing to carve out of."""


class IsolationProfiles:
    """Looks them up by name; what a user defined is checked even if no cluster uses it."""

    def __init__(self, declared: Declarations, catalog: Catalog, findings: list[Result]) -> None:
        own = declared.isolation_profiles
        self._declared = declared
        self._catalog = catalog
        self._findings = findings
        self._own = {profile.name: profile for profile in own}
        self._resolved = {profile.name: self._extended(profile) for profile in own}
        findings.extend(misnamed(own))
        findings.extend(redefined(own, catalog.isolation_names()))

    def find(self, name: str, origin: Origin, field: str) -> IsolationProfile | None:
        """The posture, `standard` where none is named; None, and a result, where krmfn cannot write it."""
        profile = self._catalog.isolation(name or STANDARD) or self._resolved.get(name)
        if profile is None and name not in self._own and not self._declared.is_broken("IsolationProfile", "", name):
            self._findings.append(unknown("IsolationProfile", name, self._names(), origin, field))
        return profile

    def _extended(self, own: Profile) -> IsolationProfile | None:
        profile = isolation_profile(own.name, own.spec)
        if profile.quota or profile.limits:
            from krmfn.topology.checks.quantities import wrong_amounts  # noqa: PLC0415  (loaded only where there are any)

            self._findings.extend(wrong_amounts(profile, own.origin))
        if not profile.extends:
            self._findings.extend(_contradictory(profile, profile, own.origin))
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
        self._findings.extend(loosened(base, profile, own.origin))
        merged = tightened(base, profile)
        self._findings.extend(_contradictory(profile, merged, own.origin))
        return merged

    def _names(self) -> tuple[str, ...]:
        return (*self._catalog.isolation_names(), *self._own)


def _contradictory(own: IsolationProfile, merged: IsolationProfile, origin: Origin) -> Iterator[Result]:
    """What a profile says and cannot hold, by itself or with what it extends."""
    said = (own.egress.internet == "deny" or None, own.egress.volumes, own.egress.monitoring, own.egress.own_ingress)
    for field, value in zip(CARVE_OUTS, said, strict=True):
        if value is not None and not is_scoped(merged):
            message = (
                "means nothing while egress is open, for only scoped egress is fenced; add egress.scope: declared, or "
                f"remove {field}"
            )
            yield origin.error("needs-declared-scope", message, f"spec.egress.{field}")
    if is_meshed(merged) and is_scoped(merged):
        message = (
            "a mesh joins whole networks, and what goes through its tunnels no policy on the nodes can see, so "
            "declared egress would not hold; leave the scope open, or extend sandbox and declare connections"
        )
        yield origin.error("meshed-and-scoped", message, "spec.egress.scope")
    if own.limits:
        from krmfn.topology.checks.quantities import contradictory_limits  # noqa: PLC0415  (loaded only where there are any)

        yield from contradictory_limits(own, merged, origin)


def another_chart(profile: IsolationProfile, kind: Kind, rules: Rules, origin: Origin, field: str) -> Iterator[Result]:
    """Pins, hardening and the policy around the nodes were written for the platform's chart, and for no other."""
    shipped, chart = rules.catalog.kind(kind.kind), kind.chart_ref
    if shipped is None or not (is_fenced_inside(profile) or is_withheld(profile)):
        return
    at_home = chart.namespace in {shipped.chart_ref.namespace, rules.options.chart_namespace}
    if not at_home or chart._replace(namespace="") != shipped.chart_ref._replace(namespace=""):
        message = (
            f'profile "{profile.name}" holds for the platform\'s own chart, and the definition of {kind.kind} names '
            f"{chart.kind} {chart.namespace}/{chart.name}: whether that keeps it, nobody checked; take the definition "
            "out, or see to it"
        )
        yield origin.warning("chart-not-the-platforms", message, field)


def is_scoped(profile: IsolationProfile) -> bool:
    """Whether a cluster under it reaches declared connections only."""
    return profile.egress.scope == "declared"


def is_withheld(profile: IsolationProfile) -> bool:
    """Whether its tenant gets no kubeconfig of a cluster under it."""
    return profile.kubeconfig == "withheld"


def is_hardened(profile: IsolationProfile) -> bool:
    """Whether pods of a cluster under it are held to a Pod Security level."""
    return profile.pod_security in {"baseline", "restricted"}


def is_meshed(profile: IsolationProfile) -> bool:
    """Whether a cluster under it is one side of a mesh."""
    return MESHED in {profile.name, profile.extends}


def is_fenced_inside(profile: IsolationProfile) -> bool:
    """Whether a cluster under it has a boundary: something that must be inside it before any app is (contract §2.5)."""
    return is_scoped(profile) or is_hardened(profile) or bool(profile.quota or profile.limits)
