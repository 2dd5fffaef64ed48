"""The pages over HTTP: content, links, any article, any query."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import lxml.html
import pytest
from starlette.testclient import TestClient

import searchidx
from searchidx import Article
from searchidx.web import answer_rows, pages

QUERIES = (
    "nato OR strait",
    "bank",
    '"repair ship"',
    "source:gazette",
    "date:none",
    "*",
    "-bank",
    "京都 OR 東京",
    "zzz",
    "nato japan",
)
VIEWS = ("articles", "context", "words", "query")


@dataclass
class Page:
    """A page from a response."""

    status: int
    tree: lxml.html.HtmlElement

    def texts(self, path: str) -> list[str]:
        return [" ".join(each.text_content().split()) for each in self.tree.cssselect(path)]

    def links(self, path: str = "a") -> list[str]:
        return [each.get("href") for each in self.tree.cssselect(path)]


@pytest.fixture(scope="session")
def get(client: TestClient) -> Callable[..., Page]:
    """Get a page of the sample corpus."""
    return lambda path, **parameters: ask(client, path, **parameters)


def ask(client: TestClient, path: str, **parameters: str) -> Page:
    """Get a page, following redirects."""
    answer = client.get(path, params=parameters or None, headers={"Accept": "text/html"}, follow_redirects=True)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    tree = lxml.html.document_fromstring(answer.text)
    ids = [each.get("id") for each in tree.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    assert not tree.xpath("//@style | //style | //script[not(@src) and not(@type='application/ld+json')]")
    return Page(answer.status_code, tree)


def total_of(page: Page) -> int:
    heading = page.texts("h1")[0]
    return 0 if heading == "No articles found" else int(heading.split()[0].replace(",", ""))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("query", QUERIES)
def test_every_view_shows_the_hits_of_a_query(
    get: Callable[..., Page], corpus_index: Path, query: str, view: str
) -> None:
    page = get("/", q=query, view=view)
    with searchidx.open(corpus_index) as archive:
        assert (page.status, total_of(page)) == (200, archive.search(query, limit=0).total)
        if view == "articles":
            ids = [parse_qs(urlsplit(link).query)["id"][0] for link in page.links(".hits h2 a, .copies a")]
            assert sorted(ids) == sorted(hit.id for group in archive.groups(query, limit=20) for hit in group.hits)


@pytest.mark.parametrize("sort", ["relevance", "best", "fresh", "newest", "oldest", "headline"])
def test_pages_list_all_articles_in_order(get: Callable[..., Page], corpus_index: Path, sort: str) -> None:
    with searchidx.open(corpus_index) as archive:
        wanted = [hit.headline or "[no headline]" for hit in archive.search("*", limit=None, sort=sort)]
    found, link = [], f"/?q=*&copies=apart&sort={sort}"
    while link:
        page = get(link)
        found += page.texts(".hits h2")
        assert page.texts(".pages [aria-current]") == [str(-(-len(found) // 20))]
        link = next(iter(page.links(".pages a[rel=next]")), "")
    assert found == [" ".join(each.split()) for each in wanted]
    assert "There is no page 9" in get(f"/?q=*&page=9&sort={sort}").texts("main")[0]


def test_no_link_is_broken(client: TestClient) -> None:
    """Follow links from the first page, four of each form: some hundred pages and their files."""
    known, queue = {"/"}, ["/", "/?q=hedline:x", "/article?id=nobody"]
    shapes: dict[str, int] = {}
    for link in queue:
        answer = client.get(link, headers={"Accept": "text/html"})
        assert answer.status_code < 400 or link in queue[1:3], link
        if answer.status_code == 303:
            queue.append(answer.headers["location"])
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        tree = lxml.html.document_fromstring(answer.text)
        for found in tree.xpath("//a/@href | //link/@href | //script/@src"):
            parts = urlsplit(found)
            shape = f"{parts.path} {sorted(parse_qs(parts.query))}"
            if not parts.netloc and found not in known and shapes.get(shape, 0) < 4:
                known.add(found)
                shapes[shape] = shapes.get(shape, 0) + 1
                queue.append(found)
    assert len(queue) > 150


@pytest.mark.parametrize("query", ["nato OR strait", "bank", "*", "date:2023"])
def test_filter_counts_equal_the_filtered_results(get: Callable[..., Page], query: str) -> None:
    page = get("/", q=query)
    groups = {group.cssselect("h3")[0].text: group.cssselect("li") for group in page.tree.cssselect(".filter")}
    assert {"Source", "Section", "Author"} <= groups.keys()
    for group, values in groups.items():
        for each in values:
            link, count = each.cssselect("a")[0], int(each.cssselect(".count")[0].text_content())
            narrower = get(link.get("href"))
            assert total_of(narrower) == count, (group, link.text_content())
            assert f"× {link.text_content()}" in narrower.texts(".filter .is-set")


def test_filter_joins_spellings_and_asks_for_the_whole_value(
    client_of: Callable[..., TestClient], tmp_path: Path
) -> None:
    with searchidx.create(tmp_path / "index") as archive, archive.writer() as writer:
        writer.add(Article("a", "Gas", "x", source="Lagoon Times", byline="Ana Bell", keywords=["Gas", "GAS"]))
        writer.add(Article("b", "Gas", "x", source="LAGOON TIMES", byline="ANA BELL", keywords=["natural gas"]))
        writer.add(Article("c", "Gas", "x", source="Lagoon Times", byline="Ana Bell and Cy Doe", language="en-GB"))
        writer.add(
            Article("d", "Gas", "x", source="The Lagoon Times", byline="Cy Doe", keywords=["gas"], language="en")
        )
    client = client_of(tmp_path / "index")
    page = ask(client, "/", q="gas")
    found = {
        group.cssselect("h3")[0].text: {
            link.text_content(): total_of(ask(client, link.get("href")))
            for link in group.cssselect("li a:not(.exclude)")
        }
        for group in page.tree.cssselect(".filter")
        if group.cssselect("li a")
    }
    assert found["Source"] == {"Lagoon Times": 3, "The Lagoon Times": 1}
    assert found["Author"] == {"Ana Bell": 2, "Ana Bell and Cy Doe": 1, "Cy Doe": 1}
    assert found["Keyword"] == {"Gas": 2, "natural gas": 1}
    assert found["Language"] == {"English": 1, "British English": 1}
    counts = [each.text_content() for each in page.tree.cssselect(".filter li .count")]
    clicks = [str(count) for group in found.values() for count in group.values()]
    assert counts == clicks


def test_article_links_each_author_to_what_they_wrote(client_of: Callable[..., TestClient], tmp_path: Path) -> None:
    with searchidx.create(tmp_path / "index") as archive, archive.writer() as writer:
        writer.add(Article("a", "Gas", "x", byline="Ana Bell, Cy Doe"))
        writer.add(Article("b", "Oil", "x", byline="Cy Doe"))
    client = client_of(tmp_path / "index")
    links = ask(client, "/article", id="a").tree.cssselect(".about p:first-child a")
    assert [(each.text_content(), total_of(ask(client, each.get("href")))) for each in links] == [
        ("Ana Bell", 1),
        ("Cy Doe", 2),
    ]


def test_bar_counts_equal_the_filtered_results(get: Callable[..., Page]) -> None:
    page = get("/", q="nato OR bank")
    rows = page.tree.cssselect(".as-table tbody tr")
    assert sum(int(row.cssselect("td")[0].text_content()) for row in rows) == total_of(page)
    assert page.links("svg a") == page.links(".as-table tbody a")
    for row in rows:
        assert total_of(get(row.cssselect("a")[0].get("href"))) == int(row.cssselect("td")[0].text_content())


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ({"q": "bank", "from": "2023-01-01", "to": "2023-03-31"}, "bank date:[2023-01 TO 2023-03]"),
        ({"q": "bank date:2022 -x", "from": "2023-02-01", "to": ""}, "bank date:[2023-02 TO *] -x"),
        ({"q": "bank date:2022", "from": "", "to": ""}, "bank"),
        ({"q": "a OR b", "from": "2023", "to": "2023-02"}, "(a OR b) date:[2023-01 TO 2023-02]"),
        ({"q": "", "from": "2023-02-05", "to": "2023-02-05"}, "date:2023-02-05"),
        ({"every": "a", "phrase": "b c", "some": "", "none": "d", "zone": "", "from": "2023", "to": "2023"},
         'a "b c" -d date:2023'),
        ({"phrase": "b", "zone": "headline"}, 'headline:"b"'),
        ({"every": ""}, ""),
    ],
)  # fmt: skip
def test_forms_redirect_to_the_query_they_make(client: TestClient, asked: dict[str, str], query: str) -> None:
    answer = client.get("/", params={**asked, "sort": "oldest", "page": "3"})
    assert answer.status_code == 303
    kept = {"q": query, "sort": "oldest"} if query else {"sort": "oldest"}
    assert answer.headers["location"] == f"/?{urlencode(kept)}"


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2024-02-01", "2023-01-01", "The first day is after the last day"),
        ("2023-02-30", "", "There is no day 2023-02-30"),
        ("soon", "", "'soon' is not an ISO date"),
    ],
)
@pytest.mark.parametrize("query", ["", "bank"])
def test_invalid_dates_are_reported_in_the_form(
    get: Callable[..., Page], query: str, first: str, last: str, said: str
) -> None:
    page = get("/", **{"q": query, "from": first, "to": last})
    assert page.texts("#bad-dates")[0].startswith(said)
    assert page.tree.cssselect("[aria-describedby=bad-dates]")


def test_form_keeps_its_fields_after_invalid_dates(get: Callable[..., Page]) -> None:
    form = {"every": 'a "b"', "phrase": "c", "some": "d", "none": "e", "zone": "lead"}
    page = get("/", **form, **{"from": "2024", "to": "2023"})
    assert page.texts("#bad-dates") == ["The first day is after the last day."]
    fields = page.tree.cssselect(".compose")[0].fields
    assert {name: fields[name] for name in (*form, "from", "to")} == {**form, "from": "2024", "to": "2023"}


@pytest.mark.parametrize(
    ("query", "place", "message"),
    [
        ("hedline:x", "hedline:", "There is no field 'hedline': did you mean headline?"),
        ("a AND (b", "(", "This bracket is never closed"),
        ("date:2023-02-30", "2023-02-30", "There is no day 2023-02-30"),
        ("NOT", "NOT", "NOT needs a word or group after it"),
        ("京都 <b>&amp;</b> hedline:x", "hedline:", "There is no field"),
    ],
)
def test_query_errors_are_marked_in_the_query(get: Callable[..., Page], query: str, place: str, message: str) -> None:
    page = get("/", q=query)
    assert page.status == 400
    assert page.tree.cssselect("#q")[0].get("value") == query
    assert page.texts(".error .place")[0] == place
    assert page.tree.cssselect(".error pre")[0].text_content() == query
    assert page.texts(".error .bad")[0].startswith(message)


def test_costly_query_has_its_own_heading(get: Callable[..., Page]) -> None:
    broad = get("/", q="(" * 200)
    assert (broad.status, broad.texts("h1")) == (422, ["This query is too broad or too complex"])
    assert get("/", q="(").texts("h1") == ["This query has an error"]


def test_suggestion_links_to_the_corrected_query(get: Callable[..., Page]) -> None:
    assert parse_qs(urlsplit(get("/", q="x hedline:nato").links(".error a")[0]).query)["q"] == ["x headline:nato"]
    assert parse_qs(urlsplit(get("/", q="NATO Japan").links(".notes a")[0]).query)["q"] == ['"NATO Japan"']
    assert parse_qs(urlsplit(get("/", q="stoltenburg").links(".notes a")[0]).query)["q"] == ["stoltenberg"]
    vague = get("/", q="date:2023-03-15 OR bank")
    assert parse_qs(urlsplit(vague.links(".notes a")[-1]).query)["q"] == ["(date:2023-03-15 OR bank) precision:day"]


def test_year_typed_as_a_word_is_offered_as_a_date(get: Callable[..., Page]) -> None:
    page = get("/", q="taiwan strait 2023")
    offered = get(page.links(".notes a")[0])
    assert parse_qs(urlsplit(page.links(".notes a")[0]).query)["q"] == ["taiwan strait date:2023"]
    said = f"2023 is searched as a word; {total_of(offered)} articles of that year have the rest."
    assert page.texts(".notes li")[0].startswith(said)
    for query in ("2023", "zzz 2023", "nato 1971", "nato 2023 date:2023", "nato -2023", '"nato 2023"'):
        assert "searched as a word" not in " ".join(get("/", q=query).texts(".notes li")), query


def test_no_hits_offers_searches_with_fewer_clauses(get: Callable[..., Page]) -> None:
    page = get("/", q='"Bank Japan" date:2023 -election')
    assert total_of(page) == 0
    assert [text.rpartition(":")[0] for text in page.texts(".wider-searches li")] == ['Without "Bank Japan"']
    wider = get(page.links(".wider-searches a")[0])
    assert page.texts(".wider-searches a") == [f"{total_of(wider)} articles"]
    assert not get("/", q="zzz").texts(".wider-searches")
    assert not get("/", q="bank").texts(".wider-searches")


@pytest.mark.parametrize("name", ["q", "sort", "page", "view", "copies", "order", "zone", "nonsense"])
def test_invalid_parameter_gets_an_error_page(client: TestClient, name: str) -> None:
    page = ask(client, f"/?{name}=x&{name}=y")
    assert page.status == 400
    assert name in page.texts(".bad")[0]
    assert ask(client, f"/?{name}=x&{name}=y&q=bank").tree.cssselect("#q")[0].get("value") == "bank"
    program = client.get(f"/?{name}=x&{name}=y", headers={"Accept": "application/json"})
    assert program.headers["content-type"] == "application/problem+json"


def test_large_answers_are_neither_grouped_nor_sorted_by_default(
    get: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    folded = get("/", q='"repair ship" OR "broken ends"')
    monkeypatch.setattr(answer_rows, "MAX_GROUPED", 1)
    monkeypatch.setattr(pages, "MAX_SORTED_HITS", 1)
    monkeypatch.setattr(pages, "MAX_OFFSET", 50)
    assert "Group them" in get("/", q="bank").texts(".tools")[0]
    assert "Group them" not in " ".join(get("/", q="bank", copies="together").texts(".tools"))
    assert total_of(folded) == len(folded.links(".hits h2 a, .copies a"))
    assert "Too many occurrences to sort" in get("/", q="bank", view="context", order="left").texts(".tools")[0]
    assert get("/", q="the", view="context", page="2").status == 422


def test_too_many_occurrences_are_not_sorted(odd: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    sorts = [ask(odd, "/", q="needle", view="context", order="left").texts(".menu a[aria-current]")]
    monkeypatch.setattr(pages, "MAX_SORTED_LINES", 299)
    few = ask(odd, "/", q="storm", view="context", order="left")
    assert [*sorts, few.texts(".menu a[aria-current]")] == [["Text before"]] * 2
    assert "Too many occurrences to sort" in ask(odd, "/", q="needle", view="context", order="left").texts(".tools")[0]


@pytest.fixture(scope="module")
def odd(client_of: Callable[..., TestClient], tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A client of articles with missing, very long or misleading values."""
    index = tmp_path_factory.mktemp("odd") / "index"
    probe = '"><script>alert(1)</script>&amp;<b>'
    story = (
        "The harbour was closed for a day after the storm, and ships waited in the bay until the wind fell at night."
    )
    with searchidx.create(index) as archive, archive.writer() as writer:
        writer.add(Article("bare", "", "only a body"))
        writer.add(Article("../../etc/passwd?#%2F&q=1", "An odd id", "body"))
        fields = dict.fromkeys(("byline", "dateline", "section", "source", "language", "path"), probe)
        url = "javascript:alert(1)"
        writer.add(Article(probe, probe, f"{probe}\n{probe}", "2023", keywords=[probe], url=url, **fields))
        writer.add(Article("rtl", "חדשות היום", "שלום עולם", language="he"))
        for number in range(8):
            writer.add(Article(f"copy-{number}", f"Storm {number}", f"{story} {number}", f"2023-02-0{number + 1}"))
        writer.add(Article("first", "Year one", "old news", "0001-01-01"))
        writer.add(Article("last", "The last year", "new news", "9999-12-31"))
        writer.add(Article("oregon", "Portland, OR", "AND OR NOT of the U.S. AT&T 9/11 OR"))
        writer.add(Article("kyoto", "京都", "東" * 100 + "海峡" + "西" * 100))
        writer.add(Article("long", "Long", "word " * 5000 + "needle " * 300))
    return client_of(index)


