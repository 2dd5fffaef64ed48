"""Markdown with or without front matter, one article a file.

Front matter is YAML between lines of `---`, TOML between lines of `+++`, or a JSON object before a blank line.
`record_fields` maps its keys to fields. Without a headline there, the first heading is the headline.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from searchidx.article import Article
from searchidx.extract.markup import to_paragraphs
from searchidx.sources.plain_text import parse_article
from searchidx.sources.record_fields import FIELD_ALIASES, SUMMARY_KEYS, WHOLE_FILE, read_record
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from searchidx.sources.text_encoding import decode

_FRONT_MATTER = re.compile(r"(?P<mark>---|\+\+\+)[ \t]*\n(?P<values>.*?\n)?(?P=mark)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_MATTER_START = re.compile(rb"(?:---|\+\+\+)[ \t]*\r?\n(?:#[^\n]*\n|[ \t\r]*+\n)*+[\w\"'-]+[ \t]*[:=]")
_HEADING = re.compile(r"^(?:#{1,6} |={3,}[ \t]*$|-{3,}[ \t]*$)", re.MULTILINE)
_MAX_FRONT_MATTER = 1 << 15
"""Characters of front matter."""
_LINK_TARGET = r"\((?:[^()\n]|\([^()\n]*\))*\)"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL), ""),
    (re.compile(r"\{\{[<%](?:(?!\{\{).)*?[>%]\}\}", re.DOTALL), ""),  # Hugo's shortcodes
    (re.compile(r"^(?:```|~~~).*$", re.MULTILINE), ""),
    (re.compile(rf"!\[[^\[\]\n]*\](?:{_LINK_TARGET}|\[[^\[\]\n]*\])"), ""),  # pictures
    (re.compile(r"\[\^[^\[\]\n]*\]:?"), ""),  # notes
    (re.compile(r"^[ \t]{0,8}\[[^\[\]\n]+\]:[ \t]*\S+.*$", re.MULTILINE), ""),  # link definitions
    (re.compile(rf"\[([^\[\]\n]*)\](?:{_LINK_TARGET}|\[[^\[\]\n]*\])(?:\{{[^{{}}\n]*\}})?"), r"\1"),
    (re.compile(r"<(https?://[^<>\s]+)>"), r"\1"),
    (re.compile(r"(?<![ \t])[ \t]+#+[ \t]*$", re.MULTILINE), ""),  # closing # of a heading
    (re.compile(r"^[ \t]{0,8}#{1,6}[ \t]+(\S.*)$", re.MULTILINE), r"\n\n\1\n\n"),
    (re.compile(r"^={2,}[ \t]*$", re.MULTILINE), r"\n\n"),  # underline of a heading
    (re.compile(r"^(?=[ \t]*[-*_][ \t]*[-*_][ \t]*[-*_])[-*_ \t]+$", re.MULTILINE), r"\n\n"),
    (re.compile(r"^(?=[ \t|:]*---)[ \t:|-]+$", re.MULTILINE), ""),  # the line below a table's header
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
"""Replacements that remove markup; https://spec.commonmark.org/0.31.2/"""


def recognises(head: bytes) -> bool:
    """Whether front matter begins here."""
    text = head.decode(errors="ignore").replace("\r\n", "\n")
    return _FRONT_MATTER_START.match(head) is not None or _split_json(text) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The one article of the file."""
    text = decode(file.read()).replace("\r\n", "\n")
    values: Any = {}
    if (front := _FRONT_MATTER.match(text)) is not None:
        text = text[front.end() :]
        try:
            values = _parse_front_matter(front["mark"], front["values"] or "")
        except (ValueError, RecursionError) as error:
            yield Skip(file.name, f"its front matter cannot be read: {' '.join(str(error).split())}")
            return
    elif (split := _split_json(text)) is not None:
        values, text = split
    elif not _HEADING.search(text):
        yield from parse_article(text.splitlines(), file)
        return
    if not isinstance(values, dict):
        yield Skip(file.name, "its front matter has no keys")
        return
    values = {str(name): value for name, value in values.items()}
    body = strip_markdown(text)
    provenance = {}
    if not {name.lower() for name in values} & {"headline", "title"}:
        values["title"], _, body = body.partition("\n")
        provenance["headline"] = "the first line"
    if body:
        provenance["body"] = "the text"
        values = {name: value for name, value in values.items() if name.lower() not in FIELD_ALIASES["body"]}
        values["body"] = body
    elif summary := next((name for name in values if name.lower() in SUMMARY_KEYS), None):
        values["body"] = strip_markdown(str(values[summary]))
        provenance["body"] = summary
    yield from read_record(values, file, WHOLE_FILE, provenance)


def _split_json(text: str) -> tuple[dict[str, Any], str] | None:
    """Split a JSON object from the text after it; None without such an object."""
    if not text.startswith("{"):
        return None
    try:
        values, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    rest = text[end:]
    return (values, rest) if re.match(r"[ \t]*\n[ \t]*\n\s*[^\s{\[]", rest) else None


def strip_markdown(text: str) -> str:
    """Convert Markdown to text, one paragraph a line."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    blocks = (to_paragraphs(" ".join(block.split("\n"))) for block in re.split(r"\n[ \t]*\n", text))
    return "\n".join(filter(None, blocks))


def _parse_front_matter(mark: str, text: str) -> Any:
    """Parse YAML or TOML; ValueError for anything else."""
    if len(text) > _MAX_FRONT_MATTER:
        raise ValueError("it is too long")
    if mark == "+++":
        return tomllib.loads(text)
    import yaml

    class Loader(yaml.BaseLoader):
        """Values as written, without aliases: with them a few lines may expand to a gigabyte."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise ValueError("it has YAML aliases, which are not supported")
            return super().compose_node(parent, index)

    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
