"""A query text with a clause more, a clause less, or other dates.

Filters are part of the query (`source:"Japan News"`, `date:2023`), so that one text means the same to the page, a feed,
an export and the command line. Whoever offers them as links and forms edits the text: a *clause* is a part of a query
that has to match beside all others, and stands where the parser found it. What a person typed stays as it was typed.

The texts given have no errors; what comes back has none either, and finds what the given text and the edit say, unless
it grew longer or deeper than queries may be.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Any, NamedTuple

from whoosh import query as q

from searchidx.query.nodes import day_bounds
from searchidx.query.parser import QUOTES, parse
from searchidx.query.traversal import operands
from searchidx.schema import FIELDS, FieldKind, split_level

__all__ = [
    "Clause",
    "add_clause",
    "clause_for",
    "clauses",
    "date_clause",
    "dates_of",
    "remove_clause",
    "set_dates",
    "unzoned",
    "within",
    "zoned",
]

_SIGNS = str.maketrans(dict.fromkeys(f"{QUOTES}*?~/", " "))
"""What would end a phrase, or make a pattern of a word of it. All of it parts words, so none is lost."""
_NAME = re.compile(r"[A-Za-z]+:")
_FIRST, _LAST = dt.date.min, dt.date.max


class Clause(NamedTuple):
    """A part of a query that has to match beside all others.

    Attributes:
        text: as typed.  start, end: where it stands.
        field: the field it asks about, `text` where no name stands before the words; empty where it asks about several.
        is_negative: whether it says what to leave out; `date:none` says what is wanted.
        meaning: equal of clauses that ask for the same terms in the same way.
    """

    text: str
    start: int
    end: int
    field: str
    is_negative: bool
    meaning: str

    @property
    def is_filter(self) -> bool:
        """Whether it asks about one field that is no zone of the text."""
        return bool(self.field) and FIELDS[self.field].kind is not FieldKind.TEXT


def clauses(text: str, today: dt.date | None = None) -> tuple[Clause, ...]:
    """The clauses of a query, from left to right; none where it has errors, and one where OR holds all of it together.

    `today` is as for `parse`.
    """
    found = []
    for start, end, node in parse(text, today=today).clauses:
        is_negative = isinstance(node, q.Not) and not isinstance(node.query, q.Every)
        found.append(Clause(text[start:end], start, end, _field(node), is_negative, repr(node)))
    return tuple(found)


def clause_for(field: str, value: str) -> str | None:
    """What asks for the articles that have a value in a field; None where no query can, as for a value without a word.

    Of words the values are asked for side by side, so another value that holds them is found, too.
    """
    if FIELDS[field].kind is FieldKind.WORDS:
        value = " ".join(value.translate(_SIGNS).split())
        is_plain = value.isascii() and value.isalnum() and value not in ("AND", "OR", "NOT")
    else:
        is_plain = not re.search(rf"^[({QUOTES}]|[\s)]", value)
    text = f"{field}:{value}" if is_plain else f'{field}:"{value}"'
    found = clauses(text)
    is_meant = [(each.text, each.field) for each in found] == [(text, field)]
    return text if is_meant and found[0].meaning != repr(q.Every(field)) else None


def add_clause(text: str, clause: str) -> str:
    """The query that finds those of its articles which a clause finds as well; `*` and the empty one find all."""
    return clause if text.strip() in ("", "*") else f"{_operand(text.strip())} {clause}"


@lru_cache(maxsize=16)
def _operand(text: str) -> str:
    """A query as a part of one that has a clause more: in brackets where it would not mean the same without."""
    plainly, safely = f"{text} date:*", f"({text}) date:*"
    return text if repr(parse(plainly).query) == repr(parse(safely).query) else f"({text})"


def remove_clause(text: str, clause: Clause) -> str:
    """The query without one of its clauses, nor brackets that are needed no more; empty where it has no other."""
    found = clauses(text)
    at = next(n for n, each in enumerate(found) if each.start == clause.start)
    if at:
        rest = f"{text[: found[at - 1].end].strip()} {text[clause.end :].strip()}".strip()
    else:
        rest = text[found[1].start :].strip() if len(found) > 1 else ""
    bare = rest[1:-1].strip()
    is_bracketed = rest.startswith("(") and rest.endswith(")")
    return bare if is_bracketed and repr(parse(bare).query) == repr(parse(rest).query) else rest


def date_clause(first: dt.date | None, last: dt.date | None) -> str:
    """What asks for the articles of some days, as short as it can be said: `date:2023`, `date:[2023-02 TO 2023-03]`.

    The days are from `first` to `last`, both included; None is an open end.
    """
    if first is None and last is None:
        return "date:*"
    begin, end = "*" if first is None else first.isoformat(), "*" if last is None else last.isoformat()
    begins_month, ends_month = first is None or first.day == 1, last is None or _day_after(last).day == 1
    if begins_month and ends_month:
        is_years = (first is None or first.month == 1) and (last is None or last.month == 12)
        length = 4 if is_years else 7
        begin, end = begin[:length], end[:length]
    return f"date:{begin}" if begin == end else f"date:[{begin} TO {end}]"


def dates_of(text: str, today: dt.date | None = None) -> tuple[dt.date | None, dt.date | None]:
    """The first and the last day that the date clauses of a query leave; None where an end is open.

    The ends are upside down where the clauses leave no day.
    """
    first, last = _FIRST, _LAST
    for _, _, node in parse(text, today=today).clauses:
        if isinstance(node, q.DateRange):
            start, stop = day_bounds(node)
            first = first if start is None else max(first, dt.date.fromordinal(start))
            last = last if stop is None else min(last, dt.date.fromordinal(stop - 1))
    return None if first == _FIRST else first, None if last == _LAST else last


def set_dates(text: str, clause: str | None, today: dt.date | None = None) -> str:
    """The query with a date clause in the place of all it has; None leaves them out.

    What it says of dates that are not wanted (`-date:2023`), or within brackets beside other things, stays.
    """
    while dated := [each for each in clauses(text, today) if each.field == "date" and not each.is_negative]:
        if clause is not None and len(dated) == 1:
            return _replaced(text, dated[0].start, dated[0].end, clause)
        text = remove_clause(text, dated[-1])
    return text if clause is None else add_clause(text, clause)


def within(zone: str, words: str) -> str:
    """What looks for words (or a query of words) in a zone of the text: `headline:bank`, `headline:(bank OR rates)`."""
    plainly, safely = f"{zone}:{words}", f"{zone}:({words})"
    return plainly if repr(parse(plainly).query) == repr(parse(safely).query) else safely


def zoned(text: str, zone: str) -> str:
    """The query with all that it looks for anywhere in the text looked for in a zone; as it is where it does not."""
    runs: list[tuple[int, int]] = []
    before = None
    for each in clauses(text):
        if each.field == "text" and not each.is_negative:
            start = runs.pop()[0] if before else each.start
            runs.append((start, each.end))
        before = each.field == "text" and not each.is_negative
    for start, end in reversed(runs):
        text = _replaced(text, start, end, within(zone, text[start:end]))
    return text


def unzoned(text: str, zone: str) -> str:
    """The query with what it looks for in a zone looked for anywhere; as it is where it does not."""
    for each in reversed(clauses(text)):
        name = _NAME.match(each.text)
        if each.field == zone and not each.is_negative and name:
            text = _replaced(text, each.start, each.end, each.text[name.end() :])
    return text


def _replaced(text: str, start: int, end: int, by: str) -> str:
    return f"{text[:start].rstrip()} {by} {text[end:].lstrip()}".strip()


def _field(node: Any) -> str:
    """The one field that a node is about; empty where there are several."""
    parts = node.subqueries if isinstance(node, (q.And, q.Or)) else operands(node)
    if parts or isinstance(node, q.Not):
        fields = {_field(part) for part in parts or [node.query]}
        return fields.pop() if len(fields) == 1 else ""
    name = getattr(node, "fieldname", None)
    return split_level(name)[0] if isinstance(name, str) else ""


def _day_after(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1) if day < _LAST else _FIRST
