"""What is wrong with an index: every checksum, and every reference from one array to another.

Checksums find damage; the cross-references find an index that was written wrong, or made up.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from searchidx.analysis import fold
from searchidx.engines.embedded import doc_store
from searchidx.engines.embedded.manifest import Manifest, read_checked
from searchidx.engines.embedded.minhash import signatures
from searchidx.engines.embedded.segment import HEADLINE_COUNTS, Inverted, Segment, unpack_bits
from searchidx.errors import SearchidxError

__all__ = ["findings"]

Array = npt.NDArray[Any]
_PIECE = 1 << 20
_FAULTS = (
    IndexError, KeyError, ValueError, TypeError, OverflowError, MemoryError, RecursionError, struct.error,
    zstandard.ZstdError,
)  # fmt: skip


def findings(folder: Path, manifest: Manifest) -> Iterator[str]:
    """A line for each thing that is wrong, naming the file; reads everything."""
    hashes: list[Array] = []
    for about in manifest.segments:
        name = str(about["file"])
        try:
            segment = Segment(folder, about)
            damaged = list(segment.file.verify())
            yield from damaged
            live = np.ones(segment.count, np.bool_)
            if about["deleted"]:
                bits = np.frombuffer(read_checked(folder, about["deleted"]), np.uint8)
                live = ~unpack_bits(bits, segment.count)
                if int(np.count_nonzero(~live)) != about["deleted"]["articles"]:
                    yield f"{name}: not so many articles are deleted as the manifest says"
            if not damaged:
                yield from (f"{name}: {finding}" for finding in _segment(segment, about))
                found = segment.arrays["id_hashes"]
                hashes.append(found[live.take(segment.arrays["id_order"].astype(np.intp))])
        except SearchidxError as error:
            yield str(error)
        except _FAULTS as error:
            yield f"{name}: its arrays do not fit together ({error})"
    if manifest.state:
        try:
            read_checked(folder, manifest.state)
        except SearchidxError as error:
            yield str(error)
    all_hashes = np.sort(np.concatenate(hashes)) if hashes else np.zeros(0, np.uint64)
    twice = int(np.count_nonzero(all_hashes[1:] == all_hashes[:-1]))
    if twice:
        yield f"{folder}: {twice} ids name more than one article"


def _segment(segment: Segment, about: dict[str, Any]) -> Iterator[str]:
    arrays, count = segment.arrays, segment.count
    if count != about["articles"]:
        yield f"holds {count} articles, not {about['articles']}"
    for name in ("headline_words", "body_words"):
        if int(arrays[name].sum(dtype=np.int64)) != about[name]:
            yield f"{name} do not add up to what the manifest says"
    for name in ("ids", "headlines"):
        yield from _ends(name, arrays[f"{name}_bounds"], len(arrays[name]))
    yield from _ends("form_ends", arrays["form_ends"], len(segment.forms))
    yield from _ends("blocks", arrays["block_ends"], len(arrays["blocks"]))
    yield from _ends("block_docs", arrays["block_docs"], count)
    yield from _ends("dictionaries", arrays["dictionary_ends"], len(arrays["dictionaries"]))
    if len(arrays["block_dictionaries"]) != len(arrays["block_docs"]):
        yield "there are not as many block_dictionaries as blocks"
    for name in ("classes", "meta_classes", "folded"):
        listed = getattr(segment, name).listed()
        if any(a > b if name == "folded" else a >= b for a, b in pairwise(listed)):
            yield f"{name} do not ascend"
        if any(getattr(segment, name).find(string.decode()) < 0 for string in listed):
            yield f"{name}_lookup does not find every one of {name}"
    yield from _values(segment)
    yield from _folded(segment)
    yield from _sentences(segment)
    stream = list(_stream(segment))
    yield from stream
    if not stream:
        yield from _signatures(segment)
    yield from (f"text_{finding}" for finding in _inverted(segment.text, len(segment.classes), count))
    yield from _headlines(segment)
    yield from (f"meta_{finding}" for finding in _inverted(segment.meta, len(segment.meta_classes), count))
    order = arrays["id_order"].astype(np.intp)
    hashes = doc_store.id_hashes(map(segment.ids.raw, order.tolist()))
    if not np.array_equal(hashes, arrays["id_hashes"]) or (np.diff(hashes.astype(object)) < 0).any():
        yield "id_hashes are not those of the ids"
    first = 0
    for number, stop in enumerate(segment.block_docs):
        if len(segment.records(number)) != stop - first:
            yield f"block {number} does not hold {stop - first} articles"
        first = stop
    for doc in range(count):
        segment.date(doc)


def _values(segment: Segment) -> Iterator[str]:
    """What hits are counted by ascends, is used, and each document has some of it."""
    arrays = segment.arrays
    yield from _ends("doc_values", arrays["doc_values_ends"], len(arrays["doc_values"]))
    listed = segment.values.listed()
    if any(a >= b for a, b in pairwise(listed)):
        yield "values do not ascend"
    if not np.array_equal(np.unique(arrays["doc_values"]), np.arange(len(listed))):
        yield "doc_values are not those of the values"


def _signatures(segment: Segment) -> Iterator[str]:
    """The signatures are those of the bodies."""
    stems = np.fromiter(map(zlib.crc32, segment.classes.listed()), np.uint64)
    tokens = np.append(np.uint64(0), stems.take(segment.owners)).take(segment.arrays["stream"])
    _, body = segment.lengths
    if not np.array_equal(signatures(tokens, segment.headline_ends + 1, body), segment.arrays["signatures"]):
        yield "the signatures are not those of the bodies"


def _folded(segment: Segment) -> Iterator[str]:
    """The folded spellings are those of the forms, each with its class and range."""
    expected: dict[tuple[bytes, int], list[int]] = {}
    first = 0
    forms = segment.forms.listed()
    for number, stop in enumerate(segment.form_ends):
        for form in range(first, stop):
            place = expected.setdefault((fold(forms[form].decode()).encode(), number), [form - first, form - first])
            place[1] = form - first + 1
        first = stop
    columns = (segment.folded.listed(), segment.folded_class, segment.folded_first, segment.folded_stop)
    found = {(name, number): [low, high] for name, number, low, high in zip(*columns, strict=True)}
    if found != expected:
        yield "the folded spellings are not those of the forms"


def _sentences(segment: Segment) -> Iterator[str]:
    """Sentences ascend and begin at words; the first of a zone begins a paragraph."""
    starts = segment.sentence_starts
    if len(segment.arrays["paragraphs"]) != (len(starts) + 7) // 8:
        yield "there are not as many paragraphs as sentences"
    if (np.diff(starts) <= 0).any() or (segment.arrays["stream"].take(starts) == 0).any():
        yield "the sentences do not ascend, or begin where no word is"
        return
    headline, body = segment.lengths
    begins = segment.arrays["doc_starts"].astype(np.int64)
    zones = np.concatenate([begins[headline > 0], (begins + headline + 1)[body > 0]])
    if not np.isin(zones, starts[segment.begin_paragraphs]).all():
        yield "a zone does not begin with a paragraph"


def _ends(name: str, ends: Array, last: int) -> Iterator[str]:
    if (ends[1:] < ends[:-1]).any() or (int(ends[-1]) if len(ends) else 0) != last:
        yield f"{name} do not end where they should"


def _stream(segment: Segment) -> Iterator[str]:
    """Every document is its headline, an empty slot, its body, an empty slot."""
    arrays = segment.arrays
    stream = arrays["stream"]
    headline, body = segment.lengths
    lengths = headline + body + 2
    starts = 1 + np.cumsum(lengths) - lengths
    if not np.array_equal(starts, arrays["doc_starts"]) or len(stream) != 1 + int(lengths.sum()):
        yield "doc_starts do not fit the lengths of the documents"
        return
    slots = np.sort(np.concatenate([[0], starts + headline, starts + lengths - 1]))
    if not np.array_equal(slots, np.flatnonzero(stream == 0)):
        yield "the stream has empty slots where there should be words, or words where there should be none"
    if int(stream.max(initial=0)) > len(segment.forms):
        yield "the stream has words of no form"


def _headlines(segment: Segment) -> Iterator[str]:
    """The list of headlines is what the postings say of them."""
    text = segment.text
    headline = HEADLINE_COUNTS.take(text.counts)
    headline[text.wide_postings] = text.wide_headline
    places = np.flatnonzero(headline)
    ends = places.searchsorted(np.asarray(text.posting_ends, np.int64))
    docs = segment.headline_docs.between(0, len(segment.headline_docs))
    for name, found, expected in (
        ("docs", docs, text.docs_at(places)),
        ("counts", segment.arrays["headline_counts"], headline.take(places)),
        ("posting_ends", segment.arrays["headline_posting_ends"], ends),
    ):
        if not np.array_equal(found, expected):
            yield f"headline_{name} are not those of the postings"


def _inverted(inverted: Inverted, classes: int, documents: int) -> Iterator[str]:
    """Postings ascend, and each occurrence stands in the stream where it should."""
    ends = np.asarray(inverted.posting_ends, np.int64)
    occurrence_ends = np.asarray(inverted.occurrence_ends, np.int64)
    yield from _ends("posting_ends", ends, len(inverted))
    yield from _ends("occurrence_ends", occurrence_ends, len(inverted.positions))
    if len(ends) != classes or len(occurrence_ends) != classes or len(inverted.counts) != len(inverted):
        yield "postings are not those of the classes"
        return
    docs = inverted.docs(0, len(inverted))
    if len(docs) and int(docs.max()) >= documents:
        yield "docs name documents that there are none of"
        return
    for number in range(classes):
        docs, counts, positions = inverted.spread(number)
        if (np.diff(docs) <= 0).any() or len(positions) != int(counts.sum()):
            yield f"the postings of class {number} do not ascend"
            return
        if not inverted.spec(number).stands(inverted.stream.take(positions)).all():
            yield f"the occurrences of class {number} are not in the stream"
            return
    if int(np.count_nonzero(inverted.stream)) != len(inverted.positions):
        yield "the stream has more words than there are occurrences"
