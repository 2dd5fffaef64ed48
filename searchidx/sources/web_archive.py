"""WARC and ARC: web archives, plain or gzipped, read record by record by warcio, however large.

What a server answered with a page, a text or a PDF is a member; requests, redirections, pictures and scripts hold no
articles. A member is called by the time of its capture and its address, as web archives do:
`crawl.warc.gz/20230201043300/https://…`. A record that is broken costs itself: the next one is looked for.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from searchidx.sources.compression import packing_of
from searchidx.sources.source_file import (
    MAX_FILE,
    Damaged,
    Skip,
    SourceFile,
    TooLarge,
    Unpacked,
)

SUFFIXES = (".warc", ".arc")

_OPENING = re.compile(rb"WARC/\d|filedesc://")
_MISSING = "it is a web archive: install searchidx[warc] to read it"
_BEGINS = re.compile(rb"\x1f\x8b\x08[\0-\x1f]|(?<=\n)(?:WARC/\d\.\d\r?\n|https?://\S+ \d+\.\d+\.\d+\.\d+ \d{14} )")
"""How a record begins, packed or not."""
_DOCUMENTS = re.compile(r"text/(?:html|plain|markdown)|application/(?:xhtml\+xml|pdf)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_CHARSET = re.compile(r"charset=[\"']?([\w.:\-]+)", re.IGNORECASE)
_BLOCK, _OVERLAP = 1 << 16, 512
_LONGEST_HEADER = 1 << 17
"""A record's headers are in so many bytes of the file, packed or not."""
_MOST_FAILURES = 100


def recognises(head: bytes) -> bool:
    """The first record begins here."""
    return _OPENING.match(head) is not None


def members(file: SourceFile) -> Iterator[SourceFile | Skip]:
    """What the records hold, in order."""
    try:
        import warcio
    except ImportError:
        yield Skip(file.name, _MISSING)
        return
    logging.getLogger(warcio.__name__).setLevel(logging.CRITICAL)
    with file.open() as stored:
        packing = packing_of(stored.peek(6))
        stream: Any = stored if file.opener is None and packing in ("", "gzip") else Unpacked(file)
        start: int | None = 0
        count = again = 0
        failures = 0  # in a row
        while start is not None:
            stream.seek(start)
            failed = start
            for found in _records(file, stream):
                if isinstance(found, _Broken):
                    if stream is stored and packing and _is_packed_whole(stored, found):
                        stream, failed, again = Unpacked(file), -1, count
                        break
                    if not failures:  # until a record is whole again, the first is told of
                        yield Skip(f"{file.name}@{found.at}", f"the record there is broken: {found.reason}")
                    failures, failed = failures + 1, max(found.at, start)
                    break
                failures = 0
                count += 1
                if again:
                    again -= 1
                elif found is not None:
                    yield found
                if stream is stored:
                    file.told(stream.tell())
            else:
                return
            if failures == _MOST_FAILURES:
                yield Skip(f"{file.name}@{failed}", f"{failures:,} records in a row are broken: the rest is not read")
                return
            start = _next_record(stream, failed + 1) if failed >= 0 else 0


class _Bounded:
    """A stream of which only so many bytes can be read, where that is said: a header has an end."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.tell = stream.tell
        self.left: int | None = None

    def read(self, size: int) -> bytes:
        """So many bytes, or what is left."""
        data: bytes = self._stream.read(size)
        if self.left is not None and (left := self.left - len(data)) < 0:
            raise ValueError("its header is too long")
        self.left = None if self.left is None else left
        return data


@dataclass(frozen=True, slots=True)
class _Broken:
    """A record that cannot be read: its byte, and why."""

    at: int
    reason: str


def _is_packed_whole(stored: Any, broken: _Broken) -> bool:
    """Whether a file was packed as one and not record by record, which is how it should be."""
    return "non-chunked gzip" in broken.reason or _next_record(stored, 1) is None


def _records(file: SourceFile, stream: Any) -> Iterator[SourceFile | Skip | _Broken | None]:
    """Of each record the document that it holds, None where it holds none; the last may be broken."""
    from warcio.archiveiterator import ArchiveIterator

    records = record = None
    at = 0
    bounded = _Bounded(stream)
    try:
        records = ArchiveIterator(bounded, arc2warc=True)
        while True:
            while record is not None and (block := record.raw_stream.read(_BLOCK)):
                file.budget.spend(file.path, len(block))
            warning = io.StringIO()
            bounded.left = _LONGEST_HEADER
            with contextlib.redirect_stderr(warning):  # where warcio says what it came across
                record = next(records, None)
            bounded.left = None
            if record is None:
                return
            at = records.offset  # where it began: it moves on only with the next
            if warning.getvalue():
                yield Skip(f"{file.name}@{at}", "more follows the record there than its length says")
            yield _member(file, record, at)
    except (OSError, TooLarge, Damaged):
        raise
    except Exception as error:  # warcio raises what its parts do
        reason = " ".join(str(error).split()) or type(error).__name__
        yield _Broken(at if records is None else records.offset, reason[:80])


def _member(file: SourceFile, record: Any, at: int) -> SourceFile | Skip | _Broken | None:
    """The document that a record holds, where it holds one."""
    if not record.rec_type:
        return _Broken(at, "it does not say of what type it is")
    if record.rec_type not in ("response", "resource"):
        return None
    http = record.http_headers
    kind = (http if http is not None else record.rec_headers).get_header("Content-Type") or ""
    url = "".join((record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>").split())
    if not (_DOCUMENTS.match(kind) and _ADDRESS.match(url)):
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
        http.remove_header("Content-Encoding")  # warcio has no bound to what some bytes may stand for
    data = bytearray()
    stream = record.content_stream()
    while len(data) <= MAX_FILE and (block := stream.read(_BLOCK)):
        data += block
    if is_brotli:
        try:
            data = _unpacked_brotli(data)
        except ImportError:
            return Skip(place, "it is packed by brotli: install searchidx[warc] to read it")
    file.budget.spend(file.path, len(data))
    if len(data) > MAX_FILE:
        return Skip(place, f"it is larger than {MAX_FILE // 1024 // 1024} MB")
    while record.raw_stream.read(_BLOCK):
        pass  # behind the last chunk
    if getattr(record.raw_stream, "limit", 0) > 0:
        return _Broken(at, f"it is cut off, or shorter than it says ({name})")
    charset = _CHARSET.search(kind)
    return file.member(name, bytes(data), url, charset[1] if charset else None)


def _unpacked_brotli(data: bytearray) -> bytearray:
    """What a server packed by brotli, or too much of it; what was unpacked when it was saved stays as it is."""
    import brotli

    found = bytearray()
    unpacking = brotli.Decompressor()
    with contextlib.suppress(brotli.error):
        found += unpacking.process(data, output_buffer_limit=_BLOCK)
        while len(found) <= MAX_FILE and not unpacking.is_finished():
            if not (block := unpacking.process(b"", output_buffer_limit=_BLOCK)):
                break
            found += block
    return found or data


def _next_record(stream: Any, start: int) -> int | None:
    """Where, from some byte on, the next record seems to begin."""
    stream.seek(start)
    block = b""
    while more := stream.read(_BLOCK):
        block += more
        if match := _BEGINS.search(block):
            return int(stream.tell() - len(block) + match.start())
        block = block[-_OVERLAP:]
    return None
