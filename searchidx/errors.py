"""The exceptions of searchidx.

Every error that searchidx raises on purpose is in this tree. Its attributes hold its data, and its message says what is
wrong, where, and what to do::

    SearchidxError
    ├── QueryError             invalid query; .query, .diagnostics
    ├── ArgumentError          invalid argument of a call; also a ValueError
    ├── ArticleError           invalid value of an article; .field, .value, .reason
    ├── SourceError            unreadable source; .place, .reason
    ├── MissingExtraError      missing package; .extra
    ├── ManifestError          missing, damaged or newer manifest of an export; .path
    ├── OutputError            output file that cannot be written; .path
    ├── ServerError            address or token that the server cannot use
    ├── ListError              list of queries that cannot be read
    ├── UnsupportedError       operation that the index's engine does not have; .what
    ├── ConfigError            invalid settings file of the command line; .path
    ├── AmbiguousIdError       id that several archives have, opened together; .id, .ids
    ├── WorkspaceError         workspace that is damaged, newer, busy or cannot be written; .path
    ├── LabelError             invalid name or colour of a label; .name, .reason
    ├── AlertError             alert that cannot be added, found or delivered; .name, .reason
    └── IndexFolderError       any error of an index; .path, its folder or location on a cluster
        ├── IndexNotFoundError     no index there
        ├── IndexExistsError       an index is already there
        ├── IndexVersionError      index in another version of the format
        ├── CorruptIndexError      damaged index
        ├── IndexLockedError       index that another process writes
        ├── UnavailableError       cluster that does not answer, refuses, or lacks part of the index
        └── SnapshotLostError      snapshot that the cluster no longer keeps
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from searchidx.diagnostics import Diagnostic


class SearchidxError(Exception):
    """Base class of all errors that searchidx raises on purpose."""


class QueryError(SearchidxError):
    """Raised for an invalid query.

    Attributes:
        query: the query as typed.
        diagnostics: all errors and hints, each with its place in the query.
    """

    def __init__(self, query: str, diagnostics: Sequence[Diagnostic]) -> None:
        self.query = query
        self.diagnostics = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.is_error]
        super().__init__("; ".join(d.message for d in errors) or "the query cannot be understood")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.query, self.diagnostics)


class ArgumentError(SearchidxError, ValueError):
    """Raised for an argument outside of its range, such as a negative limit or an unknown order."""


class ArticleError(SearchidxError, ValueError):
    """Raised for an invalid value of an article.

    Attributes:
        field, value: the field's name, and the value that was given.
        reason: what is wrong with it.
    """

    def __init__(self, field: str, value: object, reason: str) -> None:
        self.field = field
        self.value = value
        self.reason = reason
        super().__init__(f"{field}: {reason}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.field, self.value, self.reason)


class SourceError(SearchidxError):
    """Raised for a source that cannot be read.

    Attributes:
        place: the file, and the record where one is known.
        reason: what is wrong with it.
    """

    def __init__(self, place: str, reason: str) -> None:
        self.place = place
        self.reason = reason
        super().__init__(f"{place}: {reason}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.place, self.reason)


class MissingExtraError(SearchidxError):
    """Raised when an optional package is not installed.

    Attributes:
        extra: the extra of searchidx that installs it: `pip install 'searchidx[extra]'`.
    """

    def __init__(self, extra: str, purpose: str) -> None:
        self.extra = extra
        self._purpose = purpose
        super().__init__(f"{purpose} needs a package that is not installed: pip install 'searchidx[{extra}]'")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.extra, self._purpose)


class ServerError(SearchidxError):
    """Raised when the server cannot use its address or its token."""


class ListError(SearchidxError):
    """Raised for a list of queries that cannot be read: a missing column, two of one name, damaged CSV."""


class UnsupportedError(SearchidxError):
    """Raised for an operation that the engine of the index does not have; ``what`` names it."""

    def __init__(self, what: str, advice: str) -> None:
        self.what = what
        self._advice = advice
        super().__init__(f"{what}: {advice}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.what, self._advice)


class AmbiguousIdError(SearchidxError, LookupError):
    """Raised for an id that several archives have, which are open together.

    Attributes:
        id: the id.
        ids: the ids of the articles that it may mean.
    """

    def __init__(self, id: str, ids: Sequence[str]) -> None:
        self.id = id
        self.ids = tuple(ids)
        super().__init__(f"several archives have an article {id!r}: write {' or '.join(self.ids)}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.id, self.ids)


class _PathError(SearchidxError):
    """Base class of errors about one file, folder or index location; ``path`` is its location."""

    def __init__(self, path: object, message: str) -> None:
        self.path = Path(path) if isinstance(path, str) else path
        self.message = message
        super().__init__(message)

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.path, self.message)


class ManifestError(_PathError):
    """Raised for a manifest of an export that is missing, damaged or of another version."""


class ConfigError(_PathError):
    """Raised for an invalid settings file of the command line."""


class OutputError(_PathError):
    """Raised for an output file that cannot be written."""


class WorkspaceError(_PathError):
    """Raised for a workspace that is damaged, of a newer version, busy for too long, or cannot be written."""


class LabelError(SearchidxError, ValueError):
    """Raised for an invalid label.

    Attributes:
        name: the name that was given.
        reason: what is wrong.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"label {name!r}: {reason}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.name, self.reason)


class AlertError(SearchidxError, ValueError):
    """Raised for an alert that cannot be added or found, and for a delivery that fails.

    Attributes:
        name: the name of the alert.
        reason: what is wrong.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"alert {name!r}: {reason}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.name, self.reason)


class IndexFolderError(_PathError):
    """Base class of errors of an index; ``path`` is its folder or its location on a cluster."""


class IndexNotFoundError(IndexFolderError):
    """Raised when there is no index at ``path``."""


class IndexExistsError(IndexFolderError):
    """Raised when there is already an index at ``path``; nothing was overwritten."""


class IndexVersionError(IndexFolderError):
    """Raised for an index in a version of the format that this searchidx does not read."""


class CorruptIndexError(IndexFolderError):
    """Raised for an index file that is damaged, missing or different from what the manifest says."""


class IndexLockedError(IndexFolderError):
    """Raised when another process is writing to the index."""


class UnavailableError(IndexFolderError):
    """Raised when the cluster does not answer, refuses a request, or lacks part of the index."""


class SnapshotLostError(IndexFolderError):
    """Raised when the cluster no longer keeps the snapshot of an open archive: open the archive again."""


def describe_damage(error: Exception) -> str:
    """Say in plain words why stored JSON cannot be decoded: what the exceptions of `json` and of look-ups mean."""
    match error:
        case UnicodeDecodeError():
            return "it is not UTF-8 text"
        case json.JSONDecodeError():
            return f"it is not JSON: line {error.lineno}, column {error.colno}"
        case RecursionError():
            return "it is nested too deeply"
        case KeyError():
            return f"{error.args[0]!r} is missing"
        case TypeError() | AttributeError():
            return "a value has the wrong type"
        case _:
            return str(error)


def worker_lost(exit_code: int) -> SearchidxError:
    """The error of a writer whose worker process ended; the caller raises it, and commits nothing."""
    return SearchidxError(
        f"a worker process ended unexpectedly (exit code {exit_code}), perhaps for lack of memory: nothing was "
        "changed; try again with --jobs 1"
    )
