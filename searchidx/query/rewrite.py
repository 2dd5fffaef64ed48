"""Rewrites of a query text: add or remove a clause, set the dates, search in a zone.

Filters are part of the query (`source:"Japan News"`, `date:2023`), so one text means the same to the page, a feed, an
export and the command line. Links and forms that filter edit the text. A *clause* is a part that every hit must match,
at the place where the parser found it. What a person typed stays as typed::

    add_clause("nato OR japan", "date:2023")         (nato OR japan) date:2023
    set_dates("nato date:2022", "date:2023")         nato date:2023
    add_zone("nato date:2023", "headline")           headline:nato date:2023

Every function takes texts without errors and returns one, unless the result exceeds the limits of a query.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from whoosh import query as q
from whoosh.query import Query

from searchidx.query.cursor import QUOTES
from searchidx.query.nodes import WholeValue, day_bounds
from searchidx.query.parser import parse
from searchidx.query.traversal import operands
from searchidx.schema import FIELDS, WHOLE_VALUE_FIELDS, FieldKind, split_level, whole_value

_SYNTAX_TO_SPACE = str.maketrans(dict.fromkeys(f"{QUOTES}*?~/", " "))
"""Replaces what ends a phrase or makes a pattern of a word. All of it separates words, so no word is lost."""
_QUOTES_TO_SPACE = str.maketrans(dict.fromkeys(QUOTES, " "))
_FIELD_NAME = re.compile(r"[A-Za-z]+:")
_FIRST_DAY, _LAST_DAY = dt.date.min, dt.date.max


class Clause(NamedTuple):
    """A part of a query that every hit must match.

    Attributes:
        text: as typed.  start, end: its place.
        field: the field it asks about, `text` for words without a name; empty for several fields.
        is_negative: whether it excludes articles; `date:none` does not.
        meaning: equal for clauses that ask for the same terms in the same way.
    """

    text: str
    start: int
    end: int
    field: str
    is_negative: bool
    meaning: str

    @property
    def is_filter(self) -> bool:
        """Whether it asks about one field outside the text."""
        return bool(self.field) and FIELDS[self.field].kind is not FieldKind.TEXT


def parse_clauses(text: str, today: dt.date | None = None) -> tuple[Clause, ...]:
    """The clauses of a query, from left to right: one if OR connects all of it, none if it has errors.

    `today` is as for `parse`. The last results are kept, since a page removes each clause of its query in turn.
    """
    return _parse_clauses(text, today or dt.date.today())


@lru_cache(maxsize=4)
def _parse_clauses(text: str, today: dt.date) -> tuple[Clause, ...]:
    clauses = []
    for start, end, node in parse(text, today=today).clauses:
        is_negative = isinstance(node, q.Not) and not isinstance(node.query, q.Every)
        field = "" if node is None else _find_field(node)
        clauses.append(Clause(text[start:end], start, end, field, is_negative, repr(node)))
    return tuple(clauses)


def value_clause(field: str, value: str) -> str | None:
    """The clause for articles with a value in a field; None if no query can ask for it, as for a value without a word.

    In the fields of `WHOLE_VALUE_FIELDS` it asks for the whole value, so the articles are those that a facet counts; in
    another field of words it matches longer values that contain these words, too.
    """
    if field in WHOLE_VALUE_FIELDS:
        typed = " ".join(value.translate(_QUOTES_TO_SPACE).split())
        text = f"{field}:={typed}" if typed.isascii() and typed.isalnum() else f'{field}:="{typed}"'
        expected = WholeValue(field, whole_value(field, value))
        return text if [each.meaning for each in parse_clauses(text)] == [repr(expected)] else None
    if FIELDS[field].kind is FieldKind.WORDS:
        value = " ".join(value.translate(_SYNTAX_TO_SPACE).split())
        is_bare = value.isascii() and value.isalnum() and value not in ("AND", "OR", "NOT")
    else:
        is_bare = not re.search(rf"^[({QUOTES}]|[\s)]", value)
    text = f"{field}:{value}" if is_bare else f'{field}:"{value}"'
    clauses = parse_clauses(text)
    is_one_clause = [(each.text, each.field) for each in clauses] == [(text, field)]
    return text if is_one_clause and clauses[0].meaning != repr(q.Every(field)) else None


def add_clause(text: str, clause: str) -> str:
    """The query restricted to hits that a clause matches, too; `*` and the empty query match everything."""
    return clause if text.strip() in ("", "*") else f"{_to_operand(text.strip())} {clause}"


@lru_cache(maxsize=16)
def _to_operand(text: str) -> str:
    """A query as one clause among others, in brackets if it would mean something else without."""
    bare, bracketed = f"{text} date:*", f"({text}) date:*"
    return text if _is_equivalent(bare, bracketed) else f"({text})"


def remove_clauses(text: str, removed: Iterable[Clause]) -> str:
    """The query without some of its clauses, and without brackets around all the rest; empty if it has no other."""
    starts = {each.start for each in removed}
    kept, begin, end = [], 0, 0
    for each in parse_clauses(text):
        if each.start in starts:
            kept.append(text[begin:end].strip())
            begin = each.end
        elif begin == end > 0 and not any(kept):
            begin = each.start  # without what joined it to the removed ones
        end = each.end
    if begin == end and not any(kept):
        return ""  # nothing but what joined the removed ones
    kept.append(text[begin:].strip())
    rest = " ".join(filter(None, kept))
    bare = rest[1:-1].strip()
    is_bracketed = rest.startswith("(") and rest.endswith(")")
    return bare if is_bracketed and _is_equivalent(bare, rest) else rest


def date_clause(first: dt.date | None, last: dt.date | None) -> str:
    """The shortest clause for the days from `first` to `last`, both included: `date:2023`, `date:[2023-02 TO 2023-03]`.

    None is an open end.
    """
    if first is None and last is None:
        return "date:*"
    begin, end = "*" if first is None else first.isoformat(), "*" if last is None else last.isoformat()
    begins_month, ends_month = first is None or first.day == 1, last is None or _next_day(last).day == 1
    if begins_month and ends_month:
        is_years = (first is None or first.month == 1) and (last is None or last.month == 12)
        length = 4 if is_years else 7
        begin, end = begin[:length], end[:length]
    return f"date:{begin}" if begin == end else f"date:[{begin} TO {end}]"


def date_bounds(text: str, today: dt.date | None = None) -> tuple[dt.date | None, dt.date | None]:
    """The first and the last day that all date clauses of a query allow; None for an open end.

    The first is after the last if they allow no day.
    """
    first, last = _FIRST_DAY, _LAST_DAY
    for _, _, node in parse(text, today=today).clauses:
        if isinstance(node, q.DateRange):
            start, stop = day_bounds(node)
            first = first if start is None else max(first, dt.date.fromordinal(start))
            last = last if stop is None else min(last, dt.date.fromordinal(stop - 1))
    return None if first == _FIRST_DAY else first, None if last == _LAST_DAY else last


def set_dates(text: str, clause: str | None, today: dt.date | None = None) -> str:
    """The query with one date clause in place of all it has, or with none.

    Excluded dates (`-date:2023`), and dates in brackets beside other things, stay.
    """
    while dated := [each for each in parse_clauses(text, today) if each.field == "date" and not each.is_negative]:
        if clause is not None and len(dated) == 1:
            return _replace(text, dated[0].start, dated[0].end, clause)
        text = remove_clauses(text, dated if clause is None else dated[1:])  # may free clauses from their brackets
    return text if clause is None else add_clause(text, clause)


def zone_clause(zone: str, words: str) -> str:
    """The clause that looks for words, or a query of words, in a zone: `headline:bank`, `headline:(bank OR rates)`."""
    bare, bracketed = f"{zone}:{words}", f"{zone}:({words})"
    return bare if _is_equivalent(bare, bracketed) else bracketed


def add_zone(text: str, zone: str) -> str:
    """The query with everything that it looks for anywhere in the text looked for in a zone."""
    runs: list[tuple[int, int]] = []
    was_text = False
    for each in parse_clauses(text):
        is_text = each.field == "text" and not each.is_negative
        if is_text:
            runs.append((runs.pop()[0] if was_text else each.start, each.end))
        was_text = is_text
    for start, end in reversed(runs):
        text = _replace(text, start, end, zone_clause(zone, text[start:end]))
    return text


def remove_zone(text: str, zone: str) -> str:
    """The query with everything that it looks for in a zone looked for anywhere in the text."""
    for each in reversed(parse_clauses(text)):
        name = _FIELD_NAME.match(each.text)
        if each.field == zone and not each.is_negative and name:
            text = _replace(text, each.start, each.end, each.text[name.end() :])
    return text


def _is_equivalent(one: str, other: str) -> bool:
    return repr(parse(one).query) == repr(parse(other).query)


def _replace(text: str, start: int, end: int, by: str) -> str:
    return f"{text[:start].rstrip()} {by} {text[end:].lstrip()}".strip()


def _find_field(node: Query) -> str:
    """The one field that a node asks about; empty if there are several."""
    if isinstance(node, q.Not):
        return _find_field(node.query)
    parts = node.subqueries if isinstance(node, q.And) else operands(node)
    if parts:
        fields = set(map(_find_field, parts))
        return fields.pop() if len(fields) == 1 else ""
    name = getattr(node, "fieldname", None)
    return split_level(name)[0] if isinstance(name, str) else ""


def _next_day(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1) if day < _LAST_DAY else _FIRST_DAY
