"""Values of options, copied from the library: loading its modules would slow `--help`. A test compares the copies."""

from __future__ import annotations

FACETS = ("source", "section", "edition", "language", "byline", "keyword", "year", "month")
"""`searchidx.schema.FACET_FIELDS`."""
UNITS = ("day", "week", "month", "year")
"""`searchidx.search.aggregations.UNITS`."""
EXPORT_FORMATS = ("jsonl", "csv", "ris", "bibtex", "csl-json", "txt")
"""`searchidx.export.export_formats.EXPORT_FORMATS`."""
