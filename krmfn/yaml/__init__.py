"""YAML in and out: read as Kubernetes reads it, written so that every YAML reader gets the same values."""

from krmfn.yaml.errors import YamlError
from krmfn.yaml.loading import load, load_all, load_envelope, refuse_item
from krmfn.yaml.marking import with_annotation
from krmfn.yaml.plain import PlainBool, PlainDate
from krmfn.yaml.writing import dump

__all__ = [
    "PlainBool",
    "PlainDate",
    "YamlError",
    "dump",
    "load",
    "load_all",
    "load_envelope",
    "refuse_item",
    "with_annotation",
]
