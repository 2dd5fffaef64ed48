"""Commands that print counts: terms, timeline, stats."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from searchidx.cli.choices import UNITS
from searchidx.cli.command import (
    Command,
    all_versions_option,
    complete_with,
    explicit_value,
    format_option,
    indexes_option,
    limit_option,
    open_archive,
    plot_option,
    print_hints,
    query_argument,
    timeout_option,
    workspace_option,
)
from searchidx.cli.output import (
    color_option,
    pager_option,
    print_lines,
    print_message,
    terminal_width,
    text_width,
    write_data,
)

DEFAULT_LIMIT = 25


@click.command(
    cls=Command,
    short_help="List the distinctive and the most frequent words of the hits.",
    allows_dashes=True,
    examples=[
        "searchidx terms nato",
        "searchidx terms 'source:\"Harbour Gazette\"' --limit 10",
        "searchidx terms 'date:2023' --csv",
    ],
)
@query_argument
@indexes_option
@workspace_option
@all_versions_option
@timeout_option
@limit_option(f"List at most N words of each kind.  [default: {DEFAULT_LIMIT}]")
@format_option("json", "Print JSON.")
@format_option("csv", "Print CSV.")
@color_option
@pager_option
def terms(query: str, index: tuple[str, ...], limit: int | None, output_format: str | None) -> None:
    """List the words that distinguish the hits from all other articles, and the most frequent words.

    Inflections count as one word. The score is the log-likelihood of the frequencies. By chance, one word in 20
    scores above 3.84, one in 1,000 above 10.83.
    """
    if output_format is not None:
        limit = explicit_value("limit", limit)
    with open_archive(*index) as archive:
        words = archive.terms(query, limit=DEFAULT_LIMIT if limit is None else limit)
        if output_format is None:
            from searchidx.render.terminal import pluralize
            from searchidx.render.text_tables import words_lines

            if words.total:
                print_lines(words_lines(words, text_width()))
            print_message(f"{pluralize(words.total, 'hit')} of {words.words:,} words")
        else:
            from searchidx.render.serialize import json_line, words_csv, words_json

            write_data([json_line(words_json(words, query))] if output_format == "json" else words_csv(words))
        print_hints(archive, query)
    sys.exit(0 if words.total else 1)


@click.command(
    cls=Command,
    short_help="Count the hits by day, week, month or year.",
    allows_dashes=True,
    examples=[
        "searchidx timeline nato",
        "searchidx timeline nato 'taiwan OR \"South China Sea\"' --by year --share",
        "searchidx timeline '=election*' --by week --count-words --csv",
        "searchidx timeline nato japan --by month --json",
    ],
)
@click.argument(
    "queries",
    nargs=-1,
    required=True,
    type=click.UNPROCESSED,
    metavar="QUERY...",
    shell_complete=complete_with("queries"),
)
@indexes_option
@workspace_option
@all_versions_option
@timeout_option
@click.option(
    "--by",
    type=click.Choice(UNITS),
    default="month",
    show_default=True,
    help="Length of a period. Weeks are those of ISO 8601.",
)
@click.option("--count-words", is_flag=True, help="Count occurrences instead of articles.")
@click.option("--share", is_flag=True, help="Print counts per 1,000 articles of each period.")
@format_option("json", "Print JSON.")
@format_option("csv", "Print CSV.")
@plot_option(".svg")
@plot_option(".png")
@color_option
@pager_option
def timeline(
    queries: tuple[str, ...],
    index: tuple[str, ...],
    by: str,
    count_words: bool,
    share: bool,
    output_format: str | None,
    svg: str | None,
    png: str | None,
) -> None:
    """Count the hits of each QUERY by period, including periods without hits.

    Each QUERY is one argument, so quote queries of several words. Articles without a date, and articles whose date
    spans several periods, are counted separately.
    """
    with open_archive(*index) as archive:
        try:
            result = archive.timeline(*queries, by=by, count_words=count_words)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        for file in (svg, png):
            if file is not None:
                from searchidx.render.plot import write_plot

                write_plot(result, Path(file), share)
                print_message(f"wrote {file}")
        if output_format is not None:
            from searchidx.render.serialize import json_line, timeline_csv, timeline_json

            write_data([json_line(timeline_json(result))] if output_format == "json" else timeline_csv(result))
        elif svg is None and png is None:
            from searchidx.render.text_tables import timeline_lines

            if any(result.totals):
                print_lines(timeline_lines(result, terminal_width(), share))
            per = f"; the table shows counts per 1,000 articles of each {by}" if share else ""
            totals = " and ".join(f"{total:,}" for total in result.totals)
            print_message(f"{totals} {'occurrences' if count_words else 'articles'}{per}")
        print_hints(archive, *queries)
    sys.exit(0 if any(result.totals) else 1)


@click.command(cls=Command, short_help="Describe the index.", examples=["searchidx stats", "searchidx stats --json"])
@indexes_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@color_option
@pager_option
def stats(index: tuple[str, ...], as_json: bool) -> None:
    """Describe the index: articles, words, dates, sources, sections, languages, size and fingerprint."""
    with open_archive(*index) as archive:
        statistics = archive.stats()
    if as_json:
        from searchidx.render.serialize import json_line, stats_json

        write_data([json_line(stats_json(statistics))])
    else:
        from searchidx.render.text_tables import stats_lines

        print_lines(stats_lines(statistics, text_width()))
