"""Answers as data: JSON, JSON Lines, CSV.

What `*_json` gives is one document of plain values with the version of its format; what `*_jsonl` and `*_csv` give are
lines without their ends. docs/json.md describes the formats, docs/schemas/ holds a JSON Schema of each.

CSV is what spreadsheets open, and they run a cell that begins with `=`, `+`, `-` or `@` as a formula, whoever wrote the
page it came from. So text that begins so gets an apostrophe before it, which spreadsheets take for "this is text", be
there blanks or apostrophes before the sign: taking one away from every text that begins so gives back what there was.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from searchidx.search.hits import HIT

if TYPE_CHECKING:
    from searchidx.article import Article
    from searchidx.ingest.report import Report
    from searchidx.search.aggregations import (
        Facet,
        Stats,
        Timeline,
        Words,
    )
    from searchidx.search.hits import (
        Explanation,
        Groups,
        Hit,
        Hits,
        KwicLine,
        Snippet,
    )

__all__ = [
    "VERSION",
    "article_json",
    "csv_row",
    "explanation_json",
    "facets_csv",
    "facets_json",
    "groups_csv",
    "groups_json",
    "groups_jsonl",
    "hits_csv",
    "hits_json",
    "hits_jsonl",
    "json_line",
    "kwic_csv",
    "kwic_jsonl",
    "report_json",
    "stats_json",
    "timeline_csv",
    "timeline_json",
    "words_csv",
    "words_json",
]

VERSION = 1
"""Of the formats. A name that is added leaves it; one that goes, or comes to mean something else, raises it."""

_KWIC = ("id", "headline", "date", "zone", "left", "match", "right")
_FACET = ("value", "count", "corpus", "share")
_WORD = ("list", "word", "count", "articles", "corpus", "score")
_PERIOD = ("period", "start", "stop", "corpus")

_FORMULA = re.compile(r"[\s']*[=+\-@＝＋－＠]")  # the wide ones are run where a spreadsheet is Japanese or Chinese

json_line: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False).encode
"""Plain values as one line of JSON, without its end."""


def hits_json(hits: Hits, query: str) -> dict[str, Any]:
    """A page of hits; of similar articles, `query` is the id of the one that they are like."""
    return {
        "version": VERSION,
        "query": query,
        "total": hits.total,
        "hits": hits.to_dicts(),
        "diagnostics": [diagnostic.to_dict() for diagnostic in hits.diagnostics],
    }


def hits_jsonl(hits: Iterable[Hit]) -> Iterator[str]:
    """A line for each hit."""
    return (json_line(hit.to_dict()) for hit in hits)


def hits_csv(hits: Iterable[Hit]) -> Iterator[str]:
    """A line of names, then one for each hit; keywords parted by `; `."""
    return _table(HIT, (_flat(hit.to_dict()) for hit in hits))


def groups_json(groups: Groups, query: str) -> dict[str, Any]:
    """A page of hits whose near-duplicates are grouped."""
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
    """A line for each group."""
    return (json_line(group.to_dict()) for group in groups)


def groups_csv(groups: Groups) -> Iterator[str]:
    """A line of names, then one for each hit of each group, which is named by the id of its first."""
    rows = ({"group": group.hits[0].id, **_flat(hit.to_dict())} for group in groups for hit in group.hits)
    return _table(("group", *HIT), rows)


def facets_json(facets: Iterable[Facet]) -> dict[str, Any]:
    """All hits by the values of some fields."""
    return {
        "version": VERSION,
        "facets": [{"field": facet.field, "total": facet.total, "values": facet.to_dicts()} for facet in facets],
    }


def facets_csv(facets: Iterable[Facet]) -> Iterator[str]:
    """A line of names, then one for each value of each field; that of the hits without any is empty."""
    rows = ({"field": facet.field, **row} for facet in facets for row in facet.to_dicts())
    return _table(("field", *_FACET), rows)


def timeline_json(timeline: Timeline) -> dict[str, Any]:
    """What some queries find, period by period; `counts` and `shares` are in the order of the queries."""
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
        "imprecise": _uncalled(imprecise),
        "undated": _uncalled(undated),
    }


def _uncalled(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a timeline that is no period."""
    return {name: row[name] for name in ("corpus", "counts", "shares")}


def timeline_csv(timeline: Timeline) -> Iterator[str]:
    """A line of names, then one for each period, then "imprecise" and "undated".

    A column for each query holds counts, then one for each what that is per thousand articles of the period.
    """
    shares = (f"{query} (per 1,000 articles)" for query in timeline.queries)
    yield csv_row([*_PERIOD, *timeline.queries, *shares])
    for row in timeline.to_dicts():
        yield csv_row([*(row[name] for name in _PERIOD), *row["counts"], *row["shares"]])


def kwic_jsonl(lines: Iterable[KwicLine]) -> Iterator[str]:
    """A line for each occurrence, as `KwicLine.to_dict` has it; what those of one article share is written once."""
    article: tuple[Any, ...] = ()
    begin = ""
    for line in lines:
        if line[:3] != article:
            article = line[:3]
            begin = json_line({name: line.to_dict()[name] for name in ("id", "headline", "date")})[:-1]
        _, _, _, zone, left, match, right = line
        texts = f'"left": {json_line(left)}, "match": {json_line(match)}, "right": {json_line(right)}'
        yield f'{begin}, "zone": "{zone}", {texts}}}'


def kwic_csv(lines: Iterable[KwicLine]) -> Iterator[str]:
    """A line of names, then one for each occurrence."""
    return _table(_KWIC, (line.to_dict() for line in lines))


def words_json(words: Words, query: str) -> dict[str, Any]:
    """The words of the hits of a query."""
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
    """A line of names, then one for each distinctive word, then for each frequent one."""
    return _table(_WORD, words.to_dicts())


def stats_json(stats: Stats) -> dict[str, Any]:
    """What is in an index."""
    return {"version": VERSION, **stats.to_dict()}


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """How a query was understood."""
    return {"version": VERSION, **explanation.to_dict()}


def article_json(article: Article, matched: tuple[Snippet, Snippet] | None, query: str | None) -> dict[str, Any]:
    """A whole article; with the spans of headline and body that a query matched, where one was given."""
    document = {"version": VERSION, **article.to_dict()}
    if matched is not None:
        headline, body = ([list(span) for span in each.spans] for each in matched)
        document |= {"query": query, "matched": {"headline": headline, "body": body}}
    return document


def report_json(report: Report) -> dict[str, Any]:
    """What a build did."""
    return {"version": VERSION, **report.to_dict()}


def _flat(hit: dict[str, Any]) -> dict[str, Any]:
    """The values of a hit as cells of a table."""
    return {**hit, "keywords": "; ".join(hit["keywords"]), "snippet": hit["snippet"]["text"]}


def _table(names: Sequence[str], rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield csv_row(names)
    for row in rows:
        yield csv_row([row[name] for name in names])


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


_write_row: Callable[[Iterable[Any]], Any] = csv.writer(_Line(), lineterminator="\r\n").writerow


def csv_row(values: Iterable[Any]) -> str:
    """A line of CSV as RFC 4180 has it, without its end; None is an empty cell."""
    line: str = _write_row(
        ["'" + value if isinstance(value, str) and _FORMULA.match(value) else value for value in values]
    )
    return line[:-2]  # written with an end all the same, since it says what has to be quoted
