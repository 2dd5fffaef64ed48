"""Filters: chips in plain words, several values, exclusion, presets, search within the values."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable
from pathlib import Path

import lxml.html
import pytest
from starlette.testclient import TestClient

import searchidx
from searchidx import Article
from searchidx.query import parse, rewrite
from searchidx.query.rewrite import parse_clauses
from searchidx.web.clause_names import clause_name
from searchidx.web.joined_values import author_name, join_values
from searchidx.web.search_form import choose_values, without_field


@pytest.mark.parametrize(
    ("clause", "name"),
    [
        ('source:="Harbour Gazette"', "Source: Harbour Gazette"),
        ("source:=Gazette", "Source: Gazette"),
        ('source:"Harbour Gazette"', "Source: Harbour Gazette"),
        ('-source:="Harbour Gazette"', "Not Source: Harbour Gazette"),
        ('(source:=A OR source:="B C")', "Source: A or B C"),
        ('(source:="A OR B" OR source:=C)', "Source: A OR B or C"),
        ('byline:="Ana Bell"', "Author: Ana Bell"),
        ("language:en-GB", "Language: British English"),
        ("label:to-read", "Label: to-read"),
        ("date:2023", "Date: 2023"),
        ("date:2023-02", "Date: February 2023"),
        ("date:[2023-02 TO 2023-03-04]", "Date: February 2023 to 4 March 2023"),
        ("date:[2023 TO *]", "Date: from 2023"),
        ("date:[* TO 2023]", "Date: until 2023"),
        ('date:"last 7 days"', "Date: last 7 days"),
        ("date:none", "Date: none"),
        ("source:gaz*", ""),
        ("(source:=A OR section:=B)", ""),
        ("words:>500", ""),
        ("since:2023", "Date: from 2023"),
        ("before:2023-02-01", "Date: before 1 February 2023"),
        ("since:yesterday", ""),
    ],
)
def test_clause_in_plain_words(clause: str, name: str) -> None:
    (parsed,) = parse_clauses(clause)
    found = clause_name(parsed)
    assert found == name or (clause == "source:gaz*" and found in ("", "Source: gaz*"))


@pytest.mark.parametrize(
    ("byline", "name"),
    [
        ("Jane Doe, Reuters", "Jane Doe"),
        ("By JANE DOE", "JANE DOE"),
        ("Jane Doe of The Times", "Jane Doe"),
        ("Jane Doe in Berlin", "Jane Doe"),
        ("Jane Doe - AP", "Jane Doe"),
        ("Jane Doe/AFP", "Jane Doe"),
        ("Jane Doe (dpa)", "Jane Doe"),
        ("Anne-Marie O'Neill", "Anne-Marie O'Neill"),
        ("Doe, Jane", "Doe, Jane"),
        ("Byron Ingram", "Byron Ingram"),
        ("Reuters", "Reuters"),
    ],
)
def test_author_without_what_follows_the_name(byline: str, name: str) -> None:
    assert author_name(byline) == name


@pytest.mark.parametrize("seed", range(5))
def test_first_joined_values_are_those_of_all(seed: int, tmp_path: Path) -> None:
    """An article may have several spellings of an author, so the sum of their counts is only a bound."""
    rng = random.Random(seed)
    names = [spelling for name in "ABCDEFGH" for spelling in (f"Ann {name}", f"ANN {name}", f"Ann {name}, Reuters")]
    with searchidx.create(tmp_path / "index").writer(jobs=1) as writer:
        for n in range(60):
            writer.add(Article(str(n), "tide", byline=" and ".join(rng.choices(names, k=rng.randint(1, 4)))))
    archive = searchidx.open(tmp_path / "index")
    values = archive.facet("tide", "byline").values
    every, count = join_values(archive, "tide", "byline", values)
    assert len(every) == count
    for each in every:
        assert each.clause is not None
        assert each.articles == archive.search(f"tide {each.clause.text}").total
    for limit in range(1, count + 2):
        first, total = join_values(archive, "tide", "byline", values, limit)
        assert total == count
        assert [each.articles for each in first] == [each.articles for each in every[:limit]]


def test_authors_are_joined_and_found_by_all_spellings(client_of: Callable[..., TestClient], tmp_path: Path) -> None:
    bylines = ("Jane Doe, Reuters", "JANE DOE", "Jane Doe", "Jane Doe; Jane Doe, Reuters", "By Jane Doe",
               "van der Berg, Jan", "van der Berg, Piet", "Ann Lee, AP", "Ann Lee, AFP")  # fmt: skip
    with searchidx.create(tmp_path / "index").writer() as writer:
        for number, byline in enumerate(bylines):
            writer.add(Article(f"b{number}", "Gas", "gas", byline=byline))
    client = client_of(tmp_path / "index")
    page = page_of(client, "/", q="gas")
    found = {" ".join(each.cssselect("a bdi")[0].text_content().split()): each for each in page.cssselect(".filter li")}
    authors = ["Jane Doe", "Ann Lee, AFP", "Ann Lee, AP", "van der Berg, Jan", "van der Berg, Piet"]
    assert [name for name in found if name in authors] == authors
    for name in authors:
        item = found[name]
        count = int(item.cssselect(".count")[0].text_content())
        only, without = (page_of(client, link.get("href")) for link in item.cssselect("a"))
        assert (
            (total(only), total(without)) == (count, len(bylines) - count) == ((5, 4) if name == "Jane Doe" else (1, 8))
        )
        assert total(page_of(client, only.cssselect(".filter .is-set")[0].get("href"))) == len(bylines)
    listed = page_of(client, "/values", q="gas", field="byline")
    value = listed.cssselect(".choose input[type=checkbox]")[0].get("value")
    chosen = page_of(client, "/", q="gas", field="byline", value=[value.replace("\n", "\r\n"), "Ann Lee, AP"])
    assert total(chosen) == 6
    again = page_of(client, "/values", q=chosen.cssselect("#q")[0].get("value"), field="byline")
    assert len(again.cssselect("input[checked]")) == 2


def ids(archive: searchidx.Archive, query: str) -> set[str]:
    return set(archive.ids(query))


@pytest.mark.parametrize("query", ["*", "bank OR election", "bank source:=World", "japan -source:gazette date:2023"])
@pytest.mark.parametrize("field", ["source", "section", "byline", "keyword", "language"])
def test_chosen_values_find_the_union_or_what_is_left(corpus_index: Path, query: str, field: str) -> None:
    with searchidx.open(corpus_index) as archive:
        base = without_field(query, field) or "*"
        values = [each.value for each in archive.facet(base, field).values]
        every = ids(archive, base)
        for chosen in itertools.islice(itertools.combinations(values, 2), 6):
            singles = [ids(archive, choose_values(base, field, [value], "only")) for value in chosen]
            assert ids(archive, choose_values(query, field, chosen, "only")) == singles[0] | singles[1]
            assert ids(archive, choose_values(base, field, chosen, "without")) == every - singles[0] - singles[1]
        assert ids(archive, choose_values(query, field, [], "only")) == every


def page_of(client: TestClient, path: str, **parameters: str | list[str]) -> lxml.html.HtmlElement:
    answer = client.get(path, params=parameters or None, headers={"Accept": "text/html"}, follow_redirects=True)
    assert answer.status_code == 200
    return lxml.html.document_fromstring(answer.text)


def texts(page: lxml.html.HtmlElement, path: str) -> list[str]:
    return [" ".join(each.text_content().split()) for each in page.cssselect(path)]


def total(page: lxml.html.HtmlElement) -> int:
    heading = texts(page, "h1")[0]
    return 0 if heading.startswith("No ") else int(heading.split()[0])


def test_page_of_values_lists_chooses_and_changes(client: TestClient) -> None:
    page = page_of(client, "/", q="bank OR election")
    link = next(each.get("href") for each in page.cssselect(".choose-link") if "field=source" in each.get("href"))
    listed = page_of(client, link)
    counts = {text.rpartition(" ")[0]: int(text.rpartition(" ")[2]) for text in texts(listed, ".choose li")}
    chosen = ["Harbour Gazette", "The Lagoon Times"]
    found = page_of(client, "/", q="bank OR election", field="source", value=chosen, choice="only")
    assert total(found) == sum(counts[name] for name in chosen)
    assert texts(found, ".chips li")[0] == "Source: Harbour Gazette or The Lagoon Times ×"
    link = next(each.get("href") for each in found.cssselect(".choose-link") if "field=source" in each.get("href"))
    again = page_of(client, link)
    assert texts(again, ".choose li") == texts(listed, ".choose li")
    assert [each.get("value") for each in again.cssselect("input[checked]")] == chosen
    left = page_of(client, "/", q="bank OR election", field="source", value=chosen, choice="without")
    assert total(left) == total(page) - total(found)
    assert texts(left, ".chips li") == ["Not Source: Harbour Gazette ×", "Not Source: The Lagoon Times ×"]


def test_values_are_found_by_a_part_without_case_and_accents(client: TestClient) -> None:
    page = page_of(client, "/values", q="*", field="byline", find="SOLENE")
    assert texts(page, ".choose bdi") == ["Solène Marchadour"]
    assert texts(page_of(client, "/values", q="*", field="byline", find="zzz"), "main > p")[-1].startswith("No value")


def test_excluded_value_leaves_the_rest(client: TestClient) -> None:
    page = page_of(client, "/", q="bank")
    excluded = 0
    for item in page.cssselect(".filter li"):
        for link in item.cssselect("a.exclude"):
            count = int(item.cssselect(".count")[0].text_content())
            assert total(page_of(client, link.get("href"))) == total(page) - count, link.get("aria-label")
            excluded += 1
    assert excluded > 10


def test_presets_show_recent_periods_with_hits(client_of: Callable[..., TestClient], tmp_path: Path) -> None:
    today = dt.date.today()
    with searchidx.create(tmp_path / "index").writer() as writer:
        for number, days in enumerate((0, 3, 20, 900)):
            writer.add(Article(f"a{number}", "Gas", "gas", str(today - dt.timedelta(days=days))))
    client = client_of(tmp_path / "index")
    page = page_of(client, "/", q="gas")
    presets = {
        link.text_content(): (link.get("href"), int(link.getparent().cssselect(".count")[0].text_content()))
        for link in page.cssselect(".presets a")
    }
    assert {"Today", "Last 7 days", "Last 30 days"} <= presets.keys()
    assert [presets[name][1] for name in ("Today", "Last 7 days", "Last 30 days")] == [1, 2, 3]
    for link, count in presets.values():
        narrower = page_of(client, link)
        assert total(narrower) == count
        assert len(narrower.cssselect(".presets .is-set")) == 1
        assert total(page_of(client, narrower.cssselect(".presets .is-set")[0].get("href"))) == 4


def test_page_of_hundreds_of_filters_parses_the_query_a_few_times(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    monkeypatch.setattr(rewrite, "parse", lambda text, **options: parsed.append(text) or parse(text, **options))
    query = " ".join(f"-source:=Paper{n}" for n in range(400))
    page = client.get("/", params={"q": query})
    assert page.status_code == 200
    assert parsed.count(query) < 10
    assert sum(len(text) > 1000 for text in parsed) < 50  # each is a link that changes the whole query
    chips = lxml.html.fromstring(page.text).cssselect(".chips li")
    assert chips[-1].text_content().strip() == "and 360 filters more"
