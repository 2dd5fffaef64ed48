"""PDF with a layer of text, read by pypdf, as text is: the first line is the headline unless the document states one.

When the file was made is not when an article was published: a date is taken from the text alone.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from io import BytesIO

from searchidx.article import Article
from searchidx.sources.plain_text import article_of
from searchidx.sources.source_file import Skip, SourceFile

SUFFIXES = (".pdf",)

_MISSING = "it is a PDF: install searchidx[pdf] to read it"
_NO_TITLE = re.compile(
    r"(?:untitled|microsoft (?:word|powerpoint)|.*\.(?:docx?|indd|qxd|pdf|odt|rtf|txt|pages|html?)$|[\W\d]*$)",
    re.IGNORECASE,
)
_HYPHEN = re.compile(r"(?<=\w)[-\u00ad]\n(?=[a-zß-ÿ])")
_MOST_PAGES = 5000
_SHORT = 0.75
_ENDS = (".", "!", "?", ":", "”", "»", '"')


def recognises(head: bytes) -> bool:
    """A PDF begins here, or after a few bytes that do no harm."""
    return b"%PDF-" in head[:1024] and not head.lstrip()[:1].isalpha()


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The one article of the document."""
    try:
        import pypdf
    except ImportError:
        yield Skip(file.name, _MISSING)
        return
    data = file.read()
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            yield Skip(file.name, "it asks for a password", damaged=False)
            return
        texts = [page.extract_text() or "" for number, page in enumerate(reader.pages) if number < _MOST_PAGES]
        title = " ".join(str((reader.metadata and reader.metadata.title) or "").split())
        author = " ".join(str((reader.metadata and reader.metadata.author) or "").split())
    except Exception:  # whatever the parser stumbles over costs this document alone
        yield Skip(file.name, "the PDF is damaged, or cannot be read")
        return
    lines = [line for text in texts for line in _paragraphs(_HYPHEN.sub("", text).splitlines())]
    if not lines:
        yield Skip(file.name, "it has no layer of text, only pictures of its pages", damaged=False)
        return
    yield article_of(lines, file, headline="" if _NO_TITLE.match(title) else title, byline=author)


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a page, joined: a paragraph ends where a line is short, and a sentence ends or another begins."""
    wide = max(map(len, lines), default=0)
    joined: list[str] = []
    for line in (" ".join(line.split()) for line in lines):
        last = joined[-1] if joined else ""
        is_short = len(last) < _SHORT * wide
        if joined and (not line or (is_short and (last.endswith(_ENDS) or line[:1].isupper()))):
            yield " ".join(joined)
            joined = []
        if line:
            joined.append(line)
    if joined:
        yield " ".join(joined)
