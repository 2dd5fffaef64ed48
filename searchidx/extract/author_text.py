"""Read the authors' names in a text that may say more: labels, roles, dates, buttons.

A name ends where something else begins: a number, a word in small letters, what somebody is (`Staff Writer`), a label
(`Updated`), or a separator. The words after it are not read, because dates, sections and places follow names.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence

from searchidx.extract.blocks import fold_letters
from searchidx.extract.calendar_names import MONTHS, WEEKDAYS

_LABEL = (
    r"(?:(?:(?:written|posted|published|reported|words|story|recipe|article|interview|review|report|text|created|edited"
    r"|contributed|submitted|started|view all posts|all posts|post author)\s+)?by"
    r"|(?:(?:eine?\s+)?(?:(?:gast|blog\s?)?beitrag|artikel|interview|text|rezept|kommentar|kolumne|glosse|essay"
    r"|analyse|bericht|reportage|rezension|kritik)|erstellt|geschrieben|verfasst|eingestellt|eingetragen|gespeichert"
    r"|aufgezeichnet|veröffentlicht|pressemitteilung|alle (?:artikel|beiträge)|zeige alle beiträge|gepostet|publiziert"
    r"|protokoll)\s+vo[nm]"
    r"|(?:publié|écrit|rédigé|propos recueillis|article|texte|posté)\s+par|(?:escrito|publicado)\s+por"
    r"|(?:geschreven|geplaatst|gepubliceerd)\s+door|(?:scritto|pubblicato)\s+da|(?:ditulis\s+)?oleh|a cura di"
    r"|vo[nm]|par|por|door|di|av|af)(?=[\s:]|$)\s*:?"
    r"|(?:(?:post )?author|written by|by|byline|name|autor(?:/?in|en|a|es)?|auteurs?|autrice|autore|text|texte|texto"
    r"|tekst|tekstas|teksti|testo|words|story|interview|bericht|reportage|redaktion|redakteur(?:in)?|forfatter|författare"
    r"|journalist|skribent|szerző|írta|автор|авторы|текст|yazar|yazan|penulis|συντάκτης|kirjoittaja|kirjoittanut"
    r"|pressekontakt|ansprechpartner(?:in)?|verfasser(?:in)?|von|por|par|de)\s*:"
    r"|(?:作者|文字|撰文|记者|記者|執筆者|執筆|文|글|기자|취재|責任著者|来源作者)\s*[:：/／]"
)
_START_LABEL = re.compile(
    rf"(?:{_LABEL}|(?:text|words|interview|protokoll)(?:\s*(?:&|\+|und|and|,)\s*\w+)+\s*:|©|»)\s*", re.IGNORECASE
)
_INNER_LABEL = re.compile(
    r"(?:(?<=[\s|•·,)])|^)(?:(?:Written |Posted |Published |Recipe )?(?:By|Von|Par|Por|by)(?=\s)|[Ww]ritten by(?=\s)"
    r"|(?i:author|autor(?:in)?|auteur|autore|text|von|by|автор|作者|记者|記者|文)\s*[:：])\s*"
)
_OTHER_ROLE = re.compile(
    r"\W*(?:\w+ly\s+|expert\s+|fact[\s-]?)*(?:reviewed|checked|verified|edited|tested|translated|illustrated"
    r"|photograph(?:ed|s|y)?|photos?|images?|pictures?|videos?|fotos?|bild(?:er)?|geprüft|übersetzt|lektoriert|redigiert)"
    r"\s*(?:\w+\s+)?(?:by|von|par|por)\b",
    re.IGNORECASE,
)
"""What begins the line of somebody who is not the author: `Medically reviewed by`."""
_SPLIT = re.compile(
    r"\s*(?:[,;，、；&+]|\s(?:and|und|et|y|e|en|och|og|ja|i|oraz|и|та|ve|și|dan|with|im Gespräch mit)(?=\s))\s*"
)
_SPLIT_STATED = re.compile(r"\s*(?:[,;|，、；]|\s/\s|\s(?:and|und|et|y|e|en|och|og|&)\s(?=[^\W\d_]+[. ]+[^\W\d_]))\s*")
_DAY = re.compile(r"\d{1,2}(?:st|nd|rd|th|\.)?,?")
_NUMERIC_DATE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4},?")
_CONNECTORS = frozenset("and und et y e en och og ja i oraz и та ve și dan with & , ; / + | ，、 、".split())
_END = re.compile(r"\s[|•·–—»-](?=\s|$)|[|•·»«()\[\]<>{}=!?…]|\s/\s|(?<=\w{3}):(?:\s|$)|(?<=[a-zß-ÿ]{3})\.\s|//|@")
_BULLETS = " -–—*/|•·"
_CREDIT_ENDS = frozenset("in am on at um à le el il veröffentlicht published posted updated aktualisiert".split())
"""Words after a credit that is no name."""
_BEFORE_DATE = re.compile(r"(?:am|on|at|um|à|le|el|il|em|den|\W*\d+\W*|[|•·–—-])$")
"""What follows a user's name in a line such as `Posted by jdoe on 1 May`."""
_ADDRESS = re.compile(r"https?:|www\.|\w@\w")
_LABEL_END = re.compile(r"(?:[:：/／]|\b(?:by|vo[nm]|par|por|door|d[ai]|a[vf]|oleh))\s*$", re.IGNORECASE)
"""The end of every label. It is found faster than the whole."""
_DIGIT = re.compile(r"\d")
_FOOTNOTE = re.compile(r"([^\W\d_.] [^\W\d_]+)\d(?:,\d)*(?=\s*[,;]|\s*$)")
"""The number of an affiliation after a name: `Jane Doe1; John Roe2`."""
_PARTICLES = frozenset(
    "von van der den de del della di da du la le los las ten ter dos das do zu zum zur vom bin ibn al el y af av st "
    "‘t 't v. d. e and dello degli dei lo mc ó ni i".split()
)
_ROLES = frozenset(
    """writer writers editor editors reporter correspondent columnist contributor journalist producer photographer staff
    senior chief deputy associate managing contributing executive director author freelance freelancer special
    assistant lead analyst blogger specialist manager founder cofounder co-founder ceo cto researcher professor
    publisher redakteur redakteurin redaktor redaktorin redaktionsleiter redaktionsleiterin chefredakteur
    chefredakteurin autor autorin gastautor gastautorin korrespondent korrespondentin journalistin volontär
    volontärin ressortleiter ressortleiterin freier freie mitarbeiter mitarbeiterin leiter leiterin chefreporter
    fotograf herausgeber rechtsanwalt rechtsanwältin geschäftsführer rédacteur rédactrice redacteur journaliste
    correspondant correspondante envoyé envoyée redactor redactora periodista corresponsal editora jefe giornalista
    inviato inviata corrispondente direttore redattore repórter jornalista correspondente redaktør redaktör
    toimittaja dziennikarz redaktorka dziennikarka muhabir muhabiri editör корреспондент редактор журналист
    обозреватель""".split()
)
"""What somebody is: it follows the name, or is no name."""
_STOPS = frozenset(
    """updated update published posted modified edited created follow view views read more share save link copied copy
    subscribe comments comment email contact by photo photos foto fotos bild bilder fotocredit images image illustration
    source quelle datum date stand alle all alles zum zur profil profile autorenprofil mehr see show about über bio
    veröffentlicht aktualisiert erstellt lesezeit lesedauer kommentare kommentar artikel beitrag beiträge archiv
    newsletter publié publie mis modifié partager lire publicado actualizado compartir pubblicato aggiornato
    condividi uhr min the this that my our we i you how why what when wir ich sie er es nous je facebook twitter
    instagram linkedin whatsapp website homepage web home menu login search tags tag category kategorie kategorien
    filed section in
    http https post text auteur afficher zuletzt nachrichten journal rede front page label name vom full people
    on at from for medically fact reviewed reading advertisement anzeige sponsored shares likes""".split()
)
"""Words that a name never begins or goes on with."""
_CREDENTIALS = re.compile(
    r"(?:M\.?D|Ph\.?\s?D|D\.?O|R\.?D\.?N?|R\.?N|MBA|MPH|MSc?|B\.?A|M\.?A|J\.?D|LL\.?M|DVM|CPT|CFP®?|CPA|LDN|FACP|FACS|Esq"
    r"|DDS|DPT|PT|NP|PA-C|FOMA|DABOM|FACLM|BSc|CSCS|LCSW|Psy\.?D|Ed\.?D|PharmD|MSW|MS|MFA|Dipl\.?-\w+|M\.?\s?Sc)\.?\b",
)
_NOT_A_NAME = frozenset(
    "admin administrator author autor name unknown webmaster wordpressadmin none null undefined".split() + ["no author"]
)
_OFFICE_NAMES = frozenset(
    "redaktion staff team editorial news redacción rédaction redazione by von full people".split()
)
_PUBLISHERS = re.compile(
    r"\b(?:GmbH|AG|KG|e\.\s?V\.|eG|SE|Inc|Ltd|LLC|PLC|S\.?A\.?|B\.?V\.|Group|Media|Medien|Verlag|Publishing|Network"
    r"|Stiftung|Foundation|Verband|Verein|Association|Institut\w*|University|Universität|Team|Newsroom|Editors?"
    r"|Redaktion|Redacción|Rédaction|Redazione|Online|Magazin|Magazine|News|Zeitung|Tribune|Times|Agency|Agentur"
    r"|Agencia|Office|Company|Clinic|Press|Editorial|Staff|Zentrale|Landesanstalt|Bund)\b"
)
"""Words of firms and offices. They may write an article, but a person beside them did."""
_WIDE = re.compile(r"[\u2e80-\ud7ff\uf900-\ufaff]")
_WIDE_ROLE = re.compile(
    r"[\s　]*(?:本报记者|(?:论|論)?[説说]委員|特派员|特派員|通讯员|记者|記者|编辑|編集委員|기자|특파원|人民记者)[\s　]*"
)
_EDGES = ' \t,;:.|/•·–—-»«"“”„*~‎©'
_OFFICES = frozenset("the our die der das la le el".split())
MAX_STATED = 100
_MAX_LABEL = 25
MAX_NAME = 60
_MAX_WORDS = 6
"""Characters and words of one name."""
MAX_TEXT = 400
"""Characters of a text that is read for names."""


