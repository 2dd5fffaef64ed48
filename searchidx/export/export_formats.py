"""Whole articles in the formats of other programs: databases, spreadsheets, reference managers, a reader's eyes.

Each format is a function from articles to pieces of text, one after the other, so that millions take the memory of one.
Nothing is cut off: whatever stands in an article stands in what is written, but for what a format has no place for (the
bibliographic ones take no bodies).
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import Any

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.render.author_names import Author, authors
from searchidx.render.serialize import csv_row, json_line

__all__ = ["FORMATS", "export_lines"]

_CSV = ("id", "headline", "date", "byline", "dateline", "section", "source", "language", "keywords", "url", "path",
        "body")  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CONTROLS = dict.fromkeys((*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0)), " ")
_TXT_LABELS = ("date", "byline", "dateline", "section", "source", "language", "keywords", "url", "path", "id")
_TXT_PARTING = "\f" + "-" * 72 + "\n"
"""Begins a page on paper; as control characters of articles are left out, no article has such a line."""

# What TeX would act on, as commands that print it. Braces are named, since BibTeX counts them even after a backslash.
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
_URL = str.maketrans({char: f"%{ord(char):02X}" for char in ' "<>\\^`{|}'})
"""What no address holds as it is, and what would end a field."""


def export_lines(articles: Iterable[Article], format: str) -> Iterator[str]:
    """The articles in one of `FORMATS`: pieces of text to be written as they are, UTF-8, line ends included.

    ValueError for a format that there is none of.
    """
    if format not in _FORMATS:
        raise ValueError(f"articles are exported as {', '.join(FORMATS)}, not as {format!r}")
    return _FORMATS[format](articles)


def _jsonl(articles: Iterable[Article]) -> Iterator[str]:
    """A line for each article: what `Article.to_dict` says, so `Article.from_dict` gives it back."""
    for article in articles:
        yield json_line(article.to_dict()) + "\n"


def _csv(articles: Iterable[Article]) -> Iterator[str]:
    """CSV as RFC 4180 has it, line ends included; keywords parted by `; `."""
    yield csv_row(_CSV) + "\r\n"
    for article in articles:
        values = {name: getattr(article, name) for name in _CSV}
        values["keywords"] = "; ".join(article.keywords)
        values["date"] = "" if article.date is None else str(article.date)
        yield csv_row(values.values()) + "\r\n"


def _ris(articles: Iterable[Article]) -> Iterator[str]:
    """RIS: lines of a tag and a value, from `TY` to `ER`; a date lacks what is not known (`2023/02//`)."""
    for article in articles:
        lines = [("TY", "NEWS"), ("TI", article.headline)]
        lines += [("AU", _ris_name(author)) for author in authors(article.byline)]
        lines += [("T2", article.source), ("SE", article.section)]
        if article.date is not None:
            year, month, day = _date_parts(article.date)
            lines += [("PY", f"{year:04}"), ("DA", "/".join((f"{year:04}", f"{month:02}" if month else "",
                                                            f"{day:02}" if day else "", "")))]  # fmt: skip
        lines += [("UR", article.url), ("LA", article.language)]
        lines += [("KW", keyword) for keyword in article.keywords]
        lines += [("AN", article.id)]
        yield "".join(f"{tag}  - {value.translate(_CONTROLS)}\r\n" for tag, value in lines if value) + "ER  - \r\n"


def _ris_name(author: Author) -> str:
    """A name as `Family, Given, Suffix`; in a literal one a comma would begin the given name."""
    if author.literal:
        return author.literal.replace(",", ";")
    return ", ".join(part for part in (author.family, author.given, author.suffix) if part)


def _bibtex(articles: Iterable[Article]) -> Iterator[str]:
    """BibTeX, an entry each: `@article` of its newspaper, `@misc` where that is unknown.

    Reference managers and classic styles read `year` and `month`, BibLaTeX reads `date` and `entrysubtype`. Capitals of
    a headline are names more often than not, so braces keep styles from lowering them.
    """
    for article in articles:
        fields = {
            "title": f"{{{_tex(article.headline)}}}" if article.headline else "",
            "author": " and ".join(map(_tex_name, authors(article.byline))),
            "journal": _tex(article.source),
            "entrysubtype": "newspaper" if article.source else "",
            "section": _tex(article.section),
            "url": article.url.translate(_CONTROLS).translate(_URL),
            "language": _tex(article.language),
            "keywords": ", ".join(f"{{{_tex(key)}}}" if "," in key else _tex(key) for key in article.keywords),
            "articleid": _tex(article.id),
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        if article.date is not None:
            year, month, _ = _date_parts(article.date)
            lines += [f"  date = {{{str(article.date)[:10]}}}", f"  year = {{{year:04}}}"]
            lines += [f"  month = {_MONTHS[month - 1]}"] if month else []
        yield f"@{'article' if article.source else 'misc'}{{{_key(article)},\n" + ",\n".join(lines) + "\n}\n\n"


def _tex(text: str) -> str:
    return text.translate(_CONTROLS).translate(_TEX)


def _tex_name(author: Author) -> str:
    """`Family, Given`, `Family, Suffix, Given`, or a literal name in braces of its own, which BibTeX leaves whole."""
    if author.literal:
        return f"{{{_tex(author.literal)}}}"
    return ", ".join(part for part in (_tex(author.family), _tex(author.suffix), _tex(author.given)) if part)


def _key(article: Article) -> str:
    """Names an article in a bibliography, in every export the same: who, when, and 60 bits of a digest of its id.

    Lower case throughout, as BibTeX takes keys that differ in case only for the same.
    """
    first = authors(article.byline)[:1]
    who = (first[0].family if first else "") or article.source or (first[0].literal if first else "")
    letters = unicodedata.normalize("NFKD", who).encode("ascii", "ignore").decode().lower()
    year = "nd" if article.date is None else f"{article.date.year:04}"
    digest = b32encode(blake2b(article.id.encode(), digest_size=10).digest()).decode().lower()[:12]
    return f"{re.sub('[^a-z]', '', letters)[:20] or 'article'}{year}-{digest}"


def _csl_json(articles: Iterable[Article]) -> Iterator[str]:
    """CSL-JSON: an array, an item a line."""
    before = "[\n"
    for article in articles:
        yield before + json_line(_csl_item(article))
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _csl_item(article: Article) -> dict[str, Any]:
    item: dict[str, Any] = {"id": article.id, "type": "article-newspaper", "title": article.headline}
    names = [_csl_name(author) for author in authors(article.byline)]
    parts = [] if article.date is None else [part for part in _date_parts(article.date) if part is not None]
    item |= {
        "author": names,
        "container-title": article.source,
        "section": article.section,
        "issued": {"date-parts": [parts]} if parts else {},
        "URL": article.url,
        "language": article.language,
        "keyword": ", ".join(article.keywords),
    }
    return {name: value for name, value in item.items() if value}


def _csl_name(author: Author) -> dict[str, str]:
    return {name: value for name in ("literal", "family", "given", "suffix") if (value := getattr(author, name))}


def _date_parts(date: PartialDate) -> tuple[int, int | None, int | None]:
    return date.year, date.month, date.day


def _txt(articles: Iterable[Article]) -> Iterator[str]:
    """Plain text to read: headline, what is known of the article, its paragraphs; a page each.

    Control characters become blanks, so that nothing in an article can steer a terminal.
    """
    parting = ""
    for article in articles:
        text = f"{article.headline}\n\n" if article.headline else ""
        for name in _TXT_LABELS:
            value = getattr(article, name)
            if value:
                text += f"{name + ':':<10} {', '.join(value) if name == 'keywords' else value}\n"
        paragraphs = (line.strip() for line in article.body.translate(_CONTROLS).split("\n"))
        text = text.translate(_CONTROLS) + "".join(f"\n{line}\n" for line in paragraphs if line)
        yield parting + text
        parting = "\n" + _TXT_PARTING


_FORMATS: dict[str, Callable[[Iterable[Article]], Iterator[str]]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "ris": _ris,
    "bibtex": _bibtex,
    "csl-json": _csl_json,
    "txt": _txt,
}
FORMATS: tuple[str, ...] = tuple(_FORMATS)
"""What articles can be exported as."""
