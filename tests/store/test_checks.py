from __future__ import annotations

from typing import Any

import pytest
from store_samples import PAYLOADS, evaluation, trunk_info

from trunkline.errors import InvalidInput
from trunkline.names import check_alias
from trunkline.records import BranchSpec, Metric
from trunkline.store import checks


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_a_role_an_alias_a_digest_or_a_file(payload: str) -> None:
    for check in (checks.check_role, check_alias, checks.check_digest, checks.check_filename):
        with pytest.raises(InvalidInput):
            check(payload)


@pytest.mark.parametrize("role", ["branch", "data/train", "curve.svg", "a/b/c/d", "lora_A.safetensors"])
def test_roles(role: str) -> None:
    assert checks.check_role(role) == role


@pytest.mark.parametrize("alias", ["4", "007"])
def test_an_alias_never_reads_as_a_number(alias: str) -> None:
    with pytest.raises(InvalidInput, match="version number"):
        check_alias(alias)


@pytest.mark.parametrize(("fork", "layers"), [(-1, 0), (7, 0), (4, 3), (0, 7), (2, -1)])
def test_a_branch_fits_its_trunk(fork: int, layers: int) -> None:
    with pytest.raises(InvalidInput, match="6 layers"):
        checks.check_branch(BranchSpec(fork_layer=fork, branch_layers=layers), trunk_info())


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), float("-inf")])
def test_figures_are_finite(figure: float) -> None:
    for metric in (Metric(value=figure), Metric(value=0, low=figure), Metric(value=0, high=figure)):
        with pytest.raises(InvalidInput, match="metric 'f1' is"):
            checks.check_evaluation(evaluation(metrics={"f1": metric}))


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object(), b"bytes", [float("inf")]])
def test_json_is_strict_and_the_place_is_named(value: Any) -> None:
    with pytest.raises(InvalidInput, match=r"settings\['bad'\]"):
        checks.check_json({"good": [1, None, "x"], "bad": value}, "settings")
