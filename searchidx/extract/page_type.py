"""Pages that are no article: what a server says instead of one, listings of articles, what a paywall leaves of one.

An archive is full of them, and each would be a hit that says nothing. A page is believed to be an article unless two
signs tell otherwise: what it is called or where it lies, and what was found on it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

__all__ = ["why_no_article"]

_ERROR = re.compile(
    r"\W*(?:(?:error|fehler|erreur|http)\W*)?(?:40[0134]|410|429|50[0234])\b(?!\s*(?:metres?|meters?|years|people))"
    r"|(?:the )?page (?:you (?:requested|are looking for) )?(?:was |is |could )?(?:not (?:be )?found|unavailable)"
    r"|(?:(?:file|article) )?not found(?:\W*$|\s+[|–-])|access (?:to this page has been )?denied|forbidden$"
    r"|just a moment|attention required|are you (?:a robot|human)|(?:robot|human|security) (?:check|verification)"
    r"|(?:service|site) (?:temporarily )?unavailable"
    r"|bad gateway|internal server error|seite (?:wurde )?nicht gefunden|page (?:introuvable|non trouvée)"
    r"|página no encontrada|pagina non trovata|página não encontrada|pagina niet gevonden|страница не найдена",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"(?:subscribe|sign (?:in|up)|log in|register|create (?:a free |an )?account)\b.{0,40}"
    r"\bto (?:continue|read|keep|unlock|view)"
    r"|(?:already|not) a (?:subscriber|member)\b|subscribers? only|for subscribers"
    r"|(?:continue|keep) reading (?:with|for|by)"
    r"|to (?:continue|keep) reading|remaining? (?:of this|free) articles?|weiterlesen mit"
    r"|(?:mit|nur für|exklusiv für) abonnent"
    r"|jetzt (?:weiterlesen|freischalten|testen)|bereits abonnent|réservée? aux abonnés|déjà abonné|pour lire la suite"
    r"|(?:exclusivo|solo) para (?:suscriptores|abonados)|per continuare a leggere|riservato agli abbonati"
    r"|exclusivo para assinantes|verder lezen|alleen voor abonnees|fortsett å lese"
    r"|för att läsa vidare|только для подписчиков",
    re.IGNORECASE,
)
_LISTING = re.compile(
    r"^/?$|/(?:index|home|default)\.\w{3,5}$|(?:/|^)(?:tags?|categor(?:y|ies)|kategorien?|topics?|themen?"
    r"|authors?|autor(?:en|es)?"
    r"|search|suche|buscar|recherche|archives?|feed)(?:/[^/.\-]+(?:-[^/.\-]+)?)?/?$|/page/\d+/?$",
    re.IGNORECASE,
)
_SHORT_ERROR, _STUB, _PARAGRAPH = 1500, 900, 200
_LINKS, _SHARE, _PROSE = 5, 0.4, 1000
_MOST_ANCHORS = 5000


def why_no_article(
    tree: Any, titles: Sequence[str], is_stated: bool, body: Sequence[str], end: Sequence[str], url: str
) -> str | None:
    """Why a page is no article; None where it is one.

    `titles` are what it is called, `is_stated` whether it says for machines that it is an article or not free to read,
    `body` its paragraphs, `end` the last that were found before the page's own were left out.
    """
    size = sum(map(len, body))
    if size < _SHORT_ERROR and any(_ERROR.match(title) for title in titles):
        return "it tells of an error, and is no article"
    if size < _STUB and any(_PAYWALL.search(line) for line in end):
        return "a paywall left no more than the beginning of the article"
    if is_stated:
        return None
    is_listing = _LISTING.search(urlsplit(url).path) is not None and not urlsplit(url).query if url else False
    anchors = set()
    for number, element in enumerate(tree.iter("a")):
        if number == _MOST_ANCHORS:
            break
        anchors.add(" ".join("".join(element.itertext()).split()).casefold())
    prose = [line for line in body if line.strip("-•*| ").casefold() not in anchors]
    links = len(body) - len(prose)
    if links >= _LINKS and links >= _SHARE * len(body) and sum(map(len, prose)) < _PROSE:
        return "it is a list of links to articles"
    if is_listing and (max(map(len, body), default=0) < _PARAGRAPH or links >= _LINKS):
        return "it is the front page or a listing of a site, and no article"
    return None
