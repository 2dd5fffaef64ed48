"""An article as a note cites it, and a date as a person writes it."""

from __future__ import annotations

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.render.author_names import Author, parse_authors

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_MAX_AUTHORS = 3
"""The most authors that a citation names; with more it names the first, "et al."."""


def format_citation(article: Article) -> str:
    """Cite an article in one line: authors, the headline in quotes, source, date, address; unknown parts are left out.

    Names are in the order of the byline, because notes do not put family names first.
    """
    names = list(map(_format_name, parse_authors(article.byline)))
    if len(names) > _MAX_AUTHORS:
        authors = f"{names[0]} et al."
    else:
        authors = " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    headline = article.headline.rstrip()
    stop = "" if headline.endswith(("?", "!", ".", "…")) else "," if article.source else "."
    published = [article.source, "undated" if article.date is None else format_date(article.date)]
    text = f"“{headline}{stop}” " if headline else ""
    text += ", ".join(filter(None, published)) + "."
    return " ".join(part for part in (f"{authors}," if authors else "", text, article.url) if part)


def _format_name(author: Author) -> str:
    given = " ".join(part for part in (author.given, author.family) if part)
    return author.literal or ", ".join(part for part in (given, author.suffix) if part)


def format_date(date: PartialDate, with_time: bool = False) -> str:
    """Write a date as `1 February 2023`, `February 2023` or `2023`; `with_time` adds a known time of day."""
    month = "" if date.month is None else f"{_MONTHS[date.month - 1]} "
    day = "" if date.day is None else f"{date.day} "
    time = f", {date.time:%H:%M}" if with_time and date.time is not None else ""
    return f"{day}{month}{date.year}{time}"
