"""The engine for an index in a folder; `embedded_snapshot` reads it, `embedded_writer` changes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from searchidx.engines.contract import Capabilities, Engine
from searchidx.engines.embedded import manifest as manifests
from searchidx.engines.embedded.embedded_snapshot import EmbeddedSnapshot
from searchidx.engines.embedded.manifest import MANIFEST, Manifest, collect_garbage, read_manifest, write_errors
from searchidx.engines.embedded.segment_file import make_folder
from searchidx.engines.embedded.write_lock import WriteLock
from searchidx.engines.locations import IndexLocation
from searchidx.errors import CorruptIndexError, IndexExistsError, IndexFolderError, IndexVersionError

if TYPE_CHECKING:
    from searchidx.engines.embedded.embedded_writer import EmbeddedWriter
    from searchidx.engines.embedded.salvage import EmbeddedSalvage


class EmbeddedEngine(Engine):
    """An index in a folder."""

    capabilities = Capabilities(fast_rescore=True, whoosh_index=True, exact_near_duplicates=False, keeps_versions=True)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def create(cls, location: IndexLocation) -> EmbeddedEngine:
        folder = _to_folder(location)
        with write_errors(folder):
            make_folder(folder)
            lock = WriteLock(folder, wait=0.0)
            try:
                if (folder / MANIFEST).exists():
                    raise IndexExistsError(folder, f"there is an index in {folder} already; nothing was changed")
                manifest = Manifest()
                manifest.write(folder)
                collect_garbage(folder, manifest.files())
            finally:
                lock.release()
        return cls(folder)

    @classmethod
    def open(cls, location: IndexLocation) -> EmbeddedEngine:
        folder = _to_folder(location)
        read_manifest(folder)
        return cls(folder)

    @classmethod
    def at(cls, location: IndexLocation) -> EmbeddedEngine:
        return cls(_to_folder(location))

    def snapshot(self) -> EmbeddedSnapshot:
        failed_generation = -1
        while True:
            manifest = read_manifest(self.folder)
            try:
                return EmbeddedSnapshot(self.folder, manifest)
            except CorruptIndexError:
                # A writer may have replaced the commit and removed its files between the two steps.
                generation = manifest.generation
                if generation == failed_generation or read_manifest(self.folder).generation == generation:
                    raise
                failed_generation = generation

    def commit_token(self) -> object:
        try:
            stat = (self.folder / MANIFEST).stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def former_user_data(self) -> bytes:
        return manifests.former_user_data(self.folder)

    def former_count(self) -> int:
        return manifests.former_count(self.folder)

    def rescue(self) -> EmbeddedSnapshot | None:
        has_former = bool(manifests.former_segments(self.folder))
        try:
            return EmbeddedSnapshot(self.folder, read_manifest(self.folder, of_other_rules=True))
        except IndexVersionError as error:
            if not has_former:
                return None
            raise IndexVersionError(
                self.folder,
                f"the index in {self.folder} is of a format that this searchidx does not read, and has former versions "
                "of articles, which no source can give again: use the searchidx that made it, or give them up with "
                "'searchidx build --discard-versions'",
            ) from error
        except IndexFolderError:  # there is none, or it is damaged
            if has_former:
                raise
            return None

    def writer(self, wait: float = 0.0, overwrite: bool = False, jobs: int | None = None) -> EmbeddedWriter:
        from searchidx.engines.embedded.embedded_writer import EmbeddedWriter  # a reader does not need it

        return EmbeddedWriter(self.folder, wait, overwrite, jobs)

    def verify(self) -> Iterator[str]:
        from searchidx.engines.embedded.verify import iter_damage

        return iter_damage(self.folder, read_manifest(self.folder))

    def salvage(self) -> EmbeddedSalvage:
        from searchidx.engines.embedded.salvage import EmbeddedSalvage  # only damage needs it

        return EmbeddedSalvage(self.folder)


def _to_folder(location: IndexLocation) -> Path:
    if not isinstance(location, Path):
        raise TypeError(f"an embedded index is in a folder, not at {location}")
    return location
