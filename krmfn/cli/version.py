"""Versions: krmfn's own, and of the programs that it writes for."""

from __future__ import annotations

from json import dumps

from krmfn import __version__
from krmfn.catalog import Catalog

PROGRAMS = ("flux", "cozystack", "cilium", "kubernetes")


def as_text() -> str:
    targets = [Catalog.shipped().target(name) for name in PROGRAMS]
    lines = [f"{each.program}: {', '.join(each.supported)} (default {each.default})" for each in targets]
    return "\n".join([f"krmfn {__version__}", *lines])


def as_json() -> str:
    """The versions as docs/version.schema.json describes them."""
    targets = {name: Catalog.shipped().target(name) for name in PROGRAMS}
    return dumps(
        {
            "apiVersion": "krmfn.dev/v1alpha1",
            "kind": "Version",
            "version": __version__,
            "targets": {
                name: {"default": each.default, "supported": list(each.supported)} for name, each in targets.items()
            },
        },
        indent=2,
    )
