"""What an extractor left out of a body: the lead above it, and paragraphs of the same kind as those that it found.

An extractor looks for the one element that holds the most text. Many publishers set the lead elsewhere, beside the
headline, and part the paragraphs among several elements, with pictures and advertisements between them. So what was
found is looked up among the blocks of the page, and what stands before it, between it and behind it is looked at again.
By the same means what turns out to be a caption, or the headline of another article with a link to it, is left out.
"""

from __future__ import annotations

import bisect
import collections
import re
from collections.abc import Sequence
from typing import Any

from searchidx.extract.blocks import Block, letters
from searchidx.extract.boilerplate import is_furniture

__all__ = ["completed"]

_LEAD = re.compile(
    r"lead|teaser|intro|sub-?title|sub-?head|sub-?line|standfirst|stand-first|\bdek\b|deck|summary|abstract|excerpt"
    r"|chap[oe]|vorspann|anrei|einleit|preface|ingress|bajada|copete|entradilla|sommario|catenaccio|description|strap"
    r"|perex|manchet|volada|sapo|resumen|zajawka",
    re.IGNORECASE,
)
"""What publishers call it, in the classes of their markup."""
_OTHER = re.compile(
    r"caption|byline|author|autor|share|social|date\b|time|credit|foto|photo|image|bild|related|breadcrumb|\btag|comment"
    r"|newsletter|promo|advert|menu|\bnav|footer|recommend|widget|banner|subscri|paywall|sidebar|disclaim|copyright|donat"
    r"|sponsor|outbrain|taboola|read-?more|signup|sign-up",
    re.IGNORECASE,
)
_FIRST_LINES, _BEFORE = 4, 12
_HEADING_LEAST, _FOUND_LEAST, _LEAD_LEAST, _LEAD_LETTERS, _LEAD_BLOCKS = 8, 20, 25, 1000, 3
_MOSTLY = 0.5
_LEVELS = 3
_WHOLLY, _TITLE, _TITLE_WORDS, _FEW = 0.8, 25, 3, 0.3
_SHARE, _AHEAD = 0.2, 60
_PARAGRAPH, _LONG, _MUCH, _SAME = 40, 80, 400, 40
_SENTENCE = re.compile(r"[.!?:…。！？।;][\"'”’»“)\]]*$")

_Kind = tuple[str, str, str, str]
"""Name and class of an element and of the one it stands in: a publisher's paragraphs share them."""


def completed(blocks: Sequence[Block], lines: Sequence[str], headline: str, descriptions: Sequence[str]) -> list[str]:
    """The paragraphs of a body with what was left out of it.

    `blocks` are those of the page, `descriptions` what it states for machines of what the article says.
    """
    keys = [letters(block.text) for block in blocks]
    wanted = [letters(line) for line in lines]
    places = _places(keys, wanted)
    lines = [_mended(line, key, place, blocks, keys) for line, key, place in zip(lines, wanted, places, strict=True)]
    wanted = [letters(line) for line in lines]
    others = [place is not None and _leads_elsewhere(blocks[place]) for place in places]
    if sum(len(line) for line, is_other in zip(wanted, others, strict=True) if is_other) <= _FEW * sum(
        map(len, wanted)
    ):
        lines = [line for line, is_other in zip(lines, others, strict=True) if not is_other]
        places = [place for place, is_other in zip(places, others, strict=True) if not is_other]
    body = _with_gaps(blocks, keys, lines, wanted, places)
    return [*_lead(blocks, keys, wanted, letters(headline), [letters(each) for each in descriptions]), *body]


def _mended(line: str, key: str, place: int | None, blocks: Sequence[Block], keys: Sequence[str]) -> str:
    """The text of the block that a line is of, where words within it were lost."""
    if place is None or key in keys[place] or len(keys[place]) <= len(key):
        return line
    return blocks[place].text


def _leads_elsewhere(block: Block) -> bool:
    """Whether it is a caption, or the headline of another article: some words, all of them linked."""
    return _is_caption(block.element) or (
        block.linked > _WHOLLY * len(block.text)
        and len(block.text) >= _TITLE
        and block.text.count(" ") >= _TITLE_WORDS
        and block.element.tag not in ("td", "th")
    )


def _lead(
    blocks: Sequence[Block], keys: Sequence[str], wanted: Sequence[str], headline: str, descriptions: Sequence[str]
) -> list[str]:
    """What stands between the headline and the first paragraph that was found, where it is the lead.

    It is what the page states as its description, or its markup calls it so.
    """
    first = _first(keys, wanted)
    if first is None:
        return []
    body = "".join(wanted)
    above = range(first - 1, -1, -1)
    start = next((n for n in above if _is_headline(blocks[n], keys[n], headline)), None)
    described: dict[str, str] = {}
    called: dict[str, str] = {}
    for n in range(max(0, first - _BEFORE) if start is None else start + 1, first):
        block, key = blocks[n], keys[n]
        if len(key) < _LEAD_LEAST or key in body or key in headline or block.linked > _MOSTLY * len(block.text):
            continue
        if is_furniture(block.text) or block.text.endswith(("...", "[…]")):  # the beginning of something else
            continue
        if any(_describes(each, key) for each in descriptions):
            described[key] = block.text
        elif start is not None and len(block.text) >= _PARAGRAPH and _is_called_lead(block.element):
            called[key] = block.text
    lead = described or called
    return list(lead.values()) if len(lead) <= _LEAD_BLOCKS and sum(map(len, lead)) <= _LEAD_LETTERS else []


