"""Digitised newspapers: issues of several libraries' kinds, pages alone, and words that the end of a line parts."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from source_files import read_path, read_source

import searchidx
from searchidx import Article
from searchidx.sources import Skip, SourceFile, byte_stream, mets, read_file
from searchidx.sources.ocr_page import OcrWord, join_words

METS = (
    '<m:mets xmlns:m="http://www.loc.gov/METS/" xmlns:mods="http://www.loc.gov/mods/v3" '
    'xmlns:xlink="http://www.w3.org/1999/xlink">{}</m:mets>'
)
MODS = '<m:dmdSec ID="{}"><m:mdWrap><m:xmlData><mods:mods>{}</mods:mods></m:xmlData></m:mdWrap></m:dmdSec>'
ISSUE = MODS.format(
    "ISSUE",
    "<mods:titleInfo><mods:title>Marrow Gazette</mods:title></mods:titleInfo><mods:language><mods:languageTerm>fre"
    "</mods:languageTerm></mods:language><mods:originInfo><mods:dateIssued>03.05.1890</mods:dateIssued></mods:originInfo>",
)


def files(*names: str) -> str:
    """The section of files: for each page an image and a text."""
    one = (
        '<m:file ID="I{0}" MIMETYPE="image/jp2"><m:FLocat xlink:href="file://./img/{1}.jp2"/></m:file>'
        '<m:file ID="T{0}" MIMETYPE="text/xml"><m:FLocat LOCTYPE="URL" xlink:href="file://./{1}"/></m:file>'
    )
    listed = "".join(one.format(n, name) for n, name in enumerate(names, 1))
    return f"<m:fileSec><m:fileGrp>{listed}</m:fileGrp></m:fileSec>"


def area(page: int, begin: str, end: str = "") -> str:
    """A pointer at words of a page."""
    stop = f' END="{end}"' if end else ""
    return f'<m:fptr><m:area FILEID="T{page}" BETYPE="IDREF" BEGIN="{begin}"{stop}/></m:fptr>'


def div(kind: str, content: str = "", **attributes: str) -> str:
    """A division."""
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<m:div TYPE="{kind}"{more}>{content}</m:div>'


def pages(*numbers: str) -> str:
    """The physical structure."""
    each = "".join(
        div("page", f'<m:fptr FILEID="I{n}"/><m:fptr FILEID="T{n}"/>', ORDER=str(n), ORDERLABEL=number)
        for n, number in enumerate(numbers, 1)
    )
    return f'<m:structMap TYPE="PHYSICAL">{div("physSequence", each)}</m:structMap>'


def logical(content: str, kind: str = ' TYPE="LOGICAL"') -> str:
    """The logical structure of an issue."""
    return f"<m:structMap{kind}>{div('Newspaper', div('ISSUE', content, DMDID='ISSUE'))}</m:structMap>"


def alto(*blocks: str, wc: str = "0.8") -> str:
    """A page; lines of a block are parted by `/`. Blocks are named b1, b2 …, and all words of the page w1, w2 …"""
    parts, count = [], 0
    for n, block in enumerate(blocks, 1):
        lines = []
        for line in block.split("/"):
            words = []
            for word in line.split():
                count += 1
                words.append(f'<String ID="w{count}" CONTENT="{word}" WC="{wc}"/>')
            lines.append(f"<TextLine>{'<SP/>'.join(words)}</TextLine>")
        parts.append(f'<TextBlock ID="b{n}">{"".join(lines)}</TextBlock>')
    page = f"<Page ID='P' PHYSICAL_IMG_NR='7'><PrintSpace>{''.join(parts)}</PrintSpace></Page>"
    return f"<alto><Layout>{page}</Layout></alto>"


PAGES = {
    "alto/1.xml": alto("Lamp relit", "The light/shone.", "Ferry late"),
    "alto/2.xml": alto("It sank.", "Soap!", wc="60"),
}


def write(folder: Path, contents: dict[str, str]) -> Path:
    """Write the files of a batch."""
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def read_folder(folder: Path) -> list[Article | Skip]:
    """What all files of a folder give; notes on parts are left out."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    found = [item for path in paths for item in read_file(SourceFile(path, path.relative_to(folder).as_posix()))]
    return [item for item in found if isinstance(item, Article) or not item.part_of]


def articles(found: list[Article | Skip]) -> list[tuple[str, str, str, str]]:
    assert all(isinstance(each, Article) for each in found), found
    return [(a.headline, a.body, a.section, a.page) for a in found if isinstance(a, Article)]


