"""Read a page's metadata: JSON-LD, OpenGraph and other meta elements, microdata, `<time>` elements and links.

The visible text is not read here, except for links to the sections and tags that an article belongs to: links marked
`rel=tag`, and breadcrumbs. Each value keeps its origin. Where several state the same field, the first of a fixed
order wins: JSON-LD says which item has an author or a date, while meta elements often describe the page.
"""

from __future__ import annotations

import contextlib
import enum
import itertools
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from searchidx.extract.author_text import is_label
from searchidx.extract.byline import join_authors
from searchidx.extract.markup import class_and_id, element_text, strip_markup
from searchidx.extract.printed_date import MODIFIED, UPDATED
from searchidx.languages import parse_language

_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report)$")
"""The schema.org types of articles: NewsArticle, ReportageNewsArticle, LiveBlogPosting …"""
_LISTING = re.compile(r"(?:CollectionPage|SearchResultsPage|ItemList|ProfilePage)$")
"""The schema.org types of listings."""
_LISTING_NAMES = {"archive", "category", "search-results"}
"""Class names that WordPress gives the body of a listing."""
_PAGE = re.compile(r"(?:Page|Recipe|HowTo|CreativeWork|Episode|Discussion)$")
"""The types of other things that a page may be about, which state their own date."""
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
    "citation_author", "author", "authors", "article:author", "og:article:author", "article:author_name", "dc.creator",
    "dcterms.creator", "parsely-author", "sailthru.author", "cxenseparse:author", "byl", "byline",
)  # fmt: skip
_CARD = (("twitter:label1", "twitter:data1"), ("twitter:label2", "twitter:data2"))
"""A label and its value, by the names of their elements: `Written by` and a name."""
_SITES = (
    "og:site_name", "application-name", "publisher", "dc.publisher", "dcterms.publisher", "apple-mobile-web-app-title",
)  # fmt: skip
_SECTIONS = ("article:section", "og:article:section", "parsely-section", "cxenseparse:recs:articlesection", "section")
_KEYWORDS = (
    "article:tag", "og:article:tag", "news_keywords", "parsely-tags", "sailthru.tags", "keywords", "dc.subject",
)  # fmt: skip
_LANGUAGES = ("content-language", "dc.language", "language", "og:locale", "inlanguage")
_DATE_PROPERTIES = (
    "(//@itemprop[.='datePublished'])[position() <= 40]/.."
    " | (//@property[contains(., ':datePublished') or contains(., ':dateCreated')])[position() <= 40]/.."
)
_MAX_NAMES = 20
"""Names read from one list of JSON-LD."""
_MAX_TITLE = 5000
"""Characters read of a title."""
_RECOVERED = ("headline", "datePublished", "description", "articleSection")
"""Keys read from JSON-LD that does not parse."""
MODIFIED_NAME = re.compile(r"modif|lastmod|last-mod|updated_time", re.IGNORECASE)
"""Attributes of markup that state the date of a modification."""
_UPDATED_NAME = re.compile(r"updat|revis", re.IGNORECASE)
_PUBLISHED_NAME = re.compile(r"publi|entry-date|created|posted", re.IGNORECASE)
_MAX_LABEL = 60
"""Characters of the text before an element that may label it."""
_CATEGORY = re.compile(r"/(?:categor(?:y|ies|ia|ie)|kategorie|rubri[kc]\w*|section|ressort)/", re.IGNORECASE)
"""Addresses of a section's listing."""
_CLOUD = re.compile(r"cloud|widget|side-?bar|related", re.IGNORECASE)
_OUTSIDE_ELEMENTS = ("aside", "nav")
_FRONT_PAGE = re.compile(r"(?:(?:https?:)?//[^/?#]+)?/?(?:index\.\w+|[a-z]{2}/)?(?:[?#].*)?", re.IGNORECASE)
_MAX_LINKS, _MAX_TOPICS, _MAX_TOPIC = 5000, 30, 60
"""Links that are examined; topics of one article, and characters of one."""
_NEAR = 4
"""Elements around a link whose class names are examined."""


