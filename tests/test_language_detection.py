"""The language of an article: stated, detected, default. The texts are written for this test, one in each language."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import searchidx
from searchidx.article import Article
from searchidx.language_detection import detect_language

TEXTS = [
    json.loads(line) for line in (Path(__file__).parent / "corpora" / "languages.jsonl").read_text("utf-8").splitlines()
]
GERMAN = next(each for each in TEXTS if each["language"] == "de")


@pytest.mark.parametrize("text", TEXTS, ids=lambda each: each["language"])
def test_language_of_a_short_article_is_detected(text: dict[str, str]) -> None:
    assert detect_language(text["headline"], text["body"]) == text["language"]
    assert detect_language("", text["body"]) == text["language"]


@pytest.mark.parametrize("text", TEXTS, ids=lambda each: each["language"])
@pytest.mark.parametrize("length", [20, 40, 60, 100, 150])
def test_short_texts_get_the_right_language_or_none(text: dict[str, str], length: int) -> None:
    assert detect_language("", text["body"][:length]) in ("", text["language"])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Regen",
        "Shr 39 cts vs 50 cts\nNet 1,234,567 vs 2,345,678\nRevs 12.3 mln vs 14.5 mln\nNOTE: 1986 year ended Dec 31" * 3,
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 " * 20,
        "— — — " * 100,
        "😀" * 300,
        "\u0000\ud7ff" * 200,
        "https://example.org/" * 30,
    ],
)
def test_texts_without_a_language_have_none(body: str) -> None:
    assert detect_language("", body) == ""


def test_english_articles_do_not_load_the_model() -> None:
    code = (
        "import sys; from searchidx.language_detection import detect_language as d; "
        "assert d('Council Approves New Bridge', 'The council said on Tuesday that the bridge would be.') == 'en'; "
        "assert d('', 'Shr 39 cts vs 50 cts ' * 9) == ''; assert 'py3langid' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# -- where articles are added ------------------------------------------------------------------------------------------

RECORDS = [
    {"id": "stated", "headline": "Rain", "body": GERMAN["body"], "language": "ENGLISH; UNITED KINGDOM ENGLISH"},
    {"id": "named", "headline": "Regen", "body": "Es regnet.", "language": "allemand"},
    {"id": "detected", "headline": GERMAN["headline"], "body": GERMAN["body"]},
    {"id": "unknown", "headline": GERMAN["headline"], "body": GERMAN["body"], "language": "Elvish"},
    {"id": "short", "headline": "Tor!", "body": "2:1"},
]
EXPECTED = {
    "stated": ("en", "stated"),
    "named": ("de", "stated"),
    "detected": ("de", "detected"),
    "unknown": ("de", "detected"),
    "short": ("", ""),
}


def languages(archive: searchidx.Archive) -> dict[str, tuple[str, str]]:
    return {each.id: (each.language, each.language_origin) for each in archive.articles("*")}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "feed.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in RECORDS), "utf-8")
    return path


def test_builds_find_the_language_of_each_article(source: Path, tmp_path: Path) -> None:
    searchidx.build(source, index=tmp_path / "index")
    with searchidx.open(tmp_path / "index") as archive:
        assert languages(archive) == EXPECTED
        assert archive.ids("language:de") == archive.ids("language:German") == ["named", "detected", "unknown"]
        assert archive.ids("languageorigin:detected") == ["detected", "unknown"]
        assert archive.ids("langorigin:stated language:en") == ["stated"]
        assert archive.ids("langorigin:default") == []
        assert archive.get("named").provenance["language"] == "language"  # type: ignore[union-attr]
        assert archive.stats().to_dict()["languages"] == [
            {"value": "de", "articles": 3, "stated": 1, "detected": 2, "default": 0},
            {"value": "en", "articles": 1, "stated": 1, "detected": 0, "default": 0},
            {"value": None, "articles": 1, "stated": 0, "detected": 0, "default": 0},
        ]


def test_default_language_is_remembered_changed_and_forgotten(source: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    searchidx.build(source, index=index, language="German")
    assert languages(searchidx.open(index)) == {**EXPECTED, "short": ("de", "default")}
    assert searchidx.build(source, index=index).unchanged == 5
    report = searchidx.build(source, index=index, language="pt_br")
    assert (report.updated, report.unchanged) == (1, 4)
    assert languages(searchidx.open(index)) == {**EXPECTED, "short": ("pt-BR", "default")}
    searchidx.build(source, index=index, language="")
    assert languages(searchidx.open(index)) == EXPECTED
    with pytest.raises(ValueError, match="'Elvish' is not a language"):
        searchidx.build(source, index=index, language="Elvish")


def test_writers_find_the_language_and_leave_the_article_as_it_was(tmp_path: Path) -> None:
    articles = [Article(**record) for record in RECORDS]  # type: ignore[arg-type]
    before = [(article.language, dict(article.provenance)) for article in articles]
    archive = searchidx.create(tmp_path / "index")
    with archive.writer(language="nl") as writer:
        assert writer.is_open
        for article in articles:
            writer.add(article)
    assert not writer.is_open
    assert [(article.language, article.provenance) for article in articles] == before
    archive.refresh()
    assert languages(archive) == {**EXPECTED, "short": ("nl", "default")}


def test_language_copied_from_one_archive_to_another_keeps_its_origin(tmp_path: Path) -> None:
    one, two = (searchidx.create(tmp_path / name) for name in ("one", "two"))
    with one.writer(language="nl") as writer:
        for record in RECORDS:
            writer.add(Article(**record))  # type: ignore[arg-type]
    one.refresh()
    with two.writer() as writer:
        for article in one.articles("*"):
            writer.add(article)
    two.refresh()
    assert languages(two) == languages(one)


def test_copy_with_a_language_differs_in_nothing_else() -> None:
    article = Article(
        id="a1", headline="Rain", body="It rains.", date="2023-02-01", byline="Ana Bell", dateline="PARIS",
        section="World", source="Gazette", keywords=["rain"], url="https://a.example", path="a.txt",
        provenance={"headline": "title"}, page="A1", edition="Late", ocr=0.5,
    )  # fmt: skip
    copy = article.with_language("de-AT", "meta")
    assert copy == Article(**{**article.to_dict(), "language": "de-AT"})
    assert copy.provenance == {"headline": "title", "language": "meta"}
    assert (article.language, dict(article.provenance)) == ("", {"headline": "title"})