def read_stated_authors(text: str, sites: Sequence[str] = ()) -> list[str]:
    """The names in a text of the metadata, which states nothing but authors: with what they are, but in their words."""
    names: dict[str, str] = {}
    while (label := _START_LABEL.match(text)) is not None and label.end() < len(text):
        text = text[label.end() :]
    for part in _SPLIT_STATED.split(text):
        name = _cut_stated(part.strip(_EDGES.replace(".", "")))
        folded = name.casefold()
        if names and (_CREDENTIALS.fullmatch(name) or _is_role(folded) or not any(map(str.isalpha, name))):
            continue
        if 0 < len(name) <= MAX_STATED and folded not in _NOT_A_NAME and not is_site(name, sites) and name != "By":
            names.setdefault(folded, name)
    return list(names.values())


def read_printed_authors(text: str, sites: Sequence[str] = (), is_marked: bool = True) -> list[str]:
    """The names at the start of a printed text, or after a label in it.

    If the page does not mark the text as an author's name, a name has two capitalised words.
    """
    if _OTHER_ROLE.match(text):
        return []
    names: dict[str, str] = {}
    text = _FOOTNOTE.sub(r"\1", text[:MAX_TEXT])
    label = _last_label(text)
    if is_site(text[label:] if label < len(text) else text, sites):
        return [text[label:].strip(_EDGES)]
    is_labelled = label > 0 and begins_as_byline(text)
    text = text[label:] if label else text
    if _ADDRESS.search(text):
        return []
    for segment in _END.split(text):
        for part, is_last in _parts(segment):
            name, is_cut = _read_name(part, (is_marked or bool(label)) and not names, is_labelled)
            if name:
                names.setdefault(name.casefold(), name)
            if is_cut or is_last or (names and not name and not _is_passable(part, sites)):
                break
        if names or (segment.strip(_EDGES) and not _DIGIT.search(segment)):
            break  # only a date stands before an author
    return list(names.values())


