"""PDF with a text layer, read by pypdf and then like plain text. A title in the metadata is the headline.

The file's creation date is not a date of publication, so a date comes from the text alone.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO

from searchidx.article import Article
from searchidx.sources.plain_text import parse_article
from searchidx.sources.press import dialects
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from searchidx.sources.text_lines import TextLine

_MISSING_PACKAGE = "it is a PDF: install searchidx[pdf] to read it"
_NOT_A_TITLE = re.compile(
    r"(?:untitled|microsoft (?:word|powerpoint)|.*\.(?:docx?|indd|qxd|pdf|odt|rtf|txt|pages|html?)$|[\W\d]*$)",
    re.IGNORECASE,
)
_HYPHEN = re.compile(r"(?<=\w)[-\u00ad]\n(?=[a-zß-ÿ])")
_PAGE_NUMBER = re.compile(
    r"\s*(?:page|seite|p[áa]gina|pagina|sida)?\s*\d{1,5}\s*(?:(?:of|von|de|di|sur|av)\s+\d{1,5})?\s*"
    r"|.*about lexisnexis.*|.*privacy policy.*terms.{1,20}conditions.*",
    re.IGNORECASE,
)
_MAX_PAGES = 5000
_MAX_LAST_LINE = 0.75
"""Width of a paragraph's last line, as a share of the page's widest line."""
_SENTENCE_ENDS = (".", "!", "?", ":", "”", "»", '"')


def recognises(head: bytes) -> bool:
    """Whether a PDF begins here, or within the first kilobyte."""
    return b"%PDF-" in head[:1024] and not head.lstrip()[:1].isalpha()


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The one article of the document, or those of a download of a press database."""
    try:
        import pypdf
    except ImportError:
        yield Skip(file.name, _MISSING_PACKAGE)
        return
    data = file.read()
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            yield Skip(file.name, "it is encrypted: remove the password to read it", damaged=False)
            return
        texts = [page.extract_text() or "" for number, page in enumerate(reader.pages) if number < _MAX_PAGES]
        title = " ".join(str((reader.metadata and reader.metadata.title) or "").split())
        author = " ".join(str((reader.metadata and reader.metadata.author) or "").split())
    except Exception:  # pypdf raises many types for damaged files
        yield Skip(file.name, "the PDF is damaged, or cannot be read")
        return
    items, _ = dialects.read_lines(file, [TextLine(line) for text in texts for line in _page_lines(text)])
    if items is not None:
        yield from map(_join_article, items)
        return
    lines = [line for text in texts for line in _join_lines(_HYPHEN.sub("", text).splitlines())]
    if not lines:
        yield Skip(file.name, "it has no text layer, only pictures of its pages: add one with OCR", damaged=False)
        return
    yield from parse_article(lines, file, headline="" if _NOT_A_TITLE.match(title) else title, byline=author)


def _page_lines(text: str) -> list[str]:
    """The lines of a page without its number."""
    return [line for line in text.splitlines() if not _PAGE_NUMBER.fullmatch(line)]


def _join_article(item: Article | Skip) -> Article | Skip:
    """An article of a download whose paragraphs are lines of a page, with them joined."""
    return replace(item, body="\n".join(_join_lines(item.body.split("\n")))) if isinstance(item, Article) else item


def _join_lines(lines: Sequence[str]) -> Iterator[str]:
    """The paragraphs of a page. One ends at a short line that ends a sentence, or before a capital letter."""
    width = max(map(len, lines), default=0)
    joined: list[str] = []
    for line in (" ".join(line.split()) for line in lines):
        last = joined[-1] if joined else ""
        is_short = len(last) < _MAX_LAST_LINE * width
        if joined and (not line or (is_short and (last.endswith(_SENTENCE_ENDS) or line[:1].isupper()))):
            yield " ".join(joined)
            joined = []
        if line:
            joined.append(line)
    if joined:
        yield " ".join(joined)
