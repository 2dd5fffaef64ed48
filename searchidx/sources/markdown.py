"""Markdown, with front matter or without: an article a file.

Front matter is YAML between lines of `---`, TOML between lines of `+++`, or an object of JSON before a blank line.

What the names of the values mean is the business of `records`. Without a headline among them it is the first heading.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from searchidx.article import Article
from searchidx.extract.markup import paragraphs
from searchidx.sources.plain_text import article_of as text_article_of
from searchidx.sources.record_fields import (
    ALONE,
    NAMES,
    SUMMARIES,
    article_of,
)
from searchidx.sources.source_file import Skip, SourceFile
from searchidx.sources.text_encoding import decode

SUFFIXES = (".md", ".markdown", ".mdown")

_FRONT = re.compile(r"(?P<mark>---|\+\+\+)[ \t]*\n(?P<values>.*?\n)?(?P=mark)[ \t]*(?:\n|\Z)", re.DOTALL)
_BEGINS = re.compile(rb"(?:---|\+\+\+)[ \t]*\r?\n(?:#[^\n]*\n|[ \t\r]*+\n)*+[\w\"'-]+[ \t]*[:=]")
_HEADING = re.compile(r"^(?:#{1,6} |={3,}[ \t]*$|-{3,}[ \t]*$)", re.MULTILINE)
_LONGEST = 1 << 15
_ADDRESS = r"\((?:[^()\n]|\([^()\n]*\))*\)"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL), ""),
    (re.compile(r"\{\{[<%](?:(?!\{\{).)*?[>%]\}\}", re.DOTALL), ""),  # Hugo's shortcodes
    (re.compile(r"^(?:```|~~~).*$", re.MULTILINE), ""),
    (re.compile(rf"!\[[^\[\]\n]*\](?:{_ADDRESS}|\[[^\[\]\n]*\])"), ""),  # pictures
    (re.compile(r"\[\^[^\[\]\n]*\]:?"), ""),  # notes
    (re.compile(r"^[ \t]{0,8}\[[^\[\]\n]+\]:[ \t]*\S+.*$", re.MULTILINE), ""),  # addresses of links
    (re.compile(rf"\[([^\[\]\n]*)\](?:{_ADDRESS}|\[[^\[\]\n]*\])(?:\{{[^{{}}\n]*\}})?"), r"\1"),
    (re.compile(r"<(https?://[^<>\s]+)>"), r"\1"),
    (re.compile(r"(?<![ \t])[ \t]+#+[ \t]*$", re.MULTILINE), ""),  # behind a heading
    (re.compile(r"^[ \t]{0,8}#{1,6}[ \t]+(\S.*)$", re.MULTILINE), r"\n\n\1\n\n"),
    (re.compile(r"^={2,}[ \t]*$", re.MULTILINE), r"\n\n"),  # below a heading, as ---
    (re.compile(r"^(?=[ \t]*[-*_][ \t]*[-*_][ \t]*[-*_])[-*_ \t]+$", re.MULTILINE), r"\n\n"),
    (re.compile(r"^(?=[ \t|:]*---)[ \t:|-]+$", re.MULTILINE), ""),  # the line below a table's head
    (re.compile(r"^[ \t]*>[> \t]*", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+", re.MULTILINE), r"\n\n"),
    *(
        (re.compile(form.replace("*", re.escape(mark))), r"\1")
        for mark in "*_"
        for form in (
            r"(?<![\w*])*(?=\S)([^*\n]+)(?<=\S)*(?![\w*])", r"(?<!*)**(?=\S)([^*\n]+)(?<=\S)**(?!*)",
            r"***(?=\S)([^*\n]+)(?<=\S)***",
        )
    ),
    (re.compile(r"`+([^`\n]*)`+"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!<>|~-])"), r"\1"),
)  # fmt: skip
"""Markup to what it marks; https://spec.commonmark.org/0.31.2/"""


def recognises(head: bytes) -> bool:
    """Front matter begins here."""
    return _BEGINS.match(head) is not None or _json(head.decode(errors="ignore").replace("\r\n", "\n")) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The one article of the file."""
    text = decode(file.read()).replace("\r\n", "\n")
    values: Any = {}
    if (front := _FRONT.match(text)) is not None:
        text = text[front.end() :]
        try:
            values = _values(front["mark"], front["values"] or "")
        except (ValueError, RecursionError) as error:
            yield Skip(file.name, f"its front matter cannot be read: {' '.join(str(error).split())}")
            return
    elif (found := _json(text)) is not None:
        values, text = found
    elif not _HEADING.search(text):
        yield text_article_of(text.splitlines(), file)
        return
    if not isinstance(values, dict):
        yield Skip(file.name, "its front matter names no values")
        return
    values = {str(name): value for name, value in values.items()}
    body = plain(text)
    where = {}
    if not {name.lower() for name in values} & {"headline", "title"}:
        values["title"], _, body = body.partition("\n")
        where["headline"] = "the first line"
    if body:
        where["body"] = "the text"
        values = {name: value for name, value in values.items() if name.lower() not in NAMES["body"]}
        values["body"] = body
    elif summary := next((name for name in values if name.lower() in SUMMARIES), None):
        values["body"] = plain(str(values[summary]))
        where["body"] = summary
    yield from article_of(values, file, ALONE, where)


def _json(text: str) -> tuple[dict[str, Any], str] | None:
    """The values of an object that stands before some text, and the text; None where there is none of them."""
    if not text.startswith("{"):
        return None
    try:
        values, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    rest = text[end:]
    return (values, rest) if re.match(r"[ \t]*\n[ \t]*\n\s*[^\s{\[]", rest) else None


def plain(text: str) -> str:
    """The paragraphs of some Markdown, a paragraph a line."""
    for rule, instead in _RULES:
        text = rule.sub(instead, text)
    blocks = (paragraphs(" ".join(block.split("\n"))) for block in re.split(r"\n[ \t]*\n", text))
    return "\n".join(filter(None, blocks))


def _values(mark: str, text: str) -> Any:
    """Front matter's values; ValueError where it is none."""
    if len(text) > _LONGEST:
        raise ValueError("it is too long")
    if mark == "+++":
        return tomllib.loads(text)
    import yaml

    class Loader(yaml.BaseLoader):
        """Every value as it is written; no references, by which a few lines may stand for a gigabyte."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise ValueError("it refers to other values, which is not read")
            return super().compose_node(parent, index)

    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