FERRY = div("ARTICLE", div("HEADLINE", area(1, "b3")) + div("BODY", div("PARAGRAPH", area(2, "b1"))), ID="a2")
NESTED = logical(
    div("TITLE_SECTION", div("TEXTBLOCK", area(1, "b1")))
    + div("CONTENT", div("ARTICLE", div("HEADING", div("TITLE", area(1, "b1"))) + div("BODY", area(1, "b2")), ID="a1")
    + div("SECTION", div("BODY", FERRY), LABEL="Coast")
    + div("SECTION", div("BODY_CONTENT", div("Advertisement", area(2, "b2"), ID="a3", LABEL="Adv. 1 Page 2"))))
)  # fmt: skip
SECOND = div("pagearea", area(2, "w1", "w2"), ID="p3") + div("pagearea", area(2, "b2"), ID="p4")
LINKED = (
    logical(div("ARTICLE", ID="a1") + div("ARTICLE", ID="a2", LABEL="Ferry late") + div("ADVERT", ID="a3"))
    + '<m:structMap TYPE="PHYSICAL">'
    + div("page", div("pagearea", area(1, "w1", "w2"), ID="p1") + div("pagearea", area(1, "w3", "w5"), ID="p2"), ID="p")
    + div("page", '<m:fptr FILEID="T2"/>' + SECOND, ORDERLABEL="II")
    + '</m:structMap><m:structLink><m:smLinkGrp><m:smLocatorLink xlink:href="#a1"/><m:smLocatorLink xlink:href="#p1"/>'
    '<m:smLocatorLink xlink:href="#p2"/></m:smLinkGrp><m:smLink xlink:from="#a2" xlink:to="#p3"/>'
    '<m:smLink xlink:from="a3" xlink:to="p4"/></m:structLink>'
)  # fmt: skip
UNTYPED = logical(
    div("ARTIKEL", div("TITEL", area(1, "b1")) + area(1, "b2"), ID="a1")
    + div("ARTIKEL", area(2, "b1"), ID="a2", LABEL="Ferry late") + div("ADVERTENTIE", area(2, "b2"), ID="a3"), "",
)  # fmt: skip
KINDS = {
    "nested": (pages("1", "II") + NESTED, ("Coast", "1")),
    "linked": (LINKED, ("", "II")),
    "untyped": (pages("1", "II") + UNTYPED, ("", "II")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_issue_of_any_library_gives_its_articles(kind: str, tmp_path: Path) -> None:
    structure, (section, page) = KINDS[kind]
    issue = METS.format(ISSUE + files("alto/1.xml", "alto/2.xml") + structure)
    found = read_folder(write(tmp_path, {"issue.xml": issue, **PAGES}))
    first = ("Lamp relit", "The light shone.", "", "" if kind == "linked" else "1")
    assert articles(found)[1:] == [("Ferry late", "It sank.", section, page), ("Soap!", "Soap!", "advertisement", "II")]
    assert articles(found)[0][:3] == first[:3]
    assert [(a.id, str(a.date), a.source, a.language) for a in found if isinstance(a, Article)] == [
        (f"issue.xml#a{n}", "1890-05-03", "Marrow Gazette", "fr") for n in (1, 2, 3)
    ]
    assert [a.ocr for a in found if isinstance(a, Article)][::2] == [0.8, 0.6]


def pack_zip(folder: Path) -> Path:
    path = folder.parent / "batch.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in sorted(folder.rglob("*.xml"), reverse=True):
            archive.write(each, f"batch/{each.relative_to(folder).as_posix()}")
    return path


def pack_tar(folder: Path) -> Path:
    path = folder.parent / "batch.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, "./batch")
    return path


@pytest.mark.parametrize("pack", [pack_zip, pack_tar])
def test_issue_in_an_archive_gives_the_same_articles(pack: Callable[[Path], Path], tmp_path: Path) -> None:
    issue = METS.format(ISSUE + files("alto/1.xml", "alto/2.xml") + pages("1", "II") + NESTED)
    folder = write(tmp_path / "batch", {"issue.xml": issue, **PAGES})
    found = read_path(pack(folder))
    packed = [each for each in found if isinstance(each, Article)]
    assert articles(list(packed)) == articles(read_folder(folder))
    assert sorted(each.place[-10:] for each in found if isinstance(each, Skip)) == ["alto/1.xml", "alto/2.xml"]


def test_issue_in_a_folder_of_its_own_is_found(tmp_path: Path) -> None:
    issue = METS.format(ISSUE + files("alto/1.xml", "alto/2.xml") + pages("1", "2") + NESTED)
    found = read_folder(
        write(
            tmp_path,
            {"x/mets/issue.xml": issue, "x/alto/1.xml": PAGES["alto/1.xml"], "x/alto/2.xml": PAGES["alto/2.xml"]},
        )
    )
    assert len(articles(found)) == 3


def test_issue_without_articles_gives_its_pages(tmp_path: Path) -> None:
    issue = METS.format(ISSUE + files("1.xml", "2.xml") + pages("1", "II"))
    found = read_folder(
        write(tmp_path, {"issue.xml": issue, "1.xml": PAGES["alto/1.xml"], "2.xml": PAGES["alto/2.xml"]})
    )
    assert articles(found) == [
        ("Marrow Gazette, 1890-05-03, page 1", "Lamp relit\nThe light shone.\nFerry late", "", "1"),
        ("Marrow Gazette, 1890-05-03, page II", "It sank.\nSoap!", "", "II"),
    ]


def test_articles_that_share_a_whole_page_are_not_told_apart(tmp_path: Path) -> None:
    both = "".join(div("article", '<m:fptr FILEID="T1"/>', ID=id) for id in "ab")
    issue = METS.format(ISSUE + files("1.xml") + pages("1") + logical(both))
    found = read_folder(write(tmp_path, {"issue.xml": issue, "1.xml": PAGES["alto/1.xml"]}))
    assert [headline for headline, *_ in articles(found)] == ["Marrow Gazette, 1890-05-03, page 1"]


def test_text_of_a_section_outside_articles_is_an_article(tmp_path: Path) -> None:
    section = div(
        "SECTION",
        div("HEADING", area(1, "b1")) + div("BODY", area(1, "b2") + div("ARTICLE", area(1, "b3"), ID="a")),
        ID="s",
    )
    issue = METS.format(ISSUE + files("1.xml") + pages("1") + logical(section))
    found = read_folder(write(tmp_path, {"issue.xml": issue, "1.xml": PAGES["alto/1.xml"]}))
    assert [each[:2] for each in articles(found)] == [("Lamp relit", "The light shone."), ("Ferry late", "Ferry late")]


def test_missing_page_is_named_and_a_date_comes_from_the_name(tmp_path: Path) -> None:
    two = div("ARTICLE", area(1, "b2"), ID="a") + div("ARTICLE", area(2, "b1"), ID="b")
    issue = METS.format(files("1.xml", "2.xml") + pages("1", "2") + logical(two))
    skip, article = read_folder(write(tmp_path, {"g_18900503_mets.xml": issue, "1.xml": PAGES["alto/1.xml"]}))
    assert isinstance(article, Article)
    assert (str(article.date), article.source) == ("1890-05-03", "")
    assert skip == Skip("g_18900503_mets.xml", "page 2 of the issue is missing: there is no file file://./2.xml")


def test_reference_out_of_the_root_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"secret.xml": alto("Secret", "words"), "root/x.xml": "<a/>"})
    for reference in ("../secret.xml", str(tmp_path / "secret.xml"), "file:///../../secret.xml", "%2e%2e/secret.xml"):
        issue = METS.format(
            files("1.xml").replace("file://./1.xml", reference) + logical(div("ARTICLE", area(1, "b1")))
        )
        write(tmp_path, {"root/issue.xml": issue})
        found = list(read_file(SourceFile(tmp_path / "root" / "issue.xml", "issue.xml")))
        assert [type(each) for each in found] == [Skip]


