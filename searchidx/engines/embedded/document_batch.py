"""A batch of articles as bytes: what a segment is built from, in this process or in another.

No byte of UTF-8 is FF, so FF ends a text, and nothing has to be escaped. What the articles hold beside their texts and
dates is a line of JSON each, ``[byline, dateline, section, source, language, [keywords], url, path, {provenance}]``,
trailing empty values left out; an empty line where nothing is left.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import IO

import numpy as np
import numpy.typing as npt

from searchidx.article import Article
from searchidx.dates import PartialDate, Precision

__all__ = ["DATE_COLUMNS", "REST", "Batch"]

REST = ("byline", "dateline", "section", "source", "language", "keywords", "url", "path", "provenance")
DATE_COLUMNS = ("day_start", "day_stop", "time", "zone", "precision")
_UNDATED = (0, 0, 0, 0, 0)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Batch:
    """Some articles, in order.

    Attributes:
        ids: lines, one each.
        texts: of each the headline, FF, the body, FF.
        rest: lines of JSON, one each.
        dates: the `DATE_COLUMNS` of `segment`, one after the other; int64.
    """

    ids: bytes
    texts: bytes
    rest: bytes
    dates: bytes

    @classmethod
    def of(cls, articles: Sequence[Article]) -> Batch:
        """The batch of some articles."""
        ids = "\n".join([article.id for article in articles])
        texts: list[bytes] = []
        for article in articles:
            texts += article.headline.encode(), article.body.encode()
        texts.append(b"")
        rest = "\n".join(map(_rest, articles))
        dates = np.array([_date(article.date) for article in articles], "<i8").reshape(-1, len(DATE_COLUMNS))
        return cls(ids.encode(), b"\xff".join(texts), rest.encode(), dates.T.tobytes())

    def __len__(self) -> int:
        return len(self.dates) // (8 * len(DATE_COLUMNS))

    @property
    def columns(self) -> npt.NDArray[np.int64]:
        """The columns of dates, a row each."""
        found: npt.NDArray[np.int64] = np.frombuffer(self.dates, "<i8").reshape(len(DATE_COLUMNS), -1)
        return found

    def lines(self, of: bytes) -> list[bytes]:
        """The lines of `ids` or `rest`."""
        return of.split(b"\n") if len(self) else []

    def write(self, sink: IO[bytes]) -> None:
        """Write what `read` reads: a line with the number of bytes of each part, the parts."""
        parts: tuple[bytes, ...] = (self.ids, self.texts, self.rest, self.dates)
        sink.write(json.dumps([len(part) for part in parts]).encode() + b"\n")
        for part in parts:
            sink.write(part)

    @classmethod
    def read(cls, source: IO[bytes]) -> Batch:
        """The batch that stands next in a stream; EOFError where that ends before."""
        line = source.readline()
        sizes = json.loads(line) if line.endswith(b"\n") else []
        parts = [source.read(size) for size in sizes]
        if not parts or [len(part) for part in parts] != sizes:
            raise EOFError("the batch is cut off")
        return cls(*parts)


def _rest(article: Article) -> str:
    values = (
        article.byline, article.dateline, article.section, article.source, article.language, article.keywords,
        article.url, article.path, article.provenance,
    )  # fmt: skip
    if not any(values):
        return ""
    kept = list(values)
    while not kept[-1]:
        kept.pop()
    return _encode(kept)


def _date(date: PartialDate | None) -> tuple[int, int, int, int, int]:
    if date is None:
        return _UNDATED
    start, stop = _days(date.year, date.month, date.day)
    time = date.time
    if time is None:
        return start, stop, 0, 0, date.precision
    zone = time.utcoffset()
    seconds = (time.hour * 60 + time.minute) * 60 + time.second
    ahead = 0 if zone is None else zone.days * 86_400 + zone.seconds + 86_401
    return start, stop, seconds * 1_000_000 + time.microsecond + 1, ahead, Precision.TIME


@lru_cache(maxsize=1 << 12)
def _days(year: int, month: int | None, day: int | None) -> tuple[int, int]:
    """The local days of a date, half-open."""
    days = PartialDate(year, month, day).days
    return days.start, days.stop
