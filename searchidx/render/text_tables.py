"""Facets, timelines, words and statistics as lines of text for a terminal: tables with bars of block characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

import click

from searchidx.languages import language_name
from searchidx.render.text_layout import display_width, pad, sanitize, truncate

if TYPE_CHECKING:
    from searchidx.ingest.dry_run import DryRun
    from searchidx.search.aggregations import Facet, Stats, Timeline, WordCount, Words
    from searchidx.sources.format_registry import SourceFormat
    from searchidx.sources.html import ExplainedBlock
    from searchidx.versions import Version

_BLOCKS = "█▏▎▍▌▋▊▉"
_MAX_BAR = 50
"""The widest bar, in columns."""
_MIN_QUERY_WIDTH = 12
"""The narrowest column of a query in a timeline, in columns of the terminal."""
_MAX_VALUES = 20
"""The most values of a facet that are listed."""
_MAX_REASONS = 5
"""The features of a block that are named."""


def bar(value: float, largest: float, width: int) -> str:
    """Draw the bar of a value, to an eighth of a column; the bar of the largest value has the full width."""
    eighths = round(8 * width * value / largest) if largest else 0
    if value and width and not eighths:
        eighths = 1  # small values stay visible
    whole, part = divmod(eighths, 8)
    return _BLOCKS[0] * whole + (_BLOCKS[part] if part else "")


def facet_lines(facet: Facet, width: int) -> Iterator[str]:
    """Yield a row for each frequent value: hits, articles of the corpus, share; years and months ascend."""
    rows = [
        (_value_name(facet.field, each.value), each.count, each.corpus, each.share)
        for each in facet.values[:_MAX_VALUES]
    ]
    if facet.field in ("year", "month"):
        rows.sort()
    more = len(facet.values) - len(rows)
    if facet.missing:
        rows.append((f"(no {facet.field})", facet.missing, facet.corpus_missing, facet.missing / facet.corpus_missing))
    numbers = max((len(f"{corpus:,}") for _, _, corpus, _ in rows), default=0)
    numbers = max(numbers, len("articles"))
    names = _fit_column([facet.field, *(name for name, *_ in rows)], width - 2 * numbers - 12)
    yield click.style(f"{pad(facet.field, names)} {'hits':>{numbers}} {'articles':>{numbers}}   share", bold=True)
    room = min(width - names - 2 * numbers - 12, _MAX_BAR)
    largest = max((count for _, count, _, _ in rows), default=0)
    for name, count, corpus, share in rows:
        line = f"{pad(name, names)} {count:>{numbers},} {corpus:>{numbers},} {_percent(share)}"
        yield f"{line}  {bar(count, largest, room)}".rstrip() if room > 3 else line
    if more:
        yield f"and {more:,} more values: --csv or --json prints all"


def _percent(share: float) -> str:
    return f"{100 * share:6.1f}%"


def timeline_lines(timeline: Timeline, width: int, share: bool = False) -> Iterator[str]:
    """Yield a row for each period with a column for each query; below them "imprecise", "undated" and "total".

    Queries that do not fit side by side continue below. All bars have one scale; totals have no bar.
    """
    rows = [(each.name, each.shares if share else each.counts) for each in timeline.periods]
    summary = _summary_rows(timeline, share)
    names = max(len(name) for name, _ in (*rows, *summary))
    figures = max(len(_format_value(value)) for _, values in (*rows, *summary) for value in values)
    largest = max((value for _, values in (*rows, *summary[:-1]) for value in values), default=0)
    count = len(timeline.queries)
    beside = min(max((width - names) // max(figures + 2, _MIN_QUERY_WIDTH), 1), count)
    each = (width - names) // beside - 2
    room = min(each - figures - 1, _MAX_BAR)
    each = max(min(each, figures + 1 + room), figures)
    for first in range(0, count, beside):
        some = slice(first, first + beside)
        if first:
            yield ""
        if count > 1:
            heads = (pad(query, each) for query in timeline.queries[some])
            yield click.style(f"{'':<{names}}  {'  '.join(heads)}".rstrip(), bold=True)
        for name, values in (*rows, *summary):
            if name == summary[0][0]:
                yield ""
            bars = room if name != "total" and room > 2 else 0
            cells = (f"{_format_value(value):>{figures}} {bar(value, largest, bars)}" for value in values[some])
            yield f"{name:<{names}}  {'  '.join(pad(cell.rstrip(), each) for cell in cells)}".rstrip()


def _summary_rows(timeline: Timeline, share: bool) -> list[tuple[str, Sequence[float]]]:
    """Return the rows below the periods; the share of a total is that of the whole corpus."""
    rows: list[tuple[str, Sequence[float]]] = []
    for name, counts, corpus in (
        ("imprecise", timeline.imprecise, timeline.corpus_imprecise),
        ("undated", timeline.undated, timeline.corpus_undated),
        ("total", timeline.totals, timeline.corpus),
    ):
        if any(counts) or name == "total":
            rows.append((name, [1000 * count / corpus if corpus else 0.0 for count in counts] if share else counts))
    return rows


def _format_value(value: float) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


def words_lines(words: Words, width: int) -> Iterator[str]:
    """Yield the distinctive and the frequent words, side by side if the width allows it."""
    distinctive = list(_word_rows("distinctive", words.distinctive))
    frequent = list(_word_rows("frequent", words.frequent))
    first = max(map(display_width, distinctive))
    if first + 3 + max(map(display_width, frequent)) > width:
        yield from _bold_head(distinctive)
        yield ""
        yield from _bold_head(frequent)
        return
    pairs = zip_longest(distinctive, frequent, fillvalue="")
    yield from _bold_head([f"{pad(one, first)}   {other}".rstrip() for one, other in pairs])


def _bold_head(lines: Sequence[str]) -> Iterator[str]:
    head, *rest = lines
    yield click.style(head, bold=True)
    yield from rest


def _word_rows(title: str, words: Sequence[WordCount]) -> Iterator[str]:
    names = _fit_column([title, *(each.word for each in words)], 20)
    counts = max([len("times"), *(len(f"{each.count:,}") for each in words)])
    articles = max([len("articles"), *(len(f"{each.articles:,}") for each in words)])
    yield f"{pad(title, names)} {'times':>{counts}} {'articles':>{articles}}    score"
    for each in words:
        yield f"{pad(each.word, names)} {each.count:>{counts},} {each.articles:>{articles},} {each.score:>8,.1f}"


def history_lines(versions: Sequence[Version], width: int) -> Iterator[str]:
    """Yield a row for each version of an article: when it was saved, what it changed, its headline."""
    rows = [
        (
            f"{each.number:,}",
            short_time(each.saved) or "-",
            ", ".join(each.changed) or "-",
            each.article.headline or "-",
        )
        for each in versions
    ]
    rows.insert(0, ("version", "saved (UTC)", "changed", "headline"))
    columns = [max(display_width(row[n]) for row in rows) for n in range(3)]
    room = max(width - sum(columns) - 6, 20)
    for number, row in enumerate(rows):
        cells = [f"{row[0]:>{columns[0]}}", *(pad(row[n], columns[n]) for n in (1, 2)), truncate(row[3], room)]
        yield click.style("  ".join(cells), bold=True) if not number else "  ".join(cells)


def short_time(saved: str) -> str:
    """Format the time at which a version was saved: to the minute."""
    return saved[:16].replace("T", " ")


def stats_lines(stats: Stats, width: int) -> Iterator[str]:
    """Yield the statistics of an index."""
    days = "no article has a date" if stats.first is None else f"{stats.first} to {stats.last}"
    if stats.undated and stats.first is not None:
        days += f", {stats.undated:,} undated"
    for name, value in (
        ("articles", f"{stats.articles:,}"),
        ("words", f"{stats.words:,}"),
        *([("former", f"{stats.former:,} former texts of articles")] if stats.former else []),
        ("dates", days),
        ("segments", f"{stats.segments:,}"),
        ("size", f"{_size(stats.bytes)}, format {stats.format}, commit {stats.generation:,}"),
        ("fingerprint", stats.fingerprint),
    ):
        yield f"{name:<11} {value}"
    if stats.years:
        yield ""
        yield from _bars("year", [(str(year), articles) for year, articles in stats.years], width)
    for title, facet in (("source", stats.sources), ("section", stats.sections)):
        rows = [(each.value, each.count) for each in facet.values[:_MAX_VALUES]]
        more = len(facet.values) - len(rows)
        if facet.missing:
            rows.append((f"(no {facet.field})", facet.missing))
        if facet.values:
            yield ""
            yield from _bars(title, rows, width)
            if more:
                yield f"and {more:,} more: --json prints all"
    if stats.languages.values:
        yield ""
        yield from _language_lines(stats, width)


def _language_lines(stats: Stats, width: int) -> Iterator[str]:
    """Yield a row for each language: articles, and how many are stated, detected and default."""
    facet = stats.languages
    heads = ("articles", *stats.language_origins)
    rows = [("language", heads)]
    for each in facet.values[:_MAX_VALUES]:
        counts = (each.count, *(found.get(each.value, 0) for found in stats.language_origins.values()))
        rows.append((language_name(each.value), tuple(f"{count:,}" for count in counts)))
    if facet.missing:
        rows.append(("(no language)", (f"{facet.missing:,}", *[""] * len(stats.language_origins))))
    sizes = [max(map(len, column)) for column in zip(*(cells for _, cells in rows), strict=True)]
    names = _fit_column([name for name, _ in rows], width - sum(sizes) - len(sizes))
    lines = []
    for name, cells in rows:
        numbers = " ".join(f"{cell:>{size}}" for cell, size in zip(cells, sizes, strict=True))
        lines.append(f"{pad(name, names)} {numbers}".rstrip())
    yield from _bold_head(lines)
    if (more := len(facet.values) - _MAX_VALUES) > 0:
        yield f"and {more:,} more: --json prints all"


def _value_name(field: str, value: str) -> str:
    """The value of a field as people read it: of a language its English name."""
    return language_name(value) if field == "language" else value


def _bars(title: str, rows: Sequence[tuple[str, int]], width: int) -> Iterator[str]:
    """Yield a line for each row: name, number, bar."""
    numbers = max(len("articles"), *(len(f"{count:,}") for _, count in rows))
    names = _fit_column([title, *(name for name, _ in rows)], width - numbers - 12)
    yield click.style(f"{pad(title, names)} {'articles':>{numbers}}", bold=True)
    largest = max(count for _, count in rows)
    room = min(width - names - numbers - 3, _MAX_BAR)
    for name, count in rows:
        yield f"{pad(name, names)} {count:>{numbers},}  {bar(count, largest, room)}".rstrip()


def _size(number: int) -> str:
    size, unit = float(number), "bytes"
    for following in ("KB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, following
    return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"


def _fit_column(names: Sequence[str], max_width: int) -> int:
    """Return the width of the widest name, at most `max_width`, or 12 if that is less."""
    return min(max(map(display_width, names)), max(max_width, 12))


def format_lines(formats: Sequence[SourceFormat]) -> Iterator[str]:
    """Yield a row for each source format, by title: its suffixes, and the extra it needs."""
    rows = sorted(((each.title, " ".join(each.suffixes), _requirement(each)) for each in formats), key=_folded_title)
    titles = max(len(title) for title, _, _ in rows)
    suffixes = max(len(suffix) for _, suffix, need in rows if need)
    for title, suffix, need in rows:
        yield f"{title:{titles}}  {suffix:{suffixes}}  {need}".rstrip()


def dry_run_lines(found: DryRun, width: int) -> Iterator[str]:
    """Yield a row for each article that a file would give, with date, words and headline; then the skips and counts."""
    if found.articles:
        rows = [
            (str(each.date or "no date"), f"{len(each.body.split()):,}", each.headline or each.body)
            for each in found.articles
        ]
        first = max(len(date) for date, _, _ in rows)
        second = max(5, *(len(words) for _, words, _ in rows))
        yield click.style(f"{'date':{first}}  {'words':>{second}}  headline", bold=True)
        for date, words, headline in rows:
            room = max(width - first - second - 4, 20)
            yield f"{date:{first}}  {words:>{second}}  {truncate(sanitize(headline), room)}"
    if found.count > len(found.articles):
        yield f"… and {found.count - len(found.articles):,} more"
    for skip in found.skips:
        yield sanitize(f"skipped {skip.place}: {skip.reason}")
    formats = ", ".join(f"{title} ({count:,})" if count > 1 else title for title, count in found.formats.items())
    articles = f"{found.count:,} article{'' if found.count == 1 else 's'}"
    yield f"{formats or 'no format'}: {articles}, {len(found.skips):,} skipped"


def explained_lines(blocks: Sequence[ExplainedBlock], width: int) -> Iterator[str]:
    """Yield two lines for each block of a page: whether it is in the body and its text, then what moved the model."""
    for block in blocks:
        mark = "body" if block.is_body else "-"
        head = f"{mark:4}  {block.probability:4.2f}  {block.element:10}  "
        yield click.style(head, bold=block.is_body) + truncate(sanitize(block.text), max(width - len(head), 20))
        reasons = list(block.reasons.items())[:_MAX_REASONS]
        yield " " * 12 + ", ".join(f"{feature} {moved:+.1f}" for feature, moved in reasons)


def _folded_title(row: tuple[str, str, str]) -> str:
    return row[0].casefold()


def _requirement(format: SourceFormat) -> str:
    if not format.extra:
        return ""
    state = "installed" if format.is_installed else "not installed"
    return f"needs searchidx[{format.extra}], {state}"
