"""Authors: names from metadata, and the byline that a page prints."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

from searchidx.extract.markup import class_and_id, strip_markup
from searchidx.extract.printed_date import find_dates, is_filler

_PREFIX = re.compile(
    r"(?:(?:view all posts|posted|published|written|article|post author)?\s*\b(?:by|vo[nm]|par|por|di|door|av|af)"
    r"|text|autor(?:in)?|(?:post )?author)\b[\s:]+",
    re.IGNORECASE,
)
_BY = re.compile(r"\s*(?:(?i:by)\s+(?=[^\W\d_])|(?i:von|par|por)\s+(?=[^\W\d_a-zß-ÿ][\w.’'-]*\s[^\W\d_a-zß-ÿ]))")
"""The word "by" in a record. The lookahead keeps names such as `Von Hippel` and `von Braun, Wernher`."""
_SEPARATOR = re.compile(r"\s*(?:;|\||\s(?:and|und|et|y|e|en|och|og)\s(?=[^\W\d_]+ [^\W\d_]))\s*")
_NOT_A_NAME = {
    "admin", "administrator", "author", "autor", "name", "no author", "unknown", "webmaster", "wordpressadmin",
}  # fmt: skip
_ADDRESS = re.compile(r"//|@|\[at\]")
_MAX_NAME, _MAX_PRINTED = 100, 60
"""Characters of an author's name in metadata, and of a printed byline."""
_MAX_ELEMENTS = 30
"""Elements examined for each pattern of markup."""
_BYLINE_ELEMENTS = (
    "//*[@rel='author' or @itemprop='author' or contains(concat(' ', normalize-space(@class), ' '), ' author ')"
    " or contains(@class, 'author-name') or contains(@class, 'authorName') or contains(@class, 'author__name')]",
    "//*[contains(@class, 'byline') or contains(@class, 'Byline') or contains(@class, 'author')"
    " or contains(@class, 'Author') or contains(@class, 'autor') or contains(@id, 'author')]",
)
"""XPath of elements that hold a byline, most reliable first."""
_COMMENT = re.compile("comment", re.IGNORECASE)
_END = re.compile(r"\s[|•·–—-]\s")
"""The end of a byline within its line."""
_PRINTED = re.compile(
    r"(?:(?:By|BY) (?=[^\W\d_])|(?:Von|VON|Par|PAR|Por|POR|Di|DI|Door|DOOR|Av|AV|Af|AF|Autor:|Autorin:|Author:) "
    r"(?=[^\W\d_a-zß-ÿ][\w.’'-]*\s(?:(?:von|van|de|der|den|da|di|du|la|le|und|et|y|e|en|och|og|&)\s)*[^\W\d_a-zß-ÿ]))"
    r"(?P<name>[^\W\d_][^.!?|•·]{0,80}(?:\.[^.!?|•·]{1,40})*)"
)
"""A printed line with an author. Words other than "By" need two names: `Von Hippel` is one."""
_BY_WORD = re.compile(r"\b(?:By|BY|by|Von|Par|Por|Di|Door|Av|Af)\b")
_AROUND = " ,;|•·–—-"
_MAX_WORDS, _MAX_LINE = 10, 160
"""Words of a printed byline, and characters of its line."""


def remove_by_prefix(text: str) -> str:
    """Remove "by" and its translations before an author's name."""
    return _BY.sub("", text, count=1)


def split_byline(line: str) -> tuple[str, str]:
    """Split a printed line into an author and a date after or before: `By Jane Doe, February 1, 2023`.

    Both are empty if the line is no such line; the second is empty without a date.
    """
    text, rest = _cut_date(line)
    match = _PRINTED.fullmatch(text)
    if match is None or len(text.split()) > _MAX_WORDS:
        return "", ""
    return match["name"].strip(" ,"), rest


def _cut_date(line: str) -> tuple[str, str]:
    """Cut the date at the start or the end of a line, with its time, labels and separators, from the rest."""
    dates = list(find_dates(line)) if len(line) <= _MAX_LINE else []
    for date in dates[:1]:
        before, after = line[: date.start], line[date.stop :]
        if before.strip(_AROUND) and not is_filler(before):
            words = re.split(r"(\s+|[|•·])", before.rstrip())
            while words and (is_filler(words[-1]) or not words[-1].strip(_AROUND)):
                words.pop()
            name = "".join(words)
            return name.rstrip(_AROUND), line[len(name) :].strip(_AROUND)
        if (match := _BY_WORD.search(after)) is not None:
            return after[match.start() :].strip(), line[: date.stop + match.start()].strip(_AROUND)
    return line.strip(), ""


def join_authors(names: Iterable[str], site_names: Sequence[str] = ()) -> str:
    """Join the authors' names, each once, without addresses and the site's name, and without a date after them."""
    sites = {site.casefold() for site in site_names}
    authors: dict[str, str] = {}
    for name in names:
        for author in _SEPARATOR.split(_cut_date(strip_markup(name))[0]):
            while match := _PREFIX.match(author):
                author = author[match.end() :]
            if 0 < len(author) <= _MAX_NAME and not _ADDRESS.search(author) and author.casefold() not in _NOT_A_NAME:
                authors.setdefault(author.casefold(), author)
    return ", ".join(author for folded, author in authors.items() if folded not in sites)


def find_byline(tree: Any, site_names: Sequence[str] = ()) -> str:
    """The first byline in the page's markup, outside of comments; "" if there is none but the site's name."""
    for xpath in _BYLINE_ELEMENTS:
        for element in itertools.islice(tree.xpath(xpath), _MAX_ELEMENTS):
            text = " ".join(" ".join(element.itertext()).split())
            byline = join_authors([_END.split(_cut_date(text)[0], maxsplit=1)[0].strip(" ,|")], site_names)
            if 3 <= len(byline) <= _MAX_PRINTED and not _is_in_comment(element):
                return byline
    return ""


def _is_in_comment(element: Any) -> bool:
    return any(_COMMENT.search(class_and_id(each)) for each in (element, *element.iterancestors()))
