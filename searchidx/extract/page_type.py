"""Classify a page: an article, an error page, a paywall stub, or a listing of articles.

Archives hold many pages that are not articles, and each would be a useless hit. A page counts as an article unless two
signs agree that it is not: its title or address, and its text.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

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
_LISTING_PATH = re.compile(
    r"^/?$|/(?:index|home|default)\.\w{3,5}$|(?:/|^)(?:tags?|categor(?:y|ies)|kategorien?|topics?|themen?"
    r"|authors?|autor(?:en|es)?"
    r"|search|suche|buscar|recherche|archives?|feed)(?:/[^/.\-]+(?:-[^/.\-]+)?)?/?$|/page/\d+/?$",
    re.IGNORECASE,
)
_MAX_ERROR_BODY, _MAX_STUB = 1500, 900
"""Characters of the body of an error page, and of an article cut by a paywall."""
_MIN_PARAGRAPH = 200
"""Characters of the longest paragraph of an article."""
_MIN_LINKS, _MIN_LINK_SHARE, _MAX_PROSE = 5, 0.4, 1000
"""Of a list of links: number of links, their share of the lines, characters of the other lines."""
_MAX_ANCHORS = 5000
"""Number of `<a>` elements examined."""


class PageType(enum.Enum):
    """What a page is. The value says why a page is skipped; it is empty for an article."""

    ARTICLE = ""
    ERROR = "it is an error page, not an article"
    PAYWALL = "a paywall left only the beginning of the article"
    LINKS = "it is a list of links to articles"
    LISTING = "it is the front page or a listing of a site, not an article"


def classify_page(
    tree: Any, titles: Sequence[str], is_stated: bool, body: Sequence[str], last_lines: Sequence[str], url: str
) -> PageType:
    """Classify a page by its titles, paragraphs, links and address.

    `is_stated` says that the metadata call it an article. `last_lines` are the last lines of the extracted text, before
    boilerplate was removed.
    """
    size = sum(map(len, body))
    if size < _MAX_ERROR_BODY and any(_ERROR.match(title) for title in titles):
        return PageType.ERROR
    if size < _MAX_STUB and any(_PAYWALL.search(line) for line in last_lines):
        return PageType.PAYWALL
    if is_stated:
        return PageType.ARTICLE
    is_listing = _LISTING_PATH.search(urlsplit(url).path) is not None and not urlsplit(url).query if url else False
    anchors = set()
    for number, element in enumerate(tree.iter("a")):
        if number == _MAX_ANCHORS:
            break
        anchors.add(" ".join("".join(element.itertext()).split()).casefold())
    prose = [line for line in body if line.strip("-•*| ").casefold() not in anchors]
    links = len(body) - len(prose)
    if links >= _MIN_LINKS and links >= _MIN_LINK_SHARE * len(body) and sum(map(len, prose)) < _MAX_PROSE:
        return PageType.LINKS
    if is_listing and (max(map(len, body), default=0) < _MIN_PARAGRAPH or links >= _MIN_LINKS):
        return PageType.LISTING
    return PageType.ARTICLE
