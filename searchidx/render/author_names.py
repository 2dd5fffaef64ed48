"""Parse bylines into the authors of a bibliography: family and given names, or a literal name.

A citation style sorts and abbreviates by the family name. A wrong guess makes a wrong citation; a literal name is
merely not abbreviated. So a byline is split only if its form is unambiguous: `Jane Doe`, `J. R. Doe`, `Ursula von der
Leyen`, `Doe, Jane`, or several of those. An agency or office after them is left out. Literal are: three full names (the
middle one may belong to either side), names with the family name first (`Wang Wei`, `Ban Ki-moon`), firms, and scripts
without capitals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BY = re.compile(r"by:?\s+", re.IGNORECASE)
_PARTS = re.compile(r"\s*(?:[,;|&]|\s/|/\s|\band\b)\s*", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[^\W\d_]\.-?)+")
_NAME = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_WORD = re.compile(r"\w+")
_ASIAN_GIVEN_NAME = re.compile(
    r"[^\W\d_]+-[a-zß-ÿ][^\W\d_]*|(?i:{0}-{0})".format(  # Ki-moon, Ing-wen, Sang-Hun
        r"(?:ch|sh|kk|tt|pp|ss|jj|ts|[bcdghjklmnprstwy])?[wy]?(?:ae|eo|eu|oo|ee|ou|ui|oe|ai|ei|[aeiou])(?:ng|[nmlkptrh])?"
    )
)
"""A given name of two syllables, as Korean and Chinese names have it after the family name: `Sang-Hun`."""
_SUFFIXES = frozenset(("Jr", "Jr.", "Sr", "Sr.", "II", "III", "IV"))
_PARTICLES = frozenset("von van der den de del della di da du la le ten ter dos das do zu zum zur bin ibn al".split())
# Words that occur in firms, offices and places, not in names of persons.
_OFFICES = frozenset(
    """afp agencies agency analyst ansa ap associated bbc bloomberg board bureau center centre chief city cnn
    columnist company contributor corp correspondent council daily department deputy desk director dispatches dpa
    east economist editor editorial editors efe foundation global group guest herald house inc institute
    international jiji journal journalist kyodo las los ltd magazine media minister ministry national network new
    news newspaper newsroom north npr of office online photographer post president press professor report reporter
    reporters reports reuter reuters san santa school senior service services shimbun south special staff tass team the
    times today tribune tv united university upi west wire wires world writer writers xinhua""".split()
)
# The most common family names of languages that put them first; bylines have them in either order.
_FAMILY_FIRST = frozenset(
    """bai ban cai cao chan chang chen cheng choe choi chung cui dai deng ding dong du fan fang feng fu gao gong gu guo
    han he ho hong hou hu huang jia jiang jin jung kang kim kong kwon lai lam le lee lei leung li liang liao lim
    lin liu long lu luo ma mao mo moon nam ngo noh nguyen ni oh pan park peng pham phan qian qin qiu ren roh ryu seo
    shao shen shi shin song su sun tan tang tao tian tran tsai tu vo vu wan wang wei wen wong woo wu xi xia xiang
    xiao xie xiong xu xue
    yan yang yao ye yeh yi yim yin yoo yoon you yu yuan zeng zhang zhao zheng zhong zhou zhu zou""".split()
)


@dataclass(frozen=True, slots=True)
class Author:
    """An author: either a `literal` name, or `family` and `given` names with an optional `suffix`."""

    literal: str = ""
    family: str = ""
    given: str = ""
    suffix: str = ""


def parse_authors(byline: str) -> tuple[Author, ...]:
    """Parse the authors of a byline; an ambiguous byline is one literal name."""
    text = byline.strip()
    by = _BY.match(text)
    text = text[by.end() :] if by else text
    if not text:
        return ()
    inverted = [_parse_inverted(part) for part in text.split(";")]
    if all(inverted):
        return tuple(filter(None, inverted))
    parts = list(filter(str.strip, _PARTS.split(text)))
    while len(parts) > 1 and _is_office(parts[-1]) and not _is_office(parts[0]):
        parts.pop()
    if len(parts) == 1:
        return (_parse_person(parts[0].split()) or Author(literal=parts[0]),)
    persons = [_parse_person(part.split()) for part in parts if not _is_office(part)]
    return tuple(filter(None, persons)) if persons and all(persons) else (Author(literal=text),)


def _parse_inverted(text: str) -> Author | None:
    """Parse a name as catalogues have it, `Doe, Jane`: one family name, and given names or initials."""
    family, _, given = (part.strip() for part in text.partition(","))
    names, firsts = family.split(), given.split()
    is_family = bool(names) and _is_name(names[-1]) and all(word in _PARTICLES for word in names[:-1])
    is_given = 0 < len(firsts) < 3 and all(_is_name(word) or _is_initials(word) for word in firsts)
    return Author(family=family, given=given) if is_family and is_given and not _is_office(text) else None


def _parse_person(words: list[str]) -> Author | None:
    """Parse the name of a person; None if it is ambiguous."""
    suffix = words[-1] if len(words) > 2 and words[-1] in _SUFFIXES else ""
    names = words[: -1 if suffix else None]
    particle = next((at for at, word in enumerate(names) if at and word in _PARTICLES), len(names) - 1)
    given, family = names[:particle], names[particle:]
    if not given or not _is_name(family[-1]) or any(word not in _PARTICLES for word in family[:-1]):
        return None
    first, *others = given
    if not (_is_name(first) or _is_initials(first)) or not all(map(_is_initials, others)):
        return None
    if first.lower() in _FAMILY_FIRST or _ASIAN_GIVEN_NAME.fullmatch(family[-1]) or _is_office(" ".join(words)):
        return None
    return Author(family=" ".join(family), given=" ".join(given), suffix=suffix)


def _is_name(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and _NAME.fullmatch(word) is not None


def _is_initials(word: str) -> bool:
    return word[0].isupper() and _INITIALS.fullmatch(word) is not None


def _is_office(part: str) -> bool:
    return not _OFFICES.isdisjoint(_WORD.findall(part.lower()))
