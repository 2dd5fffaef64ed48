"""Write what is left of a damaged index to a new one."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from searchidx.engines.contract import Engine, LostArticle, Salvage
from searchidx.errors import IndexExistsError
from searchidx.ingest.captures import PageGroups
from searchidx.ingest.report import SalvageReport
from searchidx.ingest.state import STANDARD_INPUT_ROOT, UNKNOWN_SIGNATURE, SourceState
from searchidx.ingest.transaction import DAMAGED_STATE

_NO_STATE = (
    "the list of sources is damaged, and with it which articles were deleted permanently: delete them again after a "
    "build from the sources, or it brings them back"
)
_LOST_WITH_SEGMENT = "the part of the index that held it is damaged"


def salvage(engine: Engine, folder: Path, new_engine: Engine, into: Path) -> SalvageReport:
    """Write the articles of a damaged index that are certainly right to a new one; the damaged one is only read.

    Raises `IndexExistsError` if the folder of the new index is not empty, and what opening an index raises if nothing
    is left of the damaged one.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise IndexExistsError(into, f"{into} is there already: name a new folder")
    left = engine.salvage()
    state, is_known = _read_state(left.user_data, folder)
    article_ids = {id: id for id in state.owners} | PageGroups(
        state.captures()
    ).article_ids()  # of each page, that of its article
    known = set(article_ids.values())
    saved: set[str] = set()
    with new_engine.writer(overwrite=True) as writer:
        for article in left.articles(known):
            if article.id not in state.deleted_ids:
                writer.add(article)
                saved.add(article.id)
        lost, unnamed = _name_losses(left, known - saved)
        former = 0
        for text in left.former(saved | {each.id for each in lost}):
            writer.keep(text)
            former += 1
        kept = {id for id, article_id in article_ids.items() if article_id in saved}
        writer.commit(_move_state(state, kept, into) if is_known else b"")
    notes = left.notes if is_known else [*left.notes, _NO_STATE]
    return SalvageReport(len(saved), tuple(lost), unnamed, former, tuple(notes))


def _name_losses(left: Salvage, missing: set[str]) -> tuple[list[LostArticle], int]:
    """The lost articles, and the number of those without a name; `missing` are ids that the sources still have."""
    named = [each for each in left.lost if each.id]
    nameless = [each for each in left.lost if not each.id]
    known = sorted(missing - {each.id for each in named})
    named += [LostArticle(id, "", _LOST_WITH_SEGMENT) for id in known]
    unknown = len(nameless) + left.unnamed_losses - len(known)
    if unknown <= 0:  # the state names them all
        return named, 0
    return named + nameless[:unknown], max(unknown - len(nameless), 0)


def _read_state(data: bytes | None, folder: Path) -> tuple[SourceState, bool]:
    """The state of the sources, and whether it is known."""
    folder = folder.resolve()
    if data is not None:
        with suppress(*DAMAGED_STATE):
            return SourceState(data, folder), True
    return SourceState(b"", folder), False


def _move_state(state: SourceState, kept: set[str], into: Path) -> bytes:
    """The state for the new index, with these ids; the next build reads the files again that gave others."""
    moved = SourceState(b"", into.resolve())
    moved.deleted_ids, moved.deleted_addresses = state.deleted_ids, state.deleted_addresses
    for key, root in state.roots.items():
        root.page_articles = None
        for file in root.files.values():
            if not kept.issuperset(file.digests):
                file.digests = {id: digest for id, digest in file.digests.items() if id in kept}
                file.captures = {id: capture for id, capture in file.captures.items() if id in kept}
                file.signature, file.content = UNKNOWN_SIGNATURE, ""
        moved.roots[key if key == STANDARD_INPUT_ROOT else moved.key_of(root.path)] = root
    return moved.to_bytes()
