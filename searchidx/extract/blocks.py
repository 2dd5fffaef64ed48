"""Split a page into blocks: the lines of text that a browser shows, each with its element and what surrounds it.

A block is the text of a paragraph, a heading, a list item, or of a `<div>` between two of these. Scripts, forms'
controls and pictures are left out. Menus, asides and footers are blocks too, and marked: broken pages have the article
within them.
"""

from __future__ import annotations

import enum
import functools
import re
from typing import Any, NamedTuple

from searchidx.extract.markup import normalize_space

_BLOCK_ELEMENTS = frozenset(
    "address article aside blockquote body br center dd details dialog div dl dt fieldset figcaption figure footer form"
    " h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu nav ol p pre section summary table tbody td th tr ul".split()
)
_SKIPPED_ELEMENTS = frozenset(
    "audio button canvas head iframe noscript object option rp rt script select style svg template textarea title"
    " video".split()
)
_NOT_LETTERS = re.compile(r"[\W_]+")
_ASCII_LETTERS = {number: chr(number).lower() if chr(number).isalnum() else None for number in range(128)}
"""Translates a text in ASCII to its letters and digits in small letters: ten times as fast as a regex."""
_MIN_MAIN = 0.1
"""Share of a page's text that is outside of menus, asides and footers on a page without errors."""
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
_NAME_GROUPS = [re.compile(pattern) for pattern in NAME_GROUPS.values()]
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
        ancestors: numbers of the element and its three nearest ancestors among the page's block elements.
        depth: the number of block elements around the text.
        article: the number of the innermost `<article>` around it, or 0.
        kind: blocks of a kind have the same tags and classes of the element and its parent.
    """

    element: Any
    text: str
    linked: int
    links: int = 0
    region: int = 0
    names: int = 0
    names_around: int = 0
    ancestors: tuple[int, int, int, int] = (0, 0, 0, 0)
    depth: int = 0
    article: int = 0
    kind: int = 0

    @property
    def is_beside(self) -> bool:
        """Whether the block stands in a menu, a footer or an aside."""
        return bool(self.region & _BESIDE)


@functools.lru_cache(maxsize=1 << 14)
def _group_word(word: str) -> int:
    """The groups of a word, as a mask."""
    word = word.lower()
    return sum(1 << n for n, pattern in enumerate(_NAME_GROUPS) if pattern.match(word))


@functools.lru_cache(maxsize=1 << 14)
def group_names(classes: str, name: str) -> int:
    """The groups of the words in class names and an id, as a mask."""
    mask = 0
    for word in _WORD.findall(f"{classes[:_MAX_NAMES]} {name[:_MAX_NAMES]}"):
        mask |= _group_word(word)
    return mask


class PageOutline(NamedTuple):
    """The blocks of a page in document order, and the tree of its block elements.

    Attributes:
        blocks: the blocks.
        parents: the number of each block element's parent; elements are numbered from 1 in document order, 0 is none.
    """

    blocks: list[PageBlock]
    parents: list[int]

    @property
    def main_blocks(self) -> list[PageBlock]:
        """The blocks outside of menus, asides and footers; all blocks of a page that has its text in these."""
        main = [block for block in self.blocks if not block.is_beside]
        size = sum(len(block.text) for block in main)
        return main if size >= _MIN_MAIN * sum(len(block.text) for block in self.blocks) else self.blocks


def outline_page(tree: Any) -> PageOutline:
    """The blocks of a parsed page and the tree of the elements around them."""
    from lxml import etree

    blocks: list[PageBlock] = []
    parents = [0]
    # Of each open block element: the element, its number, its own names, the names, regions and article around, tag and
    # class.
    stack: list[tuple[Any, int, int, int, int, int, tuple[str, str]]] = [(None, 0, 0, 0, 0, 0, ("", ""))] * 3
    kinds: dict[tuple[tuple[str, str], tuple[str, str]], int] = {}
    pieces: list[str] = []
    linked = links = link_depth = 0
    skipped = None

    def end_block() -> None:
        nonlocal linked, links
        text = normalize_space("".join(pieces))
        if text and len(stack) > 3:
            element, at, own, around, region, article, style = stack[-1]
            _, parent, parent_names, _, _, _, parent_style = stack[-2]
            _, grandparent, grandparent_names, _, _, _, _ = stack[-3]
            if len(pieces[0]) == 1 and len(pieces) > 1:
                text = _join_drop_cap(element, pieces) or text
            blocks.append(
                PageBlock(
                    element,
                    text,
                    min(linked, len(text)),
                    links,
                    region,
                    own | parent_names | grandparent_names,
                    around,
                    (at, parent, grandparent, stack[-4][1]),
                    len(stack) - 3,
                    article,
                    kinds.setdefault((style, parent_style), len(kinds)),
                )
            )
        pieces.clear()
        linked = links = 0

    for event, element in etree.iterwalk(tree, events=("start", "end")):
        name = element.tag
        if event == "start":
            if skipped is not None:
                continue
            if name in _BLOCK_ELEMENTS:
                if pieces:
                    end_block()
                _, parent, _, around, region, article, _ = stack[-1]
                parents.append(parent)
                number = len(parents) - 1
                own = 0
                classes = ""
                if name in _REGIONS:
                    region |= _REGIONS[name]
                    if name == "article":
                        article = number
                if len(element.attrib):
                    get = element.get
                    classes = get("class", "")
                    if name not in ("body", "html"):  # their names are about the page
                        own = group_names(classes, get("id", ""))
                    if get("itemprop") == "articleBody":
                        region |= _ARTICLE_BODY
                    if get("hidden") is not None or ("none" in get("style", "") and _UNSEEN.search(get("style", ""))):
                        region |= _HIDDEN
                stack.append((element, number, own, around | own, region, article, (name, classes)))
            elif name in _SKIPPED_ELEMENTS and not (name == "button" and element.find(".//article") is not None):
                skipped = element
                continue
            elif name == "a":
                link_depth += 1
                links += 1
            text = element.text
        else:
            if skipped is not None:
                if element is not skipped:
                    continue
                skipped = None
            elif name in _BLOCK_ELEMENTS:
                if pieces:
                    end_block()
                stack.pop()
            elif name == "a":
                link_depth -= 1
            text = element.tail
        if text and (pieces or not text.isspace()):
            pieces.append(text)
            if link_depth:
                linked += len(text)
                links = links or 1
    if pieces:
        end_block()
    return PageOutline(blocks, parents)


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
        return text.translate(_ASCII_LETTERS)
    return _NOT_LETTERS.sub("", text).casefold()
