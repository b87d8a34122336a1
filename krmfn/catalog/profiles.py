"""Profiles into records: those of the catalog's files, and those that a user declares in the same shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog.checking import check, one_of
from krmfn.catalog.records import ComponentProfile, Egress, IsolationProfile

if TYPE_CHECKING:
    from collections.abc import Mapping

API_VERSION = "krmfn.dev/v1alpha1"


def read_isolation_profile(data: Any) -> IsolationProfile:
    """One file of isolation/."""
    return isolation_profile(*_declared(data, "IsolationProfile"))


def isolation_profile(name: str, spec: Mapping[str, Any]) -> IsolationProfile:
    """Return a profile from the spec of its declaration; null says as little as a field that is left out."""
    check(spec, optional=("extends", "egress", "podSecurity", "kubeconfig", "quota", "limits", "pins"))
    egress = check(spec.get("egress") or {}, optional=("scope", "internet", "volumes", "monitoring", "ownIngress"))
    return IsolationProfile(
        name=name,
        extends=spec.get("extends") or "",
        egress=Egress(
            scope=one_of(egress.get("scope") or "", "", "open", "declared"),
            internet=one_of(egress.get("internet") or "", "", "allow", "deny"),
            volumes=egress.get("volumes"),
            monitoring=egress.get("monitoring"),
            own_ingress=egress.get("ownIngress"),
        ),
        pod_security=one_of(spec.get("podSecurity") or "", "", "privileged", "baseline", "restricted"),
        kubeconfig=one_of(spec.get("kubeconfig") or "", "", "available", "withheld"),
        quota=spec.get("quota"),
        limits=None if spec.get("limits") is None else tuple(map(_limits, spec["limits"])),
        pins=spec.get("pins") or {},
    )


def _limits(data: Any) -> dict[str, Any]:
    optional = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
    return {
        key: value for key, value in check(data, required=("type",), optional=optional).items() if value is not None
    }


def read_component_profile(data: Any) -> ComponentProfile:
    """One file of components/."""
    return component_profile(*_declared(data, "ComponentProfile"))


def component_profile(name: str, spec: Mapping[str, Any]) -> ComponentProfile:
    """Return a profile from the spec of its declaration; null says as little as a field that is left out."""
    check(spec, optional=("extends", "values", "bundles"))
    return ComponentProfile(
        name=name,
        extends=spec.get("extends") or "",
        values=spec.get("values") or {},
        bundles=tuple(spec.get("bundles") or ()),
    )


def _declared(data: Any, kind: str) -> tuple[str, dict[str, Any]]:
    check(data, required=("apiVersion", "kind", "metadata", "spec"))
    one_of(data["apiVersion"], API_VERSION)
    one_of(data["kind"], kind)
    return check(data["metadata"], required=("name",))["name"], data["spec"]
