"""A batch of articles to a segment file.

Tokens become numbers (`tokenizing`), are sorted by class, document and position in one sort of packed integers, and
fall into postings where class or document change. The arrays written here are described in `segment`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from searchidx.article import Article
from searchidx.engines.embedded import storing
from searchidx.engines.embedded.layout import SegmentFileWriter, type_for
from searchidx.engines.embedded.segment import LOWER_BITS, MAX_BODY, WIDE, is_wide
from searchidx.engines.embedded.signatures import signatures
from searchidx.engines.embedded.tokenizing import Streams, Tokenizer
from searchidx.engines.plain import facet_values
from searchidx.schema import FIELDS, FieldKind, terms_of

__all__ = ["Builder", "put_docs", "put_encoded", "put_folded", "put_vocabulary"]

META_FIELDS = tuple(
    field.name
    for field in FIELDS.values()
    if field.kind in (FieldKind.WORDS, FieldKind.VALUE) and field.name not in ("id", "precision")
)
"""The fields with postings of their own; ids are looked up by hash, precision is a column."""
_ATTRIBUTES = tuple((field, "keywords" if field == "keyword" else field) for field in META_FIELDS)
VALUE_FIELDS = ("source", "section", "language", "byline", "keyword")
"""The fields whose values are kept whole, to count hits by; dates are columns."""
_LOWER = re.compile("[a-z]")

Ints = npt.NDArray[np.int64]
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Postings:
    """The inverted list of a batch: arrays over classes, postings and occurrences, in that order of ascent."""

    posting_ends: Ints  # by class
    occurrence_ends: Ints  # by class
    docs: Ints  # by posting
    headline: Ints  # by posting: occurrences in the headline
    body: Ints  # by posting: occurrences in the body
    positions: Ints  # by occurrence, within the document


class Builder:
    """Builds segments; what it learned of the vocabulary in one serves the next."""

    def __init__(self) -> None:
        self._tokenizer = Tokenizer()

    def build(self, articles: Sequence[Article], path: Path) -> dict[str, Any]:
        """Write the articles as the segment `path`; returns what the manifest says of it."""
        file = SegmentFileWriter(path)
        try:
            streams = self._tokenizer(articles)
            headline_words, body_words = self._put_text(file, streams, len(articles))
            del streams
            self._put_meta(file, articles)
            _put_values(file, articles)
            self._put_columns(file, articles)
            self._put_stored(file, articles)
            return file.finish(articles=len(articles), headline_words=headline_words, body_words=body_words)
        except BaseException:
            file.abandon()
            raise

    def _put_text(self, file: SegmentFileWriter, streams: Streams, count: int) -> tuple[int, int]:
        used = np.flatnonzero(np.bincount(streams.forms, minlength=1))
        used = used[used > 0]
        named = sorted(((streams.spellings[n], n) for n in used.tolist()), key=lambda item: item[0][::-1])
        # named: ((printed, folded, stem), number), ascending by stem, folded, printed.
        classes: list[str] = []
        class_of = np.zeros(int(used[-1]) + 1 if len(used) else 1, np.int64)
        form_of = np.zeros_like(class_of)
        form_starts = [0]
        folded: list[tuple[bytes, int]] = []
        for at, ((_, plain, stem), number) in enumerate(named):
            if not classes or classes[-1] != stem:
                if classes:
                    form_starts.append(at)
                classes.append(stem)
            class_of[number] = len(classes)
            form = at - form_starts[-1]
            form_of[number] = form
            folded.append((plain.encode(), len(classes) - 1))
        ends = streams.zone_ends
        starts = np.concatenate([[0], ends[1::2] + 1])[:count] if count else np.zeros(0, np.int64)
        headline_words = ends[0::2] - starts
        body_words = ends[1::2] - ends[0::2] - 1
        docs = np.repeat(np.arange(count), ends[1::2] + 1 - starts)
        positions = np.arange(len(streams.forms)) - np.repeat(starts, ends[1::2] + 1 - starts)
        stream_classes = class_of.take(streams.forms)
        words = np.flatnonzero(stream_classes)
        postings = invert(stream_classes[words] - 1, docs[words], positions[words], len(classes), headline_words)
        put_vocabulary(file, "classes", [name.encode() for name in classes])
        file.put("form_ends", np.array([*form_starts[1:], len(named)] if classes else [], np.int64))
        put_strings(file, "forms", [spelling[0] for spelling, _ in named])
        put_folded(file, folded, form_starts)
        put_postings(file, "text", postings, count)
        stems = np.fromiter((zlib.crc32(name.encode()) for name in ["", *classes]), np.uint64, len(classes) + 1)
        file.put("signatures", signatures(stems.take(stream_classes), ends[0::2] + 1, body_words), "u1")
        file.put("stream", np.concatenate([[0], stream_classes]))
        file.put("stream_forms", np.concatenate([[0], form_of.take(streams.forms)]))
        file.put("doc_starts", starts + 1)
        file.put("headline_words", headline_words)
        file.put("body_words", body_words)
        file.put("sentences", streams.sentences + 1)
        file.put("paragraphs", np.packbits(streams.paragraphs, bitorder="little"), "u1")
        return int(headline_words.sum()), int(body_words.sum())

    def _put_meta(self, file: SegmentFileWriter, articles: Sequence[Article]) -> None:
        numbers: dict[str, int] = {}
        stream: list[int] = []  # 0 is the empty slot between fields
        ends: list[int] = []
        for article in articles:
            for field, attribute in _ATTRIBUTES:
                if not getattr(article, attribute):
                    continue
                at = len(stream)
                for term in terms_of(article, field):
                    number = numbers.setdefault(f"{field}\x1f{term}", len(numbers) + 1)
                    stream.append(number)
                if len(stream) > at:
                    stream.append(0)
            ends.append(len(stream))
        names = sorted(numbers)
        rank = np.zeros(len(names) + 1, np.int64)
        rank[[numbers[name] for name in names]] = np.arange(1, len(names) + 1)
        classes = rank.take(np.array(stream, np.int64))
        doc_ends = np.array(ends, np.int64)
        starts = np.concatenate([[0], doc_ends])[:-1]
        docs = np.repeat(np.arange(len(articles)), doc_ends - starts)
        positions = np.arange(len(classes)) - np.repeat(starts, doc_ends - starts)
        words = np.flatnonzero(classes)
        none = np.zeros(len(articles), np.int64)
        put_vocabulary(file, "meta_classes", [name.encode() for name in names])
        postings = invert(classes[words] - 1, docs[words], positions[words], len(names), none)
        put_postings(file, "meta", postings, len(articles))
        file.put("meta_stream", np.concatenate([[0], classes]))
        file.put("meta_doc_starts", starts + 1)

    def _put_columns(self, file: SegmentFileWriter, articles: Sequence[Article]) -> None:
        rows = np.zeros((5, len(articles)), np.int64)
        for doc, article in enumerate(articles):
            date = article.date
            if date is not None:
                days = date.days
                first, time = date.sort_key
                zone = None if date.time is None else date.time.utcoffset()
                rows[:, doc] = (
                    first,
                    days.stop,
                    0 if date.time is None else time + 1,
                    0 if zone is None else zone.days * 86_400 + zone.seconds + 86_401,
                    date.precision,
                )
        shouting = [
            _LOWER.search(article.headline) is None and not any(map(str.islower, article.headline))
            for article in articles
        ]
        file.put("shouting", np.array(shouting, np.uint8))
        for name, column in zip(("day_start", "day_stop", "time", "zone", "precision"), rows, strict=True):
            file.put(name, column)

    def _put_stored(self, file: SegmentFileWriter, articles: Sequence[Article]) -> None:
        put_strings(file, "ids", [article.id for article in articles])
        put_strings(file, "headlines", [article.headline for article in articles])
        hashes = np.array([storing.id_hash(article.id) for article in articles], np.uint64)
        order = np.argsort(hashes, kind="stable")
        file.put("id_hashes", hashes[order], "u8")
        file.put("id_order", order)
        blocks = storing.BlockWriter()
        file.stream("blocks", "u1", [*blocks.add([storing.line(article) for article in articles]), *blocks.rest()])
        file.put("block_ends", np.array(blocks.ends, np.int64))
        file.put("block_docs", np.array(blocks.docs, np.int64))


def invert(classes: Ints, docs: Ints, positions: Ints, count: int, headline_words: Ints) -> Postings:
    """Occurrences in document order to postings: one sort of packed integers (ENGINE: 9-12 ns a token).

    `classes`, `docs` and `positions` (within the document) are those of each occurrence; `count` is the number of
    classes; `headline_words` tells of each document how many positions its headline takes.
    """
    if not len(classes):
        none = np.zeros(0, np.int64)
        return Postings(np.zeros(count, np.int64), np.zeros(count, np.int64), none, none, none, none)
    position_bits = int(positions.max()).bit_length()
    doc_bits = int(docs[-1]).bit_length()
    if position_bits + doc_bits + count.bit_length() > 64:
        raise OverflowError("the batch is too large to invert")  # 2^30 words in one of 10,000 articles
    keys = classes.astype(np.uint64)
    keys <<= np.uint64(doc_bits)
    keys |= docs.astype(np.uint64)
    keys <<= np.uint64(position_bits)
    keys |= positions.astype(np.uint64)
    keys.sort()
    positions = (keys & np.uint64((1 << position_bits) - 1)).astype(np.int64)
    keys >>= np.uint64(position_bits)
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    found = keys[starts]
    docs = (found & np.uint64((1 << doc_bits) - 1)).astype(np.int64)
    posting_classes = (found >> np.uint64(doc_bits)).astype(np.int64)
    counts = np.diff(np.concatenate([starts, [len(keys)]]))
    in_headline = positions < np.repeat(headline_words.take(docs), counts)
    headline = np.add.reduceat(in_headline, starts, dtype=np.int64)
    per_class = np.bincount(posting_classes, minlength=count)
    occurrences = np.bincount(posting_classes, counts, minlength=count).astype(np.int64)
    return Postings(np.cumsum(per_class), np.cumsum(occurrences), docs, headline, counts - headline, positions)


def put_strings(file: SegmentFileWriter, name: str, strings: Iterable[str]) -> None:
    """Add strings: their UTF-8 one after the other as `name`, and where each ends as `name_ends`."""
    put_encoded(file, name, [string.encode() for string in strings])


def put_encoded(file: SegmentFileWriter, name: str, encoded: Sequence[bytes]) -> None:
    """The same of strings that are UTF-8 already."""
    file.put_bytes(name, b"".join(encoded))
    file.put(f"{name}_ends", np.cumsum([len(e) for e in encoded], dtype=np.int64), "u4" if not encoded else None)


def _put_values(file: SegmentFileWriter, articles: Sequence[Article]) -> None:
    """Add what hits are counted by."""
    names: dict[str, int] = {}
    listed: list[int] = []
    ends: list[int] = []
    for article in articles:
        for field in VALUE_FIELDS:
            values = facet_values(article, field)
            listed += [names.setdefault(f"{field}\x1f{value}", len(names)) for value in values]
        ends.append(len(listed))
    ordered = sorted((name.encode(), number) for name, number in names.items())
    rank = np.zeros(len(names), np.int64)
    rank[[number for _, number in ordered]] = np.arange(len(names))
    put_encoded(file, "values", [name for name, _ in ordered])
    file.put("doc_values", rank.take(np.array(listed, np.int64)))
    file.put("doc_values_ends", np.array(ends, np.int64))


def put_vocabulary(file: SegmentFileWriter, name: str, encoded: Sequence[bytes]) -> None:
    """Add distinct strings with a hash table: their numbers by bucket as `name_lookup`, and where each bucket ends."""
    put_encoded(file, name, encoded)
    buckets = 1 << max(len(encoded) - 1, 0).bit_length()
    hashes = np.fromiter(map(zlib.crc32, encoded), np.int64, len(encoded)) & (buckets - 1)
    file.put(f"{name}_lookup", np.argsort(hashes, kind="stable"))
    file.put(f"{name}_lookup_ends", np.cumsum(np.bincount(hashes, minlength=buckets)))


def put_folded(file: SegmentFileWriter, spellings: Sequence[tuple[bytes, int]], form_starts: Sequence[int]) -> None:
    """Add the folded spellings: of each its class, and the forms of that class from first up to stop.

    `spellings` are (folded, class) of every form in order; `form_starts` is where the forms of each class begin.
    """
    folded: list[tuple[bytes, int, int, int]] = []
    for at, (spelling, owner) in enumerate(spellings):
        form = at - form_starts[owner]
        if folded and folded[-1][:2] == (spelling, owner):
            folded[-1] = (spelling, owner, folded[-1][2], form + 1)
        else:
            folded.append((spelling, owner, form, form + 1))
    folded.sort()
    put_vocabulary(file, "folded", [entry[0] for entry in folded])
    for column, name in enumerate(("folded_class", "folded_first", "folded_stop"), 1):
        file.put(name, np.array([entry[column] for entry in folded], np.int64))


def put_docs(file: SegmentFileWriter, name: str, documents: int, pieces: Iterable[Array]) -> None:
    """Add the documents of all postings, given in pieces: the lowest bits of each, and where the upper ones change."""
    turns, uppers = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]

    def lower() -> Iterator[Array]:
        done = last = 0
        for piece in pieces:
            if documents > 1 << LOWER_BITS and len(piece):
                upper = piece >> LOWER_BITS
                places = np.flatnonzero(np.diff(upper, prepend=last))
                turns.append(places + done)
                uppers.append(upper.take(places))
                done, last = done + len(piece), int(upper[-1])
                piece = piece & (1 << LOWER_BITS) - 1
            yield piece

    file.stream(f"{name}_docs", type_for(max(min(documents, 1 << LOWER_BITS) - 1, 0)), lower())
    file.put(f"{name}_turns", np.concatenate(turns))
    file.put(f"{name}_upper", np.concatenate(uppers))


def put_postings(file: SegmentFileWriter, name: str, postings: Postings, documents: int) -> None:
    """Add the inverted list of so many documents, its names beginning with `name`."""
    wide = np.flatnonzero(is_wide(postings.headline, postings.body))
    packed = postings.headline * (MAX_BODY + 1) + postings.body
    packed[wide] = WIDE
    file.put(f"{name}_posting_ends", postings.posting_ends)
    file.put(f"{name}_occurrence_ends", postings.occurrence_ends)
    put_docs(file, name, documents, [postings.docs])
    file.put(f"{name}_counts", packed, "u1")
    file.put(f"{name}_wide", wide)
    file.put(f"{name}_wide_headline", postings.headline[wide])
    file.put(f"{name}_wide_body", postings.body[wide])
    file.put(f"{name}_positions", postings.positions)
