"""Validates one declaration against its model, and explains errors in terms of the user's fields."""

from __future__ import annotations

import os.path
from functools import cache
from typing import TYPE_CHECKING, Any

from krmfn import extensions
from krmfn.declarations import patterns
from krmfn.fieldpaths import path_of
from krmfn.lookalikes import did_you_mean, nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails, SchemaError, SchemaValidator, ValidationError, from_json

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin, Result, Rule

else:
    # pydantic_core's own __init__ loads the code that builds schemas: 20 ms a run, and frozen schemas do not need it.
    _core = extensions.load("pydantic_core", "_pydantic_core")
    SchemaError, SchemaValidator, ValidationError = _core.SchemaError, _core.SchemaValidator, _core.ValidationError
    from_json = _core.from_json


class Validator:
    """The frozen models; a validator is built for the first declaration of its kind."""

    def __init__(self) -> None:
        self._schemas = _frozen()
        self._built: dict[str, SchemaValidator] = {}

    @classmethod
    @cache
    def shipped(cls) -> Validator:
        """The models that come with krmfn: one, which is read and built once for all runs of a fleet."""
        return cls()

    def validate(self, model: str, resource: Resource, origin: Origin) -> Rule[dict[str, Any]]:
        """The declaration with defaults filled in; empty if it is invalid.

        Args:
            model: a class name of `models`.
            resource: the declaration.
            origin: where results point.
        """
        try:
            valid: dict[str, Any] = self._validator(model).validate_python(resource)
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=True, include_input=False)
            elsewhere = {self._wanted(model, each["loc"]) for each in details if each["type"] == "extra_forbidden"}
            for detail in details:
                # A field that stands beside spec, or is written in another way, is not reported as missing as well.
                if detail["type"] != "missing" or detail["loc"] not in elsewhere:
                    yield self._result(model, detail, origin)
            return {}
        return valid

    def _wanted(self, model: str, steps: tuple[int | str, ...]) -> tuple[int | str, ...]:
        """Where an unknown field was probably meant to be."""
        *around, name = steps
        if not around and name in _fields(self._schemas[model], ("spec",)):
            return ("spec", name)
        return (*around, nearest(str(name), _fields(self._schemas[model], tuple(around))))

    def _validator(self, model: str) -> SchemaValidator:
        if model not in self._built:
            try:
                self._built[model] = SchemaValidator(self._schemas[model])
            except SchemaError:
                # This pydantic-core is another version, with another schema format than the frozen one.
                from krmfn.declarations.freeze import freeze  # noqa: PLC0415

                self._schemas = freeze()
                self._built[model] = SchemaValidator(self._schemas[model])
        return self._built[model]

    def _result(self, model: str, detail: ErrorDetails, origin: Origin) -> Result:
        steps = tuple(step for step in detail["loc"] if step != "[key]")
        code, message = self._words(model, detail, steps)
        return origin.error(code, message, path_of(*steps))

    def _words(self, model: str, detail: ErrorDetails, steps: tuple[int | str, ...]) -> tuple[str, str]:
        context = detail.get("ctx", {})
        match detail["type"]:
            case "extra_forbidden":
                known = _fields(self._schemas[model], steps[:-1])
                inside = len(steps) == 1 and steps[0] in _fields(self._schemas[model], ("spec",))
                hint = "; move it into spec" if inside else did_you_mean(str(steps[-1]), known)
                words = "unknown-field", f"unknown field{hint}"
            case "missing":
                words = "missing-field", "is required"
            case "literal_error":
                words = "invalid-value", f"must be {context['expected']}"
            case "string_pattern_mismatch":
                words = "invalid-value", patterns.WORDS.get(context["pattern"], f"must match {context['pattern']}")
            case "too_short" if context["min_length"] > 1:
                words = "invalid-value", f"must have at least {context['min_length']} entries"
            case code if code in _BOUNDS:
                words = "invalid-value", _BOUNDS[code].format(**context)
            case "string_type" if steps[:2] == ("spec", "target"):
                words = "invalid-type", "must be a string; put the version in quotes"
            case code if code.endswith("_type"):
                words = "invalid-type", f"must be {_TYPES.get(code, code.removesuffix('_type'))}"
            case _:
                words = "invalid-value", detail["msg"][:1].lower() + detail["msg"][1:]
        return words


_BOUNDS = {
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "string_too_long": "must not be longer than {max_length} characters",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}
_TYPES = {
    "string_type": "a string; quote it if it looks like a number or a boolean",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "list_type": "a list",
}


def _frozen() -> dict[str, Any]:
    with open(os.path.join(os.path.dirname(__file__), "frozen.json"), "rb") as file:  # noqa: PTH118, PTH120, PTH123  (pathlib costs 3 ms)
        schemas: dict[str, Any] = from_json(file.read())
    return schemas


def _fields(schema: dict[str, Any], steps: tuple[int | str, ...]) -> list[str]:
    """The field names of a model at a path inside it."""
    definitions = {found["ref"]: found for found in schema.get("definitions", [])}

    def inner(node: dict[str, Any]) -> dict[str, Any]:
        while "fields" not in node and "items_schema" not in node and "values_schema" not in node:
            if node["type"] == "definition-ref":
                node = definitions[node["schema_ref"]]
            elif "schema" in node:
                node = node["schema"]
            else:
                break
        return node

    node = inner(schema)
    for step in steps:
        if isinstance(step, int):
            node = inner(node["items_schema"])
        elif step in node.get("fields", {}):
            node = inner(node["fields"][step]["schema"])
    return list(node.get("fields", {}))
