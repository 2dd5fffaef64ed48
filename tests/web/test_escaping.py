"""Every field and parameter is escaped on every route.

An unescaped probe gives an element `zq-x`, an attribute `data-zq` or a `javascript:` address. Two parsers read the
pages; an XML parser reads the feeds, and their passages are read as HTML.
"""

from __future__ import annotations

import html
import itertools
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import lxml.html
import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

import searchidx
from searchidx.article import FIELD_NAMES
from searchidx.web.api import OPERATIONS
from searchidx.web.operation import PREFIX

PROBES = (
    "<zq-x data-zq>",
    "<script data-zq>alert(1)</script>",
    '"><zq-x data-zq>',
    "'><zq-x data-zq>",
    '" data-zq="1',
    "' data-zq='1",
    " data-zq=1 ",
    "` data-zq=1 `",
    "--><zq-x data-zq><!--",
    "</title></style></script></textarea></svg><zq-x data-zq>",
    "]]><zq-x data-zq/>",
    "&lt;zq-x data-zq&gt;",
    "&#60;zq-x data-zq&#62;",
    "%3Czq-x%20data-zq%3E",
    "\\x3czq-x data-zq\\x3e",
    "\u2028<zq-x data-zq>\u2029",
    "＜zq-x data-zq＞<zq-x data-zq>",
    "<<zq-x data-zq//<",
    "javascript:alert(1)//<zq-x data-zq>",
    "data:text/html,<zq-x data-zq>",
    "//zq.example/<zq-x data-zq>",
    "{{ 7 * 191 }}{% raw %}${7*191}<zq-x data-zq>",
    "\x00<zq-x data-zq>\x1b[31m",
    "a\r\nX-Zq: 1\r\n\r\n<zq-x data-zq>",
)
LINKING = {"href", "src", "action", "formaction", "data", "poster", "xlink:href", "content"}
KEPT = ("text/csv", "text/plain", "application/x-")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of articles with each probe in each field; all bodies differ."""
    folder = tmp_path_factory.mktemp("hostile") / "index"
    with searchidx.create(folder).writer() as writer:
        for number, (field, probe) in enumerate(itertools.product(FIELD_NAMES, PROBES)):
            values: dict[str, Any] = {"id": f"a{number}", "headline": f"Zq number n{number}", "source": "Zq"}
            words = " ".join(f"w{number}x{n}" for n in range(12))
            values["body"] = f"zq {words}"
            values["provenance"] = {"headline": f"<title> {probe}", "date": probe} if number % 3 else None
            if field == "id":
                values["id"] = "".join(filter(str.isprintable, probe)).strip() + f" n{number}"
            elif field == "keywords":
                values["keywords"] = ["zq", probe]
            elif field == "date":
                values["date"] = ("2023", "2023-02", "2023-02-01")[number % 3]
            elif field == "ocr":
                values["ocr"] = 0.5
            elif field in ("headline", "body"):
                values[field] = f"Zq {probe} {values[field]}"
            elif field != "provenance":
                values[field] = probe
            writer.add(searchidx.Article(**values))
    return folder


@pytest.fixture(scope="module")
def asked(client_of: Callable[..., TestClient], hostile: Path) -> Iterator[TestClient]:
    with client_of(hostile) as client:  # one event loop for all requests
        yield client


class _Elements(HTMLParser):
    """Collects the name and attributes of every element, with the parser of the standard library."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def elements(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every element of a page, from two parsers."""
    yield from _Elements(text).found
    for element in lxml.html.document_fromstring(text.encode(), parser=lxml.html.HTMLParser(encoding="utf-8")).iter():
        if isinstance(element.tag, str):
            yield element.tag, dict(element.attrib)


