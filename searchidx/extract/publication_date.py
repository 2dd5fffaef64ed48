"""Find the publication date of a page's article, as a local date.

Sources, most trusted first: JSON-LD and meta elements; the day in the URL; the date printed beside the headline;
`<time>` elements, which may belong to other articles; htmldate's guess from the markup; a day in a short text. A meta
element with a vague name, such as `date`, comes after the printed date, which is right more often. Dates of updates
come last. A date in the future or before newspapers existed is rejected with a reason.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from searchidx.dates import PartialDate, Precision, parse_date
from searchidx.errors import ArticleError
from searchidx.extract.blocks import PageBlock
from searchidx.extract.dateline import parse_printed_date
from searchidx.extract.stated_date import normalize_date


class DateCandidate(NamedTuple):
    """A possible date of publication, and where the page has it."""

    date: PartialDate
    origin: str


_MIN_OFFSET, _MAX_OFFSET = dt.timedelta(hours=-12), dt.timedelta(hours=14)
"""The time zones farthest from UTC."""
_FIRST_DAY = dt.date(1600, 1, 1).toordinal()
"""No newspaper is older."""
_UNSET = ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00+00:00")
_SCRIPTED = re.compile(r"\s*[A-Z][a-z]{2} ([A-Z][a-z]{2} \d\d? \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4})")
"""JavaScript's format: `Wed Feb 01 2023 13:33:00 GMT+0900 (Japan Standard Time)`."""
_NUMBERS = re.compile(r"\s*\d{4}-\d{1,2}-\d{1,2}")
_BEFORE_TIME = re.compile(r"(?<=\d)T(?=\d)")
_DIGITS = re.compile(r"((?:19|20)\d\d)([01]\d)([0-3]\d)(?:T?(\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d:?\d\d)?)?")
_URL_DAY = re.compile(
    r"/(?P<year>(?:19|20)\d\d)(?:(?P<part>[/-])(?P<month>\d{1,2})(?P=part)(?P<day>\d{1,2})|(?P<m>\d\d)(?P<d>\d\d))(?!\d)"
    r"|/(?P<d2>1[3-9]|2\d|3[01])-(?P<m2>\d\d)-(?P<y2>20\d\d)(?!\d)"
)
_URL_NAMES = (("year", "y2"), ("month", "m", "m2"), ("day", "d", "d2"))
_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "jänner feber mrz apr mai jun jul aug sept okt nov dez",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago set oct nov dic",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "januari februari mars april maj juni juli augusti september oktober november december",
        "januar februar marts april maj juni juli august september oktober november december",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
        "ledna února března dubna května června července srpna září října listopadu prosince",
        "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    )
    for number, name in enumerate(names.split(), 1)
}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!:?\d)"
_PRINTED = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<!\d)(?P<year>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<day>\d\d)(?!\d)",
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:\.\s?(?P<m>\d{{1,2}})\.\s?| \| (?P<m2>\d{{1,2}}) \| ){_YEAR}",
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:\.|er|st|nd|rd|th|º)?\s+(?:de\s+)?{_MONTH},?\s+(?:de\s+|del\s+)?{_YEAR}",
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}",
        r"(?<![\d.])(?P<day>\d\d)\.(?P<m>\d\d)\.(?P<short>\d\d)(?=\d\d:\d\d|[^\d.]|$)",
        rf"{_YEAR}\s?[年년]\s?(?P<m>\d{{1,2}})\s?[月월]\s?(?P<day>\d{{1,2}})\s?[日일]",
    )
)
_UPDATED = re.compile(
    r"updated|modified|edited|aktualisiert|geändert|stand:|mis à jour|modifié|actualizado|aggiornato|atualizado"
    r"|bijgewerkt|uppdaterad|opdateret|oppdatert|обновлен|更新|수정",
    re.IGNORECASE,
)
_VAGUE = {"date", "dc.date", "dc.date.created", "dcterms.date", "dcterms.created"}
"""Meta elements whose name does not say which date they state."""
_BLOCKS_BEFORE, _BLOCKS_AFTER = 4, 15
"""Blocks before and after the headline that are searched for a printed date."""
_MAX_TEXT = 160
"""Characters of a text that is searched for a date. A longer one is a paragraph, which mentions other days."""
_MAX_LABEL, _MAX_DAY = 45, 20
"""Of a longer text: characters before its first separator, or without one its first characters."""
_SEPARATOR = re.compile(r"\s*\|\s*|\s[-–—•]\s")


