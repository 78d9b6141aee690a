"""A fine-tuned transformers model becomes a version: its encoder a trunk, its head a head, nothing is trained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trunkline.contract import DecoderTask, HeadTask, Plugins, load_plugins
from trunkline.errors import InvalidInput, MissingExtra
from trunkline.names import Reference
from trunkline.progress import Progress, Silent
from trunkline.records import BranchSpec, TrunkInfo, Version, VersionDraft
from trunkline.serving.catalog import BRANCH, FILES
from trunkline.settings import Settings
from trunkline.store.registry import Registry
from trunkline.store.scratch import scratch
from trunkline.trunk.conversion import target_tokenizer_json
from trunkline.trunk.files import read_object
from trunkline.trunk.source import find

if TYPE_CHECKING:
    from torch import Tensor


def import_model(
    model: str,
    source: str | Path,
    settings: Settings | None = None,
    plugins: Plugins | None = None,
    progress: Progress | None = None,
) -> Version:
    """Register the fine-tuned model in `source` (a folder or a hub id) as `model`, which reads `task/name`.

    Raises `InvalidInput` for an architecture that is not the task's and for heads that do not fit, `TrunkError` for
    an encoder that cannot be used and weights that are not finite, `NotFound` where there is no such folder, hub id
    or task.
    """
    settings, progress = settings or Settings(), progress or Silent()
    plugins = plugins or load_plugins(settings.block_plugins)
    task, name = _target(model, plugins)
    folder = find(str(source), settings)
    with Registry.open(settings) as registry, scratch(settings.cache, "import") as made:
        if isinstance(task, DecoderTask):
            for warning in task.source_warnings(folder):
                progress.say(f"warning: {warning}")
            folder = task.converted(folder, made / "converted")
        hf_config = read_object(folder / "config.json")
        _check_architecture(task, hf_config, plugins)
        trunk, draft, files = _converted(task, name, folder, hf_config, made)
        registry.add_trunk(trunk, made / "trunk")
        kept = {f"{FILES}{file}": content for file, content in files.items()}
        version = registry.register(draft, {BRANCH: made / "branch.safetensors", **kept})
    plugins.notify("version_registered", version=version)
    progress.say(f"{version.reference}: trunk {trunk.id[:12]} ({trunk.family}, {trunk.n_layers} layers) and its head")
    return version


def _target(model: str, plugins: Plugins) -> tuple[HeadTask[Any, Any, Any], str]:
    wanted = Reference.parse(model)
    if wanted.task is None or wanted.alias is not None or wanted.number is not None:
        raise InvalidInput(
            f"{model!r} must be task/name, as in classification/sentiment, without @: the new version gets the "
            "model's next number, and --alias gives it an alias"
        )
    return plugins.head_task(wanted.task), wanted.name


def _check_architecture(task: HeadTask[Any, Any, Any], hf_config: Mapping[str, Any], plugins: Plugins) -> None:
    """Raise `InvalidInput` unless the checkpoint's class is one of the task's; say whose it is."""
    listed = hf_config.get("architectures")
    names = [str(name) for name in listed] if isinstance(listed, list) else []
    if any(name.endswith(suffix) for name in names for suffix in task.import_suffixes):
        return
    fitting = [
        other.name
        for other in plugins.tasks.values()
        if isinstance(other, HeadTask)
        and any(name.endswith(suffix) for name in names for suffix in other.import_suffixes)
    ]
    found = f"it is a {names[0]}" if names else "its config.json names no architecture"
    wanted = " or ".join(f"...{suffix}" for suffix in task.import_suffixes) or "nothing (the task imports no models)"
    remedy = f"import it as {fitting[0]}/NAME" if fitting else "no installed task imports such a model; tune one on it"
    raise InvalidInput(f"{task.name} imports {wanted}, but {found}: {remedy}")


def _converted(
    task: HeadTask[Any, Any, Any], name: str, folder: Path, hf_config: Mapping[str, Any], made: Path
) -> tuple[TrunkInfo, VersionDraft, Mapping[str, bytes]]:
    """Write trunk and branch under `made`; gives also what the version keeps beside its weights."""
    try:
        from trunkline.trunk.branch import BranchModule
        from trunkline.trunk.checkpoint import check_finite
        from trunkline.trunk.encoder import Encoder
        from trunkline.trunk.folder import head_tensors, import_trunk
    except ModuleNotFoundError as error:
        raise MissingExtra.needed("importing a model", "torch") from error
    trunk = import_trunk(folder, made / "trunk", name)
    tensors = head_tensors(folder)
    check_finite(folder, tensors)
    head, config, files = _headed(task, folder, hf_config, tensors, trunk)
    spec = BranchSpec(fork_layer=trunk.n_layers, branch_layers=0)
    branch = BranchModule(Encoder.load(made / "trunk"), spec, head)
    branch.save(made / "branch.safetensors")
    draft = VersionDraft(
        task=task.name,
        name=name,
        trunk_id=trunk.id,
        tuning="import",
        branch=spec,
        head_config=config,
        settings={"source": folder.name, "architectures": hf_config.get("architectures")},
    )
    return trunk, draft, files


def _headed(
    task: HeadTask[Any, Any, Any],
    folder: Path,
    hf_config: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    trunk: TrunkInfo,
) -> tuple[Any, dict[str, Any], Mapping[str, bytes]]:
    """Give the head with the checkpoint's weights, its configuration, and what the version keeps beside them."""
    if isinstance(task, DecoderTask):
        found = task.imported_head(folder, hf_config, tensors, target_tokenizer_json(folder, hf_config))
        head = task.build_head(found.config, trunk.width)
        _load(head, found.weights, "what is said of it in its config.json")
        return head, found.config, found.files
    config = task.imported_config(hf_config, trunk)
    head = task.build_head(config, trunk.width)
    names = task.imported_names(list(tensors), config).items()
    _load(head, {ours: tensors[theirs].float() for theirs, ours in names}, "the labels in its config.json")
    return head, config, {}


def _load(head: Any, tensors: Mapping[str, Tensor], described: str) -> None:
    """Load tensors under our names. Raises `InvalidInput` where they do not fit."""
    try:
        head.load_state_dict(tensors)
    except RuntimeError as error:
        problems = "; ".join(line.strip() for line in str(error).splitlines()[1:])
        raise InvalidInput(f"the checkpoint's head does not fit {described}: {problems}") from error
