from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import tiny
import trunkline
from trunkline.errors import CorruptArtifact, InvalidInput, NotFound, TrunkError
from trunkline.records import Version, VersionDraft
from trunkline.settings import Settings
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import cut
from trunkline.tuning.importing import import_model

TEXTS = ["ada met charles in london", "my card is late", "i"]
Checkpoint = Callable[[str, str], Path]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    """Write a tiny fine-tuned model of transformers, its head drawn at random; gives its folder."""

    def written(family: str, kind: str) -> Path:
        import transformers

        folder = tmp_path / f"my-{family.lower()}"
        folder.mkdir()
        vocabulary = tiny.write_tokenizer(folder)
        small = {"vocab_size": vocabulary, "num_labels": 3, "initializer_range": 0.3, "pad_token_id": 0}
        if family == "DistilBert":
            small |= {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48, "max_position_embeddings": 64}
        else:
            small |= {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
            small |= {"max_position_embeddings": 66 if family == "Roberta" else 64}
        torch.manual_seed(0)
        config = getattr(transformers, f"{family}Config")(**small)
        names = ["O", "B-person", "I-person"] if kind == "TokenClassification" else ["bad", "fair", "good"]
        config.id2label = dict(enumerate(names))
        config.label2id = {name: number for number, name in config.id2label.items()}
        getattr(transformers, f"{family}For{kind}")(config).save_pretrained(folder)
        return folder

    return written


def reference_logits(folder: Path, kind: str) -> list[np.ndarray[Any, Any]]:
    """What transformers says of each text alone."""
    import transformers

    model = getattr(transformers, f"AutoModelFor{kind}").from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    with torch.no_grad():
        return [model(**tokenizer(text, return_tensors="pt")).logits[0].numpy() for text in TEXTS]


def our_logits(version: Version, settings: Settings) -> list[np.ndarray[Any, Any]]:
    """What the registered trunk and branch say of each text alone."""
    task = trunkline.load_plugins().head_task(version.task)
    with trunkline.registry(settings) as registry:
        folder, weights = registry.trunk_folder(version.trunk_id), registry.artifact(version, "branch")
    encoder, tokenizer = Encoder.load(folder), Tokenizer.from_folder(folder)
    branch = BranchModule(encoder, version.branch, task.build_head(version.head_config, encoder.width)).eval()
    branch.load_weights(weights)
    found = []
    for encoded in tokenizer.encode([trunkline.EncoderInput(text) for text in TEXTS]):
        [window] = cut(encoded, tokenizer)
        ids, types = torch.from_numpy(window.ids)[None], torch.from_numpy(window.type_ids)[None]
        mask = torch.ones_like(ids, dtype=torch.bool)
        with torch.no_grad():
            states = encoder.advance(encoder.embed(ids, types, mask), mask, 0, encoder.n_layers)
            found.append(branch([states], mask)["logits"][0].numpy())
    return found


@pytest.mark.parametrize("family", ["Bert", "DistilBert"])
@pytest.mark.parametrize(
    ("kind", "model"), [("SequenceClassification", "classification/mood"), ("TokenClassification", "ner/people")]
)
def test_logits_are_those_of_transformers(
    checkpoint: Checkpoint, settings: Settings, family: str, kind: str, model: str
) -> None:
    folder = checkpoint(family, kind)
    version = import_model(model, folder, settings)
    assert version.reference == f"{model}@1"
    assert (version.tuning, version.branch.fork_layer, version.branch.branch_layers) == ("import", 2, 0)
    for ours, theirs in zip(our_logits(version, settings), reference_logits(folder, kind), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_ready_to_serve(checkpoint: Checkpoint, settings: Settings) -> None:
    folder = checkpoint("Bert", "SequenceClassification")
    version = import_model("classification/mood", folder, settings)
    right = [int(logits.argmax()) for logits in reference_logits(folder, "SequenceClassification")]
    with trunkline.load("classification/mood", settings) as model:
        answers = model.predict(TEXTS)
    assert [answer.label for answer in answers] == [["bad", "fair", "good"][number] for number in right]
    assert {answer.model for answer in answers} == {version.reference}


def test_two_heads_on_one_encoder_share_its_trunk(checkpoint: Checkpoint, settings: Settings) -> None:
    folder = checkpoint("Bert", "SequenceClassification")
    first, second = (import_model(f"classification/{name}", folder, settings) for name in ("mood", "other"))
    assert first.trunk_id == second.trunk_id


def test_another_tasks_checkpoint_says_which_task_to_use(checkpoint: Checkpoint, settings: Settings) -> None:
    folder = checkpoint("Bert", "TokenClassification")
    with pytest.raises(InvalidInput, match=r"BertForTokenClassification.*import it as ner/NAME"):
        import_model("classification/mood", folder, settings)


def test_a_checkpoint_of_no_task_is_refused(tiny_trunk: Path, settings: Settings) -> None:
    with pytest.raises(InvalidInput, match=r"BertModel.*no installed task"):
        import_model("classification/mood", tiny_trunk, settings)


def test_a_head_that_does_not_fit_its_labels_is_refused(checkpoint: Checkpoint, settings: Settings) -> None:
    folder = checkpoint("Bert", "SequenceClassification")
    config = json.loads((folder / "config.json").read_text())
    config["id2label"] = {"0": "bad", "1": "good"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(InvalidInput, match="does not fit the labels"):
        import_model("classification/mood", folder, settings)
    with trunkline.registry(settings) as registry:
        assert registry.versions() == []


@pytest.mark.parametrize("model", ["mood", "classification/mood@2", "classification/mood@production"])
def test_the_name_is_task_and_name(model: str, tiny_trunk: Path, settings: Settings) -> None:
    with pytest.raises(InvalidInput, match=r"must be task/name, .* gets the model's next number"):
        import_model(model, tiny_trunk, settings)


def test_unknown_tasks_and_sources_are_told(tiny_trunk: Path, settings: Settings) -> None:
    with pytest.raises(NotFound, match="classification"):
        import_model("clasification/mood", tiny_trunk, settings)
    with pytest.raises((NotFound, TrunkError), match="nowhere"):
        import_model("classification/mood", "nowhere/at-all", settings)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["classifier.bias", "bert.encoder.layer.1.output.dense.bias"])
def test_weights_that_are_not_finite_are_refused_by_name(
    checkpoint: Checkpoint, settings: Settings, name: str, value: float
) -> None:
    folder = checkpoint("Bert", "SequenceClassification")
    weights = load_file(folder / "model.safetensors")
    weights[name][0] = value
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(TrunkError, match=rf"{name.removeprefix('bert.')} holds values that are not finite"):
        import_model("classification/mood", folder, settings)
    with trunkline.registry(settings) as registry:
        assert (registry.versions(), registry.trunks()) == ([], [])


@pytest.mark.parametrize("tokenizer", ["fast", "slow"])
def test_code_that_comes_with_a_checkpoint_never_runs(
    checkpoint: Checkpoint, settings: Settings, tmp_path: Path, tokenizer: str
) -> None:
    folder, trace = checkpoint("Bert", "SequenceClassification"), tmp_path / "it-ran"
    module = f"open({str(trace)!r}, 'w').close()\n" + "".join(f"class {kind}: ...\n" for kind in ("C", "M", "T"))
    for name in ("evil", "configuration_evil", "modeling_evil", "tokenization_evil"):
        (folder / f"{name}.py").write_text(module)
    places = {"AutoConfig": "evil.C", "AutoModel": "evil.M", "AutoModelForSequenceClassification": "evil.M"}
    change(folder / "config.json", auto_map=places | {"AutoTokenizer": ["evil.T", "evil.T"]})
    change(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.T", "evil.T"]})
    if tokenizer == "slow":
        pieces = sorted(tiny.wordpiece_tokenizer().get_vocab().items(), key=lambda item: item[1])
        (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece, _ in pieces))
        (folder / "tokenizer.json").unlink()
        change(folder / "tokenizer_config.json", tokenizer_class="BertTokenizer")
    import_model("classification/mood", folder, settings)
    with trunkline.load("classification/mood", settings) as model:
        assert model.predict(TEXTS[:1])
    assert not trace.exists()
    assert "evil" not in sys.modules


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    ("kind", "model"), [("SequenceClassification", "classification/mood"), ("TokenClassification", "ner/people")]
)
def test_a_registered_version_with_damaged_weights_is_called_damaged(
    checkpoint: Checkpoint, settings: Settings, tmp_path: Path, kind: str, model: str
) -> None:
    good = import_model(model, checkpoint("Bert", kind), settings)
    with trunkline.registry(settings) as registry:
        weights = load_file(registry.artifact(good, "branch"))
        weights["head.classifier.bias" if "head.classifier.bias" in weights else min(weights)].fill_(float("nan"))
        save_file(weights, tmp_path / "branch.safetensors")
        draft = VersionDraft(**good.model_dump(include=set(VersionDraft.model_fields)))
        bad = registry.register(draft, {"branch": tmp_path / "branch.safetensors"})
    with trunkline.load(bad.reference, settings) as served, pytest.raises(CorruptArtifact, match="not finite"):
        served.predict(TEXTS[:1])


def test_what_a_killed_import_left_in_the_cache_goes_at_the_next(checkpoint: Checkpoint, settings: Settings) -> None:
    left = settings.cache / "import-killed"
    left.mkdir(parents=True)
    (left / "weights.bin").write_bytes(b"x")
    import_model("classification/mood", checkpoint("Bert", "SequenceClassification"), settings)
    assert not [path for path in settings.cache.iterdir() if path.name.startswith(("import-", "tmp"))]
