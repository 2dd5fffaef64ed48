"""Assemble the body of an article from an extractor's text and the blocks of the page.

An extractor searches for the one element with the most text. Many publishers set the lead elsewhere, beside the
headline, and split the paragraphs among several elements with pictures and advertisements between. So the extracted
lines are located among the blocks of the page, and the blocks before, between and after them are examined again.
Captions, and links to other articles, are removed by the same means.
"""

from __future__ import annotations

import bisect
import collections
import re
from collections.abc import Sequence
from typing import Any

from searchidx.extract.blocks import PageBlock, fold_letters
from searchidx.extract.boilerplate import is_boilerplate, remove_boilerplate
from searchidx.extract.markup import class_and_id, normalize_space, to_paragraphs

_LEAD = re.compile(
    r"lead|teaser|intro|sub-?title|sub-?head|sub-?line|standfirst|stand-first|\bdek\b|deck|summary|abstract|excerpt"
    r"|chap[oe]|vorspann|anrei|einleit|preface|ingress|bajada|copete|entradilla|sommario|catenaccio|description|strap"
    r"|perex|manchet|volada|sapo|resumen|zajawka",
    re.IGNORECASE,
)
"""Class names and ids of a lead."""
_NOT_BODY = re.compile(
    r"caption|byline|author|autor|share|social|date\b|time|credit|foto|photo|image|bild|related|breadcrumb|\btag|comment"
    r"|newsletter|promo|advert|menu|\bnav|footer|recommend|widget|banner|subscri|paywall|sidebar|disclaim|copyright|donat"
    r"|sponsor|outbrain|taboola|read-?more|signup|sign-up",
    re.IGNORECASE,
)
"""Class names and ids of elements beside the body."""
_LEAD_LINES, _BLOCKS_BEFORE = 4, 12
"""Lines tried as the start of the body, and blocks before it that may hold the lead."""
_MIN_HEADING, _MIN_LINE = 8, 20
"""Letters of a line that is located by its whole text, and by a part of it."""
_MIN_LEAD, _MAX_LEAD, _MAX_LEAD_BLOCKS = 25, 1000, 3
"""Letters of a block of the lead, characters of the whole lead, and its blocks."""
_LEAD_ANCESTORS = 3
"""Elements around a block whose class names may mark a lead."""
_MAX_LINKED = 0.5
"""Share of a paragraph's characters that may be links."""
_MIN_LINK, _MIN_LINK_LENGTH, _MIN_LINK_SPACES, _MAX_LINKS_SHARE = 0.8, 25, 3, 0.3
"""Of a link to another article: linked share, characters, spaces; and the share of the body that may be such links."""
_MIN_KIND_SHARE = 0.2
"""Share of the body's letters that makes a kind of element one of the body's."""
_MAX_DISTANCE = 60
"""Blocks between two consecutive lines."""
_MIN_PARAGRAPH, _MIN_LONG, _MIN_TAIL = 40, 80, 400
"""Characters of a paragraph within the body, of one after it, and of all paragraphs after it."""
_MIN_SAME = 40
"""Letters at the start or end of a line that identify its block."""
_SENTENCE_END = re.compile(r"[.!?:…。！？।;][\"'”’»“)\]]*$")
_MIN_STATED, _MIN_STATED_FOUND, _MIN_FOUND_STATED, _MAX_FOUND = 300, 0.9, 0.8, 0.6
"""Of the body in JSON-LD: letters that make it more than a summary; the shares of it and of the extracted body that
must be the same for a cut; the share of it that was extracted below which it replaces the extracted body."""

_Kind = tuple[str, str, str, str]
"""Tag and class of an element and of its parent. A publisher's paragraphs have the same."""


def clean_body(text: str, headline: str, authors: Sequence[str]) -> list[str]:
    """Split an extracted text into paragraphs, without boilerplate and without the headline above them."""
    lines = list(filter(None, (_clean_line(line) for line in text.split("\n"))))
    wanted = headline.casefold()
    above = next((n for n, line in enumerate(lines[:3]) if wanted and line.casefold() == wanted), None)
    if above is not None:
        del lines[above]
    return remove_boilerplate(lines, authors)


def _clean_line(text: str) -> str:
    """One line of an extracted text; of a table's row the cells with text."""
    text = normalize_space(text)
    if not text.startswith("|"):
        return text.replace(r"\|", "|")
    return " | ".join(cell for cell in map(str.strip, text.split("|")) if cell.strip("-:"))


