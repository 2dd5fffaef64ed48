"""One segment: an immutable batch of documents, as arrays.

Documents are numbered from 0 in the order in which they were added. This page describes all arrays that a reader needs;
`segment_file` describes the file that holds them, `doc_store` the stored articles.

**The forward index** (array `stream`). The tokens of all documents, one after the other. Each token is the number of
its surface form: 1 for the first of `forms`, 0 for an empty slot. Position 0 is an empty slot. Then follow, for each
document, its headline, an empty slot, its body, an empty slot. Surface forms ascend by (term, folded form, surface
form), so a term and a folded form are each a contiguous range of numbers. Array names say `classes` for terms.

====================  ============  ===========================================================================
array                 one for each  content
====================  ============  ===========================================================================
stream                position      the number of the surface form at this position, 0 in an empty slot
doc_starts            document      the position where its headline begins
headline_words,       document      the number of tokens
body_words
shouting              document      1 if the headline has no lower-case letter, so that its capitals mean nothing
sentences             …             the distance from each sentence's first position to that of the next (the first
                                    distance: from 0); 255: move on by 255, no sentence begins there
paragraphs            sentence      one bit, lowest first: whether a paragraph begins with it
classes,              term          the terms (`searchidx.stemming`), ascending by code points; UTF-8, and the size of
classes_sizes                       each in bytes
languages             language      the languages of the terms, lines of UTF-8, ascending; English is the empty line
form_ends             term          the end of its surface forms in `forms`
forms, forms_sizes    surface form  surface forms; UTF-8, and sizes
folded, folded_sizes  folded form   folded forms, ascending; one in two terms, as of two languages, is listed twice
folded_class          folded form   the number of its term, from 0
folded_first,         folded form   the half-open range of its surface forms, counted from the first form of the term
folded_stop
classes_lookup,       …             a hash table over the strings: their numbers by bucket, and the end of each
…_lookup_ends                       bucket. The number of buckets is a power of two; a string's bucket is given by the
                                    lowest bits of its crc32. `folded` and `meta_classes` have one as well
====================  ============  ===========================================================================

**Postings**, of the text (``text_…``) and of the other fields (``meta_…``). A term of the other fields is the field's
name, U+001F, the word; ``meta_classes`` lists these terms:

====================  ============  ===========================================================================
…_posting_ends        term          the end of its postings
…_occurrence_ends     term          the end of its occurrences in `positions`
…_docs                posting       the lowest 16 bits of the document number; documents ascend within a term
…_turns               turn          the number of each posting whose upper bits differ from those of the posting
                                    before it (for the first posting: from 0), ascending
…_upper               turn          the upper bits of this posting and all others up to the next turn
…_counts              posting       occurrences in the headline × 32 + occurrences in the body; 255: see …_wide
…_wide                wide posting  the number of each posting whose counts do not fit, ascending
…_wide_headline,      wide posting  its counts
…_wide_body
…_positions           occurrence    the position, relative to the start of the document; ascending within a posting
====================  ============  ===========================================================================

``headline_posting_ends``, ``headline_docs``, ``headline_turns`` and ``headline_upper`` are the same for the postings of
the text with an occurrence in the headline. ``headline_counts`` holds the number of these occurrences.

``meta_stream`` and ``meta_doc_starts`` are like `stream` and `doc_starts`, but hold terms instead of surface forms, and
an empty slot follows each field of a document.

**Values** for facets: ``values`` holds the field's name, U+001F, the value, each once, ascending, UTF-8;
``values_sizes`` their sizes. ``doc_values`` holds the numbers of each document's values, field by field;
``doc_values_ends`` the end of each document in it. `minhash` describes ``signatures``, which near-duplicates are found
by.

**Columns**, one number for each document. `day_start`, `day_stop`: the half-open range of possible publication days
(local), as day ordinals (1 is 0001-01-01); 0 if undated. `time`: the local time in microseconds, plus 1; 0 if unknown.
`zone`: the offset from UTC in seconds, plus 86,401; 0 if unknown. `precision`: 0 undated, 1 year, 2 month, 3 day,
4 time. `ocr`: the confidence of scanned text in steps of 1/10,000, plus 1; 0 if unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from searchidx.engines.embedded import doc_store
from searchidx.engines.embedded.array_types import Array, Bools, Int64s, Ints
from searchidx.engines.embedded.article_store import ArticleStore
from searchidx.engines.embedded.inverted_index import FormRange, InvertedIndex, PostingDocs
from searchidx.engines.embedded.minhash import BINS
from searchidx.engines.embedded.segment_file import SegmentFile
from searchidx.engines.embedded.string_array import StringArray
from searchidx.stemming import LANGUAGES, join_term

MAX_SENTENCE_STEP = 255
"""A step in `sentences` at whose end no sentence begins."""

_PARALLEL = {
    "ids": (
        "headlines", "doc_starts", "headline_words", "body_words", "shouting", "day_start", "day_stop", "time", "zone",
        "precision", "ocr", "meta_doc_starts", "doc_values_ends", "id_hashes", "id_order",
    ),
    "classes": ("form_ends", "text_posting_ends", "text_occurrence_ends", "headline_posting_ends"),
    "meta_classes": ("meta_posting_ends", "meta_occurrence_ends"),
    "folded": ("folded_class", "folded_first", "folded_stop"),
    "text_docs": ("text_counts",),
    "meta_docs": ("meta_counts",),
    "headline_docs": ("headline_counts",),
    "text_wide": ("text_wide_headline", "text_wide_body"),
    "meta_wide": ("meta_wide_headline", "meta_wide_body"),
    **{f"{name}_turns": (f"{name}_upper",) for name in ("text", "meta", "headline")},
    "block_ends": ("block_docs", "block_dictionaries"),
}  # fmt: skip
"""Arrays with one value for each item of the first."""
_ENDS = {
    "form_ends": "forms",
    "text_posting_ends": "text_docs",
    "text_occurrence_ends": "text_positions",
    "headline_posting_ends": "headline_docs",
    "meta_posting_ends": "meta_docs",
    "meta_occurrence_ends": "meta_positions",
    "doc_values_ends": "doc_values",
    "block_ends": "blocks",
    "block_docs": "ids",
    "dictionary_ends": "dictionaries",
    **{f"{name}_lookup_ends": f"{name}_lookup" for name in ("classes", "folded", "meta_classes")},
}
"""Arrays of ends, and what the last one must be the length of."""
_STRINGS = {
    **{name: f"{name}_sizes" for name in ("classes", "forms", "folded", "meta_classes", "values")},
    "ids": "ids_bounds",
    "headlines": "headlines_bounds",
}
_MAX_DAY_STOP = dt.date.max.toordinal() + 1
_NARROW = ("headline_words", "body_words", "text_positions", "meta_positions")
"""Arrays bounded by the length of an article, so at most 4 bytes wide: sums of them cannot overflow."""
_ARRAYS = {
    *_PARALLEL, *(name for names in _PARALLEL.values() for name in names), *_ENDS, *_ENDS.values(), *_STRINGS,
    *_STRINGS.values(), "stream", "meta_stream", "sentences", "paragraphs", "signatures", "languages",
}  # fmt: skip


def unpack_bits(packed: Array, count: int) -> Bools:
    """The first `count` bits, lowest of each byte first."""
    return np.unpackbits(packed, count=count, bitorder="little").view(np.bool_)


def sentence_starts(steps: Array) -> Ints:
    """The positions of sentences, from the array `sentences`."""
    found: Ints = np.cumsum(steps, dtype=np.intp)[steps < MAX_SENTENCE_STEP]
    return found


class Segment(ArticleStore):
    """An open segment: arrays, string tables, stored articles.

    Opening checks that no array is missing and that sizes fit together, without reading long arrays. Damage within an
    array shows only in its checksum (`verify`), or as an error where it is used. Numbers that decide how much memory a
    query takes are checked before they are used.

    More than 20 methods: each decodes one kind of array.

    Attributes:
        entry: its entry in the manifest.
        count: the number of documents.
        languages: the codes of the languages of its terms.
        text, meta: postings of headlines and bodies, and of the other fields.
    """

    def __init__(self, folder: Path, entry: dict[str, Any]) -> None:
        file = SegmentFile(folder, entry)
        missing = sorted(_ARRAYS - set(file.arrays))
        if missing:
            raise file.corrupt(f"has no array {missing[0]}")
        super().__init__(file)
        self.entry = entry
        arrays = self.arrays
        self.terms = StringArray(self.file, "classes")
        self.forms = StringArray(self.file, "forms")
        self.folded = StringArray(self.file, "folded")
        self.meta_terms = StringArray(self.file, "meta_classes")
        self.values = StringArray(self.file, "values")
        self.languages = tuple(bytes(arrays["languages"]).decode(errors="replace").split("\n")[:-1])
        if not set(LANGUAGES).issuperset(self.languages):
            raise self.file.corrupt(f"has terms of {', '.join(map(repr, self.languages))}, which are no languages")
        self._check_structure()
        self.form_ends = memoryview(cast(Any, arrays["form_ends"]))
        self.text = InvertedIndex(arrays, "text", arrays["doc_starts"], arrays["stream"], self.form_ends)
        self.meta = InvertedIndex(arrays, "meta", arrays["meta_doc_starts"], arrays["meta_stream"])
        self.headline_docs = PostingDocs(arrays, "headline")
        self._headline_ends = memoryview(cast(Any, arrays["headline_posting_ends"]))
        self.folded_terms = memoryview(cast(Any, arrays["folded_class"]))
        self.folded_first = memoryview(cast(Any, arrays["folded_first"]))
        self.folded_stop = memoryview(cast(Any, arrays["folded_stop"]))

    def _check_structure(self) -> None:
        """Raise `CorruptIndexError` if sizes do not fit together; reads one value of each array of ends."""
        arrays = self.arrays
        sizes = {name: len(values) for name, values in arrays.items()}
        for name, table in (
            ("classes", self.terms), ("forms", self.forms), ("folded", self.folded), ("meta_classes", self.meta_terms),
            ("ids", self.ids), ("headlines", self.headlines),
        ):  # fmt: skip
            sizes[name] = len(table)
        for name, others in _PARALLEL.items():
            for other in others:
                if sizes[other] != sizes[name]:
                    raise self.file.corrupt(f"has {sizes[other]:,} values of {other} for {sizes[name]:,} {name}")
        for ends, name in _ENDS.items():
            last = int(arrays[ends][-1]) if sizes[ends] else 0
            if last != sizes[name]:
                raise self.file.corrupt(f"has {sizes[name]:,} {name}, but {ends} ends at {last:,}")
        if sizes.get("article_crcs", self.count) != self.count:
            raise self.file.corrupt(f"has {sizes['article_crcs']:,} checksums for {self.count:,} articles")
        if sizes["signatures"] != self.count * BINS:
            raise self.file.corrupt(f"has {sizes['signatures']:,} bytes of signatures for {self.count:,} articles")
        for name in ("text", "meta"):
            stream = sizes["stream" if name == "text" else "meta_stream"]
            counts = [arrays[f"{name}_wide_{zone}"].sum(dtype=np.float64) for zone in ("headline", "body")]
            if sum(counts) > stream:
                raise self.file.corrupt(f"has {name} postings with more occurrences than there are words")
        for name in _NARROW:
            if arrays[name].itemsize > 4:
                raise self.file.corrupt(f"has {name} wider than 4 bytes")

    def forms_of_term(self, term: int) -> tuple[int, int]:
        """The half-open range of a term's surface forms in `forms`."""
        return (self.form_ends[term - 1] if term else 0), self.form_ends[term]

    def headline_postings(self, term: int) -> tuple[Ints, Array]:
        """The documents with a term in the headline, and its occurrences in each headline."""
        ends = self._headline_ends
        first, stop = (ends[term - 1] if term else 0), ends[term]
        return self.headline_docs.between(first, stop), self.arrays["headline_counts"][first:stop]

    def forms_of_folded(self, number: int) -> tuple[int, int]:
        """The half-open range of a folded form's surface forms in `forms`."""
        first, _ = self.forms_of_term(self.folded_terms[number])
        return first + self.folded_first[number], first + self.folded_stop[number]

    def folded_range(self, number: int) -> FormRange:
        """The surface forms of a folded form, as numbers of the forward index."""
        term, ends = self.folded_terms[number], self.form_ends
        first, stop = (ends[term - 1] if term else 0), ends[term]
        low, high = self.folded_first[number], self.folded_stop[number]
        return FormRange(term, first + low + 1, first + high + 1, high - low == stop - first)

    @cached_property
    def form_terms(self) -> Ints:
        """The term of each surface form."""
        ends = np.asarray(self.form_ends, np.intp)
        return np.arange(len(ends)).repeat(np.diff(ends, prepend=0))

    @cached_property
    def lengths(self) -> tuple[Int64s, Int64s]:
        """The number of words in the headline and in the body of each document; together they fill the forward index.

        What is computed from lengths is as large as their sum, so they are checked when they are first used.
        """
        headline, body = self.arrays["headline_words"].astype(np.int64), self.arrays["body_words"].astype(np.int64)
        if int(headline.sum() + body.sum()) + 2 * self.count + 1 != len(self.arrays["stream"]):
            raise self.file.corrupt("has lengths of articles that do not fit its forward index")
        return headline, body

    @cached_property
    def days(self) -> tuple[Array, Array]:
        """The arrays `day_start` and `day_stop`; what counts days takes memory up to the greatest, so it is checked."""
        days = self.arrays["day_start"], self.arrays["day_stop"]
        if max(int(each.max(initial=0)) for each in days) > _MAX_DAY_STOP:
            raise self.file.corrupt("has a date outside of the calendar")
        return days

    @property
    def begins_paragraph(self) -> Bools:
        """Whether each sentence begins a paragraph."""
        return unpack_bits(self.arrays["paragraphs"], len(self.sentence_starts))

    @cached_property
    def sentence_starts(self) -> Ints:
        """The position of each sentence."""
        return sentence_starts(self.arrays["sentences"])

    @cached_property
    def paragraph_starts(self) -> Ints:
        """The position of each paragraph."""
        return self.sentence_starts[self.begins_paragraph]

    @cached_property
    def lead_stops(self) -> Ints:
        """The position after the first paragraph of each document's body."""
        paragraphs = self.paragraph_starts
        _, body = self.lengths
        begins = self.headline_ends + 1
        after = np.searchsorted(paragraphs, begins, side="right")
        stops = begins + body
        within = after < len(paragraphs)
        stops[within] = np.minimum(stops[within], paragraphs[after[within]])
        return stops

    @cached_property
    def value_docs(self) -> Ints:
        """The document of each of `doc_values`, ascending."""
        ends = self.arrays["doc_values_ends"].astype(np.intp)
        return np.arange(self.count).repeat(np.diff(ends, prepend=0))

    def field_values(self, field: str) -> tuple[range, Array, Ints]:
        """The numbers of a field's values; of each occurrence of one, its number and its document, ascending."""
        here = self.values.prefix_range(f"{field}\x1f")
        numbers = self.arrays["doc_values"]
        at = ((numbers >= here.start) & (numbers < here.stop)).nonzero()[0]
        return here, numbers.take(at), self.value_docs.take(at)

    def value(self, number: int) -> str:
        """A value by its number, without its field."""
        name: str = self.values[number]
        return name.partition("\x1f")[2]

    @cached_property
    def headline_ends(self) -> Ints:
        """The position after the headline of each document."""
        found: Ints = self.arrays["doc_starts"].astype(np.intp)
        found += self.arrays["headline_words"]
        return found

    def find(self, id: str) -> Iterator[int]:
        """The documents with an id: none or one, unless several were added before one was deleted."""
        wanted = doc_store.id_hash(id.encode(errors="surrogatepass"))
        hashes = self.arrays["id_hashes"]
        at = int(np.searchsorted(hashes, np.uint64(wanted)))
        while at < self.count and int(hashes[at]) == wanted:
            doc = int(self.arrays["id_order"][at])
            if self.ids[doc] == id:
                yield doc
            at += 1

    def find_all(self, ids: Sequence[bytes], hashes: npt.NDArray[np.uint64], live: Bools | None) -> Ints:
        """The documents with some ids, given with their hashes, ascending; `live` leaves out deleted documents."""
        known = self.arrays["id_hashes"]
        first, stop = known.searchsorted(hashes), known.searchsorted(hashes, "right")
        wanted = np.repeat(np.arange(len(hashes)), stop - first)  # usually one document a hash
        steps = np.arange(len(wanted)) - np.repeat((stop - first).cumsum() - (stop - first), stop - first)
        docs = self.arrays["id_order"].take(first.take(wanted) + steps).astype(np.intp)
        raw = self.ids.raw
        same = [raw(doc) == ids[at] for doc, at in zip(docs.tolist(), wanted.tolist(), strict=True)]
        docs = docs[np.array(same, np.bool_)]
        return np.unique(docs if live is None else docs[live.take(docs)])

    def find_terms(self, stem: str) -> list[int]:
        """The numbers of the terms with a stem, one for each language that has it."""
        terms = [self.terms.find(join_term(stem, language)) for language in self.languages]
        return [term for term in terms if term >= 0]
