"""What is counted over all hits, by both engines: random corpora and trees, the same numbers; and some by hand."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from corpora import article, history, survivors, word, write
from test_conformance import kind  # noqa: F401 - a fixture
from trees import Trees, show
from whoosh import query as q

from searchidx import Article
from searchidx.engines.collectors import shingles
from searchidx.engines.contract import Engine, Snapshot, Sort
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.embedded.minhash import BINS, OFFSETS
from searchidx.engines.embedded.near_duplicates import _rows
from searchidx.engines.reference.match import Document
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.query.traversal import leaves
from searchidx.search.aggregations import FACETS


@pytest.fixture(scope="module", params=range(1, 7))
def sides(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One random corpus: the oracle, several segments with deletions, a single one."""
    rng = random.Random(request.param)
    batches = history(rng, 25 * request.param, 1 + request.param)
    articles = survivors(batches)
    folder = tmp_path_factory.mktemp("sides")
    found: dict[str, Any] = {"articles": articles, "seed": request.param}
    for name, make, changes in (
        ("naive", ReferenceEngine, batches),
        ("written", EmbeddedEngine, batches),
        ("whole", EmbeddedEngine, [articles]),
    ):
        engine = make.create(folder / name)
        write(engine, changes)
        found[name] = engine.snapshot()
    return found


def trees(sides: dict[str, Any], count: int = 24) -> Iterator[Any]:
    made = Trees(sides["articles"])
    yield q.Every()
    for n in range(count):
        yield made.seeded(sides["seed"] * 1000 + n).tree(n % 4)


def has_gaps(tree: Any) -> bool:
    """Whether a phrase of the tree allows words between its words, as none of the language does."""
    return any(getattr(leaf, "slop", 1) != 1 for leaf in leaves(tree))


def test_facets(sides: dict[str, Any]) -> None:
    for tree in trees(sides):
        for field in FACETS:
            expected = sides["naive"].facet(tree, field)
            for name in ("written", "whole"):
                assert sides[name].facet(tree, field) == expected, (name, field, show(tree))


def test_single_values_and_those_without_add_up_to_the_total(sides: dict[str, Any]) -> None:
    for tree in trees(sides):
        for field in ("source", "section", "language", "year", "month"):
            found = sides["written"].facet(tree, field)
            assert sum(count for count, _ in found.values.values()) + found.missing == found.total


def test_days(sides: dict[str, Any]) -> None:
    for tree in trees(sides):
        for occurrences in (False, True):
            if occurrences and has_gaps(tree):
                continue
            expected = sides["naive"].date_histogram(tree, occurrences)
            for name in ("written", "whole"):
                assert sides[name].date_histogram(tree, occurrences) == expected, (name, occurrences, show(tree))


def test_places(sides: dict[str, Any]) -> None:
    found = 0
    for tree in trees(sides, 60):
        if has_gaps(tree):
            continue
        expected = by_id(sides["naive"], sides["naive"].spans(tree))
        found += len(expected)
        for name in ("written", "whole"):
            assert by_id(sides[name], sides[name].spans(tree)) == expected, (name, show(tree))
    assert found > 100


def by_id(snapshot: Snapshot, places: Any) -> list[tuple[str, list[tuple[str, int, int]]]]:
    return [(snapshot.id(doc), list(here)) for doc, here in places]


def test_words(sides: dict[str, Any]) -> None:
    for tree in trees(sides):
        expected = words(sides["naive"], tree)
        for name in ("written", "whole"):
            assert words(sides[name], tree) == expected, (name, show(tree))


def test_completions(sides: dict[str, Any]) -> None:
    found = 0
    for beginning in ("", "b", "ba", "bank", "banks", "rat", "ca", "cafe", "東", "w1", "zz", "\x00", "\ud800"):
        for limit in (0, 1, 5, 1000):
            expected = sides["naive"].completions(beginning, limit)
            found += len(expected)
            for name in ("written", "whole"):
                assert sides[name].completions(beginning, limit) == expected, (name, beginning, limit)
    assert found > 100


def words(snapshot: Snapshot, tree: Any) -> Any:
    found = snapshot.term_stats(tree)
    columns = (found.counts, found.articles, found.corpus_counts, found.corpus_articles)
    rows = {(found.spelling(at), *(column[at] for column in columns)) for at, count in enumerate(found.counts) if count}
    return found.total, found.words, found.corpus_words, rows


def test_headlines_in_order(sides: dict[str, Any]) -> None:
    for tree in trees(sides, 12):
        expected = [sides["naive"].id(doc) for doc in every(sides["naive"], tree)]
        for name in ("written", "whole"):
            assert [sides[name].id(doc) for doc in every(sides[name], tree)] == expected, (name, show(tree))
            page = sides[name].search(tree, limit=2, offset=1, sort=Sort.HEADLINE).docs
            assert [sides[name].id(doc) for doc in page] == expected[1:3]


def every(snapshot: Snapshot, tree: Any) -> Any:
    return snapshot.search(tree, limit=None, sort=Sort.HEADLINE).docs


