"""Binary Marian models, written here: tiny, random, in the format of what Firefox ships."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

FLOAT32, INTGEMM8, INTGEMM16, INT8 = 0x0404, 0x4101, 0x4102, 0x0101
LINES = [
    "The quick brown fox jumps over the lazy dog.",
    "How are you today? I am fine, thank you!",
    "Wie geht es dir heute? Die Katze schläft auf dem Sofa.",
    "O gato está dormindo na cama, não é verdade?",
    "Tiếng Việt có nhiều dấu: ế ồ ữ ặ.",
    "Numbers such as 1,234.56 or 2024-05-17 are common (very).",
    "Where is the station? It is over there, on the left.",
    "我爱北京天安门。 今天天气很好。",
]


def settings(**changes: Any) -> dict[str, Any]:
    """Give the settings of a tiny model: width 16, 2 heads, 2 + 2 layers."""
    values: dict[str, Any] = {
        "type": "transformer",
        "dim-emb": 16,
        "dim-vocabs": [60, 60],
        "enc-depth": 2,
        "dec-depth": 2,
        "dec-cell": "ssru",
        "transformer-heads": 2,
        "transformer-dim-ffn": 24,
        "transformer-decoder-autoreg": "rnn",
        "transformer-ffn-activation": "relu",
        "transformer-ffn-depth": 2,
        "transformer-preprocess": "",
        "transformer-postprocess": "dan",
        "transformer-postprocess-emb": "d",
        "transformer-postprocess-top": "",
        "transformer-tied-layers": [],
        "tied-embeddings-all": True,
        "tied-embeddings": False,
        "tied-embeddings-src": False,
        "input-types": [],
        "version": "v1.9.56",
    }
    return {**values, **changes}


@dataclass
class _Drawn:
    """Tensors drawn one after the other."""

    width: int
    inner: int
    draw: np.random.Generator
    found: dict[str, np.ndarray] = field(default_factory=dict)

    def weight(self, name: str, rows: int, columns: int) -> None:
        self.found[name] = self.draw.normal(0, rows**-0.5, (rows, columns)).astype(np.float32)

    def vector(self, name: str, size: int, middle: float = 0.0) -> None:
        self.found[name] = self.draw.normal(middle, 0.2, (1, size)).astype(np.float32)

    def norm(self, name: str) -> None:
        self.vector(f"{name}_ln_scale", self.width, 1.0)
        self.vector(f"{name}_ln_bias", self.width)

    def attention(self, name: str) -> None:
        for letter in "qkvo":
            self.weight(f"{name}_W{letter}", self.width, self.width)
            self.vector(f"{name}_b{letter}", self.width)
        self.norm(f"{name}_Wo")

    def feed_forward(self, name: str) -> None:
        self.weight(f"{name}_ffn_W1", self.width, self.inner)
        self.vector(f"{name}_ffn_b1", self.inner)
        self.weight(f"{name}_ffn_W2", self.inner, self.width)
        self.vector(f"{name}_ffn_b2", self.width)
        self.norm(f"{name}_ffn_ffn")

    def recurrent(self, name: str) -> None:
        self.weight(f"{name}_W", self.width, self.width)
        self.weight(f"{name}_Wf", self.width, self.width)
        self.vector(f"{name}_bf", self.width)
        self.norm(f"{name}_ffn")


def tensors(values: Mapping[str, Any], seed: int = 0) -> dict[str, np.ndarray]:
    """Draw the tensors that a model of these settings has, under Marian's names."""
    drawn = _Drawn(values["dim-emb"], values["transformer-dim-ffn"], np.random.default_rng(seed))
    for layer in range(1, values["enc-depth"] + 1):
        drawn.attention(f"encoder_l{layer}_self")
        drawn.feed_forward(f"encoder_l{layer}")
    for layer in range(1, values["dec-depth"] + 1):
        drawn.recurrent(f"decoder_l{layer}_rnn")
        drawn.attention(f"decoder_l{layer}_context")
        drawn.feed_forward(f"decoder_l{layer}")
    _draw_tables(drawn, values)
    return drawn.found


