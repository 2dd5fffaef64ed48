# ruff: noqa: E501 - markup and labels as the databases write them
"""Downloads of press databases, made for the tests: the same articles in every layout and several languages of pages.

The words of each language are written out here, apart from the tables that the readers use.
"""

from __future__ import annotations

import email.message
import email.policy
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True)
class Piece:
    """An article as a newspaper printed it; `dates` has its day in the languages of the pages."""

    headline: str
    source: str
    day: str
    paragraphs: tuple[str, ...]
    byline: str = "Ana Bell"
    section: str = "Harbour"
    page: str = "12"
    subjects: tuple[str, ...] = ("PORTS", "SHIPPING")
    number: int = 1
    dates: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> int:
        return sum(len(each.split()) for each in self.paragraphs)

    @property
    def accession(self) -> str:
        return f"HARB{self.number:04}{self.day.replace('-', '')}e10d0000{self.number % 10}"


PIECES = (
    Piece(
        "Council agrees to dredge the basin", "The Harbour Post (London)", "2023-02-01",
        ("The harbour council met for three hours.", "It agreed: the basin will be dredged in spring."), number=1,
        dates={
            "en": "February 1, 2023 Wednesday", "de": "Mittwoch 1. Februar 2023", "fr": "mercredi 1er février 2023",
            "es": "miércoles 1 de febrero de 2023", "nl": "woensdag 1 februari 2023", "it": "mercoledì 1 febbraio 2023",
            "pt": "quarta-feira 1 de fevereiro de 2023", "sv": "onsdag 1 februari 2023", "zh": "2023年2月1日 星期三",
            "ko": "2023년 2월 1일 수요일",
        },
    ),
    Piece(
        "Ferry returns after the storm", "Eastern Ledger", "2011-12-19",
        ("The ferry returned to the harbour on Monday.", "Nobody was hurt, the captain said."), number=2, page="A4",
        dates={
            "en": "December 19, 2011 Monday", "de": "Montag 19. Dezember 2011", "fr": "lundi 19 décembre 2011",
            "es": "lunes 19 de diciembre de 2011", "nl": "maandag 19 december 2011", "it": "lunedì 19 dicembre 2011",
            "pt": "segunda-feira 19 de dezembro de 2011", "sv": "måndag 19 december 2011", "zh": "2011年12月19日 星期一",
            "ko": "2011년 12월 19일 월요일",
        },
    ),
    Piece(
        "Lighthouse keeper retires", "Küstenblatt", "1998-08-30",
        ("After forty years the keeper leaves the lighthouse.", "A lamp with a sensor follows her."), number=3, page="7",
        dates={
            "en": "August 30, 1998 Sunday", "de": "Sonntag 30. August 1998", "fr": "dimanche 30 août 1998",
            "es": "domingo 30 de agosto de 1998", "nl": "zondag 30 augustus 1998", "it": "domenica 30 agosto 1998",
            "pt": "domingo 30 de agosto de 1998", "sv": "söndag 30 augusti 1998", "zh": "1998年8月30日 星期日",
            "ko": "1998년 8월 30일 일요일",
        },
    ),
)  # fmt: skip
LANGUAGES = ("en", "de", "fr", "es", "nl", "it", "pt", "sv", "zh", "ko")

NEXIS = {
    "en": "Section Length Byline Body Classification Language Subject Load-Date|End of Document|Documents|words",
    "de": "Rubrik Länge Autor Volltext Klassifizierung Sprache Thema Ladedatum|Ende des Dokuments|Dokumente|Wörter",
    "fr": "Rubrique Longueur Auteur Texte Classification Langue Sujet Date-chargement|Fin du document|Documents|mots",
    "es": "Sección Longitud Autor Cuerpo Clasificación Idioma Materia Fecha-de-carga|Fin del documento|Documentos|palabras",
    "nl": "Sectie Lengte Auteur Tekst Classificatie Taal Onderwerp Laaddatum|Einde van document|Documenten|woorden",
    "it": "Sezione Lunghezza Autore Testo Classificazione Lingua Argomento Data-caricamento|Fine del documento|Documenti|parole",
    "pt": "Seção Comprimento Autor Corpo Classificação Idioma Assunto Data-de-carregamento|Fim do documento|Documentos|palavras",
    "sv": "Sektion Längd Författare Brödtext Klassificering Språk Ämne Laddningsdatum|Slut på dokumentet|Dokument|ord",
    "zh": "版面 长度 作者 正文 分类 语言 主题 加载日期|文档结尾|文档|字",
    "ko": "섹션 길이 저자 본문 분류 언어 주제 로드날짜|문서 끝|문서|단어",
}
"""Of Nexis: eight labels, the line after an article, the word before the count, the word for words."""


