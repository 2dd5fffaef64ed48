"""Exports that can be cited: a manifest says what was exported, and lets it be done again.

A manifest states the query as typed and as understood, the day from which `last week` was told, the fingerprint of the
index, how many articles there were, and the digest of the bytes that were written. On the same index the same query
gives the same bytes. On another the two manifests are compared, and one reads how many articles are new, gone, changed.

To know that, a manifest names each article in twelve characters: 48 bits of a digest of its id, 24 of all it holds.
That is 12 MB for a million articles, whose export takes gigabytes. Of two million articles that differ one is taken for
another once in hundreds of comparisons.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import numpy as np

from searchidx import __version__
from searchidx.archive import Archive
from searchidx.article import Article
from searchidx.errors import ManifestError, OutputError
from searchidx.export.export_formats import FORMATS, export_lines
from searchidx.query import parse
from searchidx.query.formatter import format_query
from searchidx.render.serialize import json_line

__all__ = ["Manifest", "changes", "differences", "export", "read_manifest", "replay", "write_manifest"]

VERSION = 1
_KIND = "searchidx export"
_ID, _BYTES = 6, 9
"""Of the bytes that name an article so many tell its id; there are so many."""
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was exported.

    Attributes:
        query: as typed.  understood: as it was understood, relative dates made absolute.
        today: the day from which relative dates were told.
        format: one of `searchidx.export.export_formats.FORMATS`.
        time: when it was exported, in UTC.
        searchidx: the version of searchidx.  index_format: the version of the index's format.
        fingerprint: names the content of the index.
        count: how many articles matched.
        sha256: of the bytes that were written.
        articles: twelve characters for each article, in the order of the export.
    """

    query: str
    understood: str
    today: str
    format: str
    time: str
    searchidx: str
    index_format: int
    fingerprint: str
    count: int
    sha256: str
    articles: str


def export(
    archive: Archive,
    query: str,
    format: str,
    write: Callable[[bytes], object],
    *,
    today: dt.date | None = None,
) -> Manifest:
    """Write every article that matches to `write`, piece by piece, and say what was written.

    Raises `QueryError` where the query cannot be meant, ValueError for a format that there is none of; both before
    anything is written.
    """
    today = today or dt.date.today()
    names = bytearray()
    lines = export_lines(_named(archive.articles(query, today=today), names), format)
    digest = sha256()
    for piece in _gathered(lines):
        digest.update(piece)
        write(piece)
    return Manifest(
        query=query,
        understood=format_query(parse(query, today=today).query),
        today=today.isoformat(),
        format=format,
        time=dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
        searchidx=__version__,
        index_format=archive.stats().format,
        fingerprint=archive.fingerprint,
        count=len(names) // _BYTES,
        sha256=digest.hexdigest(),
        articles=b64encode(names).decode(),
    )


def replay(archive: Archive, manifest: Manifest, write: Callable[[bytes], object]) -> Manifest:
    """Export again what a manifest states, and say what was written now; `changes` compares the two."""
    return export(archive, manifest.query, manifest.format, write, today=dt.date.fromisoformat(manifest.today))


def differences(manifest: Manifest, archive: Archive) -> tuple[str, ...]:
    """What would be different if the export of a manifest were made again, a sentence each; none where nothing."""
    if (manifest.fingerprint, manifest.searchidx) == (archive.fingerprint, __version__):
        return ()
    return changes(manifest, replay(archive, manifest, len))


def changes(before: Manifest, now: Manifest) -> tuple[str, ...]:
    """What is different between two exports of one query, a sentence each; none where nothing is."""
    found = []
    if before.fingerprint != now.fingerprint:
        found.append(
            f"the index has changed since {before.time}: its fingerprint was {before.fingerprint}, now it is "
            f"{now.fingerprint}"
        )
    if before.searchidx != now.searchidx:
        found.append(f"it was exported by searchidx {before.searchidx}, now by {now.searchidx}")
    if before.understood != now.understood:
        found.append(f"the query was understood as {before.understood}, now as {now.understood}")
    if before.sha256 == now.sha256:
        return (*found, "what is exported is the same, byte for byte") if found else ()
    return (*found, _of_articles(before, now))


