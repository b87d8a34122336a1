"""Loads the compiled module of a package without the rest of the package, which is slow to import and not needed."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType


def load(package: str, extension: str) -> ModuleType:
    """The module `package.extension`, without running the package's own `__init__`.

    If the package is loaded already, or is not found this way, it is imported as usual.

    Raises:
        ImportError: the module cannot be imported.
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
        # A later import of the package gets the whole package.
        if sys.modules.get(package) is stub:
            del sys.modules[package]
