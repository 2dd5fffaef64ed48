"""Lists of queries, as text or CSV, and the table of their answers as CSV and JSON Lines."""

from __future__ import annotations

import csv
import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from searchidx.errors import ListError
from searchidx.render.serialize import csv_row, json_line
from searchidx.search.batch import BatchAnswer

if TYPE_CHECKING:
    from searchidx.archive import Archive

_COLUMNS = ("total", "first", "last")


class BatchTable:
    """A list of queries with the columns of its answers; the list is read as the table is written.

    Attributes:
        columns: the columns of the list, then total, first, last, a column for each year of the archive with `by_year`,
            ids with `ids`, error.
        found: whether any query so far had hits.
        failed: whether any line so far has an error.
    """

    def __init__(
        self,
        archive: Archive,
        lines: Iterable[str],
        column: str | None = None,
        *,
        by_year: bool = False,
        share: bool = False,
        ids: bool = False,
        today: dt.date | None = None,
        limit: Callable[[], AbstractContextManager[None]] = nullcontext,
        answer_all: Callable[[Iterable[str]], Iterator[BatchAnswer]] | None = None,
    ) -> None:
        """Read the header of a list.

        Args:
            archive: the archive that answers.
            lines: the lines of the list: a query each, or CSV if `column` names the column of the queries.
            column: the column of the queries.
            by_year: also count the hits of each year.
            share: count them per 1,000 articles of the year.
            ids: also list the ids of all hits.
            today: the day from which relative dates are counted.
            limit: makes the context in which each query is answered, such as a time limit.
            answer_all: answers the queries in order, in place of the archive.

        Raises:
            ListError: if the list lacks the column, or names a column twice.
        """
        self.found = self.failed = False
        self._share, self._ids, self._limit = share, ids, limit
        self._answer_all = answer_all or partial(archive.batch, ids=ids, today=today)
        names, self._rows = _read_queries(lines, column)
        self._width = len(names)
        self._at = names.index(column) if column is not None else 0
        self._corpus = next(archive.batch(["*"])).years or {} if by_year else {}
        self._years = range(min(self._corpus), max(self._corpus) + 1) if self._corpus else range(0)
        added = [*_COLUMNS, *map(str, self._years), *(["ids"] if ids else []), "error"]
        if taken := set(names) & set(added):
            raise ListError(f"the column {min(taken)!r} of the list has the name of a column of the answer: rename it")
        self.columns = [*names, *added]

    def csv(self) -> Iterator[str]:
        """Yield a header and a line for each query; `; ` separates ids."""
        yield csv_row(self.columns)
        yield from map(csv_row, self.rows())

    def jsonl(self) -> Iterator[str]:
        """Yield a line for each query: the cells by column, days as text, ids as a list."""
        for row, answer in self._answers():
            values = dict(zip(self.columns, self._cells(row, answer), strict=True))
            values["first"], values["last"] = (None if day is None else str(day) for day in (answer.first, answer.last))
            if self._ids:
                values["ids"] = list(answer.ids or ())
            yield json_line(values)

    def rows(self) -> Iterator[list[object]]:
        """Yield the cells of each query."""
        return (self._cells(row, answer) for row, answer in self._answers())

    def _answers(self) -> Iterator[tuple[Sequence[str], BatchAnswer]]:
        waiting: deque[list[str]] = deque()  # rows that are read and not answered

        def queries() -> Iterator[str]:
            for row in self._rows:
                waiting.append(row)
                if len(row) <= self._width:
                    yield row[self._at]

        answers = self._answer_all(queries())
        while True:
            with self._limit():
                answer = next(answers, None)
            while waiting and len(waiting[0]) > self._width:
                row = waiting.popleft()
                self.failed = True
                error = f"the row has {len(row)} cells, the header has {self._width}"
                yield row[: self._width], BatchAnswer(row[self._at], error=error)
            if answer is None:
                return
            self.found, self.failed = self.found or answer.total > 0, self.failed or bool(answer.error)
            yield waiting.popleft(), answer

    def _cells(self, row: Sequence[str], answer: BatchAnswer) -> list[object]:
        counts: list[object] = []
        for year in self._years:
            count = (answer.years or {}).get(year, 0)
            articles = self._corpus.get(year, 0)
            counts.append(round(1000 * count / articles, 3) if self._share and articles else count)
        ids = ["; ".join(answer.ids or ())] if self._ids else []
        return [*row, answer.total, answer.first, answer.last, *counts, *ids, answer.error]


def _read_queries(lines: Iterable[str], column: str | None) -> tuple[list[str], Iterator[list[str]]]:
    """The names of the columns of a list, and its rows as they are read."""
    if column is None:
        return ["query"], ([line.strip()] for line in lines if line.strip())
    reader = csv.reader(lines)
    names = next(_read_rows(reader), [])
    if column not in names:
        raise ListError(f"the list has no column {column!r}: it has {', '.join(names) or 'none'}")
    if len(set(names)) < len(names):
        raise ListError("two columns of the list have the same name: rename one")
    return names, (row + [""] * (len(names) - len(row)) for row in _read_rows(reader))


def _read_rows(reader: Any) -> Iterator[list[str]]:
    """The rows that are not empty; where CSV is damaged, the rows after it cannot be told apart, so reading ends."""
    try:
        yield from filter(None, reader)
    except csv.Error as error:
        raise ListError(f"line {reader.line_num} of the list is not CSV: {error}") from None
