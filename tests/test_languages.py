"""Languages as sources state them, and their names. Expected tags are written by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchidx.article import Article
from searchidx.languages import language_name, parse_language

STATED = {
    "de": "de DE deu ger German GERMAN german Deutsch deutsch allemand alemán Duits tedesco 독일어 德文 德语 德語",
    "en": "en eng English ENGLISH Englisch anglais inglés Engels inglese inglês engelsk 영어 英文 英语 英語",
    "fr": "fr fra fre French Französisch français francés Frans francese francês franska fransk 프랑스어 法文 法语",
    "es": "es spa Spanish Castilian Spanisch espagnol español Spaans spagnolo espanhol spansk 스페인어 西班牙语",
    "nl": "nl nld dut Dutch Niederländisch néerlandais neerlandés Nederlands olandese holandês nederlandsk",
    "it": "it ita Italian Italienisch italien italiano Italiaans italienska italiensk 이탈리아어 意大利语 義大利文",
    "pt": "pt por Portuguese Portugiesisch portugais portugués Portugees portoghese português portugisiska",
    "ru": "ru rus Russian Russisch russe ruso russo ryska русский 러시아어 俄语 俄文",
    "zh": "zh zho chi cmn Chinese Mandarin Chinesisch chinois chino Chinees cinese kinesiska 중국어 中文 汉语",
    "ko": "ko kor Korean Koreanisch coréen coreano Koreaans koreanska 한국어 韩语 韓文",
    "ja": "ja jpn Japanese Japanisch japonais japonés Japans giapponese 日本語 일본어 日语 日文",
    "fa": "fa fas per Persian Farsi Persisch persan فارسی",
    "el": "el ell gre Greek Griechisch grec griego Grieks greco Ελληνικά",
    "no": "no nor Norwegian Norwegisch norsk norvégien noruego Noors norvegese",
    "nb": "nb nob",
    "he": "he iw heb Hebrew",
    "tr": "tr tur Turkish Türkisch türkisch turc turco Turks turkiska Türkçe",
}


@pytest.mark.parametrize(("tag", "texts"), STATED.items(), ids=STATED)
def test_codes_and_names_in_many_languages_become_tags(tag: str, texts: str) -> None:
    assert {text: parse_language(text) for text in texts.split()} == dict.fromkeys(texts.split(), tag)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("de-AT", "de-AT"),
        ("de_at", "de-AT"),
        ("DE-at", "de-AT"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("deu-CH", "de-CH"),
        ("de_DE.UTF-8", "de-DE"),
        ("ca_ES@valencia", "ca-ES"),
        ("de-1996", "de-1996"),
        ("Austrian German", "de-AT"),
        ("Brazilian Portuguese", "pt-BR"),
        ("简体中文", "zh-Hans"),
        ("Chinese (Traditional)", "zh-Hant"),
        ("Norwegian Bokmål", "nb"),
        (" German ", "de"),
        ("ENGLISH; UNITED KINGDOM ENGLISH", "en"),
        ("Dutch; Flemish", "nl"),
        ("Greek, Modern (1453-)", "el"),
        ("French (France)", "fr"),
        ("en,de", "en"),
        ("Elvish; Danish", "da"),
    ],
)
def test_varieties_and_lists_become_one_tag(text: str, tag: str) -> None:
    assert parse_language(text) == tag
    assert Article("a1", "Rain", language=text).language == tag


@pytest.mark.parametrize(
    "text",
    ["", " ", "Elvish", "x-default", "und", "mul", "zxx", "the", "NA", "nan", "N/A", "None", "<b>", "de-", "-", "qq"],
)
def test_unknown_languages_are_empty(text: str) -> None:
    assert parse_language(text) == ""
    assert Article("a1", "Rain", language=text).language == ""


@given(st.text(max_size=300))
def test_any_text_gives_a_tag_that_is_its_own_tag(text: str) -> None:
    tag = parse_language(text)
    assert parse_language(tag) == tag


def test_language_name_after_an_overlong_text_is_not_found() -> None:
    assert parse_language("x; " * 100_000 + "German") == ""


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("de", "German"),
        ("de-AT", "Austrian German"),
        ("de-BE", "German (BE)"),
        ("zh-Hant-TW", "Traditional Chinese (TW)"),
        ("qq", "qq"),
        ("", ""),
    ],
)
def test_tags_have_english_names(tag: str, name: str) -> None:
    assert language_name(tag) == name