@dataclass(frozen=True)
class NexisWords:
    """The words of Nexis in a language."""

    section: str
    length: str
    byline: str
    body: str
    classification: str
    language: str
    subject: str
    load_date: str
    end: str
    documents: str
    words: str

    @classmethod
    def of(cls, language: str) -> NexisWords:
        labels, *others = NEXIS[language].split("|")
        return cls(*labels.split(), *others)


@dataclass(frozen=True)
class Line:
    """A paragraph of an Office document."""

    text: str
    bold: bool = False
    bookmark: str = ""
    link: str = ""


def nexis_lines(
    pieces: Sequence[Piece], language: str = "en", cover: bool = True, bookmarks: bool = True
) -> list[Line]:
    """The paragraphs of a download of Nexis Uni."""
    words = NexisWords.of(language)
    lines: list[Line] = []
    if cover:
        lines += [Line("User Name: Jane Doe"), Line("Date and Time: 5 July 2023 09:31:00 CEST"), Line("Job Number: 1")]
        lines.append(Line(f"{words.documents} ({len(pieces)})", bold=True))
        for number, piece in enumerate(pieces, 1):
            lines += [
                Line(f"{number}. {piece.headline}", link=f"https://x/urn:contentItem:C{number}"),
                Line("Client/Matter: -None-"),
            ]
            lines += [Line("Search Terms: harbour"), Line("Search Type: Natural Language")]
    for number, piece in enumerate(pieces, 1):
        if bookmarks:
            lines.append(Line("", bookmark=f"Bookmark_{number}"))
        pages = f"{piece.section}; Pg. {piece.page}"
        lines += [
            Line(piece.headline, bold=True, link=f"https://x/d?id=urn:contentItem:AB{piece.number}"),
            Line(piece.source), Line(piece.dates[language]),
            Line("\nCopyright 2023 Harbour Media All Rights Reserved"),
            Line(f"{words.section}:\xa0{pages}"), Line(f"{words.length}:\xa0{piece.words} {words.words}"),
            Line(f"{words.byline}:\xa0{piece.byline}"),
            Line(words.body, bold=True, bookmark=f"Body_{number}" if bookmarks else ""),
            *(Line(each) for each in piece.paragraphs),
            Line(words.classification, bold=True), Line(f"{words.language}:\xa0ENGLISH; BRITISH ENGLISH"),
            Line(f"{words.subject}:\xa0" + "; ".join(f"{each} (9{n}%)" for n, each in enumerate(piece.subjects))),
            Line(f"{words.load_date}:\xa0{PIECES[0].dates[language]}"), Line(f"\n{words.end}"),
        ]  # fmt: skip
    return lines


def docx(lines: Sequence[Line]) -> bytes:
    """A DOCX file with these paragraphs."""
    links = sorted({line.link for line in lines if line.link})
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        rels = "".join(f'<Relationship Id="r{n}" Target="{escape(link)}"/>' for n, link in enumerate(links))
        archive.writestr("word/_rels/document.xml.rels", f"<Relationships>{rels}</Relationships>")
        body = "".join(_docx_paragraph(line, links) for line in lines)
        archive.writestr(
            "word/document.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{body}</w:body></w:document>',
        )
        archive.writestr("word/header1.xml", f'<w:hdr xmlns:w="{W}"><w:p><w:r><w:t>Page 1</w:t></w:r></w:p></w:hdr>')
    return target.getvalue()


