"""The index folder: a manifest that names everything of one commit, replaced atomically.

========================  =======================================================================================
manifest.json             the last commit (below); all that it names is complete and durable before it is
segment-NNNNNN.seg        a segment (see `layout`); written once
segment-NNNNNN.seg.P      one that a worker, process P, is merging, or was when it died
deleted-NNNNNN.bits       deleted documents of a segment, a bit each, lowest first; written once
state-NNNNNN.bin          what the builder keeps beside the documents; written once
lock                      empty; an OS lock on it is held by the one writer, and dies with it
manifest.json.new         a manifest being written; left over only by a crash
========================  =======================================================================================

The manifest is JSON, UTF-8::

    {"format": "searchidx", "version": 5, "analysis": "…", "generation": 7, "next": 12,
     "segments": [{"file": "segment-000003.seg", "bytes": …, "crc32": …, "articles": …, "headline_words": …,
                   "body_words": …, "deleted": null or {"file": …, "bytes": …, "crc32": …, "articles": …,
                   "headline_words": …, "body_words": …}}, …],
     "state": null or {"file": …, "bytes": …, "crc32": …},
     "crc32": that of this object, without this key, as JSON with sorted keys and no blanks}

`analysis` is a fingerprint of the rules that made the terms: an index made by other rules would answer wrongly, so it
counts as another version. `next` numbers new files; a number is never used again once a manifest has named it.
A segment's `deleted` says how many articles and words of it are gone.

A commit writes its files, syncs them, writes `manifest.json.new`, syncs it, renames it, syncs the folder. Files that
no manifest names are swept by the next writer. Readers hold what they opened: on POSIX systems a file that is removed
lives on for them; elsewhere its removal fails and is left to a later writer.
"""

from __future__ import annotations

import json
import mmap
import os
import re
import zlib
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from searchidx.analysis import analyzer_fingerprint
from searchidx.engines.embedded.segment_file import sync_folder
from searchidx.errors import CorruptIndexError, IndexFolderError, IndexNotFoundError, IndexVersionError

__all__ = [
    "MANIFEST",
    "Manifest",
    "checked",
    "collect_garbage",
    "files_of",
    "former_user_data",
    "map_file",
    "next_number",
    "read_checked",
    "read_manifest",
    "write_checked",
]

FORMAT, VERSION = "searchidx", 5
MANIFEST = "manifest.json"
_SEGMENT = re.compile(r"segment-\d{6,18}\.seg")
_DELETED = re.compile(r"deleted-\d{6,18}\.bits")
_STATE = re.compile(r"state-\d{6,18}\.bin")
_OURS = re.compile(rf"({_SEGMENT.pattern}(\.\d+)?|{_DELETED.pattern}|{_STATE.pattern}|manifest\.json\.new)")
_NUMBER = re.compile(r"-(\d{1,18})\.")


