"""Describe each block of a page by numbers, for the model that tells the article's blocks from others (`block_model`).

`describe_blocks` describes a block's text, its element, and what stands around it. `describe_context` adds what a first
opinion on all blocks says of its neighbours and of the elements it stands in. No feature depends on a language or a
publisher.
"""

from __future__ import annotations

import collections
import functools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from searchidx.extract.blocks import NAME_GROUPS, PageOutline, Region, fold_letters

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Column = npt.NDArray[np.floating[Any]]
    Numbers = npt.NDArray[np.int64]
    Table = npt.NDArray[np.float32]

_SPACE, _COMMA, _DIGIT, _CJK, _MARK, _QUOTE, _UPPER, _LOWER, _LETTER, _LINE = (1 << n for n in range(10))
"""Classes of characters; letters and digits are both letters here."""
_MEMBERS = {" \n": _SPACE, "\n": _LINE, ",，、،": _COMMA, ".!?…。！？؟।۔": _MARK, "\"'”’»“)]": _QUOTE}
_CJK_RANGES = ((0x2E80, 0x3000), (0x3040, 0xA000), (0xAC00, 0xD800), (0xF900, 0xFB00), (0xFF66, 0xFFA0))
_MAX_CODE = 0xFFFF
_CJK_WEIGHT = 2
"""Letters of the Latin alphabet that say as much as one more of a CJK script."""
_MAX_TEXT, _PACKED = 1_000_000, 21
"""Characters of a text that are counted, and bits that hold the count."""
_HEAD = 60
"""Characters of a text that are searched for digits and capitals."""
_MAX_KEY = 400
"""Characters of a text that are compared with others."""
_MIN_PROSE = 40
"""Letters of a block that is prose if it ends a sentence or has two."""
_MIN_DESCRIPTION, _SAME_DESCRIPTION = 25, 80
"""Letters of a description that is worth comparing, and of its start."""
_FAR = 50
"""Blocks from the headline that make no more difference."""
_MAX_BESIDE = 30
"""Blocks before or after an element that make no more difference."""
_OFFSETS = (-2, -1, 1, 2)
_WINDOWS = (3, 8)
_TAGS = (
    ("p",), ("h1",), ("h2", "h3"), ("h4", "h5", "h6"), ("li",), ("td", "th", "tr"),
    ("div", "section", "body", "article"),
    ("blockquote",), ("figcaption", "figure"), ("pre",), ("dt", "dd"), ("br", "hr"), ("header", "hgroup", "footer"),
)  # fmt: skip
_TAG_NUMBERS = {tag: number for number, tags in enumerate(_TAGS) for tag in tags}
_CONTAINERS = (0.5, 0.75, 0.9)
"""Shares of the prose: of each, the smallest element that holds it is a candidate for the article's."""

_COUNTS = [0, 1, 3, 4, 5]
"""The rows of `_TEXT` that are logarithms."""
_TEXT = (
    "letters words linked links sentences commas digits ends_sentence starts_small is_capitals in_description is_title"
).split()
_PLACE = (
    "depth position prose_before from_headline after_headline kind_share parent_share grandparent_share"
    " ancestor_share parent_blocks parent_linked kind_blocks element_letters"
).split()
_AROUND = ("letters", "linked", "ends_sentence", "same_kind", "same_parent")
_IN_CONTAINER = ("in", "depth_in", "before", "after")
_CONTAINER_COLUMNS = [f"{name}_container{int(share * 100)}" for share in _CONTAINERS for name in _IN_CONTAINER]
FEATURES = (
    *_TEXT,
    "is_repeated",
    *(f"tag_{tags[0]}" for tags in _TAGS),
    *(f"in_{region.name}".lower() for region in Region),
    *(f"name_{group}" for group in NAME_GROUPS),
    *(f"around_{group}" for group in NAME_GROUPS),
    *_PLACE,
    *(f"{name}{offset:+d}" for offset in _OFFSETS for name in _AROUND),
    *(f"prose_{side}{size}" for size in _WINDOWS for side in ("before", "after")),
    *_CONTAINER_COLUMNS,
    *"articles article_share article_rank page_prose page_blocks best_kind best_parent articleBody_share".split(),
)
"""The columns of `describe_blocks`."""
_OPINION_OFFSETS = (-3, -2, -1, 1, 2, 3)
_OPINION_WINDOWS = (4, 10)
_SURE = 0.8
"""The opinion of a block that others are measured from."""
_MAX_GAP = 60
CONTEXT = (
    "opinion",
    *(f"opinion{offset:+d}" for offset in _OPINION_OFFSETS),
    *(
        f"opinion_{level}_{what}"
        for level in ("element", "parent", "grandparent", "ancestor")
        for what in ("mean", "share")
    ),
    "chosen_before",
    "chosen_after",
    *(f"opinion_{side}{size}" for size in _OPINION_WINDOWS for side in ("before", "after")),
    "chosen_letters",
    "from_sure",
    "to_sure",
    *(f"opinion_{name}" for name in _CONTAINER_COLUMNS),
    *(f"opinion_{level}_{what}" for level in ("article", "kind") for what in ("mean", "share")),
)
"""The columns that `describe_context` adds."""


