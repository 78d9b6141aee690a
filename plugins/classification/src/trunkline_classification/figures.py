"""Pictures of a report as plain SVG: readable with 77 classes, the same bytes for the same numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trunkline_classification.svg import picture, safe, short, text

NONE_NAME = "none of these"
LABEL_LENGTH = 32  # code points of a label shown beside the matrix
HOVER_LENGTH = 200  # and on hovering over a cell
MOST = 200  # classes drawn
RIGHT, WRONG = "#1f5fa8", "#c2410c"


def figures(report: Mapping[str, Any]) -> dict[str, str]:
    """Draw what a report has: file name -> SVG."""
    drawn = {}
    if "confusion" in report:
        drawn["confusion.svg"] = confusion_matrix(report["confusion"]["labels"], report["confusion"]["matrix"])
    if report.get("calibration"):
        drawn["calibration.svg"] = reliability(report["calibration"])
    return drawn


def confusion_matrix(labels: Sequence[str | None], matrix: Sequence[Sequence[int]]) -> str:
    """Draw true labels as rows and answers as columns: right ones blue, errors orange, darker for a larger share."""
    kept = _kept(matrix)
    names = [labels[index] if labels[index] is not None else NONE_NAME for index in kept]
    cell = 36 if len(kept) <= 12 else 22 if len(kept) <= 40 else 15
    font = min(cell * 0.6, 12)
    margin = 34 + font * 0.58 * max((min(len(str(name)), LABEL_LENGTH) for name in names), default=0)
    side = cell * len(kept)
    title = f"{len(kept)} of {len(labels)} classes, those with most errors" if len(kept) < len(labels) else "Confusion"
    parts = [
        text(12, 20, f"{title}: rows are true, columns are answered", 13),
        f"<rect x='{margin:g}' y='{margin:g}' width='{side:g}' height='{side:g}' fill='#f8f9fa' stroke='#bbb'/>",
        *_names(names, margin, cell, font),
        *_cells(names, [[matrix[row][column] for column in kept] for row in kept], margin, cell),
    ]
    return picture(margin + side + 16, margin + side + 16, title, parts)


def _kept(matrix: Sequence[Sequence[int]]) -> list[int]:
    """Choose the classes to draw: all, or those with the most errors."""
    if len(matrix) <= MOST:
        return list(range(len(matrix)))
    errors = [sum(row) + sum(other[index] for other in matrix) - 2 * row[index] for index, row in enumerate(matrix)]
    return sorted(sorted(range(len(matrix)), key=lambda index: -errors[index])[:MOST])


def _names(names: Sequence[Any], margin: float, cell: float, font: float) -> Iterator[str]:
    for index, name in enumerate(names):
        middle = margin + cell * (index + 0.5)
        label = short(name, LABEL_LENGTH)
        yield text(margin - 6, middle + font * 0.35, label, font, "end")
        x, y = middle + font * 0.35, margin - 6
        yield text(x, y, label, font, more=f"transform='rotate(-90 {x:g} {y:g})'")


def _cells(names: Sequence[Any], matrix: Sequence[Sequence[int]], margin: float, cell: float) -> Iterator[str]:
    """Draw only what is not zero: a matrix of 77 classes is mostly empty."""
    hover = [short(name, HOVER_LENGTH) for name in names]
    for row, counts in enumerate(matrix):
        whole = max(sum(counts), 1)
        for column, count in enumerate(counts):
            if not count:
                continue
            share = count / whole
            x, y = margin + column * cell, margin + row * cell
            colour, ink = (RIGHT if row == column else WRONG), ("#fff" if share > 0.45 else "#111")
            digits = min(cell * 0.5, cell * 1.5 / len(str(count)), 12)
            yield (
                f"<g><title>{safe(hover[row])} → {safe(hover[column])}: {count} of {whole}</title>"
                f"<rect x='{x:g}' y='{y:g}' width='{cell:g}' height='{cell:g}' fill='{colour}' "
                f"fill-opacity='{0.12 + 0.88 * share:.3f}'/>"
                f"{text(x + cell / 2, y + cell / 2 + digits * 0.36, str(count), digits, 'middle', f'fill={ink!r}')}</g>"
            )


def reliability(bins: Sequence[Mapping[str, Any]]) -> str:
    """Draw accuracy against confidence: on the diagonal, a probability means what it says. Area is share of rows."""
    left, top, side = 56, 36, 320
    total = sum(entry["n"] for entry in bins)
    parts = [
        text(12, 20, "Calibration of the likeliest label", 13),
        f"<rect x='{left}' y='{top}' width='{side}' height='{side}' fill='#f8f9fa' stroke='#bbb'/>",
        f"<line x1='{left}' y1='{top + side}' x2='{left + side}' y2='{top}' stroke='#888' stroke-dasharray='4 4'/>",
        text(left + side / 2, top + side + 34, "confidence", 12, "middle"),
        text(18, top + side / 2, "accuracy", 12, "middle", f"transform='rotate(-90 18 {top + side / 2:g})'"),
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(text(left + tick * side, top + side + 16, f"{tick:g}", 10, "middle"))
        parts.append(text(left - 6, top + (1 - tick) * side + 4, f"{tick:g}", 10, "end"))
    for entry in bins:
        radius = 2.5 + 14 * (entry["n"] / total) ** 0.5
        parts.append(
            f"<circle cx='{left + entry['confidence'] * side:.1f}' cy='{top + (1 - entry['accuracy']) * side:.1f}' "
            f"r='{radius:.1f}' fill='{RIGHT}' fill-opacity='0.65'><title>{entry['n']} rows: "
            f"confidence {entry['confidence']:.3f}, accuracy {entry['accuracy']:.3f}</title></circle>"
        )
    return picture(left + side + 24, top + side + 48, "Calibration", parts)
