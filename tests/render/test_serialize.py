"""JSON, JSON Lines and CSV hold the values of the answer, line by line and cell by cell."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchidx import Article
from searchidx.archive import Archive
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.render import serialize
from searchidx.search.hits import KwicLine

_numbers = count()

ARTICLES = [
    Article("a1", "NATO in Tokyo", "Leaders of NATO met in Tokyo.\nTalks on trade go on today.", "2023-02-01",
            byline="By Jane Doe", source="The Japan News", section="Politics", language="en", keywords=["a; b"]),
    Article("a2", "NATO in Tokyo (wire)", "Leaders of NATO met in Tokyo.\nTalks on trade go on today.", "2023-02-02",
            source="Reuters", section="World", language="en"),
    Article("=a3", '=HYPERLINK("http://x")', 'The "NATO", they said,\ris here.\x00\u2028', "2023-02", source="-wire"),
    Article("a4", "東京", "東京で NATO の会合。", "2022", language="ja"),
    Article("a5", "", "+1 for NATO, they said.", None),
    Article("a6", "Oil falls", "Oil prices fell.", "2023-04-05T10:00:00+09:00", source="Reuters", section="World"),
]  # fmt: skip


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    engine = ReferenceEngine.create(Path(f"data-{next(_numbers)}"))
    with engine.writer() as writer:
        for article in ARTICLES:
            writer.add(article)
    with Archive(engine) as archive:
        yield archive


def table(lines: Iterable[str]) -> list[dict[str, str]]:
    """Rows of a table, read back."""
    text = "\n".join(lines)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert all(None not in row and None not in row.values() for row in rows)
    return rows


def cells(row: dict[str, Any]) -> dict[str, str]:
    """Plain values as a table has them."""
    return {name: "" if value is None else cell(value) for name, value in row.items()}


def cell(value: object) -> str:
    marked = isinstance(value, str) and re.match(r"[\s']*[=+\-@]", value)
    return f"'{value}" if marked else str(value)


def test_hits_have_the_same_values_in_json_jsonl_and_csv(archive: Archive) -> None:
    hits = archive.search("NATO", limit=3)
    document = serialize.hits_json(hits, "NATO")
    assert (document["version"], document["query"], document["total"]) == (1, "NATO", 5)
    assert document["hits"] == [hit.to_dict() for hit in hits]
    assert [json.loads(line) for line in serialize.hits_jsonl(hits)] == document["hits"]
    rows = [
        {**hit, "keywords": "; ".join(hit["keywords"]), "snippet": hit["snippet"]["text"]} for hit in document["hits"]
    ]
    assert table(serialize.hits_csv(hits)) == [cells(row) for row in rows]
    assert table(serialize.hits_csv(archive.search("nothing"))) == []


def test_hits_json_has_the_diagnostics(archive: Archive) -> None:
    document = serialize.hits_json(archive.search("met leaders or"), "met leaders or")
    assert document["diagnostics"]
    assert set(document["diagnostics"][0]) == {"kind", "severity", "message", "start", "end", "suggestion"}


def test_groups_have_the_same_values_in_json_jsonl_and_csv(archive: Archive) -> None:
    groups = archive.groups("NATO", 0.9, limit=None)
    document = serialize.groups_json(groups, "NATO")
    assert (document["total"], document["distinct"], document["threshold"]) == (5, 4, 0.9)
    assert sum(1 + len(group["members"]) for group in document["groups"]) == 5
    assert [json.loads(line) for line in serialize.groups_jsonl(groups)] == document["groups"]
    rows = table(serialize.groups_csv(groups))
    assert [(row["group"], row["id"]) for row in rows] == [
        (cell(group.hits[0].id), cell(hit.id)) for group in groups for hit in group.hits
    ]
    assert {"a1", "a2"} in [{row["id"] for row in rows if row["group"] == first} for first in ("a1", "a2")]


def test_facets_have_the_same_values_in_json_and_csv(archive: Archive) -> None:
    facets = [archive.facet("NATO", field) for field in ("source", "year")]
    document = serialize.facets_json(facets)
    assert [facet["field"] for facet in document["facets"]] == ["source", "year"]
    for facet, found in zip(facets, document["facets"], strict=True):
        assert found["values"] == facet.to_dicts()
        assert sum(row["count"] for row in found["values"]) == found["total"] == 5
    rows = [{"field": facet.field, **row} for facet in facets for row in facet.to_dicts()]
    assert table(serialize.facets_csv(facets)) == [cells(row) for row in rows]


def test_timeline_has_the_same_values_in_json_and_csv(archive: Archive) -> None:
    timeline = archive.timeline("NATO", "=oil", by="month")
    document = serialize.timeline_json(timeline)
    assert document["queries"] == [{"query": "NATO", "total": 5}, {"query": "=oil", "total": 1}]
    periods = document["periods"]
    assert [row["period"] for row in periods] == ["2023-02", "2023-03", "2023-04"]
    for number, query in enumerate(document["queries"]):
        counts = [row["counts"][number] for row in (*periods, document["imprecise"], document["undated"])]
        assert sum(counts) == query["total"]
    assert (document["imprecise"]["counts"], document["undated"]["counts"]) == ([1, 0], [1, 0])
    rows = table(serialize.timeline_csv(timeline))
    assert list(rows[0]) == [
        "period", "start", "stop", "corpus", "NATO", "'=oil", "NATO (per 1,000 articles)", "'=oil (per 1,000 articles)"
    ]  # fmt: skip
    assert [row["period"] for row in rows] == ["2023-02", "2023-03", "2023-04", "imprecise", "undated"]
    assert [[int(row["NATO"]), int(row["'=oil"])] for row in rows] == [row["counts"] for row in timeline.to_dicts()]


def test_kwic_lines_have_the_same_values_in_jsonl_and_csv(archive: Archive) -> None:
    lines = list(archive.kwic("NATO", width=20))
    assert len(lines) == 7
    values = [line.to_dict() for line in lines]
    assert [json.loads(line) for line in serialize.kwic_jsonl(lines)] == values
    assert list(serialize.kwic_jsonl(lines)) == [serialize.json_line(value) for value in values]
    assert table(serialize.kwic_csv(lines)) == [cells(row) for row in values]


@pytest.mark.parametrize("write", [serialize.kwic_jsonl, serialize.kwic_csv])
def test_kwic_line_is_written_before_the_next_is_read(write: Callable[[Iterable[KwicLine]], Iterator[str]]) -> None:
    asked = count()
    line = KwicLine("a", "h", None, "body", "l", "m", "r")
    next(write(line for _ in iter(lambda: next(asked), 5)))
    assert next(asked) <= 1


def test_words_have_the_same_values_in_json_and_csv(archive: Archive) -> None:
    words = archive.terms("NATO", limit=3)
    document = serialize.words_json(words, "NATO")
    rows = words.to_dicts()
    for name in ("distinctive", "frequent"):
        assert document[name] == [{k: v for k, v in row.items() if k != "list"} for row in rows if row["list"] == name]
        assert len(document[name]) == 3
    assert table(serialize.words_csv(words)) == [cells(row) for row in rows]


def test_stats_json_has_the_version(archive: Archive) -> None:
    document = serialize.stats_json(archive.stats())
    assert (document["version"], document["articles"], document["undated"]) == (1, 6, 1)
    assert document["fingerprint"] == archive.fingerprint
    assert sum(row["articles"] for row in document["years"]) == 5
    json.dumps(document)


def test_explanation_json_has_the_version(archive: Archive) -> None:
    document = serialize.explanation_json(archive.explain("NATO -oil"))
    assert document == {"version": 1, **archive.explain("NATO -oil").to_dict()}


@given(st.lists(st.none() | st.integers() | st.text(), min_size=2, max_size=5))
def test_csv_row_escapes_formulas(values: list[object]) -> None:
    line = serialize.csv_row(values)
    (found,) = csv.reader(io.StringIO(line + "\r\n", newline=""), strict=True)
    for value, got in zip(values, found, strict=True):
        if isinstance(value, str):
            assert not re.match(r"\s*[=+\-@＝＋－＠]", got)
            assert value in (got, got[1:])
            assert (got if value == got else got[0]) in (value, "'")
        else:
            assert got == ("" if value is None else str(value))
