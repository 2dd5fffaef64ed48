"""Lines of an extracted body that are the page's and not the article's: links to other stories, calls to subscribe.

An extractor tells the article from what stands around it; what publishers put between and behind its paragraphs looks
like one of them. It is known by how it begins, in the languages that most news is written in, and only where a line is
short or the words that open it end in a colon: a sentence may begin with any of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["without_furniture"]

_LINK = re.compile(
    r"\W*(?:read (?:more|also|next|the full \w+)|related(?: (?:post|posts|story|stories|articles?|content|coverage|"
    r"topics?|links?|"
    r"reading|video))?|see (?:more|also)|also (?:read|see|on [\w.]+)|more(?: (?:on this|stories|news|from [\w .]+|"
    r"coverage))?|"
    r"watch(?: (?:now|also|more|the video))?|listen(?: now)?|don[’']t miss|recommended(?: (?:for you|stories|"
    r"reading))?|"
    r"most (?:read|popular)(?: in [\w ]+)?|trending(?: now)?|you (?:may|might) (?:also )?(?:like|be interested in)|"
    r"editor[’']s? picks?|read our [\w ]+|"
    r"lesen sie (?:auch|mehr|dazu|hier)|mehr (?:zum thema|dazu|lesen)|auch interessant|weitere (?:artikel|themen|"
    r"nachrichten)|"
    r"lire (?:aussi|également|la suite)|à lire (?:aussi|également)|sur le même (?:sujet|thème)|voir aussi|"
    r"le[ea] también|leer (?:más|también)|te puede interesar|ver también|noticias relacionadas|mira también|"
    r"leggi anche|potrebbe interessarti|le[ir]a (?:também|mais)|veja (?:também|mais)|saiba mais|"
    r"lees (?:ook|meer)|läs (?:också|mer|även)|les (?:også|mer)|læs (?:også|mere)|czytaj (?:też|także|również)|"
    r"zobacz (?:też|także)|"
    r"читайте также|читайте також|ayrıca okuyun)\W*",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"\W*(?:follow (?:us|me|him|her|them|the|@|\S+ (?:\S+ ){0,5}on (?:twitter|facebook|instagram|x|youtube|linkedin|"
    r"tiktok))|"
    r"sign up\b|subscribe\b|get (?:the latest|the day|access|our|\S+ (?:\S+ ){0,3}delivered)|like this story|"
    r"like us on|"
    r"share (?:this|on|it|your)|filed under|tags?:|topics?:|\d* ?comments?\W*$|tell us what you think|"
    r"join the conversation|"
    r"copyright\b|©|all rights reserved|source:|sources?: |have a (?:news )?tip|click here|download (?:our|the) \S*app|"
    r"this (?:article|story) (?:was )?(?:originally )?(?:appeared|published)|to (?:read|comment|subscribe)|"
    r"support (?:us|our)|"
    r"newsletter|pick \w+ newsletter|abonnieren|folgen sie|jetzt (?:abonnieren|anmelden|testen)|alle rechte|"
    r"suivez[- ]|abonnez|inscrivez|partager|tous droits|síg[ua]\w*nos|suscríbe|compart[ea]|todos los derechos|"
    r"segui(?:ci|teci)|iscriviti|condividi|riproduzione riservata|siga[- ]|inscreva|compartilhe|todos os direitos|"
    r"volg ons|schrijf je|deel dit|подпис|поделиться)",
    re.IGNORECASE,
)
_READING_TIME = re.compile(
    r"\W*(?:\d+[- ]min(?:ute)?s?\.? read|(?:tempo de leitura|reading time|read time|lesedauer|lesezeit|temps de lecture"
    r"|tiempo de lectura|tempo di lettura|leestijd)\b.{0,30})\W*",
    re.IGNORECASE,
)
_SHORT, _TAIL = 240, 5


def without_furniture(lines: Sequence[str]) -> list[str]:
    """The lines of a body without those that are the page's own; all of them where nothing else would be left."""
    kept = [line for line in lines if not _is_link(line) and not _READING_TIME.fullmatch(line)]
    while len(kept) > 1 and _CALL.match(kept[-1]) and len(kept[-1]) < _SHORT:
        kept.pop()
    tail = max(len(kept) - _TAIL, 1)
    kept = [line for n, line in enumerate(kept) if n < tail or len(line) >= _SHORT or not _CALL.match(line)]
    return kept or list(lines)


def _is_link(line: str) -> bool:
    """Whether a line only leads elsewhere: nothing follows the words that say so, or a colon does."""
    match = _LINK.match(line) if len(line) < _SHORT else None
    return match is not None and (match.end() == len(line) or ":" in match[0] or "|" in match[0])
