"""Loads the compiled part of a package without the rest of it, which a run would pay for and never use."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType


def load(package: str, extension: str) -> ModuleType:
    """The module `package.extension`, without running the package's own `__init__`.

    Where the package is loaded already, or cannot be found this way, it is an import like any other.

    Raises:
        ImportError: as an import would.
    """
    spec = None if package in sys.modules else PathFinder.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        return import_module(f"{package}.{extension}")
    stub = ModuleType(package)
    stub.__path__ = list(spec.submodule_search_locations)
    sys.modules[package] = stub
    try:
        return import_module(f"{package}.{extension}")
    finally:
        # Whoever imports the package later gets all of it.
        if sys.modules.get(package) is stub:
            del sys.modules[package]
