"""Hits, articles and diagnostics as a person reads them in a terminal."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.hits import Explanation, Hit, Hits, Snippet
from searchidx.query import Diagnostic

if TYPE_CHECKING:
    from searchidx.indexing import Report

__all__ = ["article_lines", "diagnostic_lines", "hit_lines", "plural", "report_lines"]

_KNOWN = ("date", "byline", "dateline", "section", "source", "language", "keywords", "url", "path")
_INDENT = "    "
_CONTROL = ("Cc", "Cs", "Zl", "Zp")
_NO_WIDTH = ("Mn", "Me", "Cf")


def hit_lines(hits: Hits, first: int, width: int) -> Iterator[str]:
    """The hits of a page: headline, date and source, snippet, id; `first` is the number of the first of them."""
    for number, hit in enumerate(hits, first):
        if number > first:
            yield ""
        yield from _hit(hit, number, width)


def _hit(hit: Hit, number: int, width: int) -> Iterator[str]:
    article = hit.article
    yield f"{number:>2}. " + click.style(article.headline or "(no headline)", bold=True)
    yield _INDENT + " · ".join(part for part in (shown_date(article.date), article.source, article.section) if part)
    if hit.snippet.text:
        yield from _wrapped(hit.snippet, width)
    yield _INDENT + click.style(article.id, dim=True)


def _wrapped(snippet: Snippet, width: int) -> Iterator[str]:
    """The snippet in lines, what matched made bold."""
    text = printable(snippet.text)
    at = 0
    for line in textwrap.wrap(text, max(width - len(_INDENT), 20), break_on_hyphens=False) or [""]:
        start = text.find(line, at)
        end = at = start + len(line)
        shown, done = "", start
        for first, last in snippet.spans:
            first, last = max(first, start), min(last, end)
            if first < last:
                shown += text[done:first] + click.style(text[first:last], fg="yellow", bold=True)
                done = last
        yield _INDENT + shown + text[done:end]


def printable(text: str) -> str:
    """The text with a blank for each control character, so that nothing in it can steer the terminal."""
    return text if text.isprintable() else "".join(" " if unicodedata.category(c) in _CONTROL else c for c in text)


def shown_date(date: PartialDate | None) -> str:
    """A date as lists of hits show it: to the minute, without zone."""
    return "undated" if date is None else str(date)[:16].replace("T", " ")


def article_lines(article: Article, width: int) -> Iterator[str]:
    """A whole article: headline, what is known of it, a blank line, the paragraphs."""
    if article.headline:
        yield click.style(article.headline, bold=True)
    for name in (*_KNOWN, "id"):
        value = getattr(article, name)
        if value:
            yield f"{name + ':':<10} " + (", ".join(value) if name == "keywords" else str(value))
    for paragraph in article.body.split("\n"):
        if paragraph.strip():
            yield ""
            yield from textwrap.wrap(printable(paragraph), width, break_on_hyphens=False, break_long_words=False)


def provenance_lines(article: Article) -> Iterator[str]:
    """Of each field of an article its value, cut to a line, and where in the source it was found."""
    for name in ("headline", "body", *_KNOWN[:-1]):  # the path is where all of it was found
        if value := getattr(article, name):
            text = printable(", ".join(value) if name == "keywords" else str(value))
            where = article.provenance.get(name, "not kept")
            yield f"{name + ':':<10} {textwrap.shorten(text, 60, placeholder=' …')}  " + click.style(
                f"← {where}", dim=True
            )


def explanation_lines(explanation: Explanation, depth: int = 0) -> Iterator[str]:
    """A query as understood: a line for it and each of its parts, with the number of articles before it."""
    yield f"{explanation.articles:>9,}  {'    ' * depth}{explanation.query}"
    for part in explanation.parts:
        yield from explanation_lines(part, depth + 1)


def report_lines(report: Report) -> Iterator[str]:
    """What a build did."""
    for place, reason in report.skipped:
        yield printable(f"skipped {place}: {reason}")
    if report.rebuilt:
        yield "the index was of another version of the format, so it was built anew"
    counts = ", ".join(f"{getattr(report, name):,} {name}" for name in ("added", "updated", "unchanged", "removed"))
    yield f"{counts}; {len(report.skipped):,} skipped, {report.ignored:,} ignored"


def diagnostic_lines(query: str, diagnostics: Iterable[Diagnostic], width: int = 80) -> Iterator[str]:
    """What is to be said of a query: for an error, the query below it with a mark under the place."""
    for diagnostic in diagnostics:
        yield f"{'error' if diagnostic.is_error else 'hint'}: {diagnostic.message}"
        if diagnostic.is_error:
            yield from _marked(query, diagnostic, width - len(_INDENT))


def _marked(query: str, diagnostic: Diagnostic, width: int) -> Iterator[str]:
    line = printable(query)
    start, end = diagnostic.start, max(diagnostic.end, diagnostic.start + 1)
    begin, stop = 0, len(line)
    while _columns(line[begin:start]) > width // 2 and _columns(line[begin:]) > width:
        begin += max(1, (start - begin) // 8)
    while _columns(line[begin:stop]) > width:
        stop -= max(1, (stop - begin - width) // 2)
    yield _INDENT + line[begin:stop]
    marked = max(1, _columns(line[start : min(end, stop)]))
    yield _INDENT + " " * _columns(line[begin:start]) + "^" + "~" * (marked - 1)


def _columns(text: str) -> int:
    """How many columns a terminal gives a text."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(char) in _NO_WIDTH else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def plural(count: int, one: str) -> str:
    """`1 article`, `2 articles`."""
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"
