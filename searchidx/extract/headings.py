"""Read the headings of a page: what a reader sees of each, its kicker, and where it stands.

A heading near the start of the text names the article. A heading within the text names a section, and a heading in a
menu or beside the text names something else.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from searchidx.extract.blocks import PageBlock
from searchidx.extract.markup import class_and_id, normalize_space

HEADINGS = ("h1", "h2", "h3")
_MAX_HEADINGS = 100
_MAX_SECTION_BEFORE = 0.5
"""Share of the page's paragraphs before a heading that is read, unless it is an `<h1>`."""
_MAX_BLOCKS = 10_000
"""Blocks of a page among which headings are placed."""
_MAX_PIECES = 20
"""Elements of one heading that are examined."""
_MAX_RUNS = 200
"""Runs of text of one heading."""
_MAX_DEPTH = 20
"""Nested elements of one heading, and elements around it, that are examined."""
MAX_HEADLINE = 400
"""Characters of a headline."""
_MIN_PROSE = 80
"""UTF-8 bytes of a paragraph. A Chinese character takes three, and says about as much as three Latin letters."""
_KICKER = re.compile(
    r"kicker|overline|over-?title|dach-?zeile|top-?line|roof-?line|eyebrow|pre-?title|super-?title|sur-?titre|spitzmarke"
    r"|cintillo|volanta|occhiello|antetitulo|vignette|upper-?title",
    re.IGNORECASE,
)
"""Class names of the words before a headline."""
_HIDDEN = re.compile(
    r"(?<![a-z])sr-?only|visually-?hidden|screen-?reader|(?<![\w-])(?:hidden|hide|text-hide)(?![\w-])", re.IGNORECASE
)
_BESIDE = re.compile(
    r"bread-?crumb"
    r"|(?<![\w-])(?:\w{1,3}-)?(?:side-?bar|related|teaser|comments?(?![a-z])|newsletter|subscribe|modal|cookie|menu)"
    r"|(?<![\w-])widget(?![\w-])|(?<![\w-])widget-?title",
    re.IGNORECASE,
)
"""Class names of elements whose headings are not the article's."""
_ANCHOR = re.compile(r"anchor|permalink|header-?link|edit-?section|mw-editsection", re.IGNORECASE)
"""Class names of a heading's link to itself, and of a wiki's button."""
_KICKER_SEPARATORS = " :：–—|｜.·・•-"
_MARKS = tuple(":,.;!?)…：，、。；！？")
_INLINE_ELEMENTS = ("a", "abbr", "b", "br", "em", "font", "i", "mark", "ruby", "strong", "sub", "sup", "u", "wbr")
"""Elements that do not set a piece of a headline apart."""
_SKIPPED_ELEMENTS = {"button", "noscript", "rp", "rt", "script", "style", "svg", "template"}
_ARTICLE_ELEMENTS = {"article", "body", "html", "main"}
"""Elements whose class names tell of the page."""
_MAX_NAMES = 300
"""Characters of the class names of an element that are examined."""
_NEAR = 3
"""Elements around a heading whose class names are examined."""
_OUTSIDE_ELEMENTS = {"aside", "dialog", "footer", "nav"}
_FRONT_PAGE = re.compile(
    r"(?:https?:)?//[^/?#]+/?(?:[?#].*)?|\.{0,2}/(?:index\.\w+|[a-z]{2}/?)?(?:[?#].*)?", re.IGNORECASE
)


