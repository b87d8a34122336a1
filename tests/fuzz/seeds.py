"""What a search starts from besides the corpus: the golden cases, in the form that a target takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from krmfn import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parents[1] / "cases"


def seeds(target: str) -> Iterator[tuple[str, bytes]]:
    """A name and a text for each case; none for a target that takes something else."""
    for path in sorted(CASES.glob("*/input.yaml")):
        text = path.read_bytes()
        match target:
            case "yaml" | "readers" | "resourcelist":
                yield path.parent.name, text
            case "declarations":
                envelope = yaml.load(text)
                config = envelope.get("functionConfig")
                last = yaml.dump({"functionConfig": config}) if config else ""
                yield path.parent.name, (yaml.dump(envelope.get("items") or []) + last).encode()
            case "repository":
                for number, item in enumerate(yaml.load(text).get("items") or []):
                    yield f"{path.parent.name}-{number}", b"*.txt\0" + yaml.dump(item).encode()
