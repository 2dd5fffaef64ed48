"""What a page states for machines of its article: in JSON-LD, OpenGraph and other meta elements, microdata and links.

Nothing here looks at the text that readers see. Each value keeps where it stands; of several that state the same, the
first of a fixed order is taken: JSON-LD says what it is that has an author or a date, meta elements often speak of the
page.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from searchidx.extract.byline import byline_of
from searchidx.extract.markup import plain_text

__all__ = ["NOTHING", "Stated", "Statements", "canonical", "statements"]

_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report)$")
"""The types of schema.org that are articles: NewsArticle, ReportageNewsArticle, LiveBlogPosting …"""
_TITLES = ("og:title", "twitter:title", "dc.title", "headline")
_DESCRIPTIONS = ("description", "og:description", "twitter:description", "dc.description")
_DATES = (
    "article:published_time", "og:article:published_time", "datepublished", "date", "dc.date", "dc.date.issued",
    "parsely-pub-date", "sailthru.date", "pubdate", "publish-date", "publication_date", "article.published",
    "article:published", "og:pubdate", "og:datepublished", "pub_date", "publishdate", "publish_date", "published_at",
    "published_time", "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "dcterms.date", "dcterms.issued",
    "dcterms.created", "dc.date.created", "prism.publicationdate", "article_date_original", "iso-8601-publish-date",
    "date.release", "dcsext.articlefirstpublished",
)  # fmt: skip
_AUTHORS = (
    "author", "authors", "article:author", "og:article:author", "article:author_name", "dc.creator", "dcterms.creator",
    "parsely-author", "sailthru.author", "cxenseparse:author", "byl", "byline",
)  # fmt: skip
_SITES = (
    "og:site_name",
    "application-name",
    "publisher",
    "dc.publisher",
    "dcterms.publisher",
    "apple-mobile-web-app-title",
)
_SECTIONS = ("article:section", "og:article:section", "parsely-section", "cxenseparse:recs:articlesection", "section")
_KEYWORDS = (
    "article:tag",
    "og:article:tag",
    "news_keywords",
    "parsely-tags",
    "sailthru.tags",
    "keywords",
    "dc.subject",
)
_LANGUAGES = ("content-language", "dc.language", "language", "og:locale", "inlanguage")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_MOST_NAMES = 20
_SALVAGED = ("headline", "datePublished", "description", "articleSection")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page states for machines: where, and what it says."""

    where: str
    text: str


NOTHING = Stated("", "")


@dataclass(slots=True)
class Statements:
    """What a page says of its article for machines.

    Attributes:
        dates: where it stands, and what is said of when it was published, the most trusted first.
        times: the `<time>` elements, in order: of the article, or of what stands around it.
        titles: what they say its headline is, the most trusted first.
        descriptions: what it is about, which is its lead or what search engines should show.
        sites: what they call the site.
        byline, section, source, language: the first statement of each; empty where there is none.
        keywords, keywords_where: what the article is tagged with, and where that stands.
        addresses: what the page calls its own, the most trusted first; they may be relative.
        body: the text that JSON-LD states, which is all of it, some, or empty.
        is_article: whether they say that it is one.
    """

    dates: list[tuple[str, str]] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    titles: list[Stated] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    byline: Stated = NOTHING
    section: Stated = NOTHING
    source: Stated = NOTHING
    language: Stated = NOTHING
    keywords: list[str] = field(default_factory=list)
    keywords_where: str = ""
    addresses: list[Stated] = field(default_factory=list)
    body: str = ""
    is_article: bool = False


