"""What an alert found, as text, HTML and Atom.

The text of articles is never markup: it is escaped wherever the format has markup.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any
from xml.etree import ElementTree as ET

from searchidx.article import Article
from searchidx.render.feed_formats import add_element, to_xml
from searchidx.render.terminal import pluralize
from searchidx.workspace.alerts import CHANGED, LATE, NEW, Alert, Match

REASONS = {NEW: "new", LATE: "late arrival", CHANGED: "changed"}
"""A reason as people read it."""
_NAMESPACE = uuid.UUID("1c7c1f0e-52c3-49a5-9a2e-d0b3b1a7c9f4")
"""The namespace of the UUIDs of feeds and entries."""
_EPOCH = "1970-01-01T00:00:00Z"

Payload = dict[str, Any]
"""What a delivery tells, see `searchidx.workspace.alert_run`."""


def subject(payload: Payload) -> str:
    """The subject of a mail."""
    return f"{payload['alert']}: {pluralize(len(payload['articles']), 'article')}"


def text_digest(payload: Payload) -> Iterator[str]:
    """The lines of a digest as text."""
    yield f"{subject(payload)} for {payload['query']}"
    for number, article in enumerate(payload["articles"], 1):
        yield ""
        yield f"{number}. {_one_line(article['headline']) or '[no headline]'}"
        yield f"   {_about(article)}"
        if article["passage"]["text"]:
            yield f"   {_one_line(article['passage']['text'])}"
        if article["url"]:
            yield f"   {_one_line(article['url'])}"
        yield f"   {article['id']}"
        if article["similar"]:
            sources = ", ".join(_one_line(each["source"] or each["id"]) for each in article["similar"])
            yield f"   {len(article['similar'])} similar: {sources}"


def html_digest(payload: Payload) -> str:
    """A digest as an HTML document without scripts, styles or remote content."""
    items = "".join(map(_html_item, payload["articles"]))
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{escape(subject(payload))}</title></head><body>'
        f"<h1>{escape(subject(payload))}</h1><p>for <code>{escape(payload['query'])}</code></p>"
        f"<ol>{items}</ol></body></html>"
    )


def _html_item(article: dict[str, Any]) -> str:
    headline = _marked(article["headline"], article["headline_spans"]) or "[no headline]"
    if article["url"].lower().startswith(("https://", "http://")):
        headline = f'<a href="{escape(article["url"])}" rel="noreferrer">{headline}</a>'
    similar = ""
    if article["similar"]:
        sources = ", ".join(escape(each["source"] or each["id"]) for each in article["similar"])
        similar = f"<br>{len(article['similar'])} similar: {sources}"
    passage = _marked(article["passage"]["text"], article["passage"]["spans"])
    return (
        f"<li><p><strong>{headline}</strong><br>{escape(_about(article))}<br>{passage}<br>"
        f"<code>{escape(article['id'])}</code>{similar}</p></li>"
    )


def _marked(text: str, spans: Sequence[Sequence[int]]) -> str:
    """A text as HTML, with its matches bold."""
    parts, done = [], 0
    for start, end in spans:
        parts += [escape(text[done:start]), f"<b>{escape(text[start:end])}</b>"]
        done = end
    return "".join([*parts, escape(text[done:])])


def _about(article: dict[str, Any]) -> str:
    parts = (REASONS[article["reason"]], article["date"] or "undated", article["source"])
    return " · ".join(_one_line(part) for part in parts if part)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def atom_feed(alert: Alert, entries: Sequence[tuple[Match, Article | None]], url: str = "") -> str:
    """The Atom feed (RFC 4287) of what an alert reported; articles that are gone are only named."""
    root = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
    add_element(root, "title", f"{alert.name} – searchidx")
    add_element(root, "subtitle", alert.query)
    add_element(root, "id", _urn("feed", alert.name, alert.added))
    add_element(root, "updated", max((match.at for match, _ in entries), default=alert.added or _EPOCH))
    add_element(add_element(root, "author"), "name", "searchidx")
    if url:
        add_element(root, "link", rel="self", type="application/atom+xml", href=url)
    for match, article in entries:
        entry = add_element(root, "entry")
        add_element(entry, "title", (_one_line(article.headline) if article else "") or match.id)
        add_element(entry, "id", _urn("entry", alert.name, alert.added, match.id))
        add_element(entry, "updated", match.at)
        add_element(entry, "category", term=match.reason)
        if article is None:
            add_element(entry, "summary", f"{match.id} is no longer in the archive")
            continue
        if article.url.lower().startswith(("https://", "http://")):
            add_element(entry, "link", rel="alternate", href=article.url)
        date = None if article.date is None else str(article.date)
        about = {"reason": match.reason, "date": date, "source": article.source}
        add_element(entry, "summary", f"{_about(about)}: {match.id}")
    return to_xml(root)


def _urn(*parts: str) -> str:
    return uuid.uuid5(_NAMESPACE, "\n".join(parts)).urn
