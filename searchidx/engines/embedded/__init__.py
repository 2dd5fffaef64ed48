"""The embedded index: immutable segments of memory-mapped arrays, evaluated whole.

A guide to the modules, in the order in which data goes through them: `tokenizing` (articles to numbers), `building`
(numbers to postings), `layout` (arrays to a file), `storing` (what is shown of an article), `manifest` (what a commit
is), `locking`; then back: `segment` (a file's arrays and what they mean), `evaluation` (a query tree to documents),
`ranking` (documents to the best of them), and `engine`, which has the parts of the contract.
"""

from searchidx.engines.embedded.engine import EmbeddedEngine

__all__ = ["EmbeddedEngine"]
