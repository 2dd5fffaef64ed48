"""Classify a page: an article, an error, a security check, a consent form, a paywall stub, or a listing of articles.

Archives hold many pages that are not articles, and each would be a useless hit. A page counts as an article unless two
signs agree that it is not: its title, address or metadata, and its text. An article that is skipped is worse than a
useless hit, so a text of some length is always an article, unless it is a list of links.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from searchidx.extract.blocks import PageBlock
from searchidx.extract.page_metadata import PageMetadata

_PIECE = re.compile(r"\s+(?:[|–—·•»-]+|::)\s+|\s*[|｜│]\s*")
"""What parts a title from the site's name."""
_APOLOGY = re.compile(
    r"(?:oops|whoops|uh-?oh|sorry|ups|hoppla|huch|oups|désolé|opa|oj|ой|извините)[^\w(]+", re.IGNORECASE
)
"""A word before the title of an error page."""
_TRIM = " \t\"'“”„«»()[].,!?:;…。！？—–-"
_LISTING_PATH = re.compile(
    r"^/?$|^(?:/[^/]{1,12})?/(?:index|home|default)\.\w{3,5}$|(?:/|^)(?:tags?|categor(?:y|ies|ia|ie)|kategorien?|topics?"
    r"|themen?|authors?|autor(?:en|es)?|schlagwort|etiquetas?|rubri[kc]\w*"
    r"|search|suche|buscar|recherche|archives?|feed)(?:/[^/.\-]+(?:-[^/.\-]+)?)?/?$|/page/\d+/?$",
    re.IGNORECASE,
)
_MIN_HYPHENS = 3
"""Hyphens in the end of an address that has the words of a headline."""
_MAX_ERROR_BODY, _MAX_SMALL = 1500, 500
"""Size of the body of an error page, and where the metadata call it an article."""
_MAX_STUB = 900
"""Size of the body of an article that ends with a call to subscribe. Outside the body, a call counts up to 500."""
_MAX_CONSENT_BODY, _MIN_CONSENT_LINES = 3000, 2
_MIN_PARAGRAPH = 200
"""Size of the longest paragraph of an article."""
_MAX_TEASER, _MIN_TEASERS = 350, 5
"""Size of the longest paragraph of a listing with 5 linked headings or more."""
_MIN_LINKS, _MIN_LINK_SHARE, _MAX_PROSE = 5, 0.4, 1000
"""Of a list of links: number of links, their share of the lines, size of the other lines."""
_MAX_BLOCKS, _MAX_AFTER, _MAX_LINE, _MAX_TITLE = 5000, 4, 300, 200
"""Blocks that are examined, blocks after the body, characters of a line and of a title."""
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""A character of a script without spaces. It says about as much as three Latin letters."""


def _read_phrases() -> dict[str, re.Pattern[str]]:
    """The patterns of `page_phrases.txt`, by kind."""
    kinds: dict[str, list[str]] = {}
    for line in Path(__file__).with_name("page_phrases.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            kind = kinds.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            kind.append(line)
    return {kind: re.compile("|".join(patterns), re.IGNORECASE) for kind, patterns in kinds.items()}


_PHRASES = _read_phrases()


class PageType(enum.Enum):
    """What a page is. The value says why a page is skipped; it is empty for an article."""

    ARTICLE = ""
    ERROR = "it is an error page, not an article"
    CHECK = "it is a check for robots, not an article"
    CONSENT = "it is a form that asks for consent, not an article"
    PAYWALL = "a paywall left only the beginning of the article"
    LINKS = "it is a list of links to articles"
    LISTING = "it is the front page or a listing of a site, not an article"


def classify_page(
    blocks: Sequence[PageBlock], metadata: PageMetadata, headline: str, body: Sequence[str], url: str
) -> PageType:
    """Classify a page by its titles, metadata, text and address. `body` may be empty."""
    size = sum(map(_size, body))
    is_small = size < _MAX_SMALL
    if is_small or (size < _MAX_CONSENT_BODY and not metadata.is_article):
        titles = dict.fromkeys((*(each.text for each in metadata.titles), headline))
        pieces = [piece for title in titles for piece in _pieces(title)]
        if is_small or size < _MAX_ERROR_BODY:
            if any(map(_PHRASES["error title"].fullmatch, pieces)) or (is_small and metadata.is_error):
                return PageType.ERROR
            if any(map(_PHRASES["check title"].fullmatch, pieces)) or (is_small and _is_check(blocks)):
                return PageType.CHECK
        if not metadata.is_article and _asks_for_consent(pieces, blocks, body):
            return PageType.CONSENT
    if body and size < _MAX_STUB and _is_cut(blocks, body, size, metadata.is_free):
        return PageType.PAYWALL
    if metadata.is_article:
        return PageType.ARTICLE
    return _classify_links(blocks, metadata, body, url)


def _classify_links(blocks: Sequence[PageBlock], metadata: PageMetadata, body: Sequence[str], url: str) -> PageType:
    """Whether a page is a list of links, a listing with teasers, or an article."""
    linked = {_fold(block.text) for block in blocks[:_MAX_BLOCKS] if block.linked >= len(block.text)}
    lines = body or [block.text for block in blocks[:_MAX_BLOCKS]]
    prose = [line for line in lines if _fold(line.strip("-•*| ")) not in linked]
    links = len(lines) - len(prose)
    parts = urlsplit(url)
    if links >= _MIN_LINKS and links >= _MIN_LINK_SHARE * len(lines) and sum(map(_size, prose)) < _MAX_PROSE:
        has_paragraph = any(_size(line) >= _MIN_PARAGRAPH for line in prose)
        is_headline = parts.path.rstrip("/").rpartition("/")[2].count("-") >= _MIN_HYPHENS
        return PageType.ARTICLE if has_paragraph and is_headline else PageType.LINKS
    if metadata.is_listing or (url and not parts.query and _LISTING_PATH.search(parts.path)):
        sizes = [_size(line) for line in body]
        longest = max(sizes, default=0)
        if longest < _MIN_PARAGRAPH or links >= _MIN_LINKS:
            return PageType.LISTING
        teasers = sum(block.element.tag in ("h2", "h3") and block.linked > 0 for block in blocks[:_MAX_BLOCKS])
        if longest < _MAX_TEASER and 2 * teasers >= max(
            2 * _MIN_TEASERS, sum(size > _MAX_TEASER / 4 for size in sizes)
        ):
            return PageType.LISTING
    return PageType.ARTICLE


def _is_check(blocks: Sequence[PageBlock]) -> bool:
    """Whether a page has little text, and some of it asks the reader to prove that they are no robot."""
    texts = [block.text for block in blocks]
    is_line = _PHRASES["check line"].search
    return sum(map(len, texts)) < _MAX_ERROR_BODY and any(is_line(text[:_MAX_LINE]) for text in texts)


def _asks_for_consent(pieces: Sequence[str], blocks: Sequence[PageBlock], body: Sequence[str]) -> bool:
    """Whether the title or the first line asks for consent, and two other lines do."""
    first = next((line for line in body), blocks[0].text if blocks else "")[:_MAX_TITLE]
    if not any(map(_PHRASES["consent title"].fullmatch, (*pieces, first.strip(_TRIM)))):
        return False
    lines = body or [block.text for block in blocks[:_MAX_BLOCKS]]
    about = [line for line in lines if _PHRASES["consent line"].search(line[: 2 * _MAX_LINE])]
    return len(about) >= _MIN_CONSENT_LINES and 2 * len(about) >= len(lines)


def _is_cut(blocks: Sequence[PageBlock], body: Sequence[str], size: int, is_free: bool) -> bool:
    """Whether a call to subscribe follows the body, or stands anywhere on a page whose metadata say that it costs."""
    if any(_PHRASES["subscription line"].search(line) for line in body[-2:] if len(line) <= _MAX_LINE):
        return True
    if size >= _MAX_SMALL:
        return False
    folded = {_fold(line) for line in body}
    last = max((number for number, block in enumerate(blocks) if _fold(block.text) in folded), default=-1)
    after = blocks[:_MAX_BLOCKS] if not is_free else blocks[last + 1 : last + 1 + _MAX_AFTER] if last >= 0 else []
    return any(_PHRASES["subscription line"].search(block.text) for block in after if len(block.text) <= _MAX_LINE)


def _pieces(title: str) -> list[str]:
    """The title and its pieces between separators, without punctuation at their ends."""
    title = title[:_MAX_TITLE]
    pieces = (_APOLOGY.sub("", each, count=1).strip(_TRIM) for each in (title, *_PIECE.split(title)))
    return [piece for piece in pieces if piece]


def _size(text: str) -> int:
    """The number of characters; one of a script without spaces counts as three."""
    return len(text) if text.isascii() else len(text) + 2 * len(_WIDE.findall(text))


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()
