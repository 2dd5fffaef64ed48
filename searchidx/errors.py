"""The exceptions of searchidx.

Every error that searchidx raises on purpose stands in one tree, carries its data as attributes, and has a message
that tells a person what to do::

    SearchidxError
    ├── QueryError             the query cannot be meant; .diagnostics says where and why
    ├── ArticleError           a value of an article cannot be meant; .field, .value
    ├── SourceError            a source cannot be read; .place, .reason
    ├── MissingExtraError      a library is not installed; .extra brings it
    ├── ManifestError          the manifest of an export is none, damaged, or of another version; .path
    ├── OutputError            a file that was asked for cannot be written; .path
    ├── ServerError            the server cannot begin: its address or its token cannot be used
    ├── UnsupportedError       the engine of this index cannot do it; .what
    ├── ConfigError            the command line's file of settings says what cannot be meant; .path
    └── IndexFolderError       what every error about an index shares; .path, its folder or place on a cluster
        ├── IndexNotFoundError     there is no index in the folder
        ├── IndexExistsError       there is one already
        ├── IndexVersionError      it was written in another version of the format
        ├── CorruptIndexError      a file of it is damaged
        ├── IndexLockedError       another process is writing to it
        ├── UnavailableError       the cluster does not answer, refuses, or has not all of the index
        └── SnapshotLostError      the cluster keeps the state that an archive was opened at no longer
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from searchidx.engines.locations import IndexLocation
    from searchidx.query.diagnostics import Diagnostic

__all__ = [
    "ArticleError",
    "ConfigError",
    "CorruptIndexError",
    "IndexExistsError",
    "IndexFolderError",
    "IndexLockedError",
    "IndexNotFoundError",
    "IndexVersionError",
    "ManifestError",
    "MissingExtraError",
    "OutputError",
    "QueryError",
    "SearchidxError",
    "ServerError",
    "SnapshotLostError",
    "SourceError",
    "UnavailableError",
    "UnsupportedError",
]


class SearchidxError(Exception):
    """The root of every error that searchidx raises on purpose."""


class QueryError(SearchidxError):
    """A query that cannot be meant.

    ``diagnostics`` holds every diagnostic of the query, errors and hints; ``query`` is the text as typed.
    """

    def __init__(self, query: str, diagnostics: Sequence[Diagnostic]) -> None:
        self.query = query
        self.diagnostics = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.is_error]
        super().__init__("; ".join(d.message for d in errors) or "the query cannot be understood")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.query, self.diagnostics)


class ArticleError(SearchidxError, ValueError):
    """A value of an article that cannot be meant; ``field`` names it, ``value`` is what was given."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        self.field = field
        self.value = value
        self.reason = reason
        super().__init__(f"{field}: {reason}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.field, self.value, self.reason)


class SourceError(SearchidxError):
    """A source that cannot be read; ``place`` is the file (and record), ``reason`` says why."""

    def __init__(self, place: str, reason: str) -> None:
        self.place = place
        self.reason = reason
        super().__init__(f"{place}: {reason}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.place, self.reason)


class MissingExtraError(SearchidxError):
    """Something is asked for that needs a library which is not installed.

    Attributes:
        extra: the extra of searchidx that brings it: `pip install searchidx[extra]`.
    """

    def __init__(self, extra: str, purpose: str) -> None:
        self.extra = extra
        self._purpose = purpose
        super().__init__(f"{purpose} needs what is not installed: pip install 'searchidx[{extra}]'")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.extra, self._purpose)


class ServerError(SearchidxError):
    """The server cannot begin: its address or its token cannot be used."""


class UnsupportedError(SearchidxError):
    """The engine of this index cannot do what was asked for; ``what`` names that."""

    def __init__(self, what: str, advice: str) -> None:
        self.what = what
        self._advice = advice
        super().__init__(f"{what}: {advice}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.what, self._advice)


class _PathError(SearchidxError):
    """What errors about one file or folder share: ``path``."""

    def __init__(self, path: str | IndexLocation, message: str) -> None:
        self.path = Path(path) if isinstance(path, str) else path
        self.message = message
        super().__init__(message)

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.path, self.message)


class ManifestError(_PathError):
    """The file ``path`` is no manifest of an export, or none that can be used."""


class ConfigError(_PathError):
    """The command line's file of settings, ``path``, says what cannot be meant."""


class OutputError(_PathError):
    """The file ``path`` cannot be written."""


class IndexFolderError(_PathError):
    """What every error about an index shares: ``path``, its folder or its place on a cluster."""


class IndexNotFoundError(IndexFolderError):
    """There is no index in the folder ``path``."""


class IndexExistsError(IndexFolderError):
    """There is an index in the folder ``path`` already; nothing was overwritten."""


class IndexVersionError(IndexFolderError):
    """The index was written in another version of the format than this searchidx reads."""


class CorruptIndexError(IndexFolderError):
    """A file of the index is damaged, missing or not what the manifest says."""


class IndexLockedError(IndexFolderError):
    """Another process is writing to the index."""


class UnavailableError(IndexFolderError):
    """The cluster does not answer, refuses what was asked, or has not every part of the index at hand."""


class SnapshotLostError(IndexFolderError):
    """The cluster keeps the state that an archive was opened at no longer: open the archive again."""
