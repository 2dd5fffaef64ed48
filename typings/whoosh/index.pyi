from typing import Any

from whoosh.fields import Schema
from whoosh.reading import IndexReader
from whoosh.searching import Searcher

class Index:
    schema: Schema
    def searcher(self, **kwargs: Any) -> Searcher: ...
    def reader(self, reuse: IndexReader | None = None) -> IndexReader: ...
