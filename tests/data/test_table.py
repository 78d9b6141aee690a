from trunkline.data.table import table_of


def test_a_plugin_row_may_carry_its_own_place():
    table = table_of("train.conll", [{"text": "a", "__place__": "train.conll:17"}, {"text": "b", "tags": []}])
    assert [row.place for row in table.rows] == ["train.conll:17", "train.conll:2"]
    assert table.columns == ("text", "tags")


def test_rows_in_memory_are_called_by_number():
    assert [row.place for row in table_of("rows", [{"a": 1}, {"a": 2}]).rows] == ["row 1", "row 2"]
