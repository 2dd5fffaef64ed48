"""Export whole articles as JSON Lines, CSV, RIS, BibTeX, CSL-JSON or plain text.

Each format is a function from articles to pieces of text, so an export has the memory of one article. Nothing is
truncated. The bibliographic formats have no place for bodies; the others hold every field.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from itertools import chain
from typing import Any

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.render.author_names import Author, parse_authors
from searchidx.render.serialize import csv_row, json_line
from searchidx.versions import SAVED, VERSION

_CSV_COLUMNS = ("id", "headline", "date", "byline", "dateline", "section", "source", "language", "keywords", "url",
                "path", "page", "edition", "ocr", "body")  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CONTROLS = dict.fromkeys((*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0)), " ")
_TXT_LABELS = (
    *("date", "byline", "dateline", "section", "page", "edition", "source", "ocr", "language", "keywords", "url"),
    *("path", "id"),
)
_TXT_SEPARATOR = "\f" + "-" * 72 + "\n"
"""Starts a new page in print. Control characters of articles are replaced, so no article has such a line."""

# Commands that print the special characters of TeX. Braces have names, because BibTeX counts them after a backslash.
_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{char: "\\" + char for char in "$&#%_"},
    }
)
_URL_ESCAPES = str.maketrans({char: f"%{ord(char):02X}" for char in ' "<>\\^`{|}'})
"""Characters that are invalid in a URL or would end a field."""


def export_lines(articles: Iterable[Article], format: str) -> Iterator[str]:
    """Yield the export of articles: pieces of text with line ends, to be written as UTF-8.

    Args:
        articles: the articles.
        format: one of `EXPORT_FORMATS`.

    Raises:
        ValueError: for an unknown format.
    """
    if format not in _FORMATS:
        raise ValueError(f"cannot export articles as {format!r}: use one of {', '.join(EXPORT_FORMATS)}")
    return _FORMATS[format](articles)


def _jsonl(articles: Iterable[Article]) -> Iterator[str]:
    """Yield `Article.to_dict` of each article as a line; `Article.from_dict` restores it."""
    for article in articles:
        yield json_line(article.to_dict()) + "\n"


def _csv(articles: Iterable[Article]) -> Iterator[str]:
    """Yield CSV (RFC 4180) with a header; `; ` separates keywords."""
    articles = iter(articles)
    first = next(articles, None)
    added = () if first is None or VERSION not in first.provenance else (VERSION, SAVED)
    yield csv_row((*_CSV_COLUMNS, *added)) + "\r\n"
    for article in () if first is None else chain((first,), articles):
        values = {name: getattr(article, name) for name in _CSV_COLUMNS}
        values["keywords"] = "; ".join(article.keywords)
        values["ocr"] = "" if article.ocr is None else str(article.ocr)
        values["date"] = "" if article.date is None else str(article.date)
        values |= {name: article.provenance.get(name, "") for name in added}
        yield csv_row(values.values()) + "\r\n"


def _ris(articles: Iterable[Article]) -> Iterator[str]:
    """Yield RIS: lines of a tag and a value, from `TY` to `ER`; unknown parts of a date are empty (`2023/02//`)."""
    for article in articles:
        lines = [("TY", "NEWS"), ("TI", article.headline)]
        lines += [("AU", _ris_name(author)) for author in parse_authors(article.byline)]
        lines += [("T2", article.source), ("SE", article.section), ("SP", article.page), ("ET", article.edition)]
        if article.date is not None:
            year, month, day = _date_parts(article.date)
            lines += [("PY", f"{year:04}"), ("DA", "/".join((f"{year:04}", f"{month:02}" if month else "",
                                                            f"{day:02}" if day else "", "")))]  # fmt: skip
        lines += [("UR", article.url), ("LA", article.language)]
        lines += [("KW", keyword) for keyword in article.keywords]
        lines += [("N1", _version_note(article)), ("AN", article.id)]
        yield "".join(f"{tag}  - {value.translate(_CONTROLS)}\r\n" for tag, value in lines if value) + "ER  - \r\n"


def _ris_name(author: Author) -> str:
    """Format a name as `Family, Given, Suffix`; a literal name gets `;` for `,`, which would separate its parts."""
    if author.literal:
        return author.literal.replace(",", ";")
    return ", ".join(part for part in (author.family, author.given, author.suffix) if part)


def _bibtex(articles: Iterable[Article]) -> Iterator[str]:
    """Yield BibTeX: an `@article` of its newspaper, or `@misc` if that is unknown.

    Reference managers and classic styles read `year` and `month`, BibLaTeX reads `date` and `entrysubtype`. Braces keep
    styles from lower-casing a headline, whose capitals are mostly names.
    """
    for article in articles:
        fields = {
            "title": f"{{{_tex(article.headline)}}}" if article.headline else "",
            "author": " and ".join(map(_tex_name, parse_authors(article.byline))),
            "journal": _tex(article.source),
            "entrysubtype": "newspaper" if article.source else "",
            "section": _tex(article.section),
            "pages": _tex(article.page),
            "edition": _tex(article.edition),
            "url": article.url.translate(_CONTROLS).translate(_URL_ESCAPES),
            "language": _tex(article.language),
            "keywords": ", ".join(f"{{{_tex(key)}}}" if "," in key else _tex(key) for key in article.keywords),
            "note": _version_note(article),
            "articleid": _tex(article.id),
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        if article.date is not None:
            year, month, _ = _date_parts(article.date)
            lines += [f"  date = {{{str(article.date)[:10]}}}", f"  year = {{{year:04}}}"]
            lines += [f"  month = {_MONTHS[month - 1]}"] if month else []
        yield f"@{'article' if article.source else 'misc'}{{{_citation_key(article)},\n" + ",\n".join(lines) + "\n}\n\n"


def _tex(text: str) -> str:
    return text.translate(_CONTROLS).translate(_TEX)


def _tex_name(author: Author) -> str:
    """Format a name as `Family, Given` or `Family, Suffix, Given`; braces keep a literal name whole."""
    if author.literal:
        return f"{{{_tex(author.literal)}}}"
    return ", ".join(part for part in (_tex(author.family), _tex(author.suffix), _tex(author.given)) if part)


def _citation_key(article: Article) -> str:
    """Return the citation key of an article: author, year, and 60 bits of a digest of its id.

    Every export has the same key. It is lower case, because BibTeX ignores the case of keys.
    """
    first = parse_authors(article.byline)[:1]
    name = (first[0].family if first else "") or article.source or (first[0].literal if first else "")
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    year = "nd" if article.date is None else f"{article.date.year:04}"
    digest = b32encode(blake2b(article.id.encode(), digest_size=10).digest()).decode().lower()[:12]
    version = f"-v{article.provenance[VERSION]}" if VERSION in article.provenance else ""
    return f"{re.sub('[^a-z]', '', letters)[:20] or 'article'}{year}-{digest}{version}"


def _version_note(article: Article) -> str:
    """Which version an article is, if it is given as one."""
    if VERSION not in article.provenance:
        return ""
    saved = article.provenance.get(SAVED)
    return f"version {article.provenance[VERSION]}" + (f", saved {saved}" if saved else "")


def _csl_json(articles: Iterable[Article]) -> Iterator[str]:
    """Yield CSL-JSON: an array, each item on a line."""
    separator = "[\n"
    for article in articles:
        yield separator + json_line(_csl_item(article))
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _csl_item(article: Article) -> dict[str, Any]:
    item: dict[str, Any] = {"id": article.id, "type": "article-newspaper", "title": article.headline}
    names = [_csl_name(author) for author in parse_authors(article.byline)]
    parts = [] if article.date is None else [part for part in _date_parts(article.date) if part is not None]
    item |= {
        "author": names,
        "container-title": article.source,
        "section": article.section,
        "page": article.page,
        "edition": article.edition,
        "issued": {"date-parts": [parts]} if parts else {},
        "URL": article.url,
        "language": article.language,
        "keyword": ", ".join(article.keywords),
        "version": article.provenance.get(VERSION, ""),
        "note": _version_note(article),
    }
    if item["version"]:  # the id of an item is unique
        item["id"] = f"{article.id}#version-{item['version']}"
    return {name: value for name, value in item.items() if value}


def _csl_name(author: Author) -> dict[str, str]:
    return {name: value for name in ("literal", "family", "given", "suffix") if (value := getattr(author, name))}


def _date_parts(date: PartialDate) -> tuple[int, int | None, int | None]:
    return date.year, date.month, date.day


def _txt(articles: Iterable[Article]) -> Iterator[str]:
    """Yield plain text to read: headline, metadata, paragraphs; each article on its own page.

    Control characters become blanks, so that an article cannot control a terminal.
    """
    separator = ""
    for article in articles:
        text = f"{article.headline}\n\n" if article.headline else ""
        for name in _TXT_LABELS:
            value = getattr(article, name)
            if value:
                text += f"{name + ':':<10} {', '.join(value) if name == 'keywords' else value}\n"
        if note := _version_note(article):
            text += f"{note}\n"
        paragraphs = (line.strip() for line in article.body.translate(_CONTROLS).split("\n"))
        text = text.translate(_CONTROLS) + "".join(f"\n{line}\n" for line in paragraphs if line)
        yield separator + text
        separator = "\n" + _TXT_SEPARATOR


_FORMATS: dict[str, Callable[[Iterable[Article]], Iterator[str]]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "ris": _ris,
    "bibtex": _bibtex,
    "csl-json": _csl_json,
    "txt": _txt,
}
EXPORT_FORMATS: tuple[str, ...] = tuple(_FORMATS)
"""The names of the export formats."""
