"""A snapshot through Whoosh's interfaces, so that code written for Whoosh runs on it.

`WhooshIndex` is a `whoosh.index.Index`, and its reader a `whoosh.reading.IndexReader`. So `archive.index.searcher()` is
a genuine Whoosh `Searcher`, with its collectors, facets, highlighting and MoreLike. It is read-only; `Archive.writer`
writes.

Deleted documents leave gaps in the numbering; postings and statistics exclude them. Positions are counted within the
article, the headline first. The numeric terms of `date` and `words` are computed here from columns; a partial date
counts as its earliest moment.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Protocol

import numpy as np
from whoosh import query as q
from whoosh.index import Index
from whoosh.matching import ListMatcher
from whoosh.reading import IndexReader, TermInfo, TermNotFound

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.engines.embedded.array_types import Ints
from searchidx.engines.embedded.segment_view import SegmentView
from searchidx.engines.embedded.term_postings import select_zone, term_occurrences, word_occurrences
from searchidx.engines.embedded.whoosh_schema import WordBytes, whoosh_schema
from searchidx.engines.results import Sort, TopDocs
from searchidx.errors import SearchidxError
from searchidx.folding import fold
from searchidx.schema import FIELDS, FieldKind, Level, split_level

_STORED = ("id", "headline", "body", "byline", "dateline", "section", "source", "language", "url", "page", "edition")
_NONE = np.zeros(0, np.intp)


class SegmentedSnapshot(Protocol):
    """What Whoosh's interfaces need of an `EmbeddedSnapshot`."""

    generation: int
    views: list[SegmentView]

    def __len__(self) -> int: ...

    def locate(self, doc: int) -> tuple[SegmentView, int]: ...

    def article(self, doc: int) -> Article: ...

    def search(self, query: q.Query, *, limit: int | None, sort: Sort) -> TopDocs: ...


class WhooshIndex(Index):
    """A snapshot as a `whoosh.index.Index`."""

    def __init__(self, snapshot: SegmentedSnapshot) -> None:
        self.snapshot = snapshot
        self.schema = whoosh_schema()

    def reader(self, reuse: Any = None) -> WhooshReader:
        return WhooshReader(self.snapshot, self.schema)

    def latest_generation(self) -> int:
        return self.snapshot.generation

    def is_empty(self) -> bool:
        return not len(self.snapshot)

    def writer(self, **kwargs: Any) -> NoReturn:
        raise SearchidxError("this index is read-only: write through Archive.writer()")

    def close(self) -> None:
        """Do nothing: the archive owns all resources."""