def test_articles_in_any_order(sides: dict[str, Any]) -> None:
    for name in ("naive", "written", "whole"):
        snapshot = sides[name]
        docs = list(snapshot.search(q.Every(), limit=None).docs)
        random.Random(1).shuffle(docs)
        assert list(snapshot.articles(docs)) == [snapshot.article(doc) for doc in docs]


def test_an_index_is_described(sides: dict[str, Any]) -> None:
    expected = sides["naive"].stats().words
    for name in ("written", "whole"):
        about = sides[name].stats()
        assert about.words == expected
        assert about.segments == len(sides[name].parts)
        folder = sides[name].folder
        assert about.bytes == sum(
            path.stat().st_size for path in folder.iterdir() if path.suffix in (".seg", ".bits", ".bin")
        )


# -- near-duplicates ---------------------------------------------------------------------------------------------------


def reprints(rng: random.Random, count: int) -> list[Article]:
    """Articles, and others whose bodies are theirs with some words other, left out or added."""
    made = [article(rng, f"a{n}") for n in range(count)]
    for n in range(count):
        source = rng.choice(made)
        text = source.body.split(" ")
        for _ in range(rng.choice((0, 0, 1, 2, 3, 8))):
            text[rng.randrange(len(text))] = rng.choice(("", word(rng), f"w{n}"))
        made.append(Article(f"b{n}", f"Reprint {n}", " ".join(text)))
    return made


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.8, 0.9, 1.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_near_duplicates_are_those_of_the_plain_reading(tmp_path: Path, seed: int, threshold: float) -> None:
    articles = reprints(random.Random(seed), 60)
    batches = [articles[:50], [*articles[50:], "a3", "a7"]]
    groups = {}
    for make in (ReferenceEngine, EmbeddedEngine):
        engine = make.create(tmp_path / make.__name__)
        write(engine, batches)
        snapshot = engine.snapshot()
        docs = sorted(snapshot.search(q.Every(), limit=None).docs)
        groups[make] = [[snapshot.id(doc) for doc in group] for group in snapshot.near_duplicates(docs, threshold)]
    assert groups[EmbeddedEngine] == groups[ReferenceEngine]
    assert len(groups[ReferenceEngine]) > 10


def test_a_thousand_copies_are_one_group(tmp_path: Path) -> None:
    engine = EmbeddedEngine.create(tmp_path / "index")
    text = " ".join(f"w{n}" for n in range(200))
    write(engine, [[Article(f"a{n}", f"Headline {n}", text if n % 2 else f"{text} {n}") for n in range(1000)]])
    assert engine.snapshot().near_duplicates(range(1000), 0.8) == [list(range(1000))]


def test_without_a_body_nothing_is_similar(kind: type[Engine], tmp_path: Path) -> None:  # noqa: F811
    engine = kind.create(tmp_path / "index")
    write(engine, [[Article("a", "Same"), Article("b", "Same"), Article("c", "", "Rain."), Article("d", "", "Rain!")]])
    snapshot = engine.snapshot()
    assert snapshot.near_duplicates([0, 1, 2, 3], 0.5) == [[2, 3]]
    assert snapshot.near_duplicates([], 0.5) == []
    assert snapshot.near_duplicates([0], 0.5) == []


def test_signatures_agree_as_often_as_bodies_do(tmp_path: Path) -> None:
    """The share of equal bins is an estimate of Jaccard's index whose error is that of 64 draws."""
    rng = random.Random(7)
    pairs = []
    for n in range(200):
        common = [f"w{rng.randrange(9999)}" for _ in range(rng.randint(20, 300))]
        other = [w if rng.random() > n / 400 else f"v{rng.randrange(9999)}" for w in common]
        pairs += [Article(f"a{n}", "", " ".join(common)), Article(f"b{n}", "", " ".join(other))]
    engine = EmbeddedEngine.create(tmp_path / "index")
    write(engine, [pairs])
    rows = engine.snapshot().parts[0].segment.arrays["signatures"].reshape(-1, BINS)
    errors = []
    for n in range(0, 400, 2):
        one, other = shingles(Document(pairs[n])), shingles(Document(pairs[n + 1]))
        true = len(one & other) / len(one | other)
        errors.append(float((rows[n] == rows[n + 1]).mean()) - (true + (1 - true) / 256))
    assert abs(sum(errors) / len(errors)) < 0.01
    assert max(map(abs, errors)) < 0.25
    assert sum(error**2 for error in errors) / len(errors) < 0.06**2


def test_bins_look_for_another_in_an_order_of_their_own() -> None:
    assert all(sorted(row) == list(range(1, BINS)) for row in OFFSETS.tolist())
    assert Counter(map(tuple, OFFSETS.tolist())).most_common(1)[0][1] == 1
    assert OFFSETS[0, :4].tolist() == [51, 34, 32, 31]  # written down in every index: it may never change


@pytest.mark.parametrize(("threshold", "rows"), [(1.0, 8), (0.95, 8), (0.9, 6), (0.8, 4), (0.7, 3), (0.5, 2)])
def test_bands(threshold: float, rows: int) -> None:
    assert _rows(threshold) == rows
