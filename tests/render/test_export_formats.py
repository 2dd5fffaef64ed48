"""Every export format is read back, by the standard library or by parsers of bibliographies."""

from __future__ import annotations

import csv
import io
import json
import re
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import bibtexparser
import pytest
import rispy
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from hostile_articles import hostile_articles, seeded_articles
from hypothesis import given
from hypothesis import strategies as st

from searchidx import Article
from searchidx.export.export_formats import EXPORT_FORMATS, export_lines
from searchidx.render.author_names import Author, parse_authors

SEEDED = seeded_articles(500)
LINE_FIELDS = ("headline", "byline", "dateline", "section", "source", "language", "url", "path")
SHOWN = str.maketrans(dict.fromkeys((*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0)), " "))
"""Control characters, which only data formats keep."""


def exported(articles: list[Article], format: str) -> str:
    return "".join(export_lines(articles, format))


def with_all(test: Callable[[list[Article]], None]) -> Any:
    """Run a test on seeded articles and on those that hypothesis generates."""

    @pytest.mark.parametrize("seeded", [True, False])
    @given(st.data())
    def check(seeded: bool, data: st.DataObject) -> None:
        test(SEEDED if seeded else data.draw(st.lists(hostile_articles(), max_size=3, unique_by=lambda a: a.id)))

    return check


def test_unknown_format_raises() -> None:
    assert EXPORT_FORMATS == ("jsonl", "csv", "ris", "bibtex", "csl-json", "txt")
    with pytest.raises(ValueError, match="export articles as 'xml': use one of jsonl, csv, ris, bibtex, csl-json, txt"):
        export_lines([], "xml")


@pytest.mark.parametrize(
    ("format", "nothing"), [("jsonl", ""), ("ris", ""), ("bibtex", ""), ("txt", ""), ("csl-json", "[]\n")]
)
def test_export_of_no_articles_is_empty(format: str, nothing: str) -> None:
    assert exported([], format) == nothing


@with_all
def test_jsonl_round_trips(articles: list[Article]) -> None:
    lines = exported(articles, "jsonl").split("\n")
    assert lines.pop() == ""
    found = [Article.from_dict(json.loads(line)) for line in lines]
    assert found == articles
    assert [article.provenance for article in found] == [article.provenance for article in articles]


def uncelled(cell: str) -> str:
    """Return the text of a cell without the apostrophe of a formula."""
    return cell[1:] if re.match(r"'[\s']*[=+\-@＝＋－＠]", cell) else cell


@with_all
def test_csv_holds_every_field(articles: list[Article]) -> None:
    text = exported(articles, "csv")
    names, *rows = csv.reader(io.StringIO(text, newline=""))
    assert names == ["id", "headline", "date", "byline", "dateline", "section", "source", "language", "keywords", "url",
                     "path", "page", "edition", "ocr", "body"]  # fmt: skip
    assert len(rows) == len(articles)
    for article, row in zip(articles, rows, strict=True):
        assert not any(re.match(r"\s*[=+\-@＝＋－＠]", cell) for cell in row)
        found = dict(zip(names, map(uncelled, row), strict=True))
        assert found.pop("keywords") == "; ".join(article.keywords)
        assert found.pop("date") == ("" if article.date is None else str(article.date))
        assert found.pop("ocr") == ("" if article.ocr is None else str(article.ocr))
        assert found == {name: getattr(article, name) for name in found}


def test_csv_lines_end_as_in_rfc_4180() -> None:
    assert exported([Article("a", "x", 'one\n"two"')], "csv").endswith('ocr,body\r\na,x,,,,,,,,,,,,,"one\n""two"""\r\n')


@with_all
def test_rispy_reads_ris(articles: list[Article]) -> None:
    text = exported(articles, "ris")
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert text.splitlines() == lines
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines)
    entries = rispy.loads(text)
    assert len(entries) == len(articles)
    for article, entry in zip(articles, entries, strict=True):
        year, month, day = ([*str(article.date)[:10].split("-"), "", ""] if article.date else [""] * 3)[:3]
        assert entry["type_of_reference"] == "NEWS"
        expected = {
            "title": article.headline,
            "secondary_title": article.source,
            "section": article.section,
            "year": year,
            "date": f"{year}/{month}/{day}/" if article.date else "",
            "language": article.language,
            "accession_number": article.id,
        }
        for name, value in expected.items():
            assert entry.get(name, "") == value.translate(SHOWN).strip()
        assert "".join(entry.get("urls", [])).split() == re.sub(r";\s*", "", article.url.translate(SHOWN)).split()
        assert entry.get("keywords", []) == [word.translate(SHOWN).strip() for word in article.keywords]


TEX = {
    r"\textbackslash{}": "\\",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    **{"\\" + char: char for char in "$&#%_"},
}
TEX_COMMAND = re.compile("|".join(map(re.escape, TEX)))


def untexed(text: str) -> str:
    """Return what TeX prints."""
    bare = TEX_COMMAND.sub("", text)
    assert not set(bare) & set("\\{}~^$&#%_"), "a special character of TeX"
    return TEX_COMMAND.sub(lambda match: TEX[match[0]], text)


