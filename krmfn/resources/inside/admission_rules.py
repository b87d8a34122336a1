"""Rules of admission inside a cluster: what Pod Security leaves open, and the labels by which it could be loosened.

No user is exempt, for placed charts are applied with the cluster's admin kubeconfig, as system:masters. Only the
namespaces of the platform's addons are. To loosen anything else, change the cluster's profile in Git.
"""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from krmfn.topology.model.fences import Boundary

STRICT_ENOUGH = {"baseline": ("baseline", "restricted"), "restricted": ("restricted",)}
"""By the level that a cluster has, the levels that a namespace's label may say."""
ENFORCE = "pod-security.kubernetes.io/enforce"
DRIVER = "csi.kubevirt.io"
"""Makes a volume for a claim under the name of its PersistentVolume. A shared one it attaches by its name alone.

Source: ControllerPublishVolume of cozystack/cozystack packages/apps/kubernetes/images/kubevirt-csi-driver, which looks
for any claim of the tenant's namespace, whoever made it.
"""
ANYWHERE: dict[str, Any] = {}
IN_GIT = "to loosen it, change the isolationProfile of the cluster in Git"


class AdmissionRule(NamedTuple):
    """Its name, what it is about, in which namespaces, and what has to hold, each with a message."""

    name: str
    rules: list[dict[str, Any]]
    where: dict[str, Any]
    validations: list[tuple[str, str]]
    conditions: tuple[tuple[str, str], ...] = ()


def namespaces(boundary: Boundary) -> AdmissionRule:
    """A label wins over the API server's default, and an older version of a level forbids less.

    See docs/decisions/036-pod-security-defaults.md.

    Labels can be changed through the subresources as well. A namespace that is going takes no pods: it may go.
    """
    levels = STRICT_ENOUGH[boundary.posture.pod_security]
    names = dumps(list(boundary.exempt or _made(boundary)))
    return AdmissionRule(
        name="krmfn-pod-security-labels",
        rules=[_rule("", "namespaces", "namespaces/status", "namespaces/finalize", on=("CREATE", "UPDATE"))],
        where=ANYWHERE,
        conditions=(
            ("fenced", f"{'!' if boundary.exempt else ''}(object.metadata.name in {names})"),
            ("not-terminating", "!has(object.metadata.deletionTimestamp)"),
        ),
        validations=[
            (
                f"object.metadata.?labels[?'{ENFORCE}'].orValue('{levels[0]}') in {dumps(list(levels))}",
                (
                    f"label {ENFORCE}: this cluster holds its pods to {boundary.posture.pod_security}; leave the label "
                    f"out, or set it to {' or '.join(levels)}; {IN_GIT}"
                ),
            ),
            (
                f"object.metadata.?labels[?'{ENFORCE}-version'].orValue('latest') == 'latest'",
                (
                    f"label {ENFORCE}-version: older versions of a level forbid less; leave the label out, or set it "
                    "to latest"
                ),
            ),
            (
                (
                    f"'{ENFORCE}' in object.metadata.?labels.orValue({{}}) || oldObject == null || "
                    f"!('{ENFORCE}' in oldObject.metadata.?labels.orValue({{}}))"
                ),
                f"label {ENFORCE}: it may not be taken away again; leave it as it is; {IN_GIT}",
            ),
        ],
    )


def pods(boundary: Boundary) -> AdmissionRule:
    """A pod that chooses its node escapes the scheduler; one of the system's classes evicts the platform's own pods.

    A namespace that was labelled before this cluster was held to a level has its looser label still.
    """
    levels = STRICT_ENOUGH[boundary.posture.pod_security]
    return AdmissionRule(
        name="krmfn-pods",
        rules=[_rule("", "pods", on=("CREATE",))],
        where=_fenced(boundary),
        # A node reports what it runs by itself, which does name the node.
        conditions=(("not-by-a-node", "!('system:nodes' in request.userInfo.?groups.orValue([]))"),),
        validations=[
            (
                "object.spec.?nodeName.orValue('') == ''",
                "spec.nodeName: pods go where the scheduler puts them; use nodeSelector or affinity",
            ),
            (
                "!object.spec.?priorityClassName.orValue('').startsWith('system-')",
                (
                    "spec.priorityClassName: the system's classes are for the platform's own pods; use a PriorityClass "
                    "of your own"
                ),
            ),
            (
                (
                    f"namespaceObject.metadata.?labels[?'{ENFORCE}'].orValue('{levels[0]}') in {dumps(list(levels))} "
                    f"&& namespaceObject.metadata.?labels[?'{ENFORCE}-version'].orValue('latest') == 'latest'"
                ),
                (
                    f"this namespace has a label {ENFORCE} that is older, and looser, than what this cluster holds its "
                    f"pods to: set it to {levels[0]}, and take {ENFORCE}-version out; {IN_GIT}"
                ),
            ),
        ],
    )


