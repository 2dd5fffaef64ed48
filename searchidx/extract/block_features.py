"""Describe each block of a page by numbers, for the model that tells the article's blocks from others (`block_model`).

`describe_blocks` describes a block's text, its element, and what stands around it. `describe_context` adds what a first
opinion on all blocks says of its neighbours and of the elements it stands in. No feature depends on a language or a
publisher.
"""

from __future__ import annotations

import collections
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from searchidx.extract.blocks import NAME_GROUPS, PageOutline, Region, fold_letters

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Column = npt.NDArray[np.floating[Any]]
    Numbers = npt.NDArray[np.int64]
    Table = npt.NDArray[np.float32]

_SPACE, _COMMA, _DIGIT, _CJK, _MARK, _QUOTE, _COLON, _BAR, _UPPER, _LOWER = (1 << n for n in range(10))
"""Classes of characters."""
_MEMBERS = {
    " \n": _SPACE, ",，、،": _COMMA, ".!?…。！？؟।۔": _MARK, "\"'”’»“)]": _QUOTE, ":：": _COLON, "|": _BAR
}  # fmt: skip
_CJK_RANGES = ((0x2E80, 0x3000), (0x3040, 0xA000), (0xAC00, 0xD800), (0xF900, 0xFB00), (0xFF66, 0xFFA0))
_MAX_CODE = 0xFFFF
_CJK_WEIGHT = 2
"""Letters of the Latin alphabet that say as much as one more of a CJK script."""
_HEAD = 60
"""Characters of a text that are searched for digits and capitals."""
_MAX_KEY = 400
"""Characters of a text that are compared with others."""
_MIN_PROSE = 40
"""Letters of a block that is prose if it ends a sentence or has two."""
_MIN_STATED, _MIN_DESCRIPTION, _SAME_DESCRIPTION = 200, 25, 80
"""Letters of an articleBody and a description that are worth comparing, and of a description's start."""
_FAR = 50
"""Blocks from the headline that make no more difference."""
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

_TEXT = (
    "letters words linked links sentences commas digits ends_sentence ends_colon starts_small is_capitals has_bar"
    " in_articleBody in_description is_title"
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
) -> tuple[Table, Numbers]:
    """A row of `FEATURES` a block, and the number of its kind: blocks of a kind have the same tags and classes.

    `headline`, `titles` and `descriptions` are the page's, `article_body` the letters of its articleBody.
    """
    import numpy as np

    blocks, parents = outline
    count = len(blocks)
    text, keys = _describe_texts(outline, headline, titles, descriptions, article_body)
    tags = np.array([_TAG_NUMBERS.get(block.element.tag, len(_TAGS)) for block in blocks])
    kind = np.array([block.kind for block in blocks])
    counts = collections.Counter(keys)
    repeated = np.array([counts[key] > 1 for key in keys])

    letters = text[:, 0].copy()
    linked = text[:, 2].copy()
    ends = text[:, 7].copy()
    prose = letters * (1 - linked) * np.maximum(ends, text[:, 4] > 1) * (letters > _MIN_PROSE)
    total = max(float(prose.sum()), 1.0)
    for column in (0, 1, 3, 4, 5):
        np.log1p(text[:, column], out=text[:, column])

    masks = np.array([(block.region, block.names, block.names_around) for block in blocks], np.int64)
    ancestors = np.array([block.ancestors for block in blocks], np.int64)
    size = len(parents)
    own_letters = np.bincount(ancestors[:, 0], letters, size)
    below = np.bincount(ancestors[:, 0], prose, size)
    shares = []
    for level in (1, 2, 3):
        below = below + np.bincount(ancestors[:, level], prose, size)
        shares.append(below[ancestors[:, level]] / total)
    parent = ancestors[:, 1]
    in_parent = np.bincount(parent, letters, size)[parent]
    kind_share = np.bincount(kind, prose)[kind] / total
    at_headline = _find_headline(outline, keys, fold_letters(headline))
    position = np.arange(count)
    depth = np.array([block.depth for block in blocks])
    place = np.stack(
        [
            depth,
            position / count,
            (np.cumsum(prose) - prose) / total,
            np.clip(position - at_headline, -_FAR, _FAR) if at_headline is not None else np.full(count, -_FAR - 10),
            position > at_headline if at_headline is not None else np.full(count, -1),
            kind_share,
            *shares,
            np.log1p(np.bincount(parent)[parent]),
            np.bincount(parent, letters * linked, size)[parent] / np.maximum(in_parent, 1),
            np.log1p(np.bincount(kind)[kind]),
            np.log1p(own_letters[ancestors[:, 0]]),
        ],
        axis=1,
    )

    around = np.full((count, len(_OFFSETS), len(_AROUND)), -1, np.float32)
    for n, offset in enumerate(_OFFSETS):
        here, there = _shift(offset)
        around[here, n, 0] = text[there, 0]
        around[here, n, 1] = linked[there]
        around[here, n, 2] = ends[there]
        around[here, n, 3] = kind[here] == kind[there]
        around[here, n, 4] = parent[here] == parent[there]
    windows = [np.log1p(each) for width in _WINDOWS for each in _sums_beside(prose, width)]
    article = np.array([block.article for block in blocks], np.int64)
    in_article = np.bincount(article, prose)
    page = np.empty((count, 5))
    page[:] = (np.log1p(total), np.log1p(count), kind_share.max(), shares[0].max(), len(article_body) / total)
    columns = (
        text,
        repeated[:, None],
        tags[:, None] == np.arange(len(_TAGS)),
        _bits(masks[:, 0], len(Region)),
        _bits(masks[:, 1], len(NAME_GROUPS)),
        _bits(masks[:, 2], len(NAME_GROUPS)),
        place,
        around.reshape(count, -1),
        np.stack(windows, axis=1),
        _locate_containers(ancestors[:, 0], depth, prose, parents),
        np.full((count, 1), np.count_nonzero(np.bincount(article)[1:])),
        (in_article[article] / total * (article > 0))[:, None],
        np.unique(article, return_inverse=True)[1][:, None],
        page,
    )
    return np.concatenate(columns, axis=1, dtype=np.float32), kind


