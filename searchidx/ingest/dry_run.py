"""What one file would give a build, without an index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from searchidx.article import Article
from searchidx.errors import SourceError
from searchidx.language_detection import add_detected_language
from searchidx.sources import (
    MAX_RATIO,
    ExpansionBudget,
    Skip,
    SourceDocument,
    SourceFile,
    html,
    iter_documents,
    read_document,
)  # fmt: skip

MAX_SKIPS = 1_000
"""Skips that are kept."""


@dataclass(slots=True)
class DryRun:
    """What a file would give.

    Attributes:
        formats: the titles of the formats in it, most frequent first, each with its number of documents.
        count: the number of articles.
        articles: the first of them.
        skips: what was not read.
    """

    formats: dict[str, int] = field(default_factory=dict)
    count: int = 0
    articles: list[Article] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)


def dry_run(
    path: Path,
    columns: Mapping[str, str] | None = None,
    limit: int | None = None,
    max_ratio: float | None = None,
) -> DryRun:
    """Read a file as a build would, and keep the first `limit` articles; None keeps all.

    `max_ratio` limits what it may expand to, as for `searchidx.build`.

    Raises `SourceError` if there is no such file, or if it is a folder.
    """
    _check(path)
    found = DryRun()
    budget = ExpansionBudget(max_ratio or MAX_RATIO)
    file = SourceFile(path, path.name, columns=dict(columns or {}), budget=budget)
    for item in iter_documents(file):
        if isinstance(item, SourceDocument):
            title = item.format.title
            found.formats[title] = found.formats.get(title, 0) + 1
            results = read_document(item)
        else:
            results = iter((item,))
        for result in results:
            if isinstance(result, Article):
                found.count += 1
                if limit is None or found.count <= limit:
                    found.articles.append(add_detected_language(result))
            elif len(found.skips) < MAX_SKIPS:
                found.skips.append(result)
    found.formats = dict(sorted(found.formats.items(), key=lambda each: -each[1]))
    return found


def explain_saved_page(path: Path) -> list[html.ExplainedBlock]:
    """The blocks of a saved page, and why each is part of the body or not.

    Raises `SourceError` if there is no such file, or if it is no saved page.
    """
    _check(path)
    file = SourceFile(path, path.name)
    if not html.recognises(file.head()):
        raise SourceError(str(path), "it is not a saved page: --explain shows the blocks of one")
    return html.explain_page(file)


def _check(path: Path) -> None:
    if not path.exists():
        raise SourceError(str(path), "there is no such file")
    if path.is_dir():
        raise SourceError(str(path), "it is a folder: name one file in it, or build the folder")
