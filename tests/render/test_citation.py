"""Citations of articles, and dates as a person writes them."""

from __future__ import annotations

import pytest

from searchidx import Article
from searchidx.dates import parse_date
from searchidx.render.citation import format_citation, format_date


@pytest.mark.parametrize(
    ("values", "cited"),
    [
        (
            {
                "headline": "Rates Rise",
                "byline": "By Jane Doe and John Q. Public",
                "source": "Harbour Gazette",
                "date": "2023-02-01T13:33:00+09:00",
                "url": "https://example.com/a",
            },
            "Jane Doe and John Q. Public, “Rates Rise,” Harbour Gazette, 1 February 2023. https://example.com/a",
        ),
        ({"headline": "Why?", "source": "Post", "date": "2023-02"}, "“Why?” Post, February 2023."),
        ({"headline": "Rates Rise", "date": "2023"}, "“Rates Rise.” 2023."),
        ({"body": "No headline."}, "undated."),
        (
            {"headline": "A", "byline": "Ann Ames, Bo Bell, Cy Cole and Di Dunn", "source": "S"},
            "Ann Ames et al., “A,” S, undated.",
        ),
        ({"headline": "A", "byline": "Ann Ames, Bo Bell and Cy Cole", "source": "S"},
         "Ann Ames, Bo Bell and Cy Cole, “A,” S, undated."),
    ],
)  # fmt: skip
def test_citation_names_authors_headline_source_and_date(values: dict[str, str], cited: str) -> None:
    assert format_citation(Article("x", **values)) == cited


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2023", "2023"),
        ("2023-02", "February 2023"),
        ("2023-02-01", "1 February 2023"),
        ("2023-12-31T07:05:09Z", "31 December 2023, 07:05"),
    ],
)
def test_dates_are_written_at_their_precision(date: str, expected: str) -> None:
    assert format_date(parse_date(date), with_time=True) == expected
    assert format_date(parse_date(date)) == expected.partition(",")[0]
