r"""The lines of an RTF file: `{\rtf1\ansi …\par …}`.

Control words are read as far as they matter for text: paragraphs, characters in the code page of their font, Unicode
(`\u8217?`), bold, bookmarks, fields with a hyperlink, and destinations, whose text is no part of the document.
https://www.microsoft.com/en-us/download/details.aspx?id=10725
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from searchidx.sources.source_file import TooLargeError
from searchidx.sources.text_lines import PAGE_BREAK, TextLine

_TOKEN = re.compile(rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.I)
_MAX_DEPTH = 1_000
"""Groups within each other."""
_MAX_LINE = 1 << 22
"""Characters of a line."""
_IGNORED = frozenset(
    "fonttbl colortbl stylesheet listtable listoverridetable info pict object header headerl headerr headerf footer "
    "footerl footerr footerf footnote annotation xmlnstbl themedata colorschememapping datastore latentstyles "
    "generator fldinst nonshppict shppict bkmkend listtext pntext pntxta pntxtb revtbl rsidtbl template filetbl "
    "atnid atnauthor atnref do txe xe tc panose falt userprops objdata blipuid".split()
)
"""Destinations without text of the document. Others that are marked by an asterisk are ignored as well."""
_CHARACTERS = {
    "tab": " ", "line": "\n", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•",
    "endash": "–", "emdash": "—", "emspace": " ", "enspace": " ", "qmspace": " ",
}  # fmt: skip
_SYMBOLS = {b"~": "\xa0", b"_": "-", b"-": "", b"*": "", b"\r": "\n", b"\n": "\n"}
_CHARSETS = {
    0: "cp1252", 77: "mac-roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5hkscs",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250",
}  # fmt: skip
"""The code page of `\\fcharset`."""
_HYPERLINK = re.compile(r'HYPERLINK\s+(?:\\l\s+)?"?([^"\s]+)')


@dataclass(frozen=True, slots=True)
class _State:
    r"""What a group inherits: the destination (text, ignored, bookmark, field, fonts), font, bold and `\\uc`."""

    destination: str = "text"
    font: int = -1
    is_bold: bool = False
    skip: int = 1
    in_table: bool = False


def is_rtf(head: bytes) -> bool:
    """Whether an RTF file begins here."""
    return head.lstrip()[:5] == b"{\\rtf"


def read_lines(data: bytes) -> Iterator[TextLine]:
    """The lines of the document; raises `TooLargeError` above a limit."""
    return _RtfReader().read(data)


class _RtfReader:
    """The state of reading: the groups around the place, and the line at hand."""

    def __init__(self) -> None:
        self._state = _State()
        self._stack: list[_State] = []
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._default = "cp1252"
        self._skip = 0
        self._bytes = b""
        self._is_starred = False
        self._special = ""  # the text of a bookmark's name or of a field's code
        self._begin()

    def _begin(self) -> None:
        self._pieces: list[str] = []
        self._size = 0
        self._bookmarks: list[str] = []
        self._has_bold = self._has_plain = False
        self._link = ""

    def read(self, data: bytes) -> Iterator[TextLine]:
        """The lines of the data."""
        for match in _TOKEN.finditer(data):
            word, number, code, symbol, brace, text = match.groups()
            if text is not None:
                self._add_bytes(text)
            elif code is not None:
                self._add_bytes(bytes((int(code, 16),)))
            elif brace == b"{":
                self._flush_bytes()
                if len(self._stack) >= _MAX_DEPTH:
                    raise TooLargeError(f"its groups are nested in more than {_MAX_DEPTH} others")
                self._stack.append(self._state)
            elif brace is not None:
                self._end_group()
            elif symbol is not None:
                self._flush_bytes()
                self._is_starred = symbol == b"*"
                self._add(_SYMBOLS.get(symbol, symbol.decode("latin-1") if symbol in b"\\{}" else ""))
            elif word is not None:
                self._flush_bytes()
                name = word.decode().lower()
                if name in ("par", "sect", "page", "row", "cell") and self._state.destination == "text":
                    yield self._end_line()
                    if name in ("sect", "page"):
                        yield TextLine(PAGE_BREAK)
                self._control(name, None if number is None else int(number))
        self._flush_bytes()
        yield self._end_line()

    def _end_line(self) -> TextLine:
        text = "".join(self._pieces)
        is_bold = self._has_bold and not self._has_plain
        line = TextLine(text, tuple(self._bookmarks), is_bold, self._link, None, self._state.in_table)
        self._begin()
        return line

    def _end_group(self) -> None:
        self._flush_bytes()
        inner = self._state
        self._state = self._stack.pop() if self._stack else _State()
        if inner.destination != self._state.destination:
            if inner.destination == "bookmark":
                self._bookmarks.append(self._special.strip())
            elif inner.destination == "field" and (match := _HYPERLINK.search(self._special)):
                self._link = self._link or match[1]
            self._special = ""

    def _control(self, name: str, number: int | None) -> None:
        state = self._state
        is_starred, self._is_starred = self._is_starred, False
        if name == "bkmkstart":
            self._set(destination="bookmark")
        elif name == "fldinst":
            self._set(destination="field")
        elif name == "fonttbl":
            self._set(destination="fonts")
        elif name in _IGNORED or is_starred:
            self._set(destination="ignored")
        elif name == "u" and number is not None:
            self._add_unicode(number % 65_536)
            self._skip = state.skip
        elif name == "uc":
            self._set(skip=max(0, min(number or 0, 8)))
        elif name in _CHARACTERS:
            self._add(_CHARACTERS[name])
        elif name == "b":
            self._set(is_bold=number != 0)
        elif name == "plain":
            self._set(is_bold=False)
        elif name in ("f", "af", "hich", "loch", "dbch") and name == "f":
            self._font = number or 0
            self._set(font=self._font)
        elif name == "fcharset" and state.destination == "fonts":
            self._fonts[self._font] = _CHARSETS.get(number or 0, "cp1252")
        elif name == "ansicpg" and number:
            self._default = _codec(number)
        elif name == "pard":
            self._set(in_table=False)
        elif name == "intbl":
            self._set(in_table=True)
        elif name == "bin" and number:
            self._set(destination="ignored")

    def _set(self, **changes: object) -> None:
        self._state = replace(self._state, **changes)  # type: ignore[arg-type]

    def _add_bytes(self, data: bytes) -> None:
        if self._skip:  # the characters that stand for a Unicode character in old readers
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        self._bytes += data

    def _flush_bytes(self) -> None:
        if self._bytes:
            data, self._bytes = self._bytes, b""
            encoding = self._fonts.get(self._state.font, self._default) if not data.isascii() else "ascii"
            self._add(data.decode(self._default if encoding == "cp1252" else encoding, errors="replace"))

    def _add_unicode(self, number: int) -> None:
        if 0xD800 <= number < 0xDC00:
            self._high = number
        elif 0xDC00 <= number < 0xE000:
            high = getattr(self, "_high", 0xD83D)
            self._add(chr(0x10000 + (high - 0xD800) * 0x400 + number - 0xDC00))
        else:
            self._add(chr(number))

    def _add(self, text: str) -> None:
        destination = self._state.destination
        if destination in ("bookmark", "field"):
            if len(self._special) < 10_000:
                self._special += text
        elif destination == "text" and text:
            self._size += len(text)
            if self._size > _MAX_LINE:
                raise TooLargeError(f"a paragraph is longer than {_MAX_LINE:,} characters")
            self._pieces.append(text)
            if text.strip():
                self._has_bold |= self._state.is_bold
                self._has_plain |= not self._state.is_bold


def _codec(number: int) -> str:
    """The codec of a code page; that of Western Europe for an unknown one."""
    if number == 65_001:
        return "utf-8"
    try:
        return codecs.lookup(f"cp{number}").name
    except LookupError:
        return {10_000: "mac-roman", 936: "gb18030", 950: "big5hkscs"}.get(number, "cp1252")
