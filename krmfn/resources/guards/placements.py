"""The guard of placements: an app that runs on a cluster is not made on the management plane as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.resources.guards.matchconditions import (
    HELM_RELEASE,
    HELM_RELEASES,
    PLACED,
    Guard,
    not_privileged,
    with_params,
)

if TYPE_CHECKING:
    from krmfn.topology import Platform

APPLICATIONS = {"matchExpressions": [{"key": "apps.cozystack.io/application.kind", "operator": "Exists"}]}


def of_placed_apps(platform: Platform) -> Guard:
    """Created through the platform's API, an app that Git places would run on the management plane too (R1).

    Flux is exempt: an app that moves is in both places for a moment (docs/decisions/050-apps-made-through-the-api.md).
    """
    policy = {
        "paramKind": HELM_RELEASE,
        "matchConstraints": {
            "objectSelector": APPLICATIONS,
            "resourceRules": [{**HELM_RELEASES, "operations": ["CREATE"]}],
        },
        "matchConditions": not_privileged(platform),
        "validations": [
            {
                "expression": "params.spec.?releaseName.orValue('') != object.metadata.name",
                "messageExpression": (
                    "object.metadata.name + ' is placed on ' + params.metadata.labels['krmfn.dev/placed-on'] + ' in "
                    "Git, and this would run it on the management plane as well: change its declaration in Git; in an "
                    "emergency, an administrator of spec.platform can create it here'"
                ),
            }
        ],
    }
    why = "An app that Git places on a cluster runs nowhere else."
    return Guard("krmfn-placement", why, policy, with_params(PLACED))
