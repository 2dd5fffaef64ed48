"""Authors: names from metadata, and the byline that a page prints.

What the metadata state wins if it is the full name of a person: it belongs to the article, while a printed name may
belong to another article or to a photograph. But software states whoever uploaded an article, or one author of several:
a line `By Jane Doe and John Roe` below the headline wins where it names more people, or others. A printed name wins
over the name of the site or of a firm, which software states by default, and over a part of the same name (`jdoe`,
`Jane`).

A byline is printed near the headline: an element marked as the author's, a link to an author's page, or a line that
begins with `By` and its translations. Elsewhere, marked elements count, and lines of nothing but an author. A line may
credit a desk or an agency instead of a person. Comments have authors of their own.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from searchidx.extract.author_text import (
    MAX_TEXT,
    begins_as_byline,
    ends_open,
    is_connector,
    is_full_name,
    is_label,
    is_publisher,
    is_site,
    read_credit,
    read_printed_authors,
    read_stated_authors,
)
from searchidx.extract.blocks import PageBlock, fold_letters, name_bit
from searchidx.extract.headings import find_headline_block
from searchidx.extract.markup import class_and_id, spaced_text, strip_markup
from searchidx.extract.printed_date import find_dates, is_filler

_BY = re.compile(r"\s*(?:(?i:by)\s+(?=[^\W\d_])|(?i:von|par|por)\s+(?=[^\W\d_a-zß-ÿ][\w.’'-]*\s[^\W\d_a-zß-ÿ]))")
"""The word "by" in a record. The lookahead keeps names such as `Von Hippel` and `von Braun, Wernher`."""
_ADDRESS = re.compile(r"//|@|\[at\]|^[\d\s]*$|^www\.|[{}<>]|\w\.\w+\.\w+\.\w")
_MAX_NAMES = 20
_MARK = re.compile(
    r"(?<![a-z])(?:by-?line|author|autor|auteur|autore|writer|redakteur|verfasser|journalist|contributor|reporter"
    r"|signature|firma)(?!ed|iz|it)|Byline|Author|Autor",
    re.IGNORECASE,
)
"""Class names of elements with the author's name."""
_PICTURE_MARK = re.compile(r"licen[cs]e|caption|photo-?(?:graph|credit)", re.IGNORECASE)
"""Class names of the author of a picture."""
_NAME_MARK = re.compile(
    r"(?<![\w-])(?:(?:entry|post|article|meta|c|article_|byline)[-_]*)?authors?(?:[-_]{0,2}(?:name|link|url))?(?![\w-])|authorName"
    r"|byline[-_]{1,2}(?:name|author)|(?<![\w-])(?:vcard|fn|url fn)(?![\w-])"
)
"""Class names of elements with nothing but the author's name, which may be one word."""
_AUTHOR_PAGE = re.compile(
    r"(?:^|/)(?:authors?|autor(?:en|es|in|i)?|auteurs?|people|persons?|personen|profiles?|profil|contributors?|writers?"
    r"|journalists?|journalistes?|staff|redaktion|redakteure?|editors?|bio|by|columnists?|reporters?|correspondents?"
    r"|forfatter|skribent|penulis|yazar|yazarlar|periodista|firmas|autores|signataires|users?|team)/+[^/?#]+",
    re.IGNORECASE,
)
"""The address of a page about an author."""
_MARKED_ELEMENTS = (
    "(//@class[contains(., 'uthor') or contains(., 'yline') or contains(., 'autor')])[position() <= 40]/.."
    " | (//@rel[.='author'])[position() <= 40]/.. | (//@itemprop[contains(., 'author')])[position() <= 40]/.."
)
"""XPath that starts from attributes, of which a page has fewer than elements times names. The elements of many would
take quadratic time: libxml2 looks for each among the others."""
_COMMENT = re.compile(r"(?<![a-z])(?:comment|kommentar|commentaire|comentario)(?:s|e|aires)?(?![a-z])", re.IGNORECASE)
_PAGE_ELEMENTS = ("html", "body", "main", "article")
"""Elements whose class names tell of the page."""
_TOPIC_PAGE = re.compile(
    r"/(?:tags?|categor(?:y|ies|ia|ie)|kategorien?|rubriken?|topics?|themen?|sections?|search|archives?|label)/",
    re.IGNORECASE,
)
_OTHER_TEXT = frozenset(
    ("script", "style", "time", "noscript", "svg", "template", "select", "figcaption", "picture", "nav")
)
_MAX_ELEMENTS, _MAX_DESCENDANTS, _MAX_PIECES, _MAX_ANCESTORS = 30, 60, 24, 40
_BLOCKS_BEFORE, _BLOCKS_AFTER = 6, 12
_MAX_LINE = 160
"""Characters of a block with a byline."""
_MAX_LABEL, _PROSE = 25, 250
"""Characters of a block that labels the next one, and of a paragraph."""
_PRINTED = re.compile(
    r"(?:(?:By|BY) (?=[^\W\d_])|(?:Von|VON|Par|PAR|Por|POR|Di|DI|Door|DOOR|Av|AV|Af|AF|Autor:|Autorin:|Author:) "
    r"(?=[^\W\d_a-zß-ÿ][\w.’'-]*\s(?:(?:von|van|de|der|den|da|di|du|la|le|und|et|y|e|en|och|og|&)\s)*[^\W\d_a-zß-ÿ]))"
    r"(?P<name>[^\W\d_][^.!?|•·]{0,80}(?:\.[^.!?|•·]{1,40})*)"
)
"""A printed line with an author. Words other than "By" need two names: `Von Hippel` is one."""
_BY_WORD = re.compile(r"\b(?:By|BY|by|Von|Par|Por|Di|Door|Av|Af)\b")
_MAX_CREDIT = 90
"""Characters of a line of nothing but an author."""
_OTHER_ARTICLES = name_bit("related") | name_bit("comment") | name_bit("picture") | name_bit("caption")
_COMMENTS, _MENU = name_bit("comment"), name_bit("nav")
_AROUND = " ,;|•·–—-"
_MAX_WORDS = 10
"""Words of a printed byline."""