def _of_articles(before: Manifest, now: Manifest) -> str:
    """How the articles of two exports differ."""
    one, other = _Names(before.articles), _Names(now.articles)
    common, at, there = np.intersect1d(one.ids, other.ids, assume_unique=True, return_indices=True)
    new, gone = len(other.ids) - len(common), len(one.ids) - len(common)
    changed = np.count_nonzero(one.contents[at] != other.contents[there])
    if new or gone or changed:
        return (
            f"articles that match: {before.count:,} then, {now.count:,} now; {new:,} new, {gone:,} gone, "
            f"{changed:,} with other content"
        )
    if before.articles != now.articles:
        return "the same articles match, in another order"
    return "the same articles match, but they are written otherwise"


class _Names:
    """What tells the id and the content of each article of an export, as numbers, the ids ascending."""

    def __init__(self, articles: str) -> None:
        names = np.frombuffer(b64decode(articles), np.uint8).reshape(-1, _BYTES)
        ids, contents = np.zeros((len(names), 8), np.uint8), np.zeros((len(names), 4), np.uint8)
        ids[:, :_ID], contents[:, : _BYTES - _ID] = names[:, :_ID], names[:, _ID:]
        self.ids, firsts = np.unique(ids.view(np.uint64).ravel(), return_index=True)
        self.contents = contents.view(np.uint32).ravel()[firsts]


def _named(articles: Iterable[Article], names: bytearray) -> Iterator[Article]:
    """The articles, the name of each noted."""
    for article in articles:
        names += blake2b(article.id.encode(), digest_size=_ID).digest()
        names += blake2b(json_line(article.to_dict()).encode(), digest_size=_BYTES - _ID).digest()
        yield article


def _gathered(lines: Iterable[str]) -> Iterator[bytes]:
    """Pieces of text as UTF-8, many in one."""
    pieces: list[str] = []
    size = 0
    for line in lines:
        pieces.append(line)
        size += len(line)
        if size >= _PIECE:
            yield "".join(pieces).encode()
            pieces, size = [], 0
    if pieces:
        yield "".join(pieces).encode()


def write_manifest(path: str | Path, manifest: Manifest) -> None:
    """Write a manifest to a file, whole or not at all; `OutputError` where that cannot be done."""
    values: dict[str, Any] = {"kind": _KIND, "version": VERSION, **asdict(manifest)}
    values["crc32"] = _crc(values)
    path = Path(path)
    new = path.with_name(f"{path.name}.new")
    try:
        text = json.dumps(values, indent=1, ensure_ascii=False) + "\n"
        new.write_bytes(text.encode(errors="backslashreplace"))  # half a surrogate pair, as JSON writes it
        os.replace(new, path)
    except OSError as error:
        raise OutputError(path, f"the manifest cannot be written to {path}: {error.strerror or error}") from error


def read_manifest(path: str | Path) -> Manifest:
    """The manifest in a file; `ManifestError` where there is none, or it is damaged or of another version."""
    path = Path(path)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(path, f"the manifest {path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict) or values.get("kind") != _KIND:
        raise ManifestError(
            path, f"{path} is no manifest of an export: 'searchidx export QUERY --write-manifest FILE' writes one"
        )
    if values.get("version") != VERSION:
        raise ManifestError(
            path,
            f"the manifest {path} is of version {values.get('version')} and this searchidx reads {VERSION}: upgrade it",
        )
    crc = values.pop("crc32", None)
    if crc != _crc(values) or not _is_sound(values):
        raise ManifestError(
            path,
            f"the manifest {path} is not as it was written, so it proves nothing: take a copy that is, or export anew",
        )
    return Manifest(**{field.name: values[field.name] for field in fields(Manifest)})


def _is_sound(values: dict[str, Any]) -> bool:
    """Whether values can be those of a manifest."""
    kinds = {"count": int, "index_format": int}
    if not all(type(values.get(field.name)) is kinds.get(field.name, str) for field in fields(Manifest)):
        return False
    try:
        dt.date.fromisoformat(values["today"])
        names = b64decode(values["articles"], validate=True)
    except ValueError:
        return False
    return values["format"] in FORMATS and len(names) == _BYTES * values["count"]


def _crc(values: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(values, sort_keys=True, separators=(",", ":")).encode())
