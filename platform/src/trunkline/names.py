"""Names that users give, and references to versions: `[task/]name[@alias|@number]`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trunkline.errors import InvalidInput

NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{0,63}$")


def check_name(name: str, kind: str = "name") -> str:
    """Return `name` unchanged. Raises `InvalidInput` unless it is fit for a name."""
    if not NAME.match(name) or "\n" in name:
        shown = name if len(name) <= 80 else name[:80] + "..."
        article = "an" if kind[0] in "aeiou" else "a"
        raise InvalidInput(
            f"{shown!r} is not {article} {kind}: 1 to 64 of a-z 0-9 . _ -, the first a letter or a digit"
        )
    return name


@dataclass(frozen=True, slots=True)
class Reference:
    """What a user may write to mean a version; neither alias nor number stands for the newest."""

    name: str
    task: str | None = None
    alias: str | None = None
    number: int | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a reference. Raises `InvalidInput` where a part is no name."""
        path, _, selector = text.partition("@")
        task, slash, name = path.rpartition("/")
        if slash:
            check_name(task, "task name")
        if "@" in text and not selector:
            raise InvalidInput(f"{text[:80]!r} ends in @: name an alias or a number after it")
        check_name(name, "model name")
        if selector.isascii() and selector.isdigit():
            if selector != "0" and selector.startswith("0"):  # one version, one way to write its number
                raise InvalidInput(f"{text[:80]!r}: a version's number has no leading zeros")
            return cls(name, task or None, number=int(selector[:18]))
        return cls(name, task or None, alias=check_name(selector, "alias") if selector else None)

    def __str__(self) -> str:
        path = f"{self.task}/{self.name}" if self.task else self.name
        selector = self.alias or (str(self.number) if self.number is not None else "")
        return f"{path}@{selector}" if selector else path


def check_alias(alias: str) -> str:
    """Return `alias`. Raises `InvalidInput` unless it is a name that does not read as a number."""
    if check_name(alias, "alias").isdigit():
        raise InvalidInput(f"alias {alias!r} would read as a version number: put a letter into it")
    return alias
