"""Read dates as people write them, in the languages of newspapers.

It serves all formats. `sources.press.printed_dates` cuts the lines of press databases around their dates; queries are
read by `query.date_expressions`.

`read_date` reads a text that is a date: `13:33 JST, February 1, 2023`, `Veröffentlicht am 1. Februar 2023, 13:33 Uhr`,
`1 de febrero de 2023`, `2023年2月1日`. `find_dates` finds the dates in a longer text. Rules:

- The day and the month of `03/04/2023` are told apart by the number above 12, or by a `DateOrder` that the caller knows
  from the language or from another date of the same source. Without either there is no date. With points the day is
  first: `1.2.2023`.
- A month without a day is a month: `February 2023`, `02/2023`. A day without a year is not a date.
- A date that does not exist raises ValueError, whatever its form: `February 30, 2023`.
- An abbreviation of a time zone has its usual meaning in news.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Iterator
from typing import NamedTuple

from searchidx.dates import PartialDate
from searchidx.extract.calendar_names import MONTHS, THAI_MONTHS, WEEKDAYS


class DateOrder(enum.Enum):
    """Which number of `03/04/2023` is the day."""

    UNKNOWN = 0
    DAY_FIRST = 1
    MONTH_FIRST = 2


class FoundDate(NamedTuple):
    """A date in a text: its first and last offset, and the date, or why there is no such date."""

    start: int
    stop: int
    date: PartialDate | ValueError


_TIME_ZONES = {
    "UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "WET": 0, "BST": 60, "IST": 330, "CET": 60, "CEST": 120, "MEZ": 60,
    "MESZ": 120, "EET": 120, "EEST": 180, "MSK": 180, "МСК": 180, "TRT": 180, "SAST": 120, "WAT": 60, "EAT": 180,
    "GST": 240, "PKT": 300, "WIB": 420, "ICT": 420, "HKT": 480, "SGT": 480, "PHT": 480, "PHST": 480, "AWST": 480,
    "JST": 540, "KST": 540, "ACST": 570, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "NST": -210, "AST": -240,
    "ADT": -180, "EST": -300, "EDT": -240, "ET": None, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480,
    "PDT": -420, "PT": None, "AKST": -540, "AKDT": -480, "HST": -600, "BRT": -180, "ART": -180, "CLT": -240,
}  # fmt: skip
"""Minutes from UTC; None for an abbreviation of both summer and winter time."""
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867, "民國": 1911, "民国": 1911}
"""The years of the Japanese and Taiwanese calendars, from the year before their first."""
_THAI_ERA = 543
_ASCTIME = re.compile(r"(?<=[^\W\d_]) (\d{1,2}) (\d\d:\d\d(?::\d\d)?(?: [A-Z]{2,5})?) ([12]\d{3})(?!\d)")
"""C's format: `Feb 1 13:33:05 2023`."""
_TWO_WORDS = re.compile("(كانون|تشرين) (الأول|الثاني)")
"""Names of Levantine months of two words."""

