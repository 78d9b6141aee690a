"""Two aligned files, a line of one the translation of the same line of the other, as Moses, OPUS and WMT have them.

Named by the source's file (`corpus.en`, with `corpus.pt` beside it), by what both names have in common and the pair
(`corpus:en-pt`; `Tatoeba.en-pt` for `Tatoeba.en-pt.en` and `.pt`, or for `Tatoeba.en` and `.pt`), or by a folder.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

from trunkline import DataError
from trunkline_translation.encoding import decoded
from trunkline_translation.parallel import naming
from trunkline_translation.parallel.naming import Side
from trunkline_translation.parallel.units import Rows, chosen

_SNIFFED = 4096  # bytes
ALIGNED = "Line N of one file is the translation of line N of the other."


def find(path: Path, pair: str | None) -> tuple[Side, Side] | None:
    """Give (source, target) where `path` names aligned files, None where it names something else.

    Raises `DataError` where it does not tell which two.
    """
    if path.is_dir():
        return _in_folder(path, pair)
    if path.is_file():
        return _beside(path) if pair is None else None
    beside = naming.sides(path.parent)
    if pair is not None:
        return _of_pair(beside.get(path.name, []), pair)
    pair = path.name.rpartition(".")[2]
    whole, short = beside.get(path.name, []), beside.get(path.name.removesuffix(f".{pair}"), [])
    return _of_pair(whole, pair) or _of_pair(short, pair)


def read(source: Side, target: Side) -> Rows:
    """Give a row for each line; lines that are blank on both sides part documents, and are left out.

    Raises `DataError` for files of different numbers of lines, another encoding, a damaged archive, no line.
    """
    ours, theirs = _lines(source.path), _lines(target.path)
    if len(ours) != len(theirs):
        problem = f"{source.path.name} has {len(ours):,} lines and {target.path.name} {len(theirs):,}"
        raise DataError([problem], f"{ALIGNED} Was one of them cut?")
    rows: Rows = [
        {
            "source": one,
            "target": other,
            "source_lang": source.language,
            "target_lang": target.language,
            "__place__": f"{source.path.name}:{number}",
        }
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True), 1)
        if one.strip() or other.strip()
    ]
    if not rows:
        raise DataError([f"{source.path.name}: the file is empty"], ALIGNED)
    return rows


def _beside(path: Path) -> tuple[Side, Side] | None:
    """Give the file as the source, and the one beside it that differs in its language."""
    source = naming.side(path)
    if source is None:
        return None
    all_sides = naming.sides(path.parent).get(source.stem, [])
    others = [one for one in all_sides if one.code != source.code]
    if len(others) == 1:
        return source, others[0]
    if not others and _is_table(path):
        return None
    if not others:
        example = path.with_suffix(".LANGUAGE").name if path.suffix[1:] == source.code else f"{source.stem}.LANGUAGE"
        problem = f"{path.name}: no translation beside it, such as {example}"
        raise DataError([problem], f"{ALIGNED} Put both files into one folder.")
    named = [f"{source.stem}:{source.code}-{one.code}" for one in others]
    problem = f"{path.name}: {len(others)} translations beside it: {', '.join(one.path.name for one in others)}"
    raise DataError([problem], f"Name both languages: {' or '.join(named)}.")


def _is_table(path: Path) -> bool:
    """Tell whether the file's own first line names the columns of rows, or is one."""
    with path.open("rb") as file:
        first = file.readline(_SNIFFED)
    return b"source" in first and b"target" in first


def _of_pair(candidates: Sequence[Side], pair: str) -> tuple[Side, Side] | None:
    by_code = {one.code: one for one in candidates}
    found = chosen(pair, by_code)
    return None if found is None else (by_code[found[0]], by_code[found[1]])


def _in_folder(folder: Path, pair: str | None) -> tuple[Side, Side] | None:
    groups = {stem: found for stem, found in naming.sides(folder).items() if len(found) > 1}
    if pair is not None:
        groups = {stem: found for stem, found in groups.items() if _of_pair(found, pair)}
    if not groups:
        return None
    if len(groups) > 1:
        problem = f"{folder.name}: a folder of {len(groups)} aligned corpora: {', '.join(groups)}"
        first = next(iter(groups.values()))[0]
        raise DataError([problem], f"Name one by the file of its source: {folder.name}/{first.path.name}.")
    stem, found = next(iter(groups.items()))
    ordered = _ordered(stem, found, pair)
    if ordered is None:
        problem = f"{folder.name}: which is the source is not said: {', '.join(one.path.name for one in found)}"
        raise DataError([problem], f"Name the source first: {folder.name}:{found[0].code}-{found[1].code}.")
    return ordered


def _ordered(stem: str, found: Sequence[Side], pair: str | None) -> tuple[Side, Side] | None:
    """Put a folder's files in order: as asked for, as their name says, or as source and target are called."""
    pair = pair or naming.pair_in(stem)
    if pair is not None:
        return _of_pair(found, pair)
    return naming.direction(found[0], found[1]) if len(found) == 2 else None


def _lines(path: Path) -> list[str]:
    """Give the lines without their ends; only a line feed ends one, as a text may hold U+2028 and its like."""
    text = decoded(_bytes(path), path.name).removeprefix("\ufeff")
    lines = text.split("\n")
    return [line.removesuffix("\r") for line in (lines if lines[-1] else lines[:-1])]


def _bytes(path: Path) -> bytes:
    if path.suffix != ".gz":
        return path.read_bytes()
    try:
        with gzip.open(path) as file:
            return file.read()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError([f"{path.name}: not a whole gzip file: {error}"], "Was it copied in full?") from error
