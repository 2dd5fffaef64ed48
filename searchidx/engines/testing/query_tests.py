"""Tests of queries: which articles each kind of tree matches, and how they score."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import pytest
from whoosh import query as q

from searchidx.article import Article
from searchidx.engines.bm25 import HEADLINE_WEIGHT, IDF_POWER, K1, MAX_BURSTINESS, PAIR_WEIGHT, B
from searchidx.engines.contract import Engine, Snapshot
from searchidx.engines.results import Sort
from searchidx.engines.testing.engine_tests import EngineTests, articles_named, ids
from searchidx.engines.testing.random_articles import commit_batches
from searchidx.engines.testing.random_queries import format_tree
from searchidx.query.nodes import WholeValue
from searchidx.query.traversal import is_text, leaves

NEWS = (
    Article(
        "n1",
        "Bank of Japan Raises Rates",
        "The bank raised rates in Malmö.\nMarkets in the U.S. rose. Banks’ shares fell.",
        date="2023-02-01T13:33:00+09:00",
        byline="Ana Bell",
        section="World news",
        source="The Daily",
        language="en-GB",
        keywords=("interest rates", "Japan"),
        url="https://example.org/2023/rates",
    ),
    Article(
        "n2",
        "NATO-JAPAN TALKS",
        "Japan's minister told us of banking rules. 東京都で会談。",
        date="2023-02",
    ),
    Article("n3", "", "bank bank bank", date="2023", keywords=("rates", "interest"), page="B7", ocr=0.8),
    Article("n4", "Quiet day", "—\nNothing happened.\nThe bank was closed.", page="A 1", edition="Late Edition", ocr=0),
)

"""Four articles."""

MATCHES: tuple[tuple[Any, str], ...] = (
    # Words, at three levels, in four zones.
    (q.Term("text", "bank"), "n1 n2 n3 n4"),
    (q.Term("text.folded", "banks"), "n1"),
    (q.Term("text.folded", "banking"), "n2"),
    (q.Term("text.printed", "Bank"), "n1"),
    (q.Term("text.printed", "bank"), "n1 n3 n4"),
    (q.Term("headline", "bank"), "n1"),
    (q.Term("body", "bank"), "n1 n2 n3 n4"),
    (q.Term("lead", "bank"), "n1 n2 n3"),
    (q.Term("lead.folded", "banks"), ""),
    (q.Term("lead", "rose"), ""),
    (q.Term("lead", "noth"), "n4"),  # lines without a word are no paragraph
    (q.Term("body.folded", "malmo"), "n1"),
    (q.Term("body.printed", "Malmö"), "n1"),
    (q.Term("body.printed", "Malmo"), ""),
    (q.Term("text.folded", "us"), "n1 n2"),
    (q.Term("text.printed", "US"), "n1"),
    (q.Term("headline.folded", "nato"), "n2"),
    (q.Term("headline.printed", "NATO"), ""),  # in a headline of capitals, case carries no information
    (q.Term("text.printed", "Japan"), "n1 n2"),
    (q.Term("text", "Bank"), "n1 n2 n3 n4"),
    (q.Term("text", ""), ""),
    (q.Term("nowhere", "bank"), ""),
    # Phrases.
    (q.Phrase("text.folded", ["bank", "of", "japan"]), "n1"),
    (q.Phrase("text.folded", ["bank", "japan"]), ""),
    (q.Phrase("text.folded", ["bank", "japan"], slop=2), "n1"),
    (q.Phrase("text.folded", ["japan", "bank"], slop=4), ""),
    (q.Phrase("text.folded", ["rates", "the"], slop=4), ""),  # never from headline to body
    (q.Phrase("text.folded", ["malmo", "markets"]), "n1"),  # across paragraphs
    (q.Phrase("lead.folded", ["malmo", "markets"]), ""),
    (q.Phrase("text.folded", ["bank", "bank"]), "n3"),
    (q.Phrase("text.folded", ["bank", "bank", "bank", "bank"]), ""),
    (q.Phrase("text.folded", ["bank", "bank"], slop=3), "n3"),
    (q.Phrase("text.folded", ["nato", "japan"]), "n2"),
    (q.Phrase("headline.printed", ["NATO", "JAPAN"]), ""),
    (q.Phrase("text.folded", ["東京", "京都"]), "n2"),
    (q.Phrase("text", ["bank"]), "n1 n2 n3 n4"),
    (q.Phrase("text", []), ""),
    (q.Phrase("body.folded", ["rates", "in"]), "n1"),
    (q.Phrase("headline.folded", ["rates", "in"]), ""),
    # Patterns.
    (q.Prefix("text.folded", "bank"), "n1 n2 n3 n4"),
    (q.Prefix("text.folded", "banki"), "n2"),
    (q.Prefix("text.folded", "東"), "n2"),
    (q.Prefix("text.printed", "Ban"), "n1"),
    (q.Prefix("headline.folded", ""), "n1 n2 n4"),
    (q.Wildcard("text.folded", "bank?"), "n1"),
    (q.Wildcard("text.folded", "b*g"), "n2"),
    (q.Wildcard("text.folded", "*a?k*"), "n1 n2 n3 n4"),
    (q.Wildcard("text.folded", "[b]*"), ""),
    (q.Regex("text.folded", "bank(s|ing)"), "n1 n2"),
    (q.Regex("text.folded", "ban"), ""),
    (q.FuzzyTerm("text.folded", "bonk", maxdist=1), "n1 n3 n4"),
    (q.FuzzyTerm("text.folded", "bonk", maxdist=1, prefixlength=2), ""),
    (q.FuzzyTerm("text.folded", "anks", maxdist=2, prefixlength=0), "n1 n2 n3 n4"),  # talks, too
    (q.FuzzyTerm("text.folded", "u", maxdist=1, prefixlength=2), ""),  # no word shares two letters with one
    (q.TermRange("text.folded", "bank", "banks"), "n1 n2 n3 n4"),
    (q.TermRange("text.folded", "bank", "banks", startexcl=True, endexcl=True), "n2"),
    (q.TermRange("headline.folded", "talks", None), "n2"),
    (q.TermRange("headline.folded", None, "bank", endexcl=True), ""),
    # Other fields.
    (q.Term("byline", "ana"), "n1"),
    (q.Phrase("byline", ["ana", "bell"]), "n1"),
    (q.Phrase("byline", ["bell", "ana"]), ""),
    (q.Term("section", "news"), "n1"),
    (q.Prefix("section", "new"), "n1"),
    (q.Term("source", "daily"), "n1"),
    (q.Term("keyword", "rates"), "n1 n3"),
    (q.Phrase("keyword", ["interest", "rates"]), "n1"),
    (q.Term("url", "example"), "n1"),
    (q.Phrase("url", ["example", "org"]), "n1"),
    (q.Term("language", "en"), "n1"),
    (q.Term("language", "en-gb"), "n1"),
    (q.Term("language", "gb"), ""),
    # Whole values.
    (WholeValue("byline", "ana bell"), "n1"),
    (WholeValue("byline", "ana"), ""),
    (WholeValue("keyword", "interest rates"), "n1"),
    (WholeValue("keyword", "rates"), "n3"),
    (WholeValue("language", "en-gb"), "n1"),
    (WholeValue("language", "en"), ""),
    (WholeValue("source", ""), ""),
    (WholeValue("source", "\ud800"), ""),
    (q.Term("id", "n3"), "n3"),
    (q.Wildcard("id", "n?"), "n1 n2 n3 n4"),
    (q.Term("id", "n"), ""),
    (q.Term("precision", "day"), "n1"),
    (q.Term("precision", "month"), "n1 n2"),
    (q.Term("precision", "time"), "n1"),
    (q.Term("precision", "year"), "n1 n2 n3"),
    (q.Prefix("precision", "mon"), "n1 n2"),
    (q.Phrase("precision", ["month"]), "n1 n2"),
    (q.Term("id", "\ud800"), ""),  # what has no UTF-8 is found nowhere
    (q.Term("language", "\ud800"), ""),
    (q.Prefix("text.folded", "\ud800"), ""),
    (q.Term("text.folded", "\ud800"), ""),
    (q.Term("text.printed", "\ud800"), ""),
    # Numbers and dates: a document matches where the days it may be of meet the days asked for.
    (q.NumericRange("words", 3, 3), "n3"),
    (q.NumericRange("words", 3, None, startexcl=True), "n1 n2 n4"),
    (q.NumericRange("words", None, 3), "n3"),
    (q.NumericRange("words", 5, 4), ""),
    (q.NumericRange("ocr", None, 0.8), "n3 n4"),
    (q.NumericRange("ocr", None, 0.8, endexcl=True), "n4"),
    (q.NumericRange("ocr", 0.79995, None), "n3"),
    (q.NumericRange("ocr", None, None), "n3 n4"),
    (q.Every("ocr"), "n3 n4"),
    (q.Term("page", "b7"), "n3"),
    (q.Phrase("page", ["a", "1"]), "n4"),
    (q.Term("edition", "late"), "n4"),
    (q.NumericRange("date", 0, None), ""),
    (q.DateRange("date", dt.datetime(2023, 2, 1), dt.datetime(2023, 2, 2), endexcl=True), "n1 n2 n3"),
    (q.DateRange("date", dt.datetime(2023, 2, 2), dt.datetime(2023, 2, 2)), "n2 n3"),
    (q.DateRange("date", dt.datetime(2023, 3, 1), None), "n3"),
    (q.DateRange("date", None, dt.datetime(2023, 2, 1), endexcl=True), "n3"),
    (q.DateRange("date", None, dt.datetime(2023, 2, 1)), "n1 n2 n3"),
    (q.DateRange("date", dt.datetime(2022, 12, 31), dt.datetime(2023, 1, 1), startexcl=True, endexcl=True), ""),
    (q.DateRange("date", dt.datetime(2024, 1, 1), None), ""),
    (q.DateRange("date", dt.datetime(2023, 2, 10), dt.datetime(2023, 2, 10), endexcl=True), ""),  # holds no day
    (q.DateRange("date", dt.datetime(2023, 2, 12), dt.datetime(2023, 2, 10)), ""),
    (q.DateRange("words", dt.datetime(2023, 2, 1), None), ""),
    # All there is.
    (q.Every("nowhere"), ""),
    (q.Every(), "n1 n2 n3 n4"),
    (q.Every("headline"), "n1 n2 n4"),
    (q.Every("body"), "n1 n2 n3 n4"),
    (q.Every("lead.printed"), "n1 n2 n3 n4"),
    (q.Every("date"), "n1 n2 n3"),
    (q.Every("precision"), "n1 n2 n3"),
    (q.Every("byline"), "n1"),
    (q.Every("language"), "n1"),
    (q.Every("keyword"), "n1 n3"),
    (q.Every("id"), "n1 n2 n3 n4"),
    (q.Every("words"), "n1 n2 n3 n4"),
    (q.NullQuery, ""),
    # Nodes.
    (q.And([q.Term("text", "bank"), q.Term("text", "rate")]), "n1"),
    (q.And([q.Term("text", "bank"), q.DateRange("date", dt.datetime(2023, 2, 2), dt.datetime(2023, 2, 9))]), "n2 n3"),
    (q.And([q.DateRange("date", dt.datetime(2023, 4, 1), None), q.Term("headline", "bank")]), ""),
    (q.And([q.Every(), q.DateRange("date", dt.datetime(2023, 4, 1), None)]), "n3"),
    (q.AndNot(q.Term("text", "bank"), q.DateRange("date", dt.datetime(2023, 2, 1), dt.datetime(2023, 2, 1))), "n4"),
    (q.Require(q.Term("text", "japan"), q.DateRange("date", None, dt.datetime(2023, 2, 1))), "n1 n2"),
    (q.And([q.Term("text", "bank"), q.NumericRange("words", 4, None), q.Term("keyword", "rates")]), "n1"),
    (q.And([]), ""),
    (q.Or([]), ""),
    (q.Or([q.Term("text", "talk"), q.Term("text", "quiet")]), "n2 n4"),
    (q.Not(q.Term("text", "rate")), "n2 n3 n4"),
    (q.Not(q.NullQuery), "n1 n2 n3 n4"),
    (q.Not(q.Every()), ""),
    (q.Not(q.DateRange("date", dt.datetime(2023, 2, 1), dt.datetime(2023, 2, 1))), "n4"),
    (q.Or([q.Not(q.Term("text", "rate")), q.Term("headline", "bank")]), "n1 n2 n3 n4"),
    (q.And([q.Not(q.Term("text", "rate")), q.Not(q.Term("text", "talk"))]), "n3 n4"),
    (q.AndNot(q.Term("text", "bank"), q.Term("text", "japan")), "n3 n4"),
    (q.AndMaybe(q.Term("text", "japan"), q.Term("text", "rate")), "n1 n2"),
    (q.Require(q.Term("text", "japan"), q.Term("text", "rate")), "n1"),
    (q.DisjunctionMax([q.Term("text", "talk"), q.Term("text", "rate")]), "n1 n2"),
    (q.DisjunctionMax([]), ""),
    (q.ConstantScoreQuery(q.Term("text", "japan"), 2.0), "n1 n2"),
)
"""Query trees, and the ids of the articles in `NEWS` that match."""


def score(snapshot: Snapshot, query: q.Query, id: str) -> float:
    """The score of an article for a query."""
    found = snapshot.search(query, limit=None)
    return dict(zip(map(snapshot.id, found.docs), found.scores, strict=True))[id]


def saturation(headline: int, body: int, headline_words: int, body_words: int, mean: float) -> float:
    """The saturated frequency of a leaf, from its occurrences and the words of both zones."""
    weight = HEADLINE_WEIGHT * headline + body
    length = HEADLINE_WEIGHT * headline_words + body_words
    return weight / (weight + K1 * (1 - B + B * length / mean))


def leaf_weight(documents: int, frequency: int, occurrences: int) -> float:
    """The weight of a leaf, from the articles that hold it and its occurrences in all of them."""
    odds = (documents - frequency + 0.5) / (frequency + 0.5)
    return float(math.log1p(odds) ** IDF_POWER * min(occurrences / frequency, MAX_BURSTINESS) ** 0.5)


def bm25(
    headline: int,
    body: int,
    headline_words: int,
    body_words: int,
    mean: float,
    documents: int,
    frequency: int,
    occurrences: int,
) -> float:
    """The score of a leaf."""
    weight = leaf_weight(documents, frequency, occurrences)
    return weight * saturation(headline, body, headline_words, body_words, mean)


def approx(value: float) -> Any:
    """Equal in single precision."""
    return pytest.approx(value, rel=1e-5)


class QueryTests(EngineTests):
    """What query trees match, and the scores of BM25F."""

    @pytest.fixture(params=[1, 4], scope="class")
    @classmethod
    def news(cls, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
        """The articles of `NEWS` in one commit, or in four that also add and delete a fifth article."""
        engine = cls.create(tmp_path_factory.mktemp("news") / "index")
        if request.param == 1:
            commit_batches(engine, [NEWS])
            return engine.snapshot()
        gone = Article(
            "gone", "Bank Talks", "Japan rates — Nothing rose.", date="2023-02-01", byline="Ana Bell", language="en"
        )
        commit_batches(
            engine, [[gone, NEWS[0]], [NEWS[1]], ["gone", NEWS[2], Article("n4", "Unquiet bank")], [NEWS[3]]]
        )
        return engine.snapshot()

    @pytest.mark.parametrize(
        ("query", "expected"), MATCHES, ids=lambda value: "" if isinstance(value, str) else format_tree(value)
    )
    def test_query_matches(self, news: Snapshot, query: Any, expected: str) -> None:
        found = news.search(query, limit=None)
        assert sorted(news.id(doc) for doc in found.docs) == expected.split(), query
        assert found.total == len(expected.split())
        assert news.search(query, limit=1).total == found.total

    def test_word_scores_by_bm25f(self, tmp_path: Path) -> None:
        self.require_bm25f()
        engine = self.create(tmp_path)
        self.index_articles(
            engine, Article("gone", "bank bank", "bank"), Article("a1", "Bank news", "the bank and the rates")
        )
        commit_batches(engine, [[Article("a2", "", "rates"), Article("a3", "banks", "of banking")], ["gone"]])
        snapshot = engine.snapshot()
        weight = HEADLINE_WEIGHT
        mean = ((weight * 2 + 5) + 1 + (weight * 1 + 2)) / 3
        assert score(snapshot, q.Term("text", "bank"), "a1") == approx(bm25(1, 1, 2, 5, mean, 3, 2, 4))
        assert score(snapshot, q.Term("text", "bank"), "a3") == approx(bm25(1, 1, 1, 2, mean, 3, 2, 4))
        assert score(snapshot, q.Term("headline", "bank"), "a1") == approx(bm25(1, 0, 2, 5, mean, 3, 2, 2))
        assert score(snapshot, q.Term("body", "rate"), "a2") == approx(bm25(0, 1, 0, 1, mean, 3, 2, 2))
        assert score(snapshot, q.Term("text.folded", "banking"), "a3") == approx(bm25(0, 1, 1, 2, mean, 3, 1, 1))
        assert score(snapshot, q.Prefix("text.folded", "bank"), "a3") == approx(bm25(1, 1, 1, 2, mean, 3, 2, 4))
        assert score(snapshot, q.Phrase("text.folded", ["the", "bank"]), "a1") == approx(
            bm25(0, 1, 2, 5, mean, 3, 1, 1)
        )

    def test_nodes_combine_scores(self, news: Snapshot) -> None:
        self.require_bm25f()
        bank, japan, rate, talk = (q.Term("text", word) for word in ("bank", "japan", "rate", "talk"))
        of = {leaf: score(news, leaf, "n1") for leaf in (bank, japan, rate)}
        both = of[bank] + of[japan]
        most = max(of[bank], of[japan])
        other = q.Term("byline", "ana")
        assert score(news, q.And([bank, japan]), "n1") == approx(both)
        assert score(news, q.And([bank, japan], boost=3.0), "n1") == approx(3 * both)
        assert score(news, q.Or([bank, japan, talk], boost=0.5), "n1") == approx(both / 2)
        assert score(news, q.And([bank, q.Term("text", "japan", boost=2.0)]), "n1") == approx(of[bank] + 2 * of[japan])
        assert score(news, q.And([bank, other, q.Not(talk), q.Every("date")]), "n1") == approx(of[bank])
        assert score(news, q.AndNot(bank, talk), "n1") == approx(of[bank])
        assert score(news, q.Require(bank, rate), "n1") == approx(of[bank])
        assert score(news, q.AndMaybe(bank, rate), "n1") == approx(of[bank] + of[rate])
        assert score(news, q.AndMaybe(bank, talk), "n1") == approx(of[bank])
        assert score(news, q.DisjunctionMax([bank, japan, talk]), "n1") == approx(most)
        assert score(news, q.DisjunctionMax([bank, japan], boost=2.0, tiebreak=0.25), "n1") == approx(
            2 * (most + 0.25 * (both - most))
        )
        assert score(news, q.ConstantScoreQuery(bank, 4.5), "n1") == approx(4.5)
        assert score(news, q.Or([q.ConstantScoreQuery(other, 4.5), japan]), "n1") == approx(4.5 + of[japan])
        for unscored in (other, q.Every(), q.Not(talk), q.NumericRange("words", 1, None), q.Term("id", "n1")):
            assert score(news, unscored, "n1") == 0.0

    def test_neighbouring_words_side_by_side_score_as_a_pair(self, tmp_path: Path) -> None:
        self.require_bm25f()
        snapshot = self.index_articles(
            self.create(tmp_path),
            Article("pair", "", "banks rated highly"),
            Article("headline", "Bank Rates", "bank rates and a bank rate"),
            Article("apart", "", "rate of a bank"),
            Article("across", "The bank", "rates rose"),
            Article("other", "", "other news"),
        )
        mean = sum((3, 2 * HEADLINE_WEIGHT + 6, 4, 2 * HEADLINE_WEIGHT + 2, 2)) / 5
        bank, rate = leaf_weight(5, 4, 6), leaf_weight(5, 4, 6)
        pair = PAIR_WEIGHT * (bank + rate)
        words = [q.Term("text", "bank"), q.Term("text", "rate")]
        one = (bank + rate + pair) * saturation(0, 1, 0, 3, mean)
        many = (bank + rate + pair) * saturation(1, 2, 2, 6, mean)
        apart = (bank + rate) * saturation(0, 1, 0, 4, mean)
        across = bank * saturation(1, 0, 2, 2, mean) + rate * saturation(0, 1, 2, 2, mean)
        expected = {"pair": one, "headline": many, "apart": apart, "across": across}
        for boost in (1.0, 2.5):
            for query in (q.And(words, boost=boost), q.Or(words, boost=boost)):
                assert ids(snapshot, query) == sorted(expected, key=lambda id: -expected[id])
                for id, value in expected.items():
                    assert score(snapshot, query, id) == approx(boost * value)
        swapped = q.And(words[::-1])
        assert score(snapshot, swapped, "pair") == approx((bank + rate) * saturation(0, 1, 0, 3, mean))
        unpaired: tuple[q.Query, ...] = (
            q.And([words[0], q.Every("body"), words[1]]),
            q.And([words[0], q.Term("text", "rate", boost=2.0)]),
            q.And([q.Term("text.folded", "banks"), q.Term("text.folded", "rated")]),
            q.AndMaybe(*words),
            q.DisjunctionMax(words, tiebreak=1.0),
        )
        for tree in unpaired:
            parts = [score(snapshot, part, "pair") for part in leaves(tree) if is_text(part)]
            assert score(snapshot, tree, "pair") == approx(sum(parts))
        headline = q.And([q.Term("headline", "bank"), q.Term("headline", "rate")])
        assert score(snapshot, headline, "headline") == approx(
            (leaf_weight(5, 2, 2) * (1 + PAIR_WEIGHT) + leaf_weight(5, 1, 1) * (1 + PAIR_WEIGHT))
            * saturation(1, 0, 2, 6, mean)
        )

    def test_leaf_used_twice_scores_twice(self, news: Snapshot) -> None:
        """For every engine, whatever its formula."""
        bank = q.Term("text", "bank")
        assert score(news, q.Or([bank, q.And([bank])]), "n1") == approx(2 * score(news, bank, "n1"))

    def test_single_word_index(self, tmp_path: Path) -> None:
        self.require_bm25f()
        snapshot = self.index_articles(self.create(tmp_path), Article("a1", "", "Bank"))
        assert ids(snapshot, q.Term("text", "bank")) == ["a1"]
        assert score(snapshot, q.Term("text", "bank"), "a1") == approx(bm25(0, 1, 0, 1, 1.0, 1, 1, 1))
        assert ids(snapshot, q.Phrase("text", ["bank", "bank"], slop=4)) == []

    def test_very_frequent_words_score_by_bm25f(self, tmp_path: Path) -> None:
        """Counts around the sizes at which an engine may change its storage format."""
        self.require_bm25f()
        some, many = (0, 1, 7, 8, 256), (0, 1, 31, 32, 256)
        given = [Article(f"h{n}-b{m}", "bank " * n, "x " + "bank " * m) for n in some for m in many]
        given.append(Article("most", "x", "bank " * 65_536))
        snapshot = self.index_articles(self.create(tmp_path), *given)
        mean = sum(HEADLINE_WEIGHT * len(each.headline.split()) + len(each.body.split()) for each in given) / len(given)
        for field, zones in (("text", (1, 1)), ("headline", (1, 0)), ("body", (0, 1))):
            found = snapshot.search(q.Term(field, "bank"), limit=None)
            scores = dict(zip(map(snapshot.id, found.docs), found.scores, strict=True))
            held = {
                each.id: (each.headline.split().count("bank") * zones[0], each.body.split().count("bank") * zones[1])
                for each in given
            }
            holding = sum(any(pair) for pair in held.values())
            occurrences = sum(map(sum, held.values()))
            assert found.total == len(scores) == holding
            for each in given:
                if any(held[each.id]):
                    words = len(each.headline.split()), len(each.body.split())
                    assert scores[each.id] == approx(
                        bm25(*held[each.id], *words, mean, len(given), holding, occurrences)
                    )

    def test_article_of_a_hundred_thousand_words(self, engine: Engine) -> None:
        lines = [" ".join(f"w{(n * 1000 + m) % 977}" for m in range(1000)) for n in range(99)]
        body = "\n".join([*lines, "Last bank rates"])
        long = Article("long", "Long", f"{body} {'end ' * 997}")
        snapshot = self.index_articles(engine, Article("short", "Bank rates", "w5 w6"), long, *articles_named("a1"))
        doc = snapshot.find("long")
        assert doc is not None
        assert snapshot.article(doc).body == f"{body} {'end ' * 997}"
        for query, expected in (
            (q.NumericRange("words", 100_001, 100_001), ["long"]),
            (q.Phrase("body.folded", ["last", "bank", "rates", "end"]), ["long"]),
            (q.Phrase("text.folded", ["bank", "rates"]), ["short", "long"]),
            (q.Phrase("text.folded", ["w976", "w1"], slop=2), ["long"]),
            (q.Phrase("text.folded", ["w1", "w0"], slop=4), []),
            (q.Term("lead", "end"), []),
            (q.Term("body", "end"), ["long"]),
        ):
            assert ids(snapshot, query, sort=Sort.OLDEST) == expected  # undated, so in document order
        assert score(snapshot, q.Term("text", "end"), "long") > 0
