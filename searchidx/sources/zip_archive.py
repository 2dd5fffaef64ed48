"""ZIP: files of any other format, read one at a time into memory. Nothing is written to disk."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO, RawIOBase
from typing import IO, Any, BinaryIO, cast

from searchidx.sources.compression import DamagedDataError
from searchidx.sources.file_tree import ArchiveTree
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import MAX_FILE, SourceFile, format_size, is_ignored, is_in_page_folder, is_outside

_OFFICE = {"[Content_Types].xml": "an Office document", "mimetype": "an OpenDocument spreadsheet or presentation"}
_ENCRYPTED_FLAG = 1
_WACZ_RECORDS = re.compile(r"archive/.*\.warc(?:\.gz)?|.*\.wacz", re.IGNORECASE)
"""The members of a WACZ file that hold pages. https://specs.webrecorder.net/wacz/1.1.1/"""
DAMAGE_ERRORS = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, LookupError, OverflowError,
    struct.error, zlib.error,
)  # fmt: skip
"""Exceptions of zipfile and its decompressors for damaged data."""


def recognises(head: bytes) -> bool:
    """Whether a member's header begins here, or the end record of an empty archive."""
    return head[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def members(file: SourceFile) -> Iterator[SourceFile | Skip]:
    """The files of the archive, in order."""
    if file.opener is not None:
        yield Skip(file.name, f"it is larger than {format_size(MAX_FILE)}")  # its directory is at its end
        return
    try:
        with file.open() as stream, zipfile.ZipFile(stream) as archive:
            infos = archive.infolist()
            if infos and infos[0].filename in _OFFICE:
                reason = f"it is {_OFFICE[infos[0].filename]}, which is not supported: save it as text, HTML or PDF"
                yield Skip(file.name, reason, damaged=False)
                return
            tree = _open_tree(file, infos)
            names = {info.filename for info in infos}
            for info in _without_indexes(infos):
                is_left_out = is_ignored(info.filename) or is_in_page_folder(info.filename, names)
                if not (info.filename.endswith("/") or is_left_out):
                    yield _member(file, archive, info, tree)
                file.report_progress(stream.tell())
    except DAMAGE_ERRORS as error:
        yield Skip(file.name, f"the archive is damaged or cut off: {error}")


def _without_indexes(infos: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The members to read. Of a web archive in the WACZ format these are its WARC files, not its lists of pages."""
    records = [info for info in infos if _WACZ_RECORDS.fullmatch(info.filename)]
    is_wacz = bool(records) and any(info.filename == "datapackage.json" for info in infos)
    return records if is_wacz else infos


def _open_tree(file: SourceFile, infos: list[zipfile.ZipInfo]) -> ArchiveTree:
    """The members by name, for formats that spread over several. The archive is opened once more, when it is needed."""
    by_name = {info.filename: info for info in infos}
    opened: list[zipfile.ZipFile] = []

    def open_member(name: str) -> SourceFile:
        try:
            if not opened:
                opened.append(zipfile.ZipFile(file.path if file.data is None else BytesIO(file.data)))
            member = _member(file, opened[0], by_name[name], None)
        except DAMAGE_ERRORS as error:
            raise DamagedDataError(f"it cannot be decompressed: {error}") from None
        if isinstance(member, Skip):
            raise DamagedDataError(member.reason)
        return member

    return ArchiveTree(lambda: (name for name in by_name if not (name.endswith("/") or is_ignored(name))), open_member)


def _member(
    file: SourceFile, archive: zipfile.ZipFile, info: zipfile.ZipInfo, tree: ArchiveTree | None
) -> SourceFile | Skip:
    place = f"{file.name}/{info.filename}"
    if is_outside(info.filename):
        return Skip(place, "its name leads out of the archive", damaged=False)
    if info.flag_bits & _ENCRYPTED_FLAG:
        return Skip(place, "it is encrypted", damaged=False)
    large = file.member(info.filename, None, opener=lambda: _open_member(file, info), tree=tree)
    if info.file_size > MAX_FILE:
        return large
    try:
        with archive.open(info) as member:
            data = member.read(MAX_FILE + 1)  # the size in the header may be wrong
    except (*DAMAGE_ERRORS, OSError) as error:
        return Skip(place, f"it cannot be decompressed: {error}")
    file.budget.spend(file.path, len(data))
    return large if len(data) > MAX_FILE else file.member(info.filename, data, tree=tree)


def _open_member(file: SourceFile, info: zipfile.ZipInfo) -> BinaryIO:
    """Open a member alone, so that it can be read after the archive is closed."""
    try:
        with zipfile.ZipFile(file.path if file.data is None else BytesIO(file.data)) as archive:
            return cast(BinaryIO, _ZipMember(archive.open(info)))
    except DAMAGE_ERRORS as error:
        raise DamagedDataError(f"it cannot be decompressed: {error}") from None


class _ZipMember(RawIOBase):
    """A member's bytes. Damage raises `DamagedDataError`."""

    def __init__(self, member: IO[bytes]) -> None:
        self._member = member

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._member.read(len(buffer))
        except DAMAGE_ERRORS as error:
            raise DamagedDataError(f"it cannot be decompressed: {error}") from None
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._member.close()
        super().close()
