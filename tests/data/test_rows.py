import hashlib

from trunkline.data.rows import canonical_jsonl, fingerprint, write_jsonl


def test_the_fingerprint_is_the_hash_of_the_kept_file(make_message, tmp_path):
    items = [make_message(text="café \u2028 \U0001f600", label="a"), make_message(text="b", label="b")]
    write_jsonl(tmp_path / "kept", items)
    kept = (tmp_path / "kept").read_bytes()
    assert kept == canonical_jsonl(items)
    assert fingerprint(items) == hashlib.sha256(kept).hexdigest()


def test_order_of_keys_does_not_matter_and_order_of_rows_does(make_message):
    first = make_message.model_validate({"text": "a", "label": "x"})
    same = make_message.model_validate({"label": "x", "text": "a", "text_pair": None})
    other = make_message(text="b", label="x")
    assert fingerprint([first]) == fingerprint([same])
    assert fingerprint([first, other]) != fingerprint([other, first])