_WORD = r"[^\W\d_][^\s\d.,/\\|:;()\[\]–—-]*"
_YEAR = r"(?P<year>[12]\d{3})(?!:?\d)"
_SHORT_YEAR = r"(?P<short>\d\d)(?=[\sT,]|$)"
_DAY = r"(?P<day>\d{1,2})(?:(?:st|nd|rd|th|er|re|ère|º|ª|°|:e|-го|-е)(?!\w))?"
_DAYS = rf"{_DAY}(?:\s?(?:[-–—/&+]|and|to|et|und|bis)\s?\d{{1,2}}(?:st|nd|rd|th|\.)?(?!\d))*"
"""A day, and others after it, as in `March 5-11, 2014`."""
_OF = r"(?:(?:de|del|di|of|do|da)\s+|d[’'])?"
_GAP = r"[\s.,/-]*?"
_DAY_PATTERNS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<![\d.:/-])(?P<year>[12]\d{3})(?P<sep>[-/.]\s?)(?P<m>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?!\d|[.-]\d)",
        rf"(?<![\d.:/-])(?P<a>\d{{1,2}})(?P<sep>[./-]\s?|\s\|\s)(?P<b>\d{{1,2}})(?P=sep){_YEAR}(?![.-]\d)",
        r"(?<![\d.])(?P<day>\d{1,2})\.(?P<m>\d{1,2})\.(?P<short>\d\d)(?=\d\d:\d\d|[^\d.]|$)",
        rf"(?<![\d.,])(?<!\d:){_DAYS}(?P<gap>{_GAP}){_OF}(?P<month>{_WORD})(?:{_GAP}{_OF}{_YEAR}|-{_SHORT_YEAR})",
        rf"(?<!\w)(?P<month>{_WORD})[\s.-]+(?:the\s+)?{_DAYS}(?:[\s,-]+{_OF}){_YEAR}",
        rf"(?<![\d.])(?P<year>[12]\d{{3}})\.?[\s-]+(?:m\.\s)?(?P<month>{_WORD})[\s.-]+(?P<day>\d{{1,2}})(?!\d|[.:]\d)",
        rf"(?<!\d)(?P<day>\d{{1,2}})\s+tháng\s+(?P<m>\d{{1,2}})(?:,|,?\s+năm)?\s+{_YEAR}",
        r"(?<!\d)(?P<year>[12]\d{3})\s?[年년]\s?(?P<m>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일號号]",
        rf"(?P<era>{'|'.join(_ERAS)})\s?(?P<count>\d{{1,3}}|元)\s?年\s?(?P<m>\d{{1,2}})\s?月\s?(?P<day>\d{{1,2}})\s?日",
    )
)
_MONTH_PATTERNS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<!\w)(?P<month>{_WORD})[.,]?[\s-]+{_OF}{_YEAR}(?![./-]\d)",
        r"(?<!\d)(?P<year>[12]\d{3})\s?[年년]\s?(?P<m>\d{1,2})\s?[月월](?!\s?\d)",
        rf"(?<![\d/.:-])(?P<m>\d{{1,2}})[/.]{_YEAR}(?![./-]\d)",
        r"(?<![\d/.:-])(?P<year>[12]\d{3})[-/](?P<m>\d\d)(?![\d/.:-])",
    )
)
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_HAS_YEAR = re.compile(r"[12]\d{3}|\d\.\d\d?\.\d\d|-\d\d(?!\d)|[年]")
"""What every date has: most texts have none."""
_SLASHED = re.compile(r"\d\s?[-/|]\s?\d{1,2}\s?[-/|]\s?[12]\d{3}")
"""Roughly a date in numbers, found faster than by the patterns above."""
_ZONE = r"(?:\s*\(?(?P<zone>(?:UTC|GMT)?[+\-−]\d{1,2}(?::?\d{2})?|[A-ZМСК]{1,4})\)?(?: \([A-Z]{2,5}\))?)?"
_TIME = re.compile(
    rf"(?<![\w:])T?(?P<hour>\d{{1,2}})(?:[:.](?P<minute>\d{{2}})(?:[:.](?P<second>\d{{2}})(?:[.,]\d{{1,9}})?)?)?"
    rf"\s?(?P<half>(?i:[ap]\.?m\b\.?))?{_ZONE}(?![\w:])"
)
_HOUR_TIME = re.compile(r"(?<![\w:])(?P<hour>\d{1,2})\s?h(?:\s?(?P<minute>\d{2}))?(?!\w)" + _ZONE, re.IGNORECASE)
_WIDE_TIME = re.compile(
    r"(?P<wide_half>午前|午後|上午|下午|오전|오후)?\s?(?<!\d)(?P<hour>\d{1,2})\s?[:：時时点點시]\s?(?P<minute>\d{1,2})"
    r"\s?[分분]?(?::?\s?(?P<second>\d{1,2})[秒초]?)?(?!\d)" + _ZONE
)
_ZONE_NAME = re.compile(r"\([^()\d]{0,40}(?:Time|Zeit|[Hh]eure|[Hh]ora|時間|时间)[^()\d]{0,20}\)")
_WIDE_LABEL = re.compile(
    r"公開日?時?|掲載日?|配信|発行日?|発表|发表|發表|发布时间|發佈時間|发布|發布|发布于|时间|日期|日時|입력|등록|게재|기사|승인"
    r"|[(（]?[日月火水木金土](?:曜日?)?[)）]|[日月火水木金土]曜日?|(?:星期|周|週|礼拜)[一二三四五六日天]|[월화수목금토일]요일"
    r"|[(（][월화수목금토일一二三四五六日][)）]"
)
_TOKEN = re.compile(r"[^\s,;|•·–—()\[\]./:：（）-]+")
_FILLERS = WEEKDAYS | frozenset(
    # what stands around a date and its time
    "on at the of am um den der die vom uhr le les à a el los las del de día dia em no na às as ao il lo alle ore ora "
    "orele h hs hrs op om kl klo klokken den dnia dne w o godz godzina saat в г года год р року рік об о ч "
    "god godine ob în la ngày năm lúc giờ ที่ วันที่ เวลา น พ.ศ. พ ศ στις ώρα της في الساعة يوم ב בשעה ביום "
    # labels of the date of publication
    "first published publication posted issued filed date dated online veröffentlicht veröffentlichung erschienen "
    "publiziert erstellt datum publié publiée parution paru publicado publicada publicación publicação fecha data "
    "pubblicato pubblicata pubblicazione gepubliceerd geplaatst publicerad publicerat publiceret publisert udgivet "
    "julkaistu opublikowano opublikowany dodano publikováno vydáno zveřejněno publikované közzétéve megjelent publicat "
    "publicată objavljeno objavljen опубликовано опубликован дата публикации опубліковано публікації "
    "публикувано публикуван објављено yayın yayınlanma tarihi tarih giriş "
    "δημοσίευση δημοσιεύθηκε تاريخ النشر نشر פורסם "
    "diterbitkan tayang đăng".split()
)
UPDATED = re.compile(
    r"\bupd(?:ated?)?\b|\brevised\b|aktualisier|\bakt(?:ual)?\.|stand:|mis[e]? à jour|actualizad|actualización"
    r"|actualitzat|aggiornat|aggiornament|atualizad|bijgewerkt|laatste update|uppdaterad|opdateret|oppdatert|päivitetty"
    r"|zaktualizowan|aktualizacj|aktualizov|frissítv|frissült|actualizat|ažuriran|posodobljen|обновл|оновлен|актуализиран|ажуриран"
    r"|\bm[aà]j\b|\bact\.|\bagg\.|\batual\.|uppfært|atnaujin|atjaun|uuendat|përditësu|yenilən|абноўлен|dikemas ?kini"
    r"|imesasishwa|bygwerk|განახლ|թարմաց|अपडेट|अद्यतन|আপডেট|اپ ?ڈیٹ|به ?روز|อัปเดต|อัพเดต|อัพเดท|புதுப்பி"
    r"|güncelle|ενημέρωση|ενημερώθηκε|عدل|تحديث|עודכן|cập nhật|diperbarui|更新|最終更新|갱신|업데이트",
    re.IGNORECASE,
)
"""Labels of the date of an update: it is the last choice for a date of publication."""
MODIFIED = re.compile(
    r"\bmodified\b|\bedited\b|\blast change|geändert|bearbeitet|modifié|modificad|modificat|gewijzigd|ändrad|ændret"
    r"|endret"
    r"|muokattu|zmodyfikowan|upraven|módosít|изменен|изменён|змінен|değiştiril|修正|修改|수정",
    re.IGNORECASE,
)
"""Labels of the date of a modification: it is no date of publication."""
_MAX_TEXT = 100
"""Characters of a text that is a date."""


