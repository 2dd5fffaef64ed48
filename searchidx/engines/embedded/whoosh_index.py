"""The index as Whoosh's own interfaces have it: code written for Whoosh runs on it.

`WhooshIndex` is a `whoosh.index.Index`, its reader a `whoosh.reading.IndexReader`; so `archive.index.searcher()` is a
genuine Whoosh `Searcher`, with its collectors, facets, highlighting and MoreLike. Reading only: articles are written
through `Archive.writer`.

It is a window on one snapshot. Deleted documents leave holes in the numbering; they are in no posting and no statistic.
Positions are counted within the article, its headline first. `date` and `words` are numeric terms made here from the
columns: a date is the first moment that the article's date may mean.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
from whoosh import query as q
from whoosh.index import Index
from whoosh.matching import ListMatcher
from whoosh.reading import IndexReader, TermInfo, TermNotFound

from searchidx.analysis import fold
from searchidx.engines.contract import Sort
from searchidx.engines.embedded.term_postings import Part, in_zone, occurrences
from searchidx.engines.embedded.whoosh_schema import whoosh_schema
from searchidx.errors import SearchidxError
from searchidx.schema import FIELDS, FieldKind, Level, split_level

__all__ = ["WhooshIndex", "WhooshReader"]

Array = npt.NDArray[Any]
_STORED = (
    "id", "headline", "body", "byline", "dateline", "section", "source", "language", "url",
)  # fmt: skip
_NONE = np.zeros(0, np.intp)


class WhooshIndex(Index):
    """One snapshot as a `whoosh.index.Index`."""

    def __init__(self, snapshot: Any) -> None:
        self.snapshot = snapshot
        self.schema = whoosh_schema()

    def reader(self, reuse: Any = None) -> WhooshReader:
        return WhooshReader(self.snapshot, self.schema)

    def latest_generation(self) -> int:
        return int(self.snapshot.generation)

    def is_empty(self) -> bool:
        return not len(self.snapshot)

    def writer(self, **kwargs: Any) -> NoReturn:
        raise SearchidxError("this index is read only: write through Archive.writer()")

    def close(self) -> None:
        """Nothing is held that the archive does not hold."""


class _Matcher(ListMatcher):
    """Postings of one term; positions come from `positions`, by the number of the posting."""

    def __init__(
        self,
        ids: list[int],
        weights: list[float],
        term: tuple[str, bytes],
        info: TermInfo,
        scorer: Any,
        positions: Callable[[int], list[int]] | None,
        at: int = 0,
    ) -> None:
        super().__init__(ids, weights, scorer=scorer, position=at, term=term, terminfo=info)
        self._positions = positions

    def copy(self) -> _Matcher:
        return _Matcher(self._ids, self._weights, self._term, self._terminfo, self._scorer, self._positions, self._i)

    def supports(self, astype: str) -> bool:
        return astype in ("frequency", "weight") or (astype == "positions" and self._positions is not None)

    def value_as(self, astype: str) -> Any:
        if astype == "positions" and self._positions is not None:
            return self._positions(self._i)
        weight = self.weight()
        return int(weight) if astype == "frequency" else weight

    def value(self) -> bytes:
        return b""

    def all_values(self) -> Iterator[bytes]:
        return (b"" for _ in self._ids)

    def skip_to(self, id: int) -> None:
        self._i: int = bisect_left(self._ids, id, self._i)


class WhooshReader(IndexReader):
    """One snapshot as a `whoosh.reading.IndexReader`."""

    def __init__(self, snapshot: Any, schema: Any) -> None:
        self.schema = schema
        self._snapshot = snapshot
        self._parts: list[Part] = snapshot.parts
        self._lexicons: dict[str, list[bytes]] = {}
        self._numbers: dict[str, dict[bytes, Array]] = {}
        self._lengths: dict[str, Array] = {}
        self._last: tuple[tuple[str, bytes], tuple[Array, Array]] | None = None

    # -- documents -----------------------------------------------------------------------------------------------

    def doc_count_all(self) -> int:
        return sum(part.count for part in self._parts)

    def doc_count(self) -> int:
        return len(self._snapshot)

    def has_deletions(self) -> bool:
        return self.doc_count() < self.doc_count_all()

    def is_deleted(self, docnum: int) -> bool:
        part, at = self._snapshot.place(docnum)
        return part.live is not None and not part.live[at]

    def generation(self) -> int:
        return int(self._snapshot.generation)

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        article = self._snapshot.article(docnum)
        found = {name: getattr(article, name) for name in _STORED}
        if article.keywords:
            found["keyword"] = " ".join(article.keywords)
        if article.date is not None:
            found["date"] = _moment(article.date)
        return found

    # -- fields --------------------------------------------------------------------------------------------------

    def indexed_field_names(self) -> list[str]:
        return sorted(self.schema.names())

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        return int(self._field_lengths(fieldname)[docnum]) or default

    def field_length(self, fieldname: str) -> int:
        return int(self._field_lengths(fieldname).sum())

    def min_field_length(self, fieldname: str) -> int:
        lengths = self._field_lengths(fieldname)
        lengths = lengths[lengths > 0]
        return int(lengths.min()) if len(lengths) else 0

    def max_field_length(self, fieldname: str) -> int:
        return int(self._field_lengths(fieldname).max(initial=0))

    def _field_lengths(self, fieldname: str) -> Array:
        """Terms of a field in each document, 0 in deleted ones."""
        if fieldname not in self._lengths:
            parts = [self._part_lengths(part, fieldname) for part in self._parts]
            self._lengths[fieldname] = np.concatenate(parts) if parts else np.zeros(0, np.int64)
        return self._lengths[fieldname]

    def _part_lengths(self, part: Part, fieldname: str) -> Array:
        field, _ = split_level(fieldname)
        segment = part.segment
        headline, body = segment.lengths
        if field not in FIELDS or FIELDS[field].kind in (FieldKind.DATE, FieldKind.NUMBER):
            found = np.zeros(part.count, np.int64)
        elif field == "headline":
            found = headline
        elif field == "body":
            found = body
        elif field == "text":
            found = headline + body
        elif field == "lead":
            found = segment.lead_stops - segment.arrays["doc_starts"].astype(np.int64)
            found = np.where(body > 0, found - 1, headline)  # the empty slot between headline and body is no word
        elif field == "id":
            found = np.ones(part.count, np.int64)
        elif field == "precision":
            found = segment.arrays["precision"].astype(np.int64)
        else:
            found = np.zeros(part.count, np.int64)
            for number in segment.meta_classes.prefix(f"{field}\x1f"):
                docs, _ = segment.meta.places(number)
                found += np.bincount(docs, minlength=part.count)
        return found if part.live is None else found * part.live

    # -- terms ---------------------------------------------------------------------------------------------------

    def __contains__(self, term: tuple[str, Any]) -> bool:
        fieldname, text = term
        if fieldname not in self.schema:
            return False
        return bool(len(self._postings(fieldname, self._text_to_bytes(fieldname, text))[0]))

    def lexicon(self, fieldname: str) -> Iterator[bytes]:
        return iter(self._lexicon(fieldname))

    def all_terms(self) -> Iterator[tuple[str, bytes]]:
        for fieldname in self.indexed_field_names():
            for text in self._lexicon(fieldname):
                yield fieldname, text

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        lexicon = self._lexicon(fieldname)
        for text in lexicon[bisect_left(lexicon, prefix) :]:
            yield fieldname, text
        names = self.indexed_field_names()
        for name in names[names.index(fieldname) + 1 :]:
            for text in self._lexicon(name):
                yield name, text

    def expand_prefix(self, fieldname: str, prefix: Any) -> Iterator[bytes]:
        start = self._text_to_bytes(fieldname, prefix)
        lexicon = self._lexicon(fieldname)
        for at in range(bisect_left(lexicon, start), len(lexicon)):
            if not lexicon[at].startswith(start):
                return
            yield lexicon[at]

    def term_info(self, fieldname: str, text: Any) -> TermInfo:
        term = self._text_to_bytes(fieldname, text)
        docs, _ = self._postings(fieldname, term)
        if not len(docs):
            raise TermNotFound((fieldname, text))
        unique, counts = np.unique(docs, return_counts=True)
        lengths = self._field_lengths(fieldname).take(unique)
        return TermInfo(
            weight=float(len(docs)),
            df=len(unique),
            minlength=int(lengths.min()),
            maxlength=int(lengths.max()),
            maxweight=float(counts.max()),
            minid=int(unique[0]),
            maxid=int(unique[-1]),
        )

    def frequency(self, fieldname: str, text: Any) -> int:
        return len(self._postings(fieldname, self._text_to_bytes(fieldname, text))[0])

    def doc_frequency(self, fieldname: str, text: Any) -> int:
        return len(np.unique(self._postings(fieldname, self._text_to_bytes(fieldname, text))[0]))

    def postings(self, fieldname: str, text: Any, scorer: Any = None) -> Any:
        term = self._text_to_bytes(fieldname, text)
        docs, positions = self._postings(fieldname, term)
        if not len(docs):
            raise TermNotFound((fieldname, text))
        unique, starts, counts = np.unique(docs, return_index=True, return_counts=True)
        info = self.term_info(fieldname, term)
        of_posting = None
        if len(positions):

            def of_posting(at: int) -> list[int]:
                found: list[int] = positions[starts[at] : starts[at] + counts[at]].tolist()
                return found

        return _Matcher(unique.tolist(), counts.astype(float).tolist(), (fieldname, term), info, scorer, of_posting)

    def has_vector(self, docnum: int, fieldname: str) -> bool:
        return False

    def vector(self, docnum: int, fieldname: str, format_: Any = None) -> NoReturn:
        raise KeyError(f"no vector of {fieldname} is kept for document {docnum}")

    def _postings(self, fieldname: str, term: bytes) -> tuple[Array, Array]:
        """Every occurrence of a term: the document, and the position within it; none where a field has none."""
        if self._last is not None and self._last[0] == (fieldname, term):
            return self._last[1]
        found = self._find_postings(fieldname, term)
        self._last = (fieldname, term), found
        return found

    def _find_postings(self, fieldname: str, term: bytes) -> tuple[Array, Array]:
        field, level = split_level(fieldname)
        if field not in FIELDS:
            return _NONE, _NONE
        kind = FIELDS[field].kind
        if kind in (FieldKind.DATE, FieldKind.NUMBER):
            return self._numeric(field).get(term, _NONE), _NONE
        try:
            text = term.decode()
        except UnicodeDecodeError:
            return _NONE, _NONE
        if field in ("id", "precision"):
            docs = self._snapshot.search(q.Term(field, text), limit=None, sort=Sort.RELEVANCE).docs
            return np.array(sorted(docs), np.intp), _NONE
        all_docs, all_positions = [_NONE], [_NONE]
        for part in self._parts:
            if kind is FieldKind.TEXT:
                docs, positions = occurrences(part, field, level, text)
                starts = part.segment.arrays["doc_starts"]
            else:
                number = part.segment.meta_classes.find(f"{field}\x1f{text}")
                if number < 0:
                    continue
                docs, positions = part.segment.meta.places(number)
                keep = part.keep_live(docs)
                if keep is not None:
                    docs, positions = docs.take(keep), positions.take(keep)
                starts = part.segment.arrays["meta_doc_starts"]
            all_docs.append(docs + part.first)
            all_positions.append(positions - starts.take(docs).astype(np.intp))
        return np.concatenate(all_docs), np.concatenate(all_positions)

    def _lexicon(self, fieldname: str) -> list[bytes]:
        if fieldname not in self._lexicons:
            field, level = split_level(fieldname)
            if field not in FIELDS:
                return []
            kind = FIELDS[field].kind
            if kind in (FieldKind.DATE, FieldKind.NUMBER):
                names = set(self._numeric(field))
            elif field == "precision":
                names = {b"year", b"month", b"day", b"time"}
                names = {name for name in names if len(self._postings(field, name)[0])}
            else:
                names = set().union(*(self._part_lexicon(part, field, kind, level) for part in self._parts))
            self._lexicons[fieldname] = sorted(names)
        return self._lexicons[fieldname]

    def _part_lexicon(self, part: Part, field: str, kind: FieldKind, level: Level) -> set[bytes]:
        segment = part.segment
        if field == "id":
            return {segment.ids.raw(doc) for doc in range(part.count) if part.live is None or part.live[doc]}
        if kind is not FieldKind.TEXT:
            found = set()
            before = len(field) + 1
            for number in segment.meta_classes.prefix(f"{field}\x1f"):
                docs = segment.meta.docs(*segment.meta.postings(number))
                if part.live is None or part.live.take(docs).any():
                    found.add(segment.meta_classes.raw(number)[before:])
            return found
        stream = segment.arrays["stream"]
        positions = np.flatnonzero(stream)
        docs = segment.arrays["doc_starts"].searchsorted(positions, side="right") - 1
        _, positions, _ = in_zone(docs, positions, field, level, part)
        forms = np.unique(stream.take(positions)).astype(np.intp) - 1
        if level is Level.STEM:
            return {segment.classes.raw(number) for number in np.unique(segment.owners.take(forms)).tolist()}
        printed = [segment.forms.raw(form) for form in forms.tolist()]
        return set(printed) if level is Level.PRINTED else {fold(form.decode()).encode() for form in printed}

    def _numeric(self, field: str) -> dict[bytes, Array]:
        """The terms that Whoosh makes of numbers, of each the documents."""
        if field not in self._numbers:
            values: dict[Any, list[int]] = {}
            for part in self._parts:
                for doc in range(part.count):
                    if part.live is None or part.live[doc]:
                        value = self._column(part, doc, field)
                        if value is not None:
                            values.setdefault(value, []).append(part.first + doc)
            terms: dict[bytes, list[int]] = {}
            index = self.schema[field].index
            for value, docs in values.items():
                for term, *_ in index(value):
                    terms.setdefault(term, []).extend(docs)
            self._numbers[field] = {term: np.array(sorted(docs), np.intp) for term, docs in terms.items()}
        return self._numbers[field]

    def _column(self, part: Part, doc: int, field: str) -> Any:
        if field == "date":
            date = part.segment.date(doc)
            return None if date is None else _moment(date)
        headline, body = part.segment.lengths
        return int(headline[doc] + body[doc])


def _moment(date: Any) -> dt.datetime:
    """The first local moment that a date may mean, without zone."""
    found: dt.datetime | None = date.datetime
    if found is not None:
        return found.replace(tzinfo=None)
    return dt.datetime.combine(dt.date.fromordinal(date.days.start), dt.time())
