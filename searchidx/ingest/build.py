"""Build an index from source files, incrementally.

A file that did not change since the last build is not opened. One that changed replaces exactly its articles, and one
that is gone removes them. A file that can no longer be read keeps the articles it gave before, so a damaged disk or a
half-written file loses nothing. Articles that were deleted permanently are left out.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from searchidx.engines.contract import Engine
from searchidx.engines.locations import IndexLocation
from searchidx.errors import ArticleError, SourceError, UnsupportedError
from searchidx.ingest.article_messages import ReadArticle, ReadResult
from searchidx.ingest.captures import page_addresses
from searchidx.ingest.reader_pool import FormatTally, read_all, read_articles
from searchidx.ingest.relocation import find_containing_root, find_nested_roots, follow_renamed_roots
from searchidx.ingest.report import Report
from searchidx.ingest.scanner import content_digest, file_signature, kept_articles_note, saved_time, scan_root
from searchidx.ingest.state import (
    STANDARD_INPUT,
    STANDARD_INPUT_ROOT,
    STDIN_PREFIX,
    UNKNOWN_SIGNATURE,
    FileState,
    RootState,
)
from searchidx.ingest.transaction import Transaction, open_transaction
from searchidx.sources import Skip, SourceFile, find_format
from searchidx.sources.format_registry import SourceFormat
from searchidx.versions import CAPTURED
from searchidx.worker_pool import available_cores

ProgressCallback = Callable[[int, int], None]
"""Called from time to time with the number of bytes read, and their total."""

_MAX_SKIPS = 1_000
"""Maximum number of skips reported for one file, so that a gigabyte of garbage does not fill the state."""
_BLOCK_SIZE = 1 << 20
"""Standard input is copied in blocks of this many bytes."""


def build(
    engine: Engine,
    location: IndexLocation,
    sources: Sequence[Path],
    *,
    wait: float = 0.0,
    overwrite: bool = False,
    jobs: int | None = None,
    columns: Mapping[str, str] | None = None,
    language: str | None = None,
    exclude: Sequence[str] | None = None,
    max_ratio: float | None = None,
    allow_empty: bool = False,
    keep_versions: bool | None = None,
    discard_versions: bool = False,
    on_progress: ProgressCallback | None = None,
) -> Report:
    """Bring an index up to date with its sources; other roots of the index stay as they are.

    The source `-` is standard input: its articles are added or updated, and none is removed. `columns` tells under
    which names the records of these roots hold the fields. `language` is the tag of articles that state no language and
    show none. `exclude` has patterns of files to leave out. A file may expand to `max_ratio` times its size.
    `keep_versions` tells whether the former texts of articles that changed are kept. None keeps what these were in the
    last build. `overwrite` starts with an empty index, and reads all its roots again; former texts stay, unless
    `discard_versions`. Raises `SourceError`, and changes nothing, if a root does not exist, or is empty and gave
    articles before; with `allow_empty` its articles are removed.
    """
    if not allow_empty:
        check_sources(sources)
    if keep_versions and not engine.capabilities.keeps_versions:
        raise UnsupportedError("--keep-versions", "an index on a cluster keeps no versions of articles")
    with (
        ExitStack() as stack,
        open_transaction(engine, location, wait, overwrite, jobs, discard_versions) as transaction,
    ):
        roots = [stack.enter_context(_spool_stdin()) if source == STANDARD_INPUT else source for source in sources]
        can_keep_versions = engine.capabilities.keeps_versions
        options = _RootOptions(columns, language, exclude, max_ratio, keep_versions)
        run = _BuildRun(transaction, allow_empty, can_keep_versions)
        run.build(roots, options, on_progress, available_cores() if jobs is None else jobs)
    return run.report()


def check_sources(sources: Sequence[Path]) -> None:
    """Raise `SourceError` if a source does not exist."""
    for source in sources:
        if source != STANDARD_INPUT and not source.exists():
            raise SourceError(
                str(source),
                "there is no such file or folder: name the folder that holds your articles, or use --allow-empty "
                "to remove the articles of one that is gone",
            )


@contextmanager
def _spool_stdin() -> Iterator[SourceFile]:
    """Copy standard input into a file: a pipe can be read only once, and files are read several times."""
    digest = blake2b(digest_size=8)
    with tempfile.TemporaryDirectory(prefix="searchidx-") as folder:
        path = Path(folder, "stdin")
        with open(path, "wb") as spooled:
            stdin: Any = sys.stdin.buffer
            while block := stdin.read1(_BLOCK_SIZE):  # an interrupt is noticed between two blocks
                digest.update(block)
                spooled.write(block)
        yield SourceFile(path, f"{STDIN_PREFIX}{digest.hexdigest()}")


class _ProgressMeter:
    """Reports how many bytes of all files have been read; never fewer than before."""

    def __init__(self, callback: ProgressCallback, total: int) -> None:
        self._callback = callback
        self._total = total
        self._done = 0

    def follow(self, files: Sequence[SourceFile], sizes: Sequence[int]) -> list[SourceFile]:
        """The files, changed so that reading them advances the meter."""
        self.advance(0, 0)
        starts = itertools.accumulate(sizes, initial=0)
        advance = self.advance
        return [replace(file, on_bytes=partial(advance, start)) for file, start in zip(files, starts, strict=False)]

    def advance(self, start: int, count: int) -> None:
        """Report that `count` bytes were read of the file that begins at byte `start`."""
        self._done = max(self._done, start + count)
        self._callback(self._done, self._total)


class _ChangedFile(NamedTuple):
    """A file to read: the key of its root, the file, and its signature."""

    root: str
    file: SourceFile
    signature: Sequence[int]


class _RootOptions(NamedTuple):
    """What a build says of its roots, as the attributes of `RootState`; None leaves what it was."""

    columns: Mapping[str, str] | None = None
    language: str | None = None
    exclude: Sequence[str] | None = None
    max_ratio: float | None = None
    keep_versions: bool | None = None

    def apply(self, root: RootState) -> bool:
        """Change a root; returns whether its files must be read again."""
        former = root.columns, root.language, root.max_ratio, root.keep_versions
        root.columns = root.columns if self.columns is None else dict(self.columns)
        root.language = root.language if self.language is None else self.language
        root.exclude = root.exclude if self.exclude is None else list(self.exclude)
        root.max_ratio = root.max_ratio if self.max_ratio is None else self.max_ratio
        root.keep_versions = root.keep_versions if self.keep_versions is None else self.keep_versions
        return former != (root.columns, root.language, root.max_ratio, root.keep_versions)


class _BuildRun:
    """One build within a transaction."""

    def __init__(self, transaction: Transaction, allow_empty: bool, can_keep_versions: bool) -> None:
        self._can_keep_versions = can_keep_versions
        self._transaction = transaction
        self._state = transaction.state
        self._allow_empty = allow_empty
        self._roots: dict[str, RootState] = {}
        self._related: list[tuple[str, str, bool]] = []  # root and name of a file, and whether it is a whole
        self._ignored = 0
        self._tally = FormatTally()

    def report(self) -> Report:
        """What was done."""
        files = [(root, name, root.files[name]) for root in self._roots.values() for name in sorted(root.files)]
        done = self._transaction
        return Report(
            done.added,
            done.updated,
            done.unchanged,
            done.removed,
            self._ignored,
            (*((root.place(place), reason) for root, _, file in files for place, reason in file.skips), *done.lost),
            kept=done.kept,
            formats=self._tally.rows(),
            withheld=tuple((root.place(_place(name, id)), id) for root, name, file in files for id in file.withheld),
        )

    def build(
        self,
        sources: Sequence[Path | SourceFile],
        options: _RootOptions,
        on_progress: ProgressCallback | None,
        jobs: int,
    ) -> None:
        """Bring the articles of some roots up to date; a `SourceFile` is spooled standard input."""
        changed: list[_ChangedFile] = []
        for source in sources:
            for root in (source,) if isinstance(source, SourceFile) else self._related_roots(source):
                changed += self._find_changed(root, options)
        for former in self._transaction.former_roots:
            changed += self._find_changed(former, _RootOptions())
        sizes = [max(each.signature[0], 0) for each in changed]
        files = [each.file for each in changed]
        if on_progress is not None:
            meter = _ProgressMeter(on_progress, sum(sizes))
            files = meter.follow(files, sizes)
        with_conflicts = [
            each
            for each, (_, results) in zip(changed, read_all(files, jobs, self._tally), strict=True)
            if self._index(each, results)
        ]
        for each in self._find_related(changed):
            self._index(each, read_articles(each.file))
        # A file that had the id may have given it up since.
        files = [replace(each.file, budget=each.file.budget.renew()) for each in with_conflicts]
        for each, (_, results) in zip(with_conflicts, read_all(files, jobs), strict=True):
            self._index(each, results, is_retry=True)
        if self._can_keep_versions:
            self._transaction.write_pages(list(self._roots.values()))
        if on_progress is not None:
            meter.advance(sum(sizes), 0)

    def _related_roots(self, source: Path) -> list[Path]:
        """The roots to build for a source: the known one around it, or itself and the known ones within it."""
        follow_renamed_roots(self._state, source)
        around = find_containing_root(self._state, source)
        return [source, *find_nested_roots(self._state, source)] if around is None else [around]

    def _find_changed(self, source: Path | SourceFile, options: _RootOptions) -> list[_ChangedFile]:
        key = STANDARD_INPUT_ROOT if isinstance(source, SourceFile) else self._state.key_of(source)
        if key in self._roots:
            return []
        root = self._roots[key] = self._state.roots.setdefault(key, RootState(STANDARD_INPUT))
        must_reread = options.apply(root)
        if isinstance(source, SourceFile):
            for earlier in root.files.values():  # its input is gone, so its skips help nobody
                earlier.skips.clear()
                earlier.withheld.clear()
            return [_ChangedFile(key, root.source_file(source.path, source.name), file_signature(source.path))]
        if not source.exists():
            return self._remove_root(key, source)
        root.path, root.is_file = source, not source.is_dir()
        others = {each.resolve() for each in find_nested_roots(self._state, source)} | {self._transaction.index_folder}
        scan = scan_root(root, others, must_reread, self._state.has_other_readers, self._allow_empty)
        if scan.is_emptied and not self._allow_empty:
            count = sum(len(file.digests) for file in scan.removed)
            raise SourceError(
                str(source),
                f"it is empty, and {count:,} articles of the index came from it: mount or restore it, or remove them "
                "with --allow-empty",
            )
        for file in scan.removed:
            self._transaction.remove(file.digests, file.captures)
        self._transaction.unchanged += scan.unchanged
        self._ignored += scan.ignored
        return [_ChangedFile(key, *each) for each in scan.changed]

    def _remove_root(self, key: str, source: Path) -> list[_ChangedFile]:
        """Remove the articles of a root that is gone."""
        root = self._state.roots.pop(key)
        del self._roots[key]
        if not root.files:
            check_sources([source])
        for file in root.files.values():
            self._transaction.remove(file.digests, file.captures)
        return []

    def _find_related(self, changed: Sequence[_ChangedFile]) -> Iterator[_ChangedFile]:
        """The files to read as well: wholes that got a new part, and files that became a part."""
        done = {(each.root, each.file.name) for each in changed}
        for key, name, is_whole in self._related:
            root = self._state.roots[key]
            path = root.path / name
            known = root.files.get(name)
            if (key, name) in done or root.is_file or not path.is_file() or not (is_whole or (known and known.digests)):
                continue
            done.add((key, name))
            self._transaction.unchanged -= known.single_count if known else 0
            yield _ChangedFile(key, root.source_file(path, name), file_signature(path))

    def _index(self, changed: _ChangedFile, results: Iterable[ReadResult], is_retry: bool = False) -> bool:
        """Replace the articles of a file; returns whether another file has the id of one of them.

        `is_retry` tells that this build has indexed the file before.
        """
        key, file, signature = changed
        owner = key, file.name
        root = self._state.roots[key]
        known = root.files.get(file.name)
        before = {} if known is None else dict(known.digests)
        now = FileState(signature, content="" if is_retry else content_digest(file.path))
        pages = {} if known is None else known.captures
        keeper = None
        if self._can_keep_versions:
            keeper = _VersionKeeper(self._transaction, root, file, known or self._formerly_known(key, file), now)
        is_damaged = has_conflict = False
        more_skips = 0
        for result in results:
            if isinstance(result, Skip) and result.part_of:
                if result.place == file.name:
                    now.part_of = result.part_of
                self._related.append((key, result.part_of if now.part_of else result.place, bool(now.part_of)))
                continue
            if isinstance(result, Skip):
                is_damaged |= result.damaged
                if len(now.skips) < _MAX_SKIPS:
                    now.skips.append((result.place, result.reason))
                else:
                    more_skips += 1
                continue
            id = result.article.id
            place = _place(file.name, id)
            if key == STANDARD_INPUT_ROOT:
                before |= self._release_stdin_owner(id, file.name)
            if id in now.digests:
                reason = f"its id {id!r} occurs twice in {root.place(file.name)}; the first is kept"
                now.skips.append((place, reason))
            elif (deleted := self._find_deleted(result)) is not None:
                now.withheld += [deleted] if deleted not in now.withheld else []
            elif (conflict := self._transaction.find_id_conflict(id, owner)) is not None:
                has_conflict = True
                now.skips.append((place, conflict))
                now.signature = UNKNOWN_SIGNATURE
            else:
                try:
                    self._add_article(result, before, now, is_retry, keeper)
                except ArticleError as error:  # the engine cannot hold it
                    now.skips.append((place, str(error)))
                else:
                    self._state.owners[id] = owner
        if more_skips:
            now.skips.append((file.name, f"{more_skips:,} more were skipped"))
        missing = {id: digest for id, digest in before.items() if id not in now.digests}
        if is_damaged and missing:
            now.digests.update(missing)
            now.captures |= {id: page for id, page in pages.items() if id in missing}
            self._transaction.unchanged += 0 if is_retry else len(missing.keys() - pages.keys())
            place, reason = now.skips[-1]
            now.skips[-1] = place, f"{reason}; {kept_articles_note(len(missing))}"
        else:
            self._transaction.remove(missing, pages)
        root.files[file.name] = now
        return has_conflict

    def _find_deleted(self, found: ReadArticle) -> str | None:
        """The id under which an article was deleted permanently; that of a saved page may be another page's."""
        state = self._state
        if found.article.id in state.deleted_ids:
            return found.article.id
        addresses = page_addresses(found.article.decode()) if state.deleted_addresses and found.is_file else ()
        return next((state.deleted_addresses[at] for at in addresses if at in state.deleted_addresses), None)

    def _formerly_known(self, key: str, file: SourceFile) -> FileState | None:
        """The state of a file in the index that is overwritten."""
        state = self._transaction.former_state
        root = None if state is None else state.roots.get(key)
        return None if root is None else root.files.get(file.name)

    def _release_stdin_owner(self, id: str, name: str) -> dict[str, str]:
        """Let standard input replace an article of an earlier one; returns its id and digest, if there is one."""
        owner = self._state.owners.get(id)
        if owner is None or owner[0] != STANDARD_INPUT_ROOT or owner[1] == name:
            return {}
        files = self._state.roots[STANDARD_INPUT_ROOT].files
        digests = {id: files[owner[1]].digests.pop(id)}
        self._state.owners[id] = (STANDARD_INPUT_ROOT, name)
        if not files[owner[1]].digests:
            del files[owner[1]]
        return digests

    def _add_article(
        self,
        found: ReadArticle,
        before: Mapping[str, str],
        now: FileState,
        is_retry: bool,
        keeper: _VersionKeeper | None,
    ) -> None:
        """Add an article unless the index has it already."""
        id = found.article.id
        if keeper is not None and keeper.add_page(found):
            pass
        elif before.get(id) == found.digest:
            self._transaction.unchanged += not is_retry
        else:
            self._transaction.writer.add_encoded(found.article)
            if keeper is not None and (id in before or self._transaction.is_replaced(id)):
                keeper.keep(found)
            if id in before:
                self._transaction.updated += 1
            else:
                self._transaction.added += 1
        now.digests[id] = found.digest