@dataclass(frozen=True, slots=True)
class MetadataValue:
    """A value from the metadata: its origin (`og:title`, `JSON-LD author`) and its text."""

    origin: str
    text: str


NO_VALUE = MetadataValue("", "")


class DateRole(enum.Enum):
    """What a date on a page is the date of."""

    PUBLICATION = 0
    UPDATE = 1
    MODIFICATION = 2


class TimeElement(NamedTuple):
    """A `<time>` element: its `datetime` attribute, and its role."""

    text: str
    role: DateRole


@dataclass(slots=True)
class PageMetadata:
    """The metadata of a page, as far as they describe its article.

    Attributes:
        dates: origin and text of each date of publication, most trusted first.
        time_elements: the `<time>` elements, in order; they may belong to other articles.
        titles: the titles, most trusted first.
        descriptions: the lead, or a text for search engines.
        site_names: the names of the site.
        byline, section, source, language: the first value of each, or `NO_VALUE`.
        keywords, keywords_origin: the tags, and where they are stated.
        urls: the addresses that the page calls its own, most trusted first; they may be relative.
        article_body: the text in JSON-LD: all of the body, a part, or "".
        is_article: whether the metadata call the page an article.
        is_listing: whether they call it a front page, a listing or a search.
        is_error: whether they call it an error.
        is_free: whether the page is free to read, as far as the metadata say.
    """

    dates: list[tuple[str, str]] = field(default_factory=list)
    time_elements: list[TimeElement] = field(default_factory=list)
    titles: list[MetadataValue] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    site_names: list[str] = field(default_factory=list)
    byline: MetadataValue = NO_VALUE
    section: MetadataValue = NO_VALUE
    source: MetadataValue = NO_VALUE
    language: MetadataValue = NO_VALUE
    keywords: list[str] = field(default_factory=list)
    keywords_origin: str = ""
    urls: list[MetadataValue] = field(default_factory=list)
    article_body: str = ""
    is_article: bool = False
    is_listing: bool = False
    is_error: bool = False
    is_free: bool = True


class _MetaElements:
    """The contents of a page's meta elements, by name."""

    def __init__(self) -> None:
        self._contents: dict[str, list[str]] = {}

    def add(self, name: str, text: str) -> None:
        """Add an element."""
        self._contents.setdefault(name.lower(), []).append(text)

    def all(self, name: str) -> list[str]:
        """The contents of all elements with this name, in order."""
        return self._contents.get(name, [])

    def first(self, *names: str) -> list[tuple[str, str]]:
        """Each of these names that is present, with the content of its first element."""
        return [(name, self._contents[name][0]) for name in names if name in self._contents]


def read_metadata(tree: Any) -> PageMetadata:
    """Read the metadata of a parsed page, in one walk over the tree."""
    metadata = PageMetadata()
    meta = _MetaElements()
    json_ld = _JsonLd()
    title = ""
    for element in tree.iter("body", "meta", "time", "script", "title", "link"):
        if element.tag == "time":
            metadata.time_elements.append(read_time_element(element))
        elif element.tag == "title":
            title = title or " ".join(element.itertext())
        elif element.tag == "script":
            if "ld+json" in element.get("type", "").lower():
                json_ld.read(element.text or "")
        elif element.tag == "body":
            classes = set((element.get("class") or "").lower().split())
            metadata.is_error |= "error404" in classes
            metadata.is_listing |= bool(classes & _LISTING_NAMES) or {"home", "blog"} <= classes
        elif element.tag == "link":
            if element.get("rel", "").lower() == "canonical" and (address := element.get("href")):
                metadata.urls.append(MetadataValue("link rel=canonical", address.strip()))
        elif content := (element.get("content") or "").strip():
            get = element.get
            meta.add(get("property") or get("name") or get("itemprop") or get("http-equiv") or "", content)
    for element in tree.xpath(_DATE_PROPERTIES) if not (json_ld.has_date or meta.first(*_DATES)) else ():
        if value := element.get("datetime") or element.get("content") or (element.text or "").strip():
            meta.add("datepublished", value)
    _merge(metadata, meta, json_ld, title, tree.get("lang") or "")
    if not metadata.section.text or not metadata.keywords:
        _add_topic_links(metadata, tree)
    return metadata