def _draw_tables(drawn: _Drawn, values: Mapping[str, Any]) -> None:
    source, target = values["dim-vocabs"]
    if values["tied-embeddings-all"] or values["tied-embeddings-src"]:
        drawn.weight("Wemb", source, drawn.width)
    else:
        drawn.weight("encoder_Wemb", source, drawn.width)
        drawn.weight("decoder_Wemb", target, drawn.width)
    if not (values["tied-embeddings-all"] or values["tied-embeddings"]):
        drawn.weight("decoder_ff_logit_out_W", drawn.width, target)
    if not values.get("output-omit-bias"):
        drawn.vector("decoder_ff_logit_out_b", target)


Item = tuple[str, int, Sequence[int], bytes]


def float_item(name: str, values: np.ndarray) -> Item:
    return name, FLOAT32, values.shape, values.astype("<f4").tobytes()


def quantised_item(name: str, values: np.ndarray, kind: int = INTGEMM8) -> tuple[Item, np.ndarray]:
    """Quantise a matrix as marian-conv does; give it with the values that come of it."""
    multiplier = np.float32(127.0 / np.abs(values).max() if kind == INTGEMM8 else 1024.0)
    whole = np.rint(values * multiplier).astype("<i1" if kind == INTGEMM8 else "<i2")
    stored = whole if "Wemb" in name else whole.T
    data = stored.tobytes() + struct.pack("<f", multiplier)
    return (name, kind, values.shape, data), whole.astype(np.float32) / multiplier


def settings_item(values: Mapping[str, Any] | str) -> Item:
    """Write settings; JSON is YAML too."""
    text = values if isinstance(values, str) else json.dumps(dict(values), indent=1)
    raw = text.encode() + b"\0"
    return "special:model.yml", INT8, (len(raw),), raw


def binary(items: Sequence[Item], version: int = 1) -> bytes:
    """Write the format, data padded to multiples of 256 bytes as Marian's allocator does."""
    padded = [(name, kind, shape, data + bytes(-len(data) % 256)) for name, kind, shape, data in items]
    out = io.BytesIO()
    out.write(struct.pack("<QQ", version, len(padded)))
    for name, kind, shape, data in padded:
        out.write(struct.pack("<4Q", len(name.encode()) + 1, kind, len(shape), len(data)))
    for name, *_ in padded:
        out.write(name.encode() + b"\0")
    for _, _, shape, _ in padded:
        out.write(struct.pack(f"<{len(shape)}i", *shape))
    padding = 256 - (out.tell() + 8) % 256
    out.write(struct.pack("<Q", padding) + bytes(padding))
    for *_, data in padded:
        out.write(data)
    return out.getvalue()


def write_model(
    path: Path, values: Mapping[str, Any], found: Mapping[str, np.ndarray], kind: int = INTGEMM8
) -> dict[str, np.ndarray]:
    """Write a model as Firefox has it, matrices quantised; gives the values that a reader must find."""
    items, exact = [], {}
    for name, array in sorted(found.items()):
        if len(array) > 1:
            item, exact[name] = quantised_item(name, array, kind)
            items.append(item)
            items.append(float_item(f"{name}_QuantMultA", np.ones((1, 1))))
        else:
            items.append(float_item(name, array))
            exact[name] = array
    path.write_bytes(binary([*items, settings_item(values)]))
    return exact


def write_vocabulary(path: Path, size: int = 200, lines: Sequence[str] = LINES, **options: Any) -> int:
    """Train a SentencePiece vocabulary as Marian does, `</s>` at 0 and `<unk>` at 1; gives its size."""
    import sentencepiece

    model = io.BytesIO()
    given = {
        "vocab_size": size,
        "hard_vocab_limit": False,
        "character_coverage": 0.98,
        "bos_id": -1,
        "eos_id": 0,
        "unk_id": 1,
        "minloglevel": 2,
        **options,
    }
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(list(lines) * 3), model_writer=model, **given)
    path.write_bytes(model.getvalue())
    return int(sentencepiece.SentencePieceProcessor(model_proto=model.getvalue()).get_piece_size())


def write_folder(folder: Path, **changes: Any) -> dict[str, np.ndarray]:
    """Write a whole folder with one vocabulary; gives the model's values."""
    folder.mkdir(parents=True, exist_ok=True)
    size = write_vocabulary(folder / "vocab.ende.spm")
    values = settings(**{"dim-vocabs": [size, size], **changes})
    (folder / "lex.50.50.ende.s2t.bin").write_bytes(b"a shortlist, which nobody reads")
    return write_model(folder / "model.ende.intgemm.alphas.bin", values, tensors(values))