def require_text(answer: Any, where: str) -> None:
    """Assert that a response has the security headers and no markup from a probe."""
    assert answer.status_code < 500, where
    assert "x-zq" not in answer.headers, where
    assert answer.headers["x-content-type-options"] == "nosniff", where
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy, where
    assert "unsafe" not in policy, where
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if "location" in answer.headers:
        target = urlsplit(answer.headers["location"])
        assert (target.scheme, target.netloc) == ("", ""), where
        assert answer.headers["location"].startswith("/"), where
        assert not answer.headers["location"].startswith("//"), where
    elif kind == "text/html":
        assert "charset=utf-8" in answer.headers["content-type"], where
        for tag, values in elements(answer.text):
            assert "zq-x" not in tag, (where, tag)
            assert tag not in ("base", "style", "iframe", "object", "embed", "frame", "applet"), (where, tag)
            assert "data-zq" not in values, (where, tag)
            is_data = values == {"type": "application/ld+json"}
            assert tag != "script" or is_data or values.get("src", "").startswith("/static/"), (where, values)
            for name, value in values.items():
                assert not name.startswith("on"), (where, tag, name)
                assert name not in ("style", "srcdoc"), (where, tag, name)
                if name in LINKING and name != "content":
                    require_address(value, where)
        for data in re.findall(r'<script type="application/ld\+json">(.*?)</script>', answer.text, re.DOTALL):
            assert not set(data) & set("<>&"), where
            assert json.loads(data)["@type"] == "NewsArticle", where
        assert "1337" not in answer.text, where  # a template of the probe's own
    elif kind.endswith("+xml"):
        for element in ET.fromstring(answer.content).iter():
            assert "zq-x" not in element.tag, where
            for name, value in element.attrib.items():
                if name == "href":
                    require_address(value, where)
            if element.get("type") == "html" or element.tag == "description":
                for found in lxml.html.fragment_fromstring(element.text or "", create_parent="div").iterdescendants():
                    assert found.tag == "b", (where, element.text)
            if element.tag.endswith("title") and element.get("type") is None and "channel" in answer.text:
                assert "<" not in (element.text or ""), where
    elif "json" in kind:
        for line in filter(None, answer.text.split("\n")) if "ndjson" in kind else [answer.text]:
            json.loads(line)
    elif kind:
        assert kind.startswith((*KEPT, "application/", "image/", "text/css", "text/javascript")), (where, kind)
        if kind.startswith(KEPT):
            assert answer.headers["content-disposition"].startswith("attachment; "), where


def require_address(value: str, where: str) -> None:
    """Assert that an address leads to a page and runs no script."""
    address = value.strip("".join(map(chr, range(33))))
    assert re.match(r"(https?://|/(?!/)|[#?]|\Z)", address, re.IGNORECASE) or address.startswith("/static/"), (
        where,
        value,
    )


def paths(client: TestClient) -> list[str]:
    return [route.path for route in client.app.routes if isinstance(route, Route)]  # type: ignore[attr-defined]


def parameters(client: TestClient, path: str) -> list[str]:
    """The parameters of a route, from its error about an unknown one."""
    answer = client.get(path, params={"~~~~": "1"}, headers={"Accept": "application/json"})
    if answer.status_code != 400:
        return []
    found = re.search(r"is not one of ([a-z_, ]+)", html.unescape(answer.text))
    return found[1].split(", ") if found else []


def valid(client: TestClient, path: str) -> dict[str, str]:
    """Valid values for the parameters of a route."""
    given = {"q": "zq", "id": "a0", "field": "source"}
    return {name: given[name] for name in parameters(client, path) if name in given}