def services(boundary: Boundary) -> AdmissionRule:
    """Who writes externalIPs takes any address's traffic (CVE-2020-8554)."""
    return AdmissionRule(
        name="krmfn-external-ips",
        rules=[_rule("", "services", on=("CREATE", "UPDATE"))],
        where=_fenced(boundary),
        conditions=(("not-terminating", "!has(object.metadata.deletionTimestamp)"),),
        validations=[
            (
                "size(object.spec.?externalIPs.orValue([])) == 0",
                "spec.externalIPs: it would take traffic for addresses of others; use type LoadBalancer, or an Ingress",
            )
        ],
    )


def service_accounts(boundary: Boundary) -> AdmissionRule:
    """The boundary makes it so that pods without an account of their own get no token; it stays so."""
    return AdmissionRule(
        name="krmfn-default-service-account",
        rules=[_rule("", "serviceaccounts", on=("UPDATE",))],
        where=_fenced(boundary),
        conditions=(("default", "object.metadata.name == 'default'"),),
        validations=[
            (
                (
                    "oldObject.?automountServiceAccountToken.orValue(true) || "
                    "!object.?automountServiceAccountToken.orValue(true)"
                ),
                (
                    "automountServiceAccountToken: the default account gives no token here; make an account of its own "
                    "for what needs one"
                ),
            )
        ],
    )


def volumes(boundary: Boundary) -> AdmissionRule:
    """What a pod of a level may not mount itself, it could mount by a claim: Pod Security does not look behind one."""
    restricted = boundary.posture.pod_security == "restricted"
    allowed = "has(object.spec.csi)" if restricted else "!has(object.spec.hostPath) && !has(object.spec.local)"
    what = "only csi" if restricted else "neither hostPath nor local"
    return AdmissionRule(
        name="krmfn-persistent-volumes",
        rules=[_rule("", "persistentvolumes", on=("CREATE",))],
        where=ANYWHERE,
        validations=[
            (
                allowed,
                (
                    f"spec: a volume here may be {what}, for Pod Security {boundary.posture.pod_security} does not "
                    "look behind a claim; claim one of a StorageClass"
                ),
            ),
            (
                (
                    f"!has(object.spec.csi) || object.spec.csi.driver != '{DRIVER}' || "
                    "object.spec.csi.volumeHandle == object.metadata.name && object.metadata.name.startsWith('pvc-')"
                ),
                (
                    f"spec.csi.volumeHandle: {DRIVER} would attach any volume of the tenant by its name; claim one "
                    "of a StorageClass, which makes a volume by the name of pvc-<uid> for it"
                ),
            ),
        ],
    )


def _rule(group: str, *resources: str, on: tuple[str, ...]) -> dict[str, Any]:
    return {"apiGroups": [group], "apiVersions": ["v1"], "operations": list(on), "resources": list(resources)}


def _made(boundary: Boundary) -> tuple[str, ...]:
    return tuple(each.name for each in boundary.namespaces)


def _fenced(boundary: Boundary) -> dict[str, Any]:
    """By the one label of a namespace that the API server writes itself."""
    operator, names = ("NotIn", boundary.exempt) if boundary.exempt else ("In", _made(boundary))
    expression = {"key": "kubernetes.io/metadata.name", "operator": operator, "values": list(names)}
    return {"namespaceSelector": {"matchExpressions": [expression]}}
