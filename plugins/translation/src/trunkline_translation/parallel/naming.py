"""What a user may write for parallel data: a path, and behind it the languages, as in memory.tmx:en-pt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from trunkline_translation.languages import CODE

PAIR = rf"{CODE}-{CODE}"
_ASKED = re.compile(rf"(?P<name>.+):(?P<pair>{PAIR})")
_NO_LANGUAGE = {
    *("bak", "bin", "bz2", "cfg", "csv", "dat", "db", "doc", "gz", "ids", "idx", "ini", "js", "log", "map", "md"),
    *("npy", "npz", "out", "pb", "pdf", "pt2", "py", "rst", "rtf", "scr", "sh", "spm", "tab", "tar", "tmp", "tmx"),
    *("tsv", "txt", "xls", "xml", "yml", "zip", "zst"),
}  # ends of names that look like codes
_CODE = re.compile(CODE)
_SIDES = {"src": 0, "tgt": 1, "trg": 1}  # OpenNMT's and fairseq's names of the sides


@dataclass(frozen=True, slots=True)
class Side:
    """One of two aligned files: `corpus.en`, `corpus.en.txt`, `corpus.en.gz`."""

    path: Path
    stem: str  # "corpus", "" in `en.txt`
    code: str

    @property
    def language(self) -> str | None:
        """The language, where the name says it."""
        return None if self.code in _SIDES else self.code


def asked(path: Path) -> tuple[Path, str | None]:
    """Give the path and the pair of languages that is written behind it, if any; a file so named is a file."""
    found = None if path.exists() else _ASKED.fullmatch(path.name)
    return (path, None) if found is None else (path.with_name(found["name"]), found["pair"])


def side(path: Path) -> Side | None:
    """Read a file's name; None where it names no language."""
    name = path.name.removesuffix(".gz").removesuffix(".txt")
    stem, _, code = name.rpartition(".")
    if code.lower() in _NO_LANGUAGE or not _CODE.fullmatch(code) or (not stem and name == path.name):
        return None
    return Side(path, stem, code)


def sides(folder: Path) -> dict[str, list[Side]]:
    """Give the files of a folder that may be aligned, by what their names have in common."""
    found: dict[str, list[Side]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        one = side(path) if path.is_file() else None
        if one is not None:
            found.setdefault(one.stem, []).append(one)
    return found


def pair_in(stem: str) -> str | None:
    """Give the pair that a corpus is named by: "en-pt" in Tatoeba.en-pt and in por-eng.dev."""
    return next((part for part in stem.split(".") if re.fullmatch(PAIR, part)), None)


def direction(first: Side, second: Side) -> tuple[Side, Side] | None:
    """Put two sides in order where they are called src and tgt."""
    places = _SIDES.get(first.code), _SIDES.get(second.code)
    if None in places or places[0] == places[1]:
        return None
    return (first, second) if places == (0, 1) else (second, first)