def _is_role(folded: str) -> bool:
    """Whether a part says what somebody is: `Senior Reporter`. `The Editors` are an author."""
    words = folded.split()
    return bool(words) and words[-1] in _ROLES and words[0] not in _OFFICES


def _begins_date(words: Sequence[str], at: int) -> bool:
    """Whether a date or its label begins at a word: `04/09/2024`, `December 28`, `28 December`, `|`."""
    word = words[at]
    after = words[at + 1] if at + 1 < len(words) else ""
    if _DAY.fullmatch(word):
        return after.strip(".,").casefold() in MONTHS
    if word.strip(".,").casefold() in MONTHS:
        return _DAY.fullmatch(after) is not None
    return word == "|" or _NUMERIC_DATE.fullmatch(word) is not None


def _cut_stated(part: str) -> str:
    """A stated name without a date, and without what somebody is, after it."""
    words = part.split()
    end = next((n for n in range(1, len(words)) if _begins_date(words, n)), len(words))
    role = next((n for n, word in enumerate(words[:end]) if n > 1 and word.strip(".,:").casefold() in _ROLES), end)
    return " ".join(words[:role]).strip(" ,;:|/•·–—-")


def begins_as_byline(text: str) -> bool:
    """Whether a line begins as one of nothing but an author: `By`, `Von`, `Text:`."""
    text = text.lstrip(_BULLETS)
    label = _START_LABEL.match(text)
    return label is not None and label.end() < len(text) and text[:1] not in "©»"


