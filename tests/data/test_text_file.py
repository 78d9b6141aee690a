import pytest

from trunkline.data.text_file import LINE_CHARACTERS, read_text
from trunkline.errors import DataError


def _file(tmp_path, data):
    path = tmp_path / "train.csv"
    path.write_bytes(data)
    return path


def test_a_byte_order_mark_is_left_out(tmp_path):
    assert read_text(_file(tmp_path, b"\xef\xbb\xbftext\r\na")) == "text\r\na"


def test_another_encoding_names_the_byte_the_line_and_the_way_out(tmp_path):
    with pytest.raises(DataError) as caught:
        read_text(_file(tmp_path, "text,label\ngrün,a\n".encode("latin-1")))
    assert "train.csv:2: not UTF-8: byte 0xfc at byte position 13" in str(caught.value)
    assert "iconv -f WINDOWS-1252 -t UTF-8 train.csv > utf8-train.csv" in str(caught.value)


def test_the_byte_position_counts_the_byte_order_mark(tmp_path):
    with pytest.raises(DataError, match=r"byte position 4\n"):
        read_text(_file(tmp_path, b"\xef\xbb\xbfa\xff"))


def test_utf_16_is_recognised(tmp_path):
    with pytest.raises(DataError, match="iconv -f UTF-16"):
        read_text(_file(tmp_path, "text,label".encode("utf-16")))


@pytest.mark.parametrize("data", [b"", b" \n\r\n ", b"\xef\xbb\xbf"])
def test_an_empty_file_says_so(tmp_path, data):
    with pytest.raises(DataError, match=r"train.csv: the file is empty"):
        read_text(_file(tmp_path, data))


def test_a_nul_is_told_with_its_line(tmp_path):
    with pytest.raises(DataError, match=r"train.csv:3: a NUL character"):
        read_text(_file(tmp_path, b"a\nb\nc\0d\n"))


def test_a_line_of_ten_megabytes_is_refused_and_a_long_file_is_not(tmp_path):
    with pytest.raises(DataError, match=r"train.csv:2: the line has 10,485,760 characters, the limit is 8,000,000"):
        read_text(_file(tmp_path, b"text\n" + b"a" * 10 * 2**20 + b"\nb"))
    assert len(read_text(_file(tmp_path, b"line\n" * (LINE_CHARACTERS // 4)))) > LINE_CHARACTERS
