"""The index folder: a manifest that names the files of one commit, replaced atomically.

========================  =======================================================================================
manifest.json             the last commit (below); every file it names is complete and durable before it is written
segment-NNNNNN.seg        a segment (see `segment_file`); written once
segment-NNNNNN.seg.P      a segment that a worker, process P, is merging, or was when it died
deleted-NNNNNN.bits       the deleted documents of a segment, one bit each, lowest first; written once
state-NNNNNN.bin          the user data, bytes that the builder keeps beside the documents; written once
lock                      empty; the one writer holds an OS lock on it, which ends with its process
manifest.copy.json        a copy of the manifest, or of one whose commit a crash cut short; only `salvage` reads it
manifest*.json.new        a manifest or its copy being written; only a crash leaves it behind
========================  =======================================================================================

The manifest is JSON, UTF-8::

    {"format": "searchidx", "version": 7, "analysis": "…", "generation": 7, "next": 12,
     "segments": [{"file": "segment-000003.seg", "bytes": …, "crc32": …, "articles": …, "headline_words": …,
                   "body_words": …, "deleted": null or {"file": …, "bytes": …, "crc32": …, "articles": …,
                   "headline_words": …, "body_words": …}}, …],
     "former": as "segments", for the former texts of articles; absent if there are none,
     "state": null or {"file": …, "bytes": …, "crc32": …},
     "crc32": that of this object, without this key, as JSON with sorted keys and no blanks}

`analysis` is a fingerprint of the rules that turn text into terms. An index made by other rules would answer wrongly,
so it counts as another version. `next` numbers new files; a number is never used again once a manifest has named it.
The `articles`, `headline_words` and `body_words` of `deleted` count the deleted articles and their words.

A segment of `former` is a segment like any other, but several of its documents may have the same id: the former texts
of one article, oldest first.

A commit writes its files, syncs them, writes, syncs and renames the copy, writes and syncs `manifest.json.new`, syncs
the folder, renames `manifest.json.new`, and syncs the folder again. The next writer removes files that no manifest
names. Readers keep what they opened: on POSIX systems a removed file exists until they close it; elsewhere it cannot be
removed, and stays for a later writer.
"""

from __future__ import annotations

import json
import mmap
import os
import re
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

from searchidx.analysis import analyzer_fingerprint
from searchidx.engines.embedded.segment_file import sync_folder
from searchidx.errors import CorruptIndexError, IndexFolderError, IndexNotFoundError, IndexVersionError, describe_damage

FORMAT, VERSION = "searchidx", 7
MANIFEST = "manifest.json"
MANIFEST_COPY = "manifest.copy.json"
_SEGMENT = re.compile(r"segment-\d{6,18}\.seg")
_DELETED = re.compile(r"deleted-\d{6,18}\.bits")
_USER_DATA = re.compile(r"state-\d{6,18}\.bin")
_NEW = re.compile(r"manifest(\.copy)?\.json\.new")
_INDEX_FILE = re.compile(rf"({_SEGMENT.pattern}(\.\d+)?|{_DELETED.pattern}|{_USER_DATA.pattern}|{_NEW.pattern})")
_NUMBER = re.compile(r"-(\d{1,18})\.")


