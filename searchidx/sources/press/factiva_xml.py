"""Factiva's XML: `PPSResponse` with elements `article`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from searchidx.article import Article
from searchidx.extract.markup import XML_PROLOG, element_text, local_name
from searchidx.sources.article_fields import make_article
from searchidx.sources.press.press_article import count_difference
from searchidx.sources.skip import Skip, guard
from searchidx.sources.source_file import SourceFile
from searchidx.sources.xml_file import parse_file

_ROOT = re.compile(XML_PROLOG + rb"<(?:\w+:)?(?:PPSResponse|ppsArticleResponse|ArticleResponse)[\s>]", re.DOTALL)


def recognises(head: bytes) -> bool:
    """Whether the root element of an answer of Factiva begins here."""
    return _ROOT.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the file, in order."""
    root, error = parse_file(file)
    number = 0
    stated: int | None = None
    for element in root.iter():
        if (count := element.get("count")) is not None and count.isdigit() and "result" in local_name(element).lower():
            stated = int(count[:9])
        if local_name(element) == "article":
            number += 1
            yield from guard(f"{file.name}#{number}", partial(_read_article, element, file, number))
    if error:
        yield Skip(f"{file.name}#{number + 1}", f"the XML is damaged: {error}")
    yield from count_difference(file.name, number, stated)


def _read_article(element: Any, file: SourceFile, number: int) -> list[Article | Skip]:
    first: dict[str, Any] = {}
    subjects: list[str] = []
    for each in element:
        first.setdefault(local_name(each), each)
        if local_name(each) == "newsSubject":
            subjects.append(element_text(each))
    texts = {name: element_text(each) for name, each in first.items()}
    paragraphs = [
        element_text(paragraph)
        for name in ("leadParagraph", "tailParagraphs")
        if name in first
        for paragraph in first[name].iter()
        if local_name(paragraph) == "paragraph"
    ]
    date = texts.get("publicationDate", "")
    time = texts.get("publicationTime", "")
    moment = date if "T" in date or not time else f"{date}T{time.split('T')[-1]}"
    id = texts.get("accessionNo", "") or f"{file.name}#{number}"
    fields: dict[str, tuple[str, Any]] = {
        "headline": ("headline", texts.get("headline", "")),
        "body": ("leadParagraph, tailParagraphs", "\n".join(filter(None, paragraphs))),
        "date": ("publicationDate", moment or None),
        "byline": ("byline", texts.get("byline", "")),
        "section": ("sectionName", texts.get("sectionName", "") or texts.get("columnName", "")),
        "page": ("pages", texts.get("pages", "")),
        "edition": ("edition", texts.get("edition", "")),
        "source": ("sourceName", texts.get("sourceName", "")),
        "language": ("baseLanguage", texts.get("baseLanguage", "").lower()),
        "keywords": ("newsSubject", subjects),
    }
    return make_article(f"{file.name}#{number} ({id[:60]})", id, file.name, fields)