def describe_blocks(
    outline: PageOutline, headline: str, titles: Sequence[str], descriptions: Sequence[str], article_body: str
) -> Table:
    """A table with a column a block. The rows of `FEATURES` are filled, those of `CONTEXT` are not.

    `headline`, `titles` and `descriptions` are the page's, `article_body` the letters of its articleBody.
    """
    import numpy as np

    arrays = outline.arrays
    kind, article, depth, ancestors = arrays.kind, arrays.article, arrays.depth, arrays.ancestors
    tags = np.array([_TAG_NUMBERS.get(block.element.tag, len(_TAGS)) for block in outline.blocks])
    parent = ancestors[1]
    count = len(outline.blocks)
    text, keys = _describe_texts(outline, headline, titles, descriptions)
    counts = collections.Counter(keys)

    letters, linked, ends = text[0].copy(), text[2], text[7]
    prose = letters * (1 - linked) * np.maximum(ends, text[4] > 1) * (letters > _MIN_PROSE)
    total = max(float(prose.sum()), 1.0)
    text[_COUNTS] = np.log1p(text[_COUNTS])

    size = len(outline.ends)
    own_letters = np.bincount(ancestors[0], letters, size)
    below = np.bincount(ancestors[0], prose, size)
    shares = []
    for level in (1, 2, 3):
        below += np.bincount(ancestors[level], prose, size)
        shares.append(below[ancestors[level]] / total)
    in_parent = np.bincount(parent, letters)[parent]
    kind_share = np.bincount(kind, prose)[kind] / total
    at_headline = _find_headline(outline, keys, fold_letters(headline))
    position = np.arange(count)
    place = (
        depth,
        position / count,
        (np.cumsum(prose) - prose) / total,
        np.minimum(np.maximum(position - at_headline, -_FAR), _FAR) if at_headline is not None else -_FAR - 10,
        position > at_headline if at_headline is not None else -1,
        kind_share,
        *shares,
        np.log1p(np.bincount(parent)[parent]),
        np.bincount(parent, letters * linked)[parent] / np.maximum(in_parent, 1),
        np.log1p(np.bincount(kind)[kind]),
        np.log1p(own_letters[ancestors[0]]),
    )

    around = np.full((len(_OFFSETS), len(_AROUND), count), -1, np.float32)
    own, groups = text[[0, 2, 7]], np.array((kind, parent))
    for n, offset in enumerate(_OFFSETS):
        here, there = _shift(offset)
        around[n, :3, here] = own[:, there]
        around[n, 3:, here] = groups[:, here] == groups[:, there]
    in_article = np.bincount(article, prose)
    rank = np.cumsum(np.bincount(article) > 0)[article] - 1
    table = np.empty((len(FEATURES) + len(CONTEXT), count), np.float32)
    filled = _fill(
        table,
        text,
        [counts[key] > 1 for key in keys],
        tags == np.arange(len(_TAGS))[:, None],
        _bits(arrays.region, len(Region)),
        _bits(arrays.names, len(NAME_GROUPS)),
        _bits(arrays.names_around, len(NAME_GROUPS)),
        *place,
        around.reshape(-1, count),
        *(np.log1p(each) for width in _WINDOWS for each in _sums_beside(prose, width)),
        _locate_containers(ancestors[0], depth, prose, outline.ends),
        np.count_nonzero(np.bincount(article)[1:]),
        in_article[article] / total * (article > 0),
        rank,
        math.log1p(total),
        math.log1p(count),
        kind_share.max(),
        shares[0].max(),
        len(article_body) / total,
    )
    assert filled == len(FEATURES)
    return table


