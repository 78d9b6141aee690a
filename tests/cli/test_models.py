"""Listing, showing, aliasing and deleting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trunkline import Settings
from trunkline.store.registry import Registry
from versions import measured


def test_an_empty_registry_says_what_to_do(trunkline: Any) -> None:
    assert "tune or import" in trunkline("models", "list").out
    assert trunkline("models", "list", "--json").json == {"models": []}
    assert trunkline("trunks", "list", "--json").json == {"trunks": []}


def test_the_list_has_aliases(trunkline: Any, models: Path) -> None:
    listed = trunkline("models", "list", "--json").json["models"]
    assert [(one["task"], one["name"], one["aliases"]) for one in listed] == [
        ("classification", "intents", {"production": 1}),
        ("ner", "tickets", {"production": 1}),
    ]
    assert "ner/tickets" in trunkline("models", "list", "--task", "ner").out
    assert "intents" not in trunkline("models", "list", "--task", "ner").out


def test_the_list_says_how_to_measure(trunkline: Any, models: Path) -> None:
    assert "not measured: trunkline evaluate TASK/NAME --data FILE" in trunkline("models", "list").out
    assert trunkline("models", "list", "--json").json["models"][0]["evaluation"] is None


def test_the_list_shows_the_version_s_own_quality_whatever_was_compiled_since(trunkline: Any, models: Path) -> None:
    """On torch in fp32, test before dev, the newest; another engine's only where there is none, and named."""

    def shown() -> tuple[str, float]:
        [line] = [line for line in trunkline("models", "list").out.splitlines() if "ner/tickets" in line]
        [listed] = trunkline("models", "list", "--task", "ner", "--json").json["models"]
        return line.split("  ")[-1].strip(), listed["evaluation"]["metrics"]["f1"]["value"]

    with Registry.open(Settings(home=models)) as registry:
        registry.record_evaluation("tickets", measured(0.7, "test", "openvino", "int8"))
        assert shown() == ("f1 0.700 (test, openvino int8)", 0.7)
        registry.record_evaluation("tickets", measured(0.9, "dev"))
        assert shown() == ("f1 0.900 (dev)", 0.9)
        registry.record_evaluation("tickets", measured(0.8, "test"))
        for draft in (measured(0.95, "dev"), measured(0.6, "dev", "openvino", "int8")):
            registry.record_evaluation("tickets", draft)
        assert shown() == ("f1 0.800 (test)", 0.8)
        registry.record_evaluation("tickets", measured(0.81, "test"))
        assert shown() == ("f1 0.810 (test)", 0.81)
    assert "dev dev.jsonl n 10 on openvino int8: f1 0.600" in trunkline("models", "show", "tickets").out


def test_one_version_in_full(trunkline: Any, models: Path) -> None:
    shown = trunkline("models", "show", "tickets@production", "--json").json
    assert (shown["model"], shown["branch"]["fork_layer"], shown["versions"]) == ("ner/tickets@1", 1, ["ner/tickets@1"])
    out = trunkline("models", "show", "tickets").out
    for part in ("fork_layer", f"tiny ({shown['trunk_id'][:12]})", "2: person, place"):
        assert part in out
    assert shown["trunk_id"] not in out
    assert shown["artifacts"]["branch"] not in out


def test_an_alias_moves_by_compare_and_set(trunkline: Any, models: Path) -> None:
    moved = trunkline("models", "alias", "tickets@1", "staging", "--expect", "none", "--json").json
    assert moved["alias"] == "staging"
    trunkline("models", "alias", "tickets@1", "staging", "--expect", "none").failed(5)
    trunkline("models", "alias", "tickets@1", "staging", "--expect", "7").failed(5)
    trunkline("models", "alias", "tickets@1", "staging", "--expect", "x").failed(2, "none")
    assert trunkline("models", "unalias", "tickets@staging", "--json").json["removed"] == "staging"
    trunkline("models", "alias", "tickets@1", "staging")
    assert trunkline("models", "unalias", "tickets@staging").out == "ner/tickets@staging is gone; ner/tickets@1 stays\n"


def test_deleting_wants_a_number_a_yes_and_no_alias(trunkline: Any, models: Path) -> None:
    trunkline("models", "delete", "tickets").failed(2, "name@number")
    trunkline("models", "delete", "tickets@1", "--json").failed(2, "--yes")
    trunkline("models", "delete", "tickets@1", "--yes").failed(5, "production")
    trunkline("models", "unalias", "tickets@production")
    assert trunkline("models", "delete", "tickets@1", "--yes", "--json").json == {"deleted": "ner/tickets@1"}
    trunkline("models", "show", "tickets@1").failed(3)


@pytest.mark.parametrize(
    ("reference", "code", "told"),
    [
        ("tickts", 3, "did you mean"),
        ("tickets@prodution", 3, "did you mean production?"),
        ("tickets@9", 3, "9"),
        ("../../etc/passwd", 2, "is not a"),
        ("tickets@", 2, "ends in @"),
    ],
)
def test_what_is_unknown_offers_what_is_near(
    trunkline: Any, models: Path, reference: str, code: int, told: str
) -> None:
    trunkline("models", "show", reference).failed(code, told)


def test_trunks_count_their_versions(trunkline: Any, models: Path) -> None:
    [trunk] = trunkline("trunks", "list", "--json").json["trunks"]
    assert (trunk["name"], trunk["n_layers"], trunk["versions"]) == ("tiny", 3, 2)
    assert "tiny" in trunkline("trunks", "list").out
