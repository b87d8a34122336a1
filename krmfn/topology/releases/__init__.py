"""Releases of apps: on the management plane as the platform's API would make them, or placed on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.topology.checks.chartvalues import check_reserved, ordered
from krmfn.topology.checks.names import check_name, name_field
from krmfn.topology.model.records import Action, Release, ValuesReference
from krmfn.topology.releases.metadata import carried, confirmed
from krmfn.topology.releases.substitution import settle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.catalog import Catalog, Kind
    from krmfn.declarations import App, Cluster, Options
    from krmfn.results import Result
    from krmfn.topology.checks.credentials import InlineCredentials
    from krmfn.topology.known.targets import Target

GROUP = "apps.cozystack.io"
CLUSTER = "Kubernetes"
PLATFORM_VALUES = "cozystack-values"
"""The Secret in every tenant's namespace that the platform injects into its charts (facts/cozystack.md §4)."""


class Rules(NamedTuple):
    """What holds for every release of a run, and where what is found wrong is collected."""

    options: Options
    target: Target
    catalog: Catalog
    credentials: InlineCredentials
    findings: list[Result]


def release(
    declared: App | Cluster,
    kind: Kind,
    values: dict[str, Any] | None,
    rules: Rules,
    referenced: tuple[str, ...] | None = None,
) -> Release:
    """What a release has wherever it runs; `on_management_plane` or `placements` say the rest.

    `referenced`, of a placed app, are the paths at which a Secret gives a value, so that its declaration may lack it.
    """
    origin, options, findings = declared.origin, rules.options, rules.findings
    findings.extend(check_name(kind, declared.name, declared.namespace, origin, name_field(origin)))
    findings.extend(check_reserved(declared.values, origin, declared.values_field))
    findings.extend(rules.credentials.find(declared, placed=referenced is not None))
    findings.extend(rules.credentials.in_annotations(declared, "" if origin.field else "metadata"))
    findings.extend(_against_schema(declared, kind, values, referenced or ()))
    findings.extend(_newer_than_target(kind, rules, declared))
    labels, annotations = carried(declared, rules.target, findings)
    settled, found = settle(ordered(values), annotations, options.variables, origin, declared.values_field)
    findings.extend(found)
    install = kind.install_timeout or options.timeout
    keeps_data = kind.stateful or kind.kind == CLUSTER
    protected = kind.kind == CLUSTER or (keeps_data and options.protect == "data")
    return Release(
        origin=origin,
        name=kind.prefix + declared.name,
        namespace=declared.namespace,
        owner=declared.owner,
        chart_ref=kind.chart_ref,
        interval=options.interval,
        max_history=options.max_history,
        retry_interval=options.retry_interval,
        install=Action(install, kind.disable_wait),
        upgrade=Action(kind.upgrade_timeout or install, kind.disable_wait),
        values=settled.values,
        labels=labels,
        annotations=settled.annotations,
        wait_strategy=_wait_strategy(kind, rules),
        health_checks=kind.health_checks,
        prune=confirmed(declared, findings) or not protected,
        substitute=settled.substitute,
        keeps_data=keeps_data,
    )


def on_management_plane(local: Release, declared: App | Cluster, kind: Kind, rules: Rules) -> Release:
    """The release that the platform's API would make of the declaration (facts/cozystack.md §1.2)."""
    if not rules.target.platform:
        return local
    lineage = {
        f"{GROUP}/application.group": GROUP,
        f"{GROUP}/application.kind": kind.kind,
        f"{GROUP}/application.name": declared.name,
    }
    return local._replace(
        labels={**kind.labels, **local.labels, **lineage}, values_from=(ValuesReference(PLATFORM_VALUES),)
    )


def _against_schema(
    declared: App | Cluster, kind: Kind, values: dict[str, Any] | None, referenced: tuple[str, ...]
) -> Iterable[Result]:
    if not kind.schema:
        return ()
    from krmfn.topology.checks.schema import check  # noqa: PLC0415  (the JSON Schema library is loaded only where needed)

    return check(kind.schema, values or {}, declared.origin, declared.values_field, referenced)


def _wait_strategy(kind: Kind, rules: Rules) -> str:
    """What the platform's API would set; a Flux that has no choice waits the legacy way by itself."""
    wanted = kind.wait_strategy or ("poller" if kind.health_checks else "")
    return "" if wanted == "legacy" and not rules.target.has("waitStrategy") else wanted


def _newer_than_target(kind: Kind, rules: Rules, declared: App | Cluster) -> Iterator[Result]:
    for feature, wanted in (("healthCheckExprs", kind.health_checks), ("waitStrategy", kind.wait_strategy == "poller")):
        if wanted and not rules.target.has(feature):
            message = (
                f"the definition of {kind.kind} sets {feature}, which comes with Flux "
                f"{rules.target.since(feature)}; raise spec.target.flux, or leave it out of the definition"
            )
            yield declared.origin.error("needs-newer-flux", message, "kind")
