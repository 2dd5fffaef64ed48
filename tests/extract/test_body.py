"""The body of a page: which blocks are the article's, and the rules after that, each case on a small page."""

from __future__ import annotations

import pytest
from lxml import html

from searchidx.extract.block_model import score_blocks
from searchidx.extract.blocks import outline_page
from searchidx.extract.body import assemble_body, choose_lines, read_article_body
from searchidx.extract.page_parser import parse_page

HEADLINE = "River rises over its banks"
LEAD = "After three days of rain the river left its bed, and the old town stands in water."
LINES = [
    f"Paragraph {n} of the article tells what happened at the river on day {n} of the flood, and who was there."
    for n in range(6)
]


def paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def lines_of(page: str, description: str = "") -> list[str]:
    outline = outline_page(parse_page(f"<html><head><title>x</title></head><body>{page}</body></html>"))
    scores = score_blocks(outline, HEADLINE, [HEADLINE], [description], "")
    return choose_lines(outline, scores.probabilities, HEADLINE, ())


def article(text: str) -> str:
    return f"<header><a href='/'>Courier</a></header><main><article><h1>{HEADLINE}</h1>{text}</article></main>"


@pytest.mark.parametrize(
    "around",
    [
        '<nav><ul><li><a href="/a">News</a></li><li><a href="/b">Sport</a></li></ul></nav>{}',
        '{}<footer><p>The Courier, Quay 1, Oldmere. All rights reserved.</p></footer>',
        '{}<aside><h2>Most read</h2><p><a href="/x">A ferry for the summer is found at last</a></p></aside>',
        '{}<div class="related"><h3><a href="/y">The bridge is closed to lorries from May</a></h3></div>',
        '<aside class="popup"><p>Our letter, once a week.</p></div>{}',  # an aside that is never closed
        '<header><button aria-label="Menu"></header>{}',  # nor a button
        '<header>Courier</header></body></html>{}</body></html>',  # a template that ends too early
        '<noscript><img src=x>{}',  # never closed
    ],
)  # fmt: skip
def test_text_is_found_among_menus_footers_and_asides(around: str) -> None:
    assert lines_of(around.format(article(paragraphs(LINES)))) == LINES


def test_paragraphs_in_sections_of_their_own_are_one_text() -> None:
    sections = "".join(f"<section class=group><div><p>{line}</p></div></section>" for line in LINES)
    assert lines_of(article(sections)) == LINES


def test_lead_with_the_page_description_is_part_of_the_text() -> None:
    assert lines_of(article(f'<p class="lead">{LEAD}</p>{paragraphs(LINES)}'), LEAD) == [LEAD, *LINES]


@pytest.mark.parametrize("language", ["日本語", "中文"])
def test_text_without_spaces_is_found(language: str) -> None:
    line = f"町議会は月曜日、可動橋を大型車に閉鎖すると決めた、と{language}の記事は伝える。亀裂が見つかった。"
    lines = [f"{n}日目に{line}" for n in range(5)]
    assert lines_of(article(paragraphs(lines))) == lines


def test_repeated_paragraph_stands_once() -> None:
    assert lines_of(article(paragraphs([*LINES, LINES[2]]))) == LINES


def test_headline_with_a_kicker_is_no_paragraph() -> None:
    page = f"<main><article><h2>Flood: {HEADLINE}</h2>{paragraphs(LINES)}</article></main>"
    assert lines_of(page) == LINES


def test_list_of_links_with_kickers_is_left_out_with_its_heading() -> None:
    links = "".join(
        f'<li>Kicker: <a href="/{n}">What else happened in the old town on day {n}</a></li>' for n in range(3)
    )
    page = article(f"{paragraphs(LINES[:3])}<h3>From our archive</h3><ul>{links}</ul>{paragraphs(LINES[3:])}")
    assert lines_of(page) == LINES


def test_list_of_sentences_is_kept() -> None:
    items = [f"Item {n} of a list says in a sentence what the town will do about it." for n in range(3)]
    page = article(f"{paragraphs(LINES)}<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>{paragraphs([LEAD])}")
    assert lines_of(page) == [*LINES, *items, LEAD]


def test_caption_beside_a_picture_is_left_out() -> None:
    caption = "From left the harbour master Jane Doe and the engineer John Roe at the quay of the old town."
    picture = f'<div class="image_widget"><img src="/a.jpg"><p>{caption}</p></div>'
    assert lines_of(article(f"{paragraphs(LINES[:3])}{picture}{paragraphs(LINES[3:])}")) == LINES


def test_caption_of_a_figure_is_left_out() -> None:
    caption = "1 of 4: the harbour master Jane Doe and the engineer John Roe stand at the quay of the old town."
    tree = html.document_fromstring(
        f"<body>{paragraphs(LINES)}<figure><figcaption>{caption}</figcaption></figure></body>"
    )
    assert choose_lines(outline_page(tree), [0.9] * 7, HEADLINE, ()) == LINES


