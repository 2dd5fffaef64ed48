"""Hits, articles, kwic lines, reports and diagnostics as lines of text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.query import Diagnostic
from searchidx.render.text_layout import display_width, fit_end, fit_length, sanitize, style_spans, truncate, wrap
from searchidx.search.hits import Explanation, Groups, Hit, Hits, KwicLine, Snippet

if TYPE_CHECKING:
    from searchidx.ingest.report import Report
    from searchidx.search.score_explanation import ScoreExplanation

_METADATA = (
    "date",
    "byline",
    "dateline",
    "section",
    "page",
    "edition",
    "source",
    "ocr",
    "language",
    "keywords",
    "url",
    "path",
)
_INDENT = "    "
_MAX_FORMATS, _MAX_SKIPS = 4, 3
"""Lines for formats, and for what was skipped, in the report of a build."""
_SPECIFIC = re.compile(r"'[^']*'|\"[^\"]*\"|\d+|\([^()]*\)")
"""What differs between skips for the same reason."""


def hit_lines(hits: Hits, first: int, width: int, score: bool = False) -> Iterator[str]:
    """Yield the hits of a page: headline, date and source, snippet, id; `first` is the number of the first hit."""
    for number, hit in enumerate(hits, first):
        if number > first:
            yield ""
        yield from _hit_lines(hit, number, width, score)


def group_lines(groups: Groups, first: int, width: int, score: bool = False) -> Iterator[str]:
    """Yield the groups of a page: the first hit of each in full, the others in short."""
    for number, group in enumerate(groups, first):
        if number > first:
            yield ""
        yield from _hit_lines(group.hits[0], number, width, score)
        if others := group.hits[1:]:
            yield f"{_INDENT}and {pluralize(len(others), 'near-duplicate')}:"
        for hit in others:
            metadata = " · ".join(part for part in (short_date(hit.date)[:10], hit.article.source) if part)
            yield f"{_INDENT}  {truncate(metadata, width - len(_INDENT) - 2)}"
            yield f"{_INDENT}  {click.style(sanitize(hit.id), dim=True)}"


def _hit_lines(hit: Hit, number: int, width: int, score: bool) -> Iterator[str]:
    article = hit.article
    label = f"{number:>2}. "
    room = max(width - len(label), 20)
    if article.headline:
        headline = hit.marked_headline
        for start, end in wrap(headline.text, room):
            yield label + style_spans(headline.text, start, end, headline.spans, bold=True)
            label = " " * len(label)
    else:
        yield label + click.style("(no headline)", bold=True)
    version = "" if hit.version is None else f"version {hit.version:,}"
    score_text = f"score {hit.score:.2f}" if score else ""
    values = [short_date(article.date), article.source, article.section, version, score_text]
    metadata = sanitize(" · ".join(value for value in values if value))
    yield from (_INDENT + metadata[start:end] for start, end in wrap(metadata, room))
    snippet = hit.snippet
    for start, end in wrap(snippet.text, room):
        yield _INDENT + style_spans(snippet.text, start, end, snippet.spans)
    yield _INDENT + click.style(sanitize(article.id), dim=True)


def kwic_lines(lines: Iterable[KwicLine], width: int, context: int, sort: str | None) -> Iterator[str]:
    """Yield a line for each occurrence, all matches in one column.

    In the order of articles or dates, a line above its occurrences names each article. In any other order, each line
    ends with the id.

    Args:
        lines: the occurrences.
        width: the width of the terminal, in columns.
        context: the most text on either side, in characters.
        sort: the order of the lines.
    """
    by_article = sort in (None, "date")
    id_width = 0 if by_article else min(width // 3, 40)
    before = min(context, (width - id_width) * 9 // 20)
    article = None
    for line in lines:
        if by_article and line.id != article:
            if article is not None:
                yield ""
            article = line.id
            yield click.style(truncate(f"{short_date(line.date)[:10]} · {line.id}", width), dim=True)
        left = fit_end(line.left, before)
        text = " " * (before - display_width(left)) + sanitize(left)
        room = width - id_width - before
        end = fit_length(line.match, room)
        text += style_spans(line.match, 0, end, [(0, end)])
        right = line.right[: fit_length(line.right, room - display_width(line.match[:end]))]
        text += sanitize(right)
        if not by_article:
            used = before + display_width(line.match[:end]) + display_width(right)
            id = line.id if display_width(line.id) <= id_width - 2 else "…" + fit_end(line.id, id_width - 3)
            text += " " * (width - id_width - used) + "  " + click.style(sanitize(id), dim=True)
        yield text.rstrip() if text.isascii() else text


def short_date(date: PartialDate | None) -> str:
    """Format a date for a list of hits: ISO 8601 to the minute, without a zone."""
    return "undated" if date is None else str(date)[:16].replace("T", " ")


def article_lines(article: Article, width: int, matched: tuple[Snippet, Snippet] | None = None) -> Iterator[str]:
    """Yield a whole article: headline, metadata, a blank line, paragraphs; `matched` has the matches to highlight."""
    headline, body = matched or (Snippet(article.headline), Snippet(article.body))
    for start, end in wrap(headline.text, width):
        yield style_spans(headline.text, start, end, headline.spans, bold=True)
    for name in (*_METADATA, "id"):
        value = getattr(article, name)
        if value:
            yield f"{name + ':':<10} " + sanitize(", ".join(value) if name == "keywords" else str(value))
    begin = 0
    for paragraph in body.text.split("\n"):
        if paragraph.strip():
            yield ""
            for start, end in wrap(paragraph, width):
                yield style_spans(body.text, begin + start, begin + end, body.spans)
        begin += len(paragraph) + 1


def provenance_lines(article: Article, width: int) -> Iterator[str]:
    """Yield a line for each field of an article: its value, truncated, and where in the source it was found."""
    for name in ("headline", "body", *_METADATA[:-1]):  # not the path: it is the source
        if value := getattr(article, name):
            text = " ".join((", ".join(value) if name == "keywords" else str(value)).split())
            where = sanitize(article.provenance.get(name, "not kept"))
            room = max(width - display_width(where) - 15, 20)
            yield f"{name + ':':<10} {truncate(text, room)}  " + click.style(f"← {where}", dim=True)


def explanation_lines(explanation: Explanation, depth: int = 0) -> Iterator[str]:
    """Yield a line for a query and each of its parts, with its number of articles first."""
    rechecked = f"  ({explanation.rechecked:,} articles read to decide)" if explanation.rechecked else ""
    yield f"{explanation.articles:>9,}  {'    ' * depth}{sanitize(explanation.query)}{rechecked}"
    for part in explanation.parts:
        yield from explanation_lines(part, depth + 1)


def score_lines(explanation: ScoreExplanation) -> Iterator[str]:
    """Yield a table of what each part of a query adds to a score, and the sum."""
    if not explanation.matches:
        yield sanitize(f"{explanation.id} does not match")
        return
    yield "   score  share  times   articles  part"
    for part in explanation.parts:
        share = part.score / explanation.score if explanation.score else 0.0
        text = f"{part.query}  (side by side)" if part.is_pair else part.query
        yield f"{part.score:8.3f} {share:5.0%} {part.times:6g} {part.articles:10,}  {sanitize(text)}"
    yield f"{explanation.score:8.3f}  {'100%' if explanation.score else '  0%':24}score of {sanitize(explanation.id)}"


def report_lines(report: Report) -> Iterator[str]:
    """Yield what a build skipped and why, and its counts."""
    yield from _skip_lines(report.skipped)
    if len(report.withheld) == 1:
        place, id = report.withheld[0]
        yield sanitize(f"left out {place}: the article {id!r} was deleted; 'searchidx allow' allows it again")
    elif report.withheld:
        count = len(report.withheld)
        first = report.withheld[0][0]
        yield sanitize(f"left out {count:,} deleted articles, such as {first}; 'searchidx allow' allows them again")
    if report.rebuilt:
        yield "rebuilt the index: it was in another version of the format"
    if report.kept:
        yield f"kept {pluralize(report.kept, 'former text')}: 'searchidx history ID' lists the versions of an article"
    counts = ", ".join(f"{getattr(report, name):,} {name}" for name in ("added", "updated", "unchanged", "removed"))
    yield f"{counts}; {len(report.skipped):,} skipped, {report.ignored:,} ignored"


def format_lines(report: Report) -> Iterator[str]:
    """Yield a line for each format that a build read, by the first of the names in its title."""
    formats = report.formats
    shown = formats if len(formats) <= _MAX_FORMATS else formats[: _MAX_FORMATS - 1]
    rows = [(re.split("[,;]", title)[0], documents, articles) for title, documents, articles in shown]
    if others := formats[len(shown) :]:
        rows.append((f"{len(others)} other formats", sum(row[1] for row in others), sum(row[2] for row in others)))
    width = max((display_width(title) for title, _, _ in rows), default=0)
    for title, documents, articles in rows:
        padding = " " * (width - display_width(title))
        yield f"{title}{padding}  {pluralize(documents, 'document')}, {pluralize(articles, 'article')}"


def _skip_lines(skipped: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield a line for each skip; of many, one for each of the most frequent reasons."""
    if len(skipped) <= _MAX_SKIPS:
        for place, reason in skipped:
            yield sanitize(f"skipped {place}: {reason}")
        return
    kinds: dict[str, list[tuple[str, str]]] = {}
    for place, reason in skipped:
        kinds.setdefault(_SPECIFIC.sub("…", reason), []).append((place, reason))
    by_size = sorted(kinds.values(), key=len, reverse=True)
    shown = by_size if len(by_size) <= _MAX_SKIPS else by_size[: _MAX_SKIPS - 1]
    for each in shown:
        place, reason = each[0]
        yield sanitize(
            f"skipped {len(each):,}, such as {place}: {reason}" if len(each) > 1 else f"skipped {place}: {reason}"
        )
    if others := by_size[len(shown) :]:
        yield f"skipped {sum(map(len, others)):,} for {len(others):,} other reasons: --json lists all"


