"""How much of what the cluster's store takes a Helm release of plain objects needs, before Flux finds out.

Source: Helm's pkg/storage/driver/util.go, the same in v3.19 and v4.2: a revision is one Secret with base64(gzip(JSON of
the chart, the values and the manifest)). The API server counts a Secret's data decoded: of two base64, Helm's counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource

LIMIT = 1_048_576
"""Bytes of data that a Secret may have: MaxSecretSize of Kubernetes."""
OBJECT_LIMIT = 1_500_000
"""Bytes of an object, as etcd's own limit (1.5 MiB a request) leaves room for what the API server adds."""

_CHART = 8_192
"""Bytes, compressed, of what every release of the chart has; more than it is, for a chart that was edited."""
_FLUX = {f"helm.toolkit.fluxcd.io/{key}": "x" * 63 for key in ("name", "namespace")}
"""The labels that helm-controller puts on every object, as long as they may be."""


def release_bytes(objects: list[Resource]) -> int:
    """Bytes of the Secret in which Helm keeps one revision of a release of these objects; never too few.

    A release that fits uncompressed is not compressed to find that out: its number is that of the plain text.
    """
    import json  # noqa: PLC0415 only a cluster with a boundary needs it

    values = json.dumps({"objects": objects}, ensure_ascii=False, separators=(",", ":"))
    # Flux writes the manifest as indented YAML with its labels; in JSON it takes more: quotes, brackets, escapes.
    manifest = json.dumps(json.dumps([{**each, **_FLUX} for each in objects], indent=2))
    text = (values + manifest).translate({ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}).encode()
    if _stored(len(text)) <= LIMIT:
        return _stored(len(text))
    import zlib  # noqa: PLC0415 as json

    # Go's compressor is not zlib: a lower level than Helm's, and a twentieth more, are above what it makes.
    compressed = len(zlib.compress(text, 6))
    return _stored(compressed + compressed // 20)


def object_bytes(resource: Resource) -> int:
    """Bytes of an object as the API server sends it to its store, but for what it adds itself."""
    import json  # noqa: PLC0415 as above

    return len(json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode())


def _stored(compressed: int) -> int:
    return -(-(compressed + _CHART) // 3) * 4
