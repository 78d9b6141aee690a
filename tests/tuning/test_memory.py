from __future__ import annotations

import resource
import sys

import pytest
import torch

from trunkline.tuning.memory import freed_memory_kept


def pages_taken() -> int:
    """Pages that the system has to hand out for a block of 20 MiB made and freed ten times."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.ones(20 * 2**18)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is told to keep memory")
def test_freed_blocks_are_used_again_within_and_given_back_after() -> None:
    with freed_memory_kept():
        pages_taken()
        within = pages_taken()
    assert within < 1000  # 50,000 pages of 4 KiB each if every block were new
    with pytest.raises(KeyError), freed_memory_kept():
        raise KeyError
