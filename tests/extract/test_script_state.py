"""Articles in the data of a page's scripts."""

from __future__ import annotations

import json

import pytest
from lxml import html

from searchidx.extract.body import read_script_state

LINES = [f"Paragraph {n} tells what happened at the river on that day, and who was there to see it." for n in range(6)]
MARKUP = "".join(f"<p>{line}</p>" for line in LINES)


def read(script: str) -> list[str]:
    return read_script_state(html.document_fromstring(f"<body><div id=app></div>{script}</body>"))


@pytest.mark.parametrize("content", [MARKUP, "\n".join(LINES), LINES, [{"type": "p", "text": line} for line in LINES]])
@pytest.mark.parametrize(
    "script",
    [
        '<script id="__NEXT_DATA__" type="application/json">{}</script>',
        "<script>window.__STATE__ = {};</script>",
        "<script>var a = 1; window.__DATA__={}; run()</script>",
    ],
)
def test_article_in_a_script_is_read(script: str, content: object) -> None:
    data = json.dumps({"page": {"menu": ["Home", "News"], "article": {"id": 7, "body": content}}})
    assert read(script.replace("{}", data.replace("</", "<\\/"))) == LINES


def test_article_in_a_parsed_string_is_read() -> None:
    data = json.dumps(json.dumps({"body": LINES}))
    assert read(f"<script>window.s = JSON.parse({data})</script>") == LINES


@pytest.mark.parametrize(
    "script",
    [
        "<script>function f() { return 1 } " + "x = y; " * 200 + "</script>",
        '<script type="application/json">{"broken": ' + "[" * 5000 + "</script>",
        '<script type="application/json">' + json.dumps({"css": "a{b:c}" * 300, "menu": ["Home"] * 300}) + "</script>",
        '<script type="application/ld+json">' + json.dumps({"text": LINES}) + "</script>",
    ],
)
def test_script_without_an_article_gives_nothing(script: str) -> None:
    assert read(script) == []
