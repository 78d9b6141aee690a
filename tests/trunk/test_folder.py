"""Any Hugging Face folder becomes the same trunk, or a one-line refusal."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer as Backend

from encoders import CASES, TRANSLATORS, reference, translator
from tiny import bert_folder, write_tokenizer
from trunkline.errors import TrunkError
from trunkline.trunk.encoder import Encoder
from trunkline.trunk.folder import FILES, head_tensors, import_trunk, save_trunk
from trunkline.trunk.tokenizer import Tokenizer
from vocabularies import KINDS


@pytest.fixture
def folder(tiny_trunk: Path, tmp_path: Path) -> Path:
    """A copy of the tiny trunk that a test may spoil."""
    return Path(shutil.copytree(tiny_trunk, tmp_path / "source"))


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_it_writes_four_files_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    (folder / "README.md").write_text("hello")
    info = import_trunk(folder, tmp_path / "trunk", "tiny")
    assert sorted(path.name for path in (tmp_path / "trunk").iterdir()) == sorted(FILES)
    assert (info.name, info.family, info.n_layers, info.width, info.max_length) == ("tiny", "bert", 3, 32, 64)
    assert len(info.layer_hashes) == 5
    assert json.loads((tmp_path / "trunk" / "config.json").read_text()) == info.config
    assert "architectures" not in info.config


def test_the_id_survives_import_of_an_import(folder: Path, tmp_path: Path) -> None:
    first = import_trunk(folder, tmp_path / "one", "tiny")
    assert import_trunk(tmp_path / "one", tmp_path / "two", "tiny") == first
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda f: change(f / "config.json", _name_or_path="somewhere/else", torch_dtype="float16"),
        lambda f: change(f / "config.json", auto_map={"AutoModel": "evil.Model"}, architectures=["Other"]),
        lambda f: save_file(load_file(f / "model.safetensors"), f / "model.safetensors", {"format": "np", "by": "me"}),
        lambda f: change(f / "tokenizer.json", truncation=None, padding=None),
        lambda f: (f / "tokenizer.json").write_text(
            json.dumps(json.loads((f / "tokenizer.json").read_text()), indent=8)
        ),
    ],
    ids=["name in config", "code in config", "metadata", "tokenizer state", "white space"],
)
def test_the_id_does_not_depend_on_how_files_are_written(
    folder: Path, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    first = import_trunk(folder, tmp_path / "one", "tiny")
    spoil(folder)
    assert import_trunk(folder, tmp_path / "two", "tiny").id == first.id


def test_the_id_depends_on_what_is_computed(folder: Path, tmp_path: Path) -> None:
    first = import_trunk(folder, tmp_path / "one", "tiny")
    weights = load_file(folder / "model.safetensors")
    weights["encoder.layer.1.output.dense.bias"] += 1e-6
    save_file(weights, folder / "model.safetensors")
    second = import_trunk(folder, tmp_path / "two", "tiny")
    differ = [a != b for a, b in zip(first.layer_hashes, second.layer_hashes, strict=True)]
    assert differ == [False, False, True, False, False], "embeddings, layer 0, layer 1, layer 2, rest"
    change(folder / "config.json", hidden_act="relu")
    third = import_trunk(folder, tmp_path / "three", "tiny")
    assert third.layer_hashes == second.layer_hashes
    assert len({first.id, second.id, third.id}) == 3


@pytest.mark.parametrize("case", sorted(CASES))
def test_every_family_is_imported_and_answers_the_same(case: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    model = reference(case)
    model.save_pretrained(source)
    Backend.from_str(_small_tokenizer()).save(str(source / "tokenizer.json"))
    info = import_trunk(source, tmp_path / "trunk", case)
    assert import_trunk(tmp_path / "trunk", tmp_path / "again", case).id == info.id
    ids = torch.randint(3, 60, (2, 9))
    mask = torch.ones_like(ids, dtype=torch.bool)
    with torch.no_grad():
        expected = model(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        for folder in (source, tmp_path / "trunk"):
            ours = Encoder.load(folder)(ids, torch.zeros_like(ids), mask)
            assert (ours - expected).abs().max() <= 1e-5


def _small_tokenizer() -> str:
    value = json.loads(KINDS["wordpiece"]().to_str())
    value["model"]["vocab"] = {token: index for token, index in value["model"]["vocab"].items() if index < 60}
    return json.dumps(value)


@pytest.mark.parametrize(
    ("model_class", "prefix"),
    [("BertForSequenceClassification", "bert."), ("BertForTokenClassification", "bert.")],
)
def test_a_fine_tuned_checkpoint_gives_trunk_and_head(tmp_path: Path, model_class: str, prefix: str) -> None:
    import transformers

    plain = bert_folder(tmp_path / "plain")
    torch.manual_seed(3)
    model = getattr(transformers, model_class).from_pretrained(plain, num_labels=5)
    model.save_pretrained(tmp_path / "tuned")
    write_tokenizer(tmp_path / "tuned")
    assert any(name.startswith(prefix) for name in load_file(tmp_path / "tuned" / "model.safetensors"))
    info = import_trunk(tmp_path / "tuned", tmp_path / "trunk", "tuned")
    assert info.id == import_trunk(plain, tmp_path / "other", "plain").id
    heads = head_tensors(tmp_path / "tuned")
    expected = {
        name: tensor for name, tensor in model.state_dict().items() if name.startswith(("classifier", "bert.pooler"))
    }
    assert heads.keys() == expected.keys()
    assert all(torch.equal(heads[name], expected[name]) for name in heads)


OUTPUT_LAYERS = ("lm_head.weight", "model.shared.weight", "shared.weight", "model.decoder.embed_tokens.weight")


@pytest.mark.parametrize("case", TRANSLATORS)
def test_a_model_that_translates_gives_its_encoder_and_its_decoder(case: str, tmp_path: Path) -> None:
    """Whatever names the checkpoint has for embeddings that both use, the decoder's can be made of `head_tensors`."""
    model = translator(case)
    model.save_pretrained(tmp_path / "new")
    Backend.from_str(_small_tokenizer()).save(str(tmp_path / "new" / "tokenizer.json"))
    shutil.copytree(tmp_path / "new", tmp_path / "old")
    every = {name: tensor.contiguous().clone() for name, tensor in model.state_dict().items()}  # as old releases saved
    save_file(every, tmp_path / "old" / "model.safetensors")
    infos = [import_trunk(tmp_path / name, tmp_path / f"{name} trunk", case) for name in ("new", "old")]
    assert infos[0] == infos[1]
    assert (infos[0].n_layers, infos[0].width) == (4, 32)
    assert "decoder" not in json.dumps(infos[0].config)
    for name in ("new", "old"):
        found = head_tensors(tmp_path / name)
        assert not any(".layers." in name or ".block." in name for name in found if "encoder." in name)
        assert {name for name in found if "decoder.layers." in name or "decoder.block." in name} == {
            name for name in every if "decoder.layers." in name or "decoder.block." in name
        }
        assert all(torch.equal(tensor, every[name]) for name, tensor in found.items())
        tied = next(found[name] for name in OUTPUT_LAYERS if name in found)
        assert torch.equal(tied, model.lm_head.weight)


