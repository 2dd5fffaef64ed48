"""The command export."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from searchidx.cli.command import Command, hints, index_option, limit_option, offset_option, query_argument, typed
from searchidx.cli.output import data, talk

if TYPE_CHECKING:
    from searchidx.article import Article

__all__ = ["export"]

FORMATS = ("jsonl", "csv", "ris", "bibtex", "csl-json", "txt")


@click.command(
    cls=Command,
    dashes=True,
    examples=[
        "searchidx export nato --format ris",
        "searchidx export 'date:2023 section:politics' --format bibtex > politics.bib",
        "searchidx export 'source:\"Harbour Gazette\"' --format csv --limit 5",
    ],
)
@query_argument
@index_option
@click.option(
    "--format",
    "format",
    type=click.Choice(FORMATS),
    default="jsonl",
    show_default=True,
    help="Articles whole (jsonl, csv, txt), or as references (ris, bibtex, csl-json).",
)
@limit_option("Export at most N articles.")
@offset_option
def export(query: str, index: str, format: str, limit: int | None, offset: int) -> None:
    """Write every article that matches to standard output, in the order in which they were added.

    Nothing is cut off, whatever the number.
    """
    from searchidx.archive import open as open_archive
    from searchidx.render.export import export_lines
    from searchidx.render.terminal import plural

    limit = typed("limit", limit)
    with open_archive(index) as archive:
        articles = _Counting(islice(archive.articles(query), offset, None if limit is None else offset + limit))
        data(export_lines(articles, format), end="")
        talk(plural(articles.count, "article"))
        hints(archive, query)
    sys.exit(0 if articles.count else 1)


class _Counting:
    """Articles that are counted as they go by."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._of = articles
        self.count = 0

    def __iter__(self) -> Iterator[Article]:
        for article in self._of:
            self.count += 1
            yield article
