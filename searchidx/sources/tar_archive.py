"""Tar, compressed or not: files of any other format, read from start to end, whatever their size.

Only regular files are read: links and devices have no content in the archive. Nothing is written to disk.
"""

from __future__ import annotations

import contextlib
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO, cast

from searchidx.sources.byte_stream import DecompressedStream, FileSlice
from searchidx.sources.compression import DamagedDataError
from searchidx.sources.file_tree import ArchiveTree
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import MAX_FILE, SourceFile, format_size, is_ignored, is_outside

_MAGIC, _MAGIC_OFFSET = b"ustar", 257
_EXTENDED_TYPES = (
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
)  # fmt: skip
_MAX_EXTENDED_HEADER = 1 << 20
"""Bytes of an extended header. tarfile reads it whole, and its length field may be wrong."""


def recognises(head: bytes) -> bool:
    """Whether the header of a member begins here."""
    return head[_MAGIC_OFFSET : _MAGIC_OFFSET + len(_MAGIC)] == _MAGIC


def members(file: SourceFile) -> Iterator[SourceFile | Skip]:
    """The files of the archive, in order."""
    header_errors: list[Exception] = []
    header = _header_class(header_errors)
    tree = _open_tree(file)
    try:
        with tarfile.open(fileobj=cast(Any, DecompressedStream(file)), mode="r|", tarinfo=header) as archive:
            while (info := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # it would keep every header
                if not (info.isdir() or is_ignored(info.name)):
                    yield _member(file, archive, info, tree)
    except (tarfile.TarError, EOFError, DamagedDataError, ValueError, OverflowError, LookupError) as error:
        yield Skip(file.name, f"the archive is damaged or cut off: {error}")
        return
    if not (header_errors and isinstance(header_errors[-1], tarfile.EOFHeaderError)):  # type: ignore[attr-defined]
        yield Skip(file.name, "the archive is damaged or cut off")


def _header_class(header_errors: list[Exception]) -> type[tarfile.TarInfo]:
    """A class of headers that limits their length and appends to a list why one was invalid."""

    class Header(tarfile.TarInfo):
        """A header that records why the last one was invalid: tarfile takes damage for the end."""

        @classmethod
        def frombuf(cls, buf: Any, encoding: Any, errors: Any) -> Any:
            info = super().frombuf(buf, encoding, errors)
            if info.type in _EXTENDED_TYPES and info.size > _MAX_EXTENDED_HEADER:
                raise tarfile.ReadError(f"a header states a length of {info.size:,} bytes")
            return info

        @classmethod
        def fromtarfile(cls, tarfile_: Any) -> Any:
            try:
                return super().fromtarfile(tarfile_)
            except tarfile.HeaderError as error:
                header_errors.append(error)
                raise

    return Header


def _open_tree(file: SourceFile) -> ArchiveTree:
    """The members by name, for formats that spread over several: listed by one more pass, when they are needed.

    Members are read by a stream of their own. It moves forward as long as members are asked for in their order.
    """
    whole = replace(file, on_bytes=None, budget=file.budget.renew())
    places: dict[str, tuple[int, int]] = {}
    streams: list[DecompressedStream] = []
    header = _header_class([])

    def list_names() -> Iterator[str]:
        with (
            contextlib.suppress(tarfile.TarError, EOFError, DamagedDataError, ValueError, OverflowError, LookupError),
            tarfile.open(fileobj=cast(Any, DecompressedStream(whole)), mode="r|", tarinfo=header) as archive,
        ):
            while (info := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]
                name = info.name.removeprefix("./")
                if info.isfile() and not (info.issparse() or is_outside(info.name) or is_ignored(name)):
                    places[name] = info.offset_data, info.size
                    yield name

    def open_member(name: str) -> SourceFile:
        start, size = places[name]
        if size > MAX_FILE:
            raise DamagedDataError(f"it is larger than {format_size(MAX_FILE)}")
        if not streams or start < streams[0].tell():
            streams[:] = [DecompressedStream(replace(whole, budget=file.budget.renew()))]
        streams[0].seek(start)
        return file.member(name, streams[0].read(size))

    return ArchiveTree(list_names, open_member)


def _member(file: SourceFile, archive: tarfile.TarFile, info: tarfile.TarInfo, tree: ArchiveTree) -> SourceFile | Skip:
    place = f"{file.name}/{info.name}"
    if is_outside(info.name):
        return Skip(place, "its name leads out of the archive", damaged=False)
    if not info.isfile():
        return Skip(place, "it is a link or a device, not a file", damaged=False)
    if info.size > MAX_FILE and info.issparse():
        return Skip(place, f"it is larger than {format_size(MAX_FILE)}")
    if info.size > MAX_FILE:
        start, size = info.offset_data, info.size
        whole = replace(file, on_bytes=None)
        return file.member(
            info.name.removeprefix("./"),
            None,
            opener=lambda: cast(BinaryIO, FileSlice(replace(whole, budget=file.budget.renew()), start, size)),
            tree=tree,
        )
    member = archive.extractfile(info)
    data = b"" if member is None else member.read()
    return file.member(info.name.removeprefix("./"), data, tree=tree)
