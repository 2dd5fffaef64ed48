"""Who wrote an article: names as pages state them for machines, and bylines as they print them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

from searchidx.extract.markup import plain_text

__all__ = ["byline_of", "printed_byline"]

_BY = re.compile(
    r"(?:(?:view all posts|posted|published|written|article|post author)?\s*\b(?:by|vo[nm]|par|por|di|door|av|af)"
    r"|text|autor(?:in)?|(?:post )?author)\b[\s:]+",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:;|\||\s(?:and|und|et|y|e|en|och|og)\s(?=[^\W\d_]+ [^\W\d_]))\s*")
_NOBODY = {"admin", "administrator", "author", "autor", "name", "no author", "unknown", "webmaster", "wordpressadmin"}
_ADDRESS = re.compile(r"//|@|\[at\]")
_LONGEST, _LONGEST_PRINTED, _MOST_ELEMENTS = 100, 60, 30
_MARKED = (
    "//*[@rel='author' or @itemprop='author' or contains(concat(' ', normalize-space(@class), ' '), ' author ')"
    " or contains(@class, 'author-name') or contains(@class, 'authorName') or contains(@class, 'author__name')]",
    "//*[contains(@class, 'byline') or contains(@class, 'Byline') or contains(@class, 'author')"
    " or contains(@class, 'Author') or contains(@class, 'autor') or contains(@id, 'author')]",
)
"""How pages mark a byline, the surest first."""
_COMMENT = re.compile("comment", re.IGNORECASE)
_END = re.compile(r"\s[|•·–-]\s|\d{1,2}\.? ?\w+\.? \d{4}|\d\d\.\d\d\.\d{4}")
"""What stands behind a byline on the same line: a date, a place."""


def byline_of(names: Iterable[str], sites: Sequence[str] = ()) -> str:
    """Names of authors, one after the other; not their addresses, and the site's name only where there is no other."""
    others = {site.casefold() for site in sites}
    found: dict[str, str] = {}
    for name in names:
        for each in _AND.split(plain_text(name)):
            while match := _BY.match(each):
                each = each[match.end() :]
            if 0 < len(each) <= _LONGEST and not _ADDRESS.search(each) and each.casefold() not in _NOBODY:
                found.setdefault(each.casefold(), each)
    return ", ".join([name for folded, name in found.items() if folded not in others] or found.values())


def printed_byline(tree: Any) -> str:
    """The first byline that a page marks as one, but for those of comments; empty where there is none."""
    for marked in _MARKED:
        for element in itertools.islice(tree.xpath(marked), _MOST_ELEMENTS):
            text = " ".join(" ".join(element.itertext()).split())
            byline = byline_of([_END.split(text, maxsplit=1)[0].strip(" ,|")])
            if 3 <= len(byline) <= _LONGEST_PRINTED and not _is_of_comment(element):
                return byline
    return ""


def _is_of_comment(element: Any) -> bool:
    return any(
        _COMMENT.search(f"{each.get('class') or ''} {each.get('id') or ''}")
        for each in (element, *element.iterancestors())
    )
