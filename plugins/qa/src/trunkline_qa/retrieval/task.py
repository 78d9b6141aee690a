"""The retrieval task: what a row, a request and a ranking are, and how texts become vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from trunkline import (
    Axis,
    Encoded,
    EncoderInput,
    HeadConfig,
    HeadOptions,
    HeadTask,
    Inference,
    InvalidInput,
    LinearHead,
    Outputs,
    Targets,
    TrunkInfo,
    stacked,
)
from trunkline_qa.retrieval import checks, knowledge, metrics, ranking
from trunkline_qa.retrieval.examples import RetrievalExample, RetrievalOptions
from trunkline_qa.retrieval.messages import PooledResponse, RetrievalRequest, RetrievalResponse

if TYPE_CHECKING:
    import torch

Vector = NDArray[np.float32]


class RetrievalTask(HeadTask[RetrievalRequest, RetrievalResponse, RetrievalExample]):
    """Texts ranked for a query by the cosine of vectors: search, and recommendation of items by their text."""

    name = "retrieval"
    summary = "Rank texts for a query by how near their vectors are: search, and recommendation of items by text."
    request_model = RetrievalRequest
    response_model = RetrievalResponse
    example_model = RetrievalExample
    options_model = RetrievalOptions
    output_axes: ClassVar[Mapping[str, Axis]] = {"vector": "text"}
    target_axes: ClassVar[Mapping[str, Axis]] = {"query": "text", "text": "text", "asks": "text", "clicked": "text"}
    primary_metric = "mrr"
    together = True

    async def run(self, request: RetrievalRequest, inference: Inference) -> RetrievalResponse:
        if request.knowledge_base is not None:
            return await knowledge.ranked(request, inference)
        return await super().run(request, inference)

    def request(self, example: RetrievalExample) -> RetrievalRequest:
        """Ask for the example's two vectors; `compared` ranks the texts of all examples by them."""
        return RetrievalRequest.model_construct(
            model=None, query=example.query, texts=[example.text], knowledge_base=None, top_k=1, vectors=True
        )

    def encoder_inputs(self, request: RetrievalRequest) -> Sequence[EncoderInput]:
        """Give the query, then the texts. Raises `InvalidInput` for a knowledge base, which `run` alone asks."""
        if request.texts is None:
            raise InvalidInput("a knowledge_base is ranked by POST /v1/retrieval alone; here, give the texts")
        return [EncoderInput(text) for text in (request.query, *request.texts)]

    def head_config(
        self, examples: Sequence[RetrievalExample], options: HeadOptions, trunk: TrunkInfo
    ) -> dict[str, Any]:
        own = options if isinstance(options, RetrievalOptions) else RetrievalOptions()
        checks.learnable(examples)
        if own.dimension is not None and own.dimension > trunk.width:
            raise InvalidInput(
                f"option dimension {own.dimension}: the trunk's states have {trunk.width} numbers; take at most as many"
            )
        return {"dimension": own.dimension, "temperature": own.temperature}

    def targets(self, example: RetrievalExample, encoded: Encoded, config: HeadConfig) -> Targets:
        """Number the example's query and text by what they say, so that equal ones are known in a batch.

        A text that is the query itself counts as the query.
        """
        asks = encoded.source == EncoderInput(example.query)
        numbers = {"query": _number(example.query), "text": _number(example.text)}
        return {
            name: np.array(value)
            for name, value in {**numbers, "asks": int(asks), "clicked": int(example.right)}.items()
        }

    def decode(self, outputs: Outputs, encoded: Encoded, config: HeadConfig) -> Vector:
        """Give the vector (d,) of length 1, float32."""
        return self.decode_all([outputs], [encoded], config)[0]

    def decode_all(
        self, outputs: Sequence[Outputs], encoded: Sequence[Encoded], config: HeadConfig
    ) -> Sequence[Vector]:
        return list(ranking.normalised(stacked(outputs, "vector")))

    def linear_head(self, config: HeadConfig) -> LinearHead:
        return LinearHead("mean", output="vector", weight="projection.weight", bias="projection.bias")

    def respond(self, request: RetrievalRequest, predictions: Sequence[Vector]) -> RetrievalResponse:
        query, *texts = predictions
        return ranking.ranked(request, query, texts)

    def compared(
        self, responses: Sequence[RetrievalResponse], examples: Sequence[RetrievalExample]
    ) -> Sequence[RetrievalResponse]:
        """Ask each query over all distinct texts of the examples."""
        return ranking.pooled(responses, examples)

    def score(self, responses: Sequence[RetrievalResponse], examples: Sequence[RetrievalExample]) -> dict[str, float]:
        """Measure what `compared` gave."""
        found = [one for one in responses if isinstance(one, PooledResponse)]
        return metrics.score([one.ranks for one in found], [one.share for one in found])

    def report(self, responses: Sequence[RetrievalResponse], examples: Sequence[RetrievalExample]) -> dict[str, Any]:
        first = {
            example.query: response.ranks[0]
            for response, example in zip(responses, examples, strict=True)
            if isinstance(response, PooledResponse) and response.ranks
        }
        return {
            "queries": len(first),
            "texts": len({example.text for example in examples}),
            "median_rank": float(median(first.values())) if first else None,
        }

    def correct(self, response: RetrievalResponse, example: RetrievalExample) -> bool:
        """Tell whether a right text of the query came first; rows that were not clicked are not held against it."""
        ranks = response.ranks if isinstance(response, PooledResponse) else ()
        return not example.right or ranks[:1] == (1,)

    def group(self, example: RetrievalExample) -> str:
        return example.query

    def warnings(self, examples: Sequence[RetrievalExample]) -> Sequence[str]:
        return checks.warnings(examples)

    def check_training(self, examples: Sequence[RetrievalExample], options: HeadOptions) -> Sequence[tuple[int, str]]:
        checks.learnable(examples)
        return []

    def check_examples(self, examples: Sequence[RetrievalExample], config: HeadConfig) -> Sequence[tuple[int, str]]:
        return checks.unmeasurable(examples)

    def build_head(self, config: HeadConfig, width: int) -> torch.nn.Module:
        from trunkline_qa.retrieval.head import VectorHead

        return VectorHead(config, width)

    def loss(
        self, outputs: Mapping[str, torch.Tensor], targets: Mapping[str, torch.Tensor], config: HeadConfig
    ) -> torch.Tensor:
        from trunkline_qa.retrieval.head import contrastive_loss

        return contrastive_loss(outputs["vector"], targets, config["temperature"])


def _number(text: str) -> int:
    """Give 63 bits that name a text: two of a batch share them by chance never in practice."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
