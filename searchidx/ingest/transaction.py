"""One commit of articles together with the state of their sources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from searchidx.article import Article
from searchidx.engines.contract import Engine, Snapshot, Writer
from searchidx.engines.locations import IndexLocation, local_folder
from searchidx.errors import CorruptIndexError, describe_damage
from searchidx.ingest.captures import PageChanges
from searchidx.ingest.state import STANDARD_INPUT_ROOT, UNKNOWN_SIGNATURE, RootState, SourceState, read_deleted
from searchidx.versions import changed_fields, to_former_text

DAMAGED_STATE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What decoding damaged user data raises."""


class Transaction:
    """Changes to an index and its `SourceState`, with the numbers of articles that changed."""

    def __init__(self, writer: Writer, snapshot: Snapshot | None, location: IndexLocation, user_data: bytes) -> None:
        self.writer = writer
        self._snapshot = snapshot
        self.index_folder = (local_folder(location) or Path("/")).resolve()
        self.state = SourceState(user_data, self.index_folder)
        self._removed_ids: set[str] = set()  # by this transaction: the snapshot still has them
        self._known = snapshot  # or the index that this transaction overwrites
        self.former_state: SourceState | None = None  # of the index that this transaction overwrites
        self._rescued_ids: set[str] = set()  # of former texts of that index
        self.former_roots: list[Path] = []  # of that index, to be read again
        self.lost: list[tuple[str, str]] = []  # places and reasons of its articles that no build can read again
        self.pages = PageChanges(writer, self.state, snapshot, self.state)
        self.added = self.updated = self.unchanged = self.removed = self.kept = 0

    @property
    def has_changes(self) -> bool:
        return bool(self.added or self.updated or self.removed)

    def remove(self, ids: Iterable[str], pages: Collection[str] = ()) -> None:
        """Remove articles that their source no longer gives; `pages` are those of them that are saved pages."""
        for id in ids:
            self.state.owners.pop(id, None)
            self._removed_ids.add(id)
            if id in pages:
                self.pages.remove(id)
            elif self.writer.delete(id):
                self.removed += 1

    def write_pages(self, built: Sequence[RootState]) -> None:
        """Write the articles whose pages changed; `built` are the roots that were built."""
        pages = self.pages
        pages.write(built)
        self.added += pages.added
        self.updated += pages.updated
        self.unchanged += pages.unchanged
        self.removed += pages.removed
        self.kept += pages.kept

    def keep_former_text(self, article: Article, saved: str, replaced: str) -> None:
        """Keep what the index has under the id of an article that replaces it, unless both say the same.

        `saved` and `replaced` are when the sources of the two were saved; empty if that is not known.
        """
        doc = None if self._known is None else self._known.find(article.id)
        if self._known is None or doc is None:
            return
        former = self._known.article(doc)
        if changed_fields(former, article):
            self.writer.keep(to_former_text(former, article, saved, replaced))
            self.kept += 1

    def is_replaced(self, id: str) -> bool:
        """Whether an article with an id is added in place of one that another file gave, or a former index has."""
        return id in self._removed_ids or self.former_state is not None

    def take_over_roots(self, former: SourceState, count: int) -> None:
        """Take over the roots of an index of `count` articles that is overwritten, so that they are read again.

        Articles that did not come from a file, or whose root is gone, are `lost`.
        """
        lost = {}
        for key, root in former.roots.items():
            from_root = sum(len(file.digests) for file in root.files.values())
            count -= from_root
            if key != STANDARD_INPUT_ROOT and root.path.exists():
                self.state.roots[key] = replace(root, files={}, page_articles=None)
                self.former_roots.append(root.path)
            else:
                lost["standard input" if key == STANDARD_INPUT_ROOT else str(root.path)] = from_root
        lost["articles added by a program"] = count  # too few if pages of one address are one article
        for place, number in lost.items():
            if number > 0:
                reason = f"an index of another format is rebuilt from files, without what came from here ({number:,} "
                self.lost.append((place, f"{reason}{'article' if number == 1 else 'articles'}): add it again"))

    def rescue(self, snapshot: Snapshot, state: SourceState | None) -> None:
        """Keep the former texts of an index that is overwritten, and look up in it what articles said.

        `state` is that of its sources; None if it is damaged.
        """
        self._known = snapshot
        self.former_state = state
        self.pages = PageChanges(self.writer, self.state, snapshot, state or SourceState(b"", self.index_folder))
        if (former := snapshot.former()) is not None:
            for text in former.all_articles():
                self.writer.keep(text)
                self._rescued_ids.add(text.id)

    def delete_orphaned_texts(self) -> None:
        """Delete the former texts of articles that are gone."""
        for id in self._removed_ids | self._rescued_ids:
            if id not in self.state.owners:
                self.writer.delete_former(id)

    def find_id_conflict(self, id: str, claimant: tuple[str, str]) -> str | None:
        """Why a file, given as root key and name, may not give an id: another source has it; None if it may."""
        owner = self.state.owners.get(id)
        if owner == claimant:
            return None
        if owner is not None:
            return f"its id {id!r} is that of an article in {self.state.roots[owner[0]].place(owner[1])}, which is kept"
        if self._snapshot is None or id in self._removed_ids or self._snapshot.find(id) is None:
            return None
        return f"its id {id!r} is that of an article added by a program, which is kept"

    def withdraw_rejected(self) -> None:
        """Leave out the articles that the engine rejected after they were added; the next build tries them again."""
        for id, reason in self.writer.rejections().items():
            self.writer.delete(id)
            name = self.state.owners[id][1]
            file = self.state.release(id)
            assert file is not None
            del file.digests[id]
            file.skips.append((name if name == id else f"{name} ({id})", f"the index refused it: {reason}"))
            file.signature = UNKNOWN_SIGNATURE
            if self._snapshot is not None and self._snapshot.find(id) is not None:
                self.updated -= 1
                self.removed += 1
            else:
                self.added -= 1


