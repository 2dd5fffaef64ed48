"""Authors: names from metadata, and the byline that a page prints."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

from searchidx.extract.markup import class_and_id, strip_markup

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
_END = re.compile(r"\s[|•·–-]\s|\d{1,2}\.? ?\w+\.? \d{4}|\d\d\.\d\d\.\d{4}")
"""The end of a byline within its line: a separator or a date."""


def remove_by_prefix(text: str) -> str:
    """Remove "by" and its translations before an author's name."""
    return _BY.sub("", text, count=1)


def join_authors(names: Iterable[str], site_names: Sequence[str] = ()) -> str:
    """Join the authors' names, each once, without addresses. The site's name counts only where it is the only one."""
    sites = {site.casefold() for site in site_names}
    authors: dict[str, str] = {}
    for name in names:
        for author in _SEPARATOR.split(strip_markup(name)):
            while match := _PREFIX.match(author):
                author = author[match.end() :]
            if 0 < len(author) <= _MAX_NAME and not _ADDRESS.search(author) and author.casefold() not in _NOT_A_NAME:
                authors.setdefault(author.casefold(), author)
    return ", ".join([author for folded, author in authors.items() if folded not in sites] or authors.values())


def find_byline(tree: Any) -> str:
    """The first byline in the page's markup, outside of comments; "" if there is none."""
    for xpath in _BYLINE_ELEMENTS:
        for element in itertools.islice(tree.xpath(xpath), _MAX_ELEMENTS):
            text = " ".join(" ".join(element.itertext()).split())
            byline = join_authors([_END.split(text, maxsplit=1)[0].strip(" ,|")])
            if 3 <= len(byline) <= _MAX_PRINTED and not _is_in_comment(element):
                return byline
    return ""


def _is_in_comment(element: Any) -> bool:
    return any(_COMMENT.search(class_and_id(each)) for each in (element, *element.iterancestors()))
