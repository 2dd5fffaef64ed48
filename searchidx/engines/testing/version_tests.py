"""Tests of the former texts of articles: they are no documents, stay until they are deleted, and are found."""

from __future__ import annotations

import random

import pytest
from whoosh import query as q

from searchidx.article import Article
from searchidx.engines.contract import Engine, Snapshot, Writer
from searchidx.engines.reference.match import Document
from searchidx.engines.reference.reference_engine import ReferenceSnapshot
from searchidx.engines.results import Sort
from searchidx.engines.testing.engine_tests import EngineTests, ids
from searchidx.engines.testing.random_articles import article_id, random_article
from searchidx.engines.testing.random_queries import RandomQueries, format_tree
from searchidx.errors import UnsupportedError
from searchidx.versions import to_former_text

_IDS = 12


class _Histories:
    """The oracle: the articles, and the former texts of each, as plain lists."""

    def __init__(self) -> None:
        self.articles: dict[str, Article] = {}
        self.former: dict[str, list[Article]] = {}

    def change(self, rng: random.Random, writer: Writer) -> None:
        """Make a random change here and in an index."""
        id = article_id(rng.randrange(_IDS))
        known = self.articles.get(id)
        if known is not None and rng.random() < 0.2:
            writer.delete(id)
            del self.articles[id]
            if rng.random() < 0.7:
                writer.delete_former(id)
                self.former.pop(id, None)
            return
        article = random_article(rng, id)
        if known is not None:
            former = to_former_text(known, article, "2023-02-01T00:00:00Z", "")
            writer.keep(former)
            self.former.setdefault(id, []).append(former)
            del self.articles[id]  # a replaced article moves to the end
        writer.add(article)
        self.articles[id] = article


def _former_texts(snapshot: Snapshot) -> dict[str, list[Article]]:
    former = snapshot.former()
    if former is None:
        return {}
    found: dict[str, list[Article]] = {}
    for doc in sorted(former.search(q.Every(), limit=None).docs):
        article = former.article(doc)
        assert former.id(doc) == article.id
        found.setdefault(article.id, []).append(article)
    assert len(former) == sum(map(len, found.values()))
    for id, articles in found.items():
        assert [former.article(doc) for doc in former.find_all([id])] == articles
    return found


class VersionTests(EngineTests):
    """What an engine keeps of former texts, if it can."""

    @pytest.fixture
    def keeping_engine(self, engine: Engine) -> Engine:
        if not engine.capabilities.keeps_versions:
            pytest.skip("this engine keeps no versions")
        return engine

    def test_engine_without_versions_says_so(self, engine: Engine) -> None:
        if engine.capabilities.keeps_versions:
            assert engine.snapshot().former() is None
            assert len(engine.snapshot().with_former()) == 0
            return
        with pytest.raises(UnsupportedError):
            engine.snapshot().former()
        with pytest.raises(UnsupportedError):
            engine.snapshot().with_former()
        with engine.writer() as writer:
            with pytest.raises(UnsupportedError):
                writer.keep(Article("a", "Headline"))
            writer.cancel()

    @pytest.mark.parametrize("seed", range(4))
    def test_former_texts_are_those_that_were_kept(self, keeping_engine: Engine, seed: int) -> None:
        rng = random.Random(seed)
        oracle = _Histories()
        before = keeping_engine.snapshot()
        for number in range(10):
            with keeping_engine.writer() as writer:
                for _ in range(rng.randint(1, 6)):
                    oracle.change(rng, writer)
                if number % 4 == 3:
                    writer.optimize()
                if number % 5 == 4:
                    writer.purge()
            snapshot = keeping_engine.snapshot()
            reference = ReferenceSnapshot(list(map(Document, oracle.articles.values())), b"")
            assert ids(snapshot, sort=Sort.OLDEST) == ids(reference, sort=Sort.OLDEST)
            assert _former_texts(snapshot) == {id: texts for id, texts in oracle.former.items() if texts}
            assert snapshot.stats().former == sum(map(len, oracle.former.values()))
            assert list(keeping_engine.verify()) == []
        assert before.former() is None
        assert len(before) == 0

    def test_search_of_all_versions_finds_what_the_reference_finds(self, keeping_engine: Engine) -> None:
        rng = random.Random(5)
        oracle = _Histories()
        for _ in range(8):
            with keeping_engine.writer() as writer:
                for _ in range(8):
                    oracle.change(rng, writer)
        snapshot = keeping_engine.snapshot()
        every = snapshot.with_former()
        assert every.fingerprint != snapshot.fingerprint
        docs = sorted(every.search(q.Every(), limit=None).docs)
        assert docs[: len(snapshot)] == sorted(snapshot.search(q.Every(), limit=None).docs)
        articles = [every.article(doc) for doc in docs]
        reference = ReferenceSnapshot(list(map(Document, articles)), b"")
        number_of = {doc: number for number, doc in enumerate(docs)}
        queries = RandomQueries(articles)
        for seed in range(150):
            tree = queries.with_seed(seed).tree(2)
            found = {number_of[doc] for doc in every.search(tree, limit=None).docs}
            assert found == set(reference.search(tree, limit=None).docs), format_tree(tree)
        for id in oracle.articles:
            assert every.find(id) == snapshot.find(id)

    def test_versions_are_numbered_from_the_oldest(self, keeping_engine: Engine) -> None:
        texts = [Article("a", f"Headline {n}", f"Body {n}.") for n in range(4)]
        for number, article in enumerate(texts):
            with keeping_engine.writer() as writer:
                writer.add(article)
                writer.add(Article(f"b{number}", "Other"))
                if number:
                    writer.keep(to_former_text(texts[number - 1], article, "", ""))
        every = keeping_engine.snapshot().with_former()
        found = {every.article(doc).headline: every.version(doc) for doc in every.find_all(["a"])}
        assert found == {f"Headline {n}": n + 1 for n in range(4)}
        doc = every.find("b1")
        assert doc is not None
        assert every.version(doc) == 1
        assert keeping_engine.snapshot().version(0) is None

    def test_changed_fields_of_former_texts_are_terms(self, keeping_engine: Engine) -> None:
        texts = [Article("a", "One", "Body."), Article("a", "Two", "Body."), Article("a", "Two", "Text.", "2023")]
        with keeping_engine.writer() as writer:
            writer.add(texts[2])
            writer.keep(to_former_text(texts[0], texts[1], "", ""))
            writer.keep(to_former_text(texts[1], texts[2], "", ""))
        snapshot = keeping_engine.snapshot()
        former = snapshot.former()
        assert former is not None

        def found(field: str) -> list[str]:
            return [former.article(doc).headline for doc in former.search(q.Term("changed", field), limit=None).docs]

        assert (found("headline"), found("body"), found("date"), found("byline")) == (["One"], ["Two"], ["Two"], [])
        assert ids(snapshot, q.Term("changed", "headline")) == []

    def test_cancelled_batch_keeps_nothing(self, keeping_engine: Engine) -> None:
        with keeping_engine.writer() as writer:
            writer.add(Article("a", "One"))
        writer = keeping_engine.writer()
        writer.keep(Article("a", "Zero"))
        writer.cancel()
        assert keeping_engine.snapshot().former() is None

    def test_overwritten_index_has_no_former_texts(self, keeping_engine: Engine) -> None:
        with keeping_engine.writer() as writer:
            writer.add(Article("a", "One"))
            writer.keep(Article("a", "Zero"))
        with keeping_engine.writer(overwrite=True) as writer:
            writer.add(Article("a", "One"))
        assert keeping_engine.snapshot().former() is None