class _Meta:
    """The meta elements of a page, by their names."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}

    def add(self, name: str, text: str) -> None:
        """One more element of a name."""
        self._found.setdefault(name.lower(), []).append(text)

    def all(self, name: str) -> list[str]:
        """What all elements of a name say, in order."""
        return self._found.get(name, [])

    def first(self, *names: str) -> list[tuple[str, str]]:
        """Of each name that there is, in the order of the names, what its first element says."""
        return [(name, self._found[name][0]) for name in names if name in self._found]


def statements(tree: Any) -> Statements:
    """Read from the parsed tree, which takes one walk however the page was written."""
    found = Statements()
    meta = _Meta()
    linked = _Linked()
    title = ""
    for element in tree.iter("meta", "time", "script", "title", "link"):
        if element.tag == "time":
            found.times.append(element.get("datetime") or "")
        elif element.tag == "title":
            title = title or " ".join(element.itertext())
        elif element.tag == "script":
            if "ld+json" in element.get("type", "").lower():
                linked.read(element.text or "")
        elif element.tag == "link":
            if element.get("rel", "").lower() == "canonical" and (address := element.get("href")):
                found.addresses.append(Stated("link rel=canonical", address.strip()))
        elif content := (element.get("content") or "").strip():
            names = (element.get(key) for key in ("property", "name", "itemprop", "http-equiv"))
            meta.add(next(filter(None, names), ""), content)
    for element in tree.xpath("//*[@itemprop='datePublished']"):
        if value := element.get("datetime") or element.get("content") or (element.text or "").strip():
            meta.add("datepublished", value)
    _weigh(found, meta, linked, title, tree.get("lang") or "")
    return found


def _weigh(found: Statements, meta: _Meta, linked: _Linked, title: str, language: str) -> None:
    """Put what JSON-LD and meta elements say in the order in which it is believed."""
    first = meta.first
    own = linked.own([title, *(text for _, text in first(*_TITLES))])
    found.dates = [*_texts("JSON-LD datePublished", own.get("datePublished")), *first(*_DATES)]
    titles = [*_texts("JSON-LD headline", own.get("headline")), *first(*_TITLES), ("title", title)]
    found.titles = [Stated(where, text) for where, said in titles if (text := plain_text(said))]
    found.descriptions = [text for _, text in (*_texts("", own.get("description")), *first(*_DESCRIPTIONS))]
    publishers = [("JSON-LD publisher", name) for name in linked.names(own.get("publisher"))[:1]]
    sites = [*first(*_SITES[:1]), *publishers, *first(*_SITES[1:])]
    found.sites = [text for _, text in sites]
    found.source = _said(sites)
    sections = own.get("articleSection")
    section = next((each for each in (sections if isinstance(sections, list) else [sections]) if each), None)
    found.section = _said([*first(*_SECTIONS[:1]), *_texts("JSON-LD articleSection", section), *first(*_SECTIONS[1:])])
    authors = [("JSON-LD author", linked.names(own.get("author"))), *((name, meta.all(name)) for name in _AUTHORS)]
    found.byline = _said((where, byline_of(names, found.sites)) for where, names in authors)
    tags = [("article:tag", meta.all("article:tag")), ("JSON-LD keywords", own.get("keywords"))]
    tags += ((name, meta.all(name)) for name in _KEYWORDS)
    keywords = ((where, words) for where, said in tags if (words := _words(said)))
    found.keywords_where, found.keywords = next(keywords, ("", []))
    languages = [("lang", language), *first(*_LANGUAGES), *_texts("JSON-LD inLanguage", own.get("inLanguage"))]
    found.language = _said((where, _language(text)) for where, text in languages)
    found.addresses += [Stated(*address) for address in first("og:url")]
    found.body = body if isinstance(body := own.get("articleBody"), str) else ""
    found.is_article = linked.has_articles or _said(first("og:type")).text.lower() in ("article", "news")


def canonical(addresses: Iterable[Stated], given: str) -> Stated:
    """The address that a page calls its own; nothing where it names none, or names what cannot be.

    Where it was saved from is known, the page may call another address of that site its own, but not its front page:
    that is what careless templates say of all pages.
    """
    for stated in addresses:
        with contextlib.suppress(ValueError):
            address = urljoin(given, stated.text)
            parts = urlsplit(address)
            if parts.scheme not in ("http", "https") or not parts.hostname or any(map(str.isspace, address)):
                continue
            if not given or (_site(parts.hostname) == _site(urlsplit(given).hostname) and parts.path.strip("/")):
                return Stated(stated.where, address)
    return NOTHING


def _site(host: str | None) -> str:
    """A host without the names that tell a site's editions for phones apart."""
    return re.sub(r"^(?:www|m|mobile|amp)\.", "", host or "")


