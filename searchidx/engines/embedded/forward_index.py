"""Texts to a forward index: a cache of chunks over `vectorized_tokenizer`.

A chunk is the text between two runs of white space. An `Interner` numbers the chunks of a text, each *distinct* chunk
is tokenized once, and the tokens of all chunks are copied from the cache, in whole arrays. The rules are those of
`searchidx.analysis`; each rule depends on one chunk only, except where sentences begin.

An article with the headline "Banks rise" and the body "Banks rise. NATO-Japan!" goes through these steps::

    text            Banks rise FF Banks rise. NATO-Japan! FF        a zone ends with the byte FF
    chunks          Banks rise | Banks rise. NATO-Japan!
    chunk numbers   0     1      0     2     3                      `Interner.intern`

    the cache       chunk   number   begins at   tokens   flags     `vectorized_tokenizer.split_chunks`
                    Banks        0           0        1
                    rise         1           1        1
                    rise.        2           2        1   ends a sentence
                    NATO-Japan!  3           3        2   ends a sentence
    cached tokens   1 2 2 3 4                                       of all chunks, one after the other

    spellings       1: bank/banks/Banks   2: rise/rise/rise         term, folded form, surface form
                    3: nato/nato/NATO     4: japan/japan/Japan

    position        0 1 2 3 4 5 6 7
    forms           1 2 0 1 2 3 4 0                                 0: the empty slot that ends a zone
    zone_ends           2         7
    sentences       0     3   5                                     the positions where sentences begin
    paragraphs      1     1   0                                     does a paragraph begin there
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from searchidx.abbreviations import is_abbreviation
from searchidx.engines.embedded.array_types import Array, Bools, Int64s
from searchidx.engines.embedded.interner import Interner
from searchidx.engines.embedded.vectorized_tokenizer import (
    CONTINUES_SENTENCE,
    ENDS_SENTENCE,
    MAY_END_SENTENCE,
    join_lines,
    split_chunks,
)
from searchidx.folding import fold_all
from searchidx.stemming import ENGLISH, stem_all

_PIECE = 1 << 20
"""Text handled at a time, in bytes; a longer zone is handled whole."""
_MAX_CACHED = 1 << 18
"""Maximum number of chunks, or of spellings, cached from one batch to the next (about 60 MB); past it the cache is
cleared. The tokens of all chunks are limited to four times as many: longer chunks are sentences without blanks, which
hardly repeat."""
_HAS_TOKENS = 8
"""A flag of a chunk, beside those of `vectorized_tokenizer`."""
_PARAGRAPH_END, _ZONE_END = 10, 255
_IS_SEPARATOR = np.zeros(256, np.bool_)
_IS_SEPARATOR[[9, _PARAGRAPH_END, 11, 12, 13, 28, 29, 30, 31, 32, _ZONE_END]] = True
_LONG_BLANKS = [char.encode() for char in map(chr, range(0x80, 0x10000)) if char.isspace()]


@dataclass(frozen=True, slots=True)
class ForwardIndex:
    """The tokens of a batch of articles in order: of each its headline, an empty slot, its body, an empty slot.

    Attributes:
        forms: the number of the surface form at each position, an index of `spellings`; 0 in an empty slot. int32.
        zone_ends: the positions of the empty slots, two for each article, ascending. int64.
        sentences: the positions at which sentences begin, ascending. int64.
        paragraphs: whether a paragraph begins there too. bool, as long as `sentences`.
        spellings: of each number the term, folded form and surface form with U+0000 between, so that sorting them sorts
            terms and forms; the first stands for the empty slot.
        term_hashes: of each number the crc32 of its term, 0 for the empty slot. uint64.
    """

    forms: npt.NDArray[np.int32]
    zone_ends: Int64s
    sentences: Int64s
    paragraphs: Bools
    spellings: Sequence[bytes]
    term_hashes: npt.NDArray[np.uint64]


class ForwardIndexBuilder:
    """Builds forward indexes of texts in one language, and caches the chunks and spellings it has seen."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._clear_spellings()
        self._clear_chunks()

    def _clear_spellings(self) -> None:
        self._words = Interner()
        # Of the empty slot, then of each word: its spelling, the crc32 of its term, whether it is an abbreviation.
        self._spellings = [b"\0\0"]
        self._term_hashes = np.zeros(1, np.uint64)
        self._is_abbreviation = np.zeros(1, np.bool_)

    def _clear_chunks(self) -> None:
        self._chunks = Interner()
        # Of each chunk: the place of its first token in `_tokens`, how many it has, and its flags.
        self._starts = np.zeros(0, np.int32)
        self._sizes = np.zeros(0, np.int32)
        self._flags = np.zeros(0, np.uint8)
        self._tokens = np.zeros(0, np.int32)  # numbers of spellings
        self._begins_sentence = np.zeros(0, np.bool_)  # of each token: a sentence begins with it, within its chunk

    @property
    def cache_size(self) -> int:
        """The number of chunks and spellings in the cache."""
        return len(self._words) + len(self._chunks)

    def clear(self) -> None:
        """Empty the cache."""
        self._clear_spellings()
        self._clear_chunks()

    def build(self, text: bytes) -> ForwardIndex:
        """Build the forward index of a batch, given its zones, each ended by the byte FF."""
        if len(self._words) > _MAX_CACHED:
            self.clear()
        if len(self._chunks) > _MAX_CACHED or len(self._tokens) > 4 * _MAX_CACHED:
            self._clear_chunks()
        forms, paragraphs = [np.zeros(0, np.int32)], [np.zeros(0, np.bool_)]
        zone_ends, sentences = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        start = positions = 0
        while start < len(text):
            # A piece ends with a zone, so that pieces are independent.
            stop = text.index(b"\xff", min(start + _PIECE, len(text) - 1)) + 1
            piece = self._build_piece(text[start:stop])
            forms.append(piece[0])
            zone_ends.append(piece[1] + positions)
            sentences.append(piece[2] + positions)
            paragraphs.append(piece[3])
            start, positions = stop, positions + len(piece[0])
        return ForwardIndex(
            np.concatenate(forms), np.concatenate(zone_ends), np.concatenate(sentences), np.concatenate(paragraphs),
            self._spellings, self._term_hashes,
        )  # fmt: skip

    def _build_piece(self, text: bytes) -> tuple[npt.NDArray[np.int32], Int64s, Int64s, Bools]:
        """The first four arrays of a `ForwardIndex`, for some zones."""
        ends, separators = _find_separators(text)
        starts = np.empty_like(ends)
        starts[:1] = 0
        starts[1:] = ends[:-1] + 1
        has_chunk = ends > starts
        next_chunk = np.cumsum(has_chunk)  # the number of the chunk after each separator
        after_paragraphs, after_zones = next_chunk[separators == _PARAGRAPH_END], next_chunk[separators == _ZONE_END]
        places = np.flatnonzero(has_chunk)
        starts, ends = starts.take(places), ends.take(places)
        chunks, new = self._chunks.intern(text, starts, ends - starts)
        if len(new):
            self._add_chunks(text, starts.take(new), ends.take(new) - starts.take(new))
        return self._expand(chunks, after_paragraphs, after_zones)

    def _add_chunks(self, text: bytes, starts: Int64s, sizes: Int64s) -> None:
        """Tokenize new chunks and add them to the cache."""
        split = split_chunks(np.frombuffer(text, np.uint8), starts, sizes, self._language)
        tokens, new = self._words.intern(split.text, split.starts, split.sizes)
        if len(new):
            words = np.frombuffer(split.text, np.uint8)
            self._add_words(join_lines(words, split.starts.take(new), split.sizes.take(new))[0])
        tokens += 1
        flags = split.flags
        with_stop = np.flatnonzero(flags & MAY_END_SENTENCE)
        last = tokens.take((split.first + split.count - 1).take(with_stop))
        is_abbreviation = self._is_abbreviation.take(last)
        flags[with_stop] ^= np.where(is_abbreviation, MAY_END_SENTENCE, MAY_END_SENTENCE | ENDS_SENTENCE).astype(
            np.uint8
        )
        flags[split.count > 0] |= _HAS_TOKENS
        begins_sentence = np.zeros(len(tokens), np.bool_)
        begins_sentence[split.sentences] = True
        self._starts = np.concatenate([self._starts, (split.first + len(self._tokens)).astype(np.int32)])
        self._sizes = np.concatenate([self._sizes, split.count.astype(np.int32)])
        self._flags = np.concatenate([self._flags, flags])
        self._tokens = np.concatenate([self._tokens, tokens])
        self._begins_sentence = np.concatenate([self._begins_sentence, begins_sentence])

    def _add_words(self, lines: Array) -> None:
        """Fold and stem new words, given as lines after an empty one."""
        surface_forms = lines[1:-1].tobytes().decode().split("\n")
        folded_forms = fold_all(surface_forms)
        terms = stem_all(surface_forms, folded_forms, self._language)
        spellings = "\n".join(map("\0".join, zip(terms, folded_forms, surface_forms, strict=True)))
        self._spellings += spellings.encode().split(b"\n")
        hashes = np.fromiter(map(crc32, "\n".join(terms).encode().split(b"\n")), np.uint64, len(terms))
        self._term_hashes = np.concatenate([self._term_hashes, hashes])
        flags = [is_abbreviation(*each, self._language) for each in zip(surface_forms, folded_forms, strict=True)]
        self._is_abbreviation = np.concatenate([self._is_abbreviation, flags])

    def _expand(
        self, chunks: npt.NDArray[np.int32], after_paragraphs: Int64s, after_zones: Int64s
    ) -> tuple[npt.NDArray[np.int32], Int64s, Int64s, Bools]:
        """Replace chunks by their tokens, and find the sentences.

        `after_paragraphs` and `after_zones` are indexes of `chunks`: the first chunk after the end of one.
        """
        sizes = self._sizes.take(chunks)
        before = np.empty(len(chunks) + 1, np.int64)  # tokens before each chunk
        before[0] = 0
        np.cumsum(sizes, out=before[1:])
        source = np.repeat(self._starts.take(chunks) - before[:-1], sizes)
        source += np.arange(len(source))
        tokens_before_zone_ends = before.take(after_zones)
        zone_ends = tokens_before_zone_ends + np.arange(len(after_zones))
        forms = np.zeros(len(source) + len(after_zones), np.int32)
        has_token = np.ones(len(forms), np.bool_)
        has_token[zone_ends] = False
        forms[has_token] = self._tokens.take(source)

        # A sentence begins with the first chunk that has tokens after the end of a paragraph or zone. It also begins
        # with one after a chunk that ends a sentence, unless it continues the sentence. Chunks without tokens may stand
        # between the two.
        flags = self._flags.take(chunks)
        is_after_break = np.zeros(len(chunks) + 1, np.bool_)
        is_after_break[0] = True
        is_after_break[after_paragraphs] = True
        is_after_break[after_zones] = True
        with_tokens = np.flatnonzero(flags & _HAS_TOKENS)
        ends_sentence = (flags & ENDS_SENTENCE).view(np.bool_)
        if len(with_tokens) == len(chunks):
            begins_paragraph = is_after_break[:-1]
            is_after_end = np.concatenate([[False], ends_sentence[:-1]])
        else:
            begins_paragraph = np.diff(np.cumsum(is_after_break).take(with_tokens), prepend=0) > 0
            ends_before = np.concatenate([[0], np.cumsum(ends_sentence)]).take(with_tokens)
            is_after_end = np.concatenate([[0], np.diff(ends_before)]) > 0
            flags = flags.take(with_tokens)
        first = np.flatnonzero(begins_paragraph | (is_after_end & ((flags & CONTINUES_SENTENCE) == 0)))
        paragraphs = begins_paragraph.take(first)
        sentences = before.take(with_tokens.take(first))
        within = np.flatnonzero(self._begins_sentence.take(source)) if self._begins_sentence.any() else ()
        if len(within):
            sentences = np.concatenate([sentences, within])
            order = np.argsort(sentences, kind="stable")
            sentences = sentences[order]
            paragraphs = np.concatenate([paragraphs, np.zeros(len(within), np.bool_)])[order]
        sentences += tokens_before_zone_ends.searchsorted(sentences, side="right")
        return forms, zone_ends, sentences, paragraphs


