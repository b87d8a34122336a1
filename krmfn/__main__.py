"""`python -m krmfn`, and the `krmfn` script."""

import gc
import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # `python -m` looks in the current folder first, and that may be a stranger's repository with a click.py in it.
    del sys.path[0]

# One run, one answer: nothing is freed before the end, and the collector alone would cost more than all the rest.
gc.disable()

from krmfn.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
