"""Rules of admission inside a cluster: what Pod Security does not check, and the labels that could loosen it.

No user is exempt, because placed charts are applied with the cluster's admin kubeconfig, as system:masters. Only the
namespaces of the platform's addons are exempt. To loosen anything else, change the cluster's profile in Git.
"""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from krmfn.topology.model.fences import Boundary

STRICT_ENOUGH = {"baseline": ("baseline", "restricted"), "restricted": ("restricted",)}
"""For each level of a cluster: the levels that a namespace's label may have."""
ENFORCE = "pod-security.kubernetes.io/enforce"
DRIVER = "csi.kubevirt.io"
"""This driver creates a volume under the name of its PersistentVolume, and attaches a shared one by that name alone.

Source: ControllerPublishVolume of cozystack/cozystack packages/apps/kubernetes/images/kubevirt-csi-driver, which
accepts any claim in the tenant's namespace, whoever created it.
"""
HARMLESS = ("meta.helm.sh/", "helm.sh/", "kubectl.kubernetes.io/")
"""What annotations of a LoadBalancer may begin with: Helm and kubectl write them, and no controller obeys them."""
ANYWHERE: dict[str, Any] = {}
IN_GIT = "to loosen it, change the isolationProfile of the cluster in Git"


class AdmissionRule(NamedTuple):
    """A rule: its name and why it exists, what and where it applies to, and its validations with their messages."""

    name: str
    why: str
    rules: list[dict[str, Any]]
    where: dict[str, Any]
    validations: list[tuple[str, str]]
    conditions: tuple[tuple[str, str], ...] = ()


def namespaces(boundary: Boundary) -> AdmissionRule:
    """Restricts Pod Security labels: they override the API server's default, and older versions of a level allow more.

    See docs/decisions/036-pod-security-defaults.md.

    Labels can be changed through the subresources as well. A namespace that is being deleted accepts no pods, so it is
    not checked.
    """
    levels = STRICT_ENOUGH[boundary.posture.pod_security]
    names = dumps(list(boundary.exempt or _made(boundary)))
    return AdmissionRule(
        name="krmfn-pod-security-labels",
        why="No namespace loosens by a label the Pod Security level that the cluster's isolation profile asks for.",
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
                f"label {ENFORCE}: it may not be removed; leave it as it is; {IN_GIT}",
            ),
        ],
    )


def pods(boundary: Boundary) -> AdmissionRule:
    """A pod with nodeName bypasses the scheduler; a pod with a system priority class evicts the platform's own pods.

    A namespace that was labelled before the cluster got its level still has its looser label.
    """
    levels = STRICT_ENOUGH[boundary.posture.pod_security]
    return AdmissionRule(
        name="krmfn-pods",
        why="No pod picks its own node, evicts the platform's pods, or runs under an older, looser Pod Security label.",
        rules=[_rule("", "pods", on=("CREATE",))],
        where=_fenced(boundary),
        # A node reports its static pods, and these have a nodeName.
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
                    f"label {ENFORCE} of this namespace allows more than this cluster does: set it to {levels[0]}, and "
                    f"remove {ENFORCE}-version; {IN_GIT}"
                ),
            ),
        ],
    )


def services(boundary: Boundary) -> AdmissionRule:
    """With externalIPs, a user can take the traffic of any address (CVE-2020-8554)."""
    return AdmissionRule(
        name="krmfn-external-ips",
        why="No Service takes the traffic of other people's addresses.",
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


def load_balancers(boundary: Boundary) -> AdmissionRule:
    """The platform copies annotations and the requested address to a Service of the management cluster.

    There, the controllers of addresses and DNS names obey them (docs/decisions/051-load-balancers-inside.md).
    """
    harmless = " || ".join(f"key.startsWith('{each}')" for each in HARMLESS)
    return AdmissionRule(
        name="krmfn-load-balancers",
        why="No Service gives orders to the management cluster, where the platform copies its annotations and address.",
        rules=[_rule("", "services", on=("CREATE", "UPDATE"))],
        where=_fenced(boundary),
        conditions=(
            ("load-balancer", "object.spec.?type.orValue('') == 'LoadBalancer'"),
            ("not-terminating", "!has(object.metadata.deletionTimestamp)"),
        ),
        validations=[
            (
                f"object.metadata.?annotations.orValue({{}}).all(key, {harmless})",
                (
                    "metadata.annotations: those of a LoadBalancer are copied to the management cluster, and tell it "
                    f"which addresses and DNS names to give; leave out all but those of {', '.join(HARMLESS)}"
                ),
            ),
            (
                "object.spec.?loadBalancerIP.orValue('') == ''",
                "spec.loadBalancerIP: the management cluster chooses the address; leave it out",
            ),
        ],
    )


def service_accounts(boundary: Boundary) -> AdmissionRule:
    """Keeps what the boundary sets: pods without their own service account get no token."""
    return AdmissionRule(
        name="krmfn-default-service-account",
        why="No pod gets a token of the API server unless an account of its own says so.",
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
                    "automountServiceAccountToken: the default account gives no token here; create another account "
                    "for pods that need one"
                ),
            )
        ],
    )


def volumes(boundary: Boundary) -> AdmissionRule:
    """Forbids volumes that a pod may not mount directly: Pod Security does not check the volume behind a claim."""
    restricted = boundary.posture.pod_security == "restricted"
    allowed = "has(object.spec.csi)" if restricted else "!has(object.spec.hostPath) && !has(object.spec.local)"
    what = "only csi" if restricted else "neither hostPath nor local"
    return AdmissionRule(
        name="krmfn-persistent-volumes",
        why="No volume opens a node's own disk, or another volume of the tenant.",
        rules=[_rule("", "persistentvolumes", on=("CREATE",))],
        where=ANYWHERE,
        validations=[
            (
                allowed,
                (
                    f"spec: a volume here may be {what}, because Pod Security {boundary.posture.pod_security} does "
                    "not check the volume of a claim; claim one of a StorageClass"
                ),
            ),
            (
                (
                    f"!has(object.spec.csi) || object.spec.csi.driver != '{DRIVER}' || "
                    "object.spec.csi.volumeHandle == object.metadata.name && object.metadata.name.startsWith('pvc-')"
                ),
                (
                    f"spec.csi.volumeHandle: {DRIVER} would attach any volume of the tenant by its name; claim one "
                    "of a StorageClass, which makes a volume with the name pvc-<uid> for it"
                ),
            ),
        ],
    )


def _rule(group: str, *resources: str, on: tuple[str, ...]) -> dict[str, Any]:
    return {"apiGroups": [group], "apiVersions": ["v1"], "operations": list(on), "resources": list(resources)}


def _made(boundary: Boundary) -> tuple[str, ...]:
    return tuple(each.name for each in boundary.namespaces)


def _fenced(boundary: Boundary) -> dict[str, Any]:
    """Selects namespaces by the only label that the API server itself sets."""
    operator, names = ("NotIn", boundary.exempt) if boundary.exempt else ("In", _made(boundary))
    expression = {"key": "kubernetes.io/metadata.name", "operator": operator, "values": list(names)}
    return {"namespaceSelector": {"matchExpressions": [expression]}}
