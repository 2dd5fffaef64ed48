"""One segment: an immutable batch of documents, as arrays.

Documents are numbered from 0 in the order they were added. What follows is all that a reader needs to know; the file
that holds the arrays is described in `layout`, the stored articles in `storing`.

**The stream.** The tokens of all documents, one after the other, each the number of its form: 1 for the first of
`forms`, 0 in an empty slot. Position 0 is an empty slot; then for each document its headline, an empty slot, its body,
an empty slot. Forms ascend by (stem, folded, printed), so a class, a folded spelling and a form are a range of numbers
each.

====================  ============  ===========================================================================
array                 one for each  what
====================  ============  ===========================================================================
stream                position      the number of the form that stands here, 0 in an empty slot
doc_starts            document      the position where its headline begins
headline_words,       document      how many tokens
body_words
shouting              document      1 where the headline has no lower-case letter, so that its capitals say nothing
sentences             …             how many positions after the one before each sentence begins (the first: after 0);
                                    255: so far on, and not yet there
paragraphs            sentence      one bit, lowest first: does it begin a paragraph
classes,              class         the stems, ascending by code points; UTF-8, and how many bytes each has
classes_sizes
form_ends             class         where its forms end in `forms`
forms, forms_sizes    form          printed spellings; UTF-8
folded, folded_sizes  spelling      folded spellings, ascending, with
folded_class          spelling      the class each belongs to, from 0
folded_first,         spelling      the forms of that class it folds: from first up to, not including, stop
folded_stop
classes_lookup,       …             a hash table over the strings: their numbers by bucket, and where each of the
…_lookup_ends                       buckets (a power of two) ends; a string's bucket are the lowest bits of its crc32.
                                    `folded` and `meta_classes` have one as well
====================  ============  ===========================================================================

**Postings**, of the text (``text_…``) and of the other fields (``meta_…``), whose class is the field's name, U+001F,
the term:

====================  ============  ===========================================================================
…_posting_ends        class         where its postings end
…_occurrence_ends     class         where its occurrences end in `positions`
…_docs                posting       the document's lowest 16 bits; documents ascend within a class
…_turns               turn          the number of a posting whose document has other upper bits than that of the one
                                    before it (than 0, of the first), ascending
…_upper               turn          those upper bits, of it and all that follow up to the next turn
…_counts              posting       occurrences in the headline × 32 + occurrences in the body; 255: see …_wide
…_wide                wide posting  the number of a posting whose counts do not fit, ascending, with
…_wide_headline,      wide posting  its counts
…_wide_body
…_positions           occurrence    the position, less that of the document's start; ascending within a posting
====================  ============  ===========================================================================

``headline_posting_ends``, ``headline_docs``, ``headline_turns``, ``headline_upper`` are the same of those postings of
the text that stand in the headline, and ``headline_counts`` says how often they do.

``meta_stream`` and ``meta_doc_starts`` are as `stream` and `doc_starts`, but of classes, and with an empty slot after
each field that a document has.

**Values** by which hits are counted: ``values`` are the field's name, U+001F, the value, each once, ascending, UTF-8,
and ``values_sizes``; of each document ``doc_values`` are their numbers, field by field, and ``doc_values_ends`` says
where they end. ``signatures``, by which near-duplicates are found, are described in `signatures`.

**Columns**, one number for each document: `day_start`, `day_stop`: the local days it may be of, half-open, as day
ordinals (1 is 0001-01-01), 0 where undated. `time`: the local time in microseconds, plus 1; 0 where unknown. `zone`:
the offset from UTC in seconds, plus 86,401; 0 where unknown. `precision`: 0 undated, 1 year, 2 month, 3 day, 4 time.
"""

from __future__ import annotations

import datetime as dt
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from operator import sub
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import zstandard

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.engines.embedded import doc_store
from searchidx.engines.embedded.minhash import BINS
from searchidx.engines.embedded.segment_file import SegmentFile

__all__ = ["Inverted", "Segment", "Spec", "Strings"]

