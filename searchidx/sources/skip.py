"""Skips: what was not read, where, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from searchidx.errors import ArticleError

_MAX_REASON = 200
"""Characters of a reason."""


UNEXPECTED_ERROR = "reading it failed"
"""The start of a reason after an unexpected exception of a parser."""
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Skip:
    """Something that was not read.

    Attributes:
        place: the file; for a record also its line after `:`, or its number after `#`.
        reason: one clause of at most 200 characters.
        damaged: the content is unknown (unreadable or cut off), as opposed to known and rejected.
        part_of: the name of the file with which this one is read, as a page is with its issue. Nothing is lost.
    """

    place: str
    reason: str
    damaged: bool = True
    part_of: str = ""

    def __post_init__(self) -> None:
        if len(self.reason) > _MAX_REASON:
            object.__setattr__(self, "reason", f"{self.reason[: _MAX_REASON - 1]}…")


def skip_unreadable(place: str, error: BaseException) -> Skip:
    """The skip for a file that cannot be read."""
    if isinstance(error, OSError):
        return Skip(place, f"it cannot be read: {error.strerror or error}")
    return Skip(place, str(error))


def skip_invalid(place: str, error: ArticleError) -> Skip:
    """The skip for content that was read and is not an article."""
    return Skip(place, error.reason if error.field == "body" else str(error), damaged=False)


def skip_date(place: str, reason: str) -> Skip:
    """The skip for the date of an article that is otherwise read."""
    return Skip(place, f"{reason}: the article is read without a date", damaged=False)


def part_of(place: str, whole: str) -> Skip:
    """The note that a file is read with another one, `whole`."""
    return Skip(place, f"it is a part of {whole}, with which it is read", damaged=False, part_of=whole)


def skip_unexpected(place: str, error: Exception) -> Skip:
    """The skip for what a parser failed on: a bug."""
    return Skip(place, f"{UNEXPECTED_ERROR}: {type(error).__name__}: {error}")


def guard(place: str, read: Callable[[], Iterable[_Item]]) -> list[_Item | Skip]:
    """What `read` gives for one record; an unexpected exception costs that record only, and is named."""
    try:
        return [*read()]
    except Exception as error:  # a bug in a parser
        return [skip_unexpected(place, error)]
