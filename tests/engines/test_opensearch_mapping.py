"""The document that a cluster gets: its terms, positions and counts are those of the analyzer."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchidx import Article, analysis
from searchidx.engines.opensearch.mapping import (
    PROBES,
    decode_form,
    is_plain,
    make_document,
    stored_term,
)

Terms = list[tuple[str, int]]

TEXTS = st.text(st.sampled_from("aAbBéÉß東京٣.!?/=| \n\t's-<>𠀀"), max_size=80) | st.text(max_size=80)
LANGUAGES = st.sampled_from(["en", "de", ""])


def split(analyzer: str, text: str) -> Terms:
    """What an analyzer of the cluster makes of a text, by its description: (term, position)."""
    terms = [
        (term, at) for at, term in enumerate(re.findall(r"[^ \x1c-\x1f]+", text)) if analyzer == "words" or term != "-"
    ]
    if analyzer == "surface_forms":  # a filter: the mark at the position of each term
        return list(dict.fromkeys(each for term, at in terms for each in (("/", at), (term, at))))
    return terms


@pytest.mark.parametrize("name", PROBES)
def test_probe_terms_follow_from_the_description(name: str) -> None:
    text, terms = PROBES[name]
    assert split(name, text) == terms


def printed_terms(tokens: list[analysis.Token]) -> Terms:
    found = [(token, at) for at, token in enumerate(tokens) if token.printed != token.folded]
    return [term for token, at in found for term in (("/", at), (f"/{token.printed}", at))]


@given(TEXTS, LANGUAGES)
def test_fields_of_a_body_have_the_tokens_of_the_analyzer(text: str, language: str) -> None:
    document = make_document(Article("a", "A", text, language=language), 0, 0)
    code = document["analysis"].replace("en", "")
    tokens = list(analysis.analyze(text, code))
    nothing = dict.fromkeys(("stem", "folded", "printed"), "")
    sentences, paragraphs = analysis.sentence_starts(text, code)
    lead = paragraphs[1] if len(paragraphs) > 1 else len(tokens)
    for zone, stop in (("body", len(tokens)), ("lead", lead)):
        some, found = tokens[:stop], document.get(zone, nothing)
        assert split("words", found["stem"]) == [(stored_term(token.stem), at) for at, token in enumerate(some)]
        assert split("words", found["folded"]) == [(token.folded, at) for at, token in enumerate(some)]
        assert split("surface_forms", found["printed"]) == printed_terms(some)

    def level(at: int) -> int:
        return 2 if at in (*paragraphs, len(tokens)) else int(at in sentences)

    marks = [(f"!{level(at)}{level(at + 1)}", at) for at in range(len(tokens))]
    assert split("marks", document.get("marks", "")) == [(mark, at) for mark, at in marks if mark != "!00"]


@given(TEXTS, TEXTS, LANGUAGES)
def test_forms_count_the_words_of_both_zones(headline: str, body: str, language: str) -> None:
    headline = " ".join(headline.split())
    document = make_document(Article("a", f"A {headline}", body, language=language), 0, 0)
    code = document["analysis"].replace("en", "")
    tokens = [*analysis.analyze(f"A {headline}", code), *analysis.analyze(body, code)]
    forms = list(map(decode_form, document["forms"]))
    counted = {(form.folded, form.printed, form.term): form.occurrences for form in forms}
    assert counted == Counter((token.folded, token.printed, token.stem) for token in tokens)
    assert sorted(form.term for form in forms if form.is_first) == sorted({token.stem for token in tokens})


def test_headline_in_capitals_has_no_surface_forms() -> None:
    document: dict[str, Any] = make_document(Article("a", "US BANKS 1987", ""), 0, 0)
    assert split("surface_forms", document["headline"]["printed"]) == [("/", 0), ("/", 1), ("/", 2)]
    assert split("words", document["headline"]["stem"]) == [("us", 0), ("bank", 1), ("1987", 2)]
    assert {decode_form(item).printed for item in document["forms"]} == {"US", "BANKS", "1987"}


def test_plain_words_have_no_term_of_their_own() -> None:
    assert is_plain("body.printed", "us")
    assert not is_plain("body.printed", "US")
    assert not is_plain("body.folded", "us")
