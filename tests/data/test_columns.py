import pytest

from trunkline.data.columns import match_columns, parse_columns
from trunkline.data.table import table_of
from trunkline.errors import DataError, InvalidInput


def _table(*columns):
    return table_of("train.csv", [dict.fromkeys(columns, "value")])


@pytest.mark.parametrize(
    ("columns", "chosen", "expected"),
    [
        (("text", "label"), {}, {"text": "text", "label": "label"}),
        (("text", "category"), {}, {"text": "text", "label": "category"}),
        (("label", "sentence"), {}, {"label": "label", "text": "sentence"}),
        (("text", "id", "category"), {"label": "category"}, {"text": "text", "label": "category"}),
        (("text", "label", "id"), {}, {"text": "text", "label": "label"}),
        (("text", "label", "intent"), {"label": "intent"}, {"text": "text", "label": "intent"}),
        (("text", "label", "text_pair"), {}, {"text": "text", "label": "label", "text_pair": "text_pair"}),
        (("label", "text"), {"text": "label", "label": "text"}, {"text": "label", "label": "text"}),
    ],
)
def test_columns_find_their_fields(make_message, columns, chosen, expected):
    assert match_columns(_table(*columns), make_message, chosen) == expected


@pytest.mark.parametrize("columns", [("a", "b"), ("text", "a", "b"), ("text",)])
def test_a_field_without_column_lists_the_columns_and_the_remedy(make_message, columns):
    with pytest.raises(DataError) as caught:
        match_columns(_table(*columns), make_message, {})
    assert "no column for" in str(caught.value)
    assert f"its columns: {', '.join(columns)}" in str(caught.value)
    assert "--column " in str(caught.value)


def test_every_missing_column_is_in_the_remedy(make_message):
    with pytest.raises(DataError, match="--column text=COLUMN --column label=COLUMN"):
        match_columns(_table("a", "b", "c"), make_message, {})
    with pytest.raises(DataError, match=r"Add what is missing \(label\)"):
        match_columns(_table("text"), make_message, {})


def test_a_choice_that_does_not_exist_is_told(make_message):
    with pytest.raises(DataError, match="no column 'kind'; its columns: text, label"):
        match_columns(_table("text", "label"), make_message, {"label": "kind"})
    with pytest.raises(InvalidInput, match="no field 'intent'; fields: text, label"):
        match_columns(_table("text", "label"), make_message, {"intent": "label"})


def test_choices_are_read_from_the_command_line():
    assert parse_columns(["label=category", "text=a=b"]) == {"label": "category", "text": "a=b"}
    with pytest.raises(InvalidInput, match="write FIELD=COLUMN"):
        parse_columns(["label"])
