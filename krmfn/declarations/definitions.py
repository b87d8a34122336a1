"""ApplicationDefinitions: how the platform turns a kind into a release (docs/platform.md#applicationdefinition)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.declarations.declared import BrokenKey, Definition

if TYPE_CHECKING:
    from krmfn.declarations.validation import Validator
    from krmfn.resourcelist import Resource
    from krmfn.results import Origin, Rule

TIMEOUT = "release.cozystack.io/helm-install-timeout"
UPGRADE_TIMEOUT = "release.cozystack.io/helm-upgrade-timeout"
DISABLE_WAIT = "release.cozystack.io/helm-install-disable-wait"


def read_definition(item: Resource, origin: Origin, validator: Validator) -> Rule[Definition | BrokenKey]:
    """The Definition of an ApplicationDefinition; its kind as a BrokenKey if it is invalid."""
    declared = yield from validator.validate("ApplicationDefinition", item, origin)
    if not declared:
        return BrokenKey("ApplicationDefinition", "", _defined_kind(item))
    if declared["spec"]["placement"]:
        message = (
            "the cluster's own schema does not have this field, so the definition is not applied; set placement in "
            "spec.kinds of the ComputePlane instead"
        )
        yield origin.warning("definition-placement", message, "spec.placement")
    return _definition(declared, origin)


def _definition(declared: dict[str, Any], origin: Origin) -> Definition:
    """The Definition of a validated ApplicationDefinition."""
    spec, marks = declared["spec"], declared["metadata"]["annotations"] or {}
    application, release = spec["application"], spec["release"]
    return Definition(
        origin=origin,
        kind=application["kind"],
        plural=application["plural"],
        prefix=release["prefix"],
        chart_ref={key: value for key, value in release["chartRef"].items() if value},
        labels=release["labels"] or {},
        install_timeout=marks.get(TIMEOUT, ""),
        upgrade_timeout=marks.get(UPGRADE_TIMEOUT, ""),
        disable_wait=marks.get(DISABLE_WAIT) == "true",
        wait_strategy=release["waitStrategy"] or "",
        health_checks=tuple(
            {key: value for key, value in check.items() if value} for check in release["healthCheckExprs"] or ()
        ),
        schema=application["openAPISchema"] or "",
        placement=spec["placement"] or "",
    )


def _defined_kind(item: Resource) -> str:
    """The kind that an invalid definition is about; empty if it does not say."""
    spec = item.get("spec")
    application = spec.get("application") if isinstance(spec, dict) else None
    return str(application.get("kind")) if isinstance(application, dict) else ""
