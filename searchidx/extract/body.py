"""Assemble the body of an article from the blocks of a page.

The model (`block_model`) says how probable each block is. Rules that need no model follow: a text stands once, a
table's row is one line, the headline is no paragraph, and lines whose words say that they are boilerplate go. Last,
the body is compared with the articleBody that the page states in JSON-LD.

Some pages have no text of their own: their framework puts what they show in a script, as JSON, in
`<script id="__NEXT_DATA__" type="application/json">` or `window.__STATE__ = {…}`. An article is there as one long text,
with or without HTML, or as a list with a text for each paragraph. Nothing is executed.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from searchidx.extract.block_features import description_test
from searchidx.extract.blocks import PageBlock, PageOutline, Region, fold_letters, group_names, name_bit
from searchidx.extract.boilerplate import remove_boilerplate
from searchidx.extract.headings import find_headline_block
from searchidx.extract.markup import to_paragraphs

_MIN_PROBABILITY = 0.4
MIN_BODY = 250
"""Characters of a body that needs no second look."""
_MIN_DOUBTFUL = 0.15
"""Probability of a block that is taken where the probable ones have fewer characters than that."""
_MIN_LEAD, _MIN_LEAD_LENGTH, _MIN_PARAGRAPH = 0.2, 40, 80
"""Probability and characters of a lead that the page marks, and characters of the paragraph that it stands before."""
_MIN_REPEATED = 40
"""Letters of a text that stands once."""
_HEAD_LINES, _MAX_KICKER = 4, 60
"""Lines that may repeat the headline, and letters beside it."""
_MIN_LINKS, _MIN_LINKED, _MIN_LINK = 2, 0.5, 20
"""Of a list of links to other articles: its items, and the linked share and characters of each."""
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_CELLS, _TABLE = ("td", "th"), int(Region.TABLE)
_MAX_CAPTION, _MAX_BESIDE = 400, 4
"""Characters of a caption, and elements beside a picture."""
_PAGE_ELEMENTS = ("article", "body", "main")
"""Elements whose class names tell of the page: `has-post-thumbnail`."""
_PICTURE_NAMES = name_bit("picture") | name_bit("caption")
_LEAD = name_bit("lead")
_MAX_FIGCAPTION = 700
"""Characters of a `<figcaption>` that holds a caption and no text."""
_MIN_CAPITALS, _MIN_LINKED_CAPITALS = 40, 0.9
"""Characters of a link to another article that is set in capitals, and their linked share."""
_CODE = re.compile(r"[{\[][\"{\[].*[}\]]$|\[/?\w+ \w+=[\"'“”].*")
"""JSON, and codes of WordPress, that a page shows by mistake: `[button link="…"]`."""
_MIN_STATED, _MIN_STATED_FOUND, _MIN_FOUND_STATED, _MAX_FOUND = 300, 0.9, 0.8, 0.6
"""Of the articleBody in JSON-LD: letters that make it more than a summary; the shares of it and of the body that must
be the same for a cut; the share of it that was found below which it replaces the body."""
_SAME_START = 80
"""Letters that begin a second copy of a text."""
_OBJECT = re.compile(r"=\s*(?=[{\[])")
_PARSED = re.compile(r"JSON\.parse\(\s*(?=[\"'])")
_MAX_OBJECTS = 20
"""Assignments of one script that are tried."""
_MAX_VALUES = 200_000
"""Values of one script that are examined."""
_MIN_STATE, _MIN_STATE_PARAGRAPH = 400, 40
"""Characters of an article in one text, and of a paragraph."""
_SENTENCE_END = re.compile(r"[.!?…。！？؟।۔][\"'”’»“)\]\s]*$")
_MARKUP_PARAGRAPH = re.compile(r"</p>|<br\s*/?>", re.IGNORECASE)


class Body(NamedTuple):
    """The paragraphs of an article and where they come from."""

    lines: list[str]
    origin: str


def read_article_body(stated: str) -> str:
    """The text of an articleBody, a paragraph a line; it may have markup, escaped once or twice, or stand twice."""
    text = to_paragraphs(stated)
    if "</" in text:
        text = to_paragraphs(text)
    start = text[:_SAME_START]
    again = text.find(start, 1) if len(start) == _SAME_START else -1
    if again > 0 and fold_letters(text[again:]) == fold_letters(text[:again]):
        return text[:again]
    return text


def choose_lines(
    outline: PageOutline, probabilities: Sequence[float], headline: str, descriptions: Sequence[str]
) -> list[str]:
    """The lines of the probable blocks, and of the lead."""
    leads = _find_leads(outline.blocks, probabilities, headline, descriptions)
    chosen = [
        block
        for n, (block, p) in enumerate(zip(outline.blocks, probabilities, strict=True))
        if p > _MIN_PROBABILITY or n in leads
    ]
    if sum(len(block.text) for block in chosen) < MIN_BODY:
        doubtful = [block for block, p in zip(outline.blocks, probabilities, strict=True) if p > _MIN_DOUBTFUL]
        chosen = doubtful if sum(len(block.text) for block in doubtful) >= MIN_BODY else chosen
    return list(_join_rows(_drop_certain(_drop_link_lists(chosen), fold_letters(headline))))


def _find_leads(
    blocks: Sequence[PageBlock], probabilities: Sequence[float], headline: str, descriptions: Sequence[str]
) -> list[int]:
    """The blocks between headline and text whose names say that they are the lead, or whose text is the description."""
    is_text = (p > _MIN_PROBABILITY and len(block.text) > _MIN_PARAGRAPH for block, p in zip(blocks, probabilities))
    first = next((n for n, each in enumerate(is_text) if each), 0)
    at = find_headline_block(blocks[:first], headline)
    if at is None:
        return []
    is_description = description_test(descriptions)
    return [
        n
        for n in range(at + 1, first)
        if _MIN_LEAD < probabilities[n] <= _MIN_PROBABILITY
        and len(blocks[n].text) >= _MIN_LEAD_LENGTH
        and 2 * blocks[n].linked <= len(blocks[n].text)
        and (blocks[n].names & _LEAD or is_description(fold_letters(blocks[n].text)))
    ]


def _drop_certain(blocks: Sequence[PageBlock], headline: str) -> Iterator[PageBlock]:
    """Leave out the headline above the text, second copies of a paragraph, and code."""
    seen: set[str] = set()
    for n, block in enumerate(blocks):
        key = fold_letters(block.text)
        if (n < _HEAD_LINES and headline and _is_headline(block, key, headline)) or _is_beside_text(block):
            continue
        if len(key) >= _MIN_REPEATED:
            if key in seen or _CODE.match(block.text):
                continue
            seen.add(key)
        yield block


def _drop_link_lists(blocks: Sequence[PageBlock]) -> list[PageBlock]:
    """Leave out lists of which each item is mostly a link, and the heading above: other articles within the text."""
    kept: list[PageBlock] = []
    for _, group in itertools.groupby(blocks, key=_list_number):
        items = list(group)
        if len(items) >= _MIN_LINKS and _list_number(items[0]) and all(map(_is_link, items)):
            if kept and kept[-1].element.tag in _HEADINGS:
                kept.pop()
        else:
            kept += items
    return kept


def _list_number(block: PageBlock) -> int:
    """The number of the list that a block is an item of, or 0."""
    return block.ancestors[1] if block.element.tag == "li" else 0


def _is_link(block: PageBlock) -> bool:
    """Whether a block is mostly a link to another article: a headline, and a kicker at most."""
    return (
        block.linked > _MIN_LINKED * len(block.text)
        and block.linked >= _MIN_LINK
        and not block.text.endswith((".", "。", ";", ","))
    )


def _is_beside_text(block: PageBlock) -> bool:
    """Whether a block is a caption, or nothing but a link to another article in capitals."""
    is_link = block.linked >= _MIN_LINKED_CAPITALS * len(block.text) and len(block.text) >= _MIN_CAPITALS
    return _is_caption(block) or (is_link and block.element.tag == "p" and block.text.isupper())


def _is_caption(block: PageBlock) -> bool:
    """Whether a block is a figure's caption, or the only text beside a picture in an element whose names say so."""
    if block.element.tag == "figcaption":
        return len(block.text) < _MAX_FIGCAPTION
    if not block.names & _PICTURE_NAMES or len(block.text) > _MAX_CAPTION:
        return False
    parent = block.element.getparent()
    return (
        parent is not None
        and parent.tag not in _PAGE_ELEMENTS
        and len(parent) <= _MAX_BESIDE
        and bool(group_names(parent.get("class") or "") & _PICTURE_NAMES)
        and next(parent.iter("img", "picture", "video"), None) is not None
        and sum(each.tag == "p" for each in parent) <= 1
    )


