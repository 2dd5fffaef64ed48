"""Roots that were renamed, and roots within each other: articles follow their files, and none is indexed twice.

A root that is gone, and whose files lie with the same names and bytes in a folder that is built, was renamed: the
folder takes its place, with the ids of its articles. A known root within the folder that is built keeps its own files,
so their ids stay; it is brought up to date together with the folder. A folder within a known root is part of that root.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from searchidx.ingest.scanner import content_digest
from searchidx.ingest.state import STANDARD_INPUT_ROOT, RootState, SourceState

_MAX_COMPARED = 20
"""Files of a root that are compared with those of a folder."""


def find_containing_root(state: SourceState, source: Path) -> Path | None:
    """The known root that a source lies within, or None."""
    path = source.resolve()
    if state.key_of(source) in state.roots:
        return None
    around = (root.path for key, root in state.roots.items() if key != STANDARD_INPUT_ROOT and not root.is_file)
    return next((each for each in around if each.resolve() in path.parents and each.is_dir()), None)


def find_nested_roots(state: SourceState, source: Path) -> list[Path]:
    """The known roots within a source."""
    path = source.resolve()
    roots = (root.path for key, root in state.roots.items() if key != STANDARD_INPUT_ROOT)
    return [each for each in roots if path in each.resolve().parents and each.exists()]


def follow_renamed_roots(state: SourceState, source: Path) -> None:
    """Let a source, or a folder directly below it, take the place of a known root that is gone and has its files."""
    gone = [key for key, root in state.roots.items() if key != STANDARD_INPUT_ROOT and not root.path.exists()]
    if not gone or not source.is_dir():
        return
    for folder in (source, *_subfolders(source)):
        new_key = state.key_of(folder)
        if new_key in state.roots:
            continue
        key = next((each for each in gone if _has_files_of(folder, state.roots[each])), None)
        if key is not None:
            gone.remove(key)
            root = state.roots[new_key] = state.roots.pop(key)
            root.path = folder
            state.owners.update({id: (new_key, name) for name, file in root.files.items() for id in file.digests})


def _subfolders(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    return (folder / name for name in names)


def _has_files_of(folder: Path, root: RootState) -> bool:
    """Whether at least half of the files that a folder shares with a root, by their names, have the same bytes."""
    if root.is_file:
        return False
    known = ((folder / name, file) for name, file in root.files.items() if file.content and file.digests)
    shared = list(islice(((path, file) for path, file in known if path.is_file()), _MAX_COMPARED))
    same = sum(content_digest(path) == file.content for path, file in shared)
    return 0 < len(shared) <= 2 * same
