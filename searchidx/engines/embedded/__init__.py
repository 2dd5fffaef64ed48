"""The embedded index: immutable segments of memory-mapped arrays, queried as whole arrays with NumPy.

A guide to the modules. An article on its way into an index passes, in this order:

- `embedded_writer`: one batch of changes; `write_lock` admits one writer, `segment_workers` runs its worker processes
- `document_batch`: articles encoded as four byte strings
- `forward_index`: texts as numbers of surface forms, with `vectorized_tokenizer` and `interner`
- `segment_buffer`: a batch, tokenized, with `minhash` signatures and compressed articles (`doc_store`)
- `segment_writer`: buffers as a segment; `segment_file` is the container of its arrays
- `merge_policy`, `segment_merge`, `postings_merge`: several segments as one
- `manifest`: the files of a commit

A query passes:

- `embedded_engine`, `embedded_snapshot`: the contract of engines; `verify` looks for damage
- `segment`: the arrays of a segment and their meaning, with `string_array` and `inverted_index`
- `evaluator`: a query tree as sets of documents (`doc_sets`), whose leaves are in `term_postings` (words, phrases),
  `pattern_expansion`, `proximity` and `field_filters` (dates, ids, other fields)
- `ranking`: BM25 scores and the top k
- `array_aggregations`, `near_duplicates`, `prefix_completion`: aggregations, near-duplicates and completions
- `whoosh_index`, `whoosh_schema`: the same snapshot through Whoosh's interfaces

`docs/index-format.md` describes the files, from the docstrings of the modules that own them. A worker process imports
only the modules that it needs.
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
