"""Snippets: the passage they show and the matches they highlight, by properties and by examples."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from searchidx.analysis import analyze, analyze_query
from searchidx.article import Article
from searchidx.engines.reference.match import Document, highlight_spans
from searchidx.folding import fold
from searchidx.query import parse
from searchidx.schema import Level
from searchidx.search import snippets
from searchidx.search.hits import Snippet
from searchidx.search.snippets import MAX_LENGTH, find_passages, find_snippet, highlight_headline, preview
from searchidx.stemming import ENGLISH

WORDS = (
    "the bank banks banking Bank’s of Japan Japan's JAPAN U.S. us NATO-Japan café cafe CAFÉ Malmö ﬁnest 9/11 "
    "1,000 東京都 京都 Straße strasse e\u0301lection élection Σίσυφος x Łódź ½ — … “said” Mr. Feb. end. so? yes! "
    "averyveryverylongwordindeedthatgoesonandonandon"
).split()
SPACES = (" ", " ", " ", " ", " ", " ", "\n", "  ", "\n\n", "\u00a0", "\t")
QUERIES = (
    *(
        "bank",
        "japan",
        "us",
        "cafe",
        "election",
        "=banks",
        "caps(US)",
        "東京",
        "京都",
        "fin*",
        "c?fe",
        "Straße",
        "9/11",
    ),
    *('"of Japan"', '"the bank of"', "bank OR japan", "the -bank", "NOT japan", "body:japan x", "headline:bank x"),
    *("lead:bank", "x^2 japan"),
)


def _body(seed: int, count: int) -> str:
    draw = random.Random(seed)
    return "".join(draw.choice(WORDS) + draw.choice(SPACES) for _ in range(count))


def bodies() -> st.SearchStrategy[str]:
    """Bodies of up to 300 words, several times the length of a snippet."""
    return st.builds(_body, st.integers(0, 1 << 32), st.sampled_from([0, 1, 5, 20, 40, 80, 300]))


def article(body: str, headline: str = "Headline") -> Article:
    return Article(id="a", headline=headline, body=body)


def ask(query: str, body: str, headline: str = "Headline") -> Snippet:
    return find_snippet(parse(query).query, article(body, headline))


def highlighted(query: str, body: str, headline: str = "Headline") -> list[str]:
    snippet = ask(query, body, headline)
    return [snippet.text[start:end] for start, end in snippet.spans]


# -- properties --------------------------------------------------------------------------------------------------------


def assert_well_formed(snippet: Snippet) -> None:
    before = 0
    for start, end in snippet.spans:
        assert before <= start < end <= len(snippet.text)
        before = end


@given(bodies(), st.sampled_from(QUERIES))
def test_spans_ascend_within_the_text(body: str, query: str) -> None:
    assert_well_formed(ask(query, body))


@given(st.text(), st.text(max_size=4).filter(str.strip))
def test_spans_ascend_within_any_text(body: str, word: str) -> None:
    parsed = parse(word)
    assume(parsed.query is not None)
    assert_well_formed(find_snippet(parsed.query, article(body)))


@given(bodies(), st.sampled_from(["bank", "japan", "us", "cafe", "election", "finest", "strasse", "said"]))
def test_highlights_only_inflections_of_the_word(body: str, word: str) -> None:
    [asked] = analyze_query(word)
    for text in highlighted(word, body):
        assert [token.stem for token in analyze(text)] == [asked.stem]


@given(bodies(), st.sampled_from(["banks", "japan", "cafe", "élection", "CAFÉ", "straße"]))
def test_exact_word_highlights_only_that_form(body: str, word: str) -> None:
    for text in highlighted(f"={word}", body):
        assert [token.folded for token in analyze(text)] == [fold(word)]


@given(bodies())
def test_phrase_highlights_whole_phrases(body: str) -> None:
    for text in highlighted('"of japan" OR "bank of"', body):
        # Matches that share a word are highlighted as one.
        assert " ".join(token.folded for token in analyze(text)) in ("of japan", "bank of", "bank of japan")


@given(bodies(), st.sampled_from(QUERIES))
def test_snippet_text_is_a_part_of_the_body(body: str, query: str) -> None:
    text = ask(query, body).text
    assert "\n" not in text
    plain = body.replace("\n", " ")
    assert text.removeprefix("… ").removesuffix(" …") in plain or text in plain


@given(bodies(), st.sampled_from(QUERIES))
def test_snippet_length_is_bounded(body: str, query: str) -> None:
    assert len(ask(query, body).text) <= MAX_LENGTH + len("… ") + len(" …")


@given(bodies(), st.sampled_from(QUERIES))
def test_snippet_has_spans_if_the_body_matches(body: str, query: str) -> None:
    found = highlight_spans(parse(query).query, Document(article(body)), "body")
    assert bool(ask(query, body).spans) == bool(found)


@given(bodies(), st.sampled_from(QUERIES))
def test_short_body_highlights_every_match(body: str, query: str) -> None:
    assume(len(body.strip()) <= MAX_LENGTH)
    found = highlight_spans(parse(query).query, Document(article(body)), "body")
    assert highlighted(query, body) == [body[start:end].replace("\n", " ") for start, end in found]


@given(st.lists(st.sampled_from([word for word in WORDS if word != "—"]), min_size=1).map(" ".join))
def test_headline_is_never_cut(headline: str) -> None:
    snippet = highlight_headline(parse("bank OR japan").query, article("", headline))
    assert snippet.text == headline
    assert_well_formed(snippet)
    for start, end in snippet.spans:
        assert [token.stem for token in analyze(headline[start:end])] in (["bank"], ["japan"])


COMPARED_QUERIES = (
    *QUERIES, "bank w/3 japan", "us NOT w/2 nato", "japan w/s bank", "bank pre/9 us", "atleast2(bank OR japan)",
    "bnak~ OR japn~2", "/ban.*/ x", '"of jap*"', "caps(NATO) w/p said", "w/3", "lead:(bank w/5 us)",
)  # fmt: skip


@given(
    bodies() | st.text(),
    st.sampled_from(COMPARED_QUERIES),
    st.sampled_from(["Bank of Japan", "THE BANK", "", "x  y\u00a0of"]),
)
def test_lazy_document_makes_the_same_snippet(body: str, query: str, headline: str) -> None:
    tree, made = parse(query).query, article(body, headline or ("x" if not body.strip() else ""))
    assume(tree is not None)
    found = highlight_headline(tree, made), find_snippet(tree, made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snippets, "LazyDocument", Document)
        assert found == (highlight_headline(tree, made), find_snippet(tree, made))


@given(bodies() | st.text())
def test_lazy_document_equals_document(body: str) -> None:
    plain, lazy = Document(article(body)), snippets.LazyDocument(article(body))
    for zone in ("headline", "body"):
        words = plain.word_count(zone)
        assert lazy.word_count(zone) == words
        assert [lazy.span(zone, at, at) for at in range(words)] == [plain.span(zone, at, at) for at in range(words)]
        assert not words or lazy.span(zone, 0, words - 1) == plain.span(zone, 0, words - 1)
        for level in Level:
            assert lazy.spellings(zone, level) == plain.spellings(zone, level)


def test_chunk_caches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snippets, "_CACHE_SIZE", 10)
    for _ in range(2):
        for number in range(50):
            assert highlighted("w7", f"w{number} w7") == ["w7"] * (1 + (number == 7))
    assert len(snippets._pieces) <= 11
    assert len(snippets._terms(ENGLISH)) <= 11


# -- by hand -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "body", "expected"),
    [
        ("bank", "The bank, the Banks and banking; embankment.", ["bank", "Banks", "banking"]),
        ("=banks", "The bank, the Banks and banking.", ["Banks"]),
        ("caps(US)", "US and us and U.S. and Us.", ["US", "U.S"]),
        ("japan", "Japan’s and Japan's, NATO-Japan.", ["Japan", "Japan", "Japan"]),
        ("cafe", "Café, cafe\u0301s, CAFE.", ["Café", "cafe\u0301s", "CAFE"]),
        ("indo-pacific", "Indo-Pacific, the Indo Pacific, Pacific.", ["Indo-Pacific", "Indo Pacific"]),
        ('"taiwan strait"', "The Taiwan. Strait of Taiwan Strait", ["Taiwan. Strait", "Taiwan Strait"]),
        ('"a b a"', "a b a b a", ["a b a b a"]),
        ("東京", "東京都の京都", ["東京"]),
        ("東京都", "東京都の京都", ["東京都"]),
        ("jap*", "Japan, japanned, Jap, J.", ["Japan", "japanned", "Jap"]),
        ("a b", "c a c b c", ["a", "b"]),
        ("a -b", "a c", ["a"]),
        ("NOT z", "a b", []),
        ("headline:a", "a b", []),
        ("body:a", "a b", ["a"]),
        ("lead:a", "a b\na b", ["a"]),
        ("a date:2023", "a 2023", ["a"]),
        ("source:times", "times", []),
        ("*", "a b", []),
    ],
)
def test_every_matching_word_is_highlighted(query: str, body: str, expected: list[str]) -> None:
    assert highlighted(query, body, "a headline") == expected


def test_character_with_several_words_is_highlighted_whole() -> None:
    assert highlighted("1", "1 and ½") == ["1", "½"]
    assert highlighted("2", "1 and ½") == ["½"]


def test_short_body_is_not_cut() -> None:
    assert ask("noon", "Ships came in\nat noon.") == Snippet("Ships came in at noon.", ((17, 21),))
    assert str(ask("noon", "At noon.")) == "At noon."


def test_phrase_across_paragraphs_is_one_span() -> None:
    assert ask('"the bridge traffic"', "They closed the bridge\nTraffic went on.") == Snippet(
        "They closed the bridge Traffic went on.", ((12, 30),)
    )


def test_snippet_without_body_or_match_is_the_beginning() -> None:
    assert ask("headline", "") == Snippet("", ())
    long = "word " * 100
    assert ask("headline", long) == Snippet(("word " * 48).strip() + " …", ())


FILLER = "Nothing of interest was said here today. "


def test_snippet_shows_the_passage_with_the_match() -> None:
    snippet = ask("kishida", FILLER * 20 + "Then Kishida spoke at length. " + FILLER * 20)
    assert snippet.text.startswith("… ")
    assert snippet.text.endswith(" …")
    assert "Then Kishida spoke at length." in snippet.text
    [(start, end)] = snippet.spans
    assert snippet.text[start:end] == "Kishida"


def test_snippet_begins_with_a_nearby_sentence() -> None:
    assert ask("kishida", FILLER * 20 + "Then Kishida spoke. " + FILLER * 20).text.startswith("… Then Kishida")
    assert ask("kishida", FILLER * 20 + "\nThen Kishida spoke. " + FILLER * 20).text.startswith("… Then Kishida")


def test_snippet_begins_and_ends_with_whole_words() -> None:
    body = " ".join(f"word{n:03}" for n in range(300))
    text = ask("word150", body).text
    assert text.startswith("… word")
    assert re.fullmatch(r"… (word\d{3} )+…", text)


def test_snippet_at_either_end_of_the_body_has_no_ellipsis_there() -> None:
    assert ask("kishida", "Kishida spoke. " + FILLER * 20).text.startswith("Kishida spoke. ")
    snippet = ask("kishida", FILLER * 20 + "So spoke Kishida")
    assert snippet.text.endswith("So spoke Kishida")
    assert len(snippet.spans) == 1


def test_snippet_prefers_different_words() -> None:
    body = "Oil rose. Oil, oil and oil. " + FILLER * 20 + "Gas and oil fell. " + FILLER * 20
    assert "Gas and oil fell" in ask("oil gas", body).text


def test_inflections_do_not_count_as_different_words() -> None:
    body = "A bank, two banks, banking. " + FILLER * 20 + "The bank raised the rate. " + FILLER * 20
    assert "raised the rate" in ask("bank rate", body).text


def test_very_long_words_are_cut() -> None:
    snippet = ask("kishida", "x" * 5000 + " Kishida " + "y" * 5000)
    assert highlighted("kishida", "x" * 5000 + " Kishida " + "y" * 5000) == ["Kishida"]
    assert len(snippet.text) <= MAX_LENGTH + 4
    assert ask("zzz", "x" * 5000).text == "x" * MAX_LENGTH + " …"


@pytest.mark.parametrize(
    "count",
    [
        60,
        pytest.param(120),
    ],
)
def test_very_long_match_is_highlighted_as_far_as_shown(count: int) -> None:
    phrase = " ".join(["said"] * count)
    snippet = ask(f'"{phrase}"', FILLER * 20 + phrase + " " + FILLER)
    assert snippet.spans
    assert_well_formed(snippet)


def test_snippets_compare_and_hash_by_value() -> None:
    first: Any = ask("noon", "At noon.")
    assert first == ask("noon", "At noon.")
    assert len({first, ask("noon", "At noon.")}) == 1


# -- passages --------------------------------------------------------------------------------------------------------


@given(bodies(), st.sampled_from(QUERIES), st.integers(1, 4))
def test_passages_hold_the_snippet_and_further_matches(body: str, query: str, limit: int) -> None:
    tree, made = parse(query).query, article(body)
    found = preview(tree, made)
    passages = find_passages(body, found.window, found.matches, limit)
    assert 1 <= len(passages) <= limit
    assert found.snippet == find_snippet(tree, made)
    assert found.snippet in passages
    assert list(found.matches) == highlight_spans(tree, Document(made), "body")
    for passage in passages:
        assert_well_formed(passage)
        assert passage is found.snippet or passage == found.snippet or passage.spans
    if limit > 1 and len(passages) < limit:  # then no match is left out
        shown = sum(len(passage.spans) for passage in passages)
        assert shown >= len(found.matches)


def test_passages_are_in_the_order_of_the_body() -> None:
    filler = "word " * 100
    body = f"ferry one. {filler}ferry two ferry harbour. {filler}ferry three. {filler}"
    found = preview(parse("ferry OR harbour").query, article(body))
    passages = [passage.text for passage in find_passages(body, found.window, found.matches, 3)]
    assert [next(word for word in ("one", "two", "three") if word in text) for text in passages] == [
        "one",
        "two",
        "three",
    ]
    assert [len(find_passages(body, found.window, found.matches, limit)) for limit in (1, 2, 3, 9)] == [1, 2, 3, 3]
