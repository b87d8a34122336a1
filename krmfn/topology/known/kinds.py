"""Kinds: the shipped catalog, overridden by ApplicationDefinitions among the items, overridden by `spec.kinds`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from krmfn.lookalikes import did_you_mean
from krmfn.marks import BOUNDARY_SUFFIX
from krmfn.namedtuple import NamedTuple
from krmfn.results import place_of
from krmfn.topology.known.definitions import overridden
from krmfn.topology.known.renamed import renamed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.catalog import Catalog, Kind
    from krmfn.declarations import Declarations, Definition
    from krmfn.results import Origin, Result, Rule

MANAGEMENT_PLANE = "ManagementPlane"
OBJECTS_CHART = "krmfn-objects"
"""The name of the chart for boundaries that krmfn ships."""
CLUSTER = "Kubernetes"


class DefaultPlacement(NamedTuple):
    """The cluster on which a kind's apps run unless a Placement says otherwise, and the origin of this default."""

    cluster: str
    origin: Origin


class Kinds(NamedTuple):
    """Looks kinds up by name.

    Attributes:
        names: names of all kinds that the input defines.
        defined: those that are used, with their definitions applied; None if a definition is invalid (reported).
        placed: kinds whose apps run on a cluster unless a Placement says otherwise.
        broken: kinds whose definition is invalid.
    """

    catalog: Catalog
    chart_namespace: str
    names: frozenset[str]
    defined: Mapping[str, Kind | None]
    plurals: Mapping[str, str]
    placed: Mapping[str, DefaultPlacement]
    broken: frozenset[str]

    def find(self, kind: str, origin: Origin, field: str = "kind") -> Rule[Kind | None]:
        """The kind; if it is unknown, None and a result that says how to define it."""
        found = self.defined[kind] if kind in self.defined else _shipped(kind, self.catalog, self.chart_namespace)
        if found is None and kind not in self.defined and kind not in self.broken:
            names = {*self.catalog.kind_names(), *self.names}
            message = renamed(kind, self.catalog) or (
                f"no definition of kind {kind}{did_you_mean(kind, names)}; add its ApplicationDefinition to the input, "
                "or an entry with kind, prefix and chartRef to spec.kinds of the ComputePlane"
            )
            yield origin.error("unknown-kind", message, field)
        return found

    def unknown(self, declared: Declarations) -> frozenset[str]:
        """The kinds of declared apps that neither the input nor the catalog defines."""
        kinds = {app.kind for app in declared.apps} - self.defined.keys() - self.broken
        return frozenset(kind for kind in kinds if self.catalog.kind(kind) is None)

    def cluster(self) -> Kind | None:
        """The kind of clusters; None if its definition is invalid."""
        return self.defined[CLUSTER] if CLUSTER in self.defined else self.catalog.kind(CLUSTER)

    def plural(self, kind: str) -> str:
        """The plural of a kind in apps.cozystack.io; empty if it is not known."""
        shipped = self.catalog.kind(kind)
        return self.plurals.get(kind) or (shipped.plural if shipped else "")


def known_kinds(declared: Declarations, catalog: Catalog) -> Rule[Kinds]:
    """Checks the definitions in the input, and applies them to the catalog."""
    # Sorted, so that for a kind that is defined twice, findings do not depend on the order of files.
    definitions = tuple(sorted(declared.definitions, key=lambda each: place_of(each.origin)))
    chart_namespace = declared.options.chart_namespace
    yield from _defined_twice(definitions)
    yield from _objects_chart(definitions, declared.options.objects_chart)
    if declared.options.scope == "tenant":
        yield from _mutations(definitions)
    platform = {definition.kind: definition for definition in definitions if not definition.inline}
    inline = {definition.kind: definition for definition in definitions if definition.inline}
    defined: dict[str, Kind | None] = {}
    # Only definitions that are used are read: a schema may be large.
    for name in sorted({*platform, *inline} & _used(declared)):
        kind = _shipped(name, catalog, chart_namespace)
        for said in (platform.get(name), inline.get(name)):
            if said:
                kind = yield from overridden(kind, said, chart_namespace)
        defined[name] = kind
    spec_of = (*platform.values(), *inline.values())
    placements = {each.kind: _default_placement(each) for each in spec_of if each.placement}
    placed = {kind: placement for kind, placement in placements.items() if placement.cluster}
    if CLUSTER in placed:
        yield placed[CLUSTER].origin.error("not-placeable", "a cluster cannot run on a cluster; remove it")
    return Kinds(
        catalog=catalog,
        chart_namespace=chart_namespace,
        names=frozenset({*platform, *inline}),
        defined=defined,
        plurals={each.kind: each.plural for each in spec_of if each.plural},
        placed=placed,
        broken=declared.broken_names("ApplicationDefinition"),
    )


