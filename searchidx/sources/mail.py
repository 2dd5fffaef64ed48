"""Mail: a saved newsletter or alert, one article a mail, or a download of a press database, with many
(`press.dialects`). Attachments are not read.

The subject is the headline. Of a text and an HTML version the text is read, unless the HTML is more than twice as
long.
"""

from __future__ import annotations

import email
import email.header
import email.message
import email.policy
import email.utils
import re
from collections.abc import Iterator
from typing import cast

from searchidx.article import Article
from searchidx.extract.markup import to_paragraphs
from searchidx.sources.article_fields import make_article
from searchidx.sources.plain_text import join_wrapped_lines
from searchidx.sources.press import dialects
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from searchidx.sources.text_encoding import decode_or_replace, decode_page, is_binary

_NAMES = rb"from|to|date|subject|message-id|received|return-path|delivered-to|mime-version|content-type|reply-to"
_FIELD = re.compile(rb"(?:^|\n)(" + _NAMES + rb"):", re.IGNORECASE)
_HEADER = re.compile(rb"(?:[!-9;-~]+:[^\n]*\r?\n(?:[ \t][^\n]*\n)*)+")
_SIGNATURE = "-- "
_BOILERPLATE = re.compile(
    r"(?:view (?:this|it|email|online)|read (?:this )?online|unsubscribe|manage (?:your )?(?:preferences|subscription)"
    r"|update your preferences|forward (?:this|to a friend)|im browser (?:ansehen|öffnen)|abmelden"
    r"|newsletter abbestellen"
    r"|se désabonner|voir (?:dans|en ligne)|darse de baja|ver en (?:el|tu) navegador).{0,80}",
    re.IGNORECASE,
)
_MAX_FIELDS = 20_000
"""Header fields of a mail and its parts."""
_MAX_FIELD = 10_000
"""Characters of a header field."""


def recognises(head: bytes) -> bool:
    """Whether a header with at least three usual fields begins here, `From` or `Subject` among them."""
    header = _HEADER.match(head)
    names = {name.lower() for name in _FIELD.findall(header[0])} if header else set()
    return len(names) > 2 and not names.isdisjoint((b"from", b"subject"))


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The mail's article."""
    try:
        message = parse_message(file.read())
        text, html = _read_texts(message)
        charset = next(filter(None, (part.get_content_charset() for part in message.walk())), None)
        subject, sender, sent, id, language = (
            _header_field(message, name, charset)
            for name in ("Subject", "From", "Date", "Message-ID", "Content-Language")
        )
        language = language.split(",")[0].strip()
        name, address = email.utils.parseaddr(sender)
    except (LookupError, AttributeError, TypeError, ValueError, RecursionError, AssertionError):
        yield Skip(file.name, "the mail cannot be read")
        return
    items = dialects.read_page(file, html) if html else None
    items = dialects.read_text(file, text.splitlines()) if items is None and text else items
    if items is not None:
        yield from items
        return
    from_text = "\n".join(join_wrapped_lines(text.partition(f"\n{_SIGNATURE}\n")[0].splitlines(), has_headline=False))
    from_html = to_paragraphs(html)
    origin, body = ("text/plain", from_text) if 2 * len(from_text) > len(from_html) else ("text/html", from_html)
    lines = [line for line in body.split("\n") if not _BOILERPLATE.fullmatch(line.strip(" <>[]()|-*"))]
    fields = {
        "headline": ("Subject", subject),
        "body": (origin, "\n".join(lines)),
        "date": ("Date", sent),
        "source": ("From", name or address),
        "language": ("Content-Language", language),
        "url": ("the source", file.url or ""),
    }
    yield from make_article(file.name, id.strip("<>") or file.name, file.name, fields)


def parse_message(data: bytes) -> email.message.Message:
    """Parse a mail; ValueError if it has more than `_MAX_FIELDS` header fields.

    The standard library needs gigabytes, or does not end, for a very long header, so fields are cut as well.
    """
    count = 0

    class LimitedPolicy(email.policy.Compat32):
        """Header fields as written, of limited number and length."""

        def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
            nonlocal count
            if (count := count + 1) > _MAX_FIELDS:
                raise ValueError("it has too many header fields")
            name, value = super().header_source_parse(sourcelines)
            return name, value[:_MAX_FIELD]

    return email.message_from_bytes(data, policy=LimitedPolicy())


def _read_texts(message: email.message.Message) -> tuple[str, str]:
    """The mail's text and its HTML."""
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    for part in _iter_parts(message):
        kind = part.get_content_type()
        if kind in texts:
            data = part.get_payload(decode=True)
            if isinstance(data, bytes):
                charset = part.get_content_charset()
                text = decode_page(data, charset) if kind == "text/html" else decode_or_replace(data, charset)
                if not is_binary(text):
                    texts[kind].append(text)
    return "\n\n".join(texts["text/plain"]), "\n".join(texts["text/html"])


def _iter_parts(message: email.message.Message) -> Iterator[email.message.Message]:
    """The parts of a mail at any depth, without attachments and all that is in them."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        disposition = part.get_content_disposition()
        if disposition == "attachment" or (disposition is None and part.get_filename()):
            continue
        if part.is_multipart():
            waiting += reversed(cast(list[email.message.Message], part.get_payload()))
        else:
            yield part


def _header_field(message: email.message.Message, name: str, charset: str | None) -> str:
    """A header field on one line, with encoded words and raw 8-bit text decoded; `charset` is that of the body."""
    value = next((value for each, value in message.raw_items() if each.lower() == name.lower()), "")
    value = " ".join(decode_or_replace(value.encode("ascii", "surrogateescape"), charset).split())
    try:
        pieces = email.header.decode_header(value)
        text = "".join(
            piece
            if isinstance(piece, str)
            else decode_or_replace(piece, declared)
            if declared
            else piece.decode("raw-unicode-escape")  # the part without encoded words, as decode_header gives it
            for piece, declared in pieces
        )
    except (ValueError, LookupError):
        return value
    return " ".join(text.split())
