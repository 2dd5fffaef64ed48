"""Commands that print lists of articles: query, similar."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from searchidx.cli.choices import FACETS, ORDERS
from searchidx.cli.command import (
    Command,
    all_versions_option,
    explicit_value,
    fail_unknown_id,
    format_option,
    id_argument,
    indexes_option,
    limit_option,
    offset_option,
    open_archive,
    print_diagnostics,
    query_argument,
    timeout_option,
    workspace_option,
)
from searchidx.cli.output import color_option, pager_option, print_lines, print_message, text_width, write_data

if TYPE_CHECKING:
    from searchidx.archive import Archive
    from searchidx.search.aggregations import Facet
    from searchidx.search.hits import Explanation, Groups, Hits
    from searchidx.search.score_explanation import ScoreExplanation

DEFAULT_LIMIT = 10

_score_option = click.option("--score", is_flag=True, help="Print the score of each hit.")


@click.command(
    cls=Command,
    short_help="Search for articles.",
    allows_dashes=True,
    examples=[
        """searchidx query 'NATO Japan'""",
        """searchidx query '"Taiwan Strait" date:2023-02..2023-08' --sort oldest""",
        """searchidx query 'headline:election OR section:politics' --facet source --facet year""",
        """searchidx query 'bank -headline:river' --score --sort headline""",
        """searchidx query 'date:2023' --group-similar 0.8 --count""",
        """searchidx query 'nato w/5 japan OR caps(US)' --explain""",
        """searchidx query 'central bank' --explain-score pages/negative-rates-end.html""",
    ],
)
@query_argument
@indexes_option
@workspace_option
@all_versions_option
@timeout_option
@limit_option(f"Print at most N hits.  [default: {DEFAULT_LIMIT}]")
@offset_option
@click.option(
    "--sort",
    type=click.Choice(ORDERS),
    default="relevance",
    show_default=True,
    help="Order of the hits. best: for six words or more, the first 50 reordered by what the best of them have in "
    "common; fresh: recent articles count more.",
)
@click.option(
    "--facet",
    "facets",
    type=click.Choice(FACETS),
    multiple=True,
    metavar="FIELD",
    help=f"Count all hits by FIELD: {', '.join(FACETS)}. Repeatable.",
)
@click.option(
    "--group-similar",
    "threshold",
    type=click.FloatRange(min=0, max=1, min_open=True),
    metavar="T",
    help="Group hits whose bodies have a similarity of at least T, 0 to 1. 0.8 finds wire copies and reprints.",
)
@_score_option
@format_option("json", "Print a page of hits as JSON.")
@format_option("jsonl", "Print a line of JSON for every hit.")
@format_option("csv", "Print every hit as CSV; with --facet, print the counts instead.")
@format_option("ids", "Print the id of every hit.")
@format_option("count", "Print only the number of hits; with --group-similar, the number of groups.")
@click.option(
    "--explain",
    is_flag=True,
    help="Instead of hits, print how the query is read, with the number of articles for each part.",
)
@click.option(
    "--explain-score",
    "explained",
    metavar="ID",
    help="Instead of hits, print what each part of the query adds to the score of the article with this id.",
)
@color_option
@pager_option
def query(
    query: str,
    index: tuple[str, ...],
    limit: int | None,
    offset: int,
    sort: str,
    facets: tuple[str, ...] | None,
    threshold: float | None,
    score: bool,
    output_format: str | None,
    explain: bool,
    explained: str | None,
) -> None:
    """Search for articles by words, "phrases", field:words, date:2023-02, AND, OR and NOT.

    Shells strip quotes, so quote a phrase twice: searchidx query '"Taiwan Strait"'.
    """
    if output_format is not None:
        limit, facets, threshold = (
            explicit_value("limit", limit),
            explicit_value("facets", facets),
            explicit_value("threshold", threshold),
        )
    if facets and output_format in ("jsonl", "ids", "count"):
        raise click.UsageError(f"--facet works with --json or --csv, not with --{output_format}")
    max_hits = limit if limit is not None else DEFAULT_LIMIT if output_format in (None, "json") else None
    if output_format == "count" and limit is None and not offset:
        max_hits = 0
    with open_archive(*index) as archive:
        if explain:
            explanation = archive.explain(query)
            _print_explanation(explanation, output_format)
            sys.exit(0 if explanation.articles else 1)
        if explained is not None:
            if explained not in archive:
                fail_unknown_id(explained, *index)
            explanation_of_score = archive.explain_score(query, explained)
            _print_score(explanation_of_score, output_format)
            sys.exit(0 if explanation_of_score.matches else 1)
        answer: Hits | Groups
        if threshold is None:
            answer = archive.search(query, limit=max_hits, offset=offset, sort=sort)
        else:
            answer = archive.groups(query, threshold, limit=max_hits, offset=offset, sort=sort)
        counted = [archive.facet(query, field) for field in dict.fromkeys(facets or ())]
        if output_format == "count":
            _print_count(answer, limit, offset)
        elif output_format is not None:
            write_data(_format_answer(answer, counted, query, output_format))
        else:
            _print_answer(archive, answer, counted, offset, score)
        print_diagnostics(query, answer.diagnostics)
    sys.exit(0 if answer.total else 1)


@click.command(
    cls=Command,
    short_help="List the articles most similar to one.",
    allows_dashes=True,
    examples=[
        "searchidx similar text/kishida-stoltenberg-tokyo.txt",
        "searchidx similar hg-1001 --limit 3 --json",
    ],
)
@id_argument
@indexes_option
@limit_option(f"Print at most N articles.  [default: {DEFAULT_LIMIT}]")
@_score_option
@format_option("json", "Print JSON.")
@format_option("jsonl", "Print a line of JSON for each article.")
@format_option("csv", "Print CSV.")
@format_option("ids", "Print the id of each article.")
@color_option
@pager_option
def similar(id: str, index: tuple[str, ...], limit: int | None, score: bool, output_format: str | None) -> None:
    """List the articles most similar to the one that has the ID, most similar first.

    Similar articles share words that are frequent in it and rare elsewhere.
    """
    if output_format is not None:
        limit = explicit_value("limit", limit)
    with open_archive(*index) as archive:
        if id not in archive:
            fail_unknown_id(id, *index)
        answer = archive.similar(id, limit=DEFAULT_LIMIT if limit is None else limit)
        if output_format is not None:
            write_data(_format_answer(answer, [], id, output_format))
        else:
            _print_answer(archive, answer, [], 0, score, "--limit shows more")
    sys.exit(0 if answer.total else 1)


def _print_explanation(explanation: Explanation, output_format: str | None) -> None:
    from searchidx.render.serialize import explanation_json, json_line
    from searchidx.render.terminal import explanation_lines

    if output_format in ("json", "jsonl"):
        write_data([json_line(explanation_json(explanation))])
    elif output_format is None:
        print_lines(explanation_lines(explanation))
    else:
        raise click.UsageError(f"--explain works with --json, not with --{output_format}")


def _print_score(explanation: ScoreExplanation, output_format: str | None) -> None:
    from searchidx.render.serialize import json_line, score_json
    from searchidx.render.terminal import score_lines

    if output_format in ("json", "jsonl"):
        write_data([json_line(score_json(explanation))])
    elif output_format is None:
        print_lines(score_lines(explanation))
    else:
        raise click.UsageError(f"--explain-score works with --json, not with --{output_format}")


def _print_count(answer: Hits | Groups, limit: int | None, offset: int) -> None:
    """Print the number of hits or groups; with a limit or offset, the number on that page."""
    from searchidx.render.terminal import pluralize
    from searchidx.search.hits import Groups

    total = answer.distinct if isinstance(answer, Groups) else answer.total
    write_data([str(total if limit is None and not offset else len(answer))])
    if isinstance(answer, Groups):
        print_message(f"{pluralize(answer.total, 'article')} in {pluralize(answer.distinct, 'group')}")


def _format_answer(answer: Hits | Groups, facets: Sequence[Facet], query: str, output_format: str) -> Iterable[str]:
    from searchidx.render import serialize as formats
    from searchidx.search.hits import Groups

    if output_format == "csv" and facets:
        return formats.facets_csv(facets)
    if isinstance(answer, Groups):
        if output_format == "ids":
            return (group.hits[0].id for group in answer)
        if output_format != "json":
            return formats.groups_jsonl(answer) if output_format == "jsonl" else formats.groups_csv(answer)
        document = formats.groups_json(answer, query)
    else:
        if output_format == "ids":
            return (hit.id for hit in answer)
        if output_format != "json":
            return formats.hits_jsonl(answer) if output_format == "jsonl" else formats.hits_csv(answer)
        document = formats.hits_json(answer, query)
    if facets:
        document["facets"] = formats.facets_json(facets)["facets"]
    return [formats.json_line(document)]


def _print_answer(
    archive: Archive,
    answer: Hits | Groups,
    facets: Sequence[Facet],
    offset: int,
    score: bool,
    more: str = "--limit and --offset show others",
) -> None:
    from searchidx.render.terminal import group_lines, hit_lines
    from searchidx.search.hits import Groups

    columns = text_width()

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

    print_lines(lines())
    print_message(_summary(archive, answer, offset, more))


def _summary(archive: Archive, answer: Hits | Groups, offset: int, more: str) -> str:
    from searchidx.render.terminal import pluralize
    from searchidx.search.hits import Groups

    if not answer.total:
        return f"no hits among {pluralize(len(archive), 'article')}"
    if isinstance(answer, Groups):
        total, items = answer.distinct, "groups"
        counts = f"{pluralize(answer.total, 'hit')} in {pluralize(total, 'group')}"
    else:
        total, items = answer.total, "hits"
        counts = pluralize(total, "hit")
    if len(answer) == total:
        return counts
    page = f"{items} {offset + 1:,} to {offset + len(answer):,}" if len(answer) else "none shown"
    return f"{counts}, {page}: {more}"
