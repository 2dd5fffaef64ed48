"""Collections: libraries, reading lists and archives of pages, with their snapshots, in folders and archives."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from source_files import read_path, read_source

import searchidx
from searchidx import Article
from searchidx.sources import Skip, SourceFile, read_file

PAGE = (Path(__file__).parent.parent / "corpora" / "formats" / "page.html").read_text("utf-8")
MOMENT = "2023-02-01T07:30:00+01:00"
HEADLINE = "Lighthouse relit after forty years"
WARC = (Path(__file__).parent.parent / "corpora" / "formats" / "crawl.warc").read_bytes()


def write(folder: Path, contents: dict[str, str | bytes]) -> Path:
    for name, data in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def read_folder(folder: Path) -> list[Article | Skip]:
    """What all files of a folder give; notes on parts are left out."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    found = [item for path in paths for item in read_file(SourceFile(path, path.relative_to(folder).as_posix()))]
    return [item for item in found if isinstance(item, Article) or not item.part_of]


def fields(item: Article | Skip, *names: str) -> tuple[Any, ...]:
    assert isinstance(item, Article), item
    return tuple(str(value) if (value := getattr(item, name)) and name == "date" else value for name in names)


RDF = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:z="http://www.zotero.org/namespaces/export#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"
 xmlns:bib="http://purl.org/net/biblio#"
 xmlns:foaf="http://xmlns.com/foaf/0.1/" xmlns:link="http://purl.org/rss/1.0/modules/link/"
 xmlns:prism="http://prismstandard.org/namespaces/1.2/basic/">
<bib:Article rdf:about="https://marrow.example/2023/02/01/lighthouse"><z:itemType>newspaperArticle</z:itemType>
<dcterms:isPartOf><bib:Newspaper><dc:title>The Gazette of Marrow</dc:title></bib:Newspaper></dcterms:isPartOf>
<bib:authors>
<rdf:Seq><rdf:li><foaf:Person>
<foaf:surname>Fenn</foaf:surname><foaf:givenName>Joanna</foaf:givenName></foaf:Person></rdf:li></rdf:Seq>
</bib:authors>
<link:link rdf:resource="#item_7"/>
<dc:subject>lamps</dc:subject>
<dc:subject><z:AutomaticTag><rdf:value>sea</rdf:value></z:AutomaticTag></dc:subject>
<dc:title>Lighthouse relit</dc:title>
<dc:date>2023-02-01</dc:date><bib:pages>A1</bib:pages><prism:edition>Late</prism:edition>
<dcterms:dateSubmitted>2024-05-05 10:00:00</dcterms:dateSubmitted>
<dcterms:abstract>A summary.</dcterms:abstract></bib:Article>
<z:Attachment rdf:about="#item_7"><z:itemType>attachment</z:itemType>
<rdf:resource rdf:resource="files/7/light house.html"/>
<dc:title>Snapshot</dc:title><link:type>text/html</link:type></z:Attachment>
<bib:Document rdf:about="#item_8"><z:itemType>webpage</z:itemType>
<dcterms:isPartOf>
<z:Website><dc:title>Marrow Blog</dc:title></z:Website></dcterms:isPartOf>
<dc:title>No snapshot</dc:title><dcterms:abstract>Only &lt;p&gt;this.&lt;/p&gt;</dcterms:abstract></bib:Document>
<bib:Book rdf:about="urn:isbn:1"><z:itemType>book</z:itemType><dc:title>Lamps</dc:title></bib:Book>
<bib:Memo rdf:about="#item_9"><rdf:value>a note</rdf:value></bib:Memo>
</rdf:RDF>
"""
RIS = """TY  - NEWS
TI  - Lighthouse relit
AU  - Fenn, Joanna
T2  - The Gazette of Marrow
DA  - 2023/02/01/
SP  - A1
ET  - Late
KW  - lamps
KW  - sea
UR  - https://marrow.example/2023/02/01/lighthouse
L2  - files/7/light house.html
ER  -\x20

TY  - ELEC
TI  - No snapshot
T2  - Marrow Blog
AB  - Only
this.
ER  -\x20

