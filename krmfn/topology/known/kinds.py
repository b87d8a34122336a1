"""Kinds: the shipped catalog, over it the ApplicationDefinitions among the items, over these `spec.kinds`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.lookalikes import did_you_mean
from krmfn.results import place_of
from krmfn.topology.known.definitions import overridden

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.catalog import Catalog, Kind
    from krmfn.declarations import Declarations, Definition
    from krmfn.results import Origin, Result, Rule

MANAGEMENT_PLANE = "ManagementPlane"
CLUSTER = "Kubernetes"


class DefaultPlacement(NamedTuple):
    """The cluster that a kind's apps run on where no Placement says otherwise, and where that is said."""

    cluster: str
    origin: Origin


class Kinds(NamedTuple):
    """Looks kinds up by name.

    Attributes:
        names: of all kinds that the input defines.
        defined: those of them that are used, put together; None where a definition is wrong, which has been told.
        placed: those whose apps run on a cluster where no Placement says otherwise.
        broken: kinds whose definition could not be read.
    """

    catalog: Catalog
    chart_namespace: str
    names: frozenset[str]
    defined: Mapping[str, Kind | None]
    plurals: Mapping[str, str]
    placed: Mapping[str, DefaultPlacement]
    broken: frozenset[str]

    def find(self, kind: str, origin: Origin, field: str = "kind") -> Rule[Kind | None]:
        """The kind, or a result that says how to supply its definition."""
        found = self.defined[kind] if kind in self.defined else _shipped(kind, self.catalog, self.chart_namespace)
        if found is None and kind not in self.defined and kind not in self.broken:
            names = {*self.catalog.kind_names(), *self.names}
            message = (
                f"no definition of kind {kind}{did_you_mean(kind, names)}; add its ApplicationDefinition to the input, "
                "or an entry with kind, prefix and chartRef to spec.kinds of the ComputePlane"
            )
            yield origin.error("unknown-kind", message, field)
        return found

    def plural(self, kind: str) -> str:
        """The resource of a kind in apps.cozystack.io; nothing where no definition says it."""
        shipped = self.catalog.kind(kind)
        return self.plurals.get(kind) or (shipped.plural if shipped else "")


def known_kinds(declared: Declarations, catalog: Catalog) -> Rule[Kinds]:
    """Checks what the input defines, and puts it over the catalog."""
    # In one order, whatever that of the files is: where a kind is defined twice, findings are about the same one.
    definitions = tuple(sorted(declared.definitions, key=lambda each: place_of(each.origin)))
    chart_namespace = declared.options.chart_namespace
    yield from _defined_twice(definitions)
    if declared.options.scope == "tenant":
        yield from _mutations(definitions)
    platform = {definition.kind: definition for definition in definitions if not definition.inline}
    inline = {definition.kind: definition for definition in definitions if definition.inline}
    defined: dict[str, Kind | None] = {}
    # A definition is read as far as it is used: its schema may be large.
    for name in sorted({*platform, *inline} & _used(declared)):
        kind = _shipped(name, catalog, chart_namespace)
        for said in (platform.get(name), inline.get(name)):
            if said:
                kind = yield from overridden(kind, said, chart_namespace)
        defined[name] = kind
    said_by = (*platform.values(), *inline.values())
    placements = {each.kind: _default_placement(each) for each in said_by if each.placement}
    placed = {kind: placement for kind, placement in placements.items() if placement.cluster}
    if CLUSTER in placed:
        yield placed[CLUSTER].origin.error("not-placeable", "a cluster does not run on a cluster; remove it")
    return Kinds(
        catalog=catalog,
        chart_namespace=chart_namespace,
        names=frozenset({*platform, *inline}),
        defined=defined,
        plurals={each.kind: each.plural for each in said_by if each.plural},
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
