"""What an isolation profile means: the posture of a cluster, and the carve-outs that a profile can open or close."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.results import Origin

MESHED = "cluster-meshed"
"""The profile of clusters that are joined with others, or that may be."""


class Posture(NamedTuple):
    """What an isolation profile means, decided once; later code does not read the profile itself.

    Attributes:
        name: the profile's name, for messages and for the label that the guards read.
        scoped: the nodes may reach only declared connections.
        withheld: the tenant gets no kubeconfig.
        hardened: the Pod Security level of the pods is baseline or restricted.
        fenced_inside: the cluster has a boundary: objects that must be inside it before any app.
        meshed: the cluster is one side of a mesh.
        internet: the nodes may reach addresses outside the management cluster.
        volumes: the nodes may reach what the platform opens for a volume while it is attached.
        monitoring: the nodes may reach the tenant's monitoring.
        own_ingress: the nodes may reach the tenant's ingress controller.
        pod_security: the level of the app namespaces; empty if the profile sets none.
        quota: `hard` of the ResourceQuota of every app namespace.
        limits: the items of the LimitRange of every app namespace.
        pins: chart values that a user may not contradict.
        origin: the user's profile; None for a shipped one.
        confirms: the fields that a later commit may loosen, as the profile itself confirms (R15).
    """

    name: str
    scoped: bool
    withheld: bool
    hardened: bool
    fenced_inside: bool
    meshed: bool
    internet: bool
    volumes: bool
    monitoring: bool
    own_ingress: bool
    pod_security: str
    quota: Mapping[str, Any]
    limits: tuple[Mapping[str, Any], ...]
    pins: dict[str, Any]
    origin: Origin | None = None
    confirms: frozenset[str] = frozenset()

    @property
    def changes_release(self) -> bool:
        """True if the posture changes the release of a cluster."""
        return self.withheld or self.fenced_inside


class CarveOut(NamedTuple):
    """Something that the nodes of a cluster with scoped egress may reach beside declared connections.

    Attributes:
        field: the field of the profile, inside its `egress`.
        posture: the field of Posture.
        reached: what the nodes may reach, in words.
        opened: the field's value that opens it.
        closed: the field's value that closes it.
        by_default: it is open if the field is not set.
    """

    field: str
    posture: str
    reached: str
    opened: str | bool = True
    closed: str | bool = False
    by_default: bool = False

    @property
    def path(self) -> str:
        """The field in the profile's spec."""
        return f"egress.{self.field}"

    def is_open(self, posture: Posture) -> bool:
        """True if a posture with scoped egress opens it."""
        return bool(getattr(posture, self.posture))

    def needs_scope(self, egress: Mapping[str, Any]) -> bool:
        """True if a profile sets the field to a value that means something only with `scope: declared`."""
        value = egress.get(self.field)
        return value is not None and (value == self.closed or not self.by_default)


CARVE_OUTS = (
    CarveOut("internet", "internet", "the internet", opened="allow", closed="deny", by_default=True),
    CarveOut("volumes", "volumes", "volumes that several nodes mount"),
    CarveOut("monitoring", "monitoring", "the monitoring of its tenant"),
    CarveOut("ownIngress", "own_ingress", "the ingress controller of its tenant"),
)
"""All carve-outs. What tightens and loosens a profile, and what the matrix shows, follows from this list; what each
opens is an Opening in krmfn/topology/fencing/egress.py."""


def posture_of(name: str, spec: Mapping[str, Any]) -> Posture:
    """The posture of a profile's spec, into which the extended profiles are already merged."""
    egress = spec.get("egress") or {}
    scoped = egress.get("scope") == "declared"
    hardened = spec.get("podSecurity") in {"baseline", "restricted"}
    quota, limits = spec.get("quota") or {}, tuple(spec.get("limits") or ())
    return Posture(
        name=name,
        scoped=scoped,
        withheld=spec.get("kubeconfig") == "withheld",
        hardened=hardened,
        fenced_inside=scoped or hardened or bool(quota or limits),
        meshed=MESHED in {name, spec.get("extends")},
        internet=egress.get("internet") != "deny",
        volumes=bool(egress.get("volumes")),
        monitoring=bool(egress.get("monitoring")),
        own_ingress=bool(egress.get("ownIngress")),
        pod_security=spec.get("podSecurity") or "",
        quota=quota,
        limits=limits,
        pins=spec.get("pins") or {},
    )
