"""Collectors: facets, histograms, spans, term statistics and near-duplicates, computed article by article.

They need no index. `Snapshot` uses them by default, so a new engine implements only storage and search. An engine that
counts faster overrides the method, often by a function of the same name. The conformance suite compares every engine
with these functions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from hashlib import blake2b
from heapq import nsmallest
from itertools import chain, zip_longest
from math import ceil

from whoosh import query as q

from searchidx.analysis import Token, join_words
from searchidx.article import Article
from searchidx.engines import timeout
from searchidx.engines.disjoint_set import DisjointSet
from searchidx.engines.reference.match import Document, occurrences
from searchidx.engines.results import FacetCounts, NgramCounts, NgramForm, TermStats
from searchidx.errors import UnsupportedError
from searchidx.folding import fold
from searchidx.query.traversal import is_text, positive_leaves
from searchidx.schema import facet_values
from searchidx.stemming import stem_of_term

Span = tuple[str, int, int]
"""An occurrence: its zone, its first word and its last word."""

MIN_NGRAM_COUNT = 2
"""Occurrences of an n-gram that is counted: most n-grams of a text occur once, and say nothing."""
MAX_NGRAM_WORDS = 2_000_000
"""Words whose n-grams are counted without an index."""
SHINGLE = 4
"""Stems in a shingle; bodies are compared by their shingles. The signatures of an index on disk depend on it."""
_ROUNDING = 1e-9
"""Tolerance for the rounding error of threshold · size."""


# -- one article -------------------------------------------------------------------------------------------------------


def day_interval(article: Article) -> tuple[int, int]:
    """The days an article may be dated to, as half-open ordinals; (0, 0) without a date."""
    return (0, 0) if article.date is None else (article.date.days.start, article.date.days.stop)


def term_spans(query: q.Query, document: Document) -> list[Span]:
    """The occurrences in one article of what a query asks for, sorted.

    Two parts of a query that match the same words give one span. A proximity gives one span from its first word to its
    last.
    """
    found = {
        (each.zone != "headline", each.first, each.last)
        for leaf in filter(is_text, positive_leaves(query))
        for each in occurrences(leaf, document)
    }
    return [("body" if is_body else "headline", first, last) for is_body, first, last in sorted(found)]


def shingles(document: Document) -> set[tuple[str, ...]]:
    """The runs of `SHINGLE` adjacent stems of a body; a shorter body is one shingle."""
    stems = [token.stem for token in document.zones["body"]]
    last = max(len(stems) - SHINGLE + 1, 1)
    return {tuple(stems[at : at + SHINGLE]) for at in range(last)} if stems else set()


# -- all hits ----------------------------------------------------------------------------------------------------------


def count_facet(hits: Iterable[Article], corpus: Iterable[Article], field: str) -> FacetCounts:
    """Count hits and documents by the values of a field."""
    counts, total, missing = _count_values(hits, field)
    corpus_counts, _, corpus_missing = _count_values(corpus, field)
    values = {value: (count, corpus_counts[value]) for value, count in counts.items()}
    return FacetCounts(values, total, missing, corpus_missing)


def _count_values(articles: Iterable[Article], field: str) -> tuple[Counter[str], int, int]:
    """The articles with each value, all articles, and those without a value."""
    counts: Counter[str] = Counter()
    total = missing = 0
    for article in articles:
        values = facet_values(article, field)
        counts.update(values)
        total += 1
        missing += not values
    return counts, total, missing


def count_days(hits: Iterable[Article]) -> dict[tuple[int, int], int]:
    """Count hits by `day_interval`."""
    return dict(Counter(map(day_interval, hits)))


def count_span_days(hits: Iterable[Document], query: q.Query) -> dict[tuple[int, int], int]:
    """Count `term_spans` by the `day_interval` of their article."""
    counts: Counter[tuple[int, int]] = Counter()
    for document in hits:
        timeout.check(query)
        counts[day_interval(document.article)] += len(term_spans(query, document))
    return dict(+counts)


def count_word_days(hits: Iterable[Document]) -> dict[tuple[int, int], int]:
    """Count the words of hits by the `day_interval` of their article."""
    counts: Counter[tuple[int, int]] = Counter()
    for document in hits:
        timeout.check()
        counts[day_interval(document.article)] += sum(map(len, document.zones.values()))
    return dict(+counts)


def iter_spans(hits: Iterable[tuple[int, Document]], query: q.Query) -> Iterator[tuple[int, list[Span]]]:
    """The `term_spans` of each hit that has any, with its document number."""
    for doc, document in hits:
        timeout.check(query)
        if spans := term_spans(query, document):
            yield doc, spans


def count_terms(hits: Iterable[Document], corpus: Iterable[Document]) -> TermStats:
    """Count the terms of the hits, and the same terms in all documents."""
    spellings: dict[str, Counter[str]] = {}
    total, counts, articles = _count_stems(hits, spellings)
    _, corpus_counts, corpus_articles = _count_stems(corpus, None)
    stems = sorted(counts)
    return TermStats(
        total=total,
        words=counts.total(),
        corpus_words=corpus_counts.total(),
        counts=[counts[stem] for stem in stems],
        articles=[articles[stem] for stem in stems],
        corpus_counts=[corpus_counts[stem] for stem in stems],
        corpus_articles=[corpus_articles[stem] for stem in stems],
        spelling=lambda at: most_frequent_form(spellings[stems[at]]),
        stems=stems,
    )


def _count_stems(
    documents: Iterable[Document], spellings: dict[str, Counter[str]] | None
) -> tuple[int, Counter[str], Counter[str]]:
    """The number of documents, occurrences by stem, documents by stem; adds the printed spellings where wanted.

    The same stem in several languages counts once: a name would be listed as often as there are languages.
    """
    counts: Counter[str] = Counter()
    articles: Counter[str] = Counter()
    total = 0
    for document in documents:
        timeout.check()
        total += 1
        tokens = list(chain(*document.zones.values()))
        stems = [stem_of_term(token.stem) for token in tokens]
        counts.update(stems)
        articles.update(set(stems))
        if spellings is not None:
            for stem, token in zip(stems, tokens, strict=True):
                spellings.setdefault(stem, Counter())[token.printed] += 1
    return total, counts, articles


def most_frequent_form(spellings: Counter[str]) -> str:
    """The most frequent spelling; ties go to the first by code points."""
    return min(spellings.items(), key=lambda item: (-item[1], item[0]))[0]


# -- n-grams -----------------------------------------------------------------------------------------------------------


def count_ngrams(
    documents: Iterable[tuple[Document, Sequence[bool]]], sizes: Collection[int], edge_stems: Collection[str]
) -> Iterator[NgramCounts]:
    """Count the n-grams of some documents, given with whether each of some queries finds them.

    An n-gram is a run of adjacent words within a sentence of the body, or within the headline. Equal folded words are
    the same n-gram, as in a quoted phrase. Occurrences that begin or end with a word of `edge_stems` are left out, and
    then n-grams with fewer than `MIN_NGRAM_COUNT` occurrences.

    Raises:
        UnsupportedError: if the documents have more than `MAX_NGRAM_WORDS` words, since every n-gram is held in memory.
    """
    tables: dict[int, dict[tuple[str, ...], _NgramTally]] = {size: defaultdict(_NgramTally) for size in sorted(sizes)}
    words = 0
    for number, (document, members) in enumerate(documents):
        timeout.check()
        words += sum(map(len, document.zones.values()))
        if words > MAX_NGRAM_WORDS:
            raise UnsupportedError(
                "n-grams", f"this index counts those of up to {MAX_NGRAM_WORDS:,} words: ask for fewer articles"
            )
        for sentence in _sentences(document):
            is_edge = [stem_of_term(token.stem) not in edge_stems for token in sentence]
            for size, table in tables.items():
                for first in range(len(sentence) - size + 1):
                    if is_edge[first] and is_edge[first + size - 1]:
                        tokens = sentence[first : first + size]
                        table[tuple(token.folded for token in tokens)].add(number, members, tokens)
    for size, table in tables.items():
        kept = sorted(words for words, tally in table.items() if tally.printed.total() >= MIN_NGRAM_COUNT)
        yield NgramCounts(
            size,
            list(zip(*(table[words].counts for words in kept), strict=True)),
            lambda at, table=table, kept=kept: NgramForm(  # type: ignore[misc]
                kept[at], most_frequent_form(table[kept[at]].printed), table[kept[at]].articles
            ),
        )


class _NgramTally:
    """The occurrences of one n-gram: by query, by printed form; and the articles with it by query."""

    def __init__(self) -> None:
        self.printed: Counter[str] = Counter()
        self.counts: list[int] = []
        self.articles: list[int] = []
        self._last = -1

    def add(self, number: int, members: Sequence[bool], tokens: Sequence[Token]) -> None:
        """Count one occurrence in a document."""
        self.printed[join_words([token.printed for token in tokens])] += 1
        is_new = number != self._last
        self._last = number
        self.counts = [count + member for count, member in zip_longest(self.counts, members, fillvalue=0)]
        self.articles = [
            count + (member and is_new) for count, member in zip_longest(self.articles, members, fillvalue=0)
        ]


def _sentences(document: Document) -> Iterator[Sequence[Token]]:
    """The words of the headline, then of each sentence of the body."""
    for zone, tokens in document.zones.items():
        first = 0
        while first < len(tokens):
            _, last = document.unit_bounds("s", zone, first)
            yield tokens[first : last + 1]
            first = last + 1


# -- completions -------------------------------------------------------------------------------------------------------


def complete_prefix(corpus: Iterable[Document], prefix: str, limit: int) -> list[tuple[str, int]]:
    """The terms with a spelling that begins with a folded prefix: (spelling, documents with the term)."""
    spellings: dict[str, Counter[str]] = {}
    _, _, articles = _count_stems(corpus, spellings)
    completed = {
        stem: most_frequent_form(matching)
        for stem, counts in spellings.items()
        if (matching := Counter({word: count for word, count in counts.items() if fold(word).startswith(prefix)}))
    }
    best = nsmallest(limit, completed, key=lambda stem: (-articles[stem], stem))
    return [(completed[stem], articles[stem]) for stem in best]


# -- feedback ----------------------------------------------------------------------------------------------------------


def rescore(
    documents: Iterable[Document],
    scores: Sequence[float],
    article_counts: Callable[[Sequence[str]], Sequence[int]],
    total: int,
) -> list[float]:
    """Score some hits, best first, again by `feedback.rescore`; `article_counts` counts the articles with terms."""
    import numpy as np  # nothing else here needs them

    from searchidx.engines import feedback

    numbers: dict[str, int] = {}
    terms: list[int] = []
    owners: list[int] = []
    for owner, document in enumerate(documents):
        tokens = [*document.zones["headline"], *document.zones["body"]][: feedback.WORDS]
        terms += [numbers.setdefault(token.stem, len(numbers)) for token in tokens]
        owners += [owner] * len(tokens)
    counts = np.array(article_counts(list(numbers)), np.intp)
    pairs = np.array(terms, np.intp), np.array(owners, np.intp)
    new: list[float] = feedback.rescore(*pairs, np.array(scores, np.float64), counts.take, total).tolist()
    return new


def count_articles(corpus: Iterable[Document], stems: Sequence[str]) -> list[int]:
    """The number of documents with each of some terms."""
    articles: Counter[str] = Counter()
    for document in corpus:
        articles.update({token.stem for token in chain(*document.zones.values())})
    return [articles[stem] for stem in stems]


# -- near-duplicates ---------------------------------------------------------------------------------------------------


def group_near_duplicates(documents: Iterable[tuple[int, Document]], threshold: float) -> list[list[int]]:
    """Group documents, given in ascending order, of which each is similar to another of its group.

    The similarity is the Jaccard index of their shingles. A document without a body is similar to none.

    Two sets with a Jaccard index of `threshold` share one of the rarest members of each: of n members one of the
    n - ceil(threshold · n) + 1 rarest. So only sets that share such a member are compared. Source: Bayardo, Ma and
    Srikant, Scaling Up All Pairs Similarity Search (2007).
    """
    docs: list[int] = []
    sets: list[frozenset[int]] = []
    for doc, document in documents:
        timeout.check()
        if found := shingles(document):
            docs.append(doc)
            sets.append(frozenset(map(_shingle_hash, found)))
    frequency = Counter(chain.from_iterable(sets))
    groups = DisjointSet(len(sets))
    by_member: defaultdict[int, list[int]] = defaultdict(list)
    for at, members in enumerate(sets):
        timeout.check()
        rarest = sorted(members, key=lambda member: (frequency[member], member))
        prefix = rarest[: len(members) - ceil(threshold * len(members) - _ROUNDING) + 1]
        candidates = set(chain.from_iterable(by_member[member] for member in prefix if frequency[member] > 1))
        for other in candidates:
            if groups.find(at) != groups.find(other):
                common = len(members & sets[other])
                if common >= threshold * (len(members) + len(sets[other]) - common):
                    groups.union(at, other)
        for member in prefix:
            by_member[member].append(at)
    return groups.groups(docs)


def _shingle_hash(shingle: tuple[str, ...]) -> int:
    """A 64-bit hash of a shingle, which takes less memory; two shingles collide once in 2**64 pairs."""
    return int.from_bytes(blake2b("\n".join(shingle).encode(), digest_size=8).digest(), "little")
