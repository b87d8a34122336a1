"""The guard of the glass: who may break it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.resources.guards.matching import NAMESPACES, Guard, not_administrator

if TYPE_CHECKING:
    from krmfn.topology import Platform


def broken(platform: Platform) -> Guard:
    """An administrator: not Flux, which is anyone's commit, nor whoever else may write namespaces. Anyone mends it."""
    policy = {
        "matchConstraints": {"resourceRules": [{**NAMESPACES, "operations": ["CREATE", "UPDATE"]}]},
        "matchConditions": [
            {
                "name": "breaks-the-glass",
                "expression": (
                    "object.metadata.?annotations[?'krmfn.dev/break-glass'].orValue('') != '' && (oldObject == null || "
                    "oldObject.metadata.?annotations[?'krmfn.dev/break-glass'].orValue('') != "
                    "object.metadata.annotations['krmfn.dev/break-glass'])"
                ),
            },
            *not_administrator(platform),
        ],
        "validations": [
            {
                "expression": "false",
                "message": (
                    "only an administrator of spec.platform may set krmfn.dev/break-glass; where there is none left, "
                    "delete the ValidatingAdmissionPolicyBinding krmfn-break-glass"
                ),
            }
        ],
    }
    return "krmfn-break-glass", policy, {}
