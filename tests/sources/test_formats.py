"""All formats: a valid file gives its article, a broken one its whole articles and a reason."""

from __future__ import annotations

import bz2
import dataclasses
import gzip
import io
import lzma
import os
import random
import re
import sys
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
import zstandard
from source_files import read_path

import searchidx
from searchidx import Article
from searchidx.sources import (
    UNEXPECTED_ERROR,
    Skip,
    SourceFile,
    article_reader,
    iter_documents,
    plain_text,
    read_document,
    read_file,
    source_file,
    tar_archive,
    zip_archive,
)

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"
CORPORA = Path(__file__).parent.parent / "corpora"
HEADLINE = "Lighthouse relit after forty years"
BODY = (
    "The lighthouse at Cape Marrow shone again on Tuesday night, forty years after its keeper put out the lamp.\n"
    "Several hundred people watched from the harbour wall, said the mayor, Ada Quill, who had asked for it since 1999."
)
MOMENT = "2023-02-01T07:30:00+01:00"
URL = "https://marrow.example/2023/02/01/lighthouse"
GAZETTE = "The Marrow Gazette"
WARC = (CORPORA / "formats" / "crawl.warc").read_bytes() * 5
PAGE = {
    "date": MOMENT, "byline": "Jo Fenn", "section": "Coast", "source": GAZETTE, "language": "en", "url": URL,
}  # fmt: skip
ITEM = {
    "date": "2023-02-01", "byline": "Jo Fenn", "source": GAZETTE, "language": "en", "url": URL, "page": "A1",
    "keywords": ("lighthouses",),
}  # fmt: skip
EXPECTED: dict[str, dict[str, object]] = {
    "page.html": PAGE,
    "page-packed.html.gz": PAGE,
    "page-latin1.html": {**PAGE, "body": BODY.replace("Ada Quill", "Zoë Brûlé")},
    "singlefile.html": PAGE,
    "saved.mhtml": PAGE,
    "text.txt": {"date": MOMENT, "byline": "Jo Fenn", "section": "Coast", "dateline": "07:30 CET, February 1, 2023"},
    "text-packed.txt.zst": {
        "date": MOMENT, "byline": "Jo Fenn", "section": "Coast", "dateline": "07:30 CET, February 1, 2023",
    },
    "front-yaml.md": {"date": MOMENT, "byline": "Jo Fenn", "source": GAZETTE, "keywords": ("lighthouses", "harbour")},
    "front-toml.md": {"date": MOMENT, "byline": "Jo Fenn"},
    "front-json.md": {"date": MOMENT, "byline": "Jo Fenn"},
    "plain.md": {},
    "record.json": {"id": "marrow-1", "date": MOMENT, "byline": "Jo Fenn", "section": "Coast"},
    "records.jsonl": {"id": "marrow-1", "date": MOMENT, "byline": "Jo Fenn", "section": "Coast"},
    "feed.json": {"id": "marrow-1", "date": MOMENT, "byline": "Jo Fenn", "source": GAZETTE, "url": URL},
    "table.csv": {"id": "marrow-1", "date": "2023-02-01", "byline": "Jo Fenn"},
    "table.tsv": {"id": "marrow-1", "date": "2023-02-01", "byline": "Jo Fenn", "body": BODY.split("\n", maxsplit=1)[0]},
    "rss.xml": {
        "id": "marrow-1", "date": MOMENT, "byline": "Jo Fenn", "source": GAZETTE, "language": "en", "url": URL,
        "keywords": ("Coast",),
    },
    "atom.xml": {
        "id": "marrow-1", "date": MOMENT, "byline": "Jo Fenn", "source": GAZETTE, "language": "en", "url": URL,
    },
    "article.nitf.xml": {
        "id": "marrow-1", "date": MOMENT, "byline": "Jo Fenn", "source": GAZETTE, "section": "Coast",
        "dateline": "CAPE MARROW", "keywords": ("lighthouses",),
    },
    "item.newsml.xml": {
        "id": "marrow-1", "date": MOMENT, "byline": "Jo Fenn", "source": GAZETTE, "language": "en",
        "dateline": "CAPE MARROW", "keywords": ("lighthouses",),
    },
    "ninjs1.json": {
        "id": "https://marrow.example/items/1", "url": "https://marrow.example/items/1", "date": MOMENT,
        "byline": "Jo Fenn", "language": "en", "keywords": ("lighthouses",),
    },
    "ninjs3.json": {
        "id": "https://marrow.example/items/1", "url": "https://marrow.example/items/1", "date": MOMENT,
        "byline": "Jo Fenn", "language": "en", "keywords": ("lighthouses",), "source": GAZETTE,
    },
    "mail.eml": {"id": "marrow-1@marrow.example", "date": MOMENT, "source": GAZETTE},
    "mails.mbox": {
        "id": "marrow-1@marrow.example", "date": MOMENT, "source": GAZETTE, "path": "mails.mbox/1.eml",
    },
    "page.pdf": {"date": "2023-02-01", "dateline": "February 1, 2023", "byline": "Jo Fenn"},
    "folder.zip": {**PAGE, "id": "folder.zip/pages/lighthouse.html"},
    "folder.tar.gz": {**PAGE, "id": "folder.tar.gz/pages/lighthouse.html"},
    "folder.tar.bz2": {**PAGE, "id": "folder.tar.bz2/pages/lighthouse.html"},
    "folder.tar.xz": {**PAGE, "id": "folder.tar.xz/pages/lighthouse.html"},
    "page.alto.xml": {"page": "3", "ocr": 0.9},
    "page.page.xml": {"ocr": 0.9},
    "page.hocr": {"page": "3", "ocr": 0.9},
    "issue.zip": {
        "id": "issue.zip/gazette/issue-mets.xml#A1", "path": "issue.zip/gazette/issue-mets.xml", "date": "2023-02-01",
        "source": GAZETTE, "language": "en", "page": "A3", "ocr": 0.9,
    },
    "document.odt": {
        "date": "2023-02-01", "dateline": "February 1, 2023", "byline": "Jo Fenn", "section": "Coast",
    },
    "flat.fodt": {"date": "2023-02-01", "dateline": "February 1, 2023", "byline": "Jo Fenn"},
    "book.epub": {
        "id": "book.epub#OEBPS/text/1.xhtml", "path": "book.epub", "date": "2023-02-01", "byline": "Jo Fenn",
        "dateline": "February 1, 2023", "source": GAZETTE, "language": "en",
    },
    "selfextracting.html": PAGE,
    "crawl.wacz": {**PAGE, "id": f"crawl.wacz/archive/data.warc.gz/20230202100001/{URL}"},
    "library.ris": {**ITEM, "id": "library.ris#marrow-1", "path": "library.ris", "section": "Coast"},
    "library.rdf": {**ITEM, "id": f"library.rdf#{URL}", "path": "library.rdf"},
    "references.csl.json": {
        **ITEM, "id": "marrow-1", "path": "references.csl.json", "section": "Coast", "keywords": (),
    },
    "wallabag.json": {
        **ITEM, "id": URL, "path": "wallabag.json", "date": MOMENT, "source": "marrow.example", "page": "",
    },
    "api.nyt.json": {
        **ITEM, "id": "marrow-1", "path": "api.nyt.json", "date": MOMENT, "section": "Coast", "language": "",
    },
    "article.tei.xml": {
        "id": "article.tei.xml#marrow-1", "path": "article.tei.xml", "date": "2023-02-01", "byline": "Jo Fenn",
        "dateline": "CAPE MARROW", "section": "Coast", "source": GAZETTE, "language": "en", "page": "3",
    },
    "crawl.warc.gz": {**PAGE, "id": f"crawl.warc.gz/20230202100001/{URL}"},
    "crawl.warc": {**PAGE, "id": f"crawl.warc/20230202100001/{URL}"},
    "crawl.arc": {**PAGE, "id": f"crawl.arc/20230202100001/{URL}"},
}  # fmt: skip
OTHERS: dict[str, list[str]] = {
    "item.newsml.xml": ["item.newsml.xml#2 (marrow-2): its item class is 'picture', not a text"],
    "mails.mbox": ["Ferry late again"],
    "issue.zip": [
        "Lamp oil at Fenn & Daughters, …",
        "issue.zip/gazette/alto/page.xml: it is a part of issue.zip/gazette/issue-mets.xml, with which it is read",
    ],
    "book.epub": [
        "Ferry late again",
        "book.epub: 2 of the 4 documents of the book are articles; 2 without heading or text are left out",
    ],
    "library.rdf": [
        "library.rdf (library.rdf#urn:isbn:1): its type is 'book': no article of a newspaper, magazine or website",
    ],
    "references.csl.json": [
        "references.csl.json:2: its type is 'book': no article of a newspaper, magazine or website",
    ],
    "crawl.wacz": [
        "crawl.wacz/archive/data.warc.gz/20230202100003/https://marrow.example/gone: the server answered 404",
        "Ferry late again",
    ],
    "article.tei.xml": ["Lamp oil at Fenn & Daughters, Harbour Street."],
    "folder.zip": ["Ferry late again"],
    "folder.tar.gz": ["Ferry late again", HEADLINE, "Ferry late again"],
    "folder.tar.bz2": ["Ferry late again", HEADLINE, "Ferry late again"],
    "folder.tar.xz": ["Ferry late again", HEADLINE, "Ferry late again"],
    "crawl.warc.gz": [
        "crawl.warc.gz/20230202100003/https://marrow.example/gone: the server answered 404", "Ferry late again",
    ],
    "crawl.warc": [
        "crawl.warc/20230202100003/https://marrow.example/gone: the server answered 404", "Ferry late again",
    ],
}  # fmt: skip
"""The other items of a file, in order: a headline, or place and reason."""
BROKEN: dict[str, tuple[int, str]] = {
    "bad-header-in-the-middle.tar": (1, "the archive is damaged or cut off"),
    "binary.txt": (0, "it is binary data, not text"),
    "blank.txt": (0, "it is empty"),
    "bomb.zip": (0, "it unpacks to more than 200 times its size"),
    "broken-first-record.warc.gz": (1, "the record there is broken: "),
    "broken-object.json": (2, "the object is not JSON, or is cut off"),
    "cut-off.alto.xml": (1, "the XML is damaged: "),
    "cut-off.epub": (0, "the document is damaged or cut off: "),
    "cut-off.odt": (0, "the document is damaged or cut off: "),
    "cut-off.html.gz": (0, "its gzip data is damaged or cut off"),
    "cut-off.json": (0, "the line is not JSON, or is cut off"),
    "cut-off.newsml.xml": (0, "the XML is damaged: "),
    "cut-off.pdf": (0, "the PDF is damaged, or cannot be read"),
    "cut-off.selfextracting.html": (0, "the saved page is cut off: "),
    "cut-off.tar": (1, "the archive is damaged or cut off"),
    "cut-off.txt.bz2": (0, "its bzip2 data is damaged or cut off"),
    "cut-off.txt.xz": (0, "its xz data is damaged or cut off"),
    "cut-off.txt.zst": (0, "its zstd data is damaged or cut off"),
    "cut-off.warc.gz": (1, "the record there is broken: it is cut off"),
    "cut-off.zip": (0, "the archive is damaged or cut off"),
    "deep.json": (0, "the object is nested too deeply"),
    "empty.html": (0, "it is empty"),
    "empty.zip": (0, "it holds no article"),
    "encrypted.zip": (0, "it is encrypted"),
    "error-page.html": (0, "it is an error page, not an article"),
    "event.ninjs.json": (0, "it is of the type 'event', not a text"),
    "flipped-byte.zip": (1, "it cannot be decompressed: "),
    "impossible-date.eml": (1, "date: "),
    "links-and-devices.tar": (0, "it is a link or a device, not a file"),
    "listing.html": (0, "it is a list of links to articles"),
    "names-leading-out.zip": (1, "its name leads out of the archive"),
    "no-pages.mets.xml": (0, "page A3 of the issue is missing: "),
    "no-pages.warc": (0, "it holds no article"),
    "no-parts.mhtml": (0, "it holds no page"),
    "no-text.pdf": (0, "it has no text layer, only pictures of its pages"),
    "no-version.warc": (2, "the record there is broken: "),
    "no-words.eml": (0, "an article needs a headline or a body"),
    "not-a.pdf": (0, "the PDF is damaged, or cannot be read"),
    "office.docx": (0, "it has no text"),
    "old-office.doc": (0, "it is an old Office file"),
    "packed.txt.lz4": (0, "it is compressed by lz4"),
    "paywall.html": (0, "a paywall left only the beginning of the article"),
    "pocket.csv": (0, "it lists 1 link of Pocket, without their text: "),
    "picture.newsml.xml": (0, "its item class is 'picture', not a text"),
    "references.md": (0, "its front matter cannot be read: it has YAML aliases"),
    "six-containers-deep.zip": (0, "it is nested in more than 4 containers"),
    "unclosed.md": (0, "its front matter cannot be read: "),
    "unknown.xml": (0, "it is XML of an unsupported kind"),
    "wrong-length.warc": (1, "the record there is broken: it is cut off"),
}
"""For each broken file the number of its articles, and the start of a reason."""


