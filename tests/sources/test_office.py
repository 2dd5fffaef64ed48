"""Office documents and books: headline, date and text, and limits on what they expand to."""

from __future__ import annotations

import io
import resource
import zipfile
from pathlib import Path

import pytest
from source_files import read_source

from searchidx import Article
from searchidx.sources import Skip

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OFFICE = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
LEVEL = '<w:pPr><w:outlineLvl w:val="0"/></w:pPr>'
ODT_KIND = "application/vnd.oasis.opendocument.text"
BODY = ["Rain over Marrow", "February 1, 2023", "It fell all night."]


def pack(members: dict[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, kind)
    return data.getvalue()


def docx(title: str, paragraphs: list[str], styled: str = "") -> bytes:
    texts = "".join(f"<w:p>{LEVEL if text == styled else ''}<w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    core = (
        '<cp:coreProperties xmlns:cp="c" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:dcterms="http://purl.org/dc/terms/"><dc:title>{title}</dc:title>'
        "<dcterms:created>2024-05-05T10:00:00Z</dcterms:created></cp:coreProperties>"
    )
    return pack(
        {
            "[Content_Types].xml": "<Types/>", "docProps/core.xml": core,
            "word/document.xml": f"<w:document {W}><w:body>{texts}</w:body></w:document>",
        }
    )  # fmt: skip


def odt(title: str, paragraphs: list[str], styled: str = "") -> bytes:
    names = ["h" if text == styled else "p" for text in paragraphs]
    texts = "".join(f"<text:{name}>{text}</text:{name}>" for name, text in zip(names, paragraphs, strict=True))
    meta = f"<office:meta><dc:title>{title}</dc:title></office:meta>"
    body = f"<office:body><office:text>{texts}</office:text></office:body>"
    return pack(
        {
            "mimetype": ODT_KIND,
            "meta.xml": f"<office:document-meta {OFFICE}>{meta}</office:document-meta>",
            "content.xml": f"<office:document-content {OFFICE}>{body}</office:document-content>",
        }
    )


@pytest.mark.parametrize("make", [docx, odt])
@pytest.mark.parametrize(
    ("title", "paragraphs", "styled", "headline", "section"),
    [
        ("", BODY, "", "Rain over Marrow", ""),
        ("Document1", BODY, "", "Rain over Marrow", ""),
        ("Microsoft Word - rain final.doc", BODY, "", "Rain over Marrow", ""),
        ("rain_final.docx", BODY, "", "Rain over Marrow", ""),
        ("Rain over Marrow", BODY, "", "Rain over Marrow", ""),
        ("A wet night", BODY[1:], "", "A wet night", ""),
        ("", ["Weather", *BODY], "Rain over Marrow", "Rain over Marrow", "Weather"),
        ("", ["Weather", *BODY], "", "Weather", ""),
    ],
)
def test_headline_is_a_real_title_else_a_heading_else_the_first_line(
    make: object, title: str, paragraphs: list[str], styled: str, headline: str, section: str, tmp_path: Path
) -> None:
    assert callable(make)
    name = f"a.{make.__name__}"
    (article,) = read_source(tmp_path, make(title, paragraphs, styled), name)
    assert isinstance(article, Article)
    assert (article.id, article.headline, article.section) == (name, headline, section)
    assert article.body.endswith("It fell all night.")
    if headline != "Weather":
        assert (str(article.date), article.body) == ("2023-02-01", "It fell all night.")


@pytest.mark.parametrize("make", [docx, odt])
def test_date_of_the_file_is_no_date_of_publication(make: object, tmp_path: Path) -> None:
    assert callable(make)
    (article,) = read_source(tmp_path, make("", ["Rain", "It fell all night."]), f"a.{make.__name__}")
    assert isinstance(article, Article)
    assert article.date is None


def test_rtf_is_one_article_without_markup(tmp_path: Path) -> None:
    text = r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\creatim\yr2024}}\b Rain\b0\par "
    text += r"February 1, 2023\par Caf\'e9 \u8217?s.\par}"
    (article,) = read_source(tmp_path, text, "a.rtf")
    assert isinstance(article, Article)
    assert (article.headline, str(article.date), article.body) == ("Rain", "2023-02-01", "Café ’s.")