def describe_context(features: Table, kind: Numbers, opinion: Column, outline: PageOutline) -> Table:
    """Add `CONTEXT` to the features of each block: `opinion` is the probability that it is the article's."""
    import numpy as np

    blocks, parents = outline
    count = len(blocks)
    letters = np.expm1(features[:, 0]).astype(float)
    chosen = letters * opinion
    total = max(float(chosen.sum()), 1.0)
    beside = np.full((count, len(_OPINION_OFFSETS)), -1.0)
    for n, offset in enumerate(_OPINION_OFFSETS):
        here, there = _shift(offset)
        beside[here, n] = opinion[there]

    def mean_and_share(groups: Numbers) -> list[Column]:
        in_group = np.bincount(groups, chosen)[groups]
        return [in_group / np.maximum(np.bincount(groups, letters)[groups], 1), in_group / total]

    ancestors = np.array([block.ancestors for block in blocks], np.int64)
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
    columns = (
        features,
        opinion[:, None],
        beside,
        np.stack([each for level in range(4) for each in mean_and_share(ancestors[:, level])], axis=1),
        np.stack([before / total, 1 - (before + chosen) / total, *windows], axis=1),
        np.full((count, 1), total),
        np.minimum(position - last, _MAX_GAP)[:, None],
        np.minimum(following - position, _MAX_GAP)[:, None],
        _locate_containers(ancestors[:, 0], np.array([block.depth for block in blocks]), chosen, parents),
        np.stack([*mean_and_share(np.array([block.article for block in blocks])), *mean_and_share(kind)], axis=1),
    )
    return np.concatenate(columns, axis=1, dtype=np.float32)


