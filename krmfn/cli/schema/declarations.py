"""JSON Schemas of the declarations, generated from the models."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from krmfn.cli.schema.values import shared, value_schemas
from krmfn.declarations.models import MODELS
from krmfn.files import replace

if TYPE_CHECKING:
    from pathlib import Path

NAMED = ("properties", "$defs")
"""Keywords of JSON Schema whose keys are names of fields or definitions."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def kinds() -> list[str]:
    return [model.__name__ for model in MODELS if model.__name__ != "ConfigMap"]


def schema(kind: str) -> dict[str, Any]:
    """The schema of one kind, for editors and CI."""
    model = next(model for model in MODELS if model.__name__ == kind)
    made: dict[str, Any] = _without_noise(model.model_json_schema())
    return {"$schema": DIALECT, "title": kind, **_with_values(kind, made)}


def _with_values(kind: str, made: dict[str, Any]) -> dict[str, Any]:
    """With what the values of each kind of app may be, so that an editor completes and marks them."""
    if kind not in {"Application", "Kubernetes"}:
        return made
    known = {name: each for name, each in value_schemas() if (name == "Kubernetes") == (kind == "Kubernetes")}
    parts, specs = shared(known)
    choices = [
        {"if": {"properties": {"kind": {"const": name}}}, "then": {"properties": {"spec": spec}}}
        for name, spec in specs.items()
    ]
    return {**made, "$defs": {**made.get("$defs", {}), **parts}, "allOf": choices}


def _without_noise(made: Any) -> Any:
    """The schema without parts that do not help in an editor: titles that repeat names, and null defaults."""
    if isinstance(made, list):
        return [_without_noise(each) for each in made]
    if not isinstance(made, dict):
        return made
    return {
        key: {name: _without_noise(each) for name, each in value.items()} if key in NAMED else _without_noise(value)
        for key, value in made.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)
    }


def text(kind: str) -> str:
    return dumps(schema(kind), indent=2) + "\n"


def write_all(directory: Path) -> None:
    """Writes `<kind>.schema.json` for every kind."""
    directory.mkdir(parents=True, exist_ok=True)
    replace(directory, {f"{kind.lower()}.schema.json": text(kind).encode() for kind in kinds()})
