"""Write the demo's data: support messages with their intent and their entities, split by template.

    python make_data.py [--out DIR] [--per-template 6] [--seed 0]

No template of the test is in the training data, and its names, products, places and dates are drawn from a
list that training never saw for half of the cases.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SLOT = re.compile(r"\{(\w+)\}")
SPLITS = {"train": slice(None, -4), "dev": slice(-4, -2), "test": slice(-2, None)}
Row = dict[str, Any]


def templates(path: Path) -> dict[str, list[str]]:
    """Read the intents with their templates, in the file's order."""
    intents: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = intents.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            current.append(line)
    return intents


def order_number(dice: random.Random) -> str:
    """Make one of the shapes in which customers write an order number."""
    digits = f"{dice.randrange(10**6):06d}"
    return dice.choice([f"#{digits}", f"TL-{digits}", f"TL{digits[:4]}-{digits[4:]}", digits])


def filler(slot: str, split: str, fillers: dict[str, Any], dice: random.Random) -> str:
    if slot == "order":
        return order_number(dice)
    held_out = split != "train" and dice.random() < 0.5
    return str(dice.choice(fillers[slot]["held_out" if held_out else "train"]))


def fill(template: str, split: str, fillers: dict[str, Any], dice: random.Random) -> Row:
    """Put fillers into the slots; returns the text and its entities, offsets in code points."""
    text, entities, position = dice.choice(fillers["greeting"]), [], 0
    for slot in SLOT.finditer(template):
        text += template[position : slot.start()]
        value = filler(slot[1], split, fillers, dice)
        label = "order_number" if slot[1] == "order" else slot[1]
        entities.append({"start": len(text), "end": len(text) + len(value), "label": label})
        text, position = text + value, slot.end()
    text += template[position:] + dice.choice(fillers["closing"])
    return {"text": typed(text, dice), "entities": entities}


def typed(text: str, dice: random.Random) -> str:
    """Write as people type: some all in lower case, some without the last mark. Offsets stay true."""
    if dice.random() < 0.2:
        text = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    return text[:-1] if text[-1] in ".!" and dice.random() < 0.3 else text


def rows(split: str, per_template: int, seed: int) -> Iterator[Row]:
    """Make the distinct rows of one split, in random order."""
    dice = random.Random(f"{seed}/{split}")
    fillers = json.loads((HERE / "fillers.json").read_text(encoding="utf-8"))
    made = {}
    for intent, lines in templates(HERE / "templates.txt").items():
        for template in lines[SPLITS[split]]:
            for _ in range(per_template):
                row = fill(template, split, fillers, dice)
                made[row["text"]] = {"text": row["text"], "intent": intent, "entities": row["entities"]}
    chosen = list(made.values())
    dice.shuffle(chosen)
    yield from chosen


def write(folder: Path, per_template: int, seed: int) -> dict[str, int]:
    """Write train.jsonl, dev.jsonl and test.jsonl into `folder`; returns the rows in each."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for split in SPLITS:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows(split, per_template, seed)]
        (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        counts[split] = len(lines)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write into")
    parser.add_argument("--per-template", type=int, default=6, help="messages from each template")
    parser.add_argument("--seed", type=int, default=0)
    choice = parser.parse_args()
    for split, count in write(choice.out, choice.per_template, choice.seed).items():
        print(f"{split}.jsonl: {count} messages")


if __name__ == "__main__":
    main()
