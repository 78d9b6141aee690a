"""Choosing a backend."""

from __future__ import annotations

import pytest

from trunkline import MissingExtra, Settings
from trunkline.backends import select


def test_torch_where_it_is_installed() -> None:
    assert select.choose(Settings()).name == "torch"


def test_the_install_command_where_nothing_is(monkeypatch) -> None:
    monkeypatch.setattr(select, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'trunkline\[torch\]'"):
        select.choose(Settings())
