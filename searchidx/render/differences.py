"""The difference between two versions of an article, for a terminal and as an HTML page."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import click

from searchidx.render.text_layout import sanitize, wrap
from searchidx.render.text_tables import short_time
from searchidx.search.history import Difference
from searchidx.search.word_diff import Piece, split_paragraphs

_MARKS = {"deleted": ("[-", "-]"), "inserted": ("{+", "+}"), "equal": ("", "")}
"""What stands around a piece, as wdiff prints it, so that it is also visible without colours."""
_COLORS = {"deleted": "red", "inserted": "green"}
_ELEMENTS = {"deleted": "del", "inserted": "ins"}
_STYLE = (
    "body{font:1rem/1.5 Georgia,serif;max-width:42rem;margin:2rem auto;padding:0 1rem}"
    "h2{font-size:.9rem;font-variant:small-caps;margin:1.5rem 0 0}p{margin:.5rem 0;white-space:pre-line}"
    "del{background:#fdd;color:#700}ins{background:#dfd;color:#060;text-decoration:none;border-bottom:2px solid #393}"
)


def difference_lines(difference: Difference, width: int, whole: bool = False) -> Iterator[str]:
    """Yield the changed paragraphs of each field, deleted words as `[-word-]` and inserted ones as `{+word+}`.

    Runs of unchanged paragraphs are counted; with `whole` they are printed.
    """
    yield click.style(sanitize(difference_title(difference)), bold=True)
    for field, pieces in difference.changes.items():
        yield ""
        yield click.style(field, bold=True)
        unchanged = 0
        for text, spans in map(_mark, split_paragraphs(pieces)):
            if not spans and not whole:
                unchanged += bool(text.strip())
                continue
            yield from _unchanged_line(unchanged)
            unchanged = 0
            for start, end in wrap(text, width):
                yield _paint(text, start, end, spans)
        yield from _unchanged_line(unchanged)


def difference_title(difference: Difference) -> str:
    """Name two versions, with the times at which they were saved."""
    names = (
        f"version {version.number:,}" + (f" (saved {short_time(version.saved)} UTC)" if version.saved else "")
        for version in (difference.former, difference.latter)
    )
    return f"{difference.id}: {' to '.join(names)}"


def difference_html(difference: Difference) -> Iterator[str]:
    """Yield an HTML page with the whole text of each changed field, changes as `<del>` and `<ins>`."""
    title = escape(difference_title(difference))
    language = escape(difference.latter.article.language)
    yield f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
    yield f"<style>{_STYLE}</style></head><body>"
    yield f"<h1>{escape(difference.latter.article.headline or difference.id)}</h1>\n<p>{title}</p>"
    if difference.latter.article.url:
        yield f"<p>{escape(difference.latter.article.url)}</p>"
    for field, pieces in difference.changes.items():
        yield f"<h2>{field}</h2>\n<p>{''.join(map(_piece_html, pieces))}</p>"
    yield "</body></html>"


def _piece_html(piece: Piece) -> str:
    element = _ELEMENTS.get(piece.operation)
    text = escape(piece.text)
    return f"<{element}>{text}</{element}>" if element else text


def _unchanged_line(count: int) -> Iterator[str]:
    if count:
        yield click.style(f"… {count:,} unchanged paragraph{'' if count == 1 else 's'}", dim=True)


_Spans = list[tuple[int, int, str]]
"""Start, end and operation of each piece that is not equal, with its marks."""


def _mark(pieces: list[Piece]) -> tuple[str, _Spans]:
    """The text of a paragraph with its pieces marked."""
    text, spans = "", _Spans()
    for operation, content in pieces:
        opening, closing = _MARKS[operation]
        marked = f"{opening}{content}{closing}"
        if operation != "equal":
            spans.append((len(text), len(text) + len(marked), operation))
        text += marked
    return text, spans


def _paint(text: str, start: int, end: int, spans: _Spans) -> str:
    painted, done = "", start
    for first, last, operation in spans:
        first, last = max(first, start), min(last, end)
        if first < last:
            painted += sanitize(text[done:first]) + click.style(sanitize(text[first:last]), fg=_COLORS[operation])
            done = last
    return painted + sanitize(text[done:end])
