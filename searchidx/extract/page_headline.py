"""Which of a page's texts is the headline of its article.

A page names its article many times: in a heading, for machines (JSON-LD, OpenGraph, `<title>`), with the site's name
behind it or a kicker before it. No one of these is right on more than three pages in four; where a heading and what is
stated for machines agree, they are right on nine in ten. So every heading, and every piece of it, is weighed by what it
has in common with the stated titles and with what is left of those when pieces at either end are cut off. No part of it
is a kicker: what the heading's markup calls so, or a short piece set apart before the rest. A heading that leads to the
front page is the site's name.
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

from searchidx.extract.markup import one_line
from searchidx.extract.page_metadata import Stated

__all__ = ["headline_of"]

_MOST_HEADINGS = 100
_MOST_PIECES = 20
_LONGEST = 400
_CUT = re.compile(
    r"\s*(?:\s[|·•»«›‹~:]|\s[-–—]{1,2}|\|)\s+"  # "Rain falls - The Times"
    r"|\s+(?:::|[<>/])\s+"
    r"|(?<=[\u2e80-\uffef])[-_|–—](?=[^-_|–—]{2,14}$)"  # "武汉的声音-新华网"
)
_KICKER = re.compile(
    r"kicker|overline|over-?title|dach-?zeile|top-?line|roof-?line|eyebrow|pre-?title|super-?title|sur-?titre|spitzmarke"
    r"|cintillo|volanta|occhiello|antetitulo|vignette|upper-?title",
    re.IGNORECASE,
)
"""What publishers call the words before a headline, in the classes of their markup."""
_AFTER_KICKER = " :–—|.·•-"
_WITHIN_LINE = ("a", "abbr", "b", "br", "em", "i", "mark", "strong", "sub", "sup", "u", "wbr")
"""What stands in a headline's markup without setting a piece of it apart."""
_UNREAD = ("style", "script", "rt", "svg", "noscript")
_HOME = re.compile(r"(?:https?:)?//[^/?#]+/?(?:[?#].*)?|/(?:index\.\w+)?(?:[?#].*)?", re.IGNORECASE)
_ALIKE = 0.7
_SHORT, _LONG_REST = 2, 5
"""A piece of so few words before so long a rest of a title is more often a section than the headline."""
_NOT_WORDS = re.compile(r"\W+")
_LEVELS = {"h1": 1.0, "h2": 0.3, "h3": 0.0}


def headline_of(tree: Any, stated: Sequence[Stated], sites: Sequence[str], url: str | None) -> tuple[str, str]:
    """The headline of the page's article and where it was found; both empty where there is none.

    `stated` are the titles for machines, the most trusted first; `sites` what the page calls its site.
    """
    host = (_host(url) or "").removeprefix("www.")
    names = {_joined(name) for name in (*sites, host, *(part for part in host.split(".") if len(part) > 3))}
    titles = [_Title(each) for each in stated if _plain(each.text)]
    headings = list(_headings(tree))
    names |= {_joined(heading.text) for heading in headings if heading.leads_home}
    best: tuple[float, str, str] = (0.0, "", "")
    alone: list[str] = []
    for heading in headings:
        text = heading.text
        if heading.level == "h1" and _joined(text) not in names:
            alone.append(heading.without_kicker)
        for candidate in dict.fromkeys((text, *heading.pieces)):
            words = _plain(candidate)
            if not words or _joined(candidate) in names:
                continue
            support = sum(title.supports(words) for title in titles)
            if support:
                score = support + _LEVELS[heading.level] + min(len(words.split()), 8) * 0.15 - 0.9 * (candidate != text)
                if score > best[0] + 1e-9:
                    is_kicked = candidate == text or (candidate == heading.kicker and heading.is_called)
                    best = (score, heading.without_kicker if is_kicked else candidate, heading.level)
    if best[0]:
        return best[1], best[2]
    if len(alone) == 1:
        return alone[0], "h1"
    for title in titles:
        if title.stated.where != "title":
            return title.without(names), title.stated.where
    if alone:
        return alone[0], "h1"
    return (titles[0].without(names), titles[0].stated.where) if titles else ("", "")


