"""How many examples a property draws: a few by default, thousands with `script/test --long`."""

import os
from typing import Final

LONG: Final = "REENGEN_LONG"


def examples(short: int, long: int) -> int:
    """Return how many examples a property draws in this run."""
    return long if os.environ.get(LONG) else short
