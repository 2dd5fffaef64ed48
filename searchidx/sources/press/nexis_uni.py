"""Nexis Uni, Lexis+ and Lexis Advance: DOCX and RTF downloads, and the text of PDF ones.

A cover may come first, with the number of documents and a list of them. An article begins at a bookmark `Bookmark_N`,
or after the line `End of Document`: headline, source, date, copyright, labels with a no-break space after the colon,
the line `Body`, the text, more labels. All names depend on the language of the database's pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from searchidx.article import Article
from searchidx.sources.press.labels import LabelLine, find_field, is_end_of_document, parse_label
from searchidx.sources.press.press_article import (
    PressArticle,
    count_difference,
    parse_count,
    read_article,
    split_keywords,
    split_section,
)
from searchidx.sources.press.printed_dates import PrintedDate, find_date_line, fold
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from searchidx.sources.text_lines import TextLine

NAME = "Nexis Uni"
_BOOKMARK = re.compile(r"Bookmark_\d+")
_BODY_BOOKMARK = re.compile(r"Body(?:_\d+)?")
_COUNT = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)?\s*[(（]\s*(\d{1,6})\s*[)）]")
_LISTED = re.compile(r"\s*(\d{1,6})\.\s+(?=\S)")
_COVER_LABELS = re.compile(
    r"\s*(?:client/matter|search terms|search type|narrowed by|content type|suchbegriffe|suchtyp|eingegrenzt|inhaltstyp"
    r"|mandant|termes de recherche|type de recherche|affin|cliente|t[eé]rminos de b|tipo de b|zoektermen|zoektype"
    r"|user name|date and time|job number|benutzername|datum und|auftragsnummer|kundennummer)",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(
    r"\s*(?:©|\(c\)|copyright|copr\.?\s|\w[\w ]{0,20}©|derechos de autor|urheberrecht|auteursrecht)", re.I
)
_RIGHTS = re.compile(
    r"(?:all rights reserved|alle rechte vorbehalten|tous droits r[ée]serv|todos los derechos|alle rechten|"
    r"tutti i diritti|todos os direitos|med ensamr[äa]tt)",
    re.IGNORECASE,
)
_CONTENT_ID = re.compile(r"urn:contentItem:([\w-]+)", re.IGNORECASE)
_MAX_HEAD = 12
"""Lines before the labels of an article."""
_MIN_SAME = 25
"""Characters of a headline that its line on the cover begins with."""
_MAX_COVER = 40
"""Lines of a cover in which the number of documents stands."""
_MAX_LINES = 200_000
"""Lines of an article; more are no article."""


def recognises(lines: Sequence[TextLine]) -> bool:
    """Whether a download begins with these lines: by its bookmarks, its labels, or the end of an article."""
    names = [name for line in lines for name in line.bookmarks]
    if any(map(_BOOKMARK.fullmatch, names)) and any(map(_BODY_BOOKMARK.fullmatch, names)):
        return True
    marked = [label for line in lines if (label := parse_label(line.text)) and label.is_marked and label.field]
    has_body = any(_is_heading(line, "body") for line in lines)
    has_end = any(is_end_of_document(line.text) for line in lines)
    has_length = any(label.field == "length" for label in marked)
    has_cover = _stated_count(lines) is not None and sum(map(_is_cover_label, lines)) >= 3
    return (has_end and (has_body or bool(marked))) or (has_body and has_length) or has_cover


def read(file: SourceFile, lines: Iterable[TextLine]) -> Iterator[Article | Skip]:
    """The articles of a download, in order; the place of an article is its number."""
    number = 0
    stated: int | None = None
    listed: dict[int, tuple[str, str]] = {}
    for segment in _split(lines):
        if not number and (count := _stated_count(segment)) is not None:
            stated, listed = count, _listed_ids(segment)
        document = _find_document(segment)
        if document is None and not any(map(_BOOKMARK.fullmatch, segment[0].bookmarks if segment else ())):
            continue  # a cover, or what comes after the last article
        number += 1
        if document is None:
            yield Skip(f"{file.name}#{number}", "the document has neither a text nor a date", damaged=False)
            continue
        yield from read_article(file, number, NAME, _read_listed, document, *listed.get(number, ("", "")))
    if not number:
        reason = "it looks like a Nexis download without the articles' text: download the full documents"
        yield Skip(file.name, reason, damaged=False)
    else:
        yield from count_difference(file.name, number, stated)


def _read_listed(document: Any, headline: str, id: str) -> PressArticle:
    """An article, with the id that the list of articles has for its headline."""
    article = _read_document(document)
    if not article.id and headline and fold(headline).startswith(fold(article.headline)[:_MIN_SAME]):
        article.id = id
    return article


def _listed_ids(cover: Sequence[TextLine]) -> dict[int, tuple[str, str]]:
    """The headline and the id of each document in the list of a cover, by its number."""
    found: dict[int, tuple[str, str]] = {}
    for line in cover:
        number, id = _LISTED.match(line.text), _CONTENT_ID.search(line.link)
        if number is not None and id is not None:
            found.setdefault(int(number[1]), (" ".join(line.text[number.end() :].split()), id[1]))
    return found


def _split(lines: Iterable[TextLine]) -> Iterator[list[TextLine]]:
    """The lines between the starts and ends of articles; the first may be a cover."""
    segment: list[TextLine] = []
    for line in lines:
        if any(map(_BOOKMARK.fullmatch, line.bookmarks)) and segment:
            yield segment
            segment = []
        first, _, rest = line.text.strip().partition("\n") if len(line.text) < 200 else ("", "", "")
        if is_end_of_document(line.text) or (rest and is_end_of_document(rest)):
            if rest and not is_end_of_document(line.text):
                segment.append(replace(line, text=first))
            yield segment
            segment = []
        elif len(segment) < _MAX_LINES and (line.text.strip() or line.bookmarks):
            segment.append(line)
    if segment:
        yield segment


def _stated_count(segment: Sequence[TextLine]) -> int | None:
    """The number of documents on a cover: `Documents (50)`, before the list."""
    if not any(_is_cover_label(line) or (line.link and _LISTED.match(line.text)) for line in segment[:_MAX_COVER]):
        return None
    counts = (_COUNT.fullmatch(line.text.strip()) for line in segment[:_MAX_COVER] if len(line.text) < 60)
    return next((int(match[1]) for match in counts if match is not None), None)


def _is_cover_label(line: TextLine) -> bool:
    return ":" in line.text[:60] and _COVER_LABELS.match(line.text) is not None


def _is_heading(line: TextLine, field: str) -> bool:
    return len(line.text) <= 40 and find_field(line.text.strip()) == field


def _find_body(segment: Sequence[TextLine]) -> int | None:
    """The index of the line before the text: by its bookmark, else by its name."""
    for at, line in enumerate(segment):
        if any(map(_BODY_BOOKMARK.fullmatch, line.bookmarks)):
            return at
    bold = [at for at, line in enumerate(segment) if _is_heading(line, "body")]
    return next((at for at in bold if segment[at].is_bold), bold[0] if bold else None)


def _find_document(segment: list[TextLine]) -> list[TextLine] | None:
    """The lines of a segment without the cover before its article; None if it has no article."""
    body = _find_body(segment)
    first = next((at for at, line in enumerate(segment) if any(map(_BOOKMARK.fullmatch, line.bookmarks))), None)
    if first is None:
        first = 0
        for at, line in enumerate(segment[:body]):
            is_listed = bool(line.link) and _LISTED.match(line.text)
            if line.in_table or is_listed or _COVER_LABELS.match(line.text) or _COUNT.fullmatch(line.text.strip()):
                first = at + 1
    document = [line for line in segment[first:] if line.text.strip() or line.bookmarks]
    if sum(bool(line.text.strip()) for line in document) < 2:
        return None
    dated = any(find_date_line(line.text) for line in document[:_MAX_HEAD])
    return document if body is not None or dated else None


def _read_document(document: list[TextLine]) -> PressArticle:
    article = PressArticle()
    body = _find_body(document)
    top = document[: body if body is not None else len(document)]
    head_end = next((at for at, line in enumerate(top) if _ends_head(line, at)), min(len(top), _MAX_HEAD))
    last = _read_head(article, top[:head_end])
    labels = list(_labels(top[head_end:]))
    texts = document[body + 1 :] if body is not None else document[max(head_end, last) :]
    if body is not None:
        name, _, rest = document[body].text.strip().partition("\n")
        texts = [replace(document[body], text=rest), *texts] if rest and find_field(name) == "body" else texts
    stop, bottom = _find_end(texts)
    article.paragraphs = [part for line in texts[:stop] for part in line.text.split("\n") if part.strip()]
    if body is None:
        article.paragraphs = [each for each in article.paragraphs if not (_COPYRIGHT.match(each) or parse_marked(each))]
    for label in (*labels, *_labels(bottom)):
        _apply_label(article, label)
    for line in top:
        if match := _CONTENT_ID.search(line.link):
            article.id = match[1]
            break
    return article


def parse_marked(text: str) -> LabelLine | None:
    """A line with a label that is known, or that a no-break space marks; None for any other."""
    label = parse_label(text)
    return label if label is not None and (label.is_marked or label.field not in ("", "byline")) else None


def _ends_head(line: TextLine, at: int) -> bool:
    """Whether a line comes after headline, source and date: a copyright or a label."""
    if _COPYRIGHT.match(line.text) or _RIGHTS.search(line.text[-200:]):
        return at > 0
    label = parse_label(line.text)
    return label is not None and at > 0 and (label.is_marked or label.field in ("length", "section", "byline"))


def _read_head(article: PressArticle, head: Sequence[TextLine]) -> int:
    """Read headline, source, date and edition; the number of lines that they take."""
    lines = [(line, text) for line in head if (text := line.text.strip())]
    dates = [(at, found) for at, (_, text) in enumerate(lines) if (found := _date_of(text)) is not None]
    if not dates:
        texts = [text for _, text in lines]
        is_pair = len(texts) > 1
        article.headline = " ".join(texts[:-1] if is_pair else texts)
        article.source = texts[-1] if is_pair else ""
        return len(head)
    at, found = next(((at, found) for at, found in reversed(dates) if at > 1), dates[-1])
    article.date, article.date_text = found.date, lines[at][1]
    before = lines[:at]
    if len(before) == 1 and (before[0][0].link or before[0][0].level is not None):
        article.headline = before[0][1]
    elif before:
        article.headline = " ".join(text for _, text in before[:-1])
        article.source = before[-1][1]
    article.edition = "; ".join(filter(None, [found.after, *(text for _, text in lines[at + 1 :])]))
    return at + 1


def _date_of(text: str) -> PrintedDate | None:
    first, _, rest = text.partition("\n")
    found = find_date_line(first)
    return found if found is None or not rest.strip() else found._replace(after=f"{found.after} {rest}".strip())


def _labels(lines: Iterable[TextLine]) -> Iterator[LabelLine]:
    """The labels of some lines; a line without one continues the value before it."""
    current: LabelLine | None = None
    for line in lines:
        if _COPYRIGHT.match(line.text) or find_field(line.text.strip()) in ("classification", "body"):
            continue
        label = parse_label(line.text.strip())
        if label is not None and (label.is_marked or label.field):
            if current is not None:
                yield current
            current = label
        elif find_field(line.text.strip()):
            if current is not None:
                yield current
            current = LabelLine(find_field(line.text.strip()), line.text.strip(), "", True)
        elif current is not None:
            current = current._replace(value=f"{current.value}\n{line.text.strip()}".strip())
    if current is not None:
        yield current


_BOTTOM = ("graphic", "classification", "notes", "correction")
_LOWER = ("language", "publication_type", "load_date", "journal_code")
"""Labels that only stand below the text."""


def _find_end(texts: Sequence[TextLine]) -> tuple[int, Sequence[TextLine]]:
    """Where the text ends, and the lines with labels after it."""
    for at, line in enumerate(texts):
        text = line.text.strip()
        if len(text) <= 40 and find_field(text) in _BOTTOM and (line.is_bold or at > 0):
            return at, texts[at:]
        label = parse_label(text) if len(text) < 2_000 else None
        is_last = at == len(texts) - 1
        if label is not None and label.is_marked and not line.is_bold and (label.field in _LOWER or is_last):
            return at, texts[at:]
    stop = len(texts)
    while stop and (label := parse_label(texts[stop - 1].text.strip())) and label.is_marked:
        stop -= 1
    if stop < len(texts):  # in an unknown language: labels, and the short bold line above them
        if stop and texts[stop - 1].is_bold and len(texts[stop - 1].text) <= 40:
            return stop - 1, texts[stop:]
        return stop, texts[stop:]
    return stop, ()


def _apply_label(article: PressArticle, label: LabelLine) -> None:
    """Put the value of a label into the article."""
    value = label.value
    if label.field == "section":
        article.section, page = split_section(value)
        article.page = article.page or page
    elif label.field == "length":
        article.words = parse_count(value)
    elif label.field in ("byline", "dateline", "page"):
        setattr(article, label.field, value)
    elif label.field == "language":
        article.language = value.split(";")[0].strip()
    elif label.field == "subject" and not article.keywords:
        article.keywords = split_keywords(value)
    elif label.field == "edition":
        article.edition = article.edition or value
    else:
        return
    article.origins[label.field if label.field != "subject" else "keywords"] = label.label
