"""The command that answers a list of queries: batch."""

from __future__ import annotations

import os
import sys
from functools import partial
from stat import S_ISREG
from typing import IO

import click

from searchidx.cli.command import (
    Command,
    all_versions_option,
    format_option,
    indexes_option,
    open_archive,
    timeout_option,
    workspace_option,
    workspace_path,
)
from searchidx.cli.output import write_data

_MIN_BYTES = 8192
"""A shorter list is answered before a worker process has started."""


def _count_workers(file: IO[str]) -> int:
    """The number of worker processes that help to answer a list; none if the lines may arrive one by one."""
    from searchidx.engines import timeout
    from searchidx.worker_pool import available_cores

    try:
        stat = os.fstat(file.fileno())
    except (OSError, ValueError):  # no file of the system
        return 0
    is_long = S_ISREG(stat.st_mode) and stat.st_size >= _MIN_BYTES
    return available_cores() - 1 if is_long and not timeout.is_limited() else 0


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
@all_versions_option
@timeout_option
@click.option("--column", metavar="NAME", help="FILE is CSV; the queries are in this column, and all columns are kept.")
@click.option("--by", type=click.Choice(["year"]), help="Also count the hits of each year.")
@click.option("--share", is_flag=True, help="With --by: print counts per 1,000 articles of each year.")
@click.option("--ids", is_flag=True, help="Also list the ids of all hits; in CSV, '; ' separates them.")
@format_option("csv", "Print CSV, the default.")
@format_option("jsonl", "Print JSON Lines.")
def batch(
    file: IO[str],
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
    from searchidx.render.batch_table import BatchTable

    with open_archive(*index) as archive:
        answer_all = None
        if (workers := _count_workers(file)) > 0:
            from searchidx.cli.batch_workers import answer_all as answer_by_workers

            answer_all = partial(answer_by_workers, archive, index, workspace_path(), ids=ids, workers=workers)
        table = BatchTable(archive, file, column, by_year=by is not None, share=share, ids=ids, answer_all=answer_all)
        write_data(table.jsonl() if output_format == "jsonl" else table.csv())
    sys.exit(2 if table.failed else 0 if table.found else 1)