@pytest.mark.parametrize("name", EXPECTED)
def test_valid_file_gives_its_article(name: str) -> None:
    article, *others = read_path(CORPORA / "formats" / name)
    assert isinstance(article, Article)
    found = {field for field, value in article.to_dict().items() if value} - {"id", "path", "provenance"}
    assert {field for field in found if not article.provenance.get(field)} == set()
    stated = {"id": name, "headline": HEADLINE, "body": BODY, **EXPECTED[name]}
    stated.setdefault("path", stated["id"] if str(stated["id"]).startswith(f"{name}/") else name)
    assert dataclasses.replace(article, provenance=None) == Article(**stated)  # type: ignore[arg-type]
    results = [each.headline if isinstance(each, Article) else f"{each.place}: {each.reason}" for each in others]
    assert results == OTHERS.get(name, [])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain.md", {"headline": "the first line", "body": "the text"}),
        ("ninjs3.json", {"headline": "headlines", "body": "bodies", "date": "firstcreated", "source": "infosources"}),
        ("item.newsml.xml", {"headline": "headline", "body": "inlineXML", "date": "firstCreated"}),
        ("mail.eml", {"headline": "Subject", "body": "text/plain", "date": "Date", "source": "From"}),
        ("text.txt", {"headline": "line 1", "date": "a line below the headline", "section": "boilerplate"}),
        ("page.pdf", {"headline": "the document's title", "date": "a line below the headline"}),
        ("singlefile.html", {"headline": "h1", "date": "article:published_time", "url": "a comment"}),
    ],
)
def test_provenance_names_the_origin_of_each_field(name: str, expected: dict[str, str]) -> None:
    article = read_path(CORPORA / "formats" / name)[0]
    assert isinstance(article, Article)
    assert {field: article.provenance.get(field) for field in expected} == expected


