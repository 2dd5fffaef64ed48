"""An office document that is one article.

The headline is a real title among the document's properties, else the first heading, else the first line. A date comes
from the text alone: the properties say when the file was made, not when the article was published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from searchidx.article import Article
from searchidx.sources.plain_text import parse_article
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from searchidx.sources.text_lines import TextLine

_NOT_A_TITLE = re.compile(
    r"(?:untitled|unbenannt|sans titre|sin título|senza titolo|zonder titel|sem título|\w+ presentation"
    r"|(?:document|dokument|documento|doc)\s*\d*|microsoft (?:word|powerpoint).*|normal(?:\.dotm?)?|title|titel|titre"
    r"|.*\.(?:docx?|dotx?|indd|qxd|pdf|odt|ott|rtf|txt|pages|html?)|[\W\d_]*)",
    re.IGNORECASE,
)
_MAX_BEFORE_HEADING = 5
"""Lines before a heading that is the headline: a kicker, a date, an author."""
_KICKER = re.compile(r"(?!By\b)[^\d.!?]{1,40}", re.IGNORECASE)
"""A line above the headline that is the section."""
_MAX_HEADING = 300
"""Characters of a heading that is a headline."""


def read_document(file: SourceFile, title: str, lines: Iterable[TextLine]) -> Iterator[Article | Skip]:
    """The one article of a document."""
    found = [line for line in lines if line.text.strip()]
    if not found:
        yield Skip(file.name, "it has no text", damaged=False)
        return
    texts = [" ".join(part.split()) for line in found for part in line.text.split("\n") if part.strip()]
    headline, origin = (title, "the document's title") if is_title(title) else (_find_heading(found), "the heading")
    origin = origin if headline else "the first line"
    section = ""
    if headline:
        at = _find_line(texts[: _MAX_BEFORE_HEADING + 1], headline)
        before, after = ([], texts) if at is None else (texts[:at], texts[at + 1 :])
        if len(before) == 1 and _KICKER.fullmatch(before[0]):
            section, before = before[0], []
        texts = [headline, *before, *after]
    for item in parse_article(texts, file):
        yield _complete(item, origin, section) if isinstance(item, Article) else item


def _complete(article: Article, origin: str, section: str) -> Article:
    """Add the section and the provenance of the headline; a headline without an origin is the first line."""
    section = article.section or section
    provenance = {**article.provenance, "headline": origin}
    if section and not article.section:
        provenance["section"] = "above the headline"
    return replace(article, section=section, provenance=provenance)


def is_title(title: str) -> bool:
    """Whether a title property is one that a person wrote, not a program's default or the name of a file."""
    return _NOT_A_TITLE.fullmatch(" ".join(title.split())) is None


def _find_heading(lines: Sequence[TextLine]) -> str:
    """The first heading near the top, of the highest level there; "" if there is none."""
    top = [line for line in lines[: _MAX_BEFORE_HEADING + 1] if line.level is not None]
    best = min(top, key=lambda line: line.level or 0, default=None)
    text = " ".join(best.text.split()) if best is not None else ""
    return text if len(text) <= _MAX_HEADING else ""


def _find_line(texts: Sequence[str], headline: str) -> int | None:
    return next((at for at, text in enumerate(texts) if text.casefold() == headline.casefold()), None)
