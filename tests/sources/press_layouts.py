# ruff: noqa: E501 - markup and labels as the databases write them
"""Downloads of press databases other than Nexis, made for the tests; the table of all layouts."""

from __future__ import annotations

import email.message
import email.policy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tests.sources.press_samples import (
    LANGUAGES,
    OLD_NEXIS,
    Line,
    Piece,
    docx,
    nexis_html,
    nexis_lines,
    nexis_text,
    rtf,
    wrap,
)

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
