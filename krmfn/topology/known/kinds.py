"""Kinds: the shipped catalog, over it the ApplicationDefinitions among the items, over these `spec.kinds`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog import ChartRef, HealthCheck, Kind
from krmfn.results import did_you_mean, path_of, place_of
from krmfn.topology.checks.durations import is_duration, out_of_range
from krmfn.topology.releases.metadata import SHARDING, check_definition_labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Catalog
    from krmfn.declarations import Declarations, Definition
    from krmfn.results import Origin, Result

MANAGEMENT_PLANE = "ManagementPlane"


class Kinds:
    """Looks kinds up by name; each is put together once."""

    def __init__(self, declared: Declarations, catalog: Catalog, findings: list[Result]) -> None:
        # In one order, whatever that of the files is: where a kind is defined twice, findings are about the same one.
        definitions = tuple(sorted(declared.definitions, key=lambda each: place_of(each.origin)))
        self._declared = declared
        self._catalog = catalog
        self._chart_namespace = declared.options.chart_namespace
        self._findings = findings
        self._platform = {definition.kind: definition for definition in definitions if not definition.inline}
        self._inline = {definition.kind: definition for definition in definitions if definition.inline}
        self._known: dict[str, Kind | None] = {}
        findings.extend(_defined_twice(definitions))
        if declared.options.scope == "tenant":
            findings.extend(_mutations(definitions))
        self._refuse_placed_clusters()

    def find(self, kind: str, origin: Origin, field: str = "kind") -> Kind | None:
        """The kind, or a result that says how to supply its definition."""
        if kind not in self._known:
            self._known[kind] = self._put_together(kind)
        found = self._known[kind]
        is_broken = kind in self._inline or self._declared.is_broken("ApplicationDefinition", "", kind)
        if found is None and not is_broken:
            names = {*self._catalog.kind_names(), *self._platform, *self._inline}
            message = (
                f"no definition of kind {kind}{did_you_mean(kind, names)}; add its ApplicationDefinition to the input, "
                "or an entry with kind, prefix and chartRef to spec.kinds of the ComputePlane"
            )
            self._findings.append(origin.error("unknown-kind", message, field))
        return found

    def _refuse_placed_clusters(self) -> None:
        cluster, origin = self.placement("Kubernetes")
        if cluster and origin:
            message = "a cluster does not run on a cluster; remove it"
            self._findings.append(origin.error("not-placeable", message))

    def placement(self, kind: str) -> tuple[str, Origin | None]:
        """The cluster that a kind's apps run on where no Placement says otherwise, and who says so; else nothing."""
        for definition, field in ((self._inline.get(kind), "placement"), (self._platform.get(kind), "spec.placement")):
            if definition and definition.placement:
                cluster = "" if definition.placement == MANAGEMENT_PLANE else definition.placement
                return cluster, definition.origin.at(field)
        return "", None

    def plural(self, kind: str) -> str:
        """The resource of a kind in apps.cozystack.io; nothing where no definition says it."""
        said = (self._inline.get(kind), self._platform.get(kind), self._catalog.kind(kind))
        return next((each.plural for each in said if each and each.plural), "")

    def _put_together(self, name: str) -> Kind | None:
        kind = self._catalog.kind(name)
        if kind and self._chart_namespace:
            kind = kind._replace(chart_ref=kind.chart_ref._replace(namespace=self._chart_namespace))
        if name in self._platform:
            kind = self._overridden(kind, self._platform[name])
        if name in self._inline:
            kind = self._overridden(kind, self._inline[name])
        return kind

    def _overridden(self, kind: Kind | None, definition: Definition) -> Kind | None:
        if kind is None and (definition.prefix is None or definition.chart_ref is None):
            missing = " and ".join(
                field
                for field, value in (("prefix", definition.prefix), ("chartRef", definition.chart_ref))
                if value is None
            )
            message = f"{definition.kind} is not in the catalog, so its definition needs {missing}"
            self._findings.append(definition.origin.error("missing-field", message, missing.partition(" ")[0]))
            return None
        self._findings.extend(_timeouts(definition))
        self._findings.extend(check_definition_labels(definition.labels or {}, definition.origin))
        said: dict[str, Any] = {
            "plural": definition.plural,
            "prefix": definition.prefix,
            "chart_ref": definition.chart_ref and self._chart_ref(definition),
            "labels": _labels(definition),
            "install_timeout": definition.install_timeout,
            "upgrade_timeout": definition.upgrade_timeout,
            "disable_wait": definition.disable_wait,
            "wait_strategy": definition.wait_strategy,
        }
        said = {field: value for field, value in said.items() if value is not None}
        if not definition.inline:
            said |= {
                "schema": self._schema(definition),
                "health_checks": tuple(map(_health_check, definition.health_checks)),
            }
        base = kind or Kind(kind=definition.kind, plural="", prefix="", chart_ref=ChartRef("", "", ""))
        if said.get("chart_ref", base.chart_ref) != base.chart_ref and base.placeable == "operator":
            # Another chart: what the shipped one needs in a cluster says nothing of it.
            said |= {"placeable": "always", "operator": "", "addons": ()}
        return base._replace(**said)

    def _schema(self, definition: Definition) -> Any:
        if not definition.schema:
            return None
        from krmfn.topology.checks.schema import read  # noqa: PLC0415  (the JSON Schema library is loaded only where needed)

        schema, findings = read(definition.schema, definition.origin.at("spec.application.openAPISchema"))
        self._findings.extend(findings)
        return schema

    def _chart_ref(self, definition: Definition) -> ChartRef:
        reference = definition.chart_ref or {}
        namespace = reference.get("namespace") or (self._chart_namespace if definition.inline else "")
        return ChartRef(reference["kind"], reference["name"], namespace)


def _labels(definition: Definition) -> dict[str, str] | None:
    """Without the sharding key: the platform's webhook sets it, and would fight with Git (facts/cozystack.md §7)."""
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


def _mutations(definitions: tuple[Definition, ...]) -> Iterator[Result]:
    """A role is cluster-scoped and the same for all tenants, so that no tenant's output may hold it (R12)."""
    for definition in definitions:
        if definition.mutation:
            message = (
                "who may change a kind is said by a role, and roles are in the platform output: keep this entry in the "
                "ComputePlane with scope: platform that your operator installs"
            )
            yield definition.origin.info("mutation-in-platform-output", message, "mutation")


def _defined_twice(definitions: tuple[Definition, ...]) -> Iterator[Result]:
    for definition in definitions:
        same = [other for other in definitions if (other.kind, other.inline) == (definition.kind, definition.inline)]
        if len(same) > 1:
            what = "entries of spec.kinds" if definition.inline else "ApplicationDefinitions"
            field = "kind" if definition.inline else "spec.application.kind"
            message = f"kind {definition.kind} has {len(same)} {what}; keep one"
            yield definition.origin.error("defined-twice", message, field)
