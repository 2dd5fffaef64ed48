"""Web archives that are cut off at any byte: the whole records are read, and the cut is named."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from searchidx import Article
from searchidx.sources import SourceFile, read_file

pytest.importorskip("warcio")
TEXT = "The harbour council met for three hours and agreed to dredge the western basin before the spring tides. " * 3


def make_record(number: int) -> bytes:
    page = f"<!DOCTYPE html><html><body><article><h1>Article {number}</h1><p>{TEXT}</p></article></body></html>"
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page.encode()
    header = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Date: 2023-02-05T00:00:00Z\r\n"
        f"WARC-Target-URI: http://post.example/{number}.html\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(http)}\r\n\r\n"
    )
    return header.encode() + http + b"\r\n\r\n"


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
@pytest.mark.parametrize("share", [0.0, 0.002, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.0])
def test_truncated_last_record_is_skipped_and_the_others_read(
    pack: Callable[[bytes], bytes], share: float, tmp_path: Path
) -> None:
    records = [pack(make_record(number)) for number in (1, 2, 3)]
    size = int(len(records[2]) * share)
    path = tmp_path / "a.warc"
    path.write_bytes(records[0] + records[1] + records[2][:size])
    items = list(read_file(SourceFile(path, "a.warc")))
    articles = sum(isinstance(item, Article) for item in items)
    assert articles == (3 if share == 1 else 2)
    assert len(items) - articles == (0 < size < len(records[2]))
