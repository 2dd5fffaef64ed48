"""When a page's article was published, in the article's own calendar.

JSON-LD and meta elements state a moment for machines; the address may name a day; a printed date stands beside the
headline; `<time>` elements tell of the article, or of others; htmldate guesses from a page's markup; some text of it
may name a day. They are believed in this order, but for a meta element that does not say which date it is: what readers
see is right more often. What says that it was updated says nothing of when it was published. What is yet to come, or
older than newspapers, is no date of publication, and it is said why not.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from searchidx.dates import PartialDate, Precision, parse_date
from searchidx.errors import ArticleError
from searchidx.extract.blocks import Block
from searchidx.extract.dateline import printed_date
from searchidx.sources.record_fields import date_of

__all__ = ["Dated", "printed_day", "published"]

Dated = tuple[PartialDate, str]
"""A date, and where it stands."""

_WEST, _EAST = dt.timedelta(hours=-12), dt.timedelta(hours=14)
"""The clocks that are furthest from UTC."""
_FIRST = dt.date(1600, 1, 1).toordinal()
"""Newspapers are younger."""
_UNSET = ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00+00:00")
_SCRIPTED = re.compile(r"\s*[A-Z][a-z]{2} ([A-Z][a-z]{2} \d\d? \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4})")
"""As JavaScript writes it: `Wed Feb 01 2023 13:33:00 GMT+0900 (Japan Standard Time)`."""
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
"""Names of meta elements that leave open which date they state."""
_BEFORE, _AFTER = 4, 15
"""So many texts before and after the headline are looked at for a printed date."""
_LONGEST, _BEGINNING, _LONGEST_DAY = 160, 45, 20
_SET_OFF = re.compile(r"\s*\|\s*|\s[-–—•]\s")
"""A longer text is a paragraph, and tells of other days."""


def published(
    stated: Sequence[tuple[str, Any]],
    times: Sequence[str],
    blocks: Sequence[Block],
    headline: str,
    guess: Callable[[], str | None],
    url: str | None,
) -> tuple[PartialDate | None, str]:
    """When the article was published, and where that was found; None where it is not said, or cannot be.

    `stated` is where something is said for machines and what, the most trusted first; `times` what the `<time>`
    elements say; `guess` tells a day from all of the page, and is asked where nothing else says one. A day becomes a
    moment where something that is stated knows more of that day.
    """
    said = _parsed(stated)
    dates = sorted(_possible(said), key=lambda found: found[0].precision is not Precision.TIME)
    days = [found for found in dates if found[0].precision >= Precision.DAY]
    sure = [found for found in days if found[1] not in _VAGUE]
    moments = _possible(_parsed(("time", text) for text in times))
    clues = functools.cache(lambda: _possible(_parsed([("URL", _day_of(url)), *_printed(blocks, headline)])))
    why_not = next((f"{where} {date} {reason}" for date, where in said if (reason := _why_not(date))), "")
    first = next(iter(sure), None) or next(iter((*clues(), *days, *moments)), None)
    first = first or next(iter(_possible(_parsed([("htmldate", guess()), *_anywhere(blocks)]))), None)
    first = first or next(iter(dates), None)
    if first is None:
        unread = ((where, text) for where, text in stated if isinstance(text, str) and _NUMBERS.match(text))
        why_not = why_not or next((f"{where} {text[:40]} is no date" for where, text in unread), "")
        return None, why_not
    same = [found for found in (*dates, *moments) if found[0].days == first[0].days]
    best = max(same, key=lambda found: found[0].precision, default=first)
    date, where = _local(best, moments, clues)
    return date, f"{where}; {why_not}" if why_not else where


def _local(found: Dated, times: Sequence[Dated], clues: Callable[[], Sequence[Dated]]) -> Dated:
    """A moment stated in UTC as the article's own calendar has it, where the page shows that day elsewhere.

    Much software states 23:00 UTC of what was printed, and put into the address, as the next day.
    """
    date, where = found
    if date.time is None or date.time.utcoffset() != dt.timedelta(0):
        return found
    moment = _moment(date).replace(tzinfo=None)
    for clue, place in times:
        if clue.time is not None and clue.days != date.days and clue.instant in (None, date.instant):
            shift = _moment(clue).replace(tzinfo=None) - moment
            if _EAST >= shift >= _WEST and shift % dt.timedelta(minutes=15) < dt.timedelta(minutes=1):
                return clue, place
    days = range((moment + _WEST).toordinal(), (moment + _EAST).toordinal() + 1)
    for clue, place in clues():
        if clue.days == date.days:
            return found
        if clue.precision >= Precision.DAY and clue.days.start in days:
            return PartialDate(clue.year, clue.month, clue.day), f"{place}; {where} in UTC"
    return found


def _moment(date: PartialDate) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromordinal(date.days.start), date.time or dt.time())


def _day_of(url: str | None) -> str | None:
    """The day that an address names: `/2019/01/31/`, `/2019-01-31-`, `/20190131/`, `/31-01-2019`."""
    match = _URL_DAY.search(url or "")
    if match is None:
        return None
    year, month, day = (next(filter(None, match.group(*names))) for names in _URL_NAMES)
    return f"{year}-{int(month):02}-{int(day):02}"


def _printed(blocks: Sequence[Block], headline: str) -> Iterator[tuple[str, str]]:
    """The days that are printed behind the headline, then those before it, nearest first; those of updates last."""
    wanted = " ".join(headline.split())
    headings = (n for n, block in enumerate(blocks) if block.element.tag in ("h1", "h2", "h3") and wanted in block.text)
    at = next(headings, None) if wanted else None
    if at is None:
        return iter(())
    near = (*blocks[at : at + _AFTER], *reversed(blocks[max(0, at - _BEFORE) : at]))
    found = [(block.text, day) for block in near if (day := printed_day(block.text))]
    found.sort(key=lambda each: _UPDATED.search(each[0]) is not None)
    return (("beside the headline", day) for _, day in found)


def _anywhere(blocks: Sequence[Block]) -> Iterator[tuple[str, str]]:
    """The days that short texts of the page name, or with which longer ones begin."""
    for block in blocks:
        if day := printed_day(_beginning(block.text)):
            yield "the text", day


def _beginning(text: str) -> str:
    """A short text, or what is set off at the beginning of a longer one: `27.1.2022 - At the river`."""
    if len(text) <= _LONGEST:
        return text
    head = _SET_OFF.split(text, maxsplit=1)[0]
    return head if len(head) <= _BEGINNING else text[:_LONGEST_DAY] if text[0].isdigit() else ""


def printed_day(text: str) -> str | None:
    """The first day that a short text names."""
    if len(text) > _LONGEST:
        return None
    for form in _PRINTED:
        if match := form.search(text):
            parts = match.groupdict()
            number = parts.get("m") or parts.get("m2")
            month = int(number) if number else _MONTHS[parts["month"].lower()]
            year = parts.get("year") or f"20{parts['short']}"
            return f"{year}-{month:02}-{int(parts['day']):02}"
    return None


def _parsed(stated: Iterable[tuple[str, Any]]) -> list[Dated]:
    """Those that are dates, but for what software says of a date that nobody set."""
    return [
        (date, where)
        for where, text in stated
        if isinstance(text, str) and text and text not in _UNSET and (date := _date_of(text.strip())) is not None
    ]


def _date_of(text: str) -> PartialDate | None:
    """A date that is stated for machines: in ISO 8601, nearly so, in words, or at least its day."""
    if match := _DIGITS.fullmatch(text):
        day, time = "-".join(match.group(1, 2, 3)), ":".join(filter(None, match.group(4, 5, 6)))
        text = f"{day}T{time}{match[7] or ''}" if time else day
    elif match := _SCRIPTED.match(text):
        text = match[1]
    with contextlib.suppress(ValueError, ArticleError):
        return parse_date(date_of(text))
    if (date := printed_date(_BEFORE_TIME.sub(" ", text))) is None and (day_alone := printed_day(text)) is not None:
        with contextlib.suppress(ValueError):
            return parse_date(day_alone)
    return date


def _possible(dates: Iterable[Dated]) -> list[Dated]:
    return [found for found in dates if not _why_not(found[0])]


def _why_not(date: PartialDate) -> str:
    """Why a newspaper cannot have published anything then; empty where it can."""
    if date.days.start > dt.date.today().toordinal() + 1:  # tomorrow, wherever it is tomorrow already
        return "is yet to come"
    return "was before newspapers" if date.days.start < _FIRST else ""