def read_credit(text: str) -> str:
    """All that follows the label of a line, if it is short, whether or not it is a name: `By The Desk editors`."""
    text = text.lstrip(_BULLETS)
    end = 0 if text[:1] in "©»" else _last_label(text)
    words = _END.split(text[end:])[0].split() if end and begins_as_byline(text) else []
    ends = (n for n, word in enumerate(words) if _begins_date(words, n) or word.casefold() in _CREDIT_ENDS)
    words = words[: next(ends, len(words))]
    credit = " ".join(words).strip(_EDGES)
    is_short = 1 < len(words) <= _MAX_WORDS and len(credit) <= MAX_NAME
    is_name = is_short and not words[0][:1].islower() and not words[0].isdecimal()
    return credit if is_name and not credit.endswith(("?", "!")) else ""


def is_label(text: str) -> bool:
    """Whether a text is nothing but the label of an author: `Written by`, `Autor:`."""
    if not 0 < len(text) <= _MAX_LABEL or _LABEL_END.search(text) is None or _OTHER_ROLE.match(text):
        return False
    return _last_label(text) == len(text)


def is_connector(text: str) -> bool:
    """Whether a text only connects two names."""
    return text.strip() in _CONNECTORS


def ends_open(text: str) -> bool:
    """Whether a text ends with a word or sign after which another name comes."""
    words = text.split()
    return bool(words) and (words[-1] in _CONNECTORS or words[-1][-1] in ",;&、，")


def is_full_name(name: str) -> bool:
    """Whether a name has a given and a family name, as far as its form tells, and is no firm's."""
    wide = _WIDE.search(name) is not None
    return (wide and len(name) > 1) or (len(name.split()) > 1 and _PUBLISHERS.search(name) is None)


def is_publisher(name: str, sites: Iterable[str]) -> bool:
    """Whether a name is that of the site, its publisher, or a firm."""
    letters = fold_letters(name)
    if any(
        len(site) > 4 and (site in letters or (len(letters) > 4 and letters in site))
        for site in map(fold_letters, sites)
    ):
        return True
    return is_site(name, sites) or _PUBLISHERS.search(name) is not None or re.search(r"\w\.\w\w+\b", name) is not None


