"""The command that answers a list of queries: batch."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from searchidx.cli.command import (
    Command,
    fail,
    format_option,
    indexes_option,
    open_archive,
    workspace_option,
)
from searchidx.cli.output import write_data

if TYPE_CHECKING:
    from searchidx.search.batch import BatchAnswer

_COLUMNS = ("total", "first", "last")


@click.command(
    cls=Command,
    short_help="Answer a list of queries.",
    runs_long=True,
    examples=[
        "printf 'nato\\nbank -river\\n' | searchidx batch -",
        "printf 'nato\\nbank -river\\n' | searchidx batch - --by year --share",
        "printf 'party,name\\nx,Kishida\\n' | searchidx batch - --column name --ids --jsonl",
    ],
)
@click.argument("file", type=click.File(encoding="utf-8-sig", errors="surrogateescape"))
@indexes_option
@workspace_option
@click.option("--column", metavar="NAME", help="FILE is CSV; the queries are in this column, and all columns are kept.")
@click.option("--by", type=click.Choice(["year"]), help="Also count the hits of each year.")
@click.option("--share", is_flag=True, help="With --by: print counts per 1,000 articles of each year.")
@click.option("--ids", is_flag=True, help="Also list the ids of all hits; in CSV, '; ' separates them.")
@format_option("csv", "Print CSV, the default.")
@format_option("jsonl", "Print JSON Lines.")
def batch(
    file: Iterable[str],
    index: tuple[str, ...],
    column: str | None,
    by: str | None,
    share: bool,
    ids: bool,
    output_format: str | None,
) -> None:
    """Answer each line of FILE as a query: total, first and last day, in the order of the lines.

    - reads standard input. Empty lines are skipped. A line that is no valid query has its error in the column
    "error". Articles without a date count in the total and in no year.
    """
    if share and by is None:
        raise click.UsageError("--share needs --by year")
    names, rows = _read_queries(file, column)
    added = [*_COLUMNS, *(["ids"] if ids else []), "error"]
    from searchidx.render.serialize import csv_row, json_line
    from searchidx.search.batch import BatchAnswer

    with open_archive(*index) as archive:
        corpus = {} if by is None else next(archive.batch(["*"])).years or {}
        years = range(min(corpus), max(corpus) + 1) if corpus else range(0)
        added[3:3] = map(str, years)
        if taken := set(names) & set(added):
            fail(f"the column {min(taken)!r} of the list has the name of a column of the answer: rename it")
        found = False
        failed = False

        def answers() -> Iterator[tuple[Sequence[str], BatchAnswer]]:
            nonlocal found, failed
            at = names.index(column) if column is not None else 0
            for row in rows:
                if len(row) > len(names):
                    error = f"the row has {len(row)} cells, the header has {len(names)}"
                    row, answer = row[: len(names)], BatchAnswer(row[at], error=error)
                else:
                    [answer] = archive.batch([row[at]], ids=ids)
                found, failed = found or answer.total > 0, failed or bool(answer.error)
                yield row, answer

        def cells(row: Sequence[str], answer: BatchAnswer) -> list[object]:
            counts: list[object] = []
            for year in years:
                count = (answer.years or {}).get(year, 0)
                articles = corpus.get(year, 0)
                counts.append(round(1000 * count / articles, 3) if share and articles else count)
            values: list[object] = [answer.total, answer.first, answer.last, *counts]
            return [*row, *values, *(["; ".join(answer.ids or ())] if ids else []), answer.error]

        if output_format == "jsonl":
            lines = (_to_json(names, added, cells(row, each), each, ids) for row, each in answers())
            write_data(map(json_line, lines))
        else:
            write_data([csv_row([*names, *added])])
            write_data(csv_row(cells(row, each)) for row, each in answers())
    sys.exit(2 if failed else 0 if found else 1)


def _to_json(
    names: Sequence[str], added: Sequence[str], cells: Sequence[object], answer: BatchAnswer, ids: bool
) -> dict[str, object]:
    """The cells of a row by column, with days as text and ids as a list."""
    values = dict(zip([*names, *added], cells, strict=True))
    values["first"], values["last"] = (None if day is None else str(day) for day in (answer.first, answer.last))
    if ids:
        values["ids"] = list(answer.ids or ())
    return values


def _read_queries(file: Iterable[str], column: str | None) -> tuple[list[str], Iterator[list[str]]]:
    """The names of the columns of a list, and its rows as they are read."""
    if column is None:
        return ["query"], ([line.strip()] for line in file if line.strip())
    reader = csv.reader(file)
    names = next(_read_rows(reader), [])
    if column not in names:
        fail(f"the list has no column {column!r}: it has {', '.join(names) or 'none'}")
    if len(set(names)) < len(names):
        fail("two columns of the list have the same name: rename one")
    return names, (row + [""] * (len(names) - len(row)) for row in _read_rows(reader))


def _read_rows(reader: Any) -> Iterator[list[str]]:
    """The rows that are not empty; where CSV is damaged, the rows after it cannot be told apart, so reading ends."""
    try:
        yield from filter(None, reader)
    except csv.Error as error:
        fail(f"line {reader.line_num} of the list is not CSV: {error}")
