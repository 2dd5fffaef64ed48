"""Any search as a feed, Atom or RSS, and the description by which a browser searches an archive: XML.

What an article says is text to whoever reads a feed, never markup. Passages are sent as HTML, which is what readers
take them for whatever the format says: so they are escaped as HTML first, with what matched in bold. The titles of RSS
are HTML to some readers and text to others; their `<` is escaped as HTML, so that none begins a tag.

A feed wants moments, an archive has dates. A day is sent as its noon, UTC, which is that day nearly everywhere; an
article dated to its month or year, or not at all, has no moment. Atom demands one all the same, as when an entry was
updated: that is the first noon such a date may mean, and that of 1970-01-01 where there is none. `dc:date` is the date
as far as it is known.
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
from searchidx.render.author_names import authors
from searchidx.render.terminal import plural
from searchidx.search.hits import Hit, Hits, Snippet

__all__ = ["ATOM", "OPENSEARCH", "RSS", "SUGGESTIONS", "Feed", "atom", "opensearch", "rss"]

ATOM, RSS, OPENSEARCH, SUGGESTIONS = (
    f"application/{name}" for name in ("atom+xml", "rss+xml", "opensearchdescription+xml", "x-suggestions+json")
)
"""What is sent, as HTTP names it."""

_ATOM = "http://www.w3.org/2005/Atom"
_OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
_MORE = {"xmlns:opensearch": _OPENSEARCH, "xmlns:dc": "http://purl.org/dc/elements/1.1/"}
_NAMESPACE = uuid.UUID("9cc91acf-85da-4c73-bec7-771739ec0676")
"""Within which ids of articles make the names of entries."""

_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ADDRESS = re.compile(r"https?://\S+\Z", re.IGNORECASE)
_IN_ADDRESSES = "/:?#[]@!$&'()*+,;=%~"
_NOON = dt.time(12)
_NO_DATE = dt.datetime(1970, 1, 1, 12, tzinfo=dt.timezone.utc)
_SHORT_NAME, _DESCRIPTION = 16, 1024
"""Characters that OpenSearch allows in what an archive is called, and in what it is said to be."""
_TITLE = 80
"""Characters that stand for a headline where there is none."""


@dataclass(frozen=True)
class Feed:
    """One page of a search, and where a program finds what belongs to it: whole addresses.

    Attributes:
        archive: what the archive is called.
        query, hits: what was asked and the answer; `offset` hits come before them, a page has `limit`.
        page: the address of the page that shows the same search.
        description: that of what `opensearch` makes.
        at: gives that of this feed from a hit on.
        article: gives that of the page of an article, by its id.
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
        """The latest moment of its entries."""
        return max((_updated(hit.date) for hit in self.hits), default=_NO_DATE)

    @property
    def pages(self) -> Iterator[tuple[str, str]]:
        """The addresses of the page itself and of the others that there are, by their relation to it."""
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
    """A page of a search as RFC 4287 has it, with OpenSearch's elements of an answer."""
    root = ET.Element("feed", {"xmlns": _ATOM} | _MORE)
    _add(root, "title", feed.title)
    _add(root, "id", feed.at(0))
    _add(root, "updated", _rfc3339(feed.updated))
    _add(_add(root, "author"), "name", feed.archive)
    _add(root, "link", rel="alternate", type="text/html", href=feed.page)
    _answer(root, "link", ATOM, feed)
    for hit in feed.hits:
        entry = _add(root, "entry")
        _add(entry, "title", _title(hit))
        _add(entry, "id", _name(hit))
        _add(entry, "link", rel="alternate", type="text/html", href=feed.article(hit.id))
        if _ADDRESS.match(hit.article.url):
            _add(entry, "link", rel="via", href=quote(hit.article.url, safe=_IN_ADDRESSES))
        _known(entry, hit)
        moment = _moment(hit.date)
        if moment is not None:
            _add(entry, "published", _rfc3339(moment))
        _add(entry, "updated", _rfc3339(_updated(hit.date)))
        for name in _authors(hit):
            _add(_add(entry, "author"), "name", name)
        for category in _categories(hit):
            _add(entry, "category", term=category)
        _add(entry, "summary", _html(hit.snippet), type="html")
    return _written(root)


def rss(feed: Feed) -> str:
    """A page of a search as RSS 2.0 has it, with OpenSearch's elements of an answer."""
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": _ATOM} | _MORE)
    channel = _add(root, "channel")
    _add(channel, "title", _no_tag(feed.title))
    _add(channel, "link", feed.page)
    _add(channel, "description", plural(feed.hits.total, "article"))
    _add(channel, "lastBuildDate", format_datetime(feed.updated))
    _answer(channel, "atom:link", RSS, feed)
    for hit in feed.hits:
        item = _add(channel, "item")
        _add(item, "title", _no_tag(_title(hit)))
        _add(item, "link", feed.article(hit.id))
        _add(item, "guid", _name(hit), isPermaLink="false")
        _known(item, hit)
        moment = _moment(hit.date)
        if moment is not None:
            _add(item, "pubDate", format_datetime(moment))
        for name in _authors(hit):
            _add(item, "dc:creator", name)
        for category in _categories(hit):
            _add(item, "category", category)
        _add(item, "description", _html(hit.snippet))
    return _written(root)


