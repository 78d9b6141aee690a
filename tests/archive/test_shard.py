"""A shard is read as it was written, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trunkline.archive.manifest import manifest_of
from trunkline.archive.shard import read_shard
from trunkline.errors import CorruptArtifact


def test_one_turned_bit_is_noticed(build: Callable[..., Any], tmp_path: Path) -> None:
    (entry,) = build().manifest.shards
    assert len(read_shard(tmp_path / "states", entry)) == 90
    path = tmp_path / "states" / entry.name
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorruptArtifact, match=r"000000\.safetensors is damaged.*build the states anew"):
        read_shard(tmp_path / "states", entry)
    path.unlink()
    with pytest.raises(CorruptArtifact, match="cannot be read"):
        read_shard(tmp_path / "states", entry)


def test_a_manifest_that_is_torn_is_told(build: Callable[..., Any], tmp_path: Path) -> None:
    build()
    path = tmp_path / "states" / "manifest.json"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(CorruptArtifact, match=r"manifest\.json cannot be read"):
        manifest_of(tmp_path / "states")


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ("", "not JSON: "),
        ("[]", "valid dictionary"),
        (
            '{"layer": -1, "rows": 3}',
            r"trunk_id: Field required; .*layer: Input should be greater than or equal to 0; ",
        ),
    ],
)
def test_a_damaged_manifest_is_told_in_few_words(tmp_path: Path, manifest: str, told: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(CorruptArtifact, match=rf"manifest\.json cannot be read: .*{told}") as caught:
        manifest_of(tmp_path)
    assert "pydantic" not in str(caught.value)
    assert "\n" not in str(caught.value)