def test_repeated_areas_do_not_multiply_a_page(tmp_path: Path) -> None:
    many = "".join(div("ARTICLE", area(1, "b1", f"w{n}"), ID=f"a{n}") for n in range(2, 200))
    issue = METS.format(files("1.xml") + pages("1") + logical(many))
    found = read_folder(write(tmp_path, {"issue.xml": issue, "1.xml": alto(" ".join(["word"] * 200))}))
    skips = [each.reason for each in found if isinstance(each, Skip)]
    assert "the articles of the issue repeat the page too often: the rest is left out" in skips
    assert sum(len(each.body.split()) for each in found if isinstance(each, Article)) <= 4 * 200


def test_page_is_read_alone_or_with_its_issue_as_files_come_and_go(tmp_path: Path) -> None:
    issue = METS.format(ISSUE + files("alto/1.xml", "alto/2.xml") + pages("1", "II") + NESTED)
    source, index = tmp_path / "source", tmp_path / "index"

    def build() -> tuple[int, int, int, int, int]:
        report = searchidx.build(source, index=index)
        return report.added, report.updated, report.unchanged, report.removed, len(report.skipped)

    write(source, PAGES)
    assert build() == (2, 0, 0, 0, 0)
    write(source, {"issue.xml": issue})
    assert build() == (3, 0, 0, 2, 0)
    assert build() == (0, 0, 3, 0, 0)
    write(source, {"alto/2.xml": PAGES["alto/2.xml"].replace("sank", "swam")})
    assert build()[:4] == (0, 1, 2, 0)
    (source / "issue.xml").unlink()
    assert build() == (2, 0, 0, 3, 0)
    with searchidx.open(index) as archive:
        assert archive.search("swam page:7 ocr:<0.7").total == 1


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("The light- / house shone", "The lighthouse shone"),
        ("New- / York", "New-York"),
        ("the PARLIA- / MENT", "the PARLIAMENT"),
        ("1914- / 18", "1914-18"),
        ("a kee¬ / Per", "a keePer"),
        ("he said -- / then", "he said -- then"),
        ("a dash - / then", "a dash - then"),
        ("soft\u00ad / ly", "softly"),
        ("well-known / man", "well-known man"),
        ("light- / ; house", "light- ; house"),
    ],
)
def test_word_that_a_line_end_parts_is_joined(lines: str, text: str) -> None:
    words = [OcrWord(word, n, 0) for n, line in enumerate(lines.split("/")) for word in line.split()]
    assert join_words([words]) == [text]


