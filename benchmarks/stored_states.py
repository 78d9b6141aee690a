"""How much faster registered versions answer an archive from its kept states than from its texts.

    python -m benchmarks.stored_states --task classification --model intents --input archive.jsonl

Prints one JSON object: processor seconds (over all threads) of building the states at the version's fork, of answering
from the texts and of answering from the states, through the settings' backend.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

from trunkline import Settings, load_plugins
from trunkline.archive.build import build
from trunkline.archive.predict import predict_states
from trunkline.prediction.predict_file import predict_file
from trunkline.progress import Silent
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry


def measure(task: str, model: str, source: Path, dtype: str) -> dict[str, object]:
    """Time the three ways once each, everything loaded beforehand."""
    settings = Settings()
    plugins = load_plugins(settings.block_plugins)
    with (
        Registry.open(settings) as registry,
        Engine(RegistryCatalog(registry), plugins, settings, follow=False) as engine,
        tempfile.TemporaryDirectory() as scratch,
    ):
        version, head_task, folder = engine.load(model, task), plugins.head_task(task), Path(scratch)
        fork, states = version.branch.fork_layer, folder / "states"
        built = seconds(lambda: build(engine, version.trunk_id, fork, source, states, Silent(), dtype=dtype))
        texts = seconds(lambda: predict_file(engine, head_task, [model], source, folder / "texts.jsonl", Silent()))
        kept = seconds(lambda: predict_states(engine, head_task, [model], states, folder / "kept.jsonl", Silent()))
        engine_name = f"{engine.backend.name} {engine.backend.precision}"
    spec = {"fork_layer": fork, "branch_layers": version.branch.branch_layers}
    figures = {"build": built, "from_texts": texts, "from_states": kept, "times_as_fast": texts / kept}
    return {"model": version.reference, "engine": engine_name, "dtype": dtype, **spec, **figures}


def seconds(work: Callable[[], object]) -> float:
    """Time `work` on all processors."""
    started = process_time()
    work()
    return process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--input", required=True, type=Path)
    parser.add_argument("--dtype", default="bf16")
    given = parser.parse_args()
    print(json.dumps(measure(given.task, given.model, given.input, given.dtype)))


if __name__ == "__main__":
    main()
