"""Decoding searches over any engine's decoder, in numpy: greedy, beams, sampling, forced phrases, in one batch."""

from __future__ import annotations

from trunkline_translation.search.prompt import Phrase, Prompt, Sampling
from trunkline_translation.search.protocol import StepCache, StepDecoder
from trunkline_translation.search.result import Hypothesis, Result
from trunkline_translation.search.session import Session, decode_all

__all__ = [
    "Hypothesis",
    "Phrase",
    "Prompt",
    "Result",
    "Sampling",
    "Session",
    "StepCache",
    "StepDecoder",
    "decode_all",
]
