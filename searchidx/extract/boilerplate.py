"""Remove the page's own lines from an extracted body: links to other stories, calls to subscribe, captions.

Publishers put such lines between and after the paragraphs, with the same markup. Their first words identify them, in
the main languages of news. A sentence may begin with the same words, so a line must also be short, or the words must
end in a colon.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from searchidx.extract.printed_date import find_dates, is_ambiguous

_LINK = re.compile(
    r"\W*(?:read (?:more|also|next|the full \w+)|related(?: (?:post|posts|story|stories|articles?|content|coverage|"
    r"topics?|links?|"
    r"reading|video))?|see (?:more|also)|also (?:read|see|on [\w.]+)|more(?: (?:on this|stories|news|from [\w .]+|"
    r"coverage))?|"
    r"watch(?: (?:now|also|more|the video))?|listen(?: now)?|don[’']t miss|recommended(?: (?:for you|stories|"
    r"reading))?|"
    r"most (?:read|popular)(?: in [\w ]+)?|trending(?: now)?|you (?:may|might) (?:also )?(?:like|be interested in)|"
    r"editor[’']s? picks?|read our [\w ]+|"
    r"lesen sie (?:auch|mehr|dazu|hier)(?: (?:die|diese) folgenden \w+)?|mehr (?:zum thema|dazu|lesen|themen)"
    r"|auch (?:interessant|lesen|(?:auf|bei) [\w.]+)"
    r"|(?:das (?:thema )?)?könnte (?:sie|dich|euch) auch interessieren|das könnte (?:sie|dich|euch) interessieren"
    r"|weitere (?:aktuelle )?(?:artikel|themen|nachrichten|beiträge|meldungen|informationen|infos)|top-themen|"
    r"schon gelesen|zum weiterlesen|"
    r"lea(?=:)|puedes ver|"
    r"lire (?:aussi|également|la suite)|à lire (?:aussi|également)|sur le même (?:sujet|thème)|voir aussi|"
    r"à ne pas manquer|dans la même rubrique|(?:nos )?articles? (?:liés|associés)|"
    r"le[ea] (?:también|además|más)|leer (?:más|también)|[tl]e puede interesar|(?:ver|vea|mira|mire) también|"
    r"(?:noticias|notas|artículos) relacionad[oa]s|más (?:noticias|sobre(?: [\w .]{2,30})?)|"
    r"leggi anche|potrebbe interessarti|le[ir]a (?:também|mais)|veja (?:também|mais)|saiba mais|"
    r"lees (?:ook|meer)|läs (?:också|mer|även)|les (?:også|mer)|læs (?:også|mere)|czytaj (?:też|także|również|więcej)|"
    r"zobacz (?:też|także|również)|przeczytaj (?:też|także)|dowiedz się więcej|"
    r"читайте также|читайте також|ayrıca okuyun)(?: (?:auf|aus|bei|on|en|sur|in|from|zu[mr]?) [\w.\- ]{2,40})?\W*",
    re.IGNORECASE,
)
_CALL_TO_ACTION = re.compile(
    r"\W*(?:follow (?:us|me|him|her|them|the|@|\S+ (?:\S+ ){0,5}on (?:twitter|facebook|instagram|x|youtube|linkedin|"
    r"tiktok))|"
    r"sign up\b|subscribe\b|get (?:the latest|the day|access|our|\S+ (?:\S+ ){0,3}delivered)|like this story|"
    r"like us on|"
    r"share (?:this|on|it|your)|filed under|tags?:|topics?:|\d* ?comments?\W*$|keine kommentare|"
    r"(?:kommentieren|kommentare)\W*$|tell us what you think|"
    r"join the conversation|"
    r"copyright\b|©|all rights reserved|source:|sources?: |have a (?:news )?tip|click here|download (?:our|the) \S*app|"
    r"this (?:article|story) (?:was )?(?:originally )?(?:appeared|published)|to (?:read|comment|subscribe)|"
    r"support (?:us|our)|(?:have you |did you )?(?:enjoy|like)(?:ed)? (?:this|our)\b|if you (?:enjoy|like|value)d?\b"
    r"|(?:please )?(?:help us|donate|make a donation|consider (?:a donation|donating|supporting|becoming))\b"
    r"|become a (?:member|patron|supporter|subscriber)\b|werden sie (?:mitglied|unterstützer)|(?:bitte )?spenden sie"
    r"|ihre spende\b|faites un don\b|soutenez[- ]|devenez (?:membre|abonné)|haz(?:te)? (?:una donación|soci[oa])"
    r"|apóyanos|apoya a\b|sostienici|fai una donazione|diventa (?:socio|membro)|wesprzyj|word (?:lid|donateur)"
    r"|steun ons|we want to hear|submit (?:your|a) letter|for (?:the latest|more) (?:stories|news)|"
    r".*(?:[.!?]|\byou can) (?:follow|find|reach|keep up with) (?:me|him|her|them|us) on\b|"
    r".*\b(?:sign up|click|register|subscribe) here\W*$|weitere (?:infos|informationen) (?:unter|finden|gibt)\b|"
    r"unterstütz(?:e|en sie)\b|jede (?:kleine )?spende\b|gefällt (?:dir|ihnen|euch) (?:unser|diese[rs]?)\b|"
    r".*\bnuestro canal\b|zapraszamy (?:też |również )?do (?:subskrypcji|prenumeraty|newslettera)|"
    r"newsletter|pick \w+ newsletter|abonnieren|folgen sie|jetzt (?:abonnieren|anmelden|testen)|alle rechte|"
    r"suivez[- ]|abonnez|inscrivez|partager|tous droits|síg[ua]\w*nos|suscríbe|compart[ea]|todos los derechos|"
    r"segui(?:ci|teci)|iscriviti|condividi|riproduzione riservata|siga[- ]|inscreva|compartilhe|todos os direitos|"
    r"volg ons|schrijf je|deel dit|подпис|поделиться)",
    re.IGNORECASE,
)
_CAPTION = (
    r"\W*(?:(?:photos?|fotos?|fot\.?|abb(?:\.|ildung)(?: \d+)?|(?-i:[Bb]ild(?:er)?)|image|imagen|imagem"
    r"|immagine|pictured?|(?:titel|beitrags|symbol|archiv|aufmacher)bild"
    r"|illustration|image illustrative|cr[eé]d(?:it|ito)s?|bildquelle|quelle|fuente|fonte|screenshot|фото)"
    r"(?!\w)(?:[^.!?]{0,30}[:©|].*|[^.!?]*/[^.!?]*)|©.*|\(c\) .*)"
)
"""A picture credit, or the beginning of a caption."""
_CREDIT = re.compile(
    r".*(?:©|\((?:photo|foto|bild|image|imagen|cr[eé]dit|crédito|fot\.|ap photo|screenshot)\b[^()]{2,80}\)\W*$).*",
    re.IGNORECASE,
)
"""A picture credit anywhere in a line, in brackets or after its sign."""
_SUBSCRIPTION_REQUEST = re.compile(
    r"(?!.*[“„«])"
    r"(?=.{,60}$|.*\b(?:you|your|our|us|sie|ihre?n?|du|dich|deine?n?|euch|uns(?:er\w*)?|vous|votre|vos|nos|notre|te|su|tus?"
    r"|nuestr\w+|nostr[aeio]|vostr[aeio]|tu[ao]|ti|noss[ao]s?|seu|sua|ons|onze|je|jouw|nasz\w*|tw[oó]j\w*|vår\w*|din)\b)"
    r"(?=.*\b(?:newsletters?|e-?mails?|inbox|posteingang|daily briefing|telegram|whatsapp|correo|boletín|abos?)\b)"
    r".*\b(?:sign(?:ing)?[- ]?up|subscri\w+|get\b.*\b(?:daily|best|latest)|delivered|never miss|miss (?:out|our)"
    r"|be informed"
    r"|abonnier\w*|anmeld\w*|melde?\b.*\ban\b|registrier\w*|verpass\w*|erhalten sie|kostenlos\w*"
    r"|inscri\w+|abonne\w*|recevez|suscr\w+|recib[ae]\w*|reciba|síguenos|únete|iscriv\w+|ricev\w+|assin\w+|receba"
    r"|inschrijv\w*|aanmeld\w*|zapisz|anmäl\w*|prenumerer\w*|meld deg)\b",
    re.IGNORECASE,
)
"""A request to the reader ("you", "your") for an e-mail address."""
_ADVERTISEMENT = (
    r"\W*(?:anzeige|werbung|advertisement|sponsored|publicidad|publicité|pubblicità|reklama|advertentie|annons)"
    r"(?:\W*|\s?[-–:,.*].*)"
    r"|\W*(?:sign up|subscribe|register)\b(?: now| here| today)? (?:to|for)\b.*|[\w&’' ]{2,30} newsletter\W*"
    r"|to (?:view|read|continue reading|see)\b.{0,40}\b(?:subscribe|log in|sign in|register)\b.*"
)
"""Advertisements and offers."""
_AFFILIATION = re.compile(
    r".*\b(?:affiliate[- ]?links?|our advertisers|advertisers do not|(?:earn|receive) a (?:small )?commission)\b.*",
    re.IGNORECASE,
)
_TELLING_WORDS = (
    "newsletter", "mail", "inbox", "posteingang", "briefing", "telegram", "whatsapp", "correo", "boletín", "abo",
    "affiliate", "advertisers", "commission",
)  # fmt: skip
"""Words in small letters of which a request or an affiliation has one: found in a fraction of its time."""
_READING_TIME = (
    r"\W*(?:\d+[- ]min(?:ute)?s?\.? read|(?:tempo de leitura|reading time|read time|lesedauer|lesezeit|temps de lecture"
    r"|tiempo de lectura|tempo di lettura|leestijd)\b.{0,30})\W*"
)
_WIDGET = (
    r"(?:(?:like|rate|share|print) this|gefällt mir|bewerten|teilen mit|me gusta esto|comparte esto|j[’']aime ça"
    r"|partager|mi piace|condividi|curtir isso|compartilhe isso|vind ik leuk|delen|lubię to|udostępnij|gilla|dela) ?:"
    r"|\W*(?:no ratings yet|noch keine bewertungen|aucune note|pas encore de note|sin valoraciones"
    r"|nessuna valutazione)\W*"
    r"|(?:this slideshow requires|diese diashow benötigt|ce diaporama nécessite"
    r"|esta presentación (?:de diapositivas )?requiere|questa presentazione richiede|este slideshow necessita de)"
    r" javascript\W*"
)
"""What plug-ins of WordPress put into and below a text, in the words of their translations."""
_WHOLE_LINE = re.compile("|".join((_READING_TIME, _CAPTION, _ADVERTISEMENT, _WIDGET)), re.IGNORECASE)
_POSTED_IN = re.compile(
    r"(?:this (?:entry|post) was (?:posted|written|published) (?:in|on|by|under)"
    r"|(?:dieser|der) (?:eintrag|beitrag|artikel) wurde (?:(?:am|in|unter|von) .{1,100} )?"
    r"(?:veröffentlicht|geschrieben|gepostet)(?: (?:am|in|unter|von|und))?"
    r"|cet(?:te)? (?:entrée|article) a été publiée? (?:dans|le|par)"
    r"|esta entrada (?:fue|ha sido) publicada (?:en|el|por)"
    r"|questo articolo è stato pubblicato (?:in|il|da)|este (?:post|artigo) foi publicado (?:em|por)"
    r"|(?:dit bericht|deze entry) (?:is|was|werd) geplaatst (?:in|op|door)"
    r"|ten wpis został opublikowany (?:w|przez))\b.*",
    re.IGNORECASE,
)
"""The line below a text of WordPress with its day and its categories, in the words of its translations."""
_MAX_POSTED_IN = 500
"""Characters of such a line, which may go on with links to feeds and comments."""
_ABOUT_AUTHOR = re.compile(
    r"\W*(?:about the (?:author|writer)|über (?:den autor|die autorin)|zu[rm] (?:autorin|autor|person)"
    r"|sobre (?:el|la|o|a) auto\w+|à propos de l['’]aut\w+|over de auteur|om forfatteren)\b",
    re.IGNORECASE,
)
"""The heading of a note about the author, after the article."""
_BYLINE = re.compile(
    r"(?:by|von|por|par|di|text|autor(?:in|a)?|texte?|redac(?:ción|ção))\b:? ?"
    r"(?-i:(?:[A-ZÀ-Ž][\w.’'-]+|de|da|do|del|van|von|di|la|le)(?:,| |$| (?:and|und|y|et|e|&) )){2,8}",
    re.IGNORECASE,
)
"""A line of names: `Von Jane Doe und John Roe`."""
_NOTES = re.compile(
    r"\W*(?:(?:presse-?|medien-?)?kontakt(?:e|daten)?|(?:ihre? )?ansprechpartner(?:in)?(?: (?:zum|für) .*)?"
    r"|(?:press|media|further)? ?contacts?(?: information)?|notes to editors|(?:contact|contacto) (?:presse|de prensa)"
    r"|original-?publikation(?:en)?|quellenangaben|(?:zusatz|weitere )informationen|further information"
    r"|links zum (?:thema|artikel)|über diese reihe)\W*",
    re.IGNORECASE,
)
"""The heading of contacts and sources after a text."""
_MAX_NOTES_SHARE = 0.35
"""Share of the body that contacts and sources may take."""
_MAX_LINE = 240
"""Characters of a line of boilerplate. A longer line is a paragraph."""
_HEAD_LINES, _TAIL_LINES = 3, 5
"""Lines at the start and at the end of a body that may state date or author."""
_MAX_HEADING, _MAX_DATE_LETTERS = 70, 35
"""Characters of a heading, byline or date line; letters of a date line."""
_MIN_NAME, _MAX_BESIDE_NAME = 6, 25
"""Characters of an author's name that is searched for, and of the rest of its line."""