@dataclass(frozen=True)
class Heading:
    """A heading of a page.

    Attributes:
        element: its element.
        text: what a browser shows, on one line.
        pieces: the texts of its elements, and the text between them.
        kicker: the words before the headline, within the heading; or "".
        is_marked_kicker: whether a class name marks the kicker.
        prose_before: the share of the page's paragraphs that stands before it, from 0 to 1.
        distance: the number of blocks to the next paragraph.
    """

    element: Any
    text: str
    pieces: list[str]
    kicker: str
    is_marked_kicker: bool
    prose_before: float
    distance: int

    @property
    def level(self) -> str:
        """`h1`, `h2` or `h3`."""
        return str(self.element.tag)

    @functools.cached_property
    def is_beside(self) -> bool:
        """Whether it stands in a menu, an aside, a breadcrumb or the like, or is hidden."""
        return _is_beside(self.element)

    @functools.cached_property
    def is_front_page_link(self) -> bool:
        """Whether it links to the front page."""
        return _is_front_page_link(self.element)

    @property
    def without_kicker(self) -> str:
        return self.text[len(self.kicker) :].lstrip(_KICKER_SEPARATORS) if self.kicker else self.text


class _Place(NamedTuple):
    """A place among the blocks: the share of the paragraphs before it, and the number of blocks to the next one."""

    prose_before: float
    distance: int


def find_headings(tree: Any, blocks: Sequence[PageBlock]) -> Iterator[Heading]:
    """The headings with text, in order."""
    elements = {
        each: list(itertools.islice(each.iter(), 5)) for each in itertools.islice(tree.iter(*HEADINGS), _MAX_HEADINGS)
    }
    places = _find_places(blocks, set(itertools.chain.from_iterable(elements.values())))
    place = _Place(0.0, len(blocks))
    for element, first_elements in elements.items():
        place = next((places[each] for each in first_elements if each in places), place)
        if place.prose_before > _MAX_SECTION_BEFORE and element.tag != "h1":
            continue
        runs = _read_runs(element)
        text = _join_runs(runs)
        if not text or len(text) > MAX_HEADLINE:
            continue
        pieces, marked = _find_pieces(element, text) if len(element) else ([], "")
        kicker = marked or (_unmarked_kicker(element) if len(element) else "")
        yield Heading(
            element,
            text,
            list(dict.fromkeys([normalize_space("".join(runs)), *pieces])),
            kicker if _starts_with(text, kicker) else "",
            bool(marked),
            *place,
        )


def find_headline_block(blocks: Sequence[PageBlock], headline: str) -> int | None:
    """The number of the first heading with the headline, else of the first block that is the headline."""
    wanted = " ".join(headline.split())
    if not wanted:
        return None
    headings = (n for n, each in enumerate(blocks) if wanted in each.text and each.element.tag in HEADINGS)
    at = next(headings, None)
    return next((n for n, each in enumerate(blocks) if each.text == wanted), None) if at is None else at


def _find_places(blocks: Sequence[PageBlock], elements: set[Any]) -> dict[Any, _Place]:
    """The place of block elements among the paragraphs: blocks of some length and more text than links."""
    blocks = blocks[:_MAX_BLOCKS]
    sizes = [_prose_size(block) for block in blocks]
    total = max(1, sum(sizes))
    before = list(itertools.accumulate(sizes, initial=0))
    places: dict[Any, _Place] = {}
    distance = len(blocks)
    for (element, *_), size, prose_before in zip(reversed(blocks), reversed(sizes), reversed(before[:-1]), strict=True):
        distance = 0 if size and element.tag not in HEADINGS else distance + 1
        if element in elements:
            places[element] = _Place(prose_before / total, distance)
    return places


def _prose_size(block: PageBlock) -> int:
    """The size of a paragraph in UTF-8 bytes; 0 for a block that is short or mostly links."""
    length = len(block.text)
    if 3 * length < _MIN_PROSE or 2 * block.linked >= length:
        return 0
    size = len(block.text.encode("utf-8", "replace"))
    return size if size >= _MIN_PROSE else 0


def _read_runs(element: Any) -> list[str]:
    """The visible runs of text of an element; none if there are too many for a headline."""
    runs = list(itertools.islice(_visible_runs(element), _MAX_RUNS + 1))
    return runs if len(runs) <= _MAX_RUNS else []


def _join_runs(runs: Sequence[str]) -> str:
    """Join runs of text with spaces, as no white space may separate kicker and headline; but none before a mark."""
    return normalize_space("".join(run if run[:1] in _MARKS else f" {run}" for run in runs))


