"""The answers of an index to many questions, recorded to compare them before and after a change to its files."""

from __future__ import annotations

import datetime as dt
import random
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whoosh import query as q

from searchidx import SearchidxError
from searchidx.engines.contract import Snapshot, Sort
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.embedded.merge_policy import MIN_SIZE_RATIO
from searchidx.engines.testing.random_articles import commit_batches, random_article
from searchidx.engines.testing.random_queries import TEXT_FIELDS, RandomQueries, format_tree
from searchidx.schema import FACET_FIELDS


def make_index(folder: Path, seed: int = 1) -> EmbeddedEngine:
    """An index of three segments, two of them with deletions, and user data."""
    engine = EmbeddedEngine.create(folder)
    rng = random.Random(seed)
    sizes = {
        "a": MIN_SIZE_RATIO * (MIN_SIZE_RATIO + 2) + 3,
        "b": MIN_SIZE_RATIO + 1,
        "c": 1,
    }  # the smallest sizes that are not merged
    commit_batches(engine, [[random_article(rng, f"{name}{n}") for n in range(size)] for name, size in sizes.items()])
    with engine.writer() as writer:
        for id in (f"a{seed}", "a12", "a70", f"b{seed}"):
            writer.delete(id)
        writer.commit(f"what is kept of {seed}: ".encode() + bytes(range(256)))
    return engine


def sample_queries(snapshot: Snapshot, seed: int = 1, random_trees: int = 8) -> Iterator[Any]:
    """Query trees of every kind; equal articles give equal trees."""
    articles = [snapshot.article(doc) for doc in snapshot.search(q.Every(), limit=None).docs]
    for field in TEXT_FIELDS:
        for word, printed in (("bank", "Banks"), ("rise", "rising"), ("japan", "Japan"), ("東京", "東京")):
            yield q.Term(field, word)
            yield q.Term(f"{field}.folded", printed.lower())
            yield q.Term(f"{field}.printed", printed)
        yield q.Phrase(f"{field}.folded", ["interest", "rates"], slop=3)
        yield q.Prefix(f"{field}.folded", "r")
        yield q.Wildcard(f"{field}.printed", "*a?k*")
        yield q.Every(field)
    for field, word in (("byline", "ana"), ("section", "world"), ("keyword", "rates"), ("url", "news")):
        yield q.Term(field, word)
        yield q.Prefix(field, word[:1])
        yield q.Phrase(field, [word, "bell"])
    yield q.Prefix("id", "a1")
    yield q.Term("precision", "day")
    yield q.And([q.Term("text", "bank"), q.Term("text", "rate"), q.Not(q.Term("headline", "the"))])
    yield q.Or([q.Term("text", "bank"), q.Term("text", "japan"), q.Term("byline", "smith")])
    yield q.DateRange("date", dt.datetime(2022, 3, 1), dt.datetime(2023, 6, 1))
    yield q.NumericRange("words", 5, 60)
    trees = RandomQueries(articles)
    for n in range(random_trees):
        yield trees.with_seed(seed * 1000 + n).tree(n % 4)


class RecordedAnswers:
    """Answers by the name of the question; None after a `SearchidxError`, which `errors` holds."""

    def __init__(self, folder: Path, queries: list[Any]) -> None:
        self.answers: dict[str, Any] = {}
        self.errors: list[SearchidxError] = []
        try:
            snapshot = EmbeddedEngine.open(folder).snapshot()
        except SearchidxError as error:
            self.errors.append(error)
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of numpy, about values in damaged arrays
            self._ask("user data", snapshot.user_data)
            for n, query in enumerate(queries):
                sort = (Sort.RELEVANCE, Sort.RELEVANCE, Sort.NEWEST, Sort.OLDEST)[n % 4]
                limit = (10, None, 5, 3)[n % 4]
                self._ask(
                    format_tree(query),
                    lambda query=query, limit=limit, sort=sort: self._page(snapshot, query, limit, sort),
                )
            bank = q.Or([q.Term("text", "bank"), q.Term("headline", "japan")])
            for field in FACET_FIELDS:
                self._ask(f"facet {field}", lambda field=field: snapshot.facet(bank, field))
            self._ask("completions", lambda: snapshot.completions("r", 5))
            self._ask("days", lambda: snapshot.date_histogram(bank, occurrences=True))
            self._ask("places", lambda: list(snapshot.spans(bank)))
            self._ask("words", lambda: self._words(snapshot, bank))
            every = self._ask("all", lambda: list(snapshot.search(q.Every(), limit=None).docs)) or []
            self._ask("near-duplicates", lambda: snapshot.near_duplicates(every, 0.5))
            for doc in every:
                self._ask(f"article {doc}", lambda doc=doc: snapshot.article(doc))
                id = self._ask(f"id {doc}", lambda doc=doc: snapshot.id(doc))
                self._ask(f"headline {doc}", lambda doc=doc: snapshot.headlines([doc])[0])
                self._ask(f"date {doc}", lambda doc=doc: snapshot.date(doc))
                if id is not None:
                    self._ask(f"find {doc}", lambda id=id: snapshot.find(id))

    def _ask(self, name: str, answer: Any) -> Any:
        try:
            self.answers[name] = found = answer()
        except SearchidxError as error:
            self.errors.append(error)
            self.answers[name] = None
            return None
        except Exception as error:
            error.add_note(name)
            raise
        return found

    @staticmethod
    def _words(snapshot: Snapshot, query: Any) -> Any:
        found = snapshot.term_stats(query)
        return found[:-1], [found.spelling(at) for at, count in enumerate(found.counts) if count]

    @staticmethod
    def _page(snapshot: Snapshot, query: Any, limit: int | None, sort: Sort) -> Any:
        found = snapshot.search(query, limit=limit, sort=sort)
        return found.total, list(found.docs), [str(score) for score in found.scores]


def verify_findings(folder: Path) -> list[str]:
    """The findings of `verify`; an error counts as one."""
    found = []
    try:
        found += list(EmbeddedEngine.open(folder).verify())
    except SearchidxError as error:
        found.append(str(error))
    return found
