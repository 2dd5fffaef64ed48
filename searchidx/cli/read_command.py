"""The command read: what one file would give, without an index."""

from __future__ import annotations

import sys

import click

from searchidx.cli.command import Command, limit_option
from searchidx.cli.output import color_option, pager_option, print_lines, text_width, write_data


@click.command(
    cls=Command,
    short_help="Show what a file would give, without an index.",
    examples=[
        "searchidx read corpus/feeds/wire.jsonl",
        "searchidx read corpus/feeds/wire.jsonl --limit 1 --json",
        "searchidx read corpus/text/kishida-stoltenberg-tokyo.txt",
        "searchidx read corpus/pages/chess-open.html --explain",
    ],
)
@click.argument("file", metavar="FILE", type=click.Path())
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=NAME",
    help="Read FIELD (headline, body, date …) from the column or key NAME.",
)
@click.option(
    "--max-ratio",
    type=click.FloatRange(min=1),
    metavar="N",
    help="Let a compressed file or a container expand to N times its size.  [default: 200]",
)
@limit_option("Show at most N articles; all are counted.  [default: 10; with --json all]")
@click.option("--json", "as_json", is_flag=True, help="Print the articles and what was skipped as JSON.")
@click.option("--explain", is_flag=True, help="Show the blocks of a saved page, and why each is in the body or not.")
@color_option
@pager_option
def read(
    file: str, columns: tuple[str, ...], max_ratio: float | None, limit: int | None, as_json: bool, explain: bool
) -> None:
    """Show what a build would read from FILE: its format, its articles, and what is skipped and why.

    Nothing is written. Exit codes: 0 articles were found, 1 none.
    """
    from pathlib import Path

    from searchidx.ingest.dry_run import dry_run, explain_saved_page
    from searchidx.render.serialize import dry_run_json, json_line
    from searchidx.render.text_tables import dry_run_lines, explained_lines

    names = {field: name for field, _, name in (column.partition("=") for column in columns)}
    if not all(names.values()):
        raise click.UsageError("--column must be FIELD=NAME, such as --column body=Volltext")
    if explain:
        if as_json:
            raise click.UsageError("--explain and --json exclude each other")
        print_lines(explained_lines(explain_saved_page(Path(file)), text_width()))
        return
    found = dry_run(Path(file), names, limit if limit is not None or as_json else 10, max_ratio)
    if as_json:
        write_data([json_line(dry_run_json(found))])
    else:
        print_lines(dry_run_lines(found, text_width()))
    sys.exit(0 if found.count else 1)
