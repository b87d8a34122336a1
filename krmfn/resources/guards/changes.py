"""Guards against changes to what isolates a cluster: server-side apply restores only the fields that Flux owns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.resources.guards.matchconditions import (
    CLUSTER_SCOPED_FENCES,
    FENCES,
    HELM_RELEASE,
    HELM_RELEASES,
    ISOLATED,
    NAMESPACED_FENCES,
    POOLS,
    Guard,
    not_administrator,
    not_privileged,
    with_params,
)

if TYPE_CHECKING:
    from krmfn.topology import Platform

MARKS = [
    {"name": "labels", "expression": "object.metadata.?labels.orValue({})"},
    {"name": "labelsBefore", "expression": "oldObject.metadata.?labels.orValue({})"},
    {"name": "annotations", "expression": "object.metadata.?annotations.orValue({})"},
    {"name": "annotationsBefore", "expression": "oldObject.metadata.?annotations.orValue({})"},
]
SPEC = [
    {
        "name": "whole",
        "expression": (
            "'krmfn.dev/isolation' in variables.labelsBefore || 'krmfn.dev/boundary' in variables.labelsBefore"
        ),
    },
    {
        "name": "where",
        "expression": (
            "['kubeConfig', 'releaseName', 'targetNamespace', 'storageNamespace', 'serviceAccountName', 'dependsOn']"
        ),
    },
    {
        "name": "free",
        "expression": (
            "'apps.cozystack.io/application.kind' in variables.labelsBefore "
            "? ['suspend', 'chartRef', 'valuesFrom'] : ['suspend']"
        ),
    },
]
"""`whole`: the whole spec is guarded. `where`: else, the fields that decide where a release runs. `free`: fields that
the platform sets itself."""
IN_GIT = (
    "may not be changed here: change its declaration in Git; in an emergency, an administrator of spec.platform can "
    "change it here"
)
KEEPS_MARKS = {
    "expression": (
        "variables.labelsBefore.all(key, !(key.startsWith('krmfn.dev/') || "
        "key.startsWith('kustomize.toolkit.fluxcd.io/') || key == 'cozystack.io/target-cluster-name') || "
        "key in variables.labels && variables.labels[key] == variables.labelsBefore[key]) && "
        "variables.labels.all(key, !(key.startsWith('krmfn.dev/') || "
        "key.startsWith('kustomize.toolkit.fluxcd.io/')) || key in variables.labelsBefore) && "
        "variables.annotationsBefore.all(key, !(key.startsWith('krmfn.dev/') || "
        "key.startsWith('kustomize.toolkit.fluxcd.io/')) || "
        "key in variables.annotations && variables.annotations[key] == variables.annotationsBefore[key]) && "
        "variables.annotations.all(key, !(key.startsWith('kustomize.toolkit.fluxcd.io/') || "
        "key == 'krmfn.dev/confirm-loosening') || key in variables.annotationsBefore)"
    ),
    "messageExpression": f"'a label or annotation of krmfn or Flux on ' + oldObject.metadata.name + ' {IN_GIT}'",
}
"""Flux's own marks are guarded as well: after `reconcile: disabled` or `ssa: Ignore`, as label or annotation, Git would
change nothing any more. So is the mark with which the other guards allow a loss of isolation."""


def of_releases(platform: Platform) -> Guard:
    """Guards the spec of isolated clusters and boundaries, except what the platform writes; of apps, where they run.

    The platform may suspend any release. In a release with its own labels it sets chartRef and valuesFrom, the latter
    to one Secret (docs/platform.md#release-of-an-app). A tenant's change through the platform's API rewrites the whole
    object, so this guard denies it.
    """
    policy = {
        "matchConstraints": {"resourceRules": [{**HELM_RELEASES, "operations": ["UPDATE"]}]},
        "matchConditions": [
            {
                "name": "guarded",
                "expression": (
                    "['krmfn.dev/isolation', 'krmfn.dev/boundary', 'krmfn.dev/placed-on']"
                    ".exists(label, label in oldObject.metadata.?labels.orValue({}))"
                ),
            },
            *not_privileged(platform),
        ],
        "variables": [
            *MARKS,
            *SPEC,
        ],
        "validations": [
            {
                "expression": (
                    "oldObject.spec.all(field, field in variables.free || "
                    "!(variables.whole || field in variables.where) || "
                    "field in object.spec && object.spec[field] == oldObject.spec[field]) && "
                    "object.spec.all(field, field in variables.free || "
                    "!(variables.whole || field in variables.where) || field in oldObject.spec)"
                ),
                "messageExpression": f"'the spec of ' + oldObject.metadata.name + ' {IN_GIT}'",
            },
            {
                "expression": (
                    "!variables.whole || object.spec.?valuesFrom == oldObject.spec.?valuesFrom || "
                    "object.spec.?valuesFrom.orValue([]) == [{'kind': 'Secret', 'name': 'cozystack-values'}]"
                ),
                "messageExpression": f"'valuesFrom of ' + oldObject.metadata.name + ' {IN_GIT}'",
            },
            KEEPS_MARKS,
        ],
    }
    why = "Only Flux and administrators change an isolated cluster, and where a placed app runs."
    return Guard("krmfn-isolation-change", why, policy, {})


def of_isolation(platform: Platform) -> Guard:
    """Guards a cluster against losing its isolation by a commit that was not confirmed by an earlier one (R15).

    Flux is not exempt: it applies whatever was merged. A release may lose its label only if it has the mark that allows
    this, from an earlier commit.
    """
    policy = {
        "matchConstraints": {"resourceRules": [{**HELM_RELEASES, "operations": ["UPDATE"]}]},
        "matchConditions": [
            {
                "name": "loses-its-isolation",
                "expression": (
                    "'krmfn.dev/isolation' in oldObject.metadata.?labels.orValue({}) && "
                    "!('krmfn.dev/isolation' in object.metadata.?labels.orValue({}))"
                ),
            },
            *not_administrator(platform),
        ],
        "validations": [
            {
                "expression": (
                    "oldObject.metadata.?annotations[?'krmfn.dev/confirm-loosening'].orValue('')"
                    ".startsWith(oldObject.metadata.labels['krmfn.dev/isolation'] + '->')"
                ),
                "messageExpression": (
                    "oldObject.metadata.name + ' would lose its isolation, and no earlier commit has confirmed that: "
                    "annotate its declaration krmfn.dev/confirm-loosening: ' + "
                    "oldObject.metadata.labels['krmfn.dev/isolation'] + "
                    "'->standard (or the profile that it gets) in a commit of its own, and let Flux apply that first; "
                    "in an emergency, an administrator of spec.platform can remove the label krmfn.dev/isolation'"
                ),
            }
        ],
    }
    why = "A cluster loses its isolation only after an earlier commit has confirmed it, whoever applies the later one."
    return Guard("krmfn-isolation-loosening", why, policy, {})


def of_fences(platform: Platform) -> Guard:
    """Guards the objects that fence a cluster, in every field in which their kinds have content."""
    policy = {
        "matchConstraints": {
            "objectSelector": FENCES,
            "resourceRules": [
                {**rule, "operations": ["UPDATE"]} for rule in (*NAMESPACED_FENCES, *CLUSTER_SCOPED_FENCES)
            ],
        },
        "matchConditions": not_privileged(platform),
        "variables": MARKS,
        "validations": [
            {
                "expression": (
                    "['spec', 'specs', 'data', 'binaryData', 'immutable'].all(field, "
                    "(field in object) == (field in oldObject) && "
                    "(!(field in object) || object[field] == oldObject[field]))"
                ),
                "messageExpression": f"oldObject.metadata.name + ' fences a cluster, and {IN_GIT}'",
            },
            KEEPS_MARKS,
        ],
    }
    why = "Only Flux and administrators change what fences a cluster."
    return Guard("krmfn-fence-change", why, policy, {})


def of_pools(platform: Platform) -> Guard:
    """Guards against nodes that join an isolated cluster outside Git: the platform's API does not check what they boot.

    The chart uses only the value `cluster` to join nodes; a `cluster` that is not a string is denied.
    """
    policy = {
        "paramKind": HELM_RELEASE,
        "matchConstraints": {
            "objectSelector": POOLS,
            "resourceRules": [{**HELM_RELEASES, "operations": ["CREATE", "UPDATE"]}],
        },
        "matchConditions": [
            {"name": "joins", "expression": "oldObject == null || oldObject.spec.?values != object.spec.?values"},
            *not_privileged(platform),
        ],
        "variables": [
            {"name": "cluster", "expression": "string(object.spec.?values.?cluster.orValue(''))"},
        ],
        "validations": [
            {
                "expression": "params.metadata.name != 'kubernetes-' + variables.cluster",
                "messageExpression": (
                    "params.metadata.name + ' is isolated, so nodes cannot be added to it here: declare ' + "
                    "object.metadata.name + ' in Git, beside the cluster; in an emergency, an administrator of "
                    "spec.platform can add them here'"
                ),
            }
        ],
    }
    why = "No node joins an isolated cluster outside Git: nobody would have checked what it boots."
    return Guard("krmfn-isolation-nodes", why, policy, with_params(ISOLATED))
