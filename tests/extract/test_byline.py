"""Authors: names from metadata, and bylines in a page's markup."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from searchidx.extract.author_text import read_printed_authors
from searchidx.extract.blocks import outline_page
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
        (["Jane Doe, PhD"], "Jane Doe"),
        (["Jane Doe Senior Reporter"], "Jane Doe"),
        (["Walter von Aachen"], "Walter von Aachen"),
        (["Staff Writer"], "Staff Writer"),
        (["Studio 54 Radio"], "Studio 54 Radio"),
        (["Jane Doe 12 May 2023"], "Jane Doe"),
        (["Jane Doe May 12, 2023"], "Jane Doe"),
        (["Jane Doe 12/05/2023"], "Jane Doe"),
    ],
)
def test_authors_names_are_joined_and_cleaned(names: list[str], byline: str) -> None:
    assert join_authors(names) == byline


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<div class="breadcrumb"><a href="/">Home</a> <a href="/people/">Real Life</a></div>'
         '<p class="author">Jane Doe</p>', "Jane Doe"),
        ('<a class="license-author">John Roe</a><p class="author">Jane Doe</p>', "Jane Doe"),
        ("<div><time>03/01/2017</time> by Jane Doe, Representative to the Committee</div>", "Jane Doe"),
        ("<p>Von Jane Doe/SP-X</p>", "Jane Doe"),
        ("<p>By Jane Doe/John Roe</p>", "Jane Doe, John Roe"),
    ],
)  # fmt: skip
def test_byline_below_the_headline(body: str, expected: str) -> None:
    assert byline(f"<h1>River rises</h1>{body}{PROSE}") == expected


def test_author_whose_name_is_the_site_wins_over_other_names() -> None:
    text = f"<h1>River rises</h1><p class=author>Jane Doe</p>{PROSE}<p>Von Thomas Mann</p>"
    assert byline(text, "Jane Doe", sites=("Jane Doe", "Courier")) == "Jane Doe"


def byline(body: str, stated: str = "", sites: tuple[str, ...] = (), url: str = "") -> str:
    tree = html.document_fromstring(f"<html><body>{body}</body></html>")
    return find_byline(tree, outline_page(tree).main_blocks, "River rises", ("author", stated), sites, url)[1]


PROSE = f"<p>{'The river rose by a foot in the night, and the bridge was closed to all. ' * 4}</p>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<p class="byline">By Jane Doe | 1 February 2023</p>', "Jane Doe"),
        ('<p class="byline">Staff</p><a rel="author">Jane Doe</a>', "Jane Doe"),
        ('<span class="post-author"><b>Von</b> <a>Jane Doe</a></span>', "Jane Doe"),
        ('<div class="comments"><a rel="author">John Roe</a></div><p class="byline">Jane Doe</p>', "Jane Doe"),
        ('<div id="comment-1"><p class="author">John Roe</p></div>', ""),
        (f'<div class="author-bio">{"Jane Doe writes about rivers. " * 9}</div>', ""),
        ('<p class="author">admin</p>', ""),
        ("<p>By Jane Doe</p>", "Jane Doe"),
        ("<p>By Jane Doe, in Region</p>", "Jane Doe"),
        ("<p>By night the river rose</p>", ""),
        ("<p><span>By</span><span>Jane Doe</span></p>", "Jane Doe"),
        ("<p>Written by</p><p>Jane Doe</p>", "Jane Doe"),
        ('<div class="author-line">Written by</div><div><a href="/people/jane-doe/">Jane Doe</a></div>', "Jane Doe"),
        ('<p><a href="/author/jane-doe">Jane Doe</a></p>', "Jane Doe"),
        ('<p><a href="/tag/authors/">Book Reviews</a></p>', ""),
        ('<div class="byline">Apr. 9, 2024</div><div class="byline">By Jane Doe</div>', "Jane Doe"),
        ('<div class="byline">By Jane Doe December 28, 2023</div>', "Jane Doe"),
        ('<div class="byline">By Jane Doe 04/09/2024 05:07 AM EDT Link Copied</div>', "Jane Doe"),
        ('<div class="byline"><span>By <a href="/jd">Jane Doe</a></span> <span>Staff Writer</span></div>', "Jane Doe"),
        ('<p class="byline">By Jane Doe Senior Rivers Reporter</p>', "Jane Doe"),
        ('<p>By <a rel="author">Jane Doe</a> and <a rel="author">John Roe</a></p>', "Jane Doe, John Roe"),
        ('<p class="byline">Von Jane Doe und John Roe, 1. Februar 2023</p>', "Jane Doe, John Roe"),
        ('<p class="byline">1 February 2023 · Jane Doe</p>', "Jane Doe"),
        ("<p>1 February 2023 · Jane Doe</p>", "Jane Doe"),
        ("<p>Datum: 19.11.2021 Autor: Jane Doe Quelle: Courier</p>", "Jane Doe"),
        ("<p>Texte : Jane Doe</p>", "Jane Doe"),
        ('<p class="author">作者：渡辺恵</p>', "渡辺恵"),
        ('<p class="author">渡辺恵 記者</p>', "渡辺恵"),
        ('<p class="author"><style>.a{max-width:100%}</style>Jane Doe</p>', "Jane Doe"),
        ('<p class="author">jane42</p>', "jane42"),
        ("<p>Gespeichert von jane am 24. Juli 2017 - 18:55</p>", "jane"),
        ("<p>By The Ledger editors</p>", "The Ledger editors"),
        ("<p>By Staff Writer</p>", "Staff Writer"),
        ("<p>By 3i Global</p>", "3i Global"),
        ("<p>Reviewed by Jane Doe</p>", ""),
        ("<p>2023-02-01</p><p>Jane Doe</p>", "Jane Doe"),
        ("<p>1 Feb 2023 • Mahua Das in Projects</p>", "Mahua Das"),
        ("<div>By<b>Jane Doe</b><i>Mar 5, 2025</i> | 6 comments</div>", "Jane Doe"),
        (
            '<p><a rel="author">Jane Doe</a><sup>1</sup>; <a rel="author">John Roe</a><sup>2</sup></p>',
            "Jane Doe, John Roe",
        ),
        ("<p>Ein Interview von Jane Doe mit Mary Major</p>", "Jane Doe"),
        ("<p>Von Jan Roe, Mary Major und Jane Doe, NDR</p>", "Jan Roe, Mary Major, Jane Doe"),
        ('<p class="author">Jane</p><p>Jane Doe</p>', "Jane Doe"),
        ('<div class="byline"><button>Share</button><time>1 May</time> Jane Doe</div>', "Jane Doe"),
    ],
)
def test_printed_byline_is_names_only(body: str, expected: str) -> None:
    assert byline(f"<h1>River rises</h1>{body}{PROSE}") == expected


def test_class_of_the_page_does_not_make_its_byline_one_of_a_comment() -> None:
    tree = html.document_fromstring(
        '<html><body class="inline-comments"><h1>River rises</h1><p><a rel="author">Jane Doe</a></p></body></html>'
    )
    assert find_byline(tree, outline_page(tree).main_blocks, "River rises", ("", ""))[1] == "Jane Doe"


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("Mary Major", "Jane Doe"),  # who uploaded the article
        ("Jane A. Doe", "Jane A. Doe"),
        ("Oldmere Courier", "Jane Doe"),
        ("oldmere.example", "Jane Doe"),
        ("Courier Media Group", "Jane Doe"),
        ("jdoe", "Jane Doe"),
        ("Jane", "Jane Doe"),
        ("jane.doe", "Jane Doe"),
        ("jáne_doe", "Jane Doe"),
        ("Mary", "Mary"),
    ],
)
def test_person_in_the_metadata_wins_over_print_and_print_over_the_site(stated: str, expected: str) -> None:
    body = '<h1>River rises</h1><p class="byline">By Jane Doe</p>'
    assert byline(body, stated, ("Oldmere Courier",), "https://www.oldmere.example/a") == expected


def test_person_in_the_metadata_wins_over_a_name_without_by() -> None:
    assert byline('<h1>River rises</h1><p class="byline">Jane Doe</p>', "Mary Major") == "Mary Major"
    assert byline("<h1>River rises</h1><p>By Wire Agency</p>", "Mary Major") == "Mary Major"
    assert byline("<h1>River rises</h1><p>Reviewed by Jane Doe</p>", "Mary Major") == "Mary Major"


def test_line_with_more_authors_wins_over_one_of_them() -> None:
    line = '<h1>River rises</h1><p class="byline">Von Mary Major und Jan Roe</p>'
    assert byline(line, "Mary Major") == "Mary Major, Jan Roe"
    assert byline(line, "Mary Major, Jan Roe, Ann Poe") == "Mary Major, Jan Roe, Ann Poe"


def test_author_after_the_text_is_found() -> None:
    for line in ("Von Jane Doe", "Text: Jane Doe", "Autorin: Jane Doe, Projektleiterin", "-- by Jane Doe"):
        assert byline(f"<h1>River rises</h1>{PROSE * 3}<p>{line}</p>") == "Jane Doe"
    assert byline(f'<h1>River rises</h1>{PROSE * 3}<div class="related"><p>By Jane Doe</p></div>') == ""
    assert byline(f"<h1>River rises</h1>{PROSE * 3}<h2>Leasing von Firmenwagen</h2>") == ""


def test_site_is_the_author_if_nobody_else_is() -> None:
    body = '<h1>River rises</h1><p class="author">Oldmere Courier</p>'
    assert byline(body, sites=("Oldmere Courier",)) == "Oldmere Courier"
    assert byline(body, "Oldmere Courier", ("Oldmere Courier",)) == "Oldmere Courier"


@given(st.text(max_size=60))
def test_printed_names_are_words_of_the_text_without_digits_beside_words(text: str) -> None:
    for name in read_printed_authors(text, is_marked=False):
        assert name in " ".join(text.split())
        assert not any(map(str.isdecimal, name))


@pytest.mark.parametrize(
    "body",
    [
        '<a href="/author/x">by</a>' * 20_000,
        '<ul class="author">' + '<li><a rel="author">x y</a></li>' * 10_000 + "</ul>",
        '<div class="author">' * 3000,
        f"<p>By {'Jane Doe, ' * 20_000}</p>",
        f'<p class="byline">{"von " * 20_000}</p>',
    ],
)
def test_hostile_pages_are_searched_in_bounded_time(body: str) -> None:
    tree = html.document_fromstring(f"<html><body><h1>River rises</h1>{body}</body></html>")
    blocks = outline_page(tree).main_blocks
    start = time.process_time()
    find_byline(tree, blocks, "River rises", ("", ""))
    assert time.process_time() - start < 5
