"""Bytes to text: encodings that are stated, or not, or wrongly; and text that was decoded wrongly before.

Valid UTF-8 of any length is UTF-8, whatever is stated. Else what is stated is believed, as browsers read it
(https://encoding.spec.whatwg.org/), unless the text is then of no language.
"""

from __future__ import annotations

import re

__all__ = [
    "BINARY",
    "USUAL",
    "UTF8",
    "UTF16",
    "decode",
    "decode_page",
    "decode_utf8",
    "is_binary",
    "old_encoding",
    "repaired",
]

BINARY = "it is binary data, not text"
USUAL = "cp1252"
"""What text is in that is no UTF-8 and says nothing of it."""
UTF8 = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
"""Byte order marks."""

_STATED = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:\-]+)|<\?xml[^>]{0,200}?encoding=[\"']([\w.:\-]+)", re.I
)
_STATED_WITHIN = 4096
_MEANT = {
    "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin1": "cp1252",
    "latin-1": "cp1252", "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874", "gb2312": "gb18030",
    "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932",
    "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949",
    "x-euc-jp": "euc_jp", "iso-8859-8-i": "iso-8859-8", "x-mac-roman": "mac-roman", "unicode": "utf-16",
}  # fmt: skip
"""What is decoded where an encoding is stated: the one that includes it."""
_CONTROLS = bytes((*range(9), *range(14, 32)))
_FEW = 200
"""Of so many characters one may be none of the stated encoding."""
_MOST_FOREIGN = 0.2
"""Of a text in Latin letters fewer are beyond ASCII."""
_ENOUGH = 100
"""So many bytes tell of an encoding that nobody states."""
_WITHIN_WORDS = re.compile("(?<=[^\\W\\d_])[¡-¦¨©¬®-³¶¸¹¼-¿](?=[^\\W\\d_])")
"""Signs that are letters in other encodings than Windows-1252: `mia³a`."""
_MOJIBAKE = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]")
_UNDEFINED = {code: bytes((code,)).decode("latin-1") for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_BYTES = {bytes((code,)).decode("cp1252"): code for code in range(128, 256) if code not in _UNDEFINED} | {
    character: code for code, character in _UNDEFINED.items()
}


def decode(data: bytes) -> str:
    """Bytes to text: as their byte order mark says, else UTF-8, else Windows-1252, unless that is then of no language
    and another encoding is told from the bytes; ValueError where it is no text.
    """
    for mark, encoding in ((UTF8, "utf-8-sig"), *((mark, "utf-16") for mark in UTF16)):
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise ValueError(f"it is not the {encoding} that it says it is: {error.reason}") from None
    if b"\0" in data:
        raise ValueError(BINARY)
    text = decode_utf8(data)
    if text is None:
        text = data.decode(old_encoding(data), errors="replace")
        if text.count("\ufffd") * 20 > len(text):
            raise ValueError(BINARY)
    if is_binary(text):
        raise ValueError(BINARY)
    return text


def decode_utf8(data: bytes) -> str | None:
    """Bytes in UTF-8 to text; None where they are in another encoding.

    A text that was cut off or spoilt in places is UTF-8 still, as long as more of its characters beyond ASCII are whole
    than are not: what looks like one in another encoding is so by accident.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="replace")
    return text if text.count("\ufffd") * 2 <= len(text) - len(text.encode("ascii", "ignore")) else None


def old_encoding(data: bytes) -> str:
    """What bytes that are no UTF-8 are in: Windows-1252, unless that is no language and they tell of another."""
    usual = data.decode(USUAL, errors="replace")
    if len(data) < _ENOUGH or is_binary(usual):
        return USUAL
    if _as_stated(data, USUAL) is not None and len(_WITHIN_WORDS.findall(usual)) * _FEW <= len(usual):
        return USUAL
    told = _told_from(data)
    text = data.decode(told, errors="replace")
    return told if 2 * sum(map(str.isalpha, text)) > len(text) else USUAL


def _told_from(data: bytes) -> str:
    """The encoding in which the letters of some bytes make words; Windows-1252 where there is none."""
    from charset_normalizer import from_bytes  # which trafilatura brings

    best = from_bytes(data[:5000] + data[-5000:] if len(data) > 10_000 else data).best()
    if best is None:
        return USUAL
    text = data.decode(best.encoding, errors="replace")
    return str(best.encoding) if text.count("\ufffd") * _FEW <= len(text) else USUAL


def is_binary(text: str) -> bool:
    """Whether more than a twentieth of it is control characters that no text holds."""
    data = text.encode(errors="replace")
    return (len(data) - len(data.translate(None, _CONTROLS))) * 20 > len(text)


def decode_page(data: bytes, stated: str | None = None) -> str:
    """The text of a page; `stated` is the encoding that it came with, which is more than what the page itself says."""
    if data.startswith((UTF8, *UTF16)):
        return decode(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    match = _STATED.search(data[:_STATED_WITHIN])
    within = (match[1] or match[2]).decode("ascii", "ignore") if match else None
    for name in (stated, within):
        if name and (text := _as_stated(data, name.strip().lower())) is not None:
            return text
    return decode_utf8(data) or data.decode(_told_from(data), errors="replace")


def _as_stated(data: bytes, name: str) -> str | None:
    """The text in the encoding of that name; None where there is none, or it cannot be."""
    try:
        text = data.decode(_MEANT.get(name, name), errors="replace")
    except (LookupError, ValueError, TypeError):
        return None
    if not isinstance(text, str) or text.count("\ufffd") * _FEW > len(text):
        return None
    letters = sum(map(str.isalpha, text))
    foreign = sum(character.isalpha() and "\x7f" < character < "\u0250" for character in text)
    return None if foreign > _MOST_FOREIGN * letters else text


def repaired(text: str) -> str:
    """The text, with those lines of it put right that are UTF-8 decoded as Windows-1252: `â€™` was `’`.

    That is certain of a line where all that is beyond ASCII gives UTF-8 again, three bytes of it or two characters at
    least: `«CAFÉ»` alone could be read so by accident, and stays.
    """
    if not _MOJIBAKE.search(text):
        return text
    return "\n".join(_repaired_line(line) for line in text.split("\n"))


def _repaired_line(line: str) -> str:
    if not _MOJIBAKE.search(line):
        return line
    try:
        data = bytes(ord(each) if each < "\x80" else _BYTES[each] for each in line)
        right = data.decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return line
    gained = [each for each in right if each > "\x7f"]
    return right if len(gained) > 1 or any(each > "\u07ff" for each in gained) else line