def _add_topic_links(metadata: PageMetadata, tree: Any) -> None:
    """Take a section or keywords that no metadata state from the links of the article."""
    sections, tags = _find_topic_links(tree)
    if not metadata.keywords and tags:
        metadata.keywords_origin, metadata.keywords = "links rel=tag", tags
    if not metadata.section.text:
        links = [("links rel=tag", "; ".join(sections)), ("a breadcrumb", "" if sections else _find_breadcrumb(tree))]
        metadata.section = _first_value(links)


def _find_topic_links(tree: Any) -> tuple[list[str], list[str]]:
    """The sections and the tags of the links that are marked `rel=tag`."""
    sections: dict[str, None] = {}
    tags: dict[str, None] = {}
    marked = (link for link in itertools.islice(tree.iter("a"), _MAX_LINKS) if "tag" in (link.get("rel") or ""))
    for link in itertools.islice(marked, 4 * _MAX_TOPICS):
        kinds = link.get("rel").lower().split()
        if "tag" not in kinds or _is_outside(link):
            continue
        if (topic := element_text(link).lstrip("#")) and len(topic) <= _MAX_TOPIC:
            is_section = "category" in kinds or _CATEGORY.search(link.get("href") or "")
            (sections if is_section else tags).setdefault(topic)
    return list(sections)[:_MAX_TOPICS], list(tags)[:_MAX_TOPICS]


def _find_breadcrumb(tree: Any) -> str:
    """The section that follows the front page in the page's breadcrumb, or ""."""
    for element in itertools.islice(tree.iter("div", "nav", "ol", "p", "ul"), _MAX_LINKS):
        if "readcrumb" in f"{class_and_id(element)} {element.get('itemtype') or ''}":
            links = [link for link in itertools.islice(element.iter("a"), _MAX_TOPICS) if element_text(link)]
            if len(links) > 1 or (links and _FRONT_PAGE.fullmatch(links[0].get("href") or "")):
                links.pop(0)
            if links:
                section = element_text(links[0])
                return section if len(section) <= _MAX_TOPIC else ""
    return ""


def _is_outside(link: Any) -> bool:
    for number, element in enumerate(itertools.islice(link.iterancestors(), 20)):
        if element.tag in _OUTSIDE_ELEMENTS or (number < _NEAR and _CLOUD.search(class_and_id(element)[:300])):
            return True
    return False