def _describe_texts(
    outline: PageOutline, headline: str, titles: Sequence[str], descriptions: Sequence[str], article_body: str
) -> tuple[npt.NDArray[Any], list[str]]:
    """The columns of `_TEXT`, and the letters of each block."""
    import numpy as np

    blocks = outline.blocks
    known_titles = {fold_letters(title) for title in (headline, *titles)}
    known_descriptions = [each for each in map(fold_letters, descriptions) if len(each) >= _MIN_DESCRIPTION]
    if len(article_body) < _MIN_STATED:
        article_body = ""
    keys = [fold_letters(block.text[:_MAX_KEY]) for block in blocks]
    text = "".join(f"{block.text}\n" for block in blocks)
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    classes = _classify_characters()[np.minimum(codes, _MAX_CODE)]
    after = np.cumsum([len(block.text) + 1 for block in blocks])
    start = np.concatenate(([0], after[:-1]))
    last = after - 2
    size = after - start - 1

    def count(members: npt.NDArray[Any], until: npt.NDArray[Any] = after) -> npt.NDArray[Any]:
        sums = np.concatenate(([0], np.cumsum(members)))
        return np.asarray(sums[until] - sums[start])

    is_mark = classes & _MARK > 0
    is_space = classes & _SPACE > 0
    ends_here = is_mark[:-1] & (is_space[1:] | (classes[1:] & _QUOTE > 0) | (classes[:-1] & _CJK > 0))
    ends = is_mark[last] | ((classes[last] & _QUOTE > 0) & is_mark[np.maximum(last - 1, start)])
    head = np.minimum(start + _HEAD, after - 1)
    upper, lower = count(classes & _UPPER > 0, head), count(classes & _LOWER > 0, head)
    columns = (
        size + _CJK_WEIGHT * count(classes & _CJK > 0),
        count(is_space),
        np.array([block.linked for block in blocks]) / size,
        [block.links for block in blocks],
        count(ends_here, after - 1),
        count(classes & _COMMA > 0),
        count(classes & _DIGIT > 0, head) / (head - start),
        ends,
        classes[last] & _COLON > 0,
        classes[start] & _LOWER > 0,
        (upper > 0) & (lower == 0),
        count(classes & _BAR > 0, head) > 0,
        [bool(article_body) and len(key) > 3 and key in article_body for key in keys],
        [len(key) >= _MIN_DESCRIPTION and _is_description(key, known_descriptions) for key in keys],
        [key in known_titles for key in keys],
    )
    return np.stack(columns, axis=1), keys


@functools.cache
def _classify_characters() -> npt.NDArray[np.uint16]:
    """The classes of each character up to `_MAX_CODE`, as a mask. Other characters are letters."""
    import numpy as np

    table = np.zeros(_MAX_CODE + 1, np.uint16)
    for code in range(_MAX_CODE):
        character = chr(code)
        table[code] = (
            (character.islower() and _LOWER) | (character.isupper() and _UPPER) | (character.isdigit() and _DIGIT)
        )
    for members, bit in _MEMBERS.items():
        table[[ord(character) for character in members]] |= bit
    for first, past in _CJK_RANGES:
        table[first:past] |= _CJK
    table[[ord(character) for character in "。！？"]] |= _CJK
    return table


def _is_description(key: str, descriptions: Sequence[str]) -> bool:
    return any(key in each or each in key or key.startswith(each[:_SAME_DESCRIPTION]) for each in descriptions)


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
    position = np.arange(count)
    sums = np.concatenate(([0.0], np.cumsum(weights)))
    before = sums[position] - sums[np.maximum(position - width, 0)]
    return before, sums[np.minimum(position + width + 1, count)] - sums[position + 1]


def _locate_containers(elements: Numbers, depth: Numbers, weights: Column, parents: Sequence[int]) -> Column:
    """Where each block stands to the smallest elements that hold `_CONTAINERS` of all weights.

    Of each share four columns: whether the block is in the element, how much deeper, and the blocks between them if it
    is before or after it. At most one element of each depth holds more than half.
    """
    import numpy as np

    below = np.bincount(elements, weights, len(parents)).tolist()
    ends = list(range(1, len(parents) + 1))
    for number in range(len(parents) - 1, 0, -1):  # a parent's number is smaller than its children's
        parent = parents[number]
        below[parent] += below[number]
        ends[parent] = max(ends[parent], ends[number])
    sums = np.array(below)
    position = np.arange(len(elements))
    columns = []
    for share in _CONTAINERS:
        container = int(np.flatnonzero(sums >= share * sums[0])[-1]) if sums[0] > 0 else 0
        held = (elements >= container) & (elements < ends[container])
        where = np.flatnonzero(held)
        columns += [
            held,
            np.where(held, depth - depth[where].min(), -1),
            np.clip(where[0] - position, 0, 30),
            np.clip(position - where[-1], 0, 30),
        ]
    return np.stack(columns, axis=1)


def _bits(masks: Numbers, count: int) -> npt.NDArray[Any]:
    """A column a bit."""
    import numpy as np

    return (masks[:, None] >> np.arange(count)) & 1
