"""States on disk: as they were put, whole or absent, and never those of another origin."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from threading import Timer

import numpy as np
import pytest

from trunkline.errors import EnvironmentFault, InvalidInput
from trunkline.serving import kept_states
from trunkline.serving.kept_states import KeptStates, Origin, check_room
from trunkline.store.locks import lock
from trunkline.trunk.windows import Window

WIDTH = 8


def origin(**changes) -> Origin:
    return Origin(
        **{"trunk": "a" * 64, "engine": "torch-fp32", "layer": 2, "width": WIDTH, "stored": "float32", **changes}
    )


def window(number: int, length: int = 5) -> Window:
    ids = np.full(length, number, dtype=np.int64)
    return Window(ids, np.zeros_like(ids), np.arange(length, dtype=np.int32), np.zeros(length, dtype=np.int32))


def states(number: int, length: int = 5) -> np.ndarray:
    return np.random.default_rng(number).normal(size=(length, WIDTH)).astype(np.float32)


def filled(folder: Path, numbers: range, **changes) -> KeptStates:
    kept = KeptStates(folder, origin(**changes))
    kept.put((window(n, n + 2), states(n, n + 2)) for n in numbers)
    return kept


def test_what_was_put_is_there_after_a_restart(tmp_path: Path) -> None:
    filled(tmp_path, range(4))
    again = filled(tmp_path, range(3, 7))
    third = KeptStates(tmp_path, origin())
    for kept in (again, third):
        assert len(kept) == 7
        for n in range(7):
            np.testing.assert_array_equal(kept.get(window(n, n + 2), 2), states(n, n + 2))
        assert kept.get(window(9), 2) is None
        assert kept.get(window(1, 3), 1) is None, "another layer"
    assert third.size > sum(n + 2 for n in range(7)) * WIDTH * 4


def test_an_engine_of_half_precision_keeps_half_the_bytes(tmp_path: Path) -> None:
    kept = filled(tmp_path, range(4), stored="float16", engine="openvino-bf16")
    np.testing.assert_allclose(kept.get(window(2, 4), 2), states(2, 4), rtol=1e-3)
    assert origin(stored="float16").bytes_of(10) == origin().bytes_of(10) // 2
    kept.put([(window(50), np.full((5, WIDTH), 1e6, dtype=np.float32))])
    assert kept.get(window(50), 2) is None, "a number that does not fit is not kept, and never infinite"


@pytest.mark.parametrize("change", [{"trunk": "b" * 64}, {"engine": "openvino-bf16"}, {"layer": 3}])
def test_states_of_another_origin_are_none_of_these(tmp_path: Path, change) -> None:
    filled(tmp_path, range(3))
    assert len(KeptStates(tmp_path, origin(**change))) == 0


def test_a_damaged_entry_is_let_go_and_others_stay(tmp_path: Path) -> None:
    folder = filled(tmp_path, range(3)).folder
    [path] = folder.glob("*.states")
    content = bytearray(path.read_bytes())
    content[3 * WIDTH * 4] ^= 1  # in the second entry: the first has two tokens
    path.write_bytes(content)
    kept = KeptStates(tmp_path, origin())
    assert kept.get(window(1, 3), 2) is None
    assert not kept.has(window(1, 3))
    assert kept.get(window(0, 2), 2) is not None
    kept.put([(window(1, 3), states(1, 3))])
    np.testing.assert_array_equal(kept.get(window(1, 3), 2), states(1, 3))


@pytest.mark.parametrize("harm", ["truncated", "missing", "not json", "another width", "manifest missing"])
def test_a_segment_that_is_not_whole_is_left_out(tmp_path: Path, harm: str) -> None:
    folder = filled(tmp_path, range(3)).folder
    filled(tmp_path, range(3, 5))
    numbers, manifest = folder / "000001.states", folder / "000001.json"
    if harm == "truncated":
        numbers.write_bytes(numbers.read_bytes()[:-1])
    elif harm == "missing":
        numbers.unlink()
    elif harm == "not json":
        manifest.write_text("{")
    elif harm == "another width":
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "width": 9}))
    else:
        manifest.unlink()  # as a crash between the two would leave it
    kept = KeptStates(tmp_path, origin())
    assert len(kept) == 2
    kept.put([(window(0, 2), states(0, 2))])
    np.testing.assert_array_equal(KeptStates(tmp_path, origin()).get(window(0, 2), 2), states(0, 2))


def test_room_is_given_back_where_most_is_not_wanted_any_more(tmp_path: Path) -> None:
    kept = filled(tmp_path, range(20))
    before, mapped = kept.size, kept.get(window(3, 5), 2)
    kept.keep_only([window(n, n + 2) for n in range(19)])
    assert len(kept) == 19
    assert kept.size == before, "little would be gained"
    kept.keep_only([window(3, 5), window(77)])
    assert len(kept) == len(KeptStates(tmp_path, origin())) == 1
    assert kept.size < before / 5
    np.testing.assert_array_equal(kept.get(window(3, 5), 2), mapped)
    kept.keep_only([])
    assert len(kept) == len(KeptStates(tmp_path, origin())) == 0


def test_two_processes_do_not_write_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_states, "WAIT", 0.1)
    kept = filled(tmp_path, range(2))
    with (kept.folder / "writing.lock").open("wb") as file:
        assert lock(file)
        with pytest.raises(EnvironmentFault, match="another process is writing"):
            kept.put([(window(30), states(30))])
    kept.put([(window(30), states(30))])
    assert kept.has(window(30))


def test_states_for_which_there_is_no_room_are_refused_beforehand(tmp_path: Path) -> None:
    check_room(tmp_path, 1000)
    with pytest.raises(InvalidInput, match=r"MiB of hidden states, where .* MiB are free"):
        check_room(tmp_path, 2**60)


def test_what_another_process_writes_is_taken_in_and_what_it_removes_is_let_go(tmp_path: Path) -> None:
    mine, other = filled(tmp_path, range(2)), KeptStates(tmp_path, origin())
    other.put([(window(9), states(9))])
    assert not mine.has(window(9))
    mine.refresh()
    np.testing.assert_array_equal(mine.get(window(9), 2), states(9))
    shutil.rmtree(tmp_path / mine.folder.name)
    mine.refresh()
    assert len(mine) == 0
    mine.put([(window(9), states(9))])
    assert len(KeptStates(tmp_path, origin())) == 1


def test_a_folder_that_was_made_anew_under_the_same_names_is_read_anew(tmp_path: Path) -> None:
    mine = filled(tmp_path, range(3))
    shutil.rmtree(mine.folder)
    filled(tmp_path, range(7, 8))
    os.utime(mine.folder / "000001.json", (1, 1))
    mine.refresh()
    assert len(mine) == 1
    assert mine.has(window(7, 9))


def test_damage_is_found_before_it_is_met(tmp_path: Path) -> None:
    kept = filled(tmp_path, range(3))
    [path] = kept.folder.glob("*.states")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    kept = KeptStates(tmp_path, origin())
    assert kept.has(window(2, 4))
    kept.verify()
    assert not kept.has(window(2, 4))
    assert kept.has(window(1, 3))


def test_what_killed_writers_left_is_swept_and_strangers_are_let_be(tmp_path: Path) -> None:
    folder = filled(tmp_path, range(2)).folder
    for name in ("000002.states", "000003.states.partial", "000003.json.partial", "2 copy.txt"):
        (folder / name).write_bytes(b"x" * 9)
    (folder / "000004.json").write_text('{"stored": "float32", "width": 8, "windows": [{"slots": 1e999}]}')
    kept = KeptStates(tmp_path, origin())
    kept.put([(window(9), states(9))])
    assert sorted(path.name for path in folder.iterdir()) == [
        "000001.json", "000001.states", "000004.json", "000005.json", "000005.states", "2 copy.txt", "writing.lock",
    ]  # fmt: skip
    assert len(KeptStates(tmp_path, origin())) == 3


def test_segments_that_another_process_added_are_not_removed(tmp_path: Path) -> None:
    mine = filled(tmp_path, range(5))
    KeptStates(tmp_path, origin()).put([(window(30), states(30))])
    mine.keep_only([])
    assert len(KeptStates(tmp_path, origin())) == 1


def test_a_writer_waits_for_another(tmp_path: Path) -> None:
    kept = filled(tmp_path, range(2))
    file = (kept.folder / "writing.lock").open("wb")
    assert lock(file)
    Timer(0.3, file.close).start()
    kept.put([(window(30), states(30))])
    assert kept.has(window(30))
