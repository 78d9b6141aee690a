from __future__ import annotations

import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from trunkline.errors import EnvironmentFault
from trunkline.progress import Silent
from trunkline.trunk import windows as cutting
from trunkline.trunk.encoder import Encoder
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.tuning.cache import BLOCK, StateCache, take_room
from trunkline.tuning.engines import TorchEngine
from trunkline.tuning.layout import Layout
from trunkline.tuning.states import Computed

TEXTS = ["ada met charles", "i", "the card is lost " * 30, "late order", ""]


@pytest.fixture
def encoder(tiny_trunk: Path) -> Encoder:
    return Encoder.load(tiny_trunk)


@pytest.fixture
def layout(tiny_trunk: Path) -> Layout:
    tokenizer = Tokenizer.from_folder(tiny_trunk)
    encoded = tokenizer.encode([EncoderInput(text) for text in TEXTS])
    return Layout.of([window for one in encoded for window in cutting.cut(one, tokenizer)], tokenizer.pad_id)


@pytest.fixture
def cache(tmp_path: Path, encoder: Encoder) -> StateCache:
    return StateCache(tmp_path / "states", "a" * 64, "fp32", encoder.width, "torch fp32")


def rectangle(layout: Layout) -> tuple[torch.Tensor, torch.Tensor]:
    index = torch.from_numpy(layout.index(np.arange(len(layout)), int(layout.lengths.max())))
    return index, index != layout.tokens


def test_cached_states_are_those_of_the_stem(cache: StateCache, encoder: Encoder, layout: Layout) -> None:
    layers = (0, 2, 3)
    cache.ensure(TorchEngine(encoder, "fp32"), [layout], layers, Silent())
    index, mask = rectangle(layout)
    read = cache.open(layout, layers).states(index, mask)
    computed = Computed(encoder, layout, layers, torch.float32).states(index, mask)
    for ours, theirs in zip(read, computed, strict=True):
        torch.testing.assert_close(ours[mask], theirs[mask], atol=1e-5, rtol=0)
        assert not ours[~mask].any()


def test_half_precision_halves_the_file(tmp_path: Path, encoder: Encoder, layout: Layout) -> None:
    half = StateCache(tmp_path / "half", "a" * 64, "bf16", encoder.width, "torch bf16")
    half.ensure(TorchEngine(encoder, "bf16"), [layout], [2], Silent())
    [file] = (tmp_path / "half").glob("*.states")
    assert file.stat().st_size == half.bytes_needed([layout], [2]) == (layout.tokens + 1) * encoder.width * 2
    index, mask = rectangle(layout)
    [ours] = half.open(layout, [2]).states(index, mask)
    [exact] = Computed(encoder, layout, [2], torch.float32).states(index, mask)
    assert ours.dtype == torch.bfloat16
    assert float((ours[mask].float() - exact[mask]).abs().mean()) < 0.02


@pytest.mark.parametrize("harm", ["flip", "truncate", "remove", "no manifest", "garbled manifest"])
def test_what_is_not_whole_is_absent_and_made_again(
    cache: StateCache, encoder: Encoder, layout: Layout, harm: str
) -> None:
    cache.ensure(TorchEngine(encoder, "fp32"), [layout], [1], Silent())
    [file] = cache.folder.glob("*.states")
    good = file.read_bytes()
    manifest = file.with_suffix(".json")
    if harm == "flip":
        file.write_bytes(bytes([good[0] ^ 1]) + good[1:])
    elif harm == "truncate":
        file.write_bytes(good[:-4])
    elif harm == "remove":
        file.unlink()
    elif harm == "no manifest":
        manifest.unlink()
    else:
        manifest.write_text("{")
    assert not cache.complete(layout, 1)
    cache.ensure(TorchEngine(encoder, "fp32"), [layout], [1], Silent())
    assert cache.complete(layout, 1)
    assert file.read_bytes() == good


def test_other_trunks_precisions_and_engines_have_states_of_their_own(
    cache: StateCache, encoder: Encoder, layout: Layout
) -> None:
    cache.ensure(TorchEngine(encoder, "fp32"), [layout], [1], Silent())
    for other in (
        replace(cache, trunk_id="b" * 64),
        replace(cache, precision="bf16"),
        replace(cache, engine="openvino fp32"),
    ):
        assert not other.complete(layout, 1)
    assert not cache.complete(layout, 2)


def test_only_missing_layers_are_computed(cache: StateCache, encoder: Encoder, layout: Layout) -> None:
    cache.ensure(TorchEngine(encoder, "fp32"), [layout], [1], Silent())
    [first] = cache.folder.glob("*.states")
    before = first.stat().st_mtime_ns
    cache.ensure(TorchEngine(encoder, "fp32"), [layout], [1, 2], Silent())
    assert first.stat().st_mtime_ns == before
    assert cache.complete(layout, 2)


def test_a_limit_says_what_is_too_large(cache: StateCache, layout: Layout) -> None:
    needed = cache.bytes_needed([layout], [1, 2])
    assert cache.fits([layout], [1, 2], needed)
    assert not cache.fits([layout], [1, 2], needed - 1)


def test_layers_of_earlier_trials_make_room(cache: StateCache, encoder: Encoder, layout: Layout) -> None:
    cache.ensure(TorchEngine(encoder, "fp32"), [layout], [1, 2], Silent())
    two = cache.bytes_needed([layout], [1, 2])
    cache.make_room([layout], [2, 3], limit=2 * two)
    assert cache.complete(layout, 1)
    cache.make_room([layout], [2, 3], limit=two)
    assert not cache.complete(layout, 1)
    assert cache.complete(layout, 2)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, tiny_trunk: Path) -> None:
    """A real limit on file size, in a process of its own: the kernel refuses as a full disk does."""
    program = """
        import resource, sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[1])
        import test_cache as here
        from trunkline.errors import EnvironmentFault
        trunk, folder = Path(sys.argv[2]), Path(sys.argv[3])
        encoder, layout = here.Encoder.load(trunk), here.layout.__wrapped__(trunk)
        cache = here.StateCache(folder, "a" * 64, "fp32", encoder.width, "torch fp32")
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
        try:
            cache.ensure(here.TorchEngine(encoder, "fp32"), [layout], [1, 2], here.Silent())
        except EnvironmentFault as fault:
            print("no space" in str(fault), sorted(path.name for path in folder.iterdir()))
    """
    arguments = [str(Path(__file__).parent), str(tiny_trunk), str(tmp_path / "states")]
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program), *arguments], capture_output=True, text=True)
    assert done.stdout.strip() == "True []", done.stderr


def test_states_that_never_finished_are_cleared(cache: StateCache, encoder: Encoder, layout: Layout) -> None:
    """Where the stem itself fails, no half-written file stays."""

    class Broken(Encoder):
        def advance(self, hidden: torch.Tensor, mask: torch.Tensor, start: int, stop: int) -> torch.Tensor:
            raise EnvironmentFault("power is gone")

    with pytest.raises(EnvironmentFault):
        cache.ensure(TorchEngine(Broken(encoder.family), "fp32"), [layout], [1], Silent())
    assert list(cache.folder.iterdir()) == []


def test_room_is_taken_where_the_system_has_no_call_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.posix_fallocate")
    size = 2 * BLOCK + 5
    with (tmp_path / "zeros").open("wb") as file:
        take_room(file, size)
    status = (tmp_path / "zeros").stat()
    assert status.st_size == size
    assert status.st_blocks * 512 >= size, "the file has no holes"
    assert not any((tmp_path / "zeros").read_bytes())
