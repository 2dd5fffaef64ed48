"""The files around a file: in its folder on disk below the source's root, or in its archive.

Some formats spread over several files: a METS issue and its pages, an item of a library and its snapshot. Paths are
relative to the root, with forward slashes, so no reference leads out of it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import unquote

from searchidx.sources.source_file import SourceFile

_MAX_LISTED = 100_000
"""Entries of a folder that are listed."""
_MAX_MEMBERS = 5_000_000
"""Members of an archive that are listed."""
_MAX_KNOWN = 1024
"""Values that a tree remembers."""
_Value = TypeVar("_Value")


class FileTree(ABC):
    """Files below a root."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[object, Any]] = {}

    @abstractmethod
    def list_folder(self, folder: str) -> tuple[frozenset[str], tuple[str, ...]]:
        """The names of the files and of the folders in a folder; nothing if it does not exist."""

    @abstractmethod
    def version(self, path: str) -> object:
        """A value that differs after a change of a file or folder."""

    @abstractmethod
    def open(self, path: str) -> SourceFile:
        """The file with this path. Raises `DamagedDataError` or OSError if it cannot be read."""

    def position(self, path: str) -> int:
        """Where the file stands in an archive: files that are opened in this order need no second pass."""
        return 0

    def remember(self, kind: str, path: str, compute: Callable[[], _Value]) -> _Value:
        """The value that `compute` gave for a file or folder, until it changes."""
        version = self.version(path)
        known = self._known.get((kind, path))
        if known is None or known[0] != version:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            known = self._known[kind, path] = version, compute()
        return cast(_Value, known[1])


class DiskTree(FileTree):
    """The files below a folder on disk."""

    def __init__(self, root: str) -> None:
        super().__init__()
        self._root = root

    def list_folder(self, folder: str) -> tuple[frozenset[str], tuple[str, ...]]:
        return self.remember("list", folder, lambda: self._list_folder(folder))

    def _list_folder(self, folder: str) -> tuple[frozenset[str], tuple[str, ...]]:
        files: list[str] = []
        folders: list[str] = []
        with contextlib.suppress(OSError, ValueError), os.scandir(os.path.join(self._root, folder) or ".") as entries:
            for entry in itertools.islice(entries, _MAX_LISTED):
                (folders if entry.is_dir(follow_symlinks=False) else files).append(entry.name)
        return frozenset(files), tuple(sorted(folders))

    def version(self, path: str) -> object:
        with contextlib.suppress(OSError, ValueError):
            status = os.stat(os.path.join(self._root, path) or ".")
            return status.st_mtime_ns, status.st_size
        return None

    def open(self, path: str) -> SourceFile:
        return SourceFile(Path(self._root, path), path)


@lru_cache(maxsize=8)
def _disk_tree(root: str) -> DiskTree:
    return DiskTree(root)


class ArchiveTree(FileTree):
    """The members of an archive, listed when they are first asked for."""

    def __init__(self, list_names: Callable[[], Iterable[str]], open_member: Callable[[str], SourceFile]) -> None:
        super().__init__()
        self._list_names = list_names
        self._open_member = open_member
        self._folders: dict[str, tuple[set[str], set[str]]] | None = None
        self._positions: dict[str, int] = {}

    def list_folder(self, folder: str) -> tuple[frozenset[str], tuple[str, ...]]:
        if self._folders is None:
            self._folders = {}
            for position, name in enumerate(itertools.islice(self._list_names(), _MAX_MEMBERS)):
                self._positions[name] = position
                self._add(name)
        files, folders = self._folders.get(folder, (set(), set()))
        return frozenset(files), tuple(sorted(folders))

    def _add(self, name: str) -> None:
        assert self._folders is not None
        folder, _, base = name.rpartition("/")
        self._folders.setdefault(folder, (set(), set()))[0].add(base)
        while folder:
            parent, _, base = folder.rpartition("/")
            folders = self._folders.setdefault(parent, (set(), set()))[1]
            if base in folders:
                return
            folders.add(base)
            folder = parent

    def version(self, path: str) -> object:
        return None

    def position(self, path: str) -> int:
        return self._positions.get(path, 0)

    def open(self, path: str) -> SourceFile:
        return self._open_member(path)


def tree_of(file: SourceFile) -> tuple[FileTree, str] | None:
    """The tree that a file is in, and its path there; None for a member that is alone."""
    if file.tree is not None:
        return file.tree
    if file.data is not None or file.opener is not None:
        return None
    parts = file.path.parts
    depth = file.name.count("/") + 1
    if depth > len(parts):
        return None
    return _disk_tree(os.path.join(*parts[:-depth]) if len(parts) > depth else ""), "/".join(parts[-depth:])


def join_path(*parts: str) -> str:
    """Join paths below the root; empty parts are left out."""
    return "/".join(part for part in parts if part)


def parent_of(path: str) -> str:
    """The folder of a path; "" for the root."""
    return path.rpartition("/")[0]


def has_file(tree: FileTree, path: str) -> bool:
    """Whether there is a file with this path."""
    folder, _, name = path.rpartition("/")
    return name in tree.list_folder(folder)[0]


def resolve_reference(tree: FileTree, folder: str, reference: str) -> str | None:
    """The path of a file that another file in `folder` names; None if there is none.

    The reference is relative, but people move files: so the longest end of it that exists is taken, below the folder,
    the folders around it, or a folder beside.
    """
    reference = unquote(reference.strip()).replace("\\", "/").partition("#")[0]
    scheme, separator, rest = reference.partition(":")
    parts = [
        part for part in (rest if separator and len(scheme) > 1 else reference).split("/") if part not in ("", ".")
    ]
    parts = parts[-8:]
    while ".." in parts:
        parts = parts[parts.index("..") + 1 :]
    if not parts:
        return None
    folders = [folder, parent_of(folder), parent_of(parent_of(folder))]
    for start in dict.fromkeys(folders):
        for first in range(len(parts)):
            if has_file(tree, path := join_path(start, *parts[first:])):
                return path
    for start in dict.fromkeys(folders[:2]):
        for child in tree.list_folder(start)[1][:200]:
            if has_file(tree, path := join_path(start, child, parts[-1])):
                return path
    return None