def test_article_fields_are_escaped_on_every_route(asked: TestClient, hostile: Path) -> None:
    with searchidx.open(hostile) as archive:
        articles = list(archive.articles("zq"))
    assert len(articles) == len(FIELD_NAMES) * len(PROBES)
    by_id = {article.id: article for article in articles}
    pages = -(-len(articles) // 20)
    seen = 0
    for path in paths(asked):
        names = parameters(asked, path)
        values = valid(asked, path)
        variants: list[dict[str, str]] = [values]
        if "id" in names:
            variants = [{**values, "id": article.id} for article in articles]
        elif "page" in names:
            variants = [{**values, "page": str(page), "sort": "headline"} for page in range(1, pages + 1)]
            if "sort" not in names:
                variants = [{**values, "page": str(page)} for page in range(1, pages + 1)]
        if "view" in names:
            variants += [{**values, "view": view} for view in ("context", "words", "query")]
        if "format" in names:
            variants += [
                {**values, "format": each}
                for each in ("csv", "jsonl", "json", "ids", "ris", "bibtex", "csl-json", "txt")
            ]
        for variant in variants:
            answer = asked.get(path, params=variant)
            require_text(answer, f"{path} {variant}")
            seen += answer.status_code == 200
            if path == "/article" and "<html" in answer.text:
                shown = " ".join(lxml.html.document_fromstring(answer.text.replace("\x00", " ")).text_content().split())
                article = by_id[variant["id"]]
                for text in (article.headline, article.body.replace("\x00", " ")):
                    assert " ".join(text.split()) in shown, (path, variant)
    assert seen > len(articles)


def test_parameters_are_escaped_on_every_route(asked: TestClient) -> None:
    kinds = set()
    for path in paths(asked):
        values = valid(asked, path)
        of_text = [name for name in parameters(asked, path) if name in ("q", "id")]
        others = [name for name in (*parameters(asked, path), None) if name not in of_text]
        some = itertools.product(others, PROBES[::3])  # which are refused before anybody looks at them, most of them
        for name, probe in (*itertools.product(of_text, PROBES), *some):
            given = {**values, (probe if name is None else name): probe}
            answer = asked.get(f"{path}?{urlencode(given)}")
            require_text(answer, f"{path} {name} {probe!r}")
            kinds.add(answer.headers.get("content-type", "").partition(";")[0])
            if name == "q":  # what a probe is as a word to look for, and as one beside others
                for query in (f'"{probe}"', f"zq OR headline:({probe}"):
                    require_text(asked.get(path, params={**values, "q": query}), f"{path} {query!r}")
    assert {"application/json", "application/problem+json", "application/atom+xml"} <= kinds


def test_paths_are_escaped(asked: TestClient) -> None:
    places = [f"{path.rstrip('/')}/PROBE" for path in (*paths(asked), "/")]
    places += [re.sub(r"\{[^}]*\}", "PROBE", path) for path in paths(asked) if "{" in path]
    for place, probe in itertools.product(dict.fromkeys(places), PROBES):
        where = place.replace("PROBE", probe)
        url = "/".join(urlencode({"": part})[1:].replace("+", "%20") for part in where.split("/"))
        require_text(asked.get(url, headers={"Accept": "text/html"}), where)


@pytest.mark.parametrize(
    "name",
    ["accept", "accept-language", "cookie", "if-none-match", "origin", "range", "referer", "user-agent",
     "x-forwarded-for", "x-forwarded-host", "forwarded", "authorization", "last-event-id"],
)  # fmt: skip
def test_request_headers_are_escaped(asked: TestClient, name: str) -> None:
    for path in ("/feed.atom?q=zq", "/api/v1/search?q=zq", "/nothing"):
        for probe in PROBES:
            value = "".join(char for char in probe if " " <= char <= "~")
            require_text(asked.get(path, headers={name: value}), f"{path} {name} {value}")


@pytest.mark.parametrize(
    "host",
    [
        "zq.example",
        "zq.example:8000",
        "127.0.0.1.zq.example",
        "localhost.zq.example",
        "127.0.0.1@zq.example",
        "127.0.0.1:8000@zq.example",
        "127.0.0.1:zq",
        '127.0.0.1:80"><zq-x data-zq>',
        "127.0.0.1:80/zq.example",
        "127.0.0.1:80#",
        "[::1]zq.example",
        "[::1].zq.example:80",
        "[::1",
        "",
        "2130706433",
    ],
)
def test_foreign_host_header_is_rejected(asked: TestClient, host: str) -> None:
    for path in ("/feed.atom?q=zq", "/opensearch.xml", "/suggestions?q=z", "/api/v1/search?q=zq"):
        assert asked.get(path, headers={"Host": host}).status_code == 421, host


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost:1", "LOCALHOST", "[::1]:8000", "[::1]", "10.1.2.3:9"]
)
def test_absolute_links_use_the_requested_host(asked: TestClient, host: str) -> None:
    answer = asked.get("/opensearch.xml", headers={"Host": host})
    assert answer.status_code == 200
    assert f'template="http://{host}/opensearch.xml"' in answer.text


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/x/../../../setup.cfg", "/static/..%2f..%2fsetup.cfg", "/static/x//etc/passwd",
     "/static/%2e%2e/%2e%2e/etc/passwd", "/etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd", "/manifest.json", "/lock"],
)  # fmt: skip
def test_path_traversal_is_404(asked: TestClient, path: str) -> None:
    assert asked.get(path).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_write_methods_are_405(asked: TestClient, method: str) -> None:
    writing = {f"{PREFIX}/{each.name}" for each in OPERATIONS if each.method == method}
    lists = {f"{PREFIX}/batch", "/list"} if method == "POST" else set()  # they have a body, which is missing
    for path in paths(asked):
        answer = asked.request(method, path)
        if path in lists:
            assert answer.status_code < 500, path
        elif path in writing:  # the server does not write, and parameters are missing
            assert answer.status_code in (400, 403), path
        else:
            assert answer.status_code in (404, 405), path
        require_text(answer, path)
