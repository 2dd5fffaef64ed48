"""Jinja templates for the pages. Autoescaping is on: text of articles and queries never becomes markup.

Highlighted text reaches a template as pieces, each of which matched or did not, so templates handle no offsets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from searchidx.dates import PartialDate
from searchidx.query.rewrite import value_clause
from searchidx.render.citation import format_date
from searchidx.render.serialize import json_line
from searchidx.render.terminal import pluralize
from searchidx.search.hits import Snippet
from searchidx.web.assets import asset_url

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z\d]{1,8})*")
_SCRIPT_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
_WEB_URL = re.compile(r"https?://", re.IGNORECASE)


class TextPiece(NamedTuple):
    """A piece of highlighted text; `number` counts matches from 1, and is 0 for text that did not match."""

    text: str
    number: int


def text_pieces(snippet: Snippet) -> list[TextPiece]:
    """Split a snippet into matches and the text between them."""
    return list(_iter_pieces(snippet.text, snippet.spans, 0, len(snippet.text), 1))


def paragraphs(body: Snippet) -> list[list[TextPiece]]:
    """Split a body into the pieces of its paragraphs, without blank ones; matches are numbered throughout."""
    found = []
    start, number = 0, 1
    for line in body.text.split("\n"):
        end = start + len(line)
        spans = [span for span in body.spans if span[0] < end and span[1] > start]
        if line.strip():
            found.append(list(_iter_pieces(body.text, spans, start, end, number)))
            number += len(spans)
        start = end + 1
    return found


def _iter_pieces(text: str, spans: Iterable[tuple[int, int]], start: int, end: int, number: int) -> Iterator[TextPiece]:
    for span_start, span_end in spans:
        first, last = max(span_start, start), min(span_end, end)
        if first > start:
            yield TextPiece(text[start:first], 0)
        yield TextPiece(text[first:last], number)
        number += 1
        start = last
    if start < end:
        yield TextPiece(text[start:end], 0)


def _date_text(date: PartialDate | None, with_time: bool = False) -> str:
    return "undated" if date is None else format_date(date, with_time)


def _number(count: int) -> str:
    return f"{count:,}"


def _language_tag(tag: str) -> str:
    """Return a valid language tag as it is, and an empty string for other text."""
    return tag if _LANGUAGE_TAG.fullmatch(tag) else ""


def _web_url(url: str) -> str:
    """Return an http or https URL as it is, and an empty string for other text, such as `javascript:`."""
    return url if _WEB_URL.match(url) else ""


def _sentence(message: object) -> str:
    """Return a message of the library as a sentence: a capital first letter and a full stop."""
    text = str(message)
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".")


def _id_clause(id: str) -> str:
    """Return the clause that finds an article; empty if none can."""
    return value_clause("id", id) or ""


def _script_json(value: object) -> Markup:
    """Return a value as JSON for a script element of data. Escaped `<` keeps its text from ending the element."""
    return Markup(json_line(value).translate(_SCRIPT_ESCAPES))


_environment = Environment(
    loader=PackageLoader("searchidx.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    id_clause=_id_clause,
    date_text=_date_text,
    language_tag=_language_tag,
    number=_number,
    text_pieces=text_pieces,
    plural=pluralize,
    script_json=_script_json,
    sentence=_sentence,
    web_url=_web_url,
)
_environment.globals["asset_url"] = asset_url
_templates = {name: _environment.get_template(name) for name in _environment.list_templates()}
"""All templates, compiled at import, so that the first request does not wait for it."""


def render_page(name: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """Render a template as an HTML response."""
    return HTMLResponse(_templates[f"{name}.html"].render(values), status)
