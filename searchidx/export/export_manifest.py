"""Export manifests: state an export so that it can be cited, repeated and compared.

A manifest states the query as typed and as read, the day from which `last week` was counted, the fingerprint of the
index, the number of articles, and the digest of the exported bytes. Equal indexes and queries give equal bytes. For
different indexes, a comparison of two manifests counts the new, gone and changed articles.

For the comparison, a manifest identifies each article in twelve characters: 48 bits of a digest of its id and 24 bits
of a digest of its content. That is 12 MB for a million articles, whose export takes gigabytes. Among two million
different articles, one is mistaken for another once in hundreds of comparisons.
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

from searchidx.archive import Archive
from searchidx.article import Article
from searchidx.errors import ManifestError, OutputError
from searchidx.export.export_formats import EXPORT_FORMATS, export_lines
from searchidx.query import parse
from searchidx.query.formatter import format_query
from searchidx.render.serialize import json_line
from searchidx.version import __version__
from searchidx.versions import VERSION as ARTICLE_VERSION

VERSION = 1
"""The version of the format of manifests."""
_KIND = "searchidx export"
_ID_BYTES, _DIGEST_BYTES = 6, 9
"""The bytes of an article's digest that identify its id, and all its bytes."""
_PIECE_SIZE = 1 << 16
"""About how many characters are written at once."""


