"""What a test asks of the manifests that were read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.resourcelist import identity

if TYPE_CHECKING:
    from krmfn.cli.inputs.manifests import Tree


def names(tree: Tree) -> list[str]:
    """The names of its objects, in order."""
    return [identity(item).name for item in tree.items]


def told(tree: Tree) -> list[str]:
    """Its results, each as the line that a user sees."""
    return [str(result) for result in tree.results]