def _first(keys: Sequence[str], wanted: Sequence[str]) -> int | None:
    """The block of the first line that is found, of the first that are not too short."""
    for line in wanted[:_FIRST_LINES]:
        if len(line) >= _FOUND_LEAST:
            if line in keys:
                return keys.index(line)
            for n, key in enumerate(keys):
                if len(key) >= _FOUND_LEAST and (key in line or line in key):
                    return n
    return None


def _is_headline(block: Block, key: str, headline: str) -> bool:
    return bool(key and headline) and (
        key == headline
        or (block.element.tag in ("h1", "h2") and len(key) > 10 and (key in headline or headline in key))
    )


def _describes(description: str, key: str) -> bool:
    return len(description) >= _LEAD_LEAST and (
        key in description or description in key or key.startswith(description[:_LONG])
    )


def _is_called_lead(element: Any) -> bool:
    if _OTHER.search(_names(element)) or _is_caption(element):
        return False
    for _ in range(_LEVELS):
        if element is None:
            return False
        if _LEAD.search(_names(element)):
            return True
        element = element.getparent()
    return False


def _is_caption(element: Any) -> bool:
    return element.tag == "figcaption" or next(element.iterancestors("figcaption"), None) is not None


def _names(element: Any) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def _with_gaps(
    blocks: Sequence[Block],
    keys: Sequence[str],
    lines: Sequence[str],
    wanted: Sequence[str],
    places: Sequence[int | None],
) -> list[str]:
    """The lines, and between and behind them the paragraphs that stand in the same elements, or in others like them."""
    found = {place for place in places if place is not None}
    if len(found) < 2:
        return list(lines)
    sizes: collections.Counter[_Kind] = collections.Counter()
    parents = collections.Counter(blocks[place].element.getparent() for place in found)
    for place in found:
        sizes[_kind(blocks[place].element)] += len(keys[place])
    total = sum(sizes.values())
    kinds = {kind for kind, size in sizes.items() if size >= _SHARE * total}
    around = {element for parent in parents for element in (parent, *parent.iterancestors())}
    body = "".join(wanted)
    last = max(found)
    missed: dict[int, str] = {}
    behind: dict[int, str] = {}
    for n in range(min(found) + 1, len(blocks)):
        block = blocks[n]
        if n in found or keys[n] in body or len(block.text) < _PARAGRAPH or block.linked > _MOSTLY * len(block.text):
            continue
        kind = _kind(block.element)
        parent = block.element.getparent()
        if not _SENTENCE.search(block.text) or is_furniture(block.text) or _is_apart(block.element, around):
            continue
        if n < last:
            if kind in kinds or (parents[parent] > 1 and block.element.tag == "p"):
                missed[n] = block.text
        elif kind in kinds and kind[3] and len(block.text) >= _LONG:
            behind[n] = block.text
    if len(behind) > 1 and sum(map(len, behind.values())) >= _MUCH:
        missed |= behind
    if not missed:
        return list(lines)
    waiting = collections.deque(sorted(missed))
    whole: list[str] = []
    for line, at in zip(lines, places, strict=True):
        while at is not None and waiting and waiting[0] < at:
            whole.append(missed[waiting.popleft()])
        whole.append(line)
    return [*whole, *(missed[n] for n in waiting)]


def _is_apart(element: Any, around: set[Any]) -> bool:
    """Whether it belongs to something else on the page: what it stands in, but for what holds the body, says so."""
    while element is not None and element not in around:
        if element.tag in ("article", "figure", "figcaption") or _OTHER.search(names := _names(element)):
            return True
        if "teaser" in names.lower():
            return True
        element = element.getparent()
    return False


def _places(keys: Sequence[str], wanted: Sequence[str]) -> list[int | None]:
    """Of each line the block that it is, or is a part of, each behind the one before."""
    same: dict[str, list[int]] = {}
    for number, key in enumerate(keys):
        same.setdefault(key, []).append(number)
    places: list[int | None] = []
    last = -1
    for line in wanted:
        place: int | None = None
        if len(line) >= _HEADING_LEAST:
            alike = same.get(line, [])
            after = bisect.bisect_right(alike, last)
            place = alike[after] if after < len(alike) else None
        if place is None and len(line) >= _FOUND_LEAST:
            near = range(last + 1, min(last + _AHEAD, len(keys)))
            place = next(
                (m for m in near if len(keys[m]) >= _FOUND_LEAST and (keys[m] in line or line in keys[m])), None
            )
            if place is None and len(line) > _SAME:
                start, end = line[:_SAME], line[-_SAME:]
                place = next((m for m in near if keys[m].startswith(start) or keys[m].endswith(end)), None)
        places.append(place)
        if place is not None:
            last = place
    return places


def _kind(element: Any) -> _Kind:
    parent = element.getparent()
    if parent is None:
        return element.tag, element.get("class") or "", "", ""
    return element.tag, element.get("class") or "", parent.tag, parent.get("class") or ""
