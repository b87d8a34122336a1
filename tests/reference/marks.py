"""The labels and annotations that krmfn writes or reads, as krmfn/marks.py says them."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from typing import TYPE_CHECKING

from krmfn import marks

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRODUCTION = """\
# Marks

Labels and annotations that krmfn writes or reads. A key that ends in `*` is the beginning of several. Whatever else
stands under `krmfn.dev/` is an error. Written by `make generate` from [krmfn/marks.py](../../krmfn/marks.py).

| key | what it is |
|---|---|
"""


def page() -> str:
    """docs/reference/marks.md."""
    return INTRODUCTION + "".join(f"| `{key}` | {meaning} |\n" for key, meaning in known())


def known() -> Iterator[tuple[str, str]]:
    """Each key of a label or an annotation, with what the source says below it."""
    body = ast.parse(inspect.getsource(marks)).body
    for assigned, said in pairwise(body):
        match assigned, said:
            case ast.Assign(value=ast.Constant(value=str(key))), ast.Expr(value=ast.Constant(value=str(meaning))):
                if "." in key:
                    yield f"{key}*" if key.endswith((".", "-")) else key, " ".join(meaning.split())
