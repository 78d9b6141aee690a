from __future__ import annotations

import mmap
import resource
import sys
from pathlib import Path

import pytest
import torch

from trunkline.memory import forget_pages, freed_memory_kept


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


def resident(file: Path) -> int:
    """KiB of a mapped file in this process's memory."""
    found, within = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split(" ", 1)[0]:
            within = line.endswith(str(file))
        elif within and line.startswith("Rss:"):
            found += int(line.split()[1])
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is asked to forget pages")
def test_pages_that_were_read_are_forgotten_and_come_again(tmp_path: Path) -> None:
    mine, other = tmp_path / "a file", tmp_path / "other"
    for file in (mine, other):
        file.write_bytes(bytes(range(256)) * 4096)
    with mine.open("rb") as opened, other.open("rb") as second:
        kept = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        left = mmap.mmap(second.fileno(), 0, access=mmap.ACCESS_READ)
        sums = kept[:].count(7), left[:].count(7)
        assert resident(mine) >= 1024
        forget_pages([mine])
        assert resident(mine) == 0
        assert resident(other) >= 1024
        assert (kept[:].count(7), left[:].count(7)) == sums
        kept.close()
        left.close()
