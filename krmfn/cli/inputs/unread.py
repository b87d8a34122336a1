"""What looks like a declaration and is not read: a document that is no object, a file with another ending (R13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog import Catalog
from krmfn.declarations.misplaced import VERSIONS
from krmfn.lookalikes import difference, meant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from krmfn.cli.inputs.files import Files
    from krmfn.results import Origin, Result

OUR_GROUPS = (b"apps.cozystack.io/", b"krmfn.dev/", b"cozystack.io/")
NAMED = ("apiVersion", "kind")
ANSWERS = frozenset({"Access", "Check", "Matrix", "Plan", "Reach", "ReachChange", "Version", "Why"})
"""Kinds of what commands print as JSON: it may be kept beside the declarations, and declares nothing."""
LEFTOVERS = ("~", ".bak", ".orig", ".rej", ".swp", ".disabled", ".off", ".example", ".sample", ".tmpl", ".tpl", ".j2")
"""Endings of files that people keep beside the manifests on purpose."""
MOST_NESTED = 4
"""How deep a document is searched for an object."""


def unread(content: bytes, documents: list[Any], origin: Origin) -> Iterator[Result]:
    """A result for each document that its author may have meant as a declaration."""
    names_ours = any(group in content for group in OUR_GROUPS)
    for document in documents:
        if isinstance(document, dict) and not all(document.get(key) for key in NAMED):
            yield from _incomplete(document, origin)
        if names_ours and not (isinstance(document, dict) and all(document.get(key) for key in NAMED)):
            for kind in _nested(document, 0):
                message = (
                    f"contains {kind}, which is not read: it is inside another value; if it is a declaration, make "
                    "it a document of its own"
                )
                yield origin.warning("not-read", message)
        if names_ours and any(map(_is_declaration, _texts_for_objects(document))):
            message = (
                "has a text where an object is expected, with a declaration in it, so nothing reads it; remove the "
                "| or the quotes before it, and its indentation"
            )
            yield origin.error("not-an-object", message)


def _texts_for_objects(document: Any) -> Iterator[str]:
    """The texts that stand in the place of an object: a whole document, or an entry of a list of objects."""
    is_list = isinstance(document, dict) and str(document.get("kind")).endswith("List")
    found = document.get("items") if is_list else document
    yield from (each for each in (found if isinstance(found, list) else [found]) if isinstance(each, str))


def _is_declaration(text: str) -> bool:
    return "kind:" in text and any(f"apiVersion: {group.decode()}" in text for group in OUR_GROUPS)


def is_answer(document: Any) -> bool:
    """True for what a command printed as JSON, or for a list of it. An object that somebody declares has metadata."""
    entries = document if isinstance(document, list) else [document]
    return bool(entries) and all(
        isinstance(each, dict)
        and each.get("apiVersion") == "krmfn.dev/v1alpha1"
        and str(each.get("kind")) in ANSWERS
        and "metadata" not in each
        for each in entries
    )


def _incomplete(document: dict[Any, Any], origin: Origin) -> Iterator[Result]:
    """An error for an object of krmfn's without apiVersion or kind: neither krmfn nor Kubernetes knows what it is."""
    if "metadata" not in document and "spec" not in document:
        return
    written = {wanted: key for key in map(str, document) if (wanted := meant(key, NAMED, mistakes=1))}
    group = str(document.get(written.get("apiVersion", "apiVersion"))).partition("/")[0]
    kind = str(document.get(written.get("kind", "kind")))
    if group in VERSIONS or meant(group, VERSIONS, mistakes=1) or _is_known(kind):
        missing = " and no ".join(key for key in NAMED if not document.get(key))
        hint = "".join(f"; write {right} instead of {key}{difference(key)}" for right, key in written.items())
        message = f"has a document with no {missing}, so it is not read{hint or '; add it'}"
        yield origin.error("not-an-object", message)


def _is_known(kind: str) -> bool:
    return kind in {
        "Placement",
        "IsolationProfile",
        "ComponentProfile",
        "ComputePlane",
        *Catalog.shipped().kind_names(),
    }


def _nested(value: Any, depth: int) -> Iterator[str]:
    """The kinds of objects of our groups inside a value."""
    if depth > MOST_NESTED:
        return
    if isinstance(value, dict):
        group = str(value.get("apiVersion")).partition("/")[0]
        if depth and group in VERSIONS and isinstance(value.get("kind"), str):
            yield value["kind"]
            return
        for inner in value.values():
            yield from _nested(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _nested(inner, depth + 1)


def names_ours(path: Path, files: Files) -> bool:
    """True if a file names one of our groups; one that cannot be read does not."""
    try:
        content = files.read(path, named=False) or b""
    except OSError:
        return False
    return any(group in content for group in OUR_GROUPS)


def may_be_meant(name: str, suffixes: tuple[str, ...]) -> bool:
    """True for a file whose name ends almost like a manifest's: .YAML, .yaml.txt, or a hidden file."""
    lowered = name.lower()
    return any(suffix in lowered for suffix in suffixes) and not lowered.endswith(LEFTOVERS)