class _VersionKeeper:
    """Keeps the versions of the articles of one file, if its root or its format says so."""

    def __init__(
        self, transaction: Transaction, root: RootState, file: SourceFile, known: FileState | None, now: FileState
    ) -> None:
        self._transaction = transaction
        self._root = root
        self._file = file
        self._known = known
        self._now = now

    @cached_property
    def _format(self) -> SourceFormat:
        return find_format(self._file, self._root.source_file(self._file.path, self._file.name).head())

    @cached_property
    def _is_same(self) -> bool:
        """Whether the file is what it was: then its articles differ because they were read in another way."""
        is_same = self._known is not None and self._known.content == self._now.content != ""
        return is_same and not self._format.has_parts

    @property
    def _known_saved(self) -> str:
        return "" if self._known is None else saved_time(self._known.signature)

    def add_page(self, found: ReadArticle) -> bool:
        """Add an article if it is a saved page, or was one; returns whether it is done."""
        before = None if self._known is None else self._known.captures.get(found.article.id)
        if (before is None and not found.is_file) or self._file.name.startswith(STDIN_PREFIX):
            return False
        is_wanted = self._root.keep_versions
        if is_wanted is None:
            is_wanted = self._format.keeps_versions or found.article.has_provenance(CAPTURED)
        if before is None and not is_wanted:
            return False
        article = found.article.decode()
        if before is None and not page_addresses(article):
            return False
        saved = article.provenance.get(CAPTURED) or saved_time(self._now.signature)
        pages = self._transaction.pages
        if is_wanted:
            page = pages.add(article, saved, before, self._known_saved, self._is_same)
            self._now.captures[article.id] = page
        elif before is not None:
            pages.release(article, saved, before)
        return True

    def keep(self, found: ReadArticle) -> None:
        """Keep what the index has under the id of an article of the file, which replaces it."""
        is_wanted = self._format.keeps_versions if self._root.keep_versions is None else self._root.keep_versions
        if is_wanted and not self._is_same:
            self._transaction.keep_former_text(
                found.article.decode(), self._known_saved, saved_time(self._now.signature)
            )


def _place(file: str, id: str) -> str:
    """The place of an article in a file."""
    return file if id == file else f"{file} ({id})"
