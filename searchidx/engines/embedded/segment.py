"""One segment: an immutable batch of documents, as arrays.

Documents are numbered from 0 in the order they were added. What follows is all that a reader needs to know; the file
that holds the arrays is described in `layout`, the stored articles in `storing`.

**The stream.** The tokens of all documents, one after the other, each a class number and a form number. Position 0 is
an empty slot; then for each document its headline, an empty slot, its body, an empty slot. A class number is 1 for the
first of `classes`; 0 is the empty slot.

====================  ============  ===========================================================================
array                 one for each  what
====================  ============  ===========================================================================
stream                position      class number, 0 in an empty slot
stream_forms          position      which of its class's forms stands here, from 0
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
forms, forms_sizes    form          printed spellings, ascending by (stem, folded, printed); UTF-8
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

``meta_stream`` and ``meta_doc_starts`` are as `stream` and `doc_starts`, an empty slot after each field that a document
has.

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
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import zstandard

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.engines.embedded import storing
from searchidx.engines.embedded.layout import SegmentFile
from searchidx.engines.embedded.signatures import BINS

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
    "ids", "ids_ends", "headlines", "headlines_ends",
    *(f"{zone}_{name}" for zone in ("text", "meta") for name in _LISTS),
    *(f"{name}_{part}" for name in ("classes", "folded", "meta_classes") for part in ("lookup", "lookup_ends")),
    "stream", "stream_forms", "meta_stream", "sentences", "paragraphs", "form_ends", "folded_class", "folded_first",
    "folded_stop", "doc_values", "signatures", "blocks", "block_ends", "block_docs", "block_dictionaries",
    "dictionaries", "dictionary_ends",
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
        self._count = len(file.arrays[f"{name}_ends" if f"{name}_ends" in file.arrays else f"{name}_sizes"])
        if f"{name}_lookup" in file.arrays:
            self._lookup = memoryview(cast(Any, file.arrays[f"{name}_lookup"]))
            self._lookup_ends = memoryview(cast(Any, file.arrays[f"{name}_lookup_ends"]))
            self._mask = len(self._lookup_ends) - 1

    @cached_property
    def _ends(self) -> memoryview:
        """Where each ends; of those whose sizes are kept it is made when one is first asked for."""
        arrays, name = self._file.arrays, self._name
        ends = arrays.get(f"{name}_ends")
        if ends is None:
            ends = np.cumsum(arrays[f"{name}_sizes"], dtype=np.uint32)
        if len(ends) and ends[-1] != len(arrays[name]):
            raise self._file.corrupt(f"has {name} of another length than is said")
        return memoryview(cast(Any, ends))

    def __len__(self) -> int:
        return self._count

    def raw(self, at: int) -> bytes:
        """The UTF-8 of one of them."""
        start = self._start
        return self._map[start + self._ends[at - 1] if at else start : start + self._ends[at]]

    def __getitem__(self, at: Any) -> Any:
        start = self._start
        return self._map[start + self._ends[at - 1] if at else start : start + self._ends[at]].decode()

    def listed(self, first: int = 0, stop: int | None = None) -> list[bytes]:
        """Those from one up to another, as UTF-8; all of them by default."""
        ends = self._ends[first:stop].tolist()
        begin = self._ends[first - 1] if first else 0
        data = self._map[self._start + begin : self._start + (ends[-1] if ends else begin)]
        return [data[start - begin : end - begin] for start, end in zip([begin, *ends], ends, strict=False)]

    def whole(self) -> tuple[bytes, Array, Array]:
        """All of them one after the other, as UTF-8; where each begins, and how long it is; int64."""
        ends = np.asarray(self._ends).astype(np.int64)
        sizes = np.diff(ends, prepend=np.int64(0))
        return self._map[self._start : self._start + int(ends[-1])] if len(ends) else b"", ends - sizes, sizes

    def letters(self, first: int, stop: int) -> tuple[Array, Array]:
        """The code points of those from one up to another, side by side, and where each ends among them; intp."""
        ends = np.asarray(self._ends[first:stop]).astype(np.intp)
        begin = self._ends[first - 1] if first else 0
        data = self._map[self._start + begin : self._start + (int(ends[-1]) if len(ends) else begin)]
        if not data.isascii():
            begins_letter = (np.frombuffer(data, np.uint8) & 0xC0) != 0x80
            ends = np.concatenate([[0], begins_letter.cumsum()]).take(ends - begin)
            begin = 0
        return np.frombuffer(data.decode().encode("utf-32-le"), "<u4"), ends - begin

    def bisect(self, wanted: bytes) -> int:
        """The number of the first that is not less."""
        data, begin, ends = self._map, self._start, self._ends
        low, high = 0, len(ends)
        while low < high:
            middle = (low + high) >> 1
            if data[begin + ends[middle - 1] if middle else begin : begin + ends[middle]] < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def find(self, wanted: str) -> int:
        """The number of a string, or -1."""
        encoded = wanted.encode(errors="surrogatepass")  # which nothing here matches
        bucket = zlib.crc32(encoded) & self._mask
        ends = self._lookup_ends
        for number in self._lookup[ends[bucket - 1] if bucket else 0 : ends[bucket]]:
            if self.raw(number) == encoded:
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
    """Which occurrences a word means in one segment: a class, and its forms from `low` up to `high` (None: all)."""

    number: int
    low: int = 0
    high: int | None = None


class Inverted:
    """The postings of the text, or of the other fields."""

    def __init__(self, arrays: dict[str, Array], name: str, starts: Array, stream: Array) -> None:
        self._docs = arrays[f"{name}_docs"]
        self._turns = arrays[f"{name}_turns"]
        self._upper = arrays[f"{name}_upper"]
        self._turn_list = memoryview(cast(Any, self._turns))
        self._upper_list = memoryview(cast(Any, self._upper))
        self._has_turns = len(self._turns) > 0
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

    def postings(self, number: int) -> tuple[int, int]:
        """Where the postings of a class begin and end."""
        return (self.posting_ends[number - 1] if number else 0), self.posting_ends[number]

    def __len__(self) -> int:
        """How many postings there are."""
        return len(self._docs)

    def docs(self, first: int, stop: int, at: Array | None = None) -> Array:
        """The documents of the postings from one up to another, or of some of those (ascending, from 0); intp."""
        lower = self._docs[first:stop]
        found: Array = lower.astype(np.intp) if at is None else lower.take(at).astype(np.intp)
        if self._has_turns:
            turn, after = bisect_right(self._turn_list, first), bisect_left(self._turn_list, first + len(lower))
            bounds = [0, *(place - first for place in self._turn_list[turn:after]), len(lower)]
            if at is not None:
                bounds = at.searchsorted(bounds).tolist()
            for low, high in pairwise(bounds):
                if turn:
                    run = found[low:high]
                    run += self._upper_list[turn - 1] << LOWER_BITS
                turn += 1
        return found

    def docs_at(self, postings: Array) -> Array:
        """The documents of some postings; intp."""
        found: Array = self._docs.take(postings).astype(np.intp)
        if self._has_turns:
            upper = np.append(0, self._upper.astype(np.intp))
            found += upper.take(self._turns.astype(np.intp).searchsorted(postings, side="right")) << LOWER_BITS
        return found

    @cached_property
    def wide_postings(self) -> Array:
        """The numbers of the wide postings; intp."""
        return self.wide.astype(np.intp)

    def has_wide(self, first: int, stop: int) -> bool:
        """Whether any wide posting lies between two."""
        at = bisect_left(self._wide, first)
        return at < len(self._wide) and self._wide[at] < stop

    def wide_range(self, first: int, stop: int) -> tuple[int, int]:
        """Which of the wide postings lie between two."""
        return bisect_left(self._wide, first), bisect_left(self._wide, stop)

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
        positions = self.starts.take(docs).repeat(counts).astype(np.intp)
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
            self.text = Inverted(arrays, "text", arrays["doc_starts"], arrays["stream"])
            self.meta = Inverted(arrays, "meta", arrays["meta_doc_starts"], arrays["meta_stream"])
            self.form_ends = memoryview(cast(Any, arrays["form_ends"]))
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

    def spec(self, number: int, low: int, high: int) -> Spec:
        """The forms of a class from `low` up to `high`: the class itself, where they are all of them."""
        first, stop = self.form_range(number)
        return Spec(number) if high - low == stop - first else Spec(number, low, high)

    def folded_forms(self, text: str) -> tuple[int, int, int] | None:
        """Of a folded spelling its class, and which forms of the class fold to it: from, up to. None: none does."""
        number = self.folded.find(text)
        if number < 0:
            return None
        return self.folded_class[number], self.folded_first[number], self.folded_stop[number]

    def printed_form(self, number: int, printed: str) -> tuple[int, int]:
        """The same for a printed spelling."""
        first, stop = self.form_range(number)
        wanted = printed.encode()
        for at in range(first, stop):
            if self.forms.raw(at) == wanted:
                return at - first, at - first + 1
        return 0, 0

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
        wanted = storing.id_hash(id.encode(errors="surrogatepass"))
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
            self._dictionaries[owner] = storing.unpacked(self.dictionary(owner))
        return storing.records(self.blocks(number, number + 1).tobytes(), self._dictionaries[owner])

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
                stored = storing.fields(records[doc - first])
            except (zstandard.ZstdError, ValueError, IndexError, TypeError, RecursionError) as error:
                raise self.file.corrupt(f"holds an article that cannot be read ({error})") from error
            return Article(id=self.ids[doc], headline=self.headlines[doc], date=self.date(doc), **stored)

        return read

    def article(self, doc: int) -> Article:
        """The whole article of a document."""
        return self.reader()(doc)