def _used(declared: Declarations) -> set[str]:
    connected = {to.kind for placement in declared.placements for to in placement.connections}
    created = {CLUSTER} if any(cluster.to_create for cluster in declared.clusters) else set()
    return {app.kind for app in declared.apps} | connected | created


def _default_placement(definition: Definition) -> DefaultPlacement:
    cluster = "" if definition.placement == MANAGEMENT_PLANE else definition.placement
    return DefaultPlacement(cluster, definition.origin.at("placement" if definition.inline else "spec.placement"))


def _shipped(name: str, catalog: Catalog, chart_namespace: str) -> Kind | None:
    kind = catalog.kind(name)
    if kind and chart_namespace:
        return kind._replace(chart_ref=kind.chart_ref._replace(namespace=chart_namespace))
    return kind


def _mutations(definitions: tuple[Definition, ...]) -> Iterator[Result]:
    """An info for `mutation` in a tenant's run: roles are the same for all tenants, and in no tenant's output (R12)."""
    for definition in definitions:
        if definition.mutation:
            message = (
                "mutation becomes a role, and roles are only in the platform output, so it has no effect here; set "
                "it in the ComputePlane with scope: platform that your operator installs"
            )
            yield definition.origin.info("mutation-in-platform-output", message, "mutation")


def _objects_chart(definitions: tuple[Definition, ...], objects_chart: Mapping[str, Any] | None) -> Iterator[Result]:
    """Refuses krmfn's own chart as that of a kind: its values are objects, which Flux would apply as they are (R14)."""
    for definition in definitions:
        reference = definition.chart_ref or {}
        own = _boundary_chart(reference) or _is_chart(reference, (objects_chart or {}).get("chartRef") or {})
        if reference.get("name") == OBJECTS_CHART or own:
            message = (
                "this is krmfn's own chart for boundaries, which applies any object in its values. For a kind it would "
                "have to do so on the management cluster, which it refuses; name the chart of the app"
            )
            field = "chartRef" if definition.inline else "spec.release.chartRef"
            yield definition.origin.error("objects-chart-of-a-kind", message, field)


def _boundary_chart(reference: Mapping[str, Any]) -> bool:
    """True for the HelmChart that Flux makes for a boundary: `<namespace>-<release>`."""
    return reference.get("kind") == "HelmChart" and str(reference.get("name")).endswith(BOUNDARY_SUFFIX)


def _is_chart(reference: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """True if both lead to one chart; a namespace that is left out may be any."""
    spaces = {each.get("namespace") for each in (reference, other)} - {None, ""}
    same = all(reference.get(key) == other.get(key) for key in ("kind", "name"))
    return bool(other) and same and len(spaces) <= 1


def _defined_twice(definitions: tuple[Definition, ...]) -> Iterator[Result]:
    counts = Counter((definition.kind, definition.inline) for definition in definitions)
    for definition in definitions:
        same = counts[definition.kind, definition.inline]
        if same > 1:
            what = "entries of spec.kinds" if definition.inline else "ApplicationDefinitions"
            field = "kind" if definition.inline else "spec.application.kind"
            message = f"kind {definition.kind} has {same} {what}; keep one"
            yield definition.origin.error("defined-twice", message, field)
