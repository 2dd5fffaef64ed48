"""Commands that show text: show, kwic."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

import click

from searchidx.cli.command import (
    Command,
    completing,
    hints,
    id_argument,
    index_option,
    limit_option,
    offset_option,
    query_argument,
    typed,
    unknown,
)
from searchidx.cli.output import color_option, data, pager_option, say, screen_width, talk, width

if TYPE_CHECKING:
    from searchidx.search.hits import KwicLine

__all__ = ["kwic", "show"]


@click.command(
    cls=Command,
    short_help="Print an article, with what a query finds marked.",
    dashes=True,
    examples=[
        "searchidx show text/kishida-stoltenberg-tokyo.txt",
        """searchidx show text/kishida-stoltenberg-tokyo.txt --query '"Taiwan Strait" OR nato'""",
        "searchidx show hg-1001 --provenance",
        "searchidx show hg-1001 --json",
    ],
)
@id_argument
@click.option(
    "--query", metavar="QUERY", help="Mark what QUERY finds in the article.", shell_complete=completing("queries")
)
@click.option("--provenance", is_flag=True, help="Print of each field its value, and where in the source it was found.")
@click.option("--json", "as_json", is_flag=True, help="Print the article as JSON; with --query what matched, too.")
@index_option
@color_option
@pager_option
def show(id: str, query: str | None, provenance: bool, as_json: bool, index: str) -> None:
    """Print the article of that id, whole."""
    from searchidx.archive import open as open_archive
    from searchidx.render.terminal import article_lines, provenance_lines

    with open_archive(index) as archive:
        article = archive.get(id)
        if article is None:
            unknown(id, index)
        matched = None if query is None else archive.marked(id, query)
        if as_json:
            from searchidx.render.serialize import article_json, json_line

            data([json_line(article_json(article, matched, query))])
        elif provenance:
            say(provenance_lines(article, width()))
        else:
            say(article_lines(article, width(), matched))
        if matched is not None and not any(each.spans for each in matched):
            talk("nothing of the query stands in the text of this article")


@click.command(
    cls=Command,
    short_help="Print every occurrence in its context.",
    dashes=True,
    examples=[
        """searchidx kwic nato""",
        """searchidx kwic '"prime minister"' --sort right --width 30""",
        """searchidx kwic 'caps(US) since:2023' --sort date --csv""",
        """searchidx kwic 'bank*' --limit 5 --jsonl""",
    ],
)
@query_argument
@index_option
@click.option(
    "--width",
    "characters",
    type=click.IntRange(min=0),
    default=60,
    show_default=True,
    metavar="N",
    help="So many characters of text on either side at most; on a terminal, what fits.",
)
@click.option(
    "--sort",
    type=click.Choice(["left", "right", "date"]),
    help="Sort by what stands before, by what stands after, or by date.  [default: as the articles were added]",
)
@limit_option("Print at most N lines.")
@offset_option
@click.option("--jsonl", "form", flag_value="jsonl", help="Print each occurrence as a line of JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print the occurrences as CSV.")
@color_option
@pager_option
def kwic(
    query: str, index: str, characters: int, sort: str | None, limit: int | None, offset: int, form: str | None
) -> None:
    """Print every occurrence of what QUERY asks for, over all hits, in its context: keyword in context.

    Words near each other are one occurrence, from the first to the last.
    """
    from searchidx.archive import open as open_archive
    from searchidx.render.terminal import pluralize

    if form is not None:
        limit = typed("limit", limit)
    with open_archive(index) as archive:
        found = archive.kwic(query, width=characters, sort=sort)
        first = list(islice(found, 1))  # what is wrong with the query is known before anything is printed
        found = islice(chain(first, found), offset, None if limit is None else offset + limit)
        counting = _Counting(found)
        if form is None:
            from searchidx.render.terminal import kwic_lines

            say(kwic_lines(counting, screen_width(), characters, sort))
        else:
            from searchidx.render.serialize import kwic_csv, kwic_jsonl

            data(kwic_jsonl(counting) if form == "jsonl" else kwic_csv(counting))
        if form is None and first and not counting.lines:
            talk("no occurrence shown: --limit and --offset show others")
        elif form is None:
            whole = counting.ended and not offset and (limit is None or counting.lines < limit)
            of = f" in {pluralize(len(counting.articles), 'article')}" if counting.lines else ""
            talk(f"{pluralize(counting.lines, 'occurrence')}{of}{'' if whole or not first else '; there may be more'}")
        if not first and (hits := archive.search(query, limit=0).total):
            talk(f"hint: {pluralize(hits, 'article')} found, but by nothing that stands in a headline or body")
        hints(archive, query)
    sys.exit(0 if counting.lines else 1)


class _Counting:
    """Lines that are counted as they go by."""

    def __init__(self, lines: Iterable[KwicLine]) -> None:
        self._of = lines
        self.lines = 0
        self.articles: set[str] = set()
        self.ended = False

    def __iter__(self) -> Iterator[KwicLine]:
        for line in self._of:
            self.lines += 1
            self.articles.add(line.id)
            yield line
        self.ended = True
