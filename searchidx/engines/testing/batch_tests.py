"""Tests of one batch: adding, replacing and deleting articles."""

from __future__ import annotations

import random
from pathlib import Path

from whoosh import query as q

from searchidx.article import Article
from searchidx.engines.contract import Engine
from searchidx.engines.testing.engine_tests import EngineTests, articles_named, ids
from searchidx.engines.testing.random_articles import commit_batches, random_article


class BatchTests(EngineTests):
    """What a committed batch changes."""

    def test_documents_are_in_order_of_addition(self, engine: Engine) -> None:
        self.index_articles(engine, *articles_named("b", "a", "c"))
        snapshot = self.index_articles(engine, *articles_named("0"))
        assert ids(snapshot) == ["b", "a", "c", "0"]
        docs = [snapshot.find(id) for id in ("b", "a", "c", "0")]
        assert docs == sorted(docs)  # type: ignore[type-var]
        assert docs[0] == 0

    def test_article_replaces_the_one_with_its_id(self, engine: Engine) -> None:
        self.index_articles(engine, Article("a1", "Old bank"), Article("a2", "Other"))
        snapshot = self.index_articles(engine, Article("a1", "New rates"))
        assert len(snapshot) == 2
        assert ids(snapshot) == ["a2", "a1"]
        assert ids(snapshot, q.Term("text", "bank")) == []
        assert ids(snapshot, q.Term("text", "rate")) == ["a1"]
        assert ids(snapshot, q.Term("id", "a1")) == ["a1"]
        doc = snapshot.find("a1")
        assert doc is not None
        assert snapshot.headlines([doc])[0] == "New rates"

    def test_last_of_several_articles_with_one_id_stays(self, engine: Engine) -> None:
        snapshot = self.index_articles(
            engine, Article("a1", "One"), Article("a2", "Two"), Article("a1", "Three"), Article("a1", "Four")
        )
        assert ids(snapshot) == ["a2", "a1"]
        assert snapshot.headlines(snapshot.search(q.Every()).docs) == ["Two", "Four"]
        assert ids(snapshot, q.Or([q.Term("text", "one"), q.Term("text", "three")])) == []

    def test_ids_differ_by_any_character(self, engine: Engine) -> None:
        names = ["a1", "A1", "a1 b", "a1/b", "é", "e", "e\u0301", "名", "a" * 300]
        snapshot = self.index_articles(engine, *articles_named(*names))
        assert len(snapshot) == len(names)
        for name in names:
            doc = snapshot.find(name)
            assert doc is not None
            assert snapshot.id(doc) == snapshot.article(doc).id == name
            assert ids(snapshot, q.Term("id", name)) == [name]
        assert snapshot.find("a") is None
        assert snapshot.find("") is None
        assert snapshot.find("\ud800") is None

    def test_delete_returns_whether_there_was_an_article(self, engine: Engine) -> None:
        self.index_articles(engine, *articles_named("a1", "a2"))
        with engine.writer() as writer:
            writer.add(Article("a3", "New"))
            assert [writer.delete(id) for id in ("a1", "a1", "a3", "a3", "a4")] == [True, False, True, False, False]
        snapshot = engine.snapshot()
        assert ids(snapshot) == ["a2"]
        assert (snapshot.find("a1"), snapshot.find("a3")) == (None, None)
        with engine.writer() as writer:
            assert writer.delete("a1") is False

    def test_delete_after_a_replacement_deletes_both(self, engine: Engine) -> None:
        self.index_articles(engine, *articles_named("a1", "a2"))
        with engine.writer() as writer:
            writer.add(Article("a1", "Again"))
            assert writer.delete("a1") is True
            assert writer.delete("a1") is False
        assert ids(engine.snapshot()) == ["a2"]

    def test_add_after_delete_in_one_batch(self, engine: Engine) -> None:
        self.index_articles(engine, *articles_named("a1", "a2"))
        with engine.writer() as writer:
            writer.delete("a1")
            writer.add(Article("a1", "Back again"))
        snapshot = engine.snapshot()
        assert ids(snapshot) == ["a2", "a1"]
        assert ids(snapshot, q.Term("text", "back")) == ["a1"]

    def test_deleted_articles_do_not_affect_scores(self, tmp_path: Path) -> None:
        self.require_bm25f()
        rng = random.Random(7)
        kept = [random_article(rng, f"k{n}") for n in range(12)]
        gone = [random_article(rng, f"g{n}") for n in range(9)]
        mixed = self.create(tmp_path / "mixed")
        self.index_articles(mixed, *gone[:5], *kept[:6])
        self.index_articles(mixed, *kept[6:], *gone[5:])
        commit_batches(mixed, [[each.id for each in gone]])
        plain = self.index_articles(self.create(tmp_path / "plain"), *kept)
        snapshot = mixed.snapshot()
        assert len(snapshot) == len(plain) == 12
        for leaf in (
            q.Term("text", "bank"),
            q.Term("body.folded", "the"),
            q.Prefix("text.folded", "r"),
            q.Every("headline"),
        ):
            expected, found = plain.search(leaf, limit=None), snapshot.search(leaf, limit=None)
            assert (found.total, list(found.scores)) == (expected.total, list(expected.scores))
            assert [snapshot.id(doc) for doc in found.docs] == [plain.id(doc) for doc in expected.docs]

    def test_index_is_empty_after_deleting_everything(self, engine: Engine) -> None:
        self.index_articles(engine, *articles_named("a1", "a2"))
        commit_batches(engine, [["a1"], ["a2"]])
        snapshot = engine.snapshot()
        assert len(snapshot) == 0
        assert ids(snapshot) == []
        assert ids(snapshot, q.Not(q.Term("text", "a1"))) == []
        assert ids(self.index_articles(engine, *articles_named("a2"))) == ["a2"]

    def test_empty_batch_changes_no_answer(self, engine: Engine) -> None:
        self.index_articles(engine, *articles_named("a1"))
        assert ids(self.index_articles(engine)) == ["a1"]

    def test_articles_without_words(self, engine: Engine) -> None:
        snapshot = self.index_articles(
            engine, Article("a1", "—"), Article("a2", "", "", date="2023"), Article("a3", "", "...\n&")
        )
        assert ids(snapshot) == ["a1", "a2", "a3"]
        assert ids(snapshot, q.Every("text")) == []
        assert ids(snapshot, q.Not(q.Term("text", "bank"))) == ["a1", "a2", "a3"]
        assert ids(snapshot, q.NumericRange("words", None, 0)) == ["a1", "a2", "a3"]
        assert ids(snapshot, q.Prefix("text.folded", "")) == []
        snapshot = self.index_articles(engine, Article("a4", "Bank"))
        assert ids(snapshot, q.Term("text", "bank")) == ["a4"]
        assert snapshot.search(q.Term("text", "bank")).scores[0] > 0

    def test_large_batch_replaces_earlier_versions(self, engine: Engine) -> None:
        """More articles than a writer may hold in memory; the last version of each stays."""
        with engine.writer() as writer:
            for n in range(1500):
                writer.add(Article(f"a{n % 500}", f"Version {n // 500}", f"w{n}"))
        snapshot = engine.snapshot()
        assert len(snapshot) == 500
        assert ids(snapshot) == [f"a{n}" for n in range(500)]
        assert snapshot.search(q.Term("text.folded", "2"), limit=0).total == 500
        assert snapshot.search(q.Term("text.folded", "1"), limit=0).total == 0