@pytest.mark.parametrize("case", ["marian", "mbart", "t5"])
def test_the_first_hash_is_that_of_the_embeddings(case: str, tmp_path: Path) -> None:
    model = reference(case)
    model.save_pretrained(tmp_path / "source")
    Backend.from_str(_small_tokenizer()).save(str(tmp_path / "source" / "tokenizer.json"))
    first = import_trunk(tmp_path / "source", tmp_path / "one", case)
    weights = load_file(tmp_path / "one" / "model.safetensors")
    assert not any("embed_positions" in name for name in weights) or case == "mbart"
    weights["embed_tokens.weight"][5] += 1
    save_file(weights, tmp_path / "one" / "model.safetensors")
    second = import_trunk(tmp_path / "one", tmp_path / "two", case)
    differ = [a != b for a, b in zip(first.layer_hashes, second.layer_hashes, strict=True)]
    assert differ == [True, False, False, False, False, False]


def test_shards_and_old_names_are_read(folder: Path, tmp_path: Path) -> None:
    expected = import_trunk(folder, tmp_path / "one", "tiny").id
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    old = {
        "bert."
        + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
        for name, tensor in weights.items()
    }
    old["bert.embeddings.position_ids"] = torch.arange(64)[None]
    names = sorted(old)
    shards = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for shard, part in shards.items():
        save_file({name: old[name] for name in part}, folder / shard)
    where = {name: shard for shard, part in shards.items() for name in part}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))
    assert import_trunk(folder, tmp_path / "two", "tiny").id == expected
    assert head_tensors(folder) == {}


def test_half_precision_is_widened(folder: Path, tmp_path: Path) -> None:
    weights = {name: tensor.half() for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors")
    half = import_trunk(folder, tmp_path / "one", "tiny")
    save_file({name: tensor.float() for name, tensor in weights.items()}, folder / "model.safetensors")
    assert import_trunk(folder, tmp_path / "two", "tiny").id == half.id


def test_a_trunk_tuned_in_full_is_saved_with_its_parent(folder: Path, tmp_path: Path) -> None:
    parent = import_trunk(folder, tmp_path / "parent", "tiny")
    encoder = Encoder.load(tmp_path / "parent")
    same = save_trunk(encoder, tmp_path / "parent", tmp_path / "same", "tiny", parent.id)
    assert (same.id, same.parent_id) == (parent.id, parent.id)
    with torch.no_grad():
        next(encoder.layers[2].parameters()).add_(1)
    child = save_trunk(encoder, tmp_path / "parent", tmp_path / "child", "child", parent.id)
    assert child.layer_hashes[:3] == parent.layer_hashes[:3]
    assert import_trunk(tmp_path / "child", tmp_path / "again", "child").id == child.id != parent.id


def without(*names: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        for name in names:
            (folder / name).unlink(missing_ok=True)

    return spoil


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def huge_header(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 2**31) + b"{}")


def truncated(folder: Path) -> None:
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:-100])


