"""What a layer costs on this machine, measured in a moment."""

from __future__ import annotations

import time

from trunkline.serving.lane import Lane
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.windows import cut, pad

SECONDS = 0.5  # of processor time that measuring takes, about
LEAST_TOKENS = 3  # in a window: the special ones and a word


def seconds_per_layer_and_token(lane: Lane, tokens: float, batch_tokens: int) -> float:
    """Give the processor time, in seconds over all cores, of one layer for one token.

    A batch of `batch_tokens` tokens in windows of the log's mean length runs through the whole trunk until half a
    second has gone by; the fastest run counts, its embeddings among it. Processor time, not time on the clock: so
    threads count as often as there are, and what else the machine does counts little.
    """
    length = min(max(round(tokens), LEAST_TOKENS), lane.info.max_length)
    (encoded,) = lane.tokenizer.encode([EncoderInput("order " * length)])
    window = cut(encoded, lane.tokenizer, length, 0)[0]
    batch = pad([window] * max(1, batch_tokens // len(window)), lane.tokenizer.pad_id)
    fastest, spent, runs = float("inf"), 0.0, 0
    while spent < SECONDS or runs < 3:
        started = time.process_time()
        lane.stem.advance(lane.stem.embed(batch), lane.info.n_layers).raw()
        seconds = time.process_time() - started
        runs, spent = runs + 1, spent + seconds
        fastest = min(fastest, seconds)
    return fastest / (lane.info.n_layers * batch.padded_tokens)
