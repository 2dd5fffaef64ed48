"""Text in a terminal: display width, wrapping, truncation, control characters, styled matches."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import pairwise

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

import searchidx
from searchidx.render.terminal import article_lines, hit_lines, kwic_lines
from searchidx.render.text_layout import display_width, fit_end, fit_length, sanitize, style_spans, truncate, wrap
from searchidx.render.text_tables import timeline_lines
from searchidx.search.aggregator import build_timeline

TEXTS = st.text(
    st.sampled_from("ab cd\n\t\u3000  \xa0,.“”東京、。ｗ한글ไทยא ب\u0301\u200d\u202e\u2066\x1b\x07\x9b\xad\ufeff🙂é-")
    | st.characters(exclude_categories=["Cs"]),
    max_size=120,
)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("plain", 5),
        ("Málaga", 6),
        ("Ma\u0301laga", 6),
        ("東京", 4),
        ("ｗｉｄｅ", 8),
        ("한글", 4),
        ("\u1112\u1161\u11ab", 2),
        ("ไทยที่", 4),
        ("שלום", 4),
        ("a\u200bb\u200d", 2),
        ("🙂", 2),
        ("½ “quoted” – …", 14),
    ],
)
def test_display_width_counts_terminal_columns(text: str, width: int) -> None:
    assert display_width(text) == width


@given(TEXTS)
def test_sanitize_removes_control_characters(text: str) -> None:
    shown = sanitize(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Zl", "Zp")]
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\xad")
    assert display_width(shown) == display_width(text)


def test_right_to_left_text_stays_in_logical_order() -> None:
    assert sanitize("قال \u202eabc\u202c شيء") == "قال abc شيء"
    assert sanitize("نمی\u200cخواهم") == "نمی\u200cخواهم"


@given(TEXTS, st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_only_white_space(text: str, width: int) -> None:
    found = list(wrap(text, width))
    assert all(display_width(text[start:end]) <= width for start, end in found)
    assert all(start < end for start, end in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))
    left_out = text
    for start, end in reversed(found):
        left_out = left_out[:start] + left_out[end:]
    assert not left_out.strip()


def test_wrap_breaks_between_words_and_wide_characters() -> None:
    def lines(text: str, width: int) -> list[str]:
        return [text[start:end] for start, end in wrap(text, width)]

    assert lines("the  bank of\nJapan", 8) == ["the", "bank of", "Japan"]
    assert lines("one two three", 7) == ["one two", "three"]
    assert lines("well-known names", 10) == ["well-known", "names"]
    assert lines("well-known names", 8) == ["well-kno", "wn names"]
    assert lines("東京の銀行、大阪の銀行。", 11) == ["東京の銀", "行、大阪の", "銀行。"]
    assert lines("100\xa0000 people", 9) == ["100\xa0000", "people"]
    assert lines("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


@given(TEXTS, st.integers(1, 40))
def test_cut_texts_fit_the_width(text: str, width: int) -> None:
    assert display_width(text[: fit_length(text, width)]) <= width
    assert display_width(fit_end(text, width)) <= width
    assert display_width(truncate(text, width)) <= width
    assert text.startswith(text[: fit_length(text, width)])
    assert text.endswith(fit_end(text, width))
    if display_width(text) <= width:
        assert fit_length(text, width) == len(text)
        assert truncate(text, width) == sanitize(text)


@given(TEXTS, st.lists(st.integers(0, 120), min_size=2, max_size=6, unique=True))
def test_style_spans_styles_exactly_the_spans(text: str, places: list[int]) -> None:
    places = sorted(place for place in places if place <= len(text))
    spans = list(zip(places[::2], places[1::2], strict=False))
    shown = style_spans(text, 0, len(text), spans)
    assert click.unstyle(shown) == "".join(sanitize(character) for character in text)
    found = re.findall(r"\x1b\[31m\x1b\[1m(.*?)\x1b\[0m", shown, re.DOTALL)
    assert found == [sanitize(text[start:end]) for start, end in spans]


BODIES = [
    "The bank of the river, and the other bank.",
    "東京の bank は大きい。東京の bank は大きい。東京の bank は大きい。東京の bank は大きい。",
    "قال bank إن البنك المركزي سيرفع سعر الفائدة غدا كما فعل في السنة الماضية",
    "ธนาคาร bank แห่งประเทศไทย ธนาคาร bank แห่งประเทศไทย",
    "Cafe\u0301 cre\u0300me at the bank, nai\u0308ve " * 6,
    "bank\x1b[2J\x9b31m\x07 \u202ebank\u202c bank",
    "bank",
]


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("sort", [None, "right"])
def test_kwic_matches_share_a_column(
    make_archive: Callable[..., searchidx.Archive], width: int, sort: str | None
) -> None:
    with make_archive(*({"body": body} for body in BODIES)) as archive:
        found = list(archive.kwic("bank", sort=sort))
        lines = list(kwic_lines(found, width, 60, sort))
    assert all(display_width(click.unstyle(line)) <= width for line in lines)
    assert not re.findall(r"[\x00-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e]", "".join(lines))
    places = {display_width(click.unstyle(line[: line.index("\x1b[31m")])) for line in lines if "\x1b[31m" in line}
    assert len(places) == 1
    assert sum("\x1b[31m" in line for line in lines) == len(found) == 19


@pytest.mark.parametrize("width", [40, 80, 100])
def test_hits_and_articles_fit_the_width(make_archive: Callable[..., searchidx.Archive], width: int) -> None:
    with make_archive(*({"headline": body[:90], "body": body, "source": body[:30]} for body in BODIES)) as archive:
        lines = list(hit_lines(archive.search("bank", limit=None), 1, width, score=True))
        article = archive.get("a2")
        assert article is not None
        lines += article_lines(article, width, archive.marked("a2", "bank"))
    assert all(display_width(click.unstyle(line)) <= width for line in lines if "source: " not in line)
    assert len(lines) >= 40


def test_timeline_bars_share_one_scale() -> None:
    """Eight times as many articles have a bar eight times as long, also for undated ones."""
    days = {(10, 11): 2, (0, 0): 16}
    lines = list(timeline_lines(build_timeline(["x"], [days], days, "day", "articles"), 40))
    lengths = {line.split()[0]: line.count("█") for line in lines if line}
    assert lengths["undated"] // lengths["0001-01-10"] == 8
    assert lengths["total"] == 0
