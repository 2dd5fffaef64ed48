"""Tar, packed or not: folders of files of any other format, read from front to end, however large.

Only plain files are read: a link or a device says nothing that the archive itself holds. Nothing is ever written.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO, cast

from searchidx.sources.source_file import (
    MAX_FILE,
    Budget,
    Damaged,
    Part,
    Skip,
    SourceFile,
    Unpacked,
    is_ignored,
    is_outside,
)

SUFFIXES = (".tar", ".tgz", ".tbz2", ".txz", ".tzst")

_MAGIC, _AT = b"ustar", 257
_EXTENDED = (
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
)  # fmt: skip
_LONGEST_HEADER = 1 << 20
"""Headers of these types are read whole, whatever they say is their length."""


def recognises(head: bytes) -> bool:
    """The header of a member begins here."""
    return head[_AT : _AT + len(_MAGIC)] == _MAGIC


def members(file: SourceFile) -> Iterator[SourceFile | Skip]:
    """The files of the archive, in order."""
    end: list[Exception] = []

    class Member(tarfile.TarInfo):
        """A header that remembers how the last one was no header: `tarfile` takes damage for the end."""

        @classmethod
        def frombuf(cls, buf: Any, encoding: Any, errors: Any) -> Any:
            info = super().frombuf(buf, encoding, errors)
            if info.type in _EXTENDED and info.size > _LONGEST_HEADER:
                raise tarfile.ReadError(f"a header is said to be {info.size:,} bytes long")
            return info

        @classmethod
        def fromtarfile(cls, tarfile_: Any) -> Any:
            try:
                return super().fromtarfile(tarfile_)
            except tarfile.HeaderError as error:
                end.append(error)
                raise

    try:
        with tarfile.open(fileobj=cast(Any, Unpacked(file)), mode="r|", tarinfo=Member) as archive:
            while (info := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # which would keep every header that was read
                if not (info.isdir() or is_ignored(info.name)):
                    yield _member(file, archive, info)
    except (tarfile.TarError, EOFError, Damaged, ValueError, OverflowError, LookupError) as error:
        yield Skip(file.name, f"the archive is damaged or cut off: {error}")
        return
    if not (end and isinstance(end[-1], tarfile.EOFHeaderError)):  # type: ignore[attr-defined]
        yield Skip(file.name, "the archive is damaged or cut off")


def _member(file: SourceFile, archive: tarfile.TarFile, info: tarfile.TarInfo) -> SourceFile | Skip:
    place = f"{file.name}/{info.name}"
    if is_outside(info.name):
        return Skip(place, "its name leads out of the archive", damaged=False)
    if not info.isfile():
        return Skip(place, "it is a link or a device, not a file", damaged=False)
    if info.size > MAX_FILE and info.issparse():
        return Skip(place, f"it is larger than {MAX_FILE // 1024 // 1024} MB")
    if info.size > MAX_FILE:
        start, size = info.offset_data, info.size
        whole = replace(file, on_bytes=None)
        return file.member(
            info.name.removeprefix("./"),
            None,
            opener=lambda: cast(BinaryIO, Part(replace(whole, budget=Budget()), start, size)),
        )
    member = archive.extractfile(info)
    data = b"" if member is None else member.read()
    return file.member(info.name.removeprefix("./"), data)
