"""Threads of torch: whoever is through with it lets go of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TEAMS = """
import os
from threading import Event, Thread
import torch
from trunkline.backends.torch_team import dismiss

torch.set_num_threads(3)
done, told, end = Event(), Event(), Event()

def count():
    return len(os.listdir("/proc/self/task"))

def compute():
    (torch.randn(512, 512) @ torch.randn(512, 512)).sum()

def other():
    compute()
    done.set()
    told.wait()
    dismiss()
    done.set()
    end.wait()
    compute()

thread = Thread(target=other)
thread.start()
done.wait()
done.clear()
with_team = count()
told.set()
done.wait()
print(with_team - count())
compute()
after = count()
dismiss()
print(after - count(), torch.get_num_threads())
end.set()
thread.join()
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted where Linux lists them")
def test_a_team_goes_and_comes_again() -> None:
    done = subprocess.run([sys.executable, "-c", TEAMS], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["2", "2 3"]
