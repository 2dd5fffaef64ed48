# ruff: noqa: E501 - markup and labels as the databases write them
"""Downloads of press databases, made for the tests: the same articles in every layout and several languages of pages.

The words of each language are written out here, apart from the tables that the readers use.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
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
