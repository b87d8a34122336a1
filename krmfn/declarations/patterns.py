"""Patterns that fields must match, each with its description for messages."""

NAMESPACE = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
VERSION = r"^[0-9]{1,4}\.[0-9]{1,4}(\.[0-9]{1,4})?$"
VERSION_OR_NONE = r"^([0-9]{1,4}\.[0-9]{1,4}(\.[0-9]{1,4})?|next|none)$"
DURATION = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"
"""As in Flux's CRDs: no days."""
_STEP = r"([a-zA-Z0-9_\-/]|\\[a-zA-Z0-9_\-./\\])+(\[[0-9]{1,5}\])*"
TARGET_PATH = rf"^{_STEP}(\.{_STEP})*$"
"""Stricter than the HelmRelease CRD's pattern: Helm silently drops a value at a path such as `.a` or `[0]`."""
KEY_IN_SECRET = r"^[-._a-zA-Z0-9]+$"  # noqa: S105  (a pattern)
PREFIX = r"^[a-z0-9-]*$"
OBJECT = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
SERVICE_ACCOUNT = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
RESOURCE = r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[a-zA-Z0-9]([-a-zA-Z0-9_.]*[a-zA-Z0-9])?$"
CIDR = r"^[0-9a-f.:]+/[0-9]{1,3}$"
VARIABLE = r"^[_a-zA-Z][_a-zA-Z0-9]*$"
NOT_BLANK = r"\S"

WORDS = {
    NAMESPACE: "must be lowercase letters, digits and dashes, and begin and end with a letter or digit",
    VERSION: 'must be a version like "2.8" or "2.8.1"',
    VERSION_OR_NONE: 'must be a version like "1.6", "next" for the unreleased version, or "none" for plain Flux',
    DURATION: "must be a duration like 90s, 15m or 1h30m; days are not allowed",
    TARGET_PATH: r"must be a path like hub.db.password or extraEnv[0].value; a dot in a key is written \.",
    KEY_IN_SECRET: "must be a key of a Secret: letters, digits, dashes, dots and underscores",
    PREFIX: "must be lowercase letters, digits and dashes",
    OBJECT: "must be an object's name: lowercase letters, digits, dashes and dots",
    SERVICE_ACCOUNT: "must be a namespace and a service account's name, like flux-system/kustomize-controller",
    RESOURCE: "must be a resource, like pods, requests.storage or count/jobs.batch",
    CIDR: "must be a network with its prefix length, like 10.243.0.0/16",
    NOT_BLANK: "must say something",
    VARIABLE: "must be the name of a variable: letters, digits and underscores, not beginning with a digit",
}