def find_publication_date(
    stated: Sequence[tuple[str, Any]],
    time_elements: Sequence[str],
    blocks: Sequence[PageBlock],
    headline: str,
    guess: Callable[[], str | None],
    url: str | None,
) -> tuple[PartialDate | None, str]:
    """Find when the article was published, and where the page says so.

    `stated` has the origin and text of each date in the metadata, most trusted first. `time_elements` are the
    `datetime` attributes of `<time>` elements. `guess` infers a day from the whole page; it is slow, so it is called
    only if nothing else states a day. A day becomes a moment where the metadata state a time on that day. Without a
    date, the second value says why one was rejected, or is empty.
    """
    parsed = _parse_dates(stated)
    dates = sorted(_plausible(parsed), key=lambda each: each.date.precision is not Precision.TIME)
    days = [each for each in dates if each.date.precision >= Precision.DAY]
    precise_names = [each for each in days if each.origin not in _VAGUE]
    moments = _plausible(_parse_dates(("time", text) for text in time_elements))
    visible = functools.cache(
        lambda: _plausible(_parse_dates([("URL", _day_in_url(url)), *_dates_near_headline(blocks, headline)]))
    )
    rejection = next((f"{where} {date} {reason}" for date, where in parsed if (reason := _why_implausible(date))), "")
    best = next(iter(precise_names), None) or next(iter((*visible(), *days, *moments)), None)
    best = best or next(iter(_plausible(_parse_dates([("htmldate", guess()), *_dates_in_text(blocks)]))), None)
    best = best or next(iter(dates), None)
    if best is None:
        unread = ((where, text) for where, text in stated if isinstance(text, str) and _NUMBERS.match(text))
        return None, rejection or next((f"{where} {text[:40]} is not a date" for where, text in unread), "")
    day = best.date.days
    same_day = [each for each in (*dates, *moments) if each.date.days == day]
    best = max(same_day, key=lambda each: each.date.precision, default=best)
    date, where = _localize(best, moments, visible)
    return date, f"{where}; {rejection}" if rejection else where


def _localize(
    stated: DateCandidate, moments: Sequence[DateCandidate], visible: Callable[[], Sequence[DateCandidate]]
) -> DateCandidate:
    """Convert a moment in UTC to the article's local day, where the page shows that day elsewhere.

    Much software states 23:00 UTC for an article whose printed date and address have the next day.
    """
    date, where = stated
    if date.time is None or date.time.utcoffset() != dt.timedelta(0):
        return stated
    utc = _as_datetime(date).replace(tzinfo=None)
    for moment in moments:
        other = moment.date
        if other.time is not None and other.days != date.days and other.instant in (None, date.instant):
            offset = _as_datetime(other).replace(tzinfo=None) - utc
            if _MAX_OFFSET >= offset >= _MIN_OFFSET and offset % dt.timedelta(minutes=15) < dt.timedelta(minutes=1):
                return moment
    possible_days = range((utc + _MIN_OFFSET).toordinal(), (utc + _MAX_OFFSET).toordinal() + 1)
    for day, place in visible():
        if day.days == date.days:
            return stated
        if day.precision >= Precision.DAY and day.days.start in possible_days:
            return DateCandidate(PartialDate(day.year, day.month, day.day), f"{place}; {where} in UTC")
    return stated


def _as_datetime(date: PartialDate) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromordinal(date.days.start), date.time or dt.time())


