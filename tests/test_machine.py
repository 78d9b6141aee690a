from __future__ import annotations

import os
from importlib.metadata import version

from trunkline.machine import cores, cpu_model, versions_of


def test_it_names_the_processor_and_counts_what_may_be_used() -> None:
    assert cpu_model()
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_versions_of_what_is_installed_alone() -> None:
    assert versions_of(["numpy", "no-such-package"]) == {"numpy": version("numpy")}
