"""What a run sets for kinds: chart, prefix and placement, in `spec.kinds` and in ApplicationDefinitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.fleet.fleets import folder_of, mapping, spec_of
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import identity, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.fleet.fleets import Run
    from krmfn.results import Origin


class Subject(NamedTuple):
    """A setting of a kind: `chart`, `prefix` or `placement`."""

    kind: str
    what: str


class KindSetting(NamedTuple):
    """The value of a setting, and the field that sets it."""

    subject: Subject
    value: Any
    origin: Origin


def kind_settings(run: Run) -> Iterator[KindSetting]:
    """What a run sets for kinds in its own folder; if both set a kind, `spec.kinds` comes last, because it counts."""
    for item in run.items:
        if identity(item).kind == "ApplicationDefinition" and folder_of(item) == run.folder:
            spec = mapping(item.get("spec"))
            release, application = mapping(spec.get("release")), mapping(spec.get("application"))
            fields = {
                "chart": ("spec.release.chartRef", _chart(release.get("chartRef"), "")),
                "prefix": ("spec.release.prefix", release.get("prefix")),
                "placement": ("spec.placement", spec.get("placement")),
            }
            yield from _settings(application.get("kind"), fields, origin_of(item))
    spec = spec_of(run.config)
    namespace = str(mapping(spec.get("defaults")).get("chartNamespace") or "")
    entries = spec.get("kinds")
    for i, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict) and run.config:
            fields = {
                "chart": ("chartRef", _chart(entry.get("chartRef"), namespace)),
                "prefix": ("prefix", entry.get("prefix")),
                "placement": ("placement", entry.get("placement")),
            }
            yield from _settings(entry.get("kind"), fields, origin_of(run.config).at(f"spec.kinds[{i}]"))


def _settings(kind: Any, fields: dict[str, tuple[str, Any]], origin: Origin) -> Iterator[KindSetting]:
    for what, (field, value) in fields.items():
        if value is not None:
            yield KindSetting(Subject(str(kind), what), value, origin.at(field))


def _chart(reference: Any, namespace: str) -> Any:
    """The kind, name and namespace of a chart's reference; None if there is none."""
    if not isinstance(reference, dict):
        return reference
    return (reference.get("kind"), reference.get("name"), reference.get("namespace") or namespace)


def shown(value: Any) -> str:
    """The value for a sentence: `HelmChart flux-system/jupyterhub`."""
    if isinstance(value, tuple):
        kind, name, namespace = value
        return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
    return f'"{value}"'
