"""The state of an index's sources, stored as the user data of each commit.

A *root* is a source folder, or a single source file. For each root the state lists its files: size, times and digest,
and the articles read from each. An article is kept as a digest, so that only changed articles are indexed again. The
state also keeps the ids that were deleted permanently, with their addresses. It is JSON::

    {"version": 2, "readers": …, "taken_down": [id, …], "taken_down_addresses": {address: id, …},
        "roots": {root: {"is_file": …, "columns": {…}, "language": tag, "exclude": [pattern, …], "keep_versions": …,
        "page_articles": …, "files": {name: [signature, [ids, digests], [[place, reason], …], [withheld id, …],
            content digest, whole, {id: [[address, …], [[saved, digest, differences], …]], …}]}}}}

`article_digests` describes ids and digests; version 1 has an object {id: digest, …} in their place. A root is named by
its path relative to the folder of the index, so that both can move together.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from searchidx.article import Article
from searchidx.ingest.article_digests import ArticleOwners, PackedDigests, pack_digests
from searchidx.sources import MAX_RATIO, ExpansionBudget, SourceFile, reader_version

UNKNOWN_SIGNATURE = (-1, 0, 0)
"""A signature that no file has, so that the next build reads the file."""
STANDARD_INPUT = Path("-")
STANDARD_INPUT_ROOT = "<standard input>"
"""The root of articles from standard input; each input is a file named by the digest of its bytes."""
STDIN_PREFIX = "stdin-"
_STDIN_NAME = re.compile(STDIN_PREFIX + "[0-9a-f]{16}")


def short_digest(data: bytes) -> str:
    """The digest of some bytes: 64 bits as hexadecimal digits."""
    return blake2b(data, digest_size=8).hexdigest()


def article_digest(article: Article) -> str:
    """A digest of all fields of an article. Only the body, which comes last, may hold the separators."""
    date, ocr = article.date, article.ocr
    lines = (
        article.id, article.headline, "" if date is None else str(date), article.byline, article.dateline,
        article.section, article.source, article.language, "\x1e".join(article.keywords), article.url, article.path,
        article.page, article.edition, "" if ocr is None else repr(ocr),
        "\x1e".join([f"{name}\x1d{place}" for name, place in article.provenance.items()]),
        article.body,
    )  # fmt: skip
    return short_digest("\x1f".join(lines).encode())


class PageText(NamedTuple):
    """What the state keeps of a text of a saved page.

    Attributes:
        saved: when it was saved, in UTC as ISO 8601.
        digest: the digest of the article.
        differences: for a text that is no version, since it says what the one before it says: the values of the other
            fields that differ. None for a version, which the index stores.
    """

    saved: str
    digest: str
    differences: dict[str, Any] | None = None


@dataclass(slots=True)
class Capture:
    """What the state keeps of a saved page: it may be a version of an article that other files have, too.

    Attributes:
        addresses: digests of the addresses that it was captured at and that it calls its own.
        texts: its texts, oldest first; the last is what its file says now.
    """

    addresses: tuple[str, ...]
    texts: list[PageText]


@dataclass(slots=True)
class FileState:
    """What the state keeps of a file.

    Attributes:
        signature: its size in bytes, and the times of the last change of its data and its inode in nanoseconds;
            the first of them is negative if the file may have changed again within the same tick of the clock.
        digests: the digest of each article it gave, by id.
        skips: (place, reason) of what could not be read.
        withheld: the ids of articles in it that were deleted permanently.
        content: a digest of its bytes, which tells whether a file with another signature has changed.
        part_of: the name of the file with which it is read: a page is part of an issue.
        captures: those of its articles that are saved pages, by id.
    """

    signature: Sequence[int]
    digests: MutableMapping[str, str] = field(default_factory=dict)
    skips: list[tuple[str, str]] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    content: str = ""
    part_of: str = ""
    captures: dict[str, Capture] = field(default_factory=dict)

    @property
    def single_count(self) -> int:
        """The number of its articles that are no saved pages."""
        return len(self.digests) - len(self.captures)


@dataclass(slots=True)
class RootState:
    """What the state keeps of a root.

    Attributes:
        path: the root as the caller named it.
        is_file: whether it is a single file.
        columns: under which name its records hold a field.
        language: the language of its articles that state none and show none; a tag, or empty.
        files: its files by name.
        exclude: patterns of files that are left out, as git reads them.
        max_ratio: what a file may expand to, in multiples of its size.
        keep_versions: whether former texts of its articles are kept; None keeps those of pages and web archives.
        page_articles: the number of articles that its saved pages are, each counted with the page that was saved first;
            None if unknown.
    """

    path: Path
    is_file: bool = False
    columns: dict[str, str] = field(default_factory=dict)
    language: str = ""
    files: dict[str, FileState] = field(default_factory=dict)
    exclude: list[str] = field(default_factory=list)
    max_ratio: float = MAX_RATIO
    keep_versions: bool | None = None
    page_articles: int | None = None

    def source_file(self, path: Path, name: str) -> SourceFile:
        """A file of this root to read, with a budget of its own."""
        budget = ExpansionBudget(self.max_ratio)
        return SourceFile(path, name, columns=self.columns, language=self.language, budget=budget)

    def place(self, place: str) -> str:
        """A place below the root, as a path that the caller can open; one in standard input is called that."""
        if self.path == STANDARD_INPUT:
            return _STDIN_NAME.sub("standard input", place, count=1)
        folder = self.path.parent if self.is_file else self.path
        # A place may end with a URL, so pathlib, which collapses slashes, cannot join them.
        return place if folder == Path() else f"{folder.as_posix().rstrip('/')}/{place}"


class SourceState:
    """The state of all sources of an index.

    Attributes:
        roots: the roots by key.
        deleted_ids: the ids that were deleted permanently.
        deleted_addresses: the addresses of saved pages among them, each with the id of its article.
        has_other_readers: whether the formats that could be read at the last build were others.
        owners: of each article from a source the key of the root and the name of the file.
    """

    def __init__(self, data: bytes, folder: Path) -> None:
        """Decode the user data of an index in `folder`; raises ValueError, TypeError and others if it is damaged."""
        self._folder = folder
        self.roots: dict[str, RootState] = {}
        values = json.loads(data) if data else {}
        self.deleted_ids, self.deleted_addresses = _decode_deleted(values)
        self.has_other_readers = False
        if data:
            self.has_other_readers = values.get("readers") != reader_version()
            for key, root in values["roots"].items():
                path = STANDARD_INPUT if key == STANDARD_INPUT_ROOT else Path(os.path.normpath(folder / key))
                files = {str(name): _decode_file(*values) for name, values in root["files"].items()}
                self.roots[key] = RootState(
                    path,
                    bool(root["is_file"]),
                    dict(root.get("columns", {})),
                    str(root.get("language", "")),
                    files,
                    list(root.get("exclude", ())),
                    float(root.get("max_ratio", MAX_RATIO)),
                    root.get("keep_versions"),
                    None if root.get("page_articles") is None else int(root["page_articles"]),
                )
        self.owners = ArticleOwners(
            ((key, name), file.digests)
            for key, root_state in self.roots.items()
            for name, file in root_state.files.items()
        )

    def to_bytes(self) -> bytes:
        """Encode the state as user data."""
        roots = {
            key: {
                "is_file": root.is_file,
                **({"columns": root.columns} if root.columns else {}),
                **({"language": root.language} if root.language else {}),
                **({"exclude": root.exclude} if root.exclude else {}),
                **({"max_ratio": root.max_ratio} if root.max_ratio != MAX_RATIO else {}),
                **({} if root.keep_versions is None else {"keep_versions": root.keep_versions}),
                **({} if root.page_articles is None else {"page_articles": root.page_articles}),
                "files": {
                    name: [
                        *(file.signature, pack_digests(file.digests), file.skips, file.withheld, file.content),
                        file.part_of,
                        {id: [page.addresses, _encode_texts(page.texts)] for id, page in file.captures.items()},
                    ]
                    for name, file in sorted(root.files.items())
                },
            }
            for key, root in sorted(self.roots.items())
        }
        values = {
            "version": 2,
            "readers": reader_version(),
            "roots": roots,
            "taken_down": sorted(self.deleted_ids),
            "taken_down_addresses": dict(sorted(self.deleted_addresses.items())),
        }
        return json.dumps(values, separators=(",", ":")).encode()

    def captures(self) -> list[dict[str, Capture]]:
        """The saved pages of each file that has any."""
        return [file.captures for root in self.roots.values() for file in root.files.values() if file.captures]

    def key_of(self, root: Path) -> str:
        """The key of a root: its path relative to the index, or the whole path for an index on a cluster."""
        resolved = root.resolve()
        try:
            return Path(os.path.relpath(resolved, self._folder)).as_posix()
        except ValueError:  # another drive
            return resolved.as_posix()

    def release(self, id: str) -> FileState | None:
        """Forget which file gave an article; returns the state of the file."""
        owner = self.owners.pop(id, None)
        return None if owner is None else self.roots[owner[0]].files[owner[1]]


def read_deleted(data: bytes) -> tuple[set[str], dict[str, str]]:
    """The ids and the addresses that were deleted permanently, read from the user data of any version."""
    return _decode_deleted(json.loads(data) if data else {})


def _decode_deleted(values: Mapping[str, Any]) -> tuple[set[str], dict[str, str]]:
    addresses = dict(values.get("taken_down_addresses", {}))
    return set(map(str, values.get("taken_down", ()))), addresses


def _encode_texts(texts: Sequence[PageText]) -> list[Sequence[Any]]:
    return [text[:2] if text.differences is None else text for text in texts]


def _decode_file(
    signature: Sequence[int],
    digests: Mapping[str, str] | tuple[str, str],
    skips: list[list[str]],
    withheld: list[str] | None = None,
    content: str = "",
    part_of: str = "",
    captures: dict[str, tuple[list[str], list[list[Any]]]] | None = None,
) -> FileState:
    found = {
        id: Capture(tuple(addresses), [PageText(*text) for text in texts])
        for id, (addresses, texts) in (captures or {}).items()
    }
    known = [(place, reason) for place, reason in skips]
    by_id = dict(digests) if isinstance(digests, Mapping) else PackedDigests(*digests)
    return FileState(signature, by_id, known, withheld or [], content, part_of, found)
