"""An article as bytes: how a build passes articles between processes and gives them to a writer.

All fields but id, headline, body and date are one line of JSON, ``[byline, dateline, section, source, language,
[keywords], url, path, {provenance}, page, edition, ocr]``, without trailing empty values; the line is empty if all of
them are. Nothing is checked again, and an `Article` is made only where one is needed.
"""

from __future__ import annotations

import datetime as dt
import json
import struct
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from searchidx.article import OCR_STEPS, Article
from searchidx.dates import PartialDate, Precision

OTHER_FIELDS = ("byline", "dateline", "section", "source", "language", "keywords", "url", "path", "provenance", "page",
                "edition", "ocr")  # fmt: skip
"""The fields in the line of JSON, in order."""
COLUMNS = ("day_start", "day_stop", "time", "zone", "precision", "ocr")
"""The numbers of an article: its date, and the confidence of its text."""
COLUMNS_SIZE = 8 * len(COLUMNS)
_UNDATED = (0, 0, 0, 0, 0)
_columns = struct.Struct(f"<{len(COLUMNS)}q")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class EncodedArticle(NamedTuple):
    """An article as bytes.

    Attributes:
        id: its id.
        headline, body: UTF-8.
        other_fields: the line of JSON, UTF-8.
        columns: the `COLUMNS`, as signed integers of 8 bytes, little-endian.
        language: its tag.
    """

    id: str
    headline: bytes
    body: bytes
    other_fields: bytes
    columns: bytes
    language: str

    @classmethod
    def encode(cls, article: Article) -> EncodedArticle:
        """Encode an article."""
        return cls(
            article.id, article.headline.encode(), article.body.encode(), _encode_other_fields(article),
            _columns.pack(*_encode_date(article.date), _encode_ocr(article.ocr)), article.language,
        )  # fmt: skip

    def decode(self) -> Article:
        """The article."""
        values = json.loads(self.other_fields.decode()) if self.other_fields else ()
        *date, _ = _columns.unpack(self.columns)
        fields: dict[str, Any] = dict(zip(OTHER_FIELDS, values, strict=False))
        return Article(self.id, self.headline.decode(), self.body.decode(), decode_date(*date), **fields)

    def has_provenance(self, name: str) -> bool:
        """Whether the provenance has an entry of this name; its entries are the only keys in the line of JSON."""
        return f'"{name}":'.encode() in self.other_fields


def pack(articles: Sequence[EncodedArticle]) -> tuple[bytes, ...]:
    """Some articles as five byte strings, as processes exchange them.

    Ids, other fields and languages are one line an article; texts are the headline, FF, the body, FF of each.
    """
    return (
        "\n".join([each.id for each in articles]).encode(),
        b"\xff".join([text for each in articles for text in (each.headline, each.body)]),
        b"\n".join([each.other_fields for each in articles]),
        b"".join([each.columns for each in articles]),
        "\n".join([each.language for each in articles]).encode(),
    )


def unpack(blobs: Sequence[bytes | memoryview]) -> Iterator[EncodedArticle]:
    """The articles that `pack` packed."""
    ids, texts, other_fields, columns, languages = map(bytes, blobs)
    zones = texts.split(b"\xff")
    return map(
        EncodedArticle, ids.decode().split("\n"), zones[0::2], zones[1::2], other_fields.split(b"\n"),
        [columns[at : at + COLUMNS_SIZE] for at in range(0, len(columns), COLUMNS_SIZE)],
        languages.decode().split("\n"),
    )  # fmt: skip


def _encode_other_fields(article: Article) -> bytes:
    values = (
        article.byline, article.dateline, article.section, article.source, article.language, article.keywords,
        article.url, article.path, article.provenance, article.page, article.edition, article.ocr,
    )  # fmt: skip
    if not any(values) and article.ocr is None:
        return b""
    if article.url:
        return _encode_values(values)
    return _encode_common_values((*values[:8], tuple(article.provenance.items()), *values[9:]))


def _encode_values(values: Sequence[Any]) -> bytes:
    kept = list(values)
    while not kept[-1] and kept[-1] != 0:
        kept.pop()
    return _encode(kept).encode()


@lru_cache(maxsize=1 << 10)
def _encode_common_values(values: tuple[Any, ...]) -> bytes:
    """Encode the values of an article without an address, which many articles of a file share."""
    return _encode_values([*values[:8], dict(values[8]), *values[9:]])


def _encode_ocr(ocr: float | None) -> int:
    return 0 if ocr is None else round(ocr * OCR_STEPS) + 1


def _encode_date(date: PartialDate | None) -> tuple[int, int, int, int, int]:
    if date is None:
        return _UNDATED
    start, stop = _days(date.year, date.month, date.day)
    time = date.time
    if time is None:
        return start, stop, 0, 0, date.precision
    offset = time.utcoffset()
    seconds = (time.hour * 60 + time.minute) * 60 + time.second
    zone = 0 if offset is None else offset.days * 86_400 + offset.seconds + 86_401
    return start, stop, seconds * 1_000_000 + time.microsecond + 1, zone, Precision.TIME


@lru_cache(maxsize=1 << 12)
def _days(year: int, month: int | None, day: int | None) -> tuple[int, int]:
    """The local days of a date, half-open."""
    days = PartialDate(year, month, day).days
    return days.start, days.stop


def decode_date(day_start: int, day_stop: int, time: int, zone: int, precision: int) -> PartialDate | None:
    """The date with these `COLUMNS`; ValueError or OverflowError for numbers of no date."""
    if not precision:
        return None
    day = dt.date.fromordinal(day_start)
    if precision < Precision.TIME:
        return PartialDate(day.year, day.month if precision > 1 else None, day.day if precision > 2 else None)
    seconds, micros = divmod(time - 1, 1_000_000)
    offset = dt.timezone(dt.timedelta(seconds=zone - 86_401)) if zone else None
    of_day = dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60, micros, tzinfo=offset)
    return PartialDate(day.year, day.month, day.day, of_day)
