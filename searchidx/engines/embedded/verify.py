"""Find damage in an index: every checksum, and every reference from one array to another.

Checksums find damaged files. Cross-references find an index that a bug or an attacker wrote with valid checksums.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import zstandard

from searchidx.engines.embedded import doc_store
from searchidx.engines.embedded.array_types import Array
from searchidx.engines.embedded.inverted_index import HEADLINE_COUNTS, InvertedIndex
from searchidx.engines.embedded.manifest import MANIFEST_COPY, Manifest, read_checked_file, read_manifest
from searchidx.engines.embedded.minhash import signatures
from searchidx.engines.embedded.segment import Segment, unpack_bits
from searchidx.errors import SearchidxError
from searchidx.folding import fold

_DAMAGE_SIGNS = (
    IndexError, KeyError, ValueError, TypeError, OverflowError, MemoryError, RecursionError, struct.error,
    zstandard.ZstdError,
)  # fmt: skip


def iter_damage(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Read everything; yields a line for each damage, naming the file."""
    hashes: list[Array] = []
    for is_former, entry in (
        *((False, each) for each in manifest.segments),
        *((True, each) for each in manifest.former),
    ):
        name = str(entry["file"])
        try:
            segment = Segment(folder, entry)
            damaged = list(segment.file.verify())
            yield from damaged
            live = np.ones(segment.count, np.bool_)
            if entry["deleted"]:
                bits = np.frombuffer(read_checked_file(folder, entry["deleted"]), np.uint8)
                live = ~unpack_bits(bits, segment.count)
                deleted, expected = int(np.count_nonzero(~live)), entry["deleted"]["articles"]
                if deleted != expected:
                    yield f"{name}: {deleted:,} articles are deleted, but the manifest states {expected:,}"
            if not damaged:
                yield from (f"{name}: {damage}" for damage in _check_segment(segment, entry))
                order = segment.arrays["id_order"].astype(np.intp)
                if not is_former:  # an article may have several former texts
                    hashes.append(segment.arrays["id_hashes"][live.take(order)])
        except SearchidxError as error:
            yield str(error)
        except _DAMAGE_SIGNS as error:
            yield f"{name}: its arrays do not fit together ({error})"
    if manifest.user_data:
        try:
            read_checked_file(folder, manifest.user_data)
        except SearchidxError as error:
            yield str(error)
    if (folder / MANIFEST_COPY).exists():  # an index of an earlier version has none
        try:
            copy = read_manifest(folder, of_other_rules=True, name=MANIFEST_COPY)
            if copy.generation < manifest.generation or (copy.generation == manifest.generation and copy != manifest):
                yield f"{folder / MANIFEST_COPY} is of another commit; the next commit writes it again"
        except SearchidxError as error:
            yield str(error)
    all_hashes = np.sort(np.concatenate(hashes)) if hashes else np.zeros(0, np.uint64)
    duplicates = int(np.count_nonzero(all_hashes[1:] == all_hashes[:-1]))
    if duplicates:
        yield f"{folder}: {duplicates:,} ids name more than one article"


def _check_segment(segment: Segment, entry: dict[str, Any]) -> Iterator[str]:
    arrays, count = segment.arrays, segment.count
    if count != entry["articles"]:
        yield f"holds {count:,} articles, not {entry['articles']:,}"
    for name in ("headline_words", "body_words"):
        if int(arrays[name].sum(dtype=np.int64)) != entry[name]:
            yield f"{name} do not add up to the number in the manifest"
    for name in ("ids", "headlines"):
        yield from _check_ends(name, arrays[f"{name}_bounds"], len(arrays[name]))
    yield from _check_ends("form_ends", arrays["form_ends"], len(segment.forms))
    yield from _check_ends("blocks", arrays["block_ends"], len(arrays["blocks"]))
    yield from _check_ends("block_docs", arrays["block_docs"], count)
    yield from _check_ends("dictionaries", arrays["dictionary_ends"], len(arrays["dictionaries"]))
    for name, table in (
        ("classes", segment.terms),
        ("meta_classes", segment.meta_terms),
        ("folded", segment.folded),
    ):
        strings = table.raw_list()
        if any(a > b if name == "folded" else a >= b for a, b in pairwise(strings)):
            yield f"{name} do not ascend"
        if any(table.find(string.decode()) < 0 for string in strings):
            yield f"{name}_lookup does not find every string of {name}"
    yield from _check_values(segment)
    yield from _check_folded_forms(segment)
    yield from _check_sentences(segment)
    damage = list(_check_forward_index(segment))
    yield from damage
    if not damage:
        yield from _check_signatures(segment)
    yield from (f"text_{damage}" for damage in _check_postings(segment.text, len(segment.terms), count))
    yield from _check_headlines(segment)
    yield from (f"meta_{damage}" for damage in _check_postings(segment.meta, len(segment.meta_terms), count))
    hashes = doc_store.id_hashes(map(segment.ids.raw, arrays["id_order"].tolist()))
    if not np.array_equal(hashes, arrays["id_hashes"]) or (np.diff(hashes.astype(object)) < 0).any():
        yield "id_hashes are not the hashes of the ids"
    first = 0
    for number, stop in enumerate(segment.block_docs):
        if len(segment.records(number)) != stop - first:
            yield f"block {number} does not hold {stop - first} articles"
        first = stop
    for doc in range(count):
        segment.date(doc)


