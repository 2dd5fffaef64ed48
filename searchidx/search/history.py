"""The versions of articles: their history, and what queries ask about it.

The former texts of a snapshot are documents of a snapshot of their own (`Snapshot.former`), each with the id of its
article. `changed:`, `versions:` and `first:` are looked up there before a query is evaluated, and become an
`ArticleSet`, as labels do. For an article with the texts `bank rises`, `bank falls` (former) and `bank fell` (now)::

    former           0 bank rises     1 bank falls
    changed          headline         body
    counts           3 versions       first texts: 0

    changed:body     the ids of former texts with the term `body` in the field `changed`
    versions:>2      the ids with more than one former text
    first:rises      articles without former texts that match now, and ids whose first text matches
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from whoosh import query as q
from whoosh.query import Query

from searchidx.article import Article
from searchidx.engines.contract import Snapshot
from searchidx.query import Parsed
from searchidx.query.nodes import ArticleSet, FirstVersion
from searchidx.query.traversal import map_leaves
from searchidx.schema import FIELDS, FieldKind
from searchidx.search.word_diff import Piece, compare_words
from searchidx.versions import Version, as_version, changed_fields, versions_of

_histories: weakref.WeakKeyDictionary[Snapshot, History] = weakref.WeakKeyDictionary()


def versions(snapshot: Snapshot, doc: int) -> list[Version]:
    """The versions of the article of a document, oldest first; the last is the article itself."""
    article = snapshot.article(doc)
    former = snapshot.former()
    texts = [] if former is None else list(former.articles(former.find_all([article.id])))
    return versions_of(texts, article)


def iter_versions(snapshot: Snapshot, docs: Sequence[int]) -> Iterator[Article]:
    """The articles of some documents of `Snapshot.with_former`, each as the version that it is (`as_version`)."""
    for doc in docs:
        number = snapshot.version(doc)
        last = snapshot.find(snapshot.id(doc))
        assert number is not None
        assert last is not None
        yield as_version(versions(snapshot, last)[number - 1])


@dataclass(frozen=True, slots=True)
class Difference:
    """What one version of an article changed of another.

    Attributes:
        id: the id of the article.
        former: the version with the lower number, as a rule.
        latter: the version that it is compared with.
        changes: the pieces of each field in which they differ; those of keywords are of one line, `a; b`.
    """

    id: str
    former: Version
    latter: Version
    changes: dict[str, list[Piece]]

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as plain values."""
        return {
            "id": self.id,
            **{
                name: {"number": version.number, "saved": version.saved or None}
                for name, version in (("former", self.former), ("latter", self.latter))
            },
            "changes": [
                {"field": field, "pieces": [piece._asdict() for piece in pieces]}
                for field, pieces in self.changes.items()
            ],
        }


def difference(versions: Sequence[Version], former: int | None, latter: int | None) -> Difference:
    """The difference between two versions of an article, by their numbers; by default between the last two.

    Raises ValueError for a number that no version has.
    """
    last = len(versions)
    numbers = max(last - 1, 1) if former is None else former, last if latter is None else latter
    for number in numbers:
        if not 1 <= number <= last:
            kept = "1 version is" if last == 1 else f"{last:,} versions are"
            raise ValueError(f"there is no version {number} of {versions[-1].article.id!r}: {kept} known")
    one, other = (versions[number - 1] for number in numbers)
    changes = {
        field: compare_words(*(_field_text(version, field) for version in (one, other)))
        for field in changed_fields(one.article, other.article)
    }
    return Difference(one.article.id, one, other, changes)


def _field_text(version: Version, field: str) -> str:
    value = getattr(version.article, field)
    return "; ".join(value) if field == "keywords" else "" if value is None else str(value)


def resolve(parsed: Parsed, snapshot: Snapshot) -> Parsed:
    """A parsed query whose questions about versions are looked up for a snapshot."""
    if parsed.query is None or not parsed.asks_history:
        return parsed
    if (history := _histories.get(snapshot)) is None:
        history = _histories[snapshot] = History(snapshot)
    return parsed._replace(query=map_leaves(parsed.query, history.resolve_leaf))


class History:
    """What is known of the versions of all articles of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = weakref.ref(snapshot)
        self._former = snapshot.former()
        self._counts: Counter[str] = Counter()  # former texts by id
        self._first_docs: dict[int, str] = {}  # the first text of each id, as a document of `_former`
        if self._former is not None:
            for doc in sorted(self._former.search(q.Every(), limit=None).docs):
                id = self._former.id(doc)
                if not self._counts[id]:
                    self._first_docs[doc] = id
                self._counts[id] += 1

    def resolve_leaf(self, leaf: Query) -> Query:
        """The articles that a leaf asks for, if it asks about versions; else the leaf."""
        if isinstance(leaf, FirstVersion):
            return self._find_first(leaf)
        field = getattr(leaf, "fieldname", None)
        kind = FIELDS[field].kind if field in FIELDS else None
        if kind is FieldKind.CHANGE:
            return self._make_set(leaf, self._find_changed(leaf))
        if kind is FieldKind.VERSIONS:
            return self._find_numbers(leaf)
        return leaf

    def _find_changed(self, leaf: Query) -> set[str]:
        """The ids of articles in which a later version changed a field."""
        if self._former is None:
            return set()
        return set(map(self._former.id, self._former.search(leaf, limit=None).docs))

    def _find_numbers(self, leaf: Query) -> Query:
        """The articles with some number of versions; those without former texts have one."""
        if not isinstance(leaf, q.NumericRange):
            return q.Every()
        low = 0 if leaf.start is None else leaf.start
        high = float("inf") if leaf.end is None else leaf.end
        if low <= 1 <= high:
            others = {id for id, count in self._counts.items() if not low <= count + 1 <= high}
            found: Query = q.Not(self._make_set(leaf, others)) if others else q.Every()
            found.startchar, found.endchar = leaf.startchar, leaf.endchar
            return found
        return self._make_set(leaf, {id for id, count in self._counts.items() if low <= count + 1 <= high})

    def _find_first(self, leaf: FirstVersion) -> ArticleSet:
        """The articles whose first version matches a query."""
        snapshot = self._get_snapshot()
        asked = q.ConstantScoreQuery(leaf.query, 0.0)
        docs = set(snapshot.search(asked, limit=None).docs)
        if self._former is not None:
            docs.difference_update(map(int, snapshot.find_all(self._counts)))
            first = self._first_docs
            found = (first[doc] for doc in self._former.search(asked, limit=None).docs if doc in first)
            docs.update(map(int, snapshot.find_all(found)))
        ordered = sorted(docs)
        return ArticleSet(leaf, _IdsOfDocs(snapshot, ordered), ordered, snapshot.fingerprint)

    def _make_set(self, leaf: Query, ids: set[str]) -> ArticleSet:
        snapshot = self._get_snapshot()
        return ArticleSet(leaf, ids, snapshot.find_all(ids), snapshot.fingerprint)

    def _get_snapshot(self) -> Snapshot:
        snapshot = self._snapshot()
        assert snapshot is not None  # whoever asks holds it
        return snapshot


class _IdsOfDocs(Collection[str]):
    """The ids of some documents of a snapshot, ascending; read when they are used."""

    def __init__(self, snapshot: Snapshot, docs: Sequence[int]) -> None:
        self._snapshot = snapshot
        self._docs = docs
        self._known = frozenset(docs)

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and self._snapshot.find(id) in self._known

    def __iter__(self) -> Iterator[str]:
        return map(self._snapshot.id, self._docs)

    def __len__(self) -> int:
        return len(self._docs)
