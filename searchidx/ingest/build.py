"""Sources to an index: what `build` does, incrementally.

A *root* is a folder (or a single file) of sources. Beside the documents an index keeps, of every root it was built
from, what each file looked like and which articles it gave; so a file that looks the same is not opened again, one that
changed replaces exactly its articles, and one that is gone takes them with it. A file that can no longer be read keeps
what it gave before: nothing is lost to a damaged disk or a half-written file.

Of an article the state keeps a digest, so that only what really changed is indexed anew.

An article that was *taken down* is left out of every later build, until it is allowed again; the state keeps its id,
and which file would give it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from stat import S_ISREG
from typing import Any

from searchidx.article import Article
from searchidx.engines.contract import (
    Engine,
    Snapshot,
    Writer,
)
from searchidx.engines.locations import IndexLocation, local_folder
from searchidx.errors import ArticleError, CorruptIndexError, SourceError
from searchidx.ingest.reader_pool import read_all
from searchidx.sources import Skip, SourceFile, is_ignored, is_ignored_folder, read_file, readers
from searchidx.worker_pool import available_cores

__all__ = ["Progress", "Report", "allow", "build", "delete_permanently", "require"]

Progress = Callable[[int, int], None]
"""Told from time to time how many bytes of how many have been read."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
TAKEN_DOWN = "the article {!r} was deleted; 'searchidx allow' lets it in again"
STANDARD_INPUT = Path("-")
_PIPED = "<standard input>"
"""The root of what came by standard input: each time a file called after a digest of all of it."""
_MOST_SKIPS = 1_000
"""So many things that were skipped are named of one file: a gigabyte of nonsense is not to become as many reasons."""
_PIPED_NAME = "stdin-"
_COPIED = 1 << 20
_FRESH = 2_000_000_000
"""A file younger than so many nanoseconds may change once more within the same tick of its clock."""
_REREAD = [-1, 0, 0]
"""A look that no file has: the file is read again next time, whatever it looks like."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did: numbers of articles, and of files left aside.

    Attributes:
        added, updated, unchanged, removed: articles.
        ignored: files and folders left aside: dotfiles, README*, LICENSE*, the index's own folder.
        skipped: of everything that could not be read its (place, reason).
        rebuilt: the index was of another version of the format, and was built anew.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    ignored: int = 0
    skipped: tuple[tuple[str, str], ...] = ()
    rebuilt: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "ignored": self.ignored,
            "rebuilt": self.rebuilt,
            "skipped": [{"place": place, "reason": reason} for place, reason in self.skipped],
        }


@dataclass(slots=True)
class _File:
    """What the state keeps of a file.

    Attributes:
        look: its size in bytes, and when it and its entry were last changed, in nanoseconds.
        digests: of each article it gave, by id.
        skips: what could not be read: place and reason.
        withheld: the ids of articles that it would give, and that were taken down.
        content: a digest of its bytes, which tells whether a file that looks other is another.
    """

    look: list[int]
    digests: dict[str, str] = field(default_factory=dict)
    skips: list[tuple[str, str]] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    content: str = ""


@dataclass(slots=True)
class _Root:
    """A root as the person named it, whether it is a single file, its columns, and what is kept of its files."""

    given: Path
    is_file: bool = False
    columns: dict[str, str] = field(default_factory=dict)
    files: dict[str, _File] = field(default_factory=dict)


def build(
    engine: Engine,
    place: IndexLocation,
    sources: Sequence[Path],
    *,
    wait: float = 0.0,
    overwrite: bool = False,
    jobs: int | None = None,
    columns: Mapping[str, str] | None = None,
    on_progress: Progress | None = None,
) -> Report:
    """Bring the index at `place` up to date with the sources; other roots of the index are left as they are.

    A source `-` is standard input: its articles are added or updated, and none is removed. `columns` says under which
    name the records of these roots hold a field; None leaves what was said before. `anew` forgets what the index held.
    `SourceError` where a root does not exist: nothing is changed then.
    """
    require(sources)
    with ExitStack() as stack, _run(engine, place, wait, overwrite, jobs) as run:
        given = [stack.enter_context(_standard_input()) if source == STANDARD_INPUT else source for source in sources]
        run.roots(given, columns, on_progress, available_cores() if jobs is None else jobs)
    return run.report()


def delete_permanently(engine: Engine, place: IndexLocation, ids: Sequence[str], *, wait: float = 0.0) -> list[str]:
    """Remove articles for good: nothing of them stays in the index, and later builds leave them out.

    Returns which of the ids name an article, or one that was taken down before; nothing is done for the others.
    """
    with _run(engine, place, wait) as run:
        return run.delete_permanently(ids)


def allow(engine: Engine, place: IndexLocation, ids: Sequence[str], *, wait: float = 0.0) -> list[str]:
    """Let articles that were taken down in again, with the next build; returns which of the ids are of such."""
    with _run(engine, place, wait) as run:
        return run.allow(ids)


@contextmanager
def _run(
    engine: Engine, place: IndexLocation, wait: float = 0.0, overwrite: bool = False, jobs: int | None = None
) -> Iterator[_Run]:
    """A batch of changes to an index and its state, committed at the end where there were any."""
    former = engine.former_user_data() if overwrite else b""
    with engine.writer(wait, overwrite=overwrite, jobs=jobs) as writer:
        snapshot = None if overwrite else engine.snapshot()
        try:
            before = b"" if snapshot is None else snapshot.user_data()
            try:
                run = _Run(writer, snapshot, place, before)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                raise CorruptIndexError(
                    place, f"what {place} keeps of its sources cannot be read ({error!r}): remove it and build anew"
                ) from error
            with suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
                run.taken_down |= _taken_down(former)
            yield run
            run.withdraw(writer.rejections())
            after = run.state()
            if run.changed or overwrite or after != before:
                writer.commit(after)
            else:
                writer.cancel()
        finally:
            if snapshot is not None:
                snapshot.close()


def require(sources: Sequence[Path]) -> None:
    """`SourceError` where one of the sources does not exist."""
    for source in sources:
        if source != STANDARD_INPUT and not source.exists():
            raise SourceError(str(source), "there is no such file or folder: name the folder that holds your articles")


@contextmanager
def _standard_input() -> Iterator[SourceFile]:
    """All of standard input as a file: what comes through a pipe can be read once, and sources are looked at twice."""
    digest = blake2b(digest_size=8)
    with tempfile.TemporaryDirectory(prefix="searchidx-") as folder:
        path = Path(folder, "stdin")
        with open(path, "wb") as spooled:
            piped: Any = sys.stdin.buffer
            while block := piped.read1(_COPIED):  # an interrupt is noticed between two
                digest.update(block)
                spooled.write(block)
        yield SourceFile(path, f"{_PIPED_NAME}{digest.hexdigest()}")


class _Told:
    """How far a build is, as whoever wants to know is told: in bytes, and never less than before."""

    def __init__(self, on_progress: Progress | None, total: int) -> None:
        self._on_progress = on_progress
        self._total = total
        self._reached = 0

    def followed(self, files: Sequence[SourceFile], sizes: Sequence[int]) -> list[SourceFile]:
        """The files, made to tell how much of them has been read."""
        if self._on_progress is None:
            return list(files)
        self._tell(0, 0)
        starts = itertools.accumulate(sizes, initial=0)
        return [replace(file, on_bytes=partial(self._tell, start)) for file, start in zip(files, starts, strict=False)]

    def _tell(self, start: int, count: int) -> None:
        self._reached = max(self._reached, start + count)
        if self._on_progress is not None:
            self._on_progress(self._reached, self._total)

    def ended(self) -> None:
        """All has been read."""
        self._tell(self._total, 0)


class _Run:
    """One build: the state as it becomes, and the counts."""

    def __init__(self, writer: Writer, snapshot: Snapshot | None, place: IndexLocation, state: bytes) -> None:
        self._writer = writer
        self._snapshot = snapshot
        self._folder = (local_folder(place) or Path("/")).resolve()
        self._roots = _read_state(state, self._folder)
        # Which file gave each article that stands in the index.
        self._owners = {
            id: (key, name)
            for key, root in self._roots.items()
            for name, file in root.files.items()
            for id in file.digests
        }
        self.taken_down = _taken_down(state)
        self._has_other_readers = bool(state) and json.loads(state).get("readers") != readers()
        self._freed: set[str] = set()  # removed in this very build: the snapshot still has them
        self._built: dict[str, _Root] = {}
        self.added = self.updated = self.unchanged = self.removed = self.ignored = 0

    @property
    def changed(self) -> bool:
        """Whether any article was written or removed."""
        return bool(self.added or self.updated or self.removed)

    def report(self) -> Report:
        """What was done."""
        skipped = tuple(
            (_place(root, place), reason)
            for root in self._built.values()
            for name in sorted(root.files)
            for place, reason in root.files[name].skips
        )
        return Report(self.added, self.updated, self.unchanged, self.removed, self.ignored, skipped)

    def roots(
        self,
        sources: Sequence[Path | SourceFile],
        columns: Mapping[str, str] | None,
        on_progress: Progress | None,
        jobs: int,
    ) -> None:
        """Bring the articles of some roots up to date, with so many processes; a file alone is standard input."""
        work: list[tuple[str, SourceFile, list[int]]] = []
        for source in sources:
            key = _PIPED if isinstance(source, SourceFile) else self._key(source)
            if key in self._built:
                continue
            root = self._built[key] = self._roots.setdefault(key, _Root(STANDARD_INPUT))
            is_other = columns is not None and columns != root.columns
            if is_other:
                root.columns = dict(columns or {})
            if isinstance(source, SourceFile):
                work.append((key, replace(source, columns=root.columns), _look(source.path)))
                continue
            root.given, root.is_file = source, not source.is_dir()
            work += ((key, file, look) for file, look in self._changed_files(root, is_other))
        bar = _Told(on_progress, sum(max(look[0], 0) for *_, look in work))
        refused: list[tuple[str, SourceFile, list[int]]] = []
        files = bar.followed([file for _, file, _ in work], [max(look[0], 0) for *_, look in work])
        for (key, file, look), (_, found) in zip(work, read_all(files, jobs), strict=True):
            if self._read(key, file, look, found):
                refused.append((key, file, look))
        # Whoever had the id that a file was refused may have given it up since.
        for key, file, look in refused:
            self._read(key, file, look, read_file(file), again=True)
        bar.ended()

    def state(self) -> bytes:
        """What the next build is to know."""
        roots = {
            key: {
                "is_file": root.is_file,
                **({"columns": root.columns} if root.columns else {}),
                "files": {
                    name: [file.look, file.digests, file.skips, file.withheld, file.content]
                    for name, file in sorted(root.files.items())
                },
            }
            for key, root in sorted(self._roots.items())
        }
        kept = {"version": 1, "readers": readers(), "roots": roots, "taken_down": sorted(self.taken_down)}
        return json.dumps(kept, separators=(",", ":")).encode()

    def withdraw(self, refused: Mapping[str, str]) -> None:
        """Leave articles out that the engine refused after they were added; what it refused is tried again."""
        for id, reason in refused.items():
            self._writer.delete(id)
            key, name = self._owners.pop(id)
            file = self._roots[key].files[name]
            del file.digests[id]
            file.skips.append((name if name == id else f"{name} ({id})", f"the index refused it: {reason}"))
            file.look = list(_REREAD)
            if self._snapshot is not None and self._snapshot.find(id) is not None:
                self.updated -= 1
                self.removed += 1
            else:
                self.added -= 1

    def delete_permanently(self, ids: Sequence[str]) -> list[str]:
        """Remove articles for good; which of the ids named one."""
        found = []
        for id in dict.fromkeys(ids):
            deleted = self._writer.delete(id)
            if deleted or id in self.taken_down:
                found.append(id)
                self.taken_down.add(id)
                self.removed += deleted
            if (owner := self._owners.pop(id, None)) is not None:
                file = self._roots[owner[0]].files[owner[1]]
                del file.digests[id]
                file.withheld.append(id)
                file.look = list(_REREAD)  # so that the next build says that it leaves it out
        if self.removed:
            self._writer.purge()
        return found

    def allow(self, ids: Sequence[str]) -> list[str]:
        """Let articles in again; which of the ids were of such that were taken down."""
        found = [id for id in dict.fromkeys(ids) if id in self.taken_down]
        self.taken_down -= set(found)
        for root in self._roots.values():
            for file in root.files.values():
                if not self.taken_down.issuperset(file.withheld):
                    file.look = list(_REREAD)
        return found

    def _key(self, source: Path) -> str:
        """How a root is called in the state: relative to the index, so that both can move together.

        For an index on a cluster it is the whole path.
        """
        resolved = source.resolve()
        try:
            return Path(os.path.relpath(resolved, self._folder)).as_posix()
        except ValueError:  # another drive
            return resolved.as_posix()

    def _changed_files(self, root: _Root, all_of_them: bool) -> Iterator[tuple[SourceFile, list[int]]]:
        """The files of a root that are new or look other than they did, or all of them; what is gone is forgotten."""
        here, unlisted = self._files(root.given)
        for name in list(root.files):
            if name.startswith(tuple(unlisted)):
                here.pop(name, None)
                self.unchanged += len(root.files[name].digests)
            elif name not in here:
                self._forget(root.files.pop(name).digests)
        for folder, why in unlisted.items():
            kept = sum(len(file.digests) for name, file in root.files.items() if name.startswith(folder))
            reason = f"the folder cannot be listed: {why}" + (f"; {_kept(kept)}" if kept else "")
            root.files[folder] = _File(list(_REREAD), {}, [(folder, reason)])
        for name, path in here.items():
            look = _look(path)
            known = root.files.get(name)
            is_readable_now = self._has_other_readers and known is not None and bool(known.skips)
            if (
                known is not None
                and not (all_of_them or is_readable_now)
                and (known.look == look or _is_same(known, look, path))
            ):
                known.look = look
                self.unchanged += len(known.digests)
            else:
                yield SourceFile(Path(path), name, columns=root.columns), look

    def _files(self, source: Path) -> tuple[dict[str, str], dict[str, str]]:
        """The files below a root by name, in the order of their names; and the folders that cannot be listed, why.

        What is left aside is counted.
        """
        if not source.is_dir():
            return {source.name: str(source)}, {}
        found: dict[str, str] = {}
        unlisted: dict[str, str] = {}

        def on_error(error: OSError) -> None:
            folder = os.path.relpath(error.filename, source)
            unlisted["" if folder == "." else f"{_name(folder)}/"] = error.strerror or str(error)

        for where, folders, names in os.walk(source, onerror=on_error):
            below = Path(where).relative_to(source).as_posix()
            prefix = "" if below == "." else f"{below}/"
            for folder in list(folders):
                path = Path(where, folder)
                if is_ignored_folder(folder) or path.is_symlink() or path.resolve() == self._folder:
                    folders.remove(folder)
                    self.ignored += 1
            for name in names:
                if is_ignored(name):
                    self.ignored += 1
                else:
                    found[_name(prefix + name)] = os.path.join(where, name)  # a Path for each would take a third of it
        return dict(sorted(found.items())), unlisted

    def _forget(self, ids: dict[str, str]) -> None:
        for id in ids:
            self._owners.pop(id, None)
            self._freed.add(id)
            if self._writer.delete(id):
                self.removed += 1

    def _read(
        self, key: str, file: SourceFile, look: list[int], given: Iterable[Article | Skip], again: bool = False
    ) -> bool:
        """Take what a file gives that is new or changed, and replace its articles; whether any was refused its id.

        `again` says that it was read before in this build.
        """
        root = self._roots[key]
        before = dict(root.files[file.name].digests) if file.name in root.files else {}
        now = _File(look, content="" if again else _content(file.path))
        damaged = refused = False
        unnamed = 0
        for found in given:
            if isinstance(found, Skip):
                damaged |= found.damaged
                if len(now.skips) < _MOST_SKIPS:
                    now.skips.append((found.place, found.reason))
                else:
                    unnamed += 1
                continue
            place = file.name if found.id == file.name else f"{file.name} ({found.id})"
            if key == _PIPED:
                before |= self._given_up(found.id, file.name)
            if found.id in now.digests:
                reason = f"its id {found.id!r} stands twice in {_place(root, file.name)}; the first is kept"
                now.skips.append((place, reason))
            elif found.id in self.taken_down:
                now.withheld.append(found.id)
                now.skips.append((place, TAKEN_DOWN.format(found.id)))
            elif (claim := self._claimed(found.id, (key, file.name))) is not None:
                refused = True
                now.skips.append((place, claim))
                now.look = list(_REREAD)
            else:
                try:
                    self._put(found, before, now, again)
                except ArticleError as error:  # one that this index cannot hold
                    now.skips.append((place, str(error)))
                else:
                    self._owners[found.id] = (key, file.name)
        if unnamed:
            now.skips.append((file.name, f"{unnamed:,} more were skipped"))
        lost = {id: digest for id, digest in before.items() if id not in now.digests}
        if damaged and lost:
            now.digests.update(lost)
            self.unchanged += 0 if again else len(lost)
            place, reason = now.skips[-1]
            now.skips[-1] = place, f"{reason}; {_kept(len(lost))}"
        else:
            self._forget(lost)
        root.files[file.name] = now
        return refused

    def _given_up(self, id: str, name: str) -> dict[str, str]:
        """What earlier standard input gave under an id, which what comes now may replace: its id and digest."""
        owner = self._owners.get(id)
        if owner is None or owner[0] != _PIPED or owner[1] == name:
            return {}
        files = self._roots[_PIPED].files
        given = {id: files[owner[1]].digests.pop(id)}
        self._owners[id] = (_PIPED, name)
        if not files[owner[1]].digests:
            del files[owner[1]]
        return given

    def _put(self, article: Article, before: dict[str, str], now: _File, again: bool) -> None:
        # Where a piped article stood says nothing of it: the file that it came by is called after all that came.
        digest = _digest(replace(article, path="") if article.path.startswith(_PIPED_NAME) else article)
        if before.get(article.id) == digest:
            self.unchanged += not again
        else:
            self._writer.add(article)
            if article.id in before:
                self.updated += 1
            else:
                self.added += 1
        now.digests[article.id] = digest

    def _claimed(self, id: str, by: tuple[str, str]) -> str | None:
        """Why a file may not have an id: another place has it."""
        owner = self._owners.get(id)
        if owner is None:
            if self._snapshot is None or id in self._freed or self._snapshot.find(id) is None:
                return None
            return f"its id {id!r} is that of an article added by a program, which is kept"
        if owner == by:
            return None
        return f"its id {id!r} is that of an article in {_place(self._roots[owner[0]], owner[1])}, which is kept"


def _place(root: _Root, place: str) -> str:
    """A place below a root as a person can open it."""
    folder = root.given.parent if root.is_file else root.given
    # A place may hold an address, whose slashes a path would make fewer.
    return place if folder == Path() else f"{folder.as_posix().rstrip('/')}/{place}"


def _name(path: str) -> str:
    """A file's name as text: what is no Unicode in it is written out."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _kept(count: int) -> str:
    return "the article it gave before stays" if count == 1 else f"the {count:,} articles it gave before stay"