def _merge(metadata: PageMetadata, meta: _MetaElements, json_ld: _JsonLd, title: str, language: str) -> None:
    """Fill in the fields from JSON-LD and meta elements, most trusted first."""
    first = meta.first
    article = json_ld.main_article([title, *(text for _, text in first(*_TITLES))])
    metadata.dates = [
        *_text("JSON-LD datePublished", article.get("datePublished")),
        *first(*_DATES),
        *_text("JSON-LD datePublished of the page", json_ld.page.get("datePublished")),
    ]
    titles = [*_text("JSON-LD headline", article.get("headline")), *first(*_TITLES), ("title", title)]
    metadata.titles = [
        MetadataValue(origin, text) for origin, raw in titles if (text := strip_markup(raw[:_MAX_TITLE]))
    ]
    metadata.descriptions = [text for _, text in (*_text("", article.get("description")), *first(*_DESCRIPTIONS))]
    publishers = [("JSON-LD publisher", name) for name in json_ld.names(article.get("publisher"))[:1]]
    sites = [*first(*_SITES[:1]), *publishers, *first(*_SITES[1:])]
    metadata.site_names = [text for _, text in sites]
    metadata.source = _first_value(sites)
    sections = article.get("articleSection")
    section = next((each for each in (sections if isinstance(sections, list) else [sections]) if each), None)
    metadata.section = _first_value(
        [*first(*_SECTIONS[:1]), *_text("JSON-LD articleSection", section), *first(*_SECTIONS[1:])]
    )
    authors = [("JSON-LD author", json_ld.names(article.get("author"))), *((name, meta.all(name)) for name in _AUTHORS)]
    authors += [(value, meta.all(value)) for label, value in _CARD if any(map(is_label, meta.all(label)))]
    metadata.byline = _first_value(
        (origin, join_authors(names, sites))
        for sites in (metadata.site_names, ())  # the site is an author if nobody else is
        for origin, names in authors
    )
    tags = [("article:tag", meta.all("article:tag")), ("JSON-LD keywords", article.get("keywords"))]
    tags += ((name, meta.all(name)) for name in _KEYWORDS)
    keywords = ((origin, words) for origin, raw in tags if (words := _split_keywords(raw)))
    metadata.keywords_origin, metadata.keywords = next(keywords, ("", []))
    languages = [("lang", language), *first(*_LANGUAGES), *_text("JSON-LD inLanguage", article.get("inLanguage"))]
    metadata.language = _first_value((origin, parse_language(text)) for origin, text in languages)
    metadata.urls += [MetadataValue(*address) for address in first("og:url")]
    metadata.article_body = body if isinstance(body := article.get("articleBody"), str) else ""
    og_type = _first_value(first("og:type")).text.lower()
    metadata.is_article = json_ld.has_articles or og_type in ("article", "news")
    metadata.is_listing |= json_ld.is_listing and not metadata.is_article
    metadata.is_free = str(article.get("isAccessibleForFree", True)).lower() != "false"


def read_time_element(element: Any) -> TimeElement:
    """Read a `<time>` element. Its own attributes decide its role, then the text before it."""
    return TimeElement(element.get("datetime") or "", _role(element))


def label_role(label: str) -> DateRole:
    """The role of a date with this text before it."""
    if MODIFIED.search(label):
        return DateRole.MODIFICATION
    return DateRole.UPDATE if UPDATED.search(label) else DateRole.PUBLICATION


def _role(element: Any) -> DateRole:
    names = f"{element.get('itemprop') or ''} {class_and_id(element)}"
    if _PUBLISHED_NAME.search(names):
        return DateRole.PUBLICATION
    if MODIFIED_NAME.search(names):
        return DateRole.MODIFICATION
    if _UPDATED_NAME.search(names):
        return DateRole.UPDATE
    return label_role(_text_before(element) or (element.text or "")[:_MAX_LABEL])


def _text_before(element: Any) -> str:
    """The end of the text before an element: after its sibling, within it, or at the start of its parent."""
    before = element.getprevious()
    if before is None:
        parent = element.getparent()
        text = "" if parent is None else parent.text or ""
    elif isinstance(before.tag, str) and before.tag == "time":
        text = before.tail or ""
    else:
        text = ("".join(before.itertext()) if isinstance(before.tag, str) else "") + (before.tail or "")
    return text.strip()[-_MAX_LABEL:] if len(text) <= 4 * _MAX_LABEL else ""


def find_canonical_url(urls: Iterable[MetadataValue], saved_from: str) -> MetadataValue:
    """The first valid address that the page calls its own, or `NO_VALUE`.

    Where the page was saved from is known, the address must be on that site and not its front page: careless templates
    name the front page on every page.
    """
    for value in urls:
        with contextlib.suppress(ValueError):
            address = urljoin(saved_from, value.text)
            parts = urlsplit(address)
            if parts.scheme not in ("http", "https") or not parts.hostname or any(map(str.isspace, address)):
                continue
            if not saved_from or (
                _site(parts.hostname) == _site(urlsplit(saved_from).hostname) and parts.path.strip("/")
            ):
                return MetadataValue(value.origin, address)
    return NO_VALUE