TY  - BOOK
TI  - Lamps
ER  -\x20
"""
BETTER = {
    "config": {"label": "BetterBibTeX JSON"},
    "items": [
        {
            "itemType": "newspaperArticle", "title": "Lighthouse relit", "publicationTitle": "The Gazette of Marrow",
            "date": "2023-02-01", "pages": "A1", "edition": "Late", "tags": [{"tag": "lamps"}, {"tag": "sea"}],
            "creators": [{"creatorType": "author", "firstName": "Joanna", "lastName": "Fenn"}],
            "url": "https://marrow.example/2023/02/01/lighthouse",
            "attachments": [{"path": "files/7/light house.html"}],
        },
        {"itemType": "webpage", "title": "No snapshot", "websiteTitle": "Marrow Blog", "abstractNote": "Only this."},
        {"itemType": "book", "title": "Lamps"},
    ],
}  # fmt: skip
LIBRARIES = {"lib.rdf": RDF, "lib.ris": RIS, "lib.json": json.dumps(BETTER)}


@pytest.mark.parametrize("name", LIBRARIES)
def test_items_of_a_library_correct_their_snapshots(name: str, tmp_path: Path) -> None:
    snapshot = {
        "files/7/light house.html": PAGE,
        "files/7/frame.html": "<html><p>An advertisement in a frame.</p></html>",
    }
    first, second, skip = read_folder(write(tmp_path, {name: LIBRARIES[name], **snapshot}))
    assert fields(first, "headline", "date", "byline", "source", "section", "page", "edition", "keywords") == (
        "Lighthouse relit", "2023-02-01T07:30:00+01:00", "Joanna Fenn", "The Gazette of Marrow", "Coast", "A1", "Late",
        ("lamps", "sea"),
    )  # fmt: skip
    assert isinstance(first, Article)
    assert first.body.startswith("The lighthouse at Cape Marrow")
    assert fields(second, "headline", "date", "source") == ("No snapshot", None, "Marrow Blog")
    assert " ".join(fields(second, "body")[0].split()) == "Only this."
    assert isinstance(skip, Skip)
    assert skip.reason.startswith(("its type is 'book'", "its type is 'BOOK'"))


def test_library_in_an_archive_is_read_with_its_snapshots(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("Export/files/7/light house.html", PAGE)
        archive.writestr("Export/Export.rdf", RDF)
    (tmp_path / "a.zip").write_bytes(data.getvalue())
    found = [each for each in read_path(tmp_path / "a.zip") if isinstance(each, Article)]
    assert [each.headline for each in found] == ["Lighthouse relit", "No snapshot"]


def test_library_and_snapshots_build_once_and_follow_changes(tmp_path: Path) -> None:
    source, index = tmp_path / "source", tmp_path / "index"
    write(source, {"lib.rdf": RDF, "files/7/light house.html": PAGE})
    assert searchidx.build(source, index=index).added == 2
    assert searchidx.build(source, index=index).unchanged == 2
    write(source, {"files/7/light house.html": PAGE.replace("Several hundred", "A few dozen")})
    assert searchidx.build(source, index=index).updated == 1
    (source / "lib.rdf").unlink()
    report = searchidx.build(source, index=index)
    assert (report.added, report.removed) == (1, 2)


def test_references_in_csl_json_are_articles_of_their_headline(tmp_path: Path) -> None:
    items = [
        {
            "id": "fenn2023", "type": "article-newspaper", "title": HEADLINE, "container-title": "Gazette",
            "page": "A1",
            "author": [{"family": "Fenn", "given": "Jo"}, {"literal": "Marrow News"}], "URL": "https://marrow.example/1",
            "issued": {"date-parts": [["2023", 2, 1]]}, "accessed": {"date-parts": [[2024, 1, 1]]},
        },
        {"id": "b", "type": "book", "title": "Lamps", "issued": {"date-parts": [[1999]]}},
    ]  # fmt: skip
    article, skip = read_source(tmp_path, json.dumps(items), "a.json")
    assert fields(article, "id", "headline", "date", "byline", "source", "page", "url") == (
        "fenn2023", HEADLINE, "2023-02-01", "Jo Fenn, Marrow News", "Gazette", "A1", "https://marrow.example/1",
    )  # fmt: skip
    assert skip == Skip("a.json:2", "its type is 'book': no article of a newspaper, magazine or website", damaged=False)


def test_nyt_api_documents_give_abstract_and_first_paragraph(tmp_path: Path) -> None:
    article = {
        "_id": "nyt://article/1", "headline": {"main": HEADLINE, "kicker": "Coast", "print_headline": "Lamp"},
        "abstract": "It shone.", "lead_paragraph": "It shone again on Tuesday.", "pub_date": "2023-02-01T10:00:00+0000",
        "byline": {"original": "By Jo Fenn", "person": []}, "section_name": "World", "print_section": "A",
        "print_page": "3", "source": "The New York Times", "web_url": "https://nyt.example/2023/02/01/l.html",
        "keywords": [{"name": "subject", "value": "Lighthouses", "rank": 1}, {"name": "glocations", "value": "Marrow"}],
    }  # fmt: skip
    data = json.dumps({"copyright": "c", "response": {"docs": [article], "meta": {"hits": 1}}})
    (found,) = read_source(tmp_path, data, "a.json")
    assert fields(found, "id", "headline", "body", "date", "byline", "section", "page", "keywords", "source") == (
        "nyt://article/1", HEADLINE, "It shone again on Tuesday.", "2023-02-01T10:00:00+00:00", "Jo Fenn",
        "World", "A3",        ("Lighthouses", "Marrow"), "The New York Times",
    )  # fmt: skip


def test_entries_of_wallabag_are_dated_by_their_publication(tmp_path: Path) -> None:
    entry = {
        "is_archived": 0, "is_starred": 0, "id": 1, "url": "https://marrow.example/1", "title": "Rain &amp; sea",
        "content": "<p>It <b>fell</b>.</p>\n<p>Then it stopped.</p>", "created_at": "2024-05-05T10:00:00+0200",
        "published_at": "2023-02-01T07:30:00+0100", "published_by": ["Jo Fenn"], "domain_name": "www.marrow.example",
        "reading_time": 1, "tags": ["sea"], "language": "en_GB",
    }  # fmt: skip
    undated = {**entry, "url": "https://marrow.example/2", "published_at": None}
    failed = {
        **entry,
        "url": "https://marrow.example/3",
        "content": "wallabag can't retrieve contents for this article.",
    }
    one, two, skip = read_source(tmp_path, json.dumps([entry, undated, failed]), "a.json")
    assert fields(one, "headline", "body", "date", "byline", "source", "keywords", "language") == (
        "Rain & sea", "It fell.\nThen it stopped.", "2023-02-01T07:30:00+01:00", "Jo Fenn", "marrow.example", ("sea",),
        "en-GB",
    )  # fmt: skip
    assert fields(two, "date") == (None,)
    assert skip == Skip("a.json:3", "it is a link that wallabag saved without its text", damaged=False)


LINK = "https://marrow.example/1"
LISTS = {
    "pocket.html": f'<!DOCTYPE html>\n<html>\n<head><meta charset="UTF-8"><title>Pocket Export</title></head><body><ul>'
    f'<li><a href="{LINK}" time_added="1" tags="">Rain</a></li><li><a href="{LINK}2">Sea</a></li></ul></body></html>',
    "pocket.csv": f"title,url,time_added,tags,status\nRain,{LINK},1675000000,,unread\nSea,{LINK}2,1675000000,,unread\n",
    "instapaper.csv": f"URL,Title,Selection,Folder,Timestamp\n{LINK},Rain,,Unread,1675\n{LINK}2,Sea,,Unread,1675\n",
    "bookmarks.html": "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>B</TITLE><DL>"
    f"<DT><A HREF='{LINK}'>Rain</A><DT><A HREF='{LINK}2'>Sea</A></DL>",
    "omnivore.json": json.dumps([{"slug": "a", "title": "Rain", "url": LINK, "savedAt": "x"}] * 2),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_list_of_links_is_a_skip_that_names_it(name: str, tmp_path: Path) -> None:
    (skip,) = read_source(tmp_path, LISTS[name], name)
    assert isinstance(skip, Skip)
    assert skip.reason.startswith("it lists 2 links ")
    assert "without their text" in skip.reason
    assert not skip.damaged


def test_omnivore_export_with_content_gives_its_articles(tmp_path: Path) -> None:
    link = {
        "id": "1", "slug": "rain", "title": HEADLINE, "author": "Jo Fenn", "url": LINK, "readingProgress": 0,
        "savedAt": "2024-01-01T00:00:00Z", "publishedAt": "2023-02-01T06:30:00.000Z", "labels": ["sea"],
    }  # fmt: skip
    contents: dict[str, str | bytes] = {"content/rain.html": PAGE, "highlights/rain.md": "> light"}
    (article,) = read_folder(write(tmp_path, {"metadata_0_to_20.json": json.dumps([link]), **contents}))
    assert fields(article, "headline", "date", "url", "keywords") == (HEADLINE, MOMENT, LINK, ("sea",))


SNAPSHOT = {
    "archive_path": "archive/1700000000.5", "base_url": "marrow.example/1", "bookmarked_date": "2023-11-14 22:13",
    "canonical": {"wget_path": "marrow.example/1/index.html"}, "history": {"dom": ["x" * 5000]},
    "timestamp": "1700000000.5", "title": "Lighthouse | Gazette", "url": LINK, "tags": "sea,lamps",
}  # fmt: skip


def test_snapshot_of_archivebox_is_one_article(tmp_path: Path) -> None:
    box = "archive/1700000000.5"
    contents: dict[str, str | bytes] = {
        f"{box}/index.json": json.dumps(SNAPSHOT, indent=4), f"{box}/index.html": "<html><h1>ArchiveBox</h1></html>",
        f"{box}/singlefile.html": "<html></html>", f"{box}/output.html": PAGE, f"{box}/htmltotext.txt": "Lighthouse",
        f"{box}/readability/content.html": PAGE, f"{box}/marrow.example/1/index.html": PAGE,
        f"{box}/warc/1.warc.gz": gzip.compress(WARC), "archive/1700000001/index.html": PAGE,
    }  # fmt: skip
    one, other = read_folder(write(tmp_path, contents))
    assert fields(one, "id", "headline", "date", "url", "path") == (
        box, HEADLINE, "2023-02-01T07:30:00+01:00", LINK, f"{box}/output.html",
    )  # fmt: skip
    assert fields(other, "id") == ("archive/1700000001/index.html",)


def test_snapshot_without_text_says_why(tmp_path: Path) -> None:
    contents: dict[str, str | bytes] = {"a/index.json": json.dumps(SNAPSHOT), "a/screenshot.png": b"\x89PNG"}
    (skip,) = read_folder(write(tmp_path, contents))
    assert skip == Skip("a/index.json", "the ArchiveBox snapshot holds no page with text", damaged=False)


def test_record_with_an_address_and_a_time_is_no_snapshot(tmp_path: Path) -> None:
    (article,) = read_source(
        tmp_path, json.dumps({"url": LINK, "timestamp": 1675000000, "title": "Rain"}), "index.json"
    )
    assert isinstance(article, Article)


@pytest.mark.parametrize("after", ["", "--><script>unpack()</script></html>" + "x" * 70_000])
def test_self_extracting_page_gives_its_article(after: str, tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", PAGE)
        archive.writestr("images/0.png", b"\x89PNG")
        archive.writestr("frames/0/index.html", "<p>An advertisement</p>")
    start = b"<!doctype html><html data-sfz><meta charset=utf-8><title>Page</title><!--"
    (article,) = read_source(tmp_path, start + data.getvalue() + after.encode(), "a.html")
    assert fields(article, "id", "headline") == ("a.html", HEADLINE)
    (skip,) = read_source(tmp_path, start + data.getvalue()[:-30], "b.html")
    assert isinstance(skip, Skip)
    assert skip.damaged


def test_web_archive_collection_gives_the_pages_of_its_records(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("datapackage.json", json.dumps({"profile": "data-package", "title": "Crawl", "resources": []}))
        archive.writestr("archive/data.warc.gz", gzip.compress(WARC))
        archive.writestr("indexes/index.cdx", "com,marrow)/ 2023 {}")
        archive.writestr("pages/pages.jsonl", json.dumps({"url": LINK, "title": "Page", "text": "Words of the page."}))
    (tmp_path / "a.wacz").write_bytes(data.getvalue())
    found = read_path(tmp_path / "a.wacz")
    assert [each.headline for each in found if isinstance(each, Article)] == [HEADLINE, "Ferry late again"]
    assert all("archive/data.warc.gz" in (each.path if isinstance(each, Article) else each.place) for each in found)


def test_attachment_outside_of_the_root_is_not_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"secret/page.html": PAGE, "root/lib.ris": RIS.replace("files/7/light house.html", "../secret/page.html")},
    )
    path = tmp_path / "root" / "lib.ris"
    first = next(iter(read_file(SourceFile(path, "lib.ris"))))
    assert fields(first, "headline", "body") == ("Lighthouse relit", "")
