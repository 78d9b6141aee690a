"""Tuning at the command line: what it prints, what it refuses, and Ctrl-C in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROWS = [
    {"text": f"{text} {number}", "label": label}
    for number in range(12)
    for text, label in (("where is my order", "order"), ("please cancel", "cancel"))
]


@pytest.fixture
def train(tmp_path: Path) -> str:
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)))
    return str(path)


def test_a_file_becomes_a_version(trunkline: Any, tiny_trunk: Path, train: str) -> None:
    common = [
        "tune",
        "classification",
        "--name",
        "intents",
        "--data",
        train,
        "--dev",
        "0.25",
        "--trunk",
        str(tiny_trunk),
    ]
    done = trunkline(*common, "--fork-layer", "2", "--epochs", "1", "--alias", "production", "--json").json
    assert (done["model"], done["fork_layer"], done["branch_layers"], done["tuning"]) == (
        "classification/intents@1", 2, 1, "layers",
    )  # fmt: skip
    assert {"value", "low", "high"} == done["metrics"]["accuracy"].keys()
    assert (done["n"], done["seconds"] > 0) == (6, True)
    assert done["test"] is None
    text = trunkline(*common, "--tuning", "head", "--epochs", "1").out
    assert text.startswith("classification/intents@2  accuracy ")
    assert text.endswith("  dev  n 6\n")
    assert trunkline("models", "show", "intents@production", "--json").json["number"] == 1
    shown = {line.split()[0]: line.split()[1:] for line in trunkline("models", "show", "intents@1").out.splitlines()}
    assert (shown["labels"], shown["seed"], shown["epochs"]) == (["2:", "cancel,", "order"], ["0"], ["1"])


def test_the_figure_on_test_data_is_shown(trunkline: Any, tiny_trunk: Path, train: str, tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").write_text("\n".join(map(json.dumps, ROWS[:4])))
    common = ["tune", "classification", "--name", "x", "--data", train, "--test", str(tmp_path / "test.jsonl")]
    common += ["--dev", "0.25", "--trunk", str(tiny_trunk), "--tuning", "head", "--epochs", "1"]
    done = trunkline(*common)
    told = [line.split() for line in done.out.splitlines()]
    assert [line[-3:] for line in told] == [["dev", "n", "6"], ["test", "n", "4"]]
    assert "warning: only 6 rows to judge by" in done.err
    assert "hold out a larger share with --dev" in done.err
    again = trunkline(*common, "--json").json
    assert (again["test"]["n"], again["test"]["split"]) == (4, "test")
    assert told[1][2] == f"{again['test']['metrics']['accuracy']['value']:.3f}"  # the same seed, the same version


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--fork-layer", "x"], "--fork-layer"),
        (["--fork-layer", "9"], "3 layers"),
        (["--dev", "1.5"], "--dev"),
        (["--name", "Bad Name"], "model name"),
        (["--alias", "Bad Alias"], "is not an alias"),
        (["--column", "label"], "FIELD=COLUMN"),
        (["--tuning", "half"], "half"),
        (["--epochs", "0"], "--epochs"),
        (["--threshold", "2"], "--threshold"),
        (["--tuning", "head", "--branch-layers", "1"], "branch_layers"),
    ],
)
def test_options_that_cannot_be(trunkline: Any, tiny_trunk: Path, train: str, options: list[str], told: str) -> None:
    base = ["tune", "classification", "--name", "intents", "--data", train, "--trunk", str(tiny_trunk), "--epochs", "1"]
    trunkline(*base, *options).failed(2, told)
    assert trunkline("models", "list", "--json").json == {"models": []}


def tune(trunkline: Any, tiny_trunk: Path, data: Path, task: str = "classification") -> Any:
    return trunkline("tune", task, "--name", "x", "--data", str(data), "--trunk", str(tiny_trunk), "--epochs", "1")


def test_a_single_class(trunkline: Any, tiny_trunk: Path, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("text,label\n" + "a,order\n" * 20)
    tune(trunkline, tiny_trunk, tmp_path / "one.csv").failed(2, "order")


def test_a_line_of_10_megabytes(trunkline: Any, tiny_trunk: Path, tmp_path: Path) -> None:
    (tmp_path / "long.jsonl").write_text(json.dumps({"text": "a" * 10_000_000, "label": "order"}))
    done = tune(trunkline, tiny_trunk, tmp_path / "long.jsonl")
    done.failed(2, "long.jsonl")
    assert len(done.err) < 2000


def test_labels_that_differ_only_in_case_are_a_warning(trunkline: Any, tiny_trunk: Path, tmp_path: Path) -> None:
    lines = ["text,label", *(f"a {number},{'Order' if number % 2 else 'order'}" for number in range(20))]
    (tmp_path / "case.csv").write_text("\n".join(lines))
    done = tune(trunkline, tiny_trunk, tmp_path / "case.csv")
    assert done.code == 0
    assert "warning" in done.err
    assert "Order" in done.err


def test_a_trunk_without_a_tokenizer(trunkline: Any, tiny_trunk: Path, train: str, tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    for name in ("config.json", "model.safetensors"):
        (folder / name).write_bytes((tiny_trunk / name).read_bytes())
    tune(trunkline, folder, Path(train)).failed(2, "tokenizer")


def test_a_fitted_threshold_is_told(trunkline: Any, tiny_trunk: Path, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(
        "\n".join(map(json.dumps, [*ROWS, *({"text": f"la {n}", "label": "oos"} for n in range(12))]))
    )
    common = ["tune", "classification", "--name", "x", "--data", str(tmp_path / "t.jsonl"), "--trunk", str(tiny_trunk)]
    done = trunkline(*common, "--dev", "0.25", "--epochs", "1", "--out-of-scope-label", "oos", "--threshold", "fit")
    assert "(without 3 out-of-scope rows)" in done.err
    assert "threshold 0." in done.out
    assert "none of these" in done.out


def test_an_import_without_names_is_warned_of(trunkline: Any, tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification

    import tiny

    (tmp_path / "m").mkdir()
    vocabulary = tiny.write_tokenizer(tmp_path / "m")
    small = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 48}
    config = BertConfig(vocab_size=vocabulary, max_position_embeddings=64, num_labels=3, pad_token_id=0, **small)
    BertForSequenceClassification(config).save_pretrained(tmp_path / "m")
    done = trunkline("import", "classification/stars", "--from", str(tmp_path / "m"))
    assert "warning: the checkpoint does not name its labels" in done.err
    assert "LABEL_0, LABEL_1, LABEL_2" in done.err
    assert "trunkline evaluate classification/stars@1 --data" in done.out


def test_an_import_of_nothing(trunkline: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = trunkline("import", "classification/sentiment", "--from", str(tmp_path / "empty"))
    done.failed(2, "config.json")


def test_ctrl_c_registers_nothing(tmp_path: Path, tiny_trunk: Path, train: str, home: Path, trunkline: Any) -> None:
    program = [sys.executable, "-c", "from trunkline.cli.main import main; main()"]
    command = ["tune", "classification", "--name", "x", "--data", train, "--trunk", str(tiny_trunk)]
    process = subprocess.Popen(
        [*program, *command, "--epochs", "10000", "--patience", "10000"],
        env={**os.environ, "TRUNKLINE_HOME": str(home), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("epoch 2/"):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "interrupted; nothing half-done was registered; the same command goes on where it stopped" in err
    assert "Traceback" not in err
    assert trunkline("models", "list", "--json").json == {"models": []}


def test_bad_rows_can_be_left_out(trunkline: Any, tiny_trunk: Path, tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join([*map(json.dumps, ROWS), '{"text": "no label"}', "{broken"]))
    common = ["tune", "classification", "--name", "intents", "--data", str(path), "--dev", "0.25"]
    common += ["--trunk", str(tiny_trunk), "--tuning", "head", "--epochs", "1"]
    trunkline(*common).failed(2, "train.jsonl:25: label", "train.jsonl:26: not JSON")
    done = trunkline(*common, "--drop-bad-rows", "--json")
    assert done.json["dropped_rows"] == 2
    assert "2 row(s) cannot be used and are left out" in done.err
    assert "train.jsonl:25: label" in done.err
    measured = trunkline("evaluate", "intents", "--data", str(path), "--drop-bad-rows", "--json")
    assert (measured.json["n"], measured.json["dropped_rows"]) == (24, 2)
    assert "train.jsonl:26: not JSON" in measured.err
    trunkline("evaluate", "intents", "--data", str(path)).failed(2, "train.jsonl:25: label")
