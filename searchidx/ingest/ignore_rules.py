"""Patterns of files to leave out, as git reads them from a `.gitignore` (https://git-scm.com/docs/gitignore).

Of all patterns that match a path the last one decides, and those of a folder come after those around it. A file in a
folder that is left out cannot be taken in again. Patterns are matched by RE2, in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import re2

IGNORE_FILE = ".searchidxignore"
_TOKEN = re.compile(r"/\*\*/|^\*\*/|/\*\*$|\*+|\?|\[[!^]?\]?(?:\\.|[^\]\\])*\]|\\.|.", re.DOTALL)
_MAX_PATTERN = 1000
"""Characters of a pattern; a longer one is passed over."""


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """A pattern: where it holds (a path below the root, "" or with a final slash), and what it matches below that."""

    base: str
    pattern: Any
    is_negated: bool
    is_for_folders: bool


def read_ignore_file(folder: Path, base: str) -> list[IgnoreRule]:
    """The rules in the ignore file of a folder, whose path below the root is `base`."""
    try:
        lines = (folder / IGNORE_FILE).read_text("utf-8-sig", errors="replace").splitlines()
    except OSError:
        return []
    return parse_rules(lines, base)


def parse_rules(lines: Iterable[str], base: str = "") -> list[IgnoreRule]:
    """Parse patterns, one a line. Blank lines and comments are passed over."""
    return [rule for line in lines if (rule := _parse_rule(line, base)) is not None]


def is_left_out(rules: Sequence[IgnoreRule], path: str, is_folder: bool) -> bool:
    """Whether the rules leave out a path below the root."""
    for rule in reversed(rules):
        is_meant = (is_folder or not rule.is_for_folders) and path.startswith(rule.base)
        if is_meant and rule.pattern.fullmatch(path[len(rule.base) :]):
            return not rule.is_negated
    return False


def _parse_rule(line: str, base: str) -> IgnoreRule | None:
    text = re.sub(r"(?<!\\) +$", "", line.rstrip("\r\n"))
    if not text or text.startswith("#") or len(text) > _MAX_PATTERN:
        return None
    is_negated = text.startswith("!")
    text = text[is_negated:]
    is_for_folders = text.endswith("/")
    text = text.rstrip("/") if is_for_folders else text
    if not text:
        return None
    is_anchored = "/" in text
    text = text.removeprefix("/")
    pattern = "".join(map(_translate, _TOKEN.findall(text)))
    try:
        compiled = re2.compile(f"(?s){'' if is_anchored else '(?:.*/)?'}{pattern}")
    except re2.error:
        return None
    return IgnoreRule(base, compiled, is_negated, is_for_folders)


def _translate(token: str) -> str:
    """The regular expression of a token of a pattern."""
    if token == "**/":
        return "(?:.*/)?"
    if token == "/**/":
        return "/(?:.*/)?"
    if token == "/**":
        return "/.+"
    if token.startswith("*"):
        return "[^/]*"
    if token == "?":
        return "[^/]"
    if token[0] == "[" and len(token) > 1:
        content = token[1:-1]
        is_negated = content[0] in "!^"
        content = content[1:] if is_negated else content
        content = re.sub(r"([\[\]])", r"\\\1", content)
        return f"[{'^/' if is_negated else ''}{content}]"
    return str(re2.escape(token[1] if token[0] == "\\" and len(token) > 1 else token))
