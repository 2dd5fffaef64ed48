"""Downloads of the page: CSV for spreadsheets, in the order shown, named by query and day; compression."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import lxml.html
import pytest
from servers import ask
from starlette.testclient import TestClient

import searchidx
from searchidx import Article
from searchidx.web.download_name import content_disposition, download_name

TODAY = dt.date.today().isoformat()


def downloads(client: TestClient, **parameters: str) -> dict[str, str]:
    """The links of the menu "Download all", by name."""
    tree = lxml.html.document_fromstring(client.get("/", params=parameters).text)
    return {link.text: link.get("href") for link in tree.cssselect("a[download]")}


@pytest.mark.parametrize("name", ["CSV", "Snippets, CSV", "Occurrences, CSV", "Timeline, CSV", "Words, CSV"])
def test_page_downloads_csv_with_a_byte_order_mark(client: TestClient, name: str) -> None:
    answer = client.get(downloads(client, q="bank")[name])
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert f'filename="bank-{TODAY}.csv"' in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert len(rows) > 1
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize("format", ["CSV", "Snippets, CSV"])
@pytest.mark.parametrize("sort", ["", "newest", "headline", "relevance"])
def test_downloads_keep_the_order_of_the_page(client: TestClient, sort: str, format: str) -> None:
    asked = {"q": "bank OR strait", "copies": "apart", **({"sort": sort} if sort else {})}
    tree = lxml.html.document_fromstring(client.get("/", params=asked).text)
    shown = [" ".join(each.text_content().split()) for each in tree.cssselect(".hits h2")]
    rows = csv.DictReader(io.StringIO(client.get(downloads(client, **asked)[format]).content.decode("utf-8-sig")))
    assert [row["headline"] for row in rows] == shown
    assert len(shown) > 10


def test_programs_get_csv_without_a_mark(client: TestClient) -> None:
    assert client.get("/api/v1/hits", params={"q": "bank", "format": "csv"}).content.startswith(b"id,")


def test_formulas_are_text_and_the_page_says_so(client_of: Callable[..., TestClient], tmp_path: Path) -> None:
    with searchidx.create(tmp_path / "index").writer() as writer:
        writer.add(Article("one", "=HYPERLINK(1)", "word", byline="@SUM(1)"))
    client = client_of(tmp_path / "index")
    text = client.get(downloads(client, q="word")["CSV"]).content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["headline"], row["byline"]) == ("'=HYPERLINK(1)", "'@SUM(1)")
    assert "an apostrophe before = + - @" in client.get("/", params={"q": "word"}).text


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ('"Taiwan Strait" date:2023', "Taiwan-Strait-date-2023-2026-11-29.csv"),
        ("../../etc/passwd", "etc-passwd-2026-11-29.csv"),
        ('a"\r\nX-Evil: 1', "a-X-Evil-1-2026-11-29.csv"),
        ("*", "articles-2026-11-29.csv"),
        ("word " * 40, "word-" * 12 + "2026-11-29.csv"),
        (["nato", "japan"], "nato-japan-2026-11-29.csv"),
        ("京都 é", "京都-é-2026-11-29.csv"),
    ],
)
def test_files_are_named_by_query_and_day(query: str | list[str], name: str) -> None:
    assert download_name(query, dt.date(2026, 11, 29), "csv") == name
    header = content_disposition(name)
    assert header.isascii()
    if name.isascii():
        assert header == f'attachment; filename="{name}"'
    else:
        assert unquote(header.rpartition("''")[2]) == name


# -- compression -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/?q=nato", "/api/v1/search?q=*&limit=50", "/api/v1/export?q=*&format=jsonl"])
def test_answers_are_compressed_where_a_client_takes_it(
    running: Callable[..., object], corpus_index: Path, path: str
) -> None:
    with running(corpus_index) as port:  # type: ignore[attr-defined]
        plain, packed = ask(port, path), ask(port, path, Accept_Encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers.get("vary", "Accept-Encoding") == "Accept-Encoding"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    assert packed.headers["etag"] == plain.headers["etag"]
    assert packed.headers["etag"].startswith('W/"')
