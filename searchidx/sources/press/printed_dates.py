"""Dates as press databases print them, in the languages of their pages: `mardi 14 mars 2006`, `2018 年 10 月 7 日`.

A date may stand within a line: `Politique, mardi 14 mars 2006, p. 12`. Of several days (`March 5-11, 2014`) the first
counts. Numbers with points or slashes put the day first unless the year leads; with slashes only if that is certain.
Months that the table here lacks are those of `extract.printed_date`. A date that does not exist is never corrected: its
error is part of the result, because the line is still the line of a date.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import NamedTuple

from searchidx.dates import PartialDate
from searchidx.extract.calendar_names import WIDESPREAD_MONTHS
from searchidx.extract.printed_date import DateOrder, FoundDate, find_dates, read_date, read_zone

_WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so "
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mer jeu ven sam dim "
    "lunes martes miercoles jueves viernes sabado domingo mie jue vie sab dom "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo "
    "lunedi martedi mercoledi giovedi venerdi sabato domenica gio "
    "segunda-feira terca-feira quarta-feira quinta-feira sexta-feira segunda terca quarta quinta sexta "
    "mandag tirsdag onsdag torsdag fredag lordag sondag mandag tisdag lordag man tis ons tor fre lor son tir "
    "maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai"
)
_WEEKDAY = (
    rf"(?:(?<![^\W\d])(?:{'|'.join(sorted(set(_WEEKDAYS.split()), key=len, reverse=True))})(?![^\W\d])\.?"
    r"|星期[一二三四五六日天]|週[一二三四五六日]|周[一二三四五六日]|[월화수목금토일]요일|[月火水木金土日]曜日?)"
)
_WHOLE_YEAR = re.compile(r"(?<![\d])[12]\d{3}(?!\d)|年")
_MONTH_NAME = re.compile(r"[^\W\d_]+")
_SEASON = r"(?:spring|summer|autumn|fall|winter|printemps|ete|automne|hiver|fruhjahr|fruhling|sommer|herbst)"
_YEAR_ONLY = re.compile(rf"\W*{_SEASON}?\W*(?P<year>[12]\d{{3}})(?:[/-]\d{{2,4}})?\W*")
_TIME = re.compile(
    r"[\s,;|(–-]*(?:\b(?:at|um|a|om|kl|klo|alle|as|las|ore)\b\.?\s*)?(?:[上下]午|오[전후])?\s?(?<![\d.,])"
    r"(?P<hour>\d{1,2})(?:[:.h]|\s?時|\s?时|\s?시)\s?(?P<minute>\d\d)(?!\d)(?:[:.](?P<second>\d\d)(?![\d]))?"
    r"\s?분?(?:\s?(?P<half>[ap])\.?\s?m\b\.?)?(?:\s?(?:uhr|hrs?|heures|h|uur)\b\.?)?"
    r"(?:\s*\(?(?P<zone>(?:utc|gmt)\s?[+-]\s?\d{1,2}(?::?\d\d)?|[+-]\d\d:?\d\d|(?:utc|gmt|[a-z]{1,3}[sd]?t|z)\b)\)?)?"
)
_BETWEEN = re.compile(rf"[\s,;:|()–-]*(?:{_WEEKDAY})?[\s,;:|()–-]*")
_LEADING_WEEKDAY = re.compile(rf"[\s,;:|(–-]*(?:(?:le|den|el|op|on|am)\s+)?(?:{_WEEKDAY})?[\s,;:|(–-]*$")
_MAX_LINE = 400
"""Characters of a line in which a date is looked for."""


class PrintedDate(NamedTuple):
    """A date in a line, and what the line has before and after it, without weekday and time.

    A date that does not exist is None, and `error` says which one.
    """

    date: PartialDate | None
    before: str
    after: str
    error: str = ""


def find_date(text: str) -> PrintedDate | None:
    """The first date in a line, with the time and zone printed beside it; None without one."""
    text = " ".join(unicodedata.normalize("NFC", text[:_MAX_LINE]).split())
    folded = fold(text)
    if (found := _find_day_or_month(text) or _find_day_or_month(folded)) is not None:
        return _cut_line(found, text, folded)
    year = _YEAR_ONLY.fullmatch(folded)
    return None if year is None else PrintedDate(PartialDate(int(year["year"])), "", "")


def find_date_line(text: str, max_rest: int = 80) -> PrintedDate | None:
    """The date that a line begins with, after a weekday at most; an edition of `max_rest` characters may follow."""
    found = find_date(text)
    if found is None or found.before or len(found.after) > max_rest:
        return None
    return found


def parse_time(text: str) -> dt.time | None:
    """The time of a line that consists of one: `15:32`, `17:04 GMT`."""
    folded = fold(text.strip())
    match = _TIME.fullmatch(folded)
    return None if match is None else _make_time(match)


def with_time(date: PartialDate | None, time: dt.time | None) -> PartialDate | None:
    """A day with the time that is printed apart from it."""
    if date is None or time is None or date.day is None or date.time is not None:
        return date
    return PartialDate(date.year, date.month, date.day, time)


def fold(text: str) -> str:
    """Lower case without accents, character by character, so that places in the text stay the same."""
    if text.isascii():
        return text.lower()
    return "".join(
        (unicodedata.normalize("NFD", each)[0].lower()[:1] or each) if each < "\u1f00" else each for each in text
    )


def _find_day_or_month(text: str) -> FoundDate | None:
    """The first day of a text, else its first month."""
    order = DateOrder.UNKNOWN if "/" in text else DateOrder.DAY_FIRST
    dates = [each for each in find_dates(text, order) if _WHOLE_YEAR.search(text, each.start, each.stop)]
    days = (each for each in dates if isinstance(each.date, ValueError) or each.date.day is not None)
    if (day := next(days, None)) is not None or not dates:
        return day
    name = _MONTH_NAME.search(text, dates[0].start, dates[0].stop)
    is_month = name is None or name[0].lower() in WIDESPREAD_MONTHS or read_date(text) is not None
    return dates[0] if is_month else None


def _cut_line(found: FoundDate, text: str, folded: str) -> PrintedDate:
    """Add the time after a date, and cut the line around them."""
    start, end, _ = found
    date, error = (None, str(found.date)) if isinstance(found.date, ValueError) else (found.date, "")
    if match := _BETWEEN.match(folded, end):
        end = match.end()
    has_day = date is None or date.day is not None
    if has_day and (match := _TIME.match(folded, end)) and (time := _make_time(match)) is not None:
        date, end = with_time(date, time), match.end()
        if match := _BETWEEN.match(folded, end):
            end = match.end()
    if match := _LEADING_WEEKDAY.search(folded[:start]):
        start = match.start()
    return PrintedDate(date, text[:start].strip(" ,;:|-–("), text[end:].strip(" ,;:|-–)"), error)


def _make_time(match: re.Match[str]) -> dt.time | None:
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    half = match["half"] or (
        "p" if re.search("下午|오후", match[0]) else "a" if re.search("上午|오전", match[0]) else ""
    )
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    zone = (match["zone"] or "").upper().replace(" ", "")
    try:
        return dt.time(hour, minute, second, tzinfo=read_zone(zone) if zone else None)
    except ValueError:
        return None
