"""Items of a library or reading list: what it states about an article, and the files in which the article was saved.

Zotero and Omnivore keep pages beside a list of items. A saved page is read like any other, and what the item states
corrects it, since people checked it. An item without a saved page is an article of its headline and summary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.errors import ArticleError
from searchidx.extract.stated_date import normalize_date
from searchidx.sources.article_fields import ArticleFields, make_article
from searchidx.sources.compression import DamagedDataError
from searchidx.sources.file_tree import FileTree, resolve_reference
from searchidx.sources.format_registry import find_format
from searchidx.sources.skip import Skip, guard, part_of, skip_unreadable
from searchidx.sources.source_file import SourceFile, TooLargeError

_PAGES = (".html", ".htm", ".xhtml", ".mhtml", ".mht")
_MAX_ATTACHMENTS = 20
"""Saved files of an item that are tried."""

NEWS_TYPES = {
    "newspaperarticle", "magazinearticle", "webpage", "blogpost", "news", "mgzn", "elec", "blog", "article-newspaper",
    "article-magazine", "post-weblog", "post", "article", "gen", "icomm",
}  # fmt: skip
"""Types of items that are articles, as Zotero, RIS and CSL name them, in lower case."""


@dataclass(slots=True)
class LibraryItem:
    """An item.

    Attributes:
        id: the id of the article.
        kind: the type of the item, as written.
        fields: what the item states, with its provenance; the body is a summary.
        attachments: references of saved files, relative to the library.
    """

    id: str
    kind: str
    fields: dict[str, tuple[str, Any]]
    attachments: list[str] = field(default_factory=list)


def read_item(
    where: str, file: SourceFile, place: tuple[FileTree, str] | None, parse: Callable[..., LibraryItem], *arguments: Any
) -> list[Article | Skip]:
    """The article of the item that `parse` makes; an unexpected exception costs the item only."""
    return guard(where, lambda: _read_item(parse(*arguments), file, place))


def _read_item(item: LibraryItem, file: SourceFile, place: tuple[FileTree, str] | None) -> Iterator[Article | Skip]:
    """The article of an item, from the first of its saved files that gives one, and the skips of the others."""
    where = f"{file.name} ({item.id[:80]})"
    if item.kind.lower() not in NEWS_TYPES:
        yield Skip(where, f"its type is {item.kind!r}: no article of a newspaper, magazine or website", damaged=False)
        return
    _convert_date(item)
    skips: list[Skip] = []
    for path in _find_attachments(item, place):
        found, failed = _read_attachment(path, place)
        skips += failed
        if found is not None:
            yield _correct(found, item)
            if file.tree is None:
                yield part_of(found.path, file.name)
            return
    yield from make_article(where, item.id, file.name, item.fields)
    yield from skips


def _convert_date(item: LibraryItem) -> None:
    origin, value = item.fields.get("date", ("", None))
    if isinstance(value, str) and value:
        with suppress(ArticleError):  # `make_article` reports a date that does not exist
            item.fields["date"] = origin, normalize_date(value.strip())


def _find_attachments(item: LibraryItem, place: tuple[FileTree, str] | None) -> Sequence[str]:
    """The paths of the saved files that exist, pages first."""
    if place is None:
        return []
    tree, path = place
    folder = path.rpartition("/")[0]
    found = [resolve_reference(tree, folder, each) for each in item.attachments[:_MAX_ATTACHMENTS]]
    paths = list(dict.fromkeys(path for path in found if path is not None))
    return sorted(paths, key=lambda path: PurePosixPath(path).suffix.lower() not in _PAGES)


def _read_attachment(path: str, place: tuple[FileTree, str] | None) -> tuple[Article | None, list[Skip]]:
    assert place is not None
    try:
        source = place[0].open(path)
        articles, skips = read_saved_file(source)
    except (OSError, DamagedDataError, TooLargeError) as error:
        return None, [skip_unreadable(path, error)]
    if len(articles) > 1:
        return None, [Skip(source.name, f"the saved file holds {len(articles)} articles, and the item is one")]
    return (articles[0] if articles else None), skips


def read_saved_file(source: SourceFile) -> tuple[list[Article], list[Skip]]:
    """The articles and skips of a saved page or document; a container gives its pages."""
    format = find_format(source, source.head())
    articles: list[Article] = []
    skips: list[Skip] = []
    if format.is_container:
        for member in format.load_container_format().members(source):
            if isinstance(member, Skip):
                skips.append(member)
            elif not (inner := find_format(member, member.head())).is_container:
                _sort(inner.load_document_format().read(member), articles, skips)
    else:
        _sort(format.load_document_format().read(source), articles, skips)
    return articles, skips


def _sort(items: Iterator[Article | Skip], articles: list[Article], skips: list[Skip]) -> None:
    for each in items:
        if isinstance(each, Skip):
            skips.append(each)
        elif len(articles) < 2:
            articles.append(each)


def _correct(article: Article, item: LibraryItem) -> Article:
    """The article of a saved page with what its item states. The summary is no body."""
    stated: ArticleFields = {name: each for name, each in item.fields.items() if each[1] and name != "body"}
    values = {name: value for name, (_, value) in stated.items()}
    provenance = {**article.provenance, **{name: f"the item's {origin}" for name, (origin, _) in stated.items()}}
    try:
        corrected = replace(article, id=item.id, **values, provenance=provenance)
    except ArticleError:
        values.pop("date", None)
        corrected = replace(article, id=item.id, **values, provenance=provenance)
    if article.date is not None and _includes(corrected.date, article.date):
        origin = article.provenance.get("date", "")
        corrected = replace(corrected, date=article.date, provenance={**corrected.provenance, "date": origin})
    return corrected


def _includes(stated: PartialDate | None, printed: PartialDate) -> bool:
    """Whether the date on the page is a more exact form of the one that the item states."""
    if stated is None:
        return True
    days, other = stated.days, printed.days
    return printed.precision >= stated.precision and days.start <= other.start and other.stop <= days.stop
