"""Write and read the files of tests."""

from __future__ import annotations

from pathlib import Path

from searchidx import Article
from searchidx.sources import Skip, SourceFile, read_file

Item = Article | Skip


def write_source(folder: Path, name: str, data: str | bytes) -> Path:
    """Write a file; text is UTF-8."""
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read_path(path: Path, url: str | None = None) -> list[Item]:
    """The articles and skips of a file on disk."""
    return list(read_file(SourceFile(path, path.name, url)))


def read_source(folder: Path, data: str | bytes, name: str, url: str | None = None) -> list[Item]:
    """The articles and skips of a file with this content."""
    return read_path(write_source(folder, name, data), url)
