"""Answers as JSON, JSON Lines and CSV.

The `*_json` functions return one document of plain values with the version of its format. The `*_jsonl` and `*_csv`
functions return lines without line ends. docs/json.md describes the formats; docs/schemas/ has their JSON Schemas.

Spreadsheets run a CSV cell that begins with `=`, `+`, `-` or `@` as a formula, even if it comes from a saved page. Such
a text gets an apostrophe before it, which spreadsheets read as "this is text", also if blanks or apostrophes precede
the sign. Removing one apostrophe from every text of this form restores the original.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from searchidx.search.hits import HIT_FIELDS

if TYPE_CHECKING:
    from searchidx.article import Article
    from searchidx.ingest.dry_run import DryRun
    from searchidx.ingest.report import Report
    from searchidx.search.aggregations import Facet, Stats, Timeline, Words
    from searchidx.search.comparison import Comparison
    from searchidx.search.history import Difference
    from searchidx.search.hits import Explanation, Groups, Hit, Hits, KwicLine, Snippet
    from searchidx.search.ngrams import Ngrams
    from searchidx.search.score_explanation import ScoreExplanation
    from searchidx.versions import Version

VERSION = 1
"""The version of the formats. It grows when a key is removed or changes its meaning, not when one is added."""

_KWIC_COLUMNS = ("id", "headline", "date", "zone", "left", "match", "right")
_FACET_COLUMNS = ("value", "count", "corpus", "share")
_WORD_COLUMNS = ("list", "word", "count", "articles", "corpus", "score")
_PERIOD_COLUMNS = ("period", "start", "stop", "corpus")
_NGRAM_COLUMNS = ("text", "size", "count", "articles", "per_million")
_COMPARISON_COLUMNS = ("of", "text", "size", *(
    f"{name}_{side}" for name in ("count", "articles", "per_million") for side in "ab"
), "score")  # fmt: skip
_COMPARED_PERIOD_COLUMNS = (*_PERIOD_COLUMNS, "corpus_words", *(
    f"{name}_{side}" for name in ("count", "share", "occurrences", "per_million") for side in "ab"
))  # fmt: skip

_FORMULA = re.compile(r"[\s']*[=+\-@＝＋－＠]")  # Japanese and Chinese spreadsheets run the wide signs

json_line: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False).encode
"""Encode plain values as one line of JSON, without a line end."""


def hits_json(hits: Hits, query: str) -> dict[str, Any]:
    """Return a page of hits; for similar articles, `query` is the id of the given article."""
    return {
        "version": VERSION,
        "query": query,
        "total": hits.total,
        "hits": hits.to_dicts(),
        "diagnostics": [diagnostic.to_dict() for diagnostic in hits.diagnostics],
    }


def hits_jsonl(hits: Iterable[Hit]) -> Iterator[str]:
    """Yield a line for each hit."""
    return (json_line(hit.to_dict()) for hit in hits)


def hits_csv(hits: Iterable[Hit]) -> Iterator[str]:
    """Return a header and a line for each hit; `; ` separates keywords."""
    rows = (_hit_cells(hit.to_dict()) for hit in hits)
    first = list(islice(rows, 1))
    versions = ["version"] if first and "version" in first[0] else []
    return _csv_lines((*HIT_FIELDS, *versions), chain(first, rows))


def groups_json(groups: Groups, query: str) -> dict[str, Any]:
    """Return a page of groups of near-duplicates."""
    return {
        "version": VERSION,
        "query": query,
        "total": groups.total,
        "distinct": groups.distinct,
        "threshold": groups.threshold,
        "groups": groups.to_dicts(),
        "diagnostics": [diagnostic.to_dict() for diagnostic in groups.diagnostics],
    }


def groups_jsonl(groups: Groups) -> Iterator[str]:
    """Yield a line for each group."""
    return (json_line(group.to_dict()) for group in groups)


def groups_csv(groups: Groups) -> Iterator[str]:
    """Yield a header and a line for each hit; the column "group" has the id of the first hit of its group."""
    rows = ({"group": group.hits[0].id, **_hit_cells(hit.to_dict())} for group in groups for hit in group.hits)
    return _csv_lines(("group", *HIT_FIELDS), rows)


def facets_json(facets: Iterable[Facet]) -> dict[str, Any]:
    """Return facets."""
    return {
        "version": VERSION,
        "facets": [{"field": facet.field, "total": facet.total, "values": facet.to_dicts()} for facet in facets],
    }


def facets_csv(facets: Iterable[Facet]) -> Iterator[str]:
    """Yield a header and a line for each value of each facet; an empty value counts the hits without one."""
    rows = ({"field": facet.field, **row} for facet in facets for row in facet.to_dicts())
    return _csv_lines(("field", *_FACET_COLUMNS), rows)


def timeline_json(timeline: Timeline) -> dict[str, Any]:
    """Return a timeline; `counts` and `shares` are in the order of the queries."""
    *periods, imprecise, undated = timeline.to_dicts()
    return {
        "version": VERSION,
        "by": timeline.by,
        "counted": timeline.counted,
        "queries": [
            {"query": query, "total": total} for query, total in zip(timeline.queries, timeline.totals, strict=True)
        ],
        "corpus": timeline.corpus,
        "periods": periods,
        "imprecise": _unnamed_row(imprecise),
        "undated": _unnamed_row(undated),
    }


def _unnamed_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of a timeline without the keys of a period."""
    return {name: row[name] for name in ("corpus", "counts", "shares")}


