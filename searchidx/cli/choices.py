"""Values of options, copied from the library: loading its modules would slow `--help`. A test compares the copies."""

from __future__ import annotations

FACETS = ("source", "section", "edition", "language", "byline", "keyword", "year", "month", "label")
"""`searchidx.search.aggregations.FACETS`."""
LABEL_COLORS = ("blue", "green", "orange", "purple", "red", "teal", "yellow", "gray")
"""`searchidx.workspace.labels.COLORS`."""
ORDERS = ("relevance", "best", "fresh", "newest", "oldest", "headline")
"""`searchidx.search.orders.ORDERS`."""
UNITS = ("day", "week", "month", "year")
"""`searchidx.search.aggregations.UNITS`."""
EXPORT_FORMATS = ("jsonl", "csv", "ris", "bibtex", "csl-json", "txt")
"""`searchidx.export.export_formats.EXPORT_FORMATS`."""