@dataclass
class Manifest:
    """One commit."""

    generation: int = 0
    next: int = 1
    segments: list[dict[str, Any]] = field(default_factory=list)
    state: dict[str, Any] | None = None

    @property
    def fingerprint(self) -> str:
        """Names the content: the checksums of everything that answers."""
        parts = [(s["bytes"], s["crc32"], (s["deleted"] or {}).get("crc32")) for s in self.segments]
        return blake2b(repr(parts).encode(), digest_size=8).hexdigest()

    def files(self) -> set[str]:
        """The names of all files that belong to the commit."""
        found = {str(s["file"]) for s in self.segments}
        found |= {str(s["deleted"]["file"]) for s in self.segments if s["deleted"]}
        return found | ({str(self.state["file"])} if self.state else set())

    def write(self, folder: Path) -> None:
        """Make this the last commit, durably and atomically."""
        values = {
            "format": FORMAT,
            "version": VERSION,
            "analysis": analyzer_fingerprint(),
            "generation": self.generation,
            "next": self.next,
            "segments": self.segments,
            "state": self.state,
        }
        values["crc32"] = _crc(values)
        new = folder / f"{MANIFEST}.new"
        with open(new, "wb") as file:
            file.write(json.dumps(values, indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, folder / MANIFEST)
        try:
            sync_folder(folder)
        except OSError as error:
            raise IndexFolderError(
                folder,
                f"the changes to the index in {folder} are made, but the system could not confirm that they are "
                f"on disk ({error.strerror or error}): check the disk",
            ) from error


def _crc(values: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(values, sort_keys=True, separators=(",", ":")).encode())


def read_manifest(folder: Path) -> Manifest:
    """The last commit of the index in a folder."""
    path = folder / MANIFEST
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
        version = _whole(values["version"], "version")
        if version == VERSION:
            if values.pop("crc32") != _crc(values):
                raise ValueError("its checksum is wrong")
            manifest = _manifest(values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CorruptIndexError(
            folder, f"{path} is damaged ({error}): restore it from a copy, or build the index anew in another folder"
        ) from error
    if version != VERSION or values["analysis"] != analyzer_fingerprint():
        made = f"version {version}" if version != VERSION else f"version {version} with other rules for words"
        raise IndexVersionError(
            folder,
            f"the index in {folder} is of format {made}, and this searchidx reads version {VERSION}: "
            "run 'searchidx build' to build it anew, or use the searchidx it was made with",
        )
    return manifest


def _manifest(values: dict[str, Any]) -> Manifest:
    """A manifest, where every value is what it should be; ValueError, KeyError or TypeError where one is not."""
    segments = values["segments"]
    if not isinstance(segments, list):
        raise ValueError("its segments are no list")
    for about in segments:
        _check_file(about, _SEGMENT, "articles", "headline_words", "body_words")
        if about["deleted"] is not None:
            _check_file(about["deleted"], _DELETED, "articles", "headline_words", "body_words")
            if about["deleted"]["bytes"] != (about["articles"] + 7) // 8:
                raise ValueError(f"the deletions of {about['file']} are not of its size")
    if values["state"] is not None:
        _check_file(values["state"], _STATE)
    manifest = Manifest(
        _whole(values["generation"], "generation"), _whole(values["next"], "next"), segments, values["state"]
    )
    numbers = [int(match[1]) for name in manifest.files() if (match := _NUMBER.search(name))]
    if max(numbers, default=0) >= manifest.next:
        raise ValueError("its next number is taken")
    return manifest


def _check_file(about: Any, name: re.Pattern[str], *counts: str) -> None:
    if not isinstance(about, dict) or not isinstance(about["file"], str) or not name.fullmatch(about["file"]):
        raise ValueError("it names a file that is none of an index")
    for key in ("bytes", "crc32", *counts):
        _whole(about[key], key)


def _whole(value: Any, name: str) -> int:
    if type(value) is not int or not 0 <= value < 1 << 62:
        raise ValueError(f"its {name} is {str(value)[:40]!r}")
    return value


def write_checked(folder: Path, name: str, data: bytes) -> dict[str, Any]:
    """Write a small file durably; returns what the manifest says of it."""
    path = folder / name
    try:
        with open(path, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return {"file": name, "bytes": len(data), "crc32": zlib.crc32(data)}


def read_checked(folder: Path, about: dict[str, Any]) -> bytes:
    """The bytes of a small file, checked against the manifest."""
    path = folder / str(about["file"])
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorruptIndexError(folder, f"{path} cannot be read: {error.strerror or error}") from error
    return checked(folder, about, data)


def former_user_data(folder: Path) -> bytes:
    """The state that the manifest of an index of any version names; empty where there is none, or none can be read."""
    try:
        about = json.loads((folder / MANIFEST).read_bytes())["state"]
        return read_checked(folder, about) if about and _STATE.fullmatch(about["file"]) else b""
    except (OSError, ValueError, KeyError, TypeError, RecursionError, CorruptIndexError):
        return b""


def map_file(folder: Path, about: dict[str, Any]) -> mmap.mmap | bytes:
    """A small file that is to be read later, though it may be removed by then."""
    path = folder / str(about["file"])
    try:
        with open(path, "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:
        return b""  # nothing can be mapped of an empty file
    except OSError as error:
        raise CorruptIndexError(folder, f"{path} cannot be read: {error.strerror or error}") from error


def checked(folder: Path, about: dict[str, Any], data: bytes) -> bytes:
    """The bytes of a small file, where they are what the manifest says."""
    if len(data) != about["bytes"] or zlib.crc32(data) != about["crc32"]:
        path = folder / str(about["file"])
        raise CorruptIndexError(folder, f"{path} is damaged: restore it from a copy, or build the index anew")
    return data


def files_of(folder: Path) -> set[str]:
    """The names of all files in a folder that are those of an index, of whatever commit."""
    return {path.name for path in folder.iterdir() if _OURS.fullmatch(path.name)}


def next_number(folder: Path) -> int:
    """A number that no file of an index in the folder has yet."""
    return max((int(match[1]) for name in files_of(folder) if (match := _NUMBER.search(name))), default=0) + 1


def collect_garbage(folder: Path, keep: Collection[str]) -> None:
    """Remove the files of an index that are not to be kept: what a crash or an older commit left.

    What cannot be removed, as where a reader has it open on a system that forbids it, is left to a later writer.
    """
    for name in files_of(folder) - set(keep):
        with suppress(OSError):
            (folder / name).unlink()
