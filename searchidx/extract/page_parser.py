"""Parse HTML as far as it can be: every page gives a tree, however broken.

A page that is made to exhaust time or memory is not parsed: `PageLimitError` says which limit it exceeds. Limits count
what a page has and measure no time, so that a page is read on a slow machine as on a fast one.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

_END = re.compile(rb"</(?i:body|html)\s*>")
"""Tags after which libxml2 drops the rest of a page, and browsers show it."""
_EMBEDDED = re.compile(rb"data:[\w/+.;=-]{0,100},[\w/+=%-]{1000,}")
"""An embedded file, as SingleFile saves pictures and fonts."""
_MIN_LARGE = 1_000_000
"""Bytes of a page whose embedded files are left out before it is parsed."""
_MAX_SIZE = 20_000_000
"""Bytes of a page without embedded files."""
_MAX_TAGS = 400_000
"""Start and end tags of a page. Its tree takes some 100 MB."""
_MAX_ATTRIBUTES = 5_000
"""Attributes of one element. libxml2 looks for the last one each time it adds one: 10⁶ take an hour."""
_MIN_LONG_TAG, _MIN_SIGNS = 2 * _MAX_ATTRIBUTES, 4 * _MAX_ATTRIBUTES
"""Bytes of a tag with so many attributes, and equals signs of a page above which every tag is measured."""
_TAG = re.compile(rb"""<[a-zA-Z](?>[^=>]++|=\s*+(?:"[^"]*+"|'[^']*+'|))*+""")
"""A start tag without its end; only after an equals sign may a quoted text hold one."""
_TAG_START = re.compile(rb"<[a-zA-Z]")
_WINDOW = _MIN_LONG_TAG // 2
"""Bytes of a window: a tag that is longer than two fills one."""
_VALUE = re.compile(rb"""=\s*+(?:"[^"]*+"|'[^']*+')""")
_SPACE = re.compile(rb"[\s/]+")


class PageLimitError(ValueError):
    """Raised for a page that has more of something than any page that people read."""


def parse_page(page: str) -> Any:
    """Parse HTML to an lxml tree without comments; None where it has no elements."""
    return parse_utf8(page.encode("utf-8", "replace"))


def parse_utf8(page: bytes) -> Any:
    """`parse_page` for a page that is encoded already.

    Nothing is fetched. libxml2 bounds the depth of a tree, so that everything below may use the stack. Raises
    `PageLimitError`.
    """
    from lxml import etree

    if len(page) > _MIN_LARGE:
        page = _EMBEDDED.sub(b"data:,", page)
    _check_limits(page)
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        tree = etree.fromstring(_END.sub(b"", page.replace(b"\0", b" ")), parser)
    except etree.XMLSyntaxError:
        return None
    return tree if tree is not None and len(tree) else None


def _check_limits(page: bytes) -> None:
    if len(page) > _MAX_SIZE:
        raise PageLimitError(f"the page has over {_MAX_SIZE // 1_000_000} MB without embedded files")
    codes = np.frombuffer(page, np.uint8)  # counts frequent characters faster than bytes.count
    if np.count_nonzero(codes == ord("<")) > _MAX_TAGS:
        raise PageLimitError(f"the page has over {_MAX_TAGS:,} tags")
    # A tag with many attributes is long, or their values hold the ends of tags, for which there are equals signs.
    if np.count_nonzero(codes == ord("=")) > _MIN_SIGNS or _has_long_tag(page):
        for tag in _TAG.finditer(page):
            if len(tag[0]) > _MIN_LONG_TAG and len(_SPACE.split(_VALUE.sub(b" ", tag[0]))) > _MAX_ATTRIBUTES:
                raise PageLimitError(f"an element has over {_MAX_ATTRIBUTES:,} attributes")


def _has_long_tag(page: bytes) -> bool:
    """Whether a tag begins far before the next end of a tag: then a window between them has no end of a tag."""
    count = len(page) // _WINDOW
    windows = np.frombuffer(page, np.uint8, count * _WINDOW).reshape(count, _WINDOW)
    stop = 0
    for number in np.flatnonzero(~(windows == ord(">")).any(axis=1)).tolist():
        if number * _WINDOW < stop:
            continue  # within the same gap as the window before
        start = page.rfind(b">", 0, number * _WINDOW) + 1
        end = page.find(b">", number * _WINDOW)
        stop = end if end >= 0 else len(page)
        if _TAG_START.search(page, start, max(start, stop - _MIN_LONG_TAG)):
            return True
    return False
