"""What counts, contexts and groups of near-duplicates mean: read article by article, without an index.

The counterpart of `matching` for what is asked of all hits together. The naive engine answers with it, so it is the
oracle of the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations

from searchidx.analysis import fold
from searchidx.article import Article
from searchidx.engines.reference.match import (
    Document,
    is_text,
    occurrences,
    positive_leaves,
)

__all__ = ["SHINGLE", "completions", "days_of", "facet_values", "groups_of", "places", "shingles"]

SHINGLE = 4
"""Bodies are compared by what stems stand side by side in them, so many each time."""


def facet_values(article: Article, field: str) -> Sequence[str]:
    """The values of an article in a facet, each once."""
    if field == "keyword":
        return article.keywords
    if field in ("year", "month"):
        date = article.date
        length = 4 if field == "year" else 7
        return () if date is None or (field == "month" and date.month is None) else (str(date)[:length],)
    value: str = getattr(article, field)
    return (value,) if value else ()


def days_of(article: Article) -> tuple[int, int]:
    """The days an article may be of, as ordinals from a first up to a last; (0, 0) where it has no date."""
    return (0, 0) if article.date is None else (article.date.days.start, article.date.days.stop)


def places(query: object, document: Document) -> list[tuple[str, int, int]]:
    """Each occurrence of what a query asks for in the text: zone, first and last word, in order.

    What two parts of a query find at the same words is one occurrence; of words near each other it is all from the
    first to the last.
    """
    found = {
        (each.zone != "headline", each.first, each.last)
        for leaf in filter(is_text, positive_leaves(query))
        for each in occurrences(leaf, document)
    }
    return [("body" if is_body else "headline", first, last) for is_body, first, last in sorted(found)]


def word_counts(documents: Iterable[Document]) -> tuple[Counter[str], Counter[str], dict[str, Counter[str]]]:
    """Of each stem: how often it stands in some articles, in how many, and how often in each spelling."""
    counts: Counter[str] = Counter()
    articles: Counter[str] = Counter()
    spellings: dict[str, Counter[str]] = {}
    for document in documents:
        tokens = list(chain(*document.zones.values()))
        counts.update(token.stem for token in tokens)
        articles.update({token.stem for token in tokens})
        for token in tokens:
            spellings.setdefault(token.stem, Counter())[token.printed] += 1
    return counts, articles, spellings


def completions(documents: Sequence[Document], beginning: str) -> Iterator[tuple[str, int]]:
    """Of each stem with a spelling that begins so the most frequent of those, and how many documents have the stem."""
    _, articles, spellings = word_counts(documents)
    for stem in sorted(spellings, key=lambda stem: (-articles[stem], stem)):
        begun = [item for item in spellings[stem].items() if fold(item[0]).startswith(beginning)]
        if begun:
            yield min(begun, key=lambda item: (-item[1], item[0]))[0], articles[stem]


def shingles(document: Document) -> set[tuple[str, ...]]:
    """The runs of `SHINGLE` stems of a body, by which it is compared; the whole of a shorter one."""
    stems = [token.stem for token in document.zones["body"]]
    last = max(len(stems) - SHINGLE + 1, 1)
    return {tuple(stems[at : at + SHINGLE]) for at in range(last)} if stems else set()


def groups_of(documents: Iterable[tuple[int, Document]], threshold: float) -> Iterator[list[int]]:
    """The documents of which each is as similar as `threshold` to another of its group; two at least in each.

    How similar two are is Jaccard's index of their shingles. A document without a body is like none.
    """
    sets = {doc: found for doc, document in documents if (found := shingles(document))}
    leader = {doc: doc for doc in sets}
    for one, other in combinations(sets, 2):
        common = len(sets[one] & sets[other])
        if common >= threshold * (len(sets[one]) + len(sets[other]) - common):
            first, second = sorted((leader[one], leader[other]))
            leader = {doc: first if led == second else led for doc, led in leader.items()}
    grouped: dict[int, list[int]] = {}
    for doc in sorted(sets):
        grouped.setdefault(leader[doc], []).append(doc)
    yield from (docs for docs in grouped.values() if len(docs) > 1)