class _TermMatcher(ListMatcher):
    """The postings of one term; `positions` returns the positions of a posting, by its number."""

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

    def copy(self) -> _TermMatcher:
        return _TermMatcher(
            self._ids, self._weights, self._term, self._terminfo, self._scorer, self._positions, self._i
        )

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
    """A snapshot as a `whoosh.reading.IndexReader`, whose many methods it implements."""

    def __init__(self, snapshot: SegmentedSnapshot, schema: Any) -> None:
        self.schema = schema
        self._snapshot = snapshot
        self._views = snapshot.views
        self._lexicons: dict[str, list[bytes]] = {}
        self._numbers: dict[str, dict[bytes, Ints]] = {}
        self._lengths: dict[str, Ints] = {}
        self._last: tuple[tuple[str, bytes, type], tuple[Ints, Ints]] | None = None

    # -- documents -----------------------------------------------------------------------------------------------

    def doc_count_all(self) -> int:
        return sum(view.count for view in self._views)

    def doc_count(self) -> int:
        return len(self._snapshot)

    def has_deletions(self) -> bool:
        return self.doc_count() < self.doc_count_all()

    def is_deleted(self, docnum: int) -> bool:
        view, at = self._snapshot.locate(docnum)
        return view.live is not None and not view.live[at]

    def generation(self) -> int:
        return self._snapshot.generation

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        article = self._snapshot.article(docnum)
        found = {name: getattr(article, name) for name in _STORED}
        if article.keywords:
            found["keyword"] = " ".join(article.keywords)
        if article.date is not None:
            found["date"] = _first_moment(article.date)
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

    def _field_lengths(self, fieldname: str) -> Ints:
        """The number of terms of a field in each document, 0 in deleted ones."""
        if fieldname not in self._lengths:
            lengths = [self._segment_lengths(view, fieldname) for view in self._views]
            self._lengths[fieldname] = np.concatenate(lengths) if lengths else np.zeros(0, np.int64)
        return self._lengths[fieldname]

    def _segment_lengths(self, view: SegmentView, fieldname: str) -> Ints:
        field, _ = split_level(fieldname)
        segment = view.segment
        headline, body = segment.lengths
        if field not in FIELDS or FIELDS[field].kind in (FieldKind.DATE, FieldKind.NUMBER):
            found = np.zeros(view.count, np.int64)
        elif field == "headline":
            found = headline
        elif field == "body":
            found = body
        elif field == "text":
            found = headline + body
        elif field == "lead":
            found = segment.lead_stops - segment.arrays["doc_starts"].astype(np.int64)
            found = np.where(body > 0, found - 1, headline)  # without the empty slot between headline and body
        elif field == "id":
            found = np.ones(view.count, np.int64)
        elif field == "precision":
            found = segment.arrays["precision"].astype(np.int64)
        else:
            found = np.zeros(view.count, np.int64)
            for number in segment.meta_terms.prefix_range(f"{field}\x1f"):
                docs, _ = segment.meta.read_occurrences(number)
                found += np.bincount(docs, minlength=view.count)
        return found if view.live is None else found * view.live

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

        return _TermMatcher(unique.tolist(), counts.astype(float).tolist(), (fieldname, term), info, scorer, of_posting)

    def has_vector(self, docnum: int, fieldname: str) -> bool:
        return False

    def vector(self, docnum: int, fieldname: str, format_: Any = None) -> NoReturn:
        raise KeyError(f"there are no term vectors, asked for {fieldname} of document {docnum}")

    def _postings(self, fieldname: str, term: bytes) -> tuple[Ints, Ints]:
        """The document of each occurrence of a term, and its position in it; no positions for fields without them."""
        key = fieldname, term, type(term)
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        found = self._find_postings(fieldname, term)
        self._last = key, found
        return found

    def _find_postings(self, fieldname: str, term: bytes) -> tuple[Ints, Ints]:
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
            found = self._snapshot.search(q.Term(field, text), limit=None, sort=Sort.RELEVANCE)
            return np.array(sorted(found.docs), np.intp), _NONE
        all_docs, all_positions = [_NONE], [_NONE]
        for view in self._views:
            if kind is FieldKind.TEXT:
                is_term = level is Level.STEM and not isinstance(term, WordBytes)
                docs, positions = (
                    term_occurrences(view, field, text) if is_term else word_occurrences(view, field, level, text)
                )
                starts = view.segment.arrays["doc_starts"]
            else:
                number = view.segment.meta_terms.find(f"{field}\x1f{text}")
                if number < 0:
                    continue
                docs, positions = view.segment.meta.read_occurrences(number)
                keep = view.live_indices(docs)
                if keep is not None:
                    docs, positions = docs.take(keep), positions.take(keep)
                starts = view.segment.arrays["meta_doc_starts"]
            all_docs.append(docs + view.first)
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
                names = set().union(*(self._segment_lexicon(view, field, kind, level) for view in self._views))
            self._lexicons[fieldname] = sorted(names)
        return self._lexicons[fieldname]

    def _segment_lexicon(self, view: SegmentView, field: str, kind: FieldKind, level: Level) -> set[bytes]:
        segment = view.segment
        if field == "id":
            return {view.ids.strings.raw(doc) for doc in range(view.count) if view.live is None or view.live[doc]}
        if kind is not FieldKind.TEXT:
            found = set()
            before = len(field) + 1
            for number in segment.meta_terms.prefix_range(f"{field}\x1f"):
                docs = segment.meta.docs(*segment.meta.posting_range(number))
                if view.live is None or view.live.take(docs).any():
                    found.add(segment.meta_terms.raw(number)[before:])
            return found
        forward_index = segment.arrays["stream"]
        positions = np.flatnonzero(forward_index)
        docs = segment.arrays["doc_starts"].searchsorted(positions, side="right") - 1
        _, positions, _ = select_zone(docs, positions, field, level, view)
        forms = np.unique(forward_index.take(positions)).astype(np.intp) - 1
        if level is Level.STEM:
            return {segment.terms.raw(term) for term in np.unique(segment.form_terms.take(forms)).tolist()}
        printed = [segment.forms.raw(form) for form in forms.tolist()]
        return set(printed) if level is Level.PRINTED else {fold(form.decode()).encode() for form in printed}

    def _numeric(self, field: str) -> dict[bytes, Ints]:
        """The documents of each term that Whoosh makes of a number or date."""
        if field not in self._numbers:
            values: dict[Any, list[int]] = {}
            for view in self._views:
                for doc in range(view.count):
                    if view.live is None or view.live[doc]:
                        value = self._column(view, doc, field)
                        if value is not None:
                            values.setdefault(value, []).append(view.first + doc)
            terms: dict[bytes, list[int]] = {}
            index = self.schema[field].index
            for value, docs in values.items():
                for term, *_ in index(value):
                    terms.setdefault(term, []).extend(docs)
            self._numbers[field] = {term: np.array(sorted(docs), np.intp) for term, docs in terms.items()}
        return self._numbers[field]

    def _column(self, view: SegmentView, doc: int, field: str) -> Any:
        if field == "date":
            date = view.segment.date(doc)
            return None if date is None else _first_moment(date)
        if field == "ocr":
            steps = int(view.segment.arrays["ocr"][doc])
            return (steps - 1) / FIELDS[field].steps if steps else None
        headline, body = view.segment.lengths
        return int(headline[doc] + body[doc])


def _first_moment(date: PartialDate) -> dt.datetime:
    """The first local moment that a date may mean, without its time zone."""
    found: dt.datetime | None = date.datetime
    if found is not None:
        return found.replace(tzinfo=None)
    return dt.datetime.combine(dt.date.fromordinal(date.days.start), dt.time())
