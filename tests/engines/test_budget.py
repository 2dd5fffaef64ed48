"""Every question to an archive has a budget of work: above it, a `QueryError` says what to narrow."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

import searchidx
from searchidx import Article, QueryError
from searchidx.archive import Archive
from searchidx.engines import budget
from searchidx.engines.embedded import proximity
from searchidx.query import parse
from searchidx.search.snippets import preview

NARROWER = "use fewer or rarer words"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    folder = tmp_path_factory.mktemp("budget")
    created = searchidx.create(folder / "index")
    with created.writer(jobs=1) as writer:
        for n in range(30):
            writer.add(Article(f"a{n}", f"the bank of {n}", "the bank of the river of the town " * 40))
    return searchidx.open(folder / "index")


NUMBERS = count()
HEAVY = "(the OR of OR bank) w/9 (river OR town OR the)"
QUESTIONS: dict[str, Callable[[Archive], Any]] = {
    "search": lambda archive: archive.search(HEAVY),
    "hits": lambda archive: list(archive.hits(HEAVY)),
    "ids": lambda archive: archive.ids(HEAVY),
    "explain": lambda archive: archive.explain(HEAVY),
    "kwic": lambda archive: list(archive.kwic(HEAVY)),
    "terms": lambda archive: archive.terms(HEAVY),
    "groups": lambda archive: archive.groups(HEAVY),
    "timeline": lambda archive: archive.timeline(HEAVY),
    "facet": lambda archive: archive.facet(HEAVY, "source"),
    "ngrams": lambda archive: archive.ngrams(HEAVY),
    "compare": lambda archive: archive.compare(HEAVY, "bank"),
    "explain_score": lambda archive: archive.explain_score(HEAVY, "a1"),
    "articles": lambda archive: list(archive.articles(HEAVY)),
    "add_alert": lambda archive: archive.add_alert(f"alert{next(NUMBERS)}", HEAVY),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_question_above_its_budget_says_what_to_narrow(
    name: str, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    QUESTIONS[name](archive)
    monkeypatch.setattr(budget, "MAX_WORK", 100_000)
    monkeypatch.setattr(budget, "WORK_PER_ARTICLE", 1)
    with pytest.raises(QueryError, match=NARROWER) as caught:
        QUESTIONS[name](archive)
    assert caught.value.query == HEAVY


def test_large_archive_may_take_more_work(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_WORK", 1)
    monkeypatch.setattr(budget, "WORK_PER_ARTICLE", 10_000_000)
    assert archive.search(HEAVY).total == 30


def test_each_question_has_a_budget_of_its_own(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_WORK", 5_000)
    monkeypatch.setattr(budget, "WORK_PER_ARTICLE", 1)
    for _ in range(20):
        assert archive.search("bank").total == 30


def test_hints_stop_at_their_budget_and_the_answer_stays(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    quoted = " ".join(['"bank"'] * 300)
    hits = archive.search(quoted)
    counted: list[int] = []
    original = type(archive._snapshot).search
    monkeypatch.setattr(
        type(archive._snapshot),
        "search",
        lambda self, *args, **named: counted.append(1) or original(self, *args, **named),
    )
    assert hits.total == 30
    assert hits.diagnostics == ()
    assert 0 < len(counted) < 600  # of 900 searches for plurals


def test_pattern_costs_the_words_that_it_is_compared_with(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_WORK", 200_000)
    monkeypatch.setattr(budget, "WORK_PER_ARTICLE", 1)
    with pytest.raises(QueryError, match=NARROWER):
        archive.search(" OR ".join(f"*{n}?" for n in range(200)))


def test_questions_within_a_question_share_its_budget(archive: Archive) -> None:
    left = budget.Budget(10_000_000)
    with budget.within(left):
        archive.search("bank")
        after_one = left.left
        archive.search("bank")
    assert left.left < after_one < 10_000_000


def test_marks_of_one_article_have_a_budget(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    nested = "((the w/9 of) w/9 bank) w/9 river"
    hits = archive.search("(the w/9 of) w/9 bank", limit=1)
    monkeypatch.setattr(budget, "MAX_WORK", 100_000)
    monkeypatch.setattr(budget, "WORK_PER_ARTICLE", 1)
    with pytest.raises(QueryError, match=NARROWER):
        archive.highlight("a1", nested)
    with pytest.raises(QueryError, match=NARROWER):
        print(hits[0].snippet)


@pytest.mark.parametrize("query", ["the w/1000 of", "the pre/1000 of", "the NOT w/1000 of", "the w/s of", "a w/p of"])
def test_marking_takes_work_linear_in_the_text(query: str) -> None:
    """There are quadratically many pairs, but each word needs one neighbour only."""
    parsed = parse(query).query

    def units(words: int) -> int:
        left = budget.Budget(10**12)
        with budget.within(left):
            preview(parsed, Article("a", "the of", "the of to. " * words))
        return 10**12 - left.left

    assert 0 < units(4_000) < 4.5 * units(1_000)


def test_words_at_too_many_places_are_refused_before_they_fill_memory(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = "the OR of OR bank"
    assert list(archive.kwic(several))
    monkeypatch.setattr(proximity, "MAX_OCCURRENCES", 5_000)
    for ask in (lambda: list(archive.kwic(several)), lambda: archive.timeline(several, count_words=True)):
        with pytest.raises(QueryError, match="fewer or rarer words"):
            ask()