class _Linked:
    """The articles that a page's JSON-LD describes as its own: not those it lists, quotes or is based on."""

    def __init__(self) -> None:
        self._articles: list[dict[str, Any]] = []
        self._nodes: dict[str, dict[str, Any]] = {}

    @property
    def has_articles(self) -> bool:
        return bool(self._articles)

    def read(self, text: str) -> None:
        """One script: what stands from the first brace to the last, as a list's brackets or a comment may stand around.

        Of one that is broken, which is one in a hundred, the values are taken that stand on their own.
        """
        try:
            waiting = [json.loads(f"[{text[text.find('{') : text.rfind('}') + 1]}]", strict=False)]
        except (ValueError, RecursionError):
            waiting = [_salvaged(text)]
        while waiting:
            value = waiting.pop()
            if isinstance(value, list):
                waiting += reversed(value)
            elif isinstance(value, dict):
                if isinstance(name := value.get("@id"), str):
                    self._nodes.setdefault(name, value)
                types = value.get("@type")
                if any(_ARTICLE.search(str(each)) for each in (types if isinstance(types, list) else [types])):
                    self._articles.append(value)
                waiting += [value[key] for key in ("mainEntity", "@graph") if key in value]

    def own(self, titles: Sequence[str]) -> dict[str, Any]:
        """Of the articles the one that the page is about: that whose headline its titles begin with, or the first."""
        for each in self._articles:
            headline = each.get("headline")
            if isinstance(headline, str) and headline and any(title.startswith(headline) for title in titles):
                return each
        return self._articles[0] if self._articles else {}

    def names(self, value: Any) -> list[str]:
        """The names of people or organisations: texts, objects with a name, or what points to such."""
        if isinstance(value, list):
            return [name for each in value[:_MOST_NAMES] if not isinstance(each, list) for name in self.names(each)]
        if isinstance(value, dict):
            value = value.get("name") or self._nodes.get(str(value.get("@id")), {}).get("name")
            return self.names(value) if not isinstance(value, dict) else []
        return [value] if isinstance(value, str) else []


def _salvaged(text: str) -> dict[str, Any]:
    """The values of a broken script that describes an article."""
    found: dict[str, Any] = {}
    for name in ("@type", *_SALVAGED):
        match = re.search(rf'"{name}"\s*:\s*("(?:[^"\\\n]|\\.)*")\s*(?=[,}}\n])', text)
        if match:
            with contextlib.suppress(ValueError):
                found[name] = json.loads(match[1], strict=False)
    return found if _ARTICLE.search(found.get("@type", "")) else {}


def _texts(where: str, value: Any) -> list[tuple[str, str]]:
    return [(where, value.strip())] if isinstance(value, str) and value.strip() else []


def _said(stated: Iterable[tuple[str, str]]) -> Stated:
    """The first that says something."""
    return next((Stated(where, text) for where, said in stated if (text := plain_text(said))), NOTHING)


def _words(value: Any) -> list[str]:
    """Keywords: a list of them, or texts with commas between."""
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    words = (word.strip() for text in texts if isinstance(text, str) for word in plain_text(text).split(","))
    return list(dict.fromkeys(filter(None, words)))


def _language(text: str) -> str:
    first, _, rest = text.replace("_", "-").partition("-")
    return f"{first.lower()}-{rest}".strip("-") if _LANGUAGE.fullmatch(text) else ""
