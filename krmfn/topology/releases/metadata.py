"""Labels and annotations that a release takes over from its declaration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from krmfn.results import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.declarations import App, Cluster
    from krmfn.results import Origin, Result
    from krmfn.topology.known.targets import Target

PREFIX = "apps.cozystack.io-"
"""What the platform's API puts before a user's keys (facts/cozystack.md §1.2)."""
CONFIRM_DELETION = "krmfn.dev/confirm-deletion"
TOOLS = (
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.kubernetes.io/id",
    "config.kubernetes.io/local-config",
    "config.kubernetes.io/function",
    "config.k8s.io/id",
    "kubectl.kubernetes.io/last-applied-configuration",
)
TOOL_PREFIXES = ("internal.config.kubernetes.io/", "internal.kpt.dev/", "kustomize.config.k8s.io/", "krmfn.dev/")
SHARDING = "sharding.fluxcd.io/key"
CLUSTER_NAME = "cozystack.io/target-cluster-name"
"""By it the platform's clean-up finds what is on a cluster (facts/cozystack.md §7)."""
RESERVED_DOMAINS = ("cozystack.io", "fluxcd.io", "krmfn.dev")
_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
NAME_LENGTH = 63
SUBDOMAIN_LENGTH = 253


def carried(declared: App | Cluster, target: Target, findings: list[Result]) -> tuple[dict[str, str], dict[str, str]]:
    """The user's labels and annotations as the platform's API would carry them over, the tools' own left out."""
    prefix = PREFIX if target.platform else ""
    labels = {prefix + key: value for key, value in declared.labels.items()}
    annotations = {prefix + key: value for key, value in declared.annotations.items() if not is_tools_own(key)}
    findings.extend(_check(declared, labels, prefix, "labels"))
    findings.extend(_check(declared, annotations, prefix, "annotations"))
    if not target.platform:
        findings.extend(_reserved(declared, labels, "labels"))
        findings.extend(_reserved(declared, annotations, "annotations"))
    return labels, annotations


def confirmed(declared: App | Cluster, findings: list[Result]) -> bool:
    """Whether the declaration says that it may be deleted: it has to say its own name (R8)."""
    said = declared.annotations.get(CONFIRM_DELETION)
    if said is not None and said != declared.name:
        message = f"confirms the deletion of {said}, but stands on {declared.name}; write {declared.name}, or remove it"
        findings.append(
            declared.origin.error("wrong-confirmation", message, _field(declared, "annotations", CONFIRM_DELETION))
        )
    return said == declared.name


def is_tools_own(key: str) -> bool:
    return key in TOOLS or key.startswith(TOOL_PREFIXES)


def _check(declared: App | Cluster, carried_over: Mapping[str, str], prefix: str, what: str) -> Iterator[Result]:
    for key, value in carried_over.items():
        field = _field(declared, what, key.removeprefix(prefix))
        yield from _check_one(declared.origin, key, value, field, is_label=what == "labels")


def _check_one(origin: Origin, key: str, value: str, field: str, *, is_label: bool) -> Iterator[Result]:
    subdomain, slash, name = key.rpartition("/")
    if not _NAME.fullmatch(name) or (slash and not _SUBDOMAIN.fullmatch(subdomain)):
        yield origin.error("invalid-key", f"would become {key}, which Kubernetes refuses as a key", field)
    elif len(name) > NAME_LENGTH or len(subdomain) > SUBDOMAIN_LENGTH:
        message = f"would become {key}, longer than Kubernetes allows ({NAME_LENGTH} characters behind the slash)"
        yield origin.error("invalid-key", message, field)
    if is_label and value and (len(value) > NAME_LENGTH or not _NAME.fullmatch(value)):
        message = f"is no label value: at most {NAME_LENGTH} letters, digits, dashes, dots and underscores"
        yield origin.error("invalid-label", message, field)


def _reserved(declared: App | Cluster, carried_over: Mapping[str, str], what: str) -> Iterator[Result]:
    """On plain Flux keys arrive as they are, and these would change what the release is."""
    for key in carried_over:
        domain = key.rpartition("/")[0]
        if _is_of(domain, RESERVED_DOMAINS):
            message = (
                f"{domain} is not a user's: this would change how Flux or the platform treats the release; remove it"
            )
            yield declared.origin.error("reserved-key", message, _field(declared, what, key))


def _is_of(domain: str, owners: tuple[str, ...]) -> bool:
    return any(domain == owner or domain.endswith(f".{owner}") for owner in owners)


def check_definition_labels(labels: Mapping[str, str], origin: Origin) -> Iterator[Result]:
    """Labels that a definition puts on every release of its kind."""
    for key, value in labels.items():
        field = path_of("spec", "release", "labels", key)
        yield from _check_one(origin, key, value, field, is_label=True)
        domain = key.rpartition("/")[0]
        if key == CLUSTER_NAME or (key != SHARDING and _is_of(domain, ("fluxcd.io", "krmfn.dev"))):
            message = (
                f"{key} is not a definition's: it says what a single release is to Flux, to krmfn or to a cluster, not "
                "what a kind is; remove it"
            )
            yield origin.error("reserved-key", message, field)


def annotation_field(origin: Origin, key: str) -> str:
    """Where the user wrote an annotation that a release has taken over."""
    steps = ("annotations", key.removeprefix(PREFIX))
    return path_of(*steps) if origin.field else path_of("metadata", *steps)


def _field(declared: App | Cluster, what: str, key: str) -> str:
    return path_of(what, key) if declared.origin.field else path_of("metadata", what, key)
