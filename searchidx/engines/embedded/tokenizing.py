"""A batch of articles to streams of numbers, by the rules of `searchidx.analysis`.

Text is split at white space, a dictionary maps each chunk to its number, and each *distinct* chunk goes through
`analysis.split_chunk` once; everything else happens to whole arrays. The rules are local to a chunk, but for the
sentences, which look at the chunk before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from searchidx.analysis import bare_word, fold, split_chunk, stem
from searchidx.article import Article

__all__ = ["Streams", "Tokenizer"]

_PARAGRAPH, _ZONE = "\x01", "\x02"
"""Chunks that stand for a paragraph's and a zone's end. In a text they part words like any other control character."""
_MOST_CHUNKS = 1 << 18
"""Distinct chunks a tokenizer remembers, some 60 MB of them; past that it begins anew."""

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Streams:
    """The tokens of a batch of articles, one stream: of each its headline, an empty slot, its body, an empty slot.

    Attributes:
        forms: the spelling at each position, a number into `spellings`; 0 is the empty slot. int64.
        zone_ends: the positions of the empty slots, two for each article, ascending. int64.
        sentences: the positions at which sentences begin, ascending. int64.
        paragraphs: which of those begin a paragraph. bool, as long as `sentences`.
        spellings: of each number its (printed, folded, stem); the first is the empty slot's and means nothing.
    """

    forms: Ints
    zone_ends: Ints
    sentences: Ints
    paragraphs: Bools
    spellings: Sequence[tuple[str, str, str]]


class _Chunks(dict[str, int]):
    """Numbers of chunks; a new one gets the next number."""

    def __init__(self) -> None:
        super().__init__({_PARAGRAPH: 0, _ZONE: 1})
        self.listed = [_PARAGRAPH, _ZONE]

    def __missing__(self, chunk: str) -> int:
        number = self[chunk] = len(self.listed)
        self.listed.append(chunk)
        return number


class Tokenizer:
    """Turns batches of articles into `Streams`, remembering the chunks and spellings it has met."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._chunks = _Chunks()
        self._spellings: list[tuple[str, str, str]] = [("", "", "")]
        self._numbers: dict[str, int] = {}
        self._pieces: list[int] = []  # the spellings of all chunks, one after the other
        self._begins: list[int] = []  # those of them with which a sentence begins, within the chunk
        self._offsets = [0]
        self._ends: list[bool] = []
        self._continues: list[bool] = []
        self._analyze_new()

    def _analyze_new(self) -> None:
        numbers, pieces, begins = self._numbers, self._pieces, self._begins
        offsets, ends, continues = self._offsets, self._ends, self._continues
        for chunk in self._chunks.listed[len(ends) :]:
            word = bare_word(chunk)
            if word is not None:  # three in four
                pieces.append(numbers.get(word) or self._spell(word))
                ends.append(False)
                continues.append(word[0].islower())
            elif chunk == _ZONE:
                pieces.append(0)
                ends.append(False)
                continues.append(False)
            else:
                words, ends_sentence, continues_sentence = split_chunk(chunk)
                for printed, _, _, begins_sentence in words:
                    if begins_sentence:
                        begins.append(len(pieces))
                    pieces.append(numbers.get(printed) or self._spell(printed))
                ends.append(ends_sentence)
                continues.append(continues_sentence)
            offsets.append(len(pieces))
        self._flat = np.array(pieces, np.int64)
        self._flat_begins = np.zeros(len(pieces), np.bool_)
        self._flat_begins[begins] = True
        self._starts = np.array(self._offsets, np.int64)
        self._ends_array = np.array(self._ends, np.bool_)
        self._continues_array = np.array(self._continues, np.bool_)

    def _spell(self, printed: str) -> int:
        """The number of a spelling not met before."""
        number = self._numbers[printed] = len(self._spellings)
        folded = fold(printed)
        self._spellings.append((printed, folded, stem(folded)))
        return number

    def __call__(self, articles: Sequence[Article]) -> Streams:
        """The streams of a batch of articles, in their order."""
        if len(self._chunks) > _MOST_CHUNKS:
            self._forget()
        texts = []
        for article in articles:
            texts.append(_plain(article.headline))
            texts.append(_plain(article.body).replace("\n", f" {_PARAGRAPH} "))
        joined = f" {_ZONE} ".join(texts)
        runs = joined.split()
        if texts:
            runs.append(_ZONE)
        before = len(self._chunks)
        chunks = np.fromiter(map(self._chunks.__getitem__, runs), np.int64, len(runs))
        del runs, joined, texts
        if len(self._chunks) > before:
            self._analyze_new()
        return self._expand(chunks)

    def _expand(self, chunks: Ints) -> Streams:
        first = self._starts.take(chunks)
        lengths = self._starts.take(chunks + 1) - first
        stops = np.cumsum(lengths)
        at = stops - lengths  # the position of each chunk's first token
        source = np.repeat(first - at, lengths)
        source += np.arange(len(source))
        forms = self._flat.take(source)

        # Sentences. What a chunk leaves behind: 2, a zone or paragraph ended; 1, a sentence did; 0, neither. A chunk
        # without words leaves what it found, but that its punctuation may end a sentence.
        is_break = chunks < 2
        wordless = (lengths == 0) & ~is_break
        ends = self._ends_array.take(chunks)
        matters = np.flatnonzero(~wordless | ends)
        leaves = np.where(is_break, 2, ends)[matters]
        bare = wordless[matters]
        if bare.any():
            for n in np.flatnonzero(bare):
                if n == 0 or leaves[n - 1] == 2:
                    leaves[n] = 2
        found = np.empty_like(leaves)
        found[:1] = 2
        found[1:] = leaves[:-1]
        speaks = ~bare & ~is_break[matters]
        fresh = speaks & (found == 2)
        starts = fresh | (speaks & (found == 1) & ~self._continues_array.take(chunks[matters]))
        positions = at[matters][starts]
        paragraphs = fresh[starts]
        within = np.flatnonzero(self._flat_begins.take(source)) if self._flat_begins.any() else np.zeros(0, np.int64)
        if len(within):
            both = np.concatenate([positions, within])
            order = np.argsort(both, kind="stable")
            positions = both[order]
            paragraphs = np.concatenate([paragraphs, np.zeros(len(within), np.bool_)])[order]
        return Streams(forms, at[chunks == 1], positions, paragraphs, self._spellings)


def _plain(text: str) -> str:
    if _PARAGRAPH in text or _ZONE in text:
        return text.replace(_PARAGRAPH, "\0").replace(_ZONE, "\0")
    return text
