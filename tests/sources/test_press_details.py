# ruff: noqa: E501 - markup as the databases write it
"""What downloads of press databases look like beside the usual: dates, labels and layouts of single databases."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from searchidx.article import Article
from searchidx.sources.article_reader import read_file
from searchidx.sources.press.press_article import split_section
from searchidx.sources.press.printed_dates import find_date, parse_time
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from tests.sources.press_samples import PIECES, Line, docx, nexis_lines, rtf

DATES = {
    "May 23, 2023 Tuesday 1:42 PM GMT": "2023-05-23T13:42:00+00:00",
    "10 January 2018 Wednesday": "2018-01-10",
    "domingo 3 marzo 2013": "2013-03-03",
    "December 19, 1991, Sunday, An Edition": "1991-12-19",
    "Politique, mardi 14 mars 2006, p. 12": "2006-03-14",
    "2018 年 10 月 7 日 17:04": "2018-10-07T17:04:00",
    "2018년 10월 7일 일요일": "2018-10-07",
    "9. Januar 1993": "1993-01-09",
    "1er mars 2014": "2014-03-01",
    "5 de octubre de 2013": "2013-10-05",
    "23 de maio de 2023 terça-feira": "2023-05-23",
    "08 May 2010: AA.2.": "2010-05-08",
    "2004-12-29 09:31": "2004-12-29T09:31:00",
    "March 5-11, 2014": "2014-03-05",
    "5-11 mars 2014": "2014-03-05",
    "05-04-2018": "2018-04-05",
    "Politique, mars 2010, p. 12": "2010-03",
    "Freitag, 02.03.2018": "2018-03-02",
    "11.05.2004 18.00 Uhr": "2004-05-11T18:00:00",
    "5 января 2015": "2015-01-05",
    "le samedi 3 octobre 2015 à 18h30": "2015-10-03T18:30:00",
    "March 2010": "2010-03",
    "Spring 2010": "2010",
    "29-DEC-2011": "2011-12-29",
    "02/13/2023": "2023-02-13",
    "1 marzec 2023": "2023-03-01",
    "5 октомври 2023, 13:05": "2023-10-05T13:05:00",
    "Ekonomi, 12 Kasım 2023, s. 4": "2023-11-12",
    "2023. október 5.": "2023-10-05",
    "2023年10月5號": "2023-10-05",
    "październik 2023": "2023-10",
}
NO_DATES = (
    "Documents (50)",
    "02/03/2018",
    "A man of 2011 things",
    "Marchers 5, 2010",
    "853 words",
    "14.03.98",
    "14-Mar-98",
    "Agenda pro 2011",
    "Informe de marca 2010",
)
IMPOSSIBLE_DATES = {
    "30 February 2023": "there is no day 2023-02-30",
    "Politique, mercredi 30 février 2023, p. 12": "there is no day 2023-02-30",
    "February 30, 2023 Thursday 1:42 PM GMT": "there is no day 2023-02-30",
    "2023年2月30日": "there is no day 2023-02-30",
    "2023 年 2 月 30 號": "there is no day 2023-02-30",
    "2023년 2월 30일 목요일": "there is no day 2023-02-30",
    "2023年13月": "there is no month 13 in the year 2023",
    "31.02.2023": "there is no day 2023-02-31",
    "2023-02-29 09:31": "there is no day 2023-02-29",
    "02/30/2023": "there is no day 2023-02-30",
    "30/02/2023": "there is no day 2023-02-30",
    "31 kwietnia 2023": "there is no day 2023-04-31",
    "2023. február 30.": "there is no day 2023-02-30",
}


@pytest.mark.parametrize("text", DATES)
def test_date_printed_by_a_press_database_is_read(text: str) -> None:
    found = find_date(text)
    assert found is not None
    assert str(found.date) == DATES[text]


@pytest.mark.parametrize("text", NO_DATES)
def test_ambiguous_date_is_not_guessed(text: str) -> None:
    assert find_date(text) is None


@pytest.mark.parametrize("text", IMPOSSIBLE_DATES)
def test_date_that_does_not_exist_is_an_error_and_never_corrected(text: str) -> None:
    found = find_date(text)
    assert found is not None
    assert (found.date, found.error) == (None, IMPOSSIBLE_DATES[text])


def test_line_around_a_date_that_does_not_exist_is_cut_like_any_other() -> None:
    found = find_date("Politique, jeudi 30 février 2023 18h30, p. 12")
    assert found is not None
    assert (found.before, found.after) == ("Politique", "p. 12")


def test_word_count_or_impossible_hour_is_not_a_time() -> None:
    assert str(parse_time("15:32")) == "15:32:00"
    assert str(parse_time("5:04 PM GMT")) == "17:04:00+00:00"
    assert parse_time("853 words") is None
    assert parse_time("25:00") is None


@pytest.mark.parametrize(
    ("text", "section", "page"),
    [
        ("Section 5; Part 2; Page 16; Column 2; National Desk", "Section 5; Part 2; National Desk", "16"),
        ("INTERNATIONAL; Pg. 35", "INTERNATIONAL", "35"),
        ("Pg. B22", "", "B22"),
        ("BUSINESS; Version:1", "BUSINESS", ""),
        ("Politik; S. 4-5", "Politik", "4-5"),
        ("NEWS", "NEWS", ""),
    ],
)
def test_section_line_is_split_into_section_and_page(text: str, section: str, page: str) -> None:
    assert split_section(text) == (section, page)


def read_items(name: str, data: bytes | str) -> list[Article | Skip]:
    data = data.encode() if isinstance(data, str) else data
    return list(read_file(SourceFile(Path("unused"), name, data=data)))


def articles_in(name: str, data: bytes | str) -> list[Article]:
    return [each for each in read_items(name, data) if isinstance(each, Article)]


def test_mail_of_proquest_that_lost_spaces() -> None:
    page = (
        '<html><body><p>Email 1 of 1</p><div><a name="x_DocID_0"></a><p><strong>Ferry returns</strong></p>'
        '<p><a href="https://search.proquest.com/docview/111222333?accountid=1">ProQuest document link</a></p>'
        "<p><strong>Abstract:  </strong></p>Outside of a paragraph<div></div>"
        '<p><strong>Full text:  </strong><html><head><title>t</title></head><body><text wordcount="4"><p>It <b>said:</b> yes.</p>'
        "<p>Two.</p></text></body></html></p><p><strong>Subject:  </strong>Ports; Ships;</p>"
        "<p><strong>Author:  </strong>Anonymous</p><p><strong>Publicationtitle:  </strong>Ledger, Eastern; Port, Me.</p>"
        "<p><strong>Publication date:  </strong>Jan 11, 2 009</p><p><strong>Pages: </strong>AA.2</p></div></body></html>"
    )
    (article,) = articles_in("a.html", page)
    assert (article.headline, article.id, str(article.date)) == ("Ferry returns", "111222333", "2009-01-11")
    assert (article.source, article.page, article.byline) == ("Ledger, Eastern", "AA.2", "")
    assert article.body == "It said: yes.\nTwo."
    assert article.keywords == ("Ports", "Ships")


def test_press_article_with_an_impossible_date_keeps_its_fields_and_names_the_date() -> None:
    page = (
        '<a name="DocID_0"></a><p><b>Ferry returns</b></p><p><strong>Publication title:  </strong>Ledger</p>'
        "<p><strong>Publication date:  </strong>Feb 30, 2023</p><p><strong>Publication info:  </strong>Ledger 28 Feb 2023"
        "</p><p><strong>Year:  </strong>2023</p><p><strong>Full text: </strong>It did.</p>"
    )
    article, skip = read_items("a.html", page)
    assert isinstance(article, Article)
    assert (article.headline, article.source, article.date, article.body) == (
        "Ferry returns",
        "Ledger",
        None,
        "It did.",
    )
    assert isinstance(skip, Skip)
    assert (skip.place, skip.damaged) == ("a.html#1", False)
    assert skip.reason == "there is no day 2023-02-30: the article is read without a date"


def test_impossible_date_of_a_wide_script_is_no_month() -> None:
    page = (
        '<div class="article zhcnArticle"><div class="zhcnHeadline">渡轮回来了</div><div>853 字</div><div>2023 年 2 月 30 日</div>'
        "<div>17:04</div><div>北方日报</div><div>NORTHD</div><div>简体中文</div><div>© 2023</div>"
        '<p class="articleParagraph zhcnarticleParagraph">渡轮在周一回来了。</p></div>'
    )
    article, *skips = read_items("a.html", page)
    assert isinstance(article, Article)
    assert (article.headline, article.date, article.source) == ("渡轮回来了", None, "北方日报")
    assert any("there is no day 2023-02-30" in skip.reason for skip in skips if isinstance(skip, Skip))


def test_proquest_publication_info_is_split_into_source_date_and_page() -> None:
    page = (
        '<a name="DocID_0"></a><p><b>Ferry returns</b></p><p><strong>Publication info:  </strong>Los Angeles Times ; Los '
        "Angeles, Calif. [Los Angeles, Calif]08 May 2010: AA.2.</p><p><strong>Full text: </strong>It did.</p>"
    )
    (article,) = articles_in("a.html", page)
    assert (article.source, str(article.date), article.page) == ("Los Angeles Times", "2010-05-08", "AA.2")


def test_proquest_result_list_with_texts_gives_each_article() -> None:
    page = "<html><body>" + "".join(
        f'<div class="documentTitle">Title {n}</div><span class="titleAuthorETC">Doe, Jane. </span><span class="titleAuthorETC">'
        f'<strong>Ledger</strong>; Port [Port]0{n} May 2010: A{n}.</span><text wordcount="3"><p>Text of {n}.</p></text>'
        f'<a href="https://www.proquest.com/docview/55566{n}">x</a>'
        for n in (1, 2)
    )
    one, two = articles_in("a.html", page)
    assert (one.headline, one.source, str(one.date), one.body) == ("Title 1", "Ledger", "2010-05-01", "Text of 1.")
    assert (two.id, two.page, two.byline) == ("555662", "A2", "Doe, Jane")


def test_old_nexis_with_labelled_headline_and_text() -> None:
    text = (
        "                     1 of 1 DOCUMENT\n\n                Copyright 1996 Ledger Company\n\n                     The Ledger\n\n"
        "                  March 5, 1996, Tuesday\n\nSECTION: News; Pg. 4\n\nLENGTH: 5 words\n\nHEADLINE: Ferry returns to\nthe port\n\n"
        "BYLINE: By Jane Doe\n\nBODY:\n   The ferry came back.\n\nIt was late.\n\nLANGUAGE: ENGLISH\n\nLOAD-DATE: March 6, 1996\n"
    )
    (article,) = articles_in("a.txt", text)
    assert (article.headline, article.source, str(article.date)) == (
        "Ferry returns to the port",
        "The Ledger",
        "1996-03-05",
    )
    assert (article.byline, article.section, article.page) == ("Jane Doe", "News", "4")
    assert article.body == "The ferry came back.\nIt was late."


def test_nested_names_of_europresse_are_one_article() -> None:
    page = "<html><body>" + "".join(
        f'<article><header><div class="rdp__DocPublicationName"><span class="DocPublicationName">Le Monde, no. 21 524</span></div>'
        f'<span class="DocHeader">Économie, lundi 3 mai 2021 1 234 mots, p. {n}</span><p class="titreArticleVisu rdp__articletitle">'
        f'Titre {n}</p></header><div class="docOcurrContainer"><p>Texte.</p></div><footer>news·20210503·LM·{n}abc</footer></article>'
        for n in (1, 2)
    )
    for each in (page, page.replace("article>", "table>").replace("<article", "<table")):
        articles = articles_in("a.html", each)
        assert [article.headline for article in articles] == ["Titre 1", "Titre 2"]
        assert (articles[0].source, articles[0].section, articles[0].page) == ("Le Monde", "Économie", "1")
        assert (articles[1].id, str(articles[1].date)) == ("news·20210503·LM·2abc", "2021-05-03")


def test_factiva_page_in_chinese_keeps_all_fields() -> None:
    page = (
        '<div class="article zhcnArticle"><div id="hd">标题</div><div>1,234 字</div><div>2018 年 10 月 7 日 17:04</div><div>新华社</div>'
        '<div>XINHUA</div><div>简体中文</div><div>(c) 2018</div><p class="articleParagraph">第一段。</p><p>新华社</p>'
        "<p>文件 XINHUA0020181007eea7000b5</p></div>"
    )
    (article,) = articles_in("a.html", page)
    assert (article.headline, article.source, article.body) == ("标题", "新华社", "第一段。")
    assert (str(article.date), article.language) == ("2018-10-07T17:04:00", "zh-Hans")


def test_unknown_language_of_nexis_without_bookmarks_is_skipped() -> None:
    words = {"End of Document": "Fino", "Body": "Korpo", "Length": "Longo", "Section": "Parto", "Byline": "Verkis",
             "Classification": "Klasifiko", "Language": "Lingvo", "Subject": "Afero", "Load-Date": "Dato"}  # fmt: skip
    lines = nexis_lines(PIECES, cover=False, bookmarks=False)
    for old, new in words.items():
        lines = [Line(line.text.replace(old, new), line.bold, "", "") for line in lines]
    for name, data in (("a.docx", docx(lines)), ("a.rtf", rtf(lines))):
        (skip,) = read_items(name, data)
        assert isinstance(skip, Skip)
        assert "Nexis" in skip.reason


def test_article_of_nexis_without_body_or_headline() -> None:
    """A picture has no text, and a table no headline; neither takes the article beside it."""
    lines = nexis_lines(PIECES, cover=False)
    at = next(n for n, line in enumerate(lines) if line.text == PIECES[1].headline)
    del lines[at]
    texts = [n for n, line in enumerate(lines) if line.text in PIECES[2].paragraphs]
    for n in reversed(texts):
        del lines[n]
    articles = articles_in("a.docx", docx(lines))
    assert [article.source for article in articles] == [piece.source for piece in PIECES]
    assert [article.headline for article in articles] == [PIECES[0].headline, "", PIECES[2].headline]
    assert [bool(article.body) for article in articles] == [True, True, False]


def test_list_without_texts_is_skipped() -> None:
    lines = nexis_lines(PIECES)
    end = next(n for n, line in enumerate(lines) if line.bookmark)
    (skip,) = read_items("a.docx", docx(lines[:end]))
    assert isinstance(skip, Skip)
    assert "full documents" in skip.reason


def test_zip_of_downloads_is_opened() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for n, piece in enumerate(PIECES):
            archive.writestr(f"{n}.docx", docx(nexis_lines([piece])))
    found = articles_in("a.zip", target.getvalue())
    assert [article.headline for article in found] == [piece.headline for piece in PIECES]


def test_film_with_its_year_is_no_number_of_documents() -> None:
    lines = nexis_lines(PIECES[:1], cover=False)
    lines[1] = Line("Blackmail (1929)", bold=True)
    items = read_items("a.docx", docx(lines))
    assert [type(item) for item in items] == [Article]


def test_article_of_a_web_page_in_old_nexis() -> None:
    text = (
        f"{'1 of 2 DOCUMENTS':^78}\n\n{'nrc.nl':^78}\n\nhttp://nrc.example/a/1\n\n{'March 5, 2016 Saturday 1:35 PM GMT':^78}\n\n"
        f"Ferry returns\n\n312 words\n\nThe ferry came back.\n\n{'FOCUS - 2 of 2 DOCUMENTS':^78}\n\nLate title first\n\n{'The Ledger':^78}\n\n"
        f"{'March 6, 2016 Sunday':^78}\n{'10:15 AM GMT':^78}\n\nLENGTH: 4 words\n\nIt was very late.\n\nLANGUAGE: ENGLISH\n"
    )
    one, two = articles_in("a.txt", text)
    assert (one.headline, one.source, one.url) == ("Ferry returns", "nrc.nl", "http://nrc.example/a/1")
    assert (str(one.date), one.body) == ("2016-03-05T13:35:00+00:00", "The ferry came back.")
    assert (two.headline, two.source, str(two.date)) == ("Late title first", "The Ledger", "2016-03-06T10:15:00+00:00")
    assert (two.body, two.edition) == ("It was very late.", "")


def test_author_below_the_headline_of_old_nexis() -> None:
    text = (
        f"{'1 of 1 DOCUMENT':^78}\n\n{'The Ledger':^78}\n\n{'Winter 2008/2009':^78}\n\nFerry returns to\nthe port\n\nJane Doe\n\n"
        "LENGTH: 4 words\n\nIt was very late.\n\nLOAD-DATE: March 6, 1996\n"
    )
    (article,) = articles_in("a.txt", text)
    assert (article.headline, article.byline, str(article.date)) == ("Ferry returns to the port", "Jane Doe", "2008")


def test_apa_html_gives_headline_source_section_page_and_time() -> None:
    page = "<html><body>" + "".join(
        f'<div class="eintrag"><pre>"Der Standard" Nr. 123{n} vom 1{n}.05.2004 18.00 Uhr Seite: {n}\nRessort: Chronik</pre>'
        f"<h3>Titel {n}</h3><p>Absatz eins.</p><p>Absatz zwei.</p></div>"
        for n in (1, 2)
    )
    one, two = articles_in("a.html", page)
    assert (one.headline, one.source, one.section, one.page) == ("Titel 1", "Der Standard", "Chronik", "1")
    assert (str(two.date), two.body) == ("2004-05-12T18:00:00", "Absatz eins.\nAbsatz zwei.")


ORDINARY = {
    "about.html": "<html><head><title>Lighthouse firm buys ProQuest</title></head><body><article><h1>Lighthouse firm buys ProQuest</h1>"
    "<div class='endArticle subHeadline'></div>"
    + "<p>The firm that owns APA DeFacto and Factiva said so on Monday in the harbour. "
    "It was the largest purchase of its history, and nobody in the harbour had known of it.</p>"
    * 6
    + '<a href="https://global.factiva.com/login">Factiva</a></article></body></html>',
    "end.txt": "Minutes of the council\n\nThe council met.\n\nSearch terms: none were used, said the clerk.\n\nEnd of Document\n",
    "about.txt": "A firm buys APA DeFacto\n\nThe firm paid for APA-DeFacto.\n\nDocument 1 of 1\n\nIt said: nothing.\n",
    "list.txt": "What to see\n\n1. The lighthouse\n\n2. The ferry\n\nOpen since 5 May 2011, said the town, 300 words long.\n",
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_article_is_no_download(name: str) -> None:
    assert len(articles_in(name, ORDINARY[name])) == 1


def test_rtf_of_factiva_without_bold_headlines_and_with_its_summary() -> None:
    lines = []
    for n, piece in enumerate(PIECES[:2], 1):
        texts = [piece.headline, piece.byline, f"{piece.words} words", "1 February 2023", "10:15", piece.source, "HARB", "English",
                 "Copyright 2023 Harbour", *piece.paragraphs, "Harbour Media Limited", f"Document {piece.accession}"]  # fmt: skip
        lines += [Line(text) for text in (["NEWS", *texts] if n == 1 else texts)]
    lines += [Line("Search Summary"), Line("Results Found"), Line("2"), Line("5 January 2015 10:20")]
    items = read_items("a.rtf", rtf(lines))
    assert [type(item) for item in items] == [Article, Article]
    for item, piece in zip(items, PIECES, strict=False):
        assert isinstance(item, Article)
        assert (item.headline, item.source, item.byline) == (piece.headline, piece.source, piece.byline)
        assert str(item.date) == "2023-02-01T10:15:00"
        assert item.body.split("\n") == list(piece.paragraphs)


def test_id_of_the_cover_is_that_of_an_article_without_a_link() -> None:
    lines = [
        Line(line.text, line.bold, line.bookmark, line.link if line.text[:1].isdigit() else "")
        for line in nexis_lines(PIECES)
    ]
    assert [article.id for article in articles_in("a.docx", docx(lines))] == ["C1", "C2", "C3"]
