"""ProQuest downloads: text, HTML, and mails with either.

As text, lines of underscores part the articles; as HTML, anchors `DocID_…`. An article is a headline, then labels with
values, among them the full text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from searchidx.article import Article
from searchidx.extract.markup import to_paragraphs
from searchidx.sources.press.labels import find_field, find_tight_field, parse_label
from searchidx.sources.press.press_article import (
    PressArticle,
    count_difference,
    find_page,
    parse_count,
    read_article,
    split_keywords,
)
from searchidx.sources.press.press_html import element_text, parse_fragment, with_class
from searchidx.sources.press.printed_dates import find_date
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile

NAME = "ProQuest"
_RULE = re.compile(r"\s*_{40,}\s*")
_COUNTER = re.compile(
    r"\s*do[ck]ument\w*\s+(\d{1,7})\s+\w{1,5}\s+(\d{1,7})\s*|\s*(\d{1,7})\s+(?:of|von|de|sur)\s+(\d{1,7})\s*", re.I
)
_ANCHOR = re.compile(
    r"<a\b[^>]*?\bname\s*=\s*(?:3D)?[\"']?(?:[a-z]{1,10}[_-])?DocID_[^\"'>\s]*[\"']?[^>]*>", re.IGNORECASE
)
_LISTED = re.compile(r"\bhref\s*=\s*[\"'][^\"'#>]{0,200}#(?:[a-z]{1,10}[_-])?(DocID_[^\"'>\s]*)", re.IGNORECASE)
_STRONG = re.compile(
    r"<(strong|b)\b[^>]*>((?:(?!<(?:strong|b)\b|</\1\s*>).){2,120}?)[:：](?:\s|&nbsp;|&#160;)*</\1\s*>", re.I | re.S
)
_STRONG_ID = re.compile(r"<(?:strong|b)\b[^>]*>[^<]{0,40}proquest[^<]{0,40}<", re.IGNORECASE)
_CAPTION = re.compile(r"\s*(?:caption|credit|illustration|photo|graphic|bildunterschrift)s?\s*:", re.IGNORECASE)
_NO_AUTHOR = ("anonymous", "anonym", "anonyme", "anónimo", "anonimo", "anônimo", "匿名", "익명")
_TEXT = re.compile(r"<text\b[^>]*>(.*?)</text\s*>", re.IGNORECASE | re.DOTALL)
_TEXT_WORDS = re.compile(r"<text\b[^>]*\bwordcount\s*=\s*[\"']?(\d{1,7})", re.IGNORECASE)
_DOCUMENT_TITLE = re.compile(r"(?=<[a-z0-9]+\b[^>]*class\s*=\s*[\"']documentTitle\b)", re.IGNORECASE)
_NO_HEADLINE = re.compile(
    r"\s*(?:proquest document link|proquest-dokumentlink|lien vers le document proquest"
    r"|enlace de documentos? de proquest|https?://\S+|email \d+ of \d+.*)\s*",
    re.IGNORECASE,
)
_DOCVIEW = re.compile(r"docview/(\d{4,12})")
_LINK = re.compile(r"https?://\S+")
_TEXT_LABELS = ("id", "publication", "date", "url", "language", "publication_info", "year", "body", "subject")
_ORDINARY_END = ("subject", "headline", "publication", "publication_info", "year", "date", "id", "url", "language",
                 "section", "byline", "place", "company", "person", "keywords", "load_date", "journal_code",
                 "highlight")  # fmt: skip


def recognises_lines(lines: Sequence[str]) -> bool:
    """Whether labels as ProQuest writes them begin lines, the full text or an id of ProQuest among them."""
    fields = {label.field for line in lines if (label := parse_label(line)) and label.field in _TEXT_LABELS}
    has_id = "id" in fields or any("search.proquest.com" in line or "proquest.com/docview" in line for line in lines)
    return has_id and len(fields) >= 4 and bool(fields & {"publication", "publication_info"})


def recognises(page: str) -> bool:
    """Whether a page has the anchors of ProQuest's articles."""
    if ("DocID_" in page and _ANCHOR.search(page) is not None) or (
        "titleAuthorETC" in page and _DOCUMENT_TITLE.search(page)
    ):
        return True
    return _STRONG_ID.search(page) is not None and (
        len(_STRONG.findall(page)) > 3 and sum(find_field(label) == "id" for _, label in _STRONG.findall(page)) > 0
    )