def timeline_csv(timeline: Timeline) -> Iterator[str]:
    """Yield a header, a line for each period, then "imprecise" and "undated".

    Each query has a column with its counts, then each has one with the counts per thousand articles of the period.
    """
    shares = (f"{query} (per 1,000 articles)" for query in timeline.queries)
    yield csv_row([*_PERIOD_COLUMNS, *timeline.queries, *shares])
    for row in timeline.to_dicts():
        yield csv_row([*(row[name] for name in _PERIOD_COLUMNS), *row["counts"], *row["shares"]])


def kwic_jsonl(lines: Iterable[KwicLine]) -> Iterator[str]:
    """Yield `KwicLine.to_dict` of each occurrence as a line; encodes the values of an article once."""
    article: tuple[Any, ...] = ()
    prefix = ""
    for line in lines:
        if line[:3] != article:
            article = line[:3]
            prefix = json_line({name: line.to_dict()[name] for name in ("id", "headline", "date")})[:-1]
        _, _, _, zone, left, match, right = line
        texts = f'"left": {json_line(left)}, "match": {json_line(match)}, "right": {json_line(right)}'
        yield f'{prefix}, "zone": "{zone}", {texts}}}'


def kwic_csv(lines: Iterable[KwicLine]) -> Iterator[str]:
    """Yield a header and a line for each occurrence."""
    return _csv_lines(_KWIC_COLUMNS, (line.to_dict() for line in lines))


def words_json(words: Words, query: str) -> dict[str, Any]:
    """Return the words of the hits of a query."""
    lists: dict[str, list[dict[str, Any]]] = {"distinctive": [], "frequent": []}
    for row in words.to_dicts():
        lists[row.pop("list")].append(row)
    return {
        "version": VERSION,
        "query": query,
        "total": words.total,
        "words": words.words,
        "corpus_words": words.corpus_words,
        **lists,
    }


def words_csv(words: Words) -> Iterator[str]:
    """Yield a header and a line for each distinctive, then each frequent word."""
    return _csv_lines(_WORD_COLUMNS, words.to_dicts())


def ngrams_json(ngrams: Ngrams) -> dict[str, Any]:
    """Return the n-grams of the hits of a query."""
    return {
        "version": VERSION,
        "query": ngrams.query,
        "total": ngrams.total,
        "words": ngrams.words,
        "ngrams": ngrams.to_dicts(),
    }


def ngrams_csv(ngrams: Ngrams) -> Iterator[str]:
    """Yield a header and a line for each n-gram."""
    return _csv_lines(_NGRAM_COLUMNS, ngrams.to_dicts())


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison of two queries."""
    return {"version": VERSION, **comparison.to_dict()}


def comparison_csv(comparison: Comparison) -> Iterator[str]:
    """Yield a header and a line for each distinctive word and phrase."""
    return _csv_lines(_COMPARISON_COLUMNS, comparison.to_dicts())


def compared_timeline_csv(comparison: Comparison) -> Iterator[str]:
    """Yield a header and a line for each period of the two timelines."""
    return _csv_lines(_COMPARED_PERIOD_COLUMNS, comparison.timeline_dicts())


def stats_json(stats: Stats) -> dict[str, Any]:
    """Return the statistics of an index."""
    return {"version": VERSION, **stats.to_dict()}


def history_json(versions: Sequence[Version]) -> dict[str, Any]:
    """Return the versions of an article, each with its whole text."""
    return {
        "version": VERSION,
        "id": versions[-1].article.id,
        "versions": [version.to_dict() for version in versions],
    }


def difference_json(difference: Difference) -> dict[str, Any]:
    """Return the difference between two versions of an article."""
    return {"version": VERSION, **difference.to_dict()}


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """Return the reading of a query."""
    return {"version": VERSION, **explanation.to_dict()}


def score_json(explanation: ScoreExplanation) -> dict[str, Any]:
    """Return the parts of a score."""
    return {"version": VERSION, **explanation.to_dict()}


def article_json(article: Article, matched: tuple[Snippet, Snippet] | None, query: str | None) -> dict[str, Any]:
    """Return a whole article; for a query, with the spans of its matches in headline and body."""
    document = {"version": VERSION, **article.to_dict()}
    if matched is not None:
        headline, body = ([list(span) for span in each.spans] for each in matched)
        document |= {"query": query, "matched": {"headline": headline, "body": body}}
    return document


def report_json(report: Report) -> dict[str, Any]:
    """Return the report of a build."""
    return {"version": VERSION, **report.to_dict()}


def dry_run_json(found: DryRun) -> dict[str, Any]:
    """Return what a file would give a build."""
    return {
        "version": VERSION,
        "formats": [{"format": title, "documents": count} for title, count in found.formats.items()],
        "total": found.count,
        "articles": [article.to_dict() for article in found.articles],
        "skipped": [{"place": skip.place, "reason": skip.reason} for skip in found.skips],
    }


def _hit_cells(hit: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a hit as cells of a table."""
    return {**hit, "keywords": "; ".join(hit["keywords"]), "snippet": hit["snippet"]["text"]}


def _csv_lines(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield csv_row(columns)
    for row in rows:
        yield csv_row([row[name] for name in columns])


class _EchoFile:
    """A file whose `write` returns the text."""

    def write(self, text: str) -> str:
        return text


_write_row: Callable[[Iterable[Any]], Any] = csv.writer(_EchoFile(), lineterminator="\r\n").writerow


def csv_row(values: Iterable[Any]) -> str:
    """Encode values as a line of CSV (RFC 4180) without a line end; None is an empty cell."""
    line: str = _write_row(
        ["'" + value if isinstance(value, str) and _FORMULA.match(value) else value for value in values]
    )
    return line[:-2]  # the writer needs a line end to know which characters to quote
