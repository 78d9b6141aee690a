"""The doctor sees what is broken and says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trunkline import Settings
from trunkline.backends.timing import Timing, facts_of, memory
from trunkline.store.registry import Registry
from versions import measured


def test_a_healthy_installation(trunkline: Any, models: Path) -> None:
    report = trunkline("doctor", "--json").json
    assert report["healthy"]
    names = {check["name"] for check in report["checks"]}
    assert {"environment", "cpu", "settings", "extra torch", "home", "registry", "plugin ner", "trunks"} <= names


def test_a_damaged_blob_is_found(trunkline: Any, models: Path) -> None:
    with Registry.open(Settings(home=models)) as registry:
        blob = registry.artifact(registry.resolve("tickets"), "branch")
    blob.chmod(0o644)
    data = bytearray(blob.read_bytes())
    data[-1] ^= 1
    blob.write_bytes(data)
    done = trunkline("doctor")
    assert done.code == 1
    assert "BROKEN" in done.out


def test_a_home_that_cannot_be(trunkline: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRUNKLINE_HOME", str(tmp_path / "file"))
    done = trunkline("doctor")
    assert done.code == 1
    assert "BROKEN  home" in done.out


def test_plugins_are_listed(trunkline: Any) -> None:
    listed = trunkline("plugins", "list", "--json").json["plugins"]
    assert {"classification", "ner"} <= {plugin["name"] for plugin in listed}


def test_settings_are_shown_and_all_of_them_as_json(
    trunkline: Any, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUNKLINE_BATCH_TOKENS", "2048")
    [line] = [line for line in trunkline("doctor").out.splitlines() if " settings: " in line]
    assert f"TRUNKLINE_HOME={models}" in line
    assert "TRUNKLINE_BATCH_TOKENS=2048" in line
    assert "TRUNKLINE_QUEUE_TOKENS" not in line
    shown = trunkline("doctor", "--json").json["settings"]
    assert shown.keys() == {f"TRUNKLINE_{name.upper()}" for name in Settings.model_fields}
    assert (shown["TRUNKLINE_BATCH_TOKENS"], shown["TRUNKLINE_QUEUE_TOKENS"]) == (2048, 1_000_000)


def test_a_database_is_shown_without_its_password(trunkline: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_DATABASE", "postgresql://ada:s3cret@127.0.0.1:1/models?sslpassword=s3cret")
    done, told = trunkline("doctor"), trunkline("doctor", "--json")
    assert "TRUNKLINE_DATABASE=postgresql://***@127.0.0.1:1/models" in done.out
    assert "s3cret" not in done.out + done.err + told.out + told.err


def test_an_unknown_variable_is_named_with_the_nearest(
    trunkline: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUNKLINE_THREDS", "2")
    monkeypatch.setenv("TRUNKLINE_CORPORA", "somewhere")
    done = trunkline("doctor")
    assert done.code == 0
    assert "variable TRUNKLINE_THREDS: no setting has this name; did you mean TRUNKLINE_THREADS?" in done.out
    assert "CORPORA" not in done.out


def test_a_setting_out_of_range_is_a_failed_check_among_the_others(
    trunkline: Any, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUNKLINE_THREADS", "0")
    monkeypatch.setenv("TRUNKLINE_BATCH_TOKENS", "few")
    done = trunkline("doctor", "--json")
    assert done.code == 1
    wrong = [check["detail"] for check in done.json["checks"] if check["name"] == "settings" and not check["ok"]]
    assert [one.split(":")[0] for one in wrong] == ["TRUNKLINE_THREADS", "TRUNKLINE_BATCH_TOKENS"]
    assert {"registry", "trunks"} <= {check["name"] for check in done.json["checks"] if check["ok"]}
    trunkline("models", "list").failed(2, "TRUNKLINE_THREADS", "TRUNKLINE_BATCH_TOKENS")


def test_what_auto_would_take_is_told_without_measuring(
    trunkline: Any, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what all in production were measured on: torch until they are, then what was measured as the fastest."""
    monkeypatch.setenv("TRUNKLINE_PRECISION", "fp32")
    settings = Settings(home=models, threads=1, precision="fp32")

    def remember(**milliseconds: float) -> None:
        with Registry.open(settings) as registry:
            facts = facts_of(registry.trunks()[0], settings)
        taken: Any = {name.replace("_", " "): {"1x16": one} for name, one in milliseconds.items()}
        memory(settings).put(Timing(facts=facts, milliseconds=taken))

    remember(torch_fp32=9, onnxruntime_fp32=3)
    assert "auto would take torch fp32 for what is in production" in trunkline("doctor").out
    with Registry.open(settings) as registry:
        for name in ("intents", "tickets"):
            registry.record_evaluation(name, measured(0.5, "dev", "onnxruntime", "fp32"))
    assert "auto has yet to measure what is in production" in trunkline("doctor").out
    remember(torch_fp32=9, onnxruntime_fp32=3, openvino_fp32=1)
    assert "auto would take onnxruntime fp32 for what is in production" in trunkline("doctor").out


def test_engines_and_what_auto_measured_are_told(trunkline: Any, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = trunkline("doctor")
    assert "engines: torch (fp32, bf16); openvino (bf16, fp32, int8); onnxruntime (fp32, int8)" in done.out
    assert "speed: TRUNKLINE_BACKEND=auto has measured no trunk here yet" in done.out
    with Registry.open(Settings(home=models)) as registry:
        facts = facts_of(registry.trunks()[0], Settings(home=models))
    memory(Settings(home=models)).put(Timing(facts=facts, milliseconds={"torch fp32": {"1x16": 1.25}}))
    assert "speed: tiny: torch fp32 1x16 1.2 ms; auto would take torch fp32" in trunkline("doctor").out
    monkeypatch.setenv("TRUNKLINE_PRECISION", "bf16")
    assert "has measured no trunk here yet" in trunkline("doctor").out
