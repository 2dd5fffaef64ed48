"""Templates to pages. Whatever stands in an article or a query is text: it is escaped here, and nowhere is it not.

A passage comes as pieces of text, each of which matched or did not, so no template has to know of places in a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from searchidx.dates import PartialDate
from searchidx.render.citation import format_date
from searchidx.render.terminal import pluralize
from searchidx.search.hits import Snippet
from searchidx.web.assets import address

__all__ = ["Piece", "paragraphs", "pieces", "render"]

_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z\d]{1,8})*")
_WEB = re.compile(r"https?://", re.IGNORECASE)


class Piece(NamedTuple):
    """A piece of a passage; `number` counts what matched from 1 on, and is 0 for what stands between."""

    text: str
    number: int


def pieces(snippet: Snippet) -> list[Piece]:
    """All of a passage, what matched apart from what did not."""
    return list(_pieces(snippet.text, snippet.spans, 0, len(snippet.text), 1))


def paragraphs(body: Snippet) -> list[list[Piece]]:
    """The paragraphs of a body, blank ones left out; what matched is numbered through all of them."""
    found = []
    start, number = 0, 1
    for line in body.text.split("\n"):
        end = start + len(line)
        here = [span for span in body.spans if span[0] < end and span[1] > start]
        if line.strip():
            found.append(list(_pieces(body.text, here, start, end, number)))
            number += len(here)
        start = end + 1
    return found


def _pieces(text: str, spans: Any, start: int, end: int, number: int) -> Iterator[Piece]:
    for first, last in spans:
        first, last = max(first, start), min(last, end)
        if first > start:
            yield Piece(text[start:first], 0)
        yield Piece(text[first:last], number)
        number += 1
        start = last
    if start < end:
        yield Piece(text[start:end], 0)


def _said(date: PartialDate | None, with_time: bool = False) -> str:
    return "undated" if date is None else format_date(date, with_time)


def _number(count: int) -> str:
    return f"{count:,}"


def _language(tag: str) -> str:
    """A language tag that a browser may be told; empty for any other text."""
    return tag if _TAG.fullmatch(tag) else ""


def _outward(url: str) -> str:
    """An address that a link may lead to: of the web, nothing that a browser would run."""
    return url if _WEB.match(url) else ""


_environment = Environment(
    loader=PackageLoader("searchidx.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    language=_language, number=_number, outward=_outward, pieces=pieces, plural=pluralize, said=_said
)
_environment.globals["asset"] = address
_templates = {name: _environment.get_template(name) for name in _environment.list_templates()}
"""All of them, made before anybody waits for one."""


def render(name: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """A page of a template."""
    return HTMLResponse(_templates[f"{name}.html"].render(values), status)