def _is_headline(block: PageBlock, key: str, headline: str) -> bool:
    return key == headline or (
        block.element.tag in ("h1", "h2", "header", "hgroup")
        and (key in headline or headline in key)
        and abs(len(key) - len(headline)) <= _MAX_KICKER
    )


def _join_rows(blocks: Iterator[PageBlock]) -> Iterator[str]:
    """The text of each block; the cells of a table's row on one line."""
    row: Any = None
    cells: list[str] = []
    for block in blocks:
        here = _table_row(block.element) if block.region & _TABLE else None
        if cells and here is not row:
            yield " | ".join(cells)
            cells = []
        row = here
        if here is None:
            yield block.text
        else:
            cells.append(block.text)
    if cells:
        yield " | ".join(cells)


def _table_row(element: Any) -> Any:
    """The row of the cell that a block is, or fills; None for another block."""
    cell = element if element.tag in _CELLS else element.getparent()
    return cell.getparent() if cell is not None and cell.tag in _CELLS else None


def assemble_body(lines: Sequence[str], authors: Sequence[str], stated: str) -> Body:
    """The body of an article from its lines, without boilerplate, compared with the articleBody in JSON-LD.

    `stated` is the articleBody's text (`read_article_body`). If both are nearly the same, what follows the stated text
    is cut. If the stated text is much longer, it replaces the lines. Many pages state only a summary, which changes
    nothing.
    """
    lines = remove_boilerplate(lines, authors)
    stated_key = fold_letters(stated)
    if len(stated_key) < _MIN_STATED:
        return Body(lines, "the page")
    keys = list(map(fold_letters, lines))
    sizes = [len(key) if key in stated_key else 0 for key in keys]
    total = sum(map(len, keys))
    if sum(sizes) > _MIN_STATED_FOUND * len(stated_key) and sum(sizes) > _MIN_FOUND_STATED * total:
        last = max(n for n, size in enumerate(sizes) if size)
        return Body(lines[: last + 1], "the page, as far as JSON-LD articleBody")
    if total < _MAX_FOUND * len(stated_key):
        return Body(stated.split("\n"), "JSON-LD articleBody")
    return Body(lines, "the page")


