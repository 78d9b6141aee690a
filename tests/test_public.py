"""What `import trunkline` offers."""

from __future__ import annotations

import trunkline


def test_dir_lists_what_is_public_and_all_of_it_is_there() -> None:
    assert set(dir(trunkline)) == {*trunkline.__all__, "__version__"}
    assert all(getattr(trunkline, name) is not None for name in dir(trunkline))
