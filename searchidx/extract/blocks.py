"""Split a page into blocks: the lines of text that a browser shows, each with its element and what surrounds it.

A block is the text of a paragraph, a heading, a list item, or of a `<div>` between two of these. Scripts, forms'
controls and pictures are left out, and `<noscript>` unless it holds most of the text. Menus, asides and footers are
blocks too, and marked: broken pages have the article within them.
"""

from __future__ import annotations

import array
import enum
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from searchidx.extract.markup import normalize_space
from searchidx.extract.page_parser import PageLimitError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

_BLOCK_ELEMENTS = frozenset(
    "address article aside blockquote body br center dd details dialog div dl dt fieldset figcaption figure footer form"
    " h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu nav ol p pre section summary table tbody td th tr ul".split()
)
_SKIPPED_ELEMENTS = frozenset(
    "audio button canvas head iframe noscript object option rp rt script select style svg template textarea title"
    " video".split()
)
_LETTERS = re.compile(r"[^\W_]+")
_SMALL_ASCII = bytes(range(256)).lower()
_NO_LETTERS = bytes(number for number in range(128) if not chr(number).isalnum())
"""Small letters for an ASCII text, and its characters that are none: far faster than a regex."""
_MIN_MAIN = 0.1
"""Share of a page's text that is outside of menus, asides and footers on a page without errors."""
_MIN_NOSCRIPT = 500
"""Characters of the paragraphs in a `<noscript>` that may hold the article."""
_MAX_BLOCKS = 100_000
_STYLE_BITS = 32
"""Bits of a number that stands for a tag and class: a page has fewer elements."""
_MAX_NAMES = 300
"""Characters of the class names and the id of an element that are examined."""


class Region(enum.IntFlag):
    """The kinds of elements that a block stands in, at any depth."""

    NAV = 1
    HEADER = 2
    FOOTER = 4
    ASIDE = 8
    FORM = 16
    TABLE = 32
    LIST = 64
    FIGURE = 128
    ARTICLE = 256
    MAIN = 512
    QUOTE = 1024
    HIDDEN = 2048
    ARTICLE_BODY = 4096
    """The element that microdata call the article's body."""
    DIALOG = 8192


_INLINE, _BLOCK, _LINK, _SKIPPED = range(4)
_ROLES = {
    **dict.fromkeys(_BLOCK_ELEMENTS, _BLOCK), **dict.fromkeys(_SKIPPED_ELEMENTS, _SKIPPED), "a": _LINK
}  # fmt: skip
"""What an element is to the text: a block, a link, left out; else inline."""
_BESIDE = int(Region.NAV | Region.FOOTER | Region.ASIDE | Region.HIDDEN | Region.DIALOG)
"""Regions that hold no article on a page without errors."""
_REGIONS_OF_TAGS = {
    "nav": Region.NAV, "menu": Region.NAV, "header": Region.HEADER, "footer": Region.FOOTER, "aside": Region.ASIDE,
    "form": Region.FORM, "fieldset": Region.FORM, "table": Region.TABLE, "ul": Region.LIST, "ol": Region.LIST,
    "figure": Region.FIGURE, "figcaption": Region.FIGURE, "article": Region.ARTICLE, "main": Region.MAIN,
    "blockquote": Region.QUOTE, "dialog": Region.DIALOG,
}  # fmt: skip
_REGIONS: dict[str, int] = {name: int(region) for name, region in _REGIONS_OF_TAGS.items()}
_ARTICLE_BODY, _HIDDEN = int(Region.ARTICLE_BODY), int(Region.HIDDEN)
_UNSEEN = re.compile(r"display\s*:\s*none")
_DROP_CAP = re.compile(r"drop|initial|cap", re.IGNORECASE)
NAME_GROUPS = {
    "body": r"body|text|texto?|texte|prose|copy(?!right)|cuerpo|corpo|paragraph|absatz|wysiwyg|rich|fliess",
    "lead": r"lead|intro|sub-?(?:title|head|line)|standfirst|dek$|deck|summary|abstract|excerpt|chap[oe]|vorspann|anrei"
    r"|einleit|preface|ingress|bajada|copete|entradilla|sommario|catenaccio|description|strap|perex|manchet|volada|sapo"
    r"|resumen|zajawka",
    "caption": r"caption|credit|copyright|bildunter|bildtext|legend|quelle",
    "picture": r"foto|photo|image|img|bild|figure|galler|slide|carousel|media|video|player|audio|embed|thumb",
    "byline": r"byline|author|autor|writer|contributor|profile|bio$|redakt|reporter",
    "meta": r"meta|date|datum|time|stamp|publish|info|reading",
    "share": r"shar|social|follow|facebook|twitter|whatsapp|teilen|compart|bookmark|print$",
    "comment": r"comment|kommentar|disqus|respond|reply|discussion|forum",
    "related": r"related|recommend|readmore|readalso|similar|also|mehr|weitere|teaser|popular|most$|trending|latest"
    r"|recent|outbrain|taboola|next|prev|more|promo|card|headlines|suggest|stories|articles",
    "advert": r"ads?$|advert|sponsor|anzeige|werbung|banner|affiliate|commercial|publicid|partner",
    "nav": r"nav|menu|breadcrumb|pagin|pager|toolbar|skip|sitemap|tabs?$|toc$|jump",
    "footer": r"foot|legal|disclaim|imprint|impressum|contact|kontakt|address",
    "header": r"header|masthead|top$|logo|brand",
    "side": r"side|aside|rail$|secondary|widget|module|box|column|right|factbox|panel",
    "subscribe": r"newsletter|subscri|paywall|signup|login|register|donat|member|abo$|regwall|premium|cta$",
    "topic": r"tags?$|topic|keyword|categor|label|kicker|section|rubri|thema",
    "dialog": r"cookie|consent|gdpr|privacy|modal|popup|overlay|lightbox|dialog|notice|alert|tooltip",
    "title": r"title|headline|heading|hed$|titulo|titre|titel",
    "hidden": r"hidden|visually|screen|invisible|collapse",
    "quote": r"quote|zitat|cita$|pull|testimonial",
    "article": r"article|artikel|story|post|entry|noticia|nota$|beitrag|news|main|content|inhalt|detail",
    "list": r"list|item|grid|feed|row|tile|loop|archive|result",
}
"""Groups of words in class names and ids, and what they tell of an element. Each is a bit of a mask, in this order."""
_WORD = re.compile(r"[A-Z]?[a-z]{2,20}")
"""A word of a class name: `storyBody` and `story-body` have two."""


