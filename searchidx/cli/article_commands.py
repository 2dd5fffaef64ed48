"""Commands that print text of articles: show, kwic."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

import click

from searchidx.cli.command import (
    Command,
    all_versions_option,
    complete_with,
    explicit_value,
    fail,
    fail_unknown_id,
    format_option,
    id_argument,
    indexes_option,
    limit_option,
    offset_option,
    open_archive,
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

if TYPE_CHECKING:
    from searchidx.search.hits import KwicLine


@click.command(
    cls=Command,
    short_help="Print an article, optionally with matches highlighted.",
    allows_dashes=True,
    examples=[
        "searchidx show text/kishida-stoltenberg-tokyo.txt",
        """searchidx show text/kishida-stoltenberg-tokyo.txt --query '"Taiwan Strait" OR nato'""",
        "searchidx show hg-1001 --provenance",
        "searchidx show pages/negative-rates-end.html --version 1",
        "searchidx show hg-1001 --json",
    ],
)
@id_argument
@click.option(
    "--query", metavar="QUERY", help="Highlight the matches of QUERY.", shell_complete=complete_with("queries")
)
@click.option(
    "--version",
    "number",
    type=click.IntRange(min=1),
    metavar="N",
    help="Print version N of the article, as 'searchidx history ID' lists them.  [default: the last]",
)
@click.option("--provenance", is_flag=True, help="Print each field with its place in the source file.")
@click.option("--json", "as_json", is_flag=True, help="Print the article as JSON; with --query, include the matches.")
@indexes_option
@workspace_option
@color_option
@pager_option
def show(
    id: str, query: str | None, number: int | None, provenance: bool, as_json: bool, index: tuple[str, ...]
) -> None:
    """Print the whole article that has the ID."""
    from searchidx.render.terminal import article_lines, provenance_lines

    with open_archive(*index) as archive:
        article = archive.get(id)
        if article is None:
            fail_unknown_id(id, *index)
        if number is not None:
            versions = archive.history(id)
            if number > len(versions):
                fail(f"there is no version {number} of {id!r}: 'searchidx history' lists {len(versions):,}")
            article = versions[number - 1].article
        matched = None if query is None else archive.highlight(article, query)
        if as_json:
            from searchidx.render.serialize import article_json, json_line

            write_data([json_line(article_json(article, matched, query))])
        elif provenance:
            print_lines(provenance_lines(article, text_width()))
        else:
            print_lines(article_lines(article, text_width(), matched))
        if matched is not None and not any(each.spans for each in matched):
            print_message("no matches in this article")


@click.command(
    cls=Command,
    short_help="Print every occurrence in context.",
    allows_dashes=True,
    examples=[
        """searchidx kwic nato""",
        """searchidx kwic '"prime minister"' --sort right --width 30""",
        """searchidx kwic 'caps(US) since:2023' --sort date --csv""",
        """searchidx kwic 'bank*' --limit 5 --jsonl""",
    ],
)
@query_argument
@indexes_option
@workspace_option
@all_versions_option
@timeout_option
@click.option(
    "--width",
    "characters",
    type=click.IntRange(min=0),
    default=60,
    show_default=True,
    metavar="N",
    help="Print at most N characters of text on either side, or what fits the terminal.",
)
@click.option(
    "--sort",
    type=click.Choice(["left", "right", "date"]),
    help="Sort by the text before (left), by the text after (right), or by date.  [default: order of addition]",
)
@limit_option("Print at most N occurrences.  [default: all]")
@offset_option
@format_option("jsonl", "Print a line of JSON for each occurrence.")
@format_option("csv", "Print CSV.")
@color_option
@pager_option
def kwic(
    query: str,
    index: tuple[str, ...],
    characters: int,
    sort: str | None,
    limit: int | None,
    offset: int,
    output_format: str | None,
) -> None:
    """Print every occurrence of QUERY in all hits, each in its context (keyword in context).

    A match of a proximity operator is one occurrence, from its first to its last word.
    """
    from searchidx.render.terminal import pluralize

    if output_format is not None:
        limit = explicit_value("limit", limit)
    with open_archive(*index) as archive:
        occurrences = archive.kwic(query, width=characters, sort=sort)
        first = list(islice(occurrences, 1))  # raises for an invalid query before anything is printed
        page = islice(chain(first, occurrences), offset, None if limit is None else offset + limit)
        lines = _CountedLines(page)
        if output_format is None:
            from searchidx.render.terminal import kwic_lines

            print_lines(kwic_lines(lines, terminal_width(), characters, sort))
        else:
            from searchidx.render.serialize import kwic_csv, kwic_jsonl

            write_data(kwic_jsonl(lines) if output_format == "jsonl" else kwic_csv(lines))
        if output_format is None and first and not lines.count:
            print_message("no occurrences shown: --limit and --offset show others")
        elif output_format is None:
            is_complete = lines.ended and not offset and (limit is None or lines.count < limit)
            of = f" in {pluralize(len(lines.articles), 'article')}" if lines.count else ""
            print_message(
                f"{pluralize(lines.count, 'occurrence')}{of}{'' if is_complete or not first else '; there may be more'}"
            )
        if not first and (hits := archive.search(query, limit=0).total):
            print_message(
                f"hint: {pluralize(hits, 'article')} {'matches' if hits == 1 else 'match'}, "
                "but not through words in a headline or body"
            )
        print_hints(archive, query)
    sys.exit(0 if lines.count else 1)


class _CountedLines:
    """An iterable that counts kwic lines and their articles while they are read."""

    def __init__(self, lines: Iterable[KwicLine]) -> None:
        self._lines = lines
        self.count = 0
        self.articles: set[str] = set()
        self.ended = False

    def __iter__(self) -> Iterator[KwicLine]:
        for line in self._lines:
            self.count += 1
            self.articles.add(line.id)
            yield line
        self.ended = True
