"""ZIP: folders of files of any other format.

Members are read one at a time into memory, and nothing is ever written, wherever a name says that it should be.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO, RawIOBase
from typing import IO, Any, BinaryIO, cast

from searchidx.sources.source_file import (
    MAX_FILE,
    Damaged,
    Skip,
    SourceFile,
    is_ignored,
    is_outside,
)

SUFFIXES = (".zip",)

_OFFICE = {"[Content_Types].xml": "an Office document", "mimetype": "a book or an OpenDocument file"}
_ENCRYPTED = 1
_DAMAGE = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, LookupError, OverflowError,
    struct.error, zlib.error,
)  # fmt: skip
"""What zipfile and the unpackers beneath it raise of data that are none."""


def recognises(head: bytes) -> bool:
    """A member's header begins here, or that of an archive without any."""
    return head[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def members(file: SourceFile) -> Iterator[SourceFile | Skip]:
    """The files of the archive, in order."""
    if file.opener is not None:
        yield Skip(file.name, f"it is larger than {MAX_FILE // 1024 // 1024} MB")  # its index stands at its end
        return
    try:
        with file.open() as stream, zipfile.ZipFile(stream) as archive:
            infos = archive.infolist()
            if infos and infos[0].filename in _OFFICE:
                reason = f"it is {_OFFICE[infos[0].filename]}, which is not read: save it as text, HTML or PDF"
                yield Skip(file.name, reason, damaged=False)
                return
            for info in infos:
                if not (info.filename.endswith("/") or is_ignored(info.filename)):
                    yield _member(file, archive, info)
                file.told(stream.tell())
    except _DAMAGE as error:
        yield Skip(file.name, f"the archive is damaged or cut off: {error}")


def _member(file: SourceFile, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> SourceFile | Skip:
    place = f"{file.name}/{info.filename}"
    if is_outside(info.filename):
        return Skip(place, "its name leads out of the archive", damaged=False)
    if info.flag_bits & _ENCRYPTED:
        return Skip(place, "it is encrypted", damaged=False)
    large = file.member(info.filename, None, opener=lambda: _opened(file, info))
    if info.file_size > MAX_FILE:
        return large
    try:
        with archive.open(info) as member:
            data = member.read(MAX_FILE + 1)  # whatever the header says
    except (*_DAMAGE, OSError) as error:
        return Skip(place, f"it cannot be unpacked: {error}")
    file.budget.spend(file.path, len(data))
    return large if len(data) > MAX_FILE else file.member(info.filename, data)


def _opened(file: SourceFile, info: zipfile.ZipInfo) -> BinaryIO:
    """A member by itself: whoever reads it may do so when the archive has long been closed."""
    try:
        with zipfile.ZipFile(file.path if file.data is None else BytesIO(file.data)) as archive:
            return cast(BinaryIO, _Member(archive.open(info)))
    except _DAMAGE as error:
        raise Damaged(f"it cannot be unpacked: {error}") from None


class _Member(RawIOBase):
    """A member's bytes; what zipfile raises of them is `Damaged`."""

    def __init__(self, member: IO[bytes]) -> None:
        self._member = member

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._member.read(len(buffer))
        except _DAMAGE as error:
            raise Damaged(f"it cannot be unpacked: {error}") from None
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._member.close()
        super().close()
