"""Several indexes read as one, in folders and on a cluster, compared with one index that has all their articles."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from cluster_engine import ClusterEngine, require_engine
from whoosh import query as q

from searchidx.article import Article
from searchidx.engines.contract import Engine, Snapshot
from searchidx.engines.embedded.embedded_engine import EmbeddedEngine
from searchidx.engines.embedded.multi_index import MultiIndexEngine, MultiIndexSnapshot
from searchidx.engines.opensearch.cluster_multi_index import ClusterMultiIndexEngine, ClusterMultiIndexSnapshot
from searchidx.engines.reference.match import word_predicate
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.engines.results import Sort
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
from searchidx.errors import AmbiguousIdError, CorruptIndexError, SnapshotLostError, UnsupportedError
from searchidx.query.nodes import ArticleSet, Near

Batches = Sequence[Sequence[Change]]


def _id_of(change: Change) -> str:
    return change if isinstance(change, str) else change.id


def _deal(batches: Batches, count: int, rng: random.Random) -> list[list[list[Change]]]:
    """The changes of each of several indexes: all changes of an article go to the same one."""
    owners = {id: rng.randrange(count) for id in sorted({_id_of(each) for batch in batches for each in batch})}
    return [[[each for each in batch if owners[_id_of(each)] == n] for batch in batches] for n in range(count)]


MultiSnapshot = MultiIndexSnapshot | ClusterMultiIndexSnapshot


class Kind(NamedTuple):
    """An engine for one index, and the one for several."""

    one: Any
    several: Any

    def create(self, folder: Path, batches: Batches) -> Engine:
        """An index after some commits."""
        engine: Engine = self.one.create(folder)
        commit_batches(engine, batches)
        return engine

    def open_together(self, folder: Path, histories: Sequence[Batches]) -> MultiSnapshot:
        engines = {f"i{n}": self.create(folder / f"i{n}", batches) for n, batches in enumerate(histories)}
        snapshot: MultiSnapshot = self.several(engines).snapshot()
        return snapshot


FOLDERS = Kind(EmbeddedEngine, MultiIndexEngine)
CLUSTER = Kind(ClusterEngine, ClusterMultiIndexEngine)


@pytest.fixture(scope="module", params=[FOLDERS, CLUSTER], ids=["folders", "cluster"])
def kind(request: pytest.FixtureRequest) -> Kind:
    require_engine(request.param.one, request)
    return cast(Kind, request.param)


@dataclass(frozen=True)
class Together(Comparison):
    """Several indexes compared with the reference engine.

    Attributes:
        several: the indexes.
        scored: the same articles in indexes that score as if no article had been deleted.
        one: one index with all articles.
    """

    several: MultiSnapshot
    scored: MultiSnapshot
    one: Snapshot


@pytest.fixture(scope="module", params=[(1, 2), (2, 3), (3, 4)], ids=str)
def together(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, kind: Kind) -> Together:
    """Two to four indexes with replacements and deletions, and the reference engine with what is live in them."""
    seed, count = request.param
    folder = tmp_path_factory.mktemp("several")
    histories = _deal(random_commits(random.Random(seed), 40 * seed, 2 + seed), count, random.Random(seed))
    live = [live_articles(history) for history in histories]
    articles = [article for each in live for article in each]
    reference = ReferenceEngine.create(folder / "reference")
    commit_batches(reference, [articles])
    scored = several = kind.open_together(folder, histories)
    if kind is CLUSTER:  # deleted articles count in the rarity of words for a while
        scored = kind.open_together(folder / "live", [[each[::2], each[1::2]] for each in live])
    one = kind.create(folder / "one", [articles]).snapshot()
    return Together(seed, articles, reference.snapshot(), {"several": several}, several, scored, one)


def test_random_queries_match_the_same_articles(together: Together) -> None:
    with_hits = together.check(
        lambda tree, turn: id_differences(together.reference, together.several, tree, turn), count=40
    )
    assert with_hits >= 12  # queries without hits prove little


def test_scores_are_those_of_one_index(together: Together) -> None:
    compared = 0
    for _, tree in together.queries(40):
        total, expected = search_scores(together.one, tree)
        found_total, found = search_scores(together.scored, tree)
        assert found_total == total
        assert dict(found) == pytest.approx(dict(expected), rel=1e-5, abs=1e-6)
        compared += any(score for _, score in found)
    assert compared >= 10


def test_collectors_agree(together: Together) -> None:
    for tree in together.counted_queries(15):
        assert_same_counts(together.reference, [together.several], tree)
        if not has_gaps(tree):
            assert_same_spans(together.reference, [together.several], tree)


def test_completions_agree(together: Together) -> None:
    assert assert_same_completions(together.reference, [together.several]) > 100


def test_patterns_agree(together: Together) -> None:
    found = 0
    for field in ("text.folded", "byline", "id"):
        for pattern in (
            q.Prefix(field, "a"), q.Wildcard(field, "*1?"), q.Regex(field, ".*[13]"), q.FuzzyTerm(field, "a1"),
            q.TermRange(field, "a1", "b"),
        ):  # fmt: skip
            if field != "id":
                assert together.several.expand(pattern) == together.reference.expand(pattern), pattern
            total, ids = search_ids(together.reference, pattern, sort=Sort.OLDEST)
            assert search_ids(together.several, pattern, sort=Sort.OLDEST) == (total, ids), pattern
            found += total
    assert found > 100


def test_stats_count_the_words_of_all_live_articles(together: Together) -> None:
    assert together.several.stats().words == together.reference.stats().words


@pytest.mark.parametrize("threshold", [0.6, 0.8, 1.0])
def test_near_duplicates_are_found_across_indexes(tmp_path: Path, threshold: float, kind: Kind) -> None:
    histories = _deal([random_reprints(random.Random(1), 60)], 3, random.Random(2))
    reference = ReferenceEngine()
    commit_batches(reference, [[article for history in histories for article in live_articles(history)]])
    expected = duplicate_ids(reference.snapshot(), threshold)
    assert len(expected) > 10
    assert duplicate_ids(kind.open_together(tmp_path, histories), threshold) == expected


def test_words_of_one_index_score_by_the_articles_of_all(tmp_path: Path, kind: Kind) -> None:
    """An index without a word, and one that a condition leaves out, count in the rarity of the others' words."""
    texts = ("central bank rates", "the central bank", "bank of the river", "the rates of it", "river")
    with_words = [Article(f"a{n}", f"News {n}", text, date=f"2023-0{n + 1}") for n, text in enumerate(texts)]
    others = [Article(f"b{n}", f"More {n}", f"{'rain and ' * n}snow", date="2021-05") for n in range(9)]
    several = kind.open_together(tmp_path, [[with_words], [others]])
    one = kind.create(tmp_path / "one", [[*with_words, *others]]).snapshot()
    phrase, word = q.Phrase("text", ["central", "bank"]), q.Term("text", "bank")
    ids = ("a0", "i0:a0"), ("a1", "i0:a1"), ("b1", "i1:b1")
    trees = [(phrase, phrase), (Near(word, q.Term("text", "central"), 5),) * 2]
    years = (q.DateRange("date", datetime(year, 1, 1), datetime(year + 1, 1, 1)) for year in (2021, 2023))
    trees += [(q.And([word, year]),) * 2 for year in years]
    trees += [(q.And([word, q.Term("id", a)]), q.And([word, q.Term("id", b)])) for a, b in ids]
    for labelled in (["a0", "a2"], ["a1", "b2"]):
        sets = (ArticleSet(word, frozenset(labelled), each.find_all(labelled), 0) for each in (one, several))
        in_one, in_several = (q.And([word, each]) for each in sets)
        trees.append((in_one, in_several))
    for in_one, in_several in trees:
        expected, found = search_scores(one, in_one), search_scores(several, in_several)
        assert found == (expected[0], [(id, pytest.approx(score, rel=1e-5)) for id, score in expected[1]])
    assert [search_scores(several, tree)[0] for _, tree in trees] == [2, 2, 0, 3, 1, 1, 0, 2, 1]


