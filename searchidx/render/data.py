"""Hits as data: JSON, JSON Lines, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from searchidx.hits import Explanation, Hits

__all__ = ["csv_lines", "json_document", "jsonl_lines"]

VERSION = 1
_COLUMNS = ("id", "headline", "date", "score", "byline", "dateline", "section", "source", "language", "keywords", "url",
            "path", "snippet")  # fmt: skip


def json_document(hits: Hits, query: str) -> dict[str, Any]:
    """A page of hits as plain values; the format is `docs/cli.md`'s."""
    return {
        "version": VERSION,
        "query": query,
        "total": hits.total,
        "hits": [hit.to_dict() for hit in hits],
        "diagnostics": [diagnostic.to_dict() for diagnostic in hits.diagnostics],
    }


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """How a query was understood, as one JSON document."""
    return {"version": VERSION, **explanation.to_dict()}


def jsonl_lines(hits: Hits) -> Iterator[str]:
    """A line of JSON for each hit."""
    for hit in hits:
        yield json.dumps(hit.to_dict(), ensure_ascii=False)


def csv_lines(hits: Hits) -> Iterator[str]:
    """CSV as RFC 4180 has it: a line of names, then one for each hit; keywords parted by `; `."""
    yield _row(list(_COLUMNS))
    for hit in hits:
        values = hit.to_dict()
        values["keywords"] = "; ".join(values["keywords"])
        values["snippet"] = values["snippet"]["text"]
        yield _row([values[name] if values[name] is not None else "" for name in _COLUMNS])


def _row(values: list[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()
