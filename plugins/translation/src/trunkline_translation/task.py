"""Translation: the trunk reads a sentence, and a decoder writes it in another language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from trunkline import (
    IGNORE,
    DataError,
    DecoderModules,
    DecoderTask,
    EncoderInput,
    Files,
    Generation,
    HeadConfig,
    HeadOptions,
    ImportedHead,
    Inference,
    InvalidInput,
    StepDecoder,
    Targets,
    WholeGeneration,
    WholeModel,
)
from trunkline_translation import checks, importing, metrics, pairs
from trunkline_translation.examples import TranslationExample
from trunkline_translation.messages import TranslationRequest, TranslationResponse
from trunkline_translation.translating import translated
from trunkline_translation.vocabulary import Vocabulary, of_files
from trunkline_translation.whole import WholeWriting
from trunkline_translation.writing import Writing

if TYPE_CHECKING:
    import torch


class TranslationOptions(HeadOptions):
    """What a user may choose when tuning."""

    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="share of each target token's weight that all tokens get (Szegedy et al. 2016)"
    )


class TranslationTask(DecoderTask[TranslationRequest, TranslationResponse, TranslationExample]):
    name = "translation"
    summary = "Translate texts and documents."
    request_model = TranslationRequest
    response_model = TranslationResponse
    example_model = TranslationExample
    options_model = TranslationOptions
    primary_metric = "bleu"
    primary_metric_top = 100.0
    import_suffixes: ClassVar[tuple[str, ...]] = ("MarianMTModel", "ForConditionalGeneration", "MarianModel")

    async def run(self, request: TranslationRequest, inference: Inference) -> TranslationResponse:
        return await translated(self.name, request, inference)

    # --- rows

    def request(self, example: TranslationExample) -> TranslationRequest:
        return TranslationRequest(text=example.source, source_lang=example.source_lang, target_lang=example.target_lang)

    def encoder_inputs(self, request: TranslationRequest) -> Sequence[EncoderInput]:
        """Read the text as one sentence, as it is learnt from; `run` splits it."""
        return [EncoderInput(request.text)]

    def warnings(self, examples: Sequence[TranslationExample]) -> Sequence[str]:
        return checks.warnings(examples)

    def respond(self, request: TranslationRequest, predictions: Sequence[Any]) -> TranslationResponse:
        raise NotImplementedError("a translation is written sentence by sentence: ask run")

    # --- quality

    def score(
        self, responses: Sequence[TranslationResponse], examples: Sequence[TranslationExample]
    ) -> dict[str, float]:
        return metrics.score([one.translation for one in responses], [example.right for example in examples])

    def report(
        self, responses: Sequence[TranslationResponse], examples: Sequence[TranslationExample]
    ) -> dict[str, Any]:
        return metrics.report([one.translation for one in responses], [example.right for example in examples])

    def correct(self, response: TranslationResponse, example: TranslationExample) -> bool:
        return metrics.exact(response.translation, example.right)

    # --- writing

    def generation(self, decoder: StepDecoder, config: HeadConfig, files: Files) -> Generation:
        return Writing(decoder, config, of_files(files))

    def hub_model(self, encoder: torch.nn.Module, head: Any, config: HeadConfig) -> torch.nn.Module:
        from trunkline_translation.decoders.hub_model import hub_model

        model: torch.nn.Module = hub_model(encoder, head, config["decoder"])
        return model

    def whole_generation(self, model: WholeModel, config: HeadConfig, files: Files) -> WholeGeneration:
        return WholeWriting(model, config, of_files(files))

    # --- existing checkpoints

    def converted(self, source: Path, scratch: Path) -> Path:
        return importing.converted(source, scratch)

    def source_warnings(self, source: Path) -> Sequence[str]:
        return importing.warnings(source)

    def alias_warnings(self, before: HeadConfig, after: HeadConfig) -> Sequence[str]:
        return pairs.changes(before, after)

    def imported_head(
        self, folder: Path, hf_config: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], tokenizer: str
    ) -> ImportedHead:
        return importing.imported_head(folder, hf_config, tensors, tokenizer)

    # --- tuning

    def continued(self, config: HeadConfig, options: HeadOptions) -> dict[str, Any]:
        return {**config, "tuning": options.model_dump()}

    def check_examples(self, examples: Sequence[TranslationExample], config: HeadConfig) -> Sequence[tuple[int, str]]:
        """Tell of rows in languages that the version does not translate."""
        problems = []
        for index, example in enumerate(examples):
            try:
                pairs.way(config, example.source_lang, example.target_lang)
            except InvalidInput as error:
                problems.append((index, str(error)))
        return problems

    def learnt_inputs(self, example: TranslationExample, config: HeadConfig) -> Sequence[EncoderInput]:
        way = pairs.way(config, example.source_lang, example.target_lang)
        return [EncoderInput(way.prefix + example.source, language=way.token)]

    def written(self, examples: Sequence[TranslationExample], config: HeadConfig, files: Files) -> Sequence[Targets]:
        vocabulary = of_files(files)
        tokens = config["decoder"]["tokens"]
        prefixes = [self._prefix(example, config, vocabulary) for example in examples]
        found = vocabulary.encode([example.target for example in examples])
        most = config["decoder"].get("max_positions")
        if config["decoder"].get("positions") == "learned" and (
            long := [i for i, ids in enumerate(found) if len(ids) + 2 > most]
        ):
            raise DataError(
                [
                    f"row {place + 1}: its target has {len(found[place])} tokens; the decoder has {most} positions"
                    for place in long
                ],
                "Split these targets, or leave them out.",
            )
        return [
            {"ids": np.array([*prefix, *ids, tokens["eos"]], dtype=np.int64)}
            for prefix, ids in zip(prefixes, found, strict=True)
        ]

    def _prefix(self, example: TranslationExample, config: HeadConfig, vocabulary: Vocabulary) -> tuple[int, ...]:
        way = pairs.way(config, example.source_lang, example.target_lang)
        known: Mapping[str, int] = config.get("target_tokens", {})
        if way.target in known:
            return (known[way.target],)
        forced = config["decoder"]["tokens"].get("forced_bos")
        return () if forced is None else (forced,)

    def build_head(self, config: HeadConfig, width: int) -> torch.nn.Module:
        from trunkline_translation.decoders import build_decoder

        return build_decoder(config["decoder"], width)

    def step_decoder(self, head: Any, products: torch.dtype | None) -> StepDecoder:
        from trunkline_translation.decoders.products import Packing
        from trunkline_translation.decoders.stepper import Stepper

        return Stepper(head.prepare(Packing(products, reordered=True)))

    def modules(self, head: Any) -> DecoderModules:
        from trunkline_translation.decoders.graphs import modules

        return modules(head)

    def taught(
        self,
        head: Any,
        hidden: torch.Tensor,
        mask: torch.Tensor,
        targets: Mapping[str, torch.Tensor],
        config: HeadConfig,
    ) -> Mapping[str, torch.Tensor]:
        """Give the loss of each target token, told those before it: (target tokens of all rows,)."""
        import torch

        from trunkline_translation.decoders.losses import token_losses

        tokens = config["decoder"]["tokens"]
        ids = targets["ids"]
        before = torch.full_like(ids, tokens["start"])
        before[:, 1:] = ids[:, :-1].masked_fill(ids[:, :-1] == IGNORE, tokens["pad"])
        wanted = ids != IGNORE
        smoothing = config.get("tuning", {}).get("label_smoothing", 0.0)
        read = head.read(hidden, mask, before)[wanted]
        return {"losses": token_losses(head.project, read, ids[wanted], head.config.vocabulary, smoothing)}

    def loss(
        self, outputs: Mapping[str, torch.Tensor], targets: Mapping[str, torch.Tensor], config: HeadConfig
    ) -> torch.Tensor:
        return outputs["losses"].mean()