def _check_ends(name: str, ends: Array, size: int) -> Iterator[str]:
    if (ends[1:] < ends[:-1]).any() or (int(ends[-1]) if len(ends) else 0) != size:
        yield f"{name}: the ends do not ascend to {size:,}"


def _check_values(segment: Segment) -> Iterator[str]:
    """Facet values ascend, and each is used."""
    arrays = segment.arrays
    yield from _check_ends("doc_values", arrays["doc_values_ends"], len(arrays["doc_values"]))
    values = segment.values.raw_list()
    if any(a >= b for a, b in pairwise(values)):
        yield "values do not ascend"
    if not np.array_equal(np.unique(arrays["doc_values"]), np.arange(len(values))):
        yield "doc_values do not use each value"


def _check_signatures(segment: Segment) -> Iterator[str]:
    """Signatures are those of the bodies."""
    term_hashes = np.fromiter(map(zlib.crc32, segment.terms.raw_list()), np.uint64)
    tokens = np.append(np.uint64(0), term_hashes.take(segment.form_terms)).take(segment.arrays["stream"])
    _, body = segment.lengths
    if not np.array_equal(signatures(tokens, segment.headline_ends + 1, body), segment.arrays["signatures"]):
        yield "signatures are not those of the bodies"


def _check_folded_forms(segment: Segment) -> Iterator[str]:
    """Folded forms are those of the surface forms, each with its term and range."""
    expected: dict[tuple[bytes, int], list[int]] = {}
    first = 0
    forms = segment.forms.raw_list()
    for term, stop in enumerate(segment.form_ends):
        for form in range(first, stop):
            key = fold(forms[form].decode()).encode(), term
            expected.setdefault(key, [form - first, form - first])[1] = form - first + 1
        first = stop
    columns = (segment.folded.raw_list(), segment.folded_terms, segment.folded_first, segment.folded_stop)
    found = {(name, term): [low, high] for name, term, low, high in zip(*columns, strict=True)}
    if found != expected:
        yield "folded forms are not those of the surface forms"


def _check_sentences(segment: Segment) -> Iterator[str]:
    """Sentences ascend and begin at words; the first of a zone begins a paragraph."""
    starts = segment.sentence_starts
    if len(segment.arrays["paragraphs"]) != (len(starts) + 7) // 8:
        yield "paragraphs has not one bit for each sentence"
    if (np.diff(starts) <= 0).any() or (segment.arrays["stream"].take(starts) == 0).any():
        yield "sentences do not ascend, or begin at an empty slot"
        return
    headline, body = segment.lengths
    begins = segment.arrays["doc_starts"].astype(np.int64)
    zones = np.concatenate([begins[headline > 0], (begins + headline + 1)[body > 0]])
    if not np.isin(zones, starts[segment.begins_paragraph]).all():
        yield "a zone does not begin with a paragraph"


def _check_forward_index(segment: Segment) -> Iterator[str]:
    """Every document is its headline, an empty slot, its body, an empty slot."""
    arrays = segment.arrays
    forward_index = arrays["stream"]
    headline, body = segment.lengths
    lengths = headline + body + 2
    starts = 1 + np.cumsum(lengths) - lengths
    if not np.array_equal(starts, arrays["doc_starts"]) or len(forward_index) != 1 + int(lengths.sum()):
        yield "doc_starts do not fit the lengths of the documents"
        return
    slots = np.sort(np.concatenate([[0], starts + headline, starts + lengths - 1]))
    if not np.array_equal(slots, np.flatnonzero(forward_index == 0)):
        yield "stream: the empty slots are not where zones end"
    if int(forward_index.max(initial=0)) > len(segment.forms):
        yield "stream holds a number beyond the last of forms"


def _check_headlines(segment: Segment) -> Iterator[str]:
    """The postings of headlines are those of the text with an occurrence in the headline."""
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
            yield f"headline_{name} do not agree with the postings of the text"


def _check_postings(inverted: InvertedIndex, terms: int, documents: int) -> Iterator[str]:
    """Postings ascend, and each occurrence is in the forward index."""
    ends = np.asarray(inverted.posting_ends, np.int64)
    occurrence_ends = np.asarray(inverted.occurrence_ends, np.int64)
    yield from _check_ends("posting_ends", ends, len(inverted))
    yield from _check_ends("occurrence_ends", occurrence_ends, len(inverted.positions))
    docs = inverted.docs(0, len(inverted))
    if len(docs) and int(docs.max()) >= documents:
        yield f"docs holds a number beyond the last of {documents:,} documents"
        return
    for term in range(terms):
        docs, frequencies, positions = inverted.read_term(term)
        if (np.diff(docs) <= 0).any() or len(positions) != int(frequencies.sum()):
            yield f"the postings of term {term} do not ascend"
            return
        if not inverted.all_forms(term).contains(inverted.forward_index.take(positions)).all():
            yield f"the occurrences of term {term} are not in the forward index"
            return
    if int(np.count_nonzero(inverted.forward_index)) != len(inverted.positions):
        yield "the forward index has more words than there are occurrences"