def remove_boilerplate(lines: Sequence[str], authors: Sequence[str] = ()) -> list[str]:
    """Remove the lines of a body that are not part of the article; keep all if nothing else would be left."""
    lines = _trim_ends(lines, [author for author in authors if len(author) >= _MIN_NAME])
    kept = [line for line in lines if not _is_boilerplate_anywhere(line)]
    while len(kept) > 1 and len(kept[-1]) < _MAX_LINE and _CALL_TO_ACTION.match(kept[-1]):
        kept.pop()
    kept = _trim_notes(kept)
    tail = max(len(kept) - _TAIL_LINES, 1)
    kept = [
        line for n, line in enumerate(kept) if n < tail or len(line) >= _MAX_LINE or not _CALL_TO_ACTION.match(line)
    ]
    return kept or list(lines)


def _trim_notes(lines: list[str]) -> list[str]:
    """Cut a short tail that begins with a heading for contacts or sources."""
    size = 0
    total = sum(map(len, lines))
    for n in range(len(lines) - 1, 0, -1):
        size += len(lines[n])
        if size > _MAX_NOTES_SHARE * total:
            break
        if len(lines[n]) < _MAX_HEADING and _NOTES.fullmatch(lines[n]):
            return lines[:n]
    return lines


def _is_boilerplate_anywhere(line: str) -> bool:
    if len(line) < _MAX_POSTED_IN and _POSTED_IN.match(line):
        return True
    if len(line) >= _MAX_LINE:
        return False
    if _is_link(line) or _WHOLE_LINE.fullmatch(line) or (("©" in line or "(" in line) and _CREDIT.fullmatch(line)):
        return True
    small = line.lower()
    for word in _TELLING_WORDS:
        if word in small:
            return (_SUBSCRIPTION_REQUEST.match(line) or _AFFILIATION.fullmatch(line)) is not None
    return False


