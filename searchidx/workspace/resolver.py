"""Look up the labels and notes that a query asks for: `label:seen` becomes the articles that have the label.

An `ArticleSet` holds them, which every engine evaluates. It is kept for a snapshot until the label changes.
"""

from __future__ import annotations

import difflib
import weakref
from collections.abc import Iterator, Mapping

from whoosh import query as q
from whoosh.query import Query

from searchidx.analysis import folded_words
from searchidx.article import Article
from searchidx.diagnostics import Diagnostic, Kind, Severity
from searchidx.engines.contract import Snapshot
from searchidx.engines.reference.match import Document, matches
from searchidx.engines.results import FacetCounts
from searchidx.folding import lower
from searchidx.query import Parsed
from searchidx.query.nodes import Adjacent, ArticleSet
from searchidx.query.traversal import map_leaves
from searchidx.schema import FIELDS, FieldKind
from searchidx.workspace.workspace import Workspace

_MAX_SETS = 200
"""Sets that are kept for a snapshot."""


class Resolver:
    """Resolves queries by one workspace, its `workspace`."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._sets: weakref.WeakKeyDictionary[Snapshot, dict[str, ArticleSet]] = weakref.WeakKeyDictionary()
        self._notes: tuple[int, Mapping[str, Document]] = (-1, {})

    def resolve(self, parsed: Parsed, snapshot: Snapshot) -> Parsed:
        """A parsed query whose labels and notes are looked up for a snapshot, with hints about unknown labels."""
        if parsed.query is None or not parsed.asks_workspace:
            return parsed
        states = self.workspace.labels.states()
        hints: list[Diagnostic] = []

        def look_up(leaf: Query) -> Query:
            kind = _kind(leaf)
            if kind is FieldKind.NOTE:
                return self._resolve_note(leaf, snapshot)
            if kind is not FieldKind.LABEL:
                return leaf
            keys = list(_label_keys(leaf, states))
            if not keys:
                hints.append(_hint_unknown_label(leaf, states))
            return self._resolve_labels(leaf, {key: states[key] for key in keys}, snapshot)

        tree = map_leaves(parsed.query, look_up)
        return parsed._replace(query=tree, diagnostics=(*parsed.diagnostics, *hints))

    def count_labels(self, query: Query, snapshot: Snapshot) -> FacetCounts:
        """Count the hits of a query by label."""

        def count(*parts: Query) -> int:
            return snapshot.search(q.ConstantScoreQuery(q.And(list(parts)), 0.0), limit=0).total

        values: dict[str, tuple[int, int]] = {}
        states = self.workspace.labels.states()
        for label in self.workspace.labels.all():
            leaf = q.Term("label", label.name)
            key = lower(label.name)
            found = self._resolve_labels(leaf, {key: states[key]} if key in states else {}, snapshot)
            if hits := count(query, found):
                values[label.name] = hits, len(found.docs)
        every = self._resolve_labels(q.Every("label"), states, snapshot)
        total = count(query)
        return FacetCounts(values, total, total - count(query, every), len(snapshot) - len(every.docs))

    def _resolve_labels(self, leaf: Query, states: Mapping[str, tuple[int, ...]], snapshot: Snapshot) -> ArticleSet:
        """The articles with any of some labels, given by key with their states."""
        sets = self._sets.setdefault(snapshot, {})
        name = repr(leaf)
        state = tuple(sorted(states.values()))
        found = sets.get(name)
        if found is None or found.state != state:
            ids = frozenset(id for key in states for id in self.workspace.labels.ids(key))
            found = self._keep(sets, name, ArticleSet(leaf, ids, snapshot.find_all(ids), state))
        return found

    def _resolve_note(self, leaf: Query, snapshot: Snapshot) -> ArticleSet:
        """The articles whose note matches a leaf."""
        sets = self._sets.setdefault(snapshot, {})
        revision = self.workspace.revision()
        if self._notes[0] != revision:
            self._notes = revision, {id: _NoteDocument(id, text) for id, text in self.workspace.notes.all().items()}
        name = repr(leaf)
        found = sets.get(name)
        if found is None or found.state != revision:
            ids = frozenset(id for id, document in self._notes[1].items() if matches(leaf, document))
            found = self._keep(sets, name, ArticleSet(leaf, ids, snapshot.find_all(ids), revision))
        return found

    @staticmethod
    def _keep(sets: dict[str, ArticleSet], name: str, found: ArticleSet) -> ArticleSet:
        if len(sets) >= _MAX_SETS:
            sets.clear()
        sets[name] = found
        return found


class _NoteDocument(Document):
    """A note as a document with the field `note` only, so that its words match as those of other fields do."""

    def __init__(self, id: str, text: str) -> None:
        super().__init__(Article(id=id, headline="-"))
        self._terms = {"note": list(folded_words(text))}


def _kind(leaf: Query) -> FieldKind | None:
    node = leaf.words[0] if isinstance(leaf, Adjacent) else leaf
    name = getattr(node, "fieldname", None)
    return FIELDS[name].kind if name in FIELDS else None


def _label_keys(leaf: Query, known: Mapping[str, object]) -> Iterator[str]:
    """The keys of the known labels that a leaf asks for."""
    if isinstance(leaf, q.Every):
        yield from known
    elif isinstance(leaf, q.Prefix):
        yield from (key for key in known if key.startswith(lower(leaf.text)))
    elif isinstance(leaf, q.Term) and lower(leaf.text) in known:
        yield lower(leaf.text)


def _hint_unknown_label(leaf: Query, known: Mapping[str, object]) -> Diagnostic:
    start, end = leaf.startchar or 0, leaf.endchar or 0
    if isinstance(leaf, q.Every):
        message, near = "the workspace has no labels yet: 'searchidx label add NAME QUERY' gives one", []
    else:
        text = getattr(leaf, "text", "")
        near = difflib.get_close_matches(lower(text), list(known), 1)
        advice = f"did you mean {near[0]}?" if near else "'searchidx label list' lists all"
        message = f"no label {'begins with' if isinstance(leaf, q.Prefix) else 'is named'} {text!r}: {advice}"
    return Diagnostic(Kind.UNKNOWN_LABEL, Severity.HINT, message, start, end, f"label:{near[0]}" if near else None)
