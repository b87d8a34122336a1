"""`python -m krmfn`, and the `krmfn` script."""

import gc
import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # `python -m` imports from the current folder first. That folder may be untrusted and contain its own click.py.
    del sys.path[0]

# The process ends after one run, so memory need not be freed; garbage collection would take most of the time.
gc.disable()

from krmfn.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