def _trim_ends(lines: Sequence[str], authors: Sequence[str]) -> Sequence[str]:
    """Cut date and author above and below the text, and the note about the author after it."""
    start, end = 0, len(lines)
    while start < min(_HEAD_LINES, end - 1) and (_is_date(lines[start]) or _is_byline(lines[start], authors)):
        start += 1
    for n in range(end - 1, max(start, end - 1 - _TAIL_LINES), -1):
        line = lines[n]
        if _ABOUT_AUTHOR.match(line) or line.startswith(tuple(f"{author} " for author in authors)):
            end = n
        elif _is_date(line) or _is_byline(line, authors):
            end = n if n == end - 1 else end
    return lines[start:end] if start or end < len(lines) else lines


def _is_date(line: str) -> bool:
    """Whether a line is a date with few other letters."""
    return (
        len(line) < _MAX_HEADING
        and sum(map(str.isalpha, line)) < _MAX_DATE_LETTERS
        and (any(find_dates(line)) or is_ambiguous(line))
    )


def _is_byline(line: str, authors: Sequence[str]) -> bool:
    """Whether a line is an author's name with few other characters."""
    if len(line) < _MAX_HEADING and _BYLINE.fullmatch(line):
        return True
    folded = line.casefold()
    return any(
        len(line) < len(author) + _MAX_BESIDE_NAME
        and author.casefold() in folded
        and not line.endswith((".", "!", "?", ":"))
        for author in authors
    )


def _is_link(line: str) -> bool:
    """Whether a line is a link to another story: it ends after the words that say so, or they end in a colon."""
    match = _LINK.match(line)
    return match is not None and (match.end() == len(line) or ":" in match[0] or "|" in match[0])
