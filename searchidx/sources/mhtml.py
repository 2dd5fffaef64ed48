"""MHTML: a page that a browser saved as one file, a mail whose first HTML part is the page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from searchidx.sources.mail import parse_message
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile

_HEADER = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_RELATED = re.compile(rb"^content-type:\s*multipart/related", re.IGNORECASE | re.MULTILINE)
_SAVED = re.compile(rb"^(?:snapshot-content-location:|from: *\"?<?saved by)", re.IGNORECASE | re.MULTILINE)


def recognises(head: bytes) -> bool:
    """Whether the header of a saved page begins here."""
    header = _HEADER.match(head)
    return header is not None and bool(_RELATED.search(header[0]) and _SAVED.search(header[0]))


def members(file: SourceFile) -> Iterator[SourceFile | Skip]:
    """The page, under the file's own name."""
    try:
        message = parse_message(file.read())
        for part in message.walk():
            if part.get_content_type() in ("text/html", "application/xhtml+xml"):
                data = part.get_payload(decode=True)
                url = part.get("Content-Location") or message.get("Snapshot-Content-Location")
                charset = part.get_content_charset()
                if isinstance(data, bytes):
                    yield file.member(None, data, file.url or (str(url).strip() if url else None), charset)
                    return
    except (LookupError, AttributeError, TypeError, ValueError, RecursionError):
        yield Skip(file.name, "the saved page cannot be read")
        return
    yield Skip(file.name, "it holds no page")
