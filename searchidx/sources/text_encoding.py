"""Decode bytes whose encoding is declared, missing or wrong, and repair text that was decoded wrongly before.

The rules are those of every format. A byte order mark decides, then the escapes of a 7-bit encoding. Valid UTF-8 is
UTF-8, whatever is declared. Otherwise the declared encoding is used, as browsers do
(https://encoding.spec.whatwg.org/). If it gives no words, the encoding is detected (`encoding_detection`).
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter

from searchidx.sources.encoding_detection import detect_encoding, detect_escapes

BINARY = "it is binary data, not text"
UTF8 = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8."""
_WIDE_MARKS = (
    (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
"""Byte order marks with their encodings; one of UTF-32 begins with one of UTF-16."""

_DECLARATION = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:\-]+)|<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:\-]+)", re.I
)
_MAX_DECLARATION_END = 4096
"""Bytes of a page that are searched for a declaration."""
_SUPERSETS = {
    **dict.fromkeys(
        ("ascii", "us-ascii", "ansi_x3.4-1968", "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1",
         "x-cp1252", "ansi"), "cp1252"),
    **dict.fromkeys(("iso-8859-9", "iso8859-9", "latin5", "x-cp1254"), "cp1254"),
    **dict.fromkeys(("iso-8859-11", "tis-620", "windows-874", "dos-874"), "cp874"),
    **dict.fromkeys(
        ("gb2312", "gbk", "x-gbk", "gb_2312-80", "gb_2312", "csgb2312", "chinese", "cn-gb", "euc-cn", "cp936"),
        "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "cn-big5", "csbig5", "x-x-big5", "big-5"), "big5hkscs"),
    **dict.fromkeys(
        ("shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji", "csshiftjis", "windows-31j", "cp943c"), "cp932"),
    **dict.fromkeys(
        ("euc-kr", "euckr", "ks_c_5601-1987", "ks_c_5601-1989", "ksc5601", "ksc_5601", "korean", "cseuckr",
         "windows-949"), "cp949"),
    **dict.fromkeys(("euc-jp", "x-euc-jp", "eucjp"), "euc_jp"),
    **dict.fromkeys(("iso-2022-jp", "csiso2022jp", "jis"), "iso2022_jp_ext"),
    **dict.fromkeys(("x-mac-roman", "macintosh", "mac"), "mac-roman"),
    "x-mac-cyrillic": "mac_cyrillic", "x-mac-ce": "mac_latin2", "iso-8859-8-i": "iso-8859-8", "logical": "iso-8859-8",
    "koi8-ru": "koi8-u", "koi": "koi8-r", "koi8": "koi8-r", "dos-866": "cp866", "hz-gb-2312": "hz",
    "unicode": "utf-16", "utf8mb4": "utf-8",
}  # fmt: skip
"""The codec used for a declared encoding: a superset of it, as browsers choose it."""
_CONTROLS = bytes((*range(9), *range(14, 32)))
_MIN_PER_ERROR = 200
"""Characters of a text in the right encoding for each one that does not decode."""
_MAX_ACCENTED = 0.2
"""Share of non-ASCII letters in a text in Latin letters."""
_MANY_ACCENTS = ("cp1258", "windows-1258")
"""Encodings of Vietnamese, in which more letters have accents."""
_MOJIBAKE = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]")
"""Two characters that are the first two bytes of a non-ASCII character in UTF-8, decoded as Windows-1252."""


def decode(data: bytes, *declared: str | None) -> str:
    """Decode bytes; `declared` has the encodings that a container or the text itself names, most trusted first.

    Raises ValueError for binary data, and for data that contradict their byte order mark.
    """
    if (text := _decode_marked(data)) is not None:
        return text
    if b"\0" in data:
        raise ValueError(BINARY)
    text = decode_or_replace(data, *declared)
    if is_binary(text) or (text.count("\ufffd") * 20 > len(text) and decode_utf8(data) is None):
        raise ValueError(BINARY)
    return text


_NO_ENCODINGS = {"punycode", "idna", "unicode_escape", "unicode-escape", "raw_unicode_escape", "raw-unicode-escape"}
"""Codecs of Python that decode bytes to text and are no encodings of text."""


def decode_page(data: bytes, charset: str | None = None) -> str:
    """Decode a page or XML. `charset`, from HTTP or a container, overrides the text's own declaration."""
    marked = _decode_marked(data)
    return decode_or_replace(data, charset, find_declaration(data)) if marked is None else marked


def decode_page_to_utf8(data: bytes, charset: str | None = None) -> tuple[str, bytes]:
    """The text of `decode_page`, and its UTF-8, which is the data of most pages."""
    if _decode_marked(data) is None and detect_escapes(data) is None:
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode("utf-8"), data
    text = decode_page(data, charset)
    return text, text.encode("utf-8", "replace")


