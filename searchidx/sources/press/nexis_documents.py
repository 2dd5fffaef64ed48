"""The layout of a document in old Nexis downloads, shared by TXT and HTML: `1 of 10 DOCUMENTS`.

After the counter: source and date (centred), headline, labels in capitals, text, labels, copyright. A copyright may
also come first, and each part may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from searchidx.sources.press.labels import LabelLine, parse_label
from searchidx.sources.press.press_article import PressArticle, parse_count, split_keywords, split_section
from searchidx.sources.press.printed_dates import find_date, find_date_line, parse_time, with_time

NAME = "Nexis"
COUNTER = re.compile(
    r"\s*(?:focus\s*-\s*)?(?:do[ck]ument\w*\s+)?(?P<number>\d{1,7})\s+(?:of|von|de|sur|di|van|af|av|från)\s+(?P<total>\d{1,7})"
    r"(?:\s+(?:do[ck]ument\w*))?\s*",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(r"\s*(?:copyright|copr\.|©|\(c\)|copy\s+\d{4}|urheberrecht)", re.IGNORECASE)
_RIGHTS = re.compile(
    r"\s*(?:all rights reserved|alle rechte vorbehalten|tous droits r[ée]serv|todos los derechos|alle rechten"
    r"|tutti i diritti|todos os direitos)",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"(?:we are sorry but|there is an error in this document|copyright restrictions?|not possible to display|"
    r"ce document n'est pas|dieses dokument kann)",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_WORD_COUNT = re.compile(r"\d[\d.,]{0,8}\s+(?:words|w[öo]rter|woorden|mots|palabras|parole|palavras|ord)")
_MAX_HEADLINE = 3
"""Paragraphs of a headline."""
_MAX_COUNTER = 120
"""Characters of a counter, which may be centred."""
_MAX_HEAD = 10
"""Paragraphs before the headline."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: its lines; whether it is centred; whether it is printed larger, as headlines are."""

    lines: tuple[str, ...]
    is_centred: bool = False
    is_large: bool = False

    @property
    def text(self) -> str:
        """The lines as one."""
        return " ".join(" ".join(self.lines).split())


def is_counter(text: str) -> bool:
    """Whether this is the counter before a document."""
    if len(text) > _MAX_COUNTER or "ument" not in text.lower():
        return False
    match = COUNTER.fullmatch(text)
    return match is not None and re.search("do[ck]ument", text, re.IGNORECASE) is not None


def read_counter(text: str) -> tuple[int, int]:
    """The number of a document and of all documents of its search."""
    match = COUNTER.fullmatch(text)
    return (int(match["number"]), int(match["total"])) if match else (0, 0)


def capital_label(paragraph: Paragraph) -> LabelLine | None:
    """The label in capitals that a paragraph begins with: `BYLINE: Jane Doe`."""
    first = paragraph.lines[0].strip() if paragraph.lines else ""
    label = parse_label(first)
    if label is None or label.label != label.label.upper() or len(label.label) < 3 or label.label.islower():
        return None
    if not label.field and not re.fullmatch(r"[^\W\d_]+(?:-[^\W\d_]+)+", label.label):
        return None
    return label._replace(value=" ".join([label.value, *(line.strip() for line in paragraph.lines[1:])]).strip())


def is_error(paragraphs: Sequence[Paragraph]) -> bool:
    """Whether a document holds only a message that it cannot be shown."""
    texts = [paragraph.text for paragraph in paragraphs if paragraph.text and not is_counter(paragraph.text)]
    return 0 < len(texts) <= 3 and any(map(_ERROR.search, texts)) and not any(map(find_date_line, texts))


def read_document(paragraphs: Sequence[Paragraph]) -> PressArticle:
    """The fields of a document."""
    article = PressArticle()
    rest = [each for each in paragraphs if each.text and not is_counter(each.text)]
    rest = _read_head(article, rest)
    if rest and article.words is None and (match := _WORD_COUNT.fullmatch(rest[min(1, len(rest) - 1)].text)):
        article.words = parse_count(match[0])  # as articles of web pages have it, between headline and text
        del rest[min(1, len(rest) - 1)]
    labels = [at for at, each in enumerate(rest) if capital_label(each)]
    large = next((at for at, each in enumerate(rest[:3]) if each.is_large), None)
    if large is not None:
        article.headline = rest[large].text
        rest = rest[large + 1 :]
    elif rest and labels[:1] != [0] and not article.headline:
        count = labels[0] if labels and labels[0] <= _MAX_HEADLINE else 1
        titles = [each.text for each in rest[:count]]
        if len(titles) == 2 and _is_name(titles[1]):
            article.byline = titles.pop()
        article.headline = " ".join(titles)
        rest = rest[count:]
    _read_rest(article, rest)
    return article