@dataclass(frozen=True, slots=True)
class ExportManifest:
    """The statement of an export.

    Attributes:
        query: the query as typed.
        understood: the query in normal form, with absolute dates.
        today: the day from which relative dates were counted.
        format: one of `searchidx.export.export_formats.EXPORT_FORMATS`.
        time: the time of the export, in UTC.
        searchidx: the version of searchidx.
        index_format: the version of the index format.
        fingerprint: identifies the content of the index.
        count: how many articles matched.
        sha256: the digest of the exported bytes.
        articles: the digests of the articles, twelve characters each, in the order of the export.
        all_versions: whether the former texts of articles were searched, too.
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
    all_versions: bool = False


def export(
    archive: Archive,
    query: str,
    format: str,
    write: Callable[[bytes], object],
    *,
    today: dt.date | None = None,
) -> ExportManifest:
    """Export all matching articles piece by piece, and return the manifest.

    Args:
        archive: the archive to export from.
        query: the query.
        format: one of `EXPORT_FORMATS`.
        write: called with each piece of the export.
        today: the day from which relative dates are counted; None for the local day.

    Raises:
        QueryError: if the query is invalid. Nothing is written then.
        ValueError: for an unknown format. Nothing is written then.
    """
    today = today or dt.date.today()
    articles = bytearray()
    lines = export_lines(_record_digests(archive.articles(query, today=today), articles), format)
    digest = sha256()
    for piece in _encode_pieces(lines):
        digest.update(piece)
        write(piece)
    return ExportManifest(
        query=query,
        understood=format_query(parse(query, today=today).tree),
        today=today.isoformat(),
        format=format,
        time=dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
        searchidx=__version__,
        index_format=archive.stats().format,
        fingerprint=archive.fingerprint,
        count=len(articles) // _DIGEST_BYTES,
        sha256=digest.hexdigest(),
        articles=b64encode(articles).decode(),
        all_versions=archive.has_all_versions,
    )


def replay(archive: Archive, manifest: ExportManifest, write: Callable[[bytes], object]) -> ExportManifest:
    """Repeat the export of a manifest, and return the new manifest; `compare_manifests` compares the two."""
    archive = archive.all_versions() if manifest.all_versions else archive
    return export(archive, manifest.query, manifest.format, write, today=dt.date.fromisoformat(manifest.today))


def differences(manifest: ExportManifest, archive: Archive) -> tuple[str, ...]:
    """Return a sentence for each difference that a repeated export would have."""
    if (manifest.fingerprint, manifest.searchidx) == (archive.fingerprint, __version__):
        return ()
    return compare_manifests(manifest, replay(archive, manifest, len))


def compare_manifests(before: ExportManifest, now: ExportManifest) -> tuple[str, ...]:
    """Return a sentence for each difference of two exports of one query."""
    changes = []
    if before.fingerprint != now.fingerprint:
        changes.append(
            f"the index has changed since {before.time}: its fingerprint was {before.fingerprint}, now it is "
            f"{now.fingerprint}"
        )
    if before.searchidx != now.searchidx:
        changes.append(f"searchidx {before.searchidx} exported it then, {now.searchidx} now")
    if before.understood != now.understood:
        changes.append(f"the query was read as {before.understood} then, as {now.understood} now")
    if before.sha256 == now.sha256:
        return (*changes, "the export is the same, byte for byte") if changes else ()
    return (*changes, _compare_articles(before, now))


def _compare_articles(before: ExportManifest, now: ExportManifest) -> str:
    """Describe how the articles of two exports differ."""
    one, other = _ArticleDigests(before.articles), _ArticleDigests(now.articles)
    common, at, there = np.intersect1d(one.ids, other.ids, assume_unique=True, return_indices=True)
    new, gone = len(other.ids) - len(common), len(one.ids) - len(common)
    changed = np.count_nonzero(one.contents[at] != other.contents[there])
    if new or gone or changed:
        return (
            f"matching articles: {before.count:,} then, {now.count:,} now; {new:,} new, {gone:,} gone, "
            f"{changed:,} changed"
        )
    if before.articles != now.articles:
        return "the same articles match, in another order"
    return "the same articles match, but searchidx now writes them differently"


class _ArticleDigests:
    """The digests of the articles of an export as numbers.

    Attributes:
        ids: uint64, the digests of the ids, ascending.
        contents: uint32, the digests of the contents, in the order of `ids`.
    """

    def __init__(self, articles: str) -> None:
        digests = np.frombuffer(b64decode(articles), np.uint8).reshape(-1, _DIGEST_BYTES)
        ids, contents = np.zeros((len(digests), 8), np.uint8), np.zeros((len(digests), 4), np.uint8)
        ids[:, :_ID_BYTES], contents[:, : _DIGEST_BYTES - _ID_BYTES] = digests[:, :_ID_BYTES], digests[:, _ID_BYTES:]
        self.ids, firsts = np.unique(ids.view(np.uint64).ravel(), return_index=True)
        self.contents = contents.view(np.uint32).ravel()[firsts]


def _record_digests(articles: Iterable[Article], digests: bytearray) -> Iterator[Article]:
    """Pass the articles through, and append the digest of each."""
    for article in articles:
        key = "\n".join((article.id, article.provenance.get(ARTICLE_VERSION, ""))).rstrip("\n")
        digests += blake2b(key.encode(), digest_size=_ID_BYTES).digest()
        digests += blake2b(json_line(article.to_dict()).encode(), digest_size=_DIGEST_BYTES - _ID_BYTES).digest()
        yield article


def _encode_pieces(lines: Iterable[str]) -> Iterator[bytes]:
    """Join lines into larger pieces, encoded as UTF-8."""
    pieces: list[str] = []
    size = 0
    for line in lines:
        pieces.append(line)
        size += len(line)
        if size >= _PIECE_SIZE:
            yield "".join(pieces).encode()
            pieces, size = [], 0
    if pieces:
        yield "".join(pieces).encode()


def write_manifest(path: str | Path, manifest: ExportManifest) -> None:
    """Write a manifest to a file atomically.

    Raises:
        OutputError: if the file cannot be written.
    """
    values: dict[str, Any] = {"kind": _KIND, "version": VERSION, **asdict(manifest)}
    values["crc32"] = _crc(values)
    path = Path(path)
    new = path.with_name(f"{path.name}.new")
    try:
        text = json.dumps(values, indent=1, ensure_ascii=False) + "\n"
        new.write_bytes(text.encode(errors="backslashreplace"))  # a lone surrogate, as JSON escapes it
        os.replace(new, path)
    except OSError as error:
        raise OutputError(path, f"cannot write the manifest to {path}: {error.strerror or error}") from error


def read_manifest(path: str | Path) -> ExportManifest:
    """Read a manifest from a file.

    Raises:
        ManifestError: if the file has no manifest, or one that is damaged or of another version.
    """
    path = Path(path)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(path, f"cannot read the manifest {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict) or values.get("kind") != _KIND:
        raise ManifestError(
            path, f"{path} is not an export manifest: 'searchidx export QUERY --write-manifest FILE' writes one"
        )
    if values.get("version") != VERSION:
        raise ManifestError(
            path,
            f"the manifest {path} has version {values.get('version')}, but this searchidx reads version {VERSION}: "
            "upgrade searchidx",
        )
    crc = values.pop("crc32", None)
    if crc != _crc(values) or not _is_valid(values):
        raise ManifestError(
            path,
            f"the manifest {path} has changed since it was written, so it proves nothing: use an unchanged copy, "
            "or export again",
        )
    return ExportManifest(
        **{field.name: values[field.name] for field in fields(ExportManifest) if field.name in values}
    )


def _is_valid(values: dict[str, Any]) -> bool:
    """Whether values are possible for a manifest."""
    kinds = {"count": int, "index_format": int, "all_versions": bool}
    with_defaults = {"all_versions": False, **values}
    if not all(type(with_defaults.get(field.name)) is kinds.get(field.name, str) for field in fields(ExportManifest)):
        return False
    try:
        dt.date.fromisoformat(values["today"])
        digests = b64decode(values["articles"], validate=True)
    except ValueError:
        return False
    return values["format"] in EXPORT_FORMATS and len(digests) == _DIGEST_BYTES * values["count"]


def _crc(values: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(values, sort_keys=True, separators=(",", ":")).encode())