def test_stated_hyphenation_joins_across_lines_columns_and_pages(tmp_path: Path) -> None:
    page = (
        "<alto><Layout><Page><PrintSpace><TextBlock><TextLine><String CONTENT='kee' SUBS_TYPE='HypPart1' "
        "SUBS_CONTENT='keeper'/><HYP CONTENT='-'/></TextLine><TextLine><String CONTENT='per' SUBS_TYPE='HypPart2' "
        "SUBS_CONTENT='keeper'/><SP/><String CONTENT='of'/><SP/><String CONTENT='har'/><HYP/></TextLine></TextBlock>"
        "<TextBlock><TextLine><String CONTENT='bours'/></TextLine></TextBlock></PrintSpace></Page></Layout></alto>"
    )
    (article,) = read_source(tmp_path, page, "a.xml")
    assert isinstance(article, Article)
    assert (article.body, article.ocr) == ("keeper of harbours", None)


def test_page_alone_is_an_article_headed_by_its_first_line(tmp_path: Path) -> None:
    (article,) = read_source(tmp_path, alto("It rained all/day long."), "a.xml")
    assert isinstance(article, Article)
    assert (article.headline, article.body, article.page) == ("It rained all day long.", "It rained all day long.", "7")
    (skip,) = read_source(tmp_path, alto(), "b.xml")
    assert skip == Skip("b.xml", "the page has no text", damaged=False)


def test_lines_of_a_page_are_read_with_and_without_words(tmp_path: Path) -> None:
    line = "<TextLine>{}</TextLine>"
    word = "<Word><TextEquiv conf='{}'><Unicode>{}</Unicode></TextEquiv></Word>"
    other = "<TextRegion><TextEquiv><Unicode>No\nlines</Unicode></TextEquiv></TextRegion>"
    page = "<PcGts><Page><TextRegion>{}</TextRegion>" + other + "</Page></PcGts>"
    content = line.format(word.format(0.5, "Lamp") + word.format(0.7, "relit"))
    (article,) = read_source(tmp_path, page.format(content), "a.xml")
    assert isinstance(article, Article)
    assert (article.headline, article.body, article.ocr) == ("Lamp relit", "No lines", 0.6)


def test_each_text_of_a_corpus_and_each_headed_division_is_an_article(tmp_path: Path) -> None:
    divisions = "<div><head>{}</head><p>a<lb break='no'/>b c-<lb/>d</p></div><div><head>{}</head><p>x</p></div>"
    one = f"<TEI><text><body>{divisions}</body></text></TEI>"
    found = read_source(tmp_path, f"<teiCorpus>{one.format('A', 'B')}{one.format('C', 'D')}</teiCorpus>", "a.xml")
    assert [each[:2] for each in articles(found)] == [("A", "ab cd"), ("B", "x"), ("C", "ab cd"), ("D", "x")]
    assert len({each.id for each in found if isinstance(each, Article)}) == 4


