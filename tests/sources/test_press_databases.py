"""Downloads of press databases: every article with its fields in every layout and language; damage; unknown layouts."""

from __future__ import annotations

import io
import random
import time
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from searchidx.article import Article
from searchidx.sources.article_reader import read_file
from searchidx.sources.skip import UNEXPECTED_ERROR, Skip
from searchidx.sources.source_file import SourceFile
from tests.sources.press_layouts import LAYOUTS, Layout
from tests.sources.press_samples import PIECES, Line, Piece, W, docx, nexis_lines, nexis_text, rtf

CASES = [
    pytest.param(layout, language, id=f"{layout.name}-{language}")
    for layout in LAYOUTS
    for language in layout.languages
]
with_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)


def read_bytes(name: str, data: bytes) -> list[Article | Skip]:
    return list(read_file(SourceFile(Path("unused"), name, data=data)))


def articles_of(items: list[Article | Skip]) -> list[Article]:
    return [each for each in items if isinstance(each, Article)]


def changed(lines: list[Line], old: str, new: str) -> list[Line]:
    return [replace(line, text=line.text.replace(old, new)) for line in lines]


@pytest.mark.parametrize(("layout", "language"), CASES)
def test_every_article_is_read_with_its_fields(layout: Layout, language: str) -> None:
    items = read_bytes(layout.name, layout.file(PIECES, language))
    articles = articles_of(items)
    assert [article.headline for article in articles] == [piece.headline for piece in PIECES]
    assert [each.reason for each in items if isinstance(each, Skip)] == []
    for article, piece in zip(articles, PIECES, strict=True):
        assert str(article.date)[:10] == piece.day
        assert article.source == piece.source
        assert article.body.split("\n") == list(piece.paragraphs)
        expected = {"byline": piece.byline, "section": piece.section, "page": piece.page, "keywords": piece.subjects}
        for name, value in expected.items():
            if name not in layout.lacks:
                assert getattr(article, name) == value, name


@with_layout
def test_damage_of_one_article_costs_that_article_only(layout: Layout) -> None:
    """The middle article has a date that is none, no headline or text, or text that looks like markup."""
    language = layout.languages[0]
    for change in (
        {"dates": {language: "???"}, "day": "0000-00-00"},
        {"paragraphs": ("",)},
        {"paragraphs": ("</p> {\\b <",)},
    ):
        values = {name: getattr(PIECES[1], name) for name in Piece.__dataclass_fields__} | change
        pieces = [PIECES[0], Piece(**values), PIECES[2]]
        articles = articles_of(read_bytes(layout.name, layout.file(pieces, language)))
        headlines = [article.headline for article in articles]
        assert {PIECES[0].headline, PIECES[2].headline} <= set(headlines), change
        assert len(articles) in (2, 3)
        for article, piece in ((articles[0], PIECES[0]), (articles[-1], PIECES[2])):
            assert (str(article.date)[:10], article.source) == (piece.day, piece.source)


@with_layout
def test_cut_file_gives_the_articles_before_the_cut(layout: Layout) -> None:
    data = layout.file(PIECES, layout.languages[0])
    for share in (0.5, 0.8, 0.95):
        items = read_bytes(layout.name, data[: int(len(data) * share)])
        for article in articles_of(items):
            known = {piece.headline for piece in PIECES}
            assert article.headline in known or "docx" in layout.name or len(articles_of(items)) > 1
            assert "<" not in article.body
            assert "\\" not in article.body


@with_layout
def test_several_articles_are_never_one(layout: Layout) -> None:
    """With all its labels in an unknown language a file gives several articles or a skip that names its format."""
    text = layout.file(PIECES, layout.languages[0])
    for old, new in ((b"class=", b"xlass="), (b"DocID_", b"XocID_"), (b"DOCFULL", b"XOCFULL"), (b":\xc2\xa0", b"; ")):
        items = read_bytes(layout.name, text.replace(old, new))
        assert len(articles_of(items)) != 1, (old, items)