def read_date(text: str, order: DateOrder = DateOrder.UNKNOWN) -> PartialDate | None:
    """Read a text that consists of a date, with labels, weekday and time; None for any other text.

    Raises ValueError for a date that does not exist.
    """
    text = " ".join(text.split())
    if not 5 <= len(text) <= _MAX_TEXT:
        return None
    text = _ASCTIME.sub(r" \1 \3 \2", text)  # of the same length, as in `find_dates`
    found = list(find_dates(text, order))
    if len(found) != 1:
        return None
    start, stop, date = found[0]
    rest = f"{_WIDE_LABEL.sub(' ', text[:start])} \0 {_WIDE_LABEL.sub(' ', _ZONE_NAME.sub(' ', text[stop:]))}"
    if is_filler(rest):
        return _existing(date)
    for pattern in (_TIME, _HOUR_TIME, _WIDE_TIME):
        for clock in pattern.finditer(rest):
            if is_filler(f"{rest[: clock.start()]} {rest[clock.end() :]}"):
                if (time := _read_time(clock)) is None:
                    break
                day = _existing(date)
                if day.day is None:
                    return None
                return day if time == _END_OF_DAY else PartialDate(day.year, day.month, day.day, time)
    return None


def find_dates(text: str, order: DateOrder = DateOrder.UNKNOWN) -> Iterator[FoundDate]:
    """The dates in a text, in order, without their times. Ambiguous dates are passed over."""
    if not text.isascii():
        text = _OTHER_DIGIT.sub(lambda digit: str(int(digit[0])), text)
    if _HAS_YEAR.search(text) is None:
        return
    if ":" in text:
        text = _ASCTIME.sub(r" \1 \3 \2", text)
    if "ن" in text:
        text = _TWO_WORDS.sub(r"\1_\2", text)
    stop = 0
    for start, end, date in sorted(_candidates(text, order), key=lambda each: (each.start, -each.stop)):
        if start >= stop:
            yield FoundDate(start, end, date)
            stop = end


def find_order(text: str) -> DateOrder:
    """The order that the numbers of a date such as `03/15/2023` show, in a text with one or more of them."""
    orders: set[DateOrder] = set()
    if _SLASHED.search(text) is None:
        return DateOrder.UNKNOWN
    for match in _DAY_PATTERNS[1].finditer(text):
        first, second = int(match["a"]), int(match["b"])
        if "." not in match["sep"] and max(first, second) <= 31 and (first > 12) != (second > 12):
            orders.add(DateOrder.DAY_FIRST if first > 12 else DateOrder.MONTH_FIRST)
    return orders.pop() if len(orders) == 1 else DateOrder.UNKNOWN


