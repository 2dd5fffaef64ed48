"""WARC and ARC: web archives of any size, plain or gzipped, read record by record by warcio.

A response that is a page, a text or a PDF is a member. Requests, redirections, pictures and scripts are passed over. A
member is named by the time of its capture and its address, as is usual for web archives:
`crawl.warc.gz/20230201043300/https://…`. After a broken record, the next one is searched for.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from searchidx.sources.byte_stream import DecompressedStream
from searchidx.sources.compression import DamagedDataError, detect_compression
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import MAX_FILE, SourceFile, TooLargeError, format_size

_FIRST_RECORD = re.compile(rb"WARC/\d|filedesc://")
_MISSING_PACKAGE = "it is a web archive: install searchidx[warc] to read it"
_RECORD_START = re.compile(
    rb"\x1f\x8b\x08[\0-\x1f]|(?<=\n)(?:WARC/\d\.\d\r?\n|https?://\S+ \d+\.\d+\.\d+\.\d+ \d{14} )"
)
"""The start of a record, compressed or not."""
_DOCUMENT_TYPES = re.compile(r"text/(?:html|plain|markdown)|application/(?:xhtml\+xml|pdf)", re.IGNORECASE)
_HTTP_URL = re.compile(r"https?://", re.IGNORECASE)
_CHARSET = re.compile(r"charset=[\"']?([\w.:\-]+)", re.IGNORECASE)
_BLOCK_SIZE, _OVERLAP = 1 << 16, 512
"""Bytes read at once, and bytes of overlap in the search for the start of a record."""
_MAX_HEADER = 1 << 17
"""Bytes of the file, compressed or not, that hold a record's headers."""
_MAX_HEADER_LINES = 1 << 20
"""Bytes of a record's headers after decompression."""
_READER_BLOCK_SIZE = 16384
"""Bytes that warcio reads at once."""
_MAX_FAILURES = 100
"""Broken records in a row, after which the rest of the file is not read."""


def recognises(head: bytes) -> bool:
    """Whether the first record of a web archive begins here."""
    return _FIRST_RECORD.match(head) is not None


def members(file: SourceFile) -> Iterator[SourceFile | Skip]:
    """The documents of the records, in order."""
    try:
        import warcio
    except ImportError:
        yield Skip(file.name, _MISSING_PACKAGE)
        return
    logging.getLogger(warcio.__name__).setLevel(logging.CRITICAL)
    with file.open() as stored:
        compression = detect_compression(stored.peek(6))
        is_direct = file.opener is None and compression in ("", "gzip")
        stream: Any = stored if is_direct else DecompressedStream(file)
        start: int | None = 0
        count = repeated = 0  # records read, and those to pass over after a restart
        failures = 0  # in a row
        while start is not None:
            stream.seek(start)
            failed = start
            for item in _read_records(file, stream):
                if isinstance(item, _BrokenRecord):
                    if stream is stored and compression and _is_compressed_whole(stored, item):
                        stream, failed, repeated = DecompressedStream(file), -1, count
                        break
                    if not failures:  # of broken records in a row, the first is named
                        yield Skip(f"{file.name}@{item.offset}", f"the record there is broken: {item.reason}")
                    failures, failed = failures + 1, max(item.offset, start)
                    break
                failures = 0
                count += 1
                if repeated:
                    repeated -= 1
                elif item is not None:
                    yield item
                if stream is stored:
                    file.report_progress(stream.tell())
            else:
                return
            if failures == _MAX_FAILURES:
                yield Skip(f"{file.name}@{failed}", f"{failures:,} records in a row are broken: the rest is skipped")
                return
            start = _find_record(stream, failed + 1) if failed >= 0 else 0


