"""A plan as JSON: docs/plan.schema.json describes it, and it is part of the public API."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from krmfn.changes import Absent, Hidden

if TYPE_CHECKING:
    from krmfn.changes import Change, Field, Reach
    from krmfn.cli.comparing import Comparison, Revision

GROUPS = {"ComputePlane": "krmfn.dev/v1alpha1"}
"""API versions of what is declared inline and is no application."""


def as_json(found: Comparison) -> str:
    """The plan as docs/plan.schema.json describes it."""
    document = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "Plan",
        "from": _revision(found.before),
        "to": _revision(found.after),
        "changes": [_change(change, found) for change in found.changes],
        "notCompared": [
            {"namespace": each.namespace, "invalid": each.at_fault, "declarations": list(each.owners)}
            for each in found.skipped
        ],
        "refusals": [result.as_dict() for _, result in found.refusals],
        "results": [result.as_dict() for result in found.notes],
    }
    return dumps(document, indent=2) + "\n"


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
            {"name": each.name, "outcome": each.outcome.value, **({"cluster": each.on} if each.on else {})}
            for each in change.touched
            if each.kind == "HelmRelease"
        ],
        "objects": [
            {"kind": each.kind, "name": each.name, "outcome": each.outcome.value}
            for each in change.touched
            if each.kind != "HelmRelease"
        ],
        "data": change.data.value,
        "connections": {
            "opened": [_reach(each) for each in change.opened],
            "closed": [_reach(each) for each in change.closed],
        },
        "fields": [_field(each) for each in change.fields],
        "refusedBy": found.refused_by(change),
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
    }


def _field(field: Field) -> dict[str, Any]:
    sides = {"before": field.before, "after": field.after}
    said = {key: plain(value) for key, value in sides.items() if not isinstance(value, Absent)}
    return {"object": field.object, "path": field.path, **said}


def plain(value: Any) -> Any:
    if isinstance(value, Hidden):
        return repr(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value