def remove_by_prefix(text: str) -> str:
    """Remove "by" and its translations before an author's name."""
    return _BY.sub("", text, count=1)


def split_byline(line: str) -> tuple[str, str]:
    """Split a printed line into an author and a date after or before: `By Jane Doe, February 1, 2023`.

    Both are empty if the line is no such line; the second is empty without a date.
    """
    text, rest = _cut_date(line)
    match = _PRINTED.fullmatch(text)
    if match is None or len(text.split()) > _MAX_WORDS:
        return "", ""
    return match["name"].strip(" ,"), rest


def _cut_date(line: str) -> tuple[str, str]:
    """Cut the date at the start or the end of a line, with its time, labels and separators, from the rest."""
    dates = list(find_dates(line)) if len(line) <= _MAX_LINE else []
    for date in dates[:1]:
        before, after = line[: date.start], line[date.stop :]
        if before.strip(_AROUND) and not is_filler(before):
            words = re.split(r"(\s+|[|•·])", before.rstrip())
            while words and (is_filler(words[-1]) or not words[-1].strip(_AROUND)):
                words.pop()
            name = "".join(words)
            return name.rstrip(_AROUND), line[len(name) :].strip(_AROUND)
        if (match := _BY_WORD.search(after)) is not None:
            return after[match.start() :].strip(), line[: date.stop + match.start()].strip(_AROUND)
    return line.strip(), ""


def join_authors(names: Iterable[str], site_names: Sequence[str] = ()) -> str:
    """Join the authors' names of metadata, each once, without addresses, roles, dates and the site's name."""
    authors: dict[str, str] = {}
    for text in itertools.islice(names, _MAX_NAMES):
        plain = strip_markup(text)
        if plain and len(plain) <= MAX_TEXT and not _ADDRESS.search(plain):
            for author in read_stated_authors(plain, site_names):
                authors.setdefault(author.casefold(), author)
    return ", ".join(authors.values())