@contextmanager
def open_transaction(
    engine: Engine,
    location: IndexLocation,
    wait: float = 0.0,
    overwrite: bool = False,
    jobs: int | None = None,
    discard_versions: bool = False,
) -> Iterator[Transaction]:
    """Change an index and commit at the end if anything changed; an exception cancels all changes.

    With `overwrite` the index starts empty, but for the ids that were deleted permanently, its roots and what is known
    of them, and, unless `discard_versions`, the former texts of articles that it gets again.
    """
    former_data = engine.former_user_data() if overwrite else b""
    with engine.writer(wait, overwrite=overwrite, jobs=jobs) as writer:
        snapshot = None if overwrite else engine.snapshot()
        try:
            before = b"" if snapshot is None else snapshot.user_data()
            try:
                transaction = Transaction(writer, snapshot, location, before)
            except DAMAGED_STATE as error:
                raise CorruptIndexError(
                    location,
                    f"the state of the sources of {location} is damaged ({describe_damage(error)}): "
                    "remove it and build again",
                ) from error
            with suppress(*DAMAGED_STATE):
                ids, addresses = read_deleted(former_data)
                transaction.state.deleted_ids |= ids
                transaction.state.deleted_addresses |= addresses
            if overwrite:
                former: SourceState | None = None
                with suppress(*DAMAGED_STATE):
                    former = SourceState(former_data, transaction.index_folder)
                if former is not None:
                    transaction.take_over_roots(former, engine.former_count())
                if not discard_versions and (known := engine.rescue()) is not None:
                    transaction.rescue(known, former)
            with closing(transaction.pages):
                yield transaction
            transaction.withdraw_rejected()
            transaction.delete_orphaned_texts()
            after = transaction.state.to_bytes()
            if transaction.has_changes or overwrite or after != before:
                writer.commit(after)
            else:
                writer.cancel()
        finally:
            if snapshot is not None:
                snapshot.close()
