"""Plain text: headline, date, author, dateline, paragraphs, and boilerplate at the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_files import Item, read_source

from searchidx import Article
from searchidx.sources import Skip, SourceFile, read_file

exact = settings(
    derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

RAIN = "Rain fell on the city for three days and three nights, and the river rose to the mark of 1913."
MILL = "The old mill was cut off. Twelve families spent the night in the sports hall, where scouts cooked soup."


def read_text(folder: Path, data: str | bytes, name: str = "story.txt") -> Item:
    (item,) = read_source(folder, data, name)
    return item


def read_article(folder: Path, data: str | bytes) -> Article:
    item = read_text(folder, data)
    assert isinstance(item, Article), item
    return item


@pytest.mark.parametrize(
    ("header", "date", "dateline", "byline", "body"),
    [
        ([], None, "", "", []),
        (["February 1, 2023"], "2023-02-01", "February 1, 2023", "", []),
        (["13:33 JST, February 1, 2023"], "2023-02-01T13:33:00+09:00", "13:33 JST, February 1, 2023", "", []),
        (["2023-02-01T09:15:00+01:00"], "2023-02-01T09:15:00+01:00", "2023-02-01T09:15:00+01:00", "", []),
        (["March 2023"], "2023-03", "March 2023", "", []),
        (["By Jane Doe"], None, "", "Jane Doe", []),
        (["BY JANE DOE"], None, "", "JANE DOE", []),
        (["By Jane Doe and John Roe, Staff Writers"], None, "", "Jane Doe and John Roe, Staff Writers", []),
        (["By Łukasz Żak"], None, "", "Łukasz Żak", []),
        (["By Jane Doe", "1 February 2023"], "2023-02-01", "1 February 2023", "Jane Doe", []),
        (["1 February 2023", "By Jane Doe"], "2023-02-01", "1 February 2023", "Jane Doe", []),
        (["", "1 February 2023", "", "By Jane Doe", ""], "2023-02-01", "1 February 2023", "Jane Doe", []),
        (["Published: 1 May 2023", "Updated: 2 May 2023"], "2023-05-01", "Published: 1 May 2023", "", []),
        (["Updated 13:33", "1 May 2023"], "2023-05-01", "1 May 2023", "", []),
        # any other line is a paragraph
        (["By the end of the day, nobody cared."], None, "", "", ["By the end of the day, nobody cared."]),
        (["by hand"], None, "", "", ["by hand"]),
        (["By " + "word " * 12], None, "", "", [("By " + "word " * 12).strip()]),
        (["1 May 2023", "2 May 2023"], "2023-05-01", "1 May 2023", "", ["2 May 2023"]),
        (["A standfirst", "By Jane Doe"], None, "", "", ["A standfirst", "By Jane Doe"]),
        (["By J. R. Smith"], None, "", "J. R. Smith", []),
        (["1 May 2023 1:33 PM"], "2023-05-01T13:33:00", "1 May 2023 1:33 PM", "", []),
    ],
)
def test_date_and_author_after_the_headline_are_read(
    tmp_path: Path, header: list[str], date: str | None, dateline: str, byline: str, body: list[str]
) -> None:
    article = read_article(tmp_path, "\n".join(["River Rises", *header, RAIN, MILL]))
    assert article == Article(
        "story.txt", "River Rises", "\n".join([*body, RAIN, MILL]), date, byline, dateline, path="story.txt"
    )


@pytest.mark.parametrize(
    ("header", "start", "dateline", "date"),
    [
        ([], "LONDON, Feb 26, 2023 - ", "LONDON, Feb 26, 2023", "2023-02-26"),
        ([], "LONDON, Feb 26 (Reuters) - ", "LONDON, Feb 26 (Reuters)", None),
        ([], "ST. PAUL, Minn. (AP) — ", "ST. PAUL, Minn. (AP)", None),
        (["By Jane Doe"], "TOKYO, 1 Feb 2023 -- ", "TOKYO, 1 Feb 2023", "2023-02-01"),
    ],
)
def test_dateline_at_the_start_of_the_first_paragraph_is_read(
    tmp_path: Path, header: list[str], start: str, dateline: str, date: str | None
) -> None:
    article = read_article(tmp_path, "\n".join(["River Rises", *header, start + RAIN, MILL]))
    assert (article.dateline, article.date and str(article.date)) == (dateline, date)
    assert article.body == f"{RAIN}\n{MILL}"


@pytest.mark.parametrize("start", ["LONDON, Feb 30, 2023 - ", "BERLIN, 30. Februar 2023 (AFP) - "])
def test_dateline_with_a_date_that_does_not_exist_is_reported(tmp_path: Path, start: str) -> None:
    article, skip = read_source(tmp_path, f"River Rises\n{start}{RAIN}\n{MILL}", "story.txt")
    assert isinstance(article, Article)
    assert (article.date, article.dateline, article.body) == (None, start[:-3], f"{RAIN}\n{MILL}")
    assert skip == Skip("story.txt", "there is no day 2023-02-30: the article is read without a date", damaged=False)


def test_dateline_and_date_line_are_both_read(tmp_path: Path) -> None:
    article = read_article(tmp_path, f"River Rises\n27 February 2023\nLONDON, Feb 26 (Reuters) - {RAIN}")
    assert (str(article.date), article.dateline, article.body) == ("2023-02-27", "LONDON, Feb 26 (Reuters)", RAIN)


@pytest.mark.parametrize(
    ("boilerplate", "section"),
    [
        ('"Politics" POPULAR ARTICLE\n- Zeppelin Seen\n- Quokka Escapes', "Politics"),
        ("“World News” POPULAR ARTICLES\nZeppelin Seen", "World News"),
        ("HG ACCESS RANKING\n- Gargoyle Map", ""),
        ("MOST READ\nZeppelin Seen\nQuokka Escapes", ""),
        ("Most read\n1. Zeppelin\n", None),
        ("Most read\n- Zeppelin", ""),
        ("Related stories\n• Zeppelin", ""),
        ("READ MORE\n– Zeppelin", ""),
        ("SEE ALSO\n* Zeppelin", ""),
        ("EDITOR’S PICKS\n- Zeppelin", ""),
        ("YOU MAY ALSO LIKE\n- Zeppelin", ""),
        ("MORE FROM THE GAZETTE\n- Zeppelin", ""),
        ("TRENDING NOW", ""),
        ("Recommended for you", ""),
        ("Share this article", ""),
    ],
)
def test_article_ends_before_boilerplate(tmp_path: Path, boilerplate: str, section: str | None) -> None:
    article = read_article(tmp_path, f"River Rises\n1 May 2023\n{RAIN}\n{MILL}\n{boilerplate}\n")
    if section is None:  # a lower-case heading without a list below may be a subheading
        assert article.body.startswith(f"{RAIN}\n{MILL}\nMost read")
    else:
        assert (article.body, article.section) == (f"{RAIN}\n{MILL}", section)


@pytest.mark.parametrize(
    "middle",
    [
        "- Plums: 1.80\n- Beans: 3.20",
        "A kilo cost as follows:\n- Plums: 1.80",
        "Most read of all was the first page.",
        "Related stories were told all night,",
        "Read more",
        "A VOICE FROM THE CROWD",
        "PRICES\n- Plums: 1.80\n- Beans: 3.20",
        "The headline said: MOST READ.",
    ],
)
def test_lists_and_subheadings_in_the_article_stay(tmp_path: Path, middle: str) -> None:
    assert read_article(tmp_path, f"River Rises\n{RAIN}\n{middle}\n{MILL}").body == f"{RAIN}\n{middle}\n{MILL}"


WRAPPED = """River Rises
1 May 2023