def name_bit(group: str) -> int:
    """The bit of a group in a mask of names."""
    return 1 << list(NAME_GROUPS).index(group)


class PageBlock(NamedTuple):
    """One block of a page.

    Attributes:
        element: the innermost block element around the text.
        text: the text on one line.
        linked: the number of its characters inside links.
        links: the number of links that it has text of.
        region: the kinds of elements around it.
        names: the groups of class names of the element and of the two around it, as a mask.
        names_around: those of all elements around it.
        depth: the number of block elements around the text.
        article: the number of the innermost `<article>` around it, or 0.
        kind: blocks of a kind have the same tags and classes of the element and its parent.
        ancestors: numbers of the element and its three nearest ancestors among the page's block elements.
    """

    element: Any
    text: str
    linked: int
    links: int = 0
    region: int = 0
    names: int = 0
    names_around: int = 0
    depth: int = 0
    article: int = 0
    kind: int = 0
    ancestors: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def is_beside(self) -> bool:
        """Whether the block stands in a menu, a footer or an aside."""
        return bool(self.region & _BESIDE)


@functools.lru_cache(maxsize=1 << 14)
def group_names(names: str) -> int:
    """The groups of the words in class names or an id, as a mask."""
    mask = 0
    for word in _WORD.findall(names[:_MAX_NAMES]):
        mask |= _group_word(word)
    return mask


@functools.lru_cache(maxsize=1 << 14)
def _group_word(word: str) -> int:
    """The groups of a word, as a mask."""
    word = word.lower()
    mask = 0
    for bit, pattern in _stems().get(word[:2], ()):
        if pattern.match(word):
            mask |= bit
    return mask


@functools.cache
def _stems() -> dict[str, list[tuple[int, re.Pattern[str]]]]:
    """Of each two letters the groups with a word that begins with them, as a bit and the pattern of that word."""
    stems: dict[str, list[tuple[int, re.Pattern[str]]]] = {}
    for number, group in enumerate(NAME_GROUPS.values()):
        for word in re.findall(r"(?:[^|(]|\([^)]*\))+", group):
            stems.setdefault(word[:2], []).append((1 << number, re.compile(word)))
    return stems


class BlockArrays(NamedTuple):
    """The attributes of a page's blocks, an array each. `ancestors` has a row for each of the four."""

    linked: Numbers
    links: Numbers
    region: Numbers
    names: Numbers
    names_around: Numbers
    depth: Numbers
    article: Numbers
    kind: Numbers
    ancestors: Numbers


@dataclass(frozen=True)
class PageOutline:
    """The blocks of a page in document order, and the tree of its block elements.

    Attributes:
        blocks: the blocks.
        ends: elements are numbered from 1 in document order; of each, the number of the first after it and all within
            it. 0 stands for the page.
    """

    blocks: list[PageBlock]
    ends: list[int]

    @functools.cached_property
    def main_blocks(self) -> list[PageBlock]:
        """The blocks outside of menus, asides and footers; all blocks of a page that has its text in these."""
        main = [block for block in self.blocks if not block.region & _BESIDE]
        size, total = (sum([len(block.text) for block in blocks]) for blocks in (main, self.blocks))
        return main if size >= _MIN_MAIN * total else self.blocks

    @functools.cached_property
    def arrays(self) -> BlockArrays:
        """The blocks' attributes as arrays; there must be blocks."""
        import numpy as np

        flat = array.array("q")
        for block in self.blocks:
            flat.extend(block[2:-1] + block.ancestors)
        columns = np.ascontiguousarray(np.frombuffer(flat, np.int64).reshape(len(self.blocks), -1).T)
        return BlockArrays._make([*columns[:-4], columns[-4:]])


