"""From spans to tags of tokens, and that the head which says just these tags gives the spans back."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline import IGNORE, Encoded, EncoderInput
from trunkline_ner.models import NerExample
from trunkline_ner.schemes import Scheme
from trunkline_ner.task import NerTask
from trunkline_ner.units import units

TAGS = ["O", "B-a", "I-a", "B-b", "I-b"]
CONFIG = {"tags": TAGS, "scheme": "IOB2", "labels": ["a", "b"], "joined_words": False}


def encoded(text: str, tokens: list[tuple[int, int, bool]]) -> Encoded:
    """Make an input by hand from (start, end, opens a word)."""
    return Encoded(
        source=EncoderInput(text),
        ids=np.arange(len(tokens), dtype=np.int32),
        offsets=np.array([(start, end) for start, end, _ in tokens], dtype=np.int32).reshape(-1, 2),
        sides=np.zeros(len(tokens), dtype=np.int8),
        word_starts=np.array([opens for _, _, opens in tokens], dtype=np.bool_),
    )


def example(text: str, *spans: tuple[int, int, str]) -> NerExample:
    entities = [{"start": start, "end": end, "label": label} for start, end, label in spans]
    return NerExample.model_validate({"text": text, "entities": entities})


def tags(text: str, tokens: list[tuple[int, int, bool]], *spans: tuple[int, int, str]) -> list[str]:
    found = NerTask().targets(example(text, *spans), encoded(text, tokens), CONFIG)["tags"]
    return ["-" if number == IGNORE else TAGS[number] for number in found]


NEW_YORKERS = [(0, 3, True), (4, 8, True), (8, 11, False), (11, 12, True)]


def test_the_first_sub_word_is_labelled_and_the_others_are_ignored() -> None:
    assert tags("New Yorkers.", NEW_YORKERS, (0, 11, "a")) == ["B-a", "I-a", "-", "O"]


def test_a_word_that_is_partly_covered_counts_as_covered() -> None:
    assert tags("New Yorkers.", NEW_YORKERS, (0, 8, "a")) == ["B-a", "I-a", "-", "O"]
    assert tags("New Yorkers.", NEW_YORKERS, (8, 11, "a")) == ["O", "B-a", "-", "O"]


def test_a_word_that_two_entities_share_belongs_to_the_one_that_covers_more() -> None:
    assert tags("New Yorkers.", NEW_YORKERS, (0, 5, "a"), (5, 11, "b")) == ["B-a", "B-b", "-", "O"]
    assert tags("New Yorkers.", NEW_YORKERS, (4, 9, "a"), (9, 11, "b")) == ["O", "B-a", "-", "O"]
    assert tags("New Yorkers.", NEW_YORKERS, (4, 5, "a"), (5, 12, "b")) == ["O", "B-b", "-", "I-b"]


def test_an_entity_that_no_token_covers_leaves_no_tag() -> None:
    assert tags("a\u200bb", [(0, 1, True), (2, 3, True)], (1, 2, "a")) == ["O", "O"]


def test_a_label_that_the_head_does_not_know_is_ignored() -> None:
    assert tags("New Yorkers.", NEW_YORKERS, (0, 3, "new")) == ["-", "O", "-", "O"]


def test_a_token_without_width_says_nothing_of_its_words_extent() -> None:
    words = units(encoded(" New York", [(0, 0, True), (1, 4, False), (0, 0, False), (5, 9, True), (9, 9, True)]))
    assert (words.starts.tolist(), words.ends.tolist(), words.tokens.tolist()) == ([1, 5], [4, 9], [0, 3])


def test_an_input_without_tokens_has_no_units() -> None:
    assert len(units(encoded("", []))) == 0
    assert tags("", []) == []


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[Encoded, NerExample]:
    """Draw a text cut into words and sub-words, with entities anywhere in it."""
    words = draw(st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=3), min_size=1, max_size=6))
    spaces = [draw(st.booleans()) for _ in words]
    tokens, position = [], 0
    for space, word in zip(spaces, words, strict=True):
        position += space
        for index, length in enumerate(word):
            tokens.append((position, position + length, index == 0))
            position += length
    text = "".join(" " if not any(s <= i < e for s, e, _ in tokens) else "x" for i in range(position))
    edges = sorted(draw(st.sets(st.integers(0, position), max_size=6)))
    spans = [(s, e, draw(st.sampled_from("ab"))) for s, e in itertools.pairwise(edges) if text[s:e].strip()]
    return encoded(text, tokens), example(text, *spans)


@pytest.mark.parametrize("scheme", ["IOB2", "BILOU"])
@given(drawn=cut_texts())
@settings(deadline=None)
def test_a_head_that_says_the_targets_finds_what_meets_word_edges(
    scheme: str, drawn: tuple[Encoded, NerExample]
) -> None:
    """Each word says the entity that covers most of it; spans are whole words, each label as marked."""
    source, marked = drawn
    prefixes = "BI" if Scheme(scheme) is Scheme.IOB2 else "BILU"
    config = {
        "tags": ["O", *(f"{p}-{label}" for label in "ab" for p in prefixes)],
        "scheme": scheme,
        "labels": ["a", "b"],
        "joined_words": False,
    }
    task = NerTask()
    target = task.targets(marked, source, config)["tags"]
    said = np.eye(len(config["tags"]), dtype=np.float32)[np.where(target == IGNORE, 0, target)] * 20
    found = {(start, end, label) for start, end, label, _ in task.decode({"logits": said}, source, config)}
    words = units(source)
    starts, ends = set(words.starts.tolist()), set(words.ends.tolist())
    assert {span for span in marked.spans if span[0] in starts and span[1] in ends} <= found
    for start, end, label in found:
        assert start in starts
        assert end in ends
        assert any(s < end and start < e and label == name for s, e, name in marked.spans)
