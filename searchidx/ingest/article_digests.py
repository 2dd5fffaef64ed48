"""The digests of the articles of each file, and which file gave an article, without an object for each article.

A build of few files adds few articles to an index of millions. The ids of a file are one text with one line each, the
digests another one of 16 digits each::

    ids       r1␊m1
    digests   8c1a6d70f1e24b935e0b7a42c9d8f610

They are decoded only for a file that is read again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, MutableMapping

_DIGITS = 16
_MAX_SEARCHES = 32
"""Look-ups of ids in their text, before a dictionary of all ids pays."""
Owner = tuple[str, str]
"""The key of a root, and the name of a file below it."""


class PackedDigests(MutableMapping[str, str]):
    """The digest of each article of a file by id, decoded when more than their number is asked for."""

    def __init__(self, ids: str, digests: str) -> None:
        """Take what `pack_digests` packed; ValueError if the two do not fit."""
        self._packed = ids, digests
        self._count = ids.count("\n") + 1 if digests else 0
        self._decoded: dict[str, str] | None = None
        if len(digests) != _DIGITS * self._count or (ids and not digests):
            raise ValueError(f"{self._count:,} ids have {len(digests):,} digits of digests")

    @property
    def packed(self) -> tuple[str, str] | None:
        """Ids and digests as they were given; None if they were decoded since, and may have changed."""
        return self._packed if self._decoded is None else None

    @property
    def _digests(self) -> dict[str, str]:
        if self._decoded is None:
            ids, digests = self._packed
            found = [digests[at : at + _DIGITS] for at in range(0, len(digests), _DIGITS)]
            self._decoded = dict(zip(ids.split("\n"), found, strict=False))
        return self._decoded

    def __len__(self) -> int:
        return self._count if self._decoded is None else len(self._decoded)

    def __iter__(self) -> Iterator[str]:
        return iter(self._digests)

    def __getitem__(self, id: str) -> str:
        return self._digests[id]

    def __setitem__(self, id: str, digest: str) -> None:
        self._digests[id] = digest

    def __delitem__(self, id: str) -> None:
        del self._digests[id]


def pack_digests(digests: Mapping[str, str]) -> tuple[str, str]:
    """The ids, one line each, and their digests."""
    packed = digests.packed if isinstance(digests, PackedDigests) else None
    return ("\n".join(digests), "".join(digests.values())) if packed is None else packed


class ArticleOwners(MutableMapping[str, Owner]):
    """Which file gave each article, by id; few ids are searched for in the texts of the ids of all files."""

    def __init__(self, files: Iterator[tuple[Owner, Mapping[str, str]]]) -> None:
        self._files = [(owner, pack_digests(digests)[0]) for owner, digests in files if digests]
        self._text = ""  # of the ids of all files, with a line before each
        self._starts: list[int] = []  # of each file in it
        self._searches = 0
        self._known: dict[str, Owner] | None = None
        self._changes: dict[str, Owner | None] = {}  # None: no file has it any more

    def _find(self, id: str) -> Owner | None:
        """The file that gave an article when the state was read."""
        self._searches += 1
        if self._known is None and self._searches <= _MAX_SEARCHES:
            if not self._starts:
                self._text = "".join(f"\n{ids}" for _, ids in self._files) + "\n"
                at = 0
                for _, ids in self._files:
                    self._starts.append(at)
                    at += len(ids) + 1
            at = self._text.find(f"\n{id}\n")
            return None if at < 0 else self._files[bisect_right(self._starts, at) - 1][0]
        return self._all.get(id)

    @property
    def _all(self) -> dict[str, Owner]:
        if self._known is None:
            self._text = ""
            self._known = {id: owner for owner, ids in self._files for id in ids.split("\n")}
        return self._known

    def get(self, id: str, default: Owner | None = None) -> Owner | None:  # type: ignore[override]
        """The file that gave an article."""
        found = self._changes[id] if id in self._changes else self._find(id)
        return default if found is None else found

    def __getitem__(self, id: str) -> Owner:
        if (found := self.get(id)) is None:
            raise KeyError(id)
        return found

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and self.get(id) is not None

    def __setitem__(self, id: str, owner: Owner) -> None:
        self._changes[id] = owner

    def __delitem__(self, id: str) -> None:
        self[id]  # KeyError
        self._changes[id] = None

    def __iter__(self) -> Iterator[str]:
        merged: dict[str, Owner | None] = {**self._all, **self._changes}
        return (id for id, owner in merged.items() if owner is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)
