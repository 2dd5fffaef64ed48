"""A batch of articles as bytes: the input of a segment buffer, built in this process or in a worker.

The byte FF never occurs in UTF-8, so it ends each text and nothing needs escaping. The other fields, less the date, are
one line of JSON an article, ``[byline, dateline, section, source, language, [keywords], url, path, {provenance}, page,
edition, ocr]``, without trailing empty values; the line is empty if all of them are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from searchidx.article import OCR_STEPS, Article
from searchidx.dates import PartialDate, Precision
from searchidx.stemming import ENGLISH, analysis_language

OTHER_FIELDS = ("byline", "dateline", "section", "source", "language", "keywords", "url", "path", "provenance", "page",
                "edition", "ocr")  # fmt: skip
"""The fields in a line of JSON, in order."""
COLUMNS = ("day_start", "day_stop", "time", "zone", "precision", "ocr")
_UNDATED = (0, 0, 0, 0, 0)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class DocumentBatch:
    """Articles in order, as five byte strings.

    Attributes:
        ids: one line an article.
        texts: of each article the headline, FF, the body, FF.
        other_fields: one line of JSON an article.
        columns: the `COLUMNS` of `segment`, one after the other; int64.
        languages: the code of each article's analysis, one line an article; empty if all are English.
    """

    ids: bytes
    texts: bytes
    other_fields: bytes
    columns: bytes
    languages: bytes = b""

    @classmethod
    def encode(cls, articles: Sequence[Article]) -> DocumentBatch:
        """Encode articles."""
        ids = "\n".join([article.id for article in articles])
        texts: list[bytes] = []
        for article in articles:
            texts += article.headline.encode(), article.body.encode()
        texts.append(b"")
        other_fields = "\n".join(map(_encode_other_fields, articles))
        rows = [(*_encode_date(article.date), _encode_ocr(article.ocr)) for article in articles]
        columns = np.array(rows, "<i8").reshape(-1, len(COLUMNS))
        languages = [analysis_language(article.language) for article in articles]
        return cls(
            ids.encode(), b"\xff".join(texts), other_fields.encode(), columns.T.tobytes(),
            "\n".join(languages).encode() if any(languages) else b"",
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.columns) // (8 * len(COLUMNS))

    @property
    def blobs(self) -> tuple[bytes, ...]:
        """The byte strings, as a worker gets them."""
        return self.ids, self.texts, self.other_fields, self.columns, self.languages

    def analysis_languages(self) -> list[str]:
        """The code of each article's analysis."""
        return self.languages.decode().split("\n") if self.languages else [ENGLISH] * len(self)

    def split_lines(self, lines: bytes) -> list[bytes]:
        """Split `ids` or `other_fields` into one line an article."""
        return lines.split(b"\n") if len(self) else []


def _encode_other_fields(article: Article) -> str:
    values = (
        article.byline, article.dateline, article.section, article.source, article.language, article.keywords,
        article.url, article.path, article.provenance, article.page, article.edition, article.ocr,
    )  # fmt: skip
    if not any(values) and article.ocr is None:
        return ""
    if article.url:
        return _encode_values(values)
    return _encode_common_values((*values[:8], tuple(article.provenance.items()), *values[9:]))


def _encode_values(values: Sequence[Any]) -> str:
    kept = list(values)
    while not kept[-1] and kept[-1] != 0:
        kept.pop()
    return _encode(kept)


@lru_cache(maxsize=1 << 10)
def _encode_common_values(values: tuple[Any, ...]) -> str:
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
