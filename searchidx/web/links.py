"""Links of the pages, and the URLs of downloads."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from searchidx.web.operation import PREFIX


@dataclass(frozen=True, slots=True)
class Link:
    """A link; `is_current` if it leads to the page it is on."""

    text: str
    url: str
    is_current: bool = False


def export_url(query: str, format: str, sort: str = "") -> str:
    """Return the URL of all hits of a query in an export format."""
    marks = {"bom": "true"} if format == "csv" else {}
    return download_url("export", q=query, format=format, **({"sort": sort} if sort else {}), **marks)


def download_url(operation: str, **parameters: str) -> str:
    """Return the URL of an operation of the API."""
    return f"{PREFIX}/{operation}?{urlencode(parameters)}"
