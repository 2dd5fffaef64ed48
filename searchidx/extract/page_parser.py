"""Adapter for trafilatura and htmldate, the libraries that parse and search a page.

Only this module imports them. A page on which they fail costs that page, or that value, alone.
"""

from __future__ import annotations

import itertools
import logging
import re
from typing import Any, cast

from searchidx.extract.printed_date import DateOrder, find_dates
from searchidx.extract.time_elements import MODIFIED_NAME

_MAX_YEARS, _DATE_WIDTH = 2000, 40
"""Years on a page that are looked at to find a day, and characters on either side that may belong to its date."""
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


def guess_date(tree: Any, url: str, order: DateOrder) -> str | None:
    """A day that htmldate infers from the page's markup. Its slow search through the text is off.

    The day must be written somewhere on the page, not as that of a modification: htmldate makes a day from a year or a
    month, and takes the first number of `03/04/2023` for the day.
    """
    from htmldate import find_date

    try:
        day = find_date(tree, extensive_search=False, original_date=True, url=url or None)
    except Exception:
        return None
    return day if day is not None and _is_written(tree, day, order) else None


def _is_written(tree: Any, day: str, order: DateOrder) -> bool:
    """Whether a day, as `YYYY-MM-DD`, is written on a page in any format."""
    from lxml import etree

    page = etree.tostring(tree, encoding="unicode")
    digits = day.replace("-", "")
    for match in itertools.islice(re.finditer(day[2:4], page), _MAX_YEARS):
        start = max(0, match.start() - _DATE_WIDTH)
        passage = page[start : match.end() + _DATE_WIDTH]
        label = page[max(0, start - _DATE_WIDTH) : match.start()]
        if not MODIFIED_NAME.search(label) and (
            digits in passage or any(str(each.date) == day for each in find_dates(passage, order))
        ):
            return True
    return False
