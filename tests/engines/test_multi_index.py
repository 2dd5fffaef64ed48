"""Several indexes read as one, compared with the reference engine that has all their articles."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from whoosh import query as q

from searchidx.article import Article
from searchidx.engines.embedded.embedded_engine import EmbeddedEngine
from searchidx.engines.embedded.multi_index import MultiIndexEngine, MultiIndexSnapshot
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.engines.testing.comparison import (
    Comparison,
    assert_same_completions,
    assert_same_counts,
    assert_same_spans,
    duplicate_ids,
    has_gaps,
    id_differences,
    search_ids,
    search_scores,
)
from searchidx.engines.testing.random_articles import (
    Change,
    commit_batches,
    live_articles,
    random_commits,
    random_reprints,
)
from searchidx.errors import AmbiguousIdError, CorruptIndexError, UnsupportedError

Batches = Sequence[Sequence[Change]]


def _id_of(change: Change) -> str:
    return change if isinstance(change, str) else change.id


def _deal(batches: Batches, count: int, rng: random.Random) -> list[list[list[Change]]]:
    """The changes of each of several indexes: all changes of an article go to the same one."""
    owners = {id: rng.randrange(count) for id in sorted({_id_of(each) for batch in batches for each in batch})}
    return [[[each for each in batch if owners[_id_of(each)] == n] for batch in batches] for n in range(count)]


def _open_together(folder: Path, histories: Sequence[Batches]) -> MultiIndexSnapshot:
    engines = {}
    for number, batches in enumerate(histories):
        engines[f"i{number}"] = EmbeddedEngine.create(folder / f"i{number}")
        commit_batches(engines[f"i{number}"], batches)
    return MultiIndexEngine(engines).snapshot()


@pytest.fixture(scope="module", params=[(1, 2), (2, 3), (3, 4)], ids=str)
def comparison(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Two to four indexes with replacements and deletions, and the reference engine with what is live in them."""
    seed, count = request.param
    folder = tmp_path_factory.mktemp("several")
    histories = _deal(random_commits(random.Random(seed), 40 * seed, 2 + seed), count, random.Random(seed))
    articles = [article for history in histories for article in live_articles(history)]
    reference = ReferenceEngine.create(folder / "reference")
    commit_batches(reference, [articles])
    return Comparison(seed, articles, reference.snapshot(), {"several": _open_together(folder, histories)})


def test_random_queries_match_the_same_articles(comparison: Comparison) -> None:
    snapshot = comparison.snapshots["several"]
    with_hits = comparison.check(
        lambda tree, turn: id_differences(comparison.reference, snapshot, tree, turn), count=40
    )
    assert with_hits >= 12  # queries without hits prove little


def test_scores_are_those_of_one_index(comparison: Comparison) -> None:
    snapshot = comparison.snapshots["several"]
    compared = 0
    for _, tree in comparison.queries(40):
        total, expected = search_scores(comparison.reference, tree)
        found_total, found = search_scores(snapshot, tree)
        assert found_total == total
        assert dict(found) == pytest.approx(dict(expected), rel=1e-5, abs=1e-6)
        compared += any(score for _, score in found)
    assert compared >= 10


def test_collectors_agree(comparison: Comparison) -> None:
    snapshots = comparison.snapshots.values()
    for tree in comparison.counted_queries(15):
        assert_same_counts(comparison.reference, snapshots, tree)
        if not has_gaps(tree):
            assert_same_spans(comparison.reference, snapshots, tree)


def test_completions_agree(comparison: Comparison) -> None:
    assert assert_same_completions(comparison.reference, comparison.snapshots.values()) > 100


def test_stats_count_the_words_of_all_live_articles(comparison: Comparison) -> None:
    assert comparison.snapshots["several"].stats().words == comparison.reference.stats().words


@pytest.mark.parametrize("threshold", [0.6, 0.8, 1.0])
def test_near_duplicates_are_found_across_indexes(tmp_path: Path, threshold: float) -> None:
    histories = _deal([random_reprints(random.Random(1), 60)], 3, random.Random(2))
    reference = ReferenceEngine()
    commit_batches(reference, [[article for history in histories for article in live_articles(history)]])
    expected = duplicate_ids(reference.snapshot(), threshold)
    assert len(expected) > 10
    assert duplicate_ids(_open_together(tmp_path, histories), threshold) == expected


# -- ids ---------------------------------------------------------------------------------------------------------------


def _article(id: str, headline: str = "Rain") -> Article:
    return Article(id, headline)


def test_random_clashes_get_prefixes(tmp_path: Path) -> None:
    """The ids are those that a plain rule gives, and each finds its article again."""
    rng = random.Random(5)
    pool = ["a", "b", "c", "i0:a", "i1:b", "i1:i0:a", "i0", "i0:", "http://x/1", "i2:c", "é", "i1:é"]
    for turn in range(25):
        histories = []
        for _ in range(3):
            ids = rng.sample(pool, 6)
            histories.append([[_article(id) for id in ids], [*rng.sample(ids, 2), _article(rng.choice(ids), "Snow")]])
        snapshot = _open_together(tmp_path / str(turn), histories)
        live = [[article.id for article in live_articles(history)] for history in histories]
        expected = []
        for number, ids in enumerate(live):
            for id in ids:
                clashes = sum(id in other for other in live) > 1
                is_ambiguous = id.partition(":")[0] in ("i0", "i1", "i2") and ":" in id
                expected.append(f"i{number}:{id}" if clashes or is_ambiguous else id)
        assert len(set(expected)) == len(expected)
        total, found = search_ids(snapshot, q.Every())
        assert (total, sorted(found)) == (len(expected), sorted(expected))
        for doc in snapshot.search(q.Every(), limit=None).docs:
            id = snapshot.id(doc)
            assert snapshot.article(doc).id == id
            assert snapshot.find(id) == doc
            assert list(snapshot.find_all([id, "unknown"])) == [doc]
            assert search_ids(snapshot, q.Term("id", id)) == (1, [id])
            owner, original = snapshot.original_id(id) or (-1, "")
            assert original in live[owner]
            assert snapshot.find(f"i{owner}:{original}") == doc
            assert snapshot.show_ids(owner, [original, "unknown"]) == [id, f"i{owner}:unknown"]