def find_byline(
    tree: Any,
    blocks: Sequence[PageBlock],
    headline: str,
    stated: tuple[str, str],
    site_names: Sequence[str] = (),
    url: str = "",
) -> tuple[str, str]:
    """Find who wrote the article: the origin of the byline and its names, both "" without an author.

    `stated` has the origin and the names in the metadata.
    """
    _, names = stated
    sites = [*site_names, *_host_names(url)]
    first = names.partition(", ")[0]
    is_firm = bool(first) and is_publisher(first, sites)
    before, below = _near(blocks, headline)
    if first and is_full_name(first) and not is_firm:
        signed = _signed(below, sites, names.split(", "))
        return ("a printed byline", ", ".join(signed)) if signed else stated
    if is_firm and is_full_name(first) and [first] in _printed_near(before, below, sites):
        return stated  # a site that is named after its author, or an article of the whole office
    if not names or is_firm:
        found = _first(blocks, before, below, tree, sites, is_site_named=bool(names))
        return ("a printed byline", ", ".join(found)) if found else stated
    for found in itertools.chain(_printed_near(before, below, sites), _marked(tree, sites)):
        if any(_is_part(first, author) for author in found):
            return "a printed byline", ", ".join(found)
    full = _complete(first, blocks, sites)
    return ("a printed byline", full[0]) if full else stated


def _signed(below: Sequence[PageBlock], sites: Sequence[str], stated: Sequence[str]) -> list[str]:
    """The authors in a line such as `By Jane Doe` below the headline, if they are more than the stated ones, or others.

    Software states the person who uploaded an article, or the first of its authors.
    """
    for block in _until_text(below):
        text = spaced_text(block.element, block.text)
        is_signed = begins_as_byline(text)
        if not (is_signed or stated[0] in text) or not (found := _read_block(block, sites)):
            continue
        known, printed = ({fold_letters(name) for name in names} for names in (stated, found))
        if known < printed:
            return found
        if is_signed:
            words = {fold_letters(word) for name in stated for word in name.split() if len(word) > 2}
            is_other = not words & {fold_letters(word) for name in found for word in name.split()}
            return found if is_other and all(is_full_name(n) and not is_publisher(n, sites) for n in found) else []
    return []


def _first(
    blocks: Sequence[PageBlock],
    before: Sequence[PageBlock],
    below: Sequence[PageBlock],
    tree: Any,
    sites: Sequence[str],
    is_site_named: bool,
) -> list[str]:
    """The first printed authors; of one known by a single word, the full name where the page has it.

    The site's name is the last choice, or none if the metadata have it already.
    """
    first: list[str] = []
    site: list[str] = []
    for names in itertools.chain(_printed_near(before, below, sites), _marked(tree, sites), _labelled(blocks, sites)):
        if not (found := [name for name in names if not is_site(name, sites)]):
            site = site or names
        elif any(_is_part(first[0], author) for author in found) if first else len(found) > 1 or is_full_name(found[0]):
            return found
        else:
            first = first or found
    credit = next(filter(None, map(read_credit, _short_lines(below))), "")
    if first:
        full = _complete(first[0], blocks, sites)
        return full or ([credit] if credit.startswith(f"{first[0]} ") else first)
    if found := next(_credited(blocks, sites), []) or _beside_date(below, sites):
        return found
    return [credit] if credit and not is_site(credit, sites) else [] if is_site_named else site


def _short_lines(below: Sequence[PageBlock]) -> Iterator[str]:
    """The short texts between the headline and the text."""
    for block in _until_text(below):
        if not block.names_around & _COMMENTS:
            yield spaced_text(block.element, block.text)


def _credited(blocks: Sequence[PageBlock], sites: Sequence[str]) -> Iterator[list[str]]:
    """The full names in lines of nothing but an author anywhere on the page: `Text: Jane Doe`."""
    for block in blocks:
        if len(block.text) <= _MAX_CREDIT and not block.names & _OTHER_ARTICLES and begins_as_byline(block.text):
            found = read_printed_authors(block.text, sites, is_marked=False)
            if found and not block.names_around & _COMMENTS and all(map(is_full_name, found)):
                yield found


def _labelled(blocks: Sequence[PageBlock], sites: Sequence[str]) -> Iterator[list[str]]:
    """The names in blocks after one that is only a label: `Written by`."""
    for label, block in itertools.pairwise(blocks):
        found: list[str] = []
        if len(label.text) <= _MAX_LABEL and len(block.text) <= _MAX_LINE and is_label(label.text):
            found = read_printed_authors(block.text, sites, is_marked=False)
        if found:
            yield found


def _complete(word: str, blocks: Sequence[PageBlock], sites: Sequence[str]) -> list[str]:
    """The full name of an author known by a single word, from a block that begins with it."""
    for block in blocks:
        if len(block.text) <= _MAX_LINE and block.text.startswith(f"{word} "):
            found = read_printed_authors(block.text, sites, is_marked=False)
            if found and _is_part(word, found[0]):
                return found[:1]
    return []


