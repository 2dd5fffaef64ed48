"""Mail: a newsletter or an alert that was saved, one article a mail. Attachments are not read.

The subject is the headline. Of a mail that says the same as text and as HTML the text is read, unless it only tells
that there is more in the HTML.
"""

from __future__ import annotations

import email
import email.header
import email.message
import email.policy
import email.utils
import re
from collections.abc import Iterator

from searchidx.article import Article
from searchidx.extract.markup import paragraphs
from searchidx.sources.plain_text import joined_lines
from searchidx.sources.record_fields import date_of
from searchidx.sources.source_file import Skip, SourceFile, made
from searchidx.sources.text_encoding import decode

SUFFIXES = (".eml",)

_NAMES = rb"from|to|date|subject|message-id|received|return-path|delivered-to|mime-version|content-type|reply-to"
_FIELD = re.compile(rb"(?:^|\n)(" + _NAMES + rb"):", re.IGNORECASE)
_HEADER = re.compile(rb"(?:[!-9;-~]+:[^\n]*\r?\n(?:[ \t][^\n]*\n)*)+")
_SIGNATURE = "-- "
_FURNITURE = re.compile(
    r"(?:view (?:this|it|email|online)|read (?:this )?online|unsubscribe|manage (?:your )?(?:preferences|subscription)"
    r"|update your preferences|forward (?:this|to a friend)|im browser (?:ansehen|öffnen)|abmelden"
    r"|newsletter abbestellen"
    r"|se désabonner|voir (?:dans|en ligne)|darse de baja|ver en (?:el|tu) navegador).{0,80}",
    re.IGNORECASE,
)
_MOST_FIELDS = 20_000
_LONGEST_FIELD = 10_000


def recognises(head: bytes) -> bool:
    """The header of a mail begins here: three names that mails have, at least, `From` or `Subject` among them."""
    header = _HEADER.match(head)
    names = {name.lower() for name in _FIELD.findall(header[0])} if header else set()
    return len(names) > 2 and not names.isdisjoint((b"from", b"subject"))


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The mail's article."""
    try:
        message = parsed(file.read())
        text, html = _texts(message)
        subject, sender, sent, id = (_field(message, name) for name in ("Subject", "From", "Date", "Message-ID"))
        language = _field(message, "Content-Language").split(",")[0].strip()
        name, address = email.utils.parseaddr(sender)
    except (LookupError, AttributeError, TypeError, ValueError, RecursionError, AssertionError):
        yield Skip(file.name, "the mail cannot be read")
        return
    plain = "\n".join(joined_lines(text.partition(f"\n{_SIGNATURE}\n")[0].splitlines()))
    marked = paragraphs(html)
    where, body = ("text/plain", plain) if 2 * len(plain) > len(marked) else ("text/html", marked)
    lines = [line for line in body.split("\n") if not _FURNITURE.fullmatch(line.strip(" <>[]()|-*"))]
    values = {
        "headline": ("Subject", subject),
        "body": (where, "\n".join(lines)),
        "date": ("Date", date_of(sent) if sent else None),
        "source": ("From", name or address),
        "language": ("Content-Language", language),
        "url": ("the source", file.url or ""),
    }
    yield from made(file.name, id.strip("<>") or file.name, file.name, values)


def parsed(data: bytes) -> email.message.Message:
    """A mail, as far as its header is one that a person's mail may have; ValueError where it is more.

    What the standard library makes of a long header takes gigabytes, or for ever.
    """
    count = 0

    class Bounded(email.policy.Compat32):
        """Headers as they are written, cut off where they are too long."""

        def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
            nonlocal count
            if (count := count + 1) > _MOST_FIELDS:
                raise ValueError("it has too many headers")
            name, value = super().header_source_parse(sourcelines)
            return name, value[:_LONGEST_FIELD]

    return email.message_from_bytes(data, policy=Bounded())


def _texts(message: email.message.Message) -> tuple[str, str]:
    """What the mail says, as text and as HTML."""
    found: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    for part in message.walk():
        kind = part.get_content_type()
        if kind in found and part.get_content_disposition() != "attachment":
            data = part.get_payload(decode=True)
            if isinstance(data, bytes):
                found[kind].append(_decoded(data, part.get_content_charset()))
    return "\n\n".join(found["text/plain"]), "\n".join(found["text/html"])


def _decoded(data: bytes, charset: str | None) -> str:
    try:
        return data.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decode(data)


def _field(message: email.message.Message, name: str) -> str:
    """A header on one line, decoded where it says that it is encoded, or is not and should be."""
    value = next((value for each, value in message.raw_items() if each.lower() == name.lower()), "")
    value = " ".join(decode(value.encode("ascii", "surrogateescape")).split())
    try:
        pieces = email.header.decode_header(value)
        text = "".join(
            piece if isinstance(piece, str) else _decoded(piece, charset or "latin-1") for piece, charset in pieces
        )
    except (ValueError, LookupError):
        return value
    return " ".join(text.split())
