"""Full-text search for archives of saved news articles.

    import searchidx

    report = searchidx.build("corpus/", index="index")
    with searchidx.open("index") as archive:
        hits = archive.search('"Taiwan Strait" date:2023-02')
        for hit in hits:
            print(hit.date, hit.headline)

Names are loaded when they are first used, so importing the package takes almost no time.
"""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

from searchidx.version import __version__

# Whoosh has escape sequences that Python 3.12 and later warn of while it compiles them, on the first import.
warnings.filterwarnings("ignore", category=SyntaxWarning, module=r".*[/\\]whoosh[/\\]")

if TYPE_CHECKING:
    from searchidx.archive import Archive as Archive
    from searchidx.archive import create as create
    from searchidx.archive import open as open
    from searchidx.article import Article as Article
    from searchidx.dates import PartialDate as PartialDate
    from searchidx.errors import AmbiguousIdError as AmbiguousIdError
    from searchidx.errors import ArticleError as ArticleError
    from searchidx.errors import CorruptIndexError as CorruptIndexError
    from searchidx.errors import IndexExistsError as IndexExistsError
    from searchidx.errors import IndexLockedError as IndexLockedError
    from searchidx.errors import IndexNotFoundError as IndexNotFoundError
    from searchidx.errors import IndexVersionError as IndexVersionError
    from searchidx.errors import ListError as ListError
    from searchidx.errors import ManifestError as ManifestError
    from searchidx.errors import MissingExtraError as MissingExtraError
    from searchidx.errors import OutputError as OutputError
    from searchidx.errors import QueryError as QueryError
    from searchidx.errors import SearchidxError as SearchidxError
    from searchidx.errors import SnapshotLostError as SnapshotLostError
    from searchidx.errors import SourceError as SourceError
    from searchidx.errors import UnavailableError as UnavailableError
    from searchidx.errors import UnsupportedError as UnsupportedError
    from searchidx.ingest.report import Report as Report
    from searchidx.ingest.report import SalvageReport as SalvageReport
    from searchidx.maintenance import allow as allow
    from searchidx.maintenance import build as build
    from searchidx.maintenance import check as check
    from searchidx.maintenance import delete as delete
    from searchidx.maintenance import salvage as salvage
    from searchidx.maintenance import watch as watch
    from searchidx.query import Diagnostic as Diagnostic
    from searchidx.query import Parsed as Parsed
    from searchidx.query import parse as parse
    from searchidx.search.aggregations import Facet as Facet
    from searchidx.search.aggregations import Stats as Stats
    from searchidx.search.aggregations import Timeline as Timeline
    from searchidx.search.aggregations import Words as Words
    from searchidx.search.autocomplete import Suggestion as Suggestion
    from searchidx.search.history import Difference as Difference
    from searchidx.search.hits import Explanation as Explanation
    from searchidx.search.hits import Group as Group
    from searchidx.search.hits import Groups as Groups
    from searchidx.search.hits import Hit as Hit
    from searchidx.search.hits import Hits as Hits
    from searchidx.search.hits import KwicLine as KwicLine
    from searchidx.search.hits import Snippet as Snippet
    from searchidx.search.score_explanation import ScoreExplanation as ScoreExplanation
    from searchidx.search.score_explanation import ScorePart as ScorePart
    from searchidx.sources import read as read
    from searchidx.versions import Version as Version


_NAMES_OF = {
    "archive": ("Archive", "create", "open"),
    "maintenance": ("allow", "build", "check", "delete", "salvage", "watch"),
    "article": ("Article",),
    "search.aggregations": ("Facet", "Stats", "Timeline", "Words"),
    "dates": ("PartialDate",),
    "errors": (
        "AmbiguousIdError", "ArticleError", "CorruptIndexError", "IndexExistsError", "IndexLockedError",
        "IndexNotFoundError", "IndexVersionError", "ListError", "ManifestError", "MissingExtraError", "OutputError",
        "QueryError",
        "SearchidxError", "SnapshotLostError", "SourceError", "UnavailableError", "UnsupportedError",
    ),
    "search.hits": ("Explanation", "Group", "Groups", "Hit", "Hits", "KwicLine", "Snippet"),
    "search.history": ("Difference",),
    "versions": ("Version",),
    "search.score_explanation": ("ScoreExplanation", "ScorePart"),
    "ingest.report": ("Report", "SalvageReport"),
    "query": ("Diagnostic", "Parsed", "parse"),
    "sources": ("read",),
    "search.autocomplete": ("Suggestion",),
}  # fmt: skip
_MODULE_OF = {name: module for module, names in _NAMES_OF.items() for name in names}

__all__ = ["__version__", *_MODULE_OF]  # noqa: PLE0604 - all are strings


def __getattr__(name: str) -> Any:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'searchidx' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"searchidx.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})
