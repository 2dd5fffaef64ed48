"""Lists of queries over HTTP: the operation batch, and the page that a list is pasted into."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

import searchidx
from searchidx.archive import Archive
from searchidx.web import query_lists
from searchidx.web.middleware.security import MAX_LIST_BYTES

LIST = 'nato\n\n"Taiwan Strait"\nbank AND (\nnosuchword\n'
TABLE = "party,name\nleft,Kishida\nright,Stoltenberg\n"
SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "schemas" / "batch.json").read_text())
Run = Callable[..., SimpleNamespace]


@pytest.fixture(scope="module")
def archive(corpus_index: Path) -> Iterator[Archive]:
    with searchidx.open(corpus_index) as archive:
        yield archive


def post(client: TestClient, text: str, **values: str) -> Any:
    return client.post("/api/v1/batch", params=values, content=text.encode())


@pytest.mark.parametrize(
    ("text", "options", "values"),
    [
        (LIST, [], {}),
        (LIST, ["--ids"], {"ids": "true"}),
        (TABLE, ["--column", "name", "--by", "year"], {"column": "name", "by": "year"}),
        (TABLE, ["--column", "name", "--by", "year", "--share"], {"column": "name", "by": "year", "share": "true"}),
    ],
)
def test_batch_equals_the_command_line(
    client: TestClient,
    run: Run,
    corpus_index: Path,
    tmp_path: Path,
    text: str,
    options: list[str],
    values: dict[str, str],
) -> None:
    (tmp_path / "list").write_text(text)
    words = ("batch", tmp_path / "list", *options, "--index", corpus_index)
    found = post(client, text, format="csv", **values)
    assert found.status_code == 200
    assert found.headers["content-disposition"].endswith('.csv"')
    assert list(csv.reader(io.StringIO(found.text))) == list(csv.reader(io.StringIO(run(*words).out)))
    lines = post(client, text, **values).text
    assert lines == run(*words, "--jsonl").out
    for line in lines.splitlines():
        Draft202012Validator(SCHEMA).validate(json.loads(line))
    assert len(lines.splitlines()) >= 2


def test_batch_answers_ten_thousand_lines_in_order(client: TestClient, archive: Archive) -> None:
    words = ["nato", "bank", "nosuchword", "("]
    found = post(client, "\n".join(words[n % 4] for n in range(10_000))).text.splitlines()
    assert len(found) == 10_000
    totals = [archive.search("nato").total, archive.search("bank").total, 0, 0]
    assert [json.loads(line)["total"] for line in found] == totals * 2_500
    too_many = post(client, "nato\n" * 10_001)
    assert (too_many.status_code, "10,001 lines" in too_many.json()["detail"]) == (413, True)


def test_batch_limits_the_length_of_a_list(client: TestClient) -> None:
    assert post(client, "x" * (MAX_LIST_BYTES + 1)).status_code == 413
    chunked = client.post("/api/v1/batch", content=iter([b"nato\n"]))
    assert chunked.status_code == 413
    assert client.post("/api/v1/search", content=b"x" * (1 << 17)).status_code == 413


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        (TABLE, {"column": "colour"}, "no column 'colour'"),
        ("name,total\nx,1\n", {"column": "name"}, "'total'"),
        ("name\n" + "x" * 200_000 + "\n", {"column": "name"}, "not CSV"),
        (TABLE, {"share": "true"}, "needs by=year"),
        (TABLE, {"by": "decade"}, "must be one of year"),
    ],
)
def test_batch_reports_a_list_it_cannot_read(
    client: TestClient, text: str, values: dict[str, str], message: str
) -> None:
    limit = csv.field_size_limit(131_072)  # reading a table of articles raises it for good
    try:
        found = post(client, text, **values)
    finally:
        csv.field_size_limit(limit)
    assert found.status_code == 400
    assert message in found.json()["detail"]


def test_batch_is_read_as_utf_8(client: TestClient) -> None:
    found = client.post("/api/v1/batch", content="\ufeffnato\n".encode())
    assert json.loads(found.text)["query"] == "nato"
    assert client.post("/api/v1/batch", content=b"caf\xe9\n").status_code == 400


def test_a_query_that_takes_too_long_has_its_error_beside_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter(range(0, 10**9, 100))  # every look at the clock is 100 seconds later
    monkeypatch.setattr("searchidx.engines.timeout.monotonic", lambda: next(now))
    found = [json.loads(line) for line in post(client, "nato\n(\n").text.splitlines()]
    assert "longer than its limit" in found[0]["error"]
    assert len(found) == 2


class _Cells(HTMLParser):
    """The texts of table cells, row by row; the text of the textarea; scripts and styles within the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.area = ""
        self.inline: list[str] = []
        self.links: list[str | None] = []
        self._into: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._into = tag if tag in ("td", "th", "textarea") else self._into if tag == "a" else None
        if tag == "tr":
            self.rows.append([])
        if tag == "a" and self._into == "td":
            self.links.append(dict(attrs)["href"])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self.inline += [name for name, _ in attrs if name == "style" or name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self._into = None

    def handle_data(self, data: str) -> None:
        if self._into in ("td", "th"):
            self.rows[-1][-1] += data
        elif self._into == "textarea":
            self.area += data


def test_page_shows_the_table_of_a_pasted_list(client: TestClient, archive: Archive) -> None:
    empty = client.get("/list")
    assert (empty.status_code, _Cells(empty.text).rows) == (200, [])
    assert '<form class="compose" action="/list" method="post">' in empty.text
    assert '<a href="/list">' in client.get("/").text
    found = client.post("/list", data={"list": LIST.replace("\n", "\r\n"), "as": "page"})
    page = _Cells(found.text)
    assert found.status_code == 200
    assert page.rows[0] == ["query", "total", "first", "last", "error"]
    assert [row[0] for row in page.rows[1:]] == ["nato", '"Taiwan Strait"', "bank AND (", "nosuchword"]
    assert page.rows[1][1] == str(archive.search("nato").total)
    assert page.rows[3][4] == "this bracket is never closed"
    assert page.links[:2] == ["/?q=nato", "/?q=%22Taiwan+Strait%22"]
    assert page.area.split() == LIST.split()
    assert page.inline == []
    assert "script-src 'self'" in found.headers["content-security-policy"]


def test_page_sends_the_table_as_csv(client: TestClient) -> None:
    data = {"list": TABLE, "column": "name", "by": "year", "share": "yes", "ids": "yes", "as": "csv"}
    found = client.post("/list", data=data)
    assert found.headers["content-type"].startswith("text/csv")
    assert "attachment" in found.headers["content-disposition"]
    values = {"column": "name", "by": "year", "share": "true", "ids": "true", "format": "csv"}
    assert found.text == post(client, TABLE, **values).text


def test_page_escapes_the_list_and_reports_a_wrong_column(client: TestClient) -> None:
    hostile = '</textarea><script>alert(1)</script>,"<img src=x>"\n'
    found = client.post("/list", data={"list": f"a,b\n{hostile}", "column": "a"})
    assert "<script>alert" not in found.text
    assert "<img" not in found.text
    wrong = client.post("/list", data={"list": TABLE, "column": "colour"})
    assert (wrong.status_code, "no column" in wrong.text) == (400, True)
    assert client.post("/list", data={"other": "x"}).status_code == 200  # a form without a list has no lines
    assert client.post("/list", content=b"list=%ff").status_code == 400


def test_page_shows_the_first_lines_of_a_long_list(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_lists, "MAX_SHOWN", 2)
    found = client.post("/list", data={"list": "nato\nbank\nsea\n"})
    assert len(_Cells(found.text).rows) == 3
    assert "The first 2 lines" in found.text


def test_lists_from_other_sites_are_refused(client: TestClient) -> None:
    for path in ("/list", "/api/v1/batch"):
        found = client.post(path, content=b"nato", headers={"Origin": "https://example.org"})
        assert found.status_code == 403
