"""The threads that torch's products run on.

In OpenMP each thread that calls torch has a team of its own, which stays while it lives. Where all teams together are
more than the cores, working or not, GNU's OpenMP sends a team to sleep after each product, to be woken for the next.
Measured on two cores: the steps of a decoder took 1.3 times as long beside one idle team of another thread. So whoever
is through with torch for now lets go of its team; a new one is made in a tenth of a millisecond.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from typing import Any

_SOFT = 1  # omp_pause_soft: what was set, such as the number of threads, stays


def dismiss() -> None:
    """Let go of the calling thread's team. Does nothing where torch was built without GNU's OpenMP."""
    library = _library()
    if library is not None:
        library.omp_pause_resource(_SOFT, library.omp_get_initial_device())


@cache
def _library() -> Any:
    """Find the library that torch has loaded: another copy of it would know nothing of torch's teams."""
    import torch  # noqa: F401 - loads it

    try:
        library = ctypes.CDLL("libgomp.so.1", mode=os.RTLD_NOW | os.RTLD_NOLOAD)
        return library if hasattr(library, "omp_pause_resource") else None
    except (OSError, AttributeError):  # not there; no such flags on this system
        return None
