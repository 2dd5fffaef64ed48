"""The table of spellings in docs/languages.md is true, row by row; what it says does not match does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from searchidx.analysis import sentence_starts
from searchidx.article import Article
from searchidx.engines.reference.match import Document, matches
from searchidx.query import parse

GUIDE = Path(__file__).parent.parent / "docs" / "languages.md"
CODES = {
    "any": "en", "German": "de", "Danish": "da", "Norwegian": "nb", "Swedish": "sv", "Turkish": "tr", "Greek": "el",
    "Russian": "ru", "Arabic": "ar", "Persian": "fa", "Hebrew": "he", "Vietnamese": "vi", "French": "fr",
    "Italian": "it", "Finnish": "fi", "Spanish": "es",
}  # fmt: skip


def rows() -> list[tuple[str, str, str]]:
    table = GUIDE.read_text().split("## Spellings")[1].split("## Sentences")[0]
    found = re.findall(r"^\| ([^|`]+) \| `([^`]+)` \| (.+) \|$", table, re.MULTILINE)
    return [
        (CODES[language], query, word)
        for languages, query, words in found
        for language in languages.split(", ")
        for word in re.findall(r"\*([^*]+)\*", words)
    ]


def finds(query: str, text: str, language: str) -> bool:
    return matches(parse(query).tree, Document(Article("a", "—", text, language=language)))


def test_the_table_has_rows_for_every_language_that_it_promises() -> None:
    assert len(rows()) >= 23
    assert {language for language, _, _ in rows()} >= set(CODES.values()) - {"fi", "es"}


@pytest.mark.parametrize(("language", "query", "word"), rows())
def test_query_finds_the_spelling(language: str, query: str, word: str) -> None:
    assert finds(query, word, language)


@pytest.mark.parametrize(
    ("language", "query", "word"),
    [
        ("en", "Mueller", "Müller"), ("fi", "paeivae", "päivä"), ("en", "Aarhus", "Århus"), ("en", "=banks", "bank"),
        ("de", "=Mueller", "Müller"), ("de", '"Wahl"', "Wahlen"), ("de", "caps(wahl)", "Wahl"),
        ("fr", "Brien", "OBrien"),
    ],
)  # fmt: skip
def test_query_does_not_find_another_spelling(language: str, query: str, word: str) -> None:
    assert not finds(query, word, language)


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        ("de", "Es gilt z. B. heute. Dr. Müller kam. Neu.", 3),
        ("en", "It was z. B. today.", 2),
        ("fr", "M. Dupont arrive. Mme. Durand part.", 2),
        ("es", "El Sr. Pérez y la Sra. López votan. Fin.", 2),
        ("ru", "В 2022 г. Москва и др. Города. Конец.", 2),
        ("hi", "पहला वाक्य। दूसरा वाक्य।", 2),
        ("ar", "هل جاء؟ نعم جاء.", 2),
        ("ur", "یہ ایک ہے۔ یہ دو ہے۔", 2),
        ("zh", "这是一句。这是两句？是的。", 3),
    ],
)
def test_sentences_end_by_the_marks_and_abbreviations_of_the_language(language: str, text: str, sentences: int) -> None:
    assert len(sentence_starts(text, Document(Article("a", "—", text, language=language)).language)[0]) == sentences


@pytest.mark.parametrize(
    ("language", "query", "text", "found"),
    [
        ("de", "Müller w/s Neu", "Dr. Müller kam z. B. heute. Neu.", False),
        ("de", "Müller w/s heute", "Dr. Müller kam z. B. heute. Neu.", True),
        ("fr", "Brien", "O’Brien", True),
        ("en", '"O\'Brien"', "O’Brien spoke", True),
    ],
)
def test_sentence_proximity_respects_the_sentences_of_the_language(
    language: str, query: str, text: str, found: bool
) -> None:
    assert finds(query, text, language) is found


def test_invisible_characters_are_no_part_of_a_word() -> None:
    for invisible in "\u00ad\u200b\u200c\u200d\u2060\ufe0f\ufeff\u200e":
        assert finds("kanzlerin", f"Kanz{invisible}lerin", "de"), ascii(invisible)
        assert finds(f"Kanz{invisible}lerin", "kanzlerin", "de"), ascii(invisible)
