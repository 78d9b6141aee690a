"""What the reference does for a question about a text: transformers' own head for it, windows, and spans decoded.

Windows overlap; a word's scores are those of the window in which it stands furthest from an edge, above that window's
leading special token, which means no answer. Spans are found by the rules that our side is decoded by, so that the two
differ in their models alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import AutoModelForQuestionAnswering

from benchmarks.quality.corpora import Row
from benchmarks.quality.padding import padded
from trunkline import Encoded, EncoderInput
from trunkline_qa.examples import QAExample, QAOptions
from trunkline_qa.task import QuestionAnsweringTask

LENGTH = 256  # tokens of a window, as those of the packaged trunk
STRIDE = 64
TASK = QuestionAnsweringTask()


class SpanModel(nn.Module):
    """`AutoModelForQuestionAnswering`; which tokens are the text's is read off the first separator."""

    def __init__(self, folder: str, separator: int) -> None:
        super().__init__()
        self.model = AutoModelForQuestionAnswering.from_pretrained(folder)
        self.separator = separator

    def forward(self, input_ids: Any, attention_mask: Any, labels: Any = None) -> dict[str, Any]:
        separators = (input_ids == self.separator).long()
        of_text = (separators.cumsum(1) - separators == 1).long()
        ends = {} if labels is None else {"start_positions": labels[:, 0], "end_positions": labels[:, 1]}
        found = self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=of_text, **ends)
        logits = torch.stack([found.start_logits, found.end_logits], dim=-1)
        return {"logits": logits} if labels is None else {"loss": found.loss, "logits": logits}


class Answering:
    """Questions with their texts as windows, and windows' scores as answers."""

    def __init__(self, train: Sequence[Row], tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        examples = [QAExample.model_validate(row) for row in train]
        self.config = TASK.head_config(examples, QAOptions(), None)  # type: ignore[arg-type]  # it asks no trunk

    def model(self, folder: str) -> SpanModel:
        return SpanModel(folder, self.tokenizer.sep_token_id)

    def encode(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Give the windows of all rows, in order; one without a whole answer has the leading token for its answer."""
        coded = self.tokenizer(
            [row["question"] for row in rows],
            [row["context"] for row in rows],
            truncation="only_second",
            max_length=LENGTH,
            stride=STRIDE,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        features = []
        for window, row in enumerate(coded["overflow_to_sample_mapping"]):
            sides = coded.sequence_ids(window)
            places = {token: coded["offset_mapping"][window][token] for token, side in enumerate(sides) if side == 1}
            labels = _ends(places, rows[row]["answers"])
            features.append({"input_ids": coded["input_ids"][window], "labels": labels, "row": row, "places": places})
        return features

    def collate(self, features: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        batch = padded(features, self.tokenizer.pad_token_id)
        return {**batch, "labels": torch.tensor([feature["labels"] for feature in features])}

    def score(self, logits: list[np.ndarray], features: list[dict[str, Any]], rows: Sequence[Row]) -> dict[str, float]:
        """Give F1 and exact match of the rows whose windows `features` are."""
        windows: list[list[tuple[np.ndarray, dict[int, tuple[int, int]]]]] = [[] for _ in rows]
        for scores, feature in zip(logits, features, strict=True):
            windows[feature["row"]].append((scores, feature["places"]))
        examples = [QAExample.model_validate(row) for row in rows]
        said = [
            TASK.respond(TASK.request(example), [self._decoded(example, of_row)])
            for example, of_row in zip(examples, windows, strict=True)
        ]
        return TASK.score(said, examples)

    def _decoded(self, example: QAExample, windows: list[tuple[np.ndarray, dict[int, tuple[int, int]]]]) -> Any:
        coded = self.tokenizer(example.context, add_special_tokens=False, return_offsets_mapping=True)
        offsets = [tuple(one) for one in coded["offset_mapping"]]
        index = {place: token for token, place in enumerate(offsets)}
        found = np.full((len(offsets), 2), -np.inf, dtype=np.float32)
        depth = np.full(len(offsets), -1)
        for scores, places in windows:
            first, last = min(places, default=0), max(places, default=0)
            for token, place in places.items():
                inside, mine = min(token - first, last - token), index[tuple(place)]
                if inside > depth[mine]:
                    depth[mine], found[mine] = inside, scores[token] - scores[0]
        encoded = _encoded(example, coded, offsets)
        return TASK.decode({"starts": found[:, 0], "ends": found[:, 1]}, encoded, self.config)


def _ends(places: dict[int, tuple[int, int]], answers: Sequence[Row]) -> list[int]:
    """Give the tokens that open and close the first answer, or twice the leading one."""
    if not answers or not places:
        return [0, 0]
    start = answers[0]["answer_start"]
    end = start + len(answers[0]["text"])
    inside = [token for token, (first, last) in places.items() if last > start and first < end]
    spans = [first for first, _ in places.values()], [last for _, last in places.values()]
    whole = min(spans[0]) <= start and max(spans[1]) >= end
    return [inside[0], inside[-1]] if inside and whole else [0, 0]


def _encoded(example: QAExample, coded: Any, offsets: Sequence[tuple[int, int]]) -> Encoded:
    words = np.array([-1 if word is None else word for word in coded.word_ids()], dtype=np.int32)
    starts = np.ones(len(words), dtype=np.bool_)
    starts[1:] = words[1:] != words[:-1]
    return Encoded(
        source=EncoderInput(example.question, example.context),
        ids=np.array(coded["input_ids"], dtype=np.int32),
        offsets=np.array(offsets, dtype=np.int32).reshape(-1, 2),
        sides=np.ones(len(words), dtype=np.int8),
        word_starts=starts,
    )
