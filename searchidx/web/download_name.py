"""Names of downloaded files: the query and the day, `taiwan-strait-2026-11-29.csv`."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

_MAX_LENGTH = 60
"""Characters of the query in a name. Some file systems allow 255 bytes in all."""
_NOT_IN_NAME = re.compile(r"[^\w]+")


def download_name(queries: str | Sequence[str], today: dt.date, suffix: str) -> str:
    """Return a file name of letters, digits and hyphens."""
    text = queries if isinstance(queries, str) else " ".join(queries)
    slug = _NOT_IN_NAME.sub("-", unicodedata.normalize("NFC", text)).strip("-")[:_MAX_LENGTH].rstrip("-")
    return f"{slug or 'articles'}-{today}.{suffix}"


def content_disposition(filename: str) -> str:
    """Return the header that names a download (RFC 6266), with an ASCII name for old clients."""
    if filename.isascii():
        return f'attachment; filename="{filename}"'
    decomposed = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    return f"attachment; filename=\"{decomposed.strip('-')}\"; filename*=UTF-8''{quote(filename, safe='')}"
