from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from trunkline.errors import Conflict, DataError
from trunkline.progress import Silent
from trunkline.settings import Settings
from trunkline.tuning import workspace
from trunkline.tuning.workspace import STALE_DAYS, fingerprint, opened

FACTS = {"seed": 0}


def fail_in(settings: Settings, facts: dict[str, int]) -> None:
    """A run that is interrupted after it has written something."""

    def interrupted() -> None:
        with opened(settings, facts, True, Silent()) as folder:
            (folder / "left").write_text("over")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_a_folder_goes_with_success_and_stays_with_failure(settings: Settings) -> None:
    fail_in(settings, FACTS)
    with opened(settings, FACTS, True, Silent()) as folder:
        assert (folder / "left").read_text() == "over"
    assert [path.suffix for path in (settings.cache / "runs").iterdir()] == [".lock"]


def test_other_facts_have_another_folder(settings: Settings) -> None:
    fail_in(settings, FACTS)
    with opened(settings, {"seed": 1}, True, Silent()) as folder:
        assert [path.name for path in folder.iterdir()] == [workspace.KEY]
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1}) != fingerprint({"a": 2, "b": 1})


def test_what_is_there_is_left_aside_where_it_is_not_wanted(settings: Settings) -> None:
    fail_in(settings, FACTS)
    with opened(settings, FACTS, False, Silent()) as folder:
        assert [path.name for path in folder.iterdir()] == [workspace.KEY]


def test_one_run_is_one_processs(settings: Settings) -> None:
    with (
        opened(settings, FACTS, True, Silent()),
        pytest.raises(Conflict, match="under way"),
        opened(settings, FACTS, True, Silent()),
    ):
        pass


def test_a_run_that_nobody_goes_on_with_is_removed(settings: Settings) -> None:
    fail_in(settings, FACTS)
    old = time.time() - (STALE_DAYS + 1) * 86_400
    for path in (settings.cache / "runs").glob("*.lock"):
        os.utime(path, (old, old))
    with opened(settings, {"seed": 1}, True, Silent()):
        assert not (settings.cache / "runs" / workspace.fingerprint(FACTS)[:32]).exists()


def test_the_key_stays_with_what_is_gone_on_with_and_is_never_another_runs(settings: Settings) -> None:
    keys = []
    for _ in range(2):
        fail_in(settings, FACTS)
        (folder,) = (path for path in (settings.cache / "runs").iterdir() if path.is_dir())
        keys.append(workspace.key_of(folder))
        with opened(settings, FACTS, True, Silent()) as again:
            assert workspace.key_of(again) == keys[-1]
    assert len(set(keys)) == 2


def test_nothing_stays_where_the_input_is_at_fault(settings: Settings) -> None:
    with pytest.raises(DataError), opened(settings, FACTS, True, Silent()) as folder:
        raise DataError(["a row"], "Mend it.")
    assert not folder.exists()


def test_a_lock_that_goes_while_it_is_looked_at_hinders_nobody(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_in(settings, FACTS)
    glob = Path.glob

    def with_one_that_is_gone(self: Path, pattern: str) -> list[Path]:
        return [*glob(self, pattern), self / "gone.lock"] if pattern == "*.lock" else list(glob(self, pattern))

    monkeypatch.setattr(Path, "glob", with_one_that_is_gone)
    with opened(settings, {"seed": 3}, True, Silent()) as folder:
        assert folder.is_dir()