def is_ambiguous(text: str) -> bool:
    """Whether a text has a date whose day and month cannot be told apart."""
    return any(_numeric_order(match, DateOrder.UNKNOWN) is None for match in _DAY_PATTERNS[1].finditer(text))


def count_words_around(before: str, after: str) -> tuple[int, int]:
    """The number of words beside a date, apart from its time and the words of labels, and of those in small letters."""
    text = f"{before} \0 {_ZONE_NAME.sub(' ', after)}"
    for pattern in (_TIME, _HOUR_TIME, _WIDE_TIME):
        text = pattern.sub(" ", text)
    text = MODIFIED.sub(" ", UPDATED.sub(" ", _WIDE_LABEL.sub(" ", text)))
    words = [each for each in _TOKEN.findall(text) if each != "\0" and each.lower() not in _FILLERS]
    wide = sum(len(each) - 1 for each in words if each[0] > "\u2e80") // 4  # scripts without spaces
    return len(words) + wide, sum(each[0].islower() for each in words) + wide


def is_update(text: str) -> bool:
    """Whether a label of a date says that the article was updated or modified then."""
    return UPDATED.search(text) is not None or MODIFIED.search(text) is not None


def is_filler(text: str) -> bool:
    """Whether a text has only punctuation and words that stand around a date: weekdays, labels, prepositions."""
    return all(token == "\0" or token.lower() in _FILLERS for token in _TOKEN.findall(text))


def _candidates(text: str, order: DateOrder) -> Iterator[FoundDate]:
    for pattern in (*_DAY_PATTERNS, *_MONTH_PATTERNS):
        for match in pattern.finditer(text):
            parts = match.groupdict()
            if "a" in parts:
                numbers: tuple[int | None, int] | None = _numeric_order(match, order)
            else:
                number = _read_month(parts)
                numbers = None if number is None else (int(parts["day"]) if parts.get("day") else None, number)
            if numbers is None:
                continue
            day, month = numbers
            year = _read_year(parts)
            try:
                date: PartialDate | ValueError = PartialDate(year, month, day)
            except ValueError as error:
                date = error
            yield FoundDate(match.start(), match.end(), date)


def _read_month(parts: dict[str, str | None]) -> int | None:
    if parts.get("m"):
        return int(parts["m"] or 0)
    name = (parts.get("month") or "").lower()
    if name == "listopada" and "." in (parts.get("gap") or ""):
        return 10  # Croatian; the Polish 1 listopada has no point
    return MONTHS.get(name)


def _read_year(parts: dict[str, str | None]) -> int:
    if era := parts.get("era"):
        count = parts["count"] or ""
        return _ERAS[era] + (1 if count == "元" else int(count))
    if short := parts.get("short"):
        return 2000 + int(short)
    year = int(parts["year"] or 0)
    return year - _THAI_ERA if (parts.get("month") or "").lower() in THAI_MONTHS and year > 2300 else year


def _numeric_order(match: re.Match[str], order: DateOrder) -> tuple[int, int] | None:
    """Day and month of two numbers before a year, or None if they cannot be told apart."""
    first, second = int(match["a"]), int(match["b"])
    if match["sep"][0] in ". " or first == second:
        return first, second
    if first > 12 or second > 12:
        return (first, second) if first > 12 else (second, first)
    if order is DateOrder.UNKNOWN:
        return None
    return (first, second) if order is DateOrder.DAY_FIRST else (second, first)


def _existing(date: PartialDate | ValueError) -> PartialDate:
    if isinstance(date, ValueError):
        raise date
    return date


_END_OF_DAY = dt.time.max
"""What stands for 24:00: the day is the one that was printed."""


def _read_time(match: re.Match[str]) -> dt.time | None:
    parts = match.groupdict()
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    half = parts.get("half") or parts.get("wide_half")
    if not (parts.get("minute") or half or match.re is _HOUR_TIME):
        return None
    if half:
        if not 0 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0].lower() == "p" or half in ("午後", "下午", "오후") else 0)
    if hour == 24 and not minute:
        return _END_OF_DAY
    try:
        return dt.time(hour, minute, min(second, 59) if second == 60 else second, tzinfo=read_zone(parts["zone"]))
    except ValueError:
        return None


def read_zone(text: str | None) -> dt.timezone | None:
    """The zone of an abbreviation or an offset; None if it is unknown or means several."""
    if not text:
        return None
    if text in _TIME_ZONES:
        minutes = _TIME_ZONES[text]
        return None if minutes is None else dt.timezone(dt.timedelta(minutes=minutes))
    match = re.fullmatch(r"(?:UTC|GMT)?([+\-−])(\d{1,2}):?(\d{2})?", text)
    if match is None or int(match[2]) > 14:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return dt.timezone(dt.timedelta(minutes=minutes if match[1] == "+" else -minutes))