def opensearch(archive: str, address: str, *, page: str, suggestions: str, atom: str, rss: str) -> str:
    """How a browser searches an archive, as OpenSearch 1.1 has it: the document found at `address`.

    `page`, `suggestions`, `atom` and `rss` are addresses in which `{searchTerms}` stands for the query.
    """
    root = ET.Element("OpenSearchDescription", {"xmlns": _OPENSEARCH})
    _add(root, "ShortName", archive if len(archive) <= _SHORT_NAME else archive[: _SHORT_NAME - 1] + "…")
    _add(root, "Description", f"The articles of {archive}"[:_DESCRIPTION])
    for kind, relation, template in (
        ("text/html", "results", page),
        (SUGGESTIONS, "suggestions", suggestions),
        (ATOM, "results", atom),
        (RSS, "results", rss),
        (OPENSEARCH, "self", address),
    ):
        _add(root, "Url", type=kind, rel=relation, template=template)
    _add(root, "InputEncoding", "UTF-8")
    _add(root, "OutputEncoding", "UTF-8")
    return _written(root)


# -- what the formats share ----------------------------------------------------------------------------------------


def _answer(within: ET.Element, link: str, kind: str, feed: Feed) -> None:
    """Where the pages of a feed are, and what OpenSearch says of an answer."""
    for relation, address in feed.pages:
        _add(within, link, rel=relation, type=kind, href=address)
    _add(within, link, rel="search", type=OPENSEARCH, href=feed.description)
    _add(within, "opensearch:totalResults", str(feed.hits.total))
    _add(within, "opensearch:startIndex", str(feed.offset + 1))
    _add(within, "opensearch:itemsPerPage", str(feed.limit))
    asked = {"searchTerms": quote(feed.query), "startIndex": str(feed.offset + 1)}
    _add(within, "opensearch:Query", role="request", **asked)


def _known(entry: ET.Element, hit: Hit) -> None:
    """What Dublin Core says of an article: its date as far as it is known, its newspaper, its language."""
    said = {
        "date": "" if hit.date is None else str(hit.date)[:10],
        "publisher": hit.article.source,
        "language": hit.article.language,
    }
    for name, value in said.items():
        if value:
            _add(entry, f"dc:{name}", value)


def _title(hit: Hit) -> str:
    return hit.headline or hit.snippet.text[:_TITLE]


def _name(hit: Hit) -> str:
    """Names an article wherever the archive is served."""
    return uuid.uuid5(_NAMESPACE, hit.id).urn


def _authors(hit: Hit) -> Iterator[str]:
    for author in authors(hit.article.byline):
        yield author.literal or " ".join(filter(None, (author.given, author.family, author.suffix)))


def _categories(hit: Hit) -> Iterable[str]:
    return dict.fromkeys(filter(None, (hit.article.section, *hit.article.keywords)))


def _moment(date: PartialDate | None) -> dt.datetime | None:
    """The moment of a date that is known to its day; a time without a zone is taken for UTC's."""
    if date is None or date.month is None or date.day is None:
        return None
    time = date.time if date.time is not None and date.time.tzinfo is None else _NOON
    return date.instant or dt.datetime.combine(dt.date(date.year, date.month, date.day), time, dt.timezone.utc)


def _updated(date: PartialDate | None) -> dt.datetime:
    """A moment for any date."""
    if date is None:
        return _NO_DATE
    return _moment(date) or dt.datetime(date.year, date.month or 1, 1, 12, tzinfo=dt.timezone.utc)


def _rfc3339(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _html(passage: Snippet) -> str:
    """A passage as HTML, with what matched in bold."""
    return "".join(
        f"<b>{escape(text, quote=False)}</b>" if matched else escape(text, quote=False)
        for text, matched in passage.parts()
    )


def _no_tag(title: str) -> str:
    return title.replace("<", "&lt;")


def _add(within: ET.Element, name: str, text: str = "", **values: str) -> ET.Element:
    """An element more, with what XML has no way to write replaced by blanks."""
    element = ET.SubElement(within, name, {key: _NO_XML.sub(" ", value) for key, value in values.items()})
    if text:
        element.text = _NO_XML.sub(" ", text)
    return element


def _written(root: ET.Element) -> str:
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode") + "\n"
