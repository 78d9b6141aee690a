from __future__ import annotations

from pathlib import Path

import pytest
from store_samples import TRUNK_ID, trunk_files, trunk_info

from trunkline.errors import InvalidInput, NotFound
from trunkline.store.blobs import BlobStore
from trunkline.store.registry import Registry


def test_a_trunk_comes_back_by_id_name_and_the_beginning_of_its_id(registry: Registry) -> None:
    for wanted in (TRUNK_ID, "minilm", TRUNK_ID[:6], TRUNK_ID[:63]):
        assert registry.trunk(wanted) == trunk_info()
    assert registry.trunks() == [trunk_info()]


@pytest.mark.parametrize("wanted", ["minilmm", TRUNK_ID[:5], "%", "0" * 64, "", "a" * 10_000])
def test_an_unknown_trunk_is_not_found(registry: Registry, wanted: str) -> None:
    with pytest.raises(NotFound, match="minilm"):
        registry.trunk(wanted)


def test_adding_it_again_changes_nothing(registry: Registry, blobs: Path, tmp_path: Path) -> None:
    before = registry.revision(), sorted(BlobStore(blobs).digests())
    other = trunk_files(tmp_path / "other")
    (other / "tokenizer_config.json").write_text('{"written": "another way"}')
    assert registry.add_trunk(trunk_info(name="other"), other) == trunk_info()
    registry.collect_garbage()
    assert sorted(BlobStore(blobs).digests()) == before[1]


def test_the_newest_of_a_name_is_meant(registry: Registry, tmp_path: Path) -> None:
    tuned = trunk_info(id=TRUNK_ID[:8] + "0" * 56, parent_id=TRUNK_ID)
    assert registry.add_trunk(tuned, tmp_path / "trunk") == tuned
    assert registry.trunk("minilm") == tuned
    assert registry.trunks() == [tuned, trunk_info()]
    with pytest.raises(InvalidInput, match="several trunks"):
        registry.trunk(TRUNK_ID[:8])


@pytest.mark.parametrize("name", ["modeling.py", "pytorch_model.bin", ".hidden.json", "sub"])
def test_only_json_and_safetensors_can_be_part_of_a_trunk(registry: Registry, tmp_path: Path, name: str) -> None:
    folder = trunk_files(tmp_path / "other")
    (folder / name).mkdir() if name == "sub" else (folder / name).write_text("")
    with pytest.raises(InvalidInput, match="safetensors"):
        registry.add_trunk(trunk_info(id="1" * 64), folder)


def test_a_folder_that_is_none(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "absent", tmp_path / "empty"):
        with pytest.raises(InvalidInput, match="give the folder"):
            registry.add_trunk(trunk_info(id="1" * 64), folder)


def test_the_folder_is_ready_to_load(registry: Registry, tmp_path: Path) -> None:
    folder = registry.trunk_folder(TRUNK_ID)
    assert folder == registry.trunk_folder("minilm")
    wanted = {path.name: path.read_bytes() for path in (tmp_path / "trunk").iterdir()}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == wanted
