"""Parse HTML as far as it can be: every page gives a tree, however broken."""

from __future__ import annotations

import re
from typing import Any

_END = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)
"""Tags after which libxml2 drops the rest of a page, and browsers show it."""


def parse_page(page: str) -> Any:
    """Parse HTML to an lxml tree without comments; None where it has no elements."""
    return parse_utf8(page.encode("utf-8", "replace"))


def parse_utf8(page: bytes) -> Any:
    """`parse_page` for a page that is encoded already.

    Nothing is fetched. libxml2 bounds the depth of a tree, so that everything below may use the stack.
    """
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = etree.fromstring(_END.sub(b"", page.replace(b"\0", b" ")), parser)
    except etree.XMLSyntaxError:
        return None
    return tree if tree is not None and len(tree) else None