def test_parts_of_a_huge_folder_are_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issue = METS.format(files(*(f"{n}.xml" for n in range(300))))
    write(tmp_path, {"issue.xml": issue, **{f"{n}.xml": alto("a") for n in range(300)}})
    parsed: list[int] = []
    findall = mets._HREF.findall

    class Counted:
        @staticmethod
        def findall(data: bytes) -> list[bytes]:
            parsed.append(len(data))
            return findall(data)

    monkeypatch.setattr(mets, "_HREF", Counted)
    assert read_folder(tmp_path)
    assert len(parsed) == 1


def test_damaged_member_of_an_archive_is_a_missing_page(tmp_path: Path) -> None:
    issue = METS.format(ISSUE + files("1.xml") + pages("1") + logical(div("ARTICLE", area(1, "b1"), ID="a")))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("issue.xml", issue)
        archive.writestr("1.xml", alto("Lamp relit"))
    (tmp_path / "a.zip").write_bytes(data.getvalue().replace(b'CONTENT="Lamp"', b'CONTENT="Lomp"'))
    skips = [each for each in read_path(tmp_path / "a.zip") if isinstance(each, Skip)]
    assert any("cannot be decompressed" in each.reason for each in skips)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("0002244_18550922_0001.xml", "1855-09-22"), ("g-1890-05-03.xml", "1890-05-03"),
        ("scan_20190508_1.xml", None), ("18553922.xml", None),
    ],
)  # fmt: skip
def test_page_alone_is_dated_by_its_name_unless_that_may_be_the_scan(
    name: str, day: str | None, tmp_path: Path
) -> None:
    (article,) = read_source(tmp_path, alto("It rained."), name)
    assert isinstance(article, Article)
    assert (str(article.date) if article.date else None) == day


@pytest.mark.parametrize(
    ("label", "headline", "body"),
    [
        ("Lamp relit again", "Lamp relit again", "Lamp relit\nThe light shone."),
        ("Lamp relit.", "Lamp relit.", "The light shone."),
        ("Article 3", "Lamp relit", "The light shone."),
    ],
)
def test_label_that_repeats_the_first_block_is_not_read_twice(
    label: str, headline: str, body: str, tmp_path: Path
) -> None:
    unit = div("ARTICLE", area(1, "b1") + area(1, "b2"), ID="a", LABEL=label)
    issue = METS.format(ISSUE + files("1.xml") + pages("1") + logical(unit))
    found = read_folder(write(tmp_path, {"issue.xml": issue, "1.xml": PAGES["alto/1.xml"]}))
    assert [each[:2] for each in articles(found)] == [(headline, body)]


def test_lines_of_a_page_that_name_their_article_make_one_each(tmp_path: Path) -> None:
    def line(article: str, text: str) -> str:
        custom = f"readingOrder {{index:0;}} structure {{id:{article}; type:article;}}" if article else ""
        return f'<TextLine custom="{custom}"><TextEquiv><Unicode>{text}</Unicode></TextEquiv></TextLine>'

    first = line("a1", "Lamp relit") + line("a2", "Ferry late")
    second = line("a1", "The light-") + line("a1", "house shone.") + line("a2", "It sank.") + line("", "Printed here.")
    page = f"<PcGts><Page><TextRegion>{first}</TextRegion><TextRegion>{second}</TextRegion></Page></PcGts>"
    one, two, skip = read_source(tmp_path, page, "a.xml")
    assert articles([one, two]) == [("Lamp relit", "The lighthouse shone.", "", ""), ("Ferry late", "It sank.", "", "")]
    assert [each.id for each in (one, two) if isinstance(each, Article)] == ["a.xml#a1", "a.xml#a2"]
    assert skip == Skip("a.xml", "2 words of the page are in none of its articles, and are left out", damaged=False)


def test_archive_of_many_issues_is_passed_over_a_few_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{n}.xml" for n in range(20)]
    issue = METS.format(ISSUE + files(*names) + pages(*map(str, range(20))))
    contents = {"issue.xml": issue, **{name: alto(f"Words of {name}") for name in names}}
    order = sorted(contents, key=lambda name: name[::-1])
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        for name in order:
            info = tarfile.TarInfo(name)
            info.size = len(contents[name])
            archive.addfile(info, io.BytesIO(contents[name].encode()))
    passes: list[int] = []
    rewind = byte_stream.DecompressedStream._rewind
    monkeypatch.setattr(byte_stream.DecompressedStream, "_rewind", lambda self: (passes.append(1), rewind(self))[1])
    found = [each for each in read_path(tmp_path / "a.tar.gz") if isinstance(each, Article)]
    assert len(found) == 20
    assert len(passes) < 6
