"""Decode bytes whose encoding is declared, missing or wrong, and repair text that was decoded wrongly before.

Valid UTF-8 is UTF-8, whatever is declared. Otherwise the declared encoding is used, as browsers do
(https://encoding.spec.whatwg.org/). If it gives no words, the encoding is detected.
"""

from __future__ import annotations

import re

BINARY = "it is binary data, not text"
DEFAULT_ENCODING = "cp1252"
"""The encoding of text that is not UTF-8 and declares none."""
UTF8 = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
"""Byte order marks."""

_DECLARATION = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:\-]+)|<\?xml[^>]{0,200}?encoding=[\"']([\w.:\-]+)", re.I
)
_MAX_DECLARATION_END = 4096
"""Bytes of a page that are searched for a declaration."""
_SUPERSETS = {
    "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin1": "cp1252",
    "latin-1": "cp1252", "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874", "gb2312": "gb18030",
    "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932",
    "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949",
    "x-euc-jp": "euc_jp", "iso-8859-8-i": "iso-8859-8", "x-mac-roman": "mac-roman", "unicode": "utf-16",
}  # fmt: skip
"""The codec used for a declared encoding: a superset of it."""
_CONTROLS = bytes((*range(9), *range(14, 32)))
_MIN_PER_ERROR = 200
"""Characters of a text in the right encoding for each one that does not decode, or is a symbol within a word."""
_MAX_ACCENTED = 0.2
"""Share of non-ASCII letters in a text in Latin letters."""
_MIN_DETECT = 100
"""Bytes that detection needs."""
_MAX_SAMPLE = 10_000
"""Bytes that detection reads: half from the start and half from the end."""
_SYMBOLS_IN_WORDS = re.compile("(?<=[^\\W\\d_])[¡-¦¨©¬®-³¶¸¹¼-¿](?=[^\\W\\d_])")
"""Symbols of Windows-1252 that are letters in other encodings: `mia³a`."""
_MOJIBAKE = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]")
"""Two characters that are the first two bytes of a non-ASCII character in UTF-8, decoded as Windows-1252."""


def decode(data: bytes) -> str:
    """Decode by byte order mark, else as UTF-8, else as Windows-1252 or a detected encoding.

    Raises ValueError for binary data, and for data that contradict their byte order mark.
    """
    for mark, encoding in ((UTF8, "utf-8-sig"), *((mark, "utf-16") for mark in UTF16)):
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise ValueError(f"it says it is {encoding} and is not: {error.reason}") from None
    if b"\0" in data:
        raise ValueError(BINARY)
    text = decode_utf8(data)
    if text is None:
        text = data.decode(detect_encoding(data), errors="replace")
        if text.count("\ufffd") * 20 > len(text):
            raise ValueError(BINARY)
    if is_binary(text):
        raise ValueError(BINARY)
    return text


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


def detect_encoding(data: bytes) -> str:
    """The encoding of bytes that are not UTF-8: Windows-1252, unless it makes no words and another one does."""
    text = data.decode(DEFAULT_ENCODING, errors="replace")
    if len(data) < _MIN_DETECT or is_binary(text):
        return DEFAULT_ENCODING
    symbols = len(_SYMBOLS_IN_WORDS.findall(text))
    if _decode_declared(data, DEFAULT_ENCODING) is not None and symbols * _MIN_PER_ERROR <= len(text):
        return DEFAULT_ENCODING
    detected = _detect_by_words(data)
    text = data.decode(detected, errors="replace")
    return detected if 2 * sum(map(str.isalpha, text)) > len(text) else DEFAULT_ENCODING


def _detect_by_words(data: bytes) -> str:
    """The encoding in which the bytes make words, or Windows-1252."""
    from charset_normalizer import from_bytes  # a dependency of trafilatura

    half = _MAX_SAMPLE // 2
    best = from_bytes(data[:half] + data[-half:] if len(data) > _MAX_SAMPLE else data).best()
    if best is None:
        return DEFAULT_ENCODING
    text = data.decode(best.encoding, errors="replace")
    return str(best.encoding) if text.count("\ufffd") * _MIN_PER_ERROR <= len(text) else DEFAULT_ENCODING


def is_binary(text: str) -> bool:
    """Whether more than 5 % of the characters are control characters that do not occur in text."""
    data = text.encode(errors="replace")
    return (len(data) - len(data.translate(None, _CONTROLS))) * 20 > len(text)


def decode_page(data: bytes, charset: str | None = None) -> str:
    """Decode a page. `charset`, from HTTP or a container, overrides the page's own declaration."""
    if data.startswith((UTF8, *UTF16)):
        return decode(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    match = _DECLARATION.search(data[:_MAX_DECLARATION_END])
    declared = (match[1] or match[2]).decode("ascii", "ignore") if match else None
    for name in (charset, declared):
        if name and (text := _decode_declared(data, name.strip().lower())) is not None:
            return text
    return decode_utf8(data) or data.decode(_detect_by_words(data), errors="replace")


def _decode_declared(data: bytes, name: str) -> str | None:
    """Decode in a named encoding; None if it is unknown or cannot be right."""
    try:
        text = data.decode(_SUPERSETS.get(name, name), errors="replace")
    except (LookupError, ValueError, TypeError):
        return None
    if not isinstance(text, str) or text.count("\ufffd") * _MIN_PER_ERROR > len(text):
        return None
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