def describe_context(table: Table, opinion: Column, outline: PageOutline) -> None:
    """Fill the rows of `CONTEXT`: `opinion` is the probability of each block that it is the article's."""
    import numpy as np

    arrays = outline.arrays
    count = len(opinion)
    letters = np.expm1(table[0]).astype(float)
    chosen = letters * opinion
    total = max(float(chosen.sum()), 1.0)
    beside = np.full((len(_OPINION_OFFSETS), count), -1.0)
    for n, offset in enumerate(_OPINION_OFFSETS):
        here, there = _shift(offset)
        beside[n, here] = opinion[there]

    def mean_and_share(groups: Numbers) -> tuple[Column, Column]:
        in_group = np.bincount(groups, chosen)
        mean = in_group / np.maximum(np.bincount(groups, letters), 1)
        return mean[groups], in_group[groups] / total

    before = np.cumsum(chosen) - chosen
    position = np.arange(count)
    sure = opinion > _SURE
    last = np.maximum.accumulate(np.where(sure, position, -_MAX_GAP - count))
    following = np.minimum.accumulate(np.where(sure, position, count * 2 + _MAX_GAP)[::-1])[::-1]
    windows = [
        of_chosen / np.maximum(of_all, 1)
        for width in _OPINION_WINDOWS
        for of_chosen, of_all in zip(_sums_beside(chosen, width), _sums_beside(letters, width), strict=True)
    ]
    filled = _fill(
        table[len(FEATURES) :],
        opinion,
        beside,
        *(each for level in range(4) for each in mean_and_share(arrays.ancestors[level])),
        before / total,
        1 - (before + chosen) / total,
        *windows,
        total,
        np.minimum(position - last, _MAX_GAP),
        np.minimum(following - position, _MAX_GAP),
        _locate_containers(arrays.ancestors[0], arrays.depth, chosen, outline.ends),
        *mean_and_share(arrays.article),
        *mean_and_share(arrays.kind),
    )
    assert filled == len(CONTEXT)


def _fill(table: Column, *rows: Any) -> int:
    """Fill a table from its first row: each value is a row, several rows, or one number for a whole row."""
    at = 0
    for row in rows:
        here = len(row) if getattr(row, "ndim", 1) == 2 else 1
        table[at : at + here] = row
        at += here
    return at


def _describe_texts(
    outline: PageOutline, headline: str, titles: Sequence[str], descriptions: Sequence[str]
) -> tuple[Column, list[str]]:
    """The rows of `_TEXT`, and the first letters of each block.

    All texts are one array of characters, and each count is a sum over the part of it that is a block's.
    """
    import numpy as np

    arrays = outline.arrays
    texts = [block.text[:_MAX_TEXT] for block in outline.blocks]
    count = len(texts)
    codes = np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "replace"), np.uint32)
    classes = _classify_characters().take(codes, mode="clip")
    size = np.fromiter(map(len, texts), np.int64, count)
    after = np.cumsum(size + 1)
    start = after - size - 1
    last = after - 2

    whole = np.add.reduceat(_pack_classes(_CJK, _SPACE, _COMMA).take(classes), start)
    cjk, spaces, commas = ((whole >> (_PACKED * n)) & ((1 << _PACKED) - 1) for n in range(3))
    head = np.minimum(size, _HEAD)
    bounds = np.empty(2 * count, np.int64)
    bounds[::2], bounds[1::2] = start, start + head
    begin = np.add.reduceat(_pack_classes(_UPPER, _LOWER, _DIGIT).take(classes), bounds)[::2]
    upper, lower, digits = ((begin >> (_PACKED * n)) & ((1 << _PACKED) - 1) for n in range(3))
    marks = np.flatnonzero(classes & _MARK)
    marks = marks[((classes[marks + 1] & (_SPACE | _QUOTE)) | (classes[marks] & _CJK)) > 0]
    sentences = np.bincount(np.searchsorted(after, marks, "right"), minlength=count)
    first_class, last_class = classes[start], classes[last]
    ends = (last_class & _MARK > 0) | ((last_class & _QUOTE > 0) & (classes[np.maximum(last - 1, start)] & _MARK > 0))

    keys = _fold_first_letters(codes, classes, start, size)
    known_titles = {fold_letters(title) for title in (headline, *titles)}
    is_description = description_test(descriptions)
    text = np.empty((len(_TEXT), count))
    _fill(
        text,
        size + _CJK_WEIGHT * cjk,
        spaces,
        arrays.linked / size,
        arrays.links,
        sentences,
        commas,
        digits / head,
        ends,
        first_class & _LOWER > 0,
        (upper > 0) & (lower == 0),
        [is_description(key) for key in keys],
        [key in known_titles for key in keys],
    )
    return text, keys


def _fold_first_letters(
    codes: npt.NDArray[np.uint32], classes: npt.NDArray[np.uint16], start: Numbers, size: Numbers
) -> list[str]:
    """`fold_letters` of the first characters of each text."""
    import numpy as np

    kept = classes & (_LETTER | _LINE) > 0
    for number in np.flatnonzero(size > _MAX_KEY):
        kept[start[number] + _MAX_KEY : start[number] + size[number]] = False
    for wide in np.flatnonzero(codes > _MAX_CODE):
        kept[wide] = kept[wide] and chr(codes[wide]).isalnum()
    return codes[kept].tobytes().decode("utf-32-le").casefold().split("\n")[:-1]