def test_link_in_capitals_between_paragraphs_is_left_out() -> None:
    link = '<p><a href="/x">MAN SAVED FROM THE RIVER BY THE DOG OF A NEIGHBOUR</a></p>'
    tree = html.document_fromstring(f"<body>{paragraphs(LINES[:3])}{link}{paragraphs(LINES[3:])}</body>")
    assert choose_lines(outline_page(tree), [0.9] * 7, HEADLINE, ()) == LINES


@pytest.mark.parametrize(
    ("names", "description", "probability", "is_taken"),
    [("", LEAD, 0.3, True), ("article-lead", "", 0.3, True), ("", "", 0.3, False), ("article-lead", LEAD, 0.1, False)],
)
def test_doubtful_lead_is_taken_where_the_page_marks_or_states_it(
    names: str, description: str, probability: float, is_taken: bool
) -> None:
    tree = html.document_fromstring(
        f'<body><p>{LEAD}</p><h1>{HEADLINE}</h1><p class="{names}">{LEAD}</p>{paragraphs(LINES)}</body>'
    )
    found = choose_lines(outline_page(tree), [0.3, 0.9, probability, *[0.9] * 6], HEADLINE, [description])
    assert found == [*([LEAD] if is_taken else []), *LINES]


def test_code_of_wordpress_is_left_out() -> None:
    code = '[button link="https://courier.example/letters" type="big"] Send us your letters'
    assert lines_of(article(paragraphs([*LINES, code]))) == LINES


def test_row_of_a_table_is_one_line() -> None:
    rows = "".join(f"<tr><td>Day {n}</td><td>The river stood at {n} metres.</td></tr>" for n in range(3))
    found = lines_of(article(f"{paragraphs(LINES)}<table>{rows}</table>{paragraphs([LEAD])}"))
    assert [line for line in found if "|" in line] == [f"Day {n} | The river stood at {n} metres." for n in range(3)]


def test_copy_of_the_text_for_browsers_without_scripts_is_left_out() -> None:
    text = article(paragraphs(LINES))
    assert [
        block.text for block in outline_page(html.document_fromstring(f"{text}<noscript>{text}</noscript>")).blocks
    ][2:] == LINES


def test_text_beside_a_picture_is_no_caption_because_the_article_has_one() -> None:
    text = f'<article class="post has-post-thumbnail"><img src=x><div>{LINES[0]}<ul><li>{LINES[1]}</ul></div></article>'
    outline = outline_page(parse_page(f"<body>{text}</body>"))
    assert choose_lines(outline, [0.9, 0.9], HEADLINE, ()) == LINES[:2]


def test_drop_cap_and_its_word_are_joined() -> None:
    first = (
        '<p><span class="initial-letter">T</span> <span>he town council voted on Monday to close the bridge.</span></p>'
    )
    assert lines_of(article(first + paragraphs(LINES)))[0] == "The town council voted on Monday to close the bridge."


def test_ruby_readings_are_no_text() -> None:
    tree = html.document_fromstring("<p><ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>の橋</p>")
    assert [block.text for block in outline_page(tree).main_blocks] == ["東京の橋"]


def test_doubtful_blocks_are_taken_only_where_there_is_no_other_text() -> None:
    tree = html.document_fromstring(f"<body>{paragraphs([LINES[0] * 3, LINES[1]])}</body>")
    outline = outline_page(tree)
    assert choose_lines(outline, [0.2, 0.1], "", ()) == [LINES[0] * 3]
    assert choose_lines(outline, [0.2, 0.9], "", ()) == [LINES[0] * 3, LINES[1]]
    assert choose_lines(outline, [0.9, 0.2], "", ()) == [LINES[0] * 3]


def test_block_is_the_text_between_block_elements() -> None:
    tree = html.document_fromstring(
        "<div>A <b>bold</b> word<p>One <a href=x>link</a>.</p>tail<br>line<script>x</script></div>"
    )
    assert [(block.element.tag, block.text, block.linked) for block in outline_page(tree).main_blocks] == [
        ("div", "A bold word", 0),
        ("p", "One link.", 4),
        ("div", "tail", 0),
        ("div", "line", 0),
    ]


def test_body_ends_where_the_stated_text_ends() -> None:
    tail = ["This paragraph stands after the article that the page states and is not part of it."]
    body = assemble_body([*LINES, *tail], [], " ".join(LINES))
    assert body == (LINES, "the page, as far as JSON-LD articleBody")


def test_much_longer_stated_text_replaces_the_body() -> None:
    assert assemble_body(LINES[:2], [], "\n".join(LINES)) == (LINES, "JSON-LD articleBody")


@pytest.mark.parametrize("stated", [" ".join(LINES[:4]), LINES[0], ""])
def test_stated_summary_changes_nothing(stated: str) -> None:
    assert assemble_body(LINES, [], stated) == (LINES, "the page")


@pytest.mark.parametrize(
    "stated",
    ["".join(LINES), "".join(LINES) * 2, f"<p>{'</p><p>'.join(LINES)}</p>", f"&lt;p&gt;{''.join(LINES)}&lt;/p&gt;"],
)
def test_stated_text_is_read_once_and_without_markup(stated: str) -> None:
    assert "".join(read_article_body(stated).split("\n")) == "".join(LINES)