class _Title:
    """A stated title, and what is left of it as pieces at either end are cut off."""

    def __init__(self, stated: Stated) -> None:
        text = one_line(stated.text[: 2 * _LONGEST])
        cuts = list(itertools.islice(_CUT.finditer(text), 8))
        self.stated = stated
        self._text = text
        self._heads = [head for cut in cuts if (head := text[: cut.start()].strip())]
        self._whole = _plain(text)
        self._plain_heads = {*map(_plain, self._heads)}
        self._plain_tails = {_plain(text[cut.end() :]) for cut in cuts}
        self._plain_tails |= {_plain(text[cut.end() : end.start()]) for cut, end in itertools.pairwise(cuts)}

    def supports(self, words: str) -> float:
        """How much it speaks for a heading of these words."""
        if words == self._whole:
            return 3.0
        count = words.count(" ") + 1
        if words in self._plain_heads:
            is_section = count <= _SHORT and self._whole.count(" ") >= _LONG_REST
            return 1.8 if is_section else 2.5
        if words in self._plain_tails:
            return 1.6 if count <= 2 * _SHORT else 2.2
        if count >= 3 and self._whole.startswith(f"{words} "):
            return 1.5
        if count >= 4 and words in self._whole:
            return 1.0
        return 1.0 if count >= 4 and self._is_like(words) else 0.0

    def _is_like(self, words: str) -> bool:
        """Whether nearly all words are the same: one was put right, or has another ending."""
        some = set(words.split())
        return any(
            len(some & others) >= _ALIKE * len(some | others)
            for others in (set(title.split()) for title in (self._whole, *self._plain_heads))
        )

    def without(self, names: set[str]) -> str:
        """The title, where no heading bears it out: less the site's name, or a short piece behind a longer one."""
        for head in self._heads:
            rest = self._whole.removeprefix(_plain(head)).strip()
            if rest.replace(" ", "") in names or (len(_plain(head)) >= 2 * len(rest) and rest.count(" ") < 4):
                return head
        return self._text


@dataclass(frozen=True, slots=True)
class _Heading:
    """A heading: its level and text, the pieces that its markup parts it into, and the kicker that it begins with.

    `is_called` says that the markup calls the kicker one; `leads_home` that the heading is a link to the front page.
    """

    level: str
    text: str
    pieces: list[str]
    kicker: str
    is_called: bool
    leads_home: bool

    @property
    def without_kicker(self) -> str:
        return self.text[len(self.kicker) :].lstrip(_AFTER_KICKER) if self.kicker else self.text


def _headings(tree: Any) -> Iterator[_Heading]:
    """The headings that are not empty, in order."""
    for element in itertools.islice(tree.iter("h1", "h2", "h3"), _MOST_HEADINGS):
        links = [*element.iter("a"), *itertools.islice(element.iterancestors("a"), 1)]
        leads_home = any(_HOME.fullmatch((link.get("href") or "").strip()) for link in links)
        if next(element.iter(*_UNREAD), None) is not None:
            element = _readable(element)
        text = one_line(" ".join(element.itertext()))  # a kicker's element may stand right before the headline's
        if not text or len(text) > _LONGEST:
            continue
        pieces = [one_line("".join(element.itertext()))]
        called = ""
        for piece in itertools.islice(element.iterdescendants(), _MOST_PIECES):
            if isinstance(piece.tag, str):
                pieces.append(one_line(" ".join(piece.itertext())))
                if not called and _KICKER.search(piece.get("class") or "") and text.startswith(f"{pieces[-1]} "):
                    called = pieces[-1]
            pieces.append(one_line(piece.tail or ""))
        pieces.append(one_line(element.text or ""))
        kicker = called or _set_apart(element)
        kicker = kicker if text.startswith(f"{kicker} ") else ""
        yield _Heading(element.tag, text, [piece for piece in pieces if piece], kicker, bool(called), leads_home)


def _readable(element: Any) -> Any:
    """A copy without what no reader sees: style sheets, and how a word is pronounced."""
    from lxml import etree

    element = copy.deepcopy(element)
    element.tail = None
    etree.strip_elements(element, *_UNREAD, with_tail=False)
    return element


def _set_apart(element: Any) -> str:
    """The first of two pieces of a heading, where its markup sets it apart as what stands before a headline.

    It is the shorter one, and the rest begins anew; with a colon at its end both are one headline.
    """
    while len(element) == 1 and not one_line(element.text or "") and not one_line(element[0].tail or ""):
        element = element[0]
    if len(element) == 0 or one_line(element.text or ""):
        return ""
    first = element[0]
    if not isinstance(first.tag, str) or first.tag in _WITHIN_LINE:
        return ""
    kicker = one_line("".join(first.itertext()))
    texts = (
        one_line(first.tail or ""),
        *(one_line(text) for piece in element[1:] for text in (*piece.itertext(), piece.tail or "")),
    )
    rest = [text for text in texts if text]
    while len(rest) > 1 and not _plain(rest[0]):
        rest.pop(0)  # what parts them, where nobody sees it
    following = " ".join(rest).lstrip("“„«\"'‘»¿¡( ")
    if not kicker or kicker.endswith((":", ",", "?", "!")) or len(kicker) > len(following):
        return ""
    return kicker if following[:1].isalnum() and not following[:1].islower() else ""


def _plain(text: str) -> str:
    """Its words alone, case set aside."""
    return _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


def _joined(text: str) -> str:
    """The same without the blanks between: `dailycourier.example` is the Daily Courier."""
    return _plain(text).replace(" ", "")


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None