class _LimitedStream:
    """A stream that raises ValueError after `left` bytes, if that is not None: it bounds a record's header."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.tell = stream.tell
        self.left: int | None = None

    def read(self, size: int) -> bytes:
        """The next `size` bytes, or those that are left in the file."""
        data: bytes = self._stream.read(size)
        if self.left is not None and (left := self.left - len(data)) < 0:
            raise ValueError("its header is too long")
        self.left = None if self.left is None else left
        return data


def _header_reader(stream: _LimitedStream) -> Any:
    """The reader that warcio uses for a stream, which limits the lines of a header after decompression."""
    from warcio.bufferedreaders import DecompressingBufferedReader

    class HeaderReader(DecompressingBufferedReader):  # type: ignore[misc]
        """Raises ValueError after `left_of_lines` bytes of lines, if that is not None."""

        left_of_lines: int | None = None

        def readline(self, length: int | None = None) -> bytes:
            line: bytes = super().readline(length)
            if self.left_of_lines is not None:
                self.left_of_lines -= len(line)
                if self.left_of_lines < 0:
                    raise ValueError("its header is too long")
            return line

    return HeaderReader(stream, block_size=_READER_BLOCK_SIZE)


@dataclass(frozen=True, slots=True)
class _BrokenRecord:
    """A record that cannot be read: its offset in bytes, and the reason."""

    offset: int
    reason: str


def _is_compressed_whole(stored: Any, broken: _BrokenRecord) -> bool:
    """Whether a file is compressed as a whole, not record by record as the standard asks."""
    return "non-chunked gzip" in broken.reason or _find_record(stored, 1) is None


def _read_records(file: SourceFile, stream: Any) -> Iterator[SourceFile | Skip | _BrokenRecord | None]:
    """The document of each record, None for a record without one; ends after a broken record."""
    from warcio.archiveiterator import ArchiveIterator

    records = record = None
    offset = 0
    limited = _LimitedStream(stream)
    try:
        records = ArchiveIterator(limited, arc2warc=True)
        records.reader = reader = _header_reader(limited)
        while True:
            while record is not None and (block := record.raw_stream.read(_BLOCK_SIZE)):
                file.budget.spend(file.path, len(block))
            if record is not None and getattr(record.raw_stream, "limit", 0) > 0:
                yield _BrokenRecord(offset, "it is cut off, or shorter than its stated length")
            warning = io.StringIO()
            limited.left = _MAX_HEADER
            reader.left_of_lines = _MAX_HEADER_LINES
            with contextlib.redirect_stderr(warning):  # warcio writes warnings there
                record = next(records, None)
            limited.left = reader.left_of_lines = None
            if record is None:
                if _has_rest(stream, records.offset):
                    yield _BrokenRecord(records.offset, "it is cut off within its header")
                return
            offset = records.offset  # the start of the record, until the next one is read
            if warning.getvalue():
                yield Skip(f"{file.name}@{offset}", "the record there is longer than its stated length")
            yield _member(file, record, offset)
    except (OSError, TooLargeError, DamagedDataError):
        raise
    except Exception as error:  # warcio raises many types for damaged files
        reason = " ".join(str(error).split()) or type(error).__name__
        yield _BrokenRecord(offset if records is None else records.offset, reason[:80])


def _has_rest(stream: Any, offset: int) -> bool:
    """Whether anything but blanks follows the last record that could be read."""
    if stream.tell() <= offset:
        return False
    stream.seek(offset)
    return bool(stream.read(_OVERLAP).strip(b"\0\r\n\t "))


def _member(file: SourceFile, record: Any, offset: int) -> SourceFile | Skip | _BrokenRecord | None:
    """The document of a record, if it has one."""
    if not record.rec_type:
        return _BrokenRecord(offset, "it does not state its type")
    if record.rec_type not in ("response", "resource"):
        return None
    http = record.http_headers
    kind = (http if http is not None else record.rec_headers).get_header("Content-Type") or ""
    url = "".join((record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>").split())
    if not (_DOCUMENT_TYPES.match(kind) and _HTTP_URL.match(url)):
        return None
    time = re.sub(r"\D", "", record.rec_headers.get_header("WARC-Date") or "")[:14]
    name = "/".join(filter(None, (time, url)))
    place = f"{file.name}/{name}"
    status = (http.get_statuscode() or "") if http is not None else "200"
    if status[:1] == "3":
        return None
    if status != "200":
        return Skip(place, f"the server answered {status[:3]}", damaged=False)
    is_brotli = http is not None and (http.get_header("Content-Encoding") or "").lower() == "br"
    if is_brotli:
        http.remove_header("Content-Encoding")  # warcio decompresses brotli without a limit
    data = bytearray()
    stream = record.content_stream()
    while len(data) <= MAX_FILE and (block := stream.read(_BLOCK_SIZE)):
        data += block
    if is_brotli:
        try:
            data = _decompress_brotli(data)
        except ImportError:
            return Skip(place, "it is compressed by brotli: install searchidx[warc] to read it")
    file.budget.spend(file.path, len(data))
    if len(data) > MAX_FILE:
        return Skip(place, f"it is larger than {format_size(MAX_FILE)}")
    while record.raw_stream.read(_BLOCK_SIZE):
        pass  # data after the last chunk
    if getattr(record.raw_stream, "limit", 0) > 0:
        return _BrokenRecord(offset, f"it is cut off, or shorter than its stated length ({name})")
    charset = _CHARSET.search(kind)
    return file.member(name, bytes(data), url, charset[1] if charset else None, captured=_as_moment(time))


def _as_moment(time: str) -> str:
    """The 14 digits of a time as ISO 8601; empty if they are no time."""
    with contextlib.suppress(ValueError):
        return dt.datetime.strptime(time, "%Y%m%d%H%M%S").strftime("%Y-%m-%dT%H:%M:%SZ")
    return ""


def _decompress_brotli(data: bytearray) -> bytearray:
    """Decompress brotli, up to just above `MAX_FILE`. Data that a crawler had already decompressed are returned."""
    import brotli

    result = bytearray()
    decompressor = brotli.Decompressor()
    with contextlib.suppress(brotli.error):
        result += decompressor.process(data, output_buffer_limit=_BLOCK_SIZE)
        while len(result) <= MAX_FILE and not decompressor.is_finished():
            if not (block := decompressor.process(b"", output_buffer_limit=_BLOCK_SIZE)):
                break
            result += block
    return result or data


def _find_record(stream: Any, start: int) -> int | None:
    """The offset of the next record at or after `start`, judged by its first bytes."""
    stream.seek(start)
    block = b""
    while more := stream.read(_BLOCK_SIZE):
        block += more
        if match := _RECORD_START.search(block):
            return int(stream.tell() - len(block) + match.start())
        block = block[-_OVERLAP:]
    return None
