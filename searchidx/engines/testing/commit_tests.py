"""Tests of an index as a whole: create, open, commit, cancel, overwrite, lock, user data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from whoosh import query as q

from searchidx.article import Article
from searchidx.engines.contract import Engine
from searchidx.engines.results import Sort
from searchidx.engines.testing.engine_tests import EngineTests, articles_named, ids
from searchidx.errors import IndexExistsError, IndexLockedError, IndexNotFoundError


class CommitTests(EngineTests):
    """Creating and opening an index, and what a commit does."""

    def test_new_index_is_empty(self, engine: Engine) -> None:
        snapshot = engine.snapshot()
        assert len(snapshot) == 0
        assert snapshot.user_data() == b""
        assert snapshot.find("a1") is None
        for sort in Sort:
            found = snapshot.search(q.Every(), sort=sort)
            assert (found.total, list(found.docs), list(found.scores)) == (0, [], [])
        assert snapshot.search(q.Not(q.Term("text", "bank"))).total == 0
        assert list(engine.verify()) == []

    def test_create_makes_missing_parent_folders(self, tmp_path: Path) -> None:
        engine = self.create(tmp_path / "one" / "two")
        assert len(engine.snapshot()) == 0

    def test_create_raises_if_an_index_exists(self, tmp_path: Path) -> None:
        self.index_articles(self.create(tmp_path), *articles_named("a1"))
        with pytest.raises(IndexExistsError) as caught:
            self.create(tmp_path)
        assert caught.value.path == self.location(tmp_path)
        assert ids(self.open(tmp_path).snapshot()) == ["a1"]

    def test_open_finds_committed_articles(self, tmp_path: Path) -> None:
        self.index_articles(self.create(tmp_path), *articles_named("a1", "a2"))
        assert ids(self.open(tmp_path).snapshot()) == ["a1", "a2"]

    @pytest.mark.parametrize("made", [True, False])
    def test_open_raises_if_there_is_no_index(self, tmp_path: Path, made: bool) -> None:
        folder = tmp_path / "index"
        if made:
            folder.mkdir()
        with pytest.raises(IndexNotFoundError) as caught:
            self.open(folder)
        assert caught.value.path == self.location(folder)

    def test_two_indexes_are_independent(self, tmp_path: Path) -> None:
        one, other = self.create(tmp_path / "one"), self.create(tmp_path / "other")
        self.index_articles(one, *articles_named("a1"))
        self.index_articles(other, *articles_named("a2"))
        assert (ids(one.snapshot()), ids(other.snapshot())) == (["a1"], ["a2"])

    def test_changes_are_invisible_before_commit(self, engine: Engine, tmp_path: Path) -> None:
        self.index_articles(engine, *articles_named("a1"))
        writer = engine.writer()
        writer.add(Article("a2", "New"))
        writer.delete("a1")
        assert ids(engine.snapshot()) == ids(self.open(tmp_path / "index").snapshot()) == ["a1"]
        writer.commit()
        assert ids(engine.snapshot()) == ids(self.open(tmp_path / "index").snapshot()) == ["a2"]

    def test_cancel_leaves_the_index_unchanged(self, engine: Engine) -> None:
        self.index_articles(engine, *articles_named("a1", "a2"))
        writer = engine.writer()
        writer.add(Article("a1", "Replaced"))
        writer.add(Article("a3", "New"))
        writer.delete("a2")
        writer.cancel()
        snapshot = engine.snapshot()
        assert ids(snapshot) == ["a1", "a2"]
        assert snapshot.headlines([0])[0] == "Headline a1"
        assert ids(self.index_articles(engine, *articles_named("a4"))) == ["a1", "a2", "a4"]

    def test_leaving_the_with_block_commits(self, engine: Engine) -> None:
        with engine.writer() as writer:
            was_open = writer.is_open
            writer.add(Article("a1", "One"))
        assert (was_open, writer.is_open) == (True, False)
        assert ids(engine.snapshot()) == ["a1"]

    def test_exception_in_the_with_block_cancels_and_propagates(self, engine: Engine) -> None:
        self.index_articles(engine, *articles_named("a1"))
        writers = []

        def fail() -> None:
            with engine.writer() as writer:
                writers.append(writer)
                writer.add(Article("a2", "Two"))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert [writer.is_open for writer in writers] == [False]
        assert ids(engine.snapshot()) == ["a1"]
        assert ids(self.index_articles(engine, *articles_named("a3"))) == ["a1", "a3"]

    @pytest.mark.parametrize(("end", "left"), [("commit", ["a1"]), ("cancel", [])])
    def test_with_block_may_commit_or_cancel_itself(self, engine: Engine, end: str, left: list[str]) -> None:
        with engine.writer() as writer:
            writer.add(Article("a1", "One"))
            getattr(writer, end)()
            assert not writer.is_open
        assert ids(engine.snapshot()) == left

    @pytest.mark.parametrize("end", ["commit", "cancel"])
    @pytest.mark.parametrize(
        "use",
        [
            pytest.param(lambda writer: writer.add(Article("a2", "Two")), id="add"),
            pytest.param(lambda writer: writer.delete("a1"), id="delete"),
            pytest.param(lambda writer: writer.commit(), id="commit"),
        ],
    )
    def test_closed_writer_raises(self, engine: Engine, end: str, use: Callable[[Any], Any]) -> None:
        self.index_articles(engine, *articles_named("a1"))
        writer = engine.writer()
        getattr(writer, end)()
        with pytest.raises(ValueError, match="writer"):
            use(writer)
        writer.cancel()  # has no effect
        assert ids(engine.snapshot()) == ["a1"]

    def test_closed_writer_does_not_cancel_the_next(self, engine: Engine) -> None:
        first = engine.writer()
        first.commit()
        second = engine.writer()
        second.add(Article("a1", "One"))
        first.cancel()
        with pytest.raises(IndexLockedError):
            engine.writer()
        second.commit()
        assert ids(engine.snapshot()) == ["a1"]

    def test_second_writer_raises_until_the_first_ends(self, engine: Engine, tmp_path: Path) -> None:
        with engine.writer() as writer:
            writer.add(Article("a1", "One"))
            for other in (engine, self.open(tmp_path / "index")):
                with pytest.raises(IndexLockedError):
                    other.writer()
                with pytest.raises(IndexLockedError):
                    other.writer(wait=0.01, overwrite=True)
            assert ids(engine.snapshot()) == []  # reading needs no lock
        assert ids(engine.snapshot()) == ["a1"]
        for end in ("commit", "cancel"):
            getattr(engine.writer(), end)()
        assert ids(self.index_articles(engine, *articles_named("a2"))) == ["a1", "a2"]

    def test_overwrite_replaces_all_articles(self, engine: Engine) -> None:
        before = self.index_articles(engine, *articles_named("a1", "a2"))
        with engine.writer(overwrite=True) as writer:
            assert writer.delete("a1") is False
            writer.add(Article("a2", "Fresh"))
            writer.add(Article("a3", "Fresh"))
            assert ids(engine.snapshot()) == ["a1", "a2"]
        assert ids(engine.snapshot()) == ["a2", "a3"]
        assert ids(engine.snapshot(), q.Term("text", "headlin")) == []
        assert ids(before) == ["a1", "a2"]
        assert ids(self.index_articles(engine, *articles_named("a4"))) == ["a2", "a3", "a4"]

    def test_cancelled_overwrite_changes_nothing(self, engine: Engine) -> None:
        self.index_articles(engine, *articles_named("a1"))
        writer = engine.writer(overwrite=True)
        writer.add(Article("a2", "Two"))
        writer.cancel()
        assert ids(engine.snapshot()) == ["a1"]

    def test_overwrite_replaces_user_data(self, engine: Engine) -> None:
        engine.writer().commit(b"old")
        engine.writer(overwrite=True).commit()
        assert engine.snapshot().user_data() == b""

    @pytest.mark.parametrize("data", [b"", b"\x00\xff" * 1000, "états".encode()])
    def test_user_data_is_stored(self, engine: Engine, tmp_path: Path, data: bytes) -> None:
        writer = engine.writer()
        writer.add(Article("a1", "One"))
        writer.commit(b"earlier")
        assert engine.snapshot().user_data() == b"earlier"
        engine.writer().commit(data)
        assert engine.snapshot().user_data() == self.open(tmp_path / "index").snapshot().user_data() == data
        self.index_articles(engine, *articles_named("a2"))  # a commit without user data keeps it
        assert engine.snapshot().user_data() == data
        writer = engine.writer()
        writer.cancel()
        assert engine.snapshot().user_data() == data
