from __future__ import annotations

from typing import Any

import pytest
from pydantic import Field

from trunkline.contract import HeadOptions
from trunkline.errors import InvalidInput
from trunkline.records import BranchSpec
from trunkline.settings import MOST_THREADS
from trunkline.tuning.config import TuneConfig

INF, NAN = float("inf"), float("nan")


def config(**values: Any) -> TuneConfig:
    return TuneConfig.checked(**{"task": "ner", "name": "tickets", **values})


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"name": "Tickets"}, "is not a model name"),
        ({"epochs": 0}, "epochs 0: input should be greater than or equal to 1"),
        ({"dev": 1.5}, "between 0 and 1"),
        ({"tuning": "lora"}, "tuning 'lora'"),
        ({"tuning": "head", "branch_layers": 1}, "tuning head trains no layers"),
        ({"tuning": "full", "fork_layer": 3}, "no fork_layer"),
        ({"tuning": "full", "branch_layers": 3}, "no branch_layers"),
        ({"fork_layer": "auto", "branch_layers": 1}, "leave it out"),
        ({"fork_layer": "auto", "tuning": "head"}, "use tuning layers"),
        ({"include_full": True}, "belongs to fork_layer auto"),
        ({"joined_at": 0}, "joined_at 0"),
        ({"joined_at": 2, "tuning": "head"}, "use tuning layers"),
        ({"joined_at": 2, "reads": "mix"}, "leave reads out"),
        ({"joined_at": 2, "fork_layer": 3}, "give fork_layer 2, or none"),
        ({"joined_at": 2, "fork_layer": "auto"}, "give fork_layer 2, or none"),
        ({"learning_rate": 0.0}, "greater than 0"),
        ({"nonsense": 1}, "nonsense"),
        ({"branch_layers": 0, "fork_layer": 1}, "branch_layers 0: no layer would train; give --branch-layers 1 or"),
        ({"threads": 100_000}, f"threads 100000: 100000 threads lie outside 1 to {MOST_THREADS}"),
        ({"threads": 0}, f"0 threads lie outside 1 to {MOST_THREADS}"),
        ({"gradient_clip": INF}, "gradient_clip inf: input should be a finite number, greater than 0"),
        ({"learning_rate": NAN}, "learning_rate nan: input should be a finite number, greater than 0, at most 1"),
        ({"head_learning_rate": INF}, "head_learning_rate inf: input should be a finite number, greater than 0, at"),
        ({"warmup": NAN}, "warmup nan: input should be a finite number, at least 0, less than 1"),
        ({"weight_decay": INF}, "weight_decay inf: input should be a finite number, at least 0"),
        ({"tolerance": NAN}, "tolerance nan"),
        ({"cache_gib": INF}, "cache_gib inf"),
        ({"checkpoint_minutes": NAN}, "checkpoint_minutes nan"),
        ({"dev": NAN}, "dev nan: the share of rows kept for dev lies between 0 and 1"),
        ({"dev": INF}, "dev inf: the share of rows"),
    ],
)
def test_says_what_is_wrong_and_what_to_do(values: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        config(**values)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"fork_layer": 7}, "fork_layer 7: this trunk has 6 layers, so it lies in 0 to 6"),
        ({"fork_layer": 4, "branch_layers": 3}, "only 2 are left"),
        ({"fork_layer": 6}, "no layer would train"),
    ],
)
def test_refuses_places_outside_the_trunk(values: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        config(**values).spec(6)


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"fork_layer": 4}, (4, 2)),
        ({"fork_layer": 2, "branch_layers": 1}, (2, 1)),
        ({}, (4, 2)),
        ({"branch_layers": 1}, (5, 1)),
        ({"tuning": "head"}, (6, 0)),
        ({"tuning": "head", "fork_layer": 3}, (3, 0)),
        ({"tuning": "full"}, (6, 0)),
    ],
)
def test_places_a_version_in_a_trunk_of_six_layers(values: dict[str, Any], place: tuple[int, int]) -> None:
    spec = config(**values).spec(6)
    assert (spec.fork_layer, spec.branch_layers) == place


def test_learning_rates_follow_what_trains() -> None:
    branch, top = BranchSpec(fork_layer=5, branch_layers=1), BranchSpec(fork_layer=6, branch_layers=0)
    assert config().rates(branch, False, 2e-4) == (2e-4, 1e-3)
    assert config().rates(branch, False, 5e-4) == (5e-4, 1e-3)
    assert config().rates(top, True, 2e-4) == (1e-4, 1e-3)
    assert config(tuning="head").rates(top, False, 2e-4)[1] == 1e-2
    assert config(tuning="head", learning_rate=1e-3).rates(top, False, 2e-4)[1] == 1e-3
    chosen = config(learning_rate=1e-5, head_learning_rate=1e-2)
    assert chosen.rates(branch, False, 2e-4) == chosen.rates(top, True, 2e-4) == (1e-5, 1e-2)
    further = config(start="translation/en-pt", tuning="full")
    assert further.rates(top, True, 2e-4) == (5e-5, 5e-5)
    assert config(start="translation/en-pt", tuning="head").rates(top, False, 2e-4)[1] == 5e-5
    chosen = config(start="translation/en-pt", learning_rate=1e-4, head_learning_rate=1e-5)
    assert chosen.rates(top, True, 2e-4) == (1e-4, 1e-5)


def test_a_configuration_survives_its_own_json() -> None:
    wish = config(fork_layer="auto", options={"dropout": 0.2}, columns={"label": "category"})
    assert TuneConfig.model_validate_json(wish.model_dump_json()) == wish


@pytest.mark.parametrize("value", [INF, NAN])
def test_no_option_of_a_task_is_infinite(value: float) -> None:
    class Options(HeadOptions):
        highest: float = Field(12, gt=1)

    with pytest.raises(InvalidInput, match=rf"option highest {value}: .* finite number, greater than 1"):
        config(options={"highest": value}).check_options(Options)


def test_texts_are_joined_where_the_version_leaves_the_trunk() -> None:
    spec = config(joined_at=2, branch_layers=1).spec(6)
    assert spec == BranchSpec(fork_layer=2, branch_layers=1, reads="joined")
    assert spec.joined_at == 2
    assert config(joined_at=2).spec(6).branch_layers == 4
    assert BranchSpec(fork_layer=2, branch_layers=1).joined_at == 0
    with pytest.raises(InvalidInput, match="this trunk has 3 layers"):
        config(joined_at=4).spec(3)