def _look(path: Path | str) -> list[int]:
    try:
        stat = os.stat(path)
    except OSError:
        return list(_REREAD)
    if not S_ISREG(stat.st_mode):
        return list(_REREAD)
    is_fresh = time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) < _FRESH
    return [stat.st_size, -1 if is_fresh else stat.st_mtime_ns, stat.st_ctime_ns]


def _is_same(known: _File, look: list[int], path: str) -> bool:
    """Whether a file holds what it did, although its times say otherwise, or too little."""
    return known.look[0] == look[0] >= 0 and known.content != "" and known.content == _content(path)


def _content(path: Path | str) -> str:
    """A digest of a file's bytes; empty where it cannot be read."""
    try:
        if not S_ISREG(os.stat(path).st_mode):
            return ""
        with open(path, "rb") as file:
            return hashlib.file_digest(file, partial(blake2b, digest_size=8)).hexdigest()
    except OSError:
        return ""


def _digest(article: Article) -> str:
    return blake2b(_encode(article.to_dict()).encode(), digest_size=8).hexdigest()


def _taken_down(state: bytes) -> set[str]:
    return set(map(str, json.loads(state).get("taken_down", ()))) if state else set()


def _read_state(state: bytes, folder: Path) -> dict[str, _Root]:
    if not state:
        return {}
    return {
        key: _Root(
            STANDARD_INPUT if key == _PIPED else Path(os.path.normpath(folder / key)),
            bool(root["is_file"]),
            dict(root.get("columns", {})),
            {
                str(name): _File(look, dict(digests), [(place, reason) for place, reason in skips], *rest)
                for name, (look, digests, skips, *rest) in root["files"].items()
            },
        )
        for key, root in json.loads(state)["roots"].items()
    }
