r"""Regular expressions of queries, in RE2's syntax: matching takes time linear in the text for any expression.

An expression has to match a whole folded word, so its letters are folded, too. Its escapes are not: ``\pL`` and ``.``
match folded letters as they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Protocol

from searchidx.folding import fold, is_accent

MAX_MEMORY = 8 << 20
"""Bytes of a compiled expression, with its cache of states."""

_ATOM = re.compile(r"\\[pP](?:\{[^}]*\}|[A-Za-z])|\\.|[^\\]|\\", re.DOTALL)
_REASONS = {
    "missing )": "a bracket is never closed",
    "unexpected )": "a bracket closes none",
    "missing ]": "a [ is never closed",
    "no argument for repetition operator": "there is nothing to repeat",
    "bad repetition operator": "what repeats is repeated again",
    "invalid repetition size": "the repetition is too large, or upside down",
    "invalid character class range": "there is no such range or class of characters",
    "invalid escape sequence": "there is no such escape",
    "trailing \\": "it ends with \\",
    "invalid perl operator": "groups such as (?=…) and (?<=…) are not supported",
    "invalid named capture group": "the name of a group is not closed",
    "pattern too large": "it is too large",
}


class CompiledRegex(Protocol):
    """The part of a compiled RE2 expression that is used."""

    def fullmatch(self, text: str | bytes, /) -> object | None: ...


class RegexError(ValueError):
    """Raised for an invalid regular expression: `str()` is the reason, `fragment` the wrong part if RE2 names it."""

    def __init__(self, reason: str, fragment: str) -> None:
        self.fragment = fragment
        super().__init__(reason)


def fold_regex(pattern: str) -> str:
    r"""Fold the letters of an expression, but not its escapes: ``É\W`` gives ``e\W``."""
    return "".join(
        atom if atom[0] == "\\" else "" if is_accent(atom) else fold(atom)
        for atom in _ATOM.findall(unicodedata.normalize("NFC", pattern))
    )


@lru_cache(maxsize=256)
def compile_regex(pattern: str) -> CompiledRegex:
    """Compile an expression; its `fullmatch` takes a word or its UTF-8. Raises `RegexError`."""
    import re2  # slow to load, and few queries need it

    options = re2.Options()
    options.max_mem = MAX_MEMORY
    options.never_capture = True
    options.log_errors = False
    try:
        compiled: CompiledRegex = re2.compile(pattern, options=options)
        return compiled
    except UnicodeEncodeError:
        raise RegexError("it has half a character", "") from None
    except re2.error as error:
        message = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error.args[0])
        reason, _, fragment = message.partition(": ")
        for known, plain in _REASONS.items():
            if reason.startswith(known):
                reason = plain
        raise RegexError(reason, fragment) from None