def test_ambiguous_id_is_an_error_that_names_the_articles(tmp_path: Path) -> None:
    snapshot = _open_together(tmp_path, [[[_article("a"), _article("b")]], [[_article("b")]], [[_article("c")]]])
    with pytest.raises(AmbiguousIdError, match="several archives have an article 'b': write i0:b or i1:b") as caught:
        snapshot.find("b")
    assert (caught.value.id, caught.value.ids) == ("b", ("i0:b", "i1:b"))
    assert search_ids(snapshot, q.Term("id", "b")) == (2, ["i0:b", "i1:b"])


def test_deleted_article_does_not_clash(tmp_path: Path) -> None:
    snapshot = _open_together(tmp_path, [[[_article("a"), _article("b")], ["a"]], [[_article("a")]]])
    assert search_ids(snapshot, q.Every()) == (2, ["b", "a"])


def test_documents_read_in_any_order_have_their_ids(tmp_path: Path) -> None:
    snapshot = _open_together(tmp_path, [[[_article("a"), _article("b")]], [[_article("b"), _article("c")]]])
    assert [article.id for article in snapshot.articles([3, 1, 2, 0])] == ["c", "i0:b", "i1:b", "a"]
    assert [term.decode() for term in snapshot.index.reader().lexicon("id")] == ["a", "c", "i0:b", "i1:b"]


# -- reading only ------------------------------------------------------------------------------------------------------


def test_several_indexes_cannot_be_written(tmp_path: Path) -> None:
    engine = MultiIndexEngine({"a": EmbeddedEngine.create(tmp_path / "a"), "b": EmbeddedEngine.create(tmp_path / "b")})
    for write in (engine.writer, lambda: MultiIndexEngine.create(tmp_path), lambda: MultiIndexEngine.at(tmp_path)):
        with pytest.raises(UnsupportedError, match="several archives can only be read"):
            write()


def test_commit_of_one_index_shows_in_a_new_snapshot_only(tmp_path: Path) -> None:
    engines = {name: EmbeddedEngine.create(tmp_path / name) for name in ("a", "b")}
    engine = MultiIndexEngine(engines)
    commit_batches(engines["a"], [[_article("x")]])
    before, token = engine.snapshot(), engine.commit_token()
    commit_batches(engines["b"], [[_article("x"), _article("y")]])
    after = engine.snapshot()
    assert engine.commit_token() != token
    assert before.fingerprint != after.fingerprint
    assert search_ids(before, q.Every()) == (1, ["x"])
    assert search_ids(after, q.Every()) == (3, ["a:x", "b:x", "y"])
    assert engine.snapshot().fingerprint == after.fingerprint
    assert MultiIndexEngine(dict(reversed(engines.items()))).snapshot().fingerprint != after.fingerprint


def test_damage_names_the_index(tmp_path: Path) -> None:
    engines = {name: EmbeddedEngine.create(tmp_path / name) for name in ("a", "b")}
    for name, engine in engines.items():
        commit_batches(engine, [[replace(_article(name), body="rain " * 50)]])
    [segment] = (tmp_path / "b").glob("*.seg")
    content = bytearray(segment.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 400] = b"\xff" * 400
    segment.write_bytes(content)
    engine = MultiIndexEngine(engines)
    assert [line for line in engine.verify() if segment.name in line]

    def read() -> None:
        snapshot = engine.snapshot()
        list(snapshot.articles(range(2)))
        search_ids(snapshot, q.Term("text", "rain"))

    with pytest.raises(CorruptIndexError) as caught:
        read()
    assert caught.value.path == tmp_path / "b"


def test_former_texts_change_no_other_answer(tmp_path: Path) -> None:
    engines = {name: EmbeddedEngine.create(tmp_path / name) for name in ("a", "b")}
    commit_batches(engines["a"], [[_article("x")]])
    commit_batches(engines["b"], [[_article("y", "Snow")]])
    with engines["b"].writer() as writer:
        writer.keep(_article("y", "Snow"))
        writer.add(_article("y", "Hail"))
    snapshot = MultiIndexEngine(engines).snapshot()
    assert search_ids(snapshot, q.Every()) == (2, ["x", "y"])
    assert search_ids(snapshot, q.Term("text", "snow")) == (0, [])
    assert snapshot.stats().former == 1
    former = snapshot.former()
    assert former is not None
    assert [each.headline for each in former.all_articles()] == ["Snow"]
    assert search_ids(snapshot.with_former(), q.Term("text", "snow")) == (1, ["y"])