# -- ids ---------------------------------------------------------------------------------------------------------------


def _article(id: str, headline: str = "Rain") -> Article:
    return Article(id, headline)


def test_random_clashes_get_prefixes(tmp_path: Path, kind: Kind) -> None:
    """The ids are those that a plain rule gives, and each finds its article again; patterns match them."""
    rng = random.Random(5)
    pool = ["a", "b", "c", "i0:a", "i1:b", "i1:i0:a", "i0", "i0:", "http://x/1", "i2:c", "é", "i1:é"]
    patterns = (
        q.Prefix("id", "i1"), q.Prefix("id", ""), q.Wildcard("id", "i?:*"), q.Wildcard("id", "*:a"),
        q.FuzzyTerm("id", "i1:b"), q.Regex("id", "i[01]:.*"), q.Regex("id", "[^:]*"), q.TermRange("id", "b", "i1:c"),
    )  # fmt: skip
    for turn in range(25 if kind is FOLDERS else 4):
        histories = []
        for _ in range(3):
            ids = rng.sample(pool, 6)
            histories.append([[_article(id) for id in ids], [*rng.sample(ids, 2), _article(rng.choice(ids), "Snow")]])
        snapshot = kind.open_together(tmp_path / str(turn), histories)
        live = [[article.id for article in live_articles(history)] for history in histories]
        expected = []
        for number, ids in enumerate(live):
            for id in ids:
                clashes = sum(id in other for other in live) > 1
                is_ambiguous = id.partition(":")[0] in ("i0", "i1", "i2") and ":" in id
                expected.append(f"i{number}:{id}" if clashes or is_ambiguous else id)
        assert len(set(expected)) == len(expected)
        total, found = search_ids(snapshot, q.Every())
        assert (total, found) == (len(expected), expected)
        for pattern in patterns:
            matched = [id for id in expected if word_predicate(pattern)(id)]
            assert search_ids(snapshot, pattern) == (len(matched), matched), pattern
            if kind is CLUSTER:
                assert snapshot.expand(pattern) == sorted(matched), pattern
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


