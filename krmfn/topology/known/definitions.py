"""Definitions: how an ApplicationDefinition or an entry of `spec.kinds` defines or changes a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog import ChartRef, HealthCheck, Kind
from krmfn.fieldpaths import path_of
from krmfn.marks import SHARDING
from krmfn.topology.checks.durations import is_duration, out_of_range
from krmfn.topology.checks.labels import check_definition_labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.declarations import Definition
    from krmfn.results import Result, Rule


def overridden(kind: Kind | None, definition: Definition, chart_namespace: str) -> Rule[Kind | None]:
    """The kind as a definition changes it; None if a required field is missing."""
    if kind is None and (definition.prefix is None or definition.chart_ref is None):
        missing = " and ".join(
            field
            for field, value in (("prefix", definition.prefix), ("chartRef", definition.chart_ref))
            if value is None
        )
        message = f"{definition.kind} is not in the catalog, so its definition needs {missing}"
        yield definition.origin.error("missing-field", message, missing.partition(" ")[0])
        return None
    yield from _timeouts(definition)
    yield from check_definition_labels(definition.labels or {}, definition.origin)
    said: dict[str, Any] = {
        "plural": definition.plural,
        "prefix": definition.prefix,
        "chart_ref": definition.chart_ref and _chart_ref(definition, chart_namespace),
        "labels": _labels(definition),
        "install_timeout": definition.install_timeout,
        "upgrade_timeout": definition.upgrade_timeout,
        "disable_wait": definition.disable_wait,
        "wait_strategy": definition.wait_strategy,
    }
    said = {field: value for field, value in said.items() if value is not None}
    if not definition.inline:
        schema = yield from _schema(definition)
        # The definition makes the kind available, even if the targeted release does not ship it.
        checks = tuple(map(_health_check, definition.health_checks))
        said |= {"schema": schema, "health_checks": checks, "feature": ""}
    base = kind or Kind(kind=definition.kind, plural="", prefix="", chart_ref=ChartRef("", "", ""))
    if said.get("chart_ref", base.chart_ref) != base.chart_ref and base.placeable == "by-another-chart":
        # Another chart: the requirements of the shipped chart do not apply to it.
        said |= {"placeable": "always", "because": "", "addons": ()}
    if said.get("chart_ref", base.chart_ref) != base.chart_ref:
        said |= {"replaced": True}
        if definition.inline:
            # A schema describes the chart that its definition names.
            said |= {"schema": None}
    return base._replace(**said)


def _schema(definition: Definition) -> Rule[Any]:
    if not definition.schema:
        return None
    from krmfn.topology.checks.openapi import SchemaError, read  # noqa: PLC0415  (loaded only where there is one)

    try:
        return read(definition.schema)
    except SchemaError as error:
        message = f"is not a schema that Kubernetes accepts: {error}"
        yield definition.origin.error("invalid-schema", message, "spec.application.openAPISchema")
        return {}


def _chart_ref(definition: Definition, chart_namespace: str) -> ChartRef:
    reference = definition.chart_ref or {}
    namespace = reference.get("namespace") or (chart_namespace if definition.inline else "")
    return ChartRef(reference["kind"], reference["name"], namespace)


def _labels(definition: Definition) -> dict[str, str] | None:
    """The labels without the sharding key: Git and the platform's webhook would overwrite each other's value.

    See docs/platform.md#sharding.
    """
    if definition.labels is None:
        return None
    return {key: value for key, value in definition.labels.items() if key != SHARDING}


def _health_check(check: Any) -> HealthCheck:
    return HealthCheck(
        api_version=check["apiVersion"],
        kind=check["kind"],
        current=check["current"],
        failed=check.get("failed", ""),
        in_progress=check.get("inProgress", ""),
    )


def _timeouts(definition: Definition) -> Iterator[Result]:
    for key, duration in (
        ("release.cozystack.io/helm-install-timeout", definition.install_timeout),
        ("release.cozystack.io/helm-upgrade-timeout", definition.upgrade_timeout),
    ):
        if duration and not is_duration(duration):
            message = out_of_range(duration) or "must be a duration like 15m or 1h30m"
            yield definition.origin.error("invalid-value", message, path_of("metadata", "annotations", key))
