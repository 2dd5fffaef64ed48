"""Scan a root for files that changed since the last build.

A file whose size and times are those of the last build is not opened. Otherwise a digest of its bytes decides, so a
file that was only copied or touched is not read. Nothing is lost to a damaged disk: the files of a folder that cannot
be listed keep their articles.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from stat import S_ISREG

from searchidx.ingest.ignore_rules import IGNORE_FILE, IgnoreRule, is_left_out, parse_rules, read_ignore_file
from searchidx.ingest.state import UNKNOWN_SIGNATURE, FileState, RootState
from searchidx.sources import SourceFile, is_ignored, is_ignored_folder, is_page_folder

_MIN_AGE = 2_000_000_000
"""A younger file may change again within the same tick of the file system's clock; in nanoseconds."""


@dataclass(slots=True)
class Scan:
    """What a scan of a root found.

    Attributes:
        changed: the files to read, with their signatures.
        removed: the states of files that are gone.
        unchanged: the number of articles of all other files, without saved pages: several may be one article.
        ignored: the number of files and folders left aside.
        is_emptied: the root is a folder that gave articles before, and is empty now.
    """

    changed: list[tuple[SourceFile, Sequence[int]]] = field(default_factory=list)
    removed: list[FileState] = field(default_factory=list)
    unchanged: int = 0
    ignored: int = 0
    is_emptied: bool = False


def scan_root(
    root: RootState, other_folders: Collection[Path], reread_all: bool, reread_skipped: bool, allow_empty: bool = False
) -> Scan:
    """Compare the files of a root with its state, from which files that are gone are removed.

    `other_folders` are resolved paths that are no part of the root: the index, and other roots. With `reread_all` every
    file counts as changed, with `reread_skipped` every file of which something was skipped. The files of a folder that
    is empty now may be on a disk that is not mounted: they keep their articles, unless `allow_empty`.
    """
    scan = Scan()
    paths, errors = _list_files(root, other_folders, scan)
    has_articles = any(file.digests for file in root.files.values())
    scan.is_emptied = root.path.is_dir() and has_articles and not (paths or errors or scan.ignored)
    if not (allow_empty or scan.is_emptied):
        errors |= _emptied_folders(root, paths)
    before = dict(root.files)
    for name in list(root.files):
        if name.startswith(tuple(errors)):
            paths.pop(name, None)
            scan.unchanged += root.files[name].single_count
        elif name not in paths:
            scan.removed.append(root.files.pop(name))
    for folder, error in errors.items():
        kept = sum(len(file.digests) for name, file in root.files.items() if name.startswith(folder))
        reason = error + (f"; {kept_articles_note(kept)}" if kept else "")
        root.files[folder] = FileState(UNKNOWN_SIGNATURE, {}, [(folder, reason)])
    others = _related_files(root, paths, {name: known for name, known in before.items() if name not in root.files})
    for name, path in paths.items():
        signature = file_signature(path)
        known = root.files.get(name)
        must_read = reread_all or known is None or (reread_skipped and bool(known.skips)) or name in others
        if known is not None and not must_read and _is_unchanged(known, signature, path):
            known.signature = signature
            scan.unchanged += known.single_count
        else:
            scan.changed.append((root.source_file(Path(path), name), signature))
    return scan


def _related_files(root: RootState, paths: Mapping[str, str], removed: Mapping[str, FileState]) -> set[str]:
    """The files to read because of others: the whole of a removed part; the parts of a removed or changed whole."""
    parts = {name: known.part_of for name, known in root.files.items() if known.part_of}
    stale = {
        whole
        for whole in set(parts.values())
        if whole not in root.files or not _is_unchanged(root.files[whole], file_signature(paths[whole]), paths[whole])
    }
    wholes = {known.part_of for known in removed.values() if known.part_of}
    return wholes | {name for name, whole in parts.items() if whole in stale}


