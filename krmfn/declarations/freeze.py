"""Converts the models to plain core schemas, so that a run needs pydantic's validator but does not build the models.

`python -m krmfn.declarations.freeze` writes frozen.json; a test checks that it is up to date.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

FROZEN = Path(__file__).with_name("frozen.json")


def freeze() -> dict[str, Any]:
    """The core schema of each kind, as plain data."""
    from krmfn.declarations.models import MODELS  # noqa: PLC0415  (imported only to write frozen.json, or if it does not fit)

    return {model.__name__: _plain(model.__pydantic_core_schema__) for model in MODELS}


def _plain(schema: Any) -> Any:
    """The schema with every model as a typed dict, without the parts that only pydantic's own JSON Schema needs."""
    if isinstance(schema, (list, tuple)):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "model":
        fields = schema["schema"]["fields"]
        return {
            "type": "typed-dict",
            **({"ref": _stable(schema["ref"])} if "ref" in schema else {}),
            "fields": {name: _field(field["schema"]) for name, field in fields.items()},
            "config": {key: schema["config"][key] for key in ("extra_fields_behavior", "strict")},
        }
    if schema.get("type") == "definition-ref":
        return {"type": "definition-ref", "schema_ref": _stable(schema["schema_ref"])}
    return {key: _plain(value) for key, value in schema.items() if key != "metadata"}


def _field(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "typed-dict-field", "schema": _plain(schema), "required": schema["type"] != "default"}


def _stable(ref: str) -> str:
    """A reference without the memory address of the class, which differs in every run."""
    return ref.partition(":")[0]


def main() -> None:
    """Writes frozen.json."""
    from json import dumps  # noqa: PLC0415

    schemas = ",\n".join(f"{dumps(kind)}: {dumps(schema)}" for kind, schema in freeze().items())
    FROZEN.write_text(f"{{\n{schemas}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
