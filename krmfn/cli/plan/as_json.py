"""A plan as JSON: docs/plan.schema.json describes it, and it is part of the public API."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from krmfn.changes.change import Absent, Hidden
from krmfn.changes.summary import summary
from krmfn.cli.plan.comparison import codes_about

if TYPE_CHECKING:
    from krmfn.changes.change import Change, FieldChange, Reach
    from krmfn.cli.plan.comparison import Comparison, Revision

GROUPS = {"ComputePlane": "krmfn.dev/v1alpha1"}
"""API versions of inline declarations that are not applications."""


def as_json(found: Comparison) -> str:
    """The plan as docs/plan.schema.json describes it."""
    document = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "Plan",
        "from": _revision(found.before),
        "to": _revision(found.after),
        "summary": _summary(found),
        "changes": [_change(change, found) for change in found.verdict.changes],
        "notCompared": [
            {"namespace": each.namespace, "invalid": each.at_fault, "declarations": list(each.owners)}
            for each in found.skipped
        ],
        "refusals": [each.as_dict() for each in dict.fromkeys(each.result for each in found.verdict.refusals)],
        "warnings": [each.result.as_dict() for each in found.verdict.dangers],
        "results": [result.as_dict() for result in found.notes],
    }
    return dumps(document, indent=2) + "\n"


def _summary(found: Comparison) -> dict[str, Any]:
    numbers = summary(found.verdict.changes)
    return {
        **{action.value: count for action, count in numbers.actions.items()},
        "losesIsolation": numbers.loses_isolation,
        "losesData": numbers.loses_data,
        "refused": bool(found.verdict.refusals),
    }


def _revision(revision: Revision) -> dict[str, Any]:
    errors = [result.as_dict() for result in revision.side.results if result.severity == "error"]
    commit = {"commit": revision.commit} if revision.commit else {}
    return {"revision": revision.name, **commit, "valid": revision.is_valid, "errors": errors}


def _change(change: Change, found: Comparison) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "object": {
            "apiVersion": _api_version(change),
            "kind": change.kind,
            **({"namespace": change.namespace} if change.namespace else {}),
            "name": change.name,
        },
        **({"was": change.was.partition("/")[2]} if change.was else {}),
        "releases": [
            {"name": each.name, "outcome": each.effect.value, **({"cluster": each.on} if each.on else {})}
            for each in change.touched
            if each.kind == "HelmRelease"
        ],
        "objects": [
            {"kind": each.kind, "name": each.name, "outcome": each.effect.value}
            for each in change.touched
            if each.kind != "HelmRelease"
        ],
        "data": change.data.value,
        "isolationLost": list(change.isolation),
        "connections": {
            "opened": [_reach(each) for each in change.opened],
            "closed": [_reach(each) for each in change.closed],
        },
        "fences": [each._asdict() for each in change.fences],
        "fields": [_field(each) for each in change.fields],
        "refusedBy": codes_about(change, found.verdict.refusals),
        "warnedBy": codes_about(change, found.verdict.dangers),
    }


def _api_version(change: Change) -> str:
    said = change.origin.resource
    own = (said.kind, said.name) == (change.kind, change.name)
    return said.api_version if own else GROUPS.get(change.kind, "apps.cozystack.io/v1alpha1")


def _reach(reach: Reach) -> dict[str, Any]:
    return {
        "from": reach.source,
        "cluster": reach.cluster,
        "to": reach.to,
        "ports": list(reach.ports),
        "enforced": reach.enforced,
        "nodes": reach.nodes,
    }


def _field(field: FieldChange) -> dict[str, Any]:
    sides = {"before": field.before, "after": field.after}
    said = {key: plain(value) for key, value in sides.items() if not isinstance(value, Absent)}
    hidden = any(isinstance(value, Hidden) for value in sides.values())
    return {"object": field.object, "path": field.path, **said, **({"hidden": True} if hidden else {})}


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    return str(value) if isinstance(value, Hidden) else value