def read_lines(file: SourceFile, lines: Sequence[str]) -> Iterator[Article | Skip]:
    """The articles of a text, in order."""
    number = 0
    total: int | None = None
    for block in _blocks(lines):
        counter = next((match for line in block[:4] if (match := _COUNTER.fullmatch(line))), None)
        if counter is not None:
            total = int(counter[2] or counter[4])
        fields, headline = _read_labels(block)
        if not ({"id", "publication", "publication_info", "body"} & set(fields)):
            continue  # a notice, or a list of the articles
        number += 1
        yield from read_article(file, number, NAME, _make_article, fields, headline)
    if not number:
        yield Skip(
            file.name, f"it looks like a {NAME} download of an unknown layout: download it again as HTML or text"
        )
        return
    ids = sum(1 for line in lines if (label := parse_label(line)) and label.field == "id" and label.value)
    yield from count_difference(file.name, number, total or (ids if ids > number else None))


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        if _RULE.fullmatch(line):
            if any(map(str.strip, block)):
                yield block
            block = []
        else:
            block.append(line)
    if any(map(str.strip, block)):
        yield block


def _read_labels(block: Sequence[str]) -> tuple[dict[str, str], str]:
    """The value of each field of a block of lines, and the lines before the first label."""
    fields: dict[str, str] = {}
    first: list[str] = []
    field = ""
    for line in block:
        label = parse_label(line)
        is_new = label is not None and label.field in (*_ORDINARY_END, *_TEXT_LABELS, "page", "edition", "length")
        if is_new and label is not None and field == "body" and not _ends_body(label.field, label.label):
            is_new = False
        if is_new and label is not None:
            field = label.field
            if field in fields and field != "body":
                field = f"{field}+"  # the same field in another label: `Subject`, `Location`
            fields.setdefault(field, label.value)
        elif label is not None and not label.field and field not in ("", "body") and len(label.label) < 40:
            field = "?"
        elif field:
            fields[field] = f"{fields.get(field, '')}\n{line.strip()}" if field != "?" else ""
        elif line.strip() and not _COUNTER.fullmatch(line):
            first.append(line.strip())
    title = [line for line in first if not _LINK.fullmatch(line)]
    links = [line for line in first if _LINK.fullmatch(line)]
    if links:
        fields.setdefault("url", links[0])
    return fields, " ".join(title)


def _ends_body(field: str, label: str) -> bool:
    """Whether a label ends the text: one that ProQuest prints below it, and not one that a sentence may begin with."""
    return field in ("subject", "headline", "publication", "id", "url", "publication_info", "year") or (
        field in _ORDINARY_END and len(label.split()) > 1
    )


def read(file: SourceFile, page: str) -> Iterator[Article | Skip]:
    """The articles of a page, in order."""
    pieces = _ANCHOR.split(page)[1:]
    if not pieces and _DOCUMENT_TITLE.search(page) and not _STRONG_ID.search(page):
        yield from _read_results(file, page)
        return
    if not pieces:
        pieces = _split_by_ids(page)
    number = found = 0
    for piece in pieces:
        marks = list(_STRONG.finditer(piece))
        named = [_field(match[2]) for match in marks]
        fields: dict[str, str] = {}
        for at, name in enumerate(named):
            # Bold words with a colon may stand in the text, so only known labels end it.
            following = (n for n in range(at + 1, len(marks)) if named[n] or name != "body")
            stop = marks[after].start() if (after := next(following, None)) is not None else len(piece)
            if name:
                fields.setdefault(name, "\n".join(_paragraphs(piece[marks[at].end() : stop])))
        if not fields:
            continue
        number += 1
        if not ({"id", "publication", "publication_info", "body", "headline"} & set(fields)):
            yield Skip(f"{file.name}#{number}", "this article's labels are not those of a known language")
            continue
        found += 1
        above = _paragraphs(piece[: marks[0].start()])
        headline = next((line for line in above if not (_COUNTER.fullmatch(line) or _NO_HEADLINE.fullmatch(line))), "")
        yield from read_article(file, number, NAME, _read_piece, fields, headline, piece)
    if not number:
        yield Skip(
            file.name, f"it looks like a {NAME} download of an unknown layout: download it again as HTML or text"
        )
        return
    listed = set(_LISTED.findall(page))
    yield from count_difference(file.name, number, len(listed) or None)


def _read_piece(fields: dict[str, str], headline: str, piece: str) -> PressArticle:
    article = _make_article(fields, headline)
    _read_text(article, piece)
    if not article.id and (match := _DOCVIEW.search(piece)) is not None:
        article.id = match[1]
    return article


def _read_text(article: PressArticle, piece: str) -> None:
    """Read the element `text`, in which newer pages and mails have the full text and its number of words."""
    if (match := _TEXT.search(piece)) is not None:
        article.paragraphs = list(_body("\n".join(_paragraphs(match[1])))) or article.paragraphs
    if (words := _TEXT_WORDS.search(piece)) is not None:
        article.words = int(words[1])


def _read_results(file: SourceFile, page: str) -> Iterator[Article | Skip]:
    """The articles of a saved page of results, with elements of the classes `documentTitle` and `titleAuthorETC`."""
    for number, piece in enumerate(_DOCUMENT_TITLE.split(page)[1:], 1):
        yield from read_article(file, number, NAME, _read_result, piece)


