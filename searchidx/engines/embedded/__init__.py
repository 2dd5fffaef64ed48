"""The embedded index: immutable segments of memory-mapped arrays, evaluated whole.

A guide to the modules, in the order in which data goes through them: `batches` (articles to bytes), `tokenizing` (texts
to numbers), `parts` (a batch tokenized and stored), `building` (parts to postings), `layout` (arrays to a file),
`storing` (what is shown of an article), `workers`, `manifest` (what a commit is), `policy` and `merging`, `locking`;
then back: `segment` (a file's arrays and what they mean), `evaluation` (a query tree to documents), `ranking`
(documents to the best of them), and `engine`, which has the parts of the contract.

A worker process, which has no use for queries, loads as little of it as it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from searchidx.engines.embedded.embedded_engine import EmbeddedEngine as EmbeddedEngine

__all__ = ["EmbeddedEngine"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from searchidx.engines.embedded.embedded_engine import EmbeddedEngine

    return EmbeddedEngine