Rain fell on the city for three days and three nights, and the
river rose to the mark of 1913, which nobody alive had ever
seen.

The old mill was cut off. Twelve families spent the night in the
sports hall, where scouts cooked soup.

MOST READ
- Zeppelin
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_wrapped_paragraphs_are_joined(tmp_path: Path, newline: str) -> None:
    article = read_article(tmp_path, WRAPPED.replace("\n", newline).encode())
    assert article.headline == "River Rises"
    assert str(article.date) == "2023-05-01"
    assert article.body.split("\n") == [
        "Rain fell on the city for three days and three nights, and the river rose to the mark of 1913, "
        "which nobody alive had ever seen.",
        MILL,
    ]


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(lambda text: text.encode("utf-8"), id="UTF-8"),
        pytest.param(lambda text: text.encode("utf-8-sig"), id="UTF-8 with a mark"),
        pytest.param(lambda text: b"\xff\xfe" + text.encode("utf-16-le"), id="UTF-16, little end first"),
        pytest.param(lambda text: b"\xfe\xff" + text.encode("utf-16-be"), id="UTF-16, big end first"),
        pytest.param(lambda text: text.encode("cp1252"), id="Windows-1252"),
    ],
)
def test_encoding_is_detected(tmp_path: Path, encoded: object) -> None:
    text = f"Café “Måsen” Opens\n1 May 2023\n{RAIN} It costs 5 € — no more."
    article = read_article(tmp_path, encoded(text))  # type: ignore[operator]
    assert article.headline == "Café “Måsen” Opens"
    assert article.body == f"{RAIN} It costs 5 € — no more."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b" \r\n\t\n", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (b"\xef\xbb\xbf\n", "it is empty"),
        (b"\xff\xfe", "it is empty"),
        (b"\xff\xfea", "it says it is utf-16 and is not: truncated data"),
        (b"\xff\xfe\x00\xd8", "it says it is utf-16 and is not: unexpected end of data"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "it is binary data, not text"),
        (bytes(range(1, 256)), "it is binary data, not text"),
        (b"River Rises\n\x00\n", "it is binary data, not text"),
    ],
)
def test_file_without_text_is_skipped_with_a_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    assert read_text(tmp_path, data) == Skip("story.txt", reason)