def _docx_paragraph(line: Line, links: Sequence[str]) -> str:
    bold = "<w:rPr><w:b/></w:rPr>" if line.bold else "<w:rPr/>"
    parts = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in line.text.split("\n"))
    run = f"<w:r>{bold}{parts}</w:r>" if line.text else ""
    if line.link:
        run = f'<w:hyperlink r:id="r{links.index(line.link)}">{run}</w:hyperlink>'
    mark = f'<w:bookmarkStart w:id="1" w:name="{line.bookmark}"/><w:bookmarkEnd w:id="1"/>' if line.bookmark else ""
    return f"<w:p><w:pPr/>{mark}{run}</w:p>"


def rtf(lines: Sequence[Line]) -> bytes:
    r"""An RTF file with these paragraphs: Latin letters in the code page, others as `\u`."""
    text = "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fnil\\fcharset0 Arial;}}{\\*\\generator X;}"
    for line in lines:
        mark = f"{{\\*\\bkmkstart {line.bookmark}}}{{\\*\\bkmkend {line.bookmark}}}" if line.bookmark else ""
        inner = "".join(map(_rtf_character, line.text))
        inner = f"{{\\b {inner}}}" if line.bold else inner
        if line.link:
            inner = f'{{\\field{{\\*\\fldinst HYPERLINK "{line.link}"}}{{\\fldrslt {inner}}}}}'
        text += f"\\pard {mark}{inner}\\par\n"
    return (text + "}").encode("ascii")


def _rtf_character(character: str) -> str:
    if character in "\\{}":
        return "\\" + character
    if character in ("\n", "\xa0"):
        return "\\line " if character == "\n" else "\\~"
    if ord(character) < 128:
        return character
    try:
        return f"\\'{character.encode('cp1252')[0]:02x}"
    except UnicodeEncodeError:
        return f"\\u{ord(character) - (65536 if ord(character) > 32767 else 0)}?"


# -- old Nexis ---------------------------------------------------------------------------------------------------------

OLD_NEXIS = {
    "en": "{n} of {all} DOCUMENTS|BYLINE|SECTION|LENGTH|words|LOAD-DATE|LANGUAGE|SUBJECT",
    "de": "Dokument {n} von {all}|AUTOR|RUBRIK|LÄNGE|Wörter|UPDATE|SPRACHE|THEMA",
    "fr": "Document {n} de {all}|AUTEUR|RUBRIQUE|LONGUEUR|mots|DATE-CHARGEMENT|LANGUE|SUJET",
    "nl": "{n} van {all} DOCUMENTS|AUTEUR|SECTIE|LENGTE|woorden|LAAD-DATUM|TAAL|ONDERWERP",
}
"""Of old Nexis: the counter, then labels."""


def nexis_text(pieces: Sequence[Piece], language: str = "en") -> str:
    """A text download of old Nexis."""
    counter, byline, section, length, words, load, tongue, subject = OLD_NEXIS[language].split("|")
    parts = ["\n\nDownload Request: Selected Items: 1-3\n\nTerms: (harbour\nor ferry)\n\n"]
    for n, piece in enumerate(pieces, 1):
        blocks = [
            counter.format(n=n, all=len(pieces)).center(78), "", "", piece.source.center(78), "",
            piece.dates[language].center(78), "", piece.headline, "", f"{byline}: {piece.byline}", "",
            f"{section}: {piece.section}; Pg. {piece.page}", "", f"{length}: {piece.words} {words}", "",
            "\n\n".join(map(wrap, piece.paragraphs)), "", f"{load}: {PIECES[0].dates[language]}", "",
            f"{tongue}: ENGLISH", "", f"{subject}: " + wrap("; ".join(f"{each} (90%)" for each in piece.subjects)), "", "",
            "Copyright 2023 Harbour Media".center(78), "All Rights Reserved".center(78), "",
        ]  # fmt: skip
        parts.append("\n".join(blocks))
    return "\n".join(parts)


