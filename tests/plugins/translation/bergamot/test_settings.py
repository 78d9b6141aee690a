from __future__ import annotations

from pathlib import Path

import pytest

from trunkline import InvalidInput
from trunkline_translation.bergamot.settings import read_settings

PATH = Path("model.bin")


def test_settings_end_at_the_first_nul() -> None:
    raw = b'dim-emb: 256\ndim-vocabs:\n  - 32000\n  - 32000\nskip: false\ntransformer-preprocess: ""\n\0\0rest'
    assert read_settings(raw, PATH) == {
        "dim-emb": 256,
        "dim-vocabs": [32000, 32000],
        "skip": False,
        "transformer-preprocess": "",
    }


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"a: [1", "not YAML"),
        (b"\xff\xfe", "not YAML"),
        (b"- 1\n- 2", "no YAML mapping"),
        (b"", "no YAML mapping"),
        (b"a: !!python/object/apply:os.getcwd []", "not YAML"),
        (b"a: &x [1]\nb: [*x, *x]", "aliases"),
        (b"a: " + b"[" * 20000, "more than 100 brackets"),
        (b"- " * 20000, "not YAML|no YAML mapping"),
        (b"a" * 70_000, "at most 65536"),
    ],
)
def test_settings_that_are_not_plain_are_told(raw: bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_settings(raw, PATH)
