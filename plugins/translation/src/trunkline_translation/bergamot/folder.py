"""What lies in a folder as Firefox has it, told by names alone.

    model.enpt.intgemm.alphas.bin   the model
    vocab.enpt.spm                  its vocabulary; or srcvocab.enpt.spm and trgvocab.enpt.spm
    lex.50.50.enpt.s2t.bin          a shortlist of likely target tokens; not read
    config.intgemm8bitalpha.yml     how Bergamot's own engine runs it; not read

The shortlist saves Bergamot's engine most of the output product; what it leaves out cannot be written, so outputs
without it differ now and then, and are the model's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trunkline import EnvironmentFault, InvalidInput

SHORTLIST = "lex."
NOT_MARIAN = ("pytorch_model", "training_args", "optimizer", "openvino")  # .bin files of other libraries
SOURCE, TARGET = ("srcvocab", "source"), ("trgvocab", "target")


@dataclass(frozen=True)
class BergamotFolder:
    """The files of one direction."""

    model: Path
    source_vocabulary: Path
    target_vocabulary: Path

    @property
    def one_vocabulary(self) -> bool:
        return self.source_vocabulary == self.target_vocabulary


def is_bergamot(folder: Path) -> bool:
    """Tell whether a folder holds a binary Marian model beside its vocabulary, and is no Hugging Face folder."""
    return not (folder / "config.json").is_file() and bool(_models(folder)) and bool(_files(folder, ".spm"))


def find(folder: Path) -> BergamotFolder:
    """Find the model and its vocabularies. Raises `InvalidInput` where one is absent, or there are several."""
    models = _models(folder)
    if not models:
        raise InvalidInput(f"{folder} has no binary Marian model: its name ends with .bin, as in {_EXAMPLE}")
    if len(models) > 1:
        raise InvalidInput(f"{folder} has {len(models)} models, {_names(models)}: give a folder for each")
    source, target = _vocabularies(folder)
    return BergamotFolder(models[0], source, target)


_EXAMPLE = "model.enpt.intgemm.alphas.bin"


def _vocabularies(folder: Path) -> tuple[Path, Path]:
    found = _files(folder, ".spm")
    if not found:
        raise InvalidInput(f"{folder} has no vocabulary: put vocab.*.spm, which was trained with it, beside the model")
    if len(found) == 1:
        return found[0], found[0]
    source = [path for path in found if path.name.startswith(SOURCE)]
    target = [path for path in found if path.name.startswith(TARGET)]
    if len(found) > 2 or len(source) != 1 or len(target) != 1:
        raise InvalidInput(
            f"{folder} has {len(found)} vocabularies, {_names(found)}: give one, or a pair named srcvocab.*.spm and "
            "trgvocab.*.spm"
        )
    return source[0], target[0]


def _models(folder: Path) -> list[Path]:
    return [path for path in _files(folder, ".bin") if not path.name.startswith((SHORTLIST, *NOT_MARIAN))]


def _files(folder: Path, suffix: str) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.name.endswith(suffix) and path.is_file())
    except NotADirectoryError:
        return []
    except FileNotFoundError:
        return []
    except OSError as error:
        raise EnvironmentFault(f"{folder} cannot be listed: {error}") from error


def _names(paths: list[Path]) -> str:
    return ", ".join(path.name for path in paths[:10])
