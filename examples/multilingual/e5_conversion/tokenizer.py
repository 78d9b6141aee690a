"""The vocabulary as a fast tokenizer: what tokenizer.json holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from e5_conversion.charsmap import charsmap
from e5_conversion.packed import Vocabulary
from trunkline import CorruptArtifact

SPACE = "▁"
MASK = "<mask>"
_TABLED = 0x30000  # code points that the packed table was made of


def fast_tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """Make XLM-R's Unigram tokenizer. Raises `CorruptArtifact` where it does not normalise as the file's table does."""
    pieces = [(piece, float(score)) for piece, score in zip(vocabulary.pieces, vocabulary.scores, strict=True)]
    tokenizer = Tokenizer(models.Unigram(pieces, vocabulary.unknown, False))
    tokenizer.normalizer = normaliser(vocabulary.normalised)
    _check(tokenizer.normalizer, vocabulary.normalised)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(SPACE, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(SPACE, prepend_scheme="always")
    begin, end = (vocabulary.pieces[index] for index in (vocabulary.begin, vocabulary.end))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} {end} $B {end}",
        special_tokens=[(begin, vocabulary.begin), (end, vocabulary.end)],
    )
    tokenizer.add_special_tokens([AddedToken(piece, normalized=False) for piece in _special(vocabulary)])
    return tokenizer


def normaliser(table: Mapping[str, str]) -> normalizers.Normalizer:
    """Compose letters and marks, replace what the table names, leave out what it empties, make one space of several.

    What is left out goes first, by itself: the compiled table miscounts offsets where a text begins with such a sign.
    The packed table is by code point; the one that it was taken from composes as NFC does.
    """
    removed = [sign for sign, text in table.items() if not text]
    replaced = {sign: text for sign, text in table.items() if text}
    steps = [normalizers.Replace(Regex(f"[{_ranges(removed)}]"), "")] if removed else []
    steps.append(normalizers.NFC())
    steps.append(normalizers.Precompiled(charsmap(replaced)))
    steps.append(normalizers.Replace(Regex(" {2,}"), " "))
    return normalizers.Sequence(steps)


def _ranges(signs: Iterable[str]) -> str:
    return "".join(f"\\x{{{ord(sign):x}}}" for sign in signs)


def _special(vocabulary: Vocabulary) -> Iterator[str]:
    for index in sorted({vocabulary.begin, vocabulary.padding, vocabulary.end, vocabulary.unknown}):
        yield vocabulary.pieces[index]
    if MASK in vocabulary.pieces[-2:]:
        yield MASK


def _check(found: normalizers.Normalizer, table: Mapping[str, str]) -> None:
    for code in range(1, _TABLED):
        if 0xD800 <= code <= 0xDFFF:
            continue
        sign = chr(code)
        if (text := found.normalize_str(sign)) != (wanted := table.get(sign, sign)):
            raise CorruptArtifact(f"U+{code:04X} becomes {text!a}, but {wanted!a} in the file's table: it is damaged")
