"""`python -m krmfn`, and the `krmfn` script."""

import gc

# One run, one answer: nothing is freed before the end, and the collector alone would cost more than all the rest.
gc.disable()

from krmfn.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
