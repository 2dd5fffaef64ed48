"""Nodes of a query tree: subclasses of Whoosh's query classes, and nodes that Whoosh lacks.

A tree is made of `whoosh.query` objects. Every node that the parser makes states its place in the query text, as
code points from `startchar` up to `endchar` (Whoosh's own attributes; None in a tree that a caller builds). The classes
below subclass Whoosh's where possible:

- `Term`, `Phrase` and `Prefix` also keep the text as `typed`. They equal Whoosh's own objects with the same terms.
- `DayRange` is a `whoosh.query.DateRange` over whole days.
- `WholeValue` matches all of a value, as no class of Whoosh does.
- `FirstVersion` holds a query about the first versions of articles.
- `ArticleSet` stands for a part that no index can answer, with the articles that match it.
- `Adjacent`, `Near`, `NotNear` and `AtLeast` have no counterpart in Whoosh. They are allowed wherever a word is. Each
  searches one text field and matches at *occurrences*, from a first word to a last one, which
  `searchidx.engines.reference.match` defines.

`searchidx.query.traversal` walks a tree.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

from whoosh import query as q
from whoosh.query import Query

from searchidx.dates import DayInterval

WordNode = q.Term | q.Prefix | q.Wildcard | q.Regex | q.FuzzyTerm | q.TermRange
"""A leaf that matches one word."""
QueryT = TypeVar("QueryT", bound=Query)
PATTERNS = (q.Prefix, q.Wildcard, q.Regex, q.FuzzyTerm, q.TermRange)
"""The leaves that match any number of words."""

_MICROSECONDS_PER_DAY = 86_400_000_000
STOP_OF_CALENDAR = dt.date.max.toordinal() + 1
"""The ordinal after the last day that a date can name."""


# The constructors set what Whoosh's do instead of calling them: a call more would slow the parsing of plain words.


class Term(q.Term):
    """A word, and the text that it was read from."""

    def __init__(
        self,
        fieldname: str,
        text: str,
        boost: float = 1.0,
        minquality: float | None = None,
        startchar: int | None = None,
        endchar: int | None = None,
        typed: str | None = None,
    ) -> None:
        self.fieldname = fieldname
        self.text = text
        self.boost = boost
        self.minquality = minquality
        self.startchar = startchar
        self.endchar = endchar
        self.typed = typed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, q.Term) and (
            (self.fieldname, self.text, self.boost) == (other.fieldname, other.text, other.boost)
        )

    __hash__ = q.Term.__hash__


class Phrase(q.Phrase):
    """Words side by side, and the text that they were read from."""

    def __init__(
        self,
        fieldname: str,
        words: Sequence[str],
        slop: int = 1,
        boost: float = 1.0,
        char_ranges: Sequence[tuple[int, int]] | None = None,
        startchar: int | None = None,
        endchar: int | None = None,
        typed: str | None = None,
    ) -> None:
        self.fieldname = fieldname
        self.words = words
        self.slop = slop
        self.boost = boost
        self.char_ranges = char_ranges
        self.startchar = startchar
        self.endchar = endchar
        self.typed = typed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, q.Phrase) and (
            (self.fieldname, self.words, self.slop, self.boost)
            == (other.fieldname, other.words, other.slop, other.boost)
        )

    __hash__ = q.Phrase.__hash__


class Prefix(q.Prefix):
    """The beginning of a word; `typed` if it was read from a word without `*`, as a lone `京` is."""

    def __init__(
        self,
        fieldname: str,
        text: str,
        boost: float = 1.0,
        constantscore: bool = True,
        startchar: int | None = None,
        endchar: int | None = None,
        typed: str | None = None,
    ) -> None:
        super().__init__(fieldname, text, boost, constantscore)
        self.startchar = startchar
        self.endchar = endchar
        self.typed = typed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, q.Prefix) and (
            (self.fieldname, self.text, self.boost, self.constantscore)
            == (other.fieldname, other.text, other.boost, other.constantscore)
        )

    __hash__ = q.Prefix.__hash__


class DayRange(q.DateRange):
    """Local days from `first_day` up to, not including, `stop_day`: day ordinals, None for an open end."""

    def __init__(
        self, first_day: int | None, stop_day: int | None, boost: float = 1.0, fieldname: str = "date"
    ) -> None:
        # Whoosh's constructor takes longer to count the microseconds of two dates than parsing the query does.
        self.first_day = first_day
        self.stop_day = stop_day
        self.boost = boost
        self.fieldname = fieldname
        self.startexcl = False
        self.endexcl = self.constantscore = True
        self.start = None if first_day is None else (first_day - 1) * _MICROSECONDS_PER_DAY
        self.end = None if stop_day is None else (stop_day - 1) * _MICROSECONDS_PER_DAY
        self.startdate = None if first_day is None else dt.datetime.fromordinal(first_day)
        self.enddate = None if stop_day is None else dt.datetime.fromordinal(stop_day)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, q.DateRange) and all(
            getattr(self, name) == getattr(other, name)
            for name in ("fieldname", "start", "end", "startexcl", "endexcl", "boost", "constantscore")
        )

    __hash__ = q.DateRange.__hash__


def day_bounds(query: q.DateRange) -> tuple[int | None, int | None]:
    """Decode a date range to its first day and the day after its last: ordinals, None for an open end.

    A range that the parser did not make covers a day if it covers any moment of it.
    """
    if isinstance(query, DayRange):
        return query.first_day, query.stop_day
    first = stop = None
    if query.startdate is not None:
        first = query.startdate.toordinal() + bool(query.startexcl)
    if query.enddate is not None:
        ends_at_midnight = query.enddate.time() == dt.time()
        stop = query.enddate.toordinal() + (0 if ends_at_midnight and query.endexcl else 1)
    return first, stop


def to_day_interval(query: q.DateRange) -> DayInterval:
    """Decode a date range to an interval of days; empty (`start >= stop`) if no article can match."""
    if query.fieldname != "date":
        return DayInterval(1, 1)
    first, stop = day_bounds(query)
    return DayInterval(1 if first is None else first, STOP_OF_CALENDAR if stop is None else stop)


def set_span(node: QueryT, start: int, end: int) -> QueryT:
    """Set the span of a node: its offsets in the query text."""
    node.startchar = start
    node.endchar = end
    return node


class WholeValue(Query):
    """A value of a field as a whole: `source:="Harbour Gazette"` does not match Harbour Gazette Weekly.

    Attributes:
        fieldname: one of `WHOLE_VALUE_FIELDS`.
        value: the value as `whole_value` returns it.
        typed: the text that it was read from.
    """

    def __init__(self, fieldname: str, value: str, typed: str = "", boost: float = 1.0) -> None:
        self.fieldname = fieldname
        self.value = value
        self.typed = typed or value
        self.boost = boost

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WholeValue) and (
            (self.fieldname, self.value, self.boost) == (other.fieldname, other.value, other.boost)
        )

    def __hash__(self) -> int:
        return hash((self.fieldname, self.value))

    def __repr__(self) -> str:
        return f"WholeValue({self.fieldname!r}, {self.value!r}, boost={self.boost!r})"

    def is_leaf(self) -> bool:
        return True

    def normalize(self) -> Query:
        return self


class ArticleSet(Query):
    """The articles that match a part of a query, such as `label:seen`, found elsewhere than in the index.

    Attributes:
        asked: the part of the query.
        ids: the ids of the articles; some may be of articles that an index does not have.
        docs: their documents in the snapshot that the query is for, ascending: an array of integers.
        state: identifies the ids: two nodes with equal `asked` and `state` match the same articles.
    """

    boost = 1.0
    fieldname = None

    def __init__(self, asked: Query, ids: Collection[str], docs: Sequence[int], state: object) -> None:
        self.asked = asked
        self.ids = ids
        self.docs = docs
        self.state = state
        self.startchar = asked.startchar
        self.endchar = asked.endchar

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArticleSet) and (self.asked, self.state) == (other.asked, other.state)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"ArticleSet({self.asked!r}, {self.state!r})"

    def is_leaf(self) -> bool:
        return True

    def normalize(self) -> Query:
        return self


class FirstVersion(Query):
    """The articles whose first version matches a query; `searchidx.search.history` looks them up."""

    boost = 1.0
    fieldname = None

    def __init__(self, query: Query) -> None:
        self.query = query
        self.startchar: int | None = None
        self.endchar: int | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FirstVersion) and self.query == other.query

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"FirstVersion({self.query!r})"

    def is_leaf(self) -> bool:
        return False

    def children(self) -> Iterator[Query]:
        return iter((self.query,))

    def normalize(self) -> Query:
        return self


class _Node(Query):
    """The shared part of nodes that Whoosh has no class for: operands, and equality by content."""

    def __init__(self, boost: float) -> None:
        self.boost = boost

    @property
    def operands(self) -> tuple[Query, ...]:
        raise NotImplementedError

    def _key(self) -> tuple[object, ...]:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, _Node) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self).__name__, repr(self)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._key()))})"

    __str__ = __repr__

    def is_leaf(self) -> bool:
        return False

    def children(self) -> Iterator[Query]:
        return iter(self.operands)

    def normalize(self) -> Query:
        return self


class Adjacent(_Node):
    """Words side by side, in order: a phrase with patterns among its words."""

    def __init__(self, words: tuple[WordNode, ...], boost: float = 1.0) -> None:
        super().__init__(boost)
        self.words = words

    @property
    def operands(self) -> tuple[Query, ...]:
        return self.words

    def _key(self) -> tuple[object, ...]:
        return (self.words, self.boost)


class Proximity(_Node):
    """Two operands near each other in one zone.

    Attributes:
        a, b: the operands.
        within: the greatest distance in words (1: side by side), "s" for one sentence or "p" for one paragraph.
        ordered: whether `b` has to follow `a`.
    """

    def __init__(self, a: Query, b: Query, within: int | str, ordered: bool = False, boost: float = 1.0) -> None:
        super().__init__(boost)
        self.a = a
        self.b = b
        self.within = within
        self.ordered = ordered

    @property
    def operands(self) -> tuple[Query, ...]:
        return self.a, self.b

    def _key(self) -> tuple[object, ...]:
        return (self.a, self.b, self.within, self.ordered, self.boost)


class Near(Proximity):
    """Both operands near each other; an occurrence spans from the first word of the two to the last."""


class NotNear(Proximity):
    """The occurrences of `a` without a `b` near."""


class AtLeast(_Node):
    """The occurrences of a node, in articles that have `count` of them or more."""

    def __init__(self, node: Query, count: int, boost: float = 1.0) -> None:
        super().__init__(boost)
        self.node = node
        self.count = count

    @property
    def operands(self) -> tuple[Query, ...]:
        return (self.node,)

    def _key(self) -> tuple[object, ...]:
        return (self.node, self.count, self.boost)


NODES = (Adjacent, Near, NotNear, AtLeast)