@with_all
def test_bibtexparser_reads_bibtex(articles: list[Article]) -> None:
    text = exported(articles, "bibtex")
    library = bibtexparser.parse_string(text)
    assert not library.failed_blocks
    assert len(library.entries) == len(articles)
    keys = [entry.key for entry in library.entries]
    assert len({key.lower() for key in keys}) == len(keys)
    for article, entry in zip(articles, library.entries, strict=True):
        assert re.fullmatch(r"[a-z]+(\d{4}|nd)-[a-z2-7]{12}", entry.key)
        assert entry.entry_type == ("article" if article.source else "misc")
        found = {field.key: field.value for field in entry.fields}
        title = found.get("title", "{}")
        assert title[0] + title[-1] == "{}"
        values = {
            "headline": untexed(title[1:-1]),
            "source": untexed(found.get("journal", "")),
            "section": untexed(found.get("section", "")),
            "language": untexed(found.get("language", "")),
            "id": untexed(found.get("articleid", "")),
        }
        for name, value in values.items():
            assert value.strip() == getattr(article, name).translate(SHOWN).strip()
        assert untexed(found.get("keywords", "").replace("{}", "\0").translate({0x7B: None, 0x7D: None})
                       .replace("\0", "{}")) == ", ".join(article.keywords).translate(SHOWN)  # fmt: skip
        assert not set(found.get("url", "")) & set(' {}\\"')
        date = "" if article.date is None else str(article.date)[:10]
        assert (found.get("date", ""), found.get("year", "")) == (date, date[:4])
        month = "jan feb mar apr may jun jul aug sep oct nov dec".split()[int(date[5:7]) - 1] if date[5:] else ""
        assert found.get("month", "") == month


def test_citation_keys_are_stable_and_unique() -> None:
    """A key depends on its article only, and differs if the ids differ in case."""
    one, other = (Article(id, "x", date="2023", byline="By Jane Doe") for id in ("a", "A"))
    alone, together = exported([other], "bibtex"), exported([one, other], "bibtex")
    assert together.endswith(alone)
    keys = re.findall(r"@misc\{(.*),", together)
    assert [key[:8] for key in keys] == ["doe2023-"] * 2
    assert len(set(keys)) == 2


STYLE = """<?xml version="1.0" encoding="utf-8"?>
<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0">
  <info><title>t</title><id>t</id><updated>2020-01-01T00:00:00+00:00</updated></info>
  <citation><layout><text variable="title"/></layout></citation>
  <bibliography><layout delimiter="|">
    <group delimiter=" / ">
      <names variable="author"><name name-as-sort-order="all" and="text"/></names>
      <text variable="title"/><text variable="container-title"/>
      <date variable="issued">
        <date-part name="year"/><date-part name="month" form="numeric-leading-zeros" prefix="-"/>
        <date-part name="day" form="numeric-leading-zeros" prefix="-"/>
      </date>
    </group>
  </layout></bibliography>
</style>
"""


@with_all
def test_csl_json_has_authors_and_partial_dates(articles: list[Article]) -> None:
    items = json.loads(exported(articles, "csl-json"))
    assert [item["id"] for item in items] == [article.id for article in articles]
    for article, item in zip(articles, items, strict=True):
        assert item["type"] == "article-newspaper"
        for name, value in {
            "title": article.headline,
            "container-title": article.source,
            "section": article.section,
            "URL": article.url,
            "language": article.language,
            "keyword": ", ".join(article.keywords),
        }.items():
            assert item.get(name, "") == value
        parts = item.get("issued", {"date-parts": [[]]})["date-parts"][0]
        stated = [] if article.date is None else [int(part) for part in str(article.date)[:10].split("-")]
        assert parts == stated
        assert all(set(name) in ({"literal"}, {"family", "given"}, {"family", "given", "suffix"})
                   for name in item.get("author", []))  # fmt: skip