class MultilingualIndexBuilder:
    """Builds forward indexes of articles in any languages: the articles of each language apart, then joined in order.

    Articles 0 and 2 are English, 1 is German::

        English           docs 0 2    forms  1 2 0 3 0 | 1 0 2 0       spellings 0 … 3
        German            doc  1      forms  1 0 1 0                   spellings 0 … 1, which become 0 and 4
        joined            docs 0 1 2  forms  1 2 0 3 0 | 4 0 4 0 | 1 0 2 0
    """

    def __init__(self) -> None:
        self._builders: dict[str, ForwardIndexBuilder] = {}

    def build(self, text: bytes, languages: Sequence[str]) -> ForwardIndex:
        """Build the forward index of a batch, given its zones, each ended by FF, and each article's language."""
        distinct = sorted(set(languages)) or [ENGLISH]
        if sum(builder.cache_size for builder in self._builders.values()) > 2 * _MAX_CACHED:
            for builder in self._builders.values():
                builder.clear()
        if len(distinct) == 1:
            return self._builder(distinct[0]).build(text)
        zones = text.split(b"\xff")
        parts, docs = [], []
        for language in distinct:
            of_language = [doc for doc, other in enumerate(languages) if other == language]
            texts = [zones[zone] for doc in of_language for zone in (2 * doc, 2 * doc + 1)]
            parts.append(self._builder(language).build(b"\xff".join([*texts, b""])))
            docs += of_language
        return _join_indexes(parts, np.array(docs, np.intp))

    def _builder(self, language: str) -> ForwardIndexBuilder:
        return self._builders.setdefault(language, ForwardIndexBuilder(language))


