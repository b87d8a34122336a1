"""The guard of the break-glass annotation: who may set it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.resources.guards.matchconditions import NAMESPACES, Guard, not_administrator

if TYPE_CHECKING:
    from krmfn.topology import Platform


def broken(platform: Platform) -> Guard:
    """Only an administrator may set it: not Flux, which applies anyone's commits, nor others who may change namespaces.

    Anyone may remove it.
    """
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
                    "only an administrator of spec.platform may set krmfn.dev/break-glass; if there is no such "
                    "administrator any more, first delete the ValidatingAdmissionPolicyBinding krmfn-break-glass"
                ),
            }
        ],
    }
    why = "Only administrators break the glass of a guard, and not Flux, which applies what anybody merged."
    return Guard("krmfn-break-glass", why, policy, {})
