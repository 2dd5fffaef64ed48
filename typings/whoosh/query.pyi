from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, Self

from whoosh.matching import Matcher
from whoosh.searching import Searcher

class Query:
    boost: float
    startchar: int | None
    endchar: int | None
    def is_leaf(self) -> bool: ...
    def children(self) -> Iterator[Query]: ...
    def leaves(self) -> Iterator[Query]: ...
    def field(self) -> str | None: ...
    def normalize(self) -> Query: ...
    def with_boost(self, boost: float) -> Self: ...
    def accept(self, fn: Callable[[Query], Query]) -> Query: ...
    def matcher(self, searcher: Searcher, context: Any = None) -> Matcher: ...

class _NullQuery(Query): ...

NullQuery: Final[_NullQuery]

class Every(Query):
    fieldname: str | None
    def __init__(self, fieldname: str | None = None, boost: float = 1.0) -> None: ...

class CompoundQuery(Query):
    subqueries: Sequence[Query]
    def __init__(self, subqueries: Sequence[Query], boost: float = 1.0) -> None: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Query]: ...
    def __getitem__(self, i: int) -> Query: ...

class And(CompoundQuery): ...

class Or(CompoundQuery):
    def __init__(
        self, subqueries: Sequence[Query], boost: float = 1.0, minmatch: int = 0, scale: float | None = None
    ) -> None: ...

class DisjunctionMax(CompoundQuery):
    tiebreak: float
    def __init__(self, subqueries: Sequence[Query], boost: float = 1.0, tiebreak: float = 0.0) -> None: ...

class BinaryQuery(CompoundQuery):
    a: Query
    b: Query
    def __init__(self, a: Query, b: Query) -> None: ...

class AndNot(BinaryQuery): ...
class AndMaybe(BinaryQuery): ...
class Require(BinaryQuery): ...

class WrappingQuery(Query):
    child: Query
    def __init__(self, child: Query) -> None: ...

class ConstantScoreQuery(WrappingQuery):
    score: float
    def __init__(self, child: Query, score: float = 1.0) -> None: ...

class Not(Query):
    query: Query
    def __init__(self, query: Query, boost: float = 1.0) -> None: ...

class Term(Query):
    fieldname: str
    text: str
    minquality: float | None
    def __init__(self, fieldname: str, text: str, boost: float = 1.0, minquality: float | None = None) -> None: ...

class Phrase(Query):
    fieldname: str
    words: Sequence[str]
    slop: int
    char_ranges: Sequence[tuple[int, int]] | None
    def __init__(
        self,
        fieldname: str,
        words: Sequence[str],
        slop: int = 1,
        boost: float = 1.0,
        char_ranges: Sequence[tuple[int, int]] | None = None,
    ) -> None: ...

class MultiTerm(Query):
    fieldname: str
    constantscore: bool

class PatternQuery(MultiTerm):
    text: str
    def __init__(self, fieldname: str, text: str, boost: float = 1.0, constantscore: bool = True) -> None: ...

class Prefix(PatternQuery): ...
class Wildcard(PatternQuery): ...
class Regex(PatternQuery): ...

class FuzzyTerm(MultiTerm):
    text: str
    maxdist: int
    prefixlength: int
    def __init__(
        self,
        fieldname: str,
        text: str,
        boost: float = 1.0,
        maxdist: int = 1,
        prefixlength: int = 1,
        constantscore: bool = True,
    ) -> None: ...

class TermRange(MultiTerm):
    start: str | None
    end: str | None
    startexcl: bool
    endexcl: bool
    def __init__(
        self,
        fieldname: str,
        start: str | None,
        end: str | None,
        startexcl: bool = False,
        endexcl: bool = False,
        boost: float = 1.0,
        constantscore: bool = True,
    ) -> None: ...

class NumericRange(Query):
    fieldname: str
    start: float | None
    end: float | None
    startexcl: bool
    endexcl: bool
    constantscore: bool
    def __init__(
        self,
        fieldname: str,
        start: float | None,
        end: float | None,
        startexcl: bool = False,
        endexcl: bool = False,
        boost: float = 1.0,
        constantscore: bool = True,
    ) -> None: ...

class DateRange(NumericRange):
    startdate: datetime | None
    enddate: datetime | None
    def __init__(
        self,
        fieldname: str,
        start: datetime | None,
        end: datetime | None,
        startexcl: bool = False,
        endexcl: bool = False,
        boost: float = 1.0,
        constantscore: bool = True,
    ) -> None: ...