@functools.cache
def _classify_characters() -> npt.NDArray[np.uint16]:
    """The classes of each character below `_MAX_CODE`, as a mask; all others are letters without case, as the last."""
    import numpy as np

    characters = np.arange(_MAX_CODE + 1, dtype=np.uint32).view("U1")
    classes = (
        (_LOWER, np.strings.islower), (_UPPER, np.strings.isupper), (_DIGIT, np.strings.isdigit),
        (_LETTER, np.strings.isalnum),
    )  # fmt: skip
    table = np.zeros(_MAX_CODE + 1, np.uint16)
    for bit, is_member in classes:
        table[is_member(characters)] |= bit
    table[table < _LETTER] = 0  # signs that have a case
    table[_MAX_CODE] = _LETTER
    for members, bit in _MEMBERS.items():
        table[[ord(character) for character in members]] |= bit
    for first, past in _CJK_RANGES:
        table[first:past] |= _CJK
    table[[ord(character) for character in "。！？"]] |= _CJK
    return table


@functools.cache
def _pack_classes(*bits: int) -> Numbers:
    """A table from the classes of a character to a number with a field of `_PACKED` bits for each of three classes.

    The sum of these numbers counts three classes at once.
    """
    import numpy as np

    classes = np.arange(_LINE << 1)
    return sum((classes & bit > 0).astype(np.int64) << (_PACKED * n) for n, bit in enumerate(bits))  # type: ignore[return-value]


def description_test(descriptions: Sequence[str]) -> Callable[[str], bool]:
    """A test whether letters are those of a description, within it, or begin as it does."""
    known = {each for each in map(fold_letters, descriptions) if len(each) >= _MIN_DESCRIPTION}
    starts = tuple(each[:_SAME_DESCRIPTION] for each in known)
    together = "\n".join(known)
    shortest = min(map(len, known), default=_MAX_TEXT)

    def is_description(key: str) -> bool:
        if len(key) < _MIN_DESCRIPTION:
            return False
        is_same = key in together or key.startswith(starts)
        return is_same or (len(key) > shortest and any(each in key for each in known))

    return is_description


def _find_headline(outline: PageOutline, keys: Sequence[str], headline: str) -> int | None:
    """The block of the headline: an `<h1>`, else the first with its text."""
    found = [n for n, key in enumerate(keys) if key == headline] if headline else []
    return next((n for n in found if outline.blocks[n].element.tag == "h1"), found[0] if found else None)


def _shift(offset: int) -> tuple[slice, slice]:
    """The rows that have a neighbour at an offset, and these neighbours."""
    return (slice(-offset, None), slice(None, offset)) if offset < 0 else (slice(None, -offset), slice(offset, None))


def _sums_beside(weights: Column, width: int) -> tuple[Column, Column]:
    """The sums over so many blocks before each block, and after it."""
    import numpy as np

    count = len(weights)
    sums = np.zeros(count + 2 * width + 1)  # at n + width the sum of the first n, and none beyond either end
    sums[width + 1 : width + 1 + count] = weights.cumsum()
    sums[width + 1 + count :] = sums[width + count]
    before, here = sums[:count], sums[width : width + count]
    after, last = sums[width + 1 : width + 1 + count], sums[2 * width + 1 :]
    return here - before, last - after


def _locate_containers(elements: Numbers, depth: Numbers, weights: Column, ends: Sequence[int]) -> Table:
    """Where each block stands to the smallest elements that hold `_CONTAINERS` of all weights.

    Of each share four rows: whether the block is in the element, how much deeper, and the blocks between them if it is
    before or after it. At most one element of each depth holds more than half.
    """
    import numpy as np

    count = len(elements)
    before = np.zeros(len(ends) + 1)
    np.bincount(elements, weights, len(ends)).cumsum(out=before[1:])
    sums = before.take(ends) - before[:-1]  # what follows an element and has a smaller number than its end is within it
    at_least = (share * sums[0] for share in _CONTAINERS)
    containers = [int((sums >= least).nonzero()[0][-1]) if least > 0 else 0 for least in at_least]
    start, end = np.array([[container, ends[container]] for container in containers]).T[:, :, None]
    held = (elements >= start) & (elements < end)
    least_depth = np.where(held, depth, len(ends)).min(axis=1, keepdims=True)
    first, after = held.argmax(axis=1)[:, None], count - held[:, ::-1].argmax(axis=1)[:, None]
    position = np.arange(count)
    rows = np.empty((len(_CONTAINERS), len(_IN_CONTAINER), count), np.float32)
    rows[:, 0] = held
    rows[:, 1] = np.where(held, depth - least_depth, -1)
    rows[:, 2] = (first - position).clip(0, _MAX_BESIDE)
    rows[:, 3] = (position + 1 - after).clip(0, _MAX_BESIDE)
    return rows.reshape(-1, count)


def _bits(masks: Numbers, count: int) -> npt.NDArray[Any]:
    """A row a bit."""
    import numpy as np

    return (masks >> np.arange(count)[:, None]) & 1
