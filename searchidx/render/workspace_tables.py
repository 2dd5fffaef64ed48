"""Labels and agreement as text, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from searchidx.render.serialize import csv_row
from searchidx.render.text_layout import sanitize

if TYPE_CHECKING:
    from searchidx.workspace.agreement import Agreement, PairAgreement
    from searchidx.workspace.labels import LabelCount

_LABEL_COLUMNS = ("name", "color", "articles", "gone")
_COLORS = {
    "blue": "blue",
    "green": "green",
    "orange": "bright_red",
    "purple": "magenta",
    "red": "red",
    "teal": "cyan",
    "yellow": "yellow",
    "gray": "bright_black",
}
"""The colour of a terminal for each colour of a label."""


def labels_json(labels: Sequence[LabelCount]) -> dict[str, Any]:
    """Return labels as a document."""
    return {"version": 1, "labels": [label._asdict() for label in labels]}


def labels_csv(labels: Sequence[LabelCount]) -> Iterator[str]:
    """Return labels as the lines of a CSV file."""
    yield csv_row(_LABEL_COLUMNS)
    yield from map(csv_row, labels)


def agreement_json(found: Agreement) -> dict[str, Any]:
    """Return an agreement as a document."""
    return {"version": 1, **found.to_dict()}


def label_lines(labels: Sequence[LabelCount]) -> Iterator[str]:
    """Return a line for each label."""
    import click

    width = max((len(label.name) for label in labels), default=0)
    for label in labels:
        name = click.style(sanitize(label.name), fg=_COLORS[label.color]) + " " * (width - len(label.name))
        gone = f"  ({label.gone:,} of them gone from the index)" if label.gone else ""
        yield f"{name}  {label.articles:>9,}{gone}"


def agreement_lines(found: Agreement) -> Iterator[str]:
    """Return an agreement as text."""
    yield f"{len(found.coders)} coders, {found.articles:,} articles, categories: {', '.join(found.categories)}"
    yield f"Krippendorff's alpha  {_coefficient(found.alpha)}"
    for pair in found.pairs:
        yield ""
        yield from _pair_lines(pair, found.categories)


def _pair_lines(pair: PairAgreement, categories: Sequence[str]) -> Iterator[str]:
    one, other = pair.coders
    yield f"{one} and {other}, {pair.articles:,} articles"
    yield f"agreement      {100 * pair.observed:.1f} %"
    yield f"Cohen's kappa  {_coefficient(pair.kappa)}"
    if not pair.articles:
        return
    width = max(len(one), *(len(name) for name in categories))
    columns = [max(len(name), 7) for name in categories]
    yield f"{one:<{width}}  " + "  ".join(f"{name:>{size}}" for name, size in zip(categories, columns)) + f"  ({other})"
    for row in categories:
        counts = (pair.table.get((row, column), 0) for column in categories)
        yield f"{row:<{width}}  " + "  ".join(f"{count:>{size},}" for count, size in zip(counts, columns))


def _coefficient(value: float | None) -> str:
    return "undefined: only one category occurs" if value is None else f"{value:.3f}"
