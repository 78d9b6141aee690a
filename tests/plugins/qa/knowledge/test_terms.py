"""Terms: what finds what, in many scripts, and that a question is never syntax."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.testing import HOSTILE_TEXTS
from trunkline_qa.knowledge import terms


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE VIRTUAL TABLE terms USING fts5 (body, tokenize = '{terms.TOKENIZER}')")
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("refunded?", "Refunds take five days."),
        ("CAFÉ", "a cafe\u0301 in Rome"),
        ("cafe", "ein Café"),
        ("istanbul", "İSTANBUL"),
        ("STRASSE", "Straße"),
        ("office", "the oﬃce"),
        ("abc", "ＡＢＣ"),
        ("退款", "包裹丢失后五天内退款。"),
        ("退", "包裹丢失后五天内退款。"),
        ("款", "包裹丢失后五天内退款。"),
        ("我要退款", "退款需要五天"),
        ("カタカナ", "ｶﾀｶﾅで書く"),
        ("ข้าว", "ผมกินข้าวผัด"),
        ("환불", "환불을 받으려면"),
        ("दुनिया", "नमस्ते दुनिया"),
        ("العربية", "اللغة العربية،"),
        ("soft", "so\u00adft hyphen"),
        ("5", "within 5 days"),
        ("ABC-123", "article abc 123"),
        ("йод", "Йод и соль"),
    ],
)
def test_finds(connection: sqlite3.Connection, question: str, passage: str) -> None:
    connection.execute("INSERT INTO terms VALUES (?)", (terms.indexed(passage),))
    assert connection.execute("SELECT rowid FROM terms WHERE terms MATCH ?", (terms.query(question),)).fetchall()


@pytest.mark.parametrize(
    ("question", "passage"), [("款退", "退款"), ("दुनिया", "नदी दूर है"), ("cat", "concatenate"), ("1", "100")]
)
def test_does_not_find(connection: sqlite3.Connection, question: str, passage: str) -> None:
    connection.execute("INSERT INTO terms VALUES (?)", (terms.indexed(passage),))
    assert not connection.execute("SELECT rowid FROM terms WHERE terms MATCH ?", (terms.query(question),)).fetchall()


@pytest.mark.parametrize(
    "question",
    ['"', "a AND", "NOT b", "body : a", "a*", "NEAR(a b)", "^a", "-a + b", "(((", "'; DROP TABLE terms", "{a}"],
)
def test_a_question_is_no_syntax(connection: sqlite3.Connection, question: str) -> None:
    expression = terms.query(question)
    if expression:
        connection.execute("SELECT rowid FROM terms WHERE terms MATCH ?", (expression,)).fetchall()


@given(st.text())
def test_any_text_is_an_expression_that_finds_it(text: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE VIRTUAL TABLE terms USING fts5 (body, tokenize = '{terms.TOKENIZER}')")
    connection.execute("INSERT INTO terms VALUES (?)", (terms.indexed(text),))
    expression = terms.query(text)
    if expression is not None:
        assert connection.execute("SELECT rowid FROM terms WHERE terms MATCH ?", (expression,)).fetchall()
    else:
        assert not terms.indexed(text)
    connection.close()


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_terms_are_blank_free_and_bounded(text: str) -> None:
    for term in terms.indexed(text).split(" "):
        assert len(term) <= terms.LONGEST_TERM
        assert all(unicodedata.category(sign)[0] in "LNM" for sign in term)


def test_a_long_question_is_bounded() -> None:
    expression = terms.query(" ".join(f"word{number}" for number in range(10_000)))
    assert expression is not None
    assert expression.count(" OR ") == terms.MOST_TERMS - 1


def test_nothing_to_find() -> None:
    assert terms.query("?! ...") is None
    assert terms.query("") is None
