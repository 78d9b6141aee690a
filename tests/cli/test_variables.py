"""No spelling of a database's address lets a password through."""

from __future__ import annotations

import pytest

from trunkline import Settings
from trunkline.cli.variables import changed, unknown, without_password


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:////data/registry.db", "sqlite:////data/registry.db"),
        ("sqlite:////data/ada@work:1/registry.db?timeout=9", "sqlite:////data/ada@work:1/registry.db"),
        ("postgresql+psycopg://host:5432/models", "postgresql+psycopg://host:5432/models"),
        ("postgresql://ada:s3cret@host/models", "postgresql://***@host/models"),
        ("postgresql://ada:s3cret@x@host/models", "postgresql://***@host/models"),
        ("postgresql://ada:s3cret/@host/models", "postgresql://***@host/models"),
        ("postgresql://host/models?user=ada&password=s3cret", "postgresql://host/models"),
        ("postgresql://host/models?password=s3cret@x", "postgresql://***"),
        ("postgresql://ada:s3cret?@host/models", "postgresql://***"),
        ("postgresql://ada:s3cret/models", "postgresql://***"),
        ("ada:s3cret@host", "***"),
    ],
)
def test_no_password_is_shown(url: str, told: str) -> None:
    assert without_password(url) == told


def test_what_is_at_its_default_is_not_changed() -> None:
    assert changed(Settings(threads=2)).get("TRUNKLINE_THREADS") == 2
    assert "TRUNKLINE_BATCH_TOKENS" not in changed(Settings(batch_tokens=1024))


def test_unknown_variables_have_a_near_name_where_one_is_near() -> None:
    names = ["TRUNKLINE_HOME", "trunkline_threads", "TRUNKLINE_CORPORA", "TRUNKLINE_TEST_POSTGRES", "PATH"]
    assert unknown(names) == {}
    assert unknown(["TRUNKLINE_DATABASE_URL", "TRUNKLINE_XYZ"]) == {
        "TRUNKLINE_DATABASE_URL": "TRUNKLINE_DATABASE",
        "TRUNKLINE_XYZ": "",
    }
