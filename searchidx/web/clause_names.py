"""Clauses of a query in plain words, as the chips of active filters show them: `Source: Harbour Gazette`.

A clause that no form of the page writes has no name; it is shown as typed.
"""

from __future__ import annotations

import re

from searchidx.dates import parse_date
from searchidx.languages import language_name
from searchidx.query.rewrite import Clause
from searchidx.render.citation import format_date

FILTER_FIELDS = {
    "source": "Source",
    "section": "Section",
    "edition": "Edition",
    "byline": "Author",
    "keyword": "Keyword",
    "language": "Language",
    "label": "Label",
}
"""The fields that can be filtered by, with their names."""
_VALUE = r"[a-z]+:=?(?:\"[^\"]*\"|[^\s()\"]+)"
_VALUES = re.compile(rf"(-?)(?:({_VALUE})|\(({_VALUE}(?: OR {_VALUE})*)\))")
_OPEN_PERIOD = re.compile(r"(since|until|after|before):([\d-]+)", re.ASCII)
_PERIOD = re.compile(r"date:(?:\[(\S+) TO (\S+)\]|\"([^\"]+)\"|([\w-]+))")


def clause_name(clause: Clause) -> str:
    """Return a clause in plain words; empty if it has no name."""
    if clause.field == "date":
        return _period_name(clause.text)
    match = _VALUES.fullmatch(clause.text)
    if match is None or clause.field not in FILTER_FIELDS:
        return ""
    values = [_value(clause.field, text) for text in re.findall(_VALUE, match[2] or match[3])]
    return f"{'Not ' if match[1] else ''}{FILTER_FIELDS[clause.field]}: {' or '.join(values)}"


def _value(field: str, text: str) -> str:
    value = text.partition(":")[2].removeprefix("=").strip('"')
    return language_name(value) if field == "language" else value


def _period_name(text: str) -> str:
    if (match := _OPEN_PERIOD.fullmatch(text)) is not None:
        word = "from" if match[1] == "since" else match[1]
        try:
            return f"Date: {word} {format_date(parse_date(match[2]))}"
        except ValueError:
            return ""
    match = _PERIOD.fullmatch(text)
    if match is None:
        return ""
    first, last, words, day = match.groups()
    try:
        if first is None:
            return f"Date: {words or (day if day.isalpha() else format_date(parse_date(day)))}"
        begin, end = ("" if each == "*" else format_date(parse_date(each)) for each in (first, last))
    except ValueError:
        return ""
    if begin and end:
        return f"Date: {begin} to {end}"
    return f"Date: from {begin}" if begin else f"Date: until {end}" if end else "Date: any"
