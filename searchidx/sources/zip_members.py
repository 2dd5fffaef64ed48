"""Read the members of a document that is a ZIP file, such as OpenDocument and EPUB, within limits."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from searchidx.sources.compression import DamagedDataError
from searchidx.sources.source_file import MAX_FILE, SourceFile, TooLargeError, format_size
from searchidx.sources.zip_archive import DAMAGE_ERRORS

_ENCRYPTED_FLAG = 1


class ZipMembers:
    """The members of an open document."""

    def __init__(self, file: SourceFile, archive: zipfile.ZipFile) -> None:
        self._file = file
        self._archive = archive
        self.names = frozenset(archive.namelist())

    def read(self, name: str) -> bytes:
        """The content of a member; empty if there is none.

        Raises `TooLargeError` above `MAX_FILE`, ValueError for an encrypted one, and `DamagedDataError`.
        """
        if name not in self.names:
            return b""
        try:
            if self._archive.getinfo(name).flag_bits & _ENCRYPTED_FLAG:
                raise ValueError("it is encrypted: remove the password to read it")
            with self._archive.open(name) as member:
                data = member.read(MAX_FILE + 1)
        except DAMAGE_ERRORS as error:
            if isinstance(error, ValueError):
                raise
            raise DamagedDataError(f"{name} cannot be decompressed: {error}") from None
        self._file.budget.spend(self._file.path, len(data))
        if len(data) > MAX_FILE:
            raise TooLargeError(f"{name} in it is larger than {format_size(MAX_FILE)}")
        return data


def head_holds(head: bytes, kind: bytes) -> bool:
    """Whether a ZIP with these first bytes states this media type in its first member, `mimetype`."""
    return head[:4] == b"PK\x03\x04" and head[30:38] == b"mimetype" and kind in head[38:120]


@contextmanager
def open_members(file: SourceFile) -> Iterator[ZipMembers]:
    """Open a document; raises `DamagedDataError` if it is no ZIP file."""
    try:
        with file.open() as stream:
            archive = zipfile.ZipFile(BytesIO(file.read()) if file.opener is not None else stream)
            with archive:
                yield ZipMembers(file, archive)
    except DAMAGE_ERRORS as error:
        if isinstance(error, ValueError):
            raise
        raise DamagedDataError(f"the document is damaged or cut off: {error}") from None