def _is_name(text: str) -> bool:
    """Whether a line below a headline is the name of an author."""
    words = text.removeprefix("By ").removeprefix("BY ").split()
    return (
        2 <= len(words) <= 4 and all(word[:1].isupper() for word in words) and not text.endswith((".", "?", "!", ":"))
    )


def _read_head(article: PressArticle, paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Read source, date and edition; the paragraphs after them."""
    at = next((at for at, each in enumerate(paragraphs[:_MAX_HEAD]) if _has_date_line(each)), None)
    if at is None:
        centred = 0
        while centred < len(paragraphs) and paragraphs[centred].is_centred:
            centred += 1
        names = [each for each in paragraphs[:centred] if not _is_copyright(each)]
        article.source = names[0].text if names else ""
        article.date_text = names[1].text if len(names) > 1 else ""
        if article.date_text and (loose := find_date(article.date_text)) is not None:
            article.date = loose.date
        return paragraphs[centred:]
    lines = [line.strip() for line in paragraphs[at].lines if line.strip()]
    place = next(n for n, line in enumerate(lines) if find_date_line(line))
    found = find_date_line(lines[place])
    assert found is not None
    above = [each for each in paragraphs[:at] if not _is_copyright(each)]
    links = [each for each in above if _LINK.fullmatch(each.text)]
    if links:  # an article of a web page: newspaper, address, date
        article.url = links[0].text
        above = [each for each in above if each not in links]
    article.source = " ".join(lines[:place]) or (above[-1].text if above else "")
    titles = [each.text for each in above[:-1] if not each.is_centred]
    if titles and above[-1].is_centred and paragraphs[at].is_centred:
        article.headline = re.sub(r"^[A-Z]{4,12}:\s*", "", " ".join(titles))
    article.date, article.date_text = found.date, lines[place]
    editions = [found.after, *lines[place + 1 :]]
    at += 1
    while at < len(paragraphs) and paragraphs[at].is_centred and not paragraphs[at].is_large:
        if capital_label(paragraphs[at]):
            break
        if not _is_copyright(paragraphs[at]):
            editions.append(paragraphs[at].text)
        at += 1
    for each in list(editions):
        if (time := parse_time(each)) is not None:
            article.date = with_time(article.date, time)
            editions.remove(each)
    article.edition = "; ".join(filter(None, (each.strip(" ;") for each in editions)))
    return paragraphs[at:]


def _has_date_line(paragraph: Paragraph) -> bool:
    return len(paragraph.lines) <= 4 and any(find_date_line(line) for line in paragraph.lines)


def _is_copyright(paragraph: Paragraph) -> bool:
    return bool(_COPYRIGHT.match(paragraph.text) or _RIGHTS.match(paragraph.text))


_TOP = ("byline", "section", "length", "dateline", "highlight", "series", "headline", "page", "edition", "date")


def _read_rest(article: PressArticle, paragraphs: Sequence[Paragraph]) -> None:
    """Read labels and text: labels above, the text, and from the first of the lower labels no more text."""
    is_below = False
    for paragraph in paragraphs:
        label = capital_label(paragraph)
        is_above = not article.paragraphs
        if label is not None and label.field == "body":
            if label.value:
                article.paragraphs.append(label.value)
        elif label is not None and label.field in ("graphic", "notes", "correction", "journal_code") and is_above:
            continue
        elif label is not None and (label.field in _TOP if is_above and not is_below else True):
            is_below = is_below or (label.field not in _TOP and not is_above)
            if not is_below and label.field not in _TOP:
                article.paragraphs.append(paragraph.text)
            _apply(article, label)
        elif label is not None and is_above:
            is_below = True
            _apply(article, label)
        elif _is_copyright(paragraph) and (paragraph.is_centred or is_below):
            is_below = is_below or not is_above
        elif not is_below:
            article.paragraphs += [" ".join(line.split()) for line in paragraph.lines if line.strip()]


def _apply(article: PressArticle, label: LabelLine) -> None:
    value = label.value
    if label.field == "section":
        article.section, page = split_section(value)
        article.page = article.page or page
    elif label.field == "length":
        article.words = parse_count(value)
    elif label.field == "headline":
        article.headline = article.headline or value
    elif label.field in ("byline", "dateline", "page", "edition"):
        setattr(article, label.field, value)
    elif label.field == "language":
        article.language = value.split(";")[0].strip()
    elif label.field == "subject":
        article.keywords = article.keywords or split_keywords(value)
    elif label.field == "date" and not find_date(article.date_text) and (found := find_date(value)) is not None:
        article.date, article.date_text = found.date, value
    else:
        return
    article.origins["keywords" if label.field == "subject" else label.field] = label.label
