"""The size of a Helm release or an object in the API server's store, to refuse it before Flux fails.

Source: Helm's pkg/storage/driver/util.go, the same in v3.19 and v4.2: a revision is one Secret with base64(gzip(JSON of
the chart, the values and the manifest)). Kubernetes encodes a Secret's data in base64 again, but counts the decoded
data, so only Helm's own base64 counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource

LIMIT = 1_048_576
"""The most bytes of data in a Secret: MaxSecretSize of Kubernetes."""
OBJECT_LIMIT = 1_500_000
"""The most bytes of an object: etcd's own limit (1.5 MiB a request), minus room for what the API server adds."""

_CHART = 8_192
"""Compressed bytes of the chart itself, in every release; more than its real size, in case the chart was edited."""
_FLUX = {f"helm.toolkit.fluxcd.io/{key}": "x" * 63 for key in ("name", "namespace")}
"""The labels that helm-controller puts on every object, with the longest possible values."""


def release_bytes(objects: list[Resource]) -> int:
    """Bytes of the Secret in which Helm stores one revision of a release of these objects; never an underestimate.

    If the release fits uncompressed, it is not compressed, and the uncompressed size is returned.
    """
    import json  # noqa: PLC0415 only a cluster with a boundary needs it

    values = json.dumps({"objects": objects}, ensure_ascii=False, separators=(",", ":"))
    # Flux writes the manifest as indented YAML with its labels. JSON is longer: quotes, brackets, escapes.
    manifest = json.dumps(json.dumps([{**each, **_FLUX} for each in objects], indent=2))
    told = values + manifest
    for char in "<>&\u2028\u2029":
        told = told.replace(char, f"\\u{ord(char):04x}")
    text = told.encode()
    if _stored(len(text)) <= LIMIT:
        return _stored(len(text))
    import zlib  # noqa: PLC0415 as json

    # Go's compressor is not zlib. A lower level than Helm's, plus a twentieth, is always more than Go's result.
    compressed = len(zlib.compress(text, 6))
    return _stored(compressed + compressed // 20)


def object_bytes(resource: Resource) -> int:
    """Bytes of an object as the API server stores it, without the fields that the API server adds."""
    import json  # noqa: PLC0415 as above

    return len(json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode())


def _stored(compressed: int) -> int:
    return -(-(compressed + _CHART) // 3) * 4
