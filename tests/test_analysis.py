"""The analyzer: the words of a text, their forms and offsets."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from searchidx import analysis, folding, stemming
from searchidx.analysis import analyze, analyze_query, folded_words, sentence_starts, split_chunk
from searchidx.folding import fold
from searchidx.stemming import stem

exact = settings(derandomize=True, deadline=None, max_examples=120)

# Every rule has characters here that set it off, beside any character at all.
tricky = st.text(
    st.sampled_from(
        "aAsSéÉøŁßıİﬁ㍿①½Ⅳａ．１가각ᄀ\u1161が\u3099\u0301\u0308東京々ไทยあア .'’`-–/&\n\t\u200b\u00ad\u200dﷺ"
    ),
    max_size=14,
)
texts = st.one_of(st.text(max_size=30), tricky)


def nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def printed(text: str) -> list[str]:
    return [token.printed for token in analyze(text)]


def folded(text: str) -> list[str]:
    return [token.folded for token in analyze(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # runs of letters, digits and marks
        ("", []),
        (" \t\n\u3000", []),
        ("... -- & “”", []),
        ("NATO Japan", ["NATO", "Japan"]),
        ("G7 B-52s 2nd", ["G7", "B", "52s", "2nd"]),
        ("naïve Łódź São", ["naïve", "Łódź", "São"]),
        ("snake_case", ["snake", "case"]),
        ("a\u00a0b\u2003c\u3000d", ["a", "b", "c", "d"]),
        ("हिन्दी", ["हिन्दी"]),
        # other punctuation parts words that stay adjacent
        ("NATO-Japan Indo‑Pacific", ["NATO", "Japan", "Indo", "Pacific"]),
        ("9/11 1,000 3.5", ["9", "11", "1", "000", "3", "5"]),
        ("AT&T", ["AT", "T"]),
        ("a.b@example.com", ["ab", "example", "com"]),
        ("(“Rates”)—up!", ["Rates", "up"]),
        ("don't can’t", ["don", "t", "can", "t"]),
        ("O'Brien d’Évreux", ["O", "Brien", "d", "Évreux"]),
        # possessive endings are set aside
        ("Japan's Japan’s Japan‘s Japan＇s Japan`s JAPAN'S", [*["Japan"] * 5, "JAPAN"]),
        ("Japanʼs", ["Japan"]),
        ("Japan´s", ["Japan"]),
        ("the boys' boss’", ["the", "boys", "boss"]),
        ("Japan's-led (Japan’s)", ["Japan", "led", "Japan"]),
        ("U.S.'s U.S.’s", ["US", "US"]),
        ("'s s's it's", ["s", "s", "it"]),
        ("1990's", ["1990"]),
        # single letters parted by full stops are one word
        ("U.S. U.S U.K.'s e.g. С.Ш.А.", ["US", "US", "UK", "eg", "США"]),
        ("U.S.-Japan U.S./UK", ["US", "Japan", "US", "UK"]),
        ("J. R. Smith J.R. Smith", ["J", "R", "Smith", "JR", "Smith"]),
        ("Ph.D. a..b 1.2.3.", ["Ph", "D", "a", "b", "1", "2", "3"]),
        ("É.U. E\u0301.U.", ["ÉU", "ÉU"]),
        # NFKC
        ("ＮＡＴＯ ﬁnance Ⅳ ½", ["NATO", "finance", "IV", "1", "2"]),
        ("Cafe\u0301", ["Café"]),
        ("㍿", ["株式", "式会", "会社", "社"]),
        # scripts without spaces between words: each character with the next one
        ("東", ["東"]),
        ("東京", ["東京", "京"]),
        ("東京都", ["東京", "京都", "都"]),
        ("東京、大阪", ["東京", "京", "大阪", "阪"]),
        ("人々 ひらがな", ["人々", "々", "ひら", "らが", "がな", "な"]),
        ("ｶﾞｽ", ["ガス", "ス"]),
        ("서울", ["서울", "울"]),
        ("\u1109\u1165\u110b\u116e\u11af", ["서울", "울"]),
        ("ไทย", ["ไท", "ทย", "ย"]),
        ("NATO事務総長 7月1日", ["NATO", "事務", "務総", "総長", "長", "7", "月", "1", "日"]),
    ],
)
def test_words_keep_their_printed_form(text: str, expected: list[str]) -> None:
    assert printed(text) == [unicodedata.normalize("NFC", word) for word in expected]


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        (("banks", "Banks", "BANKS"), "banks"),
        (("Café", "CAFÉ", "Cafe\u0301", "cafe"), "cafe"),
        (("Malmö", "MALMÖ"), "malmo"),
        (("Łódź", "ŁÓDŹ", "lodz"), "lodz"),
        (("Straße", "STRASSE", "STRAẞE"), "strasse"),
        (("Møller", "MØLLER"), "moller"),
        (("Æsir", "ÆSIR"), "aesir"),
        (("Œuvre",), "oeuvre"),
        (("İstanbul", "ISTANBUL", "ıstanbul"), "istanbul"),
        (("Þór", "ÞÓR"), "thor"),
        (("Đà", "đa"), "da"),
        (("Ñandú",), "nandu"),
        (("Ά", "α"), "α"),
        (("Ёлка", "елка"), "елка"),
        (("Σίσυφος", "ΣΊΣΥΦΟΣ"), "σισυφοσ"),
        (("が",), "が"),  # its mark makes it another letter
        (("한국",), "한국"),
        (("हिन्दी",), "हिन्दी"),
        (("ไทย",), "ไทย"),
        (("\u0301",), "\u0301"),  # nothing would be left
    ],
)
def test_folding_removes_case_and_accents(forms: tuple[str, ...], expected: str) -> None:
    assert {fold(form) for form in forms} == {expected}


@pytest.mark.parametrize(
    ("forms", "other"),
    [
        ("bank banks banking Banked BANKS", "embankment"),
        ("election elections elected electing", "electricity"),
        ("rate rates rated", "ration"),
        ("city cities", "cite"),
        ("Malmö malmo", "mal"),
        ("Japan's Japan japan", "japanese"),
    ],
)
def test_inflections_share_a_stem(forms: str, other: str) -> None:
    found = {token.stem for token in analyze(forms)}
    assert len(found) == 1
    assert {token.stem for token in analyze(other)}.isdisjoint(found)


def test_very_long_words_are_not_stemmed() -> None:
    long = "a" * stemming.MAX_STEMMED_LENGTH + "ings"
    assert stem(long) == long
    assert stem("meetings") == "meet"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("NATO Japan", ["NATO", "Japan"]),
        ("  Japan’s  banks", ["Japan", "banks"]),
        ("the U.S. fleet", ["the", "U.S", "fleet"]),
        ("Cafe\u0301-bar", ["Cafe\u0301", "bar"]),
        ("ﬁnance", ["ﬁnance"]),
        ("x½y", ["x½", "½y"]),  # x1 and 2y, about a fraction slash
        ("㍿", ["㍿"] * 4),
        ("東京都", ["東京", "京都", "都"]),
        ("\u1109\u1165\u110b\u116e\u11af", ["\u1109\u1165\u110b\u116e\u11af", "\u110b\u116e\u11af"]),
        ("ｶﾞｽ", ["ｶﾞｽ", "ｽ"]),
    ],
)
def test_offsets_refer_to_the_given_text(text: str, places: list[str]) -> None:
    assert [text[token.start : token.end] for token in analyze(text)] == places


@exact
@given(texts)
@example("①２Ⅳ ﷺ ㍿X가각\u1161\u3099")
def test_each_token_is_at_its_offsets(text: str) -> None:
    before = (0, 0)
    for position, token in enumerate(analyze(text)):
        assert token.position == position
        assert 0 <= token.start < token.end <= len(text)
        assert (token.start, token.end) >= before
        assert token.end >= before[1]
        before = (token.start, token.end)
        place = nfkc(folding.INVISIBLE.sub("", text[token.start : token.end]))
        assert token.printed.replace(".", "") in place.replace(".", "")
        assert not any(char.isspace() for char in text[token.start : token.end])


@exact
@given(texts)
def test_each_form_of_a_token_is_coarser_than_the_one_before(text: str) -> None:
    for token in analyze(text):
        assert token.printed
        assert all(unicodedata.category(char)[0] in "LNM" for char in token.printed)
        assert token.printed == nfkc(token.printed)
        assert token.folded == fold(token.printed)
        assert token.stem == stem(token.folded)


@exact
@given(texts)
def test_folding_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text) == unicodedata.normalize("NFC", fold(text))
    assert bool(fold(text)) == bool(text)


def test_fold_invariant_letters_are_unchanged() -> None:
    """The letters that folding skips are those that it leaves unchanged."""
    letters = [chr(code) for code in range(0x110000) if folding._FOLD_INVARIANT.fullmatch(chr(code))]
    assert len(letters) > 30_000
    assert all(folding._fold_letters(letter) == letter for letter in letters)
    assert folding._fold_letters("".join(letters)) == "".join(letters)


@exact
@given(texts)
def test_unicode_normal_forms_have_the_same_words(text: str) -> None:
    text = text.translate(analysis.APOSTROPHE_LOOKALIKES)  # NFKC makes of ´ a space with an accent
    expected = printed(nfkc(text))
    for form in ("NFC", "NFD", "NFKD"):
        assert printed(unicodedata.normalize(form, text)) == expected
    assert printed(text) == expected


@exact
@given(texts)
def test_a_letter_or_digit_is_never_lost(text: str) -> None:
    text = text.translate(analysis.APOSTROPHE_LOOKALIKES)
    bare = "".join(char if unicodedata.category(char)[0] in "LNM" else " " for char in nfkc(text)).split()
    ends = {char.upper() for word in bare for char in word} - {"S"}  # an s may have been a possessive ending
    kept = {char.upper() for word in printed(text) for char in word} - {"S"}
    assert kept == ends


@exact
@given(texts, texts)
def test_words_depend_on_their_chunk_only(one: str, other: str) -> None:
    assert printed(f"{one} {other}") == printed(one) + printed(other)
    assert folded_words(f"{one}\n{other}") == folded(one) + folded(other)


@exact
@given(texts)
def test_split_chunk_agrees_with_analyze(text: str) -> None:
    for chunk in text.split():
        pieces = split_chunk(chunk).tokens
        assert [(p.printed, p.start, p.end) for p in pieces] == [(t.printed, t.start, t.end) for t in analyze(chunk)]


def holds_side_by_side(text: str, query: str) -> bool:
    asked = [token.folded for token in analyze_query(query)]
    there = folded(text)
    return any(there[at : at + len(asked)] == asked for at in range(len(there) - len(asked) + 1))


@exact
@given(
    st.text(st.sampled_from("東京都大阪人々ひらがなไทย서울"), min_size=2, max_size=12),
    st.integers(0, 10),
    st.integers(2, 12),
)
@example("東京都", 1, 2)
def test_a_substring_of_an_unspaced_run_finds_it(run: str, start: int, length: int) -> None:
    part = run[min(start, len(run) - 2) :][:length]
    assert holds_side_by_side(run, part)
    assert holds_side_by_side(f"The {run} said", part)
    assert not holds_side_by_side(run, f"{part}港")
    # What is found stands there: no phrase of other characters is.
    assert holds_side_by_side(run, part[::-1]) == (part[::-1] in run)


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("東京都", ["東京", "京都"]),
        ("東京", ["東京"]),
        ("東", ["東"]),
        ("NATO事務", ["NATO", "事務"]),
        ("東京 NATO", ["東京", "京", "NATO"]),
        ("Japan's banks", ["Japan", "banks"]),
        ("&", []),
    ],
)
def test_a_query_omits_the_last_single_character_of_a_run(query: str, asked: list[str]) -> None:
    assert [token.printed for token in analyze_query(query)] == asked


@exact
@given(texts)
def test_a_text_finds_itself(text: str) -> None:
    asked = [(token.printed, token.position) for token in analyze_query(text)]
    assert asked == [(token.printed, token.position) for token in analyze(text)][: len(asked)]
    assert len(asked) >= len(printed(text)) - 1
    if asked:
        assert holds_side_by_side(f"before {text} after", text)


@pytest.mark.parametrize(
    ("text", "first_words"),
    [
        ("", []),
        ("One sentence", ["One"]),
        ("Rates rose. Banks fell! Why? Nobody knows…  So be it.", ["Rates", "Banks", "Why", "Nobody", "So"]),
        ("He said: “Stop.” Then he left. (He did.) “Go!” she said.", ["He", "Then", "He", "Go"]),
        ("It is 5 p.m. now. it goes on. 12 came.", ["It", "12"]),
        ("Mr. Doe met Dr. Roe on Feb. 1 in the U.S. Navy yard.", ["Mr"]),
        ("J. Smith of Acme Inc. Paid Gov. Roe. He smiled.", ["J", "He"]),
        ("They met on Sat. Morning came.", ["They"]),
        ("The cat sat. Morning came.", ["The", "Morning"]),
        ("It was in mar. Spring came.", ["It", "Spring"]),
        ("He came to Washington. D.C. slept.", ["He", "D"]),
        ("Prices: 1.5 and 2.5. Then more.", ["Prices", "Then"]),
        ("First\nsecond\n\nthird", ["First", "second", "third"]),
        ("No stop\nNew one", ["No", "New"]),
        ("Over . Again", ["Over", "Again"]),
    ],
)
def test_abbreviations_end_no_sentence(text: str, first_words: list[str]) -> None:
    tokens = list(analyze(text))
    starts, _ = sentence_starts(text)
    assert [tokens[start].printed[: len(word)] for start, word in zip(starts, first_words, strict=True)] == first_words


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("東京。大阪。港", [0, 2, 4]),
        ("雨が降った。 風も。", [0, 5]),
        ("“東京。”大阪", [0, 2]),
        ("東京！大阪？港", [0, 2, 4]),
    ],
)
def test_full_stops_of_unspaced_scripts_end_sentences_in_a_chunk(text: str, starts: list[int]) -> None:
    assert sentence_starts(text)[0] == starts


@exact
@given(st.lists(texts, max_size=5).map("\n".join))
def test_paragraphs_begin_at_the_first_word_of_each_line(text: str) -> None:
    sentences, paragraphs = sentence_starts(text)
    expected, position = [], 0
    for line in text.split("\n"):
        count = len(printed(line))
        if count:
            expected.append(position)
        position += count
    assert paragraphs == expected
    assert set(paragraphs) <= set(sentences)
    assert sentences == sorted(set(sentences))
    assert not sentences or sentences[-1] < position


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "A." * 50_000,
        "東" * 9_000,
        "ﬁ" * 50_000,
        "\u1100\u1161" * 5_000,
        "'s" * 50_000,
        "e\u0301" * 9_000,
    ],
    ids=["letters", "initials", "unspaced", "ligatures", "jamo", "endings", "accents"],
)
def test_long_chunks_are_analysed_fast(text: str) -> None:
    began = time.process_time()
    tokens = list(analyze(text))
    assert 0 <= tokens[0].start <= 1
    assert len(text) - 3 < tokens[-1].end <= len(text)
    assert time.process_time() - began < 4


def test_a_pile_of_marks_is_analysed_fast() -> None:
    began = time.process_time()
    assert len(list(analyze("a" + "\u0301\u0316" * 15_000))) == 1
    assert time.process_time() - began < 0.2
