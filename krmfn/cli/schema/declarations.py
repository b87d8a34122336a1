"""JSON Schemas of the declarations, generated from the models."""

from __future__ import annotations

from functools import cache
from json import dumps
from typing import TYPE_CHECKING, Any, get_args

from krmfn.catalog import Catalog
from krmfn.cli.schema.examples import filled
from krmfn.cli.schema.valueschemas import shared, value_schemas
from krmfn.declarations.models import MODELS
from krmfn.files import replace

if TYPE_CHECKING:
    from pathlib import Path

NAMED = ("properties", "$defs")
"""Keywords of JSON Schema whose keys are names of fields or definitions."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"
APPS = "Application"
"""The schema of an app of any kind: a kind of the catalog has one of its own as well."""


def kinds() -> list[str]:
    """The kinds that krmfn defines; with `Application` for whatever the platform or a user defines."""
    return [model.__name__ for model in MODELS if model.__name__ != "ConfigMap"]


def apps() -> list[str]:
    """The kinds of apps in the catalog."""
    return [kind for kind in Catalog.shipped().kind_names() if kind not in kinds()]


def file_of(kind: str) -> str:
    """The path of a kind's schema, as kubeconform, CRDs-catalog and yaml-language-server look for one."""
    (api_version,) = get_args(_model(kind).model_fields["apiVersion"].annotation)
    group, _, version = api_version.rpartition("/")
    return f"{group}/{kind.lower()}_{version}.json"


def schema(kind: str) -> dict[str, Any]:
    """The schema of one kind, for editors and CI."""
    made = _generated(_model(kind))
    if kind not in kinds():
        named = {"const": kind, "description": "The kind.", "type": "string"}
        made = {**made, "properties": {**made["properties"], "kind": named}, "description": f"One app of kind {kind}."}
    return {"$schema": DIALECT, "title": kind, **_with_values(kind, filled(made))}


def _model(kind: str) -> Any:
    named = kind if kind in kinds() else APPS
    return next(model for model in MODELS if model.__name__ == named)


@cache
def _generated(model: Any) -> dict[str, Any]:
    """The schema of a model, made once for all kinds that share it."""
    made: dict[str, Any] = _without_noise(model.model_json_schema())
    return made


def _with_values(kind: str, made: dict[str, Any]) -> dict[str, Any]:
    """With what the values of each kind of app may be, so that an editor completes and marks them."""
    if kind in kinds() and kind not in {APPS, "Kubernetes"}:
        return made
    wanted = set(apps()) if kind == APPS else {kind}
    parts, specs = shared(dict(value_schemas(wanted)))
    choices = [
        {"if": {"properties": {"kind": {"const": name}}}, "then": {"properties": {"spec": spec}}}
        for name, spec in specs.items()
    ]
    if not choices:
        return made
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


@cache
def text(kind: str) -> str:
    return dumps(schema(kind), indent=2) + "\n"


def texts() -> dict[str, bytes]:
    """All schemas by the paths of their files."""
    return {file_of(kind): text(kind).encode() for kind in (*kinds(), *apps())}


def write_all(directory: Path) -> None:
    """Writes `<group>/<kind>_<version>.json` for every kind."""
    for path, content in texts().items():
        group, _, name = path.partition("/")
        (directory / group).mkdir(parents=True, exist_ok=True)
        replace(directory / group, {name: content})