def test_any_article_has_a_page(odd: TestClient) -> None:
    page = ask(odd, "/", q="*", copies="apart")
    assert total_of(page) == 17
    for link in page.links(".hits h2 a"):
        article = ask(odd, link)
        assert article.status == 200
        assert not article.tree.xpath("//main//script | //main//b")
        assert not [each for each in article.links() if each.lower().startswith("javascript")]
    assert "[no headline]" in page.texts(".hits h2")
    assert [each.get("lang") for each in page.tree.cssselect("[lang=he]")] == ["he"]
    assert ask(odd, "/").status == 200


def test_each_typical_word_links_to_a_narrower_search(odd: TestClient) -> None:
    page = ask(odd, "/", q="id:oregon OR id:rtl", view="words")
    assert {"OR", "AT"} <= set(page.texts(".words th a"))
    for link in page.links(".words th a"):
        assert total_of(ask(odd, link)) == 1, link


def test_matches_are_numbered_throughout_an_article(odd: TestClient) -> None:
    page = ask(odd, "/article", id="long", q="needle")
    assert [each.get("id") for each in page.tree.cssselect(".body mark")] == [f"m{n}" for n in range(1, 301)]
    assert "".join(page.tree.cssselect(".body p")[0].itertext()).split() == ["word"] * 5000 + ["needle"] * 300
    assert "300 matches" in page.texts(".matches")[0]
    [score] = page.links('.facts a[href*="/score?"]')
    assert odd.get(score).json()["parts"][0]["times"] == 300
    assert "no matches are highlighted" in " ".join(ask(odd, "/article", id="long", q="(").texts("article"))