def outline_page(tree: Any) -> PageOutline:
    """The blocks of a parsed page and the tree of the elements around them.

    Raises `PageLimitError` for a page of more blocks than people read.
    """
    from lxml import etree

    blocks: list[PageBlock] = []
    ends = [0]
    # Of each open block element: the element, its number, its own names, the names, regions and article around, its
    # style, which is a number for its tag and class.
    stack: list[tuple[Any, int, int, int, int, int, int]] = [(None, 0, 0, 0, 0, 0, 0)] * 3
    styles: dict[tuple[str, str], int] = {}
    kinds: dict[int, int] = {}
    pieces: list[str] = []
    linked = links = link_depth = 0
    role_of = _ROLES.get
    make_block = functools.partial(tuple.__new__, PageBlock)

    def end_block() -> None:
        nonlocal linked, links
        text = normalize_space(pieces[0] if len(pieces) == 1 else "".join(pieces))
        if text and len(stack) > 3:
            element, at, own, around, region, article, style = stack[-1]
            above, two_above = stack[-2], stack[-3]
            if len(pieces) > 1 and len(pieces[0]) == 1:
                text = _join_drop_cap(element, pieces) or text
            linked = min(linked, len(text))
            names = own | above[2] | two_above[2]
            kind = kinds.setdefault(style << _STYLE_BITS | above[6], len(kinds))
            ancestors = (at, above[1], two_above[1], stack[-4][1])
            block = (element, text, linked, links, region, names, around, len(stack) - 3, article, kind, ancestors)
            blocks.append(make_block(block))
            if len(blocks) > _MAX_BLOCKS:
                raise PageLimitError(f"the page has over {_MAX_BLOCKS:,} paragraphs")
        pieces.clear()
        linked = links = 0

    @functools.cache
    def count_all_prose() -> int:
        return _count_prose(tree)

    def is_article(name: str, element: Any) -> bool:
        """Whether an element that is left out holds the article: a button left open, a page that hides its text."""
        if name == "button":
            return element.find(".//article") is not None
        size = _count_prose(element) if name == "noscript" else 0
        return size >= _MIN_NOSCRIPT and 2 * size > count_all_prose()

    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        name = element.tag
        role = role_of(name)
        if event == "start":
            if role is None:
                pass
            elif role == _BLOCK:
                if pieces:
                    end_block()
                _, _, _, around, region, article, _ = stack[-1]
                number = len(ends)
                ends.append(0)
                if name in _REGIONS:
                    region |= _REGIONS[name]
                    if name == "article":
                        article = number
                own = 0
                classes = ""
                for key, value in element.items():
                    if key == "class":
                        classes = value
                        own |= group_names(value)
                    elif key == "id":
                        own |= group_names(value)
                    elif key == "hidden" or (key == "style" and "none" in value and _UNSEEN.search(value)):
                        region |= _HIDDEN
                    elif key == "itemprop" and value == "articleBody":
                        region |= _ARTICLE_BODY
                if own:
                    if name in ("body", "html"):
                        own = 0  # their names are about the page
                    around |= own
                style = styles.setdefault((name, classes), len(styles) + 1)
                stack.append((element, number, own, around, region, article, style))
            elif role == _LINK:
                link_depth += 1
                links += 1
            elif not is_article(name, element):
                walk.skip_subtree()
                continue
            text = element.text
        else:
            if role is None:
                pass
            elif role == _BLOCK:
                if pieces:
                    end_block()
                ends[stack.pop()[1]] = len(ends)
            elif role == _LINK:
                link_depth -= 1
            text = element.tail
        if text and (pieces or not text.isspace()):
            pieces.append(text)
            if link_depth:
                linked += len(text)
                links = links or 1
    if pieces:
        end_block()
    ends[0] = len(ends)
    return PageOutline(blocks, ends)


def _count_prose(element: Any) -> int:
    """The characters of the paragraphs in an element."""
    return sum(len(text) for paragraph in element.iter("p") for text in paragraph.itertext())


def _join_drop_cap(element: Any, pieces: list[str]) -> str | None:
    """The text of a paragraph whose first letter has an element of its own: the letter and its word are one."""
    letter = next((each for each in element.iterdescendants() if each.text == pieces[0]), None)
    around = (letter, letter.getparent()) if letter is not None else ()
    if any(_DROP_CAP.search(each.get("class") or "") for each in around):
        return normalize_space(pieces[0] + "".join(pieces[1:]).lstrip())
    return None


def fold_letters(text: str) -> str:
    """The letters and digits of a text, case-folded: equal for two settings of the same text."""
    if text.isascii():
        return text.encode().translate(_SMALL_ASCII, _NO_LETTERS).decode()
    return "".join(_LETTERS.findall(text)).casefold()
