"""Which of a page's texts is the headline of its article.

A page names its article many times: in a heading, for machines (JSON-LD, OpenGraph, `<title>`), with the site's name
behind it or a kicker before it. No one of these is right on more than three pages in four; where a heading and what is
stated for machines agree, they are right on nine in ten. So every heading, and every piece of it, is weighed by what it
has in common with the stated titles and with what is left of those when pieces at either end are cut off. What a
heading's markup calls a kicker is no part of it.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Stated", "headline_of"]

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
_NOT_WORDS = re.compile(r"\W+")
_LEVELS = {"h1": 1.0, "h2": 0.3, "h3": 0.0}


@dataclass(frozen=True, slots=True)
class Stated:
    """A title that a page states for machines: where, and what it says."""

    where: str
    text: str


def headline_of(tree: Any, stated: Sequence[Stated], sites: Sequence[str], url: str | None) -> tuple[str, str]:
    """The headline of the page's article and where it was found; both empty where there is none.

    `stated` are the titles for machines, the most trusted first; `sites` what the page calls its site.
    """
    host = (_host(url) or "").removeprefix("www.")
    names = {_joined(name) for name in (*sites, host, *(part for part in host.split(".") if len(part) > 3))}
    titles = [_Title(each) for each in stated if _plain(each.text)]
    best: tuple[float, str, str] = (0.0, "", "")
    alone: list[str] = []
    for level, text, pieces, kicker in _headings(tree):
        if level == "h1" and _joined(text) not in names:
            alone.append(text[len(kicker) :].lstrip(_AFTER_KICKER))
        for candidate in dict.fromkeys((text, *pieces)):
            words = _plain(candidate)
            if not words or _joined(candidate) in names:
                continue
            support = sum(title.supports(words) for title in titles)
            if support:
                score = support + _LEVELS[level] + min(len(words.split()), 8) * 0.15 - 0.9 * (candidate != text)
                if score > best[0] + 1e-9:
                    is_kicked = kicker and candidate in (text, kicker)
                    best = (score, text[len(kicker) :].lstrip(_AFTER_KICKER) if is_kicked else candidate, level)
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
        text = " ".join(stated.text[: 2 * _LONGEST].split())
        cuts = list(itertools.islice(_CUT.finditer(text), 8))
        self.stated = stated
        self._text = text
        self._heads = [head for cut in cuts if (head := text[: cut.start()].strip())]
        self._whole = _plain(text)
        self._plain_heads = {*map(_plain, self._heads)}
        self._plain_tails = {_plain(text[cut.end() :]) for cut in cuts}

    def supports(self, words: str) -> float:
        """How much it speaks for a heading of these words."""
        if words == self._whole:
            return 3.0
        if words in self._plain_heads:
            return 2.5
        if words in self._plain_tails:
            return 1.6
        count = words.count(" ") + 1
        if count >= 3 and self._whole.startswith(f"{words} "):
            return 1.5
        return 1.0 if count >= 4 and words in self._whole else 0.0

    def without(self, names: set[str]) -> str:
        """The title, where no heading bears it out: less the site's name, or a short piece behind a longer one."""
        for head in self._heads:
            rest = self._whole.removeprefix(_plain(head)).strip()
            if rest.replace(" ", "") in names or (len(_plain(head)) >= 2 * len(rest) and rest.count(" ") < 4):
                return head
        return self._text


def _headings(tree: Any) -> Iterator[tuple[str, str, list[str], str]]:
    """Level and text of each heading that is not empty, the pieces that its markup parts it into, and its kicker."""
    for element in itertools.islice(tree.iter("h1", "h2", "h3"), _MOST_HEADINGS):
        text = _text(" ".join(element.itertext()))  # a kicker's element may stand right before the headline's
        if not text or len(text) > _LONGEST:
            continue
        pieces = [_text("".join(element.itertext()))]
        kicker = ""
        for piece in itertools.islice(element.iterdescendants(), _MOST_PIECES):
            if isinstance(piece.tag, str):
                pieces.append(_text(" ".join(piece.itertext())))
                if not kicker and _KICKER.search(piece.get("class") or "") and text.startswith(f"{pieces[-1]} "):
                    kicker = pieces[-1]
            pieces.append(_text(piece.tail or ""))
        pieces.append(_text(element.text or ""))
        yield element.tag, text, [piece for piece in pieces if piece], kicker


def _text(text: str) -> str:
    return " ".join(text.split())


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
