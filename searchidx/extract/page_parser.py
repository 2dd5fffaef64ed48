"""Adapter for trafilatura, the library that parses and searches a page.

Only this module imports it. A page on which it fails costs that page, or that value, alone.
"""

from __future__ import annotations

import logging
from typing import Any, cast

_MIN_TEXT, _MIN_TEXT_SHARE = 1500, 0.6
"""Characters of a text that is taken without a second search, and its least share of what a second search finds."""


def parse_page(page: str) -> Any:
    """Parse HTML to an lxml tree; None where it has no elements."""
    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    import trafilatura  # takes half a second to import

    return trafilatura.load_html(page)


def extract_text(tree: Any, url: str | None) -> str:
    """The article's text, one paragraph a line.

    trafilatura's precise mode is right more often, and a second search seldom improves it. But a short text may lack
    most of the article; then the longer text of the recall-oriented mode is taken.
    """
    from trafilatura import bare_extraction

    def search(is_precise: bool = False, is_fast: bool = False) -> str:
        document = bare_extraction(tree, url=url, fast=is_fast, include_comments=False, favor_precision=is_precise)
        return (cast(Any, document).text or "") if document is not None else ""

    text = search(is_precise=True, is_fast=True)
    if len(text) >= _MIN_TEXT:
        return text
    full = search()
    if len(text) >= _MIN_TEXT_SHARE * len(full):
        return text
    precise = search(is_precise=True)
    return precise if len(precise) >= min(_MIN_TEXT, _MIN_TEXT_SHARE * len(full)) else full
