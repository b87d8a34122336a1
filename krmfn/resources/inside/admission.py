"""Admission policies inside a cluster: each rule as a ValidatingAdmissionPolicy with its binding.

Only RBAC keeps others from these policies, for the API server puts no policy before a policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.resources.inside import admission_rules as rules

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource
    from krmfn.resources.inside.admission_rules import AdmissionRule
    from krmfn.topology.model.fences import Boundary

VERSION = "admissionregistration.k8s.io/v1"


def admission_policies(boundary: Boundary) -> list[Resource]:
    """Every policy with its binding; none where no level is enforced.

    Where krmfn does not know the namespaces of a cluster's own parts (`exempt` is empty: an existing cluster), they
    hold in the namespaces that it makes, and volumes, which are in no namespace, are left alone.
    """
    if not boundary.posture.hardened:
        return []
    policies = [
        rules.namespaces(boundary),
        rules.pods(boundary),
        rules.services(boundary),
        rules.service_accounts(boundary),
        *([rules.volumes(boundary)] if boundary.exempt else []),
    ]
    return [each for policy in policies for each in (_policy(policy), _binding(policy))]


def _policy(policy: AdmissionRule) -> Resource:
    conditions = [{"name": name, "expression": expression} for name, expression in policy.conditions]
    return {
        "apiVersion": VERSION,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": policy.name},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {**policy.where, "resourceRules": policy.rules},
            **({"matchConditions": conditions} if conditions else {}),
            "validations": [
                {"expression": expression, "message": message} for expression, message in policy.validations
            ],
        },
    }


def _binding(policy: AdmissionRule) -> Resource:
    return {
        "apiVersion": VERSION,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": policy.name},
        "spec": {"policyName": policy.name, "validationActions": ["Deny"]},
    }