def _join_indexes(parts: Sequence[ForwardIndex], docs: Int64s) -> ForwardIndex:
    """Join the forward indexes of some documents each; `docs` are the numbers of all of them, in the order of `parts`.

    Only the empty slot is the same spelling in two parts.
    """
    spellings = [parts[0].spellings[0]]
    forms, zone_ends, sentences = [], [], []
    positions = 0
    for part in parts:
        forms.append(np.where(part.forms > 0, part.forms + (len(spellings) - 1), 0).astype(np.int32))
        zone_ends.append(part.zone_ends + positions)
        sentences.append(part.sentences + positions)
        spellings += part.spellings[1:]
        positions += len(part.forms)
    order = docs.argsort()  # of each document its place among the parts
    ends = np.concatenate(zone_ends).reshape(-1, 2)
    stops = ends[:, 1] + 1
    sizes = np.diff(stops, prepend=0)
    new_stops = np.cumsum(sizes.take(order))
    shifts = np.empty(len(docs), np.int64)  # of each place: where its document moves
    shifts[order] = new_stops - stops.take(order)
    source = np.repeat(stops.take(order) - new_stops, sizes.take(order)) + np.arange(positions)
    starts = np.concatenate(sentences)
    starts = starts + shifts.take(stops.searchsorted(starts, side="right"))
    by_place = starts.argsort()
    return ForwardIndex(
        np.concatenate(forms).take(source),
        (ends + shifts[:, None]).take(order, axis=0).ravel(),
        starts.take(by_place),
        np.concatenate([part.paragraphs for part in parts]).take(by_place),
        spellings,
        np.concatenate([part.term_hashes[(n > 0) :] for n, part in enumerate(parts)]),
    )


def _find_separators(text: bytes) -> tuple[Int64s, npt.NDArray[np.uint8]]:
    """The positions of white space and zone ends in a text, and the byte at each."""
    data = np.frombuffer(text, np.uint8)
    is_candidate = data + np.uint8(1) <= 33  # blanks, control characters, and FF
    leads = np.flatnonzero((data >= 0xC2) & (data < 0xE4))
    for blank in _LONG_BLANKS if len(leads) else ():
        places = leads
        for n, byte in enumerate(blank):
            places = places[data.take(places + n, mode="clip") == byte]
        for n in range(len(blank)):
            is_candidate[places + n] = True
    at = np.flatnonzero(is_candidate)
    separators = data.take(at)
    is_separator = _IS_SEPARATOR.take(separators) | (separators > 0x7F)
    return (at, separators) if is_separator.all() else (at[is_separator], separators[is_separator])