def find_declaration(data: bytes) -> str | None:
    """The encoding that markup declares in its first bytes."""
    match = _DECLARATION.search(data[:_MAX_DECLARATION_END])
    return (match[1] or match[2]).decode("ascii", "ignore") if match else None


def detect_wide(data: bytes) -> str | None:
    """The encoding of UTF-16 or UTF-32: by the byte order mark, or by the zeros in its first two characters."""
    for mark, encoding in _WIDE_MARKS:
        if data.startswith(mark):
            return encoding
    first = data[:4]
    if len(first) == 4 and first.count(0) == 2:
        return "utf-16-le" if first[1] == first[3] == 0 else "utf-16-be" if first[0] == first[2] == 0 else None
    return None


def _decode_marked(data: bytes) -> str | None:
    """Decode by the byte order mark, or by the zeros of UTF-16; None without either."""
    encoding = "utf-8-sig" if data.startswith(UTF8) else detect_wide(data)
    if encoding is None:
        return None
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding.endswith("e"):  # without a mark
            return None
        raise ValueError(f"it says it is {encoding} and is not: {error.reason}") from None


def decode_or_replace(data: bytes, *declared: str | None) -> str:
    """Decode bytes without a byte order mark; what does not decode becomes U+FFFD."""
    if (escaped := detect_escapes(data)) is not None:
        return data.decode(escaped)
    with contextlib.suppress(UnicodeDecodeError):
        return data.decode("utf-8")
    for name in declared:
        if name and (text := _decode_declared(data, name.strip(" \"'").lower())) is not None:
            return text
    text = decode_utf8(data)
    return data.decode(detect_encoding(data), errors="replace") if text is None else text


_MAX_DETECTIONS = 20
"""Records of a file whose encoding is detected; the others get the one found most often."""


class RecordDecoder:
    """Decodes the records of one file like `decode_or_replace`; they share an encoding, detected in the first of them.

    Detection takes milliseconds a record.
    """

    def __init__(self, encoding: str | None = None) -> None:
        """`encoding` is what was detected before, in other records of the file."""
        self._detected = [] if encoding is None else [encoding] * _MAX_DETECTIONS

    @property
    def is_decided(self) -> bool:
        """Whether enough records were looked at."""
        return len(self._detected) >= _MAX_DETECTIONS

    @property
    def encoding(self) -> str | None:
        """The encoding found most often; None if all records were UTF-8."""
        return Counter(self._detected).most_common(1)[0][0] if self._detected else None

    def decode(self, data: bytes) -> str:
        """Decode a record that may not be UTF-8."""
        text = decode_utf8(data)
        if text is not None:
            return text
        if not self.is_decided:
            self._detected.append(detect_encoding(data))
            return data.decode(self._detected[-1], errors="replace")
        return data.decode(self.encoding or "utf-8", errors="replace")


def decode_utf8(data: bytes) -> str | None:
    """Decode UTF-8; None for bytes in another encoding.

    Text that is cut off or damaged in places is still UTF-8 if at least half of its non-ASCII characters decode:
    valid sequences are rare in other encodings.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="replace")
    return text if text.count("\ufffd") * 2 <= len(text) - len(text.encode("ascii", "ignore")) else None


def is_binary(text: str) -> bool:
    """Whether more than 5 % of the characters are control characters that do not occur in text."""
    return is_binary_utf8(text.encode(errors="replace"), len(text))


def is_binary_utf8(data: bytes, length: int) -> bool:
    """`is_binary` for a text of a length that is encoded already."""
    return (len(data) - len(data.translate(None, _CONTROLS))) * 20 > length


def _decode_declared(data: bytes, name: str) -> str | None:
    """Decode in a named encoding; None if it is unknown or cannot be right."""
    if name in _NO_ENCODINGS:
        return None
    try:
        text = data.decode(_SUPERSETS.get(name, name), errors="replace")
    except (LookupError, ValueError, TypeError):
        return None
    if not isinstance(text, str) or text.count("\ufffd") * _MIN_PER_ERROR > len(text):
        return None
    if name in _MANY_ACCENTS:
        return text
    letters = sum(map(str.isalpha, text))
    accented = sum(character.isalpha() and "\x7f" < character < "\u0250" for character in text)
    return None if accented > _MAX_ACCENTED * letters else text


def repair_mojibake(text: str) -> str:
    """Repair the lines that are UTF-8 decoded in another encoding, once or several times: `â€™` becomes `’`.

    ftfy repairs a line only as a whole: all of its non-ASCII characters together must be valid UTF-8, and the result
    must be more plausible. Importing ftfy is slow, so lines without a typical pair of characters stay as they are.
    """
    if not _MOJIBAKE.search(text):
        return text
    import ftfy

    config = ftfy.TextFixerConfig(replace_lossy_sequences=False, decode_inconsistent_utf8=False, fix_c1_controls=False)
    return "\n".join(ftfy.fix_encoding(line, config) if _MOJIBAKE.search(line) else line for line in text.split("\n"))
