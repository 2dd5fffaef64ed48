"""Find the publication date of a page's article, as a local date.

Sources, most trusted first: JSON-LD and meta elements; the day in the URL; a `<time>` element directly below the
headline; the date printed beside the headline; other `<time>` elements, which may belong to other articles; a date in a
short text; an element whose class says date; the data of scripts, where pages without text keep their article. A meta
element with a vague name, such as `date`, comes after the printed date, which is right more often. A date is printed
where a line consists of it and a few words: one within a sentence, a caption or the headline is what the article is
about. A day that stands alone below the headline wins over another stated one, which is that of a draft or of an
export. An update a month or more after the stated day wins too: the text was rewritten then. Dates of updates come
last, those of modifications never. A date that does not exist, is in the future or before newspapers existed is
rejected with a reason.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from searchidx.dates import PartialDate, Precision, parse_date
from searchidx.errors import ArticleError
from searchidx.extract.blocks import PageBlock, name_bit
from searchidx.extract.headings import HEADINGS, find_headline_block
from searchidx.extract.markup import class_and_id, spaced_text
from searchidx.extract.page_metadata import MODIFIED_NAME, DateRole, TimeElement, label_role, read_time_element
from searchidx.extract.printed_date import DateOrder, FoundDate, count_words_around, find_dates, find_order, read_date
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
_URL_DAY = re.compile(
    r"/(?P<year>(?:19|20)\d\d)(?:(?P<part>[/-])(?P<month>\d{1,2})(?P=part)(?P<day>\d{1,2})|(?P<m>\d\d)/?(?P<d>\d\d)"
    r"|-(?P<m3>\d\d)/(?P<d3>\d\d))(?!\d)"
    r"|/(?P<d2>1[3-9]|2\d|3[01])-(?P<m2>\d\d)-(?P<y2>20\d\d)(?!\d)"
)
_URL_NAMES = (("year", "y2"), ("month", "m", "m2", "m3"), ("day", "d", "d2", "d3"))
_VAGUE = {"date", "dc.date", "dc.date.created", "dcterms.date", "dcterms.created"}
"""Meta elements whose name does not say which date they state."""
_ALONE, _UPDATE, _BESIDE = "below the headline", "an update below the headline", "beside the headline"
"""Where a day is printed instead of the stated one."""
_BLOCKS_BEFORE, _BLOCKS_AFTER = 4, 15
"""Blocks before and after the headline that are searched for a printed date."""
_LINES_BELOW, _BLOCKS_BELOW = 4, 6
"""Blocks directly below the headline: that may show another day than the stated one, that come before those above."""
_MIN_REWRITTEN = 30
"""Days between a stated day and a printed one that is the day of a new text."""
_MAX_TEXT = 160
"""Characters of a text that is searched for a date. A longer one is a paragraph, which mentions other days."""
_MAX_LABEL, _MAX_DAY = 45, 20
"""Of a longer text: characters before its first separator, or without one its first characters."""
_MAX_WORDS, _MAX_SMALL_WORDS = 6, 2
"""Words beside a printed date, apart from labels, and those of them in small letters. With more it is a sentence."""
_DATE_ELEMENTS = (
    "(//@class[contains(., 'date') or contains(., 'Date') or contains(., 'publish') or contains(., 'posted')"
    " or contains(., 'time') or contains(., 'datum') or contains(., 'fecha')])[position() <= 40]/.."
    " | (//@id[contains(., 'date')])[position() <= 40]/.."
)
_DATA_ATTRIBUTES = "//@*[contains(., 'datePublished') or contains(., 'published_at') or contains(., 'publishedAt')]"
_MAX_ELEMENTS, _MAX_SCRIPTS, _MAX_TIMES, _MAX_DATED = 40, 200, 200, 500
"""Elements, scripts, `<time>` elements and blocks with digits that are examined."""
_SCRIPT_DATE = re.compile(
    r"[\"'](?:date_?published|published_?(?:at|date|time|on)|publish_?(?:date|time)|publication_?date|pub_?date"
    r"|first_?published(?:_?at)?|date_?posted)\\*[\"']\s*:\s*\\*[\"']?(\d{4}-\d\d-\d\d[^\"'\\,}]{0,20}|\d{10}(?:\d{3})?(?!\d))",
    re.IGNORECASE,
)
"""A date of publication in JSON, or in JSON within a string."""
_SEPARATOR = re.compile(r"\s*[|⋅•·]\s*|\s[-–—/]\s")
_COMMENT = name_bit("comment")
_CAPTION = re.compile(r"caption|bildunterschrift|photo-?credit", re.IGNORECASE)
_MONTH_FIRST_REGIONS = frozenset("us ph gov mil edu".split())
_DAY_FIRST_REGIONS = frozenset("gb uk au nz ie in za sg hk ng ke eu de fr it es nl be ch at se no dk fi pl".split())
"""Countries, as tags of languages and the ends of hosts name them."""
_DAY_FIRST_LANGUAGES = frozenset(
    "de fr es it pt nl da nb no nn fi is pl cs sk ro hr sl sr bg uk ru be el tr ca gl et lv id ms vi he ar th".split()
)
"""Languages in which `03/04/2023` is the third of April, everywhere but in the United States and Canada."""
_URL_LANGUAGE = re.compile(r"//[^/]+/([a-z]{2})[-_]([A-Za-z]{2})/")
"""An edition in an address: `/en-gb/`."""


def find_publication_date(
    stated: Sequence[tuple[str, Any]],
    time_elements: Sequence[TimeElement],
    blocks: Sequence[PageBlock],
    headline: str,
    tree: Any,
    url: str | None,
    language: str = "",
) -> tuple[PartialDate | None, str]:
    """Find when the article was published, and where the page says so.

    `stated` has the origin and text of each date in the metadata, most trusted first. A day becomes a moment where the
    metadata state a time on that day. Without a date, the second value says why one was rejected, or is empty.
    """
    order = find_page_order(blocks, language, url)
    parsed = _parse_dates(stated, order)
    known = [DateCandidate(date, where) for where, date in parsed if isinstance(date, PartialDate)]
    dates = _plausible(known)
    days = [each for each in dates if each.date.precision >= Precision.DAY]
    precise_names = [each for each in days if each.origin not in _VAGUE]
    months = [each for each in dates if each.date.precision is Precision.MONTH]
    moments = _times(time_elements, DateRole.PUBLICATION, order)
    after, before = _blocks_near_headline(blocks, headline)
    near = (*after[:_BLOCKS_BELOW], *before, *after[_BLOCKS_BELOW:])
    visible = functools.cache(
        lambda: [
            *_plausible(_url_day(url)),
            *_times_below(after, order),
            *_printed(near, order),
        ]
    )
    rejection = next(filter(None, (_rejection(where, date) for where, date in parsed)), "")

    best = next(iter(precise_names), None)
    if best is not None and (printed := _printed_instead(best, precise_names, after, moments, url, order)) is not None:
        return printed
    best = best or next((each for each in (*visible(), *days, *moments) if each.date.precision >= Precision.DAY), None)
    best = best or next(iter(months), None)
    if best is None:
        updates = _times(time_elements, DateRole.UPDATE, order)
        last = (
            _dates_in_text(blocks, order, DateRole.PUBLICATION),
            _dates_in_elements(tree, order, DateRole.PUBLICATION),
            _dates_in_scripts(tree),
            visible(),
            updates,
            _dates_in_elements(tree, order, DateRole.UPDATE),
            _dates_in_text(blocks, order, DateRole.UPDATE),
            dates,
        )
        best = next(itertools.chain.from_iterable(last), None)
    if best is None:
        return None, rejection
    day = best.date.days
    same_day = [each for each in (*dates, *moments) if each.date.days == day]
    best = max(same_day, key=lambda each: each.date.precision, default=best)
    date, where = _localize(best, moments, visible)
    return date, f"{where}; {rejection}" if rejection else where


def find_page_order(blocks: Sequence[PageBlock], language: str, url: str | None) -> DateOrder:
    """Which number of `03/04/2023` is the day on a page: another date shows it, else the language or the country."""
    order = find_order("\n".join(block.text for block in blocks if len(block.text) <= _MAX_TEXT))
    if order is not DateOrder.UNKNOWN:
        return order
    edition = _URL_LANGUAGE.search(url or "") if "-" not in language else None
    base, _, region = ("-".join(edition.groups()) if edition else language).lower().partition("-")
    if base not in ("", "en"):
        is_day_first = base in _DAY_FIRST_LANGUAGES and region not in ("us", "ca")
        return DateOrder.DAY_FIRST if is_day_first else DateOrder.UNKNOWN
    host = ""
    with contextlib.suppress(ValueError):
        host = urlsplit(url or "").hostname or ""
    country = host.rpartition(".")[2]
    if not region:
        region = "us" if base and len(country) > 2 else country
    if region in _MONTH_FIRST_REGIONS:
        return DateOrder.MONTH_FIRST
    return DateOrder.DAY_FIRST if region in _DAY_FIRST_REGIONS else DateOrder.UNKNOWN


def _printed_instead(
    stated: DateCandidate,
    all_stated: Sequence[DateCandidate],
    after: Sequence[PageBlock],
    moments: Sequence[DateCandidate],
    url: str | None,
    order: DateOrder,
) -> DateCandidate | None:
    """The day printed below the headline, where it is more trusted than the stated one, which the page shows nowhere.

    It is, if it stands alone: software states the day on which a site was exported or a draft was begun. It is, if
    another of the stated dates is the same. And it is, a month after the stated one, also where it is called an update:
    it is the day of a new text at an old address then.
    """
    day = stated.date.days.start
    if any(moment.date.days == stated.date.days for moment in moments) or _has_month(url, stated.date):
        return None
    has_local_time = stated.date.time is not None and stated.date.time.utcoffset() != dt.timedelta(0)
    printed: dict[str, list[PartialDate]] = {_ALONE: [], _UPDATE: [], _BESIDE: []}
    label = ""
    for number, block in enumerate(after[:_BLOCKS_BELOW]):
        for date, role in _dates_in_block(block, order):
            role = label_role(label) if role is DateRole.PUBLICATION and label else role
            if date.precision < Precision.DAY or role is DateRole.MODIFICATION or _why_implausible(date):
                continue
            if role is DateRole.UPDATE:
                printed[_UPDATE].append(date)
            elif abs(date.days.start - day) <= (not has_local_time) or _is_swapped(date, stated.date):
                return None
            elif number < _LINES_BELOW:
                printed[_ALONE if _is_date(block.text, order) else _BESIDE].append(date)
        label = block.text if len(block.text) <= _MAX_DAY else ""
    for where, dates in printed.items():
        for date in dates[:1]:
            if (same := next((each for each in all_stated if each.date.days == date.days), None)) is not None:
                return same
            later = date.days.start - day
            if where == _ALONE or (where == _UPDATE and later >= _MIN_REWRITTEN):
                return DateCandidate(date, f"{where}, {'after' if later > 0 else 'before'} {stated.origin}")
    return None


def _is_swapped(date: PartialDate, other: PartialDate) -> bool:
    """Whether the day of one date is the month of the other."""
    return (date.year, date.month, date.day) == (other.year, other.day, other.month)


def _is_date(text: str, order: DateOrder) -> bool:
    try:
        return read_date(text, order) is not None
    except ValueError:
        return False


def _has_month(url: str | None, date: PartialDate) -> bool:
    """Whether an address names the month of a date."""
    return re.search(rf"/{date.year}[/-]?0?{date.month}(?!\d)", url or "") is not None


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
    shifted = [(moment, offset) for moment in moments if (offset := _offset(moment.date, utc, date)) is not None]
    shifted.sort(key=lambda each: each[0].date.instant is None)  # the same instant is certain
    if shifted:
        return shifted[0][0] if shifted[0][1] else stated
    possible_days = range((utc + _MIN_OFFSET).toordinal(), (utc + _MAX_OFFSET).toordinal() + 1)
    for day, place in visible():
        if day.time is not None and day.time.utcoffset() == dt.timedelta(0):
            continue  # the same moment, again in UTC
        if day.days == date.days:
            return stated
        if day.precision >= Precision.DAY and day.days.start in possible_days:
            return DateCandidate(PartialDate(day.year, day.month, day.day), f"{place}; {where} in UTC")
    return stated


def _offset(other: PartialDate, utc: dt.datetime, date: PartialDate) -> int | None:
    """How many days a `<time>` of the stated moment in local time is off; None if it is another moment, or in UTC."""
    if other.time is None or other.time.utcoffset() == dt.timedelta(0) or other.instant not in (None, date.instant):
        return None
    offset = _as_datetime(other).replace(tzinfo=None) - utc
    if not (_MIN_OFFSET <= offset <= _MAX_OFFSET and offset % dt.timedelta(minutes=15) < dt.timedelta(minutes=1)):
        return None
    return other.days.start - date.days.start


def _as_datetime(date: PartialDate) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromordinal(date.days.start), date.time or dt.time())


def _url_day(url: str | None) -> list[DateCandidate]:
    """The day in an address: `/2019/01/31/`, `/2019-01-31-`, `/20190131/`, `/31-01-2019`."""
    match = _URL_DAY.search(url or "")
    if match is None:
        return []
    year, month, day = (next(filter(None, match.group(*names))) for names in _URL_NAMES)
    return _candidates([("URL", f"{year}-{int(month):02}-{int(day):02}")], DateOrder.UNKNOWN)


def _blocks_near_headline(blocks: Sequence[PageBlock], headline: str) -> tuple[list[PageBlock], list[PageBlock]]:
    """The blocks after the headline, and those before it, nearest first; without the headline."""
    at = find_headline_block(blocks, headline)
    if at is None:
        return [], []
    wanted = " ".join(headline.split())
    after, before = blocks[at : at + _BLOCKS_AFTER], blocks[max(0, at - _BLOCKS_BEFORE) : at][::-1]

    def select(near: Sequence[PageBlock]) -> list[PageBlock]:
        return [
            block._replace(text=block.text.replace(wanted, " | ", 1)) if wanted in block.text else block
            for block in near
            if block.text != wanted
        ]

    return select(after), select(before)


def _is_caption(block: PageBlock) -> bool:
    """Whether a block is of a picture; a day before a separator at its start is none of the picture."""
    element = block.element
    return (
        element.tag not in HEADINGS
        and any(
            each.tag in ("figcaption", "figure") or _CAPTION.search(class_and_id(each)) is not None
            for each in (element, element.getparent())
            if each is not None
            and each.tag not in ("body", "html", "main", "article")
            and not any(child.tag == "h1" for child in itertools.islice(each, _BLOCKS_AFTER))
        )
        and not _is_date(_SEPARATOR.split(block.text[:_MAX_LABEL], maxsplit=1)[0], DateOrder.UNKNOWN)
    )


def _times(elements: Iterable[TimeElement], role: DateRole, order: DateOrder) -> list[DateCandidate]:
    texts = (("time", each.text) for each in elements if each.role is role)
    return _plausible(_candidates(itertools.islice(texts, _MAX_TIMES), order))


def _times_below(after: Sequence[PageBlock], order: DateOrder) -> Iterator[DateCandidate]:
    """The `<time>` elements between the headline and the first paragraph."""
    for block in after:
        if len(block.text) > _MAX_TEXT:
            return
        is_small = block.element.tag != "body" and len(block.element) <= _BLOCKS_AFTER
        elements = block.element.iter("time") if is_small else block.element.findall("time")
        shown = ((each, "".join(each.itertext())) for each in elements if each.get("datetime"))
        own = (each for each, text in shown if not text.strip() or any(map(str.isdigit, text)))
        times = _times(map(read_time_element, own), DateRole.PUBLICATION, order)
        yield from (DateCandidate(each.date, "time below the headline") for each in times)


def _printed(near: Sequence[PageBlock], order: DateOrder) -> list[DateCandidate]:
    """The dates printed near the headline, in lines that say little else: of the publication, then of updates."""
    found = [each for block in near for each in _dates_in_block(block, order)]
    dates = [date for wanted in (DateRole.PUBLICATION, DateRole.UPDATE) for date, role in found if role is wanted]
    return _plausible(DateCandidate(date, "beside the headline") for date in dates)


def _dates_in_block(block: PageBlock, order: DateOrder) -> list[tuple[PartialDate, DateRole]]:
    """The dates in a block, read with spaces between its elements, else as joined; none of a caption."""
    if len(block.text) > _MAX_TEXT or not any(map(str.isdigit, block.text)):
        return []
    spaced = spaced_text(block.element, block.text)
    dates = list(_dates_in_line(spaced, order))
    if not dates and spaced != block.text:
        dates = list(_dates_in_line(block.text, order))
    return [] if not dates or _is_caption(block) else dates


def _dates_in_line(text: str, order: DateOrder) -> Iterator[tuple[PartialDate, DateRole]]:
    """The dates in a short line that is no sentence, each with the role that the label before it gives."""
    if len(text) > _MAX_TEXT:
        return
    stop = 0
    for found in find_dates(text, order):
        if isinstance(found.date, PartialDate) and not _is_in_sentence(text, found):
            label = text[stop : found.start]
            yield found.date, label_role(label if label.strip(" ,|•·–—-") else text[found.stop :])
        stop = found.stop


def _is_in_sentence(text: str, found: FoundDate) -> bool:
    """Whether a date is part of a sentence, by the words between it and the next separators."""
    start = max((each.end() for each in _SEPARATOR.finditer(text, 0, found.start)), default=0)
    end = next((each.start() for each in _SEPARATOR.finditer(text, found.stop)), len(text))
    words, small_words = count_words_around(text[start : found.start], text[found.stop : end])
    return words > _MAX_WORDS or small_words > _MAX_SMALL_WORDS


def _dates_in_text(blocks: Sequence[PageBlock], order: DateOrder, wanted: DateRole) -> Iterator[DateCandidate]:
    """The dates of a role in short texts of the page, and at the beginning of longer ones."""
    texts = (
        (block, _label(block.text))
        for block in blocks
        if block.element.tag not in HEADINGS and not block.names_around & _COMMENT
    )
    dated = ((block, text) for block, text in texts if any(map(str.isdigit, text)))
    for block, text in itertools.islice(dated, _MAX_DATED):
        for date, role in _dates_in_line(text, order):
            is_day = role is wanted and date.precision >= Precision.DAY and not _why_implausible(date)
            if is_day and not _is_caption(block):
                yield DateCandidate(date, "the text")


def _dates_in_elements(tree: Any, order: DateOrder, wanted: DateRole) -> Iterator[DateCandidate]:
    """The dates of a role in elements whose class says that they hold one, also outside of the text."""
    for element in itertools.islice(tree.xpath(_DATE_ELEMENTS), _MAX_ELEMENTS):
        if element.tag in ("html", "body", "script") or MODIFIED_NAME.search(class_and_id(element)):
            continue
        text = " ".join(" ".join(itertools.islice(element.itertext(), _BLOCKS_AFTER)).split())
        for date, role in _dates_in_line(text or element.get("title") or "", order):
            if role is wanted and date.precision >= Precision.DAY and not _why_implausible(date):
                yield DateCandidate(date, "an element of a date")


def _dates_in_scripts(tree: Any) -> Iterator[DateCandidate]:
    """The date of publication in the data of scripts and attributes, if all that they state are of one day."""
    scripts = (script.text or "" for script in itertools.islice(tree.iter("script"), _MAX_SCRIPTS))
    for texts in (lambda: scripts, lambda: itertools.islice(tree.xpath(_DATA_ATTRIBUTES), _MAX_ELEMENTS)):
        stated = [
            ("a script", match[1])
            for text in texts()
            for match in itertools.islice(_SCRIPT_DATE.finditer(text), _MAX_ELEMENTS)
        ]
        if found := _plausible(_candidates(stated, DateOrder.UNKNOWN)):
            yield from found[:1] if len({each.date.days for each in found}) == 1 else ()
            return


def _label(text: str) -> str:
    """A short text, or the part of a longer one before its first separator: `27.1.2022 - At the river`."""
    if len(text) <= _MAX_TEXT:
        return text
    head = _SEPARATOR.split(text[: 2 * _MAX_LABEL], maxsplit=1)[0]
    return head if len(head) <= _MAX_LABEL else text[:_MAX_DAY] if text[0].isdigit() else ""


def _parse_dates(stated: Iterable[tuple[str, Any]], order: DateOrder) -> list[tuple[str, PartialDate | str]]:
    """The origin of each stated text, with its date or why it is none; without the default values of software."""
    parsed = []
    for where, text in stated:
        if isinstance(text, str) and text and text not in _UNSET and (date := _parse_stated(text.strip(), order)):
            parsed.append((where, date))
    return parsed


def _candidates(stated: Iterable[tuple[str, str]], order: DateOrder) -> list[DateCandidate]:
    return [DateCandidate(date, where) for where, date in _parse_dates(stated, order) if isinstance(date, PartialDate)]


def _parse_stated(text: str, order: DateOrder) -> PartialDate | str:
    """Parse a date in metadata in any form, or at least its day; else why it is none, or "" for other text."""
    reason = ""
    try:
        value = normalize_date(text, order)
        if value is not text:
            return parse_date(value)
    except (ValueError, ArticleError) as error:
        reason = error.reason if isinstance(error, ArticleError) else str(error)
    day = next((each.date for each in find_dates(text, order) if isinstance(each.date, PartialDate)), None)
    return reason if day is None else day


def _plausible(dates: Iterable[DateCandidate]) -> list[DateCandidate]:
    return [each for each in dates if not _why_implausible(each.date)]


def _rejection(where: str, date: PartialDate | str) -> str:
    """Why a stated date is not the date of publication, or ""."""
    if isinstance(date, str):
        return f"{where}: {date}"
    return f"{where} {date} {reason}" if (reason := _why_implausible(date)) else ""


def _why_implausible(date: PartialDate) -> str:
    """Why no newspaper can have published on a date; "" if one can."""
    if date.days.start > dt.date.today().toordinal() + 1:  # somewhere it is already tomorrow
        return "is in the future"
    return "is older than newspapers" if date.days.start < _FIRST_DAY else ""