def _beside_date(below: Sequence[PageBlock], sites: Sequence[str]) -> list[str]:
    """A name in the line of the date below the headline: `9 April 2024 · Jane Doe`."""
    below = below[:_BLOCKS_BEFORE]
    for number, block in enumerate(below):
        if len(block.text) > _MAX_LINE:
            continue
        text = spaced_text(block.element, block.text)
        if not (dates := list(find_dates(text))):
            continue
        for part in (text[: dates[0].start], text[dates[0].stop :].lstrip(" |·•–—-,")):
            if found := read_printed_authors(part, sites, is_marked=False):
                return found
        for beside in (*below[max(0, number - 1) : number], *below[number + 1 : number + 2]):
            if read_printed_authors(beside.text, sites, is_marked=False) == [beside.text]:
                return [beside.text]
    return []


def _is_part(part: str, author: str) -> bool:
    """Whether a user's name or given name is a part of a full name: `jdoe` or `jane` of `Jane Doe`."""
    part, letters = _plain_letters(part), [_plain_letters(word) for word in author.split()]
    if len(letters) < 2:
        return False
    return part in letters or part in ("".join(letters), letters[0][:1] + letters[-1], letters[0] + letters[-1])


def _plain_letters(text: str) -> str:
    """The letters without case and accents, as in a user's name."""
    return fold_letters("".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each)))


def _host_names(url: str) -> Iterator[str]:
    """The name of a site in its address: `courier` of `https://www.courier.example/`."""
    try:
        labels = (urlsplit(url).hostname or "").removeprefix("www.").split(".")
    except ValueError:
        return
    if len(labels) > 1:
        yield ".".join(labels)
        yield labels[-3] if len(labels) > 2 and len(labels[-2]) <= 3 else labels[-2]


def _near(blocks: Sequence[PageBlock], headline: str) -> tuple[Sequence[PageBlock], Sequence[PageBlock]]:
    """The blocks before the headline, nearest first, and those after it; none if no block has it."""
    at = find_headline_block(blocks, headline)
    if at is None:
        return (), ()
    return blocks[max(0, at - _BLOCKS_BEFORE) : at][::-1], blocks[at + 1 : at + 1 + _BLOCKS_AFTER]


def _printed_near(before: Sequence[PageBlock], below: Sequence[PageBlock], sites: Sequence[str]) -> Iterator[list[str]]:
    """The names in bylines after the headline, up to the text, then before it."""
    for block in itertools.chain(_until_text(below), before):
        if found := _read_block(block, sites):
            yield found


def _until_text(blocks: Iterable[PageBlock]) -> Iterator[PageBlock]:
    paragraphs = 0
    for block in blocks:
        if len(block.text) <= _MAX_LINE:
            yield block
        elif len(block.text) >= _PROSE and (paragraphs := paragraphs + 1) > 1:
            return


def _read_block(block: PageBlock, sites: Sequence[str]) -> list[str]:
    """The authors that a short block names, if something says that they are authors."""
    if len(block.text) > _MAX_LINE or block.names_around & _COMMENTS or block.names & _MENU:
        return []
    element = block.element
    text = spaced_text(element, block.text)
    if element.tag not in _PAGE_ELEMENTS:
        inner = [each for each in itertools.islice(element.iter(), _MAX_DESCENDANTS) if _names_author(each)]
        pieces = [piece for each in _outermost(inner) for piece in _marked_pieces(each)]
        if found := _read_pieces(pieces, sites):
            return found
        if inner or any(map(_is_marked, itertools.islice(element.iterancestors(), 2))):
            return _read_pieces(list(_pieces(element, False)), sites)
    if found := read_printed_authors(text, sites, is_marked=False) if begins_as_byline(text) else []:
        return found
    pieces = list(_pieces(element, False)) if element.tag not in _PAGE_ELEMENTS and len(element) else []
    if pieces and begins_as_byline(pieces[0][0]):
        return read_printed_authors(pieces[0][0], sites, is_marked=False)
    return _read_pieces(pieces[1:2], sites, is_labelled=True) if pieces and is_label(pieces[0][0]) else []


def _marked_pieces(element: Any) -> Iterator[tuple[str, bool, bool]]:
    return _pieces(element, element.tag == "a" or _holds_name(element))