Array = npt.NDArray[Any]
MAX_HEADLINE, MAX_BODY, WIDE = 7, 31, 255
"""A posting's byte: occurrences in the headline (3 bits) and in the body (5 bits); 255 says they are elsewhere."""
LOWER_BITS = 16
"""So many bits of a document's number lie with each posting; the rest is kept where it changes."""
HEADLINE_COUNTS, BODY_COUNTS = np.arange(256) >> 5, np.arange(256) & MAX_BODY
"""Occurrences in the headline, in the body that a posting's byte stands for; intp, 256 of them."""
_COLUMNS = (
    "doc_starts", "headline_words", "body_words", "shouting", "day_start", "day_stop", "time", "zone", "precision",
    "meta_doc_starts", "doc_values_ends", "id_hashes", "id_order",
)  # fmt: skip
_WITHIN = ("headline_words", "body_words", "text_positions", "meta_positions")
_VOCABULARIES = ("classes", "forms", "folded", "meta_classes", "values")
FAR = 255
"""A step to the next sentence that is not yet there."""
_LISTS = (
    "posting_ends", "occurrence_ends", "docs", "turns", "upper", "counts", "wide", "wide_headline", "wide_body",
    "positions",
)  # fmt: skip
_ARRAYS = {
    *_COLUMNS, *_VOCABULARIES, *(f"{name}_sizes" for name in _VOCABULARIES),
    "ids", "ids_bounds", "headlines", "headlines_bounds",
    *(f"{zone}_{name}" for zone in ("text", "meta") for name in _LISTS),
    *(f"{name}_{part}" for name in ("classes", "folded", "meta_classes") for part in ("lookup", "lookup_ends")),
    "stream", "meta_stream", "sentences", "paragraphs", "form_ends", "folded_class", "folded_first",
    "folded_stop", *(f"headline_{name}" for name in ("posting_ends", "docs", "turns", "upper", "counts")),
    "doc_values", "signatures", "blocks", "block_ends", "block_docs", "block_dictionaries", "dictionaries",
    "dictionary_ends",
}  # fmt: skip
_BOTH = HEADLINE_COUNTS + BODY_COUNTS


def is_wide(headline: Array, body: Array) -> Array:
    """Which counts do not fit a posting's byte; bool."""
    found: Array = (headline > MAX_HEADLINE) | (body > MAX_BODY) | ((headline == MAX_HEADLINE) & (body == MAX_BODY))
    return found


def unpack_bits(packed: Array, count: int) -> Array:
    """The first `count` of some bits, lowest of each byte first; bool."""
    return np.unpackbits(packed, count=count, bitorder="little").view(np.bool_)


def sentence_starts(steps: Array) -> Array:
    """Where the sentences begin that such steps lead to; intp."""
    found: Array = np.cumsum(steps, dtype=np.intp)[steps < FAR]
    return found