def less_a_tensor(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.0.attention.self.query.weight"]
    save_file(weights, folder / "model.safetensors")


def foreign_shard(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    index = {"weight_map": {"x": "../../etc/passwd.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def not_finite(value: float) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        weights = load_file(folder / "model.safetensors")
        weights["encoder.layer.1.output.dense.bias"][3] = value
        save_file(weights, folder / "model.safetensors")

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (not_finite(float("nan")), r"encoder\.layer\.1\.output\.dense\.bias holds values that are not finite"),
        (not_finite(float("-inf")), r"encoder\.layer\.1\.output\.dense\.bias holds values that are not finite"),
        (without("config.json"), r"no config\.json"),
        (without("model.safetensors"), r"no model\.safetensors"),
        (without("tokenizer.json"), "no tokenizer: put"),
        (pickled, r"pytorch_model\.bin, a pickle.*save_pretrained"),
        (huge_header, "header of 2147483648 bytes; at most"),
        (truncated, "cannot be read"),
        (less_a_tensor, r"lacks 1 of .*query\.weight"),
        (foreign_shard, "no safetensors file beside it"),
        (
            lambda f: change(f / "config.json", model_type="gpt2"),
            "'gpt2' cannot be a trunk; supported: bart, bert, deberta",
        ),
        (lambda f: change(f / "config.json", model_type=["bert"]), "cannot be a trunk"),
        (lambda f: change(f / "config.json", is_decoder=True), "is_decoder=True"),
        (lambda f: change(f / "config.json", position_embedding_type="relative_key"), "relative_key"),
        (lambda f: change(f / "config.json", hidden_size="32"), "not accepted by transformers"),
        (lambda f: change(f / "config.json", intermediate_size=99), r"shape .* config\.json asks for"),
        (lambda f: change(f / "config.json", num_attention_heads=5), "describes no encoder"),
        (lambda f: change(f / "config.json", num_hidden_layers=10**9), "asks for 1000000000 layers"),
        (lambda f: change(f / "config.json", num_hidden_layers=4), "lacks 16 of"),
        (lambda f: change(f / "config.json", vocab_size=20), "token ids up to"),
        (lambda f: change(f / "tokenizer_config.json", model_max_length=4), "hold no pair"),
        (lambda f: (f / "config.json").write_text("{"), "is not JSON"),
        (lambda f: (f / "config.json").write_text("[" * 100_000), "is not JSON"),
        (lambda f: (f / "config.json").write_text("[]"), "no JSON object"),
        (lambda f: (f / "tokenizer.json").write_text("{"), "is not JSON"),
        (lambda f: (f / "tokenizer.json").write_bytes(b"\xff\xfe"), "cannot be read"),
    ],
)
def test_what_cannot_be_a_trunk_is_refused(
    folder: Path, tmp_path: Path, spoil: Callable[[Path], object], message: str
) -> None:
    spoil(folder)
    with pytest.raises(TrunkError, match=message) as caught:
        import_trunk(folder, tmp_path / "trunk", "tiny")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "trunk").exists(), "nothing is written for a trunk that is refused"


def test_a_slow_tokenizer_is_converted_once(folder: Path, tmp_path: Path) -> None:
    backend = Backend.from_file(str(folder / "tokenizer.json"))
    pieces = sorted(backend.get_vocab().items(), key=lambda item: item[1])
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece, _ in pieces))
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {"tokenizer_class": "BertTokenizer", "model_max_length": 64, "auto_map": {"AutoTokenizer": ["e.T", None]}}
        )
    )
    import_trunk(folder, tmp_path / "trunk", "tiny")
    text = "Ada's order 12 was NOT late!"
    expected = backend.encode(text).ids
    converted = Tokenizer.from_folder(tmp_path / "trunk")
    assert converted.backend.encode(text).ids == expected


def test_the_window_is_the_least_that_the_files_allow(folder: Path, tmp_path: Path) -> None:
    change(folder / "tokenizer_config.json", model_max_length=10**30)
    assert import_trunk(folder, tmp_path / "a", "t").max_length == 64
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 48}')
    assert import_trunk(folder, tmp_path / "b", "t").max_length == 48
    assert Tokenizer.from_folder(tmp_path / "b").max_length == 48
    change(folder / "tokenizer_config.json", model_max_length=32)
    assert import_trunk(folder, tmp_path / "c", "t").max_length == 32
