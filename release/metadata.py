"""What catalogues of functions ask for: KRMFunctionDefinition (KEP-2906), and kpt's metadata.yaml."""

from __future__ import annotations

from typing import Any

from krmfn import yaml
from krmfn.cli.schema.declarations import schema
from release import HOME, IMAGE, PROJECT, TAG

KIND = "ComputePlane"
GROUP, VERSION = "krmfn.dev", "v1alpha1"
TAGS = ["mutator", "generator", "validator", "cozystack", "flux"]


def definition() -> str:
    """The KRMFunctionDefinition, with the schema of the functionConfig as OpenAPI v3 spells it."""
    return yaml.dump(
        {
            "apiVersion": "config.kubernetes.io/v1alpha1",
            "kind": "KRMFunctionDefinition",
            "metadata": {"name": f"{KIND.lower()}.{GROUP}"},
            "spec": {
                "group": GROUP,
                "names": {"kind": KIND},
                "description": PROJECT["description"],
                "publisher": GROUP,
                "home": HOME,
                "tags": TAGS,
                "versions": [
                    {
                        "name": VERSION,
                        # Running on one's own output changes nothing (R3).
                        "idempotent": True,
                        "license": PROJECT["license"],
                        "usage": f"{HOME}/blob/{TAG}/docs/reference.md",
                        "examples": [f"{HOME}/blob/{TAG}/docs/hosts.md"],
                        "runtime": {"container": {"image": IMAGE}},
                        "schema": {"openAPIV3Schema": openapi(schema(KIND))},
                    }
                ],
            },
        }
    )


def of_kpt() -> str:
    """The metadata.yaml of a function, as kpt's own catalogue has one for each of its functions."""
    return yaml.dump(
        {
            "image": IMAGE.rpartition(":")[0],
            "description": PROJECT["description"],
            "tags": TAGS[:3],
            "sourceURL": f"{HOME}/tree/{TAG}",
            "examplePackageURLs": [f"{HOME}/tree/{TAG}/kustomize/{name}" for name in ("demo", "sandbox")],
            "license": PROJECT["license"],
        }
    )


def openapi(made: dict[str, Any]) -> dict[str, Any]:
    """A schema of ours as one of OpenAPI v3: no definitions to refer to, no `const`, and null is `nullable`."""
    shared = made.get("$defs", {})

    def spelled(node: Any, *, names: bool = False) -> Any:
        if isinstance(node, list):
            return [spelled(each) for each in node]
        if not isinstance(node, dict):
            return node
        if names:
            return {name: spelled(each) for name, each in node.items()}
        if "$ref" in node:
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return spelled({**shared[node["$ref"].rpartition("/")[2]], **rest})
        if "anyOf" in node:
            kept = [each for each in node["anyOf"] if each != {"type": "null"}]
            rest = {key: value for key, value in node.items() if key != "anyOf"}
            if len(kept) < len(node["anyOf"]):
                rest["nullable"] = True
            return spelled({**kept[0], **rest} if len(kept) == 1 else {**rest, "anyOf": kept})
        if "const" in node:
            node = {"enum": [node["const"]], **{key: value for key, value in node.items() if key != "const"}}
        if "examples" in node:
            node = {"example": node["examples"][0], **{k: v for k, v in node.items() if k != "examples"}}
        return {
            key: spelled(value, names=key == "properties") if key not in {"enum", "example", "default"} else value
            for key, value in node.items()
            if key not in {"$defs", "$schema"}
        }

    answer: dict[str, Any] = spelled(made)
    return answer