def _outermost(elements: Sequence[Any]) -> Iterator[Any]:
    """The elements that are not within another of the list."""
    seen: set[Any] = set()
    for each in elements:
        if not any(outer in seen for outer in itertools.islice(each.iterancestors(), _MAX_ANCESTORS)):
            seen.add(each)
            yield each


def _names_author(element: Any) -> bool:
    """Whether an element holds an author's name by its own attributes."""
    if not isinstance(element.tag, str):
        return False
    if element.tag == "a" and _AUTHOR_PAGE.search(element.get("href") or ""):
        return True
    return _is_marked(element)


def _holds_name(element: Any) -> bool:
    """Whether an element is marked as one with nothing but an author's name."""
    rel = element.get("rel")
    if (rel and "author" in rel.split()) or "author" in (element.get("itemprop") or ""):
        return True
    return _NAME_MARK.search(element.get("class") or "") is not None


def _is_marked(element: Any) -> bool:
    if element.tag in _PAGE_ELEMENTS:
        return False
    rel = element.get("rel")
    if (rel and "author" in rel.split()) or "author" in (element.get("itemprop") or ""):
        return True
    names = class_and_id(element)
    return len(names) > 3 and _MARK.search(names) is not None and _PICTURE_MARK.search(names) is None


def _marked(tree: Any, sites: Sequence[str]) -> Iterator[list[str]]:
    """The names in marked elements anywhere on the page, outside of comments."""
    for element in itertools.islice(tree.xpath(_MARKED_ELEMENTS), _MAX_ELEMENTS):
        if element.tag in _PAGE_ELEMENTS or element.tag in _OTHER_TEXT or not _is_marked(element):
            continue
        pieces = list(_marked_pieces(element))
        if sum(len(text) for text, _, _ in pieces) > _MAX_LINE or len(pieces) >= _MAX_PIECES or _is_in_comment(element):
            continue
        if found := _read_pieces(pieces, sites):
            yield found


def _pieces(element: Any, is_name: bool) -> Iterator[tuple[str, bool, bool]]:
    """The runs of text in an element without dates and buttons: whether each is in a link, and holds only a name."""
    count = 0
    stack: list[tuple[Any, bool, bool, bool]] = [(element, is_name, element.tag == "a", False)]
    while stack and count < _MAX_PIECES:
        each, is_name, is_linked, is_tail = stack.pop()
        if is_tail:
            text = each.tail
        else:
            if _is_other_text(each):
                if each is not element:
                    stack.append((each, is_name, is_linked, True))
                continue
            if each is not element:
                stack.append((each, is_name, is_linked, True))
                is_linked = is_linked or each.tag == "a"
                is_name = is_name or _holds_name(each)
            stack += [(child, is_name, is_linked, False) for child in reversed(each[:_MAX_DESCENDANTS])]
            text = each.text
        if text and (text := " ".join(text.split())):
            count += 1
            yield text, is_linked, is_name


def _is_other_text(element: Any) -> bool:
    """Whether an element holds no author: a date, a menu, a link to a topic."""
    tag = element.tag
    if not isinstance(tag, str) or tag in _OTHER_TEXT or element.get("hidden") is not None:
        return True
    return tag == "a" and _TOPIC_PAGE.search(element.get("href") or "") is not None


def _read_pieces(
    pieces: Sequence[tuple[str, bool, bool]], sites: Sequence[str], is_labelled: bool = False
) -> list[str]:
    """The names in runs of text: the first, and those that a connecting word or a further link adds."""
    names: dict[str, str] = {}
    is_open, was_linked = True, False
    for text, is_linked, is_name in pieces:
        is_open = is_open or is_connector(text)
        if is_connector(text) or not any(map(str.isalpha, text)):
            continue
        if not is_open and not (is_linked and was_linked):
            break
        found = read_printed_authors(text, sites, is_marked=is_open and (is_name or is_labelled))
        if not found and names:
            break
        for name in found:
            names.setdefault(name.casefold(), name)
        is_labelled = is_label(text)
        is_open, was_linked = not names or ends_open(text), is_linked
    return list(names.values())


def _is_in_comment(element: Any) -> bool:
    around = itertools.islice(element.iterancestors(), _MAX_ANCESTORS)
    return any(
        _COMMENT.search(class_and_id(each)) is not None
        for each in itertools.chain((element,), around)
        if each.tag not in _PAGE_ELEMENTS
    )