@dataclass
class Manifest:
    """One commit.

    Attributes:
        generation: the number of the commit.
        next_number: the number of the next file.
        segments: the entries of segments, oldest first, as in the file.
        user_data: the entry of the file with the user data.
        former: the entries of segments with former texts, oldest first.
    """

    generation: int = 0
    next_number: int = 1
    segments: list[dict[str, Any]] = field(default_factory=list)
    user_data: dict[str, Any] | None = None
    former: list[dict[str, Any]] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """A name for the content: a hash of all checksums but that of the user data."""
        parts, former = (
            [(s["bytes"], s["crc32"], (s["deleted"] or {}).get("crc32")) for s in segments]
            for segments in (self.segments, self.former)
        )
        return blake2b(repr((parts, former) if former else parts).encode(), digest_size=8).hexdigest()

    def files(self) -> set[str]:
        """The names of all files of the commit."""
        segments = [*self.segments, *self.former]
        entries = [*segments, *(entry["deleted"] for entry in segments), self.user_data]
        return {str(entry["file"]) for entry in entries if entry}

    def write(self, folder: Path) -> None:
        """Make this the last commit, durably and atomically."""
        values = {
            "format": FORMAT,
            "version": VERSION,
            "analysis": analyzer_fingerprint(),
            "generation": self.generation,
            "next": self.next_number,
            "segments": self.segments,
            **({"former": self.former} if self.former else {}),
            "state": self.user_data,
        }
        values["crc32"] = _crc(values)
        data = json.dumps(values, indent=1).encode()
        os.replace(_write_new(folder / MANIFEST_COPY, data), folder / MANIFEST_COPY)
        new = _write_new(folder / MANIFEST, data)
        sync_folder(folder)  # the names of new files must not be lost where the new manifest is kept
        os.replace(new, folder / MANIFEST)
        try:
            sync_folder(folder)
        except OSError as error:
            raise IndexFolderError(
                folder,
                f"the changes to the index in {folder} are made, but the system cannot confirm that they are "
                f"on disk ({error.strerror or error}): check the disk",
            ) from error


def _write_new(path: Path, data: bytes) -> Path:
    """Write, durably, the file that will replace another one; returns its path."""
    new = path.with_name(f"{path.name}.new")
    _write_synced(new, data, "wb")
    return new


def _write_synced(path: Path, data: bytes, mode: Literal["wb", "xb"]) -> None:
    with open(path, mode) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _crc(values: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(values, sort_keys=True, separators=(",", ":")).encode())


