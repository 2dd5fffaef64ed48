"""The exact output of each command on a terminal of 80 columns without colours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import searchidx

Run = Callable[..., SimpleNamespace]

ARTICLES: list[dict[str, Any]] = [
    {
        "id": "gazette-1",
        "headline": "Bank of Japan Lets the Yield on Ten-Year Bonds Rise, and the Yen Jumps Against the Dollar",
        "date": "2023-01-31T08:15+09:00",
        "source": "Harbour Gazette",
        "section": "Business",
        "byline": "Aiko Tanabe",
        "keywords": ["yen", "rates"],
        "body": "The bank surprised traders on Tuesday. The yen gained four percent within hours.\n"
        "“Nobody expected the bank to move so soon,” said a trader in Tokyo.",
    },
    {
        "id": "wire-1",
        "headline": "Bank surprises traders",
        "date": "2023-02",
        "source": "Meridian Wire",
        "body": "The bank surprised traders on Tuesday. The yen gained four percent within hours.\n"
        "“Nobody expected the bank to move so soon,” said a trader in Tokyo today.",
    },
    {
        "id": "ledger-1",
        "date": "2023-04-02",
        "headline": "東京の銀行",
        "source": "Eastern Ledger",
        "body": "銀行は bank です。",
    },
    {"id": "letter", "headline": "To the editor", "body": "My bank has closed, and the river has no bridge."},
]


@pytest.fixture
def run_at_80_columns(
    make_archive: Callable[..., searchidx.Archive], run: Run, tmp_path: Path, monkeypatch: Any
) -> Run:
    """Run a command on an index of `ARTICLES`; return its exit code and its output, standard error last."""
    make_archive(*ARTICLES)
    monkeypatch.setenv("COLUMNS", "80")

    def show(*words: object) -> SimpleNamespace:
        done = run(*words, "--index", tmp_path / "made-1")
        return SimpleNamespace(code=done.code, text=done.out + done.err)

    return show


def assert_prints(text: str, expected: str) -> None:
    """Compare line by line; the expected text is indented by eight columns."""
    assert text.split("\n")[:-1] == [line[8:] for line in expected.split("\n")[1:-1]]


def test_query_prints_hits_with_snippets(run_at_80_columns: Run) -> None:
    assert_prints(
        run_at_80_columns("query", "bank surprised", "--sort", "oldest").text,
        """
         1. Bank of Japan Lets the Yield on Ten-Year Bonds Rise, and the Yen Jumps
            Against the Dollar
            2023-01-31 08:15 · Harbour Gazette · Business
            The bank surprised traders on Tuesday. The yen gained four percent within
            hours. “Nobody expected the bank to move so soon,” said a trader in Tokyo.
            gazette-1

         2. Bank surprises traders
            2023-02 · Meridian Wire
            The bank surprised traders on Tuesday. The yen gained four percent within
            hours. “Nobody expected the bank to move so soon,” said a trader in Tokyo
            today.
            wire-1
        2 hits
        hint: 2 articles have these words side by side: for the phrase, type '"bank surprised"'
        """,
    )


def test_query_prints_groups_before_facets(run_at_80_columns: Run) -> None:
    assert_prints(
        run_at_80_columns("query", "=surprised", "--group-similar", "0.8", "--facet", "source", "--facet", "year").text,
        """
         1. Bank surprises traders
            2023-02 · Meridian Wire
            The bank surprised traders on Tuesday. The yen gained four percent within
            hours. “Nobody expected the bank to move so soon,” said a trader in Tokyo
            today.
            wire-1
            and 1 near-duplicate:
              2023-01-31 · Harbour Gazette
              gazette-1

        source              hits articles   share
        Harbour Gazette        1        1  100.0%  █████████████████████████████████████
        Meridian Wire          1        1  100.0%  █████████████████████████████████████

        year     hits articles   share
        2023        2        3   66.7%  ████████████████████████████████████████████████
        2 hits in 1 group
        """,
    )


def test_show_prints_the_whole_article(run_at_80_columns: Run) -> None:
    assert_prints(
        run_at_80_columns("show", "gazette-1", "--query", "yen").text,
        """
        Bank of Japan Lets the Yield on Ten-Year Bonds Rise, and the Yen Jumps Against
        the Dollar
        date:      2023-01-31T08:15:00+09:00
        byline:    Aiko Tanabe
        section:   Business
        source:    Harbour Gazette
        language:  en
        keywords:  yen, rates
        id:        gazette-1

        The bank surprised traders on Tuesday. The yen gained four percent within hours.

        “Nobody expected the bank to move so soon,” said a trader in Tokyo.
        """,
    )


def test_kwic_prints_matches_in_one_column(run_at_80_columns: Run) -> None:
    assert_prints(
        run_at_80_columns("kwic", "bank", "--width", "20").text,
        """
        2023-01-31 · gazette-1
                            Bank of Japan Lets the Y
                        The bank surprised traders o
        Nobody expected the bank to move so soon,” s

        2023-02 · wire-1
                            Bank surprises traders
                        The bank surprised traders o
        Nobody expected the bank to move so soon,” s

        2023-04-02 · ledger-1
                     銀行は bank です。

        undated · letter
                         My bank has closed, and the
        8 occurrences in 4 articles
        """,
    )


def test_kwic_sorted_by_right_context_prints_one_list_with_ids(run_at_80_columns: Run) -> None:
    assert_prints(
        run_at_80_columns("kwic", "=bank", "--sort", "right").text,
        """
                             My bank has closed, and the river  letter
                                Bank of Japan Lets the Yield o  gazette-1
                            The bank surprised traders on Tues  gazette-1
                            The bank surprised traders on Tues  wire-1
                                Bank surprises traders          wire-1
        s. “Nobody expected the bank to move so soon,” said a   wire-1
        s. “Nobody expected the bank to move so soon,” said a   gazette-1
                         銀行は bank です。                     ledger-1
        8 occurrences in 4 articles
        """,
    )


def test_terms_prints_distinctive_beside_frequent_words(run_at_80_columns: Run) -> None:
    assert_prints(
        run_at_80_columns("terms", "yen", "--limit", "3").text,
        """
        distinctive times articles    score   frequent times articles    score
        traders         5        2      2.8   Against      1        1      0.6
        on              3        2      1.7   Bonds        1        1      0.6
        surprised       3        2      1.7   Dollar       1        1      0.6
        2 hits of 74 words
        """,
    )


def test_timeline_prints_a_column_of_bars_per_query(run_at_80_columns: Run) -> None:
    assert_prints(
        run_at_80_columns("timeline", "bank", "yen").text,
        """
                 bank                                yen
        2023-01  1 ████████████████████████████████  1 ████████████████████████████████
        2023-02  1 ████████████████████████████████  1 ████████████████████████████████
        2023-03  0                                   0
        2023-04  1 ████████████████████████████████  0

        undated  1 ████████████████████████████████  0
        total    4                                   2
        4 and 2 articles
        """,
    )


def test_timeline_by_share_prints_rates_and_their_unit(run_at_80_columns: Run) -> None:
    assert_prints(
        run_at_80_columns("timeline", "yen", "--by", "week", "--share", "--count-words").text,
        """
        2023-W05   2,000.0 ██████████████████████████████████████████████████

        imprecise  1,000.0 █████████████████████████
        total        750.0
        3 occurrences; the table shows counts per 1,000 articles of each week
        """,
    )


def test_similar_prints_articles_with_their_snippets(run_at_80_columns: Run) -> None:
    assert_prints(
        run_at_80_columns("similar", "gazette-1", "--limit", "1").text,
        """
         1. Bank surprises traders
            2023-02 · Meridian Wire
            The bank surprised traders on Tuesday. The yen gained four percent within
            hours. “Nobody expected the bank to move so soon,” said a trader in Tokyo
            today.
            wire-1
        2 hits, hits 1 to 1: --limit shows more
        """,
    )


def test_stats_prints_counts_years_and_sources(run_at_80_columns: Run) -> None:
    lines = run_at_80_columns("stats").text.split("\n")
    assert [line.split(maxsplit=1)[0] for line in lines[:6]] == [
        "articles", "words", "dates", "segments", "size", "fingerprint",
    ]  # fmt: skip
    assert_prints(
        "\n".join([*lines[:4], *lines[6:]]),
        """
        articles    4
        words       98
        dates       2023-01-31 to 2023-04-02, 1 undated
        segments    1

        year articles
        2023        3  ██████████████████████████████████████████████████

        source          articles
        Eastern Ledger         1  ██████████████████████████████████████████████████
        Harbour Gazette        1  ██████████████████████████████████████████████████
        Meridian Wire          1  ██████████████████████████████████████████████████
        (no source)            1  ██████████████████████████████████████████████████

        section      articles
        Business            1  ████████████████▋
        (no section)        3  ██████████████████████████████████████████████████

        language      articles stated detected default
        English              3      0        3       0
        (no language)        1
        """,
    )


def test_export_prints_the_articles_in_the_format(run_at_80_columns: Run) -> None:
    assert_prints(
        run_at_80_columns("export", "東京", "--format", "bibtex").text,
        """
        @article{easternledger2023-dmwf2tdms2zc,
          title = {{東京の銀行}},
          journal = {Eastern Ledger},
          entrysubtype = {newspaper},
          articleid = {ledger-1},
          date = {2023-04-02},
          year = {2023},
          month = apr
        }

        1 article
        """,
    )


def test_explain_prints_the_hits_of_each_part(run_at_80_columns: Run) -> None:
    assert_prints(
        run_at_80_columns("query", "--explain", "bank -yen").text,
        """
                2  bank AND NOT yen
                4      bank
                2      NOT yen
                2          yen
        """,
    )


def test_query_error_is_printed_above_the_marked_query(run_at_80_columns: Run) -> None:
    for command in ("query", "kwic", "terms", "timeline", "export"):
        done = run_at_80_columns(command, "hedline:bank")
        assert done.code == 2
        assert_prints(
            done.text,
            """
        error: there is no field 'hedline': did you mean headline?
            hedline:bank
            ^~~~~~~~
        """,
        )


def test_timeline_on_a_narrow_terminal_leaves_queries_out(
    run_at_80_columns: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert_prints(
        run_at_80_columns("timeline", "bank", "yen", "東京の銀行", "river", "--by", "year").text,
        """
                 bank            yen
        2023     3 ████████████  2 ████████

        undated  1 ████          0
        total    4               2

                 東京の銀行      river
        2023     1 ████          0

        undated  0               1 ████
        total    1               1
        4 and 2 and 1 and 1 articles
        """,
    )