@pytest.mark.parametrize(
    ("query", "is_told"),
    [("storm", True), ("storm date:2023", True), ("date:2023", False), ("*", False), ("-storm", False), ("", False)],
)
def test_article_without_matches_says_so(odd: TestClient, query: str, is_told: bool) -> None:
    page = ask(odd, "/article", id="long", q=query)
    assert ("no matches in the body" in " ".join(page.texts("article p"))) == is_told


def test_context_shows_whole_words(odd: TestClient) -> None:
    page = ask(odd, "/", q="海峡", view="context")
    assert page.texts(".kwic .left bdi") == ["東" * pages.CONTEXT_WIDTH]
    assert page.texts(".kwic .match > bdi") == ["西" * pages.CONTEXT_WIDTH]
    line = ask(odd, "/", q="needle", view="context").texts(".kwic tbody tr")[0]
    assert set(line.split()[:20]) == {"word", "needle"}


def test_near_duplicates_are_grouped_and_are_versions(odd: TestClient) -> None:
    page = ask(odd, "/", q="storm")
    assert (total_of(page), len(page.links(".hits h2 a"))) == (8, 1)
    assert page.texts(".copies summary") == ["7 near-duplicates"]
    assert len(ask(odd, page.links(".tools p:last-child a")[0]).links(".hits h2 a")) == 8
    assert (len(page.links(".copies a")), page.texts(".copies li:last-child")) == (5, ["and 2 more"])
    article = ask(odd, "/article", id="copy-0")
    assert article.texts("aside section:first-child h2") == ["This story over time"]
    copies = [each for each in article.texts(".story li") if "near-duplicate" in each]
    assert sorted(each[-7:] for each in copies) == [f"Storm {number}" for number in range(1, 8)]