def _read_result(piece: str) -> PressArticle:
    tree = parse_fragment(piece)
    lines = [] if tree is None else [element_text(each) for each in with_class(tree, "titleAuthorETC")]
    info = next((line for line in reversed(lines) if find_date(line)), " ".join(lines))
    title = element_text(next(iter(with_class(tree, "documentTitle")), None)) if tree is not None else ""
    article = _make_article({"publication_info": info, "url": piece}, title)
    article.byline = lines[0].rstrip(". ") if len(lines) > 1 and lines[0] != info else ""
    article.url = ""
    _read_text(article, piece)
    return article


def _split_by_ids(page: str) -> list[str]:
    """The articles of a page without anchors: each ends after the paragraph with its id, or the labels after it."""
    starts = [
        match.start()
        for match in _STRONG.finditer(page)
        if find_field(" ".join(to_paragraphs(match[2]).split())) == "body"
    ]
    ids = [match.start() for match in _STRONG.finditer(page) if _field(match[2]) == "id"]
    rules = [match.end() for match in re.finditer(r"<hr\b[^>]*>", page, re.IGNORECASE)]
    cuts = [0]
    for one, other in zip(ids, [*ids[1:], len(page)], strict=True):
        rule = next((at for at in rules if one < at < other), None)
        text = next((at for at in starts if one < at < other), None)
        if other != len(page):
            cuts.append(rule or text or other)
    return [page[start:stop] for start, stop in zip(cuts, [*cuts[1:], len(page)], strict=True)]


def _field(markup: str) -> str:
    """The field of a label; mails lose the spaces of some."""
    label = " ".join(to_paragraphs(markup).split())
    return find_field(label) or find_tight_field(label)


def _paragraphs(markup: str) -> list[str]:
    """The paragraphs of a value, which may be a whole page."""
    markup = re.sub(r"<(?:!doctype[^>]*|/?(?:html|body|meta|link|title)\b[^>]*)>", " ", markup, flags=re.IGNORECASE)
    markup = re.sub(r"<(head|script|style)\b.*?</\1\s*>", " ", markup, flags=re.IGNORECASE | re.DOTALL)
    return [line for line in to_paragraphs(f"<p>{markup}</p>").split("\n") if line.strip(" \xa0_")]


def _make_article(fields: dict[str, str], headline: str) -> PressArticle:
    one_line = {name: " ".join(value.split()) for name, value in fields.items()}
    info = one_line.get("publication_info", "")
    article = PressArticle(
        headline=one_line.get("headline") or headline,
        byline="" if one_line.get("byline", "").lower() in _NO_AUTHOR else one_line.get("byline", ""),
        section=one_line.get("section", ""),
        page=one_line.get("page", ""),
        edition=one_line.get("edition", ""),
        source=re.split(r"\s*;\s", f"{one_line.get('publication', '') or _source_of(info)} ")[0].strip(),
        language=one_line.get("language", "").split(";")[0].strip(),
        keywords=split_keywords(one_line.get("subject", "")),
        words=parse_count(one_line.get("length", "")),
    )
    for name, text in (
        ("date", one_line.get("date", "")),
        ("publication_info", info),
        ("year", one_line.get("year", "")),
    ):
        if not text:
            continue
        article.date_text = text
        if (found := find_date(text) or find_date(_mend_spaces(text))) is not None:
            article.date = found.date
            article.origins["date"] = name
            if name == "publication_info" and not article.page:
                article.page = find_page(found.after) or found.after.strip(" .:")[:20]
            break
    if match := re.search(r"\d{4,12}", one_line.get("id", "")):
        article.id = match[0]
    elif match := _DOCVIEW.search(one_line.get("url", "")):
        article.id = match[1]
    if match := _LINK.search(one_line.get("url", "")):
        article.url = match[0]
    article.paragraphs = list(_body(fields.get("body") or fields.get("highlight", "")))
    return article


def _mend_spaces(text: str) -> str:
    """A date with the spaces that mails put into numbers or take away: `Jan 11, 2 009`, `Jan11,2009`."""
    text = re.sub(r"(?<=\d)\s+(?=\d)", "", text)
    return re.sub(r"(?<=[^\W\d_])(?=\d)|,(?=\d)|(?<=\d)(?=[^\W\d_]{3})", " ", text)


def _source_of(info: str) -> str:
    """The newspaper in `Los Angeles Times ; Los Angeles, Calif. [Los Angeles, Calif]08 May 2010: AA.2.`"""
    found = find_date(info)
    name = info if found is None else found.before
    return re.split(r"\s*[;\[]", name)[0].strip(" ,")


def _body(text: str) -> Iterator[str]:
    """The paragraphs of a text, without captions, credits and notices."""
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)] if "\n\n" in text else text.split("\n")
    for paragraph in paragraphs:
        if paragraph.strip() and not _CAPTION.match(paragraph):
            yield paragraph