def test_every_valid_file_has_an_expectation() -> None:
    assert {path.name for path in (CORPORA / "formats").iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_file_gives_whole_articles_and_a_reason(name: str) -> None:
    count, reason = BROKEN[name]
    found = read_path(CORPORA / "broken" / name)
    skips = [each for each in found if isinstance(each, Skip)]
    assert len(found) - len(skips) == count
    assert any(skip.reason.startswith(reason) for skip in skips), skips
    assert all(skip.place.startswith(name) for skip in skips)


NITF = """<nitf><head><tobject><tobject.subject tobject.subject.type="Weather"/></tobject>
<docdata><date.issue norm="20230201T073000+0100"/><doc.copyright holder="The Gazette"/></docdata>
<pubdata ex-ref="https://marrow.example/1"/></head><body><body.head><hedline><hl1>Storm</hl1></hedline>
<note><body.content><p>For editors.</p></body.content></note><byline>By <person>Jo Fenn</person></byline>
<byline>and <person>Al Roe</person></byline><dateline><location>Marrow</location><story.date>Feb. 1</story.date>
</dateline><abstract><p>It blew.</p></abstract></body.head>{}</body></nitf>"""


@pytest.mark.parametrize("is_within", [False, True], ids=["nitf", "newsml"])
@pytest.mark.parametrize("text", ["", "It blew all night."])
def test_nitf_notes_are_left_out_and_authors_joined(text: str, is_within: bool, tmp_path: Path) -> None:
    data = NITF.format(f"<body.content><p>{text}</p></body.content>")
    if is_within:
        data = f"<newsItem guid='a.xml'><contentSet><inlineXML>{data}</inlineXML></contentSet></newsItem>"
    (tmp_path / "a.xml").write_text(data)
    assert read_path(tmp_path / "a.xml") == [
        Article(
            "a.xml", "Storm", text or "It blew.", MOMENT, byline="Jo Fenn, Al Roe", dateline="Marrow Feb. 1",
            source="The Gazette", keywords=["Weather"], url="https://marrow.example/1", path="a.xml",
        )
    ]  # fmt: skip


def test_entities_of_nitf_are_not_resolved() -> None:
    (article,) = read_path(CORPORA / "broken" / "entities.nitf.xml")
    assert isinstance(article, Article)
    assert article.body == "Before &c; and &file; after."


def test_every_broken_file_has_an_expectation_and_a_description() -> None:
    names = {path.name for path in (CORPORA / "broken").iterdir()}
    assert names == {*BROKEN, "entities.nitf.xml"}
    assert names == set(re.findall(r"(?<=[| ])[\w-]+(?:\.\w+)+(?=[ ,])", (CORPORA / "README.md").read_text("utf-8")))


def test_folder_of_all_formats_builds_with_any_number_of_jobs(tmp_path: Path) -> None:
    alone = searchidx.build(CORPORA, index=tmp_path / "one", jobs=1)
    several = searchidx.build(CORPORA, index=tmp_path / "more", jobs=2)
    assert alone == several
    assert alone.added > 30
    with searchidx.open(tmp_path / "one") as one, searchidx.open(tmp_path / "more") as more:
        assert one.fingerprint == more.fingerprint
        assert one.search('"Cape Marrow"').total > 20
    again = searchidx.build(CORPORA, index=tmp_path / "one")
    assert (again.added, again.updated, again.unchanged, again.removed) == (0, 0, alone.added, 0)
    assert again.skipped == alone.skipped


@pytest.mark.parametrize(("name", "library", "extra"), [("page.pdf", "pypdf", "pdf"), ("crawl.warc", "warcio", "warc")])
def test_missing_package_is_named_and_a_later_build_reads_the_file(
    name: str, library: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / name
    source.write_bytes((CORPORA / "formats" / name).read_bytes())
    with monkeypatch.context() as without:
        without.setitem(sys.modules, library, None)
        report = searchidx.build(source, index=tmp_path / "index")
        ((_, reason),) = report.skipped
        assert f"install searchidx[{extra}]" in reason
    assert searchidx.build(source, index=tmp_path / "index").added > 0


def answer(body: bytes, *headers: bytes) -> bytes:
    """A server's response with a page, as a record of a web archive."""
    http = b"".join(b"%b\r\n" % line for line in (b"HTTP/1.1 200 OK", b"Content-Type: text/html", *headers, b"")) + body
    return (
        (
            b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://marrow.example/%d\r\nWARC-Date: "
            b"2023-02-02T10:00:01Z\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n"
            % (len(http), len(http))
        )
        + http
        + b"\r\n\r\n"
    )


CHUNKED, BROTLI = b"Transfer-Encoding: chunked", b"Content-Encoding: br"


def test_pages_in_web_archives_are_decompressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (CORPORA / "formats" / "page.html").read_bytes()
    packed, zipped = brotli.compress(page), gzip.compress(page)
    chunks = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (100, packed[:100], len(packed) - 100, packed[100:])
    bomb = brotli.compress(bytes(100 << 20), quality=1)
    records = [
        answer(page), answer(zipped, b"Content-Encoding: gzip"),
        answer(zlib.compress(page), b"Content-Encoding: deflate"), answer(packed, BROTLI),
        answer(chunks, BROTLI, CHUNKED), answer(page + b" ", BROTLI), answer(bomb, BROTLI),
        answer(zstandard.compress(page), b"Content-Encoding: zstd"), answer(b"x" * 70_000_000 + page),
    ]  # fmt: skip
    (tmp_path / "a.warc").write_bytes(b"".join(records))
    found = read_path(tmp_path / "a.warc")
    results = [each.headline if isinstance(each, Article) else each.reason for each in found]
    assert results == [*[HEADLINE] * 6, "it is larger than 64 MB", HEADLINE, "it is larger than 64 MB"]
    monkeypatch.setitem(sys.modules, "brotli", None)
    reasons = [each.reason for each in read_path(tmp_path / "a.warc") if isinstance(each, Skip)]
    assert reasons[0] == "it is compressed by brotli: install searchidx[warc] to read it"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_broken_record_is_skipped_alone_in_any_compression(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    page = (CORPORA / "formats" / "page.html").read_bytes()
    records = [answer(page + b" " * n) for n in range(4)]
    records[1] = records[1].replace(b"WARC/1.0", b"WXRC/1.0")
    (tmp_path / "a.warc").write_bytes(pack(b"".join(records)))
    first, skip, *others = read_path(tmp_path / "a.warc")
    assert [isinstance(each, Article) for each in (first, skip, *others)] == [True, False, True, True]
    assert isinstance(skip, Skip)
    assert (skip.place, skip.damaged) == (f"a.warc@{len(records[0])}", True)


def test_expansion_of_all_members_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_file, "MIN_BUDGET", 1 << 20)
    (skip,) = read_path(CORPORA / "broken" / "bomb.zip")
    assert isinstance(skip, Skip)
    assert skip.place == "bomb.zip/bomb.txt"
    assert skip.reason.startswith("it unpacks to more than 200 times its size")


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.zip.tar.xz"])
def test_member_too_large_for_memory_is_read_as_a_stream(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (tar_archive, zip_archive):
        monkeypatch.setattr(module, "MAX_FILE", 10_000)
    records = "".join(f'{{"id": "r{n}", "headline": "Rain {n}"}}\n' for n in range(500))
    members = {"a.jsonl": records.encode(), "b.txt": b"Snow\n\nIt fell.\n", "c.warc": WARC, "d.html": bytes(70_000)}
    folder = io.BytesIO()
    if name == "a.zip":
        with zipfile.ZipFile(folder, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in members.items():
                archive.writestr(member, data)
    else:
        with tarfile.open(fileobj=folder, mode=f"w:{name.partition('tar.')[2]}") as tar:
            for member, data in members.items():
                info = tarfile.TarInfo(member)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    path = tmp_path / name
    path.write_bytes(folder.getvalue())
    found = read_path(path)
    articles = [each for each in found if isinstance(each, Article)]
    assert [each.id for each in articles[:500]] == [f"r{n}" for n in range(500)]
    assert [each.headline for each in articles[500:]] == ["Snow", *[HEADLINE, "Ferry late again"] * 5]
    assert {each.path for each in articles[:500]} == {f"{name}/a.jsonl"}
    assert Skip(f"{name}/d.html", "it is binary data, not text") in found


def test_file_with_too_many_skips_in_a_row_is_abandoned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(article_reader, "_MAX_SKIPS_IN_A_ROW", 3)
    path = tmp_path / "a.jsonl"
    path.write_text("{}\n" * 3 + '{"headline": "Rain"}\n' + "{}\n" * 9)
    found = read_path(path)
    assert len(found) == 3 + 1 + 3 + 1
    assert found[-1] == Skip("a.jsonl", "3 records in a row cannot be read: the rest of the file is skipped")


def test_members_are_read_one_at_a_time() -> None:
    file = SourceFile(CORPORA / "formats" / "folder.tar.gz", "folder.tar.gz")
    names = []
    for document in iter_documents(file):
        assert not isinstance(document, Skip)
        names.append(document.file.name)
        assert len(list(read_document(document))) == 1
    assert names == [
        "folder.tar.gz/pages/lighthouse.html",
        "folder.tar.gz/ferry.txt.gz",
        "folder.tar.gz/more/folder.zip/pages/lighthouse.html",
        "folder.tar.gz/more/folder.zip/ferry.txt",
    ]


def test_false_web_archive_is_abandoned_quickly(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(b"WARC/1.0\r\n" + b"\x1f\x8b\x08\0" * 200_000)
    skips = read_path(path)
    assert len(skips) == 2
    assert isinstance(skips[1], Skip)
    assert skips[1].reason == "100 records in a row are broken: the rest is skipped"


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_oversized_tar_header_is_not_read(tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo("a.txt")
    info.type, info.size = kind, 1 << 32
    path = tmp_path / "a.tar"
    path.write_bytes(info.tobuf() + bytes(10_240))
    (skip,) = read_path(path)
    assert isinstance(skip, Skip)
    assert skip.reason == "the archive is damaged or cut off: a header states a length of 4,294,967,296 bytes"


def corrupt(data: bytes, rng: random.Random) -> bytes:
    """Change, delete, repeat or truncate some bytes."""
    corrupted = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        if not corrupted:
            break
        at = rng.randrange(len(corrupted))
        length = rng.randint(1, 40)
        kind = rng.randrange(5)
        if kind == 0:
            corrupted[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del corrupted[at : at + length]
        elif kind == 2:
            corrupted[at:at] = corrupted[at : at + length] * rng.randint(1, 5)
        elif kind == 3:
            corrupted[at : at + length] = rng.randbytes(length)
        else:
            del corrupted[max(at, len(corrupted) // 2) :]
    return bytes(corrupted)


def fuzz(name: str, times: int, tmp_path: Path) -> None:
    """Check that corrupted files give articles or expected skips, in bounded time and memory."""
    data = (CORPORA / "formats" / name).read_bytes()
    rng = random.Random(name)
    path = tmp_path / name
    read_path(CORPORA / "formats" / name)  # import its format before measuring
    started, memory = time.process_time(), peak_memory()
    for _ in range(times):
        path.write_bytes(corrupt(data, rng))
        items = read_path(path)
        assert items
        for each in items:
            if isinstance(each, Skip):
                assert each.reason
                assert not each.reason.startswith(UNEXPECTED_ERROR), each
                assert each.place.startswith(name)
            else:
                assert each.has_text
                assert each.path.startswith(name)
    assert time.process_time() - started < 5 + times
    assert peak_memory() - memory < 300


def peak_memory() -> int:
    """The peak memory of this process in MB; 0 if the system does not report it."""
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


@pytest.mark.parametrize("name", EXPECTED)
def test_corrupted_file_raises_nothing(name: str, tmp_path: Path) -> None:
    fuzz(name, 12, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("name", EXPECTED)
def test_many_corruptions_of_a_file_raise_nothing(name: str, tmp_path: Path) -> None:
    fuzz(name, 100 if REDUCED else 1_000, tmp_path)


def test_unexpected_exception_of_a_parser_skips_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Rain\n\nIt fell.\n")
    monkeypatch.setattr(plain_text, "parse_article", lambda *_: {}["x"])
    assert read_path(path) == [Skip("a.txt", f"{UNEXPECTED_ERROR}: KeyError: 'x'")]


MAIL = b"From: a@b.example\nSubject: Rain\nDate: Wed, 01 Feb 2023 10:00:00 +0000\n"


@pytest.mark.parametrize(
    ("name", "begin", "again"),
    [
        *(
            ("a.md", b"# Rain\n\n", again)
            for again in (
                b"![", b"[a](", b"[", b"[^", b"{{<", b"**a ", b"***a ", b"__a", b"_a", b"*", b"`", b"- ", b"> ", b"# ",
                b"|-", b"   ", b"---\n", b"\n", b"a #", b"\\", b"&#", b"    \n",
            )
        ),
        ("a.md", b"---\n", b"\n \n"), ("a.md", b"---\na: ", b"["), ("a.md", b"+++\na", b".a"),
        *(("a.txt", b"Rain\n", again) for again in (b"a", b"- ", b"\"", b"LONDON, ", b"By ", b"\n ", b"1 ", b". ")),
        ("a.eml", MAIL + b"X: ", b"=?utf-8?q?a?= "), ("a.eml", MAIL + b"Content-Type: text/plain", b"; a*0=b"),
        ("a.eml", MAIL, b"A: b\n"), ("a.eml", b"Subject: Rain\nDate: x\nFrom: ", b"(a"),
        ("a.eml", MAIL + b"Content-Type: multipart/mixed; boundary=b\n\n", b"--b\n\nx\n"),
        ("a.eml", MAIL, b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"),
        ("a.xml", b"<rss><channel>", b"<item/>"), ("a.xml", b"<feed>", b"<entry><link href='a'/>"),
        *(
            ("a.xml", begin, again)
            for begin, again in (
                (b"<alto><Page>", b"<String CONTENT='a-'/>"), (b"<alto><Page>", b"<TextBlock ID='a'>"),
                (b"<alto>", b"<Page/>"), (b"<alto><Page>", b"<TextLine><String CONTENT='a'/><HYP/></TextLine>"),
                (b"<mets>", b"<structMap>"), (b"<mets><structMap>", b"<div TYPE='ARTICLE'/>"),
                (b"<mets><structMap>", b"<div TYPE='SECTION'>"), (b"<mets>", b"<dmdSec><title>a</title></dmdSec>"),
                (b"<mets><structLink>", b"<smLink/>"), (b"<PcGts><Page>", b"<TextRegion>"),
                (b"<PcGts><Page>", b"<TextRegion id='a'/>"), (b"<TEI><text><body>", b"<div type='article'>"),
                (b"<TEI><text><body>", b"<div type='article'><p>a"), (b"<TEI><text><body>", b"<lb/>a-"),
                (b"<TEI><text><body>", b"<div><head/></div>"), (b"<teiCorpus>", b"<TEI/>"),
            )
        ),
        ("a.ris", b"TY  - NEWS\n", b"KW  - a\n"),
        ("a.ris", b"TY  - NEWS\nTI  - a\n", b"b\n"),
        ("a.ris", b"", b"TY  - NEWS\nTI  - a\n"),
        ("a.json", b'[{"slug":"a","savedAt":"', b'"slug":'),
        ("a.json", b'{"list":', b"{"), ("a.html", b"<title>", b"<html"),
        ("a.html", b"<html data-sfz>", b"PK\x05\x06"), ("a.html", b"<html data-sfz>", b"PK\x03\x04"),
        ("a.rdf", b'<rdf:RDF xmlns:z="http://www.zotero.org/namespaces/export#">', b"<a/>"),
        ("a.rdf", b'<rdf:RDF xmlns:z="http://www.zotero.org/namespaces/export#">', b"<a><itemType>news</itemType></a>"),
        ("a.fodt", b"<office:document mimetype='opendocument.text'>", b"<p>a"),
        ("a.fodt", b"<office:document mimetype='opendocument.text'><p>", b"<note><p>a</p></note>"),
        ("a.fodt", b"<office:document mimetype='opendocument.text'>", b"<p><s/>a</p>"),
        ("a.hocr", b"<div class='ocr_page'>", b"<div class='ocr_page'>"),
        ("a.hocr", b"<div class='ocr_page'>", b"<span class='ocr_line'>a "),
        ("a.xml", b"<nitf>", b"<a>"), ("a.xml", b"<newsMessage>", b"<newsItem/>"),
        ("a.json", b"[", b"["), ("a.json", b"[", b'{"a":'), ("a.json", b"[", b'{"a":1 '), ("a.jsonl", b"", b'{"a":[\n'),
        ("a.csv", b"headline,body\n", b'"'), ("a.csv", b"headline,body\n", b","), ("a.csv", b"headline,body", b",x"),
        ("a.warc", b"WARC/1.0\r\n", b"A: b\r\n"), ("a.mbox", b"From a 10:00\nA: b\n\n", b"From a 10:00\n\n"),
        ("a.pdf", b"%PDF-1.4\n", b"1 0 obj <</A [ "), ("a.md", b"# Rain\n\n", b"<!--"), ("a.md", b"# Rain\n\n", b"<a"),
    ],
)  # fmt: skip
def test_endless_repetition_is_read_in_bounded_time(name: str, begin: bytes, again: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(begin + again * (300_000 // len(again)))
    started, memory = time.process_time(), peak_memory()
    for _ in read_file(SourceFile(path, name)):
        pass
    assert time.process_time() - started < 20  # quadratic time would be minutes
    assert peak_memory() - memory < 300
