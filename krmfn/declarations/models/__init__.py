"""What a user writes, as pydantic models: the source of the JSON Schemas and of the validator that a run uses.

Fields are named as in the manifest. Models may not use Python code to validate (no validators, no factories), because
a run uses only the frozen core schema (see `validation`). Rules that need the catalog or a second object are in
topology/.
"""

from krmfn.declarations.models.compute_plane import ComputePlane, ConfigMap
from krmfn.declarations.models.objects import (
    Application,
    ApplicationDefinition,
    ComponentProfile,
    IsolationProfile,
    Kubernetes,
    Placement,
)
from krmfn.declarations.models.parts import Model

MODELS: tuple[type[Model], ...] = (
    Kubernetes,
    Application,
    ApplicationDefinition,
    Placement,
    IsolationProfile,
    ComponentProfile,
    ComputePlane,
    ConfigMap,
)
