"""mbox: a mailbox of mails, each after a line that begins with `From `."""

from __future__ import annotations

import re
from collections.abc import Iterator

from searchidx.sources.compression import DamagedDataError
from searchidx.sources.skip import Skip, skip_unreadable
from searchidx.sources.source_file import MAX_FILE, SourceFile, TooLargeError, format_size

_FROM = re.compile(rb"From .*\d\d:\d\d")
_QUOTED_FROM = re.compile(rb">+From ")


def recognises(head: bytes) -> bool:
    """Whether a `From ` line and a mail's header begin here."""
    line, _, rest = head.partition(b"\n")
    return _FROM.match(line) is not None and re.match(rb">?[!-9;-~]+:", rest) is not None


def members(file: SourceFile) -> Iterator[SourceFile | Skip]:
    """The mails, in order, named by their numbers."""
    lines: list[bytes] = []
    number = size = 0
    is_blank = True
    damage: Skip | None = None
    try:
        for line in file.lines():
            if is_blank and _FROM.match(line):
                if number:
                    yield _member(file, number, lines, size)
                lines, size = [], 0
                number += 1
            elif size <= MAX_FILE:
                lines.append(line[1:] if _QUOTED_FROM.match(line) else line)
                size += len(line) + 1
            is_blank = not line.strip()
    except (DamagedDataError, TooLargeError) as error:
        damage = skip_unreadable(f"{file.name}/{number + 1}", error)
    if number:
        yield _member(file, number, lines, size)
    if damage is not None:
        yield damage


def _member(file: SourceFile, number: int, lines: list[bytes], size: int) -> SourceFile | Skip:
    if size > MAX_FILE:
        return Skip(f"{file.name}/{number}", f"the mail is larger than {format_size(MAX_FILE)}")
    return file.member(f"{number}.eml", b"\n".join(lines))
