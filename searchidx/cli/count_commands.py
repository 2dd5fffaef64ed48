"""Commands that count: terms, timeline, stats."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from searchidx.cli.command import Command, completing, hints, index_option, limit_option, query_argument, typed
from searchidx.cli.output import color_option, data, pager_option, say, screen_width, talk, width
from searchidx.search.aggregations import UNITS

__all__ = ["stats", "terms", "timeline"]

WORDS = 25


@click.command(
    cls=Command,
    short_help="List the words that tell the hits from the rest.",
    dashes=True,
    examples=[
        "searchidx terms nato",
        "searchidx terms 'source:\"Harbour Gazette\"' --limit 10",
        "searchidx terms 'date:2023' --csv",
    ],
)
@query_argument
@index_option
@limit_option(f"List N words of each kind.  [default: {WORDS}]")
@click.option("--json", "form", flag_value="json", help="Print the words as JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print the words as CSV.")
@color_option
@pager_option
def terms(query: str, index: str, limit: int | None, form: str | None) -> None:
    """List the words that tell the hits from all other articles, and the most frequent ones.

    Inflections count as one word. The score is the log-likelihood of its frequency: 3.84 is exceeded by chance one
    time in twenty, 10.83 one in a thousand.
    """
    from searchidx.archive import open as open_archive

    if form is not None:
        limit = typed("limit", limit)
    with open_archive(index) as archive:
        words = archive.terms(query, limit=WORDS if limit is None else limit)
        if form is None:
            from searchidx.render.terminal import pluralize
            from searchidx.render.text_tables import words_lines

            if words.total:
                say(words_lines(words, width()))
            talk(f"{pluralize(words.total, 'hit')} of {words.words:,} words")
        else:
            from searchidx.render.serialize import json_line, words_csv, words_json

            data([json_line(words_json(words, query))] if form == "json" else words_csv(words))
        hints(archive, query)
    sys.exit(0 if words.total else 1)


def _plot(suffix: str) -> Callable[[Any], Any]:
    def named(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
        if value is not None and not value.endswith(suffix):
            raise click.BadParameter(f"the name of the file ends in {suffix}")
        return value

    return click.option(
        f"--{suffix[1:]}",
        type=click.Path(),
        metavar="FILE",
        callback=named,
        help=f"Write a plot to FILE (…{suffix}); needs searchidx[plot].",
    )


@click.command(
    cls=Command,
    short_help="Count what matches, period by period.",
    dashes=True,
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
    shell_complete=completing("queries"),
)
@index_option
@click.option(
    "--by", type=click.Choice(UNITS), default="month", show_default=True, help="How long a period is; weeks are ISO's."
)
@click.option("--count-words", is_flag=True, help="Count every occurrence, not articles.")
@click.option("--share", is_flag=True, help="Show the count per thousand articles of each period.")
@click.option("--json", "form", flag_value="json", help="Print the timeline as JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print the timeline as CSV.")
@_plot(".svg")
@_plot(".png")
@color_option
@pager_option
def timeline(
    queries: tuple[str, ...],
    index: str,
    by: str,
    count_words: bool,
    share: bool,
    form: str | None,
    svg: str | None,
    png: str | None,
) -> None:
    """Count the articles that match each QUERY, period by period; periods without any are shown.

    Each QUERY is one argument. Articles without a date, and those whose date is no single period, stand apart.
    """
    from searchidx.archive import open as open_archive

    with open_archive(index) as archive:
        try:
            counted = archive.timeline(*queries, by=by, count_words=count_words)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        for file in (svg, png):
            if file is not None:
                from searchidx.render.plot import write_plot

                write_plot(counted, Path(file), share)
                talk(f"written to {file}")
        if form is not None:
            from searchidx.render.serialize import json_line, timeline_csv, timeline_json

            data([json_line(timeline_json(counted))] if form == "json" else timeline_csv(counted))
        elif svg is None and png is None:
            from searchidx.render.text_tables import timeline_lines

            if any(counted.totals):
                say(timeline_lines(counted, screen_width(), share))
            per = f", shown per thousand articles of each {by}" if share else ""
            totals = " and ".join(f"{total:,}" for total in counted.totals)
            talk(f"{totals} {'occurrences' if count_words else 'articles'}{per}")
        hints(archive, *queries)
    sys.exit(0 if any(counted.totals) else 1)


@click.command(
    cls=Command, short_help="Print what is in the index.", examples=["searchidx stats", "searchidx stats --json"]
)
@index_option
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@color_option
@pager_option
def stats(index: str, as_json: bool) -> None:
    """Print what is in the index: articles, words, dates, sources, sections, languages, and its fingerprint."""
    from searchidx.archive import open as open_archive

    with open_archive(index) as archive:
        found = archive.stats()
    if as_json:
        from searchidx.render.serialize import json_line, stats_json

        data([json_line(stats_json(found))])
    else:
        from searchidx.render.text_tables import stats_lines

        say(stats_lines(found, width()))
