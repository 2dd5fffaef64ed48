"""Authors: names from metadata, and bylines in a page's markup."""

from __future__ import annotations

import pytest
from lxml import html

from searchidx.extract.byline import find_byline, join_authors


@pytest.mark.parametrize(
    ("names", "byline"),
    [
        (["Von Jane Doe und John Roe"], "Jane Doe, John Roe"),
        (["Jane Doe; John Roe", "jane doe"], "Jane Doe, John Roe"),
        (["Post author By Jane Doe"], "Jane Doe"),
        (["View all posts by Jane Doe"], "Jane Doe"),
        (["jane@courier.example", "https://courier.example/jane"], ""),
        (["Byron Doe", "Vonda Roe"], "Byron Doe, Vonda Roe"),
        (["Jane &amp; Roe"], "Jane & Roe"),
        (["x" * 200], ""),
    ],
)
def test_authors_names_are_joined_and_cleaned(names: list[str], byline: str) -> None:
    assert join_authors(names) == byline


@pytest.mark.parametrize(
    ("body", "byline"),
    [
        ('<p class="byline">By Jane Doe | 1 February 2023</p>', "Jane Doe"),
        ('<p class="byline">Staff</p><a rel="author">Jane Doe</a>', "Jane Doe"),
        ('<span class="post-author"><b>Von</b> <a>Jane Doe</a></span>', "Jane Doe"),
        ('<div class="comments"><a rel="author">John Roe</a></div><p class="byline">Jane Doe</p>', "Jane Doe"),
        ('<div id="comment-1"><p class="author">John Roe</p></div>', ""),
        (f'<div class="author-bio">{"Jane Doe writes about rivers. " * 9}</div>', ""),
        ('<p class="author">admin</p>', ""),
        ("<p>By Jane Doe</p>", ""),
    ],
)
def test_byline_is_found_in_markup(body: str, byline: str) -> None:
    assert find_byline(html.document_fromstring(f"<html><body>{body}</body></html>")) == byline
