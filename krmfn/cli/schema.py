"""JSON Schemas of what a user writes, made from the models."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from krmfn.declarations.models import MODELS

if TYPE_CHECKING:
    from pathlib import Path

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def kinds() -> list[str]:
    return [model.__name__ for model in MODELS if model.__name__ != "ConfigMap"]


def schema(kind: str) -> dict[str, Any]:
    """The schema of one kind, for editors and CI."""
    model = next(model for model in MODELS if model.__name__ == kind)
    return {"$schema": DIALECT, **model.model_json_schema()}


def text(kind: str) -> str:
    return dumps(schema(kind), indent=2) + "\n"


def write_all(directory: Path) -> None:
    """Writes `<kind>.schema.json` for every kind."""
    directory.mkdir(parents=True, exist_ok=True)
    for kind in kinds():
        (directory / f"{kind.lower()}.schema.json").write_text(text(kind), encoding="utf-8")