def _site(host: str | None) -> str:
    """A host without the prefix of a mobile edition."""
    return re.sub(r"^(?:www|m|mobile|amp)\.", "", host or "")


class _JsonLd:
    """The articles in a page's JSON-LD, except for those that it lists, quotes or is based on."""

    def __init__(self) -> None:
        self._articles: list[dict[str, Any]] = []
        self.page: dict[str, Any] = {}
        self._nodes: dict[str, dict[str, Any]] = {}
        self.is_listing = False

    @property
    def has_articles(self) -> bool:
        return bool(self._articles)

    @property
    def has_date(self) -> bool:
        return any(isinstance(article.get("datePublished"), str) for article in self._articles)

    def read(self, text: str) -> None:
        """Read a script, from its first brace to its last: brackets or a comment may surround them.

        One script in a hundred does not parse. Of these, only independent values are read.
        """
        try:
            stack = [json.loads(f"[{text[text.find('{') : text.rfind('}') + 1]}]", strict=False)]
        except (ValueError, RecursionError):
            stack = [_recover_values(text)]
        while stack:
            value = stack.pop()
            if isinstance(value, list):
                stack += reversed(value)
            elif isinstance(value, dict):
                if isinstance(name := value.get("@id"), str):
                    self._nodes.setdefault(name, value)
                types = value.get("@type")
                types = [str(each) for each in (types if isinstance(types, list) else [types])]
                if any(map(_ARTICLE.search, types)):
                    self._articles.append(value)
                elif not self.page and any(map(_PAGE.search, types)):
                    self.page = value
                self.is_listing |= any(map(_LISTING.search, types))
                stack += [value[key] for key in ("mainEntity", "@graph") if key in value]

    def main_article(self, titles: Sequence[str]) -> dict[str, Any]:
        """The article whose headline begins one of the page's titles, else the first article, else {}."""
        for article in self._articles:
            headline = article.get("headline")
            if isinstance(headline, str) and headline and any(title.startswith(headline) for title in titles):
                return article
        return self._articles[0] if self._articles else {}

    def names(self, value: Any) -> list[str]:
        """The names of people or organisations: texts, objects with a name, or references to such objects."""
        if isinstance(value, list):
            return [name for each in value[:_MAX_NAMES] if not isinstance(each, list) for name in self.names(each)]
        if isinstance(value, dict):
            value = value.get("name") or self._nodes.get(str(value.get("@id")), {}).get("name")
            return self.names(value) if not isinstance(value, dict) else []
        return [value] if isinstance(value, str) else []


def _recover_values(text: str) -> dict[str, Any]:
    """Some values of a malformed script that describes an article."""
    values: dict[str, Any] = {}
    for name in ("@type", *_RECOVERED):
        match = re.search(rf'"{name}"\s*:\s*("(?:[^"\\\n]|\\.)*")\s*(?=[,}}\n])', text)
        if match:
            with contextlib.suppress(ValueError):
                values[name] = json.loads(match[1], strict=False)
    return values if _ARTICLE.search(values.get("@type", "")) else {}


def _text(origin: str, value: Any) -> list[tuple[str, str]]:
    return [(origin, value.strip())] if isinstance(value, str) and value.strip() else []


def _first_value(values: Iterable[tuple[str, str]]) -> MetadataValue:
    """The first value with text."""
    return next((MetadataValue(origin, text) for origin, raw in values if (text := strip_markup(raw))), NO_VALUE)


def _split_keywords(value: Any) -> list[str]:
    """Keywords from a list of them, or from texts with commas between."""
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    words = (word.strip() for text in texts if isinstance(text, str) for word in strip_markup(text).split(","))
    return list(dict.fromkeys(filter(None, words)))