class Strings(Sequence[str]):
    """Strings in a segment file: where they ascend, `bisect` and `prefix` find them, where there is a table, `find`."""

    def __init__(self, file: SegmentFile, name: str) -> None:
        # Slices of the map itself: several times faster than those of an array or a memoryview.
        self._map = file.map
        self._start = file.offsets[name]
        self._file, self._name = file, name
        sizes = file.arrays.get(f"{name}_sizes")
        self._count = max(len(file.arrays[f"{name}_bounds"]) - 1, 0) if sizes is None else len(sizes)
        if f"{name}_lookup" in file.arrays:
            self._lookup = memoryview(cast(Any, file.arrays[f"{name}_lookup"]))
            self._lookup_ends = memoryview(cast(Any, file.arrays[f"{name}_lookup_ends"]))
            self._mask = len(self._lookup_ends) - 1

    @cached_property
    def _bounds(self) -> memoryview:
        """Where each begins, then where the last ends; where sizes are kept it is made when one is first asked for."""
        arrays, name = self._file.arrays, self._name
        bounds = arrays.get(f"{name}_bounds")
        if bounds is None:
            bounds = np.zeros(self._count + 1, np.uint32)
            np.cumsum(arrays[f"{name}_sizes"], out=bounds[1:])
        if not len(bounds) or bounds[0] or bounds[-1] != len(arrays[name]):
            raise self._file.corrupt(f"has {name} of another length than is said")
        return memoryview(cast(Any, bounds))

    def __len__(self) -> int:
        return self._count

    def raw(self, at: int) -> bytes:
        """The UTF-8 of one of them."""
        return self._map[self._start + self._bounds[at] : self._start + self._bounds[at + 1]]

    def __getitem__(self, at: Any) -> Any:
        return self.raw(at).decode()

    def several(self, numbers: Iterable[int]) -> list[str]:
        """Some of them."""
        data, start, bounds = self._map, self._start, self._bounds
        return [data[start + bounds[at] : start + bounds[at + 1]].decode() for at in numbers]

    def listed(self, first: int = 0, stop: int | None = None) -> list[bytes]:
        """Those from one up to another, as UTF-8; all of them by default."""
        bounds = self._bounds[first : self._count + 1 if stop is None else stop + 1].tolist()
        begin = bounds[0]
        data = self._map[self._start + begin : self._start + bounds[-1]]
        return [data[start - begin : end - begin] for start, end in pairwise(bounds)]

    def whole(self) -> tuple[bytes, Array, Array]:
        """All of them one after the other, as UTF-8; where each begins, and how long it is; int64."""
        bounds = np.asarray(self._bounds).astype(np.int64)
        return self._map[self._start : self._start + int(bounds[-1])], bounds[:-1], np.diff(bounds)

    def letters(self, first: int, stop: int) -> tuple[Array, Array]:
        """The code points of those from one up to another, side by side, and where each ends among them; intp."""
        begin = self._bounds[first]
        ends = np.asarray(self._bounds[first + 1 : stop + 1]).astype(np.intp) - begin
        data = self._map[self._start + begin : self._start + self._bounds[stop]]
        if not data.isascii():
            begins_letter = (np.frombuffer(data, np.uint8) & 0xC0) != 0x80
            ends = np.concatenate([[0], begins_letter.cumsum()]).take(ends)
        return np.frombuffer(data.decode().encode("utf-32-le"), "<u4"), ends

    def bisect(self, wanted: bytes) -> int:
        """The number of the first that is not less."""
        data, start, bounds = self._map, self._start, self._bounds
        low, high = 0, self._count
        while low < high:
            middle = (low + high) >> 1
            if data[start + bounds[middle] : start + bounds[middle + 1]] < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def find(self, wanted: str) -> int:
        """The number of a string, or -1."""
        encoded = wanted.encode(errors="surrogatepass")  # which nothing here matches
        bucket = zlib.crc32(encoded) & self._mask
        data, start, bounds, ends = self._map, self._start, self._bounds, self._lookup_ends
        for number in self._lookup[ends[bucket - 1] if bucket else 0 : ends[bucket]]:
            if data[start + bounds[number] : start + bounds[number + 1]] == encoded:
                found: int = number
                return found
        return -1

    def prefix(self, prefix: str) -> range:
        """The numbers of the strings that begin so."""
        encoded = prefix.encode(errors="surrogatepass")
        stop = encoded.rstrip(b"\xff")
        first = self.bisect(encoded)
        return range(first, self.bisect(stop[:-1] + bytes((stop[-1] + 1,))) if stop else len(self))


class Spec(NamedTuple):
    """Which occurrences a word means in one segment: those of a class with some numbers in the stream.

    Attributes:
        number: the class.
        low, high: the numbers, from the first up to, not including, the other.
        is_class: whether they are all of the class.
    """

    number: int
    low: int
    high: int
    is_class: bool = True

    def stands(self, numbers: Array) -> Array:
        """At which of some places of the stream, given what it holds there (and may lose); bool."""
        if self.high - self.low == 1:
            found: Array = numbers == self.low
            return found
        numbers -= self.low  # what is below becomes larger than any
        return numbers < self.high - self.low


