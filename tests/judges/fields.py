"""What a version of Flux has: every field of a kind's spec, every word of an enum, and what it asks of them."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from krmfn import yaml
from tests.judges.crds import CEL, HELM_RELEASES
from tests.tools.modules import FLUX, definitions

if TYPE_CHECKING:
    from collections.abc import Iterator

ASKS = ("type", "pattern", "format", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems")


@cache
def spec_of(flux: str, crd: str = HELM_RELEASES) -> dict[str, Any]:
    """The schema of a kind's spec."""
    [definition] = yaml.load_all((definitions(flux) / f"{crd}.yaml").read_bytes())
    [version] = definition["spec"]["versions"]
    spec: dict[str, Any] = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return spec


def features(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Every field as the catalog names it, `valuesFrom[].literal`, and every word, `waitStrategy.name=poller`."""
    yield from (f"{path}={word}" for word in schema.get("enum", ()))
    for name, inner in schema.get("properties", {}).items():
        field = f"{path}.{name}" if path else name
        yield field
        yield from features(inner, field)
    if "items" in schema:
        yield from features(schema["items"], f"{path}[]")


def demands(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """What a schema asks of each field that is there; one that asks for more refuses what another takes."""
    yield from ((path, f"{keyword} {schema[keyword]}") for keyword in ASKS if keyword in schema)
    yield from ((path, f"required {name}") for name in schema.get("required", ()))
    yield from ((path, rule["rule"]) for rule in schema.get(CEL, ()))
    if "enum" in schema:
        yield path, "enum"
    for name, inner in schema.get("properties", {}).items():
        yield from demands(inner, f"{path}.{name}" if path else name)
    if "items" in schema:
        yield from demands(schema["items"], f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from demands(schema["additionalProperties"], f"{path}{{}}")


def outermost(found: set[str]) -> set[str]:
    """Without what is new only because what it stands in is."""
    return {each for each in found if not any(each.startswith((f"{o}.", f"{o}[].", f"{o}=", f"{o}[]=")) for o in found)}


def first_versions() -> dict[str, str]:
    """Each field and word of a HelmRelease that the oldest Flux of all had not, with the first that has it."""
    known = {flux: set(features(spec_of(flux))) for flux in FLUX}
    return {each: newer for older, newer in pairwise(FLUX) for each in outermost(known[newer] - known[older])}


def uses(spec: Any, feature: str) -> bool:
    """Whether a spec has the field, or the word in it."""
    field, _, word = feature.partition("=")
    found = list(_at(spec, field.split(".")))
    return word in found if word else bool(found)


def _at(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    name, *rest = steps
    if not isinstance(value, dict) or name.removesuffix("[]") not in value:
        return
    inner = value[name.removesuffix("[]")]
    for each in inner if name.endswith("[]") else [inner]:
        yield from _at(each, rest)
