"""Guards against deletions in the wrong order: Flux has no order, and a fence must outlive what it fences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.resources.guards.matchconditions import (
    ANY,
    CLUSTER_SCOPED_FENCES,
    FENCES,
    HELM_RELEASE,
    HELM_RELEASES,
    ISOLATED,
    NAMESPACED_FENCES,
    PLACED,
    Guard,
    not_administrator,
    not_clean_up,
    not_privileged,
    with_params,
)

if TYPE_CHECKING:
    from krmfn.topology import Platform

# `namespaceObject` exists only in validations: in a match condition it is an error, which denies everything.
MAY_GO = (
    "has(namespaceObject.metadata.deletionTimestamp) || "
    "namespaceObject.metadata.?annotations[?'krmfn.dev/break-glass'].orValue('') == oldObject.metadata.name"
)
BREAK_THE_GLASS = (
    "in an emergency, an administrator of spec.platform annotates the namespace krmfn.dev/break-glass=' + "
    "oldObject.metadata.name + ', deletes ' + oldObject.metadata.name + ', and removes the annotation'"
)
WORD = {
    "name": "word",
    "expression": "oldObject.metadata.?annotations[?'krmfn.dev/confirm-loosening'].orValue('')",
}
"""The loosening that takes the object away, as its earlier revision confirmed; empty if none was."""
FIRST = {
    True: (
        "first remove ' + params.metadata.name + ' from Git, in the same commit if you like, because Flux tries again"
    ),
    False: (
        "first remove ' + params.metadata.name + ' from Git; Flux before 2.9 tries a deletion only once, so if ' + "
        "oldObject.metadata.name + ' has left Git already, delete it by hand once ' + params.metadata.name + ' is gone"
    ),
}
"""What must be done first; the key says whether Flux retries objects that it could not prune."""


def of_clusters(platform: Platform) -> Guard:
    """A cluster may be deleted only after everything that is placed on it, and its boundary only after the apps.

    A boundary may also be deleted after a confirmed loosening of its cluster, once no app depends on it any longer.
    """
    policy = {
        "paramKind": HELM_RELEASE,
        "matchConstraints": {"resourceRules": [{**HELM_RELEASES, "operations": ["DELETE"]}]},
        **({"matchConditions": not_clean_up(platform)} if platform.cozystack else {}),
        "variables": [
            {"name": "labels", "expression": "oldObject.metadata.?labels.orValue({})"},
            {"name": "cluster", "expression": "params.metadata.labels['krmfn.dev/placed-on']"},
            WORD,
        ],
        "validations": [
            {
                "expression": (
                    f"{MAY_GO} || variables.cluster != oldObject.metadata.name && "
                    "('krmfn.dev/boundary' in params.metadata.labels || !('krmfn.dev/boundary' in variables.labels) || "
                    "variables.labels[?'krmfn.dev/placed-on'].orValue('') != variables.cluster || "
                    "variables.word != '' && !params.spec.?dependsOn.orValue([])"
                    ".exists(each, each.name == oldObject.metadata.name))"
                ),
                "messageExpression": (
                    "oldObject.metadata.name + ' has to stay while ' + params.metadata.name + ' is on ' + "
                    f"variables.cluster + ': {FIRST[platform.retries_prunes]}; {BREAK_THE_GLASS}"
                ),
            }
        ],
    }
    why = "A cluster stays while anything runs on it: Flux deletes in no order."
    return Guard("krmfn-cluster-deletion", why, policy, with_params(PLACED))


def of_isolated_clusters(platform: Platform) -> Guard:
    """Only Flux and administrators may delete an isolated cluster: the platform would recreate it without isolation."""
    policy = {
        "matchConstraints": {
            "objectSelector": ISOLATED,
            "resourceRules": [{**HELM_RELEASES, "operations": ["DELETE"]}],
        },
        "matchConditions": [*not_privileged(platform), *not_clean_up(platform)],
        "validations": [
            {
                "expression": MAY_GO,
                "messageExpression": (
                    "oldObject.metadata.name + ' is isolated, so only Flux and administrators may delete it: "
                    f"remove its declaration from Git; {BREAK_THE_GLASS}"
                ),
            }
        ],
    }
    why = "Only Flux and administrators delete an isolated cluster: the platform would make it again without isolation."
    return Guard("krmfn-isolation-deletion", why, policy, {})


def of_fences(platform: Platform) -> Guard:
    """A fence may be deleted only after its cluster, even if the deletion is confirmed.

    It may also be deleted after a confirmed loosening, once its cluster has the looser profile.
    """
    policy = {
        "paramKind": HELM_RELEASE,
        "matchConstraints": {
            "objectSelector": FENCES,
            "resourceRules": [{**rule, "operations": ["DELETE"]} for rule in NAMESPACED_FENCES],
        },
        "variables": [WORD],
        "validations": [
            {
                "expression": (
                    f"{MAY_GO} || params.metadata.name != oldObject.metadata.labels['krmfn.dev/fences'] || "
                    "variables.word != '' && !variables.word.startsWith("
                    "params.metadata.?labels[?'krmfn.dev/isolation'].orValue('') + '->')"
                ),
                "messageExpression": (
                    "oldObject.metadata.name + ' fences ' + params.metadata.name + ', which is still there: "
                    f"{FIRST[platform.retries_prunes]}; {BREAK_THE_GLASS}"
                ),
            }
        ],
    }
    why = "What fences a cluster stays while the cluster does, even if its deletion is confirmed."
    return Guard("krmfn-fence-deletion", why, policy, with_params(ANY))


def of_cluster_scoped_fences(platform: Platform) -> Guard:
    """A cluster-scoped fence may be deleted only if confirmed: it has no namespace in which to look for its release."""
    policy = {
        "matchConstraints": {
            "objectSelector": FENCES,
            "resourceRules": [{**rule, "operations": ["DELETE"]} for rule in CLUSTER_SCOPED_FENCES],
        },
        "matchConditions": not_administrator(platform),
        "validations": [
            {
                "expression": (
                    "oldObject.metadata.?annotations[?'kustomize.toolkit.fluxcd.io/prune'].orValue('') != 'disabled'"
                ),
                "messageExpression": (
                    "oldObject.metadata.name + ' fences ' + oldObject.metadata.labels['krmfn.dev/fences'] + ', whose "
                    "deletion is not confirmed: annotate the declaration of that cluster krmfn.dev/confirm-deletion "
                    "with its own name; in an emergency, an administrator of spec.platform can delete this fence'"
                ),
            }
        ],
    }
    why = "What fences a cluster goes only once that is confirmed."
    return Guard("krmfn-cluster-scoped-fence-deletion", why, policy, {})