def diagnostic_lines(query: str, diagnostics: Iterable[Diagnostic], width: int = 80) -> Iterator[str]:
    """Yield a line for each diagnostic; below an error, the query with a caret under the place."""
    for diagnostic in diagnostics:
        yield f"{'error' if diagnostic.is_error else 'hint'}: {diagnostic.message}"
        if diagnostic.is_error:
            yield from _caret_lines(query, diagnostic, width - len(_INDENT))


def _caret_lines(query: str, diagnostic: Diagnostic, width: int) -> Iterator[str]:
    start, end = diagnostic.start, max(diagnostic.end, diagnostic.start + 1)
    begin, stop = 0, len(query)
    while display_width(query[begin:start]) > width // 2 and display_width(query[begin:]) > width:
        begin += max(1, (start - begin) // 8)
    while display_width(query[begin:stop]) > width:
        stop -= max(1, (stop - begin - width) // 2)
    yield _INDENT + sanitize(query[begin:stop])
    length = max(1, display_width(query[start : min(end, stop)]))
    yield _INDENT + " " * display_width(query[begin:start]) + "^" + "~" * (length - 1)


def pluralize(count: int, singular: str, plural: str = "") -> str:
    """Format a count with its noun: `1 article`, `2 articles`; without `plural`, the plural adds an s."""
    return f"{count:,} {singular if count == 1 else plural or f'{singular}s'}"
