"""krmfn: stdin → ResourceList → declarations → topology → resources → results → stdout."""

__version__ = "0.2.0"
