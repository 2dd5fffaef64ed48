"""Fields of an article with their provenance, as the readers of structured formats collect them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from searchidx.article import NO_TEXT, Article
from searchidx.dates import parse_date
from searchidx.errors import ArticleError
from searchidx.extract.stated_date import normalize_date
from searchidx.sources.skip import Skip, skip_date, skip_invalid

ArticleFields = Mapping[str, tuple[str, Any]]
"""For each field of an article its provenance and its value."""
NO_FIELDS: ArticleFields = MappingProxyType({})


def make_article(place: str, id: str, path: str, fields: ArticleFields, date_error: str = "") -> list[Article | Skip]:
    """Make an article, or the skip that says why there is none.

    The date is read here, so every format reads the same dates. An invalid one is left out and adds a skip.
    `date_error` says why the caller left out the date.
    """
    _, stated = fields.get("date", ("", None))
    try:
        date = None if stated is None or stated == "" else parse_date(normalize_date(stated))
    except (ArticleError, ValueError) as error:
        date, date_error = None, str(error) if isinstance(error, ArticleError) else f"date: {error}"
    values: dict[str, Any] = {name: value for name, (_, value) in fields.items()} | {"date": date}
    provenance = {name: where for name, (where, _) in fields.items() if values[name]}
    try:
        article = Article(id=id, path=path, provenance=provenance, **values)
    except ArticleError as error:
        return [skip_invalid(place, error)]
    if not article.has_text:
        return [Skip(place, NO_TEXT, damaged=False)]
    return [article, skip_date(place, date_error)] if date_error else [article]


def first_value(mapping: Mapping[str, Any], *names: str) -> Any:
    """The value of the first of these keys that is not empty, or None."""
    for name in names:
        if (value := mapping.get(name)) not in (None, "", [], {}):
            return value
    return None
