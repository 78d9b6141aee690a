"""The planner and the pass: what is merged, what is cut, what runs how often."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving_jobs import Wants, unit

from trunkline import EncoderInput
from trunkline.serving.planner import plan


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 300)), max_size=60), st.integers(16, 1024))
def test_every_window_runs_once_within_the_limit(asked, limit) -> None:
    """Equal inputs are one row set; batches keep to the limit; a long window runs alone."""
    lengths = {text: [length, 1 + length // 2] for text, length in asked}
    units = [unit(text, lengths[text]) for text, _ in asked]
    batches = plan(units, limit)
    ran = sorted((row.piece.source[0].text, row.index) for batch in batches for row in batch.rows)
    assert ran == sorted((text, index) for text in lengths for index in (0, 1))
    for batch in batches:
        longest = max(len(row.window) for row in batch.rows)
        assert len(batch.rows) == 1 or longest * len(batch.rows) <= limit
    pieces = {id(row.piece): row.piece for batch in batches for row in batch.rows}
    assert sum(len(piece.units) for piece in pieces.values()) == len(units)


def test_a_row_stops_where_it_is_read() -> None:
    """Stops and depth come from all readers of the input; a cancelled one does not count."""
    asked = [unit("x", [5], Wants(name, reads)) for name, reads in (("a", (1,)), ("b", (2,)), ("c", (0, 1, 2, 3)))]
    asked.append(unit("y", [4], Wants("a", (1,))))
    asked[2].audience.jobs[0].cancel()
    [batch] = plan(asked, 1024)
    assert batch.stops == [1, 2]
    assert [(row.piece.source[0].text, row.readership.depth) for row in batch.rows] == [("y", 1), ("x", 2)]
    for one in asked:
        one.audience.jobs[0].cancel()
    assert plan(asked, 1024) == []
    assert batch.narrowed() is None


def test_halves_never_tear_an_input() -> None:
    batch = plan([unit("x", [9, 9, 9]), unit("y", [9]), unit("z", [9])], 1024)[0]
    left, right = batch.halves()
    assert {id(row.piece) for row in left.rows}.isdisjoint({id(row.piece) for row in right.rows})
    assert len(left.rows) + len(right.rows) == 5
    assert plan([unit("x", [9, 9])], 1024)[0].halves() == ()


class Meter:
    """A backend that counts what its stem computes, in rows times layers."""

    def __init__(self, backend) -> None:
        self.name, self.precision, self.backend = backend.name, backend.precision, backend
        self.embedded, self.advanced = 0, 0

    def load_stem(self, folder, info):
        meter, stem = self, self.backend.load_stem(folder, info)
        embed, advance = stem.embed, stem.advance

        def count_embed(batch):
            meter.embedded += batch.rows
            return embed(batch)

        def count_advance(states, layer):
            meter.advanced += states.rows * (layer - states.layer)
            return advance(states, layer)

        stem.embed, stem.advance = count_embed, count_advance
        return stem

    def load_branch(self, *arguments):
        return self.backend.load_branch(*arguments)


@pytest.mark.parametrize(
    ("models", "layers"),
    [(["intents"], 1), (["mood"], 3), (["intents", "mood"], 3), (["intents", "entities", "mixed"], 2)],
)
def test_a_text_runs_no_further_than_the_highest_fork_asked_for(mixed, models, layers) -> None:
    """One pass for all models, as many layers as the deepest of them wants, and no row computed twice."""
    meter = Meter(mixed.backend)
    owners = {"intents": "label", "mood": "label", "entities": "tag", "mixed": "tag"}

    async def ask(engine):
        async def one(member, name):
            with member:
                return await member.predict(owners[name], name, [EncoderInput("cancel my order")])

        members = engine.together(len(models))
        await asyncio.gather(*(one(member, name) for member, name in zip(members, models, strict=True)))

    with mixed.engine(backend=meter) as engine:
        engine.preload()
        meter.embedded = meter.advanced = 0  # of the passes that were timed
        asyncio.run(ask(engine))
        stats = engine.stats()
    assert (meter.embedded, meter.advanced) == (1, layers)
    assert (stats.stem_passes, stats.stem_rows) == (1, 1)
    assert stats.merged_inputs == len(models) - 1
    assert stats.padded_tokens == stats.useful_tokens == 5