class Documents:
    """The documents of postings: the lowest bits of each, and where the upper ones change."""

    def __init__(self, arrays: dict[str, Array], name: str) -> None:
        self._lower = arrays[f"{name}_docs"]
        self._upper = arrays[f"{name}_upper"]
        self._turns = memoryview(cast(Any, arrays[f"{name}_turns"]))

    def __len__(self) -> int:
        return len(self._lower)

    @cached_property
    def _added(self) -> Array:
        """What the postings add to their lower bits before the first turn, and from each turn on; intp."""
        return np.append(0, self._upper.astype(np.intp) << LOWER_BITS)

    def between(self, first: int, stop: int) -> Array:
        """Those of the postings from one up to another; intp."""
        found: Array = self._lower[first:stop].astype(np.intp)
        if turns := self._turns:
            turn, after = bisect_right(turns, first), bisect_left(turns, stop)
            bounds = [first, *turns[turn:after], stop]
            found += self._added[turn : after + 1].repeat(list(map(sub, bounds[1:], bounds)))
        return found

    def at(self, postings: Array) -> Array:
        """Those of some postings; intp."""
        found: Array = self._lower.take(postings).astype(np.intp)
        if self._turns:
            found += self._added.take(np.asarray(self._turns, np.intp).searchsorted(postings, side="right"))
        return found


class Inverted:
    """The postings of the text, or of the other fields."""

    def __init__(
        self, arrays: dict[str, Array], name: str, starts: Array, stream: Array, form_ends: memoryview | None = None
    ) -> None:
        self._docs = Documents(arrays, name)
        self.docs, self.docs_at = self._docs.between, self._docs.at
        self.counts = arrays[f"{name}_counts"]
        self.positions = arrays[f"{name}_positions"]
        self.wide = arrays[f"{name}_wide"]
        self._wide = memoryview(cast(Any, self.wide))
        self.wide_headline = arrays[f"{name}_wide_headline"]
        self.wide_body = arrays[f"{name}_wide_body"]
        self.posting_ends = memoryview(cast(Any, arrays[f"{name}_posting_ends"]))
        self.occurrence_ends = memoryview(cast(Any, arrays[f"{name}_occurrence_ends"]))
        self.starts = starts
        self.stream = stream
        self._form_ends = form_ends

    @cached_property
    def _starts(self) -> Array:
        """Where in the stream each document begins; intp."""
        return self.starts.astype(np.intp)

    def spec(self, number: int) -> Spec:
        """All occurrences of a class."""
        ends = self._form_ends
        if ends is None:
            return Spec(number, number + 1, number + 2)
        return Spec(number, (ends[number - 1] if number else 0) + 1, ends[number] + 1)

    def postings(self, number: int) -> tuple[int, int]:
        """Where the postings of a class begin and end."""
        return (self.posting_ends[number - 1] if number else 0), self.posting_ends[number]

    def __len__(self) -> int:
        """How many postings there are."""
        return len(self._docs)

    @cached_property
    def wide_postings(self) -> Array:
        """The numbers of the wide postings; intp."""
        return self.wide.astype(np.intp)

    def wide_range(self, first: int, stop: int) -> tuple[int, int]:
        """Which of the wide postings lie between two."""
        wide = self._wide
        low = bisect_left(wide, first)
        return low, bisect_left(wide, stop, low)

    def occurrences(self, number: int) -> tuple[int, int]:
        """Where the occurrences of a class begin and end."""
        return (self.occurrence_ends[number - 1] if number else 0), self.occurrence_ends[number]

    def sizes(self, first: int, stop: int) -> Array:
        """How many occurrences each of the postings from one up to another has; intp."""
        counts: Array = _BOTH.take(self.counts[first:stop])
        if len(self.wide):
            low, high = self.wide_range(first, stop)
            if low < high:
                counts[self.wide_postings[low:high] - first] = (
                    self.wide_headline[low:high].astype(np.intp) + self.wide_body[low:high]
                )
        return counts

    def spread(self, number: int) -> tuple[Array, Array, Array]:
        """Of a class: of each posting the document and how often it occurs; and all positions, ascending; intp."""
        first, stop = self.postings(number)
        docs = self.docs(first, stop)
        counts = self.sizes(first, stop)
        begin, end = self.occurrences(number)
        positions: Array = self._starts.take(docs).repeat(counts)
        positions += self.positions[begin:end]
        return docs, counts, positions

    def places(self, number: int) -> tuple[Array, Array]:
        """Each occurrence of a class: its document, and its position in the stream; intp, ascending."""
        docs, counts, positions = self.spread(number)
        return docs.repeat(counts), positions


