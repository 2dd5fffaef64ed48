"""Comparisons of two queries and n-grams, against plain counts over the analysed texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchidx import Archive, Article, QueryError, UnsupportedError
from searchidx.analysis import analyze, join_words, sentence_starts
from searchidx.engines import collectors
from searchidx.engines.embedded import ngram_counter
from searchidx.search.log_likelihood import log_likelihood

ARTICLES = [
    Article("a", "Rates rise", "The bank raised interest rates. Interest rates rise in Tokyo.", "2022-03-01"),
    Article("b", "Rates rise again", "The Bank of Japan raised rates. Banks in Tokyo wait.", "2022-11-05"),
    Article("c", "Oil falls", "The price of oil falls. Oil prices, interest rates: all fall.", "2023-01-01"),
    Article("d", "OIL FALLS", "The price of oil falls in Tokyo, and the bank waits.", "2023-05"),
    Article("e", "Sport", "A match of football in Osaka."),
    *(Article(f"x{n}", "", f"Nothing happens on day {n}.", "2023-06-01") for n in range(12)),
]


def made(make_archive: Callable[..., Archive], articles: Sequence[Article]) -> Archive:
    """An archive of articles."""
    return make_archive(*(article.to_dict() for article in articles))


@pytest.fixture
def archive(make_archive: Callable[..., Archive]) -> Archive:
    return made(make_archive, ARTICLES)


def sentences(article: Article) -> Iterator[list[tuple[str, str]]]:
    """The headline, then each sentence of the body: (folded, printed) words."""
    yield [(token.folded, token.printed) for token in analyze(article.headline)]
    words = [(token.folded, token.printed) for token in analyze(article.body)]
    starts, _ = sentence_starts(article.body)
    for first, stop in zip(starts, [*starts[1:], len(words)], strict=True):
        yield words[first:stop]


def plain_ngrams(articles: Sequence[Article], size: int) -> Counter[tuple[str, ...]]:
    """All n-grams of some articles, counted one by one."""
    return Counter(
        tuple(folded for folded, _ in words[at : at + size])
        for article in articles
        for words in sentences(article)
        for at in range(len(words) - size + 1)
    )


def folded(text: str) -> tuple[str, ...]:
    return tuple(token.folded for token in analyze(text))


@pytest.mark.parametrize("size", [2, 3, 4])
def test_ngrams_equal_a_plain_count(archive: Archive, size: int) -> None:
    found = archive.ngrams("*", limit=1000, sizes=[size], common=True)
    expected = {words: count for words, count in plain_ngrams(ARTICLES, size).items() if count > 1}
    assert {folded(each.text): each.counts[0] for each in found.ngrams} == expected
    assert len(expected) >= 2
    assert found.words == sum(len(words) for article in ARTICLES for words in sentences(article))
    order = [(-each.counts[0], folded(each.text)) for each in found.ngrams]
    assert order == sorted(order)


def test_count_of_an_ngram_is_that_of_the_quoted_phrase(archive: Archive) -> None:
    for each in archive.ngrams("*", limit=1000, common=True).ngrams:
        phrase = f'"{each.text}"'
        assert archive.search(phrase).total == each.articles[0]
        inside = [line for line in archive.kwic(phrase, width=0) if not set(".!?") & set(line.match)]
        assert len(inside) == each.counts[0]


def test_ngrams_are_shown_in_their_most_frequent_printed_form(archive: Archive) -> None:
    texts = [each.text for each in archive.ngrams("oil OR rates", limit=1000).ngrams]
    assert "oil falls" in texts  # not "OIL FALLS", nor stems
    assert "interest rates" in texts


def test_ngrams_leave_out_common_words_at_their_edges(make_archive: Callable[..., Archive]) -> None:
    subjects = ["oil", "oil", "tin", "gas", "gas", "lead", "zinc", "gold"]
    bodies = [f"The price of {word} rises. The end of {word} nears." for word in subjects]
    archive = made(make_archive, [Article(f"{n}", "", body) for n, body in enumerate(bodies)])
    assert archive.ngrams("oil", sizes=[2]).ngrams == ()
    assert [each.text for each in archive.ngrams("oil", sizes=[2], common=True).ngrams] == [
        "of oil", "end of", "oil nears", "oil rises", "price of", "The end", "The price",
    ]  # fmt: skip


def test_headline_is_one_sentence_and_body_another(make_archive: Callable[..., Archive]) -> None:
    archive = made(
        make_archive, [Article(f"{n}", "Bank waits. Rates rise", "Tokyo trades. Oil falls.") for n in range(2)]
    )
    texts = {each.text for each in archive.ngrams("*", common=True, sizes=[2]).ngrams}
    assert texts == {"Bank waits", "waits Rates", "Rates rise", "Tokyo trades", "Oil falls"}


@pytest.mark.parametrize(("per_range", "per_block"), [(1, 1), (3, 20), (1 << 20, 1)])
def test_ngrams_do_not_depend_on_ranges_and_blocks(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, per_range: int, per_block: int
) -> None:
    expected = archive.ngrams("*", limit=1000, common=True), archive.compare("rates", "oil")
    monkeypatch.setattr(ngram_counter, "POSITIONS_PER_RANGE", per_range)
    monkeypatch.setattr(ngram_counter, "POSITIONS_PER_BLOCK", per_block)
    assert (archive.ngrams("*", limit=1000, common=True), archive.compare("rates", "oil")) == expected


def test_shorter_lists_are_the_beginning_of_longer_ones(archive: Archive) -> None:
    every = archive.ngrams("*", limit=1000, common=True).ngrams
    assert [archive.ngrams("*", limit=n, common=True).ngrams for n in range(9)] == [every[:n] for n in range(9)]


def test_comparison_counts_and_overlap(archive: Archive) -> None:
    found = archive.compare("rates", "oil")
    assert found.totals == (3, 2)
    assert (found.both, found.either, found.overlap) == (1, 4, 0.25)
    same = archive.compare("rates", "RATES")
    assert (same.both, same.overlap) == (3, 1.0)
    assert same.distinctive_words == same.distinctive_phrases == ((), ())
    nothing = archive.compare("unheard", "unseen")
    assert (nothing.totals, nothing.overlap, nothing.periods) == ((0, 0), 0.0, ())


def test_distinctive_phrases_equal_a_plain_count(archive: Archive) -> None:
    found = archive.compare("rates", "oil", limit=1000, common=True)
    answers = [[article for article in ARTICLES if article.id in archive.ids(query)] for query in ("rates", "oil")]
    words = [sum(len(each) for article in answer for each in sentences(article)) for answer in answers]
    assert list(found.words) == words
    union = list({article.id: article for answer in answers for article in answer}.values())
    for side in range(2):
        expected = {}
        for size in (2, 3, 4):
            counts = [plain_ngrams(answer, size) for answer in answers]
            for phrase, count in plain_ngrams(union, size).items():
                pair = counts[0][phrase], counts[1][phrase]
                score = float(log_likelihood(pair[side], pair[1 - side], words[side], words[1 - side]))
                if count > 1 and score > 0:
                    expected[phrase] = pair, pytest.approx(score)
        assert {folded(each.text): (each.counts, each.score) for each in found.distinctive_phrases[side]} == expected
        assert expected


def test_distinctive_words_have_their_inflections(archive: Archive) -> None:
    of_oil = {each.text: each for each in archive.compare("rates", "oil").distinctive_words[1]}
    assert of_oil["Oil"].counts == (3, 5)  # oil and Oil twice each, OIL: ties go to the first
    assert of_oil["Oil"].articles == (1, 2)
    assert of_oil["price"].counts == (2, 3)  # price, prices
    assert "football" not in of_oil


def test_timelines_count_articles_shares_and_occurrences(archive: Archive) -> None:
    found = archive.compare("rates", "oil", by="year")
    years = {each.name: each for each in found.periods}
    assert {name: each.counts for name, each in years.items()} == {"2022": (2, 0), "2023": (1, 2)}
    assert years["2022"].shares == (1000.0, 0.0)
    assert years["2022"].occurrences == (5, 0)
    dated = [article for article in ARTICLES if str(article.date).startswith("2022")]
    assert years["2022"].corpus_words == sum(len(words) for article in dated for words in sentences(article))
    assert years["2022"].per_million == (5e6 / years["2022"].corpus_words, 0.0)
    timeline = archive.timeline("rates", "oil", by="month")
    months = archive.compare("rates", "oil", by="month")
    assert [(each.name, each.counts, each.corpus) for each in months.periods] == [
        (each.name, each.counts, each.corpus) for each in timeline.periods
    ]
    words = archive.timeline("rates", "oil", by="month", count_words=True)
    assert [each.occurrences for each in months.periods] == [each.counts for each in words.periods]
    days = archive.compare("rates", "oil", by="day")
    assert days.imprecise == (0, 1)


def test_two_periods_of_one_query_share_no_article(archive: Archive) -> None:
    found = archive.compare("bank date:2022", "bank date:2023")
    assert (found.totals, found.both) == ((2, 1), 0)


def test_wrong_arguments_are_errors(archive: Archive) -> None:
    with pytest.raises(ValueError, match="2, 3, 4 words, not 5"):
        archive.ngrams("rates", sizes=[2, 5])
    with pytest.raises(ValueError, match="limit"):
        archive.ngrams("rates", limit=-1)
    with pytest.raises(ValueError, match="use one of day, week, month, year"):
        archive.compare("rates", "oil", by="century")
    for pair in (("(", "oil"), ("oil", "(")):
        with pytest.raises(QueryError, match="bracket"):
            archive.compare(*pair)


def test_too_much_text_without_an_index_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collectors, "MAX_NGRAM_WORDS", 10)
    documents = [(collectors.Document(article), [True]) for article in ARTICLES]
    assert list(collectors.count_ngrams(documents[4:5], (2,), ()))
    with pytest.raises(UnsupportedError, match="up to 10 words"):
        list(collectors.count_ngrams(documents, (2,), ()))


@given(st.text("東京都庁 NATO", max_size=12))
def test_joined_words_of_an_unspaced_run_are_the_run(text: str) -> None:
    for run in text.split():
        words = [token.printed for token in islice(analyze(run), None)]
        if words and not run.isascii() and all(char in "東京都庁" for char in run):
            assert join_words(words) == run
