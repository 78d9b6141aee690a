import pytest

from trunkline.data.columnar import is_dataset_folder, read_dataset_folder, read_parquet
from trunkline.errors import DataError

datasets = pytest.importorskip("datasets")


@pytest.fixture(autouse=True)
def _quiet():
    datasets.disable_progress_bars()


@pytest.fixture
def labelled():
    named = datasets.ClassLabel(names=["refund", "late"])
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": named,
            "tags": datasets.List(datasets.ClassLabel(names=["O", "B-PER"])),
        }
    )
    rows = {"text": ["a", "b", "c"], "label": [1, 0, -1], "tags": [[0, 1], [], [1]]}
    return datasets.Dataset.from_dict(rows, features=features)


EXPECTED = [
    {"text": "a", "label": "late", "tags": ["O", "B-PER"]},
    {"text": "b", "label": "refund", "tags": []},
    {"text": "c", "label": None, "tags": ["B-PER"]},
]


def test_class_numbers_of_a_saved_folder_become_names(labelled, tmp_path):
    labelled.save_to_disk(tmp_path / "train")
    assert is_dataset_folder(tmp_path / "train")
    table = read_dataset_folder(tmp_path / "train")
    assert [row.values for row in table.rows] == EXPECTED
    assert [row.place for row in table.rows] == ["train:1", "train:2", "train:3"]


def test_class_numbers_of_a_parquet_file_become_names(labelled, tmp_path):
    labelled.to_parquet(tmp_path / "train.parquet")
    assert [row.values for row in read_parquet(tmp_path / "train.parquet").rows] == EXPECTED


def test_a_folder_of_several_splits_asks_for_one(labelled, tmp_path):
    datasets.DatasetDict(train=labelled, test=labelled).save_to_disk(tmp_path / "intents")
    with pytest.raises(DataError, match=r"a folder of 2 splits\nName one of them: intents/train, intents/test"):
        read_dataset_folder(tmp_path / "intents")


def test_damaged_files_are_told_without_a_traceback(labelled, tmp_path):
    path = tmp_path / "train.parquet"
    labelled.to_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="not a readable Parquet file"):
        read_parquet(path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "state.json").write_text("{}")
    with pytest.raises(DataError, match="not a readable `datasets` folder"):
        read_dataset_folder(tmp_path / "folder")