def test_citeproc_cites_csl_json(tmp_path: Path) -> None:
    (tmp_path / "style.csl").write_text(STYLE, encoding="utf-8")
    articles = [
        Article("a/1", "NATO & Japan", date="2023-02-01", byline="By Jane Doe and Reuters Staff", source="The Daily"),
        Article("b", "東京", date="2023-02", byline="山田太郎"),
        Article("c", "Undated"),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the processor's own
        source = CiteProcJSON(json.loads(exported(articles, "csl-json")))
        style = CitationStylesStyle(str(tmp_path / "style.csl"), validate=False)
        bibliography = CitationStylesBibliography(style, source, formatter.plain)
        bibliography.register(Citation([CitationItem(article.id) for article in articles]))
        cited = [str(item) for item in bibliography.bibliography()]
    assert cited == ["Doe, Jane / NATO & Japan / The Daily / 2023-02-01", "山田太郎 / 東京 / 2023-02", "Undated"]


@with_all
def test_txt_holds_every_paragraph_without_control_characters(articles: list[Article]) -> None:
    text = exported(articles, "txt")
    assert not re.search(r"[\x00-\x08\x0b\x0d-\x1f\x7f-\x9f]", text)
    pages = text.split("\f" + "-" * 72 + "\n") if articles else []
    assert len(pages) == len(articles)
    assert text.count("\f") == max(len(articles) - 1, 0)
    for article, page in zip(articles, pages, strict=True):
        for name in LINE_FIELDS:
            assert getattr(article, name).translate(SHOWN) in page
        assert f"id:        {article.id.translate(SHOWN)}\n" in page
        at = 0
        for paragraph in article.body.translate(SHOWN).split("\n"):
            at = page.index(paragraph.strip(), at)


def test_txt_has_headline_fields_body_and_a_rule_between_articles() -> None:
    first = Article("a/1", "Oil falls", "One.\nTwo.", "2023-02", byline="By Jane Doe", keywords=["oil", "trade"])
    assert exported([first, Article("b", "Oil rises")], "txt") == (
        "Oil falls\n\n"
        "date:      2023-02\nbyline:    By Jane Doe\nkeywords:  oil, trade\nid:        a/1\n"
        "\nOne.\n\nTwo.\n\n\f" + "-" * 72 + "\nOil rises\n\nid:        b\n"
    )


@pytest.mark.parametrize("format", EXPORT_FORMATS)
def test_export_memory_does_not_grow(format: str) -> None:
    article = Article("a", "Headline", "word " * 2000, "2023-02-01", byline="By Jane Doe", source="The Daily")

    def count(number: int) -> int:
        return sum(map(len, export_lines(repeat(article, number), format)))

    count(10)
    tracemalloc.start()
    assert count(3000) > 3000 * 100
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize("format", EXPORT_FORMATS)
def test_export_writes_an_article_before_the_next_is_read(format: str) -> None:
    given_out: list[int] = []

    def articles() -> Iterator[Article]:
        for number in range(5):
            given_out.append(number)
            yield Article(str(number), "x")

    pieces = export_lines(articles(), format)
    next(pieces)
    assert len(given_out) <= 1


def person(family: str, given: str, suffix: str = "") -> Author:
    return Author(family=family, given=given, suffix=suffix)


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("", ()),
        ("By Jane Doe", (person("Doe", "Jane"),)),
        ("BY JANE DOE", (person("DOE", "JANE"),)),
        ("by: J. R. Doe", (person("Doe", "J. R."),)),
        ("J.R.R. O’Neil-Brown", (person("O’Neil-Brown", "J.R.R."),)),
        ("Ursula von der Leyen", (person("von der Leyen", "Ursula"),)),
        ("John Smith Jr.", (person("Smith", "John", "Jr."),)),
        ("Solène Müller, John Q. Public and Bo Ek", (person("Müller", "Solène"), person("Public", "John Q."),
                                                    person("Ek", "Bo"))),
        ("Doe, Jane", (person("Doe", "Jane"),)),
        ("Doe, J. R.; von Roe, John", (person("Doe", "J. R."), person("von Roe", "John"))),
        *((name, (Author(literal=name),)) for name in ("Ban Ki-moon", "Choe Sang-Hun", "Moon Jae-in", "Paik Nam-june")),
        ("Mary Smith-Jones", (person("Smith-Jones", "Mary"),)),
        ("Jane Doe, Reuters", (person("Doe", "Jane"),)),
        ("By Jane Doe / Yomiuri Shimbun Staff Writer", (person("Doe", "Jane"),)),
        ("Jane Doe, New York", (person("Doe", "Jane"),)),
        *((doubtful, (Author(literal=doubtful),)) for doubtful in (
            "Reuters", "Meridian Wire", "Staff Writer", "Jane", "Gabriel García Márquez", "Wang Wei",
            "Lin Shu-fen", "山田太郎", "Jane Doe with others", "jane doe", "Jane Doe, somebody", "|,;", "and", "{ }",
        )),
        ("By Reuters", (Author(literal="Reuters"),)),
        ("By Chen Chien-kuo, Reuters", (Author(literal="Chen Chien-kuo"),)),
        ("Wang Wei and Jane Doe, Reuters", (Author(literal="Wang Wei and Jane Doe, Reuters"),)),
    ],
)  # fmt: skip
def test_byline_is_split_into_authors(byline: str, expected: tuple[Author, ...]) -> None:
    assert parse_authors(byline) == expected


@given(
    st.text() | st.lists(st.sampled_from(["Jane", "Doe", "von", "Jr.", "J.", "and", ",", "By", "-", "."])).map(" ".join)
)
def test_parse_authors_keeps_every_name(byline: str) -> None:
    found = parse_authors(byline)
    assert bool(found) == bool(re.sub(r"^by:?\s+", "", byline.strip(), flags=re.IGNORECASE))
    for author in found:
        assert bool(author.literal) != bool(author.family and author.given)
        assert all(part in byline for part in (author.literal, author.family, author.given, author.suffix))
