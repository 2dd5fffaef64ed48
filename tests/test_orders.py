"""The orders `best` and `fresh`: what they change, what they leave, and how their pages fit together."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import searchidx
from searchidx import Archive, Article
from searchidx.engines import collectors, feedback
from searchidx.engines.reference.match import Document
from searchidx.search import orders

RIVER = "water boats flood banks fishermen"
MONEY = "credit loan interest deposit customers"


def archive_of(folder: Path, *articles: Article) -> Archive:
    archive = searchidx.create(folder)
    with archive.writer() as writer:
        for article in articles:
            writer.add(replace(article, language="en"))
    archive.refresh()
    return archive


@pytest.fixture
def banks(tmp_path: Path) -> Archive:
    """Articles about two kinds of bank; the two best matches for `bank` are about rivers."""
    return archive_of(
        tmp_path / "banks",
        Article("river-1", "Bank of the bank", f"bank bank {RIVER}"),
        Article("river-2", "Bank and bank", f"bank bank {RIVER} upstream"),
        *(Article(f"money-{n}", "", f"bank {MONEY} {n}") for n in range(8)),
        Article("river-3", "", f"bank {RIVER} downstream meadows reeds and the slow grey water of the delta"),
        *(Article(f"other-{n}", "", f"weather report {n}") for n in range(20)),
    )


def ids(archive: Archive, query: str, **options: Any) -> list[str]:
    return [hit.id for hit in archive.search(query, **{"limit": None, **options})]


@pytest.fixture
def best_for_any_query(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "MIN_WORDS", 1)


def test_best_needs_a_query_of_six_words(banks: Archive) -> None:
    for query in ("bank", "bank OR bank OR bank OR bank OR bank", 'bank OR "bank and bank" -one -two'):
        assert ids(banks, query, sort="best") == ids(banks, query)
    for query in (" OR ".join(["bank"] * 6), 'bank OR bank OR "bank and bank" OR bank'):
        assert ids(banks, query).index("river-3") > 2
        assert ids(banks, query, sort="best").index("river-3") == 2


@pytest.mark.usefixtures("best_for_any_query")
def test_best_raises_articles_like_the_best_hits(banks: Archive) -> None:
    assert ids(banks, "bank")[:2] == ["river-2", "river-1"]
    assert ids(banks, "bank").index("river-3") > 2
    assert ids(banks, "bank", sort="best")[:3] == ["river-2", "river-1", "river-3"]
    assert ids(banks, "bank", rerank=True) == ids(banks, "bank", sort="best")


@pytest.mark.usefixtures("best_for_any_query")
def test_best_has_the_hits_and_scores_of_relevance(banks: Archive) -> None:
    for query in ("bank", "bank credit OR flood", "*", "weather -bank", "nothing"):
        plain, best = banks.search(query, limit=None), banks.search(query, limit=None, sort="best")
        assert {hit.id: hit.score for hit in best} == {hit.id: hit.score for hit in plain}
        assert best.total == plain.total


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """300 dated and undated articles of few words, in three commits."""
    rng = random.Random(20230201)
    words = [f"{one}{other}" for one in "bdfg" for other in ("ank", "eel", "oto", "umi")]
    folder = tmp_path_factory.mktemp("many")
    for commit in range(3):
        archive = searchidx.open(folder) if commit else searchidx.create(folder)
        with archive.writer() as writer:
            for number in range(100):
                date = f"{rng.randint(2015, 2023)}-{rng.randint(1, 12):02}-11" if rng.random() < 0.8 else None
                text = " ".join(rng.choices(words, k=rng.randint(3, 40)))
                writer.add(Article(f"a{commit}-{number}", " ".join(rng.choices(words, k=3)), text, date, language="en"))
    return searchidx.open(folder)


@pytest.mark.usefixtures("best_for_any_query")
@pytest.mark.parametrize("sort", ["best", "fresh"])
@pytest.mark.parametrize("query", ["bank", "bank OR deel goto", "bank deel", "-bank", "feel^3 goto date:*"])
def test_pages_are_slices_of_the_whole_answer(many: Archive, sort: str, query: str) -> None:
    every = ids(many, query, sort=sort)
    assert len(every) > 20
    assert sorted(every) == sorted(ids(many, query))
    for size in (1, 7, 50, 60):
        pages = [ids(many, query, sort=sort, limit=size, offset=at) for at in range(0, len(every), size)]
        assert [id for page in pages for id in page] == every
    assert [hit.id for hit in many.hits(query, sort=sort)] == every


@pytest.mark.usefixtures("best_for_any_query")
def test_best_leaves_what_follows_the_first_fifty(many: Archive) -> None:
    plain, best = ids(many, "bank OR deel"), ids(many, "bank OR deel", sort="best")
    assert plain[50:] == best[50:]
    assert plain[:50] != best[:50]


def test_embedded_engine_rescores_like_the_definition(many: Archive) -> None:
    snapshot = many._snapshot
    documents = [Document(snapshot.article(doc)) for doc in range(len(snapshot))]
    for query in ("bank", "bank OR deel goto", "feel goto"):
        hits = many.search(query, limit=50)
        docs, scores = [hit.doc for hit in hits], [hit.score for hit in hits]
        expected = collectors.rescore(
            [documents[doc] for doc in docs],
            scores,
            lambda stems: collectors.count_articles(documents, stems),
            len(documents),
        )
        assert list(snapshot.rescore(docs, scores)) == pytest.approx(expected, rel=1e-5)


def test_near_duplicates_count_once_in_the_model() -> None:
    rows = np.array([[3, 1, 0], [3, 1, 0], [3, 1, 0], [0, 1, 3]])
    assert feedback._distinct_hits(rows) == [0, 3]


def test_new_scores_follow_the_formula() -> None:
    """Two hits of one article each, computed by hand: terms 0 and 1 in the first, 1 and 2 in the second."""
    terms, owners = np.array([0, 1, 1, 2]), np.array([0, 0, 1, 1])
    counts = np.array([1, 4, 1])
    idf = np.log(1 + (10 - counts + 0.5) / (counts + 0.5))
    hits = np.array([[0.5, 0.5, 0], [0, 0.5, 0.5]]) * idf
    model = hits[0] + (1.0 / 2.0) ** 10 * hits[1]
    cosine = hits @ model / np.linalg.norm(hits, axis=1)
    expected = 0.6 * np.array([1.0, 0.5]) + 0.4 * cosine / cosine.max()
    found = feedback.rescore(terms, owners, np.array([2.0, 1.0]), counts.take, 10)
    assert found.tolist() == pytest.approx(expected.tolist(), rel=1e-5)


def test_fresh_prefers_recent_articles_of_nearly_equal_score(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path / "archive",
        Article("old", "", "bank news", "2015-01-01"),
        Article("undated", "", "bank news"),
        Article("new", "", "bank news", "2023-01-01"),
        Article("recent", "", "bank news", "2022-01-01"),
        Article("old and much better", "bank bank bank", "bank", "2015-01-01"),
        Article("other", "", "weather", "2023-02-01"),
        *(Article(f"filler-{n}", "", "rain") for n in range(5)),
    )
    assert ids(archive, "bank") == ["old and much better", "old", "undated", "new", "recent"]
    assert ids(archive, "bank", sort="fresh") == ["old and much better", "new", "recent", "old", "undated"]
    assert ids(archive, "bank date:*", sort="fresh") == ids(archive, "bank date:*", sort="fresh", limit=10)
    assert ids(archive, "bank date:2015..2023", sort="fresh") == ids(archive, "bank date:2015..2023")
    assert ids(archive, "bank date:none", sort="fresh") == ["undated"]


def test_unknown_order_is_an_error(banks: Archive) -> None:
    with pytest.raises(ValueError, match="cannot sort hits by 'newst': use one of relevance, best, fresh, newest"):
        banks.search("bank", sort="newst")


QUERIES = [
    *("bank", "bank credit", "bank OR flood OR weather", '"bank credit"', "bank^3 -flood", "(bank OR river) credit"),
    *("ba* credit", "bank w/3 credit", "bank date:none", "credit loan interest", "*"),
]


@pytest.mark.parametrize("query", QUERIES)
def test_parts_of_a_score_add_up(banks: Archive, query: str) -> None:
    for hit in banks.search(query, limit=None):
        found = banks.explain_score(query, hit.id)
        assert found.matches
        assert found.score == pytest.approx(hit.score, rel=1e-5)
        assert sum(part.score for part in found.parts) == pytest.approx(hit.score, rel=1e-5, abs=1e-6)
        assert all(part.times > 0 for part in found.parts)


def test_parts_of_a_score_are_words_and_pairs(banks: Archive) -> None:
    parts = banks.explain_score("bank credit loan", "money-0").parts
    assert [(part.query, part.is_pair, part.times, part.articles) for part in parts] == [
        ("bank", False, 1, 11), ("credit", False, 1, 8), ("loan", False, 1, 8),
        ("bank credit", True, 1, 8), ("credit loan", True, 1, 8),
    ]  # fmt: skip


def test_score_of_an_article_that_does_not_match(banks: Archive) -> None:
    found = banks.explain_score("bank", "other-0")
    assert (found.matches, found.score, found.parts) == (False, 0.0, ())
    with pytest.raises(KeyError):
        banks.explain_score("bank", "unknown")