def _day_in_url(url: str | None) -> str | None:
    """The day in an address: `/2019/01/31/`, `/2019-01-31-`, `/20190131/`, `/31-01-2019`."""
    match = _URL_DAY.search(url or "")
    if match is None:
        return None
    year, month, day = (next(filter(None, match.group(*names))) for names in _URL_NAMES)
    return f"{year}-{int(month):02}-{int(day):02}"


def _dates_near_headline(blocks: Sequence[PageBlock], headline: str) -> Iterator[tuple[str, str]]:
    """The days printed after the headline, then those before it, nearest first; dates of updates last."""
    wanted = " ".join(headline.split())
    headings = (n for n, block in enumerate(blocks) if block.element.tag in ("h1", "h2", "h3") and wanted in block.text)
    at = next(headings, None) if wanted else None
    if at is None:
        return iter(())
    near = (*blocks[at : at + _BLOCKS_AFTER], *reversed(blocks[max(0, at - _BLOCKS_BEFORE) : at]))
    days = [(block.text, day) for block in near if (day := find_printed_day(block.text))]
    days.sort(key=lambda each: _UPDATED.search(each[0]) is not None)
    return (("beside the headline", day) for _, day in days)


def _dates_in_text(blocks: Sequence[PageBlock]) -> Iterator[tuple[str, str]]:
    """The days in short texts of the page, and at the beginning of longer ones."""
    for block in blocks:
        if day := find_printed_day(_label(block.text)):
            yield "the text", day


def _label(text: str) -> str:
    """A short text, or the part of a longer one before its first separator: `27.1.2022 - At the river`."""
    if len(text) <= _MAX_TEXT:
        return text
    head = _SEPARATOR.split(text, maxsplit=1)[0]
    return head if len(head) <= _MAX_LABEL else text[:_MAX_DAY] if text[0].isdigit() else ""


def find_printed_day(text: str) -> str | None:
    """The first day in a short text, as `YYYY-MM-DD`; it may not exist in the calendar."""
    if len(text) > _MAX_TEXT:
        return None
    for pattern in _PRINTED:
        if match := pattern.search(text):
            parts = match.groupdict()
            number = parts.get("m") or parts.get("m2")
            month = int(number) if number else _MONTHS[parts["month"].lower()]
            year = parts.get("year") or f"20{parts['short']}"
            return f"{year}-{month:02}-{int(parts['day']):02}"
    return None


def _parse_dates(stated: Iterable[tuple[str, Any]]) -> list[DateCandidate]:
    """Parse the texts that are dates, except for the default value of software."""
    return [
        DateCandidate(date, where)
        for where, text in stated
        if isinstance(text, str) and text and text not in _UNSET and (date := _parse_stated(text.strip())) is not None
    ]


def _parse_stated(text: str) -> PartialDate | None:
    """Parse a date in metadata: ISO 8601, variants of it, words, or at least a day."""
    if match := _DIGITS.fullmatch(text):
        day, time = "-".join(match.group(1, 2, 3)), ":".join(filter(None, match.group(4, 5, 6)))
        text = f"{day}T{time}{match[7] or ''}" if time else day
    elif match := _SCRIPTED.match(text):
        text = match[1]
    with contextlib.suppress(ValueError, ArticleError):
        return parse_date(normalize_date(text))
    date = parse_printed_date(_BEFORE_TIME.sub(" ", text))
    if date is None and (day_alone := find_printed_day(text)) is not None:
        with contextlib.suppress(ValueError):
            return parse_date(day_alone)
    return date


def _plausible(dates: Iterable[DateCandidate]) -> list[DateCandidate]:
    return [each for each in dates if not _why_implausible(each.date)]


def _why_implausible(date: PartialDate) -> str:
    """Why no newspaper can have published on a date; "" if one can."""
    if date.days.start > dt.date.today().toordinal() + 1:  # somewhere it is already tomorrow
        return "is in the future"
    return "is older than newspapers" if date.days.start < _FIRST_DAY else ""