UNKNOWN = {
    "nexis.txt": (nexis_text(PIECES).replace("DOCUMENTS", "ARTIKOLOJ"), "press database|Nexis"),
    "factiva.txt": (
        "\n".join(f"Kapo\n{piece.paragraphs[0]}\nDokumento {piece.accession}\n" for piece in PIECES),
        "Factiva",
    ),
    "factiva.html": (
        "<html><title>Factiva</title><body>"
        + "".join(f"<h1>{p.headline}</h1><p class='articleParagraph'>x</p>" for p in PIECES),
        "Factiva",
    ),
    "proquest.html": (
        "<html><title>ProQuest</title><body>" + "".join(f"<h2 id='DocID_1'>{p.headline}</h2><p>x</p>" for p in PIECES),
        "ProQuest",
    ),
    "europresse.html": (
        "<html><body>" + "".join(f"<p class='rdp__DocTitle'>{p.headline}</p><p>{p.paragraphs[0]}</p>" for p in PIECES),
        "Europresse",
    ),
    "articles.txt": ("\n\n".join(f"Artikel {n} von 3\n\nTitel\n\nText" for n in (1, 2, 3)), "press database"),
    "nexis.html": ("<html><!-- LXNComment 1 --><body>" + "".join(f"<p>{p.headline}</p>" for p in PIECES), "Nexis"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_layout_is_skipped_and_named(name: str) -> None:
    text, database = UNKNOWN[name]
    items = read_bytes(name, text.encode())
    assert articles_of(items) == []
    assert any(word in each.reason for each in items if isinstance(each, Skip) for word in database.split("|")), items


def test_unknown_labels_of_nexis_uni_do_not_join_articles() -> None:
    lines = changed(changed(nexis_lines(PIECES), "End of Document", "Fino"), "Body", "Korpo")
    assert [article.headline for article in articles_of(read_bytes("a.docx", docx(lines)))] == [
        p.headline for p in PIECES
    ]


def test_number_of_articles_is_compared_with_the_stated_one() -> None:
    lines = changed(nexis_lines(PIECES), "Documents (3)", "Documents (50)")
    items = read_bytes("a.docx", docx(lines))
    assert len(articles_of(items)) == 3
    assert items[-1] == Skip("a.docx", "it states 50 articles, and 3 were found in it")


def test_id_is_the_number_of_the_database() -> None:
    ids = {
        "nexis-uni.docx": "AB1", "factiva-plain.html": PIECES[0].accession, "factiva-indexed.html": PIECES[0].accession,
        "factiva.rtf": PIECES[0].accession, "factiva.xml": PIECES[0].accession, "proquest.txt": "102030401",
        "proquest.html": "102030401", "europresse.html": "news·20230201·HB·1q", "swissdox.tsv": "sx1",
        "nexis.txt": "nexis.txt#1",
    }  # fmt: skip
    for layout in LAYOUTS:
        if layout.name in ids:
            articles = articles_of(read_bytes(layout.name, layout.file(PIECES, layout.languages[0])))
            assert articles[0].id == ids[layout.name]


def test_nexis_uni_date_line_gives_time_zone_and_edition() -> None:
    lines = nexis_lines(PIECES[:1])
    at = next(n for n, line in enumerate(lines) if line.text == PIECES[0].dates["en"])
    lines[at : at + 1] = [Line("February 1, 2023 Wednesday 1:42 PM GMT"), Line("Print & First Editions")]
    (article,) = articles_of(read_bytes("a.docx", docx(lines)))
    assert str(article.date) == "2023-02-01T13:42:00+00:00"
    assert article.edition == "Print & First Editions"


def test_headline_of_several_paragraphs_is_joined() -> None:
    lines = nexis_lines(PIECES[:1], cover=False)
    at = next(n for n, line in enumerate(lines) if line.text == PIECES[0].headline)
    lines.insert(at + 1, Line("Work begins in spring", bold=True))
    (article,) = articles_of(read_bytes("a.docx", docx(lines)))
    assert article.headline == f"{PIECES[0].headline} Work begins in spring"


def test_caption_is_no_part_of_the_text() -> None:
    lines = nexis_lines(PIECES[:2], cover=False)
    at = next(n for n, line in enumerate(lines) if line.text == "Classification")
    lines[at:at] = [Line("Graphic", bold=True), Line("The basin at low tide, photographed by Jo Roe")]
    articles = articles_of(read_bytes("a.docx", docx(lines)))
    assert [article.body.split("\n") for article in articles] == [list(piece.paragraphs) for piece in PIECES[:2]]


def test_single_office_document_is_one_article() -> None:
    lines = [Line("A letter to the council", bold=True), Line("Dear council,"), Line("the basin is full of mud.")]
    for name, data in (("letter.docx", docx(lines)), ("letter.rtf", rtf(lines))):
        (article,) = read_bytes(name, data)
        assert isinstance(article, Article)
        assert article.headline == "A letter to the council"
        assert article.body.split("\n")[-1] == "the basin is full of mud."


def test_counter_not_starting_at_one_reports_no_missing_article() -> None:
    """The counters of a file may begin anywhere: `2001 of 2146`."""
    text = nexis_text(PIECES)
    for n in (1, 2, 3):
        text = text.replace(f"{n} of 3 DOCUMENTS", f"{2000 + n} of 2146 DOCUMENTS")
    items = read_bytes("a.txt", text.encode())
    assert len(articles_of(items)) == len(items) == 3


def test_missing_document_of_a_search_is_reported() -> None:
    text = nexis_text(PIECES).replace("2 of 3 DOCUMENTS", "The second")
    reasons = [each.reason for each in read_bytes("a.txt", text.encode()) if isinstance(each, Skip)]
    assert any("it states 3 articles, and 2 were found" in reason for reason in reasons)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encoding_is_found_without_a_declaration(encoding: str) -> None:
    items = read_bytes("a.txt", nexis_text(PIECES, "de").encode(encoding))
    assert [article.source for article in articles_of(items)][2] == "Küstenblatt"


def test_document_that_the_database_cannot_show_is_skipped() -> None:
    text = (
        nexis_text(PIECES[:1])
        + "\n"
        + "2 of 2 DOCUMENTS".center(78)
        + ("\n\nWe are sorry but there is an error in this document and it is not possible to display it.\n")
    )
    items = read_bytes("a.txt", text.replace("1 of 1 DOC", "1 of 2 DOC").encode())
    assert [type(each) for each in items] == [Article, Skip]


def test_text_that_is_missing_is_reported() -> None:
    lines = changed(nexis_lines(PIECES[:1]), f":\xa0{PIECES[0].words} words", ":\xa01,500 words")
    assert "it states 1,500 words" in str(read_bytes("a.docx", docx(lines))[-1])


LARGE = 1_000


def test_thousand_articles_are_read_one_at_a_time() -> None:
    """The first article comes before the file is read, and memory does not grow with the number of articles."""
    pieces = [Piece(f"Headline {n}", "Ledger", "2023-02-01", ("word " * 50,) * 6, number=n, dates=PIECES[0].dates)
              for n in range(LARGE)]  # fmt: skip
    data = docx(nexis_lines(pieces, cover=False))
    tracemalloc.start()
    try:
        found = sum(isinstance(each, Article) for each in read_file(SourceFile(Path("unused"), "a.docx", data=data)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == LARGE
    assert peak < 20_000_000


HOSTILE = {
    "groups.rtf": b"{\\rtf1 " + b"{" * 2_000_000,
    "closed.rtf": b"{\\rtf1 " + b"}" * 2_000_000,
    "long.rtf": b"{\\rtf1 " + b"a" * 9_000_000 + b"}",
    "skip.rtf": b"{\\rtf1 \\uc99999999 \\u8217" + b"x" * 100_000 + b"}",
    "number.rtf": b"{\\rtf1 \\u-99999999999 \\u99999 \\bin99999999 \\f99999999 \\'zz \\'8}",
    "bookmark.rtf": b"{\\rtf1 {\\*\\bkmkstart " + b"a" * 3_000_000 + b"}x\\par}",
    "page.html": b"<html><!-- Hide XML section from browser <DOCFULL> -->" + b"<div>" * 300_000,
    "docs.html": b"<html>" + b"<DOCFULL> -->" * 100_000,
    "strong.html": b'<a name="DocID_1"></a>' + b"<strong>a:" * 200_000,
    "names.html": b"<a name=" * 300_000 + b'DocID_1">',
    "factiva.html": b'<div class="article enArticle">' * 30_000,
    "spans.html": b'<span class="DocPublicationName">' * 20_000,
    "lines.txt": b"1 of 2 DOCUMENTS\n" * 200_000,
    "dates.txt": b"1 of 2 DOCUMENTS\n\n" + b"1. Januar 2011, " * 400_000,
    "rules.txt": (b"_" * 60 + b"\nProQuest document ID: 1\nSubject: a\nPublication title: a\nFull text: b\n") * 20_000,
    "mediargus.txt": b"1. A\nDe Morgen, 30 november 2011, p. 2, 8w.\n" * 40_000,
    "mediargus-long.txt": b"1. A\n" + b"2011 1 " * 500_000 + b"w",
    "listed.txt": b"> a, b, 2004-12-29\n" * 200_000 + b"=" * 80,
    "colons.txt": b"a:" * 2_000_000 + b"\nEnd of Document\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_read_in_bounded_time(name: str) -> None:
    start = time.process_time()
    for each in read_file(SourceFile(Path("unused"), name, data=HOSTILE[name])):
        assert isinstance(each, (Article, Skip))
        assert not isinstance(each, Skip) or not each.reason.startswith(UNEXPECTED_ERROR), each
    assert time.process_time() - start < 20


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_raises_nothing(seed: int) -> None:
    rng = random.Random(seed)
    layout = LAYOUTS[seed % len(LAYOUTS)]
    data = bytearray(layout.file(PIECES, rng.choice(layout.languages)))
    for _ in range(rng.randint(1, 60)):
        at = rng.randrange(len(data))
        if rng.random() < 0.5:
            data[at] = rng.randrange(256)
        else:
            del data[at : at + rng.randint(1, 40)]
    for each in read_bytes(layout.name, bytes(data)):
        assert not isinstance(each, Skip) or not each.reason.startswith(UNEXPECTED_ERROR), each


def office_file(xml: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", xml)
    return target.getvalue()


OPEN = f'<w:document xmlns:w="{W}"><w:body>'.encode()
HOSTILE_XML = {
    "deep": OPEN + b"<w:tbl>" * 100_000,
    "long": OPEN + b"<w:p><w:r><w:t>" + b"a" * 9_000_000 + b"</w:t></w:r></w:p>",
    "entities": b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>" + OPEN + b"<w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body></w:document>",
    "empty": b"",
    "cut": OPEN + b"<w:p><w:r><w:t>One</w:t></w:r></w:p><w:p><w:r><w:t>Tw",
    "binary": bytes(range(256)) * 40,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_XML)
def test_hostile_office_file_is_read_in_bounded_time(name: str) -> None:
    start = time.process_time()
    items = read_bytes("a.docx", office_file(HOSTILE_XML[name]))
    assert any(isinstance(each, Skip) for each in items) or name == "entities"
    assert not any(isinstance(each, Skip) and each.reason.startswith(UNEXPECTED_ERROR) for each in items), items
    assert all(len(each.body) < 10_000_000 for each in articles_of(items))
    assert time.process_time() - start < 10
