"""Build, watch, check and prune indexes: the functions of `searchidx` that change an archive as a whole."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from searchidx.archive import open_workspace
from searchidx.engines.locations import IndexLocation, local_folder, parse_location
from searchidx.engines.registry import engine_class
from searchidx.errors import IndexNotFoundError, IndexVersionError, UnsupportedError
from searchidx.languages import parse_default_language

if TYPE_CHECKING:
    from searchidx.ingest.build import ProgressCallback
    from searchidx.ingest.report import Report, SalvageReport

_WATCH_WAIT = 60.0
"""How many seconds each build of `watch` waits for another writer."""


def build(
    *sources: str | Path,
    index: str | IndexLocation = "index",
    wait: float = 0.0,
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
    """Bring an index up to date with folders or files of saved articles; create it if it does not exist.

    Unchanged files are not read again. An index in a format of another version is rebuilt from all its sources, with
    the options of their last builds. A file that cannot be read is skipped; the report's `skipped` gives its place and
    the reason, and names the articles of a rebuilt index that no file gives again.

    Args:
        sources: folders or files; `-` adds the articles of standard input. Default `corpus`.
        index: the folder of the index, or its address on a cluster.
        wait: how many seconds to wait for another writer. Default 0.
        jobs: how many processes read and build; None (default) is one per processor. The index is the same for any
            number.
        columns: names of record fields that differ from the usual ones, as `{"body": "Volltext"}`. Later builds of
            the same sources remember them.
        language: the language of articles that state none, if it cannot be detected from their text either: a tag, a
            code or a name. Later builds of the same sources remember it; "" forgets it.
        exclude: patterns of files and folders to leave out, as in a `.gitignore`: `*.tmp`, `/drafts/`. Later builds
            of the same sources remember them; an empty list forgets them.
        max_ratio: how many times its size a file may expand to, in bytes, members and records, at any depth: a larger
            one is read up to there. The default of 200 stops bombs; up to 32 MB, no file is stopped. Later builds of
            the same sources remember it.
        allow_empty: remove the articles of a folder that is empty or gone. Without it that is an error, because the
            disk may only not be mounted.
        keep_versions: keep the former text of each article that changed, for `Archive.history`. None (default) keeps
            those of pages and web archives. Later builds of the same sources remember it.
        discard_versions: give up the former texts of an index in a format of another version, which this one cannot
            read. Without it that is an error, because no source has them.
        on_progress: called with the bytes read so far and the bytes of all changed files.

    Returns:
        The report: how many articles were added, updated, unchanged and removed, and what was skipped.

    Raises:
        SourceError: if a source does not exist, or is empty and gave articles before.
        IndexLockedError: if another writer is still open after `wait` seconds.
        CorruptIndexError: if the index is damaged. It is left as it was.
        IndexVersionError: if its format is of another version, and it has former texts that would be lost.
        UnsupportedError: if `keep_versions` is asked of an index on a cluster.
        ValueError: if `columns` names a field that articles do not have, or `language` is not a language.

    Example:
        >>> report = searchidx.build("corpus/", index="index")
        >>> report.added, report.skipped
    """
    # Opening an archive does not load the readers of sources.
    from searchidx.ingest import build as ingestion
    from searchidx.sources.record_fields import FIELD_ALIASES

    if unknown := set(columns or ()) - set(FIELD_ALIASES):
        raise ValueError(f"{min(unknown)!r} is not a field of an article: use one of {', '.join(FIELD_ALIASES)}")
    language = parse_default_language(language)
    location = parse_location(index)
    roots: Sequence[Path] = [Path(source) for source in sources or ("corpus",)]
    if not allow_empty:
        ingestion.check_sources(roots)
    overwrite = rebuilt = False
    try:
        engine_class(location).open(location)
    except IndexNotFoundError:
        overwrite = True
    except IndexVersionError:
        overwrite = rebuilt = True
    report = ingestion.build(
        engine_class(location).at(location),
        location,
        roots,
        wait=wait,
        overwrite=overwrite,
        jobs=jobs,
        columns=columns,
        language=language,
        exclude=exclude,
        max_ratio=max_ratio,
        allow_empty=allow_empty,
        keep_versions=keep_versions,
        discard_versions=discard_versions,
        on_progress=on_progress,
    )
    return replace(report, rebuilt=rebuilt)


def watch(
    *sources: str | Path,
    index: str | IndexLocation = "index",
    jobs: int | None = None,
    columns: Mapping[str, str] | None = None,
    language: str | None = None,
    exclude: Sequence[str] | None = None,
    max_ratio: float | None = None,
    keep_versions: bool | None = None,
    poll: float | None = None,
    stop: threading.Event | None = None,
) -> Iterator[Report]:
    """Build an index, and build again whenever files of the sources change.

    Changes that arrive together are one commit. A build waits up to 60 seconds for another writer.

    Args:
        sources: folders or files, as for `build`.
        index: the folder of the index, or its address on a cluster.
        jobs: how many processes build, as for `build`.
        columns: names of record fields, as for `build`.
        language: the language of articles that state none and show none, as for `build`.
        exclude: patterns of files to leave out, as for `build`.
        max_ratio: how many times its size a file may expand to, as for `build`.
        keep_versions: keep the former texts of articles that changed, as for `build`.
        poll: look for changes every so many seconds. None (default) lets the operating system report them, which
            network file systems do not do for changes by other machines.
        stop: ends the iterator when it is set; None (default) never ends.

    Returns:
        An iterator over the reports of the builds.

    Raises:
        MissingExtraError: if watchfiles is not installed.
        SearchidxError: as `build` does.
    """
    from searchidx.ingest import watch as watcher

    roots = [Path(source) for source in sources or ("corpus",)]
    return watcher.watch(
        lambda: build(
            *roots,
            index=index,
            jobs=jobs,
            columns=columns,
            language=language,
            exclude=exclude,
            max_ratio=max_ratio,
            keep_versions=keep_versions,
            wait=_WATCH_WAIT,
        ),
        roots,
        local_folder(parse_location(index)),
        poll,
        stop,
    )


def delete(
    *ids: str, index: str | IndexLocation = "index", wait: float = 0.0, workspace: str | Path | None = None
) -> list[str]:
    """Delete articles permanently: no version of them stays in the index, and later builds leave them out.

    Deliveries of alerts that are still to be made leave them out, too. Labels and notes keep their ids.

    `allow` reverses it. (`archive.writer().delete(id)` deletes an article only until a build reads its source again.)

    Args:
        ids: ids of articles.
        index: the folder of the index, or its address on a cluster.
        wait: how many seconds to wait for another writer. Default 0.
        workspace: the file with labels, notes and alerts, as for `open`.

    Returns:
        The ids that name an article, or one that was deleted before.

    Raises:
        IndexLockedError: if another writer is still open after `wait` seconds.
    """
    from searchidx.ingest import permanent_deletion

    location = parse_location(index)
    deleted = permanent_deletion.delete_permanently(engine_class(location).open(location), location, ids, wait=wait)
    added = open_workspace(location, workspace)
    if deleted and added.path.exists():
        added.alerts.forget(deleted)
    return deleted


def allow(*ids: str, index: str | IndexLocation = "index", wait: float = 0.0) -> list[str]:
    """Allow articles that `delete` removed: the next build reads them again.

    Args:
        ids: ids of deleted articles.
        index: the folder of the index, or its address on a cluster.
        wait: how many seconds to wait for another writer. Default 0.

    Returns:
        The ids that name a deleted article.

    Raises:
        IndexLockedError: if another writer is still open after `wait` seconds.
    """
    from searchidx.ingest import permanent_deletion

    location = parse_location(index)
    return permanent_deletion.allow(engine_class(location).open(location), location, ids, wait=wait)


def check(index: str | IndexLocation = "index", *, workspace: str | Path | None = None) -> Iterator[str]:
    """Check an index and its workspace for damage; reads every byte of them. `salvage` saves what is left.

    Args:
        index: the folder of the index, or its address on a cluster.
        workspace: the file with labels, notes and alerts, as for `open`.

    Returns:
        An iterator over one line for each damage.
    """
    location = parse_location(index)
    yield from engine_class(location).open(location).verify()
    store = open_workspace(location, workspace).store
    if workspace is not None or os.path.exists(store.path):  # the folder around the index may be unreadable
        yield from store.check()


def salvage(into: str | Path, *, index: str | Path = "index") -> SalvageReport:
    """Write every article of a damaged index that can still be read whole and right to a new index.

    The damaged index is only read. An article is saved if checksums prove that it is as it was stored. No deleted
    article comes back. Former versions, the list of sources and the ids that `delete` removed are saved as well; the
    next `build` of the new index reads the files again of which articles are lost. The workspace is no part of an
    index: it stays, and belongs to the new index once that has the name of the old one.

    Args:
        into: a new folder.
        index: the folder of the damaged index.

    Returns:
        The report: how many articles were saved, and which are lost.

    Raises:
        IndexExistsError: if the new folder is not empty.
        CorruptIndexError, IndexNotFoundError: if nothing is left, because the manifest and its copy are damaged.
        IndexVersionError: if the index is in a format of another version.
        UnsupportedError: if the index is on a cluster.
    """
    from searchidx.ingest import salvage as salvaging

    location, target = parse_location(index), parse_location(into)
    engine = engine_class(location).at(location)
    folder, new_folder = local_folder(location), local_folder(target)
    if folder is None or new_folder is None:
        raise UnsupportedError("salvage", "an index on a cluster has copies there: restore it from a snapshot")
    return salvaging.salvage(engine, folder, engine_class(target).at(target), new_folder)


def count_readable(index: str | IndexLocation) -> tuple[int, int]:
    """How many articles of a damaged index `salvage` would save, and how many are lost."""
    location = parse_location(index)
    left = engine_class(location).at(location).salvage()
    readable = sum(1 for _ in left.articles())
    return readable, len(left.lost) + left.unnamed_losses
