"""The body of a page: cleaning, completing and comparing an extracted text, each case on a small page."""

from __future__ import annotations

import pytest
from lxml import html

from searchidx.extract.blocks import split_blocks
from searchidx.extract.body import apply_article_body, clean_body, complete_body

HEADLINE = "River rises over its banks"
LEAD = "After three days of rain the river left its bed, and the old town stands in water."
LINES = [f"Paragraph {n} of the article tells what happened at the river on day {n} of the flood." for n in range(6)]
MORE = [
    f"Later on, in its part number {n}, it tells at length of what was done on that day, and by whom." for n in range(6)
]


def paragraphs(lines: list[str], name: str = "") -> str:
    return "".join(f'<p class="{name}">{line}</p>' for line in lines)


def body_of(page: str, lines: list[str], description: str = "") -> list[str]:
    tree = html.document_fromstring(f"<html><head><title>x</title></head><body>{page}</body></html>")
    return complete_body(split_blocks(tree), lines, HEADLINE, [description])


@pytest.mark.parametrize(
    ("above", "description", "is_lead"),
    [
        (f"<h1>{HEADLINE}</h1><h2>{LEAD}</h2>", LEAD, True),
        (f"<h1>{HEADLINE}</h1><div><strong>{LEAD}</strong></div>", f"{LEAD[:50]}…", True),
        (f"<h1>{HEADLINE}</h1><p>3 May</p><p>{LEAD}</p>", f"{LEAD} More in the Courier.", True),
        (f"<p>{LEAD}</p>", LEAD, True),
        (f'<h1>{HEADLINE}</h1><p class="article__standfirst">{LEAD}</p>', "", True),
        (f'<h1>{HEADLINE}</h1><div class="Vorspann"><div><p>{LEAD}</p></div></div>', "", True),
        (f"<h1>{HEADLINE}</h1><p>{LEAD}</p>", "", False),
        (f'<p class="lead">{LEAD}</p><h1>{HEADLINE}</h1>', "", False),
        (f'<h1>{HEADLINE}</h1><p class="lead-image-caption">{LEAD}</p>', "", False),
        (f"<h1>{HEADLINE}</h1><figure class=lead><figcaption><p>{LEAD}</p></figcaption></figure>", "", False),
        (f'<h1>{HEADLINE}</h1><p class="teaser"><a href="/x">{LEAD}</a></p>', LEAD, False),
        (f"<h1>{HEADLINE}</h1><nav><p>{LEAD}</p></nav>", LEAD, False),
        (f'<h1>{HEADLINE}</h1><h2 class="lead">{HEADLINE}</h2>', HEADLINE, False),
    ],
)
def test_lead_is_the_description_or_marked_as_a_lead(above: str, description: str, is_lead: bool) -> None:
    found = body_of(f"{above}<div>{paragraphs(LINES)}</div>", LINES, description)
    assert found == ([LEAD, *LINES] if is_lead else LINES)


def test_boilerplate_is_not_added_to_the_body() -> None:
    plea = "Sign up for our newsletter, and never miss a story about rivers again."
    page = f'<h1>{HEADLINE}</h1><p class="teaser">{plea}</p><div>{paragraphs([*LINES[:3], plea, *LINES[3:]])}</div>'
    assert body_of(page, LINES, plea) == LINES


def test_repeated_lead_is_added_once() -> None:
    twice = f"<h1>{HEADLINE}</h1><p>{LEAD}</p><p>{LEAD}</p>"
    assert body_of(f"{twice}<div>{paragraphs(LINES)}</div>", LINES, LEAD) == [LEAD, *LINES]
    assert body_of(f"{twice}<div>{paragraphs(LINES)}</div>", [LEAD, *LINES], LEAD) == [LEAD, *LINES]


def test_missing_paragraphs_between_are_added() -> None:
    page = f'<h1>{HEADLINE}</h1><div class="text">{paragraphs(LINES)}</div>'
    assert body_of(page, [*LINES[:2], *LINES[4:]]) == LINES


def test_words_lost_within_a_paragraph_are_restored() -> None:
    page = f'<h1>{HEADLINE}</h1><div class="text">{paragraphs(LINES)}</div>'
    assert len(LINES[2]) > 80
    assert body_of(page, [*LINES[:2], LINES[2].replace("on day 2 of", ""), *LINES[3:]]) == LINES


def test_body_in_several_elements_is_joined() -> None:
    page = f'<div class="part">{paragraphs(LINES)}</div><p>Advertisement</p><div class="part">{paragraphs(MORE)}</div>'
    assert body_of(page, LINES) == [*LINES, *MORE]
    assert body_of(page, MORE) == MORE  # text before the first located line may belong to another article


