r"""Regular expressions of queries: RE2's, whose matching takes time linear in the text, whatever was typed.

An expression is matched against the whole of a folded word, so it is folded too: its letters, not its escapes. What
stands for letters without naming them (``\pL``, ``.``) is compared with folded words like any other.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

from searchidx import analysis

__all__ = ["RegexError", "compile_regex", "fold_regex"]

MAX_MEMORY = 8 << 20
"""Bytes that an expression may take, compiled: enough for its states to be remembered; larger ones are refused."""

_ATOM = re.compile(r"\\[pP](?:\{[^}]*\}|[A-Za-z])|\\.|[^\\]|\\", re.DOTALL)
_REASONS = {
    "missing )": "a bracket is never closed",
    "unexpected )": "a bracket closes none that was opened",
    "missing ]": "a [ is never closed",
    "no argument for repetition operator": "there is nothing to repeat",
    "bad repetition operator": "what repeats is repeated again",
    "invalid repetition size": "the repetition is too large, or upside down",
    "invalid character class range": "there is no such range or class of characters",
    "invalid escape sequence": "there is no such escape",
    "trailing \\": "a \\ stands at its end",
    "invalid perl operator": "there is no such group; looking ahead or behind is not known",
    "invalid named capture group": "the name of a group is not closed",
    "pattern too large": "it is too large",
}


class RegexError(ValueError):
    """Not a regular expression: `str()` says why, `fragment` is the part of it that is wrong, as far as is known."""

    def __init__(self, reason: str, fragment: str) -> None:
        self.fragment = fragment
        super().__init__(reason)


def fold_regex(pattern: str) -> str:
    r"""An expression with the letters that it names folded, escapes as they are: ``É\W`` gives ``e\W``."""
    return "".join(
        atom if atom[0] == "\\" else "" if analysis.is_accent(atom) else analysis.fold(atom)
        for atom in _ATOM.findall(unicodedata.normalize("NFC", pattern))
    )


@lru_cache(maxsize=256)
def compile_regex(pattern: str) -> Any:
    """The expression, whose `fullmatch` takes a word or its UTF-8; raises `RegexError`."""
    import re2  # loaded by those who search with it only

    options = re2.Options()
    options.max_mem = MAX_MEMORY
    options.never_capture = True
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except UnicodeEncodeError:
        raise RegexError("it holds half a character", "") from None
    except re2.error as error:
        said = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error.args[0])
        reason, _, fragment = said.partition(": ")
        for known, plain in _REASONS.items():
            if reason.startswith(known):
                reason = plain
        raise RegexError(reason, fragment) from None
