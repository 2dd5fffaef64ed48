"""An Office document that is one article: its title or first line is the headline, a date comes from the text alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from searchidx.article import Article
from searchidx.sources.plain_text import parse_article
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from searchidx.sources.text_lines import TextLine


def read_document(file: SourceFile, title: str, lines: Iterable[TextLine]) -> Iterator[Article | Skip]:
    """The one article of a document."""
    texts = [" ".join(part.split()) for line in lines for part in line.text.split("\n") if part.strip()]
    if texts:
        yield from parse_article(texts, file)
    else:
        yield Skip(file.name, "it has no text", damaged=False)