def _starts_with(text: str, kicker: str) -> bool:
    return len(text) > len(kicker) and text.startswith(kicker) and not text[len(kicker)].isalnum()


def _visible_runs(element: Any, depth: int = 0) -> Iterator[str]:
    """The runs of text of an element, without style sheets, hidden text, pronunciations and links to itself."""
    if element.text:
        yield element.text
    for child in element:
        if isinstance(child.tag, str) and depth < _MAX_DEPTH and not _is_skipped(child):
            yield from _visible_runs(child, depth + 1)
        if child.tail:
            yield child.tail


def _is_skipped(element: Any) -> bool:
    if element.tag in _SKIPPED_ELEMENTS:
        return True
    names = (element.get("class") or "")[:_MAX_NAMES]
    return bool(names) and (_HIDDEN.search(names) or _ANCHOR.search(names)) is not None


def _find_pieces(element: Any, text: str) -> tuple[list[str], str]:
    """The texts of a heading's elements and between them, and the piece at its start that a class marks as kicker."""
    pieces = [normalize_space(element.text or "")]
    marked = ""
    for piece in itertools.islice(element.iterdescendants(), _MAX_PIECES):
        if isinstance(piece.tag, str) and not _is_skipped(piece):
            pieces.append(_join_runs(_read_runs(piece)))
            if (
                not marked
                and _KICKER.search((piece.get("class") or "")[:_MAX_NAMES])
                and _starts_with(text, pieces[-1])
            ):
                marked = pieces[-1]
        pieces.append(normalize_space(piece.tail or ""))
    return [piece for piece in pieces if piece], marked


def _unmarked_kicker(element: Any) -> str:
    """The first piece of a heading, if its markup sets it apart as a kicker.

    The kicker is the shorter piece, and the rest starts like a sentence. A piece that ends in a colon belongs to the
    headline.
    """
    for _ in range(_MAX_DEPTH):
        if len(element) != 1 or normalize_space(element.text or "") or normalize_space(element[0].tail or ""):
            break
        element = element[0]
    if len(element) == 0 or normalize_space(element.text or ""):
        return ""
    first = element[0]
    if not isinstance(first.tag, str) or first.tag in _INLINE_ELEMENTS or _is_skipped(first):
        return ""
    kicker = normalize_space("".join(_read_runs(first)))
    texts = [first.tail or ""]
    for piece in itertools.islice(first.itersiblings(), _MAX_PIECES):
        texts += _read_runs(piece) if isinstance(piece.tag, str) and not _is_skipped(piece) else ()
        texts.append(piece.tail or "")
    rest = [text for each in texts if (text := normalize_space(each))]
    while len(rest) > 1 and not any(map(str.isalnum, rest[0])):
        rest.pop(0)  # a separator that the page hides
    following = " ".join(rest).lstrip("“„«\"'‘»¿¡( ")
    if not kicker or kicker.endswith(tuple(":：,，、?？!！.。")) or len(kicker) > len(following):
        return ""
    return kicker if following[:1].isalnum() and not following[:1].islower() else ""


def _is_front_page_link(element: Any) -> bool:
    links = itertools.chain(itertools.islice(element.iter("a"), _MAX_PIECES), _ancestors(element, "a"))
    return any(_FRONT_PAGE.fullmatch((link.get("href") or "").strip()) for link in links)


def _is_beside(element: Any) -> bool:
    if _HIDDEN.search((element.get("class") or "")[:_MAX_NAMES]) or _BESIDE.search(class_and_id(element)[:_MAX_NAMES]):
        return True
    for number, each in enumerate(_ancestors(element)):
        if each.tag in _OUTSIDE_ELEMENTS:
            return True
        if number < _NEAR and each.tag not in _ARTICLE_ELEMENTS and _BESIDE.search(class_and_id(each)[:_MAX_NAMES]):
            return True
    return False


def _ancestors(element: Any, *names: str) -> Iterator[Any]:
    return itertools.islice(element.iterancestors(*names), _MAX_DEPTH)
