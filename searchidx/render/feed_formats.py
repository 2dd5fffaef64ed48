"""A search as an Atom or RSS feed, and the OpenSearch description of an archive: XML.

Text of articles is never markup. Snippets are sent as HTML, because feed readers treat them as HTML in any case: they
are escaped first, and matches are bold. Some readers treat the titles of RSS as HTML, others as text; only their `<` is
escaped, so that none begins a tag.

Feeds need times, articles have partial dates. A day is sent as noon UTC, which is on that day nearly everywhere. A
month, a year or no date is sent as no time. Atom requires a time of update for each entry: there it is the first noon
of the month or year, or noon of 1970-01-01 without a date. `dc:date` is the partial date.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.utils import format_datetime
from html import escape
from urllib.parse import quote
from xml.etree import ElementTree as ET

from searchidx.dates import PartialDate
from searchidx.render.author_names import parse_authors
from searchidx.render.terminal import pluralize
from searchidx.search.hits import Hit, Hits, Snippet

ATOM, RSS, OPENSEARCH, SUGGESTIONS = (
    f"application/{name}" for name in ("atom+xml", "rss+xml", "opensearchdescription+xml", "x-suggestions+json")
)
"""Media types."""

_ATOM = "http://www.w3.org/2005/Atom"
_OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
_NAMESPACES = {"xmlns:opensearch": _OPENSEARCH, "xmlns:dc": "http://purl.org/dc/elements/1.1/"}
_NAMESPACE = uuid.UUID("9cc91acf-85da-4c73-bec7-771739ec0676")
"""The namespace of the UUIDs of entries."""

_INVALID_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ADDRESS = re.compile(r"https?://\S+\Z", re.IGNORECASE)
_SAFE_IN_URL = "/:?#[]@!$&'()*+,;=%~"
_NOON = dt.time(12)
_UNDATED = dt.datetime(1970, 1, 1, 12, tzinfo=dt.timezone.utc)
_MAX_SHORT_NAME, _MAX_DESCRIPTION = 16, 1024
"""The most characters that OpenSearch allows in `ShortName` and `Description`."""
_MAX_TITLE = 80
"""The length of a title made from the snippet of an article without a headline, in characters."""


@dataclass(frozen=True)
class Feed:
    """One page of a search as a feed, with the absolute URLs of related documents.

    Attributes:
        archive: the name of the archive.
        query: the query.
        hits: the hits of the page.
        offset: how many hits precede the page.
        limit: the most hits of a page.
        page: the URL of the web page of the same search.
        description: the URL of the OpenSearch description.
        at: returns the URL of the feed from an offset.
        article: returns the URL of the page of an article from its id.
    """

    archive: str
    query: str
    hits: Hits
    offset: int
    limit: int
    page: str
    description: str
    at: Callable[[int], str]
    article: Callable[[str], str]

    @property
    def title(self) -> str:
        return f"{self.query} – {self.archive}"

    @property
    def updated(self) -> dt.datetime:
        """The latest time of update of the entries."""
        return max((_update_time(hit.date) for hit in self.hits), default=_UNDATED)

    @property
    def pages(self) -> Iterator[tuple[str, str]]:
        """The link relations and URLs of this page and of the existing others."""
        last = max(self.hits.total - 1, 0) // self.limit * self.limit
        before, after = self.offset - self.limit, self.offset + self.limit
        for relation, offset in (
            ("self", self.offset),
            ("first", 0),
            ("previous", before),
            ("next", after),
            ("last", last),
        ):
            if relation == "self" or 0 <= offset <= last:
                yield relation, self.at(offset)


def atom(feed: Feed) -> str:
    """Render a page of a search as Atom (RFC 4287) with the response elements of OpenSearch."""
    root = ET.Element("feed", {"xmlns": _ATOM} | _NAMESPACES)
    add_element(root, "title", feed.title)
    add_element(root, "id", feed.at(0))
    add_element(root, "updated", _rfc3339(feed.updated))
    add_element(add_element(root, "author"), "name", feed.archive)
    add_element(root, "link", rel="alternate", type="text/html", href=feed.page)
    _add_response(root, "link", ATOM, feed)
    for hit in feed.hits:
        entry = add_element(root, "entry")
        add_element(entry, "title", _title(hit))
        add_element(entry, "id", _entry_id(hit))
        add_element(entry, "link", rel="alternate", type="text/html", href=feed.article(hit.id))
        if _ADDRESS.match(hit.article.url):
            add_element(entry, "link", rel="via", href=quote(hit.article.url, safe=_SAFE_IN_URL))
        _add_dublin_core(entry, hit)
        time = _publication_time(hit.date)
        if time is not None:
            add_element(entry, "published", _rfc3339(time))
        add_element(entry, "updated", _rfc3339(_update_time(hit.date)))
        for name in _authors(hit):
            add_element(add_element(entry, "author"), "name", name)
        for category in _categories(hit):
            add_element(entry, "category", term=category)
        add_element(entry, "summary", _html(hit.snippet), type="html")
    return to_xml(root)


def rss(feed: Feed) -> str:
    """Render a page of a search as RSS 2.0 with the response elements of OpenSearch."""
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": _ATOM} | _NAMESPACES)
    channel = add_element(root, "channel")
    add_element(channel, "title", _escape_tags(feed.title))
    add_element(channel, "link", feed.page)
    add_element(channel, "description", pluralize(feed.hits.total, "article"))
    add_element(channel, "lastBuildDate", format_datetime(feed.updated))
    _add_response(channel, "atom:link", RSS, feed)
    for hit in feed.hits:
        item = add_element(channel, "item")
        add_element(item, "title", _escape_tags(_title(hit)))
        add_element(item, "link", feed.article(hit.id))
        add_element(item, "guid", _entry_id(hit), isPermaLink="false")
        _add_dublin_core(item, hit)
        time = _publication_time(hit.date)
        if time is not None:
            add_element(item, "pubDate", format_datetime(time))
        for name in _authors(hit):
            add_element(item, "dc:creator", name)
        for category in _categories(hit):
            add_element(item, "category", category)
        add_element(item, "description", _html(hit.snippet))
    return to_xml(root)


def opensearch(archive: str, address: str, *, page: str, suggestions: str, atom: str, rss: str) -> str:
    """Render the OpenSearch 1.1 description by which a browser searches an archive.

    Args:
        archive: the name of the archive.
        address: the URL of this description.
        page: the URL template of the page; `{searchTerms}` is the query, here and below.
        suggestions: the URL template of suggestions.
        atom: the URL template of the Atom feed.
        rss: the URL template of the RSS feed.
    """
    root = ET.Element("OpenSearchDescription", {"xmlns": _OPENSEARCH})
    add_element(root, "ShortName", archive if len(archive) <= _MAX_SHORT_NAME else archive[: _MAX_SHORT_NAME - 1] + "…")
    add_element(root, "Description", f"The articles of {archive}"[:_MAX_DESCRIPTION])
    for kind, relation, template in (
        ("text/html", "results", page),
        (SUGGESTIONS, "suggestions", suggestions),
        (ATOM, "results", atom),
        (RSS, "results", rss),
        (OPENSEARCH, "self", address),
    ):
        add_element(root, "Url", type=kind, rel=relation, template=template)
    add_element(root, "InputEncoding", "UTF-8")
    add_element(root, "OutputEncoding", "UTF-8")
    return to_xml(root)


# -- shared by the formats -----------------------------------------------------------------------------------------


def _add_response(within: ET.Element, link: str, kind: str, feed: Feed) -> None:
    """Add the links to the pages of a feed and the response elements of OpenSearch."""
    for relation, address in feed.pages:
        add_element(within, link, rel=relation, type=kind, href=address)
    add_element(within, link, rel="search", type=OPENSEARCH, href=feed.description)
    add_element(within, "opensearch:totalResults", str(feed.hits.total))
    add_element(within, "opensearch:startIndex", str(feed.offset + 1))
    add_element(within, "opensearch:itemsPerPage", str(feed.limit))
    parameters = {"searchTerms": quote(feed.query), "startIndex": str(feed.offset + 1)}
    add_element(within, "opensearch:Query", role="request", **parameters)


def _add_dublin_core(entry: ET.Element, hit: Hit) -> None:
    """Add the Dublin Core elements of an article: partial date, newspaper, language."""
    values = {
        "date": "" if hit.date is None else str(hit.date)[:10],
        "publisher": hit.article.source,
        "language": hit.article.language,
    }
    for name, value in values.items():
        if value:
            add_element(entry, f"dc:{name}", value)


def _title(hit: Hit) -> str:
    return hit.headline or hit.snippet.text[:_MAX_TITLE]


def _entry_id(hit: Hit) -> str:
    """Return the id of an entry; it is the same wherever the archive is served."""
    return uuid.uuid5(_NAMESPACE, hit.id).urn


def _authors(hit: Hit) -> Iterator[str]:
    for author in parse_authors(hit.article.byline):
        yield author.literal or " ".join(filter(None, (author.given, author.family, author.suffix)))


def _categories(hit: Hit) -> Iterable[str]:
    return dict.fromkeys(filter(None, (hit.article.section, *hit.article.keywords)))


def _publication_time(date: PartialDate | None) -> dt.datetime | None:
    """Return the time of a date with day precision or better; a time without a zone is UTC."""
    if date is None or date.month is None or date.day is None:
        return None
    time = date.time if date.time is not None and date.time.tzinfo is None else _NOON
    return date.instant or dt.datetime.combine(dt.date(date.year, date.month, date.day), time, dt.timezone.utc)


def _update_time(date: PartialDate | None) -> dt.datetime:
    """Return a time for any date, even None."""
    if date is None:
        return _UNDATED
    return _publication_time(date) or dt.datetime(date.year, date.month or 1, 1, 12, tzinfo=dt.timezone.utc)


def _rfc3339(time: dt.datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")


def _html(snippet: Snippet) -> str:
    """Render a snippet as HTML with its matches in bold."""
    return "".join(
        f"<b>{escape(text, quote=False)}</b>" if matched else escape(text, quote=False)
        for text, matched in snippet.parts()
    )


def _escape_tags(title: str) -> str:
    return title.replace("<", "&lt;")


def add_element(within: ET.Element, name: str, text: str = "", **values: str) -> ET.Element:
    """Add an element; characters that XML does not allow become blanks."""
    element = ET.SubElement(within, name, {key: _INVALID_XML.sub(" ", value) for key, value in values.items()})
    if text:
        element.text = _INVALID_XML.sub(" ", text)
    return element


def to_xml(root: ET.Element) -> str:
    """Return a document as text."""
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode") + "\n"