def wrap(text: str) -> str:
    """Wrap a text at 60 columns."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > 60:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def nexis_html(pieces: Sequence[Piece], language: str = "en") -> str:
    """An HTML download of old Nexis."""
    counter, byline, section, length, words, load, tongue, subject = OLD_NEXIS[language].split("|")
    parts = [
        '<HTML><HEAD><STYLE TYPE="text/css"><!--\n.c0 { text-align: center; }\n.c1 { text-align: center; }\n'
        ".c2 { font-size: 10pt; }\n.c5 { text-align: left; }\n.c6 { text-align: left; }\n.c7 { font-size: 14pt; }\n"
        f'--></STYLE><META TOPIC="null" DOCUMENTS="{len(pieces)}" /></HEAD><BODY>'
    ]

    def block(text: str, box: str = "c5", span: str = "c2") -> str:
        return f'<BR><DIV CLASS="{box}"><P CLASS="c6"><SPAN CLASS="{span}">{text}</SPAN></P>\n</DIV>\n'

    def labelled(label: str, value: str) -> str:
        return block(f'{label}: </SPAN><SPAN CLASS="c2">{value}')

    for n, piece in enumerate(pieces, 1):
        first, _, rest = piece.dates[language].partition(" ")
        parts += [
            f"<A NAME=\"DOC_ID_0_{n}\"></A><!-- Hide XML section from browser\n<DOC NUMBER={n}>\n<DOCFULL> -->\n",
            block(counter.format(n=n, all=len(pieces)), "c0"), block(escape(piece.source), "c0"),
            block(f'{first}</SPAN><SPAN CLASS="c2"> {rest}', "c0"), block(escape(piece.headline), span="c7"),
            labelled(byline, piece.byline), labelled(section, f"{piece.section}; Pg. {piece.page}"),
            labelled(length, f"{piece.words} {words}"),
            f'<BR><DIV CLASS="c5">{"".join(f"<P CLASS=c6><SPAN CLASS=c2>{escape(each)}</SPAN></P>" for each in piece.paragraphs)}</DIV>',
            labelled(load, PIECES[0].dates[language]), labelled(tongue, "ENGLISH"),
            labelled(subject, "; ".join(f"{each} (90%)" for each in piece.subjects)),
            block("Copyright 2023 Harbour Media<BR>All Rights Reserved", "c0"),
            "<!-- Hide XML section from browser\n</DOCFULL>\n</DOC> -->\n",
        ]  # fmt: skip
    return "".join(parts) + "</BODY></HTML>"


# -- Factiva -----------------------------------------------------------------------------------------------------------

FACTIVA = {
    "en": "words|Document|English", "de": "Wörter|Dokument|Englisch", "fr": "mots|Document|Anglais",
    "es": "palabras|Documento|Inglés", "it": "parole|Documento|Inglese", "pt": "palavras|Documento|Inglês",
    "nl": "woorden|Document|Engels", "sv": "ord|Dokument|Engelska", "zh": "字|文件|英语", "ko": "단어|문서|영어",
}  # fmt: skip
"""Of Factiva: the word for words, the one before the accession number, and English."""


def factiva_indexed(pieces: Sequence[Piece], language: str = "en") -> str:
    """A page of Factiva in the layout with codes."""
    words, document, english = FACTIVA[language].split("|")

    def row(code: str, value: str) -> str:
        return f'<tr><td class="index"><b>{code}</b>&nbsp;</td><td>{value}</td></tr>\n'

    parts = []
    for piece in pieces:
        texts = "".join(
            f'<p class="articleParagraph enarticleParagraph">{escape(each)}</p>' for each in piece.paragraphs
        )
        first, last = texts.split("</p>", 1)
        rows = [
            ("SE", piece.section), ("HD", f"<b class='enHeadline'>{escape(piece.headline)}</b>"), ("BY", piece.byline),
            ("WC", f"{piece.words} {words}"), ("PD", piece.dates[language]), ("SN", escape(piece.source)), ("SC", "HARB"),
            ("PG", piece.page), ("LA", english), ("CY", "(c) 2023 Harbour Media."), ("LP", first + "</p>"), ("TD", last),
            ("NS", " | ".join(f"g{n} : {each}" for n, each in enumerate(piece.subjects))),
            ("AN", f"{document} {piece.accession}"),
        ]  # fmt: skip
        parts.append(f'<div class="article enArticle"><table>{"".join(row(*each) for each in rows)}</table></div><br/>')
    return f"<html><head><title>Factiva</title></head><body>{''.join(parts)}</body></html>"


def factiva_texts(piece: Piece, language: str) -> list[str]:
    """The lines of an article of Factiva in the plain layout."""
    words, document, english = FACTIVA[language].split("|")
    return [
        piece.headline, piece.byline, f"{piece.words} {words}", piece.dates[language], piece.source, "HARB", piece.page,
        english, "(c) 2023 Harbour Media", *piece.paragraphs, "Harbour Media Limited", f"{document} {piece.accession}",
    ]  # fmt: skip


def factiva_plain(pieces: Sequence[Piece], language: str = "en") -> str:
    """A page of Factiva in the plain layout."""
    parts = []
    for piece in pieces:
        headline, byline, *facts = factiva_texts(piece, language)
        count = len(piece.paragraphs)
        boxes = "".join(f"<div>{escape(each)}</div>" for each in facts[: -count - 2])
        texts = "".join(
            f'<p class="articleParagraph enarticleParagraph">{escape(each)}</p>' for each in piece.paragraphs
        )
        parts.append(
            f'<div id="article-{piece.accession}" class="article"><div class="article enArticle"><div>{piece.section}</div>'
            f'<div id="hd"><span class="enHeadline">{escape(headline)}</span></div><div class="author">{byline}</div>'
            f"{boxes}{texts}<p>{facts[-2]}</p><p>{facts[-1]}</p></div></div><br/><span></span>"
        )
    return f"<html><head><title>Factiva</title></head><body>{''.join(parts)}</body></html>"


def factiva_lines(pieces: Sequence[Piece], language: str = "en") -> list[Line]:
    """The paragraphs of an RTF download of Factiva."""
    return [Line(text, bold=n == 0) for piece in pieces for n, text in enumerate(factiva_texts(piece, language))]


def factiva_xml(pieces: Sequence[Piece], language: str = "en") -> str:
    """An answer of Factiva as XML."""
    articles = "".join(
        f"<article><accessionNo>{piece.accession}</accessionNo><baseLanguage>EN</baseLanguage>"
        f"<byline>{piece.byline}</byline><headline><paragraph>{escape(piece.headline)}</paragraph></headline>"
        f"<leadParagraph><paragraph>{escape(piece.paragraphs[0])}</paragraph></leadParagraph>"
        f"<pages>{piece.page}</pages><publicationDate><date>{piece.day}</date></publicationDate>"
        f"<sectionName>{piece.section}</sectionName><sourceName>{escape(piece.source)}</sourceName>"
        + "".join(f'<newsSubject code="x"><name>{each}</name></newsSubject>' for each in piece.subjects)
        + f"<tailParagraphs>{''.join(f'<paragraph>{escape(each)}</paragraph>' for each in piece.paragraphs[1:])}"
        "</tailParagraphs></article>"
        for piece in pieces
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><PPSResponse><ppsArticleResponse xmlns="http://global.factiva.com/pps/2.0">'
        f'<ppsarticleResultSet count="{len(pieces)}">{articles}</ppsarticleResultSet></ppsArticleResponse></PPSResponse>'
    )


# -- ProQuest ----------------------------------------------------------------------------------------------------------

PROQUEST = {
    "en": "Full text|Subject|Title|Author|Publication title|Publication date|Section|Pages|Language of publication|ProQuest document ID|Document URL",
    "de": "Volltext|Thema|Titel|Autor|Titel der Publikation|Publikationsdatum|Rubrik|Seiten|Sprache der Publikation|ProQuest-Dokument-ID|Dokument-URL",
    "fr": "Texte intégral|Sujet|Titre|Auteur|Titre de publication|Date de publication|Rubrique|Pages|Langue de publication|ID de document ProQuest|URL du document",
    "es": "Texto completo|Materia|Título|Autor|Título de publicación|Fecha de publicación|Sección|Páginas|Idioma de la publicación|ID del documento de ProQuest|URL del documento",
    "it": "Testo completo|Argomento|Titolo|Autore|Titolo pubblicazione|Data di pubblicazione|Sezione|Pagine|Lingua di pubblicazione|ID documento ProQuest|URL documento",
    "pt": "Texto completo|Assunto|Título|Autor|Título da publicação|Data de publicação|Seção|Páginas|Idioma de publicação|ID do documento ProQuest|URL do documento",
    "zh": "全文|主题|标题|作者|出版物名称|出版日期|版面|页码|出版物语言|ProQuest 文档 ID|文档 URL",
    "ko": "전체 텍스트|주제|제목|저자|출판물 제목|출판 날짜|섹션|페이지|출판 언어|ProQuest 문서 ID|문서 URL",
}  # fmt: skip


def proquest_values(piece: Piece, language: str) -> list[tuple[str, str]]:
    """The labels and values of an article of ProQuest."""
    labels = PROQUEST[language].split("|")
    id = f"10203040{piece.number}"
    values = (
        "\n\n".join(piece.paragraphs), "; ".join(piece.subjects) + ";", piece.headline, piece.byline,
        f"{piece.source}; Port", piece.dates[language], piece.section, piece.page, "English", id,
        f"https://www.proquest.com/docview/{id}",
    )  # fmt: skip
    return list(zip(labels, values, strict=True))


def proquest_text(pieces: Sequence[Piece], language: str = "en") -> str:
    """A text download of ProQuest."""
    blocks = [""]
    for n, piece in enumerate(pieces, 1):
        fields = "\n\n".join(f"{label}: {value}" for label, value in proquest_values(piece, language))
        blocks.append(
            f"\n\nDocument {n} of {len(pieces)}\n\n{piece.headline}\n\nhttp://search.proquest.com/docview/1\n\n{fields}\n\n"
        )
    blocks.append("\n\nContact us at: http://www.proquest.com\n\nCopyright © 2023 ProQuest LLC.\n")
    return ("_" * 60).join(blocks)


def proquest_html(pieces: Sequence[Piece], language: str = "en") -> str:
    """An HTML download of ProQuest, in which the full text is a page of its own."""
    listed = "".join(f'<li><a href="#DocID_{n}">x</a></li>' for n in range(len(pieces)))
    parts = []
    for n, piece in enumerate(pieces):
        values = proquest_values(piece, language)
        text = "".join(f"<p>{escape(each)}</p>" for each in piece.paragraphs)
        fields = (
            f"<p><strong>{values[0][0]}:  </strong><html><head><title>x</title></head><body>{text}</body></html></p>"
        )
        fields += "".join(f"<p><strong>{label}:  </strong>{escape(value)}</p>" for label, value in values[1:])
        parts.append(f'<div><a name="DocID_{n}"></a><p><strong>{escape(piece.headline)}</strong></p>{fields}</div>')
    return f"<html><head><title>ProQuest</title></head><body><ul>{listed}</ul>{''.join(parts)}</body></html>"


def proquest_mail(pieces: Sequence[Piece], language: str = "en") -> bytes:
    """A mail of ProQuest, quoted-printable."""
    message = email.message.EmailMessage(policy=email.policy.default)
    message["From"], message["To"], message["Subject"] = (
        "noreply@proquest.example",
        "a@b.example",
        "Your ProQuest Research",
    )
    message["Date"] = "Mon, 05 Jun 2023 10:00:00 +0000"
    message.set_content(proquest_html(pieces, language), subtype="html", cte="quoted-printable")
    return bytes(message)


# -- others ------------------------------------------------------------------------------------------------------------


def europresse(pieces: Sequence[Piece], language: str = "fr") -> str:
    """A page of Europresse."""
    parts = [
        f'<article><header><div><span class="DocPublicationName">{escape(piece.source)}  </span></div><div>'
        f'<span class="DocHeader">{piece.section}, {piece.dates[language]}, p. {piece.page}</span></div>'
        f'<div class="titreArticle"><p class="titreArticleVisu">{escape(piece.headline)}</p></div><div>{piece.byline}</div></header>'
        f'<section><div class="DocText"><div class="docOcurrContainer">{"".join(f"<p>{escape(each)}</p>" for each in piece.paragraphs)}'
        "</div></div></section><aside><b>Note(s) : </b></aside><footer><small>© 2023 Harbour. Tous droits réservés.</small>"
        f"<p>Numéro de document : news·{piece.day.replace('-', '')}·HB·{piece.number}q</p></footer></article>"
        for piece in pieces
    ]
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>{"".join(parts)}</body></html>'


def europresse_old(pieces: Sequence[Piece], language: str = "fr") -> str:
    """An older page of Europresse, with a false charset."""
    parts = [
        f'<table><tr><td><span class="DocPublicationName">{escape(piece.source)}</span><br><span class="DocHeader">{piece.section}, </span>'
        f'<span class="DocHeader">{piece.dates[language]}</span><span class="DocHeader">, p. {piece.page}</span><br><br>'
        f'<span class="TitreArticleVisu">{escape(piece.headline)}</span><br><br>{piece.byline}<br><p></p>'
        + "<p></p>".join(map(escape, piece.paragraphs))
        + "<p></p><b><i>© 2023 Harbour. Tous droits réservés.</i></b><p></p>"
        f"Numéro de document : news·{piece.day.replace('-', '')}·HB·{piece.number}q<br></td></tr></table><p>"
        for piece in pieces
    ]
    head = '<META http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">'
    return f"<html><head>{head}</head><body>{''.join(parts)}</body></html>"


def retriever(pieces: Sequence[Piece], language: str = "sv") -> str:
    """A text download of Retriever."""
    listed = "\n\n".join(f"> {piece.headline}, {piece.source}, {piece.day} 09:31" for piece in pieces)
    parts = [
        f"\n{piece.headline}\n{piece.source}, {piece.day}\nSida {piece.page}\nPublicerat i print. \n\n"
        + "\n\n".join(map(wrap, piece.paragraphs))
        + f"\n\n©Harbour<br>Alla artiklar är skyddade.\n\nSe webartikeln på http://ret.example/{piece.number}\n{'=' * 78}\n"
        for piece in pieces
    ]
    return f"Universitet\nDatum 2023-09-29\n\nNyheter:\n\n{listed}\n\n" + "".join(parts)


def mediargus(pieces: Sequence[Piece], language: str = "nl") -> str:
    """A text download of Mediargus."""
    return "\n\n".join(
        f"{n}. {piece.headline}\n{piece.source}, {piece.dates[language]}, p. {piece.page}, {piece.words}w.\n"
        + "\n".join(piece.paragraphs)
        for n, piece in enumerate(pieces, 1)
    )


def mediargus_list(pieces: Sequence[Piece], language: str = "nl") -> str:
    """A text download of Mediargus with the headlines first."""
    heads = "\n\n\n".join(
        f"{n}. {piece.headline}\n\n{piece.source}, {piece.dates[language]}, p. {piece.page}, {piece.words}w."
        for n, piece in enumerate(pieces, 1)
    )
    texts = "\n\n\n\n\n".join(
        f"{piece.source}\n\n{piece.section}\n\n{piece.headline}\n" + "\n".join(piece.paragraphs) for piece in pieces
    )
    return f"{heads}\n\n\n\n\n\n{texts}\n"


def swissdox(pieces: Sequence[Piece], language: str = "de") -> str:
    """A table of Swissdox."""
    names = ("id pubtime medium_code medium_name rubric regional doctype doctype_description language char_count dateline "
             "head subhead content_id content").split()  # fmt: skip
    rows = [
        [f"sx{piece.number}", f"{piece.day} 00:00:00+01", "HB", piece.source, piece.section, "", "ART", "Artikel", "de", "99",
         "", piece.headline, "", f"c{piece.number}",
         f"<tx><au>{piece.byline}</au>" + "".join(f"<p>{escape(each)}</p>" for each in piece.paragraphs) + "</tx>"]
        for piece in pieces
    ]  # fmt: skip
    return "\n".join("\t".join(row) for row in (names, *rows)) + "\n"


def apa_lines(pieces: Sequence[Piece], language: str = "de") -> list[Line]:
    """The paragraphs of a download of APA DeFacto."""
    lines: list[Line] = []
    for piece in pieces:
        year, month, day = piece.day.split("-")
        lines += [
            Line(f'"{piece.source}" vom {day}.{month}.{year}'),
            Line(f"Seite: {piece.page}"),
            Line(f"Ressort: {piece.section}"),
        ]
        lines += [
            Line(f"Von {piece.byline}"),
            Line(piece.headline, bold=True),
            *map(Line, piece.paragraphs),
            Line("_" * 67),
        ]
    return lines


@dataclass(frozen=True)
class Layout:
    """A layout of downloads: the name of a file, how one is made, the languages, and the fields that it does not state."""

    name: str
    make: Callable[[Sequence[Piece], str], bytes | str]
    languages: tuple[str, ...]
    lacks: tuple[str, ...] = ()

    def file(self, pieces: Sequence[Piece], language: str) -> bytes:
        made = self.make(pieces, language)
        return made if isinstance(made, bytes) else made.encode()


LAYOUTS = (
    Layout("nexis-uni.docx", lambda pieces, language: docx(nexis_lines(pieces, language)), LANGUAGES),
    Layout("no-cover.docx", lambda pieces, language: docx(nexis_lines(pieces, language, False)), LANGUAGES),
    Layout("no-marks.docx", lambda pieces, language: docx(nexis_lines(pieces, language, True, False)), LANGUAGES),
    Layout("bare.docx", lambda pieces, language: docx(nexis_lines(pieces, language, False, False)), LANGUAGES),
    Layout("nexis-uni.rtf", lambda pieces, language: rtf(nexis_lines(pieces, language)), LANGUAGES),
    Layout("nexis.doc", lambda pieces, language: rtf(nexis_lines(pieces, language, False)), ("en", "de")),
    Layout("nexis.txt", nexis_text, tuple(OLD_NEXIS)),
    Layout("nexis.html", nexis_html, tuple(OLD_NEXIS)),
    Layout("factiva-indexed.html", factiva_indexed, tuple(FACTIVA)),
    Layout("factiva-plain.html", factiva_plain, tuple(FACTIVA), ("keywords",)),
    Layout("factiva.rtf", lambda pieces, language: rtf(factiva_lines(pieces, language)), tuple(FACTIVA), ("keywords", "section")),
    Layout("factiva.xml", factiva_xml, ("en",)),
    Layout("proquest.txt", proquest_text, tuple(PROQUEST)),
    Layout("proquest.html", proquest_html, tuple(PROQUEST)),
    Layout("proquest.eml", proquest_mail, tuple(PROQUEST)),
    Layout("europresse.html", europresse, ("fr", "en", "de", "es"), ("keywords",)),
    Layout("europresse-old.html", europresse_old, ("fr", "en"), ("keywords",)),
    Layout("retriever.txt", retriever, ("sv",), ("keywords", "byline", "section")),
    Layout("mediargus.txt", mediargus, ("nl", "fr"), ("keywords", "byline", "section")),
    Layout("mediargus-list.txt", mediargus_list, ("nl", "fr"), ("keywords", "byline")),
    Layout("swissdox.tsv", swissdox, ("de",), ("keywords", "page")),
    Layout("apa.rtf", lambda pieces, language: rtf(apa_lines(pieces, language)), ("de",), ("keywords",)),
)  # fmt: skip
