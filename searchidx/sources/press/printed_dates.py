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
from searchidx.extract.printed_date import FoundDate, find_dates, read_date, read_zone

_MONTH_NAMES = (
    "january jan januar jaenner janner janvier janv enero ene januari gennaio gen janeiro tammikuu gener "
    "января январь янв",
    "february feb februar feber fevrier fevr fev febrero febr februari febbraio fevereiro helmikuu febrer "
    "февраля февраль фев",
    "march mar marz maerz mars marzo mrz maart mrt marco maaliskuu marts марта март мар",
    "april apr avril avr abril abr aprile huhtikuu апреля апрель апр",
    "may mai mayo mei maggio mag maio maj toukokuu maig мая маи",
    "june jun juni juin junio giugno giu junho kesakuu juny июня июнь июн",
    "july jul juli juillet juil julio luglio lug julho heinakuu juliol июля июль июл",
    "august aug aout agosto ago augustus augusti elokuu agost августа август авг",
    "september sep sept septembre septiembre setiembre settembre set setembro syyskuu setembre сентября сентябрь сен",
    "october oct oktober okt octobre octubre ottobre ott outubro out lokakuu октября октябрь окт",
    "november nov novembre noviembre novembro marraskuu ноября ноябрь ноя",
    "december dec dezember dez decembre diciembre dic dicembre dezembro desember des joulukuu desembre "
    "декабря декабрь дек",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
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
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})(?![^\W\d])\.?"
_YEAR = r"(?P<year>(?:1[5-9]|20)\d\d)(?!\d)"
_DAY = r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|er|re|\.|º|°)?"
_OTHER_DAYS = r"(?:\s?(?:[-–—/&+]|and|to|et|und)\s?\d{1,2}(?:st|nd|rd|th|\.)?)*"
_OF = r"(?:\s?[-/]\s?|,?\s+(?:de[lr]?\s+|di\s+|den\s+|of\s+)?)"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_DAY}{_OTHER_DAYS}{_OF}(?<![^\W\d]){_MONTH}{_OF}{_YEAR}",
        rf"{_DAY}{_MONTH}\s?{_YEAR}",
        rf"(?<![^\W\d]){_MONTH}\s+{_DAY}{_OTHER_DAYS},?\s+(?:{_WEEKDAY},?\s+)?{_YEAR}",
        rf"(?<!\d){_YEAR}\s?[年년]\s?(?P<number>\d{{1,2}})\s?[月월]\s?(?P<day>\d{{1,2}})\s?[日일]",
        rf"(?<!\d){_YEAR}(?P<part>[-/.])\s?(?P<number>\d{{1,2}})(?P=part)\s?(?P<day>\d{{1,2}})(?!\d)",
        rf"(?<!\d)(?P<day>\d{{1,2}})\.\s?(?P<number>\d{{1,2}})\.\s?{_YEAR}",
        rf"(?<!\d)(?P<day>\d{{1,2}})(?P<part>[-/])(?P<number>\d{{1,2}})(?P=part){_YEAR}",
        rf"(?<!\d){_YEAR}\s?[年년]\s?(?P<number>\d{{1,2}})\s?[月월](?!\s?\d)",
        rf"(?<![^\W\d])(?<!\d )(?<!\d\. ){_MONTH}{_OTHER_DAYS}{_OF}{_YEAR}",
        rf"(?<!\d){_YEAR},?\s+(?<![^\W\d]){_MONTH}\s+{_DAY}",
    )
)
_NAMED = re.compile(r"(?=.*[^\W\d_]).*(?:\d{4}|年)")
"""A date with the name of a month and a whole year."""
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
    if (found := _find_folded(folded) or _find_named(text)) is not None:
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


def _find_folded(folded: str) -> FoundDate | None:
    """The first date by the patterns of this module."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(folded):
            if (date := _make_date(match)) is not None:
                return FoundDate(match.start(), match.end(), date)
    return None


def _find_named(text: str) -> FoundDate | None:
    """The first date with a month's name in any other language; a month without a day is the whole line."""
    found = next((each for each in find_dates(text) if _NAMED.match(text[each.start : each.stop])), None)
    if found is None or isinstance(found.date, ValueError) or found.date.day is not None:
        return found
    return found if read_date(text) is not None else None


def _make_date(match: re.Match[str]) -> PartialDate | ValueError | None:
    """The date of a match, or why there is no such date; None if day and month cannot be told apart."""
    parts = match.groupdict()
    day = int(parts["day"]) if parts.get("day") else None
    month = int(parts["number"]) if parts.get("number") else _MONTHS[parts["month"]]
    if parts.get("part") == "/" and day is not None and match.start("day") < match.start("year"):
        if day <= 12 and month <= 12 and day != month:
            return None  # 02/03/2023 is February or March
        if month > 12:
            day, month = month, day
    try:
        return PartialDate(int(parts["year"]), month, day)
    except ValueError as error:
        return error


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