def read_script_state(tree: Any) -> list[str]:
    """The paragraphs of the longest article in the scripts of a page; [] where none holds one."""
    best = ""
    for script in tree.iter("script"):
        text = script.text or ""
        kind = (script.get("type") or "").lower()
        if len(text) < _MIN_STATE or "ld+json" in kind:
            continue
        for value in _read_values(text, "json" in kind):
            best = max(best, _find_article(value), key=len)
    return best.split("\n") if best else []


def _read_values(text: str, is_json: bool) -> Iterator[Any]:
    """The JSON values of a script: its whole text, what it assigns, and what it parses."""
    decoder = json.JSONDecoder(strict=False)
    starts = [0] if is_json else []
    if not is_json:
        starts = [match.end() for match, _ in zip(_OBJECT.finditer(text), range(_MAX_OBJECTS), strict=False)]
        starts += [match.end() for match, _ in zip(_PARSED.finditer(text), range(_MAX_OBJECTS), strict=False)]
    past = 0
    for start in starts:
        if start < past:
            continue
        try:
            value, past = decoder.raw_decode(text, start + len(text[start:]) - len(text[start:].lstrip()))
            yield json.loads(value, strict=False) if isinstance(value, str) else value
        except (ValueError, RecursionError):
            continue


def _find_article(value: Any) -> str:
    """The longest text of an article within a value."""
    best = ""
    stack = [value]
    for _ in range(_MAX_VALUES):
        if not stack:
            break
        value = stack.pop()
        if isinstance(value, str):
            text = to_paragraphs(value) if _is_state_article(value) else ""
        elif isinstance(value, list):
            text = "\n".join(filter(None, map(_state_paragraph, value)))
            stack += value
        else:
            text = ""
            if isinstance(value, dict):
                stack += value.values()
        if len(text) > len(best) and len(text) >= _MIN_STATE:
            best = text
    return best


def _is_state_article(text: str) -> bool:
    return len(text) >= _MIN_STATE and (
        _MARKUP_PARAGRAPH.search(text) is not None or ("\n" in text and _SENTENCE_END.search(text) is not None)
    )


def _state_paragraph(value: Any) -> str:
    """The text of an item that is a paragraph, or has one; "" for any other."""
    texts = [value] if isinstance(value, str) else list(value.values()) if isinstance(value, dict) else []
    found = (to_paragraphs(text) for text in texts if isinstance(text, str) and len(text) >= _MIN_STATE_PARAGRAPH)
    return max((text for text in found if _SENTENCE_END.search(text)), key=len, default="")
