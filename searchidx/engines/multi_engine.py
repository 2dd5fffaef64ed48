"""Several archives read as one: what engines for folders and for a cluster have in common.

An id is unique in its archive only, so it gets a *prefix* where it clashes: the name of its archive and a colon. With
an archive `2021` of the articles a, b and an archive `2022` of the articles b, c::

    articles     2021: a   b                2022: b        c
    shown as     a         2021:b           2022:b         c
    2021:a, 2022:c         also name a and c: the prefix always works
    b                      is ambiguous in `find`, and names both in a query

An id that begins with the name of one of the archives and a colon also gets the prefix, so no two articles are shown
with one id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, NoReturn, TypeVar

from searchidx.engines.contract import Engine
from searchidx.engines.locations import IndexLocation
from searchidx.errors import UnsupportedError

_E = TypeVar("_E", bound=Engine)


class MultiEngine(Engine, Generic[_E]):
    """Several archives, by name. It only reads."""

    def __init__(self, engines: Mapping[str, _E]) -> None:
        self._engines = dict(engines)

    @classmethod
    def create(cls, location: IndexLocation) -> NoReturn:
        raise _read_only(f"create {location}")

    @classmethod
    def open(cls, location: IndexLocation) -> NoReturn:
        raise _read_only(f"open {location}")

    @classmethod
    def at(cls, location: IndexLocation) -> NoReturn:
        raise _read_only(f"write {location}")

    def commit_token(self) -> object:
        return tuple(engine.commit_token() for engine in self._engines.values())

    def writer(self, wait: float = 0.0, overwrite: bool = False, jobs: int | None = None) -> NoReturn:
        raise _read_only("writer")

    def verify(self) -> Iterator[str]:
        for engine in self._engines.values():
            yield from engine.verify()


def _read_only(what: str) -> UnsupportedError:
    return UnsupportedError(what, "several archives can only be read: open one to change it")


class ArchiveNames:
    """The names of several archives, as prefixes of ids.

    Attributes:
        prefixes: the prefix of each archive.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.prefixes = [f"{name}:" for name in names]
        self._owners = {name: owner for owner, name in enumerate(names)}

    def split(self, id: str) -> tuple[int | None, str]:
        """The archive that the prefix of an id names, and the rest of the id; None and the id if there is no prefix."""
        name, colon, rest = id.partition(":")
        owner = self._owners.get(name) if colon else None
        return (None, id) if owner is None else (owner, rest)

    def add_prefix(self, owner: int, id: str) -> str:
        """The id of an article of an archive with the prefix."""
        return self.prefixes[owner] + id
