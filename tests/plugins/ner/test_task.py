"""The task as a whole: the offset contract on hostile text, and what it tells of data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tiny import wordpiece_tokenizer
from trunkline import DataError, EncoderInput, TrunkInfo, load_plugins
from trunkline.data.read import read_examples
from trunkline.trunk.tokenizer import Tokenizer
from trunkline_ner.models import NerExample, NerOptions, NerRequest
from trunkline_ner.task import NerTask

TASK = NerTask()
HOSTILE = [
    "",
    "   ",
    " \t\n\u3000",
    "[SEP] met [CLS] in <s>[MASK]",
    "a\x00b\x07 c\x1b",
    "one\r\ntwo\r\n",
    "\ufeffAda met Karl",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd 1\ufe0f\u20e3 in Paris",
    "caf\u00e9 cafe\u0301",
    "Z" + "\u0301" * 100 + "o met Ada",
    "\u1112\u1161\u11ab\u1100\u116e\u11a8",
    "\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e\u0e21\u0e2b\u0e32\u0e19\u0e04\u0e23",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e",
    "\u5317\u4eac\u662f\u4e2d\u56fd\u7684\u9996\u90fd",
    "\u0130stanbul'da \u0131\u015f\u0131k",
    "\ufb01nance \ufb03 \u01c6",
    "\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "in\u200bvis\u200dible\u2060",
    "\u0410d\u0430 Lovel\u0430ce",
    "a" * 5000,
    "\u00a0Ada\u2003 \u00a0",
    "London, Paris; (Berlin) met-ada's",
]


def trunk() -> TrunkInfo:
    return TrunkInfo(
        id="0", name="tiny", family="bert", n_layers=1, width=8, max_length=64, config={}, layer_hashes=("a",)
    )


def example(text: str, *spans: tuple[int, int, str]) -> NerExample:
    entities = [{"start": start, "end": end, "label": label} for start, end, label in spans]
    return NerExample.model_validate({"text": text, "entities": entities})


ADA = example("Ada met Karl in Paris", (0, 3, "person"), (8, 12, "person"), (16, 21, "place"))
CONFIG = TASK.head_config([ADA], NerOptions(), trunk())


def byte_level_tokenizer() -> Any:
    """Make a byte-level BPE tokenizer without merges: many tokens a character."""
    from tokenizers import Tokenizer as Backend
    from tokenizers import models, pre_tokenizers, processors

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Backend(models.BPE({piece: index for index, piece in enumerate(["<s>", "</s>", *letters])}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    backend.add_special_tokens(["<s>", "</s>"])
    return backend


def unigram_tokenizer() -> Any:
    """Make a SentencePiece-like tokenizer: spaces are marks of their own, and normalisation changes lengths."""
    from tokenizers import Tokenizer as Backend
    from tokenizers import models, normalizers, pre_tokenizers, processors

    pieces = [("<unk>", -20.0), ("<s>", 0.0), ("</s>", 0.0), ("\u2581", -2.0), ("\u2581in", -1.0)]
    pieces += [(chr(code), -5.0) for code in range(33, 127)]
    backend = Backend(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    backend.normalizer = normalizers.NFKC()
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    backend.add_special_tokens(["<s>", "</s>"])
    return backend


TOKENIZERS = {
    name: Tokenizer.from_json(made().to_str(), 0, 64)
    for name, made in {
        "wordpiece": wordpiece_tokenizer,
        "byte-level": byte_level_tokenizer,
        "unigram": unigram_tokenizer,
    }.items()
}


def hold_the_offset_contract(text: str, tokenizer: Tokenizer, seed: int) -> None:
    """Predict with a random head, and check every span."""
    request = NerRequest(text=text, model=None, min_score=0.0)
    (source,) = TASK.encoder_inputs(request)
    assert source == EncoderInput(text)
    (encoded,) = tokenizer.encode([source])
    random = np.random.default_rng(seed)
    logits = random.normal(size=(len(encoded), len(CONFIG["tags"]))).astype(np.float32)
    answer = TASK.respond(request, [TASK.decode({"logits": logits}, encoded, CONFIG)])
    end = 0
    for entity in answer.entities:
        assert end <= entity.start < entity.end <= len(text)
        assert entity.text == text[entity.start : entity.end] == entity.text.strip()
        assert 0 <= entity.score <= 1
        assert entity.label in CONFIG["labels"]
        end = entity.end


@pytest.mark.parametrize("tokenizer", list(TOKENIZERS))
@pytest.mark.parametrize("text", HOSTILE)
def test_spans_keep_the_offset_contract_on_hostile_text(tokenizer: str, text: str) -> None:
    for seed in range(5):
        hold_the_offset_contract(text, TOKENIZERS[tokenizer], seed)


@pytest.mark.parametrize("tokenizer", list(TOKENIZERS))
@given(text=st.text(max_size=60), seed=st.integers(0, 9))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_spans_keep_the_offset_contract_on_any_text(tokenizer: str, text: str, seed: int) -> None:
    hold_the_offset_contract(text, TOKENIZERS[tokenizer], seed)


def said(spans: set[tuple[int, int, str]], text: str) -> Any:
    found = [(start, end, label, 0.5) for start, end, label in sorted(spans)]
    return TASK.respond(TASK.request(example(text)), [found])


def test_a_head_that_says_the_targets_is_right_on_marked_text() -> None:
    (encoded,) = TOKENIZERS["wordpiece"].encode(TASK.encoder_inputs(TASK.request(ADA)))
    target = TASK.targets(ADA, encoded, CONFIG)["tags"]
    logits = 9 * np.eye(len(CONFIG["tags"]), dtype=np.float32)[np.maximum(target, 0)]
    answer = TASK.respond(TASK.request(ADA), [TASK.decode({"logits": logits}, encoded, CONFIG)])
    assert [(entity.text, entity.label) for entity in answer.entities] == [
        ("Ada", "person"),
        ("Karl", "person"),
        ("Paris", "place"),
    ]
    assert TASK.correct(answer, ADA)
    assert TASK.score([answer], [ADA]) == {"f1": 1, "precision": 1, "recall": 1, "macro_f1": 1}


def test_a_text_without_entities_is_right_when_nothing_is_found_in_it() -> None:
    assert TASK.correct(said(set(), "nobody"), example("nobody"))
    assert not TASK.correct(said({(0, 6, "person")}, "nobody"), example("nobody"))


def test_the_score_asked_for_leaves_weaker_entities_out() -> None:
    request = NerRequest(text="Ada met Karl", model=None, min_score=0.6)
    answer = TASK.respond(request, [[(0, 3, "person", 0.59), (8, 12, "person", 0.6)]])
    assert [entity.text for entity in answer.entities] == ["Karl"]


def test_the_configuration_holds_the_labels_of_the_data_in_order() -> None:
    assert CONFIG["tags"] == ["O", "B-person", "I-person", "B-place", "I-place"]
    assert TASK.head_config([ADA], NerOptions(dropout=0.3), trunk())["dropout"] == 0.3


def test_data_without_entities_cannot_be_learnt_from() -> None:
    with pytest.raises(DataError, match="no entity in the training data"):
        TASK.head_config([example("nothing")], NerOptions(), trunk())
    with pytest.raises(DataError, match="no entity in the training data"):
        TASK.check_training([example("nothing")], NerOptions())
    assert TASK.check_training([ADA, example("nothing")], NerOptions()) == []


def test_labels_unknown_to_the_version_are_told_with_their_example() -> None:
    examples = [ADA, example("Ada won gold", (0, 3, "person"), (4, 7, "medal"), (8, 12, "medal"))]
    ((index, problem),) = TASK.check_examples(examples, CONFIG)
    assert index == 1
    assert problem == "entities: the label 'medal' is not one of the 2 that are known; they are 'person', 'place'"


def test_labels_that_differ_only_in_case_or_spaces_are_a_warning() -> None:
    examples = [ADA, example("Ada", (0, 3, "Person")), example("Ada", (0, 3, "place "))]
    assert TASK.warnings(examples) == [
        "labels differ only in case or spaces: 'Person' (1), 'person' (2)",
        "labels differ only in case or spaces: 'place' (1), 'place ' (1)",
    ]
    assert TASK.warnings([ADA]) == []


def test_strata_tell_texts_with_entities_from_those_without() -> None:
    assert TASK.stratum(ADA) != TASK.stratum(example("nobody"))


@pytest.mark.parametrize(
    ("name", "rows", "spans", "labels"),
    [
        ("snips/train.jsonl", 13_784, 35_748, 39),
        ("snips/test.jsonl", 700, 1_794, 39),
        ("wnut17/train.conll", 3_394, 1_975, 6),
        ("wnut17/test.conll", 1_287, 1_079, 6),
    ],
)
def test_the_real_corpora_are_read_whole(corpora: Path, name: str, rows: int, spans: int, labels: int) -> None:
    examples = read_examples(TASK, corpora / name, load_plugins())
    assert len(examples) == rows
    assert sum(len(row.entities) for row in examples.items) == spans
    assert len({entity.label for row in examples.items for entity in row.entities}) == labels
    perfect = [said(set(row.spans), row.text) for row in examples.items]
    assert set(TASK.score(perfect, examples.items).values()) == {1.0}


def test_importing_the_plugin_imports_neither_torch_nor_transformers() -> None:
    code = "import sys, trunkline_ner.plugin; assert not {'torch', 'transformers', 'datasets'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
