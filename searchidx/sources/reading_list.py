"""Lists of links that reading lists and browsers export: Pocket, Instapaper, Raindrop, bookmarks.

They hold addresses and titles, not articles. One skip a file counts the links and says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from searchidx.article import Article
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile


class _List(NamedTuple):
    """A kind of list: its name, how its file begins, and what begins each link."""

    name: str
    head: re.Pattern[bytes]
    link: re.Pattern[bytes]


_HTML_LINK = re.compile(rb"<a\s[^>]*href=", re.IGNORECASE)
_ROW = re.compile(rb"(?:^|[\r\n])\s*[^\r\n]*https?://")
_LISTS = (
    _List(
        "Pocket", re.compile(rb"\s*(?:<!doctype[^>]*>\s*)?<html>.{0,400}<title>Pocket Export", re.I | re.S), _HTML_LINK
    ),
    _List("Pocket", re.compile(rb"\s*(?:title,url,time_added\b|url,title,time_added\b)", re.I), _ROW),
    _List(
        "Pocket",
        re.compile(rb'\s*\{.{0,400}"list"\s*:\s*\{\s*"\d+"\s*:\s*\{[^{}]*"(?:resolved_url|given_url|item_id)"', re.S),
        re.compile(rb'"given_url"'),
    ),
    _List("Instapaper", re.compile(rb"\s*URL,Title,Selection,Folder", re.I), _ROW),
    _List("Instapaper", re.compile(rb"\s*<.{0,600}<title>Instapaper: Export", re.I | re.S), _HTML_LINK),
    _List("Raindrop", re.compile(rb"\s*id,title,note,excerpt,url,folder", re.I), _ROW),
    _List("a browser's bookmarks", re.compile(rb"\s*<!DOCTYPE NETSCAPE-Bookmark-file", re.I), _HTML_LINK),
)


def recognises(head: bytes) -> bool:
    """Whether a list of links begins here."""
    return any(each.head.match(head) for each in _LISTS)


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The skip that counts the links."""
    head = file.head()
    kind = next(each for each in _LISTS if each.head.match(head))
    count = len(kind.link.findall(file.read()))
    links = "1 link" if count == 1 else f"{count:,} links"
    reason = f"it lists {links} of {kind.name}, without their text: save the pages themselves, as with SingleFile"
    yield Skip(file.name, reason, damaged=False)
