"""Delete articles permanently, so that no later build brings them back, and allow them again."""

from __future__ import annotations

from collections.abc import Sequence

from searchidx.engines.contract import Engine
from searchidx.engines.locations import IndexLocation
from searchidx.ingest.captures import PageGroups
from searchidx.ingest.state import UNKNOWN_SIGNATURE
from searchidx.ingest.transaction import open_transaction


def delete_permanently(engine: Engine, location: IndexLocation, ids: Sequence[str], *, wait: float = 0.0) -> list[str]:
    """Remove every trace of articles from the index, former texts included; later builds leave them out.

    Returns the ids that name an article, or one that was deleted before; other ids have no effect.
    """
    deleted_ids = []
    with open_transaction(engine, location, wait) as transaction:
        state = transaction.state
        pages = PageGroups(state.captures())
        article_ids = pages.article_ids()
        for id in dict.fromkeys(ids):
            was_indexed = transaction.writer.delete(id)
            transaction.writer.delete_former(id)
            if was_indexed or id in state.deleted_ids:
                deleted_ids.append(id)
                state.deleted_ids.add(id)
                transaction.removed += was_indexed
            is_page = article_ids.get(id) == id
            for each in sorted(pages.group_of(id)) if is_page else [id] if id not in pages else []:
                if (file := state.release(each)) is not None:
                    del file.digests[each]
                    if (page := file.captures.pop(each, None)) is not None:
                        state.deleted_addresses |= dict.fromkeys(page.addresses, id)
                        for root in state.roots.values():
                            root.page_articles = None
                    file.withheld += [id] if id not in file.withheld else []
                    file.signature = UNKNOWN_SIGNATURE  # the next build reads the file
        if transaction.removed:
            transaction.writer.purge()
    return deleted_ids


def allow(engine: Engine, location: IndexLocation, ids: Sequence[str], *, wait: float = 0.0) -> list[str]:
    """Let the next build index articles that were deleted permanently; returns the ids that were."""
    with open_transaction(engine, location, wait) as transaction:
        state = transaction.state
        allowed_ids = [id for id in dict.fromkeys(ids) if id in state.deleted_ids]
        state.deleted_ids -= set(allowed_ids)
        state.deleted_addresses = {at: id for at, id in state.deleted_addresses.items() if id in state.deleted_ids}
        for root in state.roots.values():
            for file in root.files.values():
                if not state.deleted_ids.issuperset(file.withheld):
                    file.signature = UNKNOWN_SIGNATURE
    return allowed_ids
