"""Admission policies inside a cluster: each rule as a ValidatingAdmissionPolicy with its binding.

Only RBAC protects these policies: the API server does not apply admission policies to admission policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.marks import WHY
from krmfn.resources.inside import admission_rules as rules

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource
    from krmfn.resources.inside.admission_rules import AdmissionRule
    from krmfn.topology.model.fences import Boundary

VERSION = "admissionregistration.k8s.io/v1"


def admission_policies(boundary: Boundary) -> list[Resource]:
    """Every policy with its binding; none if no level is enforced.

    In an existing cluster krmfn does not know the system namespaces (`exempt` is empty). Then the policies hold only in
    the namespaces that krmfn creates, and not for volumes, which have no namespace.
    """
    if not boundary.posture.hardened:
        return []
    policies = [
        rules.namespaces(boundary),
        rules.pods(boundary),
        rules.services(boundary),
        *([rules.load_balancers(boundary)] if boundary.exempt else []),
        rules.service_accounts(boundary),
        *([rules.volumes(boundary)] if boundary.exempt else []),
    ]
    return [each for policy in policies for each in (_policy(policy), _binding(policy))]


def _policy(policy: AdmissionRule) -> Resource:
    conditions = [{"name": name, "expression": expression} for name, expression in policy.conditions]
    return {
        "apiVersion": VERSION,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": policy.name, "annotations": {WHY: policy.why}},
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
