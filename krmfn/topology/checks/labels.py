"""Labels and annotations: keys and values that Kubernetes accepts, and keys that are reserved."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from krmfn.fieldpaths import path_of
from krmfn.marks import PREFIX, SHARDING, TARGET_CLUSTER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.results import Origin, Result

TOOLS = (
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.kubernetes.io/id",
    "config.kubernetes.io/local-config",
    "config.kubernetes.io/function",
    "config.k8s.io/id",
    "kubectl.kubernetes.io/last-applied-configuration",
)
TOOL_PREFIXES = ("internal.config.kubernetes.io/", "internal.kpt.dev/", "kustomize.config.k8s.io/", PREFIX)
RESERVED_DOMAINS = ("cozystack.io", "fluxcd.io", "krmfn.dev")
_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
NAME_LENGTH = 63
SUBDOMAIN_LENGTH = 253


def is_tools_own(key: str) -> bool:
    return key in TOOLS or key.startswith(TOOL_PREFIXES)


def is_label_value(value: str) -> bool:
    return not value or (len(value) <= NAME_LENGTH and _NAME.fullmatch(value) is not None)


def check_key(origin: Origin, key: str, field: str) -> Iterator[Result]:
    """Errors in the key of a label or an annotation, as in Kubernetes."""
    wrong = wrong_key(key)
    if wrong:
        yield origin.error("invalid-key", f"would become {key}, which is {wrong}", field)


@cache
def wrong_key(key: str) -> str:
    """What is wrong with a key, and what to do; empty if Kubernetes accepts it."""
    subdomain, slash, name = key.rpartition("/")
    if not _NAME.fullmatch(name) or (slash and not _SUBDOMAIN.fullmatch(subdomain)):
        return "not a valid key in Kubernetes; rename it"
    if len(name) > NAME_LENGTH or len(subdomain) > SUBDOMAIN_LENGTH:
        return f"too long (at most {NAME_LENGTH} characters after the slash); shorten it"
    return ""


def check_label(origin: Origin, key: str, value: str, field: str) -> Iterator[Result]:
    """Errors in the key and value of a label, as in Kubernetes."""
    yield from check_key(origin, key, field)
    if not is_label_value(value):
        message = f"is not a valid label value; use at most {NAME_LENGTH} letters, digits, dashes, dots and underscores"
        yield origin.error("invalid-label", message, field)


def is_reserved(domain: str, owners: tuple[str, ...] = RESERVED_DOMAINS) -> bool:
    """True if the domain is one of these or a subdomain of one."""
    return any(domain == owner or domain.endswith(f".{owner}") for owner in owners)


def check_definition_labels(labels: Mapping[str, str], origin: Origin) -> Iterator[Result]:
    """Errors in the labels that a definition puts on every release of its kind."""
    for key, value in labels.items():
        field = path_of("spec", "release", "labels", key)
        yield from check_label(origin, key, value, field)
        domain = key.rpartition("/")[0]
        if key == TARGET_CLUSTER or (key != SHARDING and is_reserved(domain, ("fluxcd.io", "krmfn.dev"))):
            message = (
                f"a definition may not set {key}: Flux, krmfn or a cluster reads it for one release, not for a kind; "
                "remove it"
            )
            yield origin.error("reserved-key", message, field)