def _emptied_folders(root: RootState, paths: Mapping[str, str]) -> dict[str, str]:
    """The folders below a root that gave articles and are empty now, each with a reason to keep those."""
    empty: dict[str, str] = {}
    checked: dict[str, bool] = {}
    for name, file in root.files.items():
        if name in paths or not file.digests:
            continue
        folder = name.rpartition("/")[0]
        while folder and not (root.path / folder).is_dir():
            folder = folder.rpartition("/")[0]
        if folder and folder not in checked:
            with suppress(OSError):
                checked[folder] = not os.listdir(root.path / folder)
        if checked.get(folder):
            empty[f"{folder}/"] = "the folder is empty: mount it, or use --allow-empty to remove its articles"
    return empty


def _list_files(root: RootState, other_folders: Collection[Path], scan: Scan) -> tuple[dict[str, str], dict[str, str]]:
    """The paths of all files below a root by name, ascending, and the errors of folders that cannot be listed."""
    source = root.path
    if not source.is_dir():
        return {source.name: str(source)}, {}
    paths: dict[str, str] = {}
    errors: dict[str, str] = {}

    def on_error(error: OSError) -> None:
        folder = os.path.relpath(error.filename, source)
        reason = f"the folder cannot be listed: {error.strerror or error}"
        errors["" if folder == "." else f"{_as_text(folder)}/"] = reason

    excluded = parse_rules(root.exclude)
    rules_within: dict[str, list[IgnoreRule]] = {}

    for where, folders, names in os.walk(source, onerror=on_error):
        below = Path(where).relative_to(source).as_posix()
        prefix = "" if below == "." else f"{below}/"
        rules = rules_within.pop(prefix, [])
        if IGNORE_FILE in names:
            rules = [*rules, *read_ignore_file(Path(where), prefix)]
        all_rules = [*rules, *excluded]
        for folder in list(folders):
            path = Path(where, folder)
            if path.resolve() in other_folders or (
                is_ignored_folder(folder)
                or is_page_folder(folder, names)
                or path.is_symlink()
                or (all_rules and is_left_out(all_rules, prefix + folder, is_folder=True))
            ):
                folders.remove(folder)
                scan.ignored += 1
            elif rules:
                rules_within[f"{prefix}{folder}/"] = rules
        for name in names:
            if is_ignored(name) or (all_rules and is_left_out(all_rules, prefix + name, is_folder=False)):
                scan.ignored += 1
            else:
                paths[_as_text(prefix + name)] = os.path.join(where, name)  # a Path each would take a third of the time
    return dict(sorted(paths.items())), errors


def _as_text(path: str) -> str:
    """A file name as text: bytes that are not Unicode are escaped."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def file_signature(path: Path | str) -> Sequence[int]:
    """The `FileState.signature` of a file now."""
    try:
        stat = os.stat(path)
    except OSError:
        return UNKNOWN_SIGNATURE
    if not S_ISREG(stat.st_mode):
        return UNKNOWN_SIGNATURE
    is_young = time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) < _MIN_AGE
    return stat.st_size, -stat.st_mtime_ns if is_young else stat.st_mtime_ns, stat.st_ctime_ns


def _is_unchanged(known: FileState, signature: Sequence[int], path: str) -> bool:
    if tuple(known.signature) == tuple(signature):
        return True
    has_same_size = known.signature[0] == signature[0] >= 0
    return has_same_size and known.content != "" and known.content == content_digest(path)


def content_digest(path: Path | str) -> str:
    """The digest of the bytes of a file; empty if it cannot be read."""
    try:
        if not S_ISREG(os.stat(path).st_mode):
            return ""
        with open(path, "rb") as file:
            return hashlib.file_digest(file, partial(blake2b, digest_size=8)).hexdigest()
    except OSError:
        return ""


def saved_time(signature: Sequence[int]) -> str:
    """When a file with a signature was last written, in UTC as ISO 8601; empty if that is not known."""
    if signature[0] < 0:
        return ""
    return dt.datetime.fromtimestamp(abs(signature[1]) // 1_000_000_000, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def kept_articles_note(count: int) -> str:
    """The end of a reason: the articles of an earlier build stay in the index."""
    return "the article it gave before stays" if count == 1 else f"the {count:,} articles it gave before stay"