def is_site(name: str, sites: Iterable[str]) -> bool:
    """Whether a name is the site's own."""
    letters = fold_letters(name)
    return any(letters == _fold_site(site) for site in sites)


@functools.lru_cache(maxsize=256)
def _fold_site(name: str) -> str:
    """The letters of a site's name, which many names of a page are compared with."""
    return fold_letters(name)


def _last_label(text: str) -> int:
    """The end of the label of an author: all of the text if it is nothing else, 0 if there is none."""
    end = 0
    while end < len(text) and (match := _START_LABEL.match(text, end)) is not None:
        end = match.end()
    if end:
        return end
    inner = next((each for each in _INNER_LABEL.finditer(text) if each.end() < len(text)), None)
    return 0 if inner is None else inner.end()


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The parts of a text that may each be a name, and which is the last."""
    parts = [part for piece in _SPLIT.split(text.strip(_EDGES)) for part in _split_agency(piece) if part.strip(_EDGES)]
    for number, part in enumerate(parts, 1):
        yield part.strip(_EDGES + "’"), number == len(parts)


def _split_agency(part: str) -> list[str]:
    """A full name, and the agency or another name after a slash; `AFP/The Local` is one name."""
    name, _, rest = part.partition("/")
    return [name, rest] if " " in name.strip() else [part]


def _read_name(part: str, is_marked: bool, is_dated: bool = False) -> tuple[str, bool]:
    """The name at the start of a part, or "", and whether something else follows it."""
    part = _WIDE_ROLE.sub("", part) if _WIDE.search(part) else part
    words = part.split()
    while len(words) > 2 and words[0].strip(":").casefold() in _ROLES:
        words.pop(0)
    name: list[str] = []
    for word in words:
        bare = word.strip(".,:;*").casefold()
        is_initial = len(bare) == 1 and word[:1].isupper()
        if _DIGIT.search(word) and not (is_marked and len(words) == 1):
            break
        if bare in _STOPS or (bare in _ROLES and (name or len(words) > 1)):
            break
        if word[:1].islower() and bare not in _PARTICLES and "'" not in word and "’" not in word and "-" not in word:
            if is_marked and not name and (len(words) == 1 or (is_dated and _BEFORE_DATE.match(words[1]))):
                name.append(word)  # a user's name
            break
        if _CREDENTIALS.fullmatch(word) and len(name) > 1 and not is_initial:
            break
        name.append(word)
    is_cut = len(name) < len(words)
    if is_cut and _DIGIT.search(words[len(name)]):
        while name and (name[-1].strip(".,").casefold() in MONTHS or name[-1].strip(".,").casefold() in WEEKDAYS):
            name.pop()
    while len(name) > 1 and name[-1] in _PARTICLES:
        name.pop()
    text = " ".join(name).strip(_EDGES if not name or len(name[-1]) > 3 else _EDGES.replace(".", ""))
    if not _is_name(text, is_marked):
        return "", is_cut
    return text, is_cut


def _is_name(text: str, is_marked: bool) -> bool:
    folded = text.casefold()
    words = text.split()
    if not (2 <= len(text) <= MAX_NAME and len(words) <= _MAX_WORDS) or folded in _NOT_A_NAME or folded in WEEKDAYS:
        return False
    if not any(map(str.isalpha, text)) or folded in _ROLES or folded in MONTHS or folded in _OFFICE_NAMES:
        return False
    if len(words) == 2 and words[0] in _PARTICLES and not is_marked:
        return False  # `von der Planung`
    if _WIDE.search(text):
        return is_marked and len(text) <= 20
    if is_marked:
        return True
    return len(words) > 1 and sum(word[0].isupper() for word in words) > 1 and len(words[0]) > 1


def _is_passable(part: str, sites: Iterable[str]) -> bool:
    """Whether a part after a name says of the person before it what the names after it do not end: `PhD`, a site."""
    return _CREDENTIALS.fullmatch(part) is not None or is_site(part, sites)
