"""Commands that list articles: query, similar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from searchidx.cli.command import (
    Command,
    id_argument,
    index_option,
    limit_option,
    offset_option,
    query_argument,
    talk_of,
    typed,
    unknown,
)
from searchidx.cli.output import color_option, data, pager_option, say, talk, width

if TYPE_CHECKING:
    from searchidx.archive import Archive
    from searchidx.search.aggregations import Facet
    from searchidx.search.hits import Explanation, Groups, Hits

__all__ = ["query", "similar"]

FACETS = ("source", "section", "language", "byline", "keyword", "year", "month")
"""A copy of `searchidx.schema.FACET_FIELDS`; loading that module would slow `--help`. A test compares the two."""
PAGE = 10

_score_option = click.option("--score", is_flag=True, help="Show the score of each hit.")


def _form(name: str, help: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", "form", flag_value=name, help=help)


@click.command(
    cls=Command,
    short_help="Search.",
    dashes=True,
    examples=[
        """searchidx query 'NATO Japan'""",
        """searchidx query '"Taiwan Strait" date:2023-02..2023-08' --sort oldest""",
        """searchidx query 'headline:election OR section:politics' --facet source --facet year""",
        """searchidx query 'bank -headline:river' --score --sort headline""",
        """searchidx query 'date:2023' --group-similar 0.8 --count""",
        """searchidx query 'nato w/5 japan OR caps(US)' --explain""",
    ],
)
@query_argument
@index_option
@limit_option(f"Show at most N hits.  [default: {PAGE}]")
@offset_option
@click.option(
    "--sort",
    type=click.Choice(["relevance", "newest", "oldest", "headline"]),
    default="relevance",
    show_default=True,
    help="Which hits come first.",
)
@click.option(
    "--facet",
    "facets",
    type=click.Choice(FACETS),
    multiple=True,
    metavar="FIELD",
    help=f"Count all hits by FIELD: {', '.join(FACETS)}; may be given several times.",
)
@click.option(
    "--group-similar",
    "threshold",
    type=click.FloatRange(min=0, max=1, min_open=True),
    metavar="T",
    help="Group hits whose bodies are similar by T at least, 0 to 1: 0.8 finds wire copies and reprints.",
)
@_score_option
@_form("json", "Print the page of hits as JSON.")
@_form("jsonl", "Print every hit as a line of JSON.")
@_form("csv", "Print every hit as CSV; with --facet the counts instead.")
@_form("ids", "Print the id of every hit, a line each.")
@_form("count", "Print how many articles match, and nothing else; with --group-similar how many groups.")
@click.option("--explain", is_flag=True, help="Print how the query is understood, with counts, instead of hits.")
@color_option
@pager_option
def query(
    query: str,
    index: str,
    limit: int | None,
    offset: int,
    sort: str,
    facets: tuple[str, ...] | None,
    threshold: float | None,
    score: bool,
    form: str | None,
    explain: bool,
) -> None:
    """Search: words, "phrases", field:words, date:2023-02, AND, OR, NOT.

    Put the query in single quotes, since shells keep double quotes for themselves: searchidx query '"Taiwan Strait"'.
    """
    from searchidx.archive import open as open_archive

    if form is not None:
        limit, facets, threshold = typed("limit", limit), typed("facets", facets), typed("threshold", threshold)
    if facets and form in ("jsonl", "ids", "count"):
        raise click.UsageError(f"--facet goes with --json or --csv, not with --{form}")
    most = limit if limit is not None else PAGE if form in (None, "json") else None
    if form == "count" and limit is None and not offset:
        most = 0
    with open_archive(index) as archive:
        if explain:
            explanation = archive.explain(query)
            _print_explanation(explanation, form)
            sys.exit(0 if explanation.articles else 1)
        answer: Hits | Groups
        if threshold is None:
            answer = archive.search(query, limit=most, offset=offset, sort=sort)
        else:
            answer = archive.groups(query, threshold, limit=most, offset=offset, sort=sort)
        counted = [archive.facet(query, field) for field in dict.fromkeys(facets or ())]
        if form == "count":
            _print_count(answer, limit, offset)
        elif form is not None:
            data(_data(answer, counted, query, form))
        else:
            _show(archive, answer, counted, offset, score)
        talk_of(query, answer.diagnostics)
    sys.exit(0 if answer.total else 1)


@click.command(
    cls=Command,
    short_help="List the articles most like one.",
    dashes=True,
    examples=[
        "searchidx similar text/kishida-stoltenberg-tokyo.txt",
        "searchidx similar hg-1001 --limit 3 --json",
    ],
)
@id_argument
@index_option
@limit_option(f"Show at most N articles.  [default: {PAGE}]")
@_score_option
@_form("json", "Print the articles as JSON.")
@_form("jsonl", "Print each article as a line of JSON.")
@_form("csv", "Print the articles as CSV.")
@_form("ids", "Print the id of each article, a line each.")
@color_option
@pager_option
def similar(id: str, index: str, limit: int | None, score: bool, form: str | None) -> None:
    """List the articles most like the one of that id, the most similar first.

    Those that share the words which are frequent in it and rare elsewhere.
    """
    from searchidx.archive import open as open_archive

    if form is not None:
        limit = typed("limit", limit)
    with open_archive(index) as archive:
        if id not in archive:
            unknown(id, index)
        answer = archive.similar(id, limit=PAGE if limit is None else limit)
        if form is not None:
            data(_data(answer, [], id, form))
        else:
            _show(archive, answer, [], 0, score, "--limit shows more")
    sys.exit(0 if answer.total else 1)


def _print_explanation(explanation: Explanation, form: str | None) -> None:
    from searchidx.render.serialize import explanation_json, json_line
    from searchidx.render.terminal import explanation_lines

    if form in ("json", "jsonl"):
        data([json_line(explanation_json(explanation))])
    elif form is None:
        say(explanation_lines(explanation))
    else:
        raise click.UsageError(f"--explain goes with --json, not with --{form}")


def _print_count(answer: Hits | Groups, limit: int | None, offset: int) -> None:
    """How many hits or groups there are, or of them within a page that was asked for."""
    from searchidx.render.terminal import pluralize
    from searchidx.search.hits import Groups

    every = answer.distinct if isinstance(answer, Groups) else answer.total
    data([str(every if limit is None and not offset else len(answer))])
    if isinstance(answer, Groups):
        talk(f"{pluralize(answer.total, 'article')} in {pluralize(answer.distinct, 'group')}")


def _data(answer: Hits | Groups, facets: Sequence[Facet], query: str, form: str) -> Iterable[str]:
    from searchidx.render import serialize as formats
    from searchidx.search.hits import Groups

    if form == "csv" and facets:
        return formats.facets_csv(facets)
    if isinstance(answer, Groups):
        if form == "ids":
            return (group.hits[0].id for group in answer)
        if form != "json":
            return formats.groups_jsonl(answer) if form == "jsonl" else formats.groups_csv(answer)
        document = formats.groups_json(answer, query)
    else:
        if form == "ids":
            return (hit.id for hit in answer)
        if form != "json":
            return formats.hits_jsonl(answer) if form == "jsonl" else formats.hits_csv(answer)
        document = formats.hits_json(answer, query)
    if facets:
        document["facets"] = formats.facets_json(facets)["facets"]
    return [formats.json_line(document)]


def _show(
    archive: Archive,
    answer: Hits | Groups,
    facets: Sequence[Facet],
    offset: int,
    score: bool,
    more: str = "--limit and --offset show others",
) -> None:
    from searchidx.render.terminal import group_lines, hit_lines
    from searchidx.search.hits import Groups

    columns = width()

    def lines() -> Iterable[str]:
        if isinstance(answer, Groups):
            yield from group_lines(answer, offset + 1, columns, score)
        else:
            yield from hit_lines(answer, offset + 1, columns, score)
        if not facets:
            return
        from searchidx.render.text_tables import facet_lines

        for number, facet in enumerate(facets):
            if number or len(answer):
                yield ""
            yield from facet_lines(facet, columns)

    say(lines())
    talk(_summary(archive, answer, offset, more))


def _summary(archive: Archive, answer: Hits | Groups, offset: int, more: str) -> str:
    from searchidx.render.terminal import pluralize
    from searchidx.search.hits import Groups

    if not answer.total:
        return f"no hits among {pluralize(len(archive), 'article')}"
    if isinstance(answer, Groups):
        every, listed = answer.distinct, "groups"
        found = f"{pluralize(answer.total, 'hit')} in {pluralize(every, 'group')}"
    else:
        every, listed = answer.total, "hits"
        found = pluralize(every, "hit")
    if len(answer) == every:
        return found
    shown = f"{listed} {offset + 1:,} to {offset + len(answer):,}" if len(answer) else "none shown"
    return f"{found}, {shown}: {more}"
