"""What may be put into a knowledge base, and what is refused with a reason."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from trunkline_qa.knowledge.documents import (
    MOST_CHARACTERS,
    MOST_ID,
    MOST_METADATA,
    Document,
    FAQPair,
    Item,
)

ITEM: TypeAdapter[Document | FAQPair] = TypeAdapter(Item)


def test_kind_is_said_or_seen_from_the_fields() -> None:
    assert ITEM.validate_python({"id": "a", "text": "Lost."}) == Document(id="a", text="Lost.")
    assert ITEM.validate_python({"id": "a", "kind": "document", "text": "Lost."}) == Document(id="a", text="Lost.")
    pair = FAQPair(id="b", question="When?", answer="Now.")
    assert ITEM.validate_python({"id": "b", "question": "When?", "answer": "Now."}) == pair
    assert ITEM.validate_json('{"id": "b", "kind": "faq", "question": "When?", "answer": "Now."}') == pair
    assert ITEM.validate_python(pair) is pair


def test_items_survive_json() -> None:
    for item in (
        Document(id="a/b.md", text="Lost.\0\n", title="T", source="https://example.com", metadata={"team": "post"}),
        FAQPair(id="b", question="退款?", answer="五天。"),
    ):
        assert ITEM.validate_json(ITEM.dump_json(item)) == item


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": ""}, "at least 1 character"),
        ({"id": "  "}, "pattern"),
        ({"id": "a\nb"}, "control characters"),
        ({"id": "a\0"}, "control characters"),
        ({"id": "a" * (MOST_ID + 1)}, "at most 200"),
        ({"text": " \n\t"}, "pattern"),
        ({"text": "a" * (MOST_CHARACTERS + 1)}, "at most 5000000"),
        ({"text": "half \ud800 a pair"}, "unicode"),
        ({"title": "two\nlines"}, "control characters"),
        ({"metadata": {"a": "b" * MOST_METADATA}}, "the limit is 4,096"),
        ({"metadata": {"a": 1}}, "valid string"),
        ({"kind": "page"}, "does not match any of the expected tags"),
        ({"question": "both?"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_kept(fields: dict, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ITEM.validate_python({"id": "a", "text": "Lost.", **fields})


@pytest.mark.parametrize("name", ["..", ".", "a/../b", "../a", "a/."])
def test_an_id_that_clients_resolve_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"no part of an id between slashes is \. or \.\."):
        Document(id=name, text="a")