def test_story_is_told_by_date_with_its_near_duplicates(client: TestClient) -> None:
    page = ask(client, "/article", id="pages/cable-ship-repair.html")
    steps = page.texts(".story li")
    at = steps.index("17 May 2023 This article")
    assert "Repair Ship Raises Severed Island Cable" in steps[at - 1]
    assert [step for step in steps if "near-duplicate" in step] == [steps[at - 1]]
    dates = page.tree.xpath("//ol[contains(@class, 'story')]//time/@datetime")
    assert dates == sorted(dates, key=lambda date: (date + "-01-01")[:10])
    (day,) = [link for link in page.links("aside section a") if "2023-05-17" in link]
    assert total_of(ask(client, day)) == int(page.texts("aside section p a")[0].split()[0])


def test_empty_archive_has_pages(client_of: Callable[..., TestClient], tmp_path: Path) -> None:
    searchidx.create(tmp_path / "index").close()
    client = client_of(tmp_path / "index")
    assert "This archive is empty" in ask(client, "/").texts(".lede")[0]
    for view in VIEWS:
        assert total_of(ask(client, "/", q="nato", view=view)) == 0


def test_static_files_are_immutable_and_nothing_else_is_served(client: TestClient) -> None:
    page = ask(client, "/")
    loaded = [link for link in page.tree.xpath("//link[@rel!='search']/@href | //script/@src") if "/static/" in link]
    assert len(loaded) == 4
    for link in loaded:
        answer = client.get(link)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert re.match("text/css|text/javascript|image/svg|font/woff2", answer.headers["content-type"])
    mark = loaded[0].split("/")[2]
    for path in (f"/static/{mark}/../app.py", f"/static/{mark}/%2e%2e%2fapp.py", "/static/x/page.css", "/static/"):
        assert client.get(path).status_code == 404
