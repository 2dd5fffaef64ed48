"""One record that cannot be read costs itself: the others of its file are read, and a skip names its place.

The error is one that no reader foresees, raised where the article of the record is made.
"""

from __future__ import annotations

import csv
import email.message
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from source_files import read_path, write_source

from searchidx import Article
from searchidx.sources import Skip
from tests.sources.press_layouts import LAYOUTS, Layout
from tests.sources.press_samples import PIECES

HEADLINES = ("Alpha opens", "Bravo closes", "Boom breaks", "Delta floods", "Echo answers")
BODY = "The council met on Tuesday and decided to repair the bridge before the winter begins."


def json_lines() -> str:
    return "".join(json.dumps({"id": n, "headline": each, "body": BODY}) + "\n" for n, each in enumerate(HEADLINES))


def json_array() -> str:
    return json.dumps([{"id": n, "headline": each, "body": BODY} for n, each in enumerate(HEADLINES)])


def table(delimiter: str) -> str:
    made = io.StringIO()
    csv.writer(made, delimiter=delimiter).writerows(
        [("id", "headline", "body"), *((n, each, BODY) for n, each in enumerate(HEADLINES))]
    )
    return made.getvalue()


def rss() -> str:
    items = "".join(f"<item><title>{each}</title><description>{BODY}</description></item>" for each in HEADLINES)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>'


def atom() -> str:
    entries = "".join(
        f"<entry><id>urn:{n}</id><title>{each}</title><content>{BODY}</content></entry>"
        for n, each in enumerate(HEADLINES)
    )
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>{entries}</feed>'


def ris() -> str:
    return "".join(f"TY  - NEWS\nTI  - {each}\nAB  - {BODY}\nER  - \n\n" for each in HEADLINES)


def csl_json() -> str:
    return json.dumps(
        [
            {"id": f"k{n}", "type": "article-newspaper", "title": each, "abstract": BODY}
            for n, each in enumerate(HEADLINES)
        ]
    )


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for n, each in enumerate(HEADLINES):
            archive.writestr(f"{n}.txt", f"{each}\n\n{BODY}\n")
    return made.getvalue()


def tarred() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for n, each in enumerate(HEADLINES):
            content = f"{each}\n\n{BODY}\n".encode()
            member = tarfile.TarInfo(f"{n}.txt")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def mbox() -> bytes:
    made = io.BytesIO()
    for each in HEADLINES:
        message = email.message.EmailMessage()
        message["From"], message["Subject"], message["Date"] = "a@b.example", each, "Wed, 01 Feb 2023 10:00:00 +0000"
        message.set_content(BODY + "\n")
        made.write(b"From a@b.example Wed Feb  1 10:00:00 2023\n" + message.as_bytes() + b"\n")
    return made.getvalue()


def web_archive() -> bytes:
    records = []
    for n, each in enumerate(HEADLINES):
        page = f"{each}\n\n{BODY}\n".encode()
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + page
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://post.example/{n}.txt\r\n"
            f"WARC-Date: 2023-02-0{n + 1}T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:{n:032}>\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
        )
        records.append(head.encode() + http + b"\r\n\r\n")
    return b"".join(records)


FILES: dict[str, Callable[[], str | bytes]] = {
    "a.jsonl": json_lines,
    "a.jsonl.gz": lambda: gzip.compress(json_lines().encode()),
    "a.json": json_array,
    "a.csv": lambda: table(","),
    "a.tsv": lambda: table("\t"),
    "a.rss": rss,
    "a.atom": atom,
    "a.ris": ris,
    "csl.json": csl_json,
    "a.zip": zipped,
    "a.tar.gz": tarred,
    "a.mbox": mbox,
    "a.warc": web_archive,
}


@pytest.mark.parametrize("name", FILES)
def test_unforeseen_error_costs_one_record(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_source(tmp_path, name, FILES[name]())
    assert headlines(read_path(path)) == list(HEADLINES)
    fail_at(HEADLINES[2], monkeypatch)
    items = read_path(path)
    assert headlines(items) == [*HEADLINES[:2], *HEADLINES[3:]]
    (skip,) = [each for each in items if isinstance(each, Skip)]
    assert skip.place.startswith(path.name)
    assert skip.place != path.name


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_unforeseen_error_costs_one_article_of_a_press_database(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_source(tmp_path, layout.name, layout.file(PIECES, layout.languages[0]))
    expected = [piece.headline for piece in PIECES]
    assert headlines(read_path(path)) == expected
    fail_at(expected[1], monkeypatch)
    items = read_path(path)
    assert headlines(items) == [expected[0], *expected[2:]]
    assert any(isinstance(each, Skip) and each.place != path.name for each in items)


def headlines(items: list[Article | Skip]) -> list[str]:
    return [each.headline for each in items if isinstance(each, Article)]


def fail_at(headline: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the making of the article with a headline raise an error that no reader foresees."""
    make = Article.__init__

    def fail(self: Article, *values: Any, **named: Any) -> None:
        make(self, *values, **named)
        if self.headline == headline:
            raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Article, "__init__", fail)
