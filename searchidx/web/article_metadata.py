"""An article described for programs that read pages: Highwire tags for reference managers, schema.org for the rest."""

from __future__ import annotations

from typing import Any

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.render.author_names import parse_authors


def metadata_tags(article: Article) -> list[tuple[str, str]]:
    """Return (name, content) of the tags `citation_*`, which Zotero and Google Scholar read, without empty ones."""
    tags = [
        ("citation_title", article.headline),
        *(("citation_author", name) for name in _author_names(article)),
        ("citation_publication_date", "" if article.date is None else _slashed(article.date)),
        ("citation_journal_title", article.source),
        ("citation_firstpage", article.page),
        ("citation_language", article.language),
        ("citation_keywords", "; ".join(article.keywords)),
        ("citation_public_url", article.url),
    ]
    return [(name, content) for name, content in tags if content]


def linked_data(article: Article) -> dict[str, Any]:
    """Return the article as JSON-LD, a `NewsArticle` of schema.org."""
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "identifier": article.id,
        "headline": article.headline,
        "datePublished": "" if article.date is None else str(article.date),
        "author": [{"@type": "Person", "name": name} for name in _author_names(article)],
        "publisher": {"@type": "Organization", "name": article.source} if article.source else None,
        "articleSection": article.section,
        "inLanguage": article.language,
        "keywords": list(article.keywords),
        "pagination": article.page,
        "url": article.url,
    }
    return {name: value for name, value in document.items() if value}


def _author_names(article: Article) -> list[str]:
    return [
        author.literal or " ".join(filter(None, (author.given, author.family, author.suffix)))
        for author in parse_authors(article.byline)
    ]


def _slashed(date: PartialDate) -> str:
    """Return a date as `2023/02/01`, `2023/02` or `2023`."""
    parts = (f"{date.year:04}", *(f"{part:02}" for part in (date.month, date.day) if part is not None))
    return "/".join(parts)
