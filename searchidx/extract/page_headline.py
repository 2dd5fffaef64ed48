"""Find the headline of a page's article.

A page names its article many times: in headings and in metadata titles (JSON-LD, OpenGraph, `<title>`), with the site's
name after it or a kicker before it. Each of these alone is right on at most three pages in four. A heading and a title
that agree are right on nine pages in ten. So each heading, and each piece of one, is scored by the titles that match
it, whole or cut at either end. A kicker is not part of the headline: a piece that the markup calls a kicker, or a short
piece set apart before the rest. A heading that links to the front page is the site's name.
"""

from __future__ import annotations

import copy
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from searchidx.extract.markup import normalize_space
from searchidx.extract.page_metadata import MetadataValue

_MAX_HEADINGS = 100
_MAX_PIECES = 20
"""Elements of one heading that are examined."""
_MAX_CUTS = 8
"""Separators of one title that are examined."""
_MAX_HEADLINE = 400
"""Characters of a headline."""
_SEPARATOR = re.compile(
    r"\s*(?:\s[|·•»«›‹~:]|\s[-–—]{1,2}|\|)\s+"  # "Rain falls - The Times"
    r"|\s+(?:::|[<>/])\s+"
    r"|(?<=[\u2e80-\uffef])[-_|–—](?=[^-_|–—]{2,14}$)"  # "武汉的声音-新华网"
)
_KICKER = re.compile(
    r"kicker|overline|over-?title|dach-?zeile|top-?line|roof-?line|eyebrow|pre-?title|super-?title|sur-?titre|spitzmarke"
    r"|cintillo|volanta|occhiello|antetitulo|vignette|upper-?title",
    re.IGNORECASE,
)
"""Class names of the words before a headline."""
_KICKER_SEPARATORS = " :–—|.·•-"
_INLINE_ELEMENTS = ("a", "abbr", "b", "br", "em", "i", "mark", "strong", "sub", "sup", "u", "wbr")
"""Elements that do not set a piece of a headline apart."""
_SKIPPED_ELEMENTS = ("style", "script", "rt", "svg", "noscript")
_FRONT_PAGE = re.compile(r"(?:https?:)?//[^/?#]+/?(?:[?#].*)?|/(?:index\.\w+)?(?:[?#].*)?", re.IGNORECASE)
_MIN_COMMON_WORDS = 0.7
"""Share of words in common (Jaccard index) that makes two titles alike."""
_MAX_SECTION_WORDS, _MIN_REST_SPACES = 2, 5
"""A first piece of at most 2 words before a title with at least 5 spaces is more often a section than the headline."""
_NOT_WORDS = re.compile(r"\W+")
_LEVEL_SCORES = {"h1": 1.0, "h2": 0.3, "h3": 0.0}


def find_headline(
    tree: Any, metadata_titles: Sequence[MetadataValue], site_names: Sequence[str], url: str | None
) -> tuple[str, str]:
    """The headline of the page's article and where it was found; two empty strings if there is none.

    `metadata_titles` has the most trusted title first.
    """
    host = (_host(url) or "").removeprefix("www.")
    names = {_letters_only(name) for name in (*site_names, host, *(part for part in host.split(".") if len(part) > 3))}
    titles = [_Title(title) for title in metadata_titles if _fold_words(title.text)]
    headings = list(_find_headings(tree))
    names |= {_letters_only(heading.text) for heading in headings if heading.is_front_page_link}
    best: tuple[float, str, str] = (0.0, "", "")
    top_headings: list[str] = []
    for heading in headings:
        text = heading.text
        if heading.level == "h1" and _letters_only(text) not in names:
            top_headings.append(heading.without_kicker)
        for candidate in dict.fromkeys((text, *heading.pieces)):
            words = _fold_words(candidate)
            if not words or _letters_only(candidate) in names:
                continue
            support = sum(title.support(words) for title in titles)
            if support:
                score = support + _LEVEL_SCORES[heading.level] + min(len(words.split()), 8) * 0.15
                score -= 0.9 * (candidate != text)
                if score > best[0] + 1e-9:
                    has_kicker = candidate == text or (candidate == heading.kicker and heading.is_marked_kicker)
                    best = (score, heading.without_kicker if has_kicker else candidate, heading.level)
    if best[0]:
        return best[1], best[2]
    if len(top_headings) == 1:
        return top_headings[0], "h1"
    for title in titles:
        if title.origin != "title":
            return title.without_site(names), title.origin
    if top_headings:
        return top_headings[0], "h1"
    return (titles[0].without_site(names), titles[0].origin) if titles else ("", "")


