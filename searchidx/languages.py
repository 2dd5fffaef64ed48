"""Languages: the tag for a language as a source states it, and the English name of a tag.

Tags are those of BCP 47 (`de`, `de-AT`, `zh-Hans`). Sources state tags, codes of ISO 639 or names in their own
language (`German`, `allemand`, `德文`, `ENGLISH; UNITED KINGDOM ENGLISH`). The names are those of the Unicode CLDR, in
the languages in which press databases speak to their users; docs/language_names.py writes `language_names.tsv`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_TAG = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{1,8})*)(?:\.[A-Za-z0-9-]+)?(?:@\w+)?")
"""A tag, or the name of a locale: `de_AT.UTF-8`, `ca_ES@valencia`."""
_SEPARATORS = re.compile(r"[;,/|()\[\]]|\s[-–]\s")
_MAX_LENGTH = 200
"""Longer texts name no language."""
_NOT_STATED = frozenset(("NA", "nan", "NaN", "NAN"))
"""What programs write for a missing value, although `na` is Nauru and `nan` Min Nan."""


class _Names(NamedTuple):
    """The table: the English name of each tag, and the tag of each folded name and code."""

    english: dict[str, str]
    tags: dict[str, str]


@lru_cache(maxsize=4096)
def parse_language(text: str) -> str:
    """The tag of a language that is stated as a tag, a code or a name; empty if it is none that is known.

    Of several languages the first counts: `ENGLISH; UNITED KINGDOM ENGLISH` is `en`.
    """
    text = text.strip()[:_MAX_LENGTH]
    if (tag := _parse_one(text)) or not _SEPARATORS.search(text):
        return tag
    return next(filter(None, map(_parse_one, _SEPARATORS.split(text))), "")


def language_name(tag: str) -> str:
    """The English name of a tag: `German`, `Austrian German`, `German (BE)`; the tag itself if it is not known."""
    english = _read_names().english
    parts = tag.split("-")
    for length in range(len(parts), 0, -1):
        if name := english.get("-".join(parts[:length])):
            rest = "-".join(parts[length:])
            return f"{name} ({rest})" if rest else name
    return tag


def fold_name(name: str) -> str:
    """A name of a language without case and accents, as the table has it."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(unicodedata.normalize("NFC", plain).split())


def _parse_one(text: str) -> str:
    if not text or text in _NOT_STATED:
        return ""
    names = _read_names()
    if match := _TAG.fullmatch(text):
        first = match[1].lower()
        first = first if first in names.english else names.tags.get(first, "")
        if first:
            return "-".join([first, *_format_subtags(match[2])])
    return names.tags.get(fold_name(text), "")


def _format_subtags(text: str) -> list[str]:
    """The subtags after the first in the usual case: `Hans`, `AT`, `1996`; those of extensions stay."""
    subtags: list[str] = []
    for subtag in filter(None, re.split("[-_]", text)):
        if len(subtag) == 4 and subtag.isalpha():
            subtag = subtag.title()
        elif len(subtag) == 2 and subtag.isalpha():
            subtag = subtag.upper()
        else:
            subtag = subtag.lower()
        subtags.append(subtag)
    return subtags


@lru_cache(maxsize=1)
def _read_names() -> _Names:
    english: dict[str, str] = {}
    tags: dict[str, str] = {}
    path = Path(__file__).with_name("language_names.tsv")
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            tag, name, others = line.split("\t")
            english[tag] = name
            tags[fold_name(name)] = tag
            for other in filter(None, others.split("|")):
                tags.setdefault(other, tag)
    return _Names(english, tags)


def parse_default_language(language: str | None) -> str | None:
    """Parse the language of articles that state none to its tag; empty and None stay. Raises ValueError."""
    tag = parse_language(language) if language else language
    if language and not tag:
        raise ValueError(f"{language!r} is not a language: use a tag such as de or pt-BR, or a name such as German")
    return tag