def complete_body(
    blocks: Sequence[PageBlock], lines: Sequence[str], headline: str, descriptions: Sequence[str]
) -> list[str]:
    """Add the lead and missing paragraphs to the lines of a body, and remove captions and links to other articles.

    `blocks` are those of the page, `descriptions` are from its metadata.
    """
    keys = [fold_letters(block.text) for block in blocks]
    line_keys = [fold_letters(line) for line in lines]
    places = _locate_lines(keys, line_keys)
    lines = [
        _restore_line(line, key, place, blocks, keys) for line, key, place in zip(lines, line_keys, places, strict=True)
    ]
    line_keys = [fold_letters(line) for line in lines]
    is_link = [place is not None and _is_link_or_caption(blocks[place]) for place in places]
    linked = sum(len(key) for key, is_other in zip(line_keys, is_link, strict=True) if is_other)
    if linked <= _MAX_LINKS_SHARE * sum(map(len, line_keys)):
        lines = [line for line, is_other in zip(lines, is_link, strict=True) if not is_other]
        places = [place for place, is_other in zip(places, is_link, strict=True) if not is_other]
    body = _fill_gaps(blocks, keys, lines, line_keys, places)
    return [*_find_lead(blocks, keys, line_keys, fold_letters(headline), list(map(fold_letters, descriptions))), *body]


def apply_article_body(lines: list[str], stated: str) -> tuple[list[str], str]:
    """Compare a body with the one stated in JSON-LD: the better lines, and their provenance.

    If both are nearly the same, what follows the stated text is cut. If the stated text is much longer, it replaces the
    lines. Many pages state only a summary, which changes nothing.
    """
    whole = to_paragraphs(stated)
    if "</" in whole:  # markup escaped twice
        whole = to_paragraphs(whole)
    stated_key = fold_letters(whole)
    if len(stated_key) < _MIN_STATED:
        return lines, "trafilatura"
    keys = [fold_letters(line) for line in lines]
    sizes = [len(key) if key in stated_key else 0 for key in keys]
    total = sum(map(len, keys))
    if sum(sizes) > _MIN_STATED_FOUND * len(stated_key) and sum(sizes) > _MIN_FOUND_STATED * total:
        last = max(n for n, size in enumerate(sizes) if size)
        return lines[: last + 1], "trafilatura, as far as JSON-LD articleBody"
    if total < _MAX_FOUND * len(stated_key):
        return whole.split("\n"), "JSON-LD articleBody"
    return lines, "trafilatura"


def _locate_lines(keys: Sequence[str], line_keys: Sequence[str]) -> list[int | None]:
    """The block of each line, each after the block before; None for a line that is not found.

    A line equals a block, is part of one, or shares its start or end with one.
    """
    positions: dict[str, list[int]] = {}
    for number, key in enumerate(keys):
        positions.setdefault(key, []).append(number)
    places: list[int | None] = []
    last = -1
    for line in line_keys:
        place: int | None = None
        if len(line) >= _MIN_HEADING:
            equal = positions.get(line, [])
            after = bisect.bisect_right(equal, last)
            place = equal[after] if after < len(equal) else None
        if place is None and len(line) >= _MIN_LINE:
            near = range(last + 1, min(last + _MAX_DISTANCE, len(keys)))
            place = next((m for m in near if len(keys[m]) >= _MIN_LINE and (keys[m] in line or line in keys[m])), None)
            if place is None and len(line) > _MIN_SAME:
                start, end = line[:_MIN_SAME], line[-_MIN_SAME:]
                place = next((m for m in near if keys[m].startswith(start) or keys[m].endswith(end)), None)
        places.append(place)
        if place is not None:
            last = place
    return places


def _restore_line(line: str, key: str, place: int | None, blocks: Sequence[PageBlock], keys: Sequence[str]) -> str:
    """The text of a line's block, if the extractor lost words within the line."""
    if place is None or key in keys[place] or len(keys[place]) <= len(key):
        return line
    return blocks[place].text


def _is_link_or_caption(block: PageBlock) -> bool:
    """Whether a block is a caption, or the linked headline of another article."""
    return _is_caption(block.element) or (
        block.linked > _MIN_LINK * len(block.text)
        and len(block.text) >= _MIN_LINK_LENGTH
        and block.text.count(" ") >= _MIN_LINK_SPACES
        and block.element.tag not in ("td", "th")
    )