class _Title:
    """A title from the metadata, with its pieces between separators."""

    def __init__(self, title: MetadataValue) -> None:
        text = normalize_space(title.text[: 2 * _MAX_HEADLINE])
        cuts = list(itertools.islice(_SEPARATOR.finditer(text), _MAX_CUTS))
        self.origin = title.origin
        self._text = text
        self._heads = [head for cut in cuts if (head := text[: cut.start()].strip())]
        self._words = _fold_words(text)
        self._head_words = {*map(_fold_words, self._heads)}
        self._tail_words = {_fold_words(text[cut.end() :]) for cut in cuts}
        self._tail_words |= {_fold_words(text[cut.end() : end.start()]) for cut, end in itertools.pairwise(cuts)}

    def support(self, words: str) -> float:
        """The score that this title gives to a heading with these folded words, from 0 to 3."""
        if words == self._words:
            return 3.0
        count = words.count(" ") + 1
        if words in self._head_words:
            is_section = count <= _MAX_SECTION_WORDS and self._words.count(" ") >= _MIN_REST_SPACES
            return 1.8 if is_section else 2.5
        if words in self._tail_words:
            return 1.6 if count <= 2 * _MAX_SECTION_WORDS else 2.2
        if count >= 3 and self._words.startswith(f"{words} "):
            return 1.5
        if count >= 4 and words in self._words:
            return 1.0
        return 1.0 if count >= 4 and self._is_similar(words) else 0.0

    def _is_similar(self, words: str) -> bool:
        """Whether nearly all words are the same: one is corrected, or has another ending."""
        some = set(words.split())
        return any(
            len(some & others) >= _MIN_COMMON_WORDS * len(some | others)
            for others in (set(title.split()) for title in (self._words, *self._head_words))
        )

    def without_site(self, names: set[str]) -> str:
        """The title without the site's name at its end, or a short last piece that is likely a site's name."""
        for head in self._heads:
            rest = self._words.removeprefix(_fold_words(head)).strip()
            if rest.replace(" ", "") in names or (len(_fold_words(head)) >= 2 * len(rest) and rest.count(" ") < 4):
                return head
        return self._text


@dataclass(frozen=True, slots=True)
class _Heading:
    """A heading: its level, its text, the pieces of its markup, and the kicker at its start.

    `is_marked_kicker` says that a class name marks the kicker.
    """

    level: str
    text: str
    pieces: list[str]
    kicker: str
    is_marked_kicker: bool
    is_front_page_link: bool

    @property
    def without_kicker(self) -> str:
        return self.text[len(self.kicker) :].lstrip(_KICKER_SEPARATORS) if self.kicker else self.text


def _find_headings(tree: Any) -> Iterator[_Heading]:
    """The headings with text, in order."""
    for element in itertools.islice(tree.iter("h1", "h2", "h3"), _MAX_HEADINGS):
        links = [*element.iter("a"), *itertools.islice(element.iterancestors("a"), 1)]
        is_front_page_link = any(_FRONT_PAGE.fullmatch((link.get("href") or "").strip()) for link in links)
        if next(element.iter(*_SKIPPED_ELEMENTS), None) is not None:
            element = _visible_copy(element)
        text = normalize_space(" ".join(element.itertext()))  # no white space may separate kicker and headline
        if not text or len(text) > _MAX_HEADLINE:
            continue
        pieces = [normalize_space("".join(element.itertext()))]
        marked = ""
        for piece in itertools.islice(element.iterdescendants(), _MAX_PIECES):
            if isinstance(piece.tag, str):
                pieces.append(normalize_space(" ".join(piece.itertext())))
                if not marked and _KICKER.search(piece.get("class") or "") and text.startswith(f"{pieces[-1]} "):
                    marked = pieces[-1]
            pieces.append(normalize_space(piece.tail or ""))
        pieces.append(normalize_space(element.text or ""))
        kicker = marked or _unmarked_kicker(element)
        kicker = kicker if text.startswith(f"{kicker} ") else ""
        pieces = [piece for piece in pieces if piece]
        yield _Heading(element.tag, text, pieces, kicker, bool(marked), is_front_page_link)


def _visible_copy(element: Any) -> Any:
    """A copy without style sheets, scripts and pronunciations (`<rt>`)."""
    from lxml import etree

    element = copy.deepcopy(element)
    element.tail = None
    etree.strip_elements(element, *_SKIPPED_ELEMENTS, with_tail=False)
    return element


def _unmarked_kicker(element: Any) -> str:
    """The first piece of a heading, if its markup sets it apart as a kicker.

    The kicker is the shorter piece, and the rest starts like a sentence. A piece that ends in a colon belongs to the
    headline.
    """
    while len(element) == 1 and not normalize_space(element.text or "") and not normalize_space(element[0].tail or ""):
        element = element[0]
    if len(element) == 0 or normalize_space(element.text or ""):
        return ""
    first = element[0]
    if not isinstance(first.tag, str) or first.tag in _INLINE_ELEMENTS:
        return ""
    kicker = normalize_space("".join(first.itertext()))
    texts = (
        normalize_space(first.tail or ""),
        *(normalize_space(text) for piece in element[1:] for text in (*piece.itertext(), piece.tail or "")),
    )
    rest = [text for text in texts if text]
    while len(rest) > 1 and not _fold_words(rest[0]):
        rest.pop(0)  # a separator that the page hides
    following = " ".join(rest).lstrip("“„«\"'‘»¿¡( ")
    if not kicker or kicker.endswith((":", ",", "?", "!")) or len(kicker) > len(following):
        return ""
    return kicker if following[:1].isalnum() and not following[:1].islower() else ""


def _fold_words(text: str) -> str:
    """The words of a text, case-folded, with single spaces between."""
    return _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


def _letters_only(text: str) -> str:
    """The folded words without spaces, so that `dailycourier` equals `Daily Courier`."""
    return _fold_words(text).replace(" ", "")


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None
