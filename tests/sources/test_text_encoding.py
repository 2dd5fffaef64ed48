"""Encodings that are declared, missing or wrong, and repair of mojibake."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchidx.sources import read
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
