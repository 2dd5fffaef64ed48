"""Every public question to an archive, asked and recorded, to compare the answers before and after damage."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import searchidx
from searchidx import Article, SearchidxError
from searchidx.archive import Archive

TODAY = dt.date(2023, 6, 1)
QUERIES = (
    "bank", '"interest rates"', "rates w/3 bank", "(rates w/5 bank) w/9 rise", "r* OR =Banks", "/ban.*/", "bnak~",
    "date:2023-02", "since:2022", "headline:bank -lead:rates", "atleast2(bank)", "bank w/s rates", "language:fr",
    "words:>3", "bank^2 OR section:world", "caps(US)", "NOT bank",
)  # fmt: skip
FACETS = ("source", "section", "language", "year", "month", "keyword", "byline", "edition")


def make_archive(folder: Path, articles: int = 40) -> None:
    """An index of several segments, with deletions and with articles of all shapes."""
    searchidx.create(folder).close()
    words = "the bank of Japan raised interest rates again . Banks rise in US trade , Bank rates rose .".split()
    for first, stop in ((0, articles * 3 // 4), (articles * 3 // 4, articles - 1), (articles - 1, articles)):
        with searchidx.open(folder) as archive, archive.writer(jobs=1) as writer:
            for n in range(first, stop):
                text = " ".join(words[(n * 7 + at * (n % 3 + 1)) % len(words)] for at in range(12 + n % 9))
                writer.add(
                    Article(
                        f"a{n}",
                        f"Bank {n} rates" if n % 3 else "US BANK RATES RISE",
                        text if n % 5 else f"{text}\nLa banque et les taux d’intérêt de la France.",
                        (None, "2023", "2023-02", f"2023-02-{n % 27 + 1:02}", "2022-12-31T23:30:00+09:00")[n % 5],
                        byline=("Ana Bell", "")[n % 2],
                        section=("World", "Business", "")[n % 3],
                        source=("The Daily", "L’Écho")[n % 2],
                        language=("en", "fr")[n % 5 == 0],
                        keywords=("rates", "Japan")[: n % 3],
                        url=f"https://a.example/{n}",
                    )
                )
            if first:
                writer.delete("a1")


def iter_calls(archive: Archive) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The name of each question, and what asks it; nothing of the answer is left to be read later."""
    for query in QUERIES:
        yield f"search {query}", lambda query=query: show_hits(archive.search(query, today=TODAY))  # type: ignore[misc]
    bank = QUERIES[0]
    for sort in ("newest", "oldest", "headline", "best", "fresh"):
        yield f"sort {sort}", lambda sort=sort: show_hits(archive.search("bank rates", sort=sort, today=TODAY))  # type: ignore[misc]
    yield "all hits", lambda: [hit.to_dict() for hit in archive.hits("bank OR rates")]
    yield "ids", lambda: archive.ids("bank OR NOT bank")
    yield "groups", lambda: [group.to_dict() for group in archive.groups("rates", 0.3)]
    yield "articles", lambda: list(archive.articles("rates OR NOT rates"))
    yield "kwic", lambda: list(archive.kwic("rates w/5 bank"))
    yield "kwic of words", lambda: list(archive.kwic("bank OR taux"))
    for field in FACETS:
        yield f"facet {field}", lambda field=field: archive.facet(bank, field)  # type: ignore[misc]
    for by in ("day", "month", "year"):
        yield f"timeline {by}", lambda by=by: archive.timeline("bank", by)  # type: ignore[misc]
    yield "batch", lambda: list(archive.batch(["bank", "taux"], today=TODAY))
    yield "terms", lambda: archive.terms("bank", limit=20)
    yield "ngrams", lambda: archive.ngrams("bank OR the", common=True)
    yield "compare", lambda: archive.compare("bank", "rates")
    yield "similar", lambda: show_hits(archive.similar("a2"))
    yield "suggest", lambda: archive.suggest("ra")
    yield "versions", lambda: show_hits(archive.versions("a2", 0.3))
    yield "stats", archive.stats
    yield "explain", lambda: archive.explain("bank w/3 rates OR r*")
    yield "explain score", lambda: archive.explain_score("bank rates", "a2")
    yield "highlight", lambda: archive.highlight("a2", "bank w/3 rates")
    yield "get", lambda: [archive.get(f"a{n}") for n in range(50)]
    yield "contains", lambda: ["a3" in archive, "a1" in archive, len(archive)]
    yield "fingerprint", lambda: archive.fingerprint


def show_hits(hits: Any) -> Any:
    """All that a page of hits gives."""
    return hits.total, [hit.to_dict() for hit in hits], [hit.marked_headline for hit in hits], hits.diagnostics


class Answers:
    """The answers of an index by the name of the question; `errors` are those of searchidx.

    `failures` are all other exceptions, by the name of the question: none is allowed.
    """

    def __init__(self, folder: Path) -> None:
        self.answers: dict[str, str] = {}
        self.errors: list[SearchidxError] = []
        self.failures: dict[str, Exception] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of numpy, about values in damaged arrays
            try:
                archive = searchidx.open(folder)
            except SearchidxError as error:
                self.errors.append(error)
                return
            with archive:
                for name, ask in iter_calls(archive):
                    try:
                        self.answers[name] = repr(ask())
                    except SearchidxError as error:
                        self.errors.append(error)
                    except KeyError as error:
                        if error.args != ("a2",):
                            self.failures[name] = error
                        self.answers[name] = "there is no article a2"
                    except Exception as error:
                        self.failures[name] = error

    def differs(self, healthy: dict[str, str]) -> list[str]:
        """The names of the questions with another answer than from the healthy index."""
        return [name for name, answer in self.answers.items() if answer != healthy[name]]