def test_ambiguous_id_is_an_error_that_names_the_articles(tmp_path: Path, kind: Kind) -> None:
    snapshot = kind.open_together(tmp_path, [[[_article("a"), _article("b")]], [[_article("b")]], [[_article("c")]]])
    with pytest.raises(AmbiguousIdError, match="several archives have an article 'b': write i0:b or i1:b") as caught:
        snapshot.find("b")
    assert (caught.value.id, caught.value.ids) == ("b", ("i0:b", "i1:b"))
    assert search_ids(snapshot, q.Term("id", "b")) == (2, ["i0:b", "i1:b"])


def test_deleted_article_does_not_clash(tmp_path: Path, kind: Kind) -> None:
    snapshot = kind.open_together(tmp_path, [[[_article("a"), _article("b")], ["a"]], [[_article("a")]]])
    assert search_ids(snapshot, q.Every()) == (2, ["b", "a"])


def test_documents_read_in_any_order_have_their_ids(tmp_path: Path, kind: Kind) -> None:
    snapshot = kind.open_together(tmp_path, [[[_article("a"), _article("b")]], [[_article("b"), _article("c")]]])
    assert [article.id for article in snapshot.articles([3, 1, 2, 0])] == ["c", "i0:b", "i1:b", "a"]
    if kind is FOLDERS:
        assert [term.decode() for term in snapshot.index.reader().lexicon("id")] == ["a", "c", "i0:b", "i1:b"]


# -- reading only ------------------------------------------------------------------------------------------------------


def test_several_indexes_cannot_be_written(tmp_path: Path, kind: Kind) -> None:
    engine = kind.several({name: kind.one.create(tmp_path / name) for name in ("a", "b")})
    for write in (engine.writer, *(partial(each, tmp_path) for each in (engine.create, engine.open, engine.at))):
        with pytest.raises(UnsupportedError, match="several archives can only be read"):
            write()


def test_commit_of_one_index_shows_in_a_new_snapshot_only(tmp_path: Path, kind: Kind) -> None:
    engines = {name: kind.one.create(tmp_path / name) for name in ("a", "b")}
    engine = kind.several(engines)
    commit_batches(engines["a"], [[_article("x")]])
    before, token = engine.snapshot(), engine.commit_token()
    commit_batches(engines["b"], [[_article("x"), _article("y")]])
    after = engine.snapshot()
    assert engine.commit_token() != token
    assert before.fingerprint != after.fingerprint
    assert search_ids(before, q.Every()) == (1, ["x"])
    assert search_ids(after, q.Every()) == (3, ["a:x", "b:x", "y"])
    assert engine.snapshot().fingerprint == after.fingerprint
    assert kind.several(dict(reversed(engines.items()))).snapshot().fingerprint != after.fingerprint


def test_lost_point_in_time_of_several_indexes_is_replaced_until_one_changes(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    require_engine(ClusterEngine, request)
    engines = {name: ClusterEngine.create(tmp_path / name) for name in ("a", "b")}
    commit_batches(engines["a"], [[_article("x"), _article("y")], ["y"]])
    commit_batches(engines["b"], [[_article("x")]])
    snapshot = ClusterMultiIndexEngine(engines).snapshot()

    def lose() -> None:
        assert ClusterEngine.cluster is not None
        ClusterEngine.cluster.request("DELETE", "/_search/point_in_time", {"pit_id": list(snapshot._point._ids)})

    assert search_ids(snapshot, q.Every()) == (2, ["a:x", "b:x"])
    lose()
    assert search_ids(snapshot, q.Term("text", "rain")) == (2, ["a:x", "b:x"])
    commit_batches(engines["b"], [[_article("z")]])
    assert search_ids(snapshot, q.Every()) == (2, ["a:x", "b:x"])
    lose()
    with pytest.raises(SnapshotLostError, match="/a,b, and there is a newer commit"):
        search_ids(snapshot, q.Every())


def test_missing_index_of_several_is_an_error_that_names_it(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    require_engine(ClusterEngine, request)
    engines = {name: ClusterEngine.create(tmp_path / name) for name in ("a", "b")}
    index = engines["b"].control.read().index
    assert ClusterEngine.cluster is not None
    ClusterEngine.cluster.request("DELETE", f"/{index}")
    with pytest.raises(CorruptIndexError, match=f"{index} of .*/a,b is missing"):
        ClusterMultiIndexEngine(engines).snapshot()


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
