"""Answers of `krmfn reach` as JSON: docs/reach.schema.json describes them, and they are part of the public API."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from krmfn.cli.reach.answers import ReachAnswers, ReachDifferences
    from krmfn.reach.answers import Opened, ReachAnswer
    from krmfn.reach.causes import Because
    from krmfn.reach.rules import Policy
    from krmfn.results import Origin

VERSION = "krmfn.dev/v1alpha1"


def as_json(told: ReachAnswers) -> str:
    """One Reach if the question names both parties, else a list."""
    found = [_reach(each) for each in told.reaches]
    return dumps(found[0] if told.is_single and found else found, indent=2) + "\n"


def as_json_change(told: ReachDifferences) -> str:
    document = {
        "apiVersion": VERSION,
        "kind": "ReachChange",
        "from": told.before,
        "to": told.after,
        "opened": [_reach(each) for each in told.change.opened],
        "closed": [_reach(each) for each in told.change.closed],
        "notCompared": list(told.left_out),
    }
    return dumps(document, indent=2) + "\n"


def _reach(reach: ReachAnswer) -> dict[str, Any]:
    return {
        "apiVersion": VERSION,
        "kind": "Reach",
        **({"namespace": reach.sender.namespace} if reach.sender.namespace else {}),
        "from": reach.sender.name,
        "to": reach.receiver.name_in(reach.sender.namespace),
        "port": reach.ports.numbers,
        "protocol": reach.ports.protocol,
        "verdict": reach.verdict.value,
        "plane": reach.plane,
        **({"ports": [_opened(each) for each in reach.opened]} if reach.opened else {}),
        "because": [_because(each) for each in reach.because],
    }


def _opened(opened: Opened) -> dict[str, Any]:
    return {"port": opened.ports.numbers, "protocol": opened.ports.protocol, "verdict": opened.verdict.value}


def _because(because: Because) -> dict[str, Any]:
    return {
        "plane": because.plane,
        **({"policy": _policy(because.policy)} if because.policy else {}),
        **({"rule": because.field} if because.field else {}),
        **({"declaration": _declaration(because.declaration)} if because.declaration else {}),
        "says": because.says,
    }


def _policy(policy: Policy) -> dict[str, Any]:
    return {
        "apiVersion": policy.api_version,
        "kind": policy.kind,
        **({"namespace": policy.namespace} if policy.namespace else {}),
        "name": policy.name,
        "author": policy.author,
        **({"source": policy.source} if policy.source else {}),
    }


def _declaration(origin: Origin) -> dict[str, Any]:
    about, file = origin.resource, origin.file
    return {
        "apiVersion": about.api_version,
        "kind": about.kind,
        **({"namespace": about.namespace} if about.namespace else {}),
        "name": about.name,
        "field": origin.field,
        **({"file": file.path} if file else {}),
        **({"line": file.line} if file and file.line else {}),
    }
