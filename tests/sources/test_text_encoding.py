"""Encodings that are declared, missing or wrong, and repair of mojibake."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchidx.sources import read
from searchidx.sources.encoding_detection import detect_encoding
from searchidx.sources.text_encoding import decode, decode_page, repair_mojibake

RUSSIAN = "Маяк на мысе снова зажёгся во вторник вечером. " * 20
FRENCH = "Le phare s’est rallumé mardi à la tombée de la nuit, après quarante années. " * 20
JAPANESE = "火曜日の夜、岬の灯台が四十年ぶりに再び点灯した。" * 20
CHINESE = "星期二晚上，海角的灯塔四十年来第一次重新点亮。" * 20
PAGE = '<html><head><meta charset="{0}"></head><body><p>{1}</p></body></html>'


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("utf-8", "utf-8", RUSSIAN),
        ("windows-1251", "cp1251", RUSSIAN),
        ("koi8-r", "koi8-r", RUSSIAN),
        ("iso-8859-1", "cp1252", FRENCH),
        ("Shift_JIS", "cp932", JAPANESE),
        ("euc-jp", "euc_jp", JAPANESE),
        ("gb2312", "gb18030", CHINESE),
        ("big5", "big5", "星期二晚上，海角的燈塔四十年來第一次重新點亮。"),
        ("utf-8", "cp1252", FRENCH),
        ("iso-8859-1", "utf-8", FRENCH),
        ("iso-8859-1", "cp1251", RUSSIAN),
        ("no-such-encoding", "cp1252", FRENCH),
    ],
)
def test_page_is_decoded_with_any_declaration(declared: str, codec: str, text: str) -> None:
    page = PAGE.format(declared, text)
    assert decode_page(page.encode(codec)) == page


POLISH = "Latarnia na przylądku zaświeciła znów we wtorek wieczorem, po czterdziestu latach ciszy. "


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("utf-8", RUSSIAN), ("cp1251", RUSSIAN), ("koi8-r", RUSSIAN), ("cp932", JAPANESE), ("euc_jp", JAPANESE),
        ("gb18030", CHINESE), ("cp1252", FRENCH), ("cp1250", POLISH * 20), ("cp1252", "Café"), ("utf-16", RUSSIAN),
    ],
)  # fmt: skip
def test_encoding_of_text_and_tables_is_detected(codec: str, text: str, tmp_path: Path) -> None:
    assert decode(text.encode(codec)) == text
    path = tmp_path / "a.csv"
    path.write_bytes("".join(["title;body\n", *(f"{n};{text}\n" for n in range(3))]).encode(codec))
    assert [article.body.strip() for article in read(path)] == [text.strip()] * 3


def test_charset_of_the_container_overrides_the_declaration() -> None:
    page = PAGE.format("iso-8859-2", FRENCH)
    assert decode_page(page.encode("cp1252"), "ISO-8859-1") == page


NEWS = {
    "de": "Die Bürgermeisterin eröffnete das größte Schöpfwerk am Fluß, während über tausend Gäste zuhörten.",
    "fr": FRENCH[:80],
    "es": "El alcalde inauguró ayer la estación de bombeo; la señora Núñez habló a los niños del río.",
    "pl": "Premier ogłosił nowe środki dla gospodarki. Opozycja żąda debaty; święto obchodzono w Łodzi i Gdańsku.",
    "cs": "Starostka otevřela největší čerpací stanici na řece, poslouchalo ji přes tisíc hostů a příznivců města.",
    "hu": "A polgármester megnyitotta a legnagyobb szivattyútelepet; sok vendég hallgatta őt, délelőtt fűtött.",
    "ro": "Primăriţa a deschis cea mai mare staţie de pompare de pe râu, în faţa a peste o mie de oaspeţi.",
    "tr": "Başbakan ekonomi için yeni önlemler açıkladı. Muhalefet görüşme istedi; ışıklar söndü, yağdı.",
    "lt": "Merė atidarė didžiausią siurblinę prie upės, jos klausėsi daugiau nei tūkstantis svečių iš viso rajono.",
    "ru": RUSSIAN[:60],
    "uk": "Міський голова відкрила станцію на річці; її слухали понад тисячу гостей.",
    "el": "Η δήμαρχος εγκαινίασε τον μεγαλύτερο σταθμό άντλησης στον ποταμό μπροστά σε χίλιους καλεσμένους.",
    "ja": JAPANESE[:30],
    "zh": CHINESE[:30],
    "ko": "화요일 저녁, 곶의 등대가 사십 년 만에 다시 불을 밝혔다.",
}


@pytest.mark.parametrize(
    ("language", "codec"),
    [
        ("de", "cp1252"), ("de", "cp850"), ("de", "mac_roman"), ("fr", "cp1252"), ("es", "cp1252"), ("pl", "cp1250"),
        ("pl", "iso8859_2"), ("pl", "cp852"), ("cs", "cp1250"), ("cs", "iso8859_2"), ("hu", "cp1250"), ("ro", "cp1250"),
        ("tr", "cp1254"), ("tr", "cp857"), ("lt", "cp1257"), ("ru", "cp1251"), ("ru", "koi8_r"), ("ru", "cp866"),
        ("ru", "iso8859_5"), ("uk", "cp1251"), ("uk", "koi8_u"), ("el", "cp1253"), ("ja", "cp932"), ("ja", "euc_jp"),
        ("ja", "iso2022_jp"), ("zh", "gb18030"), ("ko", "cp949"), ("ko", "iso2022_kr"),
    ],
)  # fmt: skip
def test_encoding_of_a_sentence_is_detected(language: str, codec: str) -> None:
    assert decode(NEWS[language].encode(codec)) == NEWS[language]


@pytest.mark.parametrize("text", ["Café", "Guðmundsson met the fiancée", "Señor Müller à Tromsø, £5", "«Où ?» – “no”"])
def test_short_western_text_is_not_taken_for_another_encoding(text: str) -> None:
    assert decode(text.encode("cp1252")) == text


def test_detection_is_fast_on_any_bytes() -> None:
    start = time.process_time()
    for data in (bytes(range(128, 256)) * 80_000, b"\x81\x40" * 5_000_000, b"\x1b$B" * 3_000_000):
        detect_encoding(data)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-32", "utf-8-sig", "utf-16-le", "gb18030"])
@pytest.mark.parametrize("declared", ["UTF-8", "UTF-16", "ISO-8859-1", "us-ascii", "gb2312"])
def test_xml_is_decoded_whatever_it_declares(codec: str, declared: str, tmp_path: Path) -> None:
    text = "总理朱镕基在北京发表讲话，谈到新的经济政策，并强调要扩大内需。"
    item = f"<item><title>{text}</title></item>"
    feed = f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0"><channel>{item}</channel></rss>'
    path = tmp_path / "feed.xml"
    path.write_bytes(feed.encode(codec))
    assert [article.headline for article in read(path)] == [text]


@pytest.mark.parametrize("declared", ["rot13", "base64", "idna", "undefined", "\0", "utf-7;", "", "punycode"])
def test_declared_codecs_that_are_not_encodings_are_ignored(declared: str) -> None:
    page = FRENCH.encode("cp1252")
    assert decode_page(page, declared) == FRENCH


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("It wasnâ€™t the keeperâ€™s", "It wasn’t the keeper’s"),
        ("The cafÃ© on the quai des BrÃ»lÃ©s", "The café on the quai des Brûlés"),
        ("ÐœÐ°Ñ\x8fÐº", "Маяк"),
        ("â‚¬ 40", "€ 40"),
        ("averages 2â\x80\x934 months", "averages 2–4 months"),
        ("It wasnÃ¢â‚¬â„¢t", "It wasn’t"),
        ("MÃ¼nchen", "München"),
    ],
)
def test_mojibake_is_repaired(wrong: str, right: str) -> None:
    assert repair_mojibake(f"Plain.\n{wrong}\nPlain.") == f"Plain.\n{right}\nPlain."


@pytest.mark.parametrize(
    "text",
    ["«CAFÉ»", "AMANHû", "SÃO PAULO", "Ã", "£5 and â‚¬ 40", "Zoë Brûlé", "MÃ¼nchen und Köln", "naïve – “quoted”"],
)
def test_text_that_may_be_right_is_not_repaired(text: str) -> None:
    assert repair_mojibake(text) == text


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=60))
def test_any_mojibake_is_repaired_or_left_alone(text: str) -> None:
    spoilt = text.encode().decode("latin-1") if not text.isascii() else text
    assert repair_mojibake(spoilt) in (spoilt, text, repair_mojibake(text))


@given(st.text(max_size=200))
def test_repair_keeps_line_breaks(text: str) -> None:
    assert repair_mojibake(text).count("\n") >= text.count("\n")