class Segment:
    """A segment, opened: arrays, look-ups, stored articles."""

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        self.file = SegmentFile(folder, about)
        self.about = about
        self._dictionaries: dict[int, zstandard.ZstdCompressionDict | None] = {}
        arrays = self.arrays = self.file.arrays
        missing = sorted(_ARRAYS - set(arrays))
        if missing:
            raise self.file.corrupt(f"has no {missing[0]}")
        try:
            self.classes = Strings(self.file, "classes")
            self.forms = Strings(self.file, "forms")
            self.folded = Strings(self.file, "folded")
            self.meta_classes = Strings(self.file, "meta_classes")
            self.values = Strings(self.file, "values")
            self.ids = Strings(self.file, "ids")
            self.headlines = Strings(self.file, "headlines")
            self.form_ends = memoryview(cast(Any, arrays["form_ends"]))
            self.text = Inverted(arrays, "text", arrays["doc_starts"], arrays["stream"], self.form_ends)
            self.meta = Inverted(arrays, "meta", arrays["meta_doc_starts"], arrays["meta_stream"])
            self.headline_docs = Documents(arrays, "headline")
            self._headline_ends = memoryview(cast(Any, arrays["headline_posting_ends"]))
            self.folded_class = memoryview(cast(Any, arrays["folded_class"]))
            self.folded_first = memoryview(cast(Any, arrays["folded_first"]))
            self.folded_stop = memoryview(cast(Any, arrays["folded_stop"]))
            self.block_docs = memoryview(cast(Any, arrays["block_docs"]))
        except (ValueError, TypeError, IndexError) as error:
            raise self.file.corrupt(f"has arrays that do not fit together ({error})") from error
        self.count = len(self.ids)
        for name in _COLUMNS:
            if len(arrays[name]) != self.count:
                raise self.file.corrupt(f"has {len(arrays[name])} values of {name} for {self.count} articles")
        if len(arrays["signatures"]) != self.count * BINS:
            raise self.file.corrupt(f"has {len(arrays['signatures'])} bytes of signatures for {self.count} articles")
        for name in _WITHIN:
            if arrays[name].itemsize > 4:
                raise self.file.corrupt(f"has {name} beyond the length of any article")

    def form_range(self, number: int) -> tuple[int, int]:
        """Where the forms of a class begin and end in `forms`."""
        return (self.form_ends[number - 1] if number else 0), self.form_ends[number]

    def in_headlines(self, number: int) -> tuple[Array, Array]:
        """The documents that have a class in the headline (intp), and how often each has."""
        ends = self._headline_ends
        first, stop = (ends[number - 1] if number else 0), ends[number]
        return self.headline_docs.between(first, stop), self.arrays["headline_counts"][first:stop]

    def folded_forms(self, number: int) -> tuple[int, int]:
        """Which forms have a folded spelling: from, up to."""
        first, _ = self.form_range(self.folded_class[number])
        return first + self.folded_first[number], first + self.folded_stop[number]

    def folded_spec(self, number: int) -> Spec:
        """What a folded spelling means."""
        owner, ends = self.folded_class[number], self.form_ends
        first, stop = (ends[owner - 1] if owner else 0), ends[owner]
        low, high = self.folded_first[number], self.folded_stop[number]
        return Spec(owner, first + low + 1, first + high + 1, high - low == stop - first)

    @cached_property
    def owners(self) -> Array:
        """The class of each form; intp."""
        ends = np.asarray(self.form_ends, np.intp)
        return np.arange(len(ends)).repeat(np.diff(ends, prepend=0))

    @cached_property
    def lengths(self) -> tuple[Array, Array]:
        """Words of the headline and of the body, of each document; int64."""
        return self.arrays["headline_words"].astype(np.int64), self.arrays["body_words"].astype(np.int64)

    @property
    def begin_paragraphs(self) -> Array:
        """Whether each sentence begins a paragraph; bool."""
        return unpack_bits(self.arrays["paragraphs"], len(self.sentence_starts))

    @cached_property
    def sentence_starts(self) -> Array:
        """Where in the stream each sentence begins; intp."""
        return sentence_starts(self.arrays["sentences"])

    @cached_property
    def paragraph_starts(self) -> Array:
        """Where in the stream each paragraph begins; intp."""
        return self.sentence_starts[self.begin_paragraphs]

    @cached_property
    def lead_stops(self) -> Array:
        """Where in the stream each document's first paragraph of the body ends; intp."""
        paragraphs = self.paragraph_starts
        _, body = self.lengths
        begins = self.headline_ends + 1
        after = np.searchsorted(paragraphs, begins, side="right")
        stops = begins + body
        within = after < len(paragraphs)
        stops[within] = np.minimum(stops[within], paragraphs[after[within]])
        return stops

    @cached_property
    def value_owners(self) -> Array:
        """The document that has each of `doc_values`; intp, ascending."""
        ends = self.arrays["doc_values_ends"].astype(np.intp)
        return np.arange(self.count).repeat(np.diff(ends, prepend=0))

    @cached_property
    def headline_ends(self) -> Array:
        """Where in the stream the headline of each document ends; intp."""
        found: Array = self.arrays["doc_starts"].astype(np.intp)
        found += self.arrays["headline_words"]
        return found

    def find(self, id: str) -> Iterator[int]:
        """The documents of an article's id: none or one, where none was replaced."""
        wanted = doc_store.id_hash(id.encode(errors="surrogatepass"))
        hashes = self.arrays["id_hashes"]
        at = int(np.searchsorted(hashes, np.uint64(wanted)))
        while at < self.count and int(hashes[at]) == wanted:
            doc = int(self.arrays["id_order"][at])
            if self.ids[doc] == id:
                yield doc
            at += 1

    def date(self, doc: int) -> PartialDate | None:
        """The date of a document."""
        arrays = self.arrays
        precision = int(arrays["precision"][doc])
        if not precision:
            return None
        day = dt.date.fromordinal(int(arrays["day_start"][doc]))
        if precision < 4:
            return PartialDate(day.year, day.month if precision > 1 else None, day.day if precision > 2 else None)
        seconds, micros = divmod(int(arrays["time"][doc]) - 1, 1_000_000)
        offset = int(arrays["zone"][doc])
        zone = dt.timezone(dt.timedelta(seconds=offset - 86_401)) if offset else None
        time = dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60, micros, tzinfo=zone)
        return PartialDate(day.year, day.month, day.day, time)

    def blocks(self, first: int, stop: int) -> Array:
        """Blocks of stored articles, compressed, from one up to another."""
        ends = self.arrays["block_ends"]
        return self.arrays["blocks"][int(ends[first - 1]) if first else 0 : int(ends[stop - 1])]

    def dictionary(self, number: int) -> bytes:
        """The dictionary of that number, compressed; empty where there is none."""
        ends = self.arrays["dictionary_ends"]
        return bytes(self.arrays["dictionaries"][int(ends[number - 1]) if number else 0 : int(ends[number])])

    def records(self, number: int) -> list[bytes]:
        """The records of a block."""
        owner = int(self.arrays["block_dictionaries"][number])
        if owner not in self._dictionaries:
            self._dictionaries[owner] = doc_store.read_dictionary(self.dictionary(owner))
        return doc_store.read_block(self.blocks(number, number + 1).tobytes(), self._dictionaries[owner])

    def reader(self) -> Callable[[int], Article]:
        """What gives the whole article of a document; keeps the last block, so each is read once where they ascend."""
        first = stop = 0
        records: list[bytes] = []

        def read(doc: int) -> Article:
            nonlocal first, stop, records
            try:
                if not first <= doc < stop:
                    number = bisect_right(self.block_docs, doc)
                    first, stop = (self.block_docs[number - 1] if number else 0), self.block_docs[number]
                    records = self.records(number)
                stored = doc_store.decode_record(records[doc - first])
            except (zstandard.ZstdError, ValueError, IndexError, TypeError, RecursionError) as error:
                raise self.file.corrupt(f"holds an article that cannot be read ({error})") from error
            return Article(id=self.ids[doc], headline=self.headlines[doc], date=self.date(doc), **stored)

        return read

    def article(self, doc: int) -> Article:
        """The whole article of a document."""
        return self.reader()(doc)
