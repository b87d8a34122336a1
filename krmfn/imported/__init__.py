"""HelmReleases of the platform's charts, as their owners have them in Git, turned into declarations.

A declaration is returned only if it renders to the same release: what Helm installs must not change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn import function
from krmfn.declarations import Role, role_of
from krmfn.imported.charts import KnownChart, Reference, chart_of, known_charts
from krmfn.imported.differences import differences, settled
from krmfn.marks import APPLICATION, CARRIED
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import Resource, ResourceList, group_of, identity, metadata_of, origin_of
from krmfn.results import Severity, has_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from krmfn.results import Origin, Result, Rule

__all__ = ["Taken", "chart_of", "imported", "is_helm_release", "known_charts"]

GROUP = "helm.toolkit.fluxcd.io"
ELSEWHERE = ("kubeConfig", "targetNamespace", "storageNamespace", "releaseName")
"""Fields by which a release is installed elsewhere, or by another name than its own."""


EARLIER = {"cozystack-apps", "cozystack-extra"}
"""HelmRepositories that earlier releases of Cozystack had."""


class Taken(NamedTuple):
    """A release that became a declaration, and what differs in its render: metadata that has no effect."""

    release: Resource
    application: Resource
    settled: tuple[str, ...]


def is_helm_release(item: Resource) -> bool:
    """True for a HelmRelease that krmfn has not written."""
    return (group_of(item), item.get("kind")) == (GROUP, "HelmRelease") and role_of(item) is not Role.GENERATED


def imported(
    items: Sequence[Resource], definitions: Sequence[Resource], configs: Mapping[str, Resource | None]
) -> Rule[list[Taken]]:
    """The declarations of the HelmReleases among the items; a finding with the reason for each that cannot become one.

    Args:
        items: what was read.
        definitions: ApplicationDefinitions and profiles that apply.
        configs: the configuration of each namespace, with which its declarations will be rendered.
    """
    charts = known_charts(definitions)
    taken: list[Taken] = []
    for item in filter(is_helm_release, items):
        found = yield from _taken(item, charts, definitions, configs.get(identity(item).namespace))
        if found:
            taken.append(found)
    return taken


def _is_of_earlier(item: Resource) -> bool:
    found: Any = item
    for key in ("spec", "chart", "spec", "sourceRef", "name"):
        found = found.get(key) if isinstance(found, dict) else None
    return found in EARLIER if isinstance(found, str) else False


def _taken(
    item: Resource,
    charts: Mapping[Reference, KnownChart],
    definitions: Sequence[Resource],
    config: Resource | None,
) -> Rule[Taken | None]:
    origin = origin_of(item)
    chart = chart_of(item, charts)
    if chart is None:
        message = (
            "stays a HelmRelease: its chart is of a HelmRepository of an earlier Cozystack, which no supported one has"
            "; write into Git what the cluster has now (kubectl get helmrelease -o yaml), and import that"
            if _is_of_earlier(item)
            else "stays a HelmRelease: neither krmfn's catalog nor a definition here knows its chart"
        )
        yield origin.info("not-imported", message, "spec.chartRef")
        return None
    reasons = [*_reasons(item, chart, origin)]
    yield from reasons
    if reasons:
        return None
    application = _application(item, chart)
    answer = function.run(ResourceList((application, *definitions), config))
    if has_errors(answer.results):
        for each in answer.results:
            if each.severity is Severity.ERROR:
                message = f"would be the {chart.kind} {_name(item, chart)}, which is refused: {each.message}"
                field = each.field.replace("spec", "spec.values", 1) if each.field.startswith("spec") else each.field
                yield origin.warning("not-imported", message, field)
        return None
    (rendered,) = (each for each in answer.items if each.get("kind") == "HelmRelease")
    differing = [*differences(item, rendered)]
    for difference in differing:
        message = f"would change as the {chart.kind} {_name(item, chart)}: {difference.says}"
        yield origin.warning("not-imported", message, difference.field)
    return None if differing else Taken(item, application, tuple(settled(item, rendered)))


def _reasons(item: Resource, chart: KnownChart, origin: Origin) -> Iterator[Result]:
    """Why a release cannot be a declaration at all."""
    spec, name = item.get("spec"), identity(item).name
    said = spec if isinstance(spec, dict) else {}
    if str(item.get("apiVersion")) != f"{GROUP}/v2":
        message = "is not of version v2, the only one that Flux 2.8 has; convert it to v2 first"
        yield origin.warning("not-imported", message, "apiVersion")
    if not identity(item).namespace:
        yield origin.warning("not-imported", "has no namespace; set it to the tenant's namespace", "metadata.namespace")
    if not name.removeprefix(chart.prefix) or not name.startswith(chart.prefix):
        message = (
            f"has the chart of a {chart.kind}, but is not called {chart.prefix}NAME; to Helm, a release with another "
            "name is another release, so it stays as it is"
        )
        yield origin.warning("not-imported", message, "metadata.name")
    for field in ELSEWHERE:
        if said.get(field) is not None:
            message = (
                "is installed on another cluster, or under another name, as only a Placement can say; declare the app "
                "and its Placement by hand, and move its data"
            )
            yield origin.warning("not-imported", message, f"spec.{field}")
            return


def _name(item: Resource, chart: KnownChart) -> str:
    return identity(item).name.removeprefix(chart.prefix)


def _application(item: Resource, chart: KnownChart) -> Resource:
    """The declaration: the release's values, and what of its metadata the user wrote."""
    namespace = identity(item).namespace
    metadata: dict[str, Any] = {"name": _name(item, chart), "namespace": namespace}
    for field in ("labels", "annotations"):
        written = metadata_of(item).get(field)
        own = {
            key.removeprefix(CARRIED): value
            for key, value in (written if isinstance(written, dict) else {}).items()
            if str(key).startswith(CARRIED) and not str(key).startswith(APPLICATION)
        }
        if own:
            metadata[field] = own
    spec = item.get("spec")
    values = spec.get("values") if isinstance(spec, dict) else None
    return {
        "apiVersion": "apps.cozystack.io/v1alpha1",
        "kind": chart.kind,
        "metadata": metadata,
        **({"spec": values} if values is not None else {}),
    }