def test_binary_document_is_a_skip_with_advice(tmp_path: Path) -> None:
    (skip,) = read_source(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), "a.doc")
    assert isinstance(skip, Skip)
    assert "save it as DOCX" in skip.reason


PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>Marrow Tales</dc:title><dc:creator>Jo Fenn</dc:creator></metadata><manifest>{items}"
    '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest><spine>{spine}</spine></package>'
)
NCX = (
    '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>The second</text></navLabel>'
    '<content src="c%201.html#start"/></navPoint></navMap></ncx>'
)
CONTAINER = '<container><rootfiles><rootfile full-path="content.opf"/></rootfiles></container>'


def epub(chapters: list[str], first: str = "mimetype") -> bytes:
    items = "".join(
        f'<item id="c{n}" href="c%20{n}.html" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    members: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER,
        "content.opf": PACKAGE.format(items=items, spine=spine), "toc.ncx": NCX,
        **{f"c {n}.html": f"<html><body>{text}</body></html>" for n, text in enumerate(chapters)},
    }  # fmt: skip
    return pack({first: members.pop(first), **members})


@pytest.mark.parametrize("first", ["mimetype", "META-INF/container.xml"])
def test_each_document_of_a_book_with_a_heading_and_text_is_an_article(first: str, tmp_path: Path) -> None:
    chapters = [
        "<div><h3>The <i>first</i></h3><p>Rain.</p><script>x()</script></div>",
        "<p>Sea.</p>",
        "<h1>Empty</h1>",
        "<p>No heading.</p>",
    ]
    one, two, skip = read_source(tmp_path, epub(chapters, first), "a.epub")
    assert isinstance(one, Article)
    assert isinstance(two, Article)
    assert (one.id, one.headline, one.body, one.source, one.byline, one.date) == (
        "a.epub#c 0.html", "The first", "Rain.", "Marrow Tales", "Jo Fenn", None,
    )  # fmt: skip
    assert (two.headline, two.body) == ("The second", "Sea.")
    reason = "2 of the 4 documents of the book are articles; 2 without heading or text are left out"
    assert skip == Skip("a.epub", reason, damaged=False)


def test_encrypted_document_is_named(tmp_path: Path) -> None:
    members = {"mimetype": ODT_KIND, "META-INF/manifest.xml": "<manifest:encryption-data/>", "content.xml": b"\x01\x02"}
    (skip,) = read_source(tmp_path, pack(members), "a.odt")
    assert skip == Skip("a.odt", "it is encrypted: remove the password to read it", damaged=False)


LAUGHS = "<!DOCTYPE a [<!ENTITY a '" + "ha" * 1000 + "'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 20}'>" for n in range(8)
) + "]>"  # fmt: skip


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    content = f"{LAUGHS}<office:document-content {OFFICE}><text:p>Rain &i; fell</text:p></office:document-content>"
    found = read_source(tmp_path, pack({"mimetype": ODT_KIND, "content.xml": content}), "a.odt")
    assert sum(len(each.headline) + len(each.body) for each in found if isinstance(each, Article)) < 5_000
    book = epub(["<h1>Rain</h1><p>It fell.</p>"])
    assert len([each for each in read_source(tmp_path, book, "a.epub") if isinstance(each, Article)]) == 1


@pytest.mark.parametrize("name", ["a.odt", "a.epub"])
def test_document_that_expands_without_limit_is_skipped(name: str, tmp_path: Path) -> None:
    bomb = b"<p>" + bytes(100 << 20)
    members: dict[str, str | bytes] = {"mimetype": ODT_KIND, "content.xml": bomb}
    if name == "a.epub":
        members = {"mimetype": "application/epub+zip", "META-INF/container.xml": bomb}
    data = pack(members)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (skip,) = read_source(tmp_path, data, name)
    assert isinstance(skip, Skip)
    assert "200 times its size" in skip.reason
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000