def read_manifest(folder: Path, of_other_rules: bool = False, name: str = MANIFEST) -> Manifest:
    """The last commit of the index in a folder; with `of_other_rules` also one made by other rules for words.

    Raises `IndexNotFoundError`, `CorruptIndexError` or `IndexVersionError`.
    """
    path = folder / name
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise IndexNotFoundError(
            folder, f"there is no index in {folder}: build one with 'searchidx build', or name its folder with --index"
        ) from None
    except OSError as error:
        raise CorruptIndexError(folder, f"{path} cannot be read: {error.strerror or error}") from error
    try:
        values = json.loads(raw)
        if values["format"] != FORMAT:
            raise ValueError(f"its format is {values['format']!r}")
        version = _check_count(values["version"], "version")
        if version == VERSION:
            if values.pop("crc32") != _crc(values):
                raise ValueError("its checksum is wrong")
            manifest = _decode_manifest(values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damage_error(folder, f"{path} is damaged ({describe_damage(error)})") from error
    if version != VERSION or (values["analysis"] != analyzer_fingerprint() and not of_other_rules):
        made = f"version {version}" if version != VERSION else f"version {version} with other rules for words"
        raise IndexVersionError(
            folder,
            f"the index in {folder} is of format {made}, and this searchidx reads version {VERSION}: "
            "run 'searchidx build' to build it again, or use the searchidx that made it",
        )
    return manifest


def _decode_manifest(values: dict[str, Any]) -> Manifest:
    """Turn JSON into a manifest; ValueError, KeyError or TypeError for any value of another kind."""
    segments, former = values["segments"], values.get("former", [])
    if not isinstance(segments, list) or not isinstance(former, list):
        raise ValueError("its segments are not a list")
    for entry in (*segments, *former):
        _check_entry(entry, _SEGMENT, "articles", "headline_words", "body_words")
        if entry["deleted"] is not None:
            _check_entry(entry["deleted"], _DELETED, "articles", "headline_words", "body_words")
            if entry["deleted"]["bytes"] != (entry["articles"] + 7) // 8:
                raise ValueError(f"the deletions of {entry['file']} have another size")
    if values["state"] is not None:
        _check_entry(values["state"], _USER_DATA)
    generation, next_number = (_check_count(values[key], key) for key in ("generation", "next"))
    manifest = Manifest(generation, next_number, segments, values["state"], former)
    numbers = [int(match[1]) for name in manifest.files() if (match := _NUMBER.search(name))]
    if max(numbers, default=0) >= manifest.next_number:
        raise ValueError("its next file number is already used")
    return manifest


def _check_entry(entry: Any, name: re.Pattern[str], *counts: str) -> None:
    if not isinstance(entry, dict) or not isinstance(entry["file"], str) or not name.fullmatch(entry["file"]):
        raise ValueError("it names a file that does not belong to an index")
    for key in ("bytes", "crc32", *counts):
        _check_count(entry[key], key)


def _check_count(value: Any, name: str) -> int:
    if type(value) is not int or not 0 <= value < 1 << 62:
        raise ValueError(f"its {name} is {str(value)[:40]!r}")
    return value


def write_checked_file(folder: Path, name: str, data: bytes) -> dict[str, Any]:
    """Write a small file durably; returns its entry in the manifest."""
    path = folder / name
    try:
        _write_synced(path, data, "xb")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return {"file": name, "bytes": len(data), "crc32": zlib.crc32(data)}


def read_checked_file(folder: Path, entry: dict[str, Any]) -> bytes:
    """The bytes of a small file; raises `CorruptIndexError` if they are not those that the manifest names."""
    path = folder / str(entry["file"])
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorruptIndexError(folder, f"{path} cannot be read: {error.strerror or error}") from error
    return verify_checksum(folder, entry, data)


def former_user_data(folder: Path) -> bytes:
    """The user data of an index of any version; empty if it cannot be read."""
    try:
        entry = json.loads((folder / MANIFEST).read_bytes())["state"]
        return read_checked_file(folder, entry) if entry and _USER_DATA.fullmatch(entry["file"]) else b""
    except (OSError, ValueError, KeyError, TypeError, RecursionError, CorruptIndexError):
        return b""


def former_count(folder: Path) -> int:
    """The number of articles of an index of any version; 0 if it cannot be read."""
    try:
        segments = json.loads((folder / MANIFEST).read_bytes())["segments"]
        return sum(int(each["articles"]) - int((each["deleted"] or {"articles": 0})["articles"]) for each in segments)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 0


def former_segments(folder: Path) -> list[dict[str, Any]]:
    """The segments with former texts of an index of any version; empty if they cannot be read."""
    try:
        former = json.loads((folder / MANIFEST).read_bytes()).get("former", [])
    except (OSError, ValueError, AttributeError, RecursionError):
        return []
    return former if isinstance(former, list) else []


def map_file(folder: Path, entry: dict[str, Any]) -> mmap.mmap | bytes:
    """Map a small file, so that it can be read later even if it is removed."""
    path = folder / str(entry["file"])
    try:
        with open(path, "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:
        return b""  # an empty file cannot be mapped
    except OSError as error:
        raise CorruptIndexError(folder, f"{path} cannot be read: {error.strerror or error}") from error


def verify_checksum(folder: Path, entry: dict[str, Any], data: bytes) -> bytes:
    """Return the bytes of a small file; raises `CorruptIndexError` if they are not those that the manifest names."""
    if len(data) != entry["bytes"] or zlib.crc32(data) != entry["crc32"]:
        raise damage_error(folder, f"{folder / str(entry['file'])} is damaged")
    return data


def damage_error(folder: Path, damage: str) -> CorruptIndexError:
    """The error for damage of an index; `damage` says which file is damaged."""
    return CorruptIndexError(folder, f"{damage}: restore it from a copy, or delete the folder and build it again")


def list_index_files(folder: Path) -> set[str]:
    """The names of all files in a folder that belong to an index, of any commit."""
    return {path.name for path in folder.iterdir() if _INDEX_FILE.fullmatch(path.name)}


def next_file_number(folder: Path) -> int:
    """A number greater than that of any index file in the folder."""
    return max((int(match[1]) for name in list_index_files(folder) if (match := _NUMBER.search(name))), default=0) + 1


def collect_garbage(folder: Path, keep: Collection[str]) -> None:
    """Remove the files of an index, except those to keep: a crash or an older commit left them.

    Files that cannot be removed, such as open ones on Windows, are left to a later writer.
    """
    for name in list_index_files(folder) - set(keep):
        with suppress(OSError):
            (folder / name).unlink()


@contextmanager
def write_errors(folder: Path) -> Iterator[None]:
    """Turn an `OSError` while writing into an `IndexFolderError`."""
    try:
        yield
    except OSError as error:
        raise IndexFolderError(
            folder, f"cannot write the index in {folder} ({error.strerror or error}); nothing was changed"
        ) from error
