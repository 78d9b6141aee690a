"""Write the demo's questions: texts of a shop's help pages, what is asked about them, and where the answer stands.

    python make_questions.py [--out DIR] [--rows 2000] [--seed 0]

The test asks in words that training never saw, of texts with other times, sums and places.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SLOT = re.compile(r"\{(\w+)\}")
TEST_ROWS = 200
NO_ANSWER = 0.3
FILLERS: dict[str, tuple[str, ...]] = {
    "days": ("two days", "3 days", "five working days", "a week", "10 days", "14 days", "three weeks", "30 days",
             "60 days", "one working day", "4 to 6 days", "two months"),
    "soon": ("the next working day", "before noon on the next day", "the same evening", "within 24 hours",
             "on the following morning", "by 6 p.m. on the next day"),
    "months": ("six months", "12 months", "18 months", "24 months", "three years", "36 months", "one year",
               "five years"),
    "years": ("five years", "7 years", "ten years", "12 years", "at least eight years"),
    "hours": ("from 9 to 18 on weekdays", "Monday to Saturday from 10 to 19", "daily from 8 a.m. to 8 p.m.",
              "from 7:30 to 16:30", "on weekdays until 17:00", "Tuesday to Friday, 9 a.m. to 1 p.m."),
    "hours_taken": ("two hours", "24 hours", "one working day", "48 hours", "half a day", "three working days"),
    "money": ("2.90 euros", "4.95 euros", "12 euros", "25 euros", "39.90 euros", "50 euros", "99 euros", "120 euros",
              "a flat 6 euros", "200 euros"),
    "percent": ("5 %", "8 percent", "10 %", "12.5 %", "15 percent", "20 %"),
    "points": ("one point for each euro", "5 points", "ten points", "2 points for every euro", "100 points"),
    "tries": ("three attempts", "five attempts", "4 tries", "ten attempts", "six tries"),
    "charge": ("free of charge", "free", "for 15 euros", "for a fee of 5 euros", "without any cost", "for 29 euros"),
    "payment": ("the account that you paid from", "the card that was charged", "your customer account",
                "a bank account of your choice", "the means of payment of the order"),
    "carrier": ("the blue vans of Northpost", "Velo Courier", "Parcel Brothers", "Harbour Logistics",
                "two carriers in turn", "our own drivers"),
    "spot": ("with a neighbour", "at the nearest pick-up point", "in the box at the door", "at the petrol station",
             "at the counter of any shop", "in the garage", "in the green box beside the entrance"),
    "proof": ("a photograph of the damage", "the number of the order", "the receipt",
              "two photographs and the serial number", "the original packaging", "a copy of the invoice"),
    "uncovered": ("batteries and lamps", "damage by water", "scratches", "wear of moving parts",
                  "anything that was dropped", "damage by lightning"),
    "lent": ("an appliance of the same kind", "a loan device", "an older model", "a replacement from our shop"),
    "before": ("until the parcel has left the warehouse", "before it is packed", "within an hour of ordering",
               "until 4 p.m. on the same day", "as long as it is not with the carrier", "before midnight"),
    "channel": ("by e-mail", "as a PDF by e-mail", "by post", "in a text message", "to your customer account",
                "together with the parcel"),
    "methods": ("card and bank transfer", "card, invoice or direct debit", "invoice, card and gift card",
                "bank transfer only", "all common cards"),
    "phone": ("0800 4410 22", "+31 20 555 01 19", "0471 88 21 30", "(020) 7946 0105", "0900 112 450"),
    "email": ("help@harbour-goods.example", "service@northgoods.example", "desk@millhill.example", "care@shop.example"),
    "place": ("Ghent", "Leeds", "Porto", "Graz", "Utrecht", "Turku", "Bologna", "Aarhus", "Dundee", "Krakow"),
    "countries": ("Belgium and the Netherlands", "all countries of the EU", "Norway, Sweden and Denmark",
                  "Switzerland only", "twelve countries in Europe", "Ireland"),
    "payer": ("the customer", "the receiver of the parcel", "us", "the sender", "the shop"),
}  # fmt: skip
"""The last third of each list is for the test alone."""


@dataclass(frozen=True)
class Fact:
    """Sentences that say the same, and questions that it answers."""

    sentences: tuple[str, ...]
    questions: tuple[str, ...]


def facts(path: Path) -> list[Fact]:
    """Read the facts, a paragraph each."""
    found = []
    for paragraph in path.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in paragraph.splitlines() if line and not line.startswith("#")]
        questions = tuple(line[2:] for line in lines if line.startswith("? "))
        if questions:
            found.append(Fact(tuple(line for line in lines if not line.startswith("? ")), questions))
    return found


def filled(sentence: str, test: bool, dice: random.Random) -> str:
    """Put fillers into the slots, of the test's share or of training's."""

    def filler(slot: re.Match[str]) -> str:
        choice = FILLERS[slot[1]]
        border = len(choice) - max(1, len(choice) // 3)
        return dice.choice(choice[border:] if test else choice[:border])

    return SLOT.sub(filler, sentence)


def row(every: list[Fact], test: bool, dice: random.Random) -> dict[str, Any]:
    """Make a text of a few facts, and ask about one of them, or about one that it does not tell."""
    told = dice.sample(every, dice.randint(2, 4))
    asked = dice.choice(told)
    text, answers = "", []
    for fact in told:
        before, answer, behind = re.split(r"[\[\]]", filled(dice.choice(fact.sentences), test, dice))
        if fact is asked:
            answers = [{"text": answer, "start": len(text) + len(before)}]
        text += f"{before}{answer}{behind} "
    if dice.random() < NO_ANSWER:
        asked, answers = dice.choice([fact for fact in every if fact not in told]), []
    question = asked.questions[-1] if test else dice.choice(asked.questions[:-1])
    return {"question": question, "context": text.rstrip(), "answers": answers}


def rows(number: int, test: bool, seed: int) -> Iterator[dict[str, Any]]:
    dice = random.Random(f"{seed}/{test}")
    every = facts(HERE / "facts.txt")
    return (row(every, test, dice) for _ in range(number))


def write(folder: Path, number: int, seed: int) -> dict[str, int]:
    """Write questions-train.jsonl and questions-test.jsonl into `folder`; returns the rows in each."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {"questions-train.jsonl": number, "questions-test.jsonl": TEST_ROWS}
    for name, count in counts.items():
        lines = [json.dumps(one, ensure_ascii=False) for one in rows(count, "test" in name, seed)]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write into")
    parser.add_argument("--rows", type=int, default=2000, help="questions to learn from")
    parser.add_argument("--seed", type=int, default=0)
    choice = parser.parse_args()
    for name, count in write(choice.out, choice.rows, choice.seed).items():
        print(f"{name}: {count} questions")


if __name__ == "__main__":
    main()