def _find_lead(
    blocks: Sequence[PageBlock],
    keys: Sequence[str],
    line_keys: Sequence[str],
    headline: str,
    descriptions: Sequence[str],
) -> list[str]:
    """The paragraphs between headline and body that the page describes itself with, or that its markup calls a lead."""
    first = _first_block(keys, line_keys)
    if first is None:
        return []
    body = "".join(line_keys)
    above = range(first - 1, -1, -1)
    start = next((n for n in above if _is_headline(blocks[n], keys[n], headline)), None)
    described: dict[str, str] = {}
    marked: dict[str, str] = {}
    for n in range(max(0, first - _BLOCKS_BEFORE) if start is None else start + 1, first):
        block, key = blocks[n], keys[n]
        if len(key) < _MIN_LEAD or key in body or key in headline or block.linked > _MAX_LINKED * len(block.text):
            continue
        if is_boilerplate(block.text) or block.text.endswith(("...", "[…]")):  # a teaser of another article
            continue
        if any(_is_description(each, key) for each in descriptions):
            described[key] = block.text
        elif start is not None and len(block.text) >= _MIN_PARAGRAPH and _is_marked_lead(block.element):
            marked[key] = block.text
    lead = described or marked
    return list(lead.values()) if len(lead) <= _MAX_LEAD_BLOCKS and sum(map(len, lead)) <= _MAX_LEAD else []


def _first_block(keys: Sequence[str], line_keys: Sequence[str]) -> int | None:
    """The block where the body starts: that of one of its first lines."""
    for line in line_keys[:_LEAD_LINES]:
        if len(line) >= _MIN_LINE:
            if line in keys:
                return keys.index(line)
            for n, key in enumerate(keys):
                if len(key) >= _MIN_LINE and (key in line or line in key):
                    return n
    return None


def _is_headline(block: PageBlock, key: str, headline: str) -> bool:
    return bool(key and headline) and (
        key == headline
        or (block.element.tag in ("h1", "h2") and len(key) > 10 and (key in headline or headline in key))
    )


def _is_description(description: str, key: str) -> bool:
    return len(description) >= _MIN_LEAD and (
        key in description or description in key or key.startswith(description[:_MIN_LONG])
    )


def _is_marked_lead(element: Any) -> bool:
    if _NOT_BODY.search(class_and_id(element)) or _is_caption(element):
        return False
    for _ in range(_LEAD_ANCESTORS):
        if element is None:
            return False
        if _LEAD.search(class_and_id(element)):
            return True
        element = element.getparent()
    return False


def _is_caption(element: Any) -> bool:
    return element.tag == "figcaption" or next(element.iterancestors("figcaption"), None) is not None


def _fill_gaps(
    blocks: Sequence[PageBlock],
    keys: Sequence[str],
    lines: Sequence[str],
    line_keys: Sequence[str],
    places: Sequence[int | None],
) -> list[str]:
    """The lines, with the paragraphs between and after them that have the same parents or kinds of elements."""
    located = {place for place in places if place is not None}
    if len(located) < 2:
        return list(lines)
    sizes: collections.Counter[_Kind] = collections.Counter()
    parents = collections.Counter(blocks[place].element.getparent() for place in located)
    for place in located:
        sizes[_kind(blocks[place].element)] += len(keys[place])
    total = sum(sizes.values())
    kinds = {kind for kind, size in sizes.items() if size >= _MIN_KIND_SHARE * total}
    containers = {element for parent in parents for element in (parent, *parent.iterancestors())}
    body = "".join(line_keys)
    last = max(located)
    missing: dict[int, str] = {}
    tail: dict[int, str] = {}
    for n in range(min(located) + 1, len(blocks)):
        block = blocks[n]
        if n in located or keys[n] in body or len(block.text) < _MIN_PARAGRAPH:
            continue
        if block.linked > _MAX_LINKED * len(block.text):
            continue
        kind = _kind(block.element)
        parent = block.element.getparent()
        if not _SENTENCE_END.search(block.text) or is_boilerplate(block.text) or _is_aside(block.element, containers):
            continue
        if n < last:
            if kind in kinds or (parents[parent] > 1 and block.element.tag == "p"):
                missing[n] = block.text
        elif kind in kinds and kind[3] and len(block.text) >= _MIN_LONG:
            tail[n] = block.text
    if len(tail) > 1 and sum(map(len, tail.values())) >= _MIN_TAIL:
        missing |= tail
    if not missing:
        return list(lines)
    queue = collections.deque(sorted(missing))
    filled: list[str] = []
    for line, at in zip(lines, places, strict=True):
        while at is not None and queue and queue[0] < at:
            filled.append(missing[queue.popleft()])
        filled.append(line)
    return [*filled, *(missing[n] for n in queue)]


def _is_aside(element: Any, containers: set[Any]) -> bool:
    """Whether an element between a block and the body's containers is another article, a picture or a teaser."""
    while element is not None and element not in containers:
        if element.tag in ("article", "figure", "figcaption") or _NOT_BODY.search(names := class_and_id(element)):
            return True
        if "teaser" in names.lower():
            return True
        element = element.getparent()
    return False


def _kind(element: Any) -> _Kind:
    parent = element.getparent()
    if parent is None:
        return element.tag, element.get("class") or "", "", ""
    return element.tag, element.get("class") or "", parent.tag, parent.get("class") or ""