def test_single_line_is_a_headline(tmp_path: Path) -> None:
    assert read_article(tmp_path, "Flash: Mayor Resigns\n") == Article(
        "story.txt", "Flash: Mayor Resigns", path="story.txt"
    )


def test_long_body_is_complete(tmp_path: Path) -> None:
    paragraphs = [f"Paragraph {n} tells of rain. {RAIN}" for n in range(2_000)]
    assert read_article(tmp_path, "\n\n".join(["River Rises", *paragraphs])).body.split("\n") == paragraphs


@exact
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"River Rises\n{text}".encode()))
def test_any_bytes_give_an_article_or_a_skip(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.txt"
    path.write_bytes(data)
    found = list(read_file(SourceFile(path, "any.txt")))
    assert len(found) <= 1 or all(isinstance(each, Article) or each.reason for each in found)
    assert found or data.lstrip()[:1] in (b"{", b"[") or data[:2] == b"\x1f\x8b"


@exact
@given(
    lines=st.lists(st.sampled_from([RAIN, MILL, "Over.", "“Yes,” she said.", "It was 5 p.m."]), min_size=1, max_size=6)
)
def test_paragraphs_are_kept_in_order(tmp_path: Path, lines: list[str]) -> None:
    assert read_article(tmp_path, "\n".join(["River Rises", *lines])).body.split("\n") == lines


@pytest.mark.parametrize(
    ("header", "date", "byline"),
    [
        ("2023-02-01\nBy Jane Doe", "2023-02-01", "Jane Doe"),
        ("By Jane Doe\nFeb. 1, 2023", "2023-02-01", "Jane Doe"),
        ("By Jane Doe, February 1, 2023", "2023-02-01", "Jane Doe"),
        ("By Jane Doe | Feb. 1, 2023 13:33", "2023-02-01T13:33:00", "Jane Doe"),
        ("2023-02-01 By Jane Doe", "2023-02-01", "Jane Doe"),
        ("Von Jane Doe\nAktualisiert: 2. Februar 2023\n1. Februar 2023", "2023-02-01", "Jane Doe"),
    ],
)
def test_date_and_author_above_wrapped_text_are_read(tmp_path: Path, header: str, date: str, byline: str) -> None:
    wrapped = "The harbour council met for three hours on Tuesday and agreed to dredge the\nwestern basin.\n"
    article = read_article(tmp_path, f"Council agrees\n{header}\n\n{wrapped}\n{wrapped}")
    paragraph = " ".join(wrapped.split())
    assert (str(article.date), article.byline, article.body) == (date, byline, f"{paragraph}\n{paragraph}")


@pytest.mark.parametrize(
    ("line", "reason", "body"),
    [
        ("30.02.2023", "there is no day 2023-02-30: the article is read without a date", RAIN),
        ("02/03/2023", "day and month of '02/03/2023' cannot be told apart: the article is read without a date",
         f"02/03/2023\n{RAIN}"),
    ],
)  # fmt: skip
def test_date_that_cannot_be_read_is_named(tmp_path: Path, line: str, reason: str, body: str) -> None:
    article, skip = read_source(tmp_path, f"River Rises\n{line}\n{RAIN}", "story.txt")
    assert isinstance(article, Article)
    assert (article.date, article.body) == (None, body)
    assert skip == Skip("story.txt", reason, damaged=False)
