"""The charts by which a HelmRelease is known to be of a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.catalog import Catalog
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import Resource, identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Reference = tuple[str, str, str]
"""The kind, name and namespace of a chart's reference."""


class KnownChart(NamedTuple):
    """The kind of a chart, the prefix of its releases, and whether they have a timeout of their own."""

    kind: str
    prefix: str
    has_timeout: bool = False


def known_charts(definitions: Iterable[Resource]) -> dict[Reference, KnownChart]:
    """The charts of the catalog, overridden by those of definitions."""
    catalog = Catalog.shipped()
    kinds = filter(None, map(catalog.kind, catalog.kind_names()))
    charts = {
        _reference(kind.chart_ref._asdict(), ""): KnownChart(kind.kind, kind.prefix, bool(kind.install_timeout))
        for kind in kinds
    }
    for definition in definitions:
        spec = definition.get("spec")
        match spec:
            case {"application": {"kind": str() as kind}, "release": {"chartRef": dict() as ref, **release}}:
                prefix = release.get("prefix")
                charts[_reference(ref, "")] = KnownChart(kind, prefix if isinstance(prefix, str) else "")
    return charts


def chart_of(release: Resource, charts: Mapping[Reference, KnownChart]) -> KnownChart | None:
    """The chart of a HelmRelease, if it is a known one; a reference without a namespace means the release's own."""
    match release.get("spec"):
        case {"chartRef": dict() as ref}:
            return charts.get(_reference(ref, identity(release).namespace))
    return None


def _reference(ref: Mapping[str, object], namespace: str) -> Reference:
    return str(ref.get("kind")), str(ref.get("name")), str(ref.get("namespace") or namespace)
