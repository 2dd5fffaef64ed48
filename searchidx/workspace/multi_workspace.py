"""The workspaces of several archives that are open together, read as one.

Each archive keeps its own workspace. A label or note shows with the id that its article has among the archives, and is
written to the workspace of that article's archive; a label of one name in several workspaces is one label. An alert
belongs to one archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NoReturn, Protocol, runtime_checkable

from searchidx.errors import UnsupportedError
from searchidx.folding import lower
from searchidx.workspace.labels import Label, Labels, label_key
from searchidx.workspace.notes import Notes
from searchidx.workspace.workspace import Workspace


@runtime_checkable
class MultiIndexIds(Protocol):
    """What the snapshot of several indexes knows of ids."""

    def show_ids(self, owner: int, ids: Sequence[str]) -> list[str]: ...

    def original_id(self, id: str) -> tuple[int, str] | None: ...


def _read_only(what: str) -> UnsupportedError:
    return UnsupportedError(what, "each of several archives has its own: name one of the archives, with one --index")


class MultiWorkspace(Workspace):
    """Several workspaces, for one snapshot of their archives."""

    def __init__(self, workspaces: Sequence[Workspace], ids: MultiIndexIds) -> None:
        self._workspaces = workspaces
        self._ids = ids

    @property
    def path(self) -> NoReturn:
        raise _read_only("workspace")

    @property
    def store(self) -> NoReturn:
        raise _read_only("workspace")

    @cached_property
    def labels(self) -> Labels:
        return MultiLabels([each.labels for each in self._workspaces], self._ids)

    @cached_property
    def notes(self) -> Notes:
        return MultiNotes([each.notes for each in self._workspaces], self._ids)

    @property
    def alerts(self) -> NoReturn:
        raise _read_only("alert")

    def article_ids(self) -> list[str]:
        of_each = (each.article_ids() for each in self._workspaces)
        return [id for owner, ids in enumerate(of_each) for id in self._ids.show_ids(owner, ids)]

    def revision(self) -> int:
        return sum(each.revision() for each in self._workspaces)

    def close(self) -> None:
        for each in self._workspaces:
            each.close()


def _by_owner(ids: Iterable[str], names: MultiIndexIds) -> Iterator[tuple[int, str, str]]:
    """The index of each article, its id there and its id here; ids that no index has are left out."""
    for id in ids:
        original = names.original_id(id)
        if original is not None:
            yield *original, id


class MultiLabels(Labels):
    """The labels of several workspaces."""

    def __init__(self, parts: Sequence[Labels], ids: MultiIndexIds) -> None:
        self._parts = parts
        self._ids = ids

    def add(self, name: str, ids: Iterable[str], color: str | None = None) -> int:
        label_key(name)
        return sum(part.add(name, originals, color) for part, originals in self._split(ids))

    def remove(self, name: str, ids: Iterable[str]) -> int:
        label_key(name)
        return sum(part.remove(name, originals) for part, originals in self._split(ids))

    def delete(self, name: str) -> bool:
        done = [part.delete(name) for part in self._parts]
        return any(done)

    def _split(self, ids: Iterable[str]) -> Iterator[tuple[Labels, list[str]]]:
        """The labels of each archive that has some of the articles, with the ids that they have there."""
        originals: list[list[str]] = [[] for _ in self._parts]
        for owner, original, _ in _by_owner(ids, self._ids):
            originals[owner].append(original)
        return ((part, of_part) for part, of_part in zip(self._parts, originals, strict=True) if of_part)

    def all(self) -> list[Label]:
        found: dict[str, Label] = {}
        for label in (label for part in self._parts for label in part.all()):
            first = found.setdefault(lower(label.name), label._replace(articles=0))
            found[lower(label.name)] = first._replace(articles=first.articles + label.articles)
        return [found[key] for key in sorted(found)]

    def ids(self, name: str) -> list[str]:
        return [id for owner, part in enumerate(self._parts) for id in self._ids.show_ids(owner, part.ids(name))]

    def of(self, ids: Iterable[str]) -> dict[str, tuple[Label, ...]]:
        wanted: list[dict[str, str]] = [{} for _ in self._parts]
        for owner, original, id in _by_owner(ids, self._ids):
            wanted[owner][original] = id
        found: dict[str, tuple[Label, ...]] = {}
        colors = {lower(label.name): label for label in self.all()}
        for part, names in zip(self._parts, wanted, strict=True):
            for original, labels in part.of(names).items():
                shown = (colors[lower(label.name)]._replace(articles=0) for label in labels)
                found[names[original]] = tuple(shown)
        return found

    def states(self) -> dict[str, tuple[int, ...]]:
        of_parts = [part.states() for part in self._parts]
        keys = {key for states in of_parts for key in states}
        return {key: tuple(n for states in of_parts for n in states.get(key, (0, 0))) for key in sorted(keys)}


class MultiNotes(Notes):
    """The notes of several workspaces."""

    def __init__(self, parts: Sequence[Notes], ids: MultiIndexIds) -> None:
        self._parts = parts
        self._ids = ids

    def set_all(self, notes: Iterable[tuple[str, str]]) -> None:
        of_parts: list[list[tuple[str, str]]] = [[] for _ in self._parts]
        for id, text in notes:
            for owner, original, _ in _by_owner([id], self._ids):
                of_parts[owner].append((original, text))
        for part, found in zip(self._parts, of_parts, strict=True):
            part.set_all(found)

    def get(self, id: str) -> str:
        original = self._ids.original_id(id)
        return "" if original is None else self._parts[original[0]].get(original[1])

    def all(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for owner, part in enumerate(self._parts):
            notes = part.all()
            found.update(zip(self._ids.show_ids(owner, list(notes)), notes.values(), strict=True))
        return found
