"""Pages of scanned newspapers: recognised words, and how they become paragraphs.

ALTO and PAGE give an `OcrPage`: its words in reading order, and for the id of each element the range of words within
it. An article is a list of such ranges, on one page or several. Words that the end of a line parted are joined, and a
block of text is a paragraph.

    range    ["THE", "light-", "house", "burns"]      lines 1, 1, 2, 2
    text     "THE lighthouse burns"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

_HYPHENS = "-\u00ad\u2010\u2011¬⸗"
_ALWAYS_HYPHENS = "\u00ad¬⸗"
"""Characters that occur only where a line end parts a word."""
_MAX_HEADLINE = 120
"""Characters of a headline that is cut from the text, because the page states none."""


class OcrWord(NamedTuple):
    """A recognised word.

    Attributes:
        text: the word, or the part of it on this line.
        line, block: the numbers of its line and block on the page.
        confidence: from 0 to 1; -1 if unknown.
        whole: the whole word, if this is the first part of one and the page states it.
        is_second_part: it is the rest of the word before.
        has_hyphen: the page states a hyphen after it, which is not in `text`.
    """

    text: str
    line: int
    block: int
    confidence: float = -1.0
    whole: str = ""
    is_second_part: bool = False
    has_hyphen: bool = False


@dataclass(slots=True)
class OcrPage:
    """The words of a page in reading order.

    Attributes:
        words: the words.
        ranges: for each id the half-open range of its words.
        number: the number of the page, as printed or else counted; "" if unknown.
        id: the id of the page.
    """

    words: list[OcrWord] = field(default_factory=list)
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    number: str = ""
    id: str = ""
    articles: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def slice(self, begin: str, end: str = "") -> list[OcrWord] | None:
        """The words from one element to another, both included; None if the page has no such element."""
        if not begin:
            return self.words
        if begin not in self.ranges:
            return None
        start, stop = self.ranges[begin]
        return self.words[start : max(stop, self.ranges.get(end, (0, stop))[1])]


def join_words(pieces: Iterable[Sequence[OcrWord]]) -> list[str]:
    """The paragraphs of an article from its pieces, in order. A word that is parted joins two blocks as well."""
    paragraphs: list[list[str]] = []
    before: OcrWord | None = None
    for piece in pieces:
        is_new_piece = True
        for word in piece:
            if before is None or not paragraphs:
                paragraphs.append([word.text if not word.whole else word.whole])
            elif is_new_piece or word.line != before.line or word.block != before.block:
                is_new_block = is_new_piece or word.block != before.block
                _add_to_next_line(paragraphs, before, word, is_new_block)
            else:
                paragraphs[-1].append(word.whole or word.text)
            before, is_new_piece = word, False
    return [" ".join(words) for words in paragraphs if words]


def _add_to_next_line(paragraphs: list[list[str]], before: OcrWord, word: OcrWord, is_new_block: bool) -> None:
    """Add the first word of a line: to the word before it, to the paragraph, or as a new paragraph."""
    text = word.whole or word.text
    if before.whole and (word.is_second_part or before.whole.endswith(word.text)):
        return
    joined = "" if before.whole else _join_parts(paragraphs[-1][-1], text, before.has_hyphen)
    if joined:
        paragraphs[-1][-1] = joined
    elif is_new_block:
        paragraphs.append([text])
    else:
        paragraphs[-1].append(text)


def _join_parts(first: str, second: str, has_hyphen: bool) -> str:
    """Join two parts of a word; "" if they are two words. `New-` and `York` keep their hyphen, as do numbers."""
    stem = first.rstrip(_HYPHENS)
    if not stem or not stem[-1].isalnum() or not (has_hyphen or stem != first) or first.endswith("--"):
        return ""
    start = second.lstrip("\"'„“”‘’«»(")[:1]
    if start.islower() or (start.isupper() and len(stem) > 1 and stem.isupper()):
        return stem + second
    if first[-1] in _ALWAYS_HYPHENS and start.isalpha():
        return stem + second
    return f"{stem}-{second}" if start.isalnum() else ""


def mean_confidence(pieces: Iterable[Sequence[OcrWord]]) -> float | None:
    """The mean confidence of all words whose confidence is known; None if there is none."""
    known = [word.confidence for piece in pieces for word in piece if word.confidence >= 0]
    return round(sum(known) / len(known), 4) if known else None


def split_headline(paragraphs: list[str], pieces: Sequence[Sequence[OcrWord]]) -> tuple[str, list[str]]:
    """The headline and the body of a text without a stated headline.

    A first block of one line is the headline. Otherwise the first line, cut from a longer text, stands for one, and the
    body keeps it.
    """
    words = [word for piece in pieces for word in piece]
    if not words or not paragraphs:
        return "", paragraphs
    first = [word for word in words if (word.line, word.block) == (words[0].line, words[0].block)]
    line = " ".join(join_words([first]))
    if line == paragraphs[0] and len(paragraphs) > 1 and len(line) <= _MAX_HEADLINE:
        return line, paragraphs[1:]
    return _cut(line, paragraphs[0]), paragraphs


def _cut(line: str, paragraph: str) -> str:
    """The words of a paragraph that begin on its first line, with a mark if there are more."""
    start = paragraph[: max(len(line), 20)]
    if len(paragraph) > len(start) and not paragraph[len(start)].isspace():
        start += paragraph[len(start) :].split(maxsplit=1)[0]
    start = start.strip()[:_MAX_HEADLINE]
    return start if start == paragraph else f"{start} …"


def confidence_of(text: str | None) -> float:
    """A confidence as written, from 0 to 1 or in percent; -1 if there is none."""
    try:
        value = float(text) if text else -1.0
    except ValueError:
        return -1.0
    if 1 < value <= 100:
        value /= 100
    return value if 0 <= value <= 1 else -1.0


LANGUAGE_CODES: Mapping[str, str] = {
    code: tag
    for tag, codes in {
        "cs": "cze ces czech", "da": "dan danish", "de": "ger deu german deutsch", "el": "gre ell greek",
        "en": "eng english", "es": "spa spanish", "et": "est estonian", "fi": "fin finnish", "fr": "fre fra french",
        "hr": "hrv croatian", "hu": "hun hungarian", "is": "ice isl icelandic", "it": "ita italian",
        "lb": "ltz luxembourgish letzeburgesch", "lt": "lit lithuanian", "lv": "lav latvian", "nl": "dut nld dutch",
        "no": "nor norwegian", "pl": "pol polish", "pt": "por portuguese", "ru": "rus russian", "sl": "slv slovenian",
        "sr": "srp serbian", "sv": "swe swedish", "tr": "tur turkish", "uk": "ukr ukrainian", "la": "lat latin",
        "yi": "yid yiddish", "he": "heb hebrew", "ja": "jpn japanese", "zh": "chi zho chinese", "ko": "kor korean",
    }.items()
    for code in codes.split()
}  # fmt: skip
"""The tags of languages as libraries write them: `fre`, `French`."""


def language_tag(text: str) -> str:
    """The tag of a language: a code of two or three letters, a tag, or an English name."""
    text = text.strip()
    return LANGUAGE_CODES.get(text.lower(), text if 2 <= len(text) <= 12 and text[:2].isalpha() else "")
