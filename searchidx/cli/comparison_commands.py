"""Commands that count words and phrases of hits: compare, ngrams."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from searchidx.cli.choices import UNITS
from searchidx.cli.command import (
    Command,
    complete_with,
    explicit_value,
    format_option,
    indexes_option,
    limit_option,
    open_archive,
    plot_option,
    print_hints,
    query_argument,
    workspace_option,
)
from searchidx.cli.output import (
    color_option,
    pager_option,
    print_lines,
    print_message,
    text_width,
    write_data,
)

DEFAULT_LIMIT = 25
_COMMON = click.option(
    "--common",
    is_flag=True,
    help="Also list phrases that begin or end with a word that more than a quarter of all articles have.",
)


@click.command(
    cls=Command,
    short_help="Compare the hits of two queries.",
    allows_dashes=True,
    examples=[
        "searchidx compare nato '\"Taiwan Strait\"'",
        "searchidx compare 'nato date:2023-01..2023-06' 'nato date:2023-07..2023-12' --by month",
        "searchidx compare 'source:\"Harbour Gazette\"' 'source:\"The Lagoon Times\"' --csv",
    ],
)
@click.argument("a", metavar="QUERY_A", type=click.UNPROCESSED, shell_complete=complete_with("queries"))
@click.argument("b", metavar="QUERY_B", type=click.UNPROCESSED, shell_complete=complete_with("queries"))
@indexes_option
@workspace_option
@limit_option(f"List at most N words and N phrases of each query.  [default: {DEFAULT_LIMIT}]")
@click.option(
    "--by",
    type=click.Choice(UNITS),
    default="year",
    show_default=True,
    help="Length of a period. Weeks are those of ISO 8601.",
)
@_COMMON
@click.option("--timeline", is_flag=True, help="Print only the timelines, also with --csv.")
@format_option("json", "Print JSON.")
@format_option("csv", "Print CSV.")
@plot_option(".svg")
@plot_option(".png")
@color_option
@pager_option
def compare(
    a: str,
    b: str,
    index: tuple[str, ...],
    limit: int | None,
    by: str,
    common: bool,
    timeline: bool,
    output_format: str | None,
    svg: str | None,
    png: str | None,
) -> None:
    """Compare the hits of QUERY_A with those of QUERY_B: counts, overlap, distinctive words and phrases, timelines.

    Quote queries of several words. The same query with two dates or two sources compares periods or sources. Phrases
    have 2 to 4 words and occur at least twice. The score is the log-likelihood of the frequencies. Timelines count
    articles, articles per 1,000 of the period, and occurrences per million words of the period.
    """
    if output_format is not None:
        limit = explicit_value("limit", limit)
    with open_archive(*index) as archive:
        try:
            found = archive.compare(a, b, limit=DEFAULT_LIMIT if limit is None else limit, by=by, common=common)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        for file in (svg, png):
            if file is not None:
                from searchidx.render.plot import write_comparison

                write_comparison(found, Path(file))
                print_message(f"wrote {file}")
        if output_format is not None:
            from searchidx.render.serialize import compared_timeline_csv, comparison_csv, comparison_json, json_line

            lines = compared_timeline_csv if timeline else comparison_csv
            write_data([json_line(comparison_json(found))] if output_format == "json" else lines(found))
        elif svg is None and png is None:
            from searchidx.render.comparison_tables import compared_timeline_lines, comparison_lines

            if timeline:
                print_lines(compared_timeline_lines(found))
            else:
                print_lines(comparison_lines(found, text_width()))
        print_hints(archive, a, b)
    sys.exit(0 if any(found.totals) else 1)


@click.command(
    cls=Command,
    short_help="List the most frequent phrases of the hits.",
    allows_dashes=True,
    examples=[
        "searchidx ngrams nato",
        "searchidx ngrams 'taiwan date:2023' --size 2 --limit 10",
        "searchidx ngrams nato --csv",
    ],
)
@query_argument
@indexes_option
@workspace_option
@limit_option(f"List at most N phrases.  [default: {DEFAULT_LIMIT}]")
@click.option("--size", type=click.IntRange(2, 4), multiple=True, help="Only phrases of this many words; repeatable.")
@_COMMON
@format_option("json", "Print JSON.")
@format_option("csv", "Print CSV.")
@color_option
@pager_option
def ngrams(
    query: str,
    index: tuple[str, ...],
    limit: int | None,
    size: tuple[int, ...],
    common: bool,
    output_format: str | None,
) -> None:
    """List the most frequent phrases (n-grams) of the hits: 2 to 4 adjacent words of a sentence or headline.

    Capitals and accents do not distinguish phrases, inflections do. Phrases that occur once are not listed.
    """
    if output_format is not None:
        limit = explicit_value("limit", limit)
    from searchidx.search.ngrams import SIZES

    with open_archive(*index) as archive:
        count = DEFAULT_LIMIT if limit is None else limit
        found = archive.ngrams(query, limit=count, sizes=size or SIZES, common=common)
        if output_format is None:
            from searchidx.render.comparison_tables import ngrams_lines
            from searchidx.render.terminal import pluralize

            if found.ngrams:
                print_lines(ngrams_lines(found, text_width()))
            print_message(f"{pluralize(found.total, 'hit')} of {found.words:,} words")
        else:
            from searchidx.render.serialize import json_line, ngrams_csv, ngrams_json

            write_data([json_line(ngrams_json(found))] if output_format == "json" else ngrams_csv(found))
        print_hints(archive, query)
    sys.exit(0 if found.total else 1)