@pytest.mark.parametrize(
    "other",
    [
        f'<article><div class="part">{paragraphs(MORE)}</div></article>',
        f'<div class="Teaser3"><div class="part">{paragraphs(MORE)}</div></div>',
        f'<div id="comments"><div class="part">{paragraphs(MORE)}</div></div>',
        f'<div class="related-stories"><div class="part">{paragraphs(MORE)}</div></div>',
        f'<aside><div class="part">{paragraphs(MORE)}</div></aside>',
        f'<div class="else">{paragraphs(MORE)}</div>',
        f'<div class="part">{paragraphs(MORE[:1])}</div>',
        '<div class="part">' + "".join(f'<p><a href="/">{line}</a></p>' for line in MORE) + "</div>",
    ],
)
def test_paragraphs_of_other_articles_are_not_added(other: str) -> None:
    assert body_of(f'<main><div class="part">{paragraphs(LINES)}</div>{other}</main>', LINES) == LINES


def test_links_to_other_articles_and_captions_are_removed() -> None:
    other, caption = "Bridge closes for a month or two", "The river on Monday, seen from the tower of the town hall."
    page = (
        f"<div>{paragraphs(LINES[:3])}<p><a href='/bridge'>{other}</a></p>"
        f"<figure><figcaption>{caption}</figcaption></figure>{paragraphs(LINES[3:])}</div>"
    )
    assert body_of(page, [*LINES[:3], other, caption, *LINES[3:]]) == LINES


def test_list_of_links_keeps_its_links() -> None:
    links = [f"Where the river rose on day {n} of the flood" for n in range(9)]
    page = "".join(f"<li><a href='/{n}'>{link}</a></li>" for n, link in enumerate(links))
    assert body_of(f"<p>{LINES[0]}</p><ul>{page}</ul>", [LINES[0], *links]) == [LINES[0], *links]


def test_blocks_are_the_lines_that_a_browser_shows() -> None:
    tree = html.document_fromstring(
        "<body><div>One <b>and</b> a <a href='/'>link</a>.<p>Two</p>Three<br>Four<!-- no -->teen</div>"
        "<script>no()</script><ul><li>Five</li><li hidden>no</li></ul><nav>no</nav>Six</body>"
    )
    assert [(block.element.tag, block.text, block.linked) for block in split_blocks(tree)] == [
        ("div", "One and a link.", 4), ("p", "Two", 0), ("div", "Three", 0), ("div", "Fourteen", 0), ("li", "Five", 0),
        ("body", "Six", 0),
    ]  # fmt: skip


def test_page_with_many_paragraphs_is_read_quickly() -> None:
    lines = [f"Line {n} of a page that has no end, or so it seems." for n in range(20_000)]
    assert body_of(f"<div class=x>{paragraphs(lines)}</div>", lines[:10_000])[:10_000] == lines[:10_000]


def test_table_rows_become_lines_of_cells() -> None:
    text = "Before.\n| Day | Metres |\n|---|---|\n| Monday | 5 |\n| | |\nA \\| B\n|"
    assert clean_body(text, "", []) == ["Before.", "Day | Metres", "Monday | 5", "A | B"]


def test_body_ends_with_the_article_body_of_json_ld() -> None:
    tail = ["Follow the Courier wherever you are.", "Three other floods"]
    assert apply_article_body([*LINES, *tail], " ".join(LINES)) == (LINES, "trafilatura, as far as JSON-LD articleBody")
    lead = ["What the flood left."]
    assert apply_article_body([*lead, *LINES, *tail], " ".join(LINES))[0] == [*lead, *LINES]


def test_summary_in_json_ld_cuts_nothing() -> None:
    assert apply_article_body(LINES, " ".join(LINES[:4])) == (LINES, "trafilatura")
    assert apply_article_body(LINES, LINES[0]) == (LINES, "trafilatura")
    assert apply_article_body(LINES, "") == (LINES, "trafilatura")


def test_article_body_may_be_escaped_twice() -> None:
    stated = "".join(f"&lt;p class=x&gt;{line.replace('the', 't&amp;ouml;e')}&lt;/p&gt;" for line in LINES)
    assert apply_article_body([], stated)[0] == [line.replace("the", "töe") for line in LINES]


def test_article_body_replaces_a_missing_body() -> None:
    stated = "".join(f"<p>{line}</p>" for line in LINES)
    assert apply_article_body(LINES[:2], stated) == (LINES, "JSON-LD articleBody")
    assert apply_article_body([], "\n".join(LINES)) == (LINES, "JSON-LD articleBody")
