"""An article as a person cites it, and its date as a person says it."""

from __future__ import annotations

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.render.author_names import Author, authors

__all__ = ["citation", "spoken_date"]

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_FEW = 3
"""So many authors are named; of more the first, and that there are others."""


def citation(article: Article) -> str:
    """One line as notes have it: who, the headline in quotes, where, when, the address; what is not known is left out.

    Names stand as the byline gives them: a note does not turn them round.
    """
    names = list(map(_name, authors(article.byline)))
    who = (
        f"{names[0]} et al." if len(names) > _FEW else " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    )
    headline = article.headline.rstrip()
    stop = "" if headline.endswith(("?", "!", ".", "…")) else "," if article.source else "."
    published = [article.source, "undated" if article.date is None else spoken_date(article.date)]
    text = f"“{headline}{stop}” " if headline else ""
    text += ", ".join(filter(None, published)) + "."
    return " ".join(part for part in (f"{who}," if who else "", text, article.url) if part)


def _name(author: Author) -> str:
    given = " ".join(part for part in (author.given, author.family) if part)
    return author.literal or ", ".join(part for part in (given, author.suffix) if part)


def spoken_date(date: PartialDate, with_time: bool = False) -> str:
    """`1 February 2023`, `February 2023` or `2023`; `with_time` with the time of day where it is known."""
    month = "" if date.month is None else f"{_MONTHS[date.month - 1]} "
    day = "" if date.day is None else f"{date.day} "
    time = f", {date.time:%H:%M}" if with_time and date.time is not None else ""
    return f"{day}{month}{date.year}{time}"
